//! What git is in the middle of.

use std::fs;
use std::path::Path;

use super::command::GitError;
use super::repository::Repository;

/// Something git has begun and waits to go on with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// `git merge`.
    Merge,
    /// `git rebase`.
    Rebase {
        /// What it is rebased onto: an id.
        onto: Option<String>,
        /// The branch that is rebased (`refs/heads/feature`).
        branch: Option<String>,
    },
    /// `git am`.
    ApplyMailbox,
    /// `git cherry-pick`.
    CherryPick,
    /// `git revert`.
    Revert,
}

impl Operation {
    /// What it is called.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::Rebase { .. } => "rebase",
            Self::ApplyMailbox => "am",
            Self::CherryPick => "cherry-pick",
            Self::Revert => "revert",
        }
    }

    /// The command that goes on with it, once everything is added.
    pub fn continuation(&self) -> &'static str {
        match self {
            Self::Merge => "git commit",
            Self::Rebase { .. } => "git rebase --continue",
            Self::ApplyMailbox => "git am --continue",
            Self::CherryPick => "git cherry-pick --continue",
            Self::Revert => "git revert --continue",
        }
    }
}

impl Repository {
    /// What git is in the middle of, if anything.
    pub fn operation(&self) -> Result<Option<Operation>, GitError> {
        if let Some(rebase) = rebase_in(&self.git_directory) {
            return Ok(Some(rebase));
        }
        // Asked of git, since not every ref backend keeps them as files.
        let is_set = |name: &str| Ok::<_, GitError>(self.commit(name)?.is_some());
        Ok(if is_set("MERGE_HEAD")? {
            Some(Operation::Merge)
        } else if is_set("CHERRY_PICK_HEAD")? {
            Some(Operation::CherryPick)
        } else if is_set("REVERT_HEAD")? {
            Some(Operation::Revert)
        } else {
            None
        })
    }

    /// The local branches that are being rebased, in this work tree or another one.
    pub(super) fn rebased_branches(&self) -> Vec<String> {
        let mut directories = vec![self.common_directory.clone(), self.git_directory.clone()];
        let linked = fs::read_dir(self.common_directory.join("worktrees"));
        for entry in linked.into_iter().flatten().flatten() {
            directories.push(entry.path());
        }
        directories.sort();
        directories.dedup();
        let branches = directories.iter().filter_map(|it| match rebase_in(it) {
            Some(Operation::Rebase { branch, .. }) => branch,
            _ => None,
        });
        branches.collect()
    }
}

fn rebase_in(git: &Path) -> Option<Operation> {
    let line = |path: &Path| {
        let text = fs::read_to_string(path).ok()?;
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    };
    for name in ["rebase-merge", "rebase-apply"] {
        let directory = git.join(name);
        if !directory.is_dir() {
            continue;
        }
        if directory.join("applying").exists() {
            return Some(Operation::ApplyMailbox);
        }
        return Some(Operation::Rebase {
            onto: line(&directory.join("onto")),
            branch: line(&directory.join("head-name")),
        });
    }
    None
}
