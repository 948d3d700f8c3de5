//! From bindings to identifiers: what each of the four names says, and what is wrong with it.

use std::fmt;

use rechain_history::{
    BranchLabel, ElementSite, IdentifierSites, Parents, ReparentSites, RevisionId, TextRange,
    ValueShape, ValueSite,
};
use rustpython_parser::ast::{Constant, Expr, Stmt};
use thiserror::Error;

use super::Module;
use super::binding::{Binding, Bindings};
use super::docstring::{self, Docstring};
use super::header::Header;
use super::plain::PlainHeader;
use super::value::{Value, Worth, range_of};
use crate::scan::{Kind, scan};
use crate::syntax::SyntaxError;

/// The module attributes Alembic reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdentifierName {
    /// `revision`.
    Revision,
    /// `down_revision`.
    DownRevision,
    /// `branch_labels`.
    BranchLabels,
    /// `depends_on`.
    DependsOn,
}

impl IdentifierName {
    /// The attribute's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Revision => "revision",
            Self::DownRevision => "down_revision",
            Self::BranchLabels => "branch_labels",
            Self::DependsOn => "depends_on",
        }
    }
}

impl fmt::Display for IdentifierName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is wrong with an identifier of a module.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdentifierProblem {
    /// The module does not assign it (Alembic: `Could not determine revision id from filename`, or an
    /// `AttributeError` for `down_revision`).
    #[error("the module does not assign {name}")]
    Missing {
        /// Which.
        name: IdentifierName,
    },
    /// Its value is computed when the module runs.
    #[error("the value of {name} is computed when the module runs")]
    Computed {
        /// Which.
        name: IdentifierName,
        /// The expression.
        range: TextRange,
    },
    /// Its value is of a kind Alembic does not take.
    #[error("{name} must be {expected}, not {found}")]
    WrongType {
        /// Which.
        name: IdentifierName,
        /// The expression.
        range: TextRange,
        /// What it may be.
        expected: &'static str,
        /// What it is.
        found: String,
    },
}

impl IdentifierProblem {
    /// Where the identifier is written; the beginning of the file where it is missing.
    pub fn range(&self) -> TextRange {
        match self {
            Self::Missing { .. } => TextRange::empty(0),
            Self::Computed { range, .. } | Self::WrongType { range, .. } => *range,
        }
    }
}

/// Reads the identifiers and the docstring from a parsed header.
pub(super) fn of_header(text: &str, file_name: &str, header: &Header) -> Module {
    let bindings = Bindings::of(&header.statements);
    let docstring = docstring_of(text, &header.statements);
    let unreadable_body = header.unreadable_body.clone();
    module(text, file_name, &bindings, docstring, unreadable_body)
}

/// The same from a header that needed no parser.
pub(super) fn of_plain(text: &str, file_name: &str, header: &PlainHeader<'_>) -> Module {
    let docstring = header
        .docstring
        .map(|(range, value)| docstring::read(text, range, value));
    module(text, file_name, &header.bindings, docstring, None)
}

fn module(
    text: &str,
    file_name: &str,
    bindings: &Bindings,
    docstring: Option<Docstring>,
    unreadable_body: Option<SyntaxError>,
) -> Module {
    let mut problems = Vec::new();
    let revision = revision(bindings, file_name, &mut problems);
    let down = bindings.get("down_revision");
    let parents = parents(down, &mut problems);
    let sites = match (&parents, down) {
        (Parents::Known(_), Some(binding)) => Some(ReparentSites {
            down_revision: value_site(text, "down_revision", binding, bindings),
            model_literal: bindings
                .get("revision")
                .filter(|revision| {
                    revision.value.is_literal && matches!(revision.value.worth, Worth::Text(_))
                })
                .map(|revision| revision.value.range),
            revises: docstring.as_ref().and_then(|doc| doc.revises),
        }),
        _ => None,
    };
    let (dependencies, has_computed_dependencies) = dependencies(bindings, &mut problems);
    Module {
        revision,
        parents,
        down_revision_range: down.map_or(TextRange::empty(0), |binding| binding.value.range),
        branch_labels: branch_labels(text, bindings),
        dependencies,
        has_computed_dependencies,
        docstring,
        sites,
        problems,
        unreadable_body,
    }
}

/// The places of every id in a parsed header.
pub(super) fn sites(text: &str, header: &Header) -> IdentifierSites {
    let bindings = Bindings::of(&header.statements);
    let site = |name: &str| {
        let binding = bindings.get(name)?;
        Some(value_site(text, name, binding, &bindings))
    };
    let docstring = docstring_range(&header.statements);
    IdentifierSites {
        revision: site("revision"),
        down_revision: site("down_revision"),
        depends_on: site("depends_on"),
        revision_id: docstring.and_then(|range| docstring::revision_id(text, range)),
        revises: docstring_of(text, &header.statements).and_then(|doc| doc.revises),
    }
}

fn docstring_range(statements: &[Stmt]) -> Option<TextRange> {
    let Some(Stmt::Expr(first)) = statements.first() else {
        return None;
    };
    matches!(&*first.value, Expr::Constant(constant) if matches!(constant.value, Constant::Str(_)))
        .then(|| range_of(&*first.value))
}

fn docstring_of(text: &str, statements: &[Stmt]) -> Option<Docstring> {
    let Some(Stmt::Expr(first)) = statements.first() else {
        return None;
    };
    let Expr::Constant(constant) = &*first.value else {
        return None;
    };
    let Constant::Str(value) = &constant.value else {
        return None;
    };
    Some(docstring::read(text, range_of(&*first.value), value))
}

fn revision(
    bindings: &Bindings,
    file_name: &str,
    problems: &mut Vec<IdentifierProblem>,
) -> Option<(RevisionId, TextRange)> {
    let name = IdentifierName::Revision;
    let Some(binding) = bindings.get("revision") else {
        // Alembic 0.1 wrote no `revision`; the file name is the id (`_legacy_rev`).
        let stem = file_name.strip_suffix(".py").unwrap_or_default();
        let is_hexadecimal = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        if !stem.is_empty() && stem.chars().all(is_hexadecimal) {
            return Some((stem.into(), TextRange::empty(0)));
        }
        problems.push(IdentifierProblem::Missing { name });
        return None;
    };
    let range = binding.value.range;
    match &binding.value.worth {
        Worth::Text(id) => Some((id.as_str().into(), range)),
        Worth::Computed => {
            problems.push(IdentifierProblem::Computed { name, range });
            None
        }
        other => {
            let found = kind_name(other).to_owned();
            let expected = "a string";
            problems.push(IdentifierProblem::WrongType {
                name,
                range,
                expected,
                found,
            });
            None
        }
    }
}

/// Alembic's normalization of `down_revision` (`util.to_tuple` and `tuple_rev_as_scalar`).
fn parents(down: Option<&Binding>, problems: &mut Vec<IdentifierProblem>) -> Parents {
    let name = IdentifierName::DownRevision;
    let Some(binding) = down else {
        problems.push(IdentifierProblem::Missing { name });
        return Parents::Computed;
    };
    match texts(&binding.value) {
        Ok(ids) => Parents::Known(ids.into_iter().map(RevisionId::from).collect()),
        Err(Unreadable::Computed) => {
            problems.push(IdentifierProblem::Computed {
                name,
                range: binding.value.range,
            });
            Parents::Computed
        }
        Err(Unreadable::WrongType(found)) => {
            problems.push(IdentifierProblem::WrongType {
                name,
                range: binding.value.range,
                expected: "None, a revision id, or a tuple of ids",
                found,
            });
            Parents::Computed
        }
    }
}

enum Unreadable {
    Computed,
    WrongType(String),
}

/// The strings in a value: none for `None` and `(None,)`, one for a string, those of a sequence.
fn texts(value: &Value) -> Result<Vec<&str>, Unreadable> {
    match &value.worth {
        Worth::None => Ok(Vec::new()),
        Worth::Text(text) => Ok(vec![text]),
        Worth::Computed => Err(Unreadable::Computed),
        Worth::Other(kind) => Err(Unreadable::WrongType((*kind).to_owned())),
        Worth::Sequence { elements, .. } => {
            if let [only] = elements.as_slice()
                && only.worth == Worth::None
            {
                return Ok(Vec::new());
            }
            elements
                .iter()
                .map(|element| match &element.worth {
                    Worth::Text(text) => Ok(text.as_str()),
                    Worth::Computed => Err(Unreadable::Computed),
                    other => Err(Unreadable::WrongType(format!(
                        "a sequence with {}",
                        kind_name(other)
                    ))),
                })
                .collect()
        }
    }
}

fn kind_name(worth: &Worth) -> &'static str {
    match worth {
        Worth::None => "None",
        Worth::Text(_) => "str",
        Worth::Sequence { is_tuple: true, .. } => "tuple",
        Worth::Sequence {
            is_tuple: false, ..
        } => "list",
        Worth::Other(kind) => kind,
        Worth::Computed => "computed",
    }
}

/// Declared labels; one whose text cannot be read still marks its lineage.
fn branch_labels(text: &str, bindings: &Bindings) -> Vec<BranchLabel> {
    let Some(binding) = bindings.get("branch_labels") else {
        return Vec::new();
    };
    let label = |value: &Value| match &value.worth {
        Worth::Text(name) => Some(BranchLabel::named(name.as_str())),
        Worth::None => None,
        _ => Some(BranchLabel::Unreadable(value.range.of(text).into())),
    };
    match &binding.value.worth {
        Worth::Sequence { elements, .. } => elements.iter().filter_map(label).collect(),
        _ => label(&binding.value).into_iter().collect(),
    }
}

fn dependencies(bindings: &Bindings, problems: &mut Vec<IdentifierProblem>) -> (Vec<String>, bool) {
    let Some(binding) = bindings.get("depends_on") else {
        return (Vec::new(), false);
    };
    let name = IdentifierName::DependsOn;
    let range = binding.value.range;
    match texts(&binding.value) {
        // Alembic takes a lone empty string for no dependency.
        Ok(names) if names == [""] => (Vec::new(), false),
        Ok(names) => (names.into_iter().map(str::to_owned).collect(), false),
        Err(Unreadable::Computed) => {
            problems.push(IdentifierProblem::Computed { name, range });
            let known = match &binding.value.worth {
                Worth::Sequence { elements, .. } => elements
                    .iter()
                    .filter_map(|element| match &element.worth {
                        Worth::Text(text) => Some(text.clone()),
                        _ => None,
                    })
                    .collect(),
                _ => Vec::new(),
            };
            (known, true)
        }
        Err(Unreadable::WrongType(found)) => {
            let expected = "None, a revision id or label, or a tuple of them";
            problems.push(IdentifierProblem::WrongType {
                name,
                range,
                expected,
                found,
            });
            (Vec::new(), true)
        }
    }
}

/// What to edit so that `name` gets another value and nothing else changes.
fn value_site(text: &str, name: &str, binding: &Binding, bindings: &Bindings) -> ValueSite {
    let value = &binding.value;
    let is_shared = binding
        .shared_with
        .iter()
        .any(|other| other != name && (is_identifier(other) || mentions(text, other) > 1));
    if is_shared || !lies_within(value, binding) {
        return ValueSite::Shared {
            statement_end: binding.statement_end,
        };
    }
    if value.is_literal || value.is_display {
        return literal_site(text, value);
    }
    // The value came through a name. If that name serves nothing else its literal is edited, else
    // the expression that uses it.
    let variable = value.range.of(text);
    match bindings.get(variable) {
        Some(origin)
            if origin.value.is_literal
                && origin.shared_with.is_empty()
                && !is_identifier(variable)
                && mentions(text, variable) == 2 =>
        {
            literal_site(text, &origin.value)
        }
        _ => ValueSite::Literal {
            range: value.range,
            shape: ValueShape::Text,
        },
    }
}

/// An unpacked element may stand in another statement (`revision, down_revision = IDS`); then there
/// is nothing in this one to edit.
fn lies_within(value: &Value, binding: &Binding) -> bool {
    binding.statement_start <= value.range.start() && value.range.end() <= binding.statement_end
}

fn literal_site(text: &str, value: &Value) -> ValueSite {
    let shape = match &value.worth {
        Worth::None => ValueShape::None,
        Worth::Sequence { is_tuple, elements } => sequence_shape(text, value, *is_tuple, elements),
        _ => ValueShape::Text,
    };
    ValueSite::Literal {
        range: value.range,
        shape,
    }
}

fn sequence_shape(text: &str, value: &Value, is_tuple: bool, elements: &[Value]) -> ValueShape {
    let comma_after = |offset: usize, limit: usize| {
        let rest = &text[offset..limit];
        scan(rest)
            .find(|piece| piece.kind == Kind::Sign(','))
            .map(|piece| TextRange::new(offset + piece.range.start(), offset + piece.range.end()))
    };
    let sites = elements
        .iter()
        .enumerate()
        .map(|(at, element)| ElementSite {
            id: match &element.worth {
                Worth::Text(id) => id.as_str().into(),
                _ => "".into(),
            },
            range: element.range,
            comma: comma_after(
                element.range.end(),
                elements
                    .get(at + 1)
                    .map_or(value.range.end(), |next| next.range.start()),
            ),
        })
        .collect();
    ValueShape::Sequence {
        inside: is_bracketed(value.range.of(text)).then_some(value.range.start() + 1),
        is_tuple,
        elements: sites,
    }
}

/// Whether a bracket opens `source` and closes at its end (`('a'), ('b')` is a tuple without any).
fn is_bracketed(source: &str) -> bool {
    let mut depth = 0_usize;
    for piece in scan(source) {
        match piece.kind {
            Kind::Open => depth += 1,
            Kind::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return piece.kind == Kind::Close && piece.range.end() == source.len();
        }
    }
    false
}

fn is_identifier(name: &str) -> bool {
    matches!(
        name,
        "revision" | "down_revision" | "branch_labels" | "depends_on"
    )
}

/// How often `name` occurs as a word, comments and strings included.
fn mentions(text: &str, name: &str) -> usize {
    let is_word = |c: char| c == '_' || c.is_alphanumeric();
    text.match_indices(name)
        .filter(|(at, _)| {
            !text[..*at].chars().next_back().is_some_and(is_word)
                && !text[at + name.len()..].chars().next().is_some_and(is_word)
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read_module;

    /// The parents, or what is wrong with them.
    fn check(value: &str, expected: Result<&[&str], &str>) {
        let text = format!("revision = 'a'\ndown_revision = {value}\n");
        let module = read_module(&text, "a.py").unwrap();
        match (&module.parents, expected) {
            (Parents::Known(found), Ok(expected)) => {
                let found: Vec<&str> = found.iter().map(RevisionId::as_str).collect();
                assert_eq!(found, expected, "{value}");
                assert_eq!(module.problems, [], "{value}");
                assert!(module.sites.is_some(), "{value}");
            }
            (Parents::Computed, Err(expected)) => {
                let problem = module.problems[0].to_string();
                assert!(problem.ends_with(expected), "{value}: {problem}");
                assert_eq!(module.sites, None, "{value}");
            }
            (found, _) => panic!("{value}: {found:?}"),
        }
    }

    #[test]
    fn values_are_normalized_as_alembic_does() {
        for none in ["None", "()", "[]", "(None,)"] {
            check(none, Ok(&[]));
        }
        for one in ["'b'", "('b')", "('b',)", "['b']", "'\\x62'", "'b',"] {
            check(one, Ok(&["b"]));
        }
        for two in ["'b', 'c'", "['b', 'c']", "{'b', 'c'}", "('b',) + ('c',)"] {
            check(two, Ok(&["b", "c"]));
        }
        check("'b' 'c' + f'd{\"e\"}'", Ok(&["bcde"]));
        check("r'\\x62'", Ok(&["\\x62"]));
    }

    #[test]
    fn values_alembic_does_not_take_are_named() {
        check("1", Err("not int"));
        check("False", Err("not bool"));
        check("b'b'", Err("not bytes"));
        check("('b', 1)", Err("not a sequence with int"));
        check("('b', None)", Err("not a sequence with None"));
        check("f()", Err("is computed when the module runs"));
        check("('b', f())", Err("is computed when the module runs"));
    }

    #[test]
    fn the_file_name_is_the_id_of_the_oldest_modules() {
        let id = |text: &str, file: &str| {
            let module = read_module(text, file).unwrap();
            module.revision.map(|(id, _)| id.to_string())
        };
        let without = "down_revision = None";
        assert_eq!(id(without, "1f3ab.py").as_deref(), Some("1f3ab"));
        assert_eq!(id(without, "helper.py"), None);
        assert_eq!(id("revision = 'x'", "1f3ab.py").as_deref(), Some("x"));
    }

    #[test]
    fn brackets_belong_to_a_tuple_only_where_they_hold_all_of_it() {
        for (source, expected) in [
            ("('a', 'b')", true),
            ("[]", true),
            ("('a'), ('b')", false),
            ("('a'),", false),
            ("'a',", false),
            ("(')', '(')", true),
        ] {
            assert_eq!(is_bracketed(source), expected, "{source}");
        }
    }
}
