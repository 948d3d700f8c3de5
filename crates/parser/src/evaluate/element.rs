//! Elements of values: what a loop runs over, subscripts and slices.

use rustpython_parser::ast::{self, Expr};

use super::statement::Elements;
use super::value::{Items, Object, Value};
use super::{Interpreter, library};

impl<'a> Interpreter<'a> {
    /// What a loop over `value` runs over. Objects of the migration's own may do anything then.
    pub(super) fn elements(&mut self, value: &Value, expression: &'a Expr) -> Elements {
        if let Some(Object::Instance { .. }) = self.object(value) {
            let range = self.range(expression);
            self.opaque("a loop over an object of the migration's own", range);
        }
        self.iterate(value)
    }

    /// The elements of `value`.
    pub(super) fn iterate(&mut self, value: &Value) -> Elements {
        match value {
            Value::Str(text) if text.len() <= 4096 => Elements::Known(
                text.chars()
                    .map(|c| Value::Str(c.to_string().into()))
                    .collect(),
            ),
            Value::None | Value::Bool(_) | Value::Int(_) | Value::Str(_) | Value::Data => {
                Elements::Any(Value::Data)
            }
            Value::Handle(_) => Elements::Any(Value::Data),
            Value::Path(path) if library::is_plain(path) => Elements::Any(Value::Data),
            Value::Path(path) => {
                Elements::Any(Value::Unknown(format!("an element of {path}").into()))
            }
            Value::Unknown(reason) => Elements::Any(Value::Unknown(reason.clone())),
            Value::Object(_) => match self.object(value).cloned() {
                Some(Object::Sequence { items, .. }) => match items {
                    Items::Known(items) => {
                        self.step(items.len() / 4);
                        Elements::Known(items)
                    }
                    Items::Unknown { plain: true } => Elements::Any(Value::Data),
                    Items::Unknown { plain: false } => Elements::Any(Value::Unknown(
                        "an element of a list that is not known".into(),
                    )),
                },
                Some(Object::Dict { items, .. }) => match items {
                    Items::Known(items) => {
                        Elements::Known(items.into_iter().map(|(key, _)| key).collect())
                    }
                    Items::Unknown { plain: true } => Elements::Any(Value::Data),
                    Items::Unknown { plain: false } => {
                        Elements::Any(Value::Unknown("a key of a dict that is not known".into()))
                    }
                },
                Some(Object::Class(class)) if class.is_enum => {
                    let members = self.enum_members(&class);
                    Elements::Known(members)
                }
                Some(Object::File(text)) => Elements::Known(self.file_lines(&text)),
                // Rows of a statement that has been charged for when it ran.
                Some(Object::Sql(_) | Object::Template(_)) => Elements::Any(Value::Data),
                _ => Elements::Any(Value::Unknown("an element of something".into())),
            },
        }
    }

    // Subscripts.

    pub(super) fn item(&mut self, container: &Value, key: &Value) -> Value {
        match container {
            Value::None | Value::Bool(_) | Value::Int(_) => return Value::Data,
            Value::Data => {
                return match key {
                    Value::Str(key) if library::names_a_connection(key) => {
                        Value::Unknown(format!("`[{key:?}]` of something").into())
                    }
                    _ => Value::Data,
                };
            }
            Value::Handle(super::value::Handle::Globals) => {
                return match key {
                    Value::Str(name) => self.global_value(name).unwrap_or_else(|| {
                        Value::Unknown(format!("`{name}`, which is not defined here").into())
                    }),
                    _ => Value::Unknown("a global whose name is not known".into()),
                };
            }
            Value::Handle(_) => return Value::Unknown("a part of a connection".into()),
            Value::Path(path) if library::is_plain(path) => return Value::Data,
            Value::Path(path) => return Value::Unknown(format!("a part of {path}").into()),
            Value::Unknown(reason) => return Value::Unknown(reason.clone()),
            Value::Str(text) => {
                let Value::Int(index) = key else {
                    return Value::Data;
                };
                let count = i64::try_from(text.chars().count()).unwrap_or(0);
                let index = if *index < 0 {
                    index.saturating_add(count)
                } else {
                    *index
                };
                let found = usize::try_from(index)
                    .ok()
                    .and_then(|index| text.chars().nth(index));
                return found.map_or(Value::Data, |c| Value::Str(c.to_string().into()));
            }
            Value::Object(_) => {}
        }
        match self.object(container).cloned() {
            Some(Object::Sequence {
                items: Items::Known(items),
                ..
            }) => match key {
                Value::Int(index) => {
                    let count = i64::try_from(items.len()).unwrap_or(0);
                    let index = if *index < 0 {
                        index.saturating_add(count)
                    } else {
                        *index
                    };
                    let found = usize::try_from(index)
                        .ok()
                        .and_then(|index| items.get(index).cloned());
                    found.unwrap_or(Value::Unknown("an element that is not there".into()))
                }
                _ => self.any_of(&items),
            },
            Some(Object::Dict {
                items: Items::Known(items),
                ..
            }) => {
                if super::assign::is_key(key)
                    && items.iter().all(|(key, _)| super::assign::is_key(key))
                {
                    let found = items.into_iter().find(|(other, _)| other == key);
                    return found.map_or(
                        Value::Unknown("a key that is not there".into()),
                        |(_, value)| value,
                    );
                }
                let values: Vec<_> = items.into_iter().map(|(_, value)| value).collect();
                self.any_of(&values)
            }
            Some(
                Object::Sequence {
                    items: Items::Unknown { plain },
                    ..
                }
                | Object::Dict {
                    items: Items::Unknown { plain },
                    ..
                },
            ) => {
                if plain {
                    Value::Data
                } else {
                    Value::Unknown("an element of something that is not known".into())
                }
            }
            Some(Object::Template(_)) => Value::Data,
            Some(Object::Columns(table)) => match key {
                Value::Str(name) => self.column_value(&table, name),
                _ => self.sql_value(std::slice::from_ref(container)),
            },
            Some(Object::Sql(_)) => container.clone(),
            Some(Object::Construct { .. } | Object::Method { .. }) if self.is_sql(container) => {
                self.sql_value(&[container.clone(), key.clone()])
            }
            _ => Value::Unknown("a part of something".into()),
        }
    }

    /// One of these, not known which.
    pub(super) fn any_of(&mut self, values: &[Value]) -> Value {
        let mut values = values.iter();
        let Some(mut merged) = values.next().cloned() else {
            return Value::Unknown("an element of an empty collection".into());
        };
        for value in values {
            merged = self.merge(&merged, value);
        }
        merged
    }

    pub(super) fn slice(&mut self, container: &Value, slice: &'a ast::ExprSlice) -> Value {
        let bound = |this: &mut Self, part: &'a Option<Box<Expr>>| match part {
            None => Some(None),
            Some(part) => match this.eval(part) {
                Value::Int(number) => Some(Some(number)),
                Value::None => Some(None),
                _ => None,
            },
        };
        let lower = bound(self, &slice.lower);
        let upper = bound(self, &slice.upper);
        let step = bound(self, &slice.step);
        let cut = |count: usize| -> Option<std::ops::Range<usize>> {
            let count = i64::try_from(count).ok()?;
            let place = |index: i64| {
                if index < 0 {
                    (index + count).max(0)
                } else {
                    index.min(count)
                }
            };
            let from = lower?.map_or(0, place);
            let to = upper?.map_or(count, place);
            let step = step?.unwrap_or(1);
            (step == 1).then_some(usize::try_from(from).ok()?..usize::try_from(to.max(from)).ok()?)
        };
        match container {
            Value::Str(text) => {
                let letters: Vec<char> = text.chars().collect();
                match cut(letters.len()) {
                    Some(range) => {
                        let text: String = letters[range].iter().collect();
                        self.text_value(&text)
                    }
                    None => Value::Data,
                }
            }
            Value::Object(_) => match self.object(container).cloned() {
                Some(Object::Sequence {
                    kind,
                    items: Items::Known(items),
                    ..
                }) => match cut(items.len()) {
                    Some(range) => self.sequence(kind, items[range].to_vec()),
                    None => self.unknown_sequence(kind, container),
                },
                _ => container.clone(),
            },
            _ => self.combined(std::slice::from_ref(container)),
        }
    }
}
