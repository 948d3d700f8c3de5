//! What a revision module says of itself: identifiers and docstring, each with its place.

mod binding;
mod docstring;
mod header;
mod identifier;
mod plain;
mod side_effect;
mod value;

use rechain_history::{
    BranchLabel, FileId, IdentifierSites, Parents, Place, ReparentSites, Revision, RevisionId,
    TextRange,
};

pub use docstring::Docstring;
pub use identifier::{IdentifierName, IdentifierProblem};

use crate::syntax::SyntaxError;

/// A revision module, as far as its links are concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// The identifier and its place, where it can be read.
    pub revision: Option<(RevisionId, TextRange)>,
    /// The parents; computed where the value cannot be read or is missing.
    pub parents: Parents,
    /// The place of the value of `down_revision`, or an empty range where there is none.
    pub down_revision_range: TextRange,
    /// The labels it declares.
    pub branch_labels: Vec<BranchLabel>,
    /// What it depends on, as written.
    pub dependencies: Vec<String>,
    /// Whether `depends_on` holds more than can be read.
    pub has_computed_dependencies: bool,
    /// The docstring.
    pub docstring: Option<Docstring>,
    /// What a change of parents would edit, where the parents can be read.
    pub sites: Option<ReparentSites>,
    /// What is wrong with the identifiers.
    pub problems: Vec<IdentifierProblem>,
    /// Why the module as a whole has no syntax tree, where only its header could be read.
    pub unreadable_body: Option<SyntaxError>,
}

impl Module {
    /// The revision for the graph; `None` where the identifier cannot be read.
    pub fn to_revision(&self, file: FileId) -> Option<Revision> {
        let (id, range) = self.revision.clone()?;
        Some(Revision {
            id,
            parents: self.parents.clone(),
            dependencies: self.dependencies.clone(),
            has_computed_dependencies: self.has_computed_dependencies,
            branch_labels: self.branch_labels.clone(),
            title: self
                .docstring
                .as_ref()
                .map(|doc| doc.title.clone())
                .unwrap_or_default(),
            place: Place { file, range },
            down_revision_place: Place {
                file,
                range: self.down_revision_range,
            },
        })
    }
}

/// Reads the identifiers of a revision module.
///
/// `text` is the decoded text with its byte order mark; `file_name` the base name of the file, which
/// gives the identifier of modules from Alembic 0.1 (hexadecimal digits, no `revision`).
///
/// The values are those Python would leave in the module's attributes: the last binding wins. What
/// is computed when the module runs is reported as such, never guessed. An error means that not even
/// the header could be read.
pub fn read_module(text: &str, file_name: &str) -> Result<Module, SyntaxError> {
    header::check(text)?;
    let sufficient = header::sufficient(text);
    if let Some(plain) = sufficient.and_then(plain::read) {
        return Ok(identifier::of_plain(text, file_name, &plain));
    }
    let header = header::parse(text, sufficient)?;
    Ok(identifier::of_header(text, file_name, &header))
}

/// Where a revision module writes ids: its own, and those it names.
///
/// `text` is as for [`read_module`]; an error means that not even the header could be read.
pub fn identifier_sites(text: &str) -> Result<IdentifierSites, SyntaxError> {
    header::check(text)?;
    let header = header::parse(text, header::sufficient(text))?;
    Ok(identifier::sites(text, &header))
}
