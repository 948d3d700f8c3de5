//! `rechain graph`: the revision graph as a picture.

use std::collections::BTreeSet;

use anyhow::Context as _;
use rechain_history::Problem;

use crate::args::{GraphArguments, GraphFormat};
use crate::exit::ExitStatus;
use crate::history::History;
use crate::picture::{Picture, dot, html, mermaid, svg, terminal};
use crate::proposal::Proposal;
use crate::publication::{Known, known};
use crate::report::text;
use crate::request;
use crate::ui::{TITLE, Ui};
use crate::verify::Intended;

pub(crate) fn run(arguments: &GraphArguments, ui: &mut Ui) -> anyhow::Result<ExitStatus> {
    let histories = request::histories(&arguments.project, ui)?;
    let mut statuses = Vec::new();
    let mut pictures = Vec::new();
    let mut pages = Vec::new();
    for history in &histories {
        if !can_be_drawn(history, ui)? {
            statuses.push(ExitStatus::Failure);
            continue;
        }
        statuses.push(ExitStatus::Success);
        let known = known(&arguments.publication, history)?;
        let is_published = |index| known.publication.is_published(&history.graph, index);
        if arguments.format == GraphFormat::Html {
            // A page is searched, and scrolls.
            pages.push(html::Shown {
                history,
                now: Picture::of(history, &is_published, true),
                planned: planned(history, &known)?,
            });
        } else {
            pictures.push(Picture::of(history, &is_published, arguments.full));
        }
    }
    match arguments.format {
        GraphFormat::Text => {
            for (at, picture) in pictures.iter().enumerate() {
                if histories.len() > 1 {
                    if at > 0 {
                        writeln!(ui.out)?;
                    }
                    writeln!(ui.out, "{TITLE}{}{TITLE:#}", picture.name)?;
                }
                terminal::print(picture, &mut ui.out)?;
            }
        }
        GraphFormat::Mermaid => {
            for (at, picture) in pictures.iter().enumerate() {
                if at > 0 {
                    writeln!(ui.out)?;
                }
                mermaid::print(picture, &mut ui.out)?;
            }
        }
        GraphFormat::Dot => dot::print(&pictures, &mut ui.out)?,
        GraphFormat::Svg => svg::print(&pictures, &mut ui.out)?,
        GraphFormat::Html => html::print(&pages, &mut ui.out)?,
    }
    Ok(ExitStatus::of_all(statuses))
}

/// Whether there is a graph to draw; prints the problems that cannot be shown in it.
fn can_be_drawn(history: &History, ui: &mut Ui) -> anyhow::Result<bool> {
    // What lies on a circle has no place above or below anything.
    let has_cycle = history.graph.problems().iter().any(Problem::is_cycle);
    let cannot_draw = has_cycle || history.graph.is_empty();
    let drawn: BTreeSet<usize> = history
        .graph
        .revisions()
        .iter()
        .map(|revision| revision.place.file.index())
        .collect();
    // A problem in a revision that is drawn is marked there.
    for diagnostic in &history.diagnostics {
        let label = diagnostic.primary.as_ref();
        if cannot_draw || !label.is_some_and(|label| drawn.contains(&label.file)) {
            writeln!(ui.err, "{}\n", text::diagnostic(diagnostic, history))?;
        }
    }
    if cannot_draw {
        ui.problem(&crate::code::DAMAGED, "there is no graph to draw")?;
    }
    Ok(!cannot_draw)
}

/// What `rechain fix` would make of a history, where it would ask nobody.
fn planned(history: &History, known: &Known) -> anyhow::Result<Option<html::Planned>> {
    let Some(steps) = Proposal::steps(history, known) else {
        return Ok(None);
    };
    let after = Intended::reparented(history, &steps).revisions;
    let graph = history.graph.changed_to(after, &history.expectations);
    let moved = steps
        .iter()
        .map(|step| {
            graph
                .index(step.revision.as_str())
                .context("a planned revision exists")
        })
        .collect::<anyhow::Result<BTreeSet<_>>>()?;
    let is_published = |index| known.publication.is_published(&graph, index);
    let picture = Picture::planned(history, &graph, &moved, &is_published, true);
    Ok(Some(html::Planned { steps, picture }))
}
