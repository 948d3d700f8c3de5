//! The oracle agrees with what the corpus table says of each history.
#![allow(
    clippy::disallowed_methods,
    reason = "tests write the files they are about"
)]

use rechain_testing::corpus::{Scope, histories};
use rechain_testing::{alembic, reference};
use serde_json::{Value, json};

#[test]
fn python_has_the_pinned_alembic() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let output = alembic::command(dir.path(), None, &["--version"]);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout).trim(),
        "alembic 1.20.1",
        "of {}",
        reference::python().display()
    );
}

#[test]
fn corpus_histories_are_as_the_table_says() {
    let histories = histories(Scope::from_env());
    let read = alembic::read_corpus(&histories);
    assert_eq!(read.len(), histories.len());
    for (history, read) in histories.iter().zip(&read) {
        let graph = &read["alembic"];
        let name = format!(
            "{} {} {}",
            history.package, history.version, history.versions_dir
        );
        assert_eq!(graph["error"], Value::Null, "{name}");
        for (found, noted) in [
            ("heads", "heads"),
            ("bases", "bases"),
            ("merge_points", "merges"),
            ("branch_points", "branchpoints"),
        ] {
            let found = graph[found].as_array().expect("a list").len();
            assert_eq!(found, history.count(noted), "{noted} of {name}");
        }
        for file in read["files"].as_array().expect("a list") {
            assert_eq!(file["error"], Value::Null, "{} of {name}", file["path"]);
        }
        let revisions = graph["revisions"].as_object().expect("an object");
        assert_eq!(revisions.len(), history.migrations, "revisions of {name}");
        for order in ["upgrade", "downgrade", "history"] {
            let order = graph[order].as_array().expect("a list");
            assert_eq!(order.len(), revisions.len(), "{name}");
        }
    }
}

#[test]
fn identifiers_have_the_values_python_leaves_in_them() {
    let module = "\u{feff}# coding: utf-8\r\n'''Grüße\r\n'''\r\n\
                  parent = 'a' 'b'; revision: str = \"c\"\r\n\
                  x = 'ü'; down_revision = parent\r\n\
                  if True: branch_labels = ['l', \"m\"]\r\n\
                  depends_on = compute(1)\r\n";
    let dir = tempfile::tempdir().expect("a temporary directory");
    std::fs::write(dir.path().join("c.py"), module).expect("a file");
    let read = alembic::read([(dir.path(), false)]).remove(0);
    let file = &read["files"][0];
    assert_eq!(file["revision"], "c");
    assert_eq!(file["down_revision"], "ab");
    assert_eq!(file["branch_labels"], json!(["l", "m"]));
    assert_eq!(file["depends_on"], json!({ "computed": "compute(1)" }));
    assert_eq!(file["docstring"], "Grüße\n");
    let text = |range: &str| {
        let range = serde_json::from_value::<[usize; 2]>(file[range].clone()).expect("a range");
        &module[range[0]..range[1]]
    };
    assert_eq!(text("down_revision_range"), "parent");
    assert_eq!(text("down_revision_literal_range"), "'a' 'b'");
}

#[test]
fn what_alembic_refuses_is_an_error() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    for (name, parent) in [("a", "b"), ("b", "a")] {
        let text = format!("revision = '{name}'\ndown_revision = '{parent}'\n");
        std::fs::write(dir.path().join(name).with_extension("py"), text).expect("a file");
    }
    assert_eq!(
        alembic::heads(dir.path()),
        Err("CycleDetected: Cycle is detected in revisions (a, b)".to_owned())
    );
}
