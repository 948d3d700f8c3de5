//! Alembic environments on disk.
//!
//! # Writing
//!
//! A [`Change`] is the only thing that is ever written. [`write()`] puts a whole [`ChangeSet`] on disk or
//! nothing of it, remembers it in a [`Journal`] first, and so [`undo`] can take it back and [`recover`]
//! can repair what a kill left half done.
//!
//! ```
//! use rechain_project::{Change, ChangeSet, Journal, undo, write};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let project = tempfile::tempdir()?;
//! let versions = project.path().join("versions");
//! let revision = versions.join("1a2b_users.py");
//! std::fs::create_dir(&versions)?;
//! std::fs::write(&revision, "down_revision = None\n")?;
//!
//! let journal = Journal::locate(&versions, project.path())?;
//! let change = Change::edit(&revision, "down_revision = None\n", "down_revision = '0f1e'\n");
//! write(&ChangeSet::new("fix", vec![change]), &journal)?;
//! assert_eq!(std::fs::read_to_string(&revision)?, "down_revision = '0f1e'\n");
//!
//! undo(&journal)?;
//! assert_eq!(std::fs::read_to_string(&revision)?, "down_revision = None\n");
//! # Ok(())
//! # }
//! ```
#![allow(
    clippy::disallowed_methods,
    reason = "this crate is the one that touches files and processes"
)]

mod bytecode;
mod change;
mod entry;
mod file_system;
mod git_directory;
mod journal;
mod lock;
mod manifest;
mod recorded;
mod recover;
mod transition;
mod undo;
mod write;

pub use change::{Change, ChangeSet};
pub use git_directory::git_directory;
pub use journal::{Journal, JournalError};
pub use lock::LockError;
pub use recover::{Interrupted, Outcome, Pending, RecoverError, Recovered, pending, recover};
pub use undo::{How, UndoError, Undone, undo};
pub use write::{WriteError, Written, write};

#[cfg(test)]
mod faults;
#[cfg(test)]
mod kill_tests;
