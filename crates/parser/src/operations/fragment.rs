//! Expressions within directives: index expressions, conditions and server defaults.

use std::collections::BTreeSet;

use rechain_history::{QualifiedName, SchemaObject};

use super::identifiers::{has_subquery, identifiers, sequence_of_default};
use crate::evaluate::Interpreter;
use crate::evaluate::value::{Arguments, Object, Sql, Value};

/// What an expression about a table needs.
pub(super) struct Needs {
    /// Columns of that table, as far as words show.
    pub(super) columns: Vec<String>,
    /// Other objects.
    pub(super) objects: BTreeSet<SchemaObject>,
    pub(super) unclear: Option<String>,
}

impl Interpreter<'_> {
    /// What an index expression or a condition about some table needs.
    pub(super) fn expression_needs(&mut self, value: &Value) -> Needs {
        let mut sql = Sql::default();
        let unclear = match value {
            Value::Str(text) if has_subquery(text) => Some("raw SQL".into()),
            Value::Str(text) => {
                sql.bare.extend(identifiers(text));
                None
            }
            Value::Data => Some("an expression that is not known".into()),
            _ if matches!(self.object(value), Some(Object::Template(_))) => {
                Some("an expression that is not known".into())
            }
            _ => {
                self.collect(value, &mut sql, 12);
                // A function in an index or check has no side effects.
                let unclear = sql
                    .unclear
                    .filter(|reason| !reason.starts_with("SQL function"));
                unclear.map(|reason| reason.to_string())
            }
        };
        Needs {
            columns: sql.bare.into_iter().collect(),
            objects: sql.touched,
            unclear,
        }
    }

    /// The sequences that a server default takes values from.
    pub(super) fn sequences(&mut self, default: &Value) -> Vec<QualifiedName> {
        let mut found = Vec::new();
        self.find_sequences(default, &mut found, 6);
        found
    }

    fn find_sequences(&mut self, value: &Value, found: &mut Vec<QualifiedName>, depth: usize) {
        if depth == 0 || !self.step(1) {
            return;
        }
        if let Value::Str(text) = value {
            if let Some(name) = sequence_of_default(text) {
                found.push(super::core::written_name(name));
            }
            return;
        }
        match self.object(value).cloned() {
            Some(Object::Construct { class, args }) if &*class == "Sequence" => {
                found.extend(self.sequence_name(&args));
            }
            Some(Object::Construct { args, .. }) => {
                args.positional
                    .iter()
                    .for_each(|part| self.find_sequences(part, found, depth - 1));
            }
            _ => {}
        }
    }

    /// The name of `sa.Sequence("name", schema=...)`.
    pub(super) fn sequence_name(&self, args: &Arguments) -> Option<QualifiedName> {
        let name = self.known_name(args.get(0, "name")?)?;
        let schema = match args.keyword("schema") {
            Some(schema) => self.known_schema(schema)?,
            None => None,
        };
        Some(QualifiedName::new(schema, &*name))
    }
}
