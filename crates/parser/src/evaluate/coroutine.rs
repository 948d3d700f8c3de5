//! Coroutines of the migration's own, run where something waits for them: `op.run_async(f)` and `await f()`.

use rechain_history::TextRange;
use rustpython_parser::ast::{self, Expr};

use super::Interpreter;
use super::value::{Arguments, FunctionKind, Handle, Object, Value};

impl<'a> Interpreter<'a> {
    /// `op.run_async(function, ...)`: the function gets the connection first.
    pub(crate) fn run_async(&mut self, args: &Arguments, range: TextRange) -> Value {
        let mut given = args.clone();
        if let Some(function) = args.positional.first()
            && let Some(Object::Function(function)) = self.object(function).cloned()
            && function.kind == FunctionKind::Async
        {
            given.positional[0] = Value::Handle(Handle::Bind);
            return self.inline(&function, given, range);
        }
        self.unknown_call("call of op.run_async", args, range)
    }

    /// `await value`
    pub(super) fn awaited(&mut self, node: &'a ast::ExprAwait) -> Value {
        if let Expr::Call(call) = &*node.value {
            let callee = self.eval(&call.func);
            match self.object(&callee).cloned() {
                Some(Object::Function(function)) if function.kind == FunctionKind::Async => {
                    let args = self.arguments(call, false);
                    let range = self.range(call);
                    return self.inline(&function, args, range);
                }
                // What a connection gives at once, one of SQLAlchemy's own for coroutines gives when it is waited for.
                Some(Object::Method {
                    receiver: Value::Handle(Handle::Bind),
                    ..
                }) => {
                    let args = self.arguments(call, false);
                    let range = self.range(call);
                    return self.call(&callee, args, range);
                }
                _ => {}
            }
        }
        self.eval(&node.value);
        let range = self.range(node);
        self.opaque("an awaited call", range);
        Value::Unknown("the result of `await`".into())
    }

    /// `connection.run_sync(function, ...)`
    pub(crate) fn run_sync(&mut self, args: &Arguments, range: TextRange) -> Value {
        let Some(function) = args.positional.first().cloned() else {
            return Value::Data;
        };
        let mut given = args.clone();
        given.positional[0] = Value::Handle(Handle::Bind);
        self.call(&function, given, range)
    }
}
