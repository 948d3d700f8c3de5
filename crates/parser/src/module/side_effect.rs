//! What expressions change besides having a value: names bound by `:=` or through `globals()`, lists
//! that are filled, code that is executed.

use rustpython_parser::ast::{self, Expr, Pattern, Stmt};

/// The names a piece of code may leave with another value.
#[derive(Debug, Default)]
pub(super) struct Touched {
    /// Names that are bound anew.
    pub(super) bound: Vec<String>,
    /// Names whose object may be changed in place.
    pub(super) changed: Vec<String>,
    /// Whether any name may be bound (`exec`).
    pub(super) anything: bool,
}

/// How deep expressions are followed; the reader's limits keep the tree not much deeper.
const DEEPEST: usize = 200;

/// The side effects of the expressions of `statement` itself, not of the statements within it.
pub(super) fn of_own_expressions(statement: &Stmt, touched: &mut Touched) {
    match statement {
        Stmt::Expr(it) => walk(&it.value, touched, 0),
        Stmt::Assign(it) => {
            it.targets.iter().for_each(|it| target(it, touched));
            walk(&it.value, touched, 0);
        }
        Stmt::AnnAssign(it) => {
            target(&it.target, touched);
            it.value.iter().for_each(|it| walk(it, touched, 0));
        }
        Stmt::AugAssign(it) => {
            target(&it.target, touched);
            walk(&it.value, touched, 0);
        }
        Stmt::Delete(it) => it.targets.iter().for_each(|it| target(it, touched)),
        Stmt::If(it) => walk(&it.test, touched, 0),
        Stmt::While(it) => walk(&it.test, touched, 0),
        Stmt::For(it) => walk(&it.iter, touched, 0),
        Stmt::With(it) => it
            .items
            .iter()
            .for_each(|it| walk(&it.context_expr, touched, 0)),
        Stmt::Match(it) => walk(&it.subject, touched, 0),
        Stmt::Assert(it) => walk(&it.test, touched, 0),
        _ => {}
    }
}

/// `a[b] = x` and `del a[b]` change `a`; `globals()['a'] = x` binds `a`.
fn target(expression: &Expr, touched: &mut Touched) {
    match expression {
        Expr::Subscript(subscript) => match (&*subscript.value, string(&subscript.slice)) {
            (Expr::Name(name), _) => touched.changed.push(name.id.to_string()),
            (namespace, Some(name)) if is_namespace(namespace) => touched.bound.push(name),
            (namespace, None) if is_namespace(namespace) => touched.anything = true,
            _ => {}
        },
        Expr::Tuple(tuple) => tuple.elts.iter().for_each(|it| target(it, touched)),
        Expr::List(list) => list.elts.iter().for_each(|it| target(it, touched)),
        _ => {}
    }
}

fn walk(expression: &Expr, touched: &mut Touched, depth: usize) {
    if depth > DEEPEST {
        return;
    }
    let mut each = |parts: &[Expr]| {
        for part in parts {
            walk(part, touched, depth + 1);
        }
    };
    match expression {
        Expr::NamedExpr(it) => {
            each(std::slice::from_ref(&it.value));
            if let Expr::Name(name) = &*it.target {
                touched.bound.push(name.id.to_string());
            }
        }
        Expr::Call(it) => {
            each(std::slice::from_ref(&it.func));
            each(&it.args);
            it.keywords
                .iter()
                .for_each(|it| walk(&it.value, touched, depth + 1));
            call(it, touched);
        }
        Expr::BoolOp(it) => each(&it.values),
        Expr::BinOp(it) => {
            each(std::slice::from_ref(&it.left));
            each(std::slice::from_ref(&it.right));
        }
        Expr::UnaryOp(it) => each(std::slice::from_ref(&it.operand)),
        Expr::IfExp(it) => {
            each(std::slice::from_ref(&it.test));
            each(std::slice::from_ref(&it.body));
            each(std::slice::from_ref(&it.orelse));
        }
        Expr::Compare(it) => {
            each(std::slice::from_ref(&it.left));
            each(&it.comparators);
        }
        Expr::Attribute(it) => each(std::slice::from_ref(&it.value)),
        Expr::Subscript(it) => {
            each(std::slice::from_ref(&it.value));
            each(std::slice::from_ref(&it.slice));
        }
        Expr::Starred(it) => each(std::slice::from_ref(&it.value)),
        Expr::Tuple(it) => each(&it.elts),
        Expr::List(it) => each(&it.elts),
        Expr::Set(it) => each(&it.elts),
        Expr::Dict(it) => {
            it.keys
                .iter()
                .flatten()
                .for_each(|it| walk(it, touched, depth + 1));
            it.values.iter().for_each(|it| walk(it, touched, depth + 1));
        }
        _ => {}
    }
}

fn call(call: &ast::ExprCall, touched: &mut Touched) {
    match &*call.func {
        Expr::Name(name) if name.id.as_str() == "exec" => touched.anything = true,
        Expr::Attribute(method) => match &*method.value {
            Expr::Name(_) if matches!(method.attr.as_str(), "index" | "count" | "copy") => {}
            Expr::Name(name) => touched.changed.push(name.id.to_string()),
            namespace if is_namespace(namespace) && method.attr.as_str() == "update" => {
                touched.anything |= !call.args.is_empty();
                for keyword in &call.keywords {
                    match &keyword.arg {
                        Some(name) => touched.bound.push(name.to_string()),
                        None => touched.anything = true,
                    }
                }
            }
            _ => {}
        },
        _ => {}
    }
}

/// Whether an expression is the module's own dictionary.
fn is_namespace(expression: &Expr) -> bool {
    match expression {
        Expr::Call(call) => matches!(
            &*call.func,
            Expr::Name(name) if matches!(name.id.as_str(), "globals" | "locals" | "vars")
        ),
        _ => false,
    }
}

fn string(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Constant(constant) => match &constant.value {
            ast::Constant::Str(text) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// The names that a `case` binds.
pub(super) fn pattern_names(pattern: &Pattern, bound: &mut Vec<String>) {
    match pattern {
        Pattern::MatchAs(it) => {
            bound.extend(it.name.iter().map(ToString::to_string));
            it.pattern.iter().for_each(|it| pattern_names(it, bound));
        }
        Pattern::MatchStar(it) => bound.extend(it.name.iter().map(ToString::to_string)),
        Pattern::MatchMapping(it) => {
            it.patterns.iter().for_each(|it| pattern_names(it, bound));
            bound.extend(it.rest.iter().map(ToString::to_string));
        }
        Pattern::MatchSequence(it) => it.patterns.iter().for_each(|it| pattern_names(it, bound)),
        Pattern::MatchOr(it) => it.patterns.iter().for_each(|it| pattern_names(it, bound)),
        Pattern::MatchClass(it) => {
            it.patterns.iter().for_each(|it| pattern_names(it, bound));
            it.kwd_patterns
                .iter()
                .for_each(|it| pattern_names(it, bound));
        }
        Pattern::MatchValue(_) | Pattern::MatchSingleton(_) => {}
    }
}
