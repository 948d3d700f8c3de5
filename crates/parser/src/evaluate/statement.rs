//! Statements.

use rustpython_parser::ast::{self, Stmt};

use super::flow::Flow;
use super::names::yields;
use super::value::{FunctionKind, Object, Value};
use super::{DEEPEST, Interpreter};

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
                Some(self.root_of(self.scope))
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

    // Blocks.

    pub(super) fn with_items(&mut self, items: &'a [ast::WithItem], body: &'a [Stmt]) -> Flow<'a> {
        let Some((item, rest)) = items.split_first() else {
            return self.block_here(body);
        };
        let value = self.eval(&item.context_expr);
        if let Some(Object::Manager(manager)) = self.object(&value).cloned() {
            return self.managed(&manager, item.optional_vars.as_deref(), rest, body);
        }
        let mut swallows = false;
        let mut batch = None;
        let entered = match (&value, self.object(&value)) {
            (Value::Object(id), Some(Object::Batch(_))) => {
                batch = Some(*id);
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
        let before = self.variables().clone();
        let mut flow = if swallows {
            self.conditionally(|this| this.with_items(rest, body))
        } else {
            self.with_items(rest, body)
        };
        if let Some(batch) = batch {
            self.finish_batch(batch);
        }
        if swallows {
            let after = self.variables().clone();
            self.set_interrupted(body, &before, &after);
            flow.normal = true;
        }
        flow
    }
}
