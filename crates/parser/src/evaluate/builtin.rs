//! Built-in functions of Python on known values.

use rechain_history::TextRange;

use super::statement::Elements;
use super::value::{Arguments, Handle, Items, Object, SequenceKind, Value};
use super::{Interpreter, library};

impl Interpreter<'_> {
    pub(super) fn call_builtin(&mut self, name: &str, args: &Arguments, range: TextRange) -> Value {
        let first = args.positional.first().cloned();
        match (name, &first) {
            ("__import__", Some(Value::Str(name))) if !name.contains('.') && !args.is_open() => {
                return Value::Path(name.clone());
            }
            ("open", _) if !args.is_open() => return self.open_builtin(args),
            ("str", Some(path)) if self.path_text(path).is_some() => {
                return self.path_text(path).map_or(Value::Data, Value::Str);
            }
            ("__import__" | "exec" | "eval" | "compile", _) => {
                self.opaque(format!("code run by `{name}`"), range);
                return Value::Unknown(format!("the result of `{name}`").into());
            }
            ("globals", _) => return Value::Handle(Handle::Globals),
            ("locals" | "vars", _) => return Value::Unknown("local variables".into()),
            ("setattr" | "delattr", _) => {
                if !matches!(first, Some(Value::Data | Value::Unknown(_))) {
                    self.opaque(format!("an object changed by `{name}`"), range);
                }
                return Value::None;
            }
            ("super", None) => {
                return match self.methods.last().cloned() {
                    Some((class, own)) if !class.bases.is_empty() => {
                        self.add(Object::Super(class, own))
                    }
                    _ => Value::Data,
                };
            }
            ("super", _) => return Value::Data,
            ("getattr", Some(object)) => {
                return match args.positional.get(1) {
                    Some(Value::Str(name)) => {
                        let (object, name) = (object.clone(), name.clone());
                        self.attribute(&object, &name, range)
                    }
                    _ => Value::Unknown("an attribute whose name is not known".into()),
                };
            }
            ("map", Some(function)) => {
                return self.map(&function.clone(), &args.positional[1..], range);
            }
            ("filter", Some(function)) => {
                self.escape(&function.clone(), range);
                let items = args.positional.get(1).cloned().unwrap_or(Value::Data);
                return match self.iterate(&items) {
                    Elements::Known(known) if known.is_empty() => {
                        self.sequence(SequenceKind::List, Vec::new())
                    }
                    _ => self.unknown_sequence(SequenceKind::List, &items),
                };
            }
            _ => {}
        }
        self.escape_all(args, range);
        if !args.is_open()
            && let Some(value) = self.known_builtin(name, args)
        {
            return value;
        }
        if library::is_plain_builtin(name) {
            return Value::Data;
        }
        let all: Vec<Value> = args.all().cloned().collect();
        if matches!(
            name,
            "list"
                | "tuple"
                | "set"
                | "frozenset"
                | "sorted"
                | "reversed"
                | "enumerate"
                | "zip"
                | "range"
                | "xrange"
        ) {
            let parts = self.sequence(SequenceKind::List, all);
            return self.unknown_sequence(SequenceKind::List, &parts);
        }
        if name == "dict" {
            let dict = self.dict(Vec::new());
            let parts = self.sequence(SequenceKind::List, all);
            if let Value::Object(id) = dict {
                self.spoil(id, &parts);
            }
            return dict;
        }
        if all.iter().all(|value| self.is_plain(value)) {
            return Value::Data;
        }
        Value::Unknown(format!("the result of `{name}`").into())
    }

    /// `map(function, ...)`, which may run in part, later, or never.
    fn map(&mut self, function: &Value, iterables: &[Value], range: TextRange) -> Value {
        let columns: Option<Vec<Vec<Value>>> = iterables
            .iter()
            .map(|iterable| match self.iterate(iterable) {
                Elements::Known(items) => Some(items),
                Elements::Any(_) => None,
            })
            .collect();
        let Some(columns) = columns else {
            self.escape(function, range);
            return Value::Unknown("the result of `map`".into());
        };
        let rows = columns.iter().map(Vec::len).min().unwrap_or(0);
        let mut results = Vec::new();
        self.conditionally(|this| {
            for row in 0..rows {
                if !this.step(1) {
                    break;
                }
                let positional = columns.iter().map(|column| column[row].clone()).collect();
                let args = Arguments {
                    positional,
                    ..Arguments::default()
                };
                results.push(this.call(function, args, range));
            }
        });
        self.sequence(SequenceKind::List, results)
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each kind")]
    fn known_builtin(&mut self, name: &str, args: &Arguments) -> Option<Value> {
        let first = args.positional.first();
        Some(match name {
            "str" | "unicode" => {
                let text = match first {
                    Some(first) => Self::to_text(first)?,
                    None => String::new(),
                };
                self.text_value(&text)
            }
            "repr" => {
                let text = Self::representation(first?)?;
                self.text_value(&text)
            }
            "int" => match first? {
                Value::Int(number) => Value::Int(*number),
                Value::Str(text) => text.trim().parse().map_or(Value::Data, Value::Int),
                _ => return None,
            },
            "bool" => Value::Bool(self.truth(first?)?),
            "len" => match first? {
                Value::Str(text) => Value::Int(i64::try_from(text.chars().count()).ok()?),
                value => match self.object(value)? {
                    Object::Sequence {
                        items: Items::Known(items),
                        ..
                    } => Value::Int(i64::try_from(items.len()).ok()?),
                    Object::Dict {
                        items: Items::Known(items),
                        ..
                    } => Value::Int(i64::try_from(items.len()).ok()?),
                    _ => return None,
                },
            },
            "any" | "all" => {
                let Elements::Known(items) = self.iterate(first?) else {
                    return None;
                };
                let decisive = name == "any";
                let mut unknown = false;
                for item in &items {
                    match self.truth(item) {
                        Some(truth) if truth == decisive => return Some(Value::Bool(decisive)),
                        Some(_) => {}
                        None => unknown = true,
                    }
                }
                if unknown {
                    return None;
                }
                Value::Bool(!decisive)
            }
            "list" | "tuple" => {
                let kind = if name == "list" {
                    SequenceKind::List
                } else {
                    SequenceKind::Tuple
                };
                let items = match first {
                    Some(first) => self.known_items(first)?,
                    None => Vec::new(),
                };
                self.sequence(kind, items)
            }
            "set" | "frozenset" => {
                // Its order is not known.
                let items = match first {
                    Some(first) => self.known_items(first)?,
                    None => Vec::new(),
                };
                self.sequence(SequenceKind::Set, items)
            }
            "iter" => first?.clone(),
            "reversed" => {
                let mut items = self.known_items(first?)?;
                items.reverse();
                self.sequence(SequenceKind::List, items)
            }
            "sorted" => {
                let mut items = self.known_items(first?)?;
                if args.keyword("key").is_some() {
                    return None;
                }
                if items.iter().all(|item| matches!(item, Value::Str(_))) {
                    items.sort_by(|one, other| match (one, other) {
                        (Value::Str(one), Value::Str(other)) => one.cmp(other),
                        _ => std::cmp::Ordering::Equal,
                    });
                } else if items.iter().all(|item| matches!(item, Value::Int(_))) {
                    items.sort_by_key(|item| {
                        if let Value::Int(number) = item {
                            *number
                        } else {
                            0
                        }
                    });
                } else {
                    return None;
                }
                match args.keyword("reverse") {
                    None | Some(Value::Bool(false)) => {}
                    Some(Value::Bool(true)) => items.reverse(),
                    Some(_) => return None,
                }
                self.sequence(SequenceKind::List, items)
            }
            "enumerate" => {
                let start = match args.get(1, "start") {
                    None => 0,
                    Some(Value::Int(start)) => *start,
                    Some(_) => return None,
                };
                let items = self.known_items(first?)?;
                let mut pairs = Vec::new();
                for (count, item) in (0..).zip(items) {
                    let index = Value::Int(start.checked_add(count)?);
                    pairs.push(self.sequence(SequenceKind::Tuple, vec![index, item]));
                }
                self.sequence(SequenceKind::List, pairs)
            }
            "zip" => {
                let columns = args
                    .positional
                    .iter()
                    .map(|column| self.known_items(column));
                let columns = columns.collect::<Option<Vec<_>>>()?;
                let rows = columns.iter().map(Vec::len).min().unwrap_or(0);
                let rows = (0..rows).map(|row| {
                    let row = columns.iter().map(|column| column[row].clone()).collect();
                    self.sequence(SequenceKind::Tuple, row)
                });
                let rows = rows.collect();
                self.sequence(SequenceKind::List, rows)
            }
            "range" | "xrange" => {
                let numbers = args.positional.iter().map(|value| match value {
                    Value::Int(number) => Some(*number),
                    _ => None,
                });
                let (start, end, step) = match numbers.collect::<Option<Vec<_>>>()?.as_slice() {
                    [end] => (0, *end, 1),
                    [start, end] => (*start, *end, 1),
                    [start, end, step] => (*start, *end, *step),
                    _ => return None,
                };
                let step_size = usize::try_from(step).ok().filter(|step| *step > 0)?;
                let count = usize::try_from(end.checked_sub(start)?)
                    .unwrap_or(0)
                    .div_ceil(step_size);
                if count > super::MOST_ITERATIONS {
                    return None;
                }
                let items = (start..end).step_by(step_size).map(Value::Int).collect();
                self.sequence(SequenceKind::List, items)
            }
            "dict" => {
                let dict = self.dict(Vec::new());
                match first {
                    None => {}
                    Some(first) if self.pairs(first).is_some() => {
                        self.update(&dict, &first.clone());
                    }
                    Some(first) => {
                        for pair in self.known_items(first)? {
                            let [key, value] =
                                <[Value; 2]>::try_from(self.known_items(&pair)?).ok()?;
                            self.set_item(&dict, key, value);
                        }
                    }
                }
                for (key, value) in &args.keywords {
                    self.set_item(&dict, Value::Str(key.clone()), value.clone());
                }
                dict
            }
            _ => return None,
        })
    }

    pub(super) fn known_items(&mut self, value: &Value) -> Option<Vec<Value>> {
        match self.iterate(value) {
            Elements::Known(items) => Some(items),
            Elements::Any(_) => None,
        }
    }
}
