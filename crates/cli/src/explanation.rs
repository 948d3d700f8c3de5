//! What one revision does, line by line, and what two come to.

use rechain_history::{Dialects, Effect, RevIndex, TextRange};
use rechain_parser::Direction;
use rechain_planner::{Circumstances, Premise, Verdict, commute};
use rechain_project::Position;

use crate::history::History;

/// One revision and what it does.
pub(crate) struct Explanation<'h> {
    pub(crate) history: &'h History,
    pub(crate) revision: RevIndex,
    pub(crate) upgrade: Vec<Effect>,
    /// Nothing where the file certainly has none.
    pub(crate) downgrade: Option<Vec<Effect>>,
}

impl<'h> Explanation<'h> {
    pub(crate) fn of(history: &'h History, revision: RevIndex) -> Self {
        let file = history.file_of(revision);
        Self {
            history,
            revision,
            upgrade: history.effects_of(revision),
            downgrade: file
                .text()
                .contains("downgrade")
                .then(|| history.effects_in(Direction::Downgrade, revision)),
        }
    }

    /// The line of a place in its file.
    pub(crate) fn line(&self, range: TextRange) -> usize {
        let file = self.history.file_of(self.revision);
        Position::of(file.text(), file.shown(range).start()).line
    }
}

/// Two revisions and the verdict on them.
pub(crate) struct Pair<'h> {
    pub(crate) history: &'h History,
    /// The one that runs first today, where the chain has an order for them.
    pub(crate) one: RevIndex,
    pub(crate) other: RevIndex,
    pub(crate) premise: Premise,
    pub(crate) dialects: Dialects,
    pub(crate) verdict: Verdict,
}

impl<'h> Pair<'h> {
    pub(crate) fn of(history: &'h History, one: RevIndex, other: RevIndex) -> Self {
        let graph = &history.graph;
        let (one, other, premise) = if graph.is_ancestor(one, other) {
            (one, other, Premise::Chain)
        } else if graph.is_ancestor(other, one) {
            (other, one, Premise::Chain)
        } else {
            (one, other, Premise::Fork)
        };
        let dialects = history.dialects();
        let circumstances = Circumstances { dialects, premise };
        let effects = |index: RevIndex| history.effects_of(index);
        Self {
            history,
            one,
            other,
            premise,
            dialects,
            verdict: commute(&effects(one), &effects(other), &circumstances),
        }
    }
}

/// `postgresql, sqlite`
pub(crate) fn dialect_names(dialects: Dialects) -> String {
    let names: Vec<&str> = dialects
        .iter()
        .map(rechain_history::Dialect::name)
        .collect();
    names.join(", ")
}
