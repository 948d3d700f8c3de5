//! Where files are read from: the work tree here, a commit or an overlay elsewhere.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use crate::ignored;
use crate::paths::{real_path, real_path_as_far};

/// A tree of files. *All* reading of a project goes through this, so that the same code sees the
/// work tree, a commit, or one laid over the other.
///
/// Paths are absolute. Unless said otherwise, symbolic links are followed.
pub trait Tree: Sync {
    /// The entries of a directory, sorted by name (by code point, as Python sorts them).
    fn list(&self, directory: &Path) -> io::Result<Vec<Entry>>;

    /// Whether a directory has an entry of some kind; one that cannot be listed has none.
    fn has(&self, directory: &Path, is_wanted: &dyn Fn(&Entry) -> bool) -> bool {
        let entries = self.list(directory).unwrap_or_default();
        entries.iter().any(is_wanted)
    }

    /// The bytes of a file.
    fn read(&self, file: &Path) -> io::Result<Vec<u8>>;

    /// Appends the first `limit` bytes of a file to `buffer`. Who does not know that it is a plain file asks
    /// [`Tree::is_file`] first.
    fn read_into(&self, file: &Path, limit: usize, buffer: &mut Vec<u8>) -> io::Result<()> {
        let bytes = self.read(file)?;
        buffer.extend_from_slice(&bytes[..bytes.len().min(limit)]);
        Ok(())
    }

    /// Whether `file` is the one that lies on disk, so that [`WorkTree`] has it, too.
    fn is_on_disk(&self, _file: &Path) -> bool {
        false
    }

    /// The path with every symbolic link in it followed. A path that ends nowhere is resolved as
    /// far as it exists, as Python's `Path.resolve()` does; a circle of links is an error.
    fn resolve(&self, path: &Path) -> io::Result<PathBuf>;

    /// Is this a directory, or a link to one?
    fn is_dir(&self, path: &Path) -> bool;

    /// Is this a file, or a link to one?
    fn is_file(&self, path: &Path) -> bool;

    /// The root of the repository that `path` lies in: the nearest directory, `path` itself
    /// included, with a `.git` in it.
    fn repository_root(&self, path: &Path) -> Option<PathBuf> {
        let has_git = |directory: &&Path| {
            let git = directory.join(".git");
            self.is_dir(&git) || self.is_file(&git)
        };
        path.ancestors().find(has_git).map(Path::to_path_buf)
    }

    /// Which of these directories git ignores. Where nobody can say, none is.
    fn ignored(&self, directories: &[PathBuf]) -> Vec<bool> {
        vec![false; directories.len()]
    }
}

/// One entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name in that directory.
    pub name: OsString,
    /// What it is itself; links are not followed.
    pub kind: EntryKind,
}

/// What a directory entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A plain file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link, wherever it leads.
    Symlink,
    /// A socket, a pipe, a device.
    Other,
}

/// The largest file that is read whole: configurations and the like. Revision files have a limit of
/// their own.
pub(crate) const LARGEST_FILE: usize = 64 * 1024 * 1024;

/// Room for nearly every revision file.
const ONE_READ: usize = 32 * 1024;

/// The files on disk.
#[derive(Debug, Clone, Copy, Default)]
pub struct WorkTree;

impl Tree for WorkTree {
    fn list(&self, directory: &Path) -> io::Result<Vec<Entry>> {
        let mut entries = entries(directory)?.collect::<io::Result<Vec<_>>>()?;
        // No two have one name.
        entries.sort_unstable_by(|a, b| a.name.as_encoded_bytes().cmp(b.name.as_encoded_bytes()));
        Ok(entries)
    }

    // One of thousands of entries is found without a look at the others.
    fn has(&self, directory: &Path, is_wanted: &dyn Fn(&Entry) -> bool) -> bool {
        let entries = entries(directory).into_iter().flatten();
        entries.flatten().any(|entry| is_wanted(&entry))
    }

    fn read(&self, file: &Path) -> io::Result<Vec<u8>> {
        // Opening a pipe would wait for somebody who writes to it, and a device may have no end.
        let kind = fs::metadata(file)?.file_type();
        if !kind.is_file() && !kind.is_dir() {
            return Err(io::Error::other("it is a pipe, a socket or a device"));
        }
        let mut bytes = Vec::new();
        self.read_into(file, LARGEST_FILE + 1, &mut bytes)?;
        if bytes.len() > LARGEST_FILE {
            let text = format!("it has more than {LARGEST_FILE} bytes");
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
        }
        Ok(bytes)
    }

    // What `std::fs::read` does, without asking for the size first: two system calls less for each of
    // thousands of files.
    fn read_into(&self, file: &Path, limit: usize, buffer: &mut Vec<u8>) -> io::Result<()> {
        buffer.reserve(ONE_READ);
        let file = fs::File::open(file)?;
        file.take(limit as u64).read_to_end(buffer)?;
        Ok(())
    }

    fn is_on_disk(&self, _: &Path) -> bool {
        true
    }

    fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        match real_path(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if cfg!(windows) {
                    real_path_as_far(path)
                } else {
                    resolve_as_far(path)
                }
            }
            resolved => resolved,
        }
    }

    fn is_dir(&self, path: &Path) -> bool {
        path.is_dir()
    }

    fn is_file(&self, path: &Path) -> bool {
        path.is_file()
    }

    fn ignored(&self, directories: &[PathBuf]) -> Vec<bool> {
        ignored::by_git(self, directories)
    }
}

/// The entries of a directory, as they come.
fn entries(directory: &Path) -> io::Result<impl Iterator<Item = io::Result<Entry>>> {
    let entries = fs::read_dir(directory)?;
    Ok(entries.map(|entry| {
        let entry = entry?;
        let kind = match entry.file_type()? {
            kind if kind.is_symlink() => EntryKind::Symlink,
            kind if kind.is_dir() => EntryKind::Directory,
            kind if kind.is_file() => EntryKind::File,
            _ => EntryKind::Other,
        };
        Ok(Entry {
            name: entry.file_name(),
            kind,
        })
    }))
}

/// `os.path.realpath(strict=False)` for a path whose end does not exist.
fn resolve_as_far(path: &Path) -> io::Result<PathBuf> {
    /// As many as Linux follows in one path.
    const MAX_LINKS: usize = 40;
    let mut links = 0;
    let mut resolved = PathBuf::new();
    let mut parts = parts_reversed(path);
    while let Some(part) = parts.pop() {
        if part == ".." {
            resolved.pop();
            continue;
        }
        let next = resolved.join(&part);
        match fs::read_link(&next) {
            Ok(target) => {
                links += 1;
                if links > MAX_LINKS {
                    let text = format!("too many symbolic links in {}", path.display());
                    return Err(io::Error::other(text));
                }
                parts.extend(parts_reversed(&target));
            }
            Err(_) => resolved = next,
        }
    }
    Ok(resolved)
}

fn parts_reversed(path: &Path) -> Vec<OsString> {
    let parts = path.components().filter(|part| *part != Component::CurDir);
    let mut parts: Vec<OsString> = parts.map(|part| part.as_os_str().to_owned()).collect();
    parts.reverse();
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_by_code_point_with_kinds() {
        let dir = tempfile::tempdir().expect("a directory");
        for name in ["c.py", "B.py", "_.py", "é.py"] {
            fs::write(dir.path().join(name), "").expect("a file");
        }
        fs::create_dir(dir.path().join("a")).expect("a directory");
        let entries = WorkTree.list(dir.path()).expect("a listing");
        let names: Vec<_> = entries
            .iter()
            .filter_map(|entry| entry.name.to_str())
            .collect();
        assert_eq!(names, ["B.py", "_.py", "a", "c.py", "é.py"]);
        assert_eq!(entries[2].kind, EntryKind::Directory);
        assert_eq!(entries[0].kind, EntryKind::File);
    }

    #[cfg(unix)]
    #[test]
    fn resolves_links_that_lead_nowhere() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().expect("a directory");
        let root = fs::canonicalize(dir.path()).expect("a path");
        symlink("missing/../real.py", root.join("a.py")).expect("a link");
        symlink("a.py", root.join("b.py")).expect("a link");
        symlink("circle", root.join("circle")).expect("a link");
        assert_eq!(
            WorkTree.resolve(&root.join("b.py")).expect("a path"),
            root.join("real.py")
        );
        assert!(WorkTree.resolve(&root.join("circle")).is_err());
    }
}
