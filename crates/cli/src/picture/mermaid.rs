//! The graph as a Mermaid flowchart, as GitHub and GitLab draw it in Markdown.

use std::io::{self, Write};

use super::{Line, Node, Picture};

/// Prints `picture` as a flowchart with the base at the top.
pub(crate) fn print(picture: &Picture, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "flowchart TD")?;
    for (at, node) in picture.nodes.iter().enumerate().rev() {
        let (open, close) = if node.is_run() {
            ("([", "])")
        } else {
            ("[", "]")
        };
        writeln!(
            out,
            "    n{at}{open}\"{}\"{close}{}",
            label(node),
            class(node)
        )?;
    }
    let mut missing = 0;
    for (at, node) in picture.nodes.iter().enumerate().rev() {
        for line in &node.lines {
            match line {
                Line::Parent(below) => writeln!(out, "    n{below} --> n{at}")?,
                Line::Dependency(below) => writeln!(out, "    n{below} -.-> n{at}")?,
                Line::Missing(id) => {
                    let id = escaped(id.as_str());
                    writeln!(
                        out,
                        "    m{missing}[\"{id} is missing\"]:::problem --> n{at}"
                    )?;
                    missing += 1;
                }
            }
        }
    }
    writeln!(out, "    classDef head stroke-width:3px")?;
    writeln!(out, "    classDef published opacity:0.6")?;
    writeln!(out, "    classDef problem stroke:#d1242f,stroke-width:3px")
}

fn class(node: &Node) -> &'static str {
    match node {
        _ if !node.problems.is_empty() => ":::problem",
        _ if node.is_published => ":::published",
        _ if node.is_head => ":::head",
        _ => "",
    }
}

fn label(node: &Node) -> String {
    let mut first = vec![node.name()];
    first.extend(node.marks.iter().cloned());
    let mut lines = vec![escaped(&first.join(" "))];
    if !node.title.is_empty() {
        lines.push(escaped(&node.title));
    }
    if !node.problems.is_empty() {
        lines.push(node.problems.join(" "));
    }
    lines.join("<br>")
}

/// Text inside a quoted label: Mermaid reads entities written with `#` there.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '"' | '<' | '>' | '&' | '#' | '`' | '\\' | ';' => {
                escaped.extend(format!("#{};", u32::from(char)).chars());
            }
            char if char.is_control() => escaped.push(' '),
            char => escaped.push(char),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn a_title_cannot_end_the_label() {
        assert_eq!(escaped("a \"b\" <c>"), "a #34;b#34; #60;c#62;");
        assert_eq!(escaped("`x` #1\u{7}"), "#96;x#96; #35;1 ");
    }
}
