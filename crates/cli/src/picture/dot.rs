//! The graph in Graphviz's language.

use std::io::{self, Write};

use super::{Line, Node, Picture};

/// Prints `pictures` as one directed graph, a cluster each, with the base at the bottom.
pub(crate) fn print(pictures: &[Picture], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "digraph revisions {{")?;
    writeln!(out, "    rankdir=BT;")?;
    writeln!(
        out,
        "    node [shape=box, style=rounded, fontname=\"sans-serif\"];"
    )?;
    for (number, picture) in pictures.iter().enumerate() {
        writeln!(out, "    subgraph cluster_{number} {{")?;
        writeln!(out, "        label={};", quoted(&picture.name))?;
        for (at, node) in picture.nodes.iter().enumerate() {
            writeln!(
                out,
                "        e{number}n{at} [label={}{}];",
                quoted(&label(node)),
                attributes(node)
            )?;
        }
        for (at, node) in picture.nodes.iter().enumerate() {
            for (which, line) in node.lines.iter().enumerate() {
                let name = format!("e{number}n{at}");
                match line {
                    Line::Parent(below) => writeln!(out, "        e{number}n{below} -> {name};")?,
                    Line::Dependency(below) => {
                        writeln!(out, "        e{number}n{below} -> {name} [style=dashed];")?;
                    }
                    Line::Missing(id) => {
                        let missing = format!("e{number}m{at}x{which}");
                        let text = quoted(&format!("{id} is missing"));
                        writeln!(out, "        {missing} [label={text}, color=red];")?;
                        writeln!(out, "        {missing} -> {name} [color=red];")?;
                    }
                }
            }
        }
        writeln!(out, "    }}")?;
    }
    writeln!(out, "}}")
}

fn label(node: &Node) -> String {
    let mut lines = vec![[vec![node.name()], node.marks.clone()].concat().join(" ")];
    if !node.title.is_empty() {
        lines.push(node.title.clone());
    }
    if !node.problems.is_empty() {
        lines.push(node.problems.join(" "));
    }
    lines.join("\n")
}

fn attributes(node: &Node) -> &'static str {
    match node {
        _ if !node.problems.is_empty() => ", color=red, penwidth=2",
        _ if node.is_published => ", color=gray, fontcolor=gray",
        _ if node.is_head => ", penwidth=2",
        _ if node.is_run() => ", style=\"rounded,dashed\"",
        _ => "",
    }
}

/// A double-quoted string; a line break becomes Graphviz's own.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for char in text.chars() {
        match char {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            char if char.is_control() => quoted.push(' '),
            char => quoted.push(char),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn text_stays_inside_its_quotes() {
        assert_eq!(quoted("a \"b\"\\\nc\u{1b}"), "\"a \\\"b\\\"\\\\\\nc \"");
    }
}
