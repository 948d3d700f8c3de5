//! What a person decided, as a value: prompts, flags and a file are three sources of it.

use std::collections::BTreeMap;
use std::fmt;

use rechain_history::{Graph, RevIndex, RevisionId};

/// The name of a decision. It depends on the revisions that the question is about and on nothing
/// else, so an answer given on one machine is found again on another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DecisionId(String);

impl DecisionId {
    /// `KIND:ID+ID`, the ids sorted.
    pub fn new<'i>(kind: &str, ids: impl IntoIterator<Item = &'i RevisionId>) -> Self {
        let mut ids: Vec<&str> = ids.into_iter().map(RevisionId::as_str).collect();
        ids.sort_unstable();
        ids.dedup();
        Self(format!("{kind}:{}", ids.join("+")))
    }

    /// The one of this name.
    pub fn named(name: &str) -> Self {
        Self(name.to_owned())
    }

    pub(crate) fn of(
        kind: &str,
        graph: &Graph,
        members: impl IntoIterator<Item = RevIndex>,
    ) -> Self {
        let ids: Vec<RevisionId> = members.into_iter().map(|it| graph[it].id.clone()).collect();
        Self::new(kind, &ids)
    }

    /// Whether it is a question that comes up only once the graph is whole.
    pub fn is_about_order(&self) -> bool {
        let kinds = [
            "deployed",
            "published",
            "displaced",
            "conflict",
            "unknown",
            "merge",
            "order",
        ];
        let kind = self.0.split_once(':').map(|(kind, _)| kind);
        kind.is_some_and(|kind| kinds.contains(&kind))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DecisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// A database stands on this revision, so it stays with everything below it.
    Deployed(RevisionId),
    /// No database has any of the revisions in question.
    NothingDeployed,
    /// No database has this revision or anything above it.
    NotDeployed(RevisionId),
    /// Of two revisions that conflict, `before` runs first all the same.
    Keep {
        /// What runs first.
        before: RevisionId,
        /// What runs later.
        after: RevisionId,
    },
    /// What is not understood goes where it was planned to go.
    Accept,
    /// The revisions of an [`Arrangement`](crate::Arrangement) in this order, the first at the bottom.
    Arrange(Vec<RevisionId>),
    /// Damage is repaired in this way: the name of the repair.
    Repair(String),
    /// A merge revision that does nothing any more goes.
    Remove,
    /// It stays as a link.
    Stay,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, ids: &[RevisionId]| {
            let ids: Vec<&str> = ids.iter().map(RevisionId::as_str).collect();
            f.write_str(&ids.join(" "))
        };
        match self {
            Self::Deployed(id) => write!(f, "{id} is deployed"),
            Self::NothingDeployed => f.write_str("nothing is deployed"),
            Self::NotDeployed(id) => write!(f, "{id} is not deployed"),
            Self::Keep { before, after } => write!(f, "{before} before {after}"),
            Self::Accept => f.write_str("accept"),
            Self::Arrange(order) => list(f, order),
            Self::Repair(name) => f.write_str(name),
            Self::Remove => f.write_str("remove"),
            Self::Stay => f.write_str("keep"),
        }
    }
}

/// The answers given so far, by decision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    by_id: BTreeMap<DecisionId, Answer>,
}

impl Answers {
    /// Takes an answer; one that was given before to the same question is replaced and returned.
    pub fn give(&mut self, id: DecisionId, answer: Answer) -> Option<Answer> {
        self.by_id.insert(id, answer)
    }

    /// Forgets an answer.
    pub fn take_back(&mut self, id: &DecisionId) -> Option<Answer> {
        self.by_id.remove(id)
    }

    /// The answer to a decision.
    pub fn get(&self, id: &DecisionId) -> Option<&Answer> {
        self.by_id.get(id)
    }

    /// Whether none was given.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// All of them, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&DecisionId, &Answer)> {
        self.by_id.iter()
    }

    /// The pairs of revisions whose order was decided: what runs first, what runs later.
    pub(crate) fn kept(&self) -> impl Iterator<Item = (&RevisionId, &RevisionId)> {
        self.by_id.values().filter_map(|answer| match answer {
            Answer::Keep { before, after } => Some((before, after)),
            _ => None,
        })
    }

    /// Whether a person put the order of two revisions the way `graph` has it.
    pub(crate) fn keep(&self, graph: &Graph, one: RevIndex, other: RevIndex) -> bool {
        self.kept().any(|(before, after)| {
            let (before, after) = (graph.index(before.as_str()), graph.index(after.as_str()));
            let (Some(before), Some(after)) = (before, after) else {
                return false;
            };
            ((before, after) == (one, other) || (before, after) == (other, one))
                && graph.is_ancestor(before, after)
        })
    }

    /// Whether a person wants `after` to run before `before`.
    pub(crate) fn turns(&self, graph: &Graph, before: RevIndex, after: RevIndex) -> bool {
        self.kept()
            .any(|(first, second)| *first == graph[after].id && *second == graph[before].id)
    }

    /// Whether an order of revisions was given.
    pub fn has_arrangement(&self) -> bool {
        self.by_id
            .values()
            .any(|it| matches!(it, Answer::Arrange(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_decision_does_not_depend_on_the_order_of_its_revisions() {
        let (a, b) = (RevisionId::from("a"), RevisionId::from("b"));
        let one = DecisionId::new("conflict", [&a, &b]);
        assert_eq!(one, DecisionId::new("conflict", [&b, &a, &b]));
        assert_eq!(one.as_str(), "conflict:a+b");
    }
}
