//! Answers for programs, against the schemas of their formats.

#![allow(clippy::disallowed_methods, reason = "tests make and read files")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use rechain_testing::git::Repository;
use rechain_testing::{fixture, reference};
use serde_json::{Value, json};

/// What `rechain ARGUMENTS` prints in `directory`.
fn printed(directory: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_rechain"))
        .args(arguments)
        .current_dir(directory)
        .output()
        .expect("the program runs");
    assert_eq!(
        output.status.code(),
        Some(1),
        "there is something to report"
    );
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn errors(schema: &Value, document: &Value) -> Vec<String> {
    let jobs = json!([{ "schema": schema, "document": document }]);
    let answer = reference::run_python("validate.py", &[], &jobs);
    serde_json::from_value::<Vec<Vec<String>>>(answer)
        .expect("a list of lists")
        .remove(0)
}

#[test]
fn sarif_follows_its_schema() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let schema = fs::read_to_string(root.join("tests/schemas/sarif-2.1.0.json")).expect("a schema");
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    let example = fixture::example("leadgen/backend");
    let versions = example.path().join("alembic/versions");
    fs::write(versions.join("naïve file.py"), "revision = 1\n").expect("a file");
    fs::write(versions.join("broken.py"), "revision = '\n").expect("a file");

    let text = printed(example.path(), &["check", "--format", "sarif"]);
    let document: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(errors(&schema, &document), Vec::<String>::new());
    let results = document["runs"][0]["results"].as_array().expect("results");
    assert!(results.len() >= 3, "{document:#}");
    let uris: Vec<&str> = results
        .iter()
        .filter_map(|it| it["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str())
        .collect();
    assert!(
        uris.contains(&"alembic/versions/na%C3%AFve%20file.py"),
        "{uris:?}"
    );

    // The validation is able to fail.
    let mut wrong = document;
    wrong["runs"][0]["results"][0]["level"] = json!("fatal");
    assert_eq!(errors(&schema, &wrong).len(), 1);
}

/// Puts `additionalProperties: false` beside every `properties`, so that a field which the schema does not
/// describe is an error.
fn closed(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if fields.contains_key("properties") {
                fields.insert("additionalProperties".to_owned(), json!(false));
            }
            fields.values_mut().for_each(closed);
        }
        Value::Array(items) => items.iter_mut().for_each(closed),
        _ => {}
    }
}

#[test]
fn json_follows_its_schema() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let schema =
        fs::read_to_string(root.join("docs/reference/check.schema.json")).expect("a schema");
    let mut schema: Value = serde_json::from_str(&schema).expect("JSON");
    closed(&mut schema);
    let example = fixture::example("leadgen/backend");
    let versions = example.path().join("alembic/versions");
    let mut documents = vec![printed(example.path(), &["check", "--format", "json"])];
    fs::write(versions.join("naïve file.py"), "revision = 1\n").expect("a file");
    fs::write(
        versions.join("computed.py"),
        "revision = 'c'\ndown_revision = f()\n",
    )
    .expect("a file");
    documents.push(printed(example.path(), &["check", "--format", "json"]));

    // What would land: `b1` beside the `a1` of main.
    let repository = Repository::init();
    let add = |id: &str, parent: &str| {
        let text = format!("revision = '{id}'\ndown_revision = {parent}\n");
        repository.write(format!("versions/{id}.py"), &text);
        repository.commit(id);
    };
    add("r0", "None");
    repository.switch("feature");
    add("b1", "'r0'");
    repository.switch("main");
    add("a1", "'r0'");
    repository.switch("feature");
    let laid_over = ["check", "versions", "--base", "main", "--format", "json"];
    documents.push(printed(&repository.path(), &laid_over));

    for text in &documents {
        let document: Value = serde_json::from_str(text).expect("JSON");
        assert_eq!(errors(&schema, &document), Vec::<String>::new(), "{text}");
        assert!(
            document["environments"][0]["problems"]
                .as_array()
                .is_some_and(|it| !it.is_empty())
        );
    }
    let mut wrong: Value = serde_json::from_str(&documents[2]).expect("JSON");
    assert_eq!(wrong["environments"][0]["laid_over"][0]["ref"], "main");
    wrong["environments"][0]["problems"][0]["place"]["line"] = json!(0);
    wrong["surprise"] = json!(1);
    assert_eq!(errors(&schema, &wrong).len(), 2);
}

/// `::NAME PROPERTY=VALUE,...::MESSAGE`, as the runner reads it (`ActionCommand.TryParseV2`), its escapes undone.
fn workflow_command(line: &str) -> (String, BTreeMap<String, String>, String) {
    let rest = line.strip_prefix("::").expect("a command");
    let (head, message) = rest.split_once("::").expect("two parts");
    let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
    let data = |text: &str| {
        text.replace("%0D", "\r")
            .replace("%0A", "\n")
            .replace("%25", "%")
    };
    let property = |text: &str| {
        let text = text
            .replace("%0D", "\r")
            .replace("%0A", "\n")
            .replace("%3A", ":");
        text.replace("%2C", ",").replace("%25", "%")
    };
    let properties = properties
        .split(',')
        .map(|it| it.split_once('=').expect("a property"))
        .map(|(name, value)| (name.to_owned(), property(value)))
        .collect();
    (name.to_owned(), properties, data(message))
}

/// What the runner reads is what the JSON says: a file, line and column, and the message with the way on.
#[test]
fn annotations_are_read_back() {
    let example = fixture::example("leadgen/backend");
    let versions = example.path().join("alembic/versions");
    fs::write(versions.join("a,b:c%.py"), "revision = '\n").expect("a file");
    fs::write(
        versions.join("100%25.py"),
        "revision = 'x'\ndown_revision = f()\n",
    )
    .expect("a file");
    let annotations = printed(example.path(), &["check", "--format", "github"]);
    let document = printed(example.path(), &["check", "--format", "json"]);
    let document: Value = serde_json::from_str(&document).expect("JSON");
    let problems = document["environments"][0]["problems"]
        .as_array()
        .expect("problems");
    assert_eq!(annotations.lines().count(), problems.len());
    for (line, problem) in annotations.lines().zip(problems) {
        let (name, properties, message) = workflow_command(line);
        assert_eq!(name, "error");
        let place = &problem["place"];
        let expected: BTreeMap<String, String> = [
            ("file", place["file"].as_str().expect("a file").to_owned()),
            ("line", place["line"].to_string()),
            ("col", place["column"].to_string()),
            (
                "title",
                format!(
                    "{} {}",
                    problem["code"].as_str().expect("a code"),
                    problem["name"].as_str().expect("a name")
                ),
            ),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
        assert_eq!(properties, expected);
        let help = problem["help"].as_array().expect("a list");
        let lines: Vec<&str> = std::iter::once(&problem["message"])
            .chain(help)
            .map(|it| it.as_str().expect("text"))
            .collect();
        assert_eq!(message, lines.join("\n"));
    }
    assert!(
        annotations.contains("file=alembic/versions/a%2Cb%3Ac%25.py,"),
        "{annotations}"
    );
}

/// Revision files in `versions/` of a fresh directory.
fn with_revisions(revisions: &[(&str, &str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let versions = directory.path().join("versions");
    fs::create_dir(&versions).expect("a directory");
    for (id, parent, body) in revisions {
        let down = if parent.is_empty() {
            "None".to_owned()
        } else {
            format!("\"{parent}\"")
        };
        let text = format!(
            "\"\"\"{id}\"\"\"\nimport sqlalchemy as sa\nfrom alembic import op\n\
             revision = \"{id}\"\ndown_revision = {down}\n\n\ndef upgrade():\n    {body}\n"
        );
        fs::write(versions.join(format!("{id}.py")), text).expect("a file");
    }
    directory
}

const STATUS: &str = "op.add_column(\"users\", sa.Column(\"status\", sa.Text()))";

fn in_conflict() -> tempfile::TempDir {
    let users = "op.create_table(\"users\", sa.Column(\"id\", sa.Integer()))";
    with_revisions(&[
        ("a1", "", users),
        ("b1", "a1", STATUS),
        ("c1", "a1", STATUS),
    ])
}

/// What `rechain fix` prints as JSON, whatever it comes to.
fn proposed(directory: &Path, arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_rechain"))
        .args(["fix", "--format", "json"])
        .args(arguments)
        .current_dir(directory)
        .output()
        .expect("the program runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn fix_follows_its_schema() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let schema = fs::read_to_string(root.join("schemas/fix.schema.json")).expect("a schema");
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    let example = fixture::example("leadgen/backend");
    let conflict = in_conflict();
    let forked = with_revisions(&[
        ("a1", "", "pass"),
        ("b1", "a1", "pass"),
        ("c1", "a1", "raw()"),
    ]);
    let damaged = with_revisions(&[("a1", "gone", "pass")]);
    let mut documents = vec![
        proposed(example.path(), &["--dry-run"]),
        proposed(conflict.path(), &["versions", "--applied", "none"]),
        proposed(forked.path(), &["versions"]),
        proposed(forked.path(), &["versions", "--dry-run", "--yes"]),
        proposed(forked.path(), &["versions", "--applied", "b1", "--strict"]),
        proposed(
            forked.path(),
            &["versions", "--applied", "b1", "--applied", "c1"],
        ),
        proposed(damaged.path(), &["versions"]),
        proposed(forked.path(), &["versions", "--applied", "b1"]),
        proposed(forked.path(), &["versions"]),
    ];
    let outcomes: Vec<&str> = documents
        .iter()
        .filter_map(|it| it["environments"][0]["outcome"].as_str())
        .collect();
    assert_eq!(
        outcomes,
        [
            "plan", "open", "open", "plan", "open", "open", "damaged", "plan", "sound"
        ]
    );
    documents.extend(damage_and_merges());
    let mut answered = documents[1].clone();
    answered["environments"][0]["decisions"][0]["answer"] = json!("c1 before b1");
    let file = conflict.path().join("answers.json");
    fs::write(&file, answered.to_string()).expect("a file");
    documents.push(answered);
    let arguments = [
        "versions",
        "--applied",
        "none",
        "--dry-run",
        "--decisions",
        "answers.json",
    ];
    let decided = proposed(conflict.path(), &arguments);
    assert_eq!(
        decided["environments"][0]["kept_conflicts"][0]["revisions"],
        json!(["b1", "c1"])
    );
    documents.push(decided);

    let jobs: Vec<Value> = documents
        .iter()
        .map(|document| json!({ "schema": schema, "document": document }))
        .collect();
    let found = reference::run_python("validate.py", &[], &Value::Array(jobs));
    let expected: Vec<Vec<String>> = vec![Vec::new(); documents.len()];
    assert_eq!(found, json!(expected));

    // The validation is able to fail, also of what the schema does not know.
    let mut wrong = documents.swap_remove(0);
    wrong["environments"][0]["steps"][0]["to"] = json!("b1");
    wrong["environments"][0]["more"] = json!(1);
    assert_eq!(errors(&schema, &wrong).len(), 2);
}

/// A repair that is open, the same answered, and a merge revision that the plan empties.
fn damage_and_merges() -> Vec<Value> {
    let roots = with_revisions(&[("a1", "", "pass"), ("b1", "", "pass")]);
    let asked = proposed(roots.path(), &["versions"]);
    let mut answered = asked.clone();
    let decision = &mut answered["environments"][0]["decisions"][0];
    assert_eq!(decision["id"], "second-root:a1+b1");
    decision["answer"] = json!("b1 follows a1");
    fs::write(roots.path().join("answers.json"), answered.to_string()).expect("a file");
    let arguments = ["versions", "--decisions", "answers.json", "--dry-run"];
    let mended = proposed(roots.path(), &arguments);
    assert_eq!(mended["environments"][0]["mended"][0]["by"], "answer");
    assert_eq!(mended["exit_status"], 1);
    let merged = with_revisions(&[
        ("a1", "", "pass"),
        ("b1", "a1", "pass"),
        ("c1", "a1", "pass"),
        ("d1", "b1", "pass"),
    ]);
    let merge = "revision = 'm1'\ndown_revision = ('b1', 'c1')\n\ndef upgrade():\n    pass\n";
    fs::write(merged.path().join("versions/m1.py"), merge).expect("a file");
    let emptied = proposed(merged.path(), &["versions", "--applied", "d1", "--dry-run"]);
    assert_eq!(
        emptied["environments"][0]["decisions"][0]["kind"],
        "emptied-merge"
    );
    vec![asked, answered, mended, emptied]
}

/// One file of answers, two machines: other paths, other names, another environment of the process.
#[test]
fn the_same_decisions_give_the_same_bytes() {
    let questions = in_conflict();
    let mut document = proposed(questions.path(), &["versions", "--base", "none"]);
    assert_eq!(
        document["environments"][0]["decisions"][0]["id"],
        "deployed:b1+c1"
    );
    document["environments"][0]["decisions"][0]["answer"] = json!("nothing is deployed");
    let conflict = json!({"id": "conflict:b1+c1", "answer": "c1 before b1"});
    document["environments"][0]["answers"] = json!([conflict]);
    let mut written = Vec::new();
    for (name, variables) in [
        ("here", [("LC_ALL", "C"), ("TZ", "UTC"), ("COLUMNS", "80")]),
        (
            "a much longer path/there",
            [
                ("LC_ALL", "C.UTF-8"),
                ("TZ", "Asia/Tokyo"),
                ("COLUMNS", "300"),
            ],
        ),
    ] {
        let machine = tempfile::tempdir().expect("a temporary directory");
        let project = machine.path().join(name);
        fixture::copy_tree(questions.path(), &project);
        let file = machine.path().join("decisions.json");
        fs::write(&file, format!("{document:#}")).expect("a file");
        // On one of them from elsewhere, so that the environment is called something else, too.
        let (start, path) = if written.is_empty() {
            (project.clone(), "versions".to_owned())
        } else {
            (machine.path().to_owned(), format!("{name}/versions"))
        };
        let output = Command::new(env!("CARGO_BIN_EXE_rechain"))
            .args(["fix", &path, "--base", "none", "--decisions"])
            .arg(&file)
            .envs(variables)
            .current_dir(start)
            .output()
            .expect("the program runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{said}");
        let files = ["a1", "b1", "c1"]
            .map(|id| fs::read(project.join("versions").join(format!("{id}.py"))).expect("a file"));
        written.push(files);
    }
    assert_eq!(written[0], written[1]);
    let before = fs::read(questions.path().join("versions/b1.py")).expect("a file");
    assert_ne!(written[0][1], before, "b1 follows c1 now");
}
