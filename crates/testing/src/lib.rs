//! Set-up of the programs rechain is tested against: real Alembic on CPython, a real PostgreSQL, a real MariaDB, and
//! the migration histories of published packages.
//!
//! Nothing here is part of the tool. Everything is fetched on first use into the workspace's `target/`, pinned by
//! hash (MariaDB excepted, which is as new as the system's own), and a test that cannot have its reference fails with a message that says what is missing: it never passes
//! by being skipped.
//!
//! ```no_run
//! use rechain_testing::alembic::{Environment, Job, run};
//! use rechain_testing::postgres;
//!
//! let job = Job {
//!     environment: Environment::Project("examples/leadgen/backend".into()),
//!     url: postgres::server().create_database(),
//!     commands: vec![vec!["upgrade".into(), "head".into()]],
//! };
//! let outcome = &run(&[job])[0];
//! assert_eq!(outcome.error(), None);
//! ```
#![allow(
    clippy::disallowed_methods,
    reason = "test support: it prepares files and starts the reference programs"
)]

pub mod alembic;
pub mod corpus;
pub mod fixture;
pub mod generated;
pub mod git;
mod keeper;
pub mod mariadb;
pub mod postgres;
pub mod random;
pub mod reference;
pub mod sources;
pub mod terminal;
mod workspace;

pub use workspace::{root, target};
