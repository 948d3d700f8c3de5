//! The pieces of a Mako template (`mako.lexer.Lexer`).

use super::TemplateError;

/// One piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// Written as it is.
    Text(String),
    /// `${text}`
    Expression { line: usize, text: String },
    /// `% if`, each arm with its line and condition.
    If {
        arms: Vec<(usize, String, Vec<Node>)>,
        otherwise: Vec<Node>,
    },
    /// `% for name in of:`
    For {
        line: usize,
        name: String,
        of: String,
        nodes: Vec<Node>,
    },
    /// `<% text %>` and `<%! text %>`
    Block { line: usize, text: String },
}

/// Cuts `template` into its pieces.
pub(super) fn scan(template: &str) -> Result<Vec<Node>, TemplateError> {
    let mut scanner = Scanner {
        template,
        at: 0,
        open: vec![Frame {
            kind: Kind::Whole,
            line: 1,
            nodes: Vec::new(),
        }],
    };
    while scanner.at < template.len() {
        scanner.next()?;
    }
    let last = scanner.open.pop();
    match last {
        Some(Frame {
            kind: Kind::Whole,
            nodes,
            ..
        }) => Ok(nodes),
        Some(frame) => Err(TemplateError {
            line: frame.line,
            reason: format!("`% {}` is not closed", frame.kind.word()),
        }),
        None => Ok(Vec::new()),
    }
}

enum Kind {
    Whole,
    /// Arms that are complete, and the condition of the current one.
    If(Vec<(usize, String, Vec<Node>)>, (usize, String)),
    Else(Vec<(usize, String, Vec<Node>)>),
    For(String, String),
}

impl Kind {
    fn word(&self) -> &'static str {
        match self {
            Self::Whole => "template",
            Self::If(..) | Self::Else(_) => "if",
            Self::For(..) => "for",
        }
    }
}

/// A control structure that is open.
struct Frame {
    kind: Kind,
    line: usize,
    nodes: Vec<Node>,
}

struct Scanner<'t> {
    template: &'t str,
    at: usize,
    open: Vec<Frame>,
}

impl<'t> Scanner<'t> {
    fn rest(&self) -> &'t str {
        &self.template[self.at..]
    }

    fn line(&self) -> usize {
        1 + self.template[..self.at].matches('\n').count()
    }

    fn error<T>(&self, reason: impl Into<String>) -> Result<T, TemplateError> {
        Err(TemplateError {
            line: self.line(),
            reason: reason.into(),
        })
    }

    fn push(&mut self, node: Node) {
        let Some(frame) = self.open.last_mut() else {
            return;
        };
        if let (Some(Node::Text(text)), Node::Text(more)) = (frame.nodes.last_mut(), &node) {
            text.push_str(more);
        } else {
            frame.nodes.push(node);
        }
    }

    fn text(&mut self, length: usize) {
        let text = self.rest()[..length].to_owned();
        self.at += length;
        self.push(Node::Text(text));
    }

    fn next(&mut self) -> Result<(), TemplateError> {
        let is_line_start = self.at == 0 || self.template[..self.at].ends_with('\n');
        if is_line_start && self.control_line()? {
            return Ok(());
        }
        let rest = self.rest();
        if rest.starts_with("${") {
            return self.expression();
        }
        if let Some(inside) = rest.strip_prefix("<%doc>") {
            let Some(end) = inside.find("</%doc>") else {
                return self.error("`<%doc>` is not closed");
            };
            self.at += "<%doc>".len() + end + "</%doc>".len();
            return Ok(());
        }
        if rest.starts_with("<%") {
            return self.block();
        }
        if rest.starts_with("</%") {
            return self.error("a closing tag is not understood");
        }
        if rest.starts_with("\\\n") || rest.starts_with("\\\r\n") {
            self.at += rest.find('\n').unwrap_or(0) + 1;
            return Ok(());
        }
        // Up to where something else may begin.
        let mut length = 0;
        for (at, c) in rest.char_indices() {
            if at > 0 && matches!(c, '$' | '<' | '\\') {
                break;
            }
            length = at + c.len_utf8();
            if c == '\n' {
                break;
            }
        }
        self.text(length);
        Ok(())
    }

    /// A line that begins with `%` or `##`. Whether it was one.
    fn control_line(&mut self) -> Result<bool, TemplateError> {
        let rest = self.rest();
        let content = rest.trim_start_matches([' ', '\t']);
        let whole = rest.find('\n').map_or(rest.len(), |at| at + 1);
        if content.starts_with("##") {
            self.at += whole;
            return Ok(true);
        }
        if !content.starts_with('%') {
            return Ok(false);
        }
        let indent = rest.len() - content.len();
        if content.starts_with("%%") {
            // One of them is written.
            self.text(indent);
            self.at += 1;
            let percents = content.len() - content.trim_start_matches('%').len();
            self.text(percents - 1);
            return Ok(true);
        }
        let line = rest[..whole].trim();
        if line.ends_with('\\') {
            return self.error("a control line that goes on in the next is not understood");
        }
        self.control(line.trim_start_matches('%').trim(), line)?;
        self.at += whole;
        Ok(true)
    }

    fn control(&mut self, statement: &str, shown: &str) -> Result<(), TemplateError> {
        let line = self.line();
        let statement = statement
            .split_once(" #")
            .map_or(statement, |(code, _)| code.trim());
        if let Some(condition) = statement.strip_prefix("if ").and_then(body) {
            self.open.push(Frame {
                kind: Kind::If(Vec::new(), (line, condition.to_owned())),
                line,
                nodes: Vec::new(),
            });
            return Ok(());
        }
        if let Some(header) = statement.strip_prefix("for ").and_then(body)
            && let Some((name, of)) = header.split_once(" in ")
        {
            self.open.push(Frame {
                kind: Kind::For(name.trim().to_owned(), of.trim().to_owned()),
                line,
                nodes: Vec::new(),
            });
            return Ok(());
        }
        let Some(frame) = self.open.pop() else {
            return self.error(format!("`{shown}` is not understood"));
        };
        let start = frame.line;
        let reopened = |kind| Frame {
            kind,
            line: start,
            nodes: Vec::new(),
        };
        match (frame.kind, statement) {
            (Kind::If(mut arms, (at, condition)), statement)
                if statement.starts_with("elif ") || body(statement) == Some("else") =>
            {
                arms.push((at, condition, frame.nodes));
                let next = statement.strip_prefix("elif ").and_then(body);
                self.open.push(reopened(match next {
                    Some(condition) => Kind::If(arms, (line, condition.to_owned())),
                    None => Kind::Else(arms),
                }));
                Ok(())
            }
            (Kind::If(mut arms, (at, condition)), "endif") => {
                arms.push((at, condition, frame.nodes));
                self.push(Node::If {
                    arms,
                    otherwise: Vec::new(),
                });
                Ok(())
            }
            (Kind::Else(arms), "endif") => {
                self.push(Node::If {
                    arms,
                    otherwise: frame.nodes,
                });
                Ok(())
            }
            (Kind::For(name, of), "endfor") => {
                self.push(Node::For {
                    line: start,
                    name,
                    of,
                    nodes: frame.nodes,
                });
                Ok(())
            }
            _ => self.error(format!("`{shown}` is not understood")),
        }
    }

    fn expression(&mut self) -> Result<(), TemplateError> {
        let line = self.line();
        let rest = &self.rest()[2..];
        let mut depth = 0;
        let mut quote = None;
        let mut is_escaped = false;
        for (at, c) in rest.char_indices() {
            match (quote, c) {
                _ if is_escaped => is_escaped = false,
                (Some(_), '\\') => is_escaped = true,
                (Some(open), _) if open == c => quote = None,
                (None, '"' | '\'') => quote = Some(c),
                (None, '{') => depth += 1,
                (None, '}') if depth > 0 => depth -= 1,
                (None, '}') => {
                    let text = rest[..at].trim().to_owned();
                    self.at += 2 + at + 1;
                    self.push(Node::Expression { line, text });
                    return Ok(());
                }
                _ => {}
            }
        }
        self.error("`${` is not closed")
    }

    fn block(&mut self) -> Result<(), TemplateError> {
        let rest = self.rest();
        let line = self.line();
        let inside = rest.strip_prefix("<%!").or_else(|| rest.strip_prefix("<%"));
        let inside = inside.unwrap_or_default();
        if !inside.starts_with(char::is_whitespace) {
            let tag: String = rest
                .chars()
                .take_while(|c| !c.is_whitespace() && *c != '>')
                .collect();
            return self.error(format!("`{tag}` is not understood"));
        }
        let Some(end) = inside.find("%>") else {
            return self.error("`<%` is not closed");
        };
        let text = inside[..end].to_owned();
        self.at += rest.len() - inside.len() + end + 2;
        self.push(Node::Block { line, text });
        Ok(())
    }
}

/// What stands before the colon at the end.
fn body(text: &str) -> Option<&str> {
    Some(text.trim().strip_suffix(':')?.trim())
}
