//! Histories that a simpler rule gets wrong.

use std::fs;

use crate::story::{Story, assert_says};

/// main: r0 a1; feature: r0 b1.
fn parted() -> Story {
    let story = Story::new();
    story.branch("feature", "main", "b1", "r0");
    story.switch("main");
    story.land("a1", "r0");
    story
}

fn text_of(story: &Story, id: &str) -> String {
    fs::read_to_string(story.versions_path().join(format!("{id}.py"))).unwrap()
}

#[test]
fn a_branch_that_merged_main_and_became_main() {
    let story = parted();
    story.switch("feature");
    story.merge("main");
    story.switch("main");
    story.git(&["merge", "--quiet", "--ff-only", "feature"]);
    // The first parent is the branch. Whoever takes it for main's past moves a1, which databases have.
    story.git(&["reflog", "expire", "--expire=now", "--all"]);
    let said = story.fix(&[], 3, "", "a1 b1");
    assert_says(&said, &["databases may stand on each of a1 and b1"]);
}

#[test]
fn a_merge_with_a_subject_of_its_own() {
    let story = parted();
    story.merge_as("feature", "Bring in the users");
    // It may as well be the branch that took in main and became it.
    let said = story.fix(&[], 3, "", "a1 b1");
    assert_says(&said, &["databases may stand on each of a1 and b1"]);
}

#[test]
fn a_remote_branch_merged_into_main_publishes_nothing_of_it() {
    let origin = parted();
    let story = Story::clone_of(&origin);
    story.merge("origin/feature");
    assert_eq!(
        story.git(&["log", "-1", "--format=%s"]),
        "Merge remote-tracking branch 'origin/feature'"
    );
    story.git(&["push", "--quiet", "origin", "HEAD:refs/heads/landed"]);
    story.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    story.fix(&[], 0, "b1", "b1");
}

#[test]
fn a_pull_on_main_from_its_own_remote() {
    let origin = Story::new();
    let story = Story::clone_of(&origin);
    // Not pushed, so no database has it.
    story.land("b1", "r0");
    origin.land("a1", "r0");
    story.git(&["pull", "--quiet", "--no-rebase", "--no-edit"]);
    let subject = story.git(&["log", "-1", "--format=%s"]);
    assert!(subject.starts_with("Merge branch 'main' of "), "{subject}");
    // Pushed as it is: the first parent of main is what only this clone had.
    origin.git(&["checkout", "--quiet", "--detach"]);
    story.git(&["push", "--quiet", "origin", "main"]);
    let other = Story::clone_of(&origin);
    other.git(&["remote", "set-head", "origin", "main"]);
    other.git(&["checkout", "--quiet", "main"]);
    other.fix(&[], 0, "b1", "b1");
}

#[test]
fn a_pull_on_main_from_somebodys_fork() {
    let story = parted();
    story.git(&["branch", "--quiet", "-m", "feature", "side"]);
    let fork = Story::clone_of(&story);
    fork.git(&["reset", "--quiet", "--hard", "origin/side"]);
    let url = format!("file://{}", fork.repository.path().display());
    story.git(&["pull", "--quiet", "--no-rebase", "--no-edit", &url, "main"]);
    let subject = story.git(&["log", "-1", "--format=%s"]);
    assert!(subject.contains("'main' of "), "{subject}");
    // Somebody's main may be what is deployed.
    story.fix(&[], 3, "", "a1 b1");
}

#[test]
fn a_branch_repaired_by_hand_before_it_became_main() {
    let story = parted();
    story.switch("feature");
    story.merge("main");
    story.revision("b1", "a1");
    story.repository.commit("b1 onto a1");
    story.switch("main");
    story.git(&["merge", "--quiet", "--ff-only", "feature"]);
    // b1 may have been deployed on r0 alone; as it is now it may have been, too. Nothing goes back.
    let said = story.fix(&[], 0, "", "b1");
    assert_says(&said, &["nothing to do"]);
    story.switch("next");
    story.land("c1", "b1");
    story.check(&["--base", "main"], 0);
    story.fix(&[], 0, "", "c1");
}

#[test]
fn a_stacked_branch_edits_what_another_branch_carries() {
    let story = Story::new();
    story.branch("one", "main", "b1", "r0");
    story.branch("two", "one", "c1", "b1");
    story.switch("main");
    story.land("a1", "r0");
    story.switch("two");
    story.merge("main");
    // c1 cannot go onto a1 without b1, so b1 is edited here, and branch one must not land as it is.
    let said = story.fix(&[], 0, "b1", "c1");
    assert_says(&said, &["one"]);
    let here = text_of(&story, "b1");
    story.repository.commit("Repaired on two");
    // It lands first, after all: its own repair writes the same bytes.
    story.switch("one");
    story.merge("main");
    story.fix(&[], 0, "b1", "b1");
    assert_eq!(text_of(&story, "b1"), here);
    story.repository.commit("Repaired on one");
    story.switch("main");
    story.merge("one");
    story.switch("two");
    story.merge("main");
    story.fix(&[], 0, "", "c1");
    story.check(&["--base", "main"], 0);
}

#[test]
fn the_other_branch_landed_first_unrepaired() {
    let story = Story::new();
    story.branch("one", "main", "b1", "r0");
    story.branch("two", "one", "c1", "b1");
    story.switch("main");
    story.land("a1", "r0");
    story.switch("two");
    story.merge("main");
    story.fix(&[], 0, "b1", "c1");
    story.repository.commit("Repaired on two");
    story.switch("main");
    story.merge("one");
    // Main is broken, and what two wrote is the repair.
    story.switch("two");
    story.check(&["--base", "main"], 0);
    story.switch("main");
    story.merge("two");
    story.fix(&[], 0, "", "c1");
}

#[test]
fn a_fork_whose_origin_is_stale() {
    let upstream = Story::new();
    let origin = Story::clone_of(&upstream);
    let story = Story::clone_of(&origin);
    let url = format!("file://{}", upstream.repository.path().display());
    story.git(&["remote", "add", "upstream", &url]);
    upstream.land("a1", "r0");
    story.branch("feature", "main", "b1", "r0");
    story.git(&["fetch", "--quiet", "upstream"]);
    story.merge("upstream/main");
    // Origin's main has neither.
    let said = story.fix(&[], 0, "b1", "b1");
    assert_says(&said, &["a1 was upstream/main's one head"]);
}

#[test]
fn a_local_main_that_is_being_rebased() {
    let story = Story::new();
    story.branch("line", "main", "a1", "r0");
    story.switch("main");
    story.land("b1", "r0");
    let stopped = story
        .repository
        .try_git(&["rebase", "--exec", "false", "line"]);
    assert!(!stopped.status.success(), "it stops");
    // What is rebased is no base: what it is rebased onto is.
    let said = story.fix(&[], 0, "b1", "b1");
    assert_says(&said, &["git rebase --continue"]);
}

#[test]
fn a_release_ref_that_is_gone_with_its_tag_left() {
    let origin = Story::new();
    origin.git(&["checkout", "--quiet", "-b", "release/1"]);
    origin.land("h1", "r0");
    origin.git(&["tag", "v1.1"]);
    origin.switch("main");
    origin.land("a1", "r0");
    origin.git(&["branch", "--quiet", "-D", "release/1"]);
    let story = Story::clone_of(&origin);
    story.merge_as("v1.1", "Take the hot-fix");
    let said = story.fix(&[], 3, "", "a1 h1");
    assert_says(&said, &["h1 was v1.1's one head"]);
}

#[test]
fn a_history_imported_with_two_heads() {
    let story = Story::empty();
    story.revision("r0", "");
    story.revision("a1", "r0");
    story.revision("b1", "r0");
    story.repository.commit("Import");
    // Where it was before, either may have been deployed: not "none".
    let said = story.fix(&[], 3, "", "a1 b1");
    assert_says(&said, &["before which history is not seen"]);
}

#[test]
fn a_version_directory_that_moved() {
    let mut story = parted();
    story.git(&["mv", "migrations/versions", "migrations/revisions"]);
    story.versions = "migrations/revisions";
    story.configure();
    story.repository.commit("Move the versions");
    // git moves b1 along, and wants to be told that this is right.
    let merge = ["merge", "--no-ff", "feature"];
    assert!(!story.repository.try_git(&merge).status.success());
    story.repository.commit("Merge branch 'feature'");
    // a1 was deployed from the old directory.
    story.fix(&[], 0, "b1", "b1");
}

#[test]
fn a_tagged_release_that_was_merged_back() {
    for is_tagged in [true, false] {
        let story = Story::new();
        story.branch("release/1.1", "main", "b1", "r0");
        if is_tagged {
            story.git(&["tag", "-a", "-m", "1.1.1", "v1.1.1"]);
        }
        story.switch("main");
        story.land("a1", "r0");
        // A tag on main's own line says nothing new.
        story.git(&["tag", "v1.2.0"]);
        story.merge("release/1.1");
        story.git(&["branch", "--quiet", "-D", "release/1.1"]);
        if is_tagged {
            let said = story.fix(&["-v"], 3, "", "a1 b1");
            assert_says(
                &said,
                &[
                    "b1 was v1.1.1's one head",
                    "a tag that was merged into the base",
                ],
            );
        } else {
            story.fix(&[], 0, "b1", "b1");
        }
    }
}

#[test]
fn a_nested_label_was_deployable_although_the_lineage_had_two_heads() {
    let story = Story::empty();
    story.revision_with("r0", "", "branch_labels = \"x\"");
    story.repository.commit("Add r0");
    story.revision_with("y1", "r0", "branch_labels = \"y\"");
    story.revision("c1", "r0");
    story.revision("c2", "c1");
    story.repository.commit("Add y1, c1 and c2");
    // x@head named two, y@head one. By length c1 and c2 would stay.
    let said = story.fix(&[], 0, "c1", "c2");
    assert_says(&said, &["y1"]);
}

#[test]
fn a_dependency_across_lineages_is_published_too() {
    let story = Story::empty();
    story.revision_with("p0", "", "branch_labels = \"p\"");
    story.revision_with("q0", "", "branch_labels = \"q\"");
    story.repository.commit("Add p0 and q0");
    story.revision("p1", "p0");
    story.revision("p2", "p0");
    story.revision("p3", "p2");
    story.revision_with("q1", "q0", "depends_on = \"p1\"");
    story.repository.commit("Add the rest");
    // q@head was q1, and brings p1 along; the lineage p alone never had one head.
    story.fix(&[], 0, "p2", "p3 q1");
}

#[test]
fn a_published_revision_reverted_and_landed_again_with_other_parents() {
    let story = Story::new();
    story.land("a1", "r0");
    story.git(&["revert", "--no-edit", "HEAD"]);
    story.land("c1", "r0");
    story.switch("feature");
    story.land("a1", "c1");
    let said = story.fix(&[], 3, "", "a1");
    assert_says(
        &said,
        &[
            "a1 is published, but c1 was slipped in below it",
            "main does not have it",
        ],
    );
}

#[test]
fn a_squash_that_keeps_the_last_id() {
    let story = Story::new();
    story.land("a1", "r0");
    story.land("a2", "a1");
    story.branch("feature", "main", "b1", "a2");
    story.switch("main");
    story.delete("r0");
    story.delete("a1");
    story.revision("a2", "");
    story.repository.commit("Squash");
    story.land("c1", "a2");
    story.switch("feature");
    story.merge("main");
    // a2 has nothing below it any more, and that is as it was: what is gone does not count.
    story.fix(&[], 0, "b1", "b1");
    story.check(&["--base", "main"], 0);
}

#[test]
fn a_squash_is_told_before_it_lands() {
    let story = Story::new();
    story.land("a1", "r0");
    story.land("a2", "a1");
    story.switch("feature");
    story.delete("r0");
    story.delete("a1");
    story.revision("a2", "");
    let said = story.check(&["--base", "main"], 1);
    assert_says(
        &said,
        &[
            "revisions a1 and r0 are published, and would be gone",
            "1 problem",
        ],
    );
}

#[test]
fn dates_say_nothing() {
    let story = Story::new();
    // Older than anything on main, and it lands later.
    story.branch("old", "main", "b1", "r0");
    story.land("b2", "b1");
    story.switch("main");
    story.land("a1", "r0");
    story.merge("old");
    story.fix(&[], 0, "b1", "b2");
}

#[test]
fn a_squash_merge_and_a_cherry_pick_publish_what_they_bring() {
    let story = parted();
    story.git(&["merge", "--quiet", "--squash", "feature"]);
    story.repository.commit("Users (#3)");
    // a1 was alone before the two stood side by side.
    story.fix(&[], 0, "b1", "b1");

    let story = parted();
    story.git(&["cherry-pick", "feature"]);
    story.fix(&[], 0, "b1", "b1");
}

#[test]
fn a_reverted_merge_that_came_back() {
    let story = parted();
    story.merge("feature");
    story.git(&["revert", "--no-edit", "-m", "1", "HEAD"]);
    story.land("a2", "a1");
    story.git(&["revert", "--no-edit", "HEAD~1"]);
    story.fix(&[], 0, "b1", "b1");
}
