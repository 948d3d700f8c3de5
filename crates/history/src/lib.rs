//! The vocabulary of Alembic histories and their graph.
//!
//! This crate knows what a revision is, how revisions are linked, and what can be wrong with the
//! links. It follows Alembic's own rules (`alembic.script.revision`) and its words: heads, bases,
//! branch points, merge points, branch labels. It reads no files and knows nothing of Python.
//!
//! ```
//! use rechain_history::{Graph, Expectations, Parents, Place, FileId, Problem, Revision, TextRange};
//!
//! let revision = |id: &str, parents: &[&str]| Revision {
//!     id: id.into(),
//!     parents: Parents::Known(parents.iter().map(|&parent| parent.into()).collect()),
//!     dependencies: vec![],
//!     has_computed_dependencies: false,
//!     branch_labels: vec![],
//!     title: String::new(),
//!     place: Place { file: FileId(0), range: TextRange::empty(0) },
//!     down_revision_place: Place { file: FileId(0), range: TextRange::empty(0) },
//! };
//! let graph = Graph::new(
//!     vec![revision("a", &[]), revision("b", &["a"]), revision("c", &["a"])],
//!     &Expectations::default(),
//! );
//! assert_eq!(graph.heads().count(), 2);
//! assert!(matches!(graph.problems(), [Problem::MultipleHeads { .. }]));
//! ```

mod building;
mod cycle;
mod dialect;
mod divergence;
mod effect;
mod graph;
mod label;
mod lineage;
mod links;
mod name;
mod problem;
mod resolve;
mod revision;
mod roots;
mod site;
mod text;
mod traversal;

pub use dialect::{Dialect, Dialects};
pub use divergence::{Difference, Divergence};
pub use effect::{
    Action, Certainty, ConstraintKind, Effect, EffectKind, Property, QualifiedName, SchemaObject,
    TableName,
};
pub use graph::{Expectations, Graph, RevIndex};
pub use lineage::{Lineage, lineages};
pub use name::{BranchLabel, RevisionId};
pub use problem::Problem;
pub use resolve::{ResolveError, resolve};
pub use revision::{Parents, Revision};
pub use site::{ElementSite, IdentifierSites, ReparentSites, ValueShape, ValueSite};
pub use text::{FileId, Place, TextRange};
pub use traversal::{history_order, upgrade_order, upgrade_order_to};
