//! git's own lock on a work tree: while `index.lock` lies in the git directory, a checkout, a merge or a reset may be
//! halfway through the files. It has compared them with its index by then and looks at none of them again before it
//! overwrites it, so nothing may be written in the meantime.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Longer than git needs for a few files, and than an editor's `git status` holds it.
const PATIENCE: Duration = Duration::from_secs(3);

/// git held its lock all the time.
#[derive(Debug)]
pub(crate) struct Busy {
    /// The lock.
    pub(crate) path: PathBuf,
}

/// Waits until git holds no lock in this git directory.
///
/// In a hook git waits for this very process, and may hold the lock all the while; it says so in the environment.
pub(crate) fn wait(git_directory: &Path) -> Result<(), Busy> {
    let path = git_directory.join("index.lock");
    let start = Instant::now();
    while fs::symlink_metadata(&path).is_ok() {
        if env::var_os("GIT_INDEX_FILE").is_some() {
            return Ok(());
        }
        if start.elapsed() > PATIENCE {
            return Err(Busy { path });
        }
        sleep(Duration::from_millis(5));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_for_a_while() {
        let place = tempfile::tempdir().unwrap();
        assert!(wait(place.path()).is_ok());
        let lock = place.path().join("index.lock");
        fs::write(&lock, "").unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                sleep(Duration::from_millis(100));
                fs::remove_file(&lock).unwrap();
            });
            assert!(wait(place.path()).is_ok());
        });
        fs::write(&lock, "").unwrap();
        assert_eq!(wait(place.path()).unwrap_err().path, lock);
    }
}
