//! Literal arguments of directives.

use rustpython_parser::ast::{self, Constant, Expr};

/// The argument at `position`, or under one of `names`.
pub(super) fn argument<'a>(
    call: &'a ast::ExprCall,
    position: Option<usize>,
    names: &[&str],
) -> Option<&'a Expr> {
    let positional = position.and_then(|position| call.args.get(position));
    positional.or_else(|| {
        call.keywords.iter().find_map(|keyword| {
            let name = keyword.arg.as_ref()?;
            names.contains(&name.as_str()).then_some(&keyword.value)
        })
    })
}

/// Whether some arguments are not written in the call (`*columns`, `**options`).
pub(super) fn is_open(call: &ast::ExprCall) -> bool {
    call.args
        .iter()
        .any(|argument| matches!(argument, Expr::Starred(_)))
        || call.keywords.iter().any(|keyword| keyword.arg.is_none())
}

/// A literal string; `op.f("x")` is the string too.
pub(super) fn text(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Constant(constant) => match &constant.value {
            Constant::Str(text) => Some(text.clone()),
            _ => None,
        },
        Expr::Call(call) => match &*call.func {
            Expr::Attribute(attribute) if attribute.attr.as_str() == "f" => {
                call.args.first().and_then(text)
            }
            _ => None,
        },
        _ => None,
    }
}

/// A literal list or tuple of strings.
pub(super) fn texts(expression: &Expr) -> Option<Vec<String>> {
    let elements = match expression {
        Expr::List(list) => &list.elts,
        Expr::Tuple(tuple) => &tuple.elts,
        _ => return None,
    };
    elements.iter().map(text).collect()
}

pub(super) fn is_none(expression: &Expr) -> bool {
    matches!(expression, Expr::Constant(constant) if constant.value == Constant::None)
}

pub(super) fn is_true(expression: Option<&Expr>) -> bool {
    matches!(expression, Some(Expr::Constant(constant)) if constant.value == Constant::Bool(true))
}

/// A literal whose evaluation does nothing.
pub(super) fn is_plain(expression: &Expr) -> bool {
    matches!(expression, Expr::Constant(_)) || texts(expression).is_some()
}

/// The last part of a called name: `Column` of `sa.Column(...)`.
pub(super) fn callee(expression: &Expr) -> Option<(&str, &ast::ExprCall)> {
    let Expr::Call(call) = expression else {
        return None;
    };
    match &*call.func {
        Expr::Attribute(attribute) => Some((attribute.attr.as_str(), call)),
        Expr::Name(name) => Some((name.id.as_str(), call)),
        _ => None,
    }
}
