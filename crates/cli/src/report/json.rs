//! Answers for programs. `version` changes when a field changes its meaning or goes away.

use rechain_history::Graph;
use rechain_project::Position;
use serde_json::{Value, json};

use crate::diagnostic::Label;
use crate::history::History;

/// The version of every JSON document this program prints.
pub(crate) const VERSION: u32 = 1;

/// An environment with its problems.
pub(crate) fn environment(history: &History) -> Value {
    json!({
        "name": history.environment.name,
        "revisions": history.graph.len(),
        "heads": ids(&history.graph, history.graph.heads()),
        "bases": ids(&history.graph, history.graph.bases()),
        "problems": problems(history),
        "notes": history.notes,
    })
}

pub(crate) fn problems(history: &History) -> Value {
    history
        .diagnostics
        .iter()
        .map(|diagnostic| {
            json!({
                "code": diagnostic.code.id,
                "name": diagnostic.code.name,
                "message": diagnostic.message,
                "place": diagnostic.primary.as_ref().map(|label| place(label, history)),
                "related": diagnostic.secondary.iter().map(|label| place(label, history)).collect::<Vec<_>>(),
                "help": diagnostic.help,
            })
        })
        .collect()
}

fn place(label: &Label, history: &History) -> Value {
    let file = &history.files[label.file];
    let position = Position::of(file.text(), label.range.start());
    json!({
        "file": file.name,
        "line": position.line,
        "column": position.column,
        "text": label.text,
    })
}

fn ids(graph: &Graph, indices: impl Iterator<Item = rechain_history::RevIndex>) -> Vec<String> {
    indices.map(|index| graph[index].id.to_string()).collect()
}
