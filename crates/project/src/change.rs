//! What is to be written.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// One file before and after: the only thing this program ever writes.
///
/// A side that is `None` means that there is no file, so creation and deletion are changes too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The file; a symbolic link is written through, and stays a link.
    pub path: PathBuf,
    /// Its content when it was read.
    pub before: Option<Vec<u8>>,
    /// Its content afterwards.
    pub after: Option<Vec<u8>>,
}

impl Change {
    /// Other content for a file that exists.
    pub fn edit(
        path: impl Into<PathBuf>,
        before: impl Into<Vec<u8>>,
        after: impl Into<Vec<u8>>,
    ) -> Self {
        Self {
            path: path.into(),
            before: Some(before.into()),
            after: Some(after.into()),
        }
    }

    /// A new file. Its directory exists.
    pub fn create(path: impl Into<PathBuf>, content: impl Into<Vec<u8>>) -> Self {
        Self {
            path: path.into(),
            before: None,
            after: Some(content.into()),
        }
    }

    /// The end of a file. Of a symbolic link the link goes, what it points at stays.
    pub fn delete(path: impl Into<PathBuf>, content: impl Into<Vec<u8>>) -> Self {
        Self {
            path: path.into(),
            before: Some(content.into()),
            after: None,
        }
    }

    /// The change that takes this one back.
    #[must_use]
    pub fn inverse(&self) -> Self {
        Self {
            path: self.path.clone(),
            before: self.after.clone(),
            after: self.before.clone(),
        }
    }

    /// Does it leave the file as it is?
    pub fn is_empty(&self) -> bool {
        self.before == self.after
    }
}

/// The changes that are written together or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeSet {
    /// The command the change was made by, as a person would name it: `fix`.
    pub command: String,
    /// At most one for each file.
    pub changes: Vec<Change>,
    /// Why, in words, for those files of which there is something to say.
    pub reasons: BTreeMap<PathBuf, String>,
}

impl ChangeSet {
    /// The changes of one command.
    pub fn new(command: impl Into<String>, changes: Vec<Change>) -> Self {
        Self {
            command: command.into(),
            changes,
            reasons: BTreeMap::new(),
        }
    }

    /// The same with reasons, which the journal keeps.
    #[must_use]
    pub fn with_reasons(mut self, reasons: BTreeMap<PathBuf, String>) -> Self {
        self.reasons = reasons;
        self
    }

    /// The changes that take these back.
    #[must_use]
    pub fn inverse(&self) -> Self {
        Self {
            command: self.command.clone(),
            changes: self.changes.iter().rev().map(Change::inverse).collect(),
            reasons: self.reasons.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Change, ChangeSet};

    #[test]
    fn the_inverse_of_the_inverse_is_the_change() {
        let set = ChangeSet::new(
            "fix",
            vec![
                Change::edit("a.py", "1", "2"),
                Change::create("b.py", "3"),
                Change::delete("c.py", "4"),
            ],
        );
        assert_eq!(set.inverse().changes[0], Change::create("c.py", "4"));
        assert_eq!(set.inverse().changes[1], Change::delete("b.py", "3"));
        assert_eq!(set.inverse().inverse(), set);
    }
}
