//! Binding names, and changing lists, dicts and objects in place.

use rustpython_parser::ast::{self, Expr};

use super::Interpreter;
use super::statement::Elements;
use super::value::{Items, Object, ObjectId, SequenceKind, Value};

/// Where a key is in a dict, if it is.
type Slot = Option<usize>;

/// Longest list or dict that is kept.
const MOST_ITEMS: usize = 50_000;

impl<'a> Interpreter<'a> {
    pub(super) fn assign(&mut self, target: &'a Expr, value: Value) {
        match target {
            Expr::Name(name) => self.set_variable(&name.id, value),
            Expr::Tuple(ast::ExprTuple { elts, .. }) | Expr::List(ast::ExprList { elts, .. }) => {
                self.unpack(elts, &value);
            }
            Expr::Starred(node) => self.assign(&node.value, value),
            Expr::Attribute(node) => {
                let receiver = self.eval(&node.value);
                self.set_attribute(&receiver, &node.attr, value, target);
            }
            Expr::Subscript(node) => {
                let container = self.eval(&node.value);
                let key = self.eval(&node.slice);
                self.set_item(&container, key, value);
            }
            _ => {}
        }
    }

    fn unpack(&mut self, targets: &'a [Expr], value: &Value) {
        if self.depth >= super::DEEPEST {
            self.give_up("nested too deeply");
            return;
        }
        self.depth += 1;
        let star = targets
            .iter()
            .position(|target| matches!(target, Expr::Starred(_)));
        match self.iterate(value) {
            Elements::Known(items) if star.is_none() && items.len() == targets.len() => {
                for (target, item) in targets.iter().zip(items) {
                    self.assign(target, item);
                }
            }
            Elements::Known(items) if star.is_some() && items.len() + 1 >= targets.len() => {
                let before = star.unwrap_or(0);
                let after = targets.len() - before - 1;
                let middle = items[before..items.len() - after].to_vec();
                let middle = self.sequence(SequenceKind::List, middle);
                for (target, item) in targets[..before].iter().zip(&items) {
                    self.assign(target, item.clone());
                }
                self.assign(&targets[before], middle);
                for (target, item) in targets[before + 1..]
                    .iter()
                    .zip(&items[items.len() - after..])
                {
                    self.assign(target, item.clone());
                }
            }
            elements => {
                let item = match elements {
                    Elements::Any(item) => item,
                    Elements::Known(_) => Value::Unknown("a part of a value".into()),
                };
                for target in targets {
                    self.assign(target, item.clone());
                }
            }
        }
        self.depth -= 1;
    }

    fn set_attribute(&mut self, receiver: &Value, name: &str, value: Value, target: &'a Expr) {
        let range = self.range(target);
        if *receiver == Value::Data && self.could_act(&value) {
            self.opaque(format!("`.{name}`, set where it cannot be followed"), range);
        }
        match receiver {
            Value::Path(path) if path.starts_with("alembic") => {
                self.opaque(format!("assignment to {path}.{name}"), range);
            }
            Value::Object(id) => {
                let certain = self.context;
                match self.object_mut(*id) {
                    Object::Instance {
                        attributes,
                        context,
                        ..
                    } => {
                        let value = if *context == certain.id {
                            value
                        } else {
                            Value::Unknown(format!("attribute `{name}`").into())
                        };
                        let same = attributes
                            .iter()
                            .any(|(other, old)| &**other == name && *old == value);
                        attributes.retain(|(other, _)| &**other != name);
                        attributes.push((name.into(), value));
                        if !same {
                            self.spoiled.push(*id);
                        }
                    }
                    Object::Construct { .. }
                    | Object::Table(_)
                    | Object::Class(_)
                    | Object::Batch(_) => {
                        self.opaque(format!("an object whose `{name}` is changed later"), range);
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    pub(super) fn augmented_assign(&mut self, node: &'a ast::StmtAugAssign) {
        let old = match &*node.target {
            Expr::Name(name) => self.lookup(&name.id),
            Expr::Attribute(target) => {
                let receiver = self.eval(&target.value);
                self.attribute(&receiver, &target.attr, self.place)
            }
            Expr::Subscript(target) => {
                let container = self.eval(&target.value);
                let key = self.eval(&target.slice);
                self.item(&container, &key)
            }
            _ => Value::Data,
        };
        let change = self.eval(&node.value);
        if let (
            Value::Object(id),
            Some(Object::Sequence {
                kind: SequenceKind::List,
                ..
            }),
        ) = (&old, self.object(&old))
        {
            let id = *id;
            match self.iterate(&change) {
                Elements::Known(items) => self.extend(id, items),
                Elements::Any(item) => self.spoil(id, &item),
            }
            return;
        }
        if let (Value::Object(id), Some(Object::Sequence { .. } | Object::Dict { .. })) =
            (&old, self.object(&old))
        {
            let id = *id;
            if !matches!(
                self.object(&old),
                Some(Object::Sequence {
                    kind: SequenceKind::Tuple,
                    ..
                })
            ) {
                self.spoil(id, &Value::Unknown("a collection that changes".into()));
                return;
            }
        }
        let value = self.binary(node.op, &old, &change);
        self.assign(&node.target, value);
    }

    pub(super) fn delete(&mut self, target: &'a Expr) {
        match target {
            Expr::Name(name) => {
                let scope = self.scope.0 as usize;
                self.scopes[scope].variables.remove(name.id.as_str());
            }
            Expr::Subscript(node) => {
                let container = self.eval(&node.value);
                self.eval(&node.slice);
                if let Value::Object(id) = container {
                    self.spoil(id, &Value::Data);
                }
            }
            _ => {
                self.eval(target);
            }
        }
    }

    // Lists and dicts.

    pub(crate) fn sequence(&mut self, kind: SequenceKind, items: Vec<Value>) -> Value {
        self.step(items.len() / 4);
        let context = self.context.id;
        self.add(Object::Sequence {
            kind,
            items: Items::Known(items),
            context,
        })
    }

    pub(super) fn unknown_sequence(&mut self, kind: SequenceKind, item: &Value) -> Value {
        let plain = self.is_plain(item);
        let context = self.context.id;
        self.add(Object::Sequence {
            kind,
            items: Items::Unknown { plain },
            context,
        })
    }

    pub(super) fn dict(&mut self, items: Vec<(Value, Value)>) -> Value {
        self.step(items.len() / 4);
        let context = self.context.id;
        self.add(Object::Dict {
            items: Items::Known(items),
            context,
        })
    }

    /// Makes a collection unknown, into which `item` may have been put.
    pub(super) fn spoil(&mut self, id: ObjectId, item: &Value) {
        let plain = self.is_plain(&Value::Object(id)) && self.is_plain(item);
        let changed = match self.object_mut(id) {
            Object::Sequence { items, .. } => {
                let changed = !matches!(items, Items::Unknown { plain: old } if *old == plain);
                *items = Items::Unknown { plain };
                changed
            }
            Object::Dict { items, .. } => {
                let changed = !matches!(items, Items::Unknown { plain: old } if *old == plain);
                *items = Items::Unknown { plain };
                changed
            }
            _ => false,
        };
        if changed {
            self.spoiled.push(id);
        }
    }

    /// Appends to a list, or adds to a set.
    pub(super) fn extend(&mut self, id: ObjectId, new: Vec<Value>) {
        let here = self.context.id;
        self.step(new.len());
        let fits = match self.object_mut(id) {
            Object::Sequence {
                items: Items::Known(items),
                context,
                kind,
            } => {
                *context == here
                    && *kind != SequenceKind::Set
                    && items.len() + new.len() < MOST_ITEMS
            }
            _ => false,
        };
        if !fits {
            let new = self.sequence(SequenceKind::List, new);
            self.spoil(id, &new);
        } else if let Object::Sequence {
            items: Items::Known(items),
            ..
        } = self.object_mut(id)
        {
            items.extend(new);
        }
    }

    pub(super) fn set_item(&mut self, container: &Value, key: Value, value: Value) {
        let Value::Object(id) = container else {
            if *container == Value::Data && self.could_act(&value) {
                self.opaque("an element set where it cannot be followed", self.place);
            }
            return;
        };
        let here = self.context.id;
        let old = match self.object(container) {
            Some(Object::Dict {
                items: Items::Known(items),
                context,
            }) if *context == here && items.len() < MOST_ITEMS && is_key(&key) => {
                self.step(items.len() / 8);
                self.position(container, &key)
            }
            _ => {
                self.spoil(*id, &value);
                return;
            }
        };
        let Some(old) = old else {
            self.spoil(*id, &value);
            return;
        };
        if let Object::Dict {
            items: Items::Known(items),
            ..
        } = self.object_mut(*id)
        {
            match old {
                Some(index) => items[index].1 = value,
                None => items.push((key, value)),
            }
        }
    }

    /// Whether something might be called through `value`.
    pub(super) fn could_act(&self, value: &Value) -> bool {
        match value {
            Value::None | Value::Bool(_) | Value::Int(_) | Value::Str(_) | Value::Data => false,
            Value::Path(path) => super::library::is_in(path, "alembic"),
            Value::Handle(_) | Value::Unknown(_) => true,
            Value::Object(_) => {
                !matches!(
                    self.object(value),
                    Some(
                        Object::Construct { .. }
                            | Object::Table(_)
                            | Object::Columns(_)
                            | Object::Sql(_)
                            | Object::Member { .. }
                    )
                ) && !self.holds_only_data(value)
            }
        }
    }

    /// Whether a collection holds nothing but simple values.
    fn holds_only_data(&self, value: &Value) -> bool {
        let simple = |value: &Value| {
            matches!(
                value,
                Value::None | Value::Bool(_) | Value::Int(_) | Value::Str(_) | Value::Data
            )
        };
        match self.object(value) {
            Some(Object::Sequence {
                items: Items::Known(items),
                ..
            }) => items.iter().all(simple),
            Some(Object::Dict {
                items: Items::Known(items),
                ..
            }) => items
                .iter()
                .all(|(key, value)| simple(key) && simple(value)),
            Some(
                Object::Sequence {
                    items: Items::Unknown { plain },
                    ..
                }
                | Object::Dict {
                    items: Items::Unknown { plain },
                    ..
                },
            ) => *plain,
            _ => false,
        }
    }

    /// Where `key` is in a known dict; absent when that cannot be said.
    fn position(&self, dict: &Value, key: &Value) -> Option<Slot> {
        let Some(Object::Dict {
            items: Items::Known(items),
            ..
        }) = self.object(dict)
        else {
            return None;
        };
        if !items.iter().all(|(key, _)| is_key(key)) {
            return None;
        }
        Some(items.iter().position(|(other, _)| other == key))
    }
}

/// Whether two such values are the same key exactly when they compare equal here.
pub(super) fn is_key(value: &Value) -> bool {
    matches!(value, Value::Str(_) | Value::None | Value::Int(_))
}
