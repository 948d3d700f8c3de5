//! Functions and classes of the migration's own, called: their bodies run in place.

use std::rc::Rc;

use rechain_history::{Certainty, TextRange};

use super::managed::Manager;
use super::value::{Arguments, Body, Class, Function, FunctionKind, Object, SequenceKind, Value};
use super::{DEEPEST, DEEPEST_CALL, Interpreter};

/// The attributes that the arguments give to a new object.
fn given_fields(class: &Class, args: Arguments) -> Vec<(Rc<str>, Value)> {
    let mut given = args.keywords;
    let fields = class.fields.as_deref().unwrap_or_default();
    given.extend(fields.iter().cloned().zip(args.positional));
    if args.more_positional || args.more_keywords {
        let open: Vec<_> = fields
            .iter()
            .filter(|field| !given.iter().any(|(name, _)| name == *field))
            .map(|field| {
                (
                    field.clone(),
                    Value::Unknown(format!("`.{field}` of an object").into()),
                )
            })
            .collect();
        given.extend(open);
    }
    given
}

impl<'a> Interpreter<'a> {
    pub(super) fn call_function(
        &mut self,
        function: &Rc<Function<'a>>,
        args: Arguments,
        range: TextRange,
    ) -> Value {
        let what = format!("call of `{}`", function.name);
        match function.kind {
            FunctionKind::Plain
            | FunctionKind::Static
            | FunctionKind::OfClass
            | FunctionKind::Property => self.inline(function, args, range),
            FunctionKind::Manager => self.add(Object::Manager(
                Manager {
                    function: function.clone(),
                    args,
                    range,
                }
                .into(),
            )),
            FunctionKind::Decorated => {
                self.opaque(format!("{what}, which is decorated"), range);
                self.conditionally(|this| this.inline(function, args, range));
                Value::Unknown(format!("the result of `{}`", function.name).into())
            }
            FunctionKind::Async => {
                self.opaque(format!("{what}, a coroutine"), range);
                Value::Unknown("a coroutine".into())
            }
            FunctionKind::Generator => {
                let before = self.effects.len();
                let result = self.inline(function, args, range);
                let mut acts = false;
                for effect in self.effects.iter_mut().skip(before) {
                    acts = true;
                    if effect.certainty == Certainty::Always {
                        effect.certainty = Certainty::Conditional;
                    }
                }
                if acts {
                    self.opaque(format!("{what}, a generator"), range);
                }
                result
            }
        }
    }

    /// Runs a function's body here.
    pub(super) fn inline(
        &mut self,
        function: &Rc<Function<'a>>,
        args: Arguments,
        range: TextRange,
    ) -> Value {
        let result = format!("the result of `{}`", function.name);
        let again = self
            .calls
            .iter()
            .filter(|name| Rc::ptr_eq(name, &function.name))
            .count();
        if again >= 2 || self.calls.len() >= DEEPEST_CALL || self.depth + 4 >= DEEPEST {
            self.opaque(
                format!("call of `{}`, too deep to follow", function.name),
                range,
            );
            return Value::Unknown(result.into());
        }
        let scope = self.new_scope(function.scope, false);
        self.bind_parameters(function, args, scope);
        if function.kind == FunctionKind::Generator {
            self.scopes[scope.0 as usize].yielded = Some(Vec::new());
        }
        if function.kind == FunctionKind::Manager
            && let Some(waiting) = self.waiting.last_mut()
        {
            waiting.generator.get_or_insert(scope);
        }
        let outer_scope = std::mem::replace(&mut self.scope, scope);
        let outer = (self.context, self.place, std::mem::take(&mut self.in_type));
        let elsewhere = self.place_of_calls(function.scope, range);
        let elsewhere = std::mem::replace(&mut self.elsewhere, elsewhere);
        self.calls.push(function.name.clone());
        self.depth += 1;
        let value = match function.body {
            Body::Expression(body) => self.eval(body),
            Body::Statements(body) => {
                let flow = self.block(body);
                match flow.returned {
                    Some(value) if flow.normal => self.merge(&value, &Value::None),
                    Some(value) => value,
                    None => Value::None,
                }
            }
        };
        self.depth -= 1;
        self.calls.pop();
        (self.context, self.place, self.in_type) = outer;
        self.elsewhere = elsewhere;
        self.scope = outer_scope;
        if function.kind != FunctionKind::Generator {
            return value;
        }
        match self.scopes[scope.0 as usize].yielded.take() {
            Some(values) => self.sequence(SequenceKind::List, values),
            None => Value::Unknown(result.into()),
        }
    }

    fn bind_parameters(&mut self, function: &Function<'a>, args: Arguments, scope: super::ScopeId) {
        let parameters = function.args;
        let mut defaults = function.defaults.iter();
        let mut positional = args.positional.into_iter();
        let mut keywords = args.keywords;
        let mut bound = Vec::new();
        let by_position = parameters
            .posonlyargs
            .iter()
            .chain(&parameters.args)
            .map(|arg| (arg, true));
        for (arg, takes_position) in
            by_position.chain(parameters.kwonlyargs.iter().map(|arg| (arg, false)))
        {
            let name = arg.def.arg.as_str();
            let default = arg.default.as_ref().and_then(|_| defaults.next());
            let open = args.more_keywords || (takes_position && args.more_positional);
            let given = if takes_position {
                positional.next()
            } else {
                None
            };
            let given = given.or_else(|| {
                let at = keywords.iter().position(|(key, _)| &**key == name)?;
                Some(keywords.remove(at).1)
            });
            let value = given.or_else(|| default.filter(|_| !open).cloned());
            bound.push((
                name,
                value.unwrap_or_else(|| Value::Unknown(format!("argument `{name}`").into())),
            ));
        }
        if let Some(vararg) = &parameters.vararg {
            let rest = self.sequence(SequenceKind::Tuple, positional.collect());
            let rest = if args.more_positional {
                self.unknown_sequence(SequenceKind::Tuple, &Value::Unknown("an argument".into()))
            } else {
                rest
            };
            bound.push((vararg.arg.as_str(), rest));
        }
        if let Some(kwarg) = &parameters.kwarg {
            let rest = keywords
                .into_iter()
                .map(|(key, value)| (Value::Str(key), value))
                .collect();
            let rest = self.dict(rest);
            if args.more_keywords
                && let Value::Object(id) = rest
            {
                self.spoil(id, &Value::Unknown("an argument".into()));
            }
            bound.push((kwarg.arg.as_str(), rest));
        }
        self.scopes[scope.0 as usize].variables.extend(bound);
    }

    pub(super) fn instantiate(
        &mut self,
        class: &Rc<Class>,
        args: Arguments,
        range: TextRange,
    ) -> Value {
        if class.is_enum {
            return Value::Data;
        }
        if self.in_type && !class.plain && class.table.is_none() {
            // A type of the project's own.
            if class.brings_constraints {
                return self.add(Object::Construct {
                    class: "SchemaType".into(),
                    args: Rc::new(args),
                });
            }
            return self.unknown_call(&format!("call of class {}", class.name), &args, range);
        }
        let context = self.context.id;
        let instance = Object::Instance {
            class: class.clone(),
            attributes: Vec::new(),
            context,
        };
        let instance = self.add(instance);
        let init = self.member(class, "__init__");
        let function = init
            .as_ref()
            .and_then(|(_, init)| self.object(init).cloned());
        match (init, function) {
            (Some((owner, _)), Some(Object::Function(init))) => {
                if !class.plain {
                    self.opaque(format!("an object of class {}", class.name), range);
                }
                self.call_member(owner, &init, &instance, args, range);
            }
            _ if class.plain || class.table.is_some() || self.in_type => {
                let given = given_fields(class, args);
                if let Value::Object(id) = instance
                    && let Object::Instance { attributes, .. } = self.object_mut(id)
                {
                    *attributes = given;
                }
            }
            _ => return self.unknown_call(&format!("call of class {}", class.name), &args, range),
        }
        instance
    }
}
