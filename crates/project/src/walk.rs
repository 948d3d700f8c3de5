//! The directories below a directory in which environments are worth looking for.

use std::path::{Path, PathBuf};

use crate::{DiscoverError, EntryKind, Tree};

/// `root` and the directories below it, sorted by path. Left out, with all below them: hidden
/// directories, `node_modules`, virtual environments, what git ignores, and what links lead to.
pub(crate) fn directories_below(
    root: &Path,
    tree: &dyn Tree,
) -> Result<Vec<PathBuf>, DiscoverError> {
    let mut found = vec![root.to_path_buf()];
    let mut level = vec![root.to_path_buf()];
    while !level.is_empty() {
        let mut next = Vec::new();
        for directory in &level {
            let entries = match tree.list(directory) {
                Ok(entries) => entries,
                Err(error) if directory == root => {
                    return Err(DiscoverError::Unreadable {
                        path: root.to_path_buf(),
                        error,
                    });
                }
                // Somebody else's directory: nothing of this project.
                Err(_) => continue,
            };
            let directories = entries.into_iter().filter(|entry| {
                entry.kind == EntryKind::Directory
                    && !entry.name.as_encoded_bytes().starts_with(b".")
                    && entry.name != "node_modules"
                    && entry.name != "__pycache__"
            });
            let paths = directories.map(|entry| directory.join(entry.name));
            next.extend(paths.filter(|path| !tree.is_file(&path.join("pyvenv.cfg"))));
        }
        if !next.is_empty() {
            let mut ignored = tree.ignored(&next).into_iter();
            next.retain(|_| !ignored.next().unwrap_or(false));
        }
        found.extend(next.iter().cloned());
        level = next;
    }
    found.sort();
    Ok(found)
}
