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
            "`rechain databases` shows every kind of database",
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
            "if the rest went on top of a1:",
            "h1               skips a1 silently",
            "a1 and h1        is refused: h1 \"overlaps\" a1",
            "if the rest went on top of h1:",
            "--not-applied",
            "rechain merge a1 h1",
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
fn what_is_said_to_be_applied_and_not_to_be() {
    let story = one_on_base();
    story.land("b2", "b1");
    let arguments = ["--applied", "b1", "--not-applied", "b1"];
    let said = story.fix(&arguments, 2, "", "a1 b2");
    assert_says(&said, &["`--not-applied b1` contradict each other"]);
    let arguments = ["--applied", "b2", "--not-applied", "b1"];
    let said = story.fix(&arguments, 2, "", "a1 b2");
    assert_says(&said, &["contradict each other: b2 lies above b1"]);
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
        &["n1 was slipped in below it", "main does not have it"],
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

#[test]
fn a_published_file_was_deleted() {
    let story = Story::new();
    story.land("a1", "r0");
    story.land("a2", "a1");
    story.switch("feature");
    story.delete("a1");
    let output = story.rechain(&["fix"]);
    let said = crate::story::said(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_says(&said, &["RC102", "follows 'a1'", "a1.py from"]);
    story.fix(&[], 0, "", "a2");
}

#[test]
fn an_id_declared_twice_and_named_by_a_third() {
    let story = Story::new();
    story.land("a1", "r0");
    story.land("b1", "a1");
    let text = std::fs::read_to_string(story.versions_path().join("a1.py")).unwrap();
    std::fs::write(story.versions_path().join("copy.py"), text).unwrap();
    let output = story.rechain(&["fix"]);
    let said = crate::story::said(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_says(
        &said,
        &[
            "RC104",
            "2 files declare revision a1",
            "a1.py",
            "copy.py goes",
        ],
    );
    story.fix(&[], 0, "", "b1");
}

#[test]
fn a_parent_that_is_a_file_name() {
    let story = Story::new();
    story.land("a1", "r0");
    std::fs::rename(
        story.versions_path().join("a1.py"),
        story.versions_path().join("2026_add_users.py"),
    )
    .unwrap();
    story.revision("b1", "2026_add_users");
    let said = story.fix(&[], 0, "b1", "b1");
    assert_says(
        &said,
        &["a1 may be meant: 2026_add_users is the name of its file"],
    );
}

#[test]
fn a_parent_that_only_the_base_has() {
    let story = Story::new();
    story.git(&["branch", "feature"]);
    story.land("a1", "r0");
    story.switch("feature");
    story.land("b1", "a1");
    let said = story.fix(&[], 3, "", "KeyError");
    assert_says(&said, &["main has a1: merge or rebase main first"]);
    story.merge("main");
    story.fix(&[], 0, "", "b1");
}

#[test]
fn circles() {
    let story = Story::new();
    story.land("a1", "a1");
    let said = story.fix(&[], 0, "a1", "a1");
    assert_says(
        &said,
        &["RC105", "a1 follows r0: it is the one head beside it"],
    );
    story.revision("a1", "c1");
    story.revision("b1", "a1");
    story.revision("c1", "b1");
    let said = story.fix(&[], 3, "", "CycleDetected");
    assert_says(&said, &["RC106", "a1 -> "]);
}

/// Two labelled lineages of one revision each, on main.
fn labelled(one: &str, other: &str) -> Story {
    let story = Story::empty();
    for label in [one, other] {
        story.revision_with(
            &format!("{label}0"),
            "",
            &format!("branch_labels = \"{label}\""),
        );
    }
    story.repository.commit("Two lineages");
    story
}

#[test]
fn labels_with_one_head_each_are_healthy() {
    let story = labelled("gxy", "tsi");
    story.land("g1", "gxy0");
    story.fix(&[], 0, "", "g1 tsi0");
    // Two heads in one of them concern that one only.
    story.branch("feature", "main", "g2", "g1");
    story.switch("main");
    story.land("g3", "g1");
    story.land("t1", "tsi0");
    story.switch("feature");
    story.merge("main");
    story.fix(&[], 0, "g2", "g2 t1");
}

/// No `head` is alone beside another lineage, and what has no label is reached by `upgrade heads` only.
#[test]
fn a_lineage_without_a_label_beside_another_is_published_too() {
    for (label, roots) in [("branch_labels = \"q\"", ""), ("", "roots = 2")] {
        let story = Story::new();
        story.settings(roots);
        story.revision_with("q0", "", label);
        story.repository.commit("Add q0");
        story.branch("feature", "main", "b1", "r0");
        story.land("b2", "b1");
        story.switch("main");
        story.land("a1", "r0");
        story.switch("feature");
        story.merge("main");
        // By length a1 would move.
        let said = story.fix(&[], 0, "b1", "b2 q0");
        assert_says(
            &said,
            &["a1 was main's one head", "`alembic upgrade heads`"],
        );
    }
}

#[test]
fn only_the_post_label_changed() {
    let story = labelled("pre", "post");
    story.branch("feature", "main", "o1", "post0");
    story.switch("main");
    story.land("o2", "post0");
    story.switch("feature");
    story.merge("main");
    let before = std::fs::read(story.versions_path().join("pre0.py")).unwrap();
    story.fix(&[], 0, "o1", "o1 pre0");
    let after = std::fs::read(story.versions_path().join("pre0.py")).unwrap();
    assert_eq!(before, after);
}

#[test]
fn a_dependency_that_the_move_would_close_to_a_circle() {
    let story = Story::new();
    story.branch("feature", "main", "b1", "r0");
    story.switch("main");
    story.revision_with("a1", "r0", "");
    story.repository.commit("Add a1");
    story.switch("feature");
    story.merge("main");
    // The published side now needs what would go on top of it.
    story.revision_with("a1", "r0", "depends_on = \"b1\"");
    let said = story.fix(&[], 3, "", "a1 b1");
    assert_says(&said, &["a1 is published, but b1 was slipped in below it"]);
}

#[test]
fn a_dependency_by_way_of_another_lineage_orders_the_sides() {
    let story = labelled("p", "q");
    story.revision_with("a1", "p0", "depends_on = \"c1\"");
    story.revision("a2", "a1");
    story.revision("b1", "p0");
    story.revision_with("c1", "q0", "depends_on = \"b1\"");
    story.repository.commit("All at once");
    // The longer side would stay, and b1 on top of it would close a circle. c1 was q's one head, so b1,
    // which it needs, is published, and a1 and a2 are not.
    story.fix(&[], 0, "a1", "a2 c1");
}

#[test]
fn both_add_one_column() {
    let story = Story::new();
    let add = |id: &str| {
        let path = story.versions_path().join(format!("{id}.py"));
        let text = std::fs::read_to_string(&path).unwrap();
        let (start, end) = text.split_once("    op.create_table").unwrap();
        let (_, end) = end.split_once('\n').unwrap();
        let column = "    op.add_column(\"t_r0\", sa.Column(\"name\", sa.String()))\n";
        std::fs::write(path, format!("{start}{column}{end}")).unwrap();
    };
    story.git(&["checkout", "--quiet", "-b", "feature"]);
    story.revision("b1", "r0");
    add("b1");
    story.repository.commit("Add b1");
    story.switch("main");
    story.revision("a1", "r0");
    add("a1");
    story.repository.commit("Add a1");
    story.switch("feature");
    story.merge("main");
    let said = story.fix(&[], 3, "", "a1 b1");
    assert_says(
        &said,
        &[
            "name",
            "t_r0",
            "a1.py",
            "b1.py",
            "change b1, then run rechain again (databases may have run a1 as it is)",
        ],
    );
}

#[test]
fn the_same_side_moves_in_merge_rebase_and_cherry_pick() {
    let parted = || {
        let story = Story::new();
        story.repository.write("README", "one\n");
        story.repository.commit("Readme");
        story.git(&["checkout", "--quiet", "-b", "feature"]);
        story.repository.write("README", "feature\n");
        story.land("b1", "r0");
        story.switch("main");
        story.repository.write("README", "main\n");
        story.land("a1", "r0");
        story.switch("feature");
        story
    };
    for (command, on, continuation) in [
        (["merge", "main"], "feature", "git commit"),
        (["rebase", "main"], "feature", "git rebase --continue"),
        (["merge", "feature"], "main", "git commit"),
        (
            ["cherry-pick", "feature"],
            "main",
            "git cherry-pick --continue",
        ),
    ] {
        let story = parted();
        story.switch(on);
        // README conflicts, so git stops in the middle.
        assert!(!story.repository.try_git(&command).status.success());
        let said = story.fix(&[], 0, "b1", "b1");
        assert_says(&said, &["git add migrations/versions/b1.py", continuation]);
        // Done as it says, nothing is left to do.
        story.repository.write("README", "both\n");
        story.git(&["add", "--all"]);
        let words: Vec<&str> = continuation.split(' ').skip(1).collect();
        let mut words = words;
        if words == ["commit"] {
            words.push("--no-edit");
        }
        story.git(&words);
        story.fix(&[], 0, "", "b1");
        story.check(&["--base", "main"], 0);
    }
}

#[test]
fn in_the_middle_of_a_revert() {
    let story = Story::new();
    story.repository.write("README", "one\n");
    story.land("a1", "r0");
    story.repository.write("README", "two\n");
    story.repository.commit("Readme");
    story.switch("feature");
    story.land("b1", "r0");
    assert!(
        !story
            .repository
            .try_git(&["revert", "HEAD~2"])
            .status
            .success()
    );
    // git took a1 out and stopped at README; a person brings a1 back.
    story.git(&["checkout", "--quiet", "main", "--", "migrations"]);
    let said = story.fix(&[], 0, "b1", "b1");
    assert_says(&said, &["git revert --continue"]);
}

#[test]
fn a_shallow_clone_says_what_it_does_not_see() {
    let origin = Story::new();
    origin.land("a1", "r0");
    origin.branch("feature", "main", "b1", "a1");
    origin.switch("main");
    origin.land("a2", "a1");
    origin.land("a3", "a2");
    origin.switch("feature");
    origin.merge("main");
    origin.switch("main");
    let options = ["--depth", "1", "--no-single-branch", "--branch", "feature"];
    let story = Story::clone_with(&origin, &options);
    // a3 is there all the same: it is main's one head at the commit that is seen.
    let said = story.fix(&[], 0, "b1", "b1");
    assert_says(&said, &["this clone is shallow", "`git fetch --unshallow`"]);
    // Where main itself has two heads at the edge, each may be deployed.
    origin.merge("feature");
    let story = Story::clone_with(&origin, &["--depth", "1"]);
    story.fix(&[], 3, "", "a3 b1");
    story.git(&["fetch", "--quiet", "--unshallow"]);
    story.fix(&[], 0, "b1", "b1");
}
