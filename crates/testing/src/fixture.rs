//! Fresh copies of committed projects, for tests that change them.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::workspace::root;

/// Copies a directory with everything in it; symbolic links are copied as links. `to` is made.
pub fn copy_tree(from: &Path, to: &Path) {
    let failed = |error| {
        panic!(
            "cannot copy {} to {}: {error}",
            from.display(),
            to.display()
        )
    };
    fs::create_dir_all(to).unwrap_or_else(failed);
    for entry in
        fs::read_dir(from).unwrap_or_else(|error| panic!("cannot list {}: {error}", from.display()))
    {
        let entry = entry.unwrap_or_else(|error| panic!("cannot list {}: {error}", from.display()));
        let (source, copy) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().expect("a listed entry has a type");
        if kind.is_dir() {
            copy_tree(&source, &copy);
        } else if kind.is_symlink() {
            copy_link(&source, &copy);
        } else {
            fs::copy(&source, &copy)
                .unwrap_or_else(|error| panic!("cannot copy {}: {error}", source.display()));
        }
    }
}

/// A copy of `examples/NAME` in a temporary directory that goes with the returned value.
pub fn example(name: &str) -> TempDir {
    let copy = tempfile::tempdir().expect("a temporary directory can be made");
    copy_tree(&root().join("examples").join(name), copy.path());
    copy
}

#[cfg(unix)]
fn copy_link(from: &Path, to: &Path) {
    fs::read_link(from)
        .and_then(|target| std::os::unix::fs::symlink(target, to))
        .unwrap_or_else(|error| panic!("cannot copy the link {}: {error}", from.display()));
}

#[cfg(not(unix))]
fn copy_link(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap_or_else(|error| panic!("cannot copy {}: {error}", from.display()));
}
