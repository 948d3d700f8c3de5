//! What git knows: commits, trees and refs, asked of the `git` program.
//!
//! Nothing here decides what is published; it says which refs databases may follow and why
//! ([`RefHistory`]), which commits may have been the tip of such a ref ([`RefHistory::followed`]), and
//! shows the files of any commit as a [`Tree`](crate::Tree) ([`CommitTree`]). Objects are read through
//! one `git cat-file --batch`, so the number of processes does not grow with the history. The network
//! is never used, but for [`Repository::fetch`]. All of it is asked through a [`Source`], which the `git`
//! program is, and which a test may be.

mod authorship;
pub(crate) mod command;
mod commit;
mod commit_tree;
mod lost;
mod object;
mod operation;
mod ours;
mod program;
mod ref_history;
mod refs;
mod repository;
mod source;
mod subject;
mod tips;
mod url;

pub use authorship::Authorship;
pub use command::GitError;
pub use commit::Commit;
pub use commit_tree::CommitTree;
pub use lost::Found;
pub use object::{Object, ObjectId};
pub use operation::Operation;
pub use ours::{Carrier, FirstSeen};
pub use ref_history::{BaseWish, PublishedRef, RefHistory, Why};
pub use refs::{Ref, Remote, Remotes};
pub use repository::Repository;
pub use source::{Beside, Changed, Source};
pub use tips::{Boundary, Followed};
