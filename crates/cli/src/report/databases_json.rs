//! Databases under a change, for programs.

use rechain_history::RevisionId;
use rechain_planner::{Command, Recipe, Standing, Trouble, Way};
use serde_json::{Value, json};

use crate::history::History;

/// The databases of one environment.
pub(crate) fn environment(history: &History, standings: &[Standing]) -> Value {
    json!({
        "name": history.environment.name,
        "databases": standings.iter().map(|it| standing(history, it)).collect::<Vec<_>>(),
    })
}

pub(crate) fn standing(history: &History, standing: &Standing) -> Value {
    json!({
        "rows": ids(&standing.rows),
        "right": standing.troubles.is_empty(),
        "troubles": standing.troubles.iter().map(trouble).collect::<Vec<_>>(),
        "pending": ids(&standing.pending),
        "order_matters": standing
            .doubts
            .iter()
            .map(|(earlier, later)| json!([earlier.to_string(), later.to_string()]))
            .collect::<Vec<_>>(),
        "recipes": standing.recipes.iter().map(|it| recipe(history, it)).collect::<Vec<_>>(),
    })
}

pub(crate) fn trouble(trouble: &Trouble) -> Value {
    match trouble {
        Trouble::CannotLocate(row) => json!({ "kind": "cannot_locate", "row": row.to_string() }),
        Trouble::TakenFor { row, revision } => json!({
            "kind": "taken_for",
            "row": row.to_string(),
            "revision": revision.to_string(),
        }),
        Trouble::Overlaps { lower, upper } => json!({
            "kind": "overlaps",
            "lower": lower.to_string(),
            "upper": upper.to_string(),
        }),
        Trouble::Skips(revisions) => json!({ "kind": "skips", "revisions": ids(revisions) }),
        Trouble::Reruns(revisions) => json!({ "kind": "reruns", "revisions": ids(revisions) }),
    }
}

fn recipe(history: &History, recipe: &Recipe) -> Value {
    let commands = |commands: &[Command]| -> Vec<String> {
        let shown = commands.iter().map(|it| history.alembic(&it.to_string()));
        shown.collect()
    };
    json!({
        "way": match recipe.way {
            Way::KeepData => "keep_data",
            Way::RedoBefore => "redo_before",
            Way::RedoAfter => "redo_after",
        },
        "before": commands(&recipe.before),
        "after": commands(&recipe.after),
        "undoes": ids(&recipe.undoes),
        "runs": ids(&recipe.runs),
    })
}

fn ids(ids: &[RevisionId]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}
