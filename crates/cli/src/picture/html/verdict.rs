//! Why one revision stands above another, or whether the two might swap places.

use std::collections::BTreeSet;

use rechain_history::{Dialects, Effect, TextRange};
use rechain_planner::{Circumstances, Doubt, Verdict, commute};

use super::effects::line;
use super::escaped;
use crate::history::File;

/// One of the two that are compared.
#[derive(Clone, Copy)]
pub(super) struct Side<'s> {
    pub(super) file: &'s File,
    pub(super) effects: &'s [Effect],
}

/// As many reasons as help a reader.
const MOST: usize = 3;

/// What there is to say of the edge between `lower` and `upper`, as HTML. `is_new` where the two never
/// ran in this order yet.
pub(super) fn edge(lower: Side<'_>, upper: Side<'_>, is_new: bool, dialects: Dialects) -> String {
    let circumstances = if is_new {
        Circumstances::fork(dialects)
    } else {
        Circumstances::chain(dialects)
    };
    let verdict = commute(lower.effects, upper.effects, &circumstances);
    let place = |one: TextRange, other: TextRange| {
        format!(
            "line {} there, line {} here",
            line(lower.file, one),
            line(upper.file, other)
        )
    };
    let (class, mut reasons) = match &verdict {
        Verdict::Independent { .. } => {
            let reason = "the two touch nothing in common, or nothing that matters in which order";
            ("good", vec![reason.to_owned()])
        }
        Verdict::Ordered { evidence, .. } => {
            let mut seen = BTreeSet::new();
            let reasons = evidence
                .iter()
                .filter(|it| seen.insert(it.cause.to_string()))
                .map(|it| format!("{} ({})", it.cause, place(it.one.range, it.other.range)))
                .collect();
            ("", reasons)
        }
        Verdict::Conflict {
            kind, one, other, ..
        } => (
            "bad",
            vec![format!("{kind} ({})", place(one.range, other.range))],
        ),
        Verdict::Unknown { doubts } => {
            let mut seen = BTreeSet::new();
            let reasons = doubts
                .iter()
                .filter(|it| seen.insert(&it.reason))
                .map(|it| doubt(it, lower, upper))
                .collect();
            ("dim", reasons)
        }
    };
    if reasons.len() > MOST {
        let more = reasons.len() - MOST;
        reasons.truncate(MOST);
        reasons.push(format!("and {more} more"));
    }
    format!(
        "<div class=\"verdict\"><b class=\"{class}\">{}</b>: {}</div>",
        verdict.word(),
        reasons
            .iter()
            .map(|reason| escaped(reason))
            .collect::<Vec<_>>()
            .join("; ")
    )
}

fn doubt(doubt: &Doubt, lower: Side<'_>, upper: Side<'_>) -> String {
    let there = doubt
        .one
        .map(|site| format!("line {} there", line(lower.file, site.range)));
    let here = doubt
        .other
        .map(|site| format!("line {} here", line(upper.file, site.range)));
    let places: Vec<String> = there.into_iter().chain(here).collect();
    if places.is_empty() {
        doubt.reason.clone()
    } else {
        format!("{} ({})", doubt.reason, places.join(", "))
    }
}
