//! What `upgrade()` does to the schema, as far as it is written with literal arguments.
//!
//! Directives of `alembic.op` become effects; raw SQL, calls of anything else, loops, conditions and
//! values that are not literals are opaque, with their place.

mod directive;
mod literal;

use rechain_history::{Effect, TextRange};
use rustpython_parser::ast::{self, Expr, Ranged, Stmt};

use crate::syntax::parse_module;
use directive::Target;

/// The effects of running `upgrade()`, in order. `text` is the decoded module.
///
/// A module that cannot be parsed, or has no `upgrade`, gives one opaque effect: it may do anything.
pub fn upgrade_effects(text: &str) -> Vec<Effect> {
    let whole = TextRange::empty(0);
    let statements = match parse_module(text) {
        Ok(statements) => statements,
        Err(error) => {
            return vec![Effect::opaque(
                format!("not understood by the parser: {error}"),
                TextRange::empty(error.offset),
            )];
        }
    };
    let upgrade = statements
        .iter()
        .rev()
        .find_map(|statement| match statement {
            Stmt::FunctionDef(function) if function.name.as_str() == "upgrade" => Some(function),
            _ => None,
        });
    let Some(upgrade) = upgrade else {
        return vec![Effect::opaque("there is no upgrade() in the module", whole)];
    };
    if !upgrade.decorator_list.is_empty() || !upgrade.args.args.is_empty() {
        return vec![Effect::opaque(
            "upgrade() is decorated or takes arguments",
            range(upgrade),
        )];
    }
    let mut reader = Reader {
        effects: Vec::new(),
        op: op_name(&statements),
    };
    reader.block(&upgrade.body);
    reader.effects
}

/// What `alembic.op` is called in the module.
fn op_name(statements: &[Stmt]) -> Option<String> {
    statements.iter().find_map(|statement| match statement {
        Stmt::ImportFrom(import)
            if import
                .module
                .as_ref()
                .is_some_and(|module| module.as_str() == "alembic") =>
        {
            let alias = import
                .names
                .iter()
                .find(|alias| alias.name.as_str() == "op")?;
            Some(alias.asname.as_ref().unwrap_or(&alias.name).to_string())
        }
        _ => None,
    })
}

struct Reader {
    effects: Vec<Effect>,
    op: Option<String>,
}

impl Reader {
    fn block(&mut self, statements: &[Stmt]) {
        for statement in statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Pass(_) => {}
            Stmt::Expr(expression) if matches!(&*expression.value, Expr::Constant(_)) => {}
            Stmt::Expr(expression) => match &*expression.value {
                Expr::Call(call) => self.call(call),
                other => self.opaque("a statement that is not a call", range(other)),
            },
            Stmt::With(with) => self.with(with),
            Stmt::Assign(assign) if literal::is_plain(&assign.value) => {}
            Stmt::Return(value) if value.value.is_none() => {}
            _ => self.opaque("a statement other than a call of op", range(statement)),
        }
    }

    fn call(&mut self, call: &ast::ExprCall) {
        match self.directive(call) {
            Some(name) => directive::effects(&name, call, &Target::Op, &mut self.effects),
            None => self.opaque("a call of something other than op", range(call)),
        }
    }

    /// The name of the directive, where a call is `op.<name>(...)`.
    fn directive(&self, call: &ast::ExprCall) -> Option<String> {
        let Expr::Attribute(attribute) = &*call.func else {
            return None;
        };
        let Expr::Name(name) = &*attribute.value else {
            return None;
        };
        (Some(name.id.as_str()) == self.op.as_deref()).then(|| attribute.attr.to_string())
    }

    /// `with op.batch_alter_table("t") as batch:`; what is done in it happens to that table.
    fn with(&mut self, with: &ast::StmtWith) {
        let batch = match with.items.as_slice() {
            [item] => match (&item.context_expr, item.optional_vars.as_deref()) {
                (Expr::Call(call), Some(Expr::Name(alias)))
                    if self.directive(call).as_deref() == Some("batch_alter_table") =>
                {
                    directive::batch_table(call).map(|table| (call, table, alias.id.to_string()))
                }
                _ => None,
            },
            _ => None,
        };
        let Some((call, table, alias)) = batch else {
            self.opaque("a with statement that is not understood", range(with));
            return;
        };
        directive::require_table(&table, range(call), &mut self.effects);
        for statement in &with.body {
            let name = match statement {
                Stmt::Expr(expression) => match &*expression.value {
                    Expr::Call(call) => match &*call.func {
                        Expr::Attribute(attribute) => match &*attribute.value {
                            Expr::Name(name) if name.id.as_str() == alias => {
                                Some((call, attribute.attr.to_string()))
                            }
                            _ => None,
                        },
                        _ => None,
                    },
                    _ => None,
                },
                _ => None,
            };
            match name {
                Some((call, name)) => {
                    let target = Target::Batch(table.clone());
                    directive::effects(&name, call, &target, &mut self.effects);
                }
                None => self.statement(statement),
            }
        }
    }

    fn opaque(&mut self, reason: &str, range: TextRange) {
        self.effects.push(Effect::opaque(reason, range));
    }
}

fn range(node: &impl Ranged) -> TextRange {
    TextRange::new(usize::from(node.start()), usize::from(node.end()))
}
