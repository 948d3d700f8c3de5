//! Paths made absolute the way Python's `pathlib` does it, and shown the same on every system.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf, Prefix};

/// `Path(base, path).absolute()`: joined, without `.` parts; `..` and symbolic links stay.
pub(crate) fn absolute(base: &Path, path: impl AsRef<Path>) -> PathBuf {
    base.join(path)
        .components()
        .filter(|part| *part != Component::CurDir)
        .collect()
}

/// The path with every link in it followed.
///
/// Windows gives it as `\\?\C:\...`, which neither git nor a person takes for the path they know; so it is
/// given as `C:\...`.
pub fn real_path(path: impl AsRef<Path>) -> io::Result<PathBuf> {
    fs::canonicalize(path).map(without_verbatim_prefix)
}

fn without_verbatim_prefix(path: PathBuf) -> PathBuf {
    let mut parts = path.components();
    if let Some(Component::Prefix(prefix)) = parts.next()
        && let Prefix::VerbatimDisk(disk) = prefix.kind()
        // Windows knows longer ones, and some names, in the other form only.
        && path.as_os_str().len() < 260
    {
        let mut plain = PathBuf::from(format!("{}:", char::from(disk)));
        plain.push(parts.as_path());
        return plain;
    }
    path
}

/// `Path.as_posix`
pub(crate) fn posix(path: &Path) -> String {
    let text = path.to_string_lossy();
    if cfg!(windows) {
        text.replace('\\', "/")
    } else {
        text.into_owned()
    }
}

/// The path as seen from `from`, with `../` where need be, as long as they share a directory below
/// the root; otherwise the path itself. Both are absolute.
pub(crate) fn relative(path: &Path, from: &Path) -> String {
    let (mut there, mut here) = (path.components().peekable(), from.components().peekable());
    let mut shared = 0;
    while there.peek().is_some() && there.peek() == here.peek() {
        shared += usize::from(matches!(there.next(), Some(Component::Normal(_))));
        here.next();
    }
    if shared == 0 && here.peek().is_some() {
        return posix(path);
    }
    let mut relative: PathBuf = here.map(|_| Component::ParentDir).collect();
    relative.extend(there);
    if relative.as_os_str().is_empty() {
        ".".to_owned()
    } else {
        posix(&relative)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_relative_where_possible() {
        let check = |path: &str, from: &str, expected: &str| {
            assert_eq!(relative(Path::new(path), Path::new(from)), expected);
        };
        check("/a/b/c.ini", "/a", "b/c.ini");
        check("/a/c.ini", "/a/b/d", "../../c.ini");
        check("/a", "/a", ".");
        check("/x/c.ini", "/a/b", "/x/c.ini");
        check("/x/c.ini", "/", "x/c.ini");
    }

    #[test]
    fn absolute_keeps_dot_dot() {
        let path = absolute(Path::new("/a/b"), "./x/../y");
        assert_eq!(path, Path::new("/a/b/x/../y"));
    }
}
