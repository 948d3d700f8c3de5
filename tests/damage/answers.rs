//! Off a terminal: whoever types what is printed, as it is printed, gets through.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::case::{Case, documented, said, succeeded, text};

impl Case {
    /// Types a line into a shell.
    fn typed(&self, line: &str) -> Output {
        let program = Path::new(env!("CARGO_BIN_EXE_rechain"));
        let mut places = vec![program.parent().unwrap().to_path_buf()];
        let path = std::env::var_os("PATH").unwrap_or_default();
        places.extend(std::env::split_paths(&path));
        let mut command = Command::new("sh");
        self.repository.isolate(&mut command);
        command
            .args(["-c", line])
            .current_dir(self.repository.path())
            .env_remove("ALEMBIC_CONFIG")
            .env("NO_COLOR", "1")
            .env("PATH", std::env::join_paths(places).unwrap())
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// Takes the first command that answers something, again and again, for as long as something is open; how often.
    fn led_through(&self, first: &str) -> usize {
        let mut line = first.to_owned();
        for count in 0..10 {
            let before = self.snapshot();
            let output = self.typed(&line);
            let text = said(&output);
            if output.status.code() == Some(0) {
                return count;
            }
            assert_eq!(output.status.code(), Some(3), "{line}\n{text}");
            assert!(self.snapshot() == before);
            let commands = text
                .lines()
                .map(|it| it.trim().trim_start_matches("hint: `"));
            let mut commands = commands.filter(|it| it.starts_with("rechain fix --a"));
            let command = commands
                .next()
                .unwrap_or_else(|| panic!("no command in {text}"));
            let command = command.split("`:").next().unwrap_or(command);
            command.clone_into(&mut line);
        }
        panic!("{line} leads nowhere");
    }
}

/// What may be meant by `dddd4444` is open, then what databases have.
fn two_with_one_id() -> Case {
    let case = Case::new();
    case.repository.switch("feature");
    case.write("eeee5555", &text("eeee5555", "bbbb2222"));
    for name in ["o'ne", "two"] {
        case.repository.write(
            format!("migrations/versions/dddd4444_{name}.py"),
            &documented(
                "dddd4444",
                "cccc3333",
                "cccc3333",
                &format!("op.execute(\"{name}\")"),
            ),
        );
    }
    case
}

#[test]
fn the_commands_that_are_printed_lead_through() {
    let case = two_with_one_id();
    assert_eq!(case.led_through("rechain fix"), 1);
    let links = case.links().unwrap();
    assert_eq!(links.len(), 6, "{links:?}");
    succeeded(&case.typed("rechain check"));
}

#[test]
fn each_command_says_again_what_was_said() {
    let case = two_with_one_id();
    // The id, which side stays, in an environment that is named.
    assert_eq!(
        case.led_through("rechain fix -c alembic.ini --base none"),
        2
    );
    succeeded(&case.typed("rechain check"));
    let case = two_with_one_id();
    assert_eq!(case.led_through("rechain fix . --strict --base none"), 3);
}

#[test]
fn the_file_that_is_described_leads_through() {
    let case = two_with_one_id();
    let output = case.typed("rechain fix");
    let text = said(&output);
    assert_eq!(output.status.code(), Some(3), "{text}");
    let hint = text
        .lines()
        .find_map(|it| it.strip_prefix("hint: or all at once: "))
        .unwrap_or_else(|| panic!("{text}"));
    let commands: Vec<&str> = hint
        .split('`')
        .filter(|it| it.starts_with("rechain"))
        .collect();
    assert!(hint.contains("put an answer of its options in the place of each `\"answer\": null`"));
    case.typed(commands[0]);
    let file = case.repository.path().join("decisions.json");
    let mut document: Value = serde_json::from_slice(&fs::read(&file).unwrap()).expect("JSON");
    for decision in document["environments"][0]["decisions"]
        .as_array_mut()
        .unwrap()
    {
        decision["answer"] = decision["options"][1]["answer"].clone();
    }
    fs::write(&file, document.to_string()).unwrap();
    succeeded(&case.typed(commands[1]));
    succeeded(&case.typed("rechain check"));
}

#[test]
fn the_json_has_the_commands_too() {
    let case = two_with_one_id();
    let output = case.typed("rechain fix --format json");
    let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let option = &document["environments"][0]["decisions"][0]["options"][1];
    succeeded(&case.typed(option["command"].as_str().expect("a command")));
}

#[test]
fn an_answer_to_nothing_is_an_error() {
    let case = two_with_one_id();
    let before = case.snapshot();
    for (answer, words) in [
        (
            "duplicate:dddd4444=x",
            "no decision that is open is answered by `duplicate:dddd4444=x`",
        ),
        (
            "missing-parent:a+b=x",
            "no decision that is open is answered by `missing-parent:a+b=x`",
        ),
        (
            "duplicate-id:dddd4444=x",
            "--answer: `x` is no answer to `duplicate-id:dddd4444`",
        ),
    ] {
        let output = case.typed(&format!("rechain fix --answer '{answer}'"));
        let text = said(&output);
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains(words), "{text}");
        assert!(case.snapshot() == before);
    }
    // What may come up once the damage is repaired waits for that.
    let output =
        case.typed("rechain fix --answer 'deployed:cccc3333+eeee5555=nothing is deployed'");
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
}
