//! The seam for raw SQL.

use rechain_history::TextRange;
use rechain_history::{Certainty, Effect};

/// The effects of running `sql`, whose text is known, at `range`. Not parsed yet: opaque.
pub(super) fn effects_of_text(sql: &str, _certainty: Certainty, range: TextRange) -> Vec<Effect> {
    if sql.trim().is_empty() {
        return Vec::new();
    }
    vec![Effect::opaque("raw SQL", range)]
}
