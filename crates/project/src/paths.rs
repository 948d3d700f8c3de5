//! Paths made absolute the way Python's `pathlib` does it, and shown the same on every system.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::windows_names;

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
    let path = fs::canonicalize(path)?;
    let plain = path.to_str().filter(|_| cfg!(windows));
    let plain = plain.and_then(windows_names::without_verbatim_prefix);
    Ok(plain.map_or(path, PathBuf::from))
}

/// What `real_path` would give if the end of `path`, which is not there, were there.
///
/// For Windows, where `..` means nothing but the part before it and links are rare.
pub(crate) fn real_path_as_far(path: &Path) -> io::Result<PathBuf> {
    let path = std::path::absolute(path)?;
    let found = path.ancestors().find_map(|above| {
        let real = real_path(above).ok()?;
        Some(real.join(path.strip_prefix(above).ok()?))
    });
    Ok(found.unwrap_or(path))
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
    fn what_is_not_there_lies_in_what_is() {
        let place = tempfile::tempdir().expect("a directory");
        let real = real_path(place.path()).expect("it is there");
        let path = real_path_as_far(&place.path().join("gone/a.py"));
        assert_eq!(path.expect("a path"), real.join("gone/a.py"));
        assert_eq!(real_path_as_far(place.path()).expect("a path"), real);
    }

    #[test]
    fn absolute_keeps_dot_dot() {
        let path = absolute(Path::new("/a/b"), "./x/../y");
        assert_eq!(path, Path::new("/a/b/x/../y"));
    }
}
