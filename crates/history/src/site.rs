//! Where in a module the identifiers stand that a new parent changes.
//!
//! The reader of modules finds these places and the rewriter edits them; neither knows the other.

use crate::name::RevisionId;
use crate::text::TextRange;

/// The places of one module that a change of parents touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReparentSites {
    /// The value of `down_revision`.
    pub down_revision: ValueSite,
    /// A string literal of the module whose quotes are the file's own way: that of `revision`.
    pub model_literal: Option<TextRange>,
    /// The ids behind `Revises:` in the docstring, without the blanks around them; empty, and at the
    /// place where they would stand, where the line names none.
    pub revises: Option<TextRange>,
}

/// The places of one module where ids are written, its own and those it names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IdentifierSites {
    /// The value of `revision`; `None` where the file name is the id.
    pub revision: Option<ValueSite>,
    /// The value of `down_revision`.
    pub down_revision: Option<ValueSite>,
    /// The value of `depends_on`.
    pub depends_on: Option<ValueSite>,
    /// The id behind `Revision ID:` in the docstring.
    pub revision_id: Option<TextRange>,
    /// The ids behind `Revises:` in the docstring, as in [`ReparentSites::revises`].
    pub revises: Option<TextRange>,
}

/// Where the value of `down_revision` is written, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueSite {
    /// The value is a literal of its own: it is edited in place.
    Literal {
        /// The whole value, parentheses of a tuple included, those around a single value not.
        range: TextRange,
        /// How it is written.
        shape: ValueShape,
    },
    /// The value is shared with another name (`down_revision = depends_on = None`), so it cannot be
    /// edited where it stands; a statement of its own is put at this offset, where the statement
    /// that gives the value ends.
    Shared {
        /// The end of that statement.
        statement_end: usize,
    },
}

/// How a `down_revision` is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueShape {
    /// `None`.
    None,
    /// One string: a single literal, or several that are concatenated.
    Text,
    /// A tuple, list or set of strings.
    Sequence {
        /// The offset at which a first element would be written: behind the bracket. `None` for a
        /// tuple without parentheses, which ends with its line.
        inside: Option<usize>,
        /// Whether a single element needs a comma behind it (a tuple).
        is_tuple: bool,
        /// The elements, in order.
        elements: Vec<ElementSite>,
    },
}

/// One element of a tuple, list or set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElementSite {
    /// The id it holds.
    pub id: RevisionId,
    /// The literal.
    pub range: TextRange,
    /// The comma behind it, where there is one.
    pub comma: Option<TextRange>,
}
