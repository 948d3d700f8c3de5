//! New parents for a module: the value of `down_revision` and the docstring's `Revises:` line.

use rechain_history::{ReparentSites, RevisionId, ValueShape, ValueSite};

use crate::edit::{TextEdit, TextEdits};
use crate::literal::{Quote, in_any_quotes, set_text};
use crate::sequence;

/// The edits after which the module at `sites` has exactly `parents`, and its docstring says so.
///
/// The shape stays where it can: one id for another changes what stands between the quotes, a tuple
/// stays a tuple, `None` and a single id become each other, and several ids in place of one become a
/// tuple as Alembic writes it.
pub fn reparent(text: &str, sites: &ReparentSites, parents: &[RevisionId]) -> TextEdits {
    let fallback = Quote::of(sites.model_literal.map_or("", |range| range.of(text)));
    let mut edits = match &sites.down_revision {
        ValueSite::Literal { range, shape } => match (shape, parents) {
            (
                ValueShape::Sequence {
                    inside,
                    is_tuple,
                    elements,
                },
                [_, ..],
            ) => sequence::set_ids(text, *inside, *is_tuple, elements, parents, fallback),
            (ValueShape::Text, [parent]) => vec![set_text(text, *range, parent, fallback)],
            (ValueShape::Text, _) => {
                let quote = match range.of(text) {
                    source if source.contains(['\'', '"']) => Quote::of(source),
                    _ => fallback,
                };
                vec![TextEdit::replace(*range, value(parents, quote))]
            }
            _ => vec![TextEdit::replace(*range, value(parents, fallback))],
        },
        ValueSite::Shared { statement_end } => vec![TextEdit::insert(
            *statement_end,
            format!("; down_revision = {}", value(parents, fallback)),
        )],
    };
    if let Some(range) = sites.revises {
        let ids: Vec<String> = parents.iter().map(in_any_quotes).collect();
        let mut line = ids.join(", ");
        if range.is_empty() && !line.is_empty() && text[..range.start()].ends_with(':') {
            line.insert(0, ' ');
        }
        edits.push(TextEdit::replace(range, line));
    }
    TextEdits::new(text, edits)
}

/// The value as Alembic's template would write it (`repr`), in the given quotes.
fn value(parents: &[RevisionId], quote: Quote) -> String {
    match parents {
        [] => "None".to_owned(),
        [parent] => quote.literal(parent),
        _ => {
            let literals: Vec<String> = parents.iter().map(|id| quote.literal(id)).collect();
            format!("({})", literals.join(", "))
        }
    }
}
