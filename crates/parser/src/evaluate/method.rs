//! Methods: those of the project's own classes, and of Python's text, lists and dicts.

use std::rc::Rc;

use rechain_history::TextRange;

use super::Interpreter;
use super::statement::Elements;
use super::value::{
    Arguments, Body, Class, Function, FunctionKind, Items, Object, ObjectId, SequenceKind, Value,
};

impl<'a> Interpreter<'a> {
    /// Calls a method of text, a list, a dict or an object of the migration's own.
    pub(super) fn call_method(
        &mut self,
        receiver: &Value,
        name: &str,
        args: Arguments,
        range: TextRange,
    ) -> Value {
        match receiver {
            Value::Str(text) => {
                self.escape_all(&args, range);
                return self
                    .text_method(&text.clone(), name, &args)
                    .unwrap_or(Value::Data);
            }
            Value::Object(id) => {
                let id = *id;
                match self.object(receiver).cloned() {
                    Some(Object::Sequence { items, kind, .. }) => {
                        self.escape_all(&args, range);
                        return self.list_method(id, kind, &items, name, &args);
                    }
                    Some(Object::Dict { items, .. }) => {
                        self.escape_all(&args, range);
                        return self.dict_method(id, &items, name, &args);
                    }
                    Some(Object::Template(_)) => {
                        return self.call_method(&Value::Data, name, args, range);
                    }
                    Some(Object::Super(class, own)) => {
                        let member = class.bases.iter().find_map(|base| self.member(base, name));
                        let Some((owner, function)) = member else {
                            self.escape_all(&args, range);
                            return Value::Data;
                        };
                        if let Some(Object::Function(function)) = self.object(&function).cloned() {
                            return self.call_member(owner, &function, &own, args, range);
                        }
                    }
                    Some(Object::Class(class)) => {
                        if let Some((owner, function)) = self.member(&class, name)
                            && let Some(Object::Function(function)) =
                                self.object(&function).cloned()
                            && function.kind == FunctionKind::OfClass
                        {
                            return self.call_member(owner, &function, receiver, args, range);
                        }
                    }
                    Some(Object::Instance { class, .. }) => {
                        if let Some((owner, function)) = self.member(&class, name)
                            && let Some(Object::Function(function)) =
                                self.object(&function).cloned()
                        {
                            return self.call_member(owner, &function, receiver, args, range);
                        }
                    }
                    _ => {}
                }
            }
            Value::Data if args.all().any(|value| self.could_act(value)) => {
                self.opaque("something stored where it cannot be followed", range);
                return Value::Data;
            }
            Value::None | Value::Data => {
                self.escape_all(&args, range);
                return Value::Data;
            }
            _ => {}
        }
        self.opaque(
            format!("call of `.{name}` of {}", self.describe(receiver)),
            range,
        );
        Value::Unknown(format!("the result of `.{name}`").into())
    }

    /// The member `name` of a class, with the class that defines it: its own, or else that of the only base
    /// that has one.
    pub(super) fn member(&self, class: &Rc<Class>, name: &str) -> Option<(Rc<Class>, Value)> {
        self.member_within(class, name, 8)
    }

    fn member_within(
        &self,
        class: &Rc<Class>,
        name: &str,
        depth: usize,
    ) -> Option<(Rc<Class>, Value)> {
        let variables = &self.scopes[class.scope.0 as usize].variables;
        if let Some(value) = variables.get(name) {
            return Some((class.clone(), value.clone()));
        }
        let depth = depth.checked_sub(1)?;
        let mut found = class
            .bases
            .iter()
            .filter_map(|base| self.member_within(base, name, depth));
        let first = found.next()?;
        // Which of several comes first depends on what they have in common.
        found
            .all(|other| Rc::ptr_eq(&other.0, &first.0))
            .then_some(first)
    }

    /// Calls the method `function`, which `owner` defines.
    pub(super) fn call_member(
        &mut self,
        owner: Rc<Class>,
        function: &Rc<Function<'a>>,
        receiver: &Value,
        args: Arguments,
        range: TextRange,
    ) -> Value {
        self.methods.push((owner, receiver.clone()));
        let result = self.call_bound(function, receiver, args, range);
        self.methods.pop();
        result
    }

    fn call_bound(
        &mut self,
        function: &Rc<Function<'a>>,
        receiver: &Value,
        mut args: Arguments,
        range: TextRange,
    ) -> Value {
        if function.kind == FunctionKind::OfClass {
            let class = match self.object(receiver) {
                Some(Object::Instance { class, .. }) => {
                    let class = class.clone();
                    self.add(Object::Class(class))
                }
                _ => receiver.clone(),
            };
            args.positional.insert(0, class);
        } else if matches!(function.body, Body::Statements(_))
            && function.kind != FunctionKind::Static
        {
            args.positional.insert(0, receiver.clone());
        }
        self.call_function(function, args, range)
    }

    fn text_method(&mut self, text: &str, name: &str, args: &Arguments) -> Option<Value> {
        let argument = |index: usize| match args.positional.get(index) {
            Some(Value::Str(text)) => Some(text.clone()),
            _ => None,
        };
        if args.is_open() {
            return None;
        }
        let none = args.positional.is_empty();
        let result = match name {
            "format" => self.format(text, args)?,
            "lower" => text.to_lowercase(),
            "upper" => text.to_uppercase(),
            "strip" if none => text.trim().to_owned(),
            "lstrip" if none => text.trim_start().to_owned(),
            "rstrip" if none => text.trim_end().to_owned(),
            "replace" if args.positional.len() == 2 => text.replace(&*argument(0)?, &argument(1)?),
            "removeprefix" => text.strip_prefix(&*argument(0)?).unwrap_or(text).to_owned(),
            "removesuffix" => text.strip_suffix(&*argument(0)?).unwrap_or(text).to_owned(),
            "capitalize" | "title" if text.is_ascii() && name == "capitalize" => {
                let mut letters = text.chars();
                letters.next().map_or(String::new(), |first| {
                    first.to_ascii_uppercase().to_string() + &letters.as_str().to_ascii_lowercase()
                })
            }
            "startswith" => return Some(Value::Bool(text.starts_with(&*argument(0)?))),
            "endswith" => return Some(Value::Bool(text.ends_with(&*argument(0)?))),
            "join" => {
                let items = self.known_items(args.positional.first()?)?;
                let parts = items.iter().map(|item| match item {
                    Value::Str(text) => Some(text.to_string()),
                    _ => None,
                });
                parts.collect::<Option<Vec<_>>>()?.join(text)
            }
            "split" | "rsplit" | "splitlines" => {
                let parts: Vec<Value> = match (name, args.positional.as_slice()) {
                    ("splitlines", []) => {
                        text.lines().map(|part| Value::Str(part.into())).collect()
                    }
                    (_, []) => text
                        .split_whitespace()
                        .map(|part| Value::Str(part.into()))
                        .collect(),
                    (_, [Value::Str(separator)]) if !separator.is_empty() => text
                        .split(&**separator)
                        .map(|part| Value::Str(part.into()))
                        .collect(),
                    ("split", [Value::Str(separator), Value::Int(most)])
                        if !separator.is_empty() && *most >= 0 =>
                    {
                        let most = usize::try_from(*most).ok()?.checked_add(1)?;
                        text.splitn(most, &**separator)
                            .map(|part| Value::Str(part.into()))
                            .collect()
                    }
                    _ => return None,
                };
                return Some(self.sequence(SequenceKind::List, parts));
            }
            _ => return None,
        };
        Some(self.text_value(&result))
    }

    fn list_method(
        &mut self,
        id: ObjectId,
        kind: SequenceKind,
        items: &Items<Value>,
        name: &str,
        args: &Arguments,
    ) -> Value {
        let first = args.positional.first().cloned().unwrap_or(Value::Data);
        match (name, kind) {
            ("append" | "add", _) => self.extend(id, vec![first]),
            ("extend" | "update", _) => match self.iterate(&first) {
                Elements::Known(items) => self.extend(id, items),
                Elements::Any(item) => self.spoil(id, &item),
            },
            ("copy", _) => {
                return match items {
                    Items::Known(items) => self.sequence(kind, items.clone()),
                    Items::Unknown { .. } => self.unknown_sequence(kind, &Value::Object(id)),
                };
            }
            ("index" | "count", _) => return Value::Data,
            (_, SequenceKind::Set) if !matches!(name, "pop" | "remove" | "discard" | "clear") => {
                let parts = self.sequence(SequenceKind::List, vec![Value::Object(id), first]);
                return self.unknown_sequence(kind, &parts);
            }
            _ => {
                let plain = self.is_plain(&Value::Object(id));
                let all = self.sequence(SequenceKind::List, args.positional.clone());
                self.spoil(id, &all);
                return if plain {
                    Value::Data
                } else {
                    Value::Unknown("an element of a list".into())
                };
            }
        }
        Value::None
    }

    fn dict_method(
        &mut self,
        id: ObjectId,
        items: &Items<(Value, Value)>,
        name: &str,
        args: &Arguments,
    ) -> Value {
        let dict = Value::Object(id);
        let plain = self.is_plain(&dict);
        let Items::Known(items) = items else {
            if !matches!(name, "keys" | "values" | "items" | "get" | "copy") {
                let all = self.sequence(SequenceKind::List, args.positional.clone());
                self.spoil(id, &all);
            }
            if matches!(name, "keys" | "values" | "items" | "copy") {
                return self.unknown_sequence(SequenceKind::List, &dict);
            }
            return if plain {
                Value::Data
            } else {
                Value::Unknown("a part of a dict".into())
            };
        };
        match name {
            "keys" => {
                let keys = items.iter().map(|(key, _)| key.clone()).collect();
                self.sequence(SequenceKind::List, keys)
            }
            "values" => {
                let values = items.iter().map(|(_, value)| value.clone()).collect();
                self.sequence(SequenceKind::List, values)
            }
            "items" | "iteritems" => {
                let pairs: Vec<_> = items.clone();
                let pairs = pairs
                    .into_iter()
                    .map(|(key, value)| self.sequence(SequenceKind::Tuple, vec![key, value]))
                    .collect();
                self.sequence(SequenceKind::List, pairs)
            }
            "copy" => self.dict(items.clone()),
            "get" => match args.positional.first() {
                Some(key)
                    if super::assign::is_key(key)
                        && items.iter().all(|(key, _)| super::assign::is_key(key)) =>
                {
                    match items.iter().find(|(other, _)| other == key) {
                        Some((_, value)) => value.clone(),
                        None => args.positional.get(1).cloned().unwrap_or(Value::None),
                    }
                }
                _ if plain => Value::Data,
                _ => Value::Unknown("a part of a dict".into()),
            },
            "update" if !args.is_open() => {
                if let Some(other) = args.positional.first() {
                    self.update(&dict, &other.clone());
                }
                for (key, value) in &args.keywords {
                    self.set_item(&dict, Value::Str(key.clone()), value.clone());
                }
                Value::None
            }
            _ => {
                let all = self.sequence(SequenceKind::List, args.positional.clone());
                self.spoil(id, &all);
                if plain {
                    Value::Data
                } else {
                    Value::Unknown("a part of a dict".into())
                }
            }
        }
    }
}
