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

#[cfg(test)]
mod tests {
    use rechain_history::TextRange;

    use super::*;

    /// `[...]` in `before` is the value of `down_revision`, `<...>` the docstring's ids.
    fn check(before: &str, shape: ValueShape, parents: &[&str], after: &str) {
        let signs = ['[', ']', '<', '>'];
        let place = |sign: char| {
            let at = before.find(sign)?;
            Some(at - before[..at].matches(signs).count())
        };
        let marked = |open, close| Some(TextRange::new(place(open)?, place(close)?));
        let sites = ReparentSites {
            down_revision: ValueSite::Literal {
                range: marked('[', ']').expect("a value"),
                shape,
            },
            model_literal: None,
            revises: marked('<', '>'),
        };
        let parents: Vec<RevisionId> = parents.iter().map(|&id| id.into()).collect();
        let plain = before.replace(signs, "");
        let edits = reparent(&plain, &sites, &parents);
        assert_eq!(edits.apply(&plain), after, "{before}");
    }

    #[test]
    fn none_and_ids_become_each_other() {
        check("[None]", ValueShape::None, &["a"], "'a'");
        check("[None]", ValueShape::None, &["a", "b"], "('a', 'b')");
        check("[None]", ValueShape::None, &[], "None");
        check("[\"a\"]", ValueShape::Text, &["b"], "\"b\"");
        check("[\"a\"]", ValueShape::Text, &["b", "c"], "(\"b\", \"c\")");
        check("([u'a'])", ValueShape::Text, &[], "(None)");
        check("([u'a'])", ValueShape::Text, &["b", "c"], "(('b', 'c'))");
        check("[NAME]", ValueShape::Text, &["b"], "'b'");
    }

    #[test]
    fn the_docstring_says_the_same() {
        let check = |before, parents: &[&str], after| {
            check(before, ValueShape::Text, parents, after);
        };
        check("Revises: <a>; ['a']", &["b"], "Revises: b; 'b'");
        check(
            "Revises: <a>; ['a']",
            &["b", "c"],
            "Revises: b, c; ('b', 'c')",
        );
        check("Revises: <a>; ['a']", &[], "Revises: ; None");
        check("Revises:<>; ['a']", &["b"], "Revises: b; 'b'");
        check("Revises: <>; ['a']", &["b"], "Revises: b; 'b'");
        check(
            "Revises: <a>; ['a']",
            &["\"\\"],
            "Revises: \\\"\\\\; '\"\\\\'",
        );
    }

    #[test]
    fn a_shared_value_gets_a_statement_behind_it() {
        let before = "a = down_revision = 'x'  # both";
        let sites = ReparentSites {
            down_revision: ValueSite::Shared { statement_end: 23 },
            model_literal: Some(TextRange::new(20, 23)),
            revises: None,
        };
        let after = reparent(before, &sites, &["b".into()]).apply(before);
        assert_eq!(
            after,
            "a = down_revision = 'x'; down_revision = 'b'  # both"
        );
    }
}
