//! Clones, work trees and states of git in which the answer is the same, or is said not to be known.

use std::fs;

use crate::story::{Story, assert_says, said};

/// main: r0 a1; feature, checked out: r0 b1 with main merged into it.
fn merged(story: Story) -> Story {
    story.land("r0", "");
    story.branch("feature", "main", "b1", "r0");
    story.switch("main");
    story.land("a1", "r0");
    story.switch("feature");
    story.merge("main");
    story
}

#[test]
fn a_plain_clone() {
    let origin = merged(Story::empty());
    origin.switch("main");
    let story = Story::clone_with(&origin, &["--branch", "feature"]);
    let said = story.fix(&[], 0, "b1", "b1");
    assert_says(&said, &["a1 was origin/main's one head"]);
}

#[test]
fn a_linked_work_tree() {
    let mut story = merged(Story::empty());
    story.switch("main");
    let linked = story.repository.path().with_file_name("linked");
    story.git(&[
        "worktree",
        "add",
        "--quiet",
        linked.to_str().unwrap(),
        "feature",
    ]);
    story.project = linked;
    story.fix(&[], 0, "b1", "b1");
    story.check(&["--base", "main"], 0);
}

#[test]
fn a_submodule() {
    let origin = merged(Story::empty());
    origin.switch("main");
    let mut outer = Story::empty();
    let url = format!("file://{}", origin.repository.path().display());
    outer.git(&["submodule", "--quiet", "add", &url, "app"]);
    outer.repository.commit("With the app");
    let app = outer.repository.path().join("app");
    let path = app.to_str().unwrap().to_owned();
    // As `git submodule update` leaves it: HEAD is detached.
    outer.git(&[
        "-C",
        &path,
        "checkout",
        "--quiet",
        "--detach",
        "origin/feature",
    ]);
    outer.project = app;
    let said = outer.fix(&[], 0, "b1", "b1");
    assert_says(&said, &["a1 was origin/main's one head"]);
}

#[test]
fn a_sparse_checkout() {
    let origin = merged(Story::below("services/api"));
    origin.repository.write("services/web/index.js", "");
    origin.repository.commit("A page");
    origin.switch("main");
    let mut story = Story::clone_with(&origin, &["--branch", "feature", "--no-checkout"]);
    story.git(&["sparse-checkout", "set", "services/api"]);
    story.git(&["checkout", "--quiet", "feature"]);
    assert!(!story.project.join("services/web").exists());
    story.project = story.project.join("services/api");
    story.fix(&[], 0, "b1", "b1");
}

#[test]
fn an_environment_below_the_root() {
    let story = merged(Story::below("services/api"));
    let said = story.fix(&[], 0, "b1", "b1");
    assert_says(&said, &["a1 was main's one head"]);
    story.check(&["--base", "main"], 0);
}

#[test]
fn a_partial_clone() {
    let origin = merged(Story::empty());
    origin.git(&["config", "uploadpack.allowFilter", "true"]);
    origin.switch("main");
    origin.land("a2", "a1");
    let options = ["--filter=blob:none", "--branch", "feature"];
    let story = Story::clone_with(&origin, &options);
    // a2 is on main alone, and its text is not here: nothing is fetched unasked.
    let output = story.rechain(&["check", "--base", "origin/main"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert_says(
        &said(&output),
        &[
            "cannot read the migrations of origin/main: ",
            "is not in this clone",
            "this is a partial clone; `--fetch` brings them",
        ],
    );
    let output = story.rechain(&["fix", "--dry-run"]);
    assert_says(&said(&output), &["could not all be read", "partial clone"]);
    assert!(
        said(&output).contains("a1") && output.status.code() != Some(2),
        "{}",
        said(&output)
    );
    let missing = story.git(&["rev-list", "--objects", "--missing=print", "--all"]);
    assert!(
        missing.lines().any(|line| line.starts_with('?')),
        "{missing}"
    );
    let said = story.check(&["--base", "origin/main", "--fetch"], 1);
    assert_says(&said, &["heads: a2, b1"]);
    story.fix(&["--fetch"], 0, "b1", "b1");
}

#[test]
fn a_detached_head() {
    let story = merged(Story::empty());
    story.git(&["checkout", "--quiet", "--detach"]);
    story.git(&["branch", "--quiet", "-D", "feature"]);
    story.fix(&[], 0, "b1", "b1");
    story.check(&["--base", "main"], 0);
}

#[test]
fn head_is_the_base() {
    let story = Story::new();
    story.branch("one", "main", "b1", "r0");
    story.switch("main");
    story.land("a1", "r0");
    story.merge("one");
    story.git(&["branch", "--quiet", "-D", "one"]);
    story.fix(&[], 0, "b1", "b1");
}

#[test]
fn files_that_git_does_not_know() {
    let story = Story::new();
    story.land("a1", "r0");
    // Never added, and changed since it was committed.
    story.revision("b1", "r0");
    story.fix(&[], 0, "b1", "b1");
    let story = Story::new();
    story.switch("feature");
    story.land("b1", "r0");
    story.switch("main");
    story.land("a1", "r0");
    story.switch("feature");
    story.git(&[
        "checkout",
        "--quiet",
        "main",
        "--",
        "migrations/versions/a1.py",
    ]);
    story.fix(&[], 0, "b1", "b1");
}

#[test]
fn a_versions_directory_renamed_and_not_committed() {
    let mut story = merged(Story::empty());
    let renamed = story.project.join("migrations/revisions");
    fs::rename(story.versions_path(), renamed).unwrap();
    story.versions = "migrations/revisions";
    story.configure();
    let said = story.fix(&[], 0, "b1", "b1");
    assert_says(&said, &["a1 was main's one head"]);
    story.check(&["--base", "main"], 0);
}

#[test]
fn files_renamed_on_the_way() {
    let story = Story::new();
    story.land("a1", "r0");
    story.git(&[
        "mv",
        "migrations/versions/a1.py",
        "migrations/versions/a1_users.py",
    ]);
    story.repository.commit("A name that says something");
    story.branch("feature", "main~1", "b1", "r0");
    story.merge("main");
    story.fix(&[], 0, "b1", "b1");
}

#[test]
fn a_repository_of_another_owner() {
    let story = merged(Story::empty());
    let owner = [("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")];
    // git's words, and the repair that it names; what is published is not known.
    let output = story.rechain_with(&owner, &["fix"]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert_says(
        &said(&output),
        &[
            "dubious ownership",
            "git config --global --add safe.directory",
        ],
    );
    for arguments in [["check", "--base"], ["check", "--with"], ["fix", "--base"]] {
        let output = story.rechain_with(&owner, &[&arguments[..], &["main"]].concat());
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert_says(&said(&output), &["dubious ownership", "safe.directory"]);
    }
    // Plain check asks git nothing.
    let output = story.rechain_with(&owner, &["check"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
}

#[test]
fn no_git_program() {
    let story = merged(Story::empty());
    let nothing = [("PATH", "/nonexistent")];
    let output = story.rechain_with(&nothing, &["fix"]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert_says(&said(&output), &["no git program"]);
    let output = story.rechain_with(&nothing, &["check", "--base", "main"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert_says(&said(&output), &["no git program", "install git"]);
    let output = story.rechain_with(&nothing, &["fix", "--applied", "a1", "--dry-run"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
}

#[test]
fn a_repository_without_a_base() {
    let story = merged(Story::empty());
    story.git(&["branch", "--quiet", "-D", "main"]);
    let said = story.fix(&["-v"], 3, "", "a1 b1");
    assert_says(&said, &["git has no base ref", "`--base REF` names one"]);
    // Whatever is named counts.
    story.fix(&["--base", "feature^2"], 0, "b1", "b1");
}

#[test]
fn a_trunk_of_another_name_is_named() {
    let story = Story::new();
    story.git(&["branch", "--quiet", "-m", "main", "develop"]);
    story.branch("feature", "develop", "b1", "r0");
    story.switch("develop");
    story.land("a1", "r0");
    story.switch("feature");
    story.merge("develop");
    let said = story.fix(&[], 3, "", "a1 b1");
    assert_says(&said, &["`--base develop` names one"]);
    story.fix(&["--base", "develop"], 0, "b1", "b1");
}

#[test]
fn two_version_locations() {
    let story = Story::empty();
    story.repository.write(
        "alembic.ini",
        "[alembic]\nscript_location = migrations\npath_separator = space\n\
         version_locations = %(here)s/migrations/versions %(here)s/plugin/versions\n",
    );
    let story = merged(story);
    let text = fs::read_to_string(story.versions_path().join("a1.py")).unwrap();
    let text = text.replace("\"a1\"", "\"p1\"").replace("\"r0\"", "\"a1\"");
    story.repository.write("plugin/versions/p1.py", &text);
    story.repository.commit("A plugin");
    story.switch("main");
    story.repository.write("plugin/versions/p1.py", &text);
    story.repository.commit("The same plugin");
    story.switch("feature");
    // p1 is main's one head, wherever it lies.
    let output = story.rechain(&["fix"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let text = fs::read_to_string(story.versions_path().join("b1.py")).unwrap();
    assert_says(&text, &["down_revision = \"p1\""]);
}
