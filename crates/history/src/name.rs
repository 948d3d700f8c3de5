//! Identifiers of revisions and branches.

use std::fmt;
use std::sync::Arc;

/// The identifier of a revision: what the module assigns to `revision`.
///
/// Any string Python would accept; Alembic's rules for its characters are checked by
/// [`RevisionId::forbidden_character`]. Cloning is cheap.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RevisionId(Arc<str>);

impl RevisionId {
    /// The identifier with this text.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first character that Alembic refuses in a revision identifier, if there is one: `@`, `-`
    /// and `+`, and since 1.17.1 `:` (`alembic.script.revision._revision_illegal_chars`).
    pub fn forbidden_character(&self) -> Option<char> {
        self.0
            .chars()
            .find(|character| matches!(character, '@' | '-' | '+' | ':'))
    }
}

impl fmt::Display for RevisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for RevisionId {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl std::borrow::Borrow<str> for RevisionId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// A symbolic name for a lineage, as declared in `branch_labels`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BranchLabel {
    /// A label whose text is known.
    Named(Arc<str>),
    /// A label given by an expression whose value cannot be read (`cli.EXPAND_BRANCH`); it holds the
    /// expression's source. It marks its lineage, but nothing can name it.
    Unreadable(Arc<str>),
}

impl BranchLabel {
    /// The label `text`.
    pub fn named(text: impl Into<Arc<str>>) -> Self {
        Self::Named(text.into())
    }

    /// Its text, where it is known.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Named(name) => Some(name),
            Self::Unreadable(_) => None,
        }
    }
}

impl fmt::Display for BranchLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(text) | Self::Unreadable(text) => f.write_str(text),
        }
    }
}
