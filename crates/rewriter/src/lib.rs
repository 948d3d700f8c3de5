//! The smallest edits that give a revision module other parents, how they read as a diff, and the one file
//! that is written anew: a merge revision, from the project's own template.
//!
//! Pure text in, pure text out: the places come from whoever read the module, and nothing is written
//! here. Outside the edited ranges every byte stays.
//!
//! ```
//! use rechain_history::{ReparentSites, TextRange, ValueShape, ValueSite};
//!
//! let text = "down_revision = \"2dd19a2d0626\"  # pinned\n";
//! let sites = ReparentSites {
//!     down_revision: ValueSite::Literal { range: TextRange::new(16, 30), shape: ValueShape::Text },
//!     model_literal: None,
//!     revises: None,
//! };
//! let edits = rechain_rewriter::reparent(text, &sites, &["5a1c2e3d4f56".into()]);
//! assert_eq!(edits.apply(text), "down_revision = \"5a1c2e3d4f56\"  # pinned\n");
//! ```

mod create_date;
mod diff;
mod edit;
mod file_name;
mod literal;
mod rename;
mod reparent;
mod sequence;
mod template;

pub use create_date::CreateDate;
pub use diff::{DiffLine, Hunk, hunks};
pub use edit::{TextEdit, TextEdits};
pub use file_name::revision_file_name;
pub use rename::{Renaming, rename};
pub use reparent::reparent;
pub use template::{Databases, MergeRevision, TemplateError, fill_in};
