//! Calls: arguments, what is called, and helper functions run in place.

use std::rc::Rc;

use rechain_history::Certainty;
use rechain_history::TextRange;
use rustpython_parser::ast;

use super::managed::Manager;
use super::statement::Elements;
use super::value::{
    Arguments, Body, Class, Function, FunctionKind, Handle, Items, Object, SequenceKind, Value,
};
use super::{DEEPEST, DEEPEST_CALL, Interpreter, library};
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

/// The attributes that the arguments give to a new object.
fn given_fields(class: &Class, args: Arguments) -> Vec<(Rc<str>, Value)> {
    let mut given = args.keywords;
    let fields = class.fields.as_deref().unwrap_or_default();
    given.extend(fields.iter().cloned().zip(args.positional));
    if args.more_positional || args.more_keywords {
        let open: Vec<_> = fields
            .iter()
            .filter(|field| !given.iter().any(|(name, _)| name == *field))
            .map(|field| {
                (
                    field.clone(),
                    Value::Unknown(format!("`.{field}` of an object").into()),
                )
            })
            .collect();
        given.extend(open);
    }
    given
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

    /// Library functions that hand on what they are given.
    fn call_structural(&mut self, path: &str, args: &Arguments, range: TextRange) -> Option<Value> {
        Some(match path {
            // Its elements come into being when they are asked for.
            "collections.defaultdict"
                if args.positional.len() == 1
                    && matches!(&args.positional[0], Value::Path(path) if matches!(
                        &**path,
                        "builtins.list" | "builtins.dict" | "builtins.set" | "builtins.int" | "builtins.str"
                    )) =>
            {
                Value::Data
            }
            "collections.OrderedDict" => self.call_builtin("dict", args, range),
            "typing.cast" => args.positional.get(1).cloned().unwrap_or(Value::Data),
            "six.moves.range" => self.call_builtin("range", args, range),
            "six.iteritems" => {
                let dict = args.positional.first().cloned()?;
                let items = self.attribute_of_dict(&dict);
                self.call(&items, Arguments::default(), range)
            }
            // The type that it is given, which notices changes.
            _ if library::is_in(path, "sqlalchemy.ext.mutable")
                && path.ends_with(".as_mutable") =>
            {
                args.positional.first().cloned().unwrap_or(Value::Data)
            }
            // What it gives changes no more than the name of a function.
            "functools.wraps" => Value::Path("typing.no_type_check".into()),
            "functools.partial" => Value::Unknown("a partial function".into()),
            "importlib.import_module" if matches!(args.positional.first(), Some(Value::Str(name)) if !name.starts_with('.')) => {
                match args.positional.first() {
                    Some(Value::Str(name)) => Value::Path(name.clone()),
                    _ => Value::Data,
                }
            }
            "io.open" | "codecs.open" => self.open_builtin(args),
            _ if path.starts_with("os.path.") || path.starts_with("pathlib.P") => {
                return self.path_function(path, args);
            }
            "importlib.import_module" => {
                Value::Unknown("a module that is imported at run time".into())
            }
            "contextlib.suppress" | "contextlib.closing" | "contextlib.ExitStack" => {
                Value::Unknown("a context manager".into())
            }
            "itertools.chain" => {
                let parts = args.positional.iter().map(|part| self.known_items(part));
                match parts.collect::<Option<Vec<_>>>() {
                    Some(parts) if !args.is_open() => {
                        self.sequence(SequenceKind::List, parts.into_iter().flatten().collect())
                    }
                    _ => self.handed_on(args, range),
                }
            }
            "itertools.product" if args.keywords.is_empty() && !args.is_open() => {
                let parts = args.positional.iter().map(|part| self.known_items(part));
                let Some(parts) = parts.collect::<Option<Vec<_>>>() else {
                    return Some(self.handed_on(args, range));
                };
                let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
                for part in parts {
                    if !self.step(rows.len().saturating_mul(part.len())) {
                        return Some(Value::Data);
                    }
                    rows = rows
                        .iter()
                        .flat_map(|row| {
                            part.iter()
                                .map(|item| [row.as_slice(), std::slice::from_ref(item)].concat())
                        })
                        .collect();
                }
                let rows = rows
                    .into_iter()
                    .map(|row| self.sequence(SequenceKind::Tuple, row))
                    .collect();
                self.sequence(SequenceKind::List, rows)
            }
            _ if [
                "itertools",
                "functools",
                "collections",
                "copy",
                "contextlib",
                "tqdm",
                "asyncio.sleep",
            ]
            .iter()
            .any(|module| library::is_in(path, module)) =>
            {
                self.handed_on(args, range)
            }
            _ => return None,
        })
    }

    fn attribute_of_dict(&mut self, dict: &Value) -> Value {
        self.add(Object::Method {
            receiver: dict.clone(),
            name: "items".into(),
        })
    }

    /// Something made of the arguments.
    fn handed_on(&mut self, args: &Arguments, range: TextRange) -> Value {
        self.escape_all(args, range);
        if args.all().all(|value| self.is_plain(value)) {
            Value::Data
        } else {
            Value::Unknown("something made of values that are not known".into())
        }
    }

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

    fn is_function(&self, value: &Value) -> bool {
        match value {
            Value::Path(path) => library::is_in(path, "alembic"),
            _ => matches!(
                self.object(value),
                Some(Object::Function(_) | Object::Method { .. })
            ),
        }
    }

    /// An unknown callee may change the lists and dicts it is given.
    fn hand_over(&mut self, value: &Value) {
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

    pub(super) fn call_function(
        &mut self,
        function: &Rc<Function<'a>>,
        args: Arguments,
        range: TextRange,
    ) -> Value {
        let what = format!("call of `{}`", function.name);
        match function.kind {
            FunctionKind::Plain
            | FunctionKind::Static
            | FunctionKind::OfClass
            | FunctionKind::Property => self.inline(function, args, range),
            FunctionKind::Manager => self.add(Object::Manager(
                Manager {
                    function: function.clone(),
                    args,
                    range,
                }
                .into(),
            )),
            FunctionKind::Decorated => {
                self.opaque(format!("{what}, which is decorated"), range);
                self.conditionally(|this| this.inline(function, args, range));
                Value::Unknown(format!("the result of `{}`", function.name).into())
            }
            FunctionKind::Async => {
                self.opaque(format!("{what}, a coroutine"), range);
                Value::Unknown("a coroutine".into())
            }
            FunctionKind::Generator => {
                let before = self.effects.len();
                let result = self.inline(function, args, range);
                let mut acts = false;
                for effect in self.effects.iter_mut().skip(before) {
                    acts = true;
                    if effect.certainty == Certainty::Always {
                        effect.certainty = Certainty::Conditional;
                    }
                }
                if acts {
                    self.opaque(format!("{what}, a generator"), range);
                }
                result
            }
        }
    }

    /// Runs a function's body here.
    pub(super) fn inline(
        &mut self,
        function: &Rc<Function<'a>>,
        args: Arguments,
        range: TextRange,
    ) -> Value {
        let result = format!("the result of `{}`", function.name);
        let again = self
            .calls
            .iter()
            .filter(|name| Rc::ptr_eq(name, &function.name))
            .count();
        if again >= 2 || self.calls.len() >= DEEPEST_CALL || self.depth + 4 >= DEEPEST {
            self.opaque(
                format!("call of `{}`, too deep to follow", function.name),
                range,
            );
            return Value::Unknown(result.into());
        }
        let scope = self.new_scope(function.scope, false);
        self.bind_parameters(function, args, scope);
        if function.kind == FunctionKind::Generator {
            self.scopes[scope.0 as usize].yielded = Some(Vec::new());
        }
        if function.kind == FunctionKind::Manager
            && let Some(waiting) = self.waiting.last_mut()
        {
            waiting.generator.get_or_insert(scope);
        }
        let outer_scope = std::mem::replace(&mut self.scope, scope);
        let outer = (self.context, self.place, std::mem::take(&mut self.in_type));
        let elsewhere = self.place_of_calls(function.scope, range);
        let elsewhere = std::mem::replace(&mut self.elsewhere, elsewhere);
        self.calls.push(function.name.clone());
        self.depth += 1;
        let value = match function.body {
            Body::Expression(body) => self.eval(body),
            Body::Statements(body) => {
                let flow = self.block(body);
                match flow.returned {
                    Some(value) if flow.normal => self.merge(&value, &Value::None),
                    Some(value) => value,
                    None => Value::None,
                }
            }
        };
        self.depth -= 1;
        self.calls.pop();
        (self.context, self.place, self.in_type) = outer;
        self.elsewhere = elsewhere;
        self.scope = outer_scope;
        if function.kind != FunctionKind::Generator {
            return value;
        }
        match self.scopes[scope.0 as usize].yielded.take() {
            Some(values) => self.sequence(SequenceKind::List, values),
            None => Value::Unknown(result.into()),
        }
    }

    fn bind_parameters(&mut self, function: &Function<'a>, args: Arguments, scope: super::ScopeId) {
        let parameters = function.args;
        let mut defaults = function.defaults.iter();
        let mut positional = args.positional.into_iter();
        let mut keywords = args.keywords;
        let mut bound = Vec::new();
        let by_position = parameters
            .posonlyargs
            .iter()
            .chain(&parameters.args)
            .map(|arg| (arg, true));
        for (arg, takes_position) in
            by_position.chain(parameters.kwonlyargs.iter().map(|arg| (arg, false)))
        {
            let name = arg.def.arg.as_str();
            let default = arg.default.as_ref().and_then(|_| defaults.next());
            let open = args.more_keywords || (takes_position && args.more_positional);
            let given = if takes_position {
                positional.next()
            } else {
                None
            };
            let given = given.or_else(|| {
                let at = keywords.iter().position(|(key, _)| &**key == name)?;
                Some(keywords.remove(at).1)
            });
            let value = given.or_else(|| default.filter(|_| !open).cloned());
            bound.push((
                name,
                value.unwrap_or_else(|| Value::Unknown(format!("argument `{name}`").into())),
            ));
        }
        if let Some(vararg) = &parameters.vararg {
            let rest = self.sequence(SequenceKind::Tuple, positional.collect());
            let rest = if args.more_positional {
                self.unknown_sequence(SequenceKind::Tuple, &Value::Unknown("an argument".into()))
            } else {
                rest
            };
            bound.push((vararg.arg.as_str(), rest));
        }
        if let Some(kwarg) = &parameters.kwarg {
            let rest = keywords
                .into_iter()
                .map(|(key, value)| (Value::Str(key), value))
                .collect();
            let rest = self.dict(rest);
            if args.more_keywords
                && let Value::Object(id) = rest
            {
                self.spoil(id, &Value::Unknown("an argument".into()));
            }
            bound.push((kwarg.arg.as_str(), rest));
        }
        self.scopes[scope.0 as usize].variables.extend(bound);
    }

    fn instantiate(&mut self, class: &Rc<Class>, args: Arguments, range: TextRange) -> Value {
        if class.is_enum {
            return Value::Data;
        }
        if self.in_type && !class.plain && class.table.is_none() {
            // A type of the project's own.
            if class.brings_constraints {
                return self.add(Object::Construct {
                    class: "SchemaType".into(),
                    args: Rc::new(args),
                });
            }
            return self.unknown_call(&format!("call of class {}", class.name), &args, range);
        }
        let context = self.context.id;
        let instance = Object::Instance {
            class: class.clone(),
            attributes: Vec::new(),
            context,
        };
        let instance = self.add(instance);
        let init = self.member(class, "__init__");
        let function = init
            .as_ref()
            .and_then(|(_, init)| self.object(init).cloned());
        match (init, function) {
            (Some((owner, _)), Some(Object::Function(init))) => {
                if !class.plain {
                    self.opaque(format!("an object of class {}", class.name), range);
                }
                self.call_member(owner, &init, &instance, args, range);
            }
            _ if class.plain || class.table.is_some() || self.in_type => {
                let given = given_fields(class, args);
                if let Value::Object(id) = instance
                    && let Object::Instance { attributes, .. } = self.object_mut(id)
                {
                    *attributes = given;
                }
            }
            _ => return self.unknown_call(&format!("call of class {}", class.name), &args, range),
        }
        instance
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
