//! Text put together: f-strings, `%` and `str.format`. Each gives the text where all of it is known.

use rustpython_parser::ast::{self, Expr};

use super::Interpreter;
use super::statement::Elements;
use super::value::{Arguments, Items, Object, Value};

/// A part that is not known.
const HOLE_TEXT: &str = "\u{10FFFD}";

impl<'a> Interpreter<'a> {
    /// `str(value)` where that is certain.
    pub(super) fn to_text(value: &Value) -> Option<String> {
        Some(match value {
            Value::Str(text) => text.to_string(),
            Value::Int(number) => number.to_string(),
            Value::None => "None".into(),
            Value::Bool(true) => "True".into(),
            Value::Bool(false) => "False".into(),
            _ => return None,
        })
    }

    /// What a value is in a text: a hole where that is not known.
    fn part(&self, value: &Value) -> String {
        match self.shown(value) {
            Some(text) => text.to_string(),
            None => Self::to_text(value).unwrap_or_else(|| HOLE_TEXT.to_owned()),
        }
    }

    /// The text of a part, with its holes.
    pub(super) fn shown(&self, value: &Value) -> Option<std::rc::Rc<str>> {
        match value {
            Value::Str(text) => Some(text.clone()),
            _ => match self.object(value)? {
                Object::Template(text) => Some(text.clone()),
                _ => None,
            },
        }
    }

    pub(super) fn joined(&mut self, node: &'a ast::ExprJoinedStr) -> Value {
        let mut text = Some(String::new());
        for part in &node.values {
            let value = match part {
                Expr::Constant(_) | Expr::FormattedValue(_) => self.eval(part),
                _ => Value::Data,
            };
            text = match (text, self.shown(&value)) {
                (Some(text), Some(part)) => Some(text + &part),
                (text, None) => text.map(|text| text + HOLE_TEXT),
                (None, _) => None,
            };
        }
        match text {
            Some(text) => self.text_value(&text),
            None => Value::Data,
        }
    }

    pub(super) fn formatted(&mut self, value: &Value, node: &'a ast::ExprFormattedValue) -> Value {
        if let Some(format) = &node.format_spec {
            let format = self.eval(format);
            if !matches!(&format, Value::Str(text) if text.is_empty() || &**text == "s") {
                return Value::Data;
            }
        }
        match node.conversion {
            ast::ConversionFlag::None | ast::ConversionFlag::Str if self.shown(value).is_some() => {
                value.clone()
            }
            ast::ConversionFlag::None | ast::ConversionFlag::Str => match Self::to_text(value) {
                Some(text) => self.text_value(&text),
                None => Value::Data,
            },
            _ => match Self::representation(value) {
                Some(text) => self.text_value(&text),
                None => Value::Data,
            },
        }
    }

    /// `repr(value)` of simple values.
    pub(super) fn representation(value: &Value) -> Option<String> {
        match value {
            Value::Str(text) => {
                let simple =
                    |c: char| c.is_ascii() && !c.is_ascii_control() && !matches!(c, '\'' | '\\');
                text.chars().all(simple).then(|| format!("'{text}'"))
            }
            _ => Self::to_text(value),
        }
    }

    /// `template % arguments`
    pub(super) fn percent(&mut self, template: &str, arguments: &Value) -> Option<String> {
        let positional = match self.object(arguments).cloned() {
            Some(Object::Sequence {
                kind: super::value::SequenceKind::Tuple,
                ..
            }) => match self.iterate(arguments) {
                Elements::Known(items) => items,
                Elements::Any(_) => return None,
            },
            Some(Object::Dict { .. }) => Vec::new(),
            _ => vec![arguments.clone()],
        };
        let mut positional = positional.into_iter();
        let mut text = String::new();
        let mut rest = template;
        while let Some(at) = rest.find('%') {
            text.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let mut value = None;
            if let Some(named) = rest.strip_prefix('(') {
                let end = named.find(')')?;
                value = Some(self.item(arguments, &Value::Str(named[..end].into())));
                rest = &named[end + 1..];
            }
            let conversion = rest.chars().next()?;
            rest = &rest[conversion.len_utf8()..];
            if conversion == '%' {
                text.push('%');
                continue;
            }
            let value = value.or_else(|| positional.next())?;
            match (conversion, &value) {
                ('s', _) => text.push_str(&self.part(&value)),
                ('d' | 'i', Value::Int(number)) => text.push_str(&number.to_string()),
                ('r', _) => {
                    let shown = Self::representation(&value);
                    text.push_str(shown.as_deref().unwrap_or(HOLE_TEXT));
                }
                ('d' | 'i' | 'f', Value::Data) => text.push_str(HOLE_TEXT),
                _ => return None,
            }
        }
        text.push_str(rest);
        Some(text)
    }

    /// `template.format(...)`
    pub(super) fn format(&mut self, template: &str, args: &Arguments) -> Option<String> {
        if args.is_open() {
            return None;
        }
        let mut text = String::new();
        let mut rest = template;
        let mut next = 0;
        while let Some(at) = rest.find(['{', '}']) {
            text.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix(brace) {
                text.push_str(brace);
                rest = after;
                continue;
            }
            if brace == "}" {
                return None;
            }
            let end = rest
                .find(['{', '}'])
                .filter(|end| rest.as_bytes()[*end] == b'}')?;
            let field = &rest[..end];
            rest = &rest[end + 1..];
            let (field, representation) = match field.strip_suffix("!r") {
                Some(field) => (field, true),
                None => (field.strip_suffix("!s").unwrap_or(field), false),
            };
            if field.contains([':', '!']) {
                return None;
            }
            let (name, path) = match field.find(['.', '[']) {
                Some(at) => field.split_at(at),
                None => (field, ""),
            };
            let mut value = if name.is_empty() {
                next += 1;
                args.positional.get(next - 1)?.clone()
            } else if let Ok(index) = name.parse::<usize>() {
                args.positional.get(index)?.clone()
            } else {
                args.keyword(name)?.clone()
            };
            if let Some(key) = path
                .strip_prefix('[')
                .and_then(|path| path.strip_suffix(']'))
            {
                let key = key
                    .parse()
                    .map_or_else(|_| Value::Str(key.into()), Value::Int);
                value = self.item(&value, &key);
            } else if !path.is_empty() {
                return None;
            }
            if representation {
                let shown = Self::representation(&value);
                text.push_str(shown.as_deref().unwrap_or(HOLE_TEXT));
            } else {
                text.push_str(&self.part(&value));
            }
        }
        text.push_str(rest);
        Some(text)
    }

    /// The keys and values of a known dict.
    pub(super) fn pairs(&self, dict: &Value) -> Option<Vec<(Value, Value)>> {
        match self.object(dict) {
            Some(Object::Dict {
                items: Items::Known(items),
                ..
            }) => Some(items.clone()),
            _ => None,
        }
    }
}
