//! Every `rechain` command line that a document, hook or workflow names, against clap's definitions.

use std::fs;
use std::path::PathBuf;

use clap::error::ErrorKind;
use rechain_testing::root;

/// Where commands are named besides `docs/`.
const FILES: &[&str] = &[
    "README.md",
    "CHANGELOG.md",
    "RELEASE.md",
    "action.yml",
    ".pre-commit-hooks.yaml",
    ".github/workflows/ci.yml",
    ".github/workflows/release.yml",
    ".ci/run",
    ".ci/slow",
];

#[test]
fn named_commands_and_options_exist() {
    let files = FILES.iter().map(|name| root().join(name));
    let files: Vec<PathBuf> = files.chain(super::pages()).collect();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for file in files {
        let text = fs::read_to_string(&file)
            .unwrap_or_else(|error| panic!("cannot read {}: {error}", file.display()));
        let is_markdown = file.extension().is_some_and(|it| it == "md");
        for code in if is_markdown {
            code_of(&text)
        } else {
            vec![text]
        } {
            for words in command_lines(&code) {
                seen += 1;
                if let Some(error) = error_of(&words) {
                    wrong.push(format!("{}: {}: {error}", file.display(), words.join(" ")));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 50, "only {seen} commands were found");
}

/// What stands in code blocks (what is typed in transcripts, everything in others) and in backticks.
fn code_of(page: &str) -> Vec<String> {
    let mut code = Vec::new();
    let mut fence: Option<&str> = None;
    let mut prose = String::new();
    for line in page.lines() {
        match fence {
            None => match line.trim_start().strip_prefix("```") {
                Some(language) => fence = Some(language),
                None => {
                    prose.push_str(line);
                    prose.push('\n');
                }
            },
            Some(_) if line.trim_start().starts_with("```") => fence = None,
            Some("console") => code.extend(line.strip_prefix("$ ").map(str::to_owned)),
            // Help texts and diffs.
            Some("text" | "diff") => {}
            Some(_) => code.push(line.to_owned()),
        }
    }
    code.extend(
        prose
            .split('`')
            .skip(1)
            .step_by(2)
            .map(|it| it.replace('\n', " ")),
    );
    code
}

/// The words of every call of the program in a piece of shell, YAML or prose.
fn command_lines(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for line in code.lines().map(without_defaults) {
        for (at, _) in line.match_indices("rechain") {
            let before = line[..at].trim_end_matches(['\'', '"', '(', '{', ' ', '`', '!']);
            let starts = before.is_empty()
                || before.ends_with(['$', ';', '|', '&', ':'])
                || ["exec", "then", "do", "run", "if", "uvx", "pipx run", "-c"]
                    .iter()
                    .any(|word| before.ends_with(word));
            let is_word = line[..at]
                .chars()
                .next_back()
                .is_none_or(|it| !it.is_alphanumeric() && !"/.-_=@".contains(it));
            let rest = &line[at + "rechain".len()..];
            if !(starts && is_word && rest.starts_with(' ')) {
                continue;
            }
            let end = rest
                .find([';', '|', '&', '<', '>', '`', ')', '#', '\\'])
                .unwrap_or(rest.len());
            let words: Vec<String> = rest[..end]
                .split_whitespace()
                .map(|word| word.trim_matches(['\'', '"', ',']).to_owned())
                .filter(|word| !word.is_empty() && word != "...")
                .collect();
            if !words.is_empty() {
                found.push(words);
            }
        }
    }
    found
}

/// `${NAME:+WORDS}` as where NAME is set.
fn without_defaults(line: &str) -> String {
    let mut rest = line;
    let mut text = String::new();
    while let Some((before, after)) = rest.split_once("${") {
        text.push_str(before);
        let (inside, after) = after.split_once('}').unwrap_or((after, ""));
        text.push_str(inside.split_once(":+").map_or("$NAME", |(_, words)| words));
        rest = after;
    }
    text + rest
}

/// What is wrong with a command line; that something is left out is not.
fn error_of(words: &[String]) -> Option<String> {
    let command = rechain::command();
    let first = &words[0];
    let is_plain = first.chars().all(|it| it.is_ascii_lowercase());
    if is_plain && command.find_subcommand(first).is_none() {
        return Some("no such command".to_owned());
    }
    let words = words
        .iter()
        .map(|word| word.trim_matches(['[', ']']).trim_end_matches("..."));
    let error = command
        .try_get_matches_from(std::iter::once("rechain").chain(words))
        .err()?;
    match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::MissingRequiredArgument
        | ErrorKind::MissingSubcommand => None,
        _ => Some(error.to_string()),
    }
}

#[test]
fn what_does_not_exist_is_noticed() {
    let page = "Use `rechain chekc` or `rechain fix --nope`.\n\n```sh\nif rechain fix --yes; then exit; fi\n```\n\
                ```yaml\nentry: rechain check --format gitlab\n```\n";
    let lines: Vec<Vec<String>> = code_of(page)
        .iter()
        .flat_map(|it| command_lines(it))
        .collect();
    let errors: Vec<bool> = lines.iter().map(|it| error_of(it).is_some()).collect();
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert_eq!(errors.iter().filter(|it| **it).count(), 3, "{lines:?}");
}
