//! Alembic environments on disk.
//!
//! The reading half: [`discover`] finds the Alembic environments that a request is about, from
//! `alembic.ini` and `pyproject.toml` as Alembic itself would read them, without importing any
//! Python; [`Environment::revision_files`] lists the files Alembic would load, in its order;
//! [`read_all`] reads them in parallel. Everything is read through a [`Tree`], so the same code
//! serves the work tree and a commit.
//!
//! ```no_run
//! use rechain_project::{Request, WorkTree, discover, read_all};
//!
//! let request = Request { cwd: "/srv/shop".into(), ..Request::default() };
//! for environment in discover(&request, &WorkTree)? {
//!     let found = environment.revision_files(&WorkTree)?;
//!     let texts = read_all(&found.files, &WorkTree);
//!     println!("{}: {} revisions", environment.name, texts.len());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What this crate does not do: parse revision files, or know what a revision graph is.

#![allow(
    clippy::disallowed_methods,
    reason = "this crate is the one that touches files and processes"
)]

mod config;
mod discover;
mod discover_error;
mod environment;
mod ignored;
pub mod ini;
mod interpolation;
mod locations;
mod paths;
mod position;
mod pyproject;
mod python_text;
mod read_all;
mod resolve;
mod revision_files;
mod settings;
mod suggestion;
mod tree;
mod walk;

pub use config::ConfigError;
pub use discover::{Request, discover};
pub use discover_error::DiscoverError;
pub use environment::{Environment, EnvironmentKind, RelativeTo};
pub use position::Position;
pub use pyproject::TomlError;
pub use read_all::read_all;
pub use revision_files::{ListError, RevisionFile, RevisionFileKind, RevisionFiles};
pub use settings::{Applied, Dialect, Placement, Settings, SettingsError, Upgrade};
pub use tree::{Entry, EntryKind, Tree, WorkTree};
