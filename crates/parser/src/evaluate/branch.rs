//! `if`, `match` and `try`: what may or may not run, and what is known where the ways meet.

use rustpython_parser::ast::{self, Stmt};

use super::Interpreter;
use super::flow::{Flow, Variables};
use super::names::bound_names;
use super::value::Value;

impl<'a> Interpreter<'a> {
    pub(super) fn if_statement(&mut self, node: &'a ast::StmtIf) -> Flow<'a> {
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
    pub(super) fn block_here(&mut self, body: &'a [Stmt]) -> Flow<'a> {
        let outer = self.context;
        let flow = self.block(body);
        self.context = outer;
        flow
    }

    /// Runs a block that may or may not run.
    pub(super) fn arm(&mut self, body: &'a [Stmt]) -> Flow<'a> {
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

    pub(super) fn match_statement(&mut self, node: &'a ast::StmtMatch) -> Flow<'a> {
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

    pub(super) fn try_statement(
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
    pub(super) fn set_interrupted(
        &mut self,
        body: &'a [Stmt],
        before: &Variables<'a>,
        after: &Variables<'a>,
    ) {
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
