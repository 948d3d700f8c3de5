//! The description of a change in the journal: JSON, versioned.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::paths::posix;

/// Raised whenever an older program could misread what a newer one wrote.
pub(crate) const VERSION: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) version: u32,
    pub(crate) command: String,
    /// Seconds since 1970.
    pub(crate) written_at: u64,
    pub(crate) files: Vec<ManifestFile>,
}

/// One file. Its content before and after lies beside the manifest as `<index>.before` and
/// `<index>.after`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ManifestFile {
    /// Relative to the work tree where it lies inside, so that a moved or mounted project keeps its journal.
    pub(crate) path: PathText,
    /// The file that is written: `path` with its last symbolic link resolved.
    pub(crate) target: PathText,
    /// The name of the temporary file beside `target`.
    pub(crate) temporary: String,
    /// Unix mode bits before the change.
    pub(crate) mode: Option<u32>,
    /// Where the symbolic link pointed that the change deletes.
    pub(crate) link: Option<PathText>,
    /// The length before; none: no such file.
    pub(crate) before: Option<u64>,
    /// The length after; none: no such file.
    pub(crate) after: Option<u64>,
    /// Why it is changed, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
}

/// A path in JSON. Unix paths are bytes and Windows paths are 16-bit units; most are text on both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum PathText {
    Text(String),
    Bytes { bytes: Vec<u8> },
    Wide { wide: Vec<u16> },
}

impl PathText {
    /// Where a file lies, with `/` on every system: a project may be opened from Windows and from a Linux on the same
    /// machine.
    pub(crate) fn of_file(path: &Path) -> Self {
        if path.to_str().is_some() {
            return Self::Text(posix(path));
        }
        Self::encode(path)
    }

    /// The very path.
    pub(crate) fn encode(path: &Path) -> Self {
        if let Some(text) = path.to_str() {
            return Self::Text(text.to_owned());
        }
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt;
            Self::Bytes {
                bytes: path.as_os_str().as_bytes().to_vec(),
            }
        }
        #[cfg(windows)]
        {
            use std::os::windows::ffi::OsStrExt;
            Self::Wide {
                wide: path.as_os_str().encode_wide().collect(),
            }
        }
        #[cfg(not(any(unix, windows)))]
        Self::Text(path.to_string_lossy().into_owned())
    }

    /// None for a path of the other kind of system.
    pub(crate) fn decode(&self) -> Option<PathBuf> {
        match self {
            Self::Text(text) => Some(PathBuf::from(text)),
            #[cfg(unix)]
            Self::Bytes { bytes } => {
                use std::os::unix::ffi::OsStrExt;
                Some(PathBuf::from(std::ffi::OsStr::from_bytes(bytes)))
            }
            #[cfg(windows)]
            Self::Wide { wide } => {
                use std::os::windows::ffi::OsStringExt;
                Some(PathBuf::from(std::ffi::OsString::from_wide(wide)))
            }
            #[allow(unreachable_patterns, reason = "which are left depends on the system")]
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::PathText;

    fn check(path: &Path, json: &str) {
        let text = serde_json::to_string(&PathText::encode(path)).unwrap();
        assert_eq!(text, json);
        let read: PathText = serde_json::from_str(&text).unwrap();
        assert_eq!(read.decode().as_deref(), Some(path));
    }

    #[test]
    fn paths_survive() {
        check(Path::new("versions/é ü.py"), "\"versions/é ü.py\"");
        let below = Path::new("alembic").join("versions").join("a.py");
        let text = serde_json::to_string(&PathText::of_file(&below)).unwrap();
        assert_eq!(text, "\"alembic/versions/a.py\"");
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt;
            check(
                Path::new(std::ffi::OsStr::from_bytes(b"a\xff")),
                "{\"bytes\":[97,255]}",
            );
        }
    }
}
