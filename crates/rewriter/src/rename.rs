//! Other ids in a module: its own, and those it names as parents or dependencies.

use std::collections::BTreeMap;

use rechain_history::{IdentifierSites, RevisionId, TextRange, ValueShape, ValueSite};

use crate::edit::{TextEdit, TextEdits};
use crate::literal::{Quote, in_any_quotes, set_text};

/// What a module says now, and what its ids are to become.
#[derive(Debug, Clone, Copy)]
pub struct Renaming<'r> {
    /// The id of the module, and its new one where it gets one.
    pub own: (&'r RevisionId, Option<&'r RevisionId>),
    /// The ids in `down_revision`.
    pub parents: &'r [RevisionId],
    /// The names in `depends_on`.
    pub dependencies: &'r [String],
    /// The new ids of other revisions, by their old ones.
    pub others: &'r BTreeMap<RevisionId, RevisionId>,
}

/// The edits after which the module at `sites` has the new ids, in its docstring too.
///
/// Every id is replaced where it stands: nothing else of a tuple or a line changes.
pub fn rename(text: &str, sites: &IdentifierSites, renaming: Renaming<'_>) -> TextEdits {
    let fallback = match &sites.revision {
        Some(ValueSite::Literal { range, .. }) => Quote::of(range.of(text)),
        _ => Quote::of(""),
    };
    let mut edits = Vec::new();
    if let (old, Some(new)) = renaming.own {
        let own = BTreeMap::from([(old.clone(), new.clone())]);
        if let Some(site) = &sites.revision {
            let names = [old.clone()];
            edits.extend(at_site(text, site, "revision", &names, &own, fallback));
        }
        if let Some(range) = sites.revision_id {
            edits.push(TextEdit::replace(range, in_any_quotes(new)));
        }
    }
    if let Some(site) = &sites.down_revision {
        let (name, others) = ("down_revision", renaming.others);
        edits.extend(at_site(
            text,
            site,
            name,
            renaming.parents,
            others,
            fallback,
        ));
    }
    if let Some(site) = &sites.depends_on {
        let names: Vec<RevisionId> = renaming
            .dependencies
            .iter()
            .map(|name| RevisionId::from(name.as_str()))
            .collect();
        edits.extend(at_site(
            text,
            site,
            "depends_on",
            &names,
            renaming.others,
            fallback,
        ));
    }
    if let Some(range) = sites.revises {
        edits.extend(in_list(text, range, renaming.others));
    }
    // A value that two names share is one place.
    edits.sort();
    edits.dedup();
    TextEdits::new(text, edits)
}

fn at_site(
    text: &str,
    site: &ValueSite,
    name: &str,
    ids: &[RevisionId],
    others: &BTreeMap<RevisionId, RevisionId>,
    fallback: Quote,
) -> Vec<TextEdit> {
    if !ids.iter().any(|id| others.contains_key(id)) {
        return Vec::new();
    }
    match site {
        ValueSite::Literal { range, shape } => match shape {
            ValueShape::None => Vec::new(),
            ValueShape::Text => {
                let new = ids.first().and_then(|id| others.get(id));
                new.map(|new| set_text(text, *range, new, fallback))
                    .into_iter()
                    .collect()
            }
            ValueShape::Sequence { elements, .. } => elements
                .iter()
                .filter_map(|element| {
                    let new = others.get(&element.id)?;
                    Some(set_text(text, element.range, new, fallback))
                })
                .collect(),
        },
        ValueSite::Shared { statement_end } => {
            let literals: Vec<String> = ids
                .iter()
                .map(|id| fallback.literal(others.get(id).unwrap_or(id)))
                .collect();
            let value = match literals.as_slice() {
                [one] => one.clone(),
                several => format!("({})", several.join(", ")),
            };
            vec![TextEdit::insert(
                *statement_end,
                format!("; {name} = {value}"),
            )]
        }
    }
}

/// Ids divided by commas and blanks.
fn in_list(
    text: &str,
    range: TextRange,
    others: &BTreeMap<RevisionId, RevisionId>,
) -> Vec<TextEdit> {
    let list = range.of(text);
    let mut edits = Vec::new();
    let mut at = range.start();
    for piece in list.split_inclusive([',', ' ', '\t']) {
        let word = piece.trim_end_matches([',', ' ', '\t']);
        if let Some(new) = others.iter().find(|(old, _)| in_any_quotes(old) == word) {
            let range = TextRange::new(at, at + word.len());
            edits.push(TextEdit::replace(range, in_any_quotes(new.1)));
        }
        at += piece.len();
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `<...>` is `revision`, `[...]` `down_revision` as one string, `{...}` the ids behind `Revises:`.
    fn check(before: &str, after: &str) {
        let signs = ['[', ']', '<', '>', '{', '}'];
        let place = |sign: char| {
            let at = before.find(sign)?;
            Some(at - before[..at].matches(signs).count())
        };
        let marked = |open, close| Some(TextRange::new(place(open)?, place(close)?));
        let site = |range| ValueSite::Literal {
            range,
            shape: ValueShape::Text,
        };
        let sites = IdentifierSites {
            revision: marked('<', '>').map(site),
            down_revision: marked('[', ']').map(site),
            revises: marked('{', '}'),
            ..IdentifierSites::default()
        };
        let others = BTreeMap::from([("0041".into(), "0042".into()), ("b".into(), "c".into())]);
        let plain = before.replace(signs, "");
        let renaming = Renaming {
            own: (&"0042".into(), Some(&"0043".into())),
            parents: &["0041".into()],
            dependencies: &[],
            others: &others,
        };
        assert_eq!(rename(&plain, &sites, renaming).apply(&plain), after);
    }

    #[test]
    fn ids_are_replaced_where_they_stand() {
        check(
            "Revises: {0041, a,b}\nrevision = <\"0042\">\ndown_revision = [u'0041']  # 0041",
            "Revises: 0042, a,c\nrevision = \"0043\"\ndown_revision = u'0042'  # 0041",
        );
    }

    #[test]
    fn an_id_that_is_not_renamed_stays() {
        check(
            "Revises: {00411}\nrevision = <'0042'>",
            "Revises: 00411\nrevision = '0043'",
        );
    }
}
