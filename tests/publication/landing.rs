//! `check --base` and `--with`: what a merge would make.

use std::fs;

use crate::story::{Story, assert_says};

/// main: r0 a1 a2; feature: off r0, with b1.
fn behind() -> Story {
    let story = Story::new();
    story.branch("feature", "main", "b1", "r0");
    story.switch("main");
    story.land("a1", "r0");
    story.land("a2", "a1");
    story.switch("feature");
    story
}

/// main: r0 a1 a2; feature: off a2, with nothing yet.
fn abreast() -> Story {
    let story = Story::new();
    story.land("a1", "r0");
    story.land("a2", "a1");
    story.switch("feature");
    story
}

fn replace(story: &Story, id: &str, from: &str, to: &str) {
    let path = story.versions_path().join(format!("{id}.py"));
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replace(from, to)).unwrap();
}

#[test]
fn the_base_gained_a_sibling() {
    let story = behind();
    // Either is sound alone.
    story.check(&[], 0);
    let said = story.check(&["--base", "main"], 1);
    assert_says(
        &said,
        &[
            "RC101",
            "the history has 2 heads: a2, b1",
            "a2 (on main)",
            "merge or rebase main first, then run `rechain fix`",
            "merged with main: 1 problem in 4 revision files",
        ],
    );
    // With --base none git is not asked.
    story.check(&["--base", "none"], 0);
    story.merge("main");
    story.fix(&[], 0, "b1", "b1");
    let said = story.check(&["--base", "main"], 0);
    assert_says(&said, &["merged with main: 4 revisions, one head: b1"]);
}

#[test]
fn verbose_check_prints_the_evidence() {
    let story = behind();
    story.merge("main");
    let said = story.check(&["-v"], 1);
    assert_says(
        &said,
        &[
            "a2 was main's one head from",
            "; b1 never was",
            "databases may follow main (",
            "): the base",
            "(.)",
        ],
    );
    let said = story.check(&["--base", "main", "-v"], 1);
    assert_says(&said, &["a2 was main's one head from"]);
}

#[test]
fn what_is_not_committed_counts() {
    let story = abreast();
    story.revision("b1", "a1");
    let said = story.check(&["--base", "main"], 1);
    assert_says(&said, &["2 heads: a2, b1"]);
}

#[test]
fn two_open_branches() {
    let story = Story::new();
    story.branch("one", "main", "b1", "r0");
    story.branch("two", "main", "c1", "r0");
    story.branch("three", "one", "d1", "b1");
    story.switch("main");
    story.check(&["--with", "one"], 0);
    let said = story.check(&["--with", "one", "--with", "two"], 1);
    assert_says(
        &said,
        &[
            "b1 (on one)",
            "c1 (on two)",
            "one and two do not go together",
        ],
    );
    let said = story.check(&["--base", "main", "--with", "one", "--with", "three"], 0);
    assert_says(
        &said,
        &["merged with main, one and three: 3 revisions, one head: d1"],
    );
}

#[test]
fn the_base_alone_has_two_heads() {
    let story = Story::new();
    story.branch("other", "main", "c1", "r0");
    story.switch("main");
    story.git(&["branch", "feature"]);
    story.land("a1", "r0");
    story.merge("other");
    story.switch("feature");
    let said = story.check(&["--base", "main"], 1);
    assert_says(
        &said,
        &["they are all on main: run `rechain fix` there first"],
    );
}

#[test]
fn something_was_slipped_in_below_a_published_revision() {
    let story = abreast();
    story.revision("n1", "r0");
    story.revision("a1", "n1");
    story.repository.commit("Slip n1 in");
    let said = story.check(&["--base", "main"], 1);
    assert_says(
        &said,
        &[
            "RC302",
            "revision a1 is published, and n1 would be slipped in below it",
            "a database that has a1 would skip n1 silently",
            "a1 was main's one head from",
            "1 problem",
        ],
    );
    story.fix(&[], 0, "a1 n1", "n1");
    story.check(&["--base", "main"], 0);
}

#[test]
fn it_was_slipped_in_on_a_branch_behind_the_base() {
    // a1 was re-parented on a branch that does not have a2 yet.
    let story = Story::new();
    story.land("a1", "r0");
    story.git(&["branch", "feature"]);
    story.land("a2", "a1");
    story.switch("feature");
    story.revision("n1", "r0");
    story.revision("a1", "n1");
    story.repository.commit("Slip n1 in");
    let said = story.check(&["--base", "main"], 1);
    assert_says(&said, &["a1 is published", "would skip n1 silently"]);
}

#[test]
fn reverted_and_landed_again_with_other_parents() {
    let story = Story::new();
    story.land("a1", "r0");
    story.land("a2", "a1");
    story.git(&["revert", "--no-edit", "HEAD"]);
    story.git(&["revert", "--no-edit", "HEAD~2"]);
    story.land("c1", "r0");
    story.switch("feature");
    // a1 comes again, now above c1: databases that ran it have not run c1.
    story.land("a1", "c1");
    let said = story.check(&["--base", "main"], 1);
    assert_says(
        &said,
        &["RC302", "a database that has a1 would skip c1 silently"],
    );
}

#[test]
fn reverted_and_landed_again_under_another_name() {
    let story = Story::new();
    story.land("a1", "r0");
    story.git(&["revert", "--no-edit", "HEAD"]);
    story.land("c1", "r0");
    story.switch("feature");
    story.revision("a1", "c1");
    let versions = story.versions_path();
    fs::rename(versions.join("a1.py"), versions.join("a1_again.py")).unwrap();
    let said = story.check(&["--base", "main"], 1);
    assert_says(
        &said,
        &["RC302", "a database that has a1 would skip c1 silently"],
    );
}

#[test]
fn a_hot_fix_that_came_without_what_lies_below_it() {
    let story = Story::new();
    story.git(&["branch", "release/1"]);
    story.land("a1", "r0");
    story.land("h1", "a1");
    story.switch("release/1");
    // a1 is not wanted here, so h1 got another parent.
    story.revision("h1", "r0");
    let said = story.check(&["--base", "release/1"], 1);
    assert_says(
        &said,
        &[
            "RC302",
            "revision h1 would come without a1, which main has below it",
            "follows main later would skip a1 there",
        ],
    );
}

#[test]
fn a_hot_fix_that_lies_beside_another_there_and_was_repaired_on_main_since() {
    let story = Story::new();
    story.git(&["branch", "release/1"]);
    story.land("a1", "r0");
    story.land("h1", "a1");
    story.switch("release/1");
    // It has two heads, so no database that follows it could run h1 yet.
    story.land("k1", "r0");
    story.land("h1", "r0");
    story.git(&["switch", "--quiet", "--create", "repair"]);
    story.revision("h1", "k1");
    story.repository.commit("One head again");
    let said = story.check(&["--base", "release/1"], 1);
    assert_says(
        &said,
        &[
            "RC302",
            "revision h1 would come without a1, which main has below it",
            "take a1 from main, too",
        ],
    );
}

#[test]
fn what_databases_of_the_release_have_is_not_kept_from_them() {
    let story = Story::new();
    story.git(&["branch", "release/1"]);
    story.switch("release/1");
    story.land("h1", "r0");
    story.switch("main");
    story.land("a1", "r0");
    story.land("h1", "a1");
    story.switch("release/1");
    story.land("k1", "r0");
    story.git(&["switch", "--quiet", "--create", "more"]);
    story.revision("h2", "h1");
    story.repository.commit("Another");
    // The harm of main's h1 is main's to undo; release/1 is not held up for it, with two heads neither.
    let said = story.check(&["--base", "release/1"], 1);
    assert!(!said.contains("RC302"), "{said}");
}

#[test]
fn a_published_revision_was_deleted() {
    let story = abreast();
    story.delete("a1");
    story.revision("a2", "r0");
    story.repository.commit("Without a1");
    let said = story.check(&["--base", "main"], 1);
    assert_says(
        &said,
        &[
            "RC303",
            "revision a1 is published, and would be gone",
            "a2 followed a1",
        ],
    );
    // The link that leads nowhere is said once.
    story.revision("a2", "a1");
    let said = story.check(&["--base", "main"], 1);
    assert_says(&said, &["RC303", "1 problem"]);
}

#[test]
fn a_published_revision_got_another_id() {
    let story = abreast();
    story.git(&[
        "mv",
        "migrations/versions/a2.py",
        "migrations/versions/a9.py",
    ]);
    replace(&story, "a9", "revision = \"a2\"", "revision = \"a9\"");
    let said = story.check(&["--base", "main"], 1);
    assert_says(
        &said,
        &["RC304", "a2 is published, and has become a9", "1 problem"],
    );
}

#[test]
fn the_id_of_a_published_revision_was_given_to_another() {
    let story = abreast();
    story.delete("a2");
    story.revision("b7", "a1");
    replace(&story, "b7", "revision = \"b7\"", "revision = \"a2\"");
    let said = story.check(&["--base", "main"], 1);
    assert_says(
        &said,
        &[
            "RC305",
            "the id a2 is published, and belongs to another revision",
            "1 problem",
        ],
    );
}

#[test]
fn what_a_published_revision_runs_was_changed() {
    let story = abreast();
    story.land("b1", "a2");
    for id in ["a2", "b1"] {
        replace(&story, id, "primary_key=True", "primary_key=False");
    }
    let said = story.check(&["--base", "main"], 1);
    assert_says(
        &said,
        &[
            "RC306",
            "what revision a2 runs was changed",
            "not as on main",
            "1 problem",
        ],
    );
}

#[test]
fn a_formatter_changes_nothing() {
    let story = abreast();
    replace(
        &story,
        "a2",
        "\"t_a2\", ",
        "  # the table\n        't_a2',\n        ",
    );
    replace(&story, "a2", "op.drop_table(\"t_a2\")", "pass");
    story.check(&["--base", "main"], 0);
}

#[test]
fn a_parent_that_only_the_base_has() {
    let story = behind();
    story.revision("b1", "a2");
    let said = story.check(&[], 1);
    assert_says(&said, &["RC102"]);
    let said = story.check(&["--base", "main"], 1);
    assert_says(
        &said,
        &[
            "RC301",
            "revision b1 follows a2, which only main has",
            "merge or rebase main first",
        ],
    );
    assert!(!said.contains("RC102"), "{said}");
}

#[test]
fn both_sides_edited_one_file() {
    let story = abreast();
    story.revision("a2", "r0");
    story.repository.commit("One way");
    story.switch("main");
    story.land("c1", "a2");
    story.revision("a2", "a1 r0");
    story.repository.commit("Another way");
    story.switch("feature");
    let said = story.check(&["--base", "main"], 1);
    assert_says(
        &said,
        &[
            "RC307",
            "git will stop: migrations/versions/a2.py was changed both here and on main",
        ],
    );
}

#[test]
fn in_ci_head_is_the_merge() {
    let story = behind();
    // As `refs/pull/7/merge`: main's commit is the first parent.
    story.git(&["checkout", "--quiet", "--detach", "main"]);
    story.merge_as("feature", "Merge 1234 into 5678");
    let said = story.check(&["--base", "main"], 1);
    assert_says(&said, &["2 heads: a2, b1"]);
    // A queue of two requests: what was queued before is in HEAD, and main is where it was.
    story.switch("next");
    story.revision("b1", "a2");
    story.repository.commit("Repaired");
    story.check(&["--base", "main"], 0);
}

#[test]
fn in_the_middle_of_a_merge() {
    let story = behind();
    story.git(&["merge", "--no-commit", "--no-ff", "main"]);
    let said = story.check(&["--base", "main"], 1);
    assert_says(&said, &["2 heads: a2, b1"]);
    story.fix(&[], 0, "b1", "b1");
    story.check(&["--base", "main"], 0);
}

#[test]
fn a_checkout_of_depth_one() {
    let origin = behind();
    let story = Story::clone_with(&origin, &["--depth", "1", "--branch", "feature"]);
    let said = story.check(&["--base", "origin/main"], 2);
    assert_says(
        &said,
        &[
            "git knows no commit by the name `origin/main`",
            "`fetch-depth: 0`",
        ],
    );
    // The base alone was fetched: where the two parted is still not known.
    story.git(&[
        "fetch",
        "--quiet",
        "--depth",
        "1",
        "origin",
        "main:refs/remotes/origin/main",
    ]);
    let said = story.check(&["--base", "origin/main"], 2);
    assert_says(
        &said,
        &["where HEAD and origin/main parted", "`fetch-depth: 0`"],
    );
    story.git(&["fetch", "--quiet", "--unshallow"]);
    story.check(&["--base", "origin/main"], 1);
}

#[test]
fn the_versions_moved_on_either_side() {
    for moves_here in [true, false] {
        let mut story = behind();
        if !moves_here {
            story.switch("main");
        }
        story.git(&["mv", "migrations/versions", "migrations/revisions"]);
        story.versions = "migrations/revisions";
        story.configure();
        story.repository.commit("Move the versions");
        if !moves_here {
            story.switch("feature");
            story.versions = "migrations/versions";
        }
        let said = story.check(&["--base", "main"], 1);
        assert_says(
            &said,
            &["2 heads: ", "a2 (on main)", "1 problem in 4 revision files"],
        );
    }
}

#[test]
fn the_base_configures_more_places() {
    let configurations = [
        (
            "migrations/versions/2026",
            "alembic.ini",
            "[alembic]\nscript_location = migrations\nrecursive_version_locations = true\n",
        ),
        (
            "migrations/versions/2026",
            "pyproject.toml",
            "[tool.alembic]\nscript_location = \"migrations\"\nrecursive_version_locations = true\n",
        ),
        (
            "plugin/versions",
            "alembic.ini",
            "[alembic]\nscript_location = migrations\npath_separator = space\n\
             version_locations = %(here)s/migrations/versions %(here)s/plugin/versions\n",
        ),
    ];
    for (directory, file, configuration) in configurations {
        let mut story = behind();
        story.switch("main");
        story.versions = directory;
        story.land("a3", "a2");
        story.versions = "migrations/versions";
        story.git(&["rm", "--quiet", "alembic.ini"]);
        story.repository.write(file, configuration);
        story.repository.commit("Revisions in more places");
        story.switch("feature");
        let said = story.check(&["--base", "main"], 1);
        assert_says(&said, &["2 heads: ", "a3 (on main)", "in 5 revision"]);
        // The other way round, the work tree brings the places.
        story.switch("main");
        let said = story.check(&["--base", "feature"], 1);
        assert_says(&said, &["2 heads: ", "b1 (on feature)", "in 5 revision"]);
    }
}

#[test]
fn machine_formats() {
    let story = behind();
    let said = story.check(&["--base", "main", "--format", "github"], 1);
    assert_says(
        &said,
        &["::error file=migrations/versions/", "title=RC101 "],
    );
    let output = story.rechain(&["check", "--base", "main", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let environment = &json["environments"][0];
    assert_eq!(environment["laid_over"][0]["ref"], "main");
    assert_eq!(environment["problems"][0]["code"], "RC101");
    assert_eq!(environment["heads"], serde_json::json!(["a2", "b1"]));
    let output = story.rechain(&["check", "--base", "main", "--format", "sarif"]);
    let sarif: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "RC101");
}

#[test]
fn what_cannot_be_looked_at_is_exit_2() {
    let story = Story::new();
    let said = story.check(&["--base", "nowhere"], 2);
    assert_says(&said, &["git knows no commit by the name `nowhere`"]);
    story.check(&["--with", "nowhere"], 2);
}
