//! Who wrote a file, and when.

use std::path::Path;

use super::command::GitError;
use super::repository::Repository;

/// The author of the commit that added a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorship {
    /// The name.
    pub author: String,
    /// The day, as `2026-06-01`.
    pub date: String,
}

impl Repository {
    /// Who added `file`; `None` where no commit below `HEAD` has it.
    pub fn authorship(&self, file: &Path) -> Result<Option<Authorship>, GitError> {
        let Ok(inside) = file.strip_prefix(&self.root) else {
            return Ok(None);
        };
        self.source.authorship(inside)
    }
}
