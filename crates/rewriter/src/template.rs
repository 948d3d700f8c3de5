//! A project's `script.py.mako`, filled in for a revision that joins others.
//!
//! Mako templates are Python programs, and nothing of a project is run here. So this reads the part of
//! Mako that Alembic's and Flask-Migrate's own templates use: `${...}` with names, `repr()`, one
//! condition, the filters `comma` and `n`; `% if`, `% for`; comments; blocks that import a module or split the
//! `databases` option. Anything else is an error that names the line.

mod expression;
mod scan;

use std::collections::BTreeMap;

use thiserror::Error;

use self::expression::{Expression, Value};
use self::scan::{Node, scan};

/// What Alembic would give the template for `alembic merge`.
#[derive(Debug, Clone, Default)]
pub struct MergeRevision {
    /// `up_revision`
    pub revision: String,
    /// `down_revision`: several.
    pub parents: Vec<String>,
    /// `message`
    pub message: String,
    /// `create_date`, as it is printed.
    pub create_date: String,
    /// The names of the databases that a multi-database template makes functions for.
    pub databases: Option<Databases>,
}

/// The names of the databases of a project that migrates several at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Databases {
    /// The `databases` option of the configuration, as written.
    Option(String),
    /// As the functions of earlier revisions name them.
    Names(Vec<String>),
}

/// Something a template needs that is not understood.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {reason}")]
pub struct TemplateError {
    /// The line in the template, the first is 1.
    pub line: usize,
    /// What is not understood there.
    pub reason: String,
}

/// The text of the revision file.
pub fn fill_in(template: &str, revision: &MergeRevision) -> Result<String, TemplateError> {
    let nodes = scan(template)?;
    let strings = |all: &[String]| Value::Tuple(all.to_vec());
    let mut names: BTreeMap<String, Value> = BTreeMap::new();
    let mut set = |name: &str, value: Value| names.insert(name.to_owned(), value);
    set("up_revision", Value::Text(revision.revision.clone()));
    set(
        "down_revision",
        match revision.parents.as_slice() {
            [] => Value::None,
            [one] => Value::Text(one.clone()),
            several => strings(several),
        },
    );
    set("message", Value::Text(revision.message.clone()));
    set("create_date", Value::Text(revision.create_date.clone()));
    set("branch_labels", Value::None);
    set("depends_on", Value::None);
    let mut writer = Writer {
        revision,
        names,
        text: String::with_capacity(template.len() + 128),
    };
    writer.write(&nodes)?;
    Ok(writer.text)
}

struct Writer<'r> {
    revision: &'r MergeRevision,
    names: BTreeMap<String, Value>,
    text: String,
}

impl Writer<'_> {
    fn write(&mut self, nodes: &[Node]) -> Result<(), TemplateError> {
        for node in nodes {
            match node {
                Node::Text(text) => self.text.push_str(text),
                Node::Expression { line, text } => {
                    let (expression, filters) =
                        Expression::with_filters(text).map_err(|reason| TemplateError {
                            line: *line,
                            reason,
                        })?;
                    let value = self.value(&expression, *line)?;
                    let shown = filtered(value, &filters).map_err(|reason| TemplateError {
                        line: *line,
                        reason,
                    })?;
                    self.text.push_str(&shown);
                }
                Node::If { arms, otherwise } => {
                    let mut taken = otherwise;
                    for (line, condition, nodes) in arms {
                        if self.parsed(condition, *line)?.is_true() {
                            taken = nodes;
                            break;
                        }
                    }
                    self.write(taken)?;
                }
                Node::For {
                    line,
                    name,
                    of,
                    nodes,
                } => {
                    let Value::Tuple(items) = self.parsed(of, *line)? else {
                        return Err(TemplateError {
                            line: *line,
                            reason: format!("what `{of}` holds is not known"),
                        });
                    };
                    for item in items {
                        self.names.insert(name.clone(), Value::Text(item));
                        self.write(nodes)?;
                    }
                    self.names.remove(name);
                }
                Node::Block { line, text } => self.block(*line, text)?,
            }
        }
        Ok(())
    }

    fn parsed(&self, text: &str, line: usize) -> Result<Value, TemplateError> {
        let expression =
            Expression::parse(text).map_err(|reason| TemplateError { line, reason })?;
        self.value(&expression, line)
    }

    fn value(&self, expression: &Expression, line: usize) -> Result<Value, TemplateError> {
        let option = match &self.revision.databases {
            Some(Databases::Option(text)) => Some(text.as_str()),
            _ => None,
        };
        expression
            .value(&self.names, option)
            .map_err(|reason| TemplateError { line, reason })
    }

    /// A `<% ... %>`: imports, and assignments of what can be told.
    fn block(&mut self, line: usize, text: &str) -> Result<(), TemplateError> {
        // Flask-Migrate asks the running application for its binds. They are those that earlier
        // revisions have functions for.
        if text.contains("current_app") && text.contains("db_names = ") {
            let Some(Databases::Names(names)) = &self.revision.databases else {
                return Err(TemplateError {
                    line,
                    reason: "the names of the databases come from the running application, and no \
                             earlier revision has functions for them"
                        .to_owned(),
                });
            };
            let names = Value::Tuple(names.clone());
            self.names.insert("db_names".to_owned(), names);
            return Ok(());
        }
        for (offset, statement) in text.split('\n').enumerate() {
            let line = line + offset;
            let statement = statement.trim();
            let is_import = statement.starts_with("import ") || statement.starts_with("from ");
            if statement.is_empty() || statement.starts_with('#') || is_import {
                continue;
            }
            let assignment = statement.split_once('=').filter(|(name, _)| {
                let name = name.trim();
                name.chars().all(|c| c.is_alphanumeric() || c == '_')
            });
            let Some((name, value)) = assignment else {
                return Err(TemplateError {
                    line,
                    reason: format!("`{statement}` would have to be run"),
                });
            };
            let value = self.parsed(value, line)?;
            self.names.insert(name.trim().to_owned(), value);
        }
        Ok(())
    }
}

/// What `${value | filters}` writes.
fn filtered(mut value: Value, filters: &[String]) -> Result<String, String> {
    // Mako turns the value into text first, unless `n` says not to.
    if !filters.iter().any(|it| it == "n") {
        value = Value::Text(value.shown()?);
    }
    for filter in filters {
        value = match filter.as_str() {
            "n" => value,
            "str" => Value::Text(value.shown()?),
            "comma" => Value::Text(value.joined()?),
            "trim" => Value::Text(value.shown()?.trim().to_owned()),
            other => return Err(format!("the filter `{other}` is not known")),
        };
    }
    value.shown()
}

#[cfg(test)]
mod tests {
    use super::{Databases, MergeRevision, fill_in};

    fn merge() -> MergeRevision {
        MergeRevision {
            revision: "c3".to_owned(),
            parents: vec!["a1".to_owned(), "b'2".to_owned()],
            message: "merge a1 and b2".to_owned(),
            create_date: "2025-04-14 18:37:12.094433".to_owned(),
            databases: None,
        }
    }

    fn check(template: &str, expected: &str) {
        assert_eq!(fill_in(template, &merge()).as_deref(), Ok(expected));
    }

    fn check_error(template: &str, expected: &str) {
        let error = fill_in(template, &merge()).expect_err("an error");
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn names_and_calls() {
        check("${message}\n", "merge a1 and b2\n");
        check("${repr(up_revision)}", "'c3'");
        check("${repr(down_revision)}", "('a1', \"b'2\")");
        check("${down_revision | comma,n}", "a1, b'2");
        check("${down_revision | n,comma}", "a1, b'2");
        check("${down_revision}", "('a1', \"b'2\")");
        check("${branch_labels}", "None");
        check("${ create_date }", "2025-04-14 18:37:12.094433");
    }

    #[test]
    fn conditions() {
        check("    ${upgrades if upgrades else \"pass\"}\n", "    pass\n");
        check("${imports if imports else \"\"}\n", "\n");
        check(
            "% if upgrades:\nyes\n% else:\nno\n% endif\nend\n",
            "no\nend\n",
        );
        check("  % if message and not imports:\nyes\n% endif\n", "yes\n");
        check(
            "% if imports:\na\n% elif message:\nb\n% else:\nc\n% endif\n",
            "b\n",
        );
    }

    #[test]
    fn text_that_is_not_written() {
        check("a\n## a comment\nb\n", "a\nb\n");
        check("a<%doc>\n${nothing()}\n</%doc>b\n", "ab\n");
        check("<%!\nimport re\n\n%>x", "x");
        check("a \\\nb\n", "a b\n");
        check("%% literal\n50 % of\n", "% literal\n50 % of\n");
        check("a\r\n% if message:\r\nb\r\n% endif\r\n", "a\r\nb\r\n");
    }

    #[test]
    fn several_databases() {
        let template = "<%\n    db_names = config.get_main_option(\"databases\")\n%>\n\
                        % for db_name in re.split(r',\\s*', db_names):\n\
                        ${db_name}: ${context.get(\"%s_upgrades\" % db_name, \"pass\")}\n% endfor\n";
        let databases = Databases::Option("engine1, engine2".to_owned());
        let revision = MergeRevision {
            databases: Some(databases),
            ..merge()
        };
        assert_eq!(
            fill_in(template, &revision).as_deref(),
            Ok("\nengine1: pass\nengine2: pass\n")
        );
        check_error(template, "line 2: the option `databases` is not set");
    }

    #[test]
    fn what_is_not_understood_is_named() {
        check_error(
            "a\n${create_date.strftime('%Y')}\n",
            "line 2: `create_date.strftime` is not known",
        );
        check_error(
            "a\nb ${author}\n",
            "line 2: `author` is not given by Alembic",
        );
        check_error(
            "<%include file=\"x\"/>",
            "line 1: `<%include` is not understood",
        );
        check_error("${up_revision", "line 1: `${` is not closed");
        check_error(
            "% while True:\n% endwhile\n",
            "line 1: `% while True:` is not understood",
        );
        check_error("\n% if message:\n", "line 2: `% if` is not closed");
        check_error("<%\n  x = 1 + 2\n%>", "line 2: `1 + 2` is not understood");
        check_error(
            "<%\n\n  print(1)\n%>",
            "line 3: `print(1)` would have to be run",
        );
        check_error("${message | u}", "line 1: the filter `u` is not known");
    }
}
