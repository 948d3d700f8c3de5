//! Comprehensions.

use rustpython_parser::ast::{self, Expr};

use super::Interpreter;
use super::statement::Elements;
use super::value::{SequenceKind, Value};

impl<'a> Interpreter<'a> {
    pub(super) fn comprehension(
        &mut self,
        kind: SequenceKind,
        element: &'a Expr,
        generators: &'a [ast::Comprehension],
    ) -> Value {
        let mut items = Vec::new();
        let known = self.in_comprehension(|this| {
            this.generate(generators, &mut |this| {
                let value = this.eval(element);
                items.push(value);
            })
        });
        if known {
            self.sequence(kind, items)
        } else {
            let items = self.sequence(kind, items);
            self.unknown_sequence(kind, &items)
        }
    }

    pub(super) fn dict_comprehension(&mut self, node: &'a ast::ExprDictComp) -> Value {
        let mut items = Vec::new();
        let known = self.in_comprehension(|this| {
            this.generate(&node.generators, &mut |this| {
                let key = this.eval(&node.key);
                let value = this.eval(&node.value);
                items.push((key, value));
            })
        });
        let dict = self.dict(Vec::new());
        let mut parts = Vec::new();
        for (key, value) in items {
            parts.extend([key.clone(), value.clone()]);
            self.set_dict_item(&dict, key, value);
        }
        if !known && let Value::Object(id) = dict {
            let parts = self.sequence(SequenceKind::List, parts);
            self.spoil(id, &parts);
        }
        dict
    }

    fn in_comprehension<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let scope = self.new_scope(self.scope, false);
        let outer = std::mem::replace(&mut self.scope, scope);
        let result = work(self);
        self.scope = outer;
        result
    }

    /// Runs `body` for each element; false if there may be more or fewer.
    fn generate(
        &mut self,
        generators: &'a [ast::Comprehension],
        body: &mut dyn FnMut(&mut Self),
    ) -> bool {
        let Some((generator, inner)) = generators.split_first() else {
            body(self);
            return true;
        };
        let range = self.range(&generator.iter);
        if generator.is_async {
            self.opaque("an asynchronous loop", range);
        }
        let iterable = self.eval(&generator.iter);
        match self.elements(&iterable, &generator.iter) {
            Elements::Known(items) if items.len() <= super::MOST_ITERATIONS => {
                let mut known = true;
                for item in items {
                    if !self.step(1) {
                        return false;
                    }
                    self.assign(&generator.target, item);
                    match self.filters(&generator.ifs) {
                        Some(true) => known &= self.generate(inner, body),
                        Some(false) => {}
                        None => {
                            known = false;
                            self.conditionally(|this| this.generate(inner, body));
                        }
                    }
                }
                known
            }
            Elements::Known(_) => {
                self.give_up("a loop with more iterations than are followed");
                false
            }
            Elements::Any(item) => {
                self.conditionally(|this| {
                    this.assign(&generator.target, item);
                    if this.filters(&generator.ifs) != Some(false) {
                        this.generate(inner, body);
                    }
                });
                false
            }
        }
    }

    fn filters(&mut self, filters: &'a [Expr]) -> Option<bool> {
        let mut all = Some(true);
        for filter in filters {
            let value = self.eval(filter);
            match self.truth(&value) {
                Some(true) => {}
                Some(false) => return Some(false),
                None => all = None,
            }
        }
        all
    }
}
