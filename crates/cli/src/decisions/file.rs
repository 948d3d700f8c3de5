//! `--decisions FILE`: answers as JSON, in the form in which `fix --dry-run --format json` prints the
//! questions. Whoever answers puts one of a decision's options in the place of its `answer`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};
use rechain_history::{Graph, RevisionId};
use rechain_planner::{Answer, Arrangement, DecisionId, Objection};
use serde_json::Value;

use crate::code;
use crate::report::json::VERSION;
use crate::request::Hinted;

/// A file of answers.
pub(crate) struct DecisionsFile {
    name: String,
    /// By environment, then by decision.
    environments: BTreeMap<String, BTreeMap<String, Value>>,
}

impl DecisionsFile {
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
        Self::parse(name, &text)
    }

    fn parse(name: String, text: &str) -> anyhow::Result<Self> {
        let document: Value = serde_json::from_str(text)
            .map_err(|error| unfit(format!("{name} is not JSON: {error}")))?;
        match document.get("version").and_then(Value::as_u64) {
            Some(version) if version == u64::from(VERSION) => {}
            Some(version) => bail!(unfit(format!(
                "{name}: version {version} is not known to this rechain"
            ))),
            None => bail!(
                Hinted::new(
                    format!("{name} has no `version`: these are not decisions"),
                    "`rechain fix --dry-run --format json` prints a file to start from"
                )
                .under(&code::DECISIONS)
            ),
        }
        if let Some(command) = document.get("command").and_then(Value::as_str)
            && command != "fix"
        {
            bail!(unfit(format!(
                "{name} is an answer of `rechain {command}`, not of `rechain fix`"
            )));
        }
        let Some(list) = document.get("environments").and_then(Value::as_array) else {
            bail!(unfit(format!("{name}: `environments` is not a list")));
        };
        let mut environments = BTreeMap::new();
        for (at, environment) in list.iter().enumerate() {
            let Some(called) = environment.get("name").and_then(Value::as_str) else {
                bail!(unfit(format!("{name}: environments[{at}] has no `name`")));
            };
            let answers = answers(&name, &format!("environments[{at}]"), environment)?;
            if environments.insert(called.to_owned(), answers).is_some() {
                bail!(unfit(format!(
                    "{name}: environment `{called}` is there twice"
                )));
            }
        }
        Ok(Self { name, environments })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Fails where the file has answers for an environment that is not among `names`.
    pub(crate) fn expect(&self, names: &[&str]) -> anyhow::Result<()> {
        let is_pair = names.len() == 1 && self.environments.len() == 1;
        let strange = self
            .environments
            .iter()
            .find(|(name, answers)| !answers.is_empty() && !names.contains(&name.as_str()));
        match strange {
            Some((strange, _)) if !is_pair => bail!(
                Hinted::new(
                    format!("{}: there is no environment `{strange}` here", self.name),
                    format!("the environments are: {}", names.join(", "))
                )
                .under(&code::DECISIONS)
            ),
            _ => Ok(()),
        }
    }

    /// The answers for an environment. A file about one environment fits the only one of a run under
    /// any name: names are paths, and those differ from where a program is started.
    pub(crate) fn answers(
        &self,
        environment: &str,
        is_only: bool,
    ) -> Option<&BTreeMap<String, Value>> {
        let found = self.environments.get(environment);
        if found.is_none() && is_only && self.environments.len() == 1 {
            return self.environments.values().next();
        }
        found
    }
}

/// The one of `offered` that reads like the answer that `name` (a file, a flag) gives.
pub(super) fn choose(
    name: &str,
    id: &DecisionId,
    answer: &Value,
    offered: &[Answer],
) -> anyhow::Result<Answer> {
    let words: Vec<String> = offered.iter().map(ToString::to_string).collect();
    let Some(text) = answer.as_str() else {
        bail!(unfit(format!(
            "{name}: the answer to `{id}` is not a text: {answer}"
        )));
    };
    if let Some(at) = words.iter().position(|it| it == text) {
        return Ok(offered[at].clone());
    }
    let message = format!("{name}: `{text}` is no answer to `{id}`");
    if words.is_empty() {
        bail!(unfit(format!(
            "{message}: it cannot be answered, only repaired"
        )));
    }
    let known: Vec<&str> = words.iter().map(String::as_str).collect();
    let hint = match crate::suggestion::nearest(text, &known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("its answers are: `{}`", words.join("`, `")),
    };
    bail!(Hinted::new(message, hint).under(&code::DECISIONS))
}

/// The order that `name` gives for an arrangement.
pub(super) fn order(
    name: &str,
    id: &DecisionId,
    answer: &Value,
    arrangement: &Arrangement,
    graph: &Graph,
) -> anyhow::Result<Vec<RevisionId>> {
    let texts: Option<Vec<&str>> = answer
        .as_array()
        .and_then(|list| list.iter().map(Value::as_str).collect());
    let Some(texts) = texts else {
        bail!(unfit(format!(
            "{name}: the answer to `{id}` is not a list of revision ids"
        )));
    };
    let members: Vec<&str> = arrangement
        .members
        .iter()
        .map(|&member| graph[member].id.as_str())
        .collect();
    if let Some(unknown) = texts.iter().find(|it| !members.contains(it)) {
        bail!(unfit(format!(
            "{name}: `{id}`: {unknown} cannot be moved here"
        )));
    }
    if let Some(missing) = members.iter().find(|it| !texts.contains(it)) {
        bail!(unfit(format!("{name}: `{id}`: {missing} is missing")));
    }
    if texts.len() != members.len() {
        bail!(unfit(format!("{name}: `{id}`: a revision is there twice")));
    }
    let order: Vec<_> = texts.iter().filter_map(|it| graph.index(it)).collect();
    let objections = arrangement.objections(&order);
    if let Some(first) = objections.iter().find(|it: &&Objection| it.is_impossible()) {
        bail!(unfit(format!(
            "{name}: `{id}`: no such order: {}",
            first.words(graph)
        )));
    }
    Ok(texts.into_iter().map(RevisionId::from).collect())
}

/// An error of the file, with the way on.
fn unfit(message: String) -> Hinted {
    let hint = "`rechain fix --dry-run --format json` prints a file to start from";
    Hinted::new(message, hint).under(&code::DECISIONS)
}

/// What a part of the file answers: `answers` of a run, and `decisions` that somebody filled in.
fn answers(
    name: &str,
    place: &str,
    environment: &Value,
) -> anyhow::Result<BTreeMap<String, Value>> {
    let mut answers = BTreeMap::new();
    for key in ["answers", "decisions"] {
        let list = match environment.get(key) {
            None | Some(Value::Null) => continue,
            Some(Value::Array(list)) => list,
            Some(_) => bail!(unfit(format!("{name}: {place}.{key} is not a list"))),
        };
        for (at, entry) in list.iter().enumerate() {
            let Some(id) = entry.get("id").and_then(Value::as_str) else {
                bail!(unfit(format!("{name}: {place}.{key}[{at}] has no `id`")));
            };
            match entry.get("answer") {
                None | Some(Value::Null) => {}
                Some(answer) => {
                    let before = answers.insert(id.to_owned(), answer.clone());
                    if before.is_some_and(|it| it != *answer) {
                        bail!(unfit(format!(
                            "{name}: `{id}` is answered twice, and differently"
                        )));
                    }
                }
            }
        }
    }
    Ok(answers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        match DecisionsFile::parse("d.json".to_owned(), text) {
            Ok(_) => panic!("{text} is taken"),
            Err(error) => format!("{error:#}"),
        }
    }

    #[test]
    fn errors_name_the_place() {
        assert!(refused("{").starts_with("d.json is not JSON: "));
        assert_eq!(
            refused("{}"),
            "d.json has no `version`: these are not decisions"
        );
        assert_eq!(
            refused(r#"{"version": 99}"#),
            "d.json: version 99 is not known to this rechain"
        );
        assert_eq!(
            refused(r#"{"version": 1, "command": "check"}"#),
            "d.json is an answer of `rechain check`, not of `rechain fix`"
        );
        assert_eq!(
            refused(r#"{"version": 1, "environments": {}}"#),
            "d.json: `environments` is not a list"
        );
        assert_eq!(
            refused(r#"{"version": 1, "environments": [{"name": "a", "decisions": [{}]}]}"#),
            "d.json: environments[0].decisions[0] has no `id`"
        );
        let twice = r#"{"version": 1, "environments": [{"name": "a", "decisions":
            [{"id": "x", "answer": "1"}], "answers": [{"id": "x", "answer": "2"}]}]}"#;
        assert_eq!(
            refused(twice),
            "d.json: `x` is answered twice, and differently"
        );
    }

    #[test]
    fn an_answer_is_one_of_those_offered() {
        let text = r#"{"version": 1, "environments": [{"name": "a", "decisions":
            [{"id": "deployed:b+c", "answer": "b is deployed"}, {"id": "open", "answer": null}]}]}"#;
        let file = DecisionsFile::parse("d.json".to_owned(), text).expect("decisions");
        let answers = file.answers("somewhere/else", true).expect("the only one");
        assert_eq!(answers.len(), 1);
        assert!(file.answers("somewhere/else", false).is_none());
        let (b, c) = (RevisionId::from("b"), RevisionId::from("c"));
        let id = DecisionId::new("deployed", [&b, &c]);
        let offered = [
            Answer::Deployed(b),
            Answer::Deployed(c),
            Answer::NothingDeployed,
        ];
        let choose = |text: &str| choose(file.name(), &id, &Value::from(text), &offered);
        assert_eq!(choose("b is deployed").expect("it is offered"), offered[0]);
        let error = choose("none").expect_err("it is not offered");
        assert_eq!(
            error.to_string(),
            "d.json: `none` is no answer to `deployed:b+c`"
        );
    }
}
