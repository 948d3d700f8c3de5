//! Whether a revision does nothing at all, as a merge revision that `alembic merge` wrote.

use rustpython_parser::ast::{Constant, Expr, Stmt};

use crate::syntax::parse_module;

/// Whether neither `upgrade()` nor `downgrade()` does anything, and nothing else in the module could.
///
/// Only what plainly does nothing counts: `pass`, `...`, a docstring, a bare `return`, and beside the two
/// functions imports and the assignment of literals. A text that cannot be parsed is not empty.
///
/// ```
/// use rechain_parser::does_nothing;
///
/// assert!(does_nothing("revision = 'm'\n\ndef upgrade():\n    pass\n\ndef downgrade():\n    pass\n"));
/// assert!(!does_nothing("def upgrade():\n    op.drop_table('t')\n"));
/// ```
pub fn does_nothing(text: &str) -> bool {
    parse_module(text).is_ok_and(|body| body.iter().all(is_inert))
}

fn is_inert(statement: &Stmt) -> bool {
    match statement {
        Stmt::Import(_) | Stmt::ImportFrom(_) | Stmt::Pass(_) => true,
        Stmt::Expr(statement) => matches!(&*statement.value, Expr::Constant(_)),
        Stmt::Assign(statement) => is_literal(&statement.value),
        Stmt::AnnAssign(statement) => statement.value.as_deref().is_none_or(is_literal),
        Stmt::FunctionDef(function) => {
            let is_entry = matches!(function.name.as_str(), "upgrade" | "downgrade");
            is_entry && function.decorator_list.is_empty() && function.body.iter().all(is_idle)
        }
        _ => false,
    }
}

fn is_idle(statement: &Stmt) -> bool {
    match statement {
        Stmt::Pass(_) => true,
        Stmt::Expr(statement) => matches!(&*statement.value, Expr::Constant(_)),
        Stmt::Return(statement) => match statement.value.as_deref() {
            None => true,
            Some(Expr::Constant(constant)) => constant.value == Constant::None,
            Some(_) => false,
        },
        _ => false,
    }
}

fn is_literal(value: &Expr) -> bool {
    match value {
        Expr::Constant(_) => true,
        Expr::Tuple(node) => node.elts.iter().all(is_literal),
        Expr::List(node) => node.elts.iter().all(is_literal),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::does_nothing;

    #[test]
    fn what_alembic_merge_writes_does_nothing() {
        assert!(does_nothing(
            "\"\"\"merge heads\n\nRevises: a, b\n\"\"\"\nfrom typing import Sequence, Union\nfrom alembic import op\n\
             revision: str = 'm'\ndown_revision: Union[str, Sequence[str], None] = ('a', 'b')\n\
             def upgrade() -> None:\n    \"\"\"Upgrade schema.\"\"\"\n    pass\n\n\
             def downgrade() -> None:\n    ...\n    return None\n"
        ));
    }

    #[test]
    fn anything_that_could_do_something_counts() {
        for text in [
            "def upgrade():\n    op.f('x')\n",
            "def upgrade():\n    pass\nprint('x')\n",
            "def upgrade():\n    return f()\n",
            "@d\ndef upgrade():\n    pass\n",
            "revision = f()\ndef upgrade():\n    pass\n",
            "class A:\n    pass\n",
            "def upgrade(:\n",
        ] {
            assert!(!does_nothing(text), "{text}");
        }
    }
}
