//! Which names statements bind, found by syntax alone: what a loop or a `try` that may stop anywhere
//! leaves uncertain.

use rustpython_parser::ast::{self, Expr, Pattern, Stmt};

const DEEPEST: usize = 200;

/// The names that statements may bind in their own scope, once for each place that binds them.
pub(super) struct Bound<'a> {
    pub(super) names: Vec<&'a str>,
    /// There are loops, so one place may bind a name several times.
    pub(super) in_loop: bool,
}

/// What `body` may bind; absent when it is nested too deeply to say.
pub(super) fn bound_names(body: &[Stmt]) -> Option<Bound<'_>> {
    let mut names = Names::default();
    names.statements(body, 0);
    (!names.too_deep).then_some(Bound {
        names: names.bound,
        in_loop: names.loops,
    })
}

/// The names that `pattern` binds.
pub(super) fn pattern_names(pattern: &Pattern) -> Vec<&str> {
    let mut names = Names::default();
    names.pattern(pattern, 0);
    names.bound
}

/// Whether `body` holds a `yield` of its own.
pub(super) fn yields(body: &[Stmt]) -> bool {
    let mut names = Names::default();
    names.statements(body, 0);
    names.yields || names.too_deep
}

#[derive(Default)]
struct Names<'a> {
    bound: Vec<&'a str>,
    yields: bool,
    loops: bool,
    too_deep: bool,
}

impl<'a> Names<'a> {
    fn statements(&mut self, body: &'a [Stmt], depth: usize) {
        if depth > DEEPEST {
            self.too_deep = true;
            return;
        }
        for statement in body {
            self.statement(statement, depth + 1);
        }
    }

    fn statement(&mut self, statement: &'a Stmt, depth: usize) {
        match statement {
            Stmt::FunctionDef(def) => self.bound.push(&def.name),
            Stmt::AsyncFunctionDef(def) => self.bound.push(&def.name),
            Stmt::ClassDef(def) => self.bound.push(&def.name),
            Stmt::Return(node) => self.optional(node.value.as_deref(), depth),
            Stmt::Delete(node) => self.expressions(&node.targets, depth),
            Stmt::Assign(node) => {
                self.expressions(&node.targets, depth);
                self.expression(&node.value, depth);
            }
            Stmt::TypeAlias(node) => self.expression(&node.name, depth),
            Stmt::AugAssign(node) => {
                self.expression(&node.target, depth);
                self.expression(&node.value, depth);
            }
            Stmt::AnnAssign(node) => {
                self.expression(&node.target, depth);
                self.optional(node.value.as_deref(), depth);
            }
            Stmt::For(ast::StmtFor {
                target,
                iter,
                body,
                orelse,
                ..
            })
            | Stmt::AsyncFor(ast::StmtAsyncFor {
                target,
                iter,
                body,
                orelse,
                ..
            }) => {
                self.loops = true;
                self.expression(target, depth);
                self.expression(iter, depth);
                self.statements(body, depth);
                self.statements(orelse, depth);
            }
            Stmt::While(ast::StmtWhile {
                test, body, orelse, ..
            }) => {
                self.loops = true;
                self.expression(test, depth);
                self.statements(body, depth);
                self.statements(orelse, depth);
            }
            Stmt::If(ast::StmtIf {
                test, body, orelse, ..
            }) => {
                self.expression(test, depth);
                self.statements(body, depth);
                self.statements(orelse, depth);
            }
            Stmt::With(ast::StmtWith { items, body, .. })
            | Stmt::AsyncWith(ast::StmtAsyncWith { items, body, .. }) => {
                for item in items {
                    self.expression(&item.context_expr, depth);
                    self.optional(item.optional_vars.as_deref(), depth);
                }
                self.statements(body, depth);
            }
            Stmt::Match(node) => {
                self.expression(&node.subject, depth);
                for case in &node.cases {
                    self.pattern(&case.pattern, depth);
                    self.optional(case.guard.as_deref(), depth);
                    self.statements(&case.body, depth);
                }
            }
            Stmt::Raise(node) => {
                self.optional(node.exc.as_deref(), depth);
                self.optional(node.cause.as_deref(), depth);
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
                self.statements(body, depth);
                for ast::ExceptHandler::ExceptHandler(handler) in handlers {
                    self.bound.extend(handler.name.as_deref());
                    self.statements(&handler.body, depth);
                }
                self.statements(orelse, depth);
                self.statements(finalbody, depth);
            }
            Stmt::Assert(node) => self.expression(&node.test, depth),
            Stmt::Import(node) => self.aliases(&node.names),
            Stmt::ImportFrom(node) => self.aliases(&node.names),
            Stmt::Expr(node) => self.expression(&node.value, depth),
            Stmt::Global(_)
            | Stmt::Nonlocal(_)
            | Stmt::Pass(_)
            | Stmt::Break(_)
            | Stmt::Continue(_) => {}
        }
    }

    fn aliases(&mut self, aliases: &'a [ast::Alias]) {
        for alias in aliases {
            let name: &str = alias.asname.as_deref().unwrap_or(&alias.name);
            self.bound.push(name.split('.').next().unwrap_or(name));
        }
    }

    fn pattern(&mut self, pattern: &'a Pattern, depth: usize) {
        if depth > DEEPEST {
            self.too_deep = true;
            return;
        }
        let depth = depth + 1;
        match pattern {
            Pattern::MatchValue(_) | Pattern::MatchSingleton(_) => {}
            Pattern::MatchSequence(node) => {
                node.patterns
                    .iter()
                    .for_each(|part| self.pattern(part, depth));
            }
            Pattern::MatchMapping(node) => {
                node.patterns
                    .iter()
                    .for_each(|part| self.pattern(part, depth));
                self.bound.extend(node.rest.as_deref());
            }
            Pattern::MatchClass(node) => {
                node.patterns
                    .iter()
                    .for_each(|part| self.pattern(part, depth));
                node.kwd_patterns
                    .iter()
                    .for_each(|part| self.pattern(part, depth));
            }
            Pattern::MatchStar(node) => self.bound.extend(node.name.as_deref()),
            Pattern::MatchAs(node) => {
                self.bound.extend(node.name.as_deref());
                if let Some(part) = &node.pattern {
                    self.pattern(part, depth);
                }
            }
            Pattern::MatchOr(node) => {
                node.patterns
                    .iter()
                    .for_each(|part| self.pattern(part, depth));
            }
        }
    }

    fn optional(&mut self, expression: Option<&'a Expr>, depth: usize) {
        if let Some(expression) = expression {
            self.expression(expression, depth);
        }
    }

    fn expressions(&mut self, expressions: &'a [Expr], depth: usize) {
        for expression in expressions {
            self.expression(expression, depth);
        }
    }

    /// Names are bound by targets and by `:=`; a target that is only read here does no harm.
    fn expression(&mut self, expression: &'a Expr, depth: usize) {
        if depth > DEEPEST {
            self.too_deep = true;
            return;
        }
        let depth = depth + 1;
        match expression {
            Expr::Name(node) => {
                if !matches!(node.ctx, ast::ExprContext::Load) {
                    self.bound.push(&node.id);
                }
            }
            Expr::Constant(_) | Expr::Lambda(_) => {}
            Expr::FormattedValue(node) => self.expression(&node.value, depth),
            Expr::JoinedStr(node) => self.expressions(&node.values, depth),
            Expr::BoolOp(node) => self.expressions(&node.values, depth),
            Expr::NamedExpr(node) => {
                self.expression(&node.target, depth);
                self.expression(&node.value, depth);
            }
            Expr::BinOp(node) => {
                self.expression(&node.left, depth);
                self.expression(&node.right, depth);
            }
            Expr::UnaryOp(node) => self.expression(&node.operand, depth),
            Expr::IfExp(node) => {
                self.expression(&node.test, depth);
                self.expression(&node.body, depth);
                self.expression(&node.orelse, depth);
            }
            Expr::Dict(node) => {
                node.keys
                    .iter()
                    .flatten()
                    .for_each(|key| self.expression(key, depth));
                self.expressions(&node.values, depth);
            }
            Expr::Set(node) => self.expressions(&node.elts, depth),
            Expr::ListComp(ast::ExprListComp {
                elt, generators, ..
            })
            | Expr::SetComp(ast::ExprSetComp {
                elt, generators, ..
            })
            | Expr::GeneratorExp(ast::ExprGeneratorExp {
                elt, generators, ..
            }) => {
                self.expression(elt, depth);
                self.generators(generators, depth);
            }
            Expr::DictComp(node) => {
                self.expression(&node.key, depth);
                self.expression(&node.value, depth);
                self.generators(&node.generators, depth);
            }
            Expr::Await(node) => self.expression(&node.value, depth),
            Expr::Yield(node) => {
                self.yields = true;
                self.optional(node.value.as_deref(), depth);
            }
            Expr::YieldFrom(node) => {
                self.yields = true;
                self.expression(&node.value, depth);
            }
            Expr::Compare(node) => {
                self.expression(&node.left, depth);
                self.expressions(&node.comparators, depth);
            }
            Expr::Call(node) => {
                self.expression(&node.func, depth);
                self.expressions(&node.args, depth);
                node.keywords
                    .iter()
                    .for_each(|keyword| self.expression(&keyword.value, depth));
            }
            Expr::Attribute(node) => self.expression(&node.value, depth),
            Expr::Subscript(node) => {
                self.expression(&node.value, depth);
                self.expression(&node.slice, depth);
            }
            Expr::Starred(node) => self.expression(&node.value, depth),
            Expr::List(node) => self.expressions(&node.elts, depth),
            Expr::Tuple(node) => self.expressions(&node.elts, depth),
            Expr::Slice(node) => {
                self.optional(node.lower.as_deref(), depth);
                self.optional(node.upper.as_deref(), depth);
                self.optional(node.step.as_deref(), depth);
            }
        }
    }

    fn generators(&mut self, generators: &'a [ast::Comprehension], depth: usize) {
        for generator in generators {
            self.expression(&generator.target, depth);
            self.expression(&generator.iter, depth);
            self.expressions(&generator.ifs, depth);
        }
    }
}
