//! Statements.

use rustpython_parser::ast::{self, Expr, Stmt};

use super::flow::{Flow, Variables};
use super::names::{bound_names, yields};
use super::value::{Body, Class, Function, FunctionKind, Object, Table, Value};
use super::{DEEPEST, Interpreter, MODULE, MOST_ITERATIONS, import_name};
use rechain_history::effect::QualifiedName;

/// What a loop runs over.
pub(super) enum Elements {
    Known(Vec<Value>),
    /// Any number of this.
    Any(Value),
}

impl<'a> Interpreter<'a> {
    /// Runs statements in the current scope. After a statement that may leave the block, the rest is
    /// conditional; whoever restores the context is the loop or function that is left.
    pub(super) fn block(&mut self, body: &'a [Stmt]) -> Flow<'a> {
        let mut flow = Flow::normal();
        for statement in body {
            if !self.step(1) {
                return Flow::normal();
            }
            self.place = self.range(statement);
            if self.depth >= DEEPEST {
                self.opaque("nested too deeply", self.place);
                return Flow::normal();
            }
            self.depth += 1;
            let next = self.statement(statement);
            self.depth -= 1;
            let (goes_on, exits) = (next.normal, next.exits());
            flow.normal = false;
            flow = self.merge_flows(flow, next);
            if !goes_on {
                return flow;
            }
            if exits {
                self.enter_condition();
            }
        }
        flow.normal = true;
        flow
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each kind")]
    fn statement(&mut self, statement: &'a Stmt) -> Flow<'a> {
        match statement {
            Stmt::Expr(node) => {
                self.eval(&node.value);
            }
            Stmt::Assign(node) => {
                let value = self.eval(&node.value);
                for target in &node.targets {
                    self.assign(target, value.clone());
                }
            }
            Stmt::AnnAssign(node) => {
                self.eval(&node.annotation);
                if let Some(value) = &node.value {
                    let value = self.eval(value);
                    self.assign(&node.target, value);
                }
            }
            Stmt::AugAssign(node) => self.augmented_assign(node),
            Stmt::FunctionDef(def) => {
                let kind = if yields(&def.body) {
                    FunctionKind::Generator
                } else {
                    FunctionKind::Plain
                };
                self.define(&def.name, &def.args, &def.body, &def.decorator_list, kind);
            }
            Stmt::AsyncFunctionDef(def) => {
                self.define(
                    &def.name,
                    &def.args,
                    &def.body,
                    &def.decorator_list,
                    FunctionKind::Async,
                );
            }
            Stmt::ClassDef(def) => self.define_class(def),
            Stmt::Return(node) => {
                let value = node
                    .value
                    .as_ref()
                    .map_or(Value::None, |value| self.eval(value));
                return Flow {
                    returned: Some(value),
                    ..Flow::default()
                };
            }
            Stmt::Break(_) => {
                return Flow {
                    broke: Some(self.variables().clone()),
                    ..Flow::default()
                };
            }
            Stmt::Continue(_) => {
                return Flow {
                    continued: Some(self.variables().clone()),
                    ..Flow::default()
                };
            }
            Stmt::Raise(node) => {
                for part in [&node.exc, &node.cause].into_iter().flatten() {
                    self.eval(part);
                }
                return Flow::default();
            }
            Stmt::If(node) => return self.if_statement(node),
            Stmt::For(node) => {
                let iterable = self.eval(&node.iter);
                let elements = self.elements(&iterable, &node.iter);
                return self.for_loop(&node.target, elements, &node.body, &node.orelse);
            }
            Stmt::AsyncFor(node) => {
                self.opaque("an asynchronous loop", self.place);
                let any =
                    Elements::Any(Value::Unknown("an element of an asynchronous loop".into()));
                return self.for_loop(&node.target, any, &node.body, &node.orelse);
            }
            Stmt::While(node) => return self.while_loop(node),
            Stmt::With(node) => return self.with_items(&node.items, &node.body),
            Stmt::AsyncWith(node) => {
                self.opaque("an asynchronous block", self.place);
                return self.with_items(&node.items, &node.body);
            }
            Stmt::Try(ast::StmtTry {
                body,
                handlers,
                orelse,
                finalbody,
                ..
            })
            | Stmt::TryStar(ast::StmtTryStar {
                body,
                handlers,
                orelse,
                finalbody,
                ..
            }) => {
                return self.try_statement(body, handlers, orelse, finalbody);
            }
            Stmt::Match(node) => return self.match_statement(node),
            Stmt::Assert(node) => {
                self.eval(&node.test);
            }
            Stmt::Import(node) => self.import(node),
            Stmt::ImportFrom(node) => self.import_from(node),
            Stmt::Global(node) => self.declare(&node.names, true),
            Stmt::Nonlocal(node) => self.declare(&node.names, false),
            Stmt::Delete(node) => {
                for target in &node.targets {
                    self.delete(target);
                }
            }
            Stmt::TypeAlias(_) | Stmt::Pass(_) => {}
        }
        Flow::normal()
    }

    fn declare(&mut self, names: &'a [ast::Identifier], global: bool) {
        for name in names {
            let scope = if global {
                Some(MODULE)
            } else {
                self.enclosing(name)
            };
            if let Some(scope) = scope.filter(|scope| *scope != self.scope) {
                self.scopes[self.scope.0 as usize]
                    .elsewhere
                    .insert(name, scope);
            }
        }
    }

    // Branches.

    fn if_statement(&mut self, node: &'a ast::StmtIf) -> Flow<'a> {
        let test = self.eval(&node.test);
        match self.truth(&test) {
            Some(true) => self.block_here(&node.body),
            Some(false) => self.block_here(&node.orelse),
            None => {
                let before = self.variables().clone();
                let body = self.arm(&node.body);
                let after_body =
                    std::mem::replace(&mut self.scopes[self.scope.0 as usize].variables, before);
                let orelse = self.arm(&node.orelse);
                self.join(body, after_body, orelse)
            }
        }
    }

    /// Runs a block, leaving the context as it was: the block around it decides what follows.
    fn block_here(&mut self, body: &'a [Stmt]) -> Flow<'a> {
        let outer = self.context;
        let flow = self.block(body);
        self.context = outer;
        flow
    }

    /// Runs a block that may or may not run.
    fn arm(&mut self, body: &'a [Stmt]) -> Flow<'a> {
        self.conditionally(|this| this.block(body))
    }

    /// Goes on after an arm that left `after_one`, or the arm that has just run.
    fn join(&mut self, one: Flow<'a>, after_one: Variables<'a>, other: Flow<'a>) -> Flow<'a> {
        if one.normal {
            let joined = if other.normal {
                let after_other = self.variables().clone();
                self.merge_variables(after_one, &after_other)
            } else {
                after_one
            };
            self.set_variables(joined);
        }
        self.merge_flows(one, other)
    }

    fn match_statement(&mut self, node: &'a ast::StmtMatch) -> Flow<'a> {
        self.eval(&node.subject);
        let before = self.variables().clone();
        // No case may match.
        let mut flow = Flow::normal();
        let mut after = before.clone();
        for case in &node.cases {
            self.set_variables(before.clone());
            for name in super::names::pattern_names(&case.pattern) {
                self.set_variable(name, Value::Unknown("what a pattern matches".into()));
            }
            let arm = self.conditionally(|this| {
                if let Some(guard) = &case.guard {
                    this.eval(guard);
                }
                this.block(&case.body)
            });
            flow = self.join(flow, after, arm);
            after = self.variables().clone();
        }
        self.set_variables(after);
        flow
    }

    fn try_statement(
        &mut self,
        body: &'a [Stmt],
        handlers: &'a [ast::ExceptHandler],
        orelse: &'a [Stmt],
        finalbody: &'a [Stmt],
    ) -> Flow<'a> {
        let swallows = handlers
            .iter()
            .any(|ast::ExceptHandler::ExceptHandler(handler)| {
                !matches!(handler.body.last(), Some(Stmt::Raise(_))) || may_leave(&handler.body)
            });
        let before = self.variables().clone();
        let outer = self.context;
        if swallows {
            self.enter_condition();
        }
        let mut flow = self.block(body);
        if flow.normal {
            let next = self.block(orelse);
            flow.normal = false;
            flow = self.merge_flows(flow, next);
        }
        self.context = outer;
        let mut after = self.variables().clone();
        let after_body = after.clone();
        for ast::ExceptHandler::ExceptHandler(handler) in handlers {
            self.set_interrupted(body, &before, &after_body);
            if let Some(name) = &handler.name {
                self.set_variable(name, Value::Data);
            }
            let arm = self.conditionally(|this| {
                if let Some(class) = &handler.type_ {
                    this.eval(class);
                }
                this.block(&handler.body)
            });
            flow = self.join(flow, after, arm);
            after = self.variables().clone();
        }
        self.set_variables(after);
        let last = self.block_here(finalbody);
        if !last.normal {
            return last;
        }
        let normal = flow.normal;
        let mut flow = self.merge_flows(flow, last);
        flow.normal = normal;
        flow
    }

    /// The variables when `body` has stopped anywhere between `before` and `after`.
    fn set_interrupted(&mut self, body: &'a [Stmt], before: &Variables<'a>, after: &Variables<'a>) {
        let Some(bound) = bound_names(body) else {
            self.give_up("nested too deeply");
            return;
        };
        let mut variables = self.merge_variables(before.clone(), after);
        for name in &bound.names {
            let once =
                !bound.in_loop && bound.names.iter().filter(|other| *other == name).count() == 1;
            if once && before.get(name) != after.get(name) {
                continue;
            }
            let reason = format!("`{name}`, which is set where an exception may end the block");
            variables.insert(name, Value::Unknown(reason.into()));
        }
        self.set_variables(variables);
    }

    // Loops.

    pub(super) fn for_loop(
        &mut self,
        target: &'a Expr,
        elements: Elements,
        body: &'a [Stmt],
        orelse: &'a [Stmt],
    ) -> Flow<'a> {
        let outer = self.context;
        let flow = match elements {
            Elements::Known(elements) if elements.len() <= MOST_ITERATIONS => {
                self.known_loop(target, elements, body)
            }
            Elements::Known(_) => {
                self.give_up("a loop with more iterations than are followed");
                Flow::normal()
            }
            Elements::Any(element) => {
                self.unknown_loop(body, |this| this.assign(target, element.clone()))
            }
        };
        self.context = outer;
        self.loop_else(flow, orelse)
    }

    fn known_loop(&mut self, target: &'a Expr, elements: Vec<Value>, body: &'a [Stmt]) -> Flow<'a> {
        let mut all = Flow::normal();
        for element in elements {
            if !self.step(1) {
                break;
            }
            self.assign(target, element);
            let inner = self.context;
            let mut flow = self.block(body);
            self.context = inner;
            let leaves = flow.returned.is_some() || flow.broke.is_some();
            let continued = flow.continued.take();
            let at_end = flow.normal.then(|| self.variables().clone());
            let next = self.merge_optional(at_end, continued);
            flow.normal = false;
            all.normal = false;
            all = self.merge_flows(all, flow);
            let Some(next) = next else { return all };
            self.set_variables(next);
            all.normal = true;
            if leaves {
                self.enter_condition();
            }
        }
        all
    }

    /// A body that runs any number of times. `begin` binds the loop's variables.
    fn unknown_loop(&mut self, body: &'a [Stmt], mut begin: impl FnMut(&mut Self)) -> Flow<'a> {
        let mut state = self.variables().clone();
        // Rehearse until no more variables, lists and dicts turn out to change.
        for round in 0.. {
            let (spoiled, types) = (self.spoiled.len(), self.types.clone());
            let made_before = self.objects.len();
            self.rehearsals += 1;
            let (_, after) = self.iteration(body, &mut begin);
            self.rehearsals -= 1;
            self.types = types;
            let mut merged = self.merge_variables(state.clone(), &after);
            if round > 2 {
                for name in bound_names(body)
                    .map(|bound| bound.names)
                    .unwrap_or_default()
                {
                    merged.insert(
                        name,
                        Value::Unknown(format!("`{name}`, which is set in a loop").into()),
                    );
                }
            }
            // What a round makes for itself may change in it.
            let changed = |id: &super::value::ObjectId| (id.0 as usize) < made_before;
            let settled = merged == state && !self.spoiled[spoiled..].iter().any(changed);
            state = merged;
            self.set_variables(state.clone());
            if settled || self.exhausted {
                break;
            }
            if round > 5 {
                self.give_up("a loop whose effect does not settle");
                break;
            }
        }
        let (mut flow, after) = self.iteration(body, &mut begin);
        let after = self.merge_variables(state, &after);
        self.set_variables(after);
        flow.normal = true;
        flow
    }

    /// One iteration that may not happen, and the variables after it.
    fn iteration(
        &mut self,
        body: &'a [Stmt],
        begin: &mut impl FnMut(&mut Self),
    ) -> (Flow<'a>, Variables<'a>) {
        let before = self.variables().clone();
        let mut flow = self.conditionally(|this| {
            begin(this);
            this.block(body)
        });
        let at_end = flow.normal.then(|| self.variables().clone());
        let continued = flow.continued.take();
        let after = self.merge_optional(at_end, continued).unwrap_or(before);
        (flow, after)
    }

    fn while_loop(&mut self, node: &'a ast::StmtWhile) -> Flow<'a> {
        let test = self.eval(&node.test);
        let outer = self.context;
        let flow = if self.truth(&test) == Some(false) {
            Flow::normal()
        } else {
            self.unknown_loop(&node.body, |this| {
                this.eval(&node.test);
            })
        };
        self.context = outer;
        self.loop_else(flow, &node.orelse)
    }

    /// The `else` of a loop, and the variables after either way out of it.
    fn loop_else(&mut self, mut flow: Flow<'a>, orelse: &'a [Stmt]) -> Flow<'a> {
        let broke = flow.broke.take();
        if flow.normal {
            let last = if flow.returned.is_some() || broke.is_some() {
                self.arm(orelse)
            } else {
                self.block_here(orelse)
            };
            flow.normal = false;
            flow = self.merge_flows(flow, last);
        }
        if let Some(broke) = broke {
            let at_end = flow.normal.then(|| self.variables().clone());
            let after = self.merge_optional(at_end, Some(broke)).unwrap_or_default();
            self.set_variables(after);
            flow.normal = true;
        }
        flow
    }

    // Blocks.

    fn with_items(&mut self, items: &'a [ast::WithItem], body: &'a [Stmt]) -> Flow<'a> {
        let mut swallows = false;
        let mut batches = Vec::new();
        for item in items {
            let value = self.eval(&item.context_expr);
            let entered = match (&value, self.object(&value)) {
                (Value::Object(id), Some(Object::Batch(_))) => {
                    batches.push(*id);
                    value.clone()
                }
                (_, Some(Object::Instance { .. } | Object::Function(_) | Object::Class(_))) => {
                    let range = self.range(&item.context_expr);
                    self.opaque("a context manager of the migration's own", range);
                    swallows = true;
                    Value::Unknown("what a context manager returns".into())
                }
                (Value::Unknown(_) | Value::Path(_), _) => {
                    swallows = true;
                    Value::Unknown("what a context manager returns".into())
                }
                _ => value.clone(),
            };
            if let Some(target) = &item.optional_vars {
                self.assign(target, entered);
            }
        }
        let before = self.variables().clone();
        let mut flow = if swallows {
            self.arm(body)
        } else {
            self.block_here(body)
        };
        for batch in batches.into_iter().rev() {
            self.finish_batch(batch);
        }
        if swallows {
            let after = self.variables().clone();
            self.set_interrupted(body, &before, &after);
            flow.normal = true;
        }
        flow
    }

    // Definitions.

    fn define(
        &mut self,
        name: &'a str,
        args: &'a ast::Arguments,
        body: &'a [Stmt],
        decorators: &'a [Expr],
        kind: FunctionKind,
    ) {
        let mut decorated = false;
        for decorator in decorators {
            let value = self.eval(decorator);
            let harmless =
                matches!(&value, Value::Path(path) if super::library::keeps_function(path));
            decorated |= !harmless;
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
        let kind = if decorated {
            FunctionKind::Decorated
        } else {
            kind
        };
        let function = self.function(name, args, Body::Statements(body), kind);
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

    fn define_class(&mut self, def: &'a ast::StmtClassDef) {
        let mut plain = def.decorator_list.is_empty() && def.keywords.is_empty();
        for decorator in &def.decorator_list {
            self.eval(decorator);
        }
        for keyword in &def.keywords {
            self.eval(&keyword.value);
        }
        let mut is_enum = false;
        let mut has_own_base = false;
        for base in &def.bases {
            let base = self.eval(base);
            match &base {
                Value::Path(path) => {
                    is_enum |= path.starts_with("enum.");
                    plain &= super::library::is_plain_base(path);
                }
                Value::Object(_) => match self.object(&base) {
                    Some(Object::Construct { class, .. }) => {
                        plain &= &**class == "declarative_base";
                    }
                    Some(Object::Class(class)) => {
                        is_enum |= class.is_enum;
                        plain &= class.plain;
                        has_own_base |= class.table.is_some();
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
        let class = Class {
            name: def.name.as_str().into(),
            scope,
            plain,
            is_enum,
            table,
        };
        let class = self.add(Object::Class(class.into()));
        self.set_variable(&def.name, class);
    }

    // Imports: by name only.

    fn import(&mut self, node: &'a ast::StmtImport) {
        for alias in &node.names {
            let name: &str = &alias.name;
            let path = match &alias.asname {
                Some(_) => name,
                None => import_name(alias),
            };
            self.set_variable(import_name(alias), Value::Path(path.into()));
        }
    }

    fn import_from(&mut self, node: &'a ast::StmtImportFrom) {
        let level = node
            .level
            .as_ref()
            .map_or(0, rustpython_parser::ast::Int::to_usize);
        let module: &str = node.module.as_deref().unwrap_or("");
        for alias in &node.names {
            let name: &str = &alias.name;
            if name == "*" {
                self.stars.push(module);
                continue;
            }
            let path = if level > 0 {
                format!("{}{module}.{name}", ".".repeat(level.min(8)))
            } else {
                format!("{module}.{name}")
            };
            self.set_variable(import_name(alias), Value::Path(path.into()));
        }
    }
}

/// Whether a handler may end otherwise than by its last statement.
fn may_leave(body: &[Stmt]) -> bool {
    body.iter().any(|statement| {
        !matches!(
            statement,
            Stmt::Expr(_) | Stmt::Raise(_) | Stmt::Assign(_) | Stmt::AugAssign(_) | Stmt::Pass(_)
        )
    })
}
