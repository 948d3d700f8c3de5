//! Names of files that differ in case alone: nothing is written that would overwrite another file where case does not
//! count.
#![allow(
    clippy::disallowed_methods,
    reason = "tests write the files they are about"
)]

#[allow(dead_code, reason = "shared between test programs")]
#[path = "publication/story.rs"]
mod story;

use std::fs;

use story::{Story, assert_says, said};

/// Whether the file system of the tests tells `a` from `A`; elsewhere such files cannot be made.
fn case_counts(story: &Story) -> bool {
    story.repository.write("Probe", "");
    let is_same = story.repository.path().join("probe").exists();
    fs::remove_file(story.repository.path().join("Probe")).unwrap();
    !is_same
}

fn names(story: &Story) -> Vec<String> {
    let entries = fs::read_dir(story.versions_path()).unwrap();
    let mut names: Vec<String> = entries
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The command is refused because of `other`, dry or not, and nothing is written.
fn is_refused(story: &Story, arguments: &[&str], new: &str, other: &str) {
    let before = names(story);
    let mut dry = arguments.to_vec();
    dry.push("--dry-run");
    for arguments in [arguments, &dry] {
        let output = story.rechain(arguments);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        let directory = story.versions;
        assert_says(
            &said(&output),
            &[
                "RC406",
                &format!("{directory}/{new} differs from {directory}/{other} in case alone"),
                &format!("rename {directory}/{other} first"),
            ],
        );
        assert_eq!(names(story), before);
    }
    // Out of the way it goes through.
    fs::remove_file(story.versions_path().join(other)).unwrap();
    let output = story.rechain(arguments);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(names(story).contains(&new.to_owned()), "{:?}", names(story));
}

#[test]
fn two_revisions_whose_files_differ_in_case_alone_are_two() {
    let story = Story::new();
    if !case_counts(&story) {
        return;
    }
    story.land("Ab1", "r0");
    story.switch("feature");
    // Tables that differ in case alone are one on some databases: this one makes none.
    story.repository.write(
        "migrations/versions/ab1.py",
        "revision = \"ab1\"\ndown_revision = \"r0\"\n\n\ndef upgrade():\n    pass\n",
    );
    let note = "migrations/versions/Ab1.py and migrations/versions/ab1.py differ in case alone";
    let checked = story.rechain(&["check"]);
    assert_eq!(checked.status.code(), Some(1));
    assert_says(&said(&checked), &["2 heads", note]);
    let fixed = story.rechain(&["fix"]);
    assert_eq!(fixed.status.code(), Some(0), "{}", said(&fixed));
    assert_says(&said(&fixed), &["r0 -> Ab1", "wrote 1 file"]);
    assert_eq!(story.heads(), "ab1");
    assert_eq!(names(&story), ["Ab1.py", "ab1.py", "r0.py"]);
}

#[test]
fn renumber_overwrites_no_name_in_other_letters() {
    let story = Story::empty();
    story.revision("0001_init", "");
    story.revision("0002_users", "0001_init");
    story.repository.commit("published");
    story.switch("feature");
    story.revision("0002_orders", "0002_users");
    if !case_counts(&story) {
        return;
    }
    // No revision to Alembic, and one file with it where case does not count.
    story
        .repository
        .write("migrations/versions/0003_Orders.PY", "");
    is_refused(&story, &["renumber"], "0003_orders.py", "0003_Orders.PY");
}

#[test]
fn a_renaming_of_letters_alone_is_refused() {
    let story = Story::empty();
    let hexadecimal = ["0a1b2c3d4e5f", "1a1b2c3d4e5f", "2a1b2c3d4e5f"];
    story.revision(hexadecimal[0], "");
    story.revision(hexadecimal[1], hexadecimal[0]);
    story.revision(hexadecimal[2], hexadecimal[1]);
    story.repository.commit("published");
    story.switch("feature");
    story.revision("Feature", hexadecimal[2]);
    story.repository.write(
        "alembic.ini",
        "[alembic]\nscript_location = migrations\nversion_locations = %(here)s/migrations/versions\nfile_template = \
         %%(slug)s\n",
    );
    if !case_counts(&story) {
        return;
    }
    let output = story.rechain(&["renumber"]);
    let words = said(&output);
    let is_named_so = names(&story).contains(&"feature.py".to_owned());
    assert!(output.status.code() == Some(2) && !is_named_so, "{words}");
    assert_says(
        &words,
        &["feature.py differs from migrations/versions/Feature.py in case alone"],
    );
}

#[test]
fn merge_overwrites_no_name_in_other_letters() {
    let story = Story::new();
    story.switch("feature");
    story.revision("b1", "r0");
    story.revision("c1", "r0");
    let template = "revision = ${repr(up_revision)}\ndown_revision = ${repr(down_revision)}\n\n\ndef upgrade():\n    pass\n";
    story
        .repository
        .write("migrations/script.py.mako", template);
    if !case_counts(&story) {
        return;
    }
    let before = names(&story);
    assert_eq!(story.rechain(&["merge"]).status.code(), Some(0));
    let new = names(&story)
        .into_iter()
        .find(|it| !before.contains(it))
        .expect("a merge revision");
    assert_eq!(story.rechain(&["undo"]).status.code(), Some(0));
    let other = new.to_uppercase();
    story
        .repository
        .write(format!("migrations/versions/{other}"), "");
    is_refused(&story, &["merge"], &new, &other);
}

#[test]
fn a_repair_overwrites_no_name_in_other_letters() {
    let story = Story::new();
    story.land("a1", "r0");
    story.land("a2", "a1");
    if !case_counts(&story) {
        return;
    }
    story.delete("a1");
    story.repository.write("migrations/versions/A1.PY", "");
    is_refused(&story, &["fix"], "a1.py", "A1.PY");
}
