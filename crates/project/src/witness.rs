//! Whether the files that a plan was made from are still what they were when they were read.
//!
//! A plan rests on all revisions, and changes few of them. What is written is compared with the content it
//! was made for; the rest is looked at through this: a `git checkout` or an editor may have been there since.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rayon::prelude::*;

use crate::bytecode::is_bytecode_of;
use crate::{Environment, ListError, RevisionFile, RevisionFiles, WorkTree};

/// Below this number of files, starting threads costs more than it saves.
const WORTH_THREADS: usize = 500;

/// What the revision files of one environment were before they were read.
#[derive(Clone, Debug)]
pub struct Witness {
    environment: Environment,
    files: Vec<(PathBuf, Option<Stamp>)>,
}

/// What changes with a file's content: every change of it leaves another time, another size or another file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Stamp {
    size: u64,
    modified: Option<SystemTime>,
    /// Unix: device, inode, and the time of the last change of any kind, which no program can set.
    identity: (u64, u64, i64, i64),
}

impl Witness {
    /// Looks at the files that were listed and not read yet: whatever happens from here on is seen.
    pub fn new(environment: &Environment, listed: &RevisionFiles) -> Self {
        Self {
            environment: environment.clone(),
            files: stamped(&listed.files),
        }
    }

    /// The files that changed, went or came since, in the order of their paths; those in `own` are passed over,
    /// and their bytecode, which counts as a revision only where the source is not there.
    pub fn changed(&self, own: &BTreeSet<&Path>) -> Result<Vec<PathBuf>, ListError> {
        let now = stamped(&self.environment.revision_files(&WorkTree)?.files);
        if now == self.files {
            return Ok(Vec::new());
        }
        let before: BTreeSet<_> = self.files.iter().collect();
        let after: BTreeSet<_> = now.iter().collect();
        let changed: BTreeSet<&PathBuf> = before
            .symmetric_difference(&after)
            .map(|(path, _)| path)
            .filter(|path| !own.contains(path.as_path()))
            .filter(|path| !own.iter().any(|source| is_bytecode_of(source, path)))
            .collect();
        Ok(changed.into_iter().cloned().collect())
    }
}

fn stamped(files: &[RevisionFile]) -> Vec<(PathBuf, Option<Stamp>)> {
    let stamp = |file: &RevisionFile| (file.resolved.clone(), Stamp::of(&file.resolved));
    if files.len() > WORTH_THREADS {
        files.par_iter().map(stamp).collect()
    } else {
        files.iter().map(stamp).collect()
    }
}

impl Stamp {
    /// None where there is no such file any more.
    fn of(path: &Path) -> Option<Self> {
        let metadata = fs::symlink_metadata(path).ok()?;
        #[cfg(unix)]
        let identity = {
            use std::os::unix::fs::MetadataExt;
            (
                metadata.dev(),
                metadata.ino(),
                metadata.ctime(),
                metadata.ctime_nsec(),
            )
        };
        #[cfg(not(unix))]
        let identity = Default::default();
        Some(Self {
            size: metadata.len(),
            modified: metadata.modified().ok(),
            identity,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::paths::real_path;

    #[test]
    fn sees_what_changes_comes_and_goes() {
        let place = tempfile::tempdir().expect("a directory");
        let root = real_path(place.path()).expect("a path");
        let path = |name: &str| root.join(name);
        for name in ["a.py", "b.py", "own.py"] {
            fs::write(path(name), "1").expect("a file");
        }
        let environment = Environment {
            version_locations: vec![root.clone()],
            ..Environment::default()
        };
        let listed = environment.revision_files(&WorkTree).expect("a listing");
        let witness = Witness::new(&environment, &listed);
        let own_path = path("own.py");
        let own = BTreeSet::from([own_path.as_path()]);
        let changed = || witness.changed(&own).expect("a listing");
        assert!(changed().is_empty());
        // A time stamp has the grain of the kernel's clock.
        std::thread::sleep(Duration::from_millis(20));
        fs::write(path("own.py"), "2").expect("a file");
        fs::write(path("notes.txt"), "no revision").expect("a file");
        assert!(changed().is_empty());
        // Of the same length, with the old time.
        let old = fs::metadata(path("a.py")).expect("a file").modified();
        fs::write(path("a.py"), "2").expect("a file");
        let file = fs::File::options().write(true).open(path("a.py"));
        file.and_then(|it| it.set_modified(old.expect("a time")))
            .expect("a time");
        if cfg!(unix) {
            assert_eq!(changed(), [path("a.py")]);
        }
        fs::remove_file(path("b.py")).expect("a file");
        fs::write(path("c.py"), "").expect("a file");
        let others = changed().into_iter().filter(|it| *it != path("a.py"));
        assert_eq!(others.collect::<Vec<_>>(), [path("b.py"), path("c.py")]);
    }
}
