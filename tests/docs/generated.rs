//! The reference pages, made from the program's own definitions.

use std::fmt::Write as _;

use clap::{Arg, ArgAction, Command};
use rechain::code;
use rechain_testing::root;

#[test]
fn commands_are_those_of_the_program() {
    super::must_be(&root().join("docs/reference/commands.md"), &commands());
}

#[test]
fn codes_are_those_of_the_program() {
    super::must_be(&root().join("docs/reference/codes.md"), &codes());
}

fn commands() -> String {
    let mut program = rechain::command();
    program.build();
    let mut page = String::from("# Commands\n\nMade from the definitions that `--help` shows.\n\n");
    about(&program, &mut page);
    let visible: Vec<&Command> = program
        .get_subcommands()
        .filter(|it| !it.is_hide_set() && it.get_name() != "help")
        .collect();
    writeln!(page, "| command | |\n|---|---|").expect("writing to a string");
    for command in &visible {
        let name = command.get_name();
        let short = command.get_about().map(ToString::to_string);
        writeln!(
            page,
            "| [`rechain {name}`](#rechain-{name}) | {} |",
            cell(&short.unwrap_or_default())
        )
        .expect("writing to a string");
    }
    writeln!(page, "\n## Options of every command\n").expect("writing to a string");
    options(
        program.get_arguments().filter(|it| it.is_global_set()),
        &mut page,
    );
    for command in visible {
        writeln!(page, "\n## rechain {}\n", command.get_name()).expect("writing to a string");
        about(command, &mut page);
        let usage = command.clone().render_usage().to_string();
        let usage = usage.trim_start_matches("Usage:").trim();
        writeln!(page, "```text\n{usage}\n```\n").expect("writing to a string");
        options(
            command.get_arguments().filter(|it| !it.is_global_set()),
            &mut page,
        );
    }
    while page.ends_with("\n\n") {
        page.pop();
    }
    page
}

fn about(command: &Command, page: &mut String) {
    let text = command.get_long_about().or_else(|| command.get_about());
    if let Some(text) = text {
        writeln!(page, "{}\n", markdown(&text.to_string())).expect("writing to a string");
    }
}

/// A table of arguments and options; nothing where there are none.
fn options<'a>(arguments: impl Iterator<Item = &'a Arg>, page: &mut String) {
    let shown: Vec<&Arg> = arguments
        .filter(|it| !it.is_hide_set() && !["help", "version"].contains(&it.get_id().as_str()))
        .collect();
    if shown.is_empty() {
        return;
    }
    writeln!(page, "| option | meaning |\n|---|---|").expect("writing to a string");
    for argument in shown {
        let help = argument.get_long_help().or_else(|| argument.get_help());
        let mut meaning = cell(&help.map(ToString::to_string).unwrap_or_default());
        let values: Vec<String> = argument
            .get_possible_values()
            .iter()
            .filter(|it| !it.is_hide_set())
            .map(|value| {
                let name = format!("`{}`", value.get_name());
                match value.get_help() {
                    Some(help) => format!("{name} ({help})"),
                    None => name,
                }
            })
            .collect();
        let takes_value = argument.get_action().takes_values();
        if takes_value && !values.is_empty() {
            write!(meaning, ". One of {}", cell(&values.join(", "))).expect("writing to a string");
        }
        let defaults: Vec<String> = argument
            .get_default_values()
            .iter()
            .map(|it| it.to_string_lossy().into_owned())
            .collect();
        if takes_value && !defaults.is_empty() {
            write!(meaning, "; by default `{}`", defaults.join(" ")).expect("writing to a string");
        }
        if matches!(argument.get_action(), ArgAction::Append) && !argument.is_positional() {
            meaning.push_str(". May be given several times");
        }
        writeln!(page, "| {} | {meaning} |", names(argument)).expect("writing to a string");
    }
}

/// `-c`, `--config FILE`, or `[PATH]`.
fn names(argument: &Arg) -> String {
    if argument.is_positional() {
        return format!("`{}`", cell(&argument.to_string()));
    }
    let value = argument
        .get_value_names()
        .filter(|_| argument.get_action().takes_values())
        .map(|names| names.join(" "))
        .map(|names| format!(" {names}"))
        .unwrap_or_default();
    let short = argument.get_short().map(|it| format!("`-{it}`"));
    let aliases = argument.get_visible_aliases().unwrap_or_default();
    let long = argument
        .get_long()
        .into_iter()
        .chain(aliases)
        .map(|it| format!("`--{it}{value}`"));
    short.into_iter().chain(long).collect::<Vec<_>>().join(", ")
}

fn cell(text: &str) -> String {
    markdown(text).replace('|', "\\|").replace('\n', " ")
}

fn markdown(text: &str) -> String {
    text.replace('<', "&lt;")
}

fn codes() -> String {
    let mut page = String::from(
        "# Problem codes\n\nMade from the texts that `rechain rule CODE` prints. A code and its name never \
         change their meaning.\n\n| code | name | |\n|---|---|---|\n",
    );
    for code in code::ALL {
        writeln!(
            page,
            "| [{}](#{}-{}) | `{}` | {} |",
            code.id,
            code.id.to_lowercase(),
            code.name,
            code.name,
            cell(code.summary)
        )
        .expect("writing to a string");
    }
    for code in code::ALL {
        write!(
            page,
            "\n## {} {}\n\n{}\n\n{}\n",
            code.id,
            code.name,
            markdown(code.summary),
            markdown(code.explanation)
        )
        .expect("writing to a string");
    }
    page
}
