//! Which unpublished revisions get which new ids and file names.

use std::collections::{BTreeMap, BTreeSet};

use rechain_history::{RevIndex, RevisionId, upgrade_order};
use rechain_planner::Publication;

use crate::history::History;
use crate::numbering::{Style, date, exchanged, fresh, number, slug, with_number};
use crate::renaming::NewName;
use crate::template_name;

/// New names by file.
pub(crate) struct NewNames {
    pub(crate) names: BTreeMap<usize, NewName>,
    /// Files that the project's `file_template` cannot name, and why.
    pub(crate) unnamed: Vec<String>,
}

/// The names that unpublished revisions get, for a graph that is not damaged: by the project's `file_template`,
/// where it has one, and by the pattern that its files show.
pub(crate) fn new_names(history: &History, publication: &Publication) -> NewNames {
    let graph = &history.graph;
    let order = upgrade_order(graph);
    let moves = |index: &RevIndex| !publication.is_published(graph, *index);
    let ids: Vec<&str> = graph.revisions().iter().map(|it| it.id.as_str()).collect();
    let stems: BTreeMap<RevIndex, &str> = graph
        .indices()
        .map(|index| (index, stem_of(history, index)))
        .collect();
    let id_style = Style::of(ids.iter().copied());
    let stem_style = Style::of(stems.values().copied());

    let new_ids = in_style(history, &order, &moves, id_style, |index| {
        graph[index].id.as_str()
    });
    let mut unnamed = Vec::new();
    let mut by_template = |index: RevIndex, id: &str| match template_name::stem(history, index, id)?
    {
        Ok(stem) => Some(stem),
        Err(reason) => {
            unnamed.push(format!("{}: {reason}", history.file_of(index).name));
            None
        }
    };
    let mut others: BTreeMap<RevisionId, RevisionId> = BTreeMap::new();
    let mut new_stems: BTreeMap<RevIndex, String> = BTreeMap::new();
    for (&index, id) in &new_ids {
        let (old, stem) = (graph[index].id.as_str(), stems[&index]);
        others.insert(graph[index].id.clone(), RevisionId::from(id.as_str()));
        let same_number = || {
            let (digits, _) = number(stem)?;
            let (new, _) = number(id)?;
            let (old, _) = number(old)?;
            let value = |digits: &str| digits.parse::<u32>().ok();
            (value(digits) == value(old))
                .then(|| with_number(stem, value(new)?, digits.len()).into())?
        };
        let new = by_template(index, id)
            .or_else(|| exchanged(stem, old, id))
            .or_else(same_number);
        new_stems.extend(new.map(|it| (index, it)));
    }
    if template_name::has_id(history) {
        for index in graph.indices().filter(moves) {
            let id = graph[index].id.as_str();
            // Whoever named the file by hand left out what the template puts into every name.
            if !new_ids.contains_key(&index) && !stems[&index].contains(id) {
                new_stems.extend(by_template(index, id).map(|it| (index, it)));
            }
        }
    }
    // Names may be numbered or dated where ids are not.
    let follows_id = matches!(id_style, Style::Number { .. } | Style::Date);
    if matches!(stem_style, Style::Number { .. } | Style::Date) && !follows_id {
        let current = |index: RevIndex| new_stems.get(&index).map_or(stems[&index], String::as_str);
        let moved = in_style(history, &order, &moves, stem_style, current);
        new_stems.extend(moved);
    }

    let mut names: BTreeMap<usize, NewName> = BTreeMap::new();
    for index in graph.indices().filter(moves) {
        let revision = &graph[index];
        let name = NewName {
            id: others.get(&revision.id).cloned(),
            stem: new_stems.get(&index).cloned(),
            others: others.clone(),
        };
        names.insert(revision.place.file.index(), name);
    }
    NewNames { names, unnamed }
}

fn stem_of(history: &History, index: RevIndex) -> &str {
    let name = history.file_name(history.graph[index].place.file.index());
    name.strip_suffix(".py").unwrap_or(name)
}

/// The names that change so that all follow the style, in the order in which Alembic runs the revisions.
fn in_style<'n>(
    history: &History,
    order: &[RevIndex],
    moves: &dyn Fn(&RevIndex) -> bool,
    style: Style,
    current: impl Fn(RevIndex) -> &'n str,
) -> BTreeMap<RevIndex, String> {
    match style {
        Style::Number { width, has_words } => {
            numbered(history, order, moves, (width, has_words), &current)
        }
        Style::Date => dated(history, order, moves, &current),
        Style::Hexadecimal { length } => {
            let is_right = |name: &str| {
                name.len() == length
                    && name
                        .chars()
                        .all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c))
            };
            let mut taken: BTreeSet<String> = order
                .iter()
                .map(|&index| current(index).to_owned())
                .collect();
            let mut changed = BTreeMap::new();
            for &index in order.iter().filter(|index| moves(index)) {
                if !is_right(current(index)) {
                    let parents = history.graph[index].down_revisions();
                    let seed = format!(
                        "{} {parents:?} {}",
                        current(index),
                        history.graph[index].title
                    );
                    let id = fresh(&seed, length, &taken);
                    taken.insert(id.clone());
                    changed.insert(index, id);
                }
            }
            changed
        }
        Style::Free => BTreeMap::new(),
    }
}

/// Consecutive numbers above what is below.
fn numbered<'n>(
    history: &History,
    order: &[RevIndex],
    moves: &dyn Fn(&RevIndex) -> bool,
    (width, has_words): (usize, bool),
    current: &dyn Fn(RevIndex) -> &'n str,
) -> BTreeMap<RevIndex, String> {
    let value = |index: RevIndex| number(current(index))?.0.parse::<u32>().ok();
    let fixed: BTreeSet<u32> = order
        .iter()
        .filter(|index| !moves(index))
        .filter_map(|&index| value(index))
        .collect();
    let mut changed = BTreeMap::new();
    // The first of all keeps its number: some begin with 0, some with 1.
    let mut last: Option<u32> = None;
    for &index in order {
        if !moves(&index) {
            last = last.max(value(index));
            continue;
        }
        let mut next = match (last, value(index)) {
            (Some(last), _) => last + 1,
            (None, Some(first)) => first,
            (None, None) => 1,
        };
        while fixed.contains(&next) {
            next += 1;
        }
        last = Some(next);
        if value(index) == Some(next) {
            continue;
        }
        let mut name = match number(current(index)) {
            Some(_) => with_number(current(index), next, width),
            None => format!("{next:0width$}"),
        };
        if number(current(index)).is_none() && has_words {
            let revision = &history.graph[index];
            name = format!(
                "{name}_{}",
                slug(revision.title.lines().next().unwrap_or_default())
            );
        }
        changed.insert(index, name);
    }
    changed
}

/// Dates that are not before the dates of what is below.
fn dated<'n>(
    history: &History,
    order: &[RevIndex],
    moves: &dyn Fn(&RevIndex) -> bool,
    current: &dyn Fn(RevIndex) -> &'n str,
) -> BTreeMap<RevIndex, String> {
    let graph = &history.graph;
    let mut names: BTreeMap<RevIndex, String> = BTreeMap::new();
    let mut taken: BTreeSet<String> = order
        .iter()
        .filter(|index| !moves(index))
        .map(|&index| current(index).to_owned())
        .collect();
    let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
    let mut changed = BTreeMap::new();
    for &index in order {
        let name = current(index);
        names.insert(index, name.to_owned());
        if !moves(&index) {
            continue;
        }
        let Some((own, rest)) = date(name) else {
            continue;
        };
        let below = graph
            .parents(index)
            .iter()
            .filter_map(|parent| date(names.get(parent)?))
            .map(|(date, _)| date.to_owned())
            .filter(|date| digits(date).len() == digits(own).len())
            .max_by_key(|date| digits(date));
        let mut new = match below {
            Some(below) if digits(&below) > digits(own) => in_shape(own, &digits(&below)),
            _ => own.to_owned(),
        };
        while taken.contains(&format!("{new}{rest}")) {
            let Ok(next) = digits(&new).parse::<u64>() else {
                break;
            };
            new = in_shape(own, &(next + 1).to_string());
        }
        let new = format!("{new}{rest}");
        taken.insert(new.clone());
        names.insert(index, new.clone());
        if new != name {
            changed.insert(index, new);
        }
    }
    changed
}

/// `digits` divided as in `shape`.
fn in_shape(shape: &str, digits: &str) -> String {
    let mut digits = digits.chars();
    let place = |c: char| {
        if c.is_ascii_digit() {
            digits.next().unwrap_or('0')
        } else {
            c
        }
    };
    shape.chars().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::in_shape;

    #[test]
    fn a_date_keeps_its_shape() {
        assert_eq!(in_shape("2024_01_02", "20240203"), "2024_02_03");
    }
}
