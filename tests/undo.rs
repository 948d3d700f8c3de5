//! `rechain undo` of every change, also after a commit; never below a database.
#![allow(
    clippy::disallowed_methods,
    reason = "tests write the files they are about and start programs"
)]

#[allow(dead_code, reason = "shared between test programs")]
#[path = "publication/story.rs"]
mod story;

use std::fs;

use story::{Story, assert_says, said};

/// main: r0 a1; feature: r0 b1, with main merged into it.
fn forked() -> Story {
    let story = Story::new();
    story.branch("feature", "main", "b1", "r0");
    story.switch("main");
    story.land("a1", "r0");
    story.switch("feature");
    story.merge("main");
    story
}

#[test]
fn after_a_commit() {
    let story = forked();
    assert_eq!(story.rechain(&["fix"]).status.code(), Some(0));
    story.git(&["commit", "--quiet", "-am", "Repair the chain"]);
    let undone = story.rechain(&["undo"]);
    assert_eq!(undone.status.code(), Some(0), "{}", said(&undone));
    assert_says(
        &said(&undone),
        &["restored migrations/versions/b1.py", "in a commit already"],
    );
    assert_eq!(story.heads(), "a1 b1");
    assert_eq!(story.git(&["diff", "--name-only", "HEAD~1"]), "");
}

#[test]
fn several_changes_one_by_one_across_commits() {
    let story = forked();
    assert_eq!(story.rechain(&["fix"]).status.code(), Some(0));
    story.git(&["commit", "--quiet", "-am", "Repair the chain"]);
    story.land("c1", "b1");
    story.revision("d1", "b1");
    assert_eq!(
        story.rechain(&["fix", "--applied", "c1"]).status.code(),
        Some(0)
    );
    assert_eq!(story.heads(), "d1");
    assert_eq!(story.rechain(&["undo"]).status.code(), Some(0));
    assert_eq!(story.heads(), "c1 d1");
    fs::remove_file(story.versions_path().join("d1.py")).unwrap();
    let undone = story.rechain(&["undo"]);
    assert_eq!(undone.status.code(), Some(0), "{}", said(&undone));
    assert_eq!(story.heads(), "a1 c1");
    let nothing = story.rechain(&["undo"]);
    assert_eq!(nothing.status.code(), Some(2));
    assert_says(&said(&nothing), &["nothing to undo"]);
}

#[test]
fn files_that_changed_since_are_named_and_nothing_is_restored() {
    let story = forked();
    story.revision("c1", "r0");
    assert_eq!(story.rechain(&["fix"]).status.code(), Some(0));
    let path = story.versions_path().join("c1.py");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("t_c1", "t_other")).unwrap();
    let heads = story.heads();
    let undone = story.rechain(&["undo"]);
    assert_eq!(undone.status.code(), Some(2), "{}", said(&undone));
    assert_says(
        &said(&undone),
        &[
            "nothing was restored",
            "migrations/versions/c1.py: changed since",
            "migrations/versions/b1.py: as it was written",
        ],
    );
    assert_eq!(story.heads(), heads);
    fs::write(&path, text).unwrap();
    assert_eq!(story.rechain(&["undo"]).status.code(), Some(0));
}

#[test]
fn what_is_deployed_meanwhile_stays() {
    let story = forked();
    assert_eq!(story.rechain(&["fix"]).status.code(), Some(0));
    story.git(&["commit", "--quiet", "-am", "Repair the chain"]);
    story.switch("main");
    story.merge("feature");
    let undone = story.rechain(&["undo"]);
    assert_eq!(undone.status.code(), Some(3), "{}", said(&undone));
    assert_says(
        &said(&undone),
        &[
            "b1 is published, and undoing `rechain fix` would change what lies below it",
            "--applied none",
        ],
    );
    assert_eq!(story.heads(), "b1");
    let undone = story.rechain(&["undo", "--applied", "none"]);
    assert_eq!(undone.status.code(), Some(0), "{}", said(&undone));
    assert_eq!(story.heads(), "a1 b1");
}
