//! What names are bound to at the end of a module's header.
//!
//! The last binding wins, as in Python. Where two ways through the module may leave different values
//! (`if`, `try`), or a statement's effect is not known, the name's value is computed.

use std::collections::BTreeMap;

use rustpython_parser::ast::{self, Expr, Stmt};

use super::side_effect::{self, Touched};
use super::value::{Value, Worth, evaluate, range_of};

/// The value of a name, and the assignment that gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binding {
    pub(super) value: Value,
    /// Where the statement that gives the value begins.
    pub(super) statement_start: usize,
    /// The end of that statement.
    pub(super) statement_end: usize,
    /// Names that get the same object from the same statement (`a = b = None`).
    pub(super) shared_with: Vec<String>,
}

/// The names bound so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Bindings {
    names: BTreeMap<String, Binding>,
}

impl Bindings {
    /// Runs `statements`, as far as bindings of names are concerned.
    pub(super) fn of(statements: &[Stmt]) -> Self {
        let mut bindings = Self::default();
        bindings.run(statements);
        bindings
    }

    pub(super) fn get(&self, name: &str) -> Option<&Binding> {
        self.names.get(name)
    }

    /// Gives a name this value, whatever it had before.
    pub(super) fn insert(&mut self, name: &str, binding: Binding) {
        self.names.insert(name.to_owned(), binding);
    }

    fn lookup(&self, name: &str) -> Option<Value> {
        self.names.get(name).map(|binding| binding.value.clone())
    }

    /// Runs a block. Returns whether its end can be reached.
    fn run(&mut self, statements: &[Stmt]) -> bool {
        statements.iter().all(|statement| self.step(statement))
    }

    fn step(&mut self, statement: &Stmt) -> bool {
        let mut touched = Touched::default();
        side_effect::of_own_expressions(statement, &mut touched);
        self.touch(touched, statement);
        match statement {
            Stmt::Assign(assign) => self.assign(&assign.targets, &assign.value, statement),
            Stmt::AnnAssign(assign) => {
                // An annotation alone does not bind the name.
                if let Some(value) = &assign.value {
                    let targets = std::slice::from_ref(&*assign.target);
                    self.assign(targets, value, statement);
                }
            }
            Stmt::If(branch) => return self.branch(branch),
            Stmt::Try(attempt) => {
                return self.attempt(
                    &attempt.body,
                    &attempt.handlers,
                    &attempt.orelse,
                    &attempt.finalbody,
                );
            }
            Stmt::TryStar(attempt) => {
                return self.attempt(
                    &attempt.body,
                    &attempt.handlers,
                    &attempt.orelse,
                    &attempt.finalbody,
                );
            }
            Stmt::Delete(delete) => {
                for target in &delete.targets {
                    if let Expr::Name(name) = target {
                        self.names.remove(name.id.as_str());
                    }
                }
            }
            Stmt::ImportFrom(import) => {
                let end = range_of(statement);
                if import.names.iter().any(|alias| alias.name.as_str() == "*") {
                    // It may bind anything, but only over what is bound already.
                    for binding in self.names.values_mut() {
                        binding.value = Value::computed(end);
                    }
                }
                self.havoc(statement);
            }
            Stmt::Raise(_) => return false,
            _ => self.havoc(statement),
        }
        true
    }

    fn assign(&mut self, targets: &[Expr], value: &Expr, statement: &Stmt) {
        let worth = evaluate(value, &|name| self.lookup(name));
        let plain: Vec<String> = targets
            .iter()
            .filter_map(|target| match target {
                Expr::Name(name) => Some(name.id.to_string()),
                _ => None,
            })
            .collect();
        for target in targets {
            self.bind_target(target, &worth, statement, &plain);
        }
    }

    fn bind_target(&mut self, target: &Expr, value: &Value, statement: &Stmt, plain: &[String]) {
        let members = match target {
            Expr::Name(name) => {
                let own = name.id.as_str();
                let shared_with = plain
                    .iter()
                    .filter(|other| *other != own)
                    .cloned()
                    .collect();
                self.bind(own, value.clone(), statement, shared_with);
                return;
            }
            Expr::Tuple(tuple) => &tuple.elts,
            Expr::List(list) => &list.elts,
            // `a.b = x` and `a[b] = x` bind no name.
            _ => return,
        };
        let starred = members
            .iter()
            .any(|member| matches!(member, Expr::Starred(_)));
        match &value.worth {
            Worth::Sequence { elements, .. } if !starred && elements.len() == members.len() => {
                for (member, element) in members.iter().zip(elements) {
                    // Elements that came through a name are not literals of this statement.
                    let element = Value {
                        is_literal: element.is_literal && value.is_literal,
                        ..element.clone()
                    };
                    self.bind_target(member, &element, statement, &[]);
                }
            }
            _ => {
                for member in members {
                    let member = match member {
                        Expr::Starred(starred) => &*starred.value,
                        member => member,
                    };
                    self.bind_target(member, &Value::computed(value.range), statement, &[]);
                }
            }
        }
    }

    fn bind(&mut self, name: &str, value: Value, statement: &Stmt, shared_with: Vec<String>) {
        let range = range_of(statement);
        self.names.insert(
            name.to_owned(),
            Binding {
                value,
                statement_start: range.start(),
                statement_end: range.end(),
                shared_with,
            },
        );
    }

    fn branch(&mut self, branch: &ast::StmtIf) -> bool {
        match constant_test(&branch.test) {
            Some(true) => return self.run(&branch.body),
            Some(false) => return self.run(&branch.orelse),
            None => {}
        }
        let mut other = self.clone();
        let through_body = self.run(&branch.body);
        let through_else = other.run(&branch.orelse);
        self.meet(through_body, other, through_else)
    }

    fn attempt(
        &mut self,
        body: &[Stmt],
        handlers: &[ast::ExceptHandler],
        orelse: &[Stmt],
        finalbody: &[Stmt],
    ) -> bool {
        // A handler starts from any state in which a statement of the body may fail.
        let mut failed: Option<Self> = None;
        let mut through = true;
        for statement in body {
            if !through {
                break;
            }
            if can_fail(statement) {
                match &mut failed {
                    Some(failed) => {
                        failed.meet(true, self.clone(), true);
                    }
                    None => failed = Some(self.clone()),
                }
            }
            through = self.step(statement);
            if !through && let Some(failed) = &mut failed {
                failed.meet(true, self.clone(), true);
            }
        }
        through = through && self.run(orelse);
        if let Some(failed) = failed {
            for handler in handlers {
                let ast::ExceptHandler::ExceptHandler(handler) = handler;
                let mut state = failed.clone();
                if let Some(name) = &handler.name {
                    state.names.remove(name.as_str());
                }
                let gets_through = state.run(&handler.body);
                through = self.meet(through, state, gets_through);
            }
        }
        self.run(finalbody) && through
    }

    /// Joins another way to the same point of the module; a way that does not get there does not count.
    fn meet(&mut self, reached: bool, other: Self, other_reached: bool) -> bool {
        match (reached, other_reached) {
            (true, false) => true,
            (false, false) => false,
            (false, true) => {
                *self = other;
                true
            }
            (true, true) => {
                let names: Vec<String> = self
                    .names
                    .keys()
                    .chain(other.names.keys())
                    .cloned()
                    .collect();
                for name in names {
                    let (here, there) = (self.names.get(&name), other.names.get(&name));
                    if here == there {
                        continue;
                    }
                    // Two literals with one value: both would have to be edited, so it is computed.
                    if let Some(either) = there.or(here) {
                        let value = Value::computed(either.value.range);
                        let binding = Binding {
                            value,
                            ..either.clone()
                        };
                        self.names.insert(name, binding);
                    }
                }
                true
            }
        }
    }

    /// Any name that `statement` may bind has a computed value afterwards.
    fn havoc(&mut self, statement: &Stmt) {
        let mut touched = Touched::default();
        collect_bound(statement, &mut touched, 0);
        self.touch(touched, statement);
    }

    fn touch(&mut self, touched: Touched, statement: &Stmt) {
        let computed = Value::computed(range_of(statement));
        for name in touched.bound {
            self.bind(&name, computed.clone(), statement, Vec::new());
        }
        for name in touched.changed {
            // Something called on a name that is not bound here changes no value known here, and a
            // string or tuple cannot be changed.
            let is_mutable = self.names.get(&name).is_some_and(|binding| {
                matches!(
                    binding.value.worth,
                    Worth::Sequence {
                        is_tuple: false,
                        ..
                    }
                )
            });
            if is_mutable {
                self.bind(&name, computed.clone(), statement, Vec::new());
            }
        }
        if touched.anything {
            for name in ["revision", "down_revision", "branch_labels", "depends_on"] {
                self.bind(name, computed.clone(), statement, Vec::new());
            }
            for binding in self.names.values_mut() {
                binding.value = computed.clone();
            }
        }
    }
}

fn constant_test(test: &Expr) -> Option<bool> {
    match test {
        Expr::Constant(constant) => match &constant.value {
            ast::Constant::Bool(value) => Some(*value),
            _ => None,
        },
        Expr::Name(name) if name.id.as_str() == "TYPE_CHECKING" => Some(false),
        _ => None,
    }
}

/// Whether a statement may raise: all but assignments of literals and definitions.
fn can_fail(statement: &Stmt) -> bool {
    match statement {
        Stmt::Pass(_) | Stmt::FunctionDef(_) => false,
        Stmt::Assign(assign) => !evaluate(&assign.value, &|_| None).is_literal,
        Stmt::AnnAssign(assign) => assign
            .value
            .as_ref()
            .is_some_and(|value| !evaluate(value, &|_| None).is_literal),
        _ => true,
    }
}

/// The names that a statement of any kind may bind in the module's scope.
fn collect_bound(statement: &Stmt, touched: &mut Touched, depth: usize) {
    if depth > 200 {
        return;
    }
    side_effect::of_own_expressions(statement, touched);
    let bound = &mut touched.bound;
    let mut blocks: Vec<&[Stmt]> = Vec::new();
    match statement {
        Stmt::Import(import) => {
            for alias in &import.names {
                let name = alias.asname.as_ref().unwrap_or(&alias.name);
                bound.push(name.split('.').next().unwrap_or_default().to_owned());
            }
        }
        Stmt::ImportFrom(import) => {
            for alias in &import.names {
                bound.push(alias.asname.as_ref().unwrap_or(&alias.name).to_string());
            }
        }
        Stmt::FunctionDef(function) => bound.push(function.name.to_string()),
        Stmt::AsyncFunctionDef(function) => bound.push(function.name.to_string()),
        Stmt::ClassDef(class) => bound.push(class.name.to_string()),
        Stmt::AugAssign(assign) => target_names(&assign.target, bound),
        Stmt::Assign(assign) => assign.targets.iter().for_each(|it| target_names(it, bound)),
        Stmt::AnnAssign(assign) if assign.value.is_some() => target_names(&assign.target, bound),
        Stmt::For(each) => {
            target_names(&each.target, bound);
            blocks.extend([&each.body[..], &each.orelse]);
        }
        Stmt::While(each) => blocks.extend([&each.body[..], &each.orelse]),
        Stmt::With(with) => {
            for item in &with.items {
                item.optional_vars
                    .iter()
                    .for_each(|it| target_names(it, bound));
            }
            blocks.push(&with.body);
        }
        Stmt::If(branch) => blocks.extend([&branch.body[..], &branch.orelse]),
        Stmt::Try(attempt) => {
            blocks.extend([&attempt.body[..], &attempt.orelse, &attempt.finalbody]);
            for handler in &attempt.handlers {
                let ast::ExceptHandler::ExceptHandler(handler) = handler;
                blocks.push(&handler.body);
            }
        }
        Stmt::Match(choice) => {
            for case in &choice.cases {
                side_effect::pattern_names(&case.pattern, bound);
                blocks.push(&case.body);
            }
        }
        _ => {}
    }
    for block in blocks {
        for inner in block {
            collect_bound(inner, touched, depth + 1);
        }
    }
}

fn target_names(target: &Expr, bound: &mut Vec<String>) {
    match target {
        Expr::Name(name) => bound.push(name.id.to_string()),
        Expr::Tuple(tuple) => tuple.elts.iter().for_each(|it| target_names(it, bound)),
        Expr::List(list) => list.elts.iter().for_each(|it| target_names(it, bound)),
        Expr::Starred(starred) => target_names(&starred.value, bound),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::parse_module;

    /// What `x` is bound to at the end of `text`, as its source; `?` where it is computed.
    fn check(text: &str, expected: Option<&str>) {
        let bindings = Bindings::of(&parse_module(text).unwrap());
        let found = bindings.get("x").map(|binding| match binding.value.worth {
            Worth::Computed => "?",
            _ => binding.value.range.of(text),
        });
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn the_last_binding_wins() {
        check("x = 'a'\nx = 'b'", Some("'b'"));
        check("x: str = 'a'\nx: str", Some("'a'"));
        check("x: str", None);
        check("x = 'a'\ndel x", None);
        check("a, (x, *b) = 'c', ('d', 'e')", Some("?"));
        check("a, (x, b) = 'c', ('d', 'e')", Some("'d'"));
        check("a = x = 'c'", Some("'c'"));
        check("a = 'c'\nx = a", Some("a"));
        check("x.y = x[0] = 'c'", None);
    }

    #[test]
    fn two_ways_with_two_values_are_computed() {
        check("x = 'a'\nif c:\n    x = 'b'", Some("?"));
        check("if c:\n    x = 'b'\nelse:\n    raise E", Some("'b'"));
        check("if True:\n    x = 'b'\nelse:\n    x = 'c'", Some("'b'"));
        check("x = 'a'\nif c:\n    y = 'b'", Some("'a'"));
        check("try:\n    import x\nexcept E:\n    x = None", Some("?"));
        check("x = 'a'\ntry:\n    f()\nexcept E:\n    pass", Some("'a'"));
        check("x = 'a'\ntry:\n    f()\nfinally:\n    x = 'b'", Some("'b'"));
        check(
            "x = 'a'\ntry:\n    f()\nexcept E as x:\n    pass",
            Some("?"),
        );
    }

    #[test]
    fn everything_else_that_binds_is_computed() {
        for text in [
            "import x",
            "import x.y",
            "import y as x",
            "from y import x",
            "from y import z as x",
            "for x in y: pass",
            "for y in z: x = 'a'",
            "while y: x = 'a'",
            "with y as x: pass",
            "with y: x = 'a'",
            "def x(): pass",
            "async def x(): pass",
            "class x: pass",
            "x += 'a'",
            "f(x := 'a')",
            "if (x := 'a'): pass",
            "match y:\n    case [x, *_]: pass",
            "match y:\n    case {'a': 1, **x}: pass",
            "match y:\n    case A(b=x): pass",
            "globals()['x'] = 'a'",
            "globals().update(x='a')",
            "x = 'a'\nglobals().update(y)",
            "x = 'a'\nglobals()[y] = 'b'",
            "x = 'a'\nexec(y)",
            "x = 'a'\nfrom y import *",
            "x = ['a']\nx.append('b')",
            "x = ['a']\nx[0] = 'b'",
            "x = ['a']\ndel x[0]",
            "x = ['a']\nfor y in z:\n    x.append(y)",
        ] {
            check(text, Some("?"));
        }
    }

    #[test]
    fn what_only_reads_changes_nothing() {
        for text in [
            "f(x)",
            "x.upper()",
            "globals()['y'] = x",
            "globals().get('x')",
            "y = lambda: x",
            "def f():\n    x = 'b'",
            "class A:\n    x = 'b'",
            "[x for x in y]",
        ] {
            check(&format!("x = 'a'\n{text}"), Some("'a'"));
        }
        check("x = ['a']\nx.index('a')", Some("['a']"));
    }
}
