//! Tests and comparisons of values that may be unknown.

use rustpython_parser::ast::CmpOp;

use super::Interpreter;
use super::value::{Items, Object, SequenceKind, Value};

impl Interpreter<'_> {
    /// Whether `value` counts as true.
    pub(crate) fn truth(&self, value: &Value) -> Option<bool> {
        match value {
            Value::None => Some(false),
            Value::Bool(value) => Some(*value),
            Value::Int(value) => Some(*value != 0),
            Value::Str(value) => Some(!value.is_empty()),
            Value::Data | Value::Unknown(_) | Value::Path(_) => None,
            Value::Handle(_) => Some(true),
            Value::Object(_) => match self.object(value)? {
                Object::Sequence {
                    items: Items::Known(items),
                    ..
                } => Some(!items.is_empty()),
                Object::Dict {
                    items: Items::Known(items),
                    ..
                } => Some(!items.is_empty()),
                Object::Function(_)
                | Object::Class(_)
                | Object::Member { .. }
                | Object::Table(_) => Some(true),
                _ => None,
            },
        }
    }

    /// The outcome of one comparison.
    pub(super) fn compare(&mut self, operator: CmpOp, left: &Value, right: &Value) -> Option<bool> {
        match operator {
            CmpOp::Eq => self.equal(left, right, 6),
            CmpOp::NotEq => self.equal(left, right, 6).map(|equal| !equal),
            CmpOp::Is => Self::identical(left, right),
            CmpOp::IsNot => Self::identical(left, right).map(|same| !same),
            CmpOp::In => self.contains(right, left),
            CmpOp::NotIn => self.contains(right, left).map(|contained| !contained),
            CmpOp::Lt | CmpOp::LtE | CmpOp::Gt | CmpOp::GtE => {
                let order = match (left, right) {
                    (Value::Int(left), Value::Int(right)) => left.cmp(right),
                    (Value::Str(left), Value::Str(right)) => left.cmp(right),
                    _ => return None,
                };
                Some(match operator {
                    CmpOp::Lt => order.is_lt(),
                    CmpOp::LtE => order.is_le(),
                    CmpOp::Gt => order.is_gt(),
                    _ => order.is_ge(),
                })
            }
        }
    }

    fn identical(left: &Value, right: &Value) -> Option<bool> {
        match (left, right) {
            (Value::None | Value::Bool(_), Value::None | Value::Bool(_)) => Some(left == right),
            (Value::None, other) | (other, Value::None) => match other {
                Value::Data | Value::Unknown(_) | Value::Path(_) => None,
                _ => Some(false),
            },
            _ => None,
        }
    }

    /// Whether two values are equal, where that is certain.
    pub(super) fn equal(&mut self, left: &Value, right: &Value, depth: usize) -> Option<bool> {
        if depth == 0 || !self.step(1) {
            return None;
        }
        let is_scalar = |value: &Value| {
            matches!(
                value,
                Value::None | Value::Bool(_) | Value::Int(_) | Value::Str(_)
            )
        };
        match (left, right) {
            (Value::Bool(left), Value::Int(right)) | (Value::Int(right), Value::Bool(left)) => {
                Some(i64::from(*left) == *right)
            }
            _ if is_scalar(left) && is_scalar(right) => Some(left == right),
            (Value::Object(_), Value::Object(_)) => {
                let (left, right) = (self.object(left).cloned()?, self.object(right).cloned()?);
                match (left, right) {
                    (
                        Object::Sequence {
                            kind: one,
                            items: Items::Known(left),
                            ..
                        },
                        Object::Sequence {
                            kind: other,
                            items: Items::Known(right),
                            ..
                        },
                    ) if one == other && one != SequenceKind::Set => {
                        if left.len() != right.len() {
                            return Some(false);
                        }
                        let mut equal = Some(true);
                        for (left, right) in left.iter().zip(&right) {
                            match self.equal(left, right, depth - 1) {
                                Some(true) => {}
                                Some(false) => return Some(false),
                                None => equal = None,
                            }
                        }
                        equal
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn contains(&mut self, container: &Value, item: &Value) -> Option<bool> {
        if let (Value::Str(container), Value::Str(item)) = (container, item) {
            return Some(container.contains(&**item));
        }
        let items = match self.object(container).cloned()? {
            Object::Sequence {
                items: Items::Known(items),
                ..
            } => items,
            Object::Dict {
                items: Items::Known(items),
                ..
            } => items.into_iter().map(|(key, _)| key).collect(),
            _ => return None,
        };
        let mut found = Some(false);
        for other in &items {
            match self.equal(other, item, 6) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => found = None,
            }
        }
        found
    }
}
