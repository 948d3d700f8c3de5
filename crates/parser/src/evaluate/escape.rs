//! Values that get where they cannot be followed, and calls that may do anything with them.

use rechain_history::TextRange;

use super::value::{Arguments, Handle, Items, Object, SequenceKind, Value};
use super::{Interpreter, library};

impl Interpreter<'_> {
    /// A call that may do anything, unless it is in the place of a column type.
    pub(crate) fn unknown_call(&mut self, what: &str, args: &Arguments, range: TextRange) -> Value {
        for value in args.all() {
            self.hand_over(value);
        }
        let describes = |value: &Value| {
            (!matches!(value, Value::Handle(_)) || Self::is_plain_handle(value))
                && !self.is_function(value)
        };
        if !self.in_type || !args.all().all(describes) {
            self.opaque(what, range);
        }
        Value::Unknown(format!("the result of a {what}").into())
    }

    fn is_plain_handle(value: &Value) -> bool {
        matches!(value, Value::Handle(Handle::Dialect | Handle::Inspector))
    }

    pub(super) fn is_function(&self, value: &Value) -> bool {
        match value {
            Value::Path(path) => library::is_in(path, "alembic"),
            _ => matches!(
                self.object(value),
                Some(Object::Function(_) | Object::Method { .. })
            ),
        }
    }

    /// An unknown callee may change the lists and dicts it is given.
    pub(super) fn hand_over(&mut self, value: &Value) {
        let Value::Object(id) = value else { return };
        match self.object(value) {
            Some(Object::Sequence { kind, .. }) if *kind != SequenceKind::Tuple => {
                self.spoil(*id, &Value::Unknown("changed elsewhere".into()));
            }
            Some(Object::Dict { .. }) => {
                self.spoil(*id, &Value::Unknown("changed elsewhere".into()));
            }
            _ => {}
        }
    }

    pub(crate) fn escape_all(&mut self, args: &Arguments, range: TextRange) {
        let plain = args.all().all(|value| {
            matches!(self.object(value), Some(Object::Function(_))) || self.is_plain(value)
        });
        for value in args.all() {
            self.escape_with(value, plain, range);
        }
    }

    /// A callee that itself does nothing may call `value`, any number of times.
    pub(super) fn escape(&mut self, value: &Value, range: TextRange) {
        self.escape_with(value, false, range);
    }

    /// The same, where `plain` says that it has nothing but plain data to call it with.
    fn escape_with(&mut self, value: &Value, plain: bool, range: TextRange) {
        match value {
            Value::Path(path) if path.starts_with("alembic.op.") => {
                self.opaque(format!("{path} handed to a function"), range);
            }
            Value::Object(_) => match self.object(value).cloned() {
                Some(Object::Function(function)) => {
                    let parameters = &function.args;
                    let count = parameters.posonlyargs.len() + parameters.args.len();
                    let args = if plain {
                        Arguments {
                            positional: vec![Value::Data; count],
                            ..Arguments::default()
                        }
                    } else {
                        Arguments {
                            more_positional: true,
                            ..Arguments::default()
                        }
                    };
                    self.conditionally(|this| this.call_function(&function, args, range));
                }
                Some(Object::Method { receiver, name }) => match self.object(&receiver).cloned() {
                    Some(Object::Sequence { .. } | Object::Dict { .. }) => {
                        self.hand_over(&receiver);
                    }
                    Some(Object::Batch(_) | Object::Table(_) | Object::Instance { .. }) => {
                        self.opaque(format!("`.{name}` handed to a function"), range);
                    }
                    _ if matches!(receiver, Value::Handle(_))
                        && !Self::is_plain_handle(&receiver) =>
                    {
                        self.opaque(format!("`.{name}` handed to a function"), range);
                    }
                    _ => {}
                },
                Some(Object::Sequence {
                    items: Items::Known(items),
                    ..
                }) => {
                    for item in items.iter().take(100) {
                        if self.is_function(item) {
                            self.escape(item, range);
                        }
                    }
                }
                _ => {}
            },
            _ => {}
        }
    }

    // The migration's own functions and classes.
}
