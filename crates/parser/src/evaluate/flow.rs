//! How a block can end, and what is known of the variables where ways meet again.

use std::collections::BTreeMap;

use super::value::{Handle, Items, Object, Value};
use super::{Interpreter, library};

pub(super) type Variables<'a> = BTreeMap<&'a str, Value>;

/// The ways in which a block may end. Leaving by an exception is no way to go on: then the migration
/// fails, or a `try` around it, whose body is conditional as a whole, catches it.
#[derive(Debug, Default)]
pub(super) struct Flow<'a> {
    /// It may reach its end.
    pub(super) normal: bool,
    /// What it may return.
    pub(super) returned: Option<Value>,
    /// The variables at a `break`.
    pub(super) broke: Option<Variables<'a>>,
    /// The variables at a `continue`.
    pub(super) continued: Option<Variables<'a>>,
}

impl Flow<'_> {
    pub(super) fn normal() -> Self {
        Self {
            normal: true,
            ..Self::default()
        }
    }

    /// Whether it may end in another way than by reaching its end or an exception.
    pub(super) fn exits(&self) -> bool {
        self.returned.is_some() || self.broke.is_some() || self.continued.is_some()
    }
}

impl<'a> Interpreter<'a> {
    /// Either of two flows.
    pub(super) fn merge_flows(&mut self, one: Flow<'a>, other: Flow<'a>) -> Flow<'a> {
        Flow {
            normal: one.normal || other.normal,
            returned: match (one.returned, other.returned) {
                (Some(one), Some(other)) => Some(self.merge(&one, &other)),
                (one, other) => one.or(other),
            },
            broke: self.merge_optional(one.broke, other.broke),
            continued: self.merge_optional(one.continued, other.continued),
        }
    }

    pub(super) fn merge_optional(
        &mut self,
        one: Option<Variables<'a>>,
        other: Option<Variables<'a>>,
    ) -> Option<Variables<'a>> {
        match (one, other) {
            (Some(one), Some(other)) => Some(self.merge_variables(one, &other)),
            (one, other) => one.or(other),
        }
    }

    /// What is known of variables that are as in `one` or as in `other`.
    pub(super) fn merge_variables(
        &mut self,
        mut one: Variables<'a>,
        other: &Variables<'a>,
    ) -> Variables<'a> {
        self.step(one.len() / 8);
        for (name, value) in &mut one {
            if let Some(other) = other.get(name) {
                *value = self.merge(value, other);
            }
        }
        // What only one way sets can only be read where that way was taken.
        for (name, value) in other {
            one.entry(name).or_insert_with(|| value.clone());
        }
        one
    }

    /// One of two values.
    pub(super) fn merge(&mut self, one: &Value, other: &Value) -> Value {
        if one == other {
            return one.clone();
        }
        if let (Some(Object::Sql(a)), Some(Object::Sql(b))) = (self.object(one), self.object(other))
        {
            if a.unclear.is_some()
                && a.touched.is_superset(&b.touched)
                && a.written.is_superset(&b.written)
                && a.bare.is_superset(&b.bare)
                && b.loads.is_empty()
            {
                return one.clone();
            }
            let both = super::value::Sql {
                touched: a.touched.union(&b.touched).cloned().collect(),
                written: a.written.union(&b.written).cloned().collect(),
                bare: a.bare.union(&b.bare).cloned().collect(),
                unclear: Some("a statement that depends on a condition".into()),
                loads: a.loads.iter().chain(&b.loads).cloned().collect(),
                query: a.query && b.query,
            };
            return self.add(Object::Sql(both.into()));
        }
        if let (Value::Path(a), Value::Path(b)) = (one, other)
            && library::are_same(a, b)
        {
            return one.clone();
        }
        if self.is_plain(one) && self.is_plain(other) {
            return Value::Data;
        }
        Value::Unknown("a value that depends on a condition".into())
    }

    /// Whether `value` is plain data throughout: nothing that could reach the database, nor anything
    /// that stands for a table or column.
    pub(crate) fn is_plain(&mut self, value: &Value) -> bool {
        self.is_plain_to(value, 8)
    }

    fn is_plain_to(&mut self, value: &Value, depth: usize) -> bool {
        if depth == 0 || !self.step(1) {
            return false;
        }
        match value {
            Value::None
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Str(_)
            | Value::Data
            | Value::Handle(Handle::Dialect | Handle::Inspector) => true,
            Value::Path(path) => library::is_logger(path),
            Value::Handle(_) | Value::Unknown(_) => false,
            Value::Object(_) => match self.object(value).cloned() {
                Some(Object::Sequence { items, .. }) => match items {
                    Items::Known(items) => {
                        items.iter().all(|item| self.is_plain_to(item, depth - 1))
                    }
                    Items::Unknown { plain } => plain,
                },
                Some(Object::Dict { items, .. }) => match items {
                    Items::Known(items) => items.iter().all(|(key, value)| {
                        self.is_plain_to(key, depth - 1) && self.is_plain_to(value, depth - 1)
                    }),
                    Items::Unknown { plain } => plain,
                },
                Some(Object::Member { value, .. }) => self.is_plain_to(&value, depth - 1),
                Some(Object::FilePath(_) | Object::File(_) | Object::Template(_)) => true,
                _ => false,
            },
        }
    }
}
