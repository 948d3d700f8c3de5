//! Where answers come from: flags, a file, or a person on the terminal.

mod file;
mod flags;
pub(crate) mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::bail;
use rechain_planner::{Answer, Answers, Decision, DecisionId, Outcome};
use serde_json::{Value, json};

pub(crate) use self::file::DecisionsFile;
use self::file::{choose, order};
use self::flags::{FLAG, Flags, as_order};
use crate::code;
use crate::desk::Desk;
use crate::history::History;
use crate::request::Hinted;

/// The answers of one run.
#[derive(Default)]
pub(crate) struct Decided {
    /// By the name of the environment.
    given: BTreeMap<String, Answers>,
    file: Option<DecisionsFile>,
    flags: Flags,
    /// Whether the run has one environment only: a file about one fits it under any name.
    is_only: bool,
    /// Whether a person edited a file because of a conflict.
    pub(crate) is_edited: bool,
    /// Whether something was answered before the dialogue, to which a person may go back.
    pub(crate) can_go_back: bool,
}

impl Decided {
    /// With the answers of flags, `DECISION=ANSWER` each, and those of a file, where one is named.
    pub(crate) fn from(flags: &[String], file: Option<&Path>) -> anyhow::Result<Self> {
        Ok(Self {
            given: BTreeMap::new(),
            file: file.map(DecisionsFile::read).transpose()?,
            flags: Flags::new(flags),
            is_only: false,
            is_edited: false,
            can_go_back: false,
        })
    }

    /// Fails where the file is about an environment that this run does not have.
    pub(crate) fn expect_environments(&mut self, histories: &[History]) -> anyhow::Result<()> {
        self.is_only = histories.len() == 1;
        let Some(file) = &self.file else {
            return Ok(());
        };
        let names: Vec<&str> = histories
            .iter()
            .map(|it| it.environment.name.as_str())
            .collect();
        file.expect(&names)
    }

    /// The answers given so far in an environment.
    pub(crate) fn of(&self, environment: &str) -> Answers {
        self.given.get(environment).cloned().unwrap_or_default()
    }

    /// Keeps the answers of an environment, because its files are going to be read again.
    pub(crate) fn keep(&mut self, environment: &str, answers: Answers) {
        self.given.insert(environment.to_owned(), answers);
    }

    /// What a flag, else the file, answers to one question, and which of the two says so.
    pub(crate) fn said(&self, environment: &str, id: &DecisionId) -> Option<(&str, Value)> {
        if let Some(text) = self.flags.answer(id) {
            return Some((FLAG, Value::from(text)));
        }
        let file = self.file.as_ref()?;
        let answers = file.answers(environment, self.is_only)?;
        Some((file.name(), answers.get(id.as_str())?.clone()))
    }

    /// The one of `offered` that a flag or the file gives to one question.
    pub(crate) fn chosen(
        &self,
        environment: &str,
        id: &DecisionId,
        offered: &[Answer],
    ) -> anyhow::Result<Option<Answer>> {
        let said = self.said(environment, id);
        said.map(|(name, answer)| choose(name, id, &answer, offered))
            .transpose()
    }

    /// Fails where a flag answers a question that did not come up. While damage is open, what comes after it may
    /// still.
    pub(crate) fn expect_flags(&self, is_damage_open: bool) -> anyhow::Result<()> {
        let mut strange = self.flags.unused().into_iter();
        let strange =
            strange.find(|flag| !is_damage_open || !DecisionId::named(flag).is_about_order());
        match strange {
            None => Ok(()),
            Some(flag) => bail!(
                Hinted::new(
                    format!("{FLAG}: no decision that is open is answered by `{flag}`"),
                    "it is DECISION=ANSWER, as `rechain fix` prints it where it cannot ask"
                )
                .under(&code::DECISIONS)
            ),
        }
    }

    /// Fails where the file repairs damage that is not there, although all that is there is repaired.
    /// What else it answers comes up once the damage is mended.
    pub(crate) fn expect_damage(&self, environment: &str, used: &Answers) -> anyhow::Result<()> {
        let Some(file) = &self.file else {
            return Ok(());
        };
        let answers = file.answers(environment, self.is_only).into_iter();
        let ids = answers.flat_map(BTreeMap::keys);
        let is_used = |id: &String| used.iter().any(|(it, _)| it.as_str() == *id);
        let mut strange = ids.filter(|id| DecisionId::named(id).is_damage() && !is_used(id));
        match strange.next() {
            None => Ok(()),
            Some(id) => bail!(
                Hinted::new(
                    format!("{}: there is no damage `{id}` here", file.name()),
                    "take it out of the file"
                )
                .under(&code::DECISIONS)
            ),
        }
    }

    /// Answers what flags and the file answer. Every answer that the file has for this environment must be to a question
    /// that comes up, unless it is about damage: that is mended by now.
    pub(crate) fn answer_without_asking(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let environment = desk.history.environment.name.clone();
        let none = BTreeMap::new();
        let answers = self
            .file
            .as_ref()
            .and_then(|file| file.answers(&environment, self.is_only))
            .unwrap_or(&none);
        if answers.is_empty() && self.flags.is_empty() {
            return Ok(());
        }
        let has_order = answers.values().any(Value::is_array) || self.flags.has_order();
        if desk.is_sound() && !has_order {
            return Ok(());
        }
        let mut used = BTreeSet::new();
        loop {
            let mut progress = false;
            let planned = desk.outcome();
            let open = match &planned {
                Outcome::Open(open) => open.clone(),
                Outcome::Sound | Outcome::Plan(_) => desk.offered(&planned),
            };
            for decision in open {
                let id = decision.id(&desk.history.graph);
                let said = self.said(&environment, &id);
                let Some((name, answer)) = said.filter(|_| !used.contains(&id)) else {
                    continue;
                };
                let offered = match decision {
                    // Neither answer leaves anything open.
                    Decision::EmptiedMerge { .. } => decision.answers(&desk.history.graph),
                    _ => desk
                        .choices(&decision, None)
                        .into_iter()
                        .map(|it| (it.answer, it.is_default))
                        .collect(),
                };
                let offered: Vec<Answer> = offered.into_iter().map(|(answer, _)| answer).collect();
                let answer = choose(name, &id, &answer, &offered)?;
                desk.wishes.answers.give(id.clone(), answer);
                used.insert(id);
                progress = true;
            }
            for arrangement in desk.arrangements() {
                let id = arrangement.id.clone();
                let said = self.said(&environment, &id);
                let Some((name, answer)) = said.filter(|_| !used.contains(&id)) else {
                    continue;
                };
                let answer = as_order(answer);
                let order = order(name, &id, &answer, &arrangement, &desk.history.graph)?;
                desk.wishes.answers.give(id.clone(), Answer::Arrange(order));
                used.insert(id);
                progress = true;
            }
            if !progress {
                break;
            }
        }
        let is_used = |id: &String| used.iter().any(|it| it.as_str() == id.as_str());
        let left = answers
            .keys()
            .find(|id| !is_used(id) && !DecisionId::named(id).is_damage());
        let (Some(left), Some(file)) = (left, &self.file) else {
            return Ok(());
        };
        let open: Vec<String> = match desk.outcome() {
            Outcome::Open(open) => open
                .iter()
                .map(|it| format!("`{}`", it.id(&desk.history.graph)))
                .collect(),
            _ => Vec::new(),
        };
        let message = format!("{}: no decision `{left}` is open here", file.name());
        if open.is_empty() {
            let hint = "take it out of the file; nothing else is open";
            bail!(Hinted::new(message, hint).under(&code::DECISIONS));
        }
        let hint = format!("open: {}", open.join(", "));
        bail!(Hinted::new(message, hint).under(&code::DECISIONS));
    }
}

/// Answers as JSON: what `--decisions` takes.
pub(crate) fn to_json<'a>(answers: impl Iterator<Item = (&'a DecisionId, &'a Answer)>) -> Value {
    answers
        .map(|(id, answer)| json!({"id": id.as_str(), "answer": answer_json(answer)}))
        .collect()
}

fn answer_json(answer: &Answer) -> Value {
    match answer {
        Answer::Arrange(order) => order.iter().map(ToString::to_string).collect(),
        other => json!(other.to_string()),
    }
}

/// A decisions file with the answers of a run.
pub(crate) fn document<'a>(environments: impl Iterator<Item = (&'a str, &'a Answers)>) -> Value {
    json!({
        "version": crate::report::json::VERSION,
        "command": "fix",
        "environments": environments
            .map(|(name, answers)| json!({"name": name, "answers": to_json(answers.iter())}))
            .collect::<Vec<_>>(),
    })
}
