//! Every key of the dialogue.

use std::fs;

use rechain_testing::alembic::{self, Environment, Job};
use rechain_testing::postgres;
use rechain_testing::terminal::Terminal;

use crate::project::{CTRL_C, CTRL_D, ESCAPE, Project, STATUS, assert_screen};

const FIX: &[&str] = &["fix", "versions", "--applied", "none"];

fn conflict(project: &Project, size: (u16, u16)) -> Terminal {
    let editor = project.editor("exit 0");
    let mut terminal = project.start(FIX, &[("EDITOR", &editor)], size);
    terminal.see("[e] >");
    terminal
}

#[test]
fn a_conflict_at_two_sizes() {
    for (size, name) in [
        ((80, 24), "conflict-80x24.txt"),
        ((160, 50), "conflict-160x50.txt"),
    ] {
        let project = Project::in_conflict();
        let mut terminal = conflict(&project, size);
        assert_screen(&terminal, name);
        terminal.press("q").see("nothing was decided");
        assert_eq!(terminal.end(), 3);
        project.assert_untouched();
    }
}

#[test]
fn what_a_database_has_is_not_the_file_to_edit() {
    let project = Project::in_conflict();
    let editor = project.editor("exit 0");
    let arguments = ["fix", "versions", "--not-applied", "c1"];
    let mut terminal = project.start(&arguments, &[("EDITOR", &editor)], (80, 50));
    terminal.see("; databases may have it").see("[e] >");
    terminal
        .press("e")
        .see("1  versions/c1.py")
        .see("which file");
    terminal.press("x").press("q").see("nothing was decided");
    assert_eq!(terminal.end(), 3);
    project.assert_untouched();
}

#[test]
fn help_and_keys_that_do_nothing() {
    let project = Project::in_conflict();
    let mut terminal = conflict(&project, (80, 40));
    terminal.press("?").see("the conflict may");
    assert_screen(&terminal, "conflict-help-80x40.txt");
    terminal.press("x").see("that key does nothing here");
    // There is nothing to go back to at the first question.
    terminal.press("b").see("that key does nothing here");
    terminal.press(ESCAPE).see("nothing was decided");
    assert_eq!(terminal.end(), 3);
    project.assert_untouched();
}

#[test]
fn ctrl_c_and_the_end_of_input_leave() {
    for key in [CTRL_C, CTRL_D] {
        let project = Project::in_conflict();
        let mut terminal = conflict(&project, (80, 24));
        terminal.press(key);
        assert_eq!(terminal.end(), 3);
        project.assert_untouched();
    }
}

#[test]
fn signals_give_the_terminal_back() {
    // HUP is what a broken connection sends.
    for signal in ["-TERM", "-HUP", "-INT"] {
        let project = Project::in_conflict();
        let mut terminal = conflict(&project, (80, 24));
        let process = terminal.process().to_string();
        let killed = std::process::Command::new("kill")
            .args([signal, &process])
            .status();
        assert!(killed.expect("kill").success());
        assert_ne!(terminal.end(), 0);
        project.assert_untouched();
    }
}

#[test]
fn the_order_is_kept_and_noted() {
    let project = Project::in_conflict();
    let mut terminal = conflict(&project, (80, 50));
    terminal.press("k").see("write 1 file? [Y/n]");
    project.assert_untouched();
    terminal.press("n").see("nothing was written");
    assert_eq!(terminal.end(), 1);
    project.assert_untouched();

    let mut terminal = conflict(&project, (80, 50));
    terminal.press("k").see("write 1 file? [Y/n]").press("\r");
    terminal.see("decides the same elsewhere");
    assert_eq!(terminal.end(), 0);
    assert_eq!(project.links(), "a1->None b1->a1 c1->b1 d1->c1");
    assert_eq!(project.status(), " M versions/c1.py".trim());
    let kept = project
        .repository
        .path()
        .join(".git/rechain/decisions.json");
    let text = fs::read_to_string(kept).expect("the answers are kept");
    assert!(text.contains("\"answer\": \"b1 before c1\""), "{text}");
}

#[test]
fn both_files_are_viewed() {
    let project = Project::in_conflict();
    let mut terminal = project.start(FIX, &[("PAGER", "sed s/^/page:/")], (80, 90));
    terminal
        .see("[e] >")
        .press("v")
        .see("page:==> versions/b1.py <==");
    terminal.see("page:==> versions/c1.py <==");
    // The question is there again.
    terminal.press("q");
    assert_eq!(terminal.end(), 3);
    project.assert_untouched();
}

#[test]
fn a_pager_that_is_not_there_is_no_obstacle() {
    let project = Project::in_conflict();
    let mut terminal = project.start(FIX, &[("PAGER", "no-such-pager")], (80, 90));
    terminal
        .see("[e] >")
        .press("v")
        .see("==> versions/c1.py <==");
    terminal.press("q");
    assert_eq!(terminal.end(), 3);
}

#[test]
fn a_resized_window_shows_the_question_again() {
    let project = Project::in_conflict();
    let mut terminal = conflict(&project, (160, 50));
    let said = |terminal: &Terminal| String::from_utf8_lossy(&terminal.bytes()).into_owned();
    let wide = said(&terminal);
    assert_eq!(wide.matches("Conflict 1 of 1").count(), 1, "{wide}");
    terminal.resize(80, 24).see_written("[e] >", 2);
    // Below what stood there, in the new width.
    assert_screen(&terminal, "conflict-resized-80x24.txt");
    // The size it has already is none to draw anew for.
    terminal.resize(80, 24).press("?").see_written("[e] >", 3);
    let twice = said(&terminal);
    assert_eq!(twice.matches("Conflict 1 of 1").count(), 2, "{twice}");
    terminal.resize(10, 5).press("q");
    assert_eq!(terminal.end(), 3);
    project.assert_untouched();
}

#[test]
fn without_colour_there_is_none() {
    let project = Project::in_conflict();
    let environment = [("NO_COLOR", "1"), ("EDITOR", "true")];
    let mut terminal = project.start(FIX, &environment, (80, 24));
    terminal.see("[e] >").press("q");
    assert_eq!(terminal.end(), 3);
    let text = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    assert!(!text.contains("\u{1b}["), "{text:?}");
    let mut terminal = conflict(&project, (80, 24));
    terminal.press("q");
    assert_eq!(terminal.end(), 3);
    let text = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    assert!(text.contains("\u{1b}["), "with colour there is some");
}

#[test]
fn a_dumb_terminal_takes_lines() {
    let project = Project::in_conflict();
    let mut terminal = project.start(FIX, &[("TERM", "dumb")], (80, 50));
    terminal
        .see("[e] >")
        .press("?\r")
        .see("shows the whole files");
    // Without an editor there is nothing to open on such a terminal.
    terminal
        .press("\r")
        .see("which file, 1-2? [1]")
        .press("2\r");
    terminal.see("no editor is set");
    terminal
        .press("k\r")
        .see("write 1 file? [Y/n]")
        .press("n\r");
    assert_eq!(terminal.end(), 1);
    let text = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    assert!(!text.contains("\u{1b}["), "{text:?}");
    project.assert_untouched();

    let mut terminal = project.start(FIX, &[("TERM", "dumb")], (80, 50));
    terminal.see("[e] >").press(CTRL_D);
    assert_eq!(terminal.end(), 3);
    project.assert_untouched();
}

#[test]
fn which_side_is_deployed_and_back() {
    let project = Project::with(&[
        ("a1", "", "Users", crate::project::USERS),
        ("b1", "a1", "Status", STATUS),
        ("c1", "a1", "Status again", STATUS),
    ]);
    let arguments = ["fix", "versions", "--base", "none"];
    let mut terminal = project.start(&arguments, &[("EDITOR", "true")], (80, 24));
    terminal.see("Which side is deployed");
    assert_screen(&terminal, "deployed-80x24.txt");
    // The side that is deployed, then the conflict, then back.
    terminal.press("2").see("Conflict 2 of 2");
    terminal.press("b").see("Question 1 of 1");
    terminal.press("n").see("Conflict 2 of 2").press("q");
    assert_eq!(terminal.end(), 3);
    project.assert_untouched();
}

#[test]
fn the_default_side_is_taken_with_enter() {
    let project = Project::forked();
    let arguments = ["fix", "versions", "--base", "none"];
    let mut terminal = project.start(&arguments, &[], (80, 60));
    terminal.see("Which side is deployed").press("\r");
    terminal.see("write 1 file? [Y/n]").press("y");
    assert_eq!(terminal.end(), 0);
    assert_eq!(project.links(), "a1->None b1->a1 c1->b1");
}

#[test]
fn what_is_not_understood_can_be_accepted() {
    let project = Project::with(&[
        ("a1", "", "Users", crate::project::USERS),
        (
            "b1",
            "a1",
            "Names",
            "op.add_column(\"users\", sa.Column(\"name\", sa.Text()))",
        ),
        ("c1", "a1", "Something", "something_else()"),
    ]);
    let arguments = [
        "fix",
        "versions",
        "--base",
        "none",
        "--applied",
        "b1",
        "--strict",
    ];
    let mut terminal = project.start(&arguments, &[], (80, 40));
    terminal.see("is understood").press("k");
    terminal.see("write 1 file? [Y/n]").press("\r");
    assert_eq!(terminal.end(), 0);
    assert_eq!(project.links(), "a1->None b1->a1 c1->b1");
}

#[test]
fn interactive_asks_before_writing() {
    let project = Project::founding();
    let mut terminal = project.start(&["fix", "-i"], &[], (80, 60));
    terminal
        .see("write 2 files? [Y/n]")
        .press("n")
        .see("nothing was written");
    assert_eq!(terminal.end(), 1);
    project.assert_untouched();
    let mut terminal = project.start(&["fix", "-i"], &[], (80, 60));
    terminal.see("write 2 files? [Y/n]").press(CTRL_C);
    assert_eq!(terminal.end(), 1);
    project.assert_untouched();
}

#[test]
fn the_founding_example_at_two_sizes() {
    for (size, name) in [
        ((80, 24), "founding-80x24.txt"),
        ((160, 50), "founding-160x50.txt"),
    ] {
        let project = Project::founding();
        let mut terminal = project.start(&["fix", "-i"], &[], size);
        terminal.see("write 2 files? [Y/n]");
        assert_screen(&terminal, name);
        terminal.press("n");
        assert_eq!(terminal.end(), 1);
        project.assert_untouched();
    }
}

/// What is asked and what may be pressed are on one screen, with ids and paths as long as they are in life.
#[test]
fn a_screen_of_the_usual_size_holds_the_whole_question() {
    let project = Project::with(&[
        ("1f0a2b3c4d5e", "", "Create users", crate::project::USERS),
        (
            "2a1b3c4d5e6f",
            "1f0a2b3c4d5e",
            "Add status to users",
            crate::project::STATUS,
        ),
        ("3b2c4d5e6f70", "2a1b3c4d5e6f", "Names", "pass"),
        (
            "4c3d5e6f7081",
            "1f0a2b3c4d5e",
            "Users have a status",
            crate::project::STATUS,
        ),
        ("5d4e6f708192", "4c3d5e6f7081", "More names", "pass"),
    ]);
    let arguments = [
        "fix",
        "versions",
        "--base",
        "none",
        "--applied",
        "1f0a2b3c4d5e",
    ];
    let mut terminal = project.start(&arguments, &[], (80, 24));
    terminal.see("[e] >");
    assert_screen(&terminal, "conflict-long-80x24.txt");
    for line in ["Conflict 1 of 1: ", "[e] >"] {
        assert!(terminal.screen().contains(line), "{}", terminal.screen());
    }
    terminal.press("q");
    assert_eq!(terminal.end(), 3);
    project.assert_untouched();
}

#[test]
fn without_a_terminal_nothing_is_asked() {
    let project = Project::in_conflict();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_rechain"))
        .args(FIX)
        .arg("-i")
        .current_dir(project.repository.path())
        .stdin(std::process::Stdio::null())
        .output()
        .expect("the program");
    assert_eq!(output.status.code(), Some(3));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    project.assert_untouched();
    // What is printed is typed as it stands.
    let command = text
        .lines()
        .find_map(|line| line.strip_prefix("  rechain fix --answer 'conflict:"))
        .unwrap_or_else(|| panic!("{text}"));
    let program = env!("CARGO_BIN_EXE_rechain");
    let line = format!("{program} fix --answer 'conflict:{command}");
    let mut shell = std::process::Command::new("sh");
    project.repository.isolate(&mut shell);
    let output = shell
        .args(["-c", &line])
        .current_dir(project.repository.path())
        .stdin(std::process::Stdio::null())
        .output()
        .expect("a shell");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{line}: {text}");
    assert!(
        text.contains("keep this order because you said so"),
        "{text}"
    );
}

/// Both sides add `users.status`: the person takes it out of one of them, the conflict is gone, the order
/// is written, and Alembic runs it on a real database.
#[test]
fn a_conflict_is_edited_away_and_upgrades() {
    let project = Project::in_conflict();
    let script = "sed 's/op.add_column.*/op.add_column(\"users\", sa.Column(\"state\", sa.Text()))/' \
                  \"$1\" > .git/edited && cp .git/edited \"$1\"";
    let editor = project.editor(script);
    let mut terminal = project.start(FIX, &[("EDITOR", &editor)], (80, 150));
    terminal.see("[e] >").press("e").see("which file, 1-2? [1]");
    // Back out first, then take the second file.
    terminal
        .press("x")
        .see("[e] >")
        .press("e")
        .see("which file, 1-2? [1]")
        .press("2");
    terminal.see("nothing is open any more").see("? [Y/n]");
    assert_eq!(
        project.status(),
        "M versions/c1.py",
        "only what the person edited"
    );
    terminal.press("y");
    assert_eq!(terminal.end(), 0);
    let versions = project.repository.path().join("versions");
    let url = postgres::server().create_database();
    let job = Job {
        environment: Environment::Versions(versions),
        url,
        commands: vec![vec!["upgrade".into(), "head".into()]],
    };
    let outcome = alembic::run(&[job]).remove(0);
    assert_eq!(outcome.error(), None);
    let schema = outcome.schema.to_string();
    assert!(
        schema.contains("status") && schema.contains("state"),
        "{schema}"
    );
}

#[test]
fn an_edit_that_changes_nothing_asks_again() {
    let project = Project::in_conflict();
    let mut terminal = conflict(&project, (80, 60));
    terminal.press("e").see("which file").press("\r");
    // What was asked before the edit is no answer to what is asked after it.
    terminal
        .see_written("Conflict 1 of 1", 2)
        .press("e")
        .see_written("which file", 2)
        .press(CTRL_C);
    assert_eq!(terminal.end(), 3);
    project.assert_untouched();
}

/// git takes its time here, so the program says what it is waiting for, and takes that back.
#[test]
fn what_takes_long_is_said() {
    let project = Project::forked();
    let directory = project.repository.path().join(".git/slow");
    fs::create_dir(&directory).expect("a directory");
    let real = std::env::var("PATH").expect("a PATH");
    let script = format!("#!/bin/sh\nsleep 0.4\nPATH='{real}' exec git \"$@\"\n");
    let git = directory.join("git");
    fs::write(&git, script).expect("a script");
    let mut permissions = fs::metadata(&git).expect("it is there").permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o755);
    fs::set_permissions(&git, permissions).expect("it can be run");
    let path = format!("{}:{real}", directory.display());
    let arguments = ["fix", "versions", "--dry-run", "--yes"];
    let said = |terminal: &Terminal| String::from_utf8_lossy(&terminal.bytes()).into_owned();
    let mut terminal = project.start(&arguments, &[("PATH", &path)], (80, 40));
    terminal.ended();
    let text = said(&terminal);
    assert!(
        text.contains("asking git what databases may have, 0."),
        "{text:?}"
    );
    assert!(!terminal.screen().contains("asking git"), "it is gone");
    // Neither where nothing takes long, nor with `-q`, nor where only lines can be shown.
    for (more, environment) in [
        (None, ("TERM", "xterm")),
        (Some("-q"), ("PATH", path.as_str())),
        (None, ("TERM", "dumb")),
    ] {
        let mut arguments = arguments.to_vec();
        arguments.extend(more);
        let mut terminal = project.start(&arguments, &[environment], (80, 40));
        terminal.ended();
        assert!(!said(&terminal).contains("asking git"), "{more:?}");
    }
}
