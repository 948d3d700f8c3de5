//! Newly ordered pairs that are not shown to be independent, as reports tell them.

use std::fmt;

use rechain_planner::{Doubt, PairSide, Plan, Unproven};
use rechain_project::Position;

use crate::history::History;

/// As many pairs as a program is told one by one.
pub(crate) const MOST_LISTED: usize = 100;

/// One such pair, with the first reason why nothing is shown.
pub(crate) struct Told<'h> {
    /// What now runs first.
    pub(crate) before: &'h str,
    /// What now runs later.
    pub(crate) after: &'h str,
    /// In words.
    pub(crate) reason: String,
    /// Where that shows.
    pub(crate) place: Option<Place<'h>>,
}

/// A line in one of the two.
pub(crate) struct Place<'h> {
    pub(crate) revision: &'h str,
    pub(crate) file: &'h str,
    pub(crate) line: usize,
}

/// The pairs of `plan`.
pub(crate) fn told<'h>(history: &'h History, plan: &'h Plan) -> impl Iterator<Item = Told<'h>> {
    plan.unproven.iter().map(|pair| tell(history, pair))
}

fn tell<'h>(history: &'h History, pair: &Unproven) -> Told<'h> {
    let id = |index| history.graph[index].id.as_str();
    let placed = pair.doubts.iter().find(|doubt| doubt.place().is_some());
    let doubt = placed.or(pair.doubts.first());
    let place = doubt.and_then(Doubt::place).map(|(side, site)| {
        let revision = match side {
            PairSide::One => pair.before,
            PairSide::Other => pair.after,
        };
        let file = history.file_of(revision);
        let start = file.shown(site.range).start();
        Place {
            revision: id(revision),
            file: &file.name,
            line: Position::of(file.text(), start).line,
        }
    });
    Told {
        before: id(pair.before),
        after: id(pair.after),
        reason: doubt.map_or_else(String::new, |doubt| doubt.reason.clone()),
        place,
    }
}

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            before,
            after,
            reason,
            ..
        } = self;
        write!(f, "{before} and {after} (")?;
        if let Some(Place { revision, line, .. }) = &self.place {
            write!(f, "{revision} line {line}: ")?;
        }
        write!(f, "{reason})")
    }
}
