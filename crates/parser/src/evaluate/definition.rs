//! Functions, classes and imports.

use std::rc::Rc;

use rechain_history::QualifiedName;
use rustpython_parser::ast::{self, Expr, Stmt};

use super::value::{Arguments, Body, Class, Function, FunctionKind, Object, Table, Value};
use super::{Interpreter, MODULE, import_name};

impl<'a> Interpreter<'a> {
    pub(super) fn define(
        &mut self,
        name: &'a str,
        args: &'a ast::Arguments,
        body: &'a [Stmt],
        decorators: &'a [Expr],
        kind: FunctionKind,
    ) {
        let mut kind = kind;
        let mut wraps = Vec::new();
        for decorator in decorators {
            let value = self.eval(decorator);
            let path = match &value {
                Value::Path(path) => Some(path.clone()),
                _ => None,
            };
            match path.as_deref() {
                Some(path) if super::library::keeps_function(path) => {}
                Some("builtins.staticmethod") if kind == FunctionKind::Plain => {
                    kind = FunctionKind::Static;
                }
                Some("builtins.classmethod") if kind == FunctionKind::Plain => {
                    kind = FunctionKind::OfClass;
                }
                Some("builtins.property" | "functools.cached_property")
                    if kind == FunctionKind::Plain =>
                {
                    kind = FunctionKind::Property;
                }
                Some("contextlib.contextmanager") if kind == FunctionKind::Generator => {
                    kind = FunctionKind::Manager;
                }
                None if matches!(self.object(&value), Some(Object::Function(_)))
                    && kind == FunctionKind::Plain =>
                {
                    wraps.push(value);
                }
                _ => kind = FunctionKind::Decorated,
            }
        }
        if kind != FunctionKind::Plain && !wraps.is_empty() {
            kind = FunctionKind::Decorated;
        }
        for arg in args
            .posonlyargs
            .iter()
            .chain(&args.args)
            .chain(&args.kwonlyargs)
        {
            if let Some(annotation) = &arg.def.annotation {
                self.eval(annotation);
            }
        }
        let mut function = self.function(name, args, Body::Statements(body), kind);
        if kind == FunctionKind::Plain {
            for (decorator, node) in wraps.into_iter().rev().zip(decorators) {
                let range = self.range(node);
                let args = Arguments {
                    positional: vec![function],
                    ..Arguments::default()
                };
                function = self.call(&decorator, args, range);
            }
        }
        self.set_variable(name, function);
    }

    pub(super) fn function(
        &mut self,
        name: &str,
        args: &'a ast::Arguments,
        body: Body<'a>,
        kind: FunctionKind,
    ) -> Value {
        let all = args
            .posonlyargs
            .iter()
            .chain(&args.args)
            .chain(&args.kwonlyargs);
        let defaults = all
            .filter_map(|arg| arg.default.as_deref())
            .collect::<Vec<_>>();
        let defaults = defaults
            .into_iter()
            .map(|default| self.eval(default))
            .collect();
        // A function does not see the names of the class it is in.
        let mut scope = self.scope;
        while self.scopes[scope.0 as usize].is_class {
            scope = self.scopes[scope.0 as usize].parent.unwrap_or(MODULE);
        }
        let function = Function {
            name: name.into(),
            args,
            body,
            defaults,
            scope,
            kind,
        };
        self.add(Object::Function(function.into()))
    }

    pub(super) fn define_class(&mut self, def: &'a ast::StmtClassDef) {
        let is_dataclass = match def.decorator_list.as_slice() {
            [decorator] => self.is_dataclass(decorator),
            _ => false,
        };
        let mut plain = (def.decorator_list.is_empty() || is_dataclass) && def.keywords.is_empty();
        for decorator in def.decorator_list.iter().filter(|_| !is_dataclass) {
            self.eval(decorator);
        }
        for keyword in &def.keywords {
            self.eval(&keyword.value);
        }
        let mut is_enum = false;
        let mut has_own_base = false;
        let mut bases: Vec<Rc<Class>> = Vec::new();
        let (mut is_tuple, mut brings_constraints) = (false, false);
        for base in &def.bases {
            let base = self.eval(base);
            match &base {
                Value::Path(path) => {
                    is_tuple |= &**path == "typing.NamedTuple";
                    brings_constraints |= super::library::is_schema_type(path);
                    is_enum |= path.starts_with("enum.");
                    plain &= super::library::is_plain_base(path);
                }
                Value::Object(_) => match self.object(&base) {
                    Some(Object::Construct { class, .. }) => {
                        plain &= &**class == "declarative_base";
                    }
                    Some(Object::Class(class)) => {
                        is_enum |= class.is_enum;
                        brings_constraints |= class.brings_constraints;
                        plain &= class.plain;
                        has_own_base |= class.table.is_some();
                        bases.push(class.clone());
                        plain &= class.table.is_none();
                    }
                    _ => plain = false,
                },
                Value::Data => {}
                _ => plain = false,
            }
        }
        let scope = self.new_scope(self.scope, true);
        let outer = std::mem::replace(&mut self.scope, scope);
        self.block_here(&def.body);
        self.scope = outer;
        let variables = &self.scopes[scope.0 as usize].variables;
        let table = match variables.get("__tablename__") {
            Some(Value::Str(name)) if !has_own_base => Some(name.clone()),
            _ => None,
        };
        let mut schema = None;
        let mut unsure = false;
        if let Some(options) = variables.get("__table_args__").cloned() {
            match self.table_args_schema(&options) {
                Ok(found) => schema = found,
                Err(()) => unsure = true,
            }
        }
        let table = table.filter(|_| !unsure).map(|name| {
            let variables = &self.scopes[scope.0 as usize].variables;
            let name = QualifiedName::new(schema, &*name);
            Table {
                name,
                items: variables.values().cloned().collect(),
                open: true,
            }
            .into()
        });
        let has_hook = self.scopes[scope.0 as usize]
            .variables
            .contains_key("__post_init__");
        plain &= !(is_dataclass && has_hook);
        let fields = (is_dataclass || is_tuple).then(|| fields(&bases, &def.body));
        let class = Class {
            name: def.name.as_str().into(),
            scope,
            plain,
            is_enum,
            brings_constraints,
            bases,
            table,
            fields,
        };
        let class = self.add(Object::Class(class.into()));
        self.set_variable(&def.name, class);
    }

    /// The classes of the module, or function, that a class is defined in.
    pub(crate) fn classes_beside(&self, class: &Class) -> Vec<Rc<Class>> {
        let parent = self.scopes[class.scope.0 as usize].parent.unwrap_or(MODULE);
        let variables = self.scopes[parent.0 as usize].variables.values();
        variables
            .filter_map(|value| match self.object(value) {
                Some(Object::Class(class)) => Some(class.clone()),
                _ => None,
            })
            .collect()
    }

    /// What the body of a class defines.
    pub(crate) fn class_values(&self, class: &Class) -> impl Iterator<Item = &Value> {
        self.scopes[class.scope.0 as usize].variables.values()
    }

    /// `@dataclass` or `@dataclass(...)`
    fn is_dataclass(&mut self, decorator: &'a Expr) -> bool {
        let named = match decorator {
            Expr::Call(call) => &*call.func,
            other => other,
        };
        self.eval(named) == Value::Path("dataclasses.dataclass".into())
    }

    // Imports: by name only.

    pub(super) fn import(&mut self, node: &'a ast::StmtImport) {
        for alias in &node.names {
            let name: &str = &alias.name;
            let path = match &alias.asname {
                Some(_) => name,
                None => import_name(alias),
            };
            self.set_variable(import_name(alias), Value::Path(path.into()));
        }
    }

    pub(super) fn import_from(&mut self, node: &'a ast::StmtImportFrom) {
        let level = node
            .level
            .as_ref()
            .map_or(0, rustpython_parser::ast::Int::to_usize);
        let module: &str = node.module.as_deref().unwrap_or("");
        for alias in &node.names {
            let name: &str = &alias.name;
            if name == "*" {
                let module = if level > 0 {
                    self.relative(level, module, "")
                } else {
                    Some(module.to_owned())
                };
                let root = self.root_of(self.scope);
                let star = module.unwrap_or_default().as_str().into();
                self.scopes[root.0 as usize].stars.push(star);
                continue;
            }
            let path = if let Some(path) = (level > 0)
                .then(|| self.relative(level, module, name))
                .flatten()
            {
                path
            } else if level > 0 {
                format!("{}{module}.{name}", ".".repeat(level.min(8)))
            } else {
                format!("{module}.{name}")
            };
            self.set_variable(import_name(alias), Value::Path(path.into()));
        }
    }
}

/// The annotated names of a class body, after those of its bases.
fn fields(bases: &[Rc<Class>], body: &[Stmt]) -> Vec<Rc<str>> {
    let mut fields: Vec<Rc<str>> = Vec::new();
    for base in bases {
        fields.extend(base.fields.iter().flatten().cloned());
    }
    for statement in body {
        if let Stmt::AnnAssign(field) = statement
            && let Expr::Name(name) = &*field.target
            && !fields.iter().any(|other| **other == *name.id.as_str())
        {
            fields.push(name.id.as_str().into());
        }
    }
    fields
}
