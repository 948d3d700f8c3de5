//! Alembic environments on disk.
//!
//! The reading half: [`discover`] finds the Alembic environments that a request is about, from
//! `alembic.ini` and `pyproject.toml` as Alembic itself would read them, without importing any
//! Python; [`Environment::revision_files`] lists the files Alembic would load, in its order;
//! [`read_each`] reads them in parallel. Everything is read through a [`Tree`], so the same code
//! serves the work tree and a commit.
//!
//! ```no_run
//! use rechain_project::{Request, WorkTree, discover, read_each};
//!
//! let request = Request { cwd: "/srv/shop".into(), ..Request::default() };
//! for environment in discover(&request, &WorkTree)? {
//!     let found = environment.revision_files(&WorkTree)?;
//!     let sizes = read_each(found.files, &WorkTree, 1 << 20, |_, _, bytes| {
//!         bytes.map_or(0, <[u8]>::len)
//!     });
//!     println!("{}: {} revisions", environment.name, sizes.len());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What this crate does not do: parse revision files, or know what a revision graph is.
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

mod boundary;
mod bytecode;
mod change;
mod config;
mod discover;
mod discover_error;
mod elsewhere;
mod entry;
mod environment;
mod file_system;
pub mod git;
mod git_directory;
mod git_lock;
mod head_file;
mod ignored;
pub mod ini;
mod interpolation;
mod journal;
mod letter_case;
mod locations;
mod lock;
mod manifest;
mod overlay;
mod paths;
mod patience;
mod position;
mod pyproject;
mod python_text;
mod read_each;
mod recorded;
mod recover;
mod resolve;
mod revision_files;
mod settings;
mod suggestion;
mod transition;
mod tree;
mod undo;
mod walk;
mod windows_names;
mod witness;
mod write;

pub use change::{Change, ChangeSet};
pub use config::ConfigError;
pub use discover::{Request, discover};
pub use discover_error::DiscoverError;
pub use elsewhere::Configured;
pub use environment::{Environment, EnvironmentKind, RelativeTo};
pub use git_directory::git_directory;
pub use head_file::{HeadFile, HeadRole};
pub use journal::{Journal, JournalError};
pub use letter_case::{CaseClash, case_clash, folded, is_in_small_letters};
pub use lock::LockError;
pub use overlay::Overlay;
pub use paths::real_path;
pub use patience::is_in_use;
pub use position::Position;
pub use pyproject::TomlError;
pub use read_each::read_each;
pub use recover::{Interrupted, Outcome, Pending, RecoverError, Recovered, pending, recover};
pub use revision_files::{ListError, RevisionFile, RevisionFileKind, RevisionFiles};
pub use settings::{Applied, Dialect, Placement, Settings, SettingsError, Upgrade};
pub use tree::{Entry, EntryKind, Tree, WorkTree};
pub use undo::{How, UndoError, Undone, undo};
pub use witness::Witness;
pub use write::{WriteError, Written, write, write_if_unchanged};

#[cfg(test)]
mod faults;
#[cfg(test)]
mod kill_tests;
