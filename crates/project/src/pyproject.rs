//! The two tables of `pyproject.toml` that matter here: `[tool.alembic]` and `[tool.rechain]`.
//!
//! Every key and value keeps its place, so that what is wrong with one can be shown.

use thiserror::Error;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::Position;

/// What was read of a `pyproject.toml`.
#[derive(Debug, Clone, Default)]
pub(crate) struct PyProject {
    /// `[tool.alembic]`, if there is one.
    pub(crate) alembic: Option<Table>,
    /// `[tool.rechain]`, if there is one.
    pub(crate) rechain: Option<Table>,
}

/// A table: its keys in the order of the file.
pub(crate) type Table = Vec<Item>;

/// A key with its value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Item {
    /// The key.
    pub(crate) key: String,
    /// Where the key stands.
    pub(crate) key_position: Position,
    /// The value.
    pub(crate) value: Value,
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Value {
    /// Where it begins.
    pub(crate) position: Position,
    /// What it is.
    pub(crate) kind: ValueKind,
}

/// The kinds of toml values that configuration is made of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ValueKind {
    /// A string.
    String(String),
    /// An integer that fits.
    Integer(i64),
    /// `true` or `false`.
    Boolean(bool),
    /// An array.
    Array(Vec<Value>),
    /// A table of any form.
    Table(Table),
    /// Anything else: a float, a date, a huge number.
    Other(&'static str),
}

/// Why a `pyproject.toml` could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {}, column {}: {message}", position.line, position.column)]
pub struct TomlError {
    /// Where.
    pub position: Position,
    /// What is wrong.
    pub message: String,
}

impl PyProject {
    /// Reads the text of a `pyproject.toml`. `tool`, `tool.alembic` and `tool.rechain` must be
    /// tables where they are present (Alembic: `Incorrect TOML format`).
    pub(crate) fn parse(text: &str) -> Result<Self, TomlError> {
        let text_without_bom = text.strip_prefix('\u{feff}');
        if text_without_bom.is_some() {
            // `tomllib.load`, with which Alembic reads the file, refuses it.
            let message = "the file begins with a byte order mark; save it without".to_owned();
            return Err(TomlError {
                position: Position { line: 1, column: 1 },
                message,
            });
        }
        let document = DeTable::parse(text).map_err(|error| TomlError {
            position: Position::of(text, error.span().map_or(0, |span| span.start)),
            message: error.message().to_owned(),
        })?;
        let Some(tool) = table(text, document.get_ref(), "tool", "tool")? else {
            return Ok(Self::default());
        };
        let read = |key, name| Ok(table(text, tool, key, name)?.map(|found| items(text, found)));
        Ok(Self {
            alembic: read("alembic", "tool.alembic")?,
            rechain: read("rechain", "tool.rechain")?,
        })
    }
}

impl Value {
    /// What kind of value this is, for messages.
    pub(crate) fn type_name(&self) -> &'static str {
        match &self.kind {
            ValueKind::String(_) => "a string",
            ValueKind::Integer(_) => "an integer",
            ValueKind::Boolean(_) => "a boolean",
            ValueKind::Array(_) => "an array",
            ValueKind::Table(_) => "a table",
            ValueKind::Other(name) => name,
        }
    }
}

fn table<'a, 'i>(
    text: &str,
    parent: &'a DeTable<'i>,
    key: &str,
    name: &str,
) -> Result<Option<&'a DeTable<'i>>, TomlError> {
    let Some(value) = parent.get(key) else {
        return Ok(None);
    };
    match value.get_ref().as_table() {
        Some(table) => Ok(Some(table)),
        None => Err(TomlError {
            position: Position::of(text, value.span().start),
            message: format!("`{name}` must be a table"),
        }),
    }
}

fn items(text: &str, table: &DeTable<'_>) -> Table {
    let mut items: Table = table
        .iter()
        .map(|(key, item)| Item {
            key: key.get_ref().to_string(),
            key_position: Position::of(text, key.span().start),
            value: value(text, item),
        })
        .collect();
    items.sort_by_key(|item| item.key_position);
    items
}

fn value(text: &str, value_: &Spanned<DeValue<'_>>) -> Value {
    let kind = match value_.get_ref() {
        DeValue::String(string) => ValueKind::String(string.to_string()),
        DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
            .map_or(ValueKind::Other("a huge integer"), ValueKind::Integer),
        DeValue::Boolean(boolean) => ValueKind::Boolean(*boolean),
        DeValue::Array(array) => {
            ValueKind::Array(array.iter().map(|element| value(text, element)).collect())
        }
        DeValue::Table(table) => ValueKind::Table(items(text, table)),
        DeValue::Float(_) => ValueKind::Other("a float"),
        DeValue::Datetime(_) => ValueKind::Other("a date or time"),
    };
    Value {
        position: Position::of(text, value_.span().start),
        kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_keep_their_places() {
        let text = "[tool.alembic]\nscript_location = \"x\"\nversion_locations = [\n  \"a\",\n]\n";
        let table = PyProject::parse(text)
            .expect("toml")
            .alembic
            .expect("a table");
        assert_eq!(table[0].key, "script_location");
        assert_eq!(
            table[0].value.position,
            Position {
                line: 2,
                column: 19
            }
        );
        let ValueKind::Array(elements) = &table[1].value.kind else {
            panic!("an array")
        };
        assert_eq!(elements[0].position, Position { line: 4, column: 3 });
    }

    #[test]
    fn what_is_no_table_is_an_error() {
        let message = |text| PyProject::parse(text).expect_err("wrong").to_string();
        assert_eq!(
            message("[tool]\nalembic = 1\n"),
            "line 2, column 11: `tool.alembic` must be a table"
        );
        assert!(message("[tool\n").starts_with("line 1, column "));
        assert!(PyProject::parse("").expect("toml").alembic.is_none());
    }
}
