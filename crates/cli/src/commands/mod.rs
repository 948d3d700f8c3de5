//! The commands, one file each.

pub(crate) mod check;
pub(crate) mod databases;
pub(crate) mod explain;
pub(crate) mod fix;
pub(crate) mod flatten;
pub(crate) mod graph;
pub(crate) mod log;
pub(crate) mod merge;
pub(crate) mod move_revisions;
pub(crate) mod prune;
pub(crate) mod renumber;
pub(crate) mod rule;
pub(crate) mod undo;
