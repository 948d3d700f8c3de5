//! The full-screen view.

use std::time::{Duration, Instant};

use rechain_testing::terminal::Terminal;

use crate::project::{
    CTRL_C, CTRL_D, DOWN, END, ESCAPE, HOME, PAGE_DOWN, PAGE_UP, Project, SHIFT_DOWN, SHIFT_UP, UP,
    assert_screen,
};

const ORDER: &[&str] = &["fix", "versions", "--applied", "none", "--edit-order"];

fn view(project: &Project, size: (u16, u16)) -> Terminal {
    let mut terminal = project.start(ORDER, &[], size);
    terminal.see("Order of");
    terminal
}

/// The ids in the order of the list.
fn order(terminal: &Terminal) -> String {
    let screen = terminal.screen();
    let ids: Vec<&str> = screen
        .lines()
        .skip(2)
        .take_while(|line| !line.starts_with('─'))
        .filter_map(|line| {
            line.split_whitespace()
                .find(|word| word.len() == 2 && word.is_ascii())
        })
        .collect();
    ids.join(" ")
}

/// Waits until the list has this order.
fn see_order(terminal: &Terminal, wanted: &str) {
    let until = Instant::now() + Duration::from_secs(30);
    while order(terminal) != wanted {
        assert!(Instant::now() < until, "{wanted}: {}", terminal.screen());
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn the_founding_example_at_two_sizes() {
    for (size, name) in [
        ((80, 24), "order-founding-80x24.txt"),
        ((160, 50), "order-founding-160x50.txt"),
    ] {
        let project = Project::founding();
        let mut terminal = project.start(&["fix", "--edit-order"], &[], size);
        terminal.see("Order of");
        assert_screen(&terminal, name);
        terminal.press("q").see("nothing was decided");
        assert_eq!(terminal.end(), 3);
        project.assert_untouched();
    }
}

#[test]
fn a_conflict_at_two_sizes() {
    for (size, name) in [
        ((80, 24), "order-conflict-80x24.txt"),
        ((160, 50), "order-conflict-160x50.txt"),
    ] {
        let project = Project::in_conflict();
        let mut terminal = view(&project, size);
        assert_screen(&terminal, name);
        terminal.press("q");
        assert_eq!(terminal.end(), 3);
        project.assert_untouched();
    }
}

#[test]
fn revisions_are_moved_with_every_key_for_it() {
    let project = Project::forked();
    let mut terminal = view(&project, (80, 24));
    let first = order(&terminal);
    assert_eq!(first, "b1 c1");
    for (there, back) in [
        ("J", "K"),
        (SHIFT_DOWN, SHIFT_UP),
        (&format!(" {DOWN} "), &format!(" {UP} ")),
        (" j ", " k "),
    ] {
        see_order(terminal.press(there), "c1 b1");
        see_order(terminal.press(back), "b1 c1");
    }
    // Choosing alone moves nothing; nor does moving beyond the ends.
    terminal
        .press(DOWN)
        .press(UP)
        .press("j")
        .press("k")
        .press(END)
        .press(HOME)
        .press("K");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(order(&terminal), "b1 c1");
    see_order(terminal.press("G").press("J").press("K"), "c1 b1");
    see_order(terminal.press("r"), "b1 c1");
    terminal.press("g").press(ESCAPE).see("nothing was decided");
    assert_eq!(terminal.end(), 3);
    project.assert_untouched();
}

/// Escape takes back what is being moved before it leaves.
#[test]
fn what_is_picked_up_goes_back() {
    let project = Project::forked();
    let mut terminal = view(&project, (80, 24));
    terminal.press(" ").see("esc back");
    see_order(terminal.press(DOWN), "c1 b1");
    terminal.press(ESCAPE).see_gone("esc back");
    see_order(&terminal, "b1 c1");
    terminal.press(ESCAPE).see("nothing was decided");
    assert_eq!(terminal.end(), 3);
    project.assert_untouched();
}

#[test]
fn an_order_is_taken_and_written() {
    let project = Project::forked();
    let mut terminal = view(&project, (80, 40));
    terminal
        .press("J")
        .see("1 file would be edited")
        .press("\r");
    terminal.see("write 1 file? [Y/n]");
    project.assert_untouched();
    terminal.press("y");
    assert_eq!(terminal.end(), 0);
    assert_eq!(project.links(), "a1->None b1->c1 c1->a1");
}

#[test]
fn an_impossible_order_is_said_at_once_and_not_taken() {
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
    let mut terminal = view(&project, (80, 24));
    terminal.press("j").press("K").press("g").see("Order of");
    if !terminal.screen().contains('✗') {
        terminal.press("G").press("K").press("K");
    }
    terminal.see("b2 needs").see("made in b1");
    assert_screen(&terminal, "order-impossible-80x24.txt");
    // Enter does nothing then.
    terminal.press("\r").see("made in b1");
    terminal.press(CTRL_C);
    assert_eq!(terminal.end(), 3);
    project.assert_untouched();
}

#[test]
fn help_scrolling_and_the_editor() {
    let project = Project::founding();
    let editor = project.editor("cp \"$1\" .git/list");
    let environment = [("EDITOR", editor.as_str())];
    let mut terminal = project.start(&["fix", "--edit-order"], &environment, (80, 24));
    terminal.see("Order of").press("?").see("any key goes back");
    assert_screen(&terminal, "order-help-80x24.txt");
    terminal.press("x").see_gone("any key goes back");
    let before = terminal.screen();
    terminal.press(PAGE_DOWN).see("Order of");
    std::thread::sleep(Duration::from_millis(300));
    assert_ne!(terminal.screen(), before, "the diff was scrolled");
    terminal.press(PAGE_UP);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(terminal.screen(), before);
    terminal.press("e").see("Order of");
    std::thread::sleep(Duration::from_millis(500));
    assert!(project.repository.path().join(".git/list").exists());
    assert_eq!(terminal.screen(), before, "the order is the same");
    terminal.press("q");
    assert_eq!(terminal.end(), 3);
    project.assert_untouched();
}

#[test]
fn the_window_may_be_resized_or_too_small() {
    let project = Project::forked();
    let mut terminal = view(&project, (80, 24));
    terminal.resize(160, 50).see("│");
    terminal.resize(25, 6).see("needs 30x8");
    terminal.resize(50, 12).see("Order of");
    assert_screen(&terminal, "order-narrow-50x12.txt");
    terminal.resize(3, 2);
    terminal.press(CTRL_D);
    assert_eq!(terminal.end(), 3);
    project.assert_untouched();
}

#[test]
fn without_colour_only_places_are_said() {
    let project = Project::forked();
    let mut terminal = project.start(ORDER, &[("NO_COLOR", "1")], (80, 24));
    terminal.see("Order of").press("J").see("c1").press("q");
    assert_eq!(terminal.end(), 3);
    let text = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    // Sequences that set colours and attributes end in `m`.
    let is_coloured = text.split("\u{1b}[").skip(1).any(|rest| {
        let end = rest.find(|c: char| c.is_ascii_alphabetic());
        end.is_some_and(|end| rest[end..].starts_with('m'))
    });
    assert!(!is_coloured, "{text:?}");
}

#[test]
fn a_dumb_terminal_gets_the_editor() {
    let project = Project::forked();
    let editor = project.editor(": > \"$1\"");
    let environment = [("TERM", "dumb"), ("EDITOR", editor.as_str())];
    let mut terminal = project.start(ORDER, &environment, (80, 24));
    terminal.see("nothing was decided");
    assert_eq!(terminal.end(), 3);
    let arguments = ["fix", "versions", "--applied", "none", "--edit-order=view"];
    let mut terminal = project.start(&arguments, &[("TERM", "dumb")], (80, 24));
    terminal.see("--edit-order=editor");
    assert_eq!(terminal.end(), 2);
    project.assert_untouched();
}

#[test]
fn a_signal_gives_the_terminal_back() {
    let project = Project::forked();
    let mut terminal = view(&project, (80, 24));
    let process = terminal.process().to_string();
    let killed = std::process::Command::new("kill").arg(&process).status();
    assert!(killed.expect("kill").success());
    terminal.end();
    project.assert_untouched();
}

#[test]
fn it_opens_from_the_dialogue() {
    let project = Project::in_conflict();
    let mut terminal = project.start(&["fix", "versions", "--applied", "none"], &[], (80, 50));
    terminal
        .see("Planned order: b1, then c1")
        .press("o")
        .see("Order of")
        .press("q");
    terminal
        .see("Planned order: b1, then c1")
        .press("o")
        .see("Order of")
        .press("J")
        .press("\r");
    terminal
        .see("Planned order: c1, then b1")
        .press("k")
        .see("? [Y/n]")
        .press("y");
    assert_eq!(terminal.end(), 0);
    assert_eq!(project.links(), "a1->None b1->c1 c1->a1 d1->b1");
}

/// Where nothing shows that the order is right, the view says so before the order is taken.
#[test]
fn what_is_not_proven_is_said_in_words() {
    let project = Project::with(&[
        ("a1", "", "Users", crate::project::USERS),
        ("b1", "a1", "Names", "op.execute(something())"),
        ("c1", "a1", "Orders", "other_things()"),
    ]);
    let mut terminal = view(&project, (80, 24));
    terminal.see("? b1 before c1 is not proven: ");
    assert_screen(&terminal, "order-unknown-80x24.txt");
    terminal
        .press(SHIFT_DOWN)
        .see("? c1 before b1 is not proven: ");
    terminal.press("q");
    assert_eq!(terminal.end(), 3);
    project.assert_untouched();
}
