//! What is shown of an open decision: the revisions, their places, and what each option leads to.

use anstyle::Style;
use rechain_history::{RevIndex, TextRange};
use rechain_planner::{Choice, Decision, Outcome};
use rechain_project::git::Repository;

use super::snippet::snippet;
use crate::code;
use crate::decisions::words;
use crate::desk::Desk;
use crate::diagnostic::first_line;
use crate::terminal::line::{Line, side_by_side, wrapped};
use crate::ui::TITLE;

/// From this width on, two places stand beside each other.
const WIDE: usize = 120;

/// Where a decision shows in the sources.
pub(crate) fn places(desk: &Desk<'_>, decision: &Decision) -> Vec<(RevIndex, TextRange)> {
    let graph = &desk.history.graph;
    let at = |index: RevIndex, range: Option<TextRange>| {
        (index, range.unwrap_or(graph[index].place.range))
    };
    let named = |id: &rechain_history::RevisionId| graph.index(id.as_str());
    match decision {
        Decision::Conflict(conflict) => vec![
            at(conflict.one, conflict.one_range),
            at(conflict.other, conflict.other_range),
        ],
        Decision::NotUnderstood(entries) => entries
            .iter()
            .map(|entry| at(entry.revision, Some(entry.range)))
            .collect(),
        // Damage is asked about before there is a graph to show.
        Decision::WhichSideStays { .. } | Decision::BothPublished { .. } | Decision::Damage(_) => {
            Vec::new()
        }
        Decision::Displaced(displaced) => {
            let index = named(&displaced.revision);
            index.map(|index| at(index, None)).into_iter().collect()
        }
        Decision::EmptiedMerge { revision } => named(revision)
            .map(|index| at(index, None))
            .into_iter()
            .collect(),
    }
}

/// The screen, line by line.
pub(super) fn lines(
    desk: &Desk<'_>,
    decision: &Decision,
    choices: &[Choice],
    (number, total): (usize, usize),
    (width, around): (usize, usize),
) -> Vec<Line> {
    let mut lines = vec![Line::new(), heading(decision, number, total)];
    match decision {
        Decision::Conflict(conflict) => {
            lines.extend(revisions(desk, decision, (width, around)));
            let verdict = words::verdict(desk.history, conflict);
            lines.extend(text(&verdict, width));
        }
        Decision::WhichSideStays { sides, .. } => {
            lines.extend(text(&words::question(desk.history, decision), width));
            for (at, side) in sides.iter().enumerate() {
                lines.push(Line::new());
                for (row, &index) in side.revisions.iter().enumerate() {
                    let number = if row == 0 {
                        format!("{}", at + 1)
                    } else {
                        String::new()
                    };
                    let line = Line::new().with(TITLE, &format!("  {number:<2} "));
                    lines.push(line.and(revision(desk, index)).cut(width));
                }
            }
        }
        Decision::BothPublished { heads } => {
            lines.extend(text(&words::question(desk.history, decision), width));
            for &head in heads {
                lines.push(Line::plain("     ").and(revision(desk, head)).cut(width));
            }
            let ids = heads.iter().map(|&it| desk.history.graph[it].id.as_str());
            let ids: Vec<&str> = ids.collect();
            let merge = format!("rechain merge {}", ids.join(" "));
            let merge = desk.history.command_on_revisions(&merge);
            lines.push(Line::new());
            lines.extend(text(
                "If databases have all of them, leave, and join them:",
                width,
            ));
            // In one piece, so that it can be copied.
            lines.push(Line::plain(&format!("     {merge}")));
        }
        _ => {
            lines.extend(text(&words::question(desk.history, decision), width));
            lines.extend(revisions(desk, decision, (width, around)));
        }
    }
    lines.push(Line::new());
    lines.extend(options(desk, decision, choices, width));
    lines
}

fn heading(decision: &Decision, number: usize, total: usize) -> Line {
    let noun = match decision {
        Decision::Conflict(_) => "Conflict",
        _ => "Question",
    };
    let line = Line::new().with(TITLE, &format!("{noun} {number} of {total}"));
    match decision {
        Decision::Conflict(conflict) => {
            let code = code::CONFLICT.id;
            line.with(Style::new(), &format!(": {} [{code}]", conflict.kind))
        }
        _ => line,
    }
}

fn text(sentence: &str, width: usize) -> Vec<Line> {
    wrapped(sentence, width, 0)
        .iter()
        .map(|it| Line::plain(it))
        .collect()
}

fn revision(desk: &Desk<'_>, index: RevIndex) -> Line {
    let revision = &desk.history.graph[index];
    Line::new()
        .with(TITLE, revision.id.as_str())
        .with(Style::new(), &format!(" {}", first_line(&revision.title)))
}

/// The revisions that the decision is about with their places: beside each other where there is room.
fn revisions(desk: &Desk<'_>, decision: &Decision, (width, around): (usize, usize)) -> Vec<Line> {
    let places = places(desk, decision);
    let half = width.saturating_sub(3) / 2;
    let repository = desk
        .history
        .environment
        .version_locations
        .iter()
        .find(|it| it.is_dir())
        .and_then(|location| Repository::open(location).ok().flatten());
    let is_wide = width >= WIDE && places.len() == 2;
    let publication = desk.publication_now();
    let mut blocks: Vec<Vec<Line>> = places
        .iter()
        .map(|&(index, range)| {
            let file = desk.history.file_of(index);
            let written = repository
                .as_ref()
                .and_then(|it| it.authorship(&file.path).ok().flatten());
            let mut written = match written {
                Some(it) => format!("by {}, {}", it.author, it.date),
                None if repository.is_some() => "not committed yet".to_owned(),
                None => "author and date not known (no git)".to_owned(),
            };
            if publication.is_published(&desk.history.graph, index) {
                written.push_str("; databases may have it");
            }
            let mut block = if around == 0 && !is_wide {
                // There is little room.
                let behind = Line::new().with(Style::new().dimmed(), &format!(" ({written})"));
                let left = width.saturating_sub(behind.width());
                vec![revision(desk, index).cut(left).and(behind)]
            } else {
                vec![revision(desk, index), Line::plain(&written)]
            };
            block.extend(snippet(file, range, around));
            let width = if is_wide { half } else { width };
            block.into_iter().map(|line| line.cut(width)).collect()
        })
        .collect();
    let mut lines = vec![Line::new()];
    if is_wide && let Some(right) = blocks.pop() {
        let left = blocks.pop().unwrap_or_default();
        lines.extend(side_by_side(left, right, width));
        lines.push(Line::new());
        return lines;
    }
    for block in blocks {
        lines.extend(block);
        lines.push(Line::new());
    }
    lines
}

/// What each option says, which files it changes and what it means for databases.
fn options(desk: &Desk<'_>, decision: &Decision, choices: &[Choice], width: usize) -> Vec<Line> {
    let is_conflict = matches!(decision, Decision::Conflict(_));
    // Of the two orders of a conflict, one is offered here; the other is the reorder view's.
    let shown = if is_conflict { 1 } else { choices.len() };
    let mut lines = Vec::new();
    for (at, choice) in choices.iter().take(shown).enumerate() {
        let key = if is_conflict {
            "Planned order: ".to_owned()
        } else {
            format!("  {}  ", super::offer::key_of(&choice.answer, at))
        };
        let indent = key.len();
        for line in wrapped(&format!("{key}{}", words::option(choice)), width, indent) {
            // The blanks in front are eaten by the wrapping.
            let line = if is_conflict || line.starts_with(' ') {
                line
            } else {
                format!("  {line}")
            };
            lines.push(Line::plain(&line));
        }
        if let Outcome::Plan(plan) = &choice.outcome {
            for sentence in words::databases(desk.history, desk.publication(plan), plan) {
                for line in wrapped(&sentence, width.saturating_sub(5), 0) {
                    lines.push(Line::new().with(Style::new().dimmed(), &format!("     {line}")));
                }
            }
        }
    }
    lines
}
