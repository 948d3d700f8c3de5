//! The action and the pipelines, as far as they run without the service they are for.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use rechain_testing::git::Repository;
use rechain_testing::root;
use serde_json::Value;

use super::block;
use super::built::yaml;

/// A clone on the branch `feature`, which adds `b1` to `r0`, while the origin's main went on to `a1`.
struct Project {
    origin: Repository,
    clone: Repository,
}

impl Project {
    fn new() -> Self {
        let origin = Repository::init();
        origin.write(
            "alembic.ini",
            "[alembic]\nscript_location = %(here)s/migrations\n",
        );
        add(&origin, "r0", "None");
        origin.commit("Migrations");
        let clone = Repository::clone_of(&origin);
        clone.switch("feature");
        add(&clone, "b1", "\"r0\"");
        clone.commit("Add b1");
        add(&origin, "a1", "\"r0\"");
        origin.commit("Add a1");
        Self { origin, clone }
    }

    fn repair(&self) {
        self.clone.git(&["fetch", "--quiet", "origin"]);
        self.clone.merge("origin/main");
        let fixed = self.shell("rechain fix --yes", &BTreeMap::new());
        assert!(fixed.status.success(), "{}", said(&fixed));
        self.clone.commit("One head");
    }

    fn shell(&self, script: &str, variables: &BTreeMap<String, String>) -> Output {
        let program = Path::new(env!("CARGO_BIN_EXE_rechain"));
        let program = program.parent().expect("a directory").display();
        let path = std::env::var("PATH").unwrap_or_default();
        let mut shell = Command::new("bash");
        self.clone.isolate(&mut shell);
        shell
            .args(["-e", "-o", "pipefail", "-c", script])
            .current_dir(self.clone.path())
            .env("PATH", format!("{program}:{path}"))
            .env("GIT_CONFIG_COUNT", "1")
            .env("GIT_CONFIG_KEY_0", "protocol.file.allow")
            .env("GIT_CONFIG_VALUE_0", "always")
            .envs(variables)
            .output()
            .expect("bash starts")
    }
}

fn add(repository: &Repository, id: &str, parent: &str) {
    repository.write(
        format!("migrations/versions/{id}.py"),
        &format!("\"\"\"Add {id}\"\"\"\n\nrevision = \"{id}\"\ndown_revision = {parent}\n"),
    );
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// What a run of the action left behind.
struct Run {
    status: i32,
    log: String,
    outputs: BTreeMap<String, String>,
    summary: String,
}

/// Runs the composite action's steps after the installation, as the runner does: expressions are
/// put in, outputs and the summary are files, and after a failure only `always()` steps run.
fn run_action(project: &Project, inputs: &[(&str, &str)]) -> Run {
    let action = yaml(&fs::read_to_string(root().join("action.yml")).expect("the action"));
    let place = tempfile::tempdir().expect("a temporary directory");
    let mut known: BTreeMap<String, String> = action["inputs"]
        .as_object()
        .expect("inputs")
        .iter()
        .map(|(name, input)| (format!("inputs.{name}"), text(&input["default"])))
        .collect();
    for (name, value) in inputs {
        let old = known.insert(format!("inputs.{name}"), (*value).to_owned());
        assert!(old.is_some(), "there is an input {name}");
    }
    known.insert("github.base_ref".to_owned(), "main".to_owned());
    known.insert(
        "github.event.merge_group.base_ref".to_owned(),
        String::new(),
    );
    let mut run = Run {
        status: 0,
        log: String::new(),
        outputs: BTreeMap::new(),
        summary: String::new(),
    };
    let steps = action["runs"]["steps"].as_array().expect("steps");
    assert_eq!(steps[0]["name"], "Install rechain");
    for step in &steps[1..] {
        assert_eq!(step["shell"], "bash");
        let condition = text(&step["if"]);
        let is_wanted = !condition.contains("inputs.summary") || known["inputs.summary"] == "true";
        if (run.status != 0 && !condition.contains("always()")) || !is_wanted {
            continue;
        }
        let mut variables: BTreeMap<String, String> = step["env"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.clone(), evaluated(&text(value), &known)))
            .collect();
        for file in ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"] {
            let path = place.path().join(file);
            fs::write(&path, "").expect("a file");
            variables.insert(file.to_owned(), path.display().to_string());
        }
        let output = project.shell(&text(&step["run"]), &variables);
        run.log.push_str(&said(&output));
        run.status = run.status.max(output.status.code().expect("not killed"));
        let written = fs::read_to_string(place.path().join("GITHUB_OUTPUT")).expect("a file");
        for (name, value) in written.lines().filter_map(|line| line.split_once('=')) {
            let id = text(&step["id"]);
            known.insert(format!("steps.{id}.outputs.{name}"), value.to_owned());
        }
        let summary = fs::read_to_string(place.path().join("GITHUB_STEP_SUMMARY"));
        run.summary.push_str(&summary.expect("a file"));
    }
    for (name, output) in action["outputs"].as_object().expect("outputs") {
        let value = evaluated(&text(&output["value"]), &known);
        run.outputs.insert(name.clone(), value);
    }
    run
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// `${{ NAME }}`; what no step has set is empty, as in Actions.
fn evaluated(template: &str, known: &BTreeMap<String, String>) -> String {
    match template
        .strip_prefix("${{ ")
        .and_then(|it| it.strip_suffix(" }}"))
    {
        None => template.to_owned(),
        Some(name) => {
            assert!(
                known.contains_key(name) || name.starts_with("steps."),
                "{name} is not known"
            );
            known.get(name).cloned().unwrap_or_default()
        }
    }
}

#[test]
fn the_action_checks_what_would_land() {
    let project = Project::new();
    let run = run_action(&project, &[]);
    assert_eq!(run.status, 1, "{}", run.log);
    assert!(
        run.log.contains("::error file=migrations/versions/b1.py,"),
        "{}",
        run.log
    );
    assert_eq!(run.outputs["sound"], "false");
    assert!(
        run.summary.contains("```mermaid\nflowchart"),
        "{}",
        run.summary
    );
    assert!(run.summary.contains("needs repair"), "{}", run.summary);

    project.repair();
    let run = run_action(&project, &[("path", "alembic.ini")]);
    assert_eq!(run.status, 0, "{}", run.log);
    assert_eq!(run.outputs["sound"], "true");
    assert!(
        run.summary.contains("The chain is sound."),
        "{}",
        run.summary
    );
    let run = run_action(&project, &[("summary", "false"), ("base", "main")]);
    assert_eq!((run.status, run.summary.as_str()), (0, ""), "{}", run.log);
}

#[test]
fn the_plain_script_checks_what_would_land() {
    let project = Project::new();
    let script = block("how-to/ci.md", "script");
    let red = project.shell(&script, &BTreeMap::new());
    assert_eq!(red.status.code(), Some(1), "{}", said(&red));
    project.repair();
    let green = project.shell(&script, &BTreeMap::new());
    assert_eq!(green.status.code(), Some(0), "{}", said(&green));
    assert!(project.origin.path().exists());
}

#[test]
fn the_gitlab_job_checks_what_would_land() {
    let project = Project::new();
    let job = yaml(&block("how-to/ci.md", "gitlab"))["migrations"].take();
    let lines: Vec<String> = ["before_script", "script"]
        .iter()
        .flat_map(|name| job[*name].as_array().expect("lines"))
        .map(text)
        // What the image brings.
        .filter(|line| !line.contains("apt-get") && !line.contains("pip install"))
        .collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    let script = lines.join("\n");
    let variables = BTreeMap::from([(
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME".to_owned(),
        "main".to_owned(),
    )]);
    let red = project.shell(&script, &variables);
    assert_eq!(red.status.code(), Some(1), "{}", said(&red));
    project.repair();
    let green = project.shell(&script, &variables);
    assert_eq!(green.status.code(), Some(0), "{}", said(&green));
}

#[test]
fn the_github_workflow_runs_where_it_must() {
    let workflow = yaml(&block("how-to/ci.md", "github"));
    let events = workflow["true"].as_object().expect("events");
    assert!(events.contains_key("pull_request") && events.contains_key("merge_group"));
    let steps = workflow["jobs"]["rechain"]["steps"]
        .as_array()
        .expect("steps");
    assert_eq!(steps[0]["with"]["fetch-depth"], 0);
    let action = yaml(&fs::read_to_string(root().join("action.yml")).expect("the action"));
    for input in steps[1]["with"].as_object().expect("inputs").keys() {
        assert!(action["inputs"][input].is_object(), "{input}");
    }
    assert!(yaml(&block("how-to/ci.md", "github-sarif")).is_array());
}
