//! `rechain graph`: the revision graph as a picture.

use std::collections::BTreeSet;

use rechain_history::Problem;

use crate::args::{GraphArguments, GraphFormat};
use crate::exit::ExitStatus;
use crate::history::History;
use crate::picture::{Picture, dot, html, mermaid, svg, terminal};
use crate::publication::known;
use crate::report::text;
use crate::request;
use crate::ui::{TITLE, Ui};

pub(crate) fn run(arguments: &GraphArguments, ui: &mut Ui) -> anyhow::Result<ExitStatus> {
    let histories = request::histories(&arguments.project, ui)?;
    let mut statuses = Vec::new();
    let mut pictures = Vec::new();
    let mut drawn = Vec::new();
    for history in &histories {
        match picture(history, arguments, ui)? {
            Some(picture) => {
                drawn.push(history);
                pictures.push(picture);
                statuses.push(ExitStatus::Success);
            }
            None => statuses.push(ExitStatus::Failure),
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
        GraphFormat::Html => {
            let pictures: Vec<_> = drawn.into_iter().zip(pictures).collect();
            html::print(&pictures, &mut ui.out)?;
        }
    }
    Ok(ExitStatus::of_all(statuses))
}

/// The picture of one history; `None`, with the problems printed, where it cannot be drawn.
fn picture(
    history: &History,
    arguments: &GraphArguments,
    ui: &mut Ui,
) -> anyhow::Result<Option<Picture>> {
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
        ui.error("there is no graph to draw")?;
        return Ok(None);
    }
    // A page is searched, and scrolls.
    let in_full = arguments.full || arguments.format == GraphFormat::Html;
    let publication = known(&arguments.publication, history)?.publication;
    let is_published = |index| publication.is_published(&history.graph, index);
    Ok(Some(Picture::of(history, &is_published, in_full)))
}
