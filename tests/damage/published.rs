//! Repairs and databases: nothing is slipped in below what a database may have run, whatever else speaks for it.

use std::fs;

use serde_json::{Value, json};

use crate::case::{Case, documented, said, text};

impl Case {
    fn document(&self, arguments: &[&str]) -> Value {
        let output = self.rechain(arguments);
        serde_json::from_slice(&output.stdout).expect("JSON")
    }
}

/// A release that lives on a branch of its own, with a history of its own; the feature has merged it.
fn second_root_of_a_release() -> Case {
    let case = Case::new();
    case.repository.switch("feature");
    case.write("dddd4444", &text("dddd4444", ""));
    case.repository.commit("another history");
    case
}

#[test]
fn a_second_root_is_put_on_the_head_only_where_no_database_has_it() {
    let case = second_root_of_a_release();
    // Nobody follows it: it is this branch's own.
    let output = case.rechain(&["fix", "--dry-run"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    // Somebody stands on it: whatever is put below it is skipped.
    let before = case.snapshot();
    let output = case.rechain(&["fix", "--applied", "dddd4444"]);
    let words = said(&output);
    assert_eq!(output.status.code(), Some(3), "{words}");
    for word in [
        "not offered: dddd4444 follows cccc3333: dddd4444 is published, and a database with dddd4444 in \
         alembic_version would skip aaaa1111, bbbb2222 and cccc3333 silently",
        "no repair leaves databases as they are",
        "where no database has dddd4444: rechain fix --not-applied dddd4444",
        "roots = 2",
    ] {
        assert!(words.contains(word), "`{word}` in {words}");
    }
    assert!(case.snapshot() == before);
}

#[test]
fn what_a_release_runs_counts_as_much_as_what_the_base_does() {
    let case = Case::new();
    case.repository
        .git(&["switch", "--quiet", "--orphan", "release/1"]);
    case.repository.write(
        "alembic.ini",
        "[alembic]\nscript_location = migrations\npath_separator = newline\n",
    );
    case.repository.write("migrations/env.py", "");
    case.write("dddd4444", &text("dddd4444", ""));
    case.repository
        .commit("a release with a history of its own");
    case.repository.git(&["switch", "--quiet", "main"]);
    case.repository.switch("feature");
    case.write("dddd4444", &text("dddd4444", ""));
    case.repository.commit("taken from the release");
    // A local branch counts once it is named.
    case.repository.write(
        "pyproject.toml",
        "[tool.rechain]\npublish-refs = [\"release/*\"]\n",
    );
    case.is_refused(&["would skip aaaa1111, bbbb2222 and cccc3333 silently"]);
    // Who knows better may have the one order, and not the other.
    let document = case.document(&["fix", "--not-applied", "dddd4444", "--format", "json"]);
    let decision = &document["environments"][0]["decisions"][0];
    assert_eq!(
        decision["options"][0]["answer"],
        "dddd4444 follows cccc3333"
    );
    assert_eq!(
        decision["options"].as_array().unwrap().len(),
        1,
        "{decision:#}"
    );
    assert_eq!(
        decision["refused"][0]["answer"],
        "aaaa1111 follows dddd4444"
    );
}

/// Both links of the circle are younger than what git shows; only one of them lies above what is published.
#[test]
fn a_circle_opens_below_what_is_published() {
    let case = Case::new();
    case.repository.switch("feature");
    case.write("dddd4444", &text("dddd4444", "bbbb2222"));
    case.repository.commit("one more");
    case.write("dddd4444", &text("dddd4444", "cccc3333"));
    case.write("cccc3333", &text("cccc3333", "dddd4444"));
    case.is_repaired(
        &[
            "cccc3333 follows bbbb2222",
            "databases: what databases ran below cccc3333 is there again",
        ],
        &["cccc3333 <- bbbb2222", "dddd4444 <- cccc3333"],
    );
}

#[test]
fn what_the_base_has_is_brought_back_and_not_passed_over() {
    let case = Case::new();
    case.repository.switch("feature");
    case.remove("bbbb2222");
    case.repository.commit("tidy up");
    let document = case.document(&["fix", "--dry-run", "--format", "json"]);
    let mended = &document["environments"][0]["mended"][0];
    assert_eq!(
        mended["databases"],
        json!(["what databases ran below bbbb2222 is there again"]),
        "{document:#}"
    );
    let answer =
        json!({"id": "missing-parent:bbbb2222+cccc3333", "answer": "cccc3333 follows aaaa1111"});
    let document = json!({"version": 1, "environments": [{"name": ".", "answers": [answer]}]});
    fs::write(
        case.repository.path().join(".git/answers.json"),
        document.to_string(),
    )
    .unwrap();
    let before = case.snapshot();
    let output = case.rechain(&["fix", "--decisions", ".git/answers.json"]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("cannot be done: main has bbbb2222, so a database may stand on it"),
        "{said}"
    );
    assert!(case.snapshot() == before);
}

#[test]
fn an_id_that_a_database_may_have_run_stays_with_its_file() {
    let case = Case::new();
    case.repository.switch("feature");
    case.write("dddd4444", &text("dddd4444", "cccc3333"));
    case.repository.commit("one more");
    // The release has taken it; the feature gives another file the same id.
    case.repository.git(&["branch", "release/1"]);
    case.repository.write(
        "migrations/versions/dddd4444_other.py",
        &documented("dddd4444", "cccc3333", "cccc3333", "op.execute('other')"),
    );
    case.repository.write(
        "pyproject.toml",
        "[tool.rechain]\npublish-refs = [\"release/*\"]\n",
    );
    let output = case.rechain(&["fix"]);
    let words = said(&output);
    assert_eq!(output.status.code(), Some(0), "{words}");
    let kept = fs::read_to_string(case.versions().join("dddd4444_words.py")).unwrap();
    assert_eq!(kept, text("dddd4444", "cccc3333"));
}

/// Both files are on main: whichever gets another id, a database may have run it, and that is said.
#[test]
fn where_both_files_of_an_id_are_published_each_option_says_what_databases_run() {
    let case = Case::new();
    case.repository.write(
        "migrations/versions/cccc3333_other.py",
        &documented("cccc3333", "bbbb2222", "bbbb2222", "op.execute('other')"),
    );
    case.repository.commit("an id twice");
    case.is_asked(&[
        "databases: main has both files: a database that has cccc3333 ran one of them, \
         migrations/versions/cccc3333_words.py where both were there",
    ]);
    let document = case.document(&["fix", "--dry-run", "--format", "json"]);
    let options = &document["environments"][0]["decisions"][0]["options"];
    for option in options.as_array().unwrap() {
        let sentence = option["databases"][0].as_str().unwrap();
        assert!(
            sentence.contains("a database that has cccc3333"),
            "{sentence}"
        );
    }
}

/// One side of the markers is what main has; the other would change what databases have run already.
#[test]
fn of_two_sides_the_one_that_databases_ran_stays() {
    let case = Case::new();
    case.repository.switch("feature");
    case.write("bbbb1111", &text("bbbb1111", "bbbb2222"));
    case.write(
        "cccc3333",
        "\"\"\"message of cccc3333\n\nRevision ID: cccc3333\nRevises: bbbb2222\n\n\"\"\"\nimport sqlalchemy as sa\nfrom \
         alembic import op\n\nrevision = 'cccc3333'\n<<<<<<< HEAD\ndown_revision = 'bbbb2222'\n=======\ndown_revision = \
         'bbbb1111'\n>>>>>>> feature\n\n\ndef upgrade():\n    pass\n",
    );
    case.is_repaired(
        &["cccc3333_words.py as HEAD has it", "is there again"],
        &["cccc3333 <- bbbb2222"],
    );
}

/// A link that main has wrong, too, was run by nobody.
#[test]
fn what_alembic_refuses_on_main_as_well_is_said() {
    let case = Case::new();
    case.write("dddd4444", &text("dddd4444", "cccc3"));
    case.repository.commit("a mistake that landed");
    case.is_repaired(
        &[
            "is how its id begins",
            "databases: Alembic runs none of the histories in which git shows dddd4444; a database that has it all \
             the same takes aaaa1111, bbbb2222 and cccc3333 for done",
        ],
        &["dddd4444 <- cccc3333"],
    );
}

#[test]
fn where_nothing_is_known_of_databases_that_is_said() {
    let case = Case::new();
    case.write("dddd4444", &text("dddd4444", "cccc3"));
    let output = case.rechain(&["fix", "--dry-run", "--base", "none"]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("databases: what databases have is not known"),
        "{said}"
    );
}

/// What was slipped in below a published revision, and names itself, is repaired where it is; then the plan puts the
/// published one back.
#[test]
fn what_stays_wrong_below_what_is_published_is_put_right_in_the_same_run() {
    let case = Case::new();
    case.repository.switch("feature");
    case.write(
        "dddd4444",
        &documented("dddd4444", "dddd4444", "bbbb2222", "pass"),
    );
    case.write("cccc3333", &text("cccc3333", "dddd4444"));
    case.is_repaired(
        &[
            "its docstring says so",
            "databases: a database with cccc3333 in alembic_version would skip dddd4444 silently, so `fix` puts \
             cccc3333 back",
            "is published, and goes back to where databases have it",
        ],
        &["cccc3333 <- bbbb2222", "dddd4444 <- cccc3333"],
    );
}
