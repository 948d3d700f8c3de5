//! `--answer DECISION=ANSWER`: one answer on the command line, as `fix` prints it where it cannot ask.

use std::cell::RefCell;
use std::collections::BTreeSet;

use rechain_planner::DecisionId;
use serde_json::Value;

/// How it is called in messages.
pub(super) const FLAG: &str = "--answer";

/// The answers on the command line, and which of them were of use.
#[derive(Default)]
pub(super) struct Flags {
    list: Vec<String>,
    used: RefCell<BTreeSet<usize>>,
}

impl Flags {
    pub(super) fn new(list: &[String]) -> Self {
        Self {
            list: list.to_vec(),
            used: RefCell::default(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The answer to a decision; of several the last. Ids of revisions may hold `=` themselves.
    pub(super) fn answer(&self, id: &DecisionId) -> Option<&str> {
        let mut found = None;
        for (at, flag) in self.list.iter().enumerate() {
            let answer = flag
                .strip_prefix(id.as_str())
                .and_then(|it| it.strip_prefix('='));
            if answer.is_some() {
                self.used.borrow_mut().insert(at);
                found = answer;
            }
        }
        found
    }

    /// Those that answered nothing.
    pub(super) fn unused(&self) -> Vec<&str> {
        let used = self.used.borrow();
        let list = self.list.iter().enumerate();
        list.filter(|(at, _)| !used.contains(at))
            .map(|(_, flag)| flag.as_str())
            .collect()
    }

    /// Whether one of them is an order of revisions.
    pub(super) fn has_order(&self) -> bool {
        self.list.iter().any(|flag| flag.starts_with("order:"))
    }
}

/// An order on the command line: ids with blanks between them.
pub(super) fn as_order(answer: Value) -> Value {
    match answer {
        Value::String(text) => text.split_whitespace().collect(),
        list => list,
    }
}

#[cfg(test)]
mod tests {
    use rechain_history::RevisionId;

    use super::*;

    #[test]
    fn an_answer_is_found_by_the_whole_name_of_its_decision() {
        let flags = Flags::new(&[
            "loop:a=b=a follows c".to_owned(),
            "loop:a=x".to_owned(),
            "loop:z=y".to_owned(),
        ]);
        let id = |id: &str| DecisionId::new("loop", [&RevisionId::from(id)]);
        assert_eq!(flags.answer(&id("a=b")), Some("a follows c"));
        assert_eq!(flags.unused(), ["loop:a=x", "loop:z=y"]);
        assert_eq!(flags.answer(&id("a")), Some("x"));
        assert_eq!(flags.answer(&id("q")), None);
        assert_eq!(flags.unused(), ["loop:z=y"]);
    }
}
