//! Writing a change: all files or none.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::ListError;
use crate::change::{Change, ChangeSet};
use crate::entry::{Record, State};
use crate::file_system::Attributes;
use crate::journal::{Journal, JournalError};
use crate::letter_case::{CaseClash, case_clash};
use crate::lock::{Lock, LockError};
use crate::paths::real_path;
use crate::recorded::{Recorded, Side, existing};
use crate::recover::{RecoverError, Recovered, list, recover_locked};
use crate::transition::{StepError, bring, observe, remove_bytecode, take_back};
use crate::windows_names;
use crate::witness::Witness;

/// A change that is on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The files whose content is another now, as the change named them.
    pub files: Vec<PathBuf>,
    /// An interrupted earlier change that was repaired first.
    pub recovered: Option<Recovered>,
    /// Cached bytecode that could not be removed. Python notices by itself that it is old, unless it is of
    /// the unchecked hash-based kind.
    pub stale_bytecode: Vec<PathBuf>,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Another process is writing.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The journal could not be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// An interrupted earlier change could not be repaired.
    #[error(transparent)]
    Recover(#[from] RecoverError),
    /// The content on disk is not the one the change was made for.
    #[error("{} changed since it was read", list(paths))]
    Changed {
        /// Those files.
        paths: Vec<PathBuf>,
    },
    /// The version locations could not be listed once more.
    #[error(transparent)]
    List(#[from] ListError),
    /// The file, or the directory whose entry would change, is write-protected.
    #[error("{} is read-only", path.display())]
    ReadOnly {
        /// The file or directory.
        path: PathBuf,
    },
    /// git is in the middle of something and may overwrite any file.
    #[error("git is changing this work tree: {} exists; nothing was written", path.display())]
    GitIsBusy {
        /// Its lock.
        path: PathBuf,
    },
    /// Not a file that can be replaced: a directory, a device, a link that leads nowhere.
    #[error("{} is not a regular file", path.display())]
    NotAFile {
        /// What it is instead.
        path: PathBuf,
    },
    /// The file lies in none of the directories that may be written.
    #[error("{} lies outside of the project; nothing was written", path.display())]
    Outside {
        /// The file, links followed.
        path: PathBuf,
    },
    /// A file would take the place of another where case does not count.
    #[error(transparent)]
    CaseClash(#[from] CaseClash),
    /// On Windows no file can have the name.
    #[error("{} is the name of a device on Windows; nothing was written", path.display())]
    Device {
        /// The file that was to be made.
        path: PathBuf,
    },
    /// Two changes want different things of one file.
    #[error("two different changes of {}", path.display())]
    Clash {
        /// The file.
        path: PathBuf,
    },
    /// A step failed; what had been written was taken back.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// A step failed, and so did taking back what had been written. The next writing command tries again.
    #[error("{cause}, and what had been written could not be taken back")]
    Unfinished {
        /// The step that failed first.
        cause: Box<WriteError>,
        /// Why it could not be taken back.
        source: Box<WriteError>,
    },
}

/// Puts every change of the set on disk, or none.
///
/// Holds the journal's lock, repairs an interrupted earlier change, checks that each file still has its `before`
/// content, and enters the change in the journal before the first file is touched. A set that changes
/// nothing is written without a trace.
pub fn write(set: &ChangeSet, journal: &Journal) -> Result<Written, WriteError> {
    write_if_unchanged(set, journal, &[])
}

/// The same for a change that rests on more files than it writes to: looks at those before the first file is
/// touched and again after the last one, and takes back what was written if one changed in between.
pub fn write_if_unchanged(
    set: &ChangeSet,
    journal: &Journal,
    witnesses: &[Witness],
) -> Result<Written, WriteError> {
    if set.changes.iter().all(Change::is_empty) {
        return Ok(Written {
            files: Vec::new(),
            recovered: None,
            stale_bytecode: Vec::new(),
        });
    }
    refuse_outside(set, journal)?;
    if let Some(clash) = case_clash(&set.changes) {
        return Err(clash.into());
    }
    if cfg!(windows) {
        refuse_devices(&set.changes)?;
    }
    journal.create()?;
    let _lock = Lock::take(journal.directory())?;
    let recovered = recover_locked(journal)?;
    let record = prepare(set)?;
    let own = record.files.iter().map(|file| file.target.as_path());
    let own: BTreeSet<&Path> = own.collect();
    let unchanged_but = |own: &BTreeSet<&Path>| -> Result<(), WriteError> {
        let mut paths = Vec::new();
        for witness in witnesses {
            paths.extend(witness.changed(own)?);
        }
        if paths.is_empty() {
            return Ok(());
        }
        Err(WriteError::Changed { paths })
    };
    journal.wait_for_git()?;
    unchanged_but(&BTreeSet::new())?;
    let stale_bytecode = apply(journal, &record, &|| unchanged_but(&own))?;
    // Too many old entries are no reason to call this change a failure.
    let _ = journal.sweep();
    let changes = set.changes.iter().filter(|change| !change.is_empty());
    let files = changes.map(|change| change.path.clone()).collect();
    Ok(Written {
        files,
        recovered,
        stale_bytecode,
    })
}

fn apply(
    journal: &Journal,
    record: &Record,
    rest_is_unchanged: &dyn Fn() -> Result<(), WriteError>,
) -> Result<Vec<PathBuf>, WriteError> {
    let file_system = journal.file_system();
    let entry = journal.push(record)?;
    let mut replaced = Vec::new();
    let brought = bring(file_system, &record.files, Side::After, &mut replaced)
        .map_err(WriteError::from)
        .and_then(|()| journal.wait_for_git())
        .and_then(|()| still(&record.files, Side::After))
        .and_then(|()| rest_is_unchanged());
    let cause = match brought {
        Ok(()) => {
            // Before the entry is done: a kill in between must not leave bytecode behind.
            let stale = remove_bytecode(file_system, &record.files);
            match journal.mark(&entry, State::Done) {
                Ok(_) => return Ok(stale),
                Err(error) => error.into(),
            }
        }
        Err(error) => error,
    };
    // What git is still to overwrite need not be taken back.
    let _ = journal.wait_for_git();
    let repaired = take_back(file_system, &record.files, Side::After, &replaced)
        .map_err(WriteError::from)
        .and_then(|()| Ok(journal.discard(&entry)?));
    Err(match repaired {
        Ok(()) => cause,
        Err(source) => WriteError::Unfinished {
            cause: Box::new(cause),
            source: Box::new(source),
        },
    })
}

/// Whether every file is still what it was brought to: a checkout that had begun before may have gone on since.
pub(crate) fn still(files: &[Recorded], side: Side) -> Result<(), WriteError> {
    let mut paths = Vec::new();
    for file in files {
        if observe(file)? != Some(side) {
            paths.push(file.path.clone());
        }
    }
    if paths.is_empty() {
        return Ok(());
    }
    Err(WriteError::Changed { paths })
}

/// Before anything is made: neither a file nor what it is a link to may lie elsewhere.
fn refuse_outside(set: &ChangeSet, journal: &Journal) -> Result<(), WriteError> {
    for change in set.changes.iter().filter(|change| !change.is_empty()) {
        let path = std::path::absolute(&change.path).map_err(io("find", &change.path))?;
        if path.file_name().is_none() {
            return Err(WriteError::NotAFile { path });
        }
        let target = real_path(&path).unwrap_or_else(|_| path.clone());
        if let Some(path) = [path, target]
            .into_iter()
            .find(|path| !journal.boundary().holds(path))
        {
            return Err(WriteError::Outside { path });
        }
    }
    Ok(())
}

/// What is written to a device is gone, and nobody says so.
fn refuse_devices(changes: &[Change]) -> Result<(), WriteError> {
    let mut made = changes.iter().filter(|change| change.after.is_some());
    let is_device = |change: &&Change| {
        let name = change.path.file_name().unwrap_or_default();
        windows_names::is_device(&name.to_string_lossy())
    };
    match made.find(is_device) {
        None => Ok(()),
        Some(change) => Err(WriteError::Device {
            path: change.path.clone(),
        }),
    }
}

/// Looks at every file without touching any.
fn prepare(set: &ChangeSet) -> Result<Record, WriteError> {
    let mut files: BTreeMap<PathBuf, usize> = BTreeMap::new();
    let mut record = Record {
        command: set.command.clone(),
        written_at: SystemTime::now(),
        files: Vec::new(),
    };
    let prefix = temporary_prefix(record.written_at);
    let mut changed = Vec::new();
    for change in set.changes.iter().filter(|change| !change.is_empty()) {
        let index = record.files.len();
        let mut file = locate(change, &format!("{prefix}-{index}~"))?;
        file.reason = set.reasons.get(&change.path).cloned();
        if let Some(earlier) = files.get(&file.target) {
            let earlier = &record.files[*earlier];
            if (&earlier.before, &earlier.after) == (&change.before, &change.after) {
                continue;
            }
            return Err(WriteError::Clash {
                path: change.path.clone(),
            });
        }
        if observe(&file)? != Some(Side::Before) {
            changed.push(change.path.clone());
        }
        files.insert(file.target.clone(), index);
        record.files.push(file);
    }
    if changed.is_empty() {
        Ok(record)
    } else {
        Err(WriteError::Changed { paths: changed })
    }
}

/// The beginning of a name that Alembic takes for no revision (it ends in `~`, not `.py`, and names in `.#`
/// are passed over) and that nobody else uses.
fn temporary_prefix(now: SystemTime) -> String {
    let now = now
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    format!(".#rechain-{:x}-{:x}", std::process::id(), now.as_nanos())
}

fn locate(change: &Change, temporary: &str) -> Result<Recorded, WriteError> {
    let path = &change.path;
    let not_a_file = || WriteError::NotAFile { path: path.clone() };
    let absolute = std::path::absolute(path).map_err(io("find", path))?;
    let (Some(directory), Some(name)) = (absolute.parent(), absolute.file_name()) else {
        return Err(not_a_file());
    };
    // The links among the directories are followed once and for all, the last name stays as it is.
    let directory = match existing(real_path(directory)).map_err(io("find", directory))? {
        Some(directory) => directory,
        None if change.before.is_some() => {
            return Err(WriteError::Changed {
                paths: vec![path.clone()],
            });
        }
        None => return Err(io("create", path)(io::ErrorKind::NotFound.into())),
    };
    let path = directory.join(name);
    let metadata = existing(fs::symlink_metadata(&path)).map_err(io("read", &path))?;
    let is_link = metadata.as_ref().is_some_and(fs::Metadata::is_symlink);
    let mut target = path.clone();
    let mut link = None;
    if is_link && change.after.is_some() {
        let resolved = existing(real_path(&path)).map_err(io("read", &path))?;
        target = resolved.ok_or_else(not_a_file)?;
    } else if is_link {
        // What is deleted is the link; that it led to the content the change was made for is checked here.
        let content = existing(fs::read(&path)).map_err(io("read", &path))?;
        if content != change.before {
            return Err(WriteError::Changed {
                paths: vec![change.path.clone()],
            });
        }
        link = Some(fs::read_link(&path).map_err(io("read", &path))?);
    }
    let metadata = if is_link {
        existing(fs::symlink_metadata(&target))
    } else {
        Ok(metadata)
    };
    let metadata = metadata.map_err(io("read", &target))?;
    if link.is_none()
        && metadata
            .as_ref()
            .is_some_and(|metadata| !metadata.is_file())
    {
        return Err(not_a_file());
    }
    refuse_read_only(&target, metadata.as_ref())?;
    let beside = target.parent().ok_or_else(not_a_file)?.join(temporary);
    Ok(Recorded {
        path,
        temporary: beside,
        before: change.before.clone(),
        after: change.after.clone(),
        mode: metadata.and_then(|metadata| Attributes::of(&metadata).mode),
        link,
        target,
        reason: None,
    })
}

/// A rename would get round the protection of the file on Unix and fail on Windows; neither is wanted.
pub(crate) fn refuse_read_only(
    target: &Path,
    metadata: Option<&fs::Metadata>,
) -> Result<(), WriteError> {
    let read_only = |path: &Path| {
        Err(WriteError::ReadOnly {
            path: path.to_path_buf(),
        })
    };
    if metadata.is_some_and(|found| !found.is_symlink() && found.permissions().readonly()) {
        return read_only(target);
    }
    // On Windows the attribute of a directory says nothing about its entries.
    if cfg!(unix)
        && let Some(directory) = target.parent()
        && fs::metadata(directory)
            .map_err(io("read", directory))?
            .permissions()
            .readonly()
    {
        return read_only(directory);
    }
    Ok(())
}

fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> WriteError {
    move |source| WriteError::Io {
        action,
        path: path.to_path_buf(),
        source,
    }
}

impl From<StepError> for WriteError {
    fn from(error: StepError) -> Self {
        match error {
            StepError::Io {
                action,
                path,
                source,
            } => Self::Io {
                action,
                path,
                source,
            },
            StepError::Changed { path } => Self::Changed { paths: vec![path] },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_file_is_called_like_a_device() {
        let versions = Path::new("versions");
        let made = |name: &str| refuse_devices(&[Change::create(versions.join(name), "")]);
        assert!(made("null.py").is_ok());
        let error = made("nul.py").expect_err("a device");
        assert!(matches!(&error, WriteError::Device { path } if path.ends_with("nul.py")));
        // It may go, if somebody brought one into being.
        assert!(refuse_devices(&[Change::delete(versions.join("aux.py"), "")]).is_ok());
    }
}
