//! What is this branch's own, and what other branches carry too.

use std::path::Path;

use super::command::GitError;
use super::commit::Commit;
use super::object::ObjectId;
use super::ref_history::RefHistory;
use super::refs::Ref;
use super::source::Beside;

/// Another branch that does not have what is checked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carrier {
    /// How it is shown: `origin/feature-a`.
    pub shown: String,
    /// Its tip.
    pub tip: Commit,
}

/// A file as some commit added it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstSeen {
    /// Its content.
    pub blob: ObjectId,
    /// Its base name.
    pub file_name: String,
    /// When the commit was authored: seconds since 1970.
    pub authored: i64,
}

impl RefHistory {
    /// The local and remote branches without `HEAD`: not those that databases follow, nor this
    /// branch as it lies on a remote.
    pub fn carriers(&self) -> Result<Vec<Carrier>, GitError> {
        let Some(head) = &self.head else {
            return Ok(Vec::new());
        };
        let without = self
            .repository
            .source
            .refs_beside(&head.id, Beside::NotContaining)?;
        let is_own = |it: &Ref| {
            let branch = self.branch.as_deref();
            branch.is_some_and(|own| it.shown() == own || it.shown().ends_with(&format!("/{own}")))
        };
        let mut carriers = Vec::new();
        for found in self.refs.iter().filter(|it| without.contains(&it.name)) {
            if found.is_tag() {
                continue;
            }
            let is_published = self.published.iter().any(|it| it.tip == found.target);
            if found.symbolic.is_some() || is_own(found) || is_published {
                continue;
            }
            if let Some(tip) = self.commit(&found.target)? {
                carriers.push(Carrier {
                    shown: found.shown().to_owned(),
                    tip,
                });
            }
        }
        Ok(carriers)
    }

    /// The Python files that commits outside of the published refs added in `locations`.
    pub fn first_seen(&self, locations: &[&Path]) -> Result<Vec<FirstSeen>, GitError> {
        if self.head.is_none() {
            return Ok(Vec::new());
        }
        let inside = self.repository.inside(locations.iter().copied());
        self.repository.source.added_files(&inside)
    }
}
