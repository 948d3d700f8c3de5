//! What is to be done: a value that dry run, diff, JSON and writing all read.

use std::fmt;

use rechain_history::{Dialects, Graph, RevIndex, RevisionId, SchemaObject, TextRange};

use crate::commute::Doubt;
use crate::constraint::{Cause, Constraint};
use crate::damage::Damage;
use crate::publication::{Displaced, Publication};

/// One revision that gets other parents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reparent {
    /// Which.
    pub revision: RevisionId,
    /// Its parents before.
    pub from: Vec<RevisionId>,
    /// Its parents afterwards.
    pub to: Vec<RevisionId>,
    /// Why.
    pub reason: Reason,
}

/// Why a revision gets other parents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It goes on top of everything a database may have.
    OnTopOfPublished,
    /// It goes on top of the side that stays.
    OnTop,
    /// It goes after a revision it needs.
    Needs {
        /// The revision.
        revision: RevisionId,
        /// What it needs of it.
        cause: Cause,
    },
    /// It goes directly after the last revision that works on a related table.
    Related {
        /// That revision.
        revision: RevisionId,
        /// A table of the revision that moves.
        table: String,
        /// The table of the other.
        other: String,
    },
    /// It follows a revision that was put below it.
    MakesRoom {
        /// The revision that was put there.
        revision: RevisionId,
    },
    /// Arms of a merge revision are linked, because one needs what the other makes.
    Linked,
    /// A parent fell away, because another parent now lies above it.
    Redundant,
    /// It is published, and something was slipped in below it: it gets back the parents it had.
    PutBack,
    /// A person wants this order.
    Chosen,
    /// A person said where it goes, in these words.
    AskedFor(String),
    /// What it followed was taken from there.
    ClosesGap {
        /// What was taken away.
        revision: RevisionId,
    },
    /// It comes next in the order in which Alembic runs the history today.
    InOrder,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OnTopOfPublished => f.write_str("goes on top of what is published"),
            Self::OnTop => f.write_str("goes on top"),
            Self::Needs { revision, cause } => write!(f, "{cause}, made in {revision}"),
            Self::Related {
                revision,
                table,
                other,
            } if table == other => {
                write!(f, "goes after {revision}, which works on {table} too")
            }
            Self::Related {
                revision,
                table,
                other,
            } => {
                write!(f, "goes after {revision}: {table} is related to {other}")
            }
            Self::MakesRoom { revision } => write!(f, "makes room for {revision}"),
            Self::Linked => f.write_str("arms of a merge are linked in the order they need"),
            Self::Redundant => f.write_str("keeps only the parent that lies above the others"),
            Self::AskedFor(words) => f.write_str(words),
            Self::ClosesGap { revision } => write!(f, "closes the gap that {revision} leaves"),
            Self::InOrder => f.write_str("comes next in the order in which Alembic runs them"),
            Self::PutBack => f.write_str("is published, and goes back to where databases have it"),
            Self::Chosen => f.write_str("goes where you put it"),
        }
    }
}

/// Two revisions that the plan puts in an order they did not have, and that touch the same objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ordered {
    /// What now runs first.
    pub before: RevisionId,
    /// What now runs later.
    pub after: RevisionId,
    /// Why this way round.
    pub cause: Cause,
}

/// A revision that was newly ordered against others although not all it does is understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotUnderstood {
    /// Which.
    pub revision: RevIndex,
    /// The first thing in it that is not understood.
    pub reason: String,
    /// Where that is, in its text.
    pub range: TextRange,
    /// How many such things there are in it.
    pub count: usize,
}

/// Two revisions that the plan puts in an order they did not have, without a proof that it is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unproven {
    /// What now runs first.
    pub before: RevIndex,
    /// What now runs later.
    pub after: RevIndex,
    /// Why nothing is proven: `one` is the place in the first.
    pub doubts: Vec<Doubt>,
}

/// The change that brings every lineage back to one head.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The revisions that get other parents, in the order in which the new chain runs.
    pub reparents: Vec<Reparent>,
    /// Pairs whose order rests on their effects.
    pub ordered: Vec<Ordered>,
    /// How many newly ordered pairs are proven to give the same schema in either order.
    pub independent_pairs: usize,
    /// Newly ordered pairs of which nothing is proven.
    pub unproven: Vec<Unproven>,
    /// Newly ordered revisions that are not fully understood.
    pub not_understood: Vec<NotUnderstood>,
    /// Published revisions that again have below them what databases had below them.
    pub put_back: Vec<RevisionId>,
    /// Merge revisions that do nothing, of which it leaves one parent: they may go, and stay unless somebody says so.
    pub emptied: Vec<RevisionId>,
    /// Entries of `depends_on` that go, because Alembic would fail over them: who names it, and what it names.
    pub needless: Vec<(RevisionId, RevisionId)>,
    /// Revisions that are taken out of the history.
    pub removed: Vec<RevisionId>,
    /// Re-parented revisions that other branches carry too: those must not land as they are.
    pub shared: Vec<(RevisionId, Vec<String>)>,
    /// Conflicts that stay, because a person keeps the order of the two all the same.
    pub kept: Vec<Conflict>,
    /// What databases have, where an answer said so.
    pub presumed: Option<Box<Publication>>,
}

/// Why two revisions cannot be put in any order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// One of them.
    pub one: RevIndex,
    /// The other.
    pub other: RevIndex,
    /// What is wrong.
    pub kind: ConflictKind,
    /// Where it shows in `one`.
    pub one_range: Option<TextRange>,
    /// Where it shows in `other`.
    pub other_range: Option<TextRange>,
    /// The databases on which it is so, of those that were asked about.
    pub dialects: Dialects,
}

/// The ways in which two revisions conflict.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConflictKind {
    /// Both create one object.
    BothCreate(SchemaObject),
    /// Both remove (or rename) one object.
    BothRemove(SchemaObject),
    /// Both change one property of an object: the later one wins.
    BothAlter(SchemaObject, rechain_history::Property),
    /// They make different objects of one name.
    SameName(Box<(SchemaObject, SchemaObject)>),
    /// One removes what the other changes or builds on.
    RemovesUsed(SchemaObject),
    /// Each needs something of the other, or the order they need is not open any more.
    NoOrder(Cause),
    /// Alembic fails at the one: it follows this revision, and depends on the other, which lies above it.
    Stumbles(RevisionId),
}

impl fmt::Display for ConflictKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BothCreate(object) => write!(f, "both create {object}"),
            Self::BothRemove(object) => write!(f, "both remove {object}"),
            Self::BothAlter(object, property) => {
                write!(f, "both change the {property} of {object}")
            }
            Self::SameName(both) => write!(f, "{} and {} have one name", both.0, both.1),
            Self::RemovesUsed(object) => {
                write!(f, "one removes {object}, which the other builds on")
            }
            Self::NoOrder(cause) => {
                let why = cause.of(&"the one", &"the other");
                write!(f, "no order works: {why}")
            }
            Self::Stumbles(parent) => write!(
                f,
                "the one follows {parent}, which would lie below the other, so Alembic ends in a KeyError"
            ),
        }
    }
}

/// One of the sides of a fork.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// Its head.
    pub head: RevIndex,
    /// Its own revisions, from the fork up.
    pub revisions: Vec<RevIndex>,
}

/// A question that only a person can answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Nobody said what databases have, so any side may be deployed.
    WhichSideStays {
        /// The sides.
        sides: Vec<Side>,
        /// Which one stays unless somebody knows better: a position in `sides`.
        default: usize,
    },
    /// Several heads of one lineage are published: no chain is right for every database.
    BothPublished {
        /// The topmost published revisions.
        heads: Vec<RevIndex>,
    },
    /// A published revision has something else below it than any database had, and is not put back.
    Displaced(Displaced),
    /// Two revisions conflict.
    Conflict(Conflict),
    /// The order would rest on revisions that are not understood, which is not allowed here.
    NotUnderstood(Vec<NotUnderstood>),
    /// The graph is damaged: nothing can be planned before it is repaired.
    Damage(Damage),
    /// A merge revision joins nothing any more and does nothing. The plan does not wait for the answer.
    EmptiedMerge {
        /// Which.
        revision: RevisionId,
    },
}

/// What planning comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Every lineage has one head already.
    Sound,
    /// This change makes it so.
    Plan(Box<Plan>),
    /// A person must decide first.
    Open(Vec<Decision>),
}

impl Reason {
    pub(crate) fn needs(graph: &Graph, constraint: &Constraint) -> Self {
        Self::Needs {
            revision: graph[constraint.before].id.clone(),
            cause: constraint.cause.clone(),
        }
    }
}
