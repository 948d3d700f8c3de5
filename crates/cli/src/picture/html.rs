//! The graph as one page that needs no network: the drawing, what each revision does and why it
//! stands where it stands, a search, and what the chain would be like after a repair. It can be read
//! without JavaScript; with it there are keys and the search.

mod effects;
mod section;
mod verdict;

use std::collections::BTreeMap;
use std::io::{self, Write};

use rechain_history::RevisionId;
use rechain_planner::Reparent;

use super::Picture;
use super::svg::{self, draw, escaped};
use crate::chain::Chain;
use crate::history::History;
use section::Section;

const CSS: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");

/// What the page shows of one environment.
pub(crate) struct Shown<'h> {
    pub(crate) history: &'h History,
    /// The graph as it is, every revision drawn.
    pub(crate) now: Picture,
    /// What a repair makes of it, where it needs one and nothing is left to decide.
    pub(crate) planned: Option<Planned>,
}

/// What a repair makes of a graph.
pub(crate) struct Planned {
    /// The revisions that get other parents.
    pub(crate) steps: Vec<Reparent>,
    /// The graph afterwards, drawn in full.
    pub(crate) picture: Picture,
}

/// Prints one page with all environments.
pub(crate) fn print(shown: &[Shown<'_>], out: &mut dyn Write) -> io::Result<()> {
    let revisions: usize = shown.iter().map(|it| it.now.nodes.len()).sum();
    writeln!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">"
    )?;
    writeln!(
        out,
        "<meta name=\"viewport\" content=\"width=device-width\">"
    )?;
    writeln!(out, "<title>Revision graph</title>")?;
    writeln!(out, "<style>{}\n{CSS}</style>\n</head>\n<body>", svg::STYLE)?;
    writeln!(
        out,
        "<header><h1>{revisions} revisions</h1>\
         <input type=\"search\" placeholder=\"Search ids, titles, tables\" aria-label=\"Search\"><output></output>\
         <span class=\"keys\"><kbd>j</kbd> <kbd>k</kbd> older, newer &nbsp; <kbd>/</kbd> search</span></header>"
    )?;
    writeln!(
        out,
        "<main>\n<nav class=\"graphs\" aria-label=\"Revisions\">"
    )?;
    for (number, environment) in shown.iter().enumerate() {
        graphs(environment, number, out)?;
    }
    writeln!(out, "</nav>\n<div class=\"details\">")?;
    writeln!(
        out,
        "<p class=\"intro dim\">Choose a revision to see what it does.</p>"
    )?;
    for (number, environment) in shown.iter().enumerate() {
        let history = environment.history;
        let chain = (!history.is_damaged()).then(|| Chain::of(history));
        let section = Section {
            shown: environment,
            chain: chain.as_ref(),
            link: link(number),
            dialects: history.dialects(),
        };
        for at in 0..environment.now.nodes.len() {
            section.print(at, out)?;
        }
    }
    writeln!(
        out,
        "</div>\n</main>\n<script>{SCRIPT}</script>\n</body>\n</html>"
    )
}

/// What the addresses of an environment's revisions begin with.
fn link(number: usize) -> String {
    format!("e{number}r")
}

/// The drawings of one environment: as it is, and as it would be.
fn graphs(shown: &Shown<'_>, number: usize, out: &mut dyn Write) -> io::Result<()> {
    let link = link(number);
    writeln!(out, "<article>\n<h2>{}</h2>", escaped(&shown.now.name))?;
    let address = |at: usize| format!("{link}{at}");
    let Some(planned) = &shown.planned else {
        drawing(&shown.now, "now", &address, out)?;
        return writeln!(out, "</article>");
    };
    writeln!(
        out,
        "<fieldset><legend>The chain</legend>\
         <label><input type=\"radio\" name=\"view{number}\" value=\"now\" checked> as it is</label>\
         <label><input type=\"radio\" name=\"view{number}\" value=\"then\"> after <code>rechain fix</code></label>\
         </fieldset>"
    )?;
    let positions = positions(&shown.now);
    writeln!(out, "<table class=\"steps\">")?;
    for step in &planned.steps {
        let name = match positions.get(&step.revision) {
            Some(&at) => format!("<a href=\"#{link}{at}\">{}</a>", code(&step.revision)),
            None => code(&step.revision),
        };
        writeln!(
            out,
            "<tr><td>{name}</td><td>{} → {}</td><td>{}</td></tr>",
            codes(&step.from),
            codes(&step.to),
            escaped(&step.reason.to_string())
        )?;
    }
    writeln!(out, "</table>")?;
    drawing(&shown.now, "now", &address, out)?;
    // Both drawings lead to the same descriptions.
    let address = |at: usize| {
        let id = planned.picture.nodes[at].ids.first();
        let now = id.and_then(|id| positions.get(id));
        now.map_or_else(String::new, |now| format!("{link}{now}"))
    };
    drawing(&planned.picture, "then", &address, out)?;
    writeln!(out, "</article>")
}

fn drawing(
    picture: &Picture,
    class: &str,
    address: &dyn Fn(usize) -> String,
    out: &mut dyn Write,
) -> io::Result<()> {
    let drawing = draw(picture, Some(address));
    let (width, height) = (drawing.width, drawing.height);
    writeln!(
        out,
        "<svg class=\"{class}\" xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\">\n{}</svg>",
        drawing.elements
    )
}

/// Where each revision stands in a picture that is drawn in full.
fn positions(picture: &Picture) -> BTreeMap<RevisionId, usize> {
    let nodes = picture.nodes.iter().enumerate();
    nodes
        .flat_map(|(at, node)| node.ids.iter().map(move |id| (id.clone(), at)))
        .collect()
}

fn codes(ids: &[RevisionId]) -> String {
    match ids {
        [] => "nothing".to_owned(),
        ids => ids.iter().map(code).collect::<Vec<_>>().join(", "),
    }
}

fn code(text: &impl ToString) -> String {
    format!("<code>{}</code>", escaped(&text.to_string()))
}
