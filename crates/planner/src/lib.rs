//! Plans one order for a branched Alembic history.
//!
//! The graph, what databases may stand on and the effects of the revisions concerned go in; a
//! [`Plan`] comes out, or the [`Decision`]s that a person must take first. A plan never re-parents a
//! published revision: leave to move one is a type that exists only for unpublished ones. Nothing
//! here reads files or knows how a module is written.

mod answer;
mod arrangement;
mod arrival;
mod blocks;
mod choice;
mod commute;
mod conflict;
mod constraint;
mod damage;
mod databases;
mod draft;
mod ground;
mod insertion;
mod joining;
mod needless;
mod new_pairs;
mod pair;
mod plan;
mod publication;
mod relation;
mod replay;
mod situation;
mod surgery;
#[cfg(test)]
mod testing;

use std::collections::BTreeMap;

use rechain_history::{Effect, RevIndex};

pub use answer::{Answer, Answers, DecisionId};
pub use arrangement::{Arrangement, Objection};
pub use arrival::{Arrival, Arrivals, Carried};
pub use choice::{Choice, Skipping};
pub use commute::{
    Circumstances, Doubt, Evidence, Note, PairSide, Premise, Site, Summary, Verdict, commute,
    commute_blocks,
};
pub use constraint::{Cause, Constraint};
pub use damage::{Damage, DamageKind, Repair};
pub use databases::{Command, Databases, EffectsById, Recipe, Standing, Target, Trouble, Way};
pub use ground::Ground;
pub use joining::Joining;
pub use plan::{
    Conflict, ConflictKind, Decision, NotUnderstood, Ordered, Outcome, Plan, Reason, Reparent,
    Side, Unproven,
};
pub use publication::{
    Bearing, DeployableHead, Displaced, Displacement, Moment, Obstacle, Publication, Published,
    Seen, ShownBy, Snapshot, Upgrade, deployable_heads, interest,
};
pub use replay::{Broken, BrokenKind, Replay, Schema, replay};
pub use situation::{Placement, Situation, Wishes};
pub use surgery::{Compared, Destination, Flattening, Order, Refusal, States, Surgery};

/// What each migration does, in the order in which it does it.
pub type Effects = BTreeMap<RevIndex, Vec<Effect>>;
