//! Names that the server chooses, and names that the other migration gives.

use super::footprint::Print;
use super::key::Space;
use super::verdict::{Findings, Site};

/// A name that one gives and that the server may give to something of the other's. `flipped`: they are given the other
/// way round.
pub(super) fn compare(one: &Print<'_>, other: &Print<'_>, findings: &mut Findings, flipped: bool) {
    by_table(one, other, findings, flipped);
    by_column(one, other, findings, flipped);
    by_number(one, other, findings, flipped);
}

/// Whether names that a server chooses play a part in what it does: then it is compared whatever its marks say.
pub(super) fn plays_a_part(print: &Print<'_>) -> bool {
    !print.naming.is_empty()
        || !print.chosen_alike.is_empty()
        || !print.by_column.is_empty()
        || !print.numbered.is_empty()
}

/// PostgreSQL names what has no name by its table and columns.
fn by_table(one: &Print<'_>, other: &Print<'_>, findings: &mut Findings, flipped: bool) {
    if one.naming.is_empty() || other.chosen_alike.is_empty() {
        return;
    }
    for (table, site) in &one.naming {
        // The server cuts long names of tables.
        let mut end = table.len().min(28);
        while !table.is_char_boundary(end) {
            end -= 1;
        }
        let stem = &table[..end];
        let exact = end == table.len();
        for (name, at) in &other.chosen_alike {
            let alike = name
                .strip_prefix(stem)
                .is_some_and(|rest| !exact || rest.starts_with('_'));
            if alike {
                let sites = if flipped { (at, site) } else { (site, at) };
                findings.doubt(
                    format!("the server may give the name {name} to something on {table}"),
                    Some(*sites.0),
                    Some(*sites.1),
                );
            }
        }
    }
}

/// MySQL names an index that has no name by its first column, with a number where that is taken.
fn by_column(one: &Print<'_>, other: &Print<'_>, findings: &mut Findings, flipped: bool) {
    for ((table, column), site) in &one.by_column {
        let both = other.by_column.get(&(table.clone(), column.clone()));
        if let Some(at) = both.filter(|_| !flipped) {
            findings.doubt(
                format!("the server names an index of both by the column {column}, with a number"),
                Some(*site),
                Some(*at),
            );
        }
        let may_be = |name: &str| {
            name.strip_prefix(column.as_str())
                .is_some_and(|rest| rest.is_empty() || is_number(rest.strip_prefix('_')))
        };
        given(table, may_be, other, *site, findings, flipped);
    }
}

/// MySQL numbers foreign keys and checks of a table that have no name.
fn by_number(one: &Print<'_>, other: &Print<'_>, findings: &mut Findings, flipped: bool) {
    for (table, site) in &one.numbered {
        let may_be = |name: &str| {
            let of_table = name.strip_prefix(table.1.as_str());
            is_number(name.strip_prefix("constraint_"))
                || is_number(of_table.and_then(|it| it.strip_prefix("_ibfk_")))
                || is_number(of_table.and_then(|it| it.strip_prefix("_chk_")))
        };
        given(table, may_be, other, *site, findings, flipped);
    }
}

fn is_number(text: Option<&str>) -> bool {
    text.is_some_and(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether `other` names something on the table as the server may.
fn given(
    (schema, table): &(String, String),
    may_be: impl Fn(&str) -> bool,
    other: &Print<'_>,
    site: Site,
    findings: &mut Findings,
    flipped: bool,
) {
    for (key, events) in &other.keys {
        let is_on_it = key.space == Space::Index && key.within == *table && key.schema == *schema;
        if is_on_it && may_be(&key.name) {
            let at = events[0].site;
            let (this, that) = if flipped { (at, site) } else { (site, at) };
            findings.doubt(
                format!(
                    "the server may give the name {} to something on {table}",
                    key.name
                ),
                Some(this),
                Some(that),
            );
        }
    }
}
