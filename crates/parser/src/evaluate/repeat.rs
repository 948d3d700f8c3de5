//! Loops: unrolled over elements that are known, run once as an example over those that are not.

use rustpython_parser::ast::{self, Expr, Stmt};

use super::flow::{Flow, Variables};
use super::names::bound_names;
use super::statement::Elements;
use super::value::Value;
use super::{Interpreter, MOST_ITERATIONS};

impl<'a> Interpreter<'a> {
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

    pub(super) fn while_loop(&mut self, node: &'a ast::StmtWhile) -> Flow<'a> {
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
}
