//! The site and the YAML files.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use rechain_testing::{fixture, reference, root};
use serde_json::Value;

/// `MkDocs` takes every warning (a broken link, a page nobody links to) for an error.
#[test]
fn the_site_can_be_built() {
    let site = tempfile::tempdir().expect("a temporary directory");
    let output = Command::new(reference::environment("documents"))
        .args(["-m", "mkdocs", "build", "--strict", "--site-dir"])
        .arg(site.path())
        .current_dir(root())
        .output()
        .expect("mkdocs starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let index = fs::read_to_string(site.path().join("index.html")).expect("a first page");
    assert!(
        index.contains("tutorial/"),
        "the first page links the tutorial"
    );
}

/// A YAML document as `PyYAML` reads it.
pub(crate) fn yaml(text: &str) -> Value {
    let mut child = Command::new(reference::environment("documents"))
        .args([
            "-c",
            "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    stdin.write_all(text.as_bytes()).expect("a pipe");
    drop(stdin);
    let output = child.wait_with_output().expect("Python ends");
    assert!(output.status.success(), "not YAML:\n{text}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn yaml_file(name: &str) -> Value {
    yaml(&fs::read_to_string(root().join(name)).expect("a file"))
}

/// Every job of a workflow has steps that run or use something, and needs jobs that exist.
#[test]
fn workflows_hold_together() {
    for name in ["ci", "release"] {
        let workflow = yaml_file(&format!(".github/workflows/{name}.yml"));
        let jobs = workflow["jobs"].as_object().expect("jobs");
        for (id, job) in jobs {
            assert!(job["runs-on"].is_string(), "{name}: {id}");
            let needs = match &job["needs"] {
                Value::Null => Vec::new(),
                Value::String(one) => vec![one.clone()],
                many => serde_json::from_value(many.clone()).expect("names of jobs"),
            };
            for need in needs {
                assert!(jobs.contains_key(&need), "{name}: {id} needs {need}");
            }
            for step in job["steps"].as_array().expect("steps") {
                assert!(
                    step["run"].is_string() != step["uses"].is_string(),
                    "{name}: {id}: {step}"
                );
            }
        }
        // `on` is YAML 1.1's word for true.
        assert!(
            workflow["true"].is_object(),
            "{name} is started by something"
        );
    }
}

#[test]
fn settings_on_the_page_are_those_of_the_program() {
    let project = fixture::example("leadgen/backend");
    let text = super::block("reference/settings.md", "settings");
    fs::write(project.path().join("pyproject.toml"), &text).expect("a file");
    let output = Command::new(env!("CARGO_BIN_EXE_rechain"))
        .args(["check", "--quiet"])
        .current_dir(project.path())
        .output()
        .expect("the program runs");
    assert_eq!(
        output.status.code(),
        Some(1),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let source = root().join("crates/project/src/settings.rs");
    let source = fs::read_to_string(source).expect("the source of the settings");
    let (_, keys) = source.split_once("const KEYS").expect("the keys");
    let keys = keys.split_once("= [").expect("a list").1;
    let keys = keys.split_once("];").expect("an end").0;
    for key in keys.split('"').skip(1).step_by(2) {
        assert!(
            text.contains(&format!("\n{key} = ")),
            "{key} is not on the page"
        );
    }
}
