//! One file of a change as the journal knows it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The two contents of a changed file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Before,
    After,
}

impl Side {
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Before => Self::After,
            Self::After => Self::Before,
        }
    }
}

/// Paths are absolute.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    /// The file as Alembic finds it.
    pub(crate) path: PathBuf,
    /// The file that is written: `path` with its last symbolic link resolved.
    pub(crate) target: PathBuf,
    /// Beside `target`, on the same file system. Named in the journal so that a leftover is known as ours.
    pub(crate) temporary: PathBuf,
    pub(crate) before: Option<Vec<u8>>,
    pub(crate) after: Option<Vec<u8>>,
    /// Unix mode bits before the change.
    pub(crate) mode: Option<u32>,
    /// Where the symbolic link pointed that the change deletes.
    pub(crate) link: Option<PathBuf>,
    /// Why it is changed, in words.
    pub(crate) reason: Option<String>,
}

impl Recorded {
    pub(crate) fn content(&self, side: Side) -> Option<&[u8]> {
        match side {
            Side::Before => self.before.as_deref(),
            Side::After => self.after.as_deref(),
        }
    }

    /// Which side is on disk; none: neither.
    pub(crate) fn observe(&self) -> io::Result<Option<Side>> {
        let is_side = |side, yes| if yes { Some(side) } else { None };
        let Some(metadata) = existing(fs::symlink_metadata(&self.target))? else {
            return Ok(match (&self.before, &self.after) {
                (None, _) => Some(Side::Before),
                (_, None) => Some(Side::After),
                _ => None,
            });
        };
        if let Some(link) = &self.link {
            let same = metadata.is_symlink() && fs::read_link(&self.target)? == *link;
            return Ok(is_side(Side::Before, same));
        }
        if !metadata.is_file() {
            return Ok(None);
        }
        let content = fs::read(&self.target)?;
        if self.before.as_ref() == Some(&content) {
            return Ok(Some(Side::Before));
        }
        Ok(is_side(Side::After, self.after.as_ref() == Some(&content)))
    }

    /// The directory the names change in.
    pub(crate) fn directory(&self) -> &Path {
        self.target.parent().unwrap_or(&self.target)
    }
}

/// None where there is no such file.
pub(crate) fn existing<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
