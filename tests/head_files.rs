//! Files in which projects keep their head: in step after every change, repaired where git left its markers,
//! reported where they are stale.
#![allow(
    clippy::disallowed_methods,
    reason = "tests write the files they are about and start programs"
)]

#[path = "head_files/renumbered.rs"]
mod renumbered;
#[allow(dead_code, reason = "shared between test programs")]
#[path = "publication/story.rs"]
mod story;

use std::fs;

use rechain_testing::{corpus, fixture};
use story::{Story, assert_says, said};

/// main: r0 a1; feature: r0 b1 b2; each with the head file in step.
fn forked(path: &str) -> Story {
    let story = Story::new();
    let head = |id: &str| story.repository.write(path, &format!("{id}\n"));
    head("r0");
    story.repository.commit("Keep the head");
    story.switch("feature");
    story.revision("b1", "r0");
    story.revision("b2", "b1");
    head("b2");
    story.repository.commit("Add b");
    story.switch("main");
    story.revision("a1", "r0");
    head("a1");
    story.repository.commit("Add a");
    story.switch("feature");
    story
}

fn read(story: &Story, path: &str) -> String {
    fs::read_to_string(story.repository.path().join(path)).unwrap()
}

fn check(path: &str, settings: &str) {
    let story = forked(path);
    if !settings.is_empty() {
        story.settings(settings);
    }
    let merge = story.repository.try_git(&["merge", "--quiet", "main"]);
    assert!(!merge.status.success(), "that is what the file is for");
    assert!(read(&story, path).contains("<<<<<<<"));
    let fixed = story.rechain(&["fix"]);
    assert_eq!(fixed.status.code(), Some(0), "{}", said(&fixed));
    assert_says(
        &said(&fixed),
        &[
            "follows the head",
            "-<<<<<<<",
            "wrote 2 files",
            &format!("git add migrations/versions/b1.py {path}"),
        ],
    );
    assert_eq!(read(&story, path), "b2\n");
    assert_eq!(story.heads(), "b2");
    let checked = story.rechain(&["check"]);
    assert_eq!(checked.status.code(), Some(0), "{}", said(&checked));
    // All of it is one change.
    assert_eq!(story.rechain(&["undo"]).status.code(), Some(0));
    assert!(read(&story, path).contains("<<<<<<<"));
    assert_eq!(story.heads(), "a1 b2");
}

#[test]
fn conflicts_of_the_known_files_are_resolved() {
    for path in [
        "migrations/versions/head.txt",
        "migrations/versions/HEAD",
        "migrations/versions/HEADS",
        "migrations/.current-alembic-head",
    ] {
        check(path, "");
    }
}

#[test]
fn the_configuration_may_name_one() {
    check("docs/schema.head", "head-file = \"docs/schema.head\"");
}

#[test]
fn a_stale_file_is_a_problem_of_its_own() {
    let story = forked("migrations/versions/HEAD");
    story.repository.write("migrations/versions/HEAD", "b1\n");
    let checked = story.rechain(&["check"]);
    assert_eq!(checked.status.code(), Some(1));
    assert_says(
        &said(&checked),
        &[
            "RC206",
            "migrations/versions/HEAD holds b1, not the head",
            "it is to hold b2: run `rechain fix`",
        ],
    );
    let json = story.rechain(&["check", "--format", "json"]);
    assert_says(&said(&json), &["\"stale-head-file\""]);
    let fixed = story.rechain(&["fix"]);
    assert_eq!(fixed.status.code(), Some(0), "{}", said(&fixed));
    assert_eq!(read(&story, "migrations/versions/HEAD"), "b2\n");
    assert_eq!(story.rechain(&["check"]).status.code(), Some(0));
    // Markers alone are one, too.
    story.repository.write(
        "migrations/versions/HEAD",
        "<<<<<<< HEAD\nb2\n=======\nb1\n>>>>>>> main\n",
    );
    assert_says(
        &said(&story.rechain(&["check"])),
        &["RC206", "git's conflict markers"],
    );
}

#[test]
fn a_new_merge_revision_is_the_head_then() {
    let story = forked("migrations/versions/HEAD");
    story.repository.try_git(&["merge", "--quiet", "main"]);
    let template = "revision = ${repr(up_revision)}\ndown_revision = ${repr(down_revision)}\n\n\ndef upgrade():\n    pass\n";
    story
        .repository
        .write("migrations/script.py.mako", template);
    let merged = story.rechain(&["merge"]);
    assert_eq!(merged.status.code(), Some(0), "{}", said(&merged));
    assert_eq!(
        read(&story, "migrations/versions/HEAD").trim(),
        story.heads()
    );
}

#[test]
fn a_file_of_another_kind_is_left_alone() {
    let story = forked("migrations/versions/other.txt");
    story
        .repository
        .write("migrations/HEAD", "ref: refs/heads/main\n");
    story.repository.commit("Another HEAD");
    let checked = story.rechain(&["check"]);
    assert_eq!(checked.status.code(), Some(0), "{}", said(&checked));
}

#[test]
fn expand_and_contract_of_real_projects_are_in_step() {
    let histories = corpus::histories(corpus::Scope::Small);
    let mut seen = 0;
    for history in histories {
        let names = ["HEAD", "HEADS", "EXPAND_HEAD", "CONTRACT_HEAD"];
        if !names.iter().any(|name| history.path.join(name).is_file()) {
            continue;
        }
        seen += 1;
        let copy = tempfile::tempdir().unwrap();
        let versions = copy.path().join("versions");
        fixture::copy_tree(&history.path, &versions);
        let ini = format!(
            "[alembic]\nscript_location = .\nversion_locations = versions\nrecursive_version_locations = {}\n",
            history.recursive
        );
        fs::write(copy.path().join("alembic.ini"), ini).unwrap();
        let check = || {
            let mut rechain = std::process::Command::new(env!("CARGO_BIN_EXE_rechain"));
            let output = rechain
                .args(["check", "--format", "json"])
                .current_dir(copy.path())
                .env_remove("ALEMBIC_CONFIG")
                .output()
                .unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        let name = &history.package;
        assert!(!check().contains("RC206"), "{name}: {}", check());
        for file in names.map(|file| versions.join(file)) {
            let Ok(held) = fs::read_to_string(&file) else {
                continue;
            };
            fs::write(&file, "0123456789ab\n").unwrap();
            // Of two heads only a label can tell which one it was.
            let is_told = check().contains("RC206");
            assert!(
                is_told || file.ends_with("HEAD"),
                "{name}: {}",
                file.display()
            );
            fs::write(&file, held).unwrap();
        }
    }
    assert!(seen > 1, "{seen} histories have head files");
}
