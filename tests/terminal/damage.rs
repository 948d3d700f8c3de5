//! Choosing a repair of a damaged graph.

use std::fs;

use rechain_testing::terminal::Terminal;

use crate::project::{CTRL_C, CTRL_D, ESCAPE, Project, STATUS, USERS, assert_screen, revision};

const FIX: &[&str] = &["fix", "versions"];

/// On a branch, `c1` was deleted under `d1`, and two files have the id `e1`.
fn damaged() -> Project {
    let project = Project::with(&[
        ("a1", "", "Users", USERS),
        ("b1", "a1", "Add status to users", STATUS),
    ]);
    let repository = &project.repository;
    repository.switch("feature");
    let orders = "op.create_table(\"orders\", sa.Column(\"id\", sa.Integer()))";
    repository.write("versions/c1.py", &revision("c1", "b1", "Orders", orders));
    repository.write("versions/d1.py", &revision("d1", "c1", "Names", "pass"));
    for name in ["one", "two"] {
        let body = format!("op.execute(\"{name}\")");
        let text = revision("e1", "d1", &format!("The {name}"), &body);
        repository.write(format!("versions/e1_{name}.py"), &text);
    }
    repository.commit("four more");
    fs::remove_file(repository.path().join("versions/c1.py")).expect("it is there");
    repository.commit("not needed");
    project
}

fn asked(project: &Project, size: (u16, u16)) -> Terminal {
    let editor = project.editor("exit 0");
    let mut terminal = project.start(
        FIX,
        &[("EDITOR", &editor), ("PAGER", "sed s/^/page:/")],
        size,
    );
    terminal.see("q quit");
    terminal
}

#[test]
fn a_repair_at_two_sizes() {
    for (size, name) in [
        ((80, 24), "repair-80x24.txt"),
        ((160, 50), "repair-160x50.txt"),
    ] {
        let project = damaged();
        let mut terminal = asked(&project, size);
        assert_screen(&terminal, name);
        terminal.press("q").see("nothing was decided");
        assert_eq!(terminal.end(), 3);
        project.assert_untouched();
    }
}

#[test]
fn each_option_is_taken() {
    for (first, second, links) in [
        (
            "1",
            "1",
            "a1->None b1->a1 c1->b1 d1->c1 e1_2_one->e1 e1_two->d1",
        ),
        (
            "2",
            "1",
            "a1->None b1->a1 c1->b1 d1->c1 e1_2_two->e1 e1_one->d1",
        ),
        ("1", "2", "a1->None b1->a1 d1->b1 e1_2_one->e1 e1_two->d1"),
    ] {
        let project = damaged();
        let mut terminal = asked(&project, (100, 60));
        terminal.press(first).see("Question 2 of 2").press(second);
        terminal.see("? [Y/n]");
        project.assert_untouched();
        terminal.press("n").see("nothing was written");
        assert_eq!(terminal.end(), 1);
        project.assert_untouched();

        let mut terminal = asked(&project, (100, 60));
        terminal.press(first).see("Question 2 of 2").press(second);
        terminal.see("? [Y/n]").press("\r");
        terminal.see("decides the same elsewhere");
        assert_eq!(terminal.end(), 0);
        assert_eq!(project.links(), links);
    }
}

#[test]
fn an_answer_is_taken_back() {
    let project = damaged();
    let mut terminal = asked(&project, (100, 60));
    // There is nothing to go back to at the first question.
    terminal.press("b").see("that key does nothing here");
    terminal.press("2").see("Question 2 of 2").press("b");
    terminal.see_written("Question 1 of 2", 2);
    terminal.press("1").see_written("Question 2 of 2", 2);
    terminal.press("1").see("? [Y/n]").press("y");
    assert_eq!(terminal.end(), 0);
    assert!(
        project.links().contains("c1->b1 d1->c1"),
        "{}",
        project.links()
    );
}

/// What is planned on the repairs is asked about in the same dialogue, and `b` leads back from there.
#[test]
fn a_conflict_of_what_is_repaired_leads_back_to_the_repair() {
    let project = damaged();
    let more = revision(
        "f1",
        "b1",
        "Orders, too",
        "op.create_table(\"orders\", sa.Column(\"id\", sa.Integer()))",
    );
    project.repository.write("versions/f1.py", &more);
    project.repository.commit("orders again");
    let mut terminal = asked(&project, (100, 60));
    terminal.press("1").see("Question 2 of 2").press("1");
    terminal
        .see("Conflict 1 of 1: both create table orders")
        .press("b");
    terminal.see_written("Question 2 of 2", 2).press("b");
    terminal.see_written("Question 1 of 2", 2).press("1");
    terminal.see_written("Question 2 of 2", 3).press("1");
    terminal.see_written("Conflict 1 of 1", 2).press("q");
    terminal.see("nothing was decided, and nothing was written");
    assert_eq!(terminal.end(), 3);
    project.assert_untouched();
    // Without the file there is no conflict.
    let mut terminal = asked(&project, (100, 60));
    terminal.press("1").see("Question 2 of 2").press("1");
    terminal.see("Conflict 1 of 1").press("b");
    terminal.see_written("Question 2 of 2", 2).press("2");
    terminal.see("? [Y/n]").press("y");
    assert_eq!(terminal.end(), 0);
    assert!(!project.repository.path().join("versions/c1.py").exists());
}

#[test]
fn whoever_leaves_changes_nothing() {
    for key in ["q", "Q", ESCAPE, CTRL_C, CTRL_D] {
        for answers in [&[][..], &["1"]] {
            let project = damaged();
            let mut terminal = asked(&project, (100, 60));
            for answer in answers {
                terminal.press(answer).see("Question 2 of 2");
            }
            terminal.press(key).see("nothing was written");
            assert_eq!(terminal.end(), 3);
            project.assert_untouched();
        }
    }
}

#[test]
fn help_view_and_keys_that_do_nothing() {
    let project = damaged();
    let mut terminal = asked(&project, (100, 150));
    terminal.press("?").see("leaves; nothing is written");
    terminal.press("9").see("that key does nothing here");
    terminal
        .press("\r")
        .see_written("that key does nothing here", 2);
    terminal.press("v").see("page:==> versions/e1_two.py <==");
    terminal.see_written("Question 1 of 2", 2).press("q");
    assert_eq!(terminal.end(), 3);
    project.assert_untouched();
}

#[test]
fn a_file_is_edited_and_everything_read_again() {
    let project = damaged();
    let script = "sed 's/e1/e9/' \"$1\" > .git/edited && cp .git/edited \"$1\"";
    let editor = project.editor(script);
    let mut terminal = project.start(FIX, &[("EDITOR", &editor)], (100, 60));
    terminal.see("Question 1 of 2").press("e");
    terminal.see("which file, 1-2? [1]").press("2");
    // Two files with one id are no question any more; the missing parent is.
    terminal.see("Question 1 of 1").see("d1 follows 'c1'");
    let edited = "M versions/e1_two.py";
    assert_eq!(project.status(), edited, "only what the person edited");
    terminal.press("1").see("? [Y/n]").press("y");
    assert_eq!(terminal.end(), 0);
    assert_eq!(
        project.links(),
        "a1->None b1->a1 c1->b1 d1->c1 e1_one->d1 e1_two->e1"
    );
}

#[test]
fn a_dumb_terminal_takes_lines() {
    let project = damaged();
    let mut terminal = project.start(FIX, &[("TERM", "dumb")], (100, 60));
    terminal.see("What was meant?").press("2\r");
    terminal.see("Question 2 of 2").press("1\r");
    terminal.see("? [Y/n]").press("n\r");
    assert_eq!(terminal.end(), 1);
    let text = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    assert!(!text.contains("\u{1b}["), "{text:?}");
    project.assert_untouched();
}

/// An emptied merge revision is asked about with `-i` alone: the plan does not wait for it.
#[test]
fn an_emptied_merge_revision() {
    let project = Project::with(&[
        ("a1", "", "Users", USERS),
        ("b1", "a1", "Names", "pass"),
        ("c1", "a1", "Orders", "pass"),
        ("d1", "b1", "More", "pass"),
    ]);
    let merge = revision("m1", "b1\", \"c1", "Merge", "pass");
    project.repository.write(
        "versions/m1.py",
        &merge.replace("\"b1\", \"c1\"", "(\"b1\", \"c1\")"),
    );
    project.repository.commit("merged");
    let arguments = ["fix", "versions", "-i", "--base", "none", "--applied", "d1"];
    let mut terminal = project.start(&arguments, &[], (100, 60));
    terminal
        .see("The merge revision m1 joins nothing any more")
        .see("[k] >");
    terminal.press("r").see("write 2 files? [Y/n]").press("n");
    assert_eq!(terminal.end(), 1);
    project.assert_untouched();
    let mut terminal = project.start(&arguments, &[], (100, 60));
    terminal
        .see("[k] >")
        .press("\r")
        .see("write 2 files? [Y/n]")
        .press("y");
    assert_eq!(terminal.end(), 0);
    assert!(
        project.links().ends_with("c1->d1 d1->b1 m1->(\"c1\",)"),
        "{}",
        project.links()
    );
}
