//! The directories below a directory in which environments are worth looking for.

use std::path::{Path, PathBuf};

use crate::{DiscoverError, Entry, EntryKind, Tree};

/// A directory with something in it that an environment may be made of.
pub(crate) struct Place {
    pub(crate) path: PathBuf,
    /// It holds an `alembic.ini` or a `pyproject.toml`.
    pub(crate) may_configure: bool,
    /// It holds an `env.py`.
    pub(crate) has_env: bool,
}

/// The places in `root` and below it, sorted by path. Left out, with all below them: hidden
/// directories, `node_modules`, virtual environments, what git ignores, and what links lead to.
pub(crate) fn places_below(root: &Path, tree: &dyn Tree) -> Result<Vec<Place>, DiscoverError> {
    let mut found = Vec::new();
    let mut level = vec![root.to_path_buf()];
    while !level.is_empty() {
        let mut next = Vec::new();
        for directory in level {
            let entries = match tree.list(&directory) {
                Ok(entries) => entries,
                Err(error) if directory == root => {
                    return Err(DiscoverError::Unreadable {
                        path: directory,
                        error,
                    });
                }
                // Somebody else's directory: nothing of this project.
                Err(_) => continue,
            };
            let holds = |name: &str| entries.iter().any(|entry| entry.name == name);
            if holds("pyvenv.cfg") && directory != root {
                continue;
            }
            let below = entries.iter().filter(|entry| is_worth_a_look(entry));
            next.extend(below.map(|entry| directory.join(&entry.name)));
            let may_configure = holds("alembic.ini") || holds("pyproject.toml");
            let has_env = holds("env.py");
            if may_configure || has_env {
                found.push(Place {
                    path: directory,
                    may_configure,
                    has_env,
                });
            }
        }
        if !next.is_empty() {
            let mut ignored = tree.ignored(&next).into_iter();
            next.retain(|_| !ignored.next().unwrap_or(false));
        }
        level = next;
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn is_worth_a_look(entry: &Entry) -> bool {
    entry.kind == EntryKind::Directory
        && !entry.name.as_encoded_bytes().starts_with(b".")
        && entry.name != "node_modules"
        && entry.name != "__pycache__"
}
