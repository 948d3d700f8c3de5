//! One call of a directive: its arguments by name, and the effects it has.

use std::rc::Rc;

use rechain_history::TextRange;
use rechain_history::{
    Action, Certainty, Dialects, Effect, EffectKind, Property, QualifiedName, SchemaObject,
};

use super::{Directive, Handler};
use crate::evaluate::Interpreter;
use crate::evaluate::value::{Arguments, Items, Object, ObjectId, Value};

pub(super) struct Call<'i, 'a> {
    pub(super) interpreter: &'i mut Interpreter<'a>,
    name: &'static str,
    handler: Handler,
    values: Vec<(&'static str, Value)>,
    /// Positional arguments after the named ones.
    pub(super) rest: Vec<Value>,
    /// There are more of them, not known which.
    pub(super) more: bool,
    /// Keyword arguments that are not in the table.
    keywords: Vec<(Rc<str>, Value)>,
    /// Why arguments cannot be told apart.
    unclear: Option<String>,
    batch: Option<(ObjectId, QualifiedName)>,
    range: TextRange,
    /// `if_exists` or `if_not_exists` makes all of it conditional.
    pub(super) conditional: bool,
    /// Where anything happens at all.
    pub(super) dialects: Dialects,
}

/// What something new is called.
pub(super) enum NewName {
    Given(String),
    /// The server or a naming convention chooses.
    Chosen,
    Unknown,
}

impl NewName {
    pub(super) fn given(&self) -> Option<String> {
        match self {
            Self::Given(name) => Some(name.clone()),
            Self::Chosen | Self::Unknown => None,
        }
    }
}

impl<'i, 'a> Call<'i, 'a> {
    pub(super) fn new(
        interpreter: &'i mut Interpreter<'a>,
        directive: &Directive,
        args: &Arguments,
        range: TextRange,
        batch: Option<(ObjectId, QualifiedName)>,
    ) -> Self {
        let order = match (&batch, directive.batch) {
            (Some(_), Some(order)) => order,
            _ => directive.order,
        };
        let takes_rest = order.last() == Some(&"*");
        let named = if takes_rest {
            &order[..order.len() - 1]
        } else {
            order
        };
        let mut values: Vec<(&'static str, Value)> = named
            .iter()
            .copied()
            .zip(args.positional.iter().cloned())
            .collect();
        let rest = args.positional.iter().skip(named.len()).cloned().collect();
        let mut keywords = Vec::new();
        for (key, value) in &args.keywords {
            let legacy = directive
                .legacy
                .iter()
                .find(|(old, _)| *old == &**key)
                .map(|(_, new)| *new);
            match legacy.or_else(|| directive.order.iter().copied().find(|name| *name == &**key)) {
                Some(name) => values.push((name, value.clone())),
                None => keywords.push((key.clone(), value.clone())),
            }
        }
        let short = args.more_positional && (!takes_rest || args.positional.len() < named.len());
        let unclear = (args.more_keywords || short)
            .then(|| format!("the arguments of op.{} are not known", directive.name));
        let (name, handler) = (directive.name, directive.handler);
        let more = args.more_positional;
        Self {
            interpreter,
            name,
            handler,
            values,
            rest,
            more,
            keywords,
            unclear,
            batch,
            range,
            conditional: false,
            dialects: Dialects::ALL,
        }
    }

    /// A call that stands in for one of a directive: `table.create(bind)`.
    pub(super) fn standing_in(
        interpreter: &'i mut Interpreter<'a>,
        name: &'static str,
        range: TextRange,
    ) -> Self {
        Self {
            interpreter,
            name,
            handler: |_| Ok(Value::None),
            values: Vec::new(),
            rest: Vec::new(),
            more: false,
            keywords: Vec::new(),
            unclear: None,
            batch: None,
            range,
            conditional: false,
            dialects: Dialects::ALL,
        }
    }

    pub(super) fn run(mut self) -> Value {
        for option in ["if_exists", "if_not_exists"] {
            if let Some(value) = self.keyword(option).cloned() {
                self.conditional |= self.interpreter.truth(&value) != Some(false);
            }
        }
        let result = match self.unclear.take() {
            Some(reason) => Err(reason),
            None => (self.handler)(&mut self),
        };
        match result {
            Ok(value) => value,
            Err(reason) => {
                self.opaque(reason);
                Value::Unknown(format!("the result of op.{}", self.name).into())
            }
        }
    }

    // Arguments.

    /// The argument called `name`.
    pub(super) fn argument(&self, name: &str) -> Option<&Value> {
        self.values
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }

    /// A keyword argument, whether or not the table has it.
    pub(super) fn keyword(&self, name: &str) -> Option<&Value> {
        self.keywords
            .iter()
            .find(|(key, _)| &**key == name)
            .map(|(_, value)| value)
            .or_else(|| self.argument(name))
    }

    pub(super) fn range(&self) -> TextRange {
        self.range
    }

    /// `SQLite` copies the table for this, in a batch block.
    pub(super) fn copies(&mut self) {
        let (batch, range) = (self.batch.as_ref().map(|(batch, _)| *batch), self.range);
        if let Some(batch) = batch.and_then(|batch| self.interpreter.batch_mut(batch)) {
            batch.copies.get_or_insert(range);
        }
    }

    pub(super) fn is_batch(&self) -> bool {
        self.batch.is_some()
    }

    pub(super) fn unknown(&self, argument: &str) -> String {
        format!("{argument} of op.{} is not known", self.name)
    }

    /// The argument as a name that must be there.
    pub(super) fn name(&mut self, argument: &str) -> Result<String, String> {
        let value = self.argument(argument).cloned().unwrap_or(Value::None);
        let name = self.interpreter.known_name(&value);
        name.map(|name| name.to_string())
            .ok_or_else(|| self.unknown(argument))
    }

    /// The argument as a name that may be left to the server or a naming convention.
    pub(super) fn optional_name(&mut self, argument: &str) -> Result<Option<String>, String> {
        match self.argument(argument) {
            None | Some(Value::None) => Ok(None),
            Some(_) => self.name(argument).map(Some),
        }
    }

    /// The argument as a name that must be there; nothing where only a running database tells it.
    pub(super) fn found_name(&mut self, argument: &str) -> Result<Option<String>, String> {
        match self.argument(argument) {
            None | Some(Value::None) => Err(self.unknown(argument)),
            Some(value) => {
                let name = self.interpreter.known_name(value);
                Ok(name.map(|name| name.to_string()))
            }
        }
    }

    /// The argument as a name that may be left to the server or a naming convention, or that only a running
    /// database tells.
    pub(super) fn new_name(&mut self, argument: &str) -> NewName {
        match self.argument(argument) {
            None | Some(Value::None) => NewName::Chosen,
            Some(value) => match self.interpreter.known_name(value) {
                Some(name) => NewName::Given(name.to_string()),
                None => NewName::Unknown,
            },
        }
    }

    pub(super) fn schema(&mut self, argument: &str) -> Result<Option<String>, String> {
        let value = self.keyword(argument).cloned().unwrap_or(Value::None);
        self.interpreter
            .known_schema(&value)
            .ok_or_else(|| self.unknown(argument))
    }

    /// The table: that of the batch block, or the argument with `schema=`.
    pub(super) fn table(&mut self, argument: &str) -> Result<QualifiedName, String> {
        if let Some((_, table)) = &self.batch {
            return Ok(table.clone());
        }
        let name = self.name(argument)?;
        Ok(QualifiedName::new(self.schema("schema")?, name))
    }

    /// The argument as a list of column names, absent for elements that are expressions.
    pub(super) fn columns(&mut self, argument: &str) -> Result<Vec<Value>, String> {
        let value = self.argument(argument).cloned().unwrap_or(Value::None);
        match &value {
            Value::Str(_) => Ok(vec![value]),
            Value::Object(_) => match self.interpreter.object(&value) {
                Some(Object::Sequence {
                    items: Items::Known(items),
                    ..
                }) => Ok(items.clone()),
                Some(Object::Construct { .. } | Object::Sql(_)) => Ok(vec![value]),
                _ => Err(self.unknown(argument)),
            },
            _ => Err(self.unknown(argument)),
        }
    }

    /// The argument as a list of plain column names.
    pub(super) fn column_names(&mut self, argument: &str) -> Result<Vec<String>, String> {
        let columns = self.columns(argument)?;
        let names = columns.iter().map(|column| {
            self.interpreter
                .known_name(column)
                .map(|name| name.to_string())
        });
        names
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| self.unknown(argument))
    }

    // Effects.

    fn push(&mut self, kind: EffectKind, certainty: Certainty) {
        let mut effect = Effect::new(kind, certainty, self.range);
        effect.dialects = self.dialects;
        let batch = self.batch.as_ref().map(|(batch, _)| *batch);
        self.interpreter.emit(effect, batch);
    }

    pub(super) fn emit(&mut self, action: Action, object: SchemaObject) {
        let certainty = match self.interpreter.certainty() {
            Certainty::Always if self.conditional && self.is_subject(&action, &object) => {
                Certainty::IfNeeded
            }
            _ if self.conditional => Certainty::Conditional,
            certainty => certainty,
        };
        self.push(EffectKind::Known { action, object }, certainty);
    }

    /// Whether `if_exists` or `if_not_exists` asks for this object; what comes with it is conditional.
    fn is_subject(&self, action: &Action, object: &SchemaObject) -> bool {
        match (action, object) {
            (Action::Create, SchemaObject::Column { .. }) => self.name.ends_with("_column"),
            (Action::Create, SchemaObject::Constraint { .. }) => false,
            (Action::Create, SchemaObject::Index { .. }) => {
                self.name.ends_with("_index") || self.name.starts_with("Index")
            }
            (Action::Create, SchemaObject::Type(_)) => self.name.starts_with("Enum"),
            (Action::Create | Action::Drop, _) => true,
            _ => false,
        }
    }

    /// An effect that is not certain, whatever the call itself is.
    pub(super) fn maybe(&mut self, action: Action, object: SchemaObject) {
        self.push(EffectKind::Known { action, object }, Certainty::Conditional);
    }

    /// Something happens to `table`, or to what belongs to it.
    pub(super) fn something(&mut self, table: &QualifiedName) {
        self.require_table(table);
        let kind = EffectKind::Known {
            action: Action::Alter(Property::Other),
            object: SchemaObject::Table(table.clone()),
        };
        self.push(kind, Certainty::Unknown);
    }

    pub(super) fn create(&mut self, object: SchemaObject) {
        self.emit(Action::Create, object);
    }

    pub(super) fn require(&mut self, object: SchemaObject) {
        self.emit(Action::Require, object);
    }

    pub(super) fn require_table(&mut self, table: &QualifiedName) {
        self.require(SchemaObject::Table(table.clone()));
    }

    pub(super) fn require_columns(&mut self, table: &QualifiedName, columns: &[String]) {
        for name in columns {
            self.require(SchemaObject::Column {
                table: table.clone(),
                name: name.clone(),
            });
        }
    }

    pub(super) fn opaque(&mut self, reason: impl Into<String>) {
        self.push(
            EffectKind::Opaque {
                reason: reason.into(),
            },
            Certainty::Unknown,
        );
    }

    /// Something comes into being under `name`, which `object` has where it is given. What has an unknown name
    /// may take one that something else has.
    pub(super) fn create_as(&mut self, name: &NewName, object: SchemaObject) {
        match name {
            NewName::Unknown => self.maybe(Action::Create, object),
            NewName::Given(_) | NewName::Chosen => self.create(object),
        }
    }

    /// What an SQL expression about `table` may need: the columns it names, and what Core values in
    /// it touch.
    pub(super) fn require_expression(&mut self, table: &QualifiedName, value: &Value) {
        let needs = self.interpreter.expression_needs(value);
        for name in needs.columns {
            self.maybe(
                Action::Require,
                SchemaObject::Column {
                    table: table.clone(),
                    name,
                },
            );
        }
        for object in needs.objects {
            self.require(object);
        }
        if let Some(reason) = needs.unclear {
            self.opaque(reason);
        }
    }
}
