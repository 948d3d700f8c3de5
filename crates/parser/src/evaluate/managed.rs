//! `with` blocks around a generator of the project's own (`contextlib.contextmanager`): the block runs where
//! the generator yields.

use std::rc::Rc;

use rechain_history::TextRange;
use rustpython_parser::ast::{self, Expr, Stmt};

use super::flow::Flow;
use super::value::{Arguments, Function, Value};
use super::{Interpreter, ScopeId};

/// A call of such a generator, which does nothing until a `with` enters it.
#[derive(Debug)]
pub(crate) struct Manager<'a> {
    pub(super) function: Rc<Function<'a>>,
    pub(super) args: Arguments,
    pub(super) range: TextRange,
}

/// A block that waits for its generator to yield.
#[derive(Debug)]
pub(super) struct Waiting<'a> {
    /// The scope of the generator, once that runs.
    pub(super) generator: Option<ScopeId>,
    block: Option<Block<'a>>,
    /// How the block ended.
    flow: Option<Flow<'a>>,
}

#[derive(Debug, Clone, Copy)]
struct Block<'a> {
    target: Option<&'a Expr>,
    items: &'a [ast::WithItem],
    body: &'a [Stmt],
    scope: ScopeId,
    elsewhere: Option<TextRange>,
    certain: bool,
}

impl<'a> Interpreter<'a> {
    /// `with manager as target, *items: body`
    pub(super) fn managed(
        &mut self,
        manager: &Manager<'a>,
        target: Option<&'a Expr>,
        items: &'a [ast::WithItem],
        body: &'a [Stmt],
    ) -> Flow<'a> {
        let outer = (self.context, self.place);
        self.waiting.push(Waiting {
            generator: None,
            block: Some(Block {
                target,
                items,
                body,
                scope: self.scope,
                elsewhere: self.elsewhere,
                certain: self.context.certain,
            }),
            flow: None,
        });
        self.inline(&manager.function, manager.args.clone(), manager.range);
        (self.context, self.place) = outer;
        let flow = self.waiting.pop().and_then(|waiting| waiting.flow);
        flow.unwrap_or_else(|| {
            self.opaque("a context manager that cannot be followed", manager.range);
            self.conditionally(|this| this.with_items(items, body))
        })
    }

    /// `yield value`, where a block waits for it. False where none does.
    pub(super) fn resume(&mut self, value: &Value) -> bool {
        let scope = self.scope;
        let Some(at) = self
            .waiting
            .iter()
            .rposition(|waiting| waiting.generator == Some(scope))
        else {
            return false;
        };
        let Some(block) = self.waiting[at].block.take() else {
            self.opaque("a context manager that yields again", self.place);
            return true;
        };
        let generator = std::mem::replace(&mut self.scope, block.scope);
        let elsewhere = std::mem::replace(&mut self.elsewhere, block.elsewhere);
        let place = self.place;
        if let Some(target) = block.target {
            self.assign(target, value.clone());
        }
        let before = self.variables().clone();
        let mut flow = self.with_items(block.items, block.body);
        if block.certain && !self.context.certain {
            // What goes wrong in the block may end in the generator.
            let after = self.variables().clone();
            self.set_interrupted(block.body, &before, &after);
            flow.normal = true;
        }
        self.scope = generator;
        self.elsewhere = elsewhere;
        self.place = place;
        self.waiting[at].flow = Some(flow);
        true
    }
}
