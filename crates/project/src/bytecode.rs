//! Python's cached bytecode of a changed module.
//!
//! CPython takes `__pycache__/<stem>.<tag>.pyc` for current when the source's size and the whole second of
//! its modification time are those noted in the cache (PEP 552), and without any look at the source when
//! the cache is of the unchecked hash-based kind. A new `down_revision` of the same length written in
//! the same second would never be seen. So a written file's modification time is moved on by a second
//! (`Attributes::newer_than`), which also disarms a cache written by a process that read the old source and
//! finishes late; and the caches are removed. With `sourceless = true` Alembic would even load the
//! cache of a deleted revision.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::file_system::FileSystem;

/// Removes the cached bytecode of the module at `source` and returns what could not be removed.
pub(crate) fn remove(file_system: &dyn FileSystem, source: &Path) -> Vec<PathBuf> {
    caches(source)
        .into_iter()
        .filter(|cache| file_system.remove_file(cache).is_err())
        .collect()
}

fn caches(source: &Path) -> Vec<PathBuf> {
    let (Some(directory), Some(stem)) = (source.parent(), source.file_stem()) else {
        return Vec::new();
    };
    if source.extension() != Some(OsStr::new("py")) {
        return Vec::new();
    }
    let Ok(entries) = fs::read_dir(directory.join("__pycache__")) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| is_cache_of(stem, &entry.file_name()))
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found
}

/// Whether `path` is bytecode of the module at `source`: a cache, or code that stands in for a source that is missing.
pub(crate) fn is_bytecode_of(source: &Path, path: &Path) -> bool {
    let (Some(directory), Some(stem), Some(name)) =
        (source.parent(), source.file_stem(), path.file_name())
    else {
        return false;
    };
    let is_beside = ["pyc", "pyo"]
        .iter()
        .any(|extension| source.with_extension(extension) == path);
    is_beside || path.parent() == Some(&directory.join("__pycache__")) && is_cache_of(stem, name)
}

/// `<stem>.<tag>.pyc` or `<stem>.<tag>.opt-<level>.pyc`, where the tag has no dot (PEP 3147, PEP 488).
fn is_cache_of(stem: &OsStr, name: &OsStr) -> bool {
    let Some(rest) = name
        .as_encoded_bytes()
        .strip_prefix(stem.as_encoded_bytes())
    else {
        return false;
    };
    match rest.split(|byte| *byte == b'.').collect::<Vec<_>>()[..] {
        [b"", tag, b"pyc"] => !tag.is_empty(),
        [b"", tag, level, b"pyc"] => !tag.is_empty() && level.starts_with(b"opt-"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{is_bytecode_of, is_cache_of};

    #[test]
    fn the_bytecode_of_one_module() {
        let check = |path: &str| is_bytecode_of(Path::new("/v/1a.py"), Path::new(path));
        assert!(
            check("/v/1a.pyc") && check("/v/1a.pyo") && check("/v/__pycache__/1a.cpython-311.pyc")
        );
        assert!(
            !check("/v/2b.pyc")
                && !check("/w/1a.pyc")
                && !check("/v/__pycache__/2b.cpython-311.pyc")
        );
    }

    #[test]
    fn the_caches_of_one_module() {
        let check = |name: &str| is_cache_of("1a_users".as_ref(), name.as_ref());
        assert!(check("1a_users.cpython-311.pyc"));
        assert!(check("1a_users.cpython-311.opt-1.pyc"));
        assert!(check("1a_users.pypy310.pyc"));
        assert!(!check("1a_users.pyc"), "not a cache: sourceless code");
        assert!(
            !check("1a_users.more.cpython-311.pyc"),
            "the module 1a_users.more"
        );
        assert!(!check("1a_users_too.cpython-311.pyc"));
        assert!(
            !check("1a_users.cpython-311.pyc.140234"),
            "being written by Python"
        );
    }
}
