//! The graph as one page that needs no network: the drawing, what each revision does to tables, a
//! search. It can be read without JavaScript; with it there are keys and the search.

use std::collections::BTreeSet;
use std::io::{self, Write};

use rechain_history::RevIndex;

use super::svg::{self, draw, escaped};
use super::{Line, Node, Picture};
use crate::chain::{Chain, Entry};
use crate::history::History;

const CSS: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");

/// Prints a page with `pictures`, each with the history it shows.
pub(crate) fn print(pictures: &[(&History, Picture)], out: &mut dyn Write) -> io::Result<()> {
    let revisions: usize = pictures
        .iter()
        .map(|(_, picture)| picture.nodes.len())
        .sum();
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
    for (number, (_, picture)) in pictures.iter().enumerate() {
        let drawing = draw(picture, Some(&link(number)));
        let (width, height) = (drawing.width, drawing.height);
        writeln!(out, "<h2>{}</h2>", escaped(&picture.name))?;
        writeln!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\">\n{}</svg>",
            drawing.elements
        )?;
    }
    writeln!(out, "</nav>\n<div class=\"details\">")?;
    writeln!(
        out,
        "<p class=\"intro dim\">Choose a revision to see what it does.</p>"
    )?;
    for (number, (history, picture)) in pictures.iter().enumerate() {
        let chain = (!history.is_damaged()).then(|| Chain::of(history));
        for at in 0..picture.nodes.len() {
            let page = Page {
                history,
                picture,
                chain: chain.as_ref(),
                number,
            };
            page.section(at, out)?;
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

/// One environment on the page.
struct Page<'p> {
    history: &'p History,
    picture: &'p Picture,
    chain: Option<&'p Chain<'p>>,
    number: usize,
}

impl Page<'_> {
    /// What is said of one node.
    fn section(&self, at: usize, out: &mut dyn Write) -> io::Result<()> {
        let node = &self.picture.nodes[at];
        writeln!(out, "<section id=\"{}{at}\">", link(self.number))?;
        let name = if node.title.is_empty() {
            node.name()
        } else {
            node.title.clone()
        };
        writeln!(out, "<h2>{}</h2>", escaped(&name))?;
        writeln!(out, "<p><code>{}</code>", escaped(&node.name()))?;
        for mark in &node.marks {
            writeln!(out, " <span class=\"dim\">{}</span>", escaped(mark))?;
        }
        writeln!(out, "</p>")?;
        if let Some(index) = self.revision(node) {
            let file = &self.history.file_of(index).name;
            writeln!(out, "<p class=\"dim\"><code>{}</code></p>", escaped(file))?;
        }
        if node.is_published {
            writeln!(
                out,
                "<p class=\"dim\">published: a database may have it</p>"
            )?;
        }
        self.problems(node, out)?;
        writeln!(out, "<h3>Chain</h3>\n<table>")?;
        self.links(node, at, out)?;
        writeln!(out, "</table>")?;
        if let Some(chain) = self.chain
            && let Some(index) = self.revision(node)
            && let Some(entry) = chain.entries.iter().find(|entry| entry.index == index)
        {
            tables(chain, entry, out)?;
        }
        writeln!(out, "</section>")
    }

    fn revision(&self, node: &Node) -> Option<RevIndex> {
        match node.ids.as_slice() {
            [id] => self.history.graph.index(id.as_str()),
            _ => None,
        }
    }

    fn problems(&self, node: &Node, out: &mut dyn Write) -> io::Result<()> {
        for diagnostic in &self.history.diagnostics {
            if node.problems.contains(&diagnostic.code.id) {
                let (code, message) = (diagnostic.code.id, escaped(&diagnostic.message));
                writeln!(out, "<p class=\"bad\">{code}: {message}</p>")?;
            }
        }
        Ok(())
    }

    /// Parents, children and dependencies, as links.
    fn links(&self, node: &Node, at: usize, out: &mut dyn Write) -> io::Result<()> {
        let mut rows: Vec<(&str, Vec<String>)> = vec![
            ("follows", Vec::new()),
            ("depends on", Vec::new()),
            ("followed by", Vec::new()),
        ];
        for line in &node.lines {
            match line {
                Line::Parent(below) => rows[0].1.push(self.link_to(*below)),
                Line::Dependency(below) => rows[1].1.push(self.link_to(*below)),
                Line::Missing(id) => {
                    let id = escaped(id.as_str());
                    rows[0]
                        .1
                        .push(format!("<span class=\"bad\">{id}, which is missing</span>"));
                }
            }
        }
        let above = self.picture.nodes[..at].iter().enumerate();
        let children = above.filter(|(_, other)| other.lines.contains(&Line::Parent(at)));
        rows[2]
            .1
            .extend(children.map(|(child, _)| self.link_to(child)));
        for (word, links) in rows {
            if !links.is_empty() {
                writeln!(
                    out,
                    "<tr><th>{word}</th><td>{}</td></tr>",
                    links.join("<br>")
                )?;
            }
        }
        Ok(())
    }

    fn link_to(&self, at: usize) -> String {
        let node = &self.picture.nodes[at];
        format!(
            "<a href=\"#{}{at}\"><code>{}</code></a> {}",
            link(self.number),
            escaped(&node.name()),
            escaped(&node.title)
        )
    }
}

/// What a revision does to tables.
fn tables(chain: &Chain<'_>, entry: &Entry, out: &mut dyn Write) -> io::Result<()> {
    let names = |tables: &BTreeSet<String>| {
        let tables: Vec<String> = tables.iter().map(|it| code(it)).collect();
        tables.join(", ")
    };
    let needs: Vec<String> = chain
        .dependencies(entry)
        .iter()
        .map(|it| escaped(it))
        .collect();
    let rows = [
        ("creates", names(&entry.created)),
        ("changes", names(&entry.changed)),
        ("drops", names(&entry.dropped)),
        ("needs", needs.join("<br>")),
    ];
    if rows.iter().all(|(_, tables)| tables.is_empty()) && entry.opaque == 0 {
        return writeln!(out, "<h3>Tables</h3>\n<p class=\"dim\">none</p>");
    }
    writeln!(out, "<h3>Tables</h3>\n<table>")?;
    for (word, tables) in rows {
        if !tables.is_empty() {
            writeln!(out, "<tr><th>{word}</th><td>{tables}</td></tr>")?;
        }
    }
    writeln!(out, "</table>")?;
    if entry.opaque > 0 {
        writeln!(
            out,
            "<p class=\"dim\">not understood in {} place(s)</p>",
            entry.opaque
        )?;
    }
    Ok(())
}

fn code(text: &str) -> String {
    format!("<code>{}</code>", escaped(text))
}
