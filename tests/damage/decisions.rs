//! Repairs as decisions: written as JSON, reviewed, and replayed with the same bytes on another clone.

use std::fs;

use serde_json::{Value, json};

use crate::case::{Case, documented, said, succeeded, text};

impl Case {
    /// What `fix` says as JSON.
    fn asked(&self) -> Value {
        let output = self.rechain(&["fix", "--dry-run", "--format", "json"]);
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// A clone of it that has only this branch, and the files as they are here.
    fn cloned(&self) -> Self {
        let clone = Self::new();
        let path = clone.repository.path();
        fs::remove_dir_all(&path).unwrap();
        let source = self.repository.path();
        let target = path.to_string_lossy().into_owned();
        self.repository.git(&["clone", "--quiet", ".", &target]);
        for (file, content) in self.snapshot() {
            let inside = file.strip_prefix(&source).unwrap();
            fs::write(path.join(inside), content).unwrap();
        }
        clone
    }

    /// `fix` with these decisions, kept outside of what git sees.
    pub(crate) fn decided(&self, document: &Value, more: &[&str]) -> std::process::Output {
        let file = self.repository.path().join(".git/answers.json");
        fs::write(file, document.to_string()).unwrap();
        let mut arguments = vec!["fix", "--decisions", ".git/answers.json"];
        arguments.extend(more);
        self.rechain(&arguments)
    }

    fn files(&self) -> Vec<(String, Vec<u8>)> {
        let root = self.repository.path();
        let name = |path: &std::path::Path| {
            let inside = path.strip_prefix(&root).unwrap();
            inside.to_string_lossy().into_owned()
        };
        let files = self.snapshot().into_iter();
        files.map(|(path, bytes)| (name(&path), bytes)).collect()
    }
}

fn answers(decision: &Value) -> Vec<String> {
    let options = decision["options"].as_array().unwrap().iter();
    options
        .map(|it| it["answer"].as_str().unwrap().to_owned())
        .collect()
}

/// A parent on another branch: here under its own name, in the clone under that of the remote.
fn on_another_branch() -> Case {
    let case = Case::new();
    case.repository.switch("other");
    case.write("dddd4444", &text("dddd4444", "cccc3333"));
    case.repository.commit("on the other branch");
    case.repository.git(&["switch", "--quiet", "main"]);
    case.repository.switch("feature");
    case.write("eeee5555", &text("eeee5555", "dddd4444"));
    case.write("ffff6666", &documented("ffff6666", "ffff6666", "", "pass"));
    case.repository
        .commit("on top of it, and one that follows itself");
    case
}

#[test]
fn each_repair_is_replayed_with_the_same_bytes_on_another_clone() {
    let case = on_another_branch();
    let mut document = case.asked();
    let first = document["environments"][0]["decisions"][0].clone();
    assert_eq!(first["id"], "missing-parent:dddd4444+eeee5555");
    let restore = answers(&first).remove(0);
    assert!(
        restore.starts_with("restore migrations/versions/dddd4444_words.py ("),
        "{restore}"
    );
    document["environments"][0]["decisions"][0]["answer"] = json!(restore);
    // What the answer makes plain is repaired by evidence, and stands among the answers, too.
    let output = case.decided(&document, &["--dry-run", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let environment = &document["environments"][0];
    let by = |at: usize| environment["mended"][at]["by"].as_str().unwrap_or_default();
    assert_eq!((by(0), by(1)), ("answer", "evidence"), "{environment:#}");
    let follows = json!({"id": "self-loop:ffff6666", "answer": "ffff6666 follows eeee5555"});
    let answers = environment["answers"].as_array().unwrap();
    assert!(answers.contains(&follows), "{answers:?}");

    let clone = case.cloned();
    for it in [&case, &clone] {
        succeeded(&it.decided(&document, &[]));
    }
    assert!(case.files() == clone.files(), "the same bytes");
    let links = case.links().unwrap();
    for link in ["dddd4444 <- cccc3333", "ffff6666 <- eeee5555"] {
        assert!(links.iter().any(|it| it == link), "{link} in {links:?}");
    }
    // The same file is no obstacle to the next round, in which nothing is damaged.
    succeeded(&case.decided(&document, &[]));
}

#[test]
fn another_content_is_another_answer() {
    let case = on_another_branch();
    let mut document = case.asked();
    let restore = answers(&document["environments"][0]["decisions"][0]).remove(0);
    document["environments"][0]["decisions"][0]["answer"] = json!(restore);
    case.repository.git(&["switch", "--quiet", "other"]);
    case.write(
        "dddd4444",
        &documented("dddd4444", "cccc3333", "cccc3333", "op.execute('other')"),
    );
    case.repository.commit("changed");
    case.repository.git(&["switch", "--quiet", "feature"]);
    let before = case.snapshot();
    let output = case.decided(&document, &[]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("is no answer to `missing-parent:"), "{said}");
    assert!(case.snapshot() == before);
}

#[test]
fn one_file_answers_the_damage_and_what_comes_after_it() {
    let case = Case::new();
    case.write("dddd4444", &text("dddd4444", "cccc3333"));
    for name in ["one", "two"] {
        case.repository.write(
            format!("migrations/versions/eeee5555_{name}.py"),
            &documented(
                "eeee5555",
                "cccc3333",
                "cccc3333",
                &format!("op.execute('{name}')"),
            ),
        );
    }
    let base = ["--base", "none"];
    let output = case.rechain(&["fix", "--dry-run", "--format", "json", "--base", "none"]);
    let mut document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let decision = &mut document["environments"][0]["decisions"][0];
    assert_eq!(decision["id"], "duplicate-id:eeee5555");
    let answer = answers(decision).remove(1);
    let new = answer.rsplit(' ').next().unwrap().to_owned();
    decision["answer"] = json!(answer);
    let deployed = format!("deployed:{}", {
        let mut heads = ["dddd4444", "eeee5555", new.as_str()];
        heads.sort_unstable();
        heads.join("+")
    });
    let answers = document["environments"][0]["answers"]
        .as_array_mut()
        .unwrap();
    answers.push(json!({"id": deployed, "answer": "dddd4444 is deployed"}));
    succeeded(&case.decided(&document, &base));
    succeeded(&case.decided(&document, &base));
    let links = case.links().unwrap();
    assert!(
        links.iter().any(|it| it.ends_with(" <- dddd4444")),
        "{links:?}"
    );
    assert_eq!(links.len(), 6, "{links:?}");
}

#[test]
fn what_repairs_nothing_is_an_error() {
    let case = Case::new();
    case.write("dddd4444", &text("dddd4444", "cccc3"));
    let answer = json!({"id": "self-loop:dddd4444", "answer": "dddd4444 follows cccc3333"});
    let document = json!({"version": 1, "environments": [{"name": ".", "answers": [answer]}]});
    let before = case.snapshot();
    let output = case.decided(&document, &[]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("there is no damage `self-loop:dddd4444` here"),
        "{said}"
    );
    assert!(case.snapshot() == before);
}

/// The merge of the branch joins what the base overtook: nothing is left to join.
#[test]
fn a_merge_revision_that_the_plan_empties_goes_where_somebody_says_so() {
    let case = Case::new();
    case.repository.switch("feature");
    case.write("dddd4444", &text("dddd4444", "bbbb2222"));
    case.write(
        "eeee5555",
        &documented("eeee5555", "cccc3333 dddd4444", "", "pass"),
    );
    case.write("ffff6666", &text("ffff6666", "eeee5555"));
    case.repository.commit("merged");
    case.repository.git(&["switch", "--quiet", "main"]);
    case.write("cccc4444", &text("cccc4444", "cccc3333"));
    case.repository.commit("main goes on");
    case.repository.git(&["switch", "--quiet", "feature"]);
    case.repository
        .git(&["merge", "--quiet", "--no-edit", "main"]);
    let mut document = case.asked();
    let environment = &mut document["environments"][0];
    assert_eq!(environment["outcome"], "plan", "{environment:#}");
    let decision = &mut environment["decisions"][0];
    assert_eq!(decision["id"], "merge:eeee5555");
    assert_eq!(answers(decision), ["keep", "remove"].map(str::to_owned));
    assert_eq!(decision["options"][0]["default"], true);
    decision["answer"] = json!("remove");
    let clone = case.cloned();
    for it in [&case, &clone] {
        succeeded(&it.decided(
            &document,
            &[
                "--base",
                if it.repository.path() == case.repository.path() {
                    "main"
                } else {
                    "origin/main"
                },
            ],
        ));
    }
    assert!(case.files() == clone.files(), "the same bytes");
    let links = case.links().unwrap();
    assert_eq!(
        links,
        [
            "aaaa1111 <- ",
            "bbbb2222 <- aaaa1111",
            "cccc3333 <- bbbb2222",
            "cccc4444 <- cccc3333",
            "dddd4444 <- cccc4444",
            "ffff6666 <- dddd4444"
        ]
    );
    // Without a word it stays, as a link.
    succeeded(&case.rechain(&["undo"]));
    succeeded(&case.rechain(&["fix"]));
    case.has_link("eeee5555 <- dddd4444");
}

/// A second root that nobody counts while a parent is missing does not hide how to get the parent back.
#[test]
fn a_repair_may_bring_a_second_root_to_light() {
    let case = on_another_branch();
    case.write("9999aaaa", &text("9999aaaa", ""));
    let document = case.asked();
    let first = &document["environments"][0]["decisions"][0];
    assert_eq!(first["id"], "missing-parent:dddd4444+eeee5555");
    assert!(!answers(first).is_empty(), "{first:#}");
}
