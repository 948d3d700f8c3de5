//! Text to syntax tree.

use rustpython_parser::{Parse, ast};

/// Why a text has no syntax tree.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub(crate) struct SyntaxError {
    message: String,
}

/// The statements of a module.
pub(crate) fn parse_module(text: &str) -> Result<Vec<ast::Stmt>, SyntaxError> {
    ast::Suite::parse(text, "<revision>").map_err(|error| SyntaxError {
        message: error.to_string(),
    })
}
