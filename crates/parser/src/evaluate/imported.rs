//! What imported names stand for, where the project's source of them is at hand.
//!
//! A module is run once, when something of it is first used, and for its definitions alone: importing is
//! taken to leave the database as it is, as for the migration's own imports. Its functions then run as the
//! migration's own helpers do; what they cause stands at the place of the migration's call.

use std::rc::Rc;

use rechain_history::TextRange;

use super::value::Value;
use super::{Interpreter, MOST_STEPS, Scope, ScopeId, library};

/// Modules that one migration may lead to.
const MOST_MODULES: usize = 24;
/// Longest text of them together.
const LONGEST_MODULES: usize = 400 * 1024;
/// Names that lead to names.
const DEEPEST_NAME: usize = 8;
/// Steps that running one module's body may take.
const MODULE_STEPS: usize = MOST_STEPS / 6;

impl Interpreter<'_> {
    /// What `path` is in the project's own source; `None` where that is not known.
    pub(super) fn imported(&mut self, path: &str) -> Option<Value> {
        let is_foreign = ["alembic", "builtins", "sqlalchemy"]
            .iter()
            .any(|package| library::is_in(path, package));
        if is_foreign
            || self.naming >= DEEPEST_NAME
            || library::is_plain(path)
            || library::is_descriptive(path)
        {
            return None;
        }
        if let Some(known) = self.imports.get(path) {
            return known.clone();
        }
        self.naming += 1;
        let found = self.find_imported(path);
        self.naming -= 1;
        self.imports.insert(path.into(), found.clone());
        found
    }

    fn find_imported(&mut self, path: &str) -> Option<Value> {
        let mut end = path.len();
        let scope = loop {
            if let Some(scope) = self.module(&path[..end]) {
                break scope;
            }
            end = path[..end].rfind('.')?;
        };
        let mut parts = path[end..].split('.').skip(1);
        let first = parts.next()?;
        let module = &self.scopes[scope.0 as usize];
        let mut value = match module.variables.get(first) {
            Some(value) => value.clone(),
            None => match module.stars.as_slice() {
                [star] => Value::Path(format!("{star}.{first}").into()),
                _ => return None,
            },
        };
        let place = self.place;
        for part in parts {
            if let Value::Path(path) = &value
                && let Some(known) = self.imported(&path.clone())
            {
                value = known;
            }
            self.rehearsals += 1;
            value = self.attribute(&value, part, place);
            self.rehearsals -= 1;
        }
        match value {
            Value::Path(next) if *next == *path => None,
            Value::Path(next) => Some(self.imported(&next).unwrap_or(Value::Path(next))),
            // The name says more than that.
            Value::Unknown(_) => None,
            known => Some(known),
        }
    }

    /// The scope of the module `name`, which is run if it was not yet.
    fn module(&mut self, name: &str) -> Option<ScopeId> {
        if let Some(known) = self.modules.get(name) {
            return *known;
        }
        let found = self.load(name);
        self.modules.insert(name.into(), found);
        found
    }

    fn load(&mut self, name: &str) -> Option<ScopeId> {
        if self.modules.values().flatten().count() >= MOST_MODULES || self.exhausted {
            return None;
        }
        let source = self.surroundings.module(name)?;
        self.imported_text += source.text.len();
        if self.imported_text > LONGEST_MODULES {
            return None;
        }
        let source = &*self.sources.alloc(source);
        let body = source.body()?;
        let package: Rc<str> = if source.is_package {
            name.into()
        } else {
            name.rsplit_once('.')
                .map_or("", |(package, _)| package)
                .into()
        };
        let scope = ScopeId(u32::try_from(self.scopes.len()).ok()?);
        self.scopes.push(Scope {
            package: Some(package),
            ..Scope::default()
        });
        self.scopes[scope.0 as usize]
            .variables
            .insert("__name__", Value::Str(name.into()));
        if let Some(path) = &source.path {
            let path = Value::Str(path.as_str().into());
            let variables = &mut self.scopes[scope.0 as usize].variables;
            variables.insert("__file__", path);
        }
        // Modules may import each other.
        self.modules.insert(name.into(), Some(scope));

        let outer_scope = std::mem::replace(&mut self.scope, scope);
        let outer = (self.context, self.place, self.in_type, self.steps);
        let elsewhere = self.elsewhere.replace(self.place);
        let effects = self.effects.len();
        let types = self.types.clone();
        self.in_type = false;
        self.steps = self.steps.max(MOST_STEPS - MODULE_STEPS);
        self.rehearsals += 1;
        self.enter_context(true);
        self.block(body);
        self.rehearsals -= 1;
        self.effects.truncate(effects);
        self.types = types;
        self.elsewhere = elsewhere;
        let spent = self.steps - (MOST_STEPS - MODULE_STEPS).max(outer.3);
        (self.context, self.place, self.in_type, self.steps) = outer;
        self.scope = outer_scope;
        let too_long = std::mem::replace(&mut self.exhausted, false);
        // A tenth: what makes a migration long is its own work.
        self.step(spent / 10);
        (!too_long).then_some(scope)
    }

    /// The module-level scope that `scope` lies in.
    pub(super) fn root_of(&self, scope: ScopeId) -> ScopeId {
        let mut scope = scope;
        while let Some(parent) = self.scopes[scope.0 as usize].parent {
            scope = parent;
        }
        scope
    }

    /// Where the effects of a function stand that is called at `range`: at the call, where its text is that of another module.
    pub(super) fn place_of_calls(&self, function: ScopeId, range: TextRange) -> Option<TextRange> {
        (self.root_of(function) != super::MODULE).then_some(range)
    }

    /// `from ..package import name`: the absolute path, where the module's own is known.
    pub(super) fn relative(&self, level: usize, module: &str, name: &str) -> Option<String> {
        let root = self.root_of(self.scope);
        let mut package = &**self.scopes[root.0 as usize].package.as_ref()?;
        for _ in 1..level {
            package = package.rsplit_once('.')?.0;
        }
        let parts = [package, module, name];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        Some(parts.join("."))
    }
}
