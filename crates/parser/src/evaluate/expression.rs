//! Expressions.

use rustpython_parser::ast::{self, Constant, Expr, Operator, UnaryOp};

use super::statement::Elements;
use super::value::{Body, FunctionKind, Items, Object, SequenceKind, Value};
use super::{DEEPEST, Interpreter, library};
use crate::sql::HOLE;

/// Whether a name is written like that of a class, not of a constant.
fn is_camel_case(path: &str) -> bool {
    library::is_class_name(path)
        && path
            .rsplit('.')
            .next()
            .is_some_and(|name| name.contains(char::is_lowercase))
}

impl<'a> Interpreter<'a> {
    pub(crate) fn eval(&mut self, expression: &'a Expr) -> Value {
        if self.depth >= DEEPEST {
            let range = self.range(expression);
            self.opaque("nested too deeply", range);
            return Value::Unknown("an expression that is nested too deeply".into());
        }
        if !self.step(1) {
            return Value::Unknown("more work than is followed".into());
        }
        self.depth += 1;
        let value = self.expression(expression);
        self.depth -= 1;
        value
    }

    fn expression(&mut self, expression: &'a Expr) -> Value {
        match expression {
            Expr::Constant(node) => self.constant(&node.value),
            Expr::Name(node) => {
                let value = self.lookup(&node.id);
                self.followed(value)
            }
            Expr::Attribute(node) => {
                let receiver = self.eval(&node.value);
                let range = self.range(node);
                let value = self.attribute(&receiver, &node.attr, range);
                self.followed(value)
            }
            Expr::Call(node) => self.call_expression(node),
            Expr::Subscript(node) => {
                let container = self.eval(&node.value);
                if let Expr::Slice(slice) = &*node.slice {
                    return self.slice(&container, slice);
                }
                let key = self.eval(&node.slice);
                self.item(&container, &key)
            }
            Expr::List(node) => self.display(SequenceKind::List, &node.elts),
            Expr::Tuple(node) => self.display(SequenceKind::Tuple, &node.elts),
            Expr::Set(node) => self.display(SequenceKind::Set, &node.elts),
            Expr::Dict(node) => self.dict_display(node),
            Expr::JoinedStr(node) => self.joined(node),
            Expr::FormattedValue(node) => {
                let value = self.eval(&node.value);
                self.formatted(&value, node)
            }
            Expr::BinOp(node) => {
                let left = self.eval(&node.left);
                let right = self.eval(&node.right);
                self.binary(node.op, &left, &right)
            }
            Expr::BoolOp(node) => self.bool_operation(node),
            Expr::UnaryOp(node) => {
                let value = self.eval(&node.operand);
                match (node.op, &value) {
                    (UnaryOp::Not, _) => self
                        .truth(&value)
                        .map_or(Value::Data, |truth| Value::Bool(!truth)),
                    (UnaryOp::USub, Value::Int(number)) => {
                        number.checked_neg().map_or(Value::Data, Value::Int)
                    }
                    _ => self.combined(&[value]),
                }
            }
            Expr::Compare(node) => self.comparison(node),
            Expr::IfExp(node) => self.if_expression(node),
            Expr::NamedExpr(node) => {
                let value = self.eval(&node.value);
                self.assign(&node.target, value.clone());
                value
            }
            Expr::Lambda(node) => self.function(
                "lambda",
                &node.args,
                Body::Expression(&node.body),
                FunctionKind::Plain,
            ),
            Expr::ListComp(node) => {
                self.comprehension(SequenceKind::List, &node.elt, &node.generators)
            }
            Expr::SetComp(node) => {
                self.comprehension(SequenceKind::Set, &node.elt, &node.generators)
            }
            Expr::GeneratorExp(node) => {
                // It may be consumed in part, later, or never.
                let outer = self.enter_condition();
                let list = self.comprehension(SequenceKind::List, &node.elt, &node.generators);
                self.context = outer;
                match (&list, self.object(&list).cloned()) {
                    (
                        _,
                        Some(Object::Sequence {
                            items: Items::Known(items),
                            ..
                        }),
                    ) => self.sequence(SequenceKind::List, items),
                    _ => list,
                }
            }
            Expr::DictComp(node) => self.dict_comprehension(node),
            Expr::Await(node) => self.awaited(node),
            Expr::Yield(node) => {
                let value = node
                    .value
                    .as_ref()
                    .map_or(Value::None, |value| self.eval(value));
                if self.resume(&value) {
                    return Value::Data;
                }
                let certain = self.context.certain;
                let scope = &mut self.scopes[self.scope.0 as usize];
                if certain && let Some(values) = &mut scope.yielded {
                    values.push(value);
                } else {
                    scope.yielded = None;
                }
                Value::Data
            }
            Expr::YieldFrom(node) => {
                self.eval(&node.value);
                self.scopes[self.scope.0 as usize].yielded = None;
                Value::Data
            }
            Expr::Starred(node) => self.eval(&node.value),
            Expr::Slice(node) => {
                for part in [&node.lower, &node.upper, &node.step].into_iter().flatten() {
                    self.eval(part);
                }
                Value::Data
            }
        }
    }

    /// What an imported name stands for, where that is known.
    fn followed(&mut self, value: Value) -> Value {
        match &value {
            // A type says no more of the schema than its name does.
            Value::Path(path) if !(self.in_type && is_camel_case(path)) => {
                self.imported(path).unwrap_or(value)
            }
            _ => value,
        }
    }

    fn constant(&mut self, constant: &Constant) -> Value {
        match constant {
            Constant::None => Value::None,
            Constant::Bool(value) => Value::Bool(*value),
            Constant::Str(text) => {
                self.step(text.len() / 256);
                Value::Str(text.as_str().into())
            }
            Constant::Int(number) => i64::try_from(number).map_or(Value::Data, Value::Int),
            _ => Value::Data,
        }
    }

    fn display(&mut self, kind: SequenceKind, elements: &'a [Expr]) -> Value {
        let mut items = Vec::new();
        let mut unknown = None;
        for element in elements {
            let value = self.eval(element);
            if matches!(element, Expr::Starred(_)) {
                match self.iterate(&value) {
                    Elements::Known(more) => items.extend(more),
                    Elements::Any(item) => unknown = Some(item),
                }
            } else {
                items.push(value);
            }
        }
        match unknown {
            None => self.sequence(kind, items),
            Some(item) => {
                items.push(item);
                let items = self.sequence(kind, items);
                self.unknown_sequence(kind, &items)
            }
        }
    }

    fn dict_display(&mut self, node: &'a ast::ExprDict) -> Value {
        let dict = self.dict(Vec::new());
        for (key, value) in node.keys.iter().zip(&node.values) {
            if let Some(key) = key {
                let key = self.eval(key);
                let value = self.eval(value);
                self.set_dict_item(&dict, key, value);
            } else {
                let other = self.eval(value);
                self.update(&dict, &other);
            }
        }
        dict
    }

    /// Like `dict[key] = value` where a key that is no plain constant is kept too.
    pub(super) fn set_dict_item(&mut self, dict: &Value, key: Value, value: Value) {
        let Value::Object(id) = dict else { return };
        if super::assign::is_key(&key) {
            self.set_item(dict, key, value);
        } else if let Object::Dict {
            items: Items::Known(items),
            ..
        } = self.object_mut(*id)
        {
            items.push((key, value));
        }
    }

    pub(super) fn update(&mut self, dict: &Value, other: &Value) {
        match self.object(other).cloned() {
            Some(Object::Dict {
                items: Items::Known(items),
                ..
            }) => {
                for (key, value) in items {
                    self.set_item(dict, key, value);
                }
            }
            _ => {
                if let Value::Object(id) = dict {
                    self.spoil(*id, other);
                }
            }
        }
    }

    fn bool_operation(&mut self, node: &'a ast::ExprBoolOp) -> Value {
        let is_and = matches!(node.op, ast::BoolOp::And);
        let outer = self.context;
        // What the result may be.
        let mut results = Vec::new();
        for (index, operand) in node.values.iter().enumerate() {
            let before = (!results.is_empty()).then(|| self.variables().clone());
            let value = self.eval(operand);
            if let Some(before) = before {
                let after = self.variables().clone();
                let merged = self.merge_variables(before, &after);
                self.set_variables(merged);
            }
            match self.truth(&value) {
                Some(truth) if truth != is_and => {
                    results.push(value);
                    break;
                }
                Some(_) if index + 1 < node.values.len() => {}
                _ => {
                    results.push(value);
                    self.enter_condition();
                }
            }
        }
        self.context = outer;
        self.any_of(&results)
    }

    fn comparison(&mut self, node: &'a ast::ExprCompare) -> Value {
        if let (Expr::Name(name), [ast::CmpOp::Eq], [Expr::Constant(other)]) = (
            &*node.left,
            node.ops.as_slice(),
            node.comparators.as_slice(),
        ) && name.id.as_str() == "__name__"
            && matches!(&other.value, Constant::Str(text) if text == "__main__")
        {
            return Value::Bool(false);
        }
        let mut left = self.eval(&node.left);
        let mut values = vec![left.clone()];
        let mut outcome = Some(true);
        for (operator, right) in node.ops.iter().zip(&node.comparators) {
            let right = self.eval(right);
            outcome = match (outcome, self.compare(*operator, &left, &right)) {
                (Some(one), Some(other)) => Some(one && other),
                _ => None,
            };
            values.push(right.clone());
            left = right;
        }
        match outcome {
            Some(truth) => Value::Bool(truth),
            None => self.combined(&values),
        }
    }

    fn if_expression(&mut self, node: &'a ast::ExprIfExp) -> Value {
        let test = self.eval(&node.test);
        match self.truth(&test) {
            Some(true) => self.eval(&node.body),
            Some(false) => self.eval(&node.orelse),
            None => {
                let before = self.variables().clone();
                let one = self.conditionally(|this| this.eval(&node.body));
                let after_one = self.variables().clone();
                self.set_variables(before);
                let other = self.conditionally(|this| this.eval(&node.orelse));
                let after = self.variables().clone();
                let after = self.merge_variables(after_one, &after);
                self.set_variables(after);
                self.merge(&one, &other)
            }
        }
    }

    /// The result of an operator that is not carried out.
    pub(super) fn combined(&mut self, operands: &[Value]) -> Value {
        if operands.iter().all(|operand| self.is_plain(operand)) {
            return Value::Data;
        }
        if operands.iter().any(|operand| self.is_sql(operand)) {
            return self.sql_value(operands);
        }
        // Comparing or adding imported things gives something, but calls nothing that matters.
        Value::Unknown("the result of an operation on something imported".into())
    }

    /// Two texts of which parts are not known.
    fn sum(&mut self, left: &Value, right: &Value) -> Option<Value> {
        let part = |value: &Value| match value {
            Value::Data => Some(HOLE.to_string()),
            _ => self.shown(value).map(|text| text.to_string()),
        };
        let (one, other) = (part(left)?, part(right)?);
        if *left == Value::Data && *right == Value::Data {
            return None;
        }
        Some(self.text_value(&(one + &other)))
    }

    pub(super) fn binary(&mut self, operator: Operator, left: &Value, right: &Value) -> Value {
        if operator == Operator::Div
            && let Some(path) = self.path_join(left, right)
        {
            return path;
        }
        if operator == Operator::Add
            && !(matches!((left, right), (Value::Str(_), Value::Str(_))))
            && let Some(text) = self.sum(left, right)
        {
            return text;
        }
        match (operator, left, right) {
            (Operator::Add, Value::Str(left), Value::Str(right)) => {
                return self.text_value(&format!("{left}{right}"));
            }
            (Operator::Mod, Value::Str(template), _) => {
                return match self.percent(template, right) {
                    Some(text) => self.text_value(&text),
                    None => Value::Data,
                };
            }
            (Operator::Mult, Value::Str(text), Value::Int(count)) => {
                let count = usize::try_from(*count).unwrap_or(0);
                return if count.saturating_mul(text.len()) <= 65_536 {
                    self.text_value(&text.repeat(count))
                } else {
                    Value::Data
                };
            }
            (_, Value::Int(left), Value::Int(right)) => {
                let number = match operator {
                    Operator::Add => left.checked_add(*right),
                    Operator::Sub => left.checked_sub(*right),
                    Operator::Mult => left.checked_mul(*right),
                    Operator::FloorDiv if *right > 0 => Some(left.div_euclid(*right)),
                    Operator::Mod if *right > 0 => Some(left.rem_euclid(*right)),
                    _ => None,
                };
                return number.map_or(Value::Data, Value::Int);
            }
            (Operator::Add, _, _) => {
                if let (
                    Some(Object::Sequence {
                        kind,
                        items: Items::Known(one),
                        ..
                    }),
                    Some(Object::Sequence {
                        items: Items::Known(other),
                        ..
                    }),
                ) = (self.object(left), self.object(right))
                {
                    let kind = *kind;
                    let items: Vec<_> = one.iter().chain(other).cloned().collect();
                    self.step(items.len());
                    return self.sequence(kind, items);
                }
            }
            _ => {}
        }
        if let Some(Object::Sequence { kind, .. }) = self.object(left) {
            let kind = *kind;
            let both = self.sequence(kind, vec![left.clone(), right.clone()]);
            return self.unknown_sequence(kind, &both);
        }
        self.combined(&[left.clone(), right.clone()])
    }
}
