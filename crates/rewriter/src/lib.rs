//! The smallest edits that give a revision module other parents, and how they read as a diff.
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

mod diff;
mod edit;
mod literal;
mod rename;
mod reparent;
mod sequence;

pub use diff::{DiffLine, Hunk, hunks};
pub use edit::{TextEdit, TextEdits};
pub use rename::{Renaming, rename};
pub use reparent::reparent;
