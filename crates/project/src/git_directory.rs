//! Which git directory owns a file.

use std::fs;
use std::path::{Path, PathBuf};

use crate::paths::real_path;

/// The work tree that holds `start` and its own git directory, found the way git finds them.
///
/// In a linked work tree or a submodule `.git` is a file that names the directory
/// (`gitdir: PATH`, relative to the file; gitrepository-layout(5)). As git does, a `.git` directory
/// without a `HEAD` is passed over.
pub fn git_directory(start: &Path) -> Option<(PathBuf, PathBuf)> {
    let start = real_path(start).ok()?;
    start.ancestors().find_map(|work_tree| {
        let git = named_git_directory(work_tree)?;
        // `HEAD` may be a symbolic link to a branch that has no commit yet.
        fs::symlink_metadata(git.join("HEAD")).ok()?;
        Some((work_tree.to_path_buf(), git))
    })
}

fn named_git_directory(work_tree: &Path) -> Option<PathBuf> {
    let dot_git = work_tree.join(".git");
    if fs::metadata(&dot_git).ok()?.is_dir() {
        return Some(dot_git);
    }
    let content = fs::read(&dot_git).ok()?;
    let name = content.strip_prefix(b"gitdir:")?.trim_ascii();
    real_path(work_tree.join(path_from_bytes(name)?)).ok()
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps, reason = "it may fail elsewhere")]
pub(crate) fn path_from_bytes(bytes: &[u8]) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    Some(PathBuf::from(std::ffi::OsStr::from_bytes(bytes)))
}

#[cfg(not(unix))]
pub(crate) fn path_from_bytes(bytes: &[u8]) -> Option<PathBuf> {
    std::str::from_utf8(bytes).ok().map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::git_directory;
    use crate::paths::real_path;

    #[test]
    fn a_directory_or_a_file_that_names_one() {
        let place = tempfile::tempdir().unwrap();
        let root = real_path(place.path()).unwrap();
        let versions = root.join("app/alembic/versions");
        fs::create_dir_all(&versions).unwrap();
        fs::create_dir_all(root.join(".git/modules/app")).unwrap();
        assert_eq!(
            git_directory(&versions),
            None,
            "a .git without HEAD is none"
        );

        fs::write(root.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
        assert_eq!(
            git_directory(&versions),
            Some((root.clone(), root.join(".git")))
        );

        fs::write(root.join(".git/modules/app/HEAD"), "ref: refs/heads/main\n").unwrap();
        fs::write(root.join("app/.git"), "gitdir: ../.git/modules/app\n").unwrap();
        let module = root.join(".git/modules/app");
        assert_eq!(git_directory(&versions), Some((root.join("app"), module)));

        fs::write(root.join("app/.git"), "gitdir: ../gone\n").unwrap();
        assert_eq!(
            git_directory(&versions),
            Some((root.clone(), root.join(".git")))
        );
    }
}
