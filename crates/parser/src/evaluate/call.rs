//! Calls: their arguments, and what is called.

use std::rc::Rc;

use rechain_history::TextRange;
use rustpython_parser::ast;

use super::statement::Elements;
use super::value::{Arguments, Handle, Object, Value};
use super::{Interpreter, library};
use crate::operations::invoke;

/// Keyword arguments of directives that hold a column type.
const TYPE_ARGUMENTS: &[&str] = &["type_", "existing_type", "type"];

/// Methods that act, whatever they are called on.
const ACTING: &[&str] = &[
    "add",
    "add_all",
    "begin",
    "commit",
    "connect",
    "create",
    "create_all",
    "delete",
    "drop",
    "drop_all",
    "exec_driver_sql",
    "execute",
    "executemany",
    "merge",
    "query",
    "run",
    "scalar",
    "scalars",
    "upgrade",
];

/// `db.Session(...)` of Flask-SQLAlchemy.
fn is_session_factory(path: &str) -> bool {
    path.ends_with(".db.Session") || path.ends_with(".db.create_scoped_session")
}

impl<'a> Interpreter<'a> {
    pub(super) fn call_expression(&mut self, node: &'a ast::ExprCall) -> Value {
        let callee = self.eval(&node.func);
        let describes = match &callee {
            Value::Path(path) => library::is_descriptive(path) && library::is_class_name(path),
            _ => false,
        };
        let args = self.arguments(node, describes);
        let range = self.range(node);
        self.call(&callee, args, range)
    }

    /// Evaluates arguments in order. Those of a column or type are types, where an unknown call does
    /// no harm.
    pub(super) fn arguments(&mut self, node: &'a ast::ExprCall, describes: bool) -> Arguments {
        let mut args = Arguments::default();
        let outer = self.in_type;
        for argument in &node.args {
            self.in_type = outer || describes;
            let value = self.eval(argument);
            self.in_type = outer;
            if !matches!(argument, ast::Expr::Starred(_)) {
                args.positional.push(value);
                continue;
            }
            match self.iterate(&value) {
                Elements::Known(items) if !args.more_positional => args.positional.extend(items),
                _ => args.more_positional = true,
            }
        }
        for keyword in &node.keywords {
            let Some(name) = &keyword.arg else {
                let value = self.eval(&keyword.value);
                match self.pairs(&value) {
                    Some(pairs) => {
                        for (key, value) in pairs {
                            match key {
                                Value::Str(key) => args.keywords.push((key, value)),
                                _ => args.more_keywords = true,
                            }
                        }
                    }
                    None => args.more_keywords = true,
                }
                continue;
            };
            self.in_type = outer || TYPE_ARGUMENTS.contains(&name.as_str());
            let value = self.eval(&keyword.value);
            self.in_type = outer;
            args.keywords.push((name.as_str().into(), value));
        }
        args
    }

    /// Calls `callee` at `range`.
    pub(crate) fn call(&mut self, callee: &Value, args: Arguments, range: TextRange) -> Value {
        if self.exhausted {
            return Value::Unknown("more work than is followed".into());
        }
        match callee {
            Value::Path(path) => self.call_path(&path.clone(), args, range),
            Value::Unknown(reason) => self.unknown_call(&format!("call of {reason}"), &args, range),
            Value::Handle(Handle::SessionFactory | Handle::Session) => {
                Value::Handle(Handle::Session)
            }
            Value::Handle(_) => self.unknown_call("call of a connection", &args, range),
            Value::None | Value::Bool(_) | Value::Int(_) | Value::Str(_) | Value::Data => {
                self.escape_all(&args, range);
                if args.all().all(|value| self.is_plain(value)) {
                    Value::Data
                } else {
                    Value::Unknown("the result of a call".into())
                }
            }
            Value::Object(id) => match self.object(callee).cloned() {
                Some(Object::Function(function)) => self.call_function(&function, args, range),
                Some(Object::Class(class)) => self.instantiate(&class, args, range),
                Some(Object::Method { receiver, name }) => {
                    self.call_attribute(&receiver, &name, args, range)
                }
                Some(Object::Instance { class, .. }) => {
                    let call = self.member(&class, "__call__");
                    let function = call
                        .as_ref()
                        .and_then(|(_, call)| self.object(call).cloned());
                    match (call, function) {
                        (Some((owner, _)), Some(Object::Function(function))) => {
                            let receiver = Value::Object(*id);
                            self.call_member(owner, &function, &receiver, args, range)
                        }
                        _ => self.unknown_call("call of an object", &args, range),
                    }
                }
                Some(Object::Sql(_) | Object::Construct { .. }) => {
                    let mut parts = vec![callee.clone()];
                    parts.extend(args.all().cloned());
                    self.sql_value(&parts)
                }
                Some(Object::Member { .. }) => Value::Data,
                _ => self.unknown_call("call of a value", &args, range),
            },
        }
    }

    fn call_attribute(
        &mut self,
        receiver: &Value,
        name: &str,
        args: Arguments,
        range: TextRange,
    ) -> Value {
        if let Value::Handle(handle) = receiver {
            return self.call_handle(*handle, name, &args, range);
        }
        match self.object(receiver).cloned() {
            Some(Object::Table(table)) => self.call_table(&table, name, &args, range),
            Some(Object::Sql(sql)) => self.call_sql(&sql, name, &args, range),
            Some(Object::Columns(_)) => self.sql_value(std::slice::from_ref(receiver)),
            Some(Object::Construct { class, args: own }) => {
                self.call_construct(receiver, &class, &own, name, &args, range)
            }
            Some(Object::Batch(_)) => match receiver {
                Value::Object(id) => self.call_batch(*id, name, &args, range),
                _ => Value::None,
            },
            Some(Object::FilePath(path)) => self.path_method(&path, name, &args),
            Some(Object::File(text)) => self.file_method(&text, name, &args),
            Some(Object::Method { .. }) => {
                let mut parts = vec![receiver.clone()];
                parts.extend(args.all().cloned());
                if self.is_sql(receiver) && !ACTING.contains(&name) {
                    self.sql_value(&parts)
                } else {
                    self.unknown_call(&format!("call of `.{name}` of a method"), &args, range)
                }
            }
            _ => self.call_method(receiver, name, args, range),
        }
    }

    fn call_path(&mut self, path: &Rc<str>, args: Arguments, range: TextRange) -> Value {
        if let Some(name) = path.strip_prefix("alembic.op.") {
            return self.call_directive(name, &args, range);
        }
        if invoke::is_operation(path) {
            return self.add(Object::Construct {
                class: path.clone(),
                args: Rc::new(args),
            });
        }
        if let Some(name) = path.strip_prefix("alembic.context.") {
            return self.call_handle(Handle::Context, name, &args, range);
        }
        if let Some(name) = path.strip_prefix("builtins.") {
            return self.call_builtin(name, &args, range);
        }
        if let Some(value) = self.call_structural(path, &args, range) {
            return value;
        }
        if library::is_plain(path) {
            self.escape_all(&args, range);
            // What it makes may still hold what it was given.
            let holds = |value: &Value| match value {
                Value::Path(path) => library::is_in(path, "alembic"),
                Value::Handle(handle) => !matches!(handle, Handle::Dialect | Handle::Inspector),
                _ => matches!(
                    self.object(value),
                    Some(Object::Method { .. } | Object::Batch(_))
                ),
            };
            if args.all().any(holds) {
                return Value::Unknown(format!("the result of {path}").into());
            }
            return Value::Data;
        }
        if library::is_descriptive(path) {
            return self.construct(path, args, range);
        }
        if is_session_factory(path) {
            return Value::Handle(Handle::Session);
        }
        if let Some(value) = self.imported(path)
            && value != Value::Path(path.clone())
        {
            return self.call(&value, args, range);
        }
        self.unknown_call(&format!("call of {path}"), &args, range)
    }

    /// What `value` is, for a person.
    pub(crate) fn describe(&self, value: &Value) -> String {
        match value {
            Value::Unknown(reason) => reason.to_string(),
            Value::Path(path) => path.to_string(),
            Value::Data => "a value computed at run time".into(),
            Value::Handle(_) => "a connection".into(),
            Value::None => "None".into(),
            Value::Object(_) => match self.object(value) {
                Some(Object::Sequence { .. }) => "a list".into(),
                Some(Object::Dict { .. }) => "a dict".into(),
                Some(Object::Function(function)) => format!("function `{}`", function.name),
                Some(Object::Class(class)) => format!("class `{}`", class.name),
                Some(Object::Construct { class, .. }) => class.to_string(),
                _ => "an object".into(),
            },
            _ => "a constant".into(),
        }
    }
}
