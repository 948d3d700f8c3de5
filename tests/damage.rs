//! Damaged graphs in real git repositories: what is said of them, what `fix` does, and whether real Alembic takes
//! the repaired chain.
#![allow(
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "tests write the files they are about, and one says what it counted"
)]

#[path = "damage/answers.rs"]
mod answers;
#[path = "damage/case.rs"]
mod case;
#[path = "damage/decisions.rs"]
mod decisions;
#[path = "damage/generated.rs"]
mod generated;
#[path = "damage/published.rs"]
mod published;

use std::fs;

use crate::case::{Case, documented, said, succeeded, text};

#[test]
fn a_file_that_was_deleted_and_not_committed_comes_back() {
    let case = Case::new();
    case.remove("bbbb2222");
    case.is_repaired(
        &["HEAD has it"],
        &["bbbb2222 <- aaaa1111", "cccc3333 <- bbbb2222"],
    );
}

#[test]
fn a_deleted_file_that_the_base_had_comes_back() {
    let case = Case::new();
    case.repository.switch("feature");
    case.remove("bbbb2222");
    case.repository.commit("tidy up");
    case.is_repaired(
        &["deleted in", "by Ada on 2026-", "main had it"],
        &["cccc3333 <- bbbb2222"],
    );
}

#[test]
fn a_deleted_file_of_this_branch_is_asked_about() {
    let case = Case::new();
    case.repository.switch("feature");
    case.write("dddd4444", &text("dddd4444", "cccc3333"));
    case.write("eeee5555", &text("eeee5555", "dddd4444"));
    case.repository.commit("two more");
    case.remove("dddd4444");
    case.repository.commit("not needed");
    case.is_asked(&[
        "1) dddd4444_words.py from git: it was deleted in",
        "by Ada on 2026-",
        "2) eeee5555 follows cccc3333",
    ]);
}

#[test]
fn a_parent_on_another_branch_is_asked_about() {
    let case = Case::new();
    case.repository.switch("other");
    case.write("dddd4444", &text("dddd4444", "cccc3333"));
    case.repository.commit("on the other branch");
    case.repository.git(&["switch", "--quiet", "main"]);
    case.repository.switch("feature");
    case.write("eeee5555", &text("eeee5555", "dddd4444"));
    case.repository.commit("on top of it");
    case.is_asked(&["dddd4444_words.py from other"]);
}

#[test]
fn a_file_name_as_parent_becomes_the_id() {
    let case = Case::new();
    case.write("dddd4444", &text("dddd4444", "cccc3333_words"));
    case.is_repaired(&["is the name of its file"], &["dddd4444 <- cccc3333"]);
    case.write("dddd4444", &text("dddd4444", "cccc3333_words.py"));
    case.is_repaired(&["is the name of its file"], &["dddd4444 <- cccc3333"]);
}

#[test]
fn a_partial_id_as_parent_becomes_the_id() {
    let case = Case::new();
    case.write("dddd4444", &text("dddd4444", "cccc3"));
    case.is_repaired(&["is how its id begins"], &["dddd4444 <- cccc3333"]);
}

#[test]
fn a_mistyped_parent_becomes_the_id() {
    let case = Case::new();
    case.write("dddd4444", &text("dddd4444", "ccdc3333"));
    case.is_repaired(&["1 letter is another"], &["dddd4444 <- cccc3333"]);
}

#[test]
fn an_identical_copy_goes() {
    let case = Case::new();
    let copy = case.versions().join("cccc3333_words copy.py");
    fs::copy(case.versions().join("cccc3333_words.py"), copy).unwrap();
    case.is_repaired(&["byte for byte"], &["cccc3333 <- bbbb2222"]);
}

#[test]
fn a_new_revision_under_an_old_id_gets_another() {
    let case = Case::new();
    case.repository.switch("feature");
    case.repository.write(
        "migrations/versions/cccc3333_other.py",
        &documented("cccc3333", "bbbb2222", "bbbb2222", "op.execute('SELECT 1')"),
    );
    case.repository.commit("copied");
    let output = case.rechain(&["fix"]);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(
        text.contains("main has the other one")
            && text.contains("goes on top of what is published")
            && text.contains("wrote 2 files"),
        "{text}"
    );
    let links = case.links().unwrap();
    assert_eq!(links.len(), 4, "{links:?}");
    assert!(
        links.contains(&"cccc3333 <- bbbb2222".to_owned()),
        "{links:?}"
    );
    assert_eq!(
        links
            .iter()
            .filter(|it| it.ends_with("<- cccc3333"))
            .count(),
        1,
        "{links:?}"
    );
}

#[test]
fn two_new_revisions_with_one_id_are_asked_about() {
    let case = Case::new();
    case.repository.switch("feature");
    for name in ["one", "two"] {
        case.repository.write(
            format!("migrations/versions/dddd4444_{name}.py"),
            &documented(
                "dddd4444",
                "cccc3333",
                "cccc3333",
                &format!("op.execute('{name}')"),
            ),
        );
    }
    case.is_asked(&[
        "1) migrations/versions/dddd4444_one.py gets the id",
        "2) migrations/versions/dddd4444_two.py",
    ]);
}

/// Two branches take the next number, and one of them the one after it, too.
#[test]
fn what_follows_the_newcomer_of_two_goes_with_it() {
    let case = Case::new();
    case.repository.switch("feature");
    let write = |name: &str, text: &str| {
        case.repository
            .write(format!("migrations/versions/{name}.py"), text);
    };
    write(
        "cccc3333_again",
        &documented("cccc3333", "bbbb2222", "bbbb2222", "op.execute('again')"),
    );
    write("dddd4444", &text("dddd4444", "cccc3333"));
    case.is_asked(&[
        "1) migrations/versions/cccc3333_again.py gets the id",
        ", and dddd4444 stays above it: main has the other one",
        "2) migrations/versions/cccc3333_again.py gets the id",
        ", and dddd4444 goes above the other one: main has the other one",
    ]);
    let output = case.rechain(&["fix", "--dry-run", "--format", "json"]);
    let mut document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let decision = &mut document["environments"][0]["decisions"][0];
    decision["answer"] = decision["options"][0]["answer"].clone();
    succeeded(&case.decided(&document, &[]));
    let links = case.links().unwrap();
    let parent = links
        .iter()
        .find_map(|it| it.strip_prefix("dddd4444 <- "))
        .expect("it follows something");
    assert_ne!(parent, "cccc3333");
    assert!(
        links.contains(&format!("{parent} <- cccc3333")),
        "{links:?}"
    );
}

#[test]
fn a_revision_that_follows_itself_follows_what_it_did_before() {
    let case = Case::new();
    case.write(
        "cccc3333",
        &documented("cccc3333", "cccc3333", "cccc3333", "pass"),
    );
    case.is_repaired(&["so it was in main"], &["cccc3333 <- bbbb2222"]);
}

#[test]
fn a_new_revision_that_follows_itself_follows_its_docstring_or_the_one_head() {
    let case = Case::new();
    case.write(
        "dddd4444",
        &documented("dddd4444", "dddd4444", "cccc3333", "pass"),
    );
    case.is_repaired(&["its docstring says so"], &["dddd4444 <- cccc3333"]);
    case.write("dddd4444", &documented("dddd4444", "dddd4444", "", "pass"));
    case.is_repaired(&["the one head beside it"], &["dddd4444 <- cccc3333"]);
}

#[test]
fn a_merge_revision_that_names_itself_loses_that_parent() {
    let case = Case::new();
    case.write(
        "dddd4444",
        &documented("dddd4444", "cccc3333 dddd4444", "", "pass"),
    );
    case.is_repaired(&["its other parents stay"], &["dddd4444 <- cccc3333"]);
}

#[test]
fn a_merge_revision_that_names_an_ancestor_loses_it() {
    let case = Case::new();
    case.write("dddd4444", &documented("dddd4444", "bbbb2222", "", "pass"));
    case.write(
        "eeee5555",
        &documented("eeee5555", "cccc3333 dddd4444 aaaa1111", "", "pass"),
    );
    case.is_repaired(
        &[
            "which its other parents imply",
            "what lies below it stays the same",
        ],
        &["eeee5555 <- cccc3333 dddd4444"],
    );
}

#[test]
fn a_circle_opens_at_the_link_that_changed_last() {
    let case = Case::new();
    case.write(
        "bbbb2222",
        &documented("bbbb2222", "cccc3333", "cccc3333", "pass"),
    );
    case.is_repaired(
        &["the link to cccc3333 is younger"],
        &["bbbb2222 <- aaaa1111"],
    );
    case.repository.commit("an order that cannot be");
    // Now the base has it so, too: the commit before tells.
    case.is_repaired(
        &["the link to cccc3333 is younger"],
        &["bbbb2222 <- aaaa1111"],
    );
}

#[test]
fn a_circle_without_history_opens_where_docstring_or_tables_say() {
    let case = Case::new();
    case.write(
        "dddd4444",
        &documented("dddd4444", "eeee5555", "cccc3333", "pass"),
    );
    case.write(
        "eeee5555",
        &documented("eeee5555", "dddd4444", "dddd4444", "pass"),
    );
    case.is_repaired(
        &["its docstring says so"],
        &["dddd4444 <- cccc3333", "eeee5555 <- dddd4444"],
    );
    case.write(
        "dddd4444",
        &documented(
            "dddd4444",
            "eeee5555",
            "",
            "op.create_table('t', sa.Column('id', sa.Integer()))",
        ),
    );
    case.write(
        "eeee5555",
        &documented(
            "eeee5555",
            "dddd4444",
            "",
            "op.add_column('t', sa.Column('x', sa.Integer()))",
        ),
    );
    case.is_repaired(
        &["eeee5555 needs table t"],
        &["dddd4444 <- cccc3333", "eeee5555 <- dddd4444"],
    );
    case.write("dddd4444", &documented("dddd4444", "eeee5555", "", "pass"));
    case.write("eeee5555", &documented("eeee5555", "dddd4444", "", "pass"));
    case.is_asked(&[
        "1) dddd4444 follows cccc3333",
        "2) eeee5555 follows cccc3333",
    ]);
}

#[test]
fn a_second_root_of_this_branch_follows_the_head() {
    let case = Case::new();
    case.repository.switch("feature");
    case.write("dddd4444", &text("dddd4444", ""));
    case.write("eeee5555", &text("eeee5555", "dddd4444"));
    case.repository.commit("a new feature");
    case.is_repaired(
        &["main has the other history and not this one"],
        &["dddd4444 <- cccc3333", "eeee5555 <- dddd4444"],
    );
}

#[test]
fn a_revision_without_down_revision_gets_one() {
    let case = Case::new();
    case.write("dddd4444", &documented("dddd4444", "-", "cccc3333", "pass"));
    case.is_repaired(
        &["has no down_revision", "its docstring says so"],
        &["dddd4444 <- cccc3333"],
    );
    case.write("cccc3333", &documented("cccc3333", "-", "-", "pass"));
    case.remove("dddd4444");
    case.is_repaired(&["so it was in main"], &["cccc3333 <- bbbb2222"]);
    case.write("dddd4444", &documented("dddd4444", "-", "-", "pass"));
    case.write("cccc3333", &text("cccc3333", "bbbb2222"));
    case.is_repaired(&["it is the head of the others"], &["dddd4444 <- cccc3333"]);
}

#[test]
fn conflict_markers_in_down_revision_are_read() {
    let case = Case::new();
    let one = text("eeee5555", "bbbb2222");
    let other = text("eeee5555", "cccc3333");
    let conflicted = conflict(&one, &other);
    case.write("eeee5555", &conflicted);
    case.is_repaired(&["cccc3333 lies above bbbb2222"], &["eeee5555 <- cccc3333"]);
    case.write(
        "eeee5555",
        &conflict(&text("eeee5555", "cccc3333"), &text("eeee5555", "ffff6666")),
    );
    case.is_repaired(
        &["the parent on the other side is not here"],
        &["eeee5555 <- cccc3333"],
    );
}

#[test]
fn conflict_markers_between_two_revisions_make_two_files() {
    let case = Case::new();
    let one = text("dddd4444", "cccc3333");
    let other = text("eeee5555", "cccc3333");
    case.repository
        .write("migrations/versions/0004.py", &conflict(&one, &other));
    case.is_repaired(
        &["the sides are two revisions"],
        &["dddd4444 <- cccc3333", "eeee5555 <- dddd4444"],
    );
}

/// Line by line, as git writes it.
fn conflict(one: &str, other: &str) -> String {
    let lines = one.lines().zip(other.lines());
    let lines: Vec<String> = lines
        .map(|(ours, theirs)| {
            if ours == theirs {
                format!("{ours}\n")
            } else {
                format!("<<<<<<< HEAD\n{ours}\n=======\n{theirs}\n>>>>>>> feature\n")
            }
        })
        .collect();
    lines.concat()
}

#[test]
fn a_file_in_a_place_that_alembic_does_not_read_moves() {
    let case = Case::new();
    case.repository.write(
        "migrations/old/dddd4444_words.py",
        &text("dddd4444", "cccc3333"),
    );
    case.write("eeee5555", &text("eeee5555", "dddd4444"));
    case.is_repaired(
        &["Alembic does not look into"],
        &["dddd4444 <- cccc3333", "eeee5555 <- dddd4444"],
    );
}

#[test]
fn a_revision_of_bytecode_alone_gets_its_source_back() {
    let case = Case::new();
    case.repository.write(
        "alembic.ini",
        "[alembic]\nscript_location = migrations\npath_separator = newline\nsourceless = true\n",
    );
    case.remove("cccc3333");
    case.repository
        .write("migrations/versions/cccc3333_words.pyc", "bytecode");
    case.is_repaired(
        &["is bytecode alone", "so it was in"],
        &["cccc3333 <- bbbb2222"],
    );
}

#[test]
fn bytecode_that_was_left_behind_is_evidence() {
    let case = Case::new();
    case.repository.switch("feature");
    case.write("dddd4444", &text("dddd4444", "cccc3333"));
    case.write("eeee5555", &text("eeee5555", "dddd4444"));
    case.repository.commit("two more");
    case.remove("dddd4444");
    case.repository.commit("not needed");
    case.repository.write(
        "migrations/versions/__pycache__/dddd4444_words.cpython-311.pyc",
        "something dddd4444 something",
    );
    case.is_asked(&["it ran here: dddd4444_words.cpython-311.pyc"]);
}

#[test]
fn several_kinds_of_damage_are_repaired_in_one_change() {
    let case = Case::new();
    case.write("dddd4444", &text("dddd4444", "cccc3"));
    case.write("eeee5555", &documented("eeee5555", "-", "dddd4444", "pass"));
    case.write(
        "bbbb2222",
        &documented("bbbb2222", "bbbb2222", "bbbb2222", "pass"),
    );
    case.is_repaired(
        &[
            "is how its id begins",
            "its docstring says so",
            "so it was in main",
        ],
        &[
            "bbbb2222 <- aaaa1111",
            "dddd4444 <- cccc3333",
            "eeee5555 <- dddd4444",
        ],
    );
}

/// What is repaired is put in a line in the same run: one diff, one write, one undo.
#[test]
fn what_is_repaired_is_planned_in_the_same_run() {
    let case = Case::new();
    case.repository.switch("feature");
    case.write("dddd4444", &text("dddd4444", "bbbb2"));
    case.repository
        .write("migrations/versions/head.txt", "cccc3333_words\n");
    case.is_repaired(
        &[
            "is how its id begins",
            "dddd4444 message of dddd4444\n    bbbb2222 -> cccc3333: goes on top of what is published",
            "wrote 2 files; `rechain undo` takes it back",
        ],
        &["dddd4444 <- cccc3333"],
    );
    succeeded(&case.rechain(&["fix"]));
    let head = fs::read_to_string(case.versions().join("head.txt")).unwrap();
    assert_eq!(head, "dddd4444_words\n");
    succeeded(&case.rechain(&["check"]));
}

/// One run is one change: where the plan waits for a person, nothing is repaired either.
#[test]
fn a_plan_that_waits_for_a_person_keeps_the_repair_waiting() {
    let case = Case::new();
    case.write("dddd4444", &text("dddd4444", "bbbb2"));
    let before = case.snapshot();
    let output = case.rechain(&["fix", "--base", "none"]);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(3), "{text}");
    for word in [
        "would be repaired, as far as only one thing can be meant",
        "what databases have is not known, so any of these sides may be deployed",
        "nothing was written anywhere: one run is one change",
    ] {
        assert!(text.contains(word), "`{word}` in {text}");
    }
    assert!(case.snapshot() == before);
    succeeded(&case.rechain(&["fix", "--base", "none", "--applied", "cccc3333"]));
    case.has_link("dddd4444 <- cccc3333");
}

#[test]
fn the_diff_is_one_that_git_takes() {
    let case = Case::new();
    case.remove("bbbb2222");
    case.write("dddd4444", &text("dddd4444", "bbbb2"));
    let output = case.rechain(&["fix", "--dry-run"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let patch = case.repository.path().join("../patch");
    fs::write(&patch, &output.stdout).unwrap();
    case.repository.git(&["apply", "../patch"]);
    case.has_link("dddd4444 <- cccc3333");
}
