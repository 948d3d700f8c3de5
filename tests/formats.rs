//! Answers for programs, against the schemas of their formats.

#![allow(clippy::disallowed_methods, reason = "tests make and read files")]

use std::fs;
use std::path::Path;
use std::process::Command;

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

/// `::error file=F,line=L,col=C,title=T::message`, with what would end a field escaped
/// (GitHub Actions, workflow commands).
#[test]
fn annotations_follow_their_grammar() {
    let example = fixture::example("leadgen/backend");
    let versions = example.path().join("alembic/versions");
    fs::write(versions.join("a,b:c%.py"), "revision = '\n").expect("a file");
    let text = printed(example.path(), &["check", "--format", "github"]);
    let mut files = Vec::new();
    for line in text.lines() {
        let rest = line.strip_prefix("::error ").expect("a command");
        let (properties, message) = rest.split_once("::").expect("two parts");
        assert!(!message.is_empty());
        for property in properties.split(',') {
            let (name, value) = property.split_once('=').expect("a property");
            assert!(["file", "line", "col", "title"].contains(&name), "{line}");
            assert!(!value.contains(':'), "{line}");
            if name == "file" {
                files.push(value.to_owned());
            }
        }
    }
    assert!(
        files.contains(&"alembic/versions/a%2Cb%3Ac%25.py".to_owned()),
        "{files:?}"
    );
}
