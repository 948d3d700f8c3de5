//! What the page says of one revision.

use std::collections::BTreeSet;
use std::io::{self, Write};

use rechain_history::{Dialects, RevIndex};

use super::verdict::{self, Side};
use super::{Shown, code, codes, effects, escaped};
use crate::chain::{Chain, Entry};
use crate::picture::{Line, Node};

/// Prints the sections of one environment.
pub(super) struct Section<'s> {
    pub(super) shown: &'s Shown<'s>,
    /// Absent where the history is damaged.
    pub(super) chain: Option<&'s Chain<'s>>,
    /// What the addresses begin with.
    pub(super) link: String,
    /// The databases whose rules count.
    pub(super) dialects: Dialects,
}

impl Section<'_> {
    /// What is said of one node.
    pub(super) fn print(&self, at: usize, out: &mut dyn Write) -> io::Result<()> {
        let node = &self.shown.now.nodes[at];
        let history = self.shown.history;
        writeln!(out, "<section id=\"{}{at}\">", self.link)?;
        let name = if node.title.is_empty() {
            node.name()
        } else {
            node.title.clone()
        };
        writeln!(out, "<h2>{}</h2>", escaped(&name))?;
        writeln!(out, "<p>{}", code(&node.name()))?;
        for mark in &node.marks {
            writeln!(out, " <span class=\"dim\">{}</span>", escaped(mark))?;
        }
        writeln!(out, "</p>")?;
        let index = self.revision(node);
        if let Some(index) = index {
            writeln!(
                out,
                "<p class=\"dim\">{}</p>",
                code(&history.file_of(index).name)
            )?;
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
        self.step(node, out)?;
        writeln!(out, "</table>")?;
        if let Some(chain) = self.chain
            && let Some(index) = index
            && let Some(entry) = chain.entries.iter().find(|entry| entry.index == index)
        {
            tables(chain, entry, out)?;
            if let Some(found) = chain.effects.get(&index) {
                effects::list(history.file_of(index), found, out)?;
            }
        }
        writeln!(out, "</section>")
    }

    fn revision(&self, node: &Node) -> Option<RevIndex> {
        match node.ids.as_slice() {
            [id] => self.shown.history.graph.index(id.as_str()),
            _ => None,
        }
    }

    fn problems(&self, node: &Node, out: &mut dyn Write) -> io::Result<()> {
        for diagnostic in &self.shown.history.diagnostics {
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
                Line::Parent(below) => {
                    let parent = self.revision(&self.shown.now.nodes[*below]);
                    let verdict = self.verdict(parent, self.revision(node), false);
                    rows[0].1.push(self.link_to(*below) + &verdict);
                }
                Line::Dependency(below) => rows[1].1.push(self.link_to(*below)),
                Line::Missing(id) => {
                    let id = escaped(id.as_str());
                    rows[0]
                        .1
                        .push(format!("<span class=\"bad\">{id}, which is missing</span>"));
                }
            }
        }
        let above = self.shown.now.nodes[..at].iter().enumerate();
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

    /// What a repair does to this revision.
    fn step(&self, node: &Node, out: &mut dyn Write) -> io::Result<()> {
        let steps = self.shown.planned.iter().flat_map(|it| &it.steps);
        for step in steps.filter(|step| node.ids.contains(&step.revision)) {
            let graph = &self.shown.history.graph;
            let here = graph.index(step.revision.as_str());
            let verdicts: String = step
                .to
                .iter()
                .filter(|id| !step.from.contains(id))
                .map(|id| self.verdict(graph.index(id.as_str()), here, true))
                .collect();
            writeln!(
                out,
                "<tr><th>after a repair</th><td>follows {}: {}{verdicts}</td></tr>",
                codes(&step.to),
                escaped(&step.reason.to_string())
            )?;
        }
        Ok(())
    }

    /// What the two revisions of an edge have to do with each other; nothing where that is not known.
    fn verdict(&self, lower: Option<RevIndex>, upper: Option<RevIndex>, is_new: bool) -> String {
        let side = |index: RevIndex| {
            Some(Side {
                file: self.shown.history.file_of(index),
                effects: self.chain?.effects.get(&index)?,
            })
        };
        match (lower.and_then(side), upper.and_then(side)) {
            (Some(lower), Some(upper)) => verdict::edge(lower, upper, is_new, self.dialects),
            _ => String::new(),
        }
    }

    fn link_to(&self, at: usize) -> String {
        let node = &self.shown.now.nodes[at];
        format!(
            "<a href=\"#{}{at}\">{}</a> {}",
            self.link,
            code(&node.name()),
            escaped(&node.title)
        )
    }
}

/// What a revision does to tables.
fn tables(chain: &Chain<'_>, entry: &Entry, out: &mut dyn Write) -> io::Result<()> {
    let names = |tables: &BTreeSet<String>| {
        let tables: Vec<String> = tables.iter().map(code).collect();
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
