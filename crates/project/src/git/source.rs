//! Where refs, commits and trees come from.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use super::authorship::Authorship;
use super::command::GitError;
use super::object::{Object, ObjectId};
use super::ours::FirstSeen;
use super::refs::{Ref, Remotes};

/// Everything that is asked of git. The program answers for real repositories; a test may answer from
/// memory, so that what follows from the answers can be tried on any number of histories.
///
/// Paths are relative to the root of the work tree.
pub trait Source: fmt::Debug + Send + Sync {
    /// The object of this name (`HEAD^{commit}`, an id); `None` where there is none, or where a partial
    /// clone has not fetched it.
    fn object(&self, name: &str) -> Result<Option<Object>, GitError>;

    /// The objects of these names, in their order.
    fn objects(&self, ids: &[ObjectId]) -> Result<Vec<Option<Object>>, GitError> {
        ids.iter().map(|id| self.object(id.as_str())).collect()
    }

    /// All refs under heads, remotes and tags, sorted by name.
    fn refs(&self) -> Result<Vec<Ref>, GitError>;

    /// What the configuration says of remotes.
    fn remotes(&self) -> Result<Remotes, GitError>;

    /// The names of the refs that lie beside a commit.
    fn refs_beside(&self, commit: &ObjectId, how: Beside) -> Result<BTreeSet<String>, GitError>;

    /// What refs pointed to, now and before, with the full name of each.
    fn earlier_values(&self, names: &[&str]) -> Result<Vec<(String, ObjectId)>, GitError>;

    /// The Python files that commits of any branch, local or remote, or of `HEAD` added in `locations`.
    fn added_files(&self, locations: &[PathBuf]) -> Result<Vec<FirstSeen>, GitError>;

    /// The Python files in `locations` that commits at or before `starts` changed or removed.
    fn changes(&self, starts: &[ObjectId], locations: &[PathBuf])
    -> Result<Vec<Changed>, GitError>;

    /// Who added `file`; `None` where no commit below `HEAD` has it.
    fn authorship(&self, file: &Path) -> Result<Option<Authorship>, GitError>;

    /// The best common ancestors of `one` and of a merge of `others`.
    fn merge_bases(&self, one: &ObjectId, others: &[ObjectId]) -> Result<Vec<ObjectId>, GitError>;
}

/// A file that a commit changed or removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// When it was committed: seconds since 1970.
    pub committed: i64,
    /// The file, relative to the root.
    pub path: PathBuf,
    /// What it was before.
    pub before: ObjectId,
    /// Whether it was removed.
    pub is_gone: bool,
}

/// How a ref lies beside a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    /// The commit is not in its history.
    NotContaining,
    /// It is not in the commit's history.
    NotMerged,
}
