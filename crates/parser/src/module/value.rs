//! The values identifiers can have, with where each is written.

use rechain_history::TextRange;
use rustpython_parser::ast::{self, Constant, Expr, Ranged};

/// What an expression of a header is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) worth: Worth,
    /// The expression, parentheses around it left out.
    pub(super) range: TextRange,
    /// Whether the expression is a literal of its own: no name stands in it.
    pub(super) is_literal: bool,
    /// Whether the expression is a tuple, list or set written out, whatever its elements are.
    pub(super) is_display: bool,
}

/// The kinds of value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Worth {
    /// `None`.
    None,
    /// A string.
    Text(String),
    /// A tuple, list or set.
    Sequence {
        is_tuple: bool,
        elements: Vec<Value>,
    },
    /// A known value of a kind that no identifier may have, named as Python names its type.
    Other(&'static str),
    /// Not known before the module runs.
    Computed,
}

impl Value {
    pub(super) fn computed(range: TextRange) -> Self {
        Self {
            worth: Worth::Computed,
            range,
            is_literal: false,
            is_display: false,
        }
    }
}

/// How deep expressions are followed; deeper ones are computed values.
const DEEPEST: usize = 60;

/// Evaluates `expression`; `lookup` says what a name is bound to.
pub(super) fn evaluate(expression: &Expr, lookup: &dyn Fn(&str) -> Option<Value>) -> Value {
    evaluate_at(expression, lookup, 0)
}

fn evaluate_at(expression: &Expr, lookup: &dyn Fn(&str) -> Option<Value>, depth: usize) -> Value {
    let range = range_of(expression);
    if depth > DEEPEST {
        return Value::computed(range);
    }
    let value = |worth: Worth, is_literal: bool| Value {
        worth,
        range,
        is_literal,
        is_display: false,
    };
    let elements = |elements: &[Expr]| -> Vec<Value> {
        elements
            .iter()
            .map(|element| evaluate_at(element, lookup, depth + 1))
            .collect()
    };
    let sequence = |is_tuple: bool, members: Vec<Value>| {
        let is_literal = members.iter().all(|member| member.is_literal);
        Value {
            is_display: true,
            ..value(
                Worth::Sequence {
                    is_tuple,
                    elements: members,
                },
                is_literal,
            )
        }
    };
    match expression {
        Expr::Constant(constant) => match &constant.value {
            Constant::None => value(Worth::None, true),
            Constant::Str(text) => value(Worth::Text(text.clone()), true),
            Constant::Bool(_) => value(Worth::Other("bool"), true),
            Constant::Bytes(_) => value(Worth::Other("bytes"), true),
            Constant::Int(_) => value(Worth::Other("int"), true),
            Constant::Float(_) => value(Worth::Other("float"), true),
            Constant::Complex { .. } => value(Worth::Other("complex"), true),
            Constant::Ellipsis => value(Worth::Other("ellipsis"), true),
            Constant::Tuple(_) => Value::computed(range),
        },
        Expr::Tuple(tuple) => sequence(true, elements(&tuple.elts)),
        Expr::List(list) => sequence(false, elements(&list.elts)),
        Expr::Set(set) => sequence(false, elements(&set.elts)),
        Expr::Name(name) => match lookup(name.id.as_str()) {
            Some(bound) => Value {
                range,
                is_literal: false,
                is_display: false,
                ..bound
            },
            None => Value::computed(range),
        },
        Expr::JoinedStr(joined) => formatted(&joined.values, lookup, depth).map_or_else(
            || Value::computed(range),
            |(text, is_literal)| value(Worth::Text(text), is_literal),
        ),
        Expr::BinOp(operation) if operation.op == ast::Operator::Add => {
            let left = evaluate_at(&operation.left, lookup, depth + 1);
            let right = evaluate_at(&operation.right, lookup, depth + 1);
            let is_literal = left.is_literal && right.is_literal;
            match (left.worth, right.worth) {
                (Worth::Text(left), Worth::Text(right)) => {
                    value(Worth::Text(left + &right), is_literal)
                }
                (
                    Worth::Sequence {
                        is_tuple,
                        elements: mut left,
                    },
                    Worth::Sequence {
                        is_tuple: other,
                        elements: right,
                    },
                ) if is_tuple == other => {
                    left.extend(right);
                    value(
                        Worth::Sequence {
                            is_tuple,
                            elements: left,
                        },
                        false,
                    )
                }
                _ => Value::computed(range),
            }
        }
        _ => Value::computed(range),
    }
}

/// The text of an f-string whose fields are all known strings without a format of their own.
fn formatted(
    parts: &[Expr],
    lookup: &dyn Fn(&str) -> Option<Value>,
    depth: usize,
) -> Option<(String, bool)> {
    let mut text = String::new();
    let mut is_literal = true;
    for part in parts {
        let part = match part {
            Expr::FormattedValue(field)
                if field.format_spec.is_none() && field.conversion == ast::ConversionFlag::None =>
            {
                is_literal = false;
                evaluate_at(&field.value, lookup, depth + 1)
            }
            Expr::Constant(_) => evaluate_at(part, lookup, depth + 1),
            _ => return None,
        };
        match part.worth {
            Worth::Text(part) => text.push_str(&part),
            _ => return None,
        }
    }
    Some((text, is_literal))
}

pub(super) fn range_of(node: &impl Ranged) -> TextRange {
    TextRange::new(usize::from(node.start()), usize::from(node.end()))
}
