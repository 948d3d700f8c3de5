//! Expressions.

use rustpython_parser::ast::{self, Constant, Expr, Operator, UnaryOp};

use super::statement::Elements;
use super::value::{Body, FunctionKind, Items, Object, SequenceKind, Value};
use super::{DEEPEST, Interpreter, library};

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

    #[expect(clippy::too_many_lines, reason = "one arm for each kind")]
    fn expression(&mut self, expression: &'a Expr) -> Value {
        match expression {
            Expr::Constant(node) => self.constant(&node.value),
            Expr::Name(node) => self.lookup(&node.id),
            Expr::Attribute(node) => {
                let receiver = self.eval(&node.value);
                let range = self.range(node);
                self.attribute(&receiver, &node.attr, range)
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
            Expr::Await(node) => {
                let value = self.eval(&node.value);
                let range = self.range(node);
                self.opaque("an awaited call", range);
                drop(value);
                Value::Unknown("the result of `await`".into())
            }
            Expr::Yield(node) => {
                let value = node
                    .value
                    .as_ref()
                    .map_or(Value::None, |value| self.eval(value));
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
    fn set_dict_item(&mut self, dict: &Value, key: Value, value: Value) {
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

    pub(super) fn binary(&mut self, operator: Operator, left: &Value, right: &Value) -> Value {
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

    // Comprehensions.

    fn comprehension(
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

    fn dict_comprehension(&mut self, node: &'a ast::ExprDictComp) -> Value {
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

    /// What a loop over `value` runs over. Objects of the migration's own may do anything then.
    pub(super) fn elements(&mut self, value: &Value, expression: &'a Expr) -> Elements {
        if let Some(Object::Instance { .. }) = self.object(value) {
            let range = self.range(expression);
            self.opaque("a loop over an object of the migration's own", range);
        }
        self.iterate(value)
    }

    /// The elements of `value`.
    pub(super) fn iterate(&mut self, value: &Value) -> Elements {
        match value {
            Value::Str(text) if text.len() <= 4096 => Elements::Known(
                text.chars()
                    .map(|c| Value::Str(c.to_string().into()))
                    .collect(),
            ),
            Value::None | Value::Bool(_) | Value::Int(_) | Value::Str(_) | Value::Data => {
                Elements::Any(Value::Data)
            }
            Value::Handle(_) => Elements::Any(Value::Data),
            Value::Path(path) if library::is_plain(path) => Elements::Any(Value::Data),
            Value::Path(path) => {
                Elements::Any(Value::Unknown(format!("an element of {path}").into()))
            }
            Value::Unknown(reason) => Elements::Any(Value::Unknown(reason.clone())),
            Value::Object(_) => match self.object(value).cloned() {
                Some(Object::Sequence { items, .. }) => match items {
                    Items::Known(items) => {
                        self.step(items.len() / 4);
                        Elements::Known(items)
                    }
                    Items::Unknown { plain: true } => Elements::Any(Value::Data),
                    Items::Unknown { plain: false } => Elements::Any(Value::Unknown(
                        "an element of a list that is not known".into(),
                    )),
                },
                Some(Object::Dict { items, .. }) => match items {
                    Items::Known(items) => {
                        Elements::Known(items.into_iter().map(|(key, _)| key).collect())
                    }
                    Items::Unknown { plain: true } => Elements::Any(Value::Data),
                    Items::Unknown { plain: false } => {
                        Elements::Any(Value::Unknown("a key of a dict that is not known".into()))
                    }
                },
                Some(Object::Class(class)) if class.is_enum => {
                    let members = self.enum_members(&class);
                    Elements::Known(members)
                }
                // Rows of a statement that has been charged for when it ran.
                Some(Object::Sql(_)) => Elements::Any(Value::Data),
                _ => Elements::Any(Value::Unknown("an element of something".into())),
            },
        }
    }

    // Subscripts.

    pub(super) fn item(&mut self, container: &Value, key: &Value) -> Value {
        match container {
            Value::None | Value::Bool(_) | Value::Int(_) => return Value::Data,
            Value::Data => {
                return match key {
                    Value::Str(key) if library::names_a_connection(key) => {
                        Value::Unknown(format!("`[{key:?}]` of something").into())
                    }
                    _ => Value::Data,
                };
            }
            Value::Handle(super::value::Handle::Globals) => {
                return match key {
                    Value::Str(name) => self.module_value(name).unwrap_or_else(|| {
                        Value::Unknown(format!("`{name}`, which is not defined here").into())
                    }),
                    _ => Value::Unknown("a global whose name is not known".into()),
                };
            }
            Value::Handle(_) => return Value::Unknown("a part of a connection".into()),
            Value::Path(path) if library::is_plain(path) => return Value::Data,
            Value::Path(path) => return Value::Unknown(format!("a part of {path}").into()),
            Value::Unknown(reason) => return Value::Unknown(reason.clone()),
            Value::Str(text) => {
                let Value::Int(index) = key else {
                    return Value::Data;
                };
                let count = i64::try_from(text.chars().count()).unwrap_or(0);
                let index = if *index < 0 {
                    index.saturating_add(count)
                } else {
                    *index
                };
                let found = usize::try_from(index)
                    .ok()
                    .and_then(|index| text.chars().nth(index));
                return found.map_or(Value::Data, |c| Value::Str(c.to_string().into()));
            }
            Value::Object(_) => {}
        }
        match self.object(container).cloned() {
            Some(Object::Sequence {
                items: Items::Known(items),
                ..
            }) => match key {
                Value::Int(index) => {
                    let count = i64::try_from(items.len()).unwrap_or(0);
                    let index = if *index < 0 {
                        index.saturating_add(count)
                    } else {
                        *index
                    };
                    let found = usize::try_from(index)
                        .ok()
                        .and_then(|index| items.get(index).cloned());
                    found.unwrap_or(Value::Unknown("an element that is not there".into()))
                }
                _ => self.any_of(&items),
            },
            Some(Object::Dict {
                items: Items::Known(items),
                ..
            }) => {
                if super::assign::is_key(key)
                    && items.iter().all(|(key, _)| super::assign::is_key(key))
                {
                    let found = items.into_iter().find(|(other, _)| other == key);
                    return found.map_or(
                        Value::Unknown("a key that is not there".into()),
                        |(_, value)| value,
                    );
                }
                let values: Vec<_> = items.into_iter().map(|(_, value)| value).collect();
                self.any_of(&values)
            }
            Some(
                Object::Sequence {
                    items: Items::Unknown { plain },
                    ..
                }
                | Object::Dict {
                    items: Items::Unknown { plain },
                    ..
                },
            ) => {
                if plain {
                    Value::Data
                } else {
                    Value::Unknown("an element of something that is not known".into())
                }
            }
            Some(Object::Columns(table)) => match key {
                Value::Str(name) => self.column_value(&table, name),
                _ => self.sql_value(std::slice::from_ref(container)),
            },
            Some(Object::Sql(_)) => container.clone(),
            Some(Object::Construct { .. } | Object::Method { .. }) if self.is_sql(container) => {
                self.sql_value(&[container.clone(), key.clone()])
            }
            _ => Value::Unknown("a part of something".into()),
        }
    }

    /// One of these, not known which.
    fn any_of(&mut self, values: &[Value]) -> Value {
        let mut values = values.iter();
        let Some(mut merged) = values.next().cloned() else {
            return Value::Unknown("an element of an empty collection".into());
        };
        for value in values {
            merged = self.merge(&merged, value);
        }
        merged
    }

    fn slice(&mut self, container: &Value, slice: &'a ast::ExprSlice) -> Value {
        let bound = |this: &mut Self, part: &'a Option<Box<Expr>>| match part {
            None => Some(None),
            Some(part) => match this.eval(part) {
                Value::Int(number) => Some(Some(number)),
                Value::None => Some(None),
                _ => None,
            },
        };
        let lower = bound(self, &slice.lower);
        let upper = bound(self, &slice.upper);
        let step = bound(self, &slice.step);
        let cut = |count: usize| -> Option<std::ops::Range<usize>> {
            let count = i64::try_from(count).ok()?;
            let place = |index: i64| {
                if index < 0 {
                    (index + count).max(0)
                } else {
                    index.min(count)
                }
            };
            let from = lower?.map_or(0, place);
            let to = upper?.map_or(count, place);
            let step = step?.unwrap_or(1);
            (step == 1).then_some(usize::try_from(from).ok()?..usize::try_from(to.max(from)).ok()?)
        };
        match container {
            Value::Str(text) => {
                let letters: Vec<char> = text.chars().collect();
                match cut(letters.len()) {
                    Some(range) => {
                        let text: String = letters[range].iter().collect();
                        self.text_value(&text)
                    }
                    None => Value::Data,
                }
            }
            Value::Object(_) => match self.object(container).cloned() {
                Some(Object::Sequence {
                    kind,
                    items: Items::Known(items),
                    ..
                }) => match cut(items.len()) {
                    Some(range) => self.sequence(kind, items[range].to_vec()),
                    None => self.unknown_sequence(kind, container),
                },
                _ => container.clone(),
            },
            _ => self.combined(std::slice::from_ref(container)),
        }
    }
}
