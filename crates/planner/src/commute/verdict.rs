//! The answer, and how single findings come to it.

use std::collections::BTreeSet;
use std::fmt;

use rechain_history::{Dialect, Dialects, TableName, TextRange};

use super::Premise;
use crate::constraint::Cause;
use crate::plan::ConflictKind;

/// A place in one of the migrations that were compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site {
    /// Which migration of its block; 0 where single migrations were compared.
    pub member: usize,
    /// Where, in its text.
    pub range: TextRange,
}

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PairSide {
    /// The first that was given.
    One,
    /// The second.
    Other,
}

/// Why one must run first, with both places.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// What the one that runs later does.
    pub cause: Cause,
    /// Where it shows in the first that was given.
    pub one: Site,
    /// Where it shows in the second.
    pub other: Site,
    /// The databases it holds for, of those that were asked about.
    pub dialects: Dialects,
}

/// Why nothing can be promised.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Doubt {
    /// In words.
    pub reason: String,
    /// Which of the two the words are about, where it is not both.
    pub about: Option<PairSide>,
    /// Where it shows in the first that was given.
    pub one: Option<Site>,
    /// Where it shows in the second.
    pub other: Option<Site>,
    /// The databases it holds for, of those that were asked about.
    pub dialects: Dialects,
}

impl Doubt {
    /// The place that shows it best.
    pub fn place(&self) -> Option<(PairSide, Site)> {
        let one = self.one.map(|site| (PairSide::One, site));
        let other = self.other.map(|site| (PairSide::Other, site));
        match self.about {
            Some(PairSide::Other) => other.or(one),
            Some(PairSide::One) | None => one.or(other),
        }
    }
}

/// A difference between the two orders that is none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Note {
    /// The columns of this table stand in the order in which they were added; nothing that names its
    /// columns can tell.
    ColumnOrder(TableName),
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ColumnOrder(table) => {
                write!(
                    f,
                    "the new columns of {table} stand in the order in which they were added"
                )
            }
        }
    }
}

/// Whether two migrations may swap places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Either order gives the same schema.
    Independent {
        /// Differences that are none.
        notes: Vec<Note>,
    },
    /// One needs what the other makes, or must come before the other removes it.
    Ordered {
        /// What runs first.
        first: PairSide,
        /// Why; never empty.
        evidence: Vec<Evidence>,
        /// What is not known besides.
        doubts: Vec<Doubt>,
    },
    /// No order works, or the two orders give different schemas.
    Conflict {
        /// What is wrong.
        kind: Box<ConflictKind>,
        /// Where it shows in the first that was given.
        one: Site,
        /// Where it shows in the second.
        other: Site,
        /// The databases on which it is so, of those that were asked about.
        dialects: Dialects,
    },
    /// Not known, and why; never empty.
    Unknown {
        /// Why.
        doubts: Vec<Doubt>,
    },
}

impl Verdict {
    /// Whether either order is proven to give the same schema.
    pub fn is_independent(&self) -> bool {
        matches!(self, Self::Independent { .. })
    }

    /// One word for it, as the contract has it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Independent { .. } => "independent",
            Self::Ordered { .. } => "ordered",
            Self::Conflict { .. } => "conflict",
            Self::Unknown { .. } => "unknown",
        }
    }
}

/// As many doubts as help a reader.
pub(super) const MOST_DOUBTS: usize = 12;

/// What the comparison has met so far, on all dialects.
#[derive(Debug)]
pub(super) struct Findings {
    pub(super) dialect: Dialect,
    conflicts: Vec<(ConflictKind, Site, Site, Dialects)>,
    orders: Vec<(PairSide, Evidence)>,
    doubts: Vec<Doubt>,
    notes: BTreeSet<Note>,
}

impl Default for Findings {
    fn default() -> Self {
        Self {
            dialect: Dialect::PostgreSql,
            conflicts: Vec::new(),
            orders: Vec::new(),
            doubts: Vec::new(),
            notes: BTreeSet::new(),
        }
    }
}

impl Findings {
    fn here(&self) -> Dialects {
        Dialects::of([self.dialect])
    }

    pub(super) fn conflict(&mut self, kind: ConflictKind, one: Site, other: Site) {
        let here = self.here();
        let known = self
            .conflicts
            .iter_mut()
            .find(|known| known.0 == kind && known.1 == one && known.2 == other);
        match known {
            Some(known) => known.3 = known.3.or(here),
            None => self.conflicts.push((kind, one, other, here)),
        }
    }

    pub(super) fn order(&mut self, first: PairSide, cause: Cause, one: Site, other: Site) {
        let here = self.here();
        let known = self.orders.iter_mut().find(|(side, known)| {
            *side == first && known.cause == cause && known.one == one && known.other == other
        });
        match known {
            Some((_, known)) => known.dialects = known.dialects.or(here),
            None => {
                let dialects = here;
                let evidence = Evidence {
                    cause,
                    one,
                    other,
                    dialects,
                };
                self.orders.push((first, evidence));
            }
        }
    }

    /// A doubt that comes of both together.
    pub(super) fn doubt(
        &mut self,
        reason: impl Into<String>,
        one: Option<Site>,
        other: Option<Site>,
    ) {
        self.doubt_about(None, reason.into(), one, other);
    }

    /// A doubt that comes of one of them, whatever the other does.
    pub(super) fn doubt_about(
        &mut self,
        about: Option<PairSide>,
        reason: String,
        one: Option<Site>,
        other: Option<Site>,
    ) {
        let here = self.here();
        let has_room = self.doubts.len() < MOST_DOUBTS;
        let known = self.doubts.iter_mut().find(|known| {
            (&known.reason, known.about) == (&reason, about)
                && (known.one, known.other) == (one, other)
        });
        match known {
            Some(known) => known.dialects = known.dialects.or(here),
            None if has_room => self.doubts.push(Doubt {
                reason,
                about,
                one,
                other,
                dialects: here,
            }),
            None => {}
        }
    }

    pub(super) fn note(&mut self, note: Note) {
        self.notes.insert(note);
    }

    pub(super) fn verdict(self, premise: Premise) -> Verdict {
        let Self {
            mut conflicts,
            mut orders,
            doubts,
            notes,
            ..
        } = self;
        if premise == Premise::Chain {
            // The order they have works, so it is the order they need.
            for (kind, one, other, dialects) in conflicts.drain(..) {
                let cause = Cause::Conflicts(Box::new(kind));
                let evidence = Evidence {
                    cause,
                    one,
                    other,
                    dialects,
                };
                orders.push((PairSide::One, evidence));
            }
        }
        if let Some((kind, one, other, dialects)) = conflicts.into_iter().next() {
            return Verdict::Conflict {
                kind: Box::new(kind),
                one,
                other,
                dialects,
            };
        }
        let Some(first) = orders.first().map(|(first, _)| *first) else {
            if doubts.is_empty() {
                let notes = notes.into_iter().collect();
                return Verdict::Independent { notes };
            }
            return Verdict::Unknown { doubts };
        };
        if orders.iter().all(|(side, _)| *side == first) {
            let evidence = orders.into_iter().map(|(_, evidence)| evidence).collect();
            return Verdict::Ordered {
                first,
                evidence,
                doubts,
            };
        }
        if premise == Premise::Chain {
            orders.retain(|(side, _)| *side == PairSide::One);
            let evidence = orders.into_iter().map(|(_, evidence)| evidence).collect();
            return Verdict::Ordered {
                first: PairSide::One,
                evidence,
                doubts,
            };
        }
        let (_, evidence) = orders.swap_remove(0);
        let Evidence {
            cause,
            one,
            other,
            dialects,
        } = evidence;
        Verdict::Conflict {
            kind: Box::new(ConflictKind::NoOrder(cause)),
            one,
            other,
            dialects,
        }
    }
}
