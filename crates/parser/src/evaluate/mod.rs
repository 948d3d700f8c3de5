//! A small abstract interpreter: runs a migration over [values](value::Value) that may be unknown and
//! collects the [effects](Effect) of what it calls.
//!
//! Imports are resolved by name, and by the project's own source where [surroundings](crate::Surroundings)
//! have it. What it follows: assignments,
//! formatting, literal collections and loops over them, helper functions and lambdas, branches.
//!
//! Two rules keep it sound. What may or may not run is *conditional*: variables that differ between
//! the ways through become unknown, and so do lists and dicts changed there. And a call of anything
//! unknown is opaque, unless the callee certainly cannot reach the database.
//!
//! All work is bounded: steps in total, iterations of a loop, nesting, calls of helper functions. At
//! a bound there is one more opaque effect, and no further work.

mod assign;
mod attribute;
mod branch;
mod builtin;
mod call;
mod comprehension;
mod coroutine;
mod definition;
mod element;
mod escape;
mod expression;
mod files;
mod flow;
mod format;
mod handing;
mod imported;
#[cfg(test)]
mod imported_tests;
mod inline;
mod library;
mod managed;
mod method;
mod names;
mod repeat;
mod statement;
#[cfg(test)]
mod tests;
mod truth;
pub(crate) mod value;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use rechain_history::TextRange;
use rechain_history::{Certainty, Effect, QualifiedName};
use rustpython_parser::ast::{self, Ranged, Stmt};

use typed_arena::Arena;

use flow::Variables;
use value::{ContextId, Handle, Object, ObjectId, Value};

use crate::sql::HOLE;
use crate::surroundings::{ModuleSource, Surroundings};

/// Statements, expressions and list elements that are looked at before giving up.
const MOST_STEPS: usize = 300_000;
/// Iterations of one loop.
pub(crate) const MOST_ITERATIONS: usize = 10_000;
/// Effects of one migration.
const MOST_EFFECTS: usize = 50_000;
/// Nesting of syntax and calls together.
const DEEPEST: usize = 130;
/// Calls of helper functions within each other.
const DEEPEST_CALL: usize = 16;
/// Longest text that is put together, and in sum.
const LONGEST_TEXT: usize = 1 << 20;

/// Index of a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ScopeId(u32);

#[derive(Debug, Default)]
struct Scope<'a> {
    variables: Variables<'a>,
    parent: Option<ScopeId>,
    /// Names declared `global` or `nonlocal`, and where they live.
    elsewhere: BTreeMap<&'a str, ScopeId>,
    /// The names of a class are not seen from the functions in it.
    is_class: bool,
    yielded: Option<Vec<Value>>,
    /// `from x import *`
    stars: Vec<Rc<str>>,
    /// Of a module that was imported: what its relative imports count from.
    package: Option<Rc<str>>,
}

/// Whether what runs now certainly runs.
#[derive(Debug, Clone, Copy)]
struct Context {
    id: ContextId,
    certain: bool,
}

/// The state of a run.
pub(crate) struct Interpreter<'a> {
    text: &'a str,
    objects: Vec<Object<'a>>,
    scopes: Vec<Scope<'a>>,
    scope: ScopeId,
    context: Context,
    contexts: u32,
    effects: Vec<Effect>,
    /// Enum types made so far in this migration.
    pub(crate) types: BTreeSet<QualifiedName>,
    /// A rehearsal of a loop: effects are not kept.
    rehearsals: u32,
    /// Lists and dicts that have become unknown.
    spoiled: Vec<ObjectId>,
    /// Within a column's type, where an unknown call is an unknown type.
    in_type: bool,
    steps: usize,
    text_made: usize,
    depth: usize,
    calls: Vec<Rc<str>>,
    exhausted: bool,
    surroundings: &'a dyn Surroundings,
    /// The imported modules that were read.
    sources: &'a Arena<Arc<ModuleSource>>,
    /// Imported modules that were looked for.
    modules: BTreeMap<Rc<str>, Option<ScopeId>>,
    /// Names in them that were looked for.
    imports: BTreeMap<Rc<str>, Option<Value>>,
    /// Bytes of them.
    imported_text: usize,
    /// Names that lead to each other.
    naming: usize,
    /// Methods that run, by the class that defines each and what it is called on.
    methods: Vec<(Rc<value::Class>, Value)>,
    /// `with` blocks whose generators run.
    waiting: Vec<managed::Waiting<'a>>,
    /// Where code of another module runs: the migration's call of it.
    elsewhere: Option<TextRange>,
    /// The dialect this run is for, by its name.
    pub(crate) dialect: Option<&'static str>,
    /// The run asked for the name of the dialect, which it was not given.
    pub(crate) asks_dialect: bool,
    /// The statement that is running.
    place: TextRange,
}

/// Where everything at module level lives.
const MODULE: ScopeId = ScopeId(0);

impl<'a> Interpreter<'a> {
    pub(crate) fn new(
        text: &'a str,
        surroundings: &'a dyn Surroundings,
        sources: &'a Arena<Arc<ModuleSource>>,
        dialect: Option<&'static str>,
    ) -> Self {
        let mut module = Scope::default();
        if let Some(path) = surroundings.path() {
            module
                .variables
                .insert("__file__", Value::Str(path.as_str().into()));
        }
        Self {
            text,
            objects: Vec::new(),
            scopes: vec![module],
            scope: MODULE,
            context: Context {
                id: ContextId(0),
                certain: true,
            },
            contexts: 0,
            effects: Vec::new(),
            types: BTreeSet::new(),
            rehearsals: 0,
            spoiled: Vec::new(),
            in_type: false,
            steps: 0,
            text_made: 0,
            depth: 0,
            calls: Vec::new(),
            exhausted: false,
            surroundings,
            sources,
            modules: BTreeMap::new(),
            imports: BTreeMap::new(),
            imported_text: 0,
            naming: 0,
            methods: Vec::new(),
            waiting: Vec::new(),
            elsewhere: None,
            dialect,
            asks_dialect: false,
            place: TextRange::empty(0),
        }
    }

    /// Runs the module itself, as importing it would.
    pub(crate) fn run_module(&mut self, body: &'a [Stmt]) {
        self.block(body);
        let certain = self.context.certain;
        self.enter_context(certain);
    }

    /// What a name stands for at the level of the module that runs now.
    pub(crate) fn global_value(&self, name: &str) -> Option<Value> {
        let root = self.root_of(self.scope);
        self.scopes[root.0 as usize].variables.get(name).cloned()
    }

    /// This run comes to nothing: it is to be repeated for each dialect.
    pub(crate) fn ask_dialect(&mut self) {
        self.asks_dialect = true;
        self.exhausted = true;
    }

    /// What a module-level name stands for in the end.
    pub(crate) fn module_value(&self, name: &str) -> Option<Value> {
        self.scopes[0].variables.get(name).cloned()
    }

    /// The module-level names that stand for functions.
    pub(crate) fn module_functions(&self) -> Vec<(String, Value)> {
        let functions = self.scopes[0]
            .variables
            .iter()
            .filter(|(_, value)| matches!(self.object(value), Some(Object::Function(_))));
        functions
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect()
    }

    /// All effects so far, in the order of execution.
    pub(crate) fn into_effects(self) -> Vec<Effect> {
        crate::sql::settled(self.effects)
    }

    // Objects.

    pub(crate) fn add(&mut self, object: Object<'a>) -> Value {
        let Ok(id) = u32::try_from(self.objects.len()) else {
            return Value::Unknown("too many objects".into());
        };
        self.objects.push(object);
        Value::Object(ObjectId(id))
    }

    pub(crate) fn object(&self, value: &Value) -> Option<&Object<'a>> {
        match value {
            Value::Object(id) => self.objects.get(id.0 as usize),
            _ => None,
        }
    }

    pub(crate) fn object_mut(&mut self, id: ObjectId) -> &mut Object<'a> {
        &mut self.objects[id.0 as usize]
    }

    // Bounds.

    /// Counts `cost` steps; false when there are none left.
    pub(crate) fn step(&mut self, cost: usize) -> bool {
        self.steps = self.steps.saturating_add(cost.max(1));
        if self.steps > MOST_STEPS {
            self.give_up("more work than is followed");
        }
        !self.exhausted
    }

    /// One opaque effect for all that would follow.
    fn give_up(&mut self, reason: &str) {
        if !self.exhausted {
            self.exhausted = true;
            self.effects.push(Effect::opaque(reason, self.place));
        }
    }

    fn text_value(&mut self, text: &str) -> Value {
        self.text_made += text.len();
        self.step(text.len() / 256);
        if text.len() > LONGEST_TEXT || self.text_made > 16 * LONGEST_TEXT {
            Value::Data
        } else if text.contains(HOLE) {
            if text.chars().all(|c| c == HOLE) {
                Value::Data
            } else {
                self.add(Object::Template(text.into()))
            }
        } else {
            Value::Str(text.into())
        }
    }

    // Contexts.

    fn enter_context(&mut self, certain: bool) -> Context {
        let outer = self.context;
        self.contexts += 1;
        self.context = Context {
            id: ContextId(self.contexts),
            certain,
        };
        outer
    }

    /// From here on it is not certain that anything runs. Returns what to restore.
    fn enter_condition(&mut self) -> Context {
        self.enter_context(false)
    }

    /// Runs `work` where it is not certain that it runs at all.
    pub(crate) fn conditionally<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.enter_condition();
        let result = work(self);
        self.context = outer;
        result
    }

    // Effects.

    pub(crate) fn certainty(&self) -> Certainty {
        if self.context.certain {
            Certainty::Always
        } else {
            Certainty::Conditional
        }
    }

    /// Records `effect` as happening now, or at the end of the batch block `batch`.
    pub(crate) fn emit(&mut self, effect: Effect, batch: Option<ObjectId>) {
        if self.rehearsals > 0 || self.exhausted || !self.step(1) {
            return;
        }
        match batch.map(|id| self.object_mut(id)) {
            Some(Object::Batch(batch)) => {
                batch.queue.push(effect);
                return;
            }
            _ => self.effects.push(effect),
        }
        if self.effects.len() > MOST_EFFECTS {
            self.give_up("more effects than are followed");
        }
    }

    /// Records that something not understood happens at `range`.
    pub(crate) fn opaque(&mut self, reason: impl Into<String>, range: TextRange) {
        self.emit(Effect::opaque(reason, range), None);
    }

    /// The byte range of a node. Inside an f-string the parser's offsets can be off; there the range
    /// is that of the statement.
    pub(crate) fn range(&self, node: &impl Ranged) -> TextRange {
        if let Some(call) = self.elsewhere {
            return call;
        }
        let (start, end) = (node.start().to_usize(), node.end().to_usize());
        if start <= end && self.text.is_char_boundary(start) && self.text.is_char_boundary(end) {
            TextRange::new(start, end)
        } else {
            self.place
        }
    }

    // Names.

    fn lookup(&self, name: &str) -> Value {
        let mut next = Some(self.scope);
        let mut innermost = true;
        while let Some(id) = next {
            let scope = &self.scopes[id.0 as usize];
            if innermost || !scope.is_class {
                let scope = match scope.elsewhere.get(name) {
                    Some(other) => &self.scopes[other.0 as usize],
                    None => scope,
                };
                if let Some(value) = scope.variables.get(name) {
                    return value.clone();
                }
            }
            innermost = false;
            next = scope.parent;
        }
        if library::is_builtin(name) {
            return Value::Path(format!("builtins.{name}").into());
        }
        let stars = &self.scopes[self.root_of(self.scope).0 as usize].stars;
        match stars.as_slice() {
            [] => Value::Unknown(format!("`{name}`, which is not defined here").into()),
            stars if stars.iter().any(|star| &**star == "alembic.op") => {
                Value::Path(format!("alembic.op.{name}").into())
            }
            [star] => Value::Path(format!("{star}.{name}").into()),
            _ => Value::Unknown(format!("`{name}`, imported by `*`").into()),
        }
    }

    fn set_variable(&mut self, name: &'a str, value: Value) {
        let current = self.scope;
        let elsewhere = self.scopes[current.0 as usize].elsewhere.get(name).copied();
        let scope = elsewhere.unwrap_or(current);
        let old = self.scopes[scope.0 as usize].variables.get(name).cloned();
        let value = match (elsewhere, old) {
            // Whoever reads it later does not know whether this has run.
            (Some(_), Some(old)) if !self.context.certain => {
                let merged = self.merge(&old, &value);
                if merged != old {
                    self.spoiled.push(ObjectId(0));
                }
                merged
            }
            _ => value,
        };
        self.scopes[scope.0 as usize].variables.insert(name, value);
    }

    fn variables(&self) -> &Variables<'a> {
        &self.scopes[self.scope.0 as usize].variables
    }

    fn set_variables(&mut self, variables: Variables<'a>) {
        self.scopes[self.scope.0 as usize].variables = variables;
    }

    fn new_scope(&mut self, parent: ScopeId, is_class: bool) -> ScopeId {
        let id = ScopeId(u32::try_from(self.scopes.len()).unwrap_or(0));
        self.scopes.push(Scope {
            parent: Some(parent),
            is_class,
            ..Scope::default()
        });
        id
    }

    /// The first binding of `name` outwards of the current scope, for `nonlocal`.
    fn enclosing(&self, name: &str) -> Option<ScopeId> {
        let mut next = self.scopes[self.scope.0 as usize].parent;
        while let Some(id) = next {
            let scope = &self.scopes[id.0 as usize];
            if !scope.is_class && scope.variables.contains_key(name) {
                return Some(id);
            }
            next = scope.parent;
        }
        None
    }

    /// Runs an entry function, with what Alembic or the project hands in.
    pub(crate) fn run_entry(&mut self, function: &Value, place: TextRange) {
        self.place = place;
        let function = match function {
            Value::Path(path) => self.imported(path).unwrap_or_else(|| function.clone()),
            _ => function.clone(),
        };
        let Some(Object::Function(function)) = self.object(&function).cloned() else {
            let reason = format!("the function is {}", self.describe(&function));
            self.opaque(reason, place);
            return;
        };
        let mut defaults = function.defaults.iter();
        let mut given = Vec::new();
        for arg in function.args.posonlyargs.iter().chain(&function.args.args) {
            let name = arg.def.arg.as_str();
            let default = arg.default.as_ref().and_then(|_| defaults.next());
            given.push(match (name, default) {
                ("op" | "operations", _) => Value::Path("alembic.op".into()),
                ("engine_name" | "engine" | "db_name", _) => Value::Data,
                ("connection" | "conn" | "bind", _) => Value::Handle(Handle::Bind),
                // A project that hands in something else does so for all its revisions alike.
                (_, Some(default)) => default.clone(),
                (_, None) => Value::Unknown(format!("argument `{name}`").into()),
            });
        }
        let args = value::Arguments {
            positional: given,
            ..value::Arguments::default()
        };
        match function.kind {
            value::FunctionKind::Plain | value::FunctionKind::Static => {
                self.inline(&function, args, place);
            }
            value::FunctionKind::Decorated => {
                self.opaque("a decorator that is not known", place);
                self.conditionally(|this| this.inline(&function, args, place));
            }
            _ => {
                self.opaque("a generator or coroutine", place);
            }
        }
    }
}

/// The name an import binds.
fn import_name(alias: &ast::Alias) -> &str {
    let name: &str = &alias.name;
    alias
        .asname
        .as_deref()
        .unwrap_or_else(|| name.split('.').next().unwrap_or(name))
}
