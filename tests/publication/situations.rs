//! The situations in which two people add migrations at the same time.

use crate::story::{Story, assert_says};

/// main: r0 a1; feature: r0 b1, with main merged into it.
fn one_on_base() -> Story {
    let story = Story::new();
    story.branch("feature", "main", "b1", "r0");
    story.switch("main");
    story.land("a1", "r0");
    story.switch("feature");
    story.merge("main");
    story
}

#[test]
fn two_heads_one_on_the_base() {
    let story = one_on_base();
    let said = story.fix(&[], 0, "b1", "b1");
    assert_says(
        &said,
        &[
            "a1 was main's one head from",
            "; b1 never was",
            "a database with b1 in alembic_version",
            "`alembic downgrade r0`",
        ],
    );
}

#[test]
fn both_on_main_merged_one_after_the_other() {
    let story = Story::new();
    story.branch("one", "main", "b1", "r0");
    story.branch("two", "main", "a1", "r0");
    story.switch("main");
    story.merge("two");
    story.merge("one");
    // b1 is the older one; a1 arrived first.
    story.fix(&[], 0, "b1", "b1");
}

#[test]
fn both_on_main_in_one_commit_are_ordered_by_tables() {
    let story = Story::new();
    story.revision("a1", "r0");
    story.revision("b1", "r0");
    story.revision("b2", "b1");
    story.repository.commit("Both");
    // The longer side is the trunk, whatever came first.
    story.fix(&[], 0, "a1", "a1");
}

#[test]
fn both_published_through_a_release_ref() {
    let origin = Story::new();
    origin.git(&["checkout", "--quiet", "-b", "release/1.2"]);
    origin.land("h1", "r0");
    origin.switch("main");
    origin.land("a1", "r0");
    let story = Story::clone_of(&origin);
    story.git(&[
        "merge",
        "--quiet",
        "-m",
        "Take the hot-fix",
        "origin/release/1.2",
    ]);
    let said = story.fix(&[], 3, "", "a1 h1");
    assert_says(
        &said,
        &[
            "a1 was origin/main's one head",
            "h1 was origin/release/1.2's one head",
            "a database at h1 has not run a1",
            "--not-applied",
            "alembic merge",
        ],
    );
    story.fix(&["--not-applied", "h1"], 0, "h1", "h1");
}

#[test]
fn applied_is_besides_what_git_shows() {
    let story = one_on_base();
    story.fix(&["--applied", "b1"], 3, "", "a1 b1");
    let said = story.fix(&["--applied", "none"], 0, "b1", "b1");
    assert_says(
        &said,
        &["not taken into account, as you said: a1 was main's one head"],
    );
}

#[test]
fn applied_none_may_move_what_git_shows() {
    let story = one_on_base();
    story.land("b2", "b1");
    story.fix(&["--applied", "none"], 0, "a1", "a1");
}

#[test]
fn a_published_parent_was_edited() {
    let story = Story::new();
    story.land("a1", "r0");
    story.land("a2", "a1");
    story.switch("feature");
    story.revision("n1", "r0");
    story.revision("a1", "n1");
    story.repository.commit("Slip n1 in");
    let said = story.fix(&[], 0, "a1 n1", "n1");
    assert_says(
        &said,
        &["is published, and goes back to where databases have it"],
    );
    // The base has it as it was: nothing to do there.
    story.git(&["commit", "--quiet", "-am", "Repaired"]);
    story.fix(&[], 0, "", "n1");
}

#[test]
fn a_published_parent_was_edited_on_a_branch_behind_the_base() {
    let story = Story::new();
    story.land("a1", "r0");
    story.git(&["branch", "feature"]);
    // Released, and then the base itself has it otherwise.
    story.git(&["tag", "v1"]);
    story.switch("feature");
    story.revision("n1", "r0");
    story.revision("a1", "n1");
    story.repository.commit("Slip n1 in");
    story.switch("main");
    story.git(&["rm", "--quiet", "migrations/versions/a1.py"]);
    story.repository.commit("Without a1");
    story.switch("feature");
    let said = story.fix(&[], 3, "", "a1");
    assert_says(
        &said,
        &["n1 was slipped in below it", "merge or rebase main first"],
    );
}

#[test]
fn of_five_unpublished_revisions_one_file_changes() {
    let story = Story::new();
    story.branch("feature", "main", "b1", "r0");
    for (id, parent) in [("b2", "b1"), ("b3", "b2"), ("b4", "b3"), ("b5", "b4")] {
        story.land(id, parent);
    }
    story.switch("main");
    story.land("a1", "r0");
    story.switch("feature");
    story.merge("main");
    story.fix(&[], 0, "b1", "b5");
}

#[test]
fn four_heads_have_one_order() {
    let mut seen = Vec::new();
    for order in [["z1", "c1", "m1"], ["m1", "z1", "c1"]] {
        let story = Story::new();
        for id in ["z1", "c1", "m1"] {
            story.branch(id, "main", id, "r0");
        }
        story.switch("main");
        story.land("a1", "r0");
        story.switch("all");
        for id in order {
            story.merge(id);
        }
        // All three are carried by other branches: by the date of their commits.
        story.fix(&[], 0, "c1 m1 z1", "m1");
        seen.push(
            ["z1", "c1", "m1"]
                .map(|id| std::fs::read(story.versions_path().join(format!("{id}.py"))).unwrap()),
        );
    }
    assert_eq!(seen[0], seen[1]);
}

#[test]
fn a_hot_fix_on_a_release_branch_moves_neither_side() {
    let origin = Story::new();
    origin.land("a1", "r0");
    origin.git(&["checkout", "--quiet", "-b", "release/1", "main"]);
    origin.land("h1", "a1");
    origin.switch("main");
    origin.land("a2", "a1");
    let story = Story::clone_of(&origin);
    story.switch("feature");
    story.land("b1", "a2");
    story.git(&["merge", "--quiet", "origin/release/1"]);
    let said = story.fix(&[], 3, "", "b1 h1");
    assert_says(&said, &["a2", "h1"]);
    // Where the release already joins them, that merge revision is the way.
    origin.switch("release/1");
    origin.git(&["merge", "--quiet", "main"]);
    origin.land("j1", "h1 a2");
    story.git(&["fetch", "--quiet"]);
    let said = story.fix(&[], 3, "", "b1 h1");
    assert_says(&said, &["origin/release/1 already joins them in j1"]);
}

#[test]
fn what_reached_the_base_first_goes_first() {
    let story = Story::new();
    for id in ["x1", "c1", "b1"] {
        story.branch(id, "main", id, "r0");
    }
    story.switch("main");
    story.land("a1", "r0");
    story.merge("x1");
    story.merge("b1");
    story.switch("c1");
    story.land("c2", "c1");
    story.merge("main");
    // On main: a1 alone, then x1, then b1; c1 and c2 are this branch's own.
    story.fix(&[], 0, "b1 c1 x1", "c2");
    let text =
        |id: &str| std::fs::read_to_string(story.versions_path().join(format!("{id}.py"))).unwrap();
    assert_says(&text("x1"), &["down_revision = \"a1\""]);
    assert_says(&text("b1"), &["down_revision = \"x1\""]);
    assert_says(&text("c1"), &["down_revision = \"b1\""]);
}

#[test]
fn a_block_is_cut_where_its_upper_part_is_not_on_the_base() {
    let story = Story::new();
    story.branch("b", "main", "b1", "r0");
    story.branch("d", "main", "d1", "r0");
    story.switch("main");
    story.land("a1", "r0");
    story.merge("b");
    story.merge("d");
    story.switch("b");
    story.land("b2", "b1");
    story.merge("main");
    story.fix(&[], 0, "b1 b2 d1", "b2");
}

#[test]
fn with_upgrade_heads_every_head_of_a_tip_is_deployable() {
    let story = Story::new();
    story.settings("upgrade = \"heads\"");
    story.branch("one", "main", "b1", "r0");
    story.branch("two", "main", "a1", "r0");
    story.switch("main");
    story.merge("two");
    story.merge("one");
    let said = story.fix(&[], 3, "", "a1 b1");
    assert_says(&said, &["a1 was main's one head", "b1 was a head of main"]);
}
