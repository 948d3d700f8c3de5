//! Real Alembic: what it makes of a history, and what its commands do to a database.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::corpus::History;
use crate::reference::{python, run_python};

/// What CPython and Alembic say of version locations, in one process; each comes with whether it is recursive. The
/// shape of an answer is described in `tests/reference/oracle.py`.
pub fn read<'a>(locations: impl IntoIterator<Item = (&'a Path, bool)>) -> Vec<Value> {
    let locations: Vec<Value> = locations
        .into_iter()
        .map(|(dir, recursive)| json!({ "dir": dir, "recursive": recursive }))
        .collect();
    list(run_python("oracle.py", &[], &Value::Array(locations)))
}

/// [`read`] for histories of the corpus.
pub fn read_corpus(histories: &[History]) -> Vec<Value> {
    read(
        histories
            .iter()
            .map(|history| (history.path.as_path(), history.recursive)),
    )
}

/// What `alembic upgrade heads --sql` prints for version locations, each of which comes with whether it is
/// recursive. The shape of an answer is described in `tests/reference/offline_sql.py`.
pub fn offline_sql<'a>(locations: impl IntoIterator<Item = (&'a Path, bool)>) -> Vec<Value> {
    let locations: Vec<Value> = locations
        .into_iter()
        .map(|(dir, recursive)| json!({ "dir": dir, "recursive": recursive }))
        .collect();
    list(run_python("offline_sql.py", &[], &Value::Array(locations)))
}

/// The heads of a version location as `alembic heads` lists them, or Alembic's error as `CLASS: MESSAGE`.
pub fn heads(dir: &Path) -> Result<Vec<String>, String> {
    let graph = read([(dir, false)]).remove(0)["alembic"].take();
    match error_text(&graph["error"]) {
        Some(error) => Err(error),
        None => Ok(strings(&graph["heads"])),
    }
}

/// Runs the `alembic` program as a user would, in the directory of a project's `alembic.ini`. `DATABASE_URL` is the
/// given one or not set; bytecode is written and read as Python does by default.
pub fn command(project: &Path, database_url: Option<&str>, arguments: &[&str]) -> Output {
    let mut alembic = Command::new(python());
    alembic
        .args(["-m", "alembic"])
        .args(arguments)
        .current_dir(project)
        .env_remove("DATABASE_URL")
        .env_remove("ALEMBIC_CONFIG")
        .env_remove("PYTHONDONTWRITEBYTECODE")
        .env("PYTHONUTF8", "1");
    if let Some(url) = database_url {
        alembic.env("DATABASE_URL", url);
    }
    alembic
        .output()
        .unwrap_or_else(|error| panic!("cannot start alembic: {error}"))
}

/// The URL of an SQLite database in a file.
pub fn sqlite_url(file: &Path) -> String {
    format!("sqlite:///{}", file.display())
}

/// Commands to run on a database.
#[derive(Clone, Debug)]
pub struct Job {
    /// Whose revisions.
    pub environment: Environment,
    /// The SQLAlchemy URL of the database.
    pub url: String,
    /// Alembic commands with their arguments: `["upgrade", "heads"]`, `["downgrade", "base"]`, `["stamp", "REV"]`.
    pub commands: Vec<Vec<String>>,
}

/// Where a [`Job`]'s revisions and `env.py` are.
#[derive(Clone, Debug)]
pub enum Environment {
    /// A project: the directory of its `alembic.ini`.
    Project(PathBuf),
    /// A bare version location; it gets a generic `env.py`.
    Versions(PathBuf),
    /// A bare version location with folders inside.
    RecursiveVersions(PathBuf),
}

/// What came of a [`Job`].
#[derive(Clone, Debug)]
pub struct Outcome {
    /// One for each command up to the first that failed.
    pub steps: Vec<Step>,
    /// The rows of `alembic_version` afterwards, sorted.
    pub versions: Vec<String>,
    /// The schema afterwards, as described in `tests/reference/upgrade.py`.
    pub schema: Value,
}

/// One command of a [`Job`].
#[derive(Clone, Debug)]
pub struct Step {
    /// The command with its arguments.
    pub command: Vec<String>,
    /// The revisions it started to run, in order. The last one is where it failed, if it did.
    pub executed: Vec<String>,
    /// The error as `CLASS: MESSAGE`.
    pub error: Option<String>,
}

impl Outcome {
    /// The error of the command that failed.
    pub fn error(&self) -> Option<&str> {
        self.steps.iter().find_map(|step| step.error.as_deref())
    }

    /// The names of the tables, sorted, `alembic_version` among them.
    pub fn tables(&self) -> Vec<String> {
        let tables = self.schema["tables"].as_object();
        let mut names: Vec<String> = tables
            .expect("a schema has tables")
            .keys()
            .cloned()
            .collect();
        names.sort();
        names
    }
}

/// Runs jobs, each in a process of its own, as many at a time as there are processors. Two jobs that run at once
/// need two databases.
pub fn run(jobs: &[Job]) -> Vec<Outcome> {
    let jobs = jobs.iter().map(|job| {
        let mut value = json!({ "url": job.url, "commands": job.commands });
        match &job.environment {
            Environment::Project(dir) => value["project"] = json!(dir),
            Environment::Versions(dir) => value["versions"] = json!(dir),
            Environment::RecursiveVersions(dir) => {
                value["versions"] = json!(dir);
                value["recursive"] = json!(true);
            }
        }
        value
    });
    list(run_python("upgrade.py", &[], &jobs.collect()))
        .into_iter()
        .map(outcome)
        .collect()
}

/// Runs one command on one database.
pub fn run_one(environment: Environment, url: &str, command: &[&str]) -> Outcome {
    let job = Job {
        environment,
        url: url.to_owned(),
        commands: vec![command.iter().map(|&word| word.to_owned()).collect()],
    };
    run(&[job]).remove(0)
}

fn outcome(mut value: Value) -> Outcome {
    let steps = list(value["steps"].take()).into_iter().map(|step| Step {
        command: strings(&step["command"]),
        executed: list(step["executed"].clone())
            .iter()
            .map(|executed| text(&executed["revision"]))
            .collect(),
        error: error_text(&step["error"]),
    });
    Outcome {
        steps: steps.collect(),
        versions: strings(&value["versions"]),
        schema: value["schema"].take(),
    }
}

fn error_text(error: &Value) -> Option<String> {
    error
        .is_object()
        .then(|| format!("{}: {}", text(&error["class"]), text(&error["message"])))
}

fn list(value: Value) -> Vec<Value> {
    match value {
        Value::Array(values) => values,
        other => panic!("a list expected, not {other}"),
    }
}

fn strings(value: &Value) -> Vec<String> {
    list(value.clone()).iter().map(text).collect()
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("a string expected, not {value}"))
        .to_owned()
}
