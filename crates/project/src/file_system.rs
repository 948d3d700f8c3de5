//! The operations that change the disk. Everything the writing half does to files goes through here, so
//! that a test can stop it between any two of them.

use std::fmt::Debug;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::patience::{may_be_in_use, patiently};

/// Each operation either happens or returns an error; `create_file` alone can leave something half done,
/// which is why it is only ever given a temporary name.
pub(crate) trait FileSystem: Debug + Send + Sync {
    fn create_directory(&self, path: &Path) -> io::Result<()>;
    /// A new file, on the disk when this returns.
    fn create_file(&self, path: &Path, content: &[u8], attributes: &Attributes) -> io::Result<()>;
    fn create_link(&self, path: &Path, text: &Path) -> io::Result<()>;
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    fn remove_directory(&self, path: &Path) -> io::Result<()>;
    /// Makes the names in a directory last through a loss of power.
    fn sync_directory(&self, path: &Path) -> io::Result<()>;
}

/// What a new file takes over from the one it replaces.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attributes {
    /// Unix mode bits.
    pub(crate) mode: Option<u32>,
    /// Unix user and group.
    #[cfg_attr(not(unix), allow(dead_code, reason = "there is none elsewhere"))]
    pub(crate) owner: Option<(u32, u32)>,
    /// The new modification time lies in a later second than this (see `bytecode`).
    pub(crate) newer_than: Option<SystemTime>,
}

impl Attributes {
    pub(crate) fn of(metadata: &fs::Metadata) -> Self {
        #[cfg(unix)]
        let (mode, owner) = {
            use std::os::unix::fs::MetadataExt;
            (
                Some(metadata.mode() & 0o7777),
                Some((metadata.uid(), metadata.gid())),
            )
        };
        #[cfg(not(unix))]
        let (mode, owner) = (None, None);
        Self {
            mode,
            owner,
            newer_than: metadata.modified().ok(),
        }
    }
}

/// The disk itself.
#[derive(Debug)]
pub(crate) struct Disk;

impl FileSystem for Disk {
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn create_file(&self, path: &Path, content: &[u8], attributes: &Attributes) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        if let Some(mode) = attributes.mode {
            use std::os::unix::fs::OpenOptionsExt;
            // At no moment more readable than the file it will replace.
            options.mode(mode & 0o777);
        }
        let mut file = options.open(path)?;
        file.write_all(content)?;
        keep_attributes(path, &file, attributes)?;
        file.sync_all()
    }

    fn create_link(&self, path: &Path, text: &Path) -> io::Result<()> {
        #[cfg(unix)]
        return std::os::unix::fs::symlink(text, path);
        #[cfg(windows)]
        return std::os::windows::fs::symlink_file(text, path);
        #[cfg(not(any(unix, windows)))]
        return Err(io::ErrorKind::Unsupported.into());
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        patiently(may_be_in_use, || fs::rename(from, to))
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        patiently(may_be_in_use, || fs::remove_file(path))
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        patiently(may_be_in_use, || fs::remove_dir(path))
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        // Only Unix lets a program open a directory for this.
        if cfg!(not(unix)) {
            return Ok(());
        }
        match File::open(path)?.sync_all() {
            // Some network and user-space file systems have no such thing.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported
                ) =>
            {
                Ok(())
            }
            result => result,
        }
    }
}

fn keep_attributes(path: &Path, file: &File, attributes: &Attributes) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
        let metadata = file.metadata()?;
        if let Some((user, group)) = attributes.owner
            && (metadata.uid(), metadata.gid()) != (user, group)
        {
            // Worth trying for root in a container; others may not, and the file is then theirs.
            let _ =
                chown(path, Some(user), Some(group)).or_else(|_| chown(path, None, Some(group)));
        }
        // After the change of owner, which clears some bits, and regardless of the umask.
        if let Some(mode) = attributes.mode {
            file.set_permissions(fs::Permissions::from_mode(mode))?;
        }
    }
    #[cfg(not(unix))]
    let _ = path;
    if let Some(old) = attributes.newer_than
        && let Ok(new) = file.metadata()?.modified()
        && whole_second(new) <= whole_second(old)
    {
        file.set_modified(old + Duration::from_secs(1))?;
    }
    Ok(())
}

/// The second a time lies in, counted as Python's bytecode cache counts it.
fn whole_second(time: SystemTime) -> i64 {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX),
    }
}
