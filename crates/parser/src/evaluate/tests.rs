//! What the interpreter follows, and what it does not claim.

mod bounds;
mod reach;
mod values;
mod ways;

const DROP_A: &[&str] = &["drop table a"];

const MAYBE_A: &[&str] = &["conditional drop table a"];
