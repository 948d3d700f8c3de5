//! The list in the editor.

use std::fs;

use crate::project::Project;

const EDIT: &[&str] = &[
    "fix",
    "versions",
    "--applied",
    "none",
    "--edit-order=editor",
];

fn open(project: &Project, script: &str) -> rechain_testing::terminal::Terminal {
    let editor = project.editor(script);
    project.start(
        EDIT,
        &[("GIT_EDITOR", &editor), ("EDITOR", "false")],
        (80, 60),
    )
}

#[test]
fn a_list_is_put_in_order() {
    let project = Project::forked();
    let script = "cp \"$1\" .git/list; grep -v '^#' .git/list | grep . | sed '1!G;h;$!d' > \"$1\"";
    let mut terminal = open(&project, script);
    terminal.see("write 1 file? [Y/n]").press("y");
    assert_eq!(terminal.end(), 0);
    assert_eq!(project.links(), "a1->None b1->c1 c1->a1");
    let list = fs::read_to_string(project.repository.path().join(".git/list")).expect("a list");
    let name = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/screens/list.txt");
    if std::env::var_os("RECHAIN_BLESS").is_some() {
        fs::write(&name, &list).expect("a file");
    }
    assert_eq!(list, fs::read_to_string(name).unwrap_or_default());
}

#[test]
fn an_impossible_order_comes_back_with_the_reason() {
    let project = Project::with(&[
        ("a1", "", "Users", crate::project::USERS),
        (
            "b1",
            "a1",
            "Orders",
            "op.create_table(\"orders\", sa.Column(\"id\", sa.Integer()))",
        ),
        (
            "b2",
            "b1",
            "Totals",
            "op.add_column(\"orders\", sa.Column(\"total\", sa.Integer()))",
        ),
        (
            "c1",
            "a1",
            "Names",
            "op.add_column(\"users\", sa.Column(\"name\", sa.Text()))",
        ),
    ]);
    // The first time the wrong way round, the second time right.
    let script = "cp \"$1\" .git/list.$(ls .git | grep -c '^list')
if [ -e .git/list.1 ]; then printf 'b1\\nc1\\nb2\\n' > \"$1\"; else printf 'b2\\nb1\\nc1\\n' > \"$1\"; fi";
    let mut terminal = open(&project, script);
    terminal.see("write 2 files? [Y/n]").press("y");
    assert_eq!(terminal.end(), 0);
    let back = fs::read_to_string(project.repository.path().join(".git/list.1")).expect("a list");
    assert_eq!(
        back,
        "# This order cannot be made:\n#   b2 needs column orders.total, made in b1\nb2\nb1\nc1\n"
            .replace("column orders.total", "table orders")
    );
    assert_eq!(project.links(), "a1->None b1->a1 b2->c1 c1->b1");
}

#[test]
fn an_editor_that_insists_is_not_asked_for_ever() {
    let project = Project::forked();
    let mut terminal = open(
        &project,
        "printf 'b1\\n' > \"$1.new\"; grep -v . \"$1.new\"; grep -q '^# This' \"$1\" || cp \"$1.new\" \"$1\"",
    );
    terminal.see("c1 is missing");
    assert_eq!(terminal.end(), 2);
    project.assert_untouched();
}

#[test]
fn an_empty_list_changes_nothing() {
    let project = Project::forked();
    let mut terminal = open(&project, ": > \"$1\"");
    terminal.see("nothing was decided");
    assert_eq!(terminal.end(), 3);
    project.assert_untouched();
}

#[test]
fn an_editor_that_fails_changes_nothing() {
    let project = Project::forked();
    let mut terminal = open(&project, "exit 1");
    terminal.see("nothing was taken over");
    assert_eq!(terminal.end(), 2);
    project.assert_untouched();
}

#[test]
fn ctrl_c_in_the_editor_is_the_editors() {
    let project = Project::forked();
    // It takes Ctrl-C for a key of its own, as vi does.
    let script = "trap 'echo caught' INT; echo ready; read line || read line; : > \"$1\"";
    let mut terminal = open(&project, script);
    terminal
        .see("ready")
        .press("\u{3}")
        .see("caught")
        .press("x\r");
    terminal.see("nothing was decided");
    assert_eq!(terminal.end(), 3);
    project.assert_untouched();
}

/// On a straight chain there is no side to choose, and what may move is not known either: a person must say it,
/// on a terminal and off it.
#[test]
fn what_may_move_in_a_straight_chain_has_to_be_said() {
    let project = Project::with(&[
        ("a1", "", "Users", crate::project::USERS),
        ("b1", "a1", "Orders", "pass"),
    ]);
    let arguments = ["fix", "versions", "--base", "none", "--edit-order=editor"];
    let mut terminal = project.start(&arguments, &[("EDITOR", "false")], (80, 60));
    terminal.see("so no revision can be moved");
    terminal.see("--applied REV");
    assert_eq!(terminal.end(), 3);
    project.assert_untouched();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_rechain"))
        .args(arguments)
        .current_dir(project.repository.path())
        .output()
        .expect("the program");
    assert_eq!(output.status.code(), Some(3));
    project.assert_untouched();
}
