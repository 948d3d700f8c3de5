//! What running a revision does to the schema.
//!
//! Text in, [`Effect`]s out, in the order in which they happen, each with the byte range of the call
//! that causes it. Nothing is imported or run: the module is read as a syntax tree and followed by an
//! abstract interpreter, over Alembic's own directives, `SQLAlchemy`'s Core and plain Python.
//!
//! A possible effect is never left out. What is not understood is an opaque effect with the reason;
//! what may or may not happen is [conditional](rechain_history::Certainty::Conditional).
//!
//! ```
//! let effects = rechain_parser::upgrade_effects(r#"
//! from alembic import op
//! import sqlalchemy as sa
//!
//! def upgrade():
//!     for table in ("users", "teams"):
//!         op.add_column(table, sa.Column("active", sa.Boolean()))
//! "#);
//! let shown: Vec<String> =
//!     effects.iter().filter_map(|e| e.known()).map(|(action, object)| format!("{action:?} {object}")).collect();
//! assert_eq!(shown, [
//!     "Require table users", "Create column users.active",
//!     "Require table teams", "Create column teams.active",
//! ]);
//! ```

pub(crate) mod dialects;

use rechain_history::Effect;
use rechain_history::TextRange;
use rustpython_parser::ast::{Ranged, Stmt};
use typed_arena::Arena;

use crate::evaluate::Interpreter;
use crate::surroundings::{Alone, Surroundings};
use crate::syntax::parse_module;

/// Which of a migration's functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// `upgrade()`
    Upgrade,
    /// `downgrade()`
    Downgrade,
}

/// The effects of `upgrade()`, and of what importing the module runs already, from its text alone.
///
/// With several databases (`upgrade(engine_name)` that calls `upgrade_<engine>` through `globals()`)
/// these are the effects of all `upgrade_*` functions. A text without a syntax tree, or without an
/// `upgrade` of its own, gives one opaque effect.
pub fn upgrade_effects(text: &str) -> Vec<Effect> {
    effects_within(text, Direction::Upgrade, &Alone)
}

/// The effects of `downgrade()`, as [`upgrade_effects`].
pub fn downgrade_effects(text: &str) -> Vec<Effect> {
    effects_within(text, Direction::Downgrade, &Alone)
}

/// The effects of a migration whose imports and files `surroundings` may give.
///
/// A migration that asks for the name of the dialect is followed once for each of them, and its effects say on which they happen.
pub fn effects_within(
    text: &str,
    direction: Direction,
    surroundings: &dyn Surroundings,
) -> Vec<Effect> {
    let entry = match direction {
        Direction::Upgrade => "upgrade",
        Direction::Downgrade => "downgrade",
    };
    let Ok(body) = parse_module(text) else {
        let whole = TextRange::new(0, text.len());
        return vec![Effect::opaque("the file cannot be parsed", whole)];
    };
    let run = |dialect| run(text, &body, entry, surroundings, dialect);
    run(None).unwrap_or_else(|| {
        dialects::run_each(text, |dialect| run(Some(dialect)).unwrap_or_default())
    })
}

/// One run. There is no answer where it asks for the name of the dialect and is not given it.
fn run(
    text: &str,
    body: &[Stmt],
    entry: &str,
    surroundings: &dyn Surroundings,
    dialect: Option<&'static str>,
) -> Option<Vec<Effect>> {
    let sources = Arena::new();
    let mut interpreter = Interpreter::new(text, surroundings, &sources, dialect);
    interpreter.run_module(body);
    let place = place_of(body, entry).unwrap_or(TextRange::empty(text.len()));
    match interpreter.module_value(entry) {
        Some(_) if dispatches(body, entry) => {
            let prefix = format!("{entry}_");
            for (name, function) in interpreter.module_functions() {
                if name.starts_with(&prefix) {
                    let place = place_of(body, &name).unwrap_or(place);
                    interpreter.run_entry(&function, place);
                }
            }
        }
        Some(function) => interpreter.run_entry(&function, place),
        None => interpreter.opaque(format!("no `{entry}` in this file"), place),
    }
    (!interpreter.asks_dialect).then(|| interpreter.into_effects())
}

/// Where the function `name` is defined.
fn place_of(body: &[Stmt], name: &str) -> Option<TextRange> {
    let def = body.iter().rev().find_map(|statement| match statement {
        Stmt::FunctionDef(def) if def.name.as_str() == name => Some(def),
        _ => None,
    })?;
    Some(TextRange::new(def.start().to_usize(), def.end().to_usize()))
}

/// Whether `entry` is only a dispatcher: `globals()["upgrade_%s" % engine_name]()`.
fn dispatches(body: &[Stmt], entry: &str) -> bool {
    use rustpython_parser::ast::Expr;
    let def = body.iter().rev().find_map(|statement| match statement {
        Stmt::FunctionDef(def) if def.name.as_str() == entry => Some(def),
        _ => None,
    });
    let Some(def) = def.filter(|def| def.decorator_list.is_empty()) else {
        return false;
    };
    let mut dispatches = false;
    for statement in &def.body {
        let Stmt::Expr(statement) = statement else {
            return false;
        };
        match &*statement.value {
            Expr::Constant(_) => {}
            Expr::Call(call) => {
                let Expr::Subscript(function) = &*call.func else {
                    return false;
                };
                let Expr::Call(globals) = &*function.value else {
                    return false;
                };
                let Expr::Name(name) = &*globals.func else {
                    return false;
                };
                if name.id.as_str() != "globals"
                    || !starts_with(&function.slice, &format!("{entry}_"), 0)
                {
                    return false;
                }
                dispatches = true;
            }
            _ => return false,
        }
    }
    dispatches
}

/// Whether the text that `expression` puts together begins with `prefix`.
fn starts_with(expression: &rustpython_parser::ast::Expr, prefix: &str, depth: usize) -> bool {
    use rustpython_parser::ast::{Constant, Expr};
    if depth > 20 {
        return false;
    }
    match expression {
        Expr::Constant(node) => {
            matches!(&node.value, Constant::Str(text) if text.starts_with(prefix))
        }
        Expr::BinOp(node) => starts_with(&node.left, prefix, depth + 1),
        Expr::JoinedStr(node) => node
            .values
            .first()
            .is_some_and(|first| starts_with(first, prefix, depth + 1)),
        Expr::Call(node) => match &*node.func {
            Expr::Attribute(method) if method.attr.as_str() == "format" => {
                starts_with(&method.value, prefix, depth + 1)
            }
            _ => false,
        },
        _ => false,
    }
}
