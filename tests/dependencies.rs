//! What the program is built from: nothing that needs a newer Rust than it promises itself.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "tests start cargo and say what they counted"
)]

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
    let workflow = root().join(".github/workflows/ci.yml");
    let workflow = std::fs::read_to_string(workflow).expect("a file");
    let checks = format!("cargo +{ours} check");
    assert!(
        workflow.contains(&checks),
        "the workflow checks another version than {ours}"
    );
}

/// What `deny.toml` lists under a key: the strings between its brackets.
fn listed(key: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join("deny.toml")).expect("a file");
    let start = format!("\n{key} = [");
    let (_, rest) = text
        .split_once(&start)
        .unwrap_or_else(|| panic!("{key} is listed"));
    let (list, _) = rest.split_once(']').expect("a bracket");
    let words: Vec<String> = list
        .split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect();
    assert!(!words.is_empty(), "{key}");
    words
}

/// Whether the licences that an SPDX expression leaves to choose from have one, or all of an `AND`, that is allowed.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let mut spaced = expression.replace('(', " ( ").replace(')', " ) ");
    // The old way to write `OR`.
    spaced = spaced.replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let result = either(&mut rest, allowed);
    assert!(rest.is_empty(), "{expression:?}: {rest:?}");
    result
}

fn either(words: &mut &[&str], allowed: &[String]) -> bool {
    let mut result = both(words, allowed);
    while let ["OR", rest @ ..] = *words {
        *words = rest;
        result |= both(words, allowed);
    }
    result
}

fn both(words: &mut &[&str], allowed: &[String]) -> bool {
    let mut result = one(words, allowed);
    while let ["AND", rest @ ..] = *words {
        *words = rest;
        result &= one(words, allowed);
    }
    result
}

fn one(words: &mut &[&str], allowed: &[String]) -> bool {
    match *words {
        ["(", rest @ ..] => {
            *words = rest;
            let result = either(words, allowed);
            let [")", rest @ ..] = *words else {
                panic!("no bracket ends: {words:?}")
            };
            *words = rest;
            result
        }
        [name, "WITH", exception, rest @ ..] => {
            *words = rest;
            allowed.contains(&format!("{name} WITH {exception}"))
        }
        [name, rest @ ..] => {
            *words = rest;
            allowed.iter().any(|it| it == name)
        }
        [] => panic!("an expression ends early"),
    }
}

#[test]
fn expressions_of_licences() {
    let allowed = ["MIT".to_owned(), "A WITH b".to_owned()];
    for (expression, expected) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("GPL-3.0 OR MIT", true),
        ("GPL-3.0/MIT", true),
        ("GPL-3.0 AND MIT", false),
        ("(GPL-3.0 OR MIT) AND A WITH b", true),
        ("A", false),
        ("GPL-3.0 OR MIT AND GPL-3.0", false),
    ] {
        assert_eq!(is_allowed(expression, &allowed), expected, "{expression}");
    }
}

/// What cargo-deny would say of licences, bans and sources, from the same `deny.toml` and without installing it.
#[test]
fn licences_bans_and_sources_are_those_of_deny_toml() {
    let (allowed, banned) = (listed("allow"), listed("deny"));
    let mut counts = [0; 2];
    for package in packages() {
        let name = package["name"].as_str().expect("a name");
        let licence = package["license"].as_str().unwrap_or_default();
        assert!(
            is_allowed(licence, &allowed),
            "{name}: {licence:?} is not allowed"
        );
        assert!(!banned.iter().any(|it| it == name), "{name} is banned");
        match package["source"].as_str() {
            None => counts[0] += 1,
            Some("registry+https://github.com/rust-lang/crates.io-index") => counts[1] += 1,
            Some(other) => panic!("{name} comes from {other}"),
        }
    }
    println!(
        "{} packages of the workspace, {} of crates.io",
        counts[0], counts[1]
    );
    assert!(counts[0] > 5 && counts[1] > 50);
}
