//! What the program is built from: nothing that needs a newer Rust than it promises itself.

#![allow(clippy::disallowed_methods, reason = "tests start cargo")]

use std::process::Command;

use rechain_testing::root;
use serde_json::Value;

fn packages() -> Vec<Value> {
    let host = Command::new("rustc")
        .arg("-vV")
        .output()
        .expect("rustc starts");
    let host = String::from_utf8(host.stdout).expect("UTF-8");
    let host = host
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .expect("a host");
    // Those of other systems are not there without the network; the CI runs this on each of them.
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--offline",
            "--filter-platform",
            host,
        ])
        .current_dir(root())
        .output()
        .expect("cargo starts");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words}");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    metadata["packages"].as_array().expect("packages").clone()
}

fn version(text: &str) -> Vec<u64> {
    let mut parts: Vec<u64> = text
        .split('.')
        .map(|it| it.parse().expect("a number"))
        .collect();
    parts.resize(3, 0);
    parts
}

#[test]
fn no_dependency_needs_a_newer_rust() {
    let packages = packages();
    let ours = packages
        .iter()
        .find(|it| it["name"] == "rechain")
        .expect("ourselves");
    let ours = ours["rust_version"]
        .as_str()
        .expect("a rust-version")
        .to_owned();
    let needs = |it: &Value| it["rust_version"].as_str().map(version);
    let newer: Vec<String> = packages
        .iter()
        .filter(|it| needs(it) > Some(version(&ours)))
        .map(|it| {
            format!(
                "{} {} needs {}",
                it["name"], it["version"], it["rust_version"]
            )
        })
        .collect();
    assert!(newer.is_empty(), "rust-version is {ours}: {newer:?}");
    let stated = packages.iter().filter(|it| needs(it).is_some()).count();
    println!(
        "{} packages, {stated} state a version, none above {ours}",
        packages.len()
    );
    assert!(stated > 50, "{stated}");
    // The workflow checks with just that one, and the documents promise no other.
    for file in [".github/workflows/ci.yml"] {
        let text = std::fs::read_to_string(root().join(file)).expect("a file");
        assert!(
            text.contains(&format!("cargo +{ours} check")),
            "{file} checks another version than {ours}"
        );
    }
}
