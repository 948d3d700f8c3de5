//! What each kind of statement does.

mod bounds;
mod definitions;
mod mysql;
mod objects;
mod rows;

use rechain_history::{Certainty, TextRange};

use super::effects;
use crate::testing::shown;

fn of(sql: &str) -> Vec<String> {
    effects(sql, Certainty::Always, TextRange::empty(0))
        .iter()
        .map(shown)
        .collect()
}

#[track_caller]
fn check(sql: &str, expected: &[&str]) {
    assert_eq!(of(sql), expected, "{sql}");
}
