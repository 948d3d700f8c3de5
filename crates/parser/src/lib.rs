//! Reads Alembic revision modules without running them.
//!
//! [`Source`] turns the bytes of a file into text and edits back into bytes; [`read_module`] takes
//! the identifiers and the docstring from the text, each with its place. Nothing here knows of
//! graphs, files or git.
//!
//! ```
//! use rechain_history::Parents;
//!
//! let text = "revision = '5a1c2e3d4f56'\ndown_revision: str | None = \"137b19ac6ef3\"\n";
//! let module = rechain_parser::read_module(text, "add_documents.py").unwrap();
//! assert_eq!(module.parents, Parents::Known(vec!["137b19ac6ef3".into()]));
//! assert_eq!(module.down_revision_range.of(text), "\"137b19ac6ef3\"");
//! ```

mod body;
mod effects;
mod emptiness;
mod evaluate;
mod module;
mod operations;
mod scan;
mod source;
mod sql;
mod surroundings;
mod syntax;
#[cfg(test)]
mod testing;

pub use body::body;
pub use effects::{Direction, downgrade_effects, effects_within, upgrade_effects};
pub use emptiness::does_nothing;
pub use module::{
    Docstring, IdentifierName, IdentifierProblem, Module, identifier_sites, read_module,
};
pub use operations::known_directives;
pub use source::{DecodeError, EncodeError, Source};
pub use sql::{known_commands, known_definitions};
pub use surroundings::{Alone, ModuleSource, Surroundings};
pub use syntax::{LARGEST_MODULE, SyntaxError};
