//! One writer at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// Why the journal could not be locked.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process is writing.
    #[error("{}", other_process(*process))]
    Busy {
        /// Its id, where it is known.
        process: Option<u32>,
    },
    /// The lock file could not be opened or locked.
    #[error("cannot lock {}", path.display())]
    Io {
        /// The lock file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

fn other_process(process: Option<u32>) -> String {
    let process = process.map_or(String::new(), |id| format!(" (process {id})"));
    format!("another rechain{process} is writing here")
}

/// Held while the journal and the files are being changed. The system releases it when the process ends,
/// however it ends.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
}

impl Lock {
    /// Locks the existing directory `directory`.
    pub(crate) fn take(directory: &Path) -> Result<Self, LockError> {
        let path = directory.join("lock");
        // Beside the lock file and not in it, because Windows lets nobody else read a locked file.
        let owner = directory.join("lock.pid");
        let failed = |source| LockError::Io {
            path: path.clone(),
            source,
        };
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            // A file system without locks; a journal without a lock is still a journal.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => return Err(failed(error)),
            Err(TryLockError::WouldBlock) => {
                let process = fs::read_to_string(&owner)
                    .ok()
                    .and_then(|id| id.trim().parse().ok());
                return Err(LockError::Busy { process });
            }
        }
        // Only a courtesy to whoever meets the lock.
        let _ = fs::write(&owner, std::process::id().to_string());
        Ok(Self { file })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing the file is not enough: a child that another thread has just forked shares it until its exec.
        let _ = self.file.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::{Lock, LockError};

    #[test]
    fn the_second_is_told_about_the_first() {
        let place = tempfile::tempdir().unwrap();
        let first = Lock::take(place.path()).unwrap();
        let error = Lock::take(place.path()).unwrap_err();
        assert!(matches!(error, LockError::Busy { process: Some(id) } if id == std::process::id()));
        assert!(error.to_string().starts_with("another rechain (process "));
        drop(first);
        Lock::take(place.path()).unwrap();
    }
}
