//! Repairing a change that was interrupted by a kill or a crash.

use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use crate::entry::{Entry, Record, State};
use crate::journal::{Journal, JournalError};
use crate::lock::LockError;
use crate::recorded::Side;
use crate::transition::{
    StepError, bring, observe, remove_bytecode, remove_temporaries, sync_directories,
};

/// A change that was interrupted and has not been repaired yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The command that made the change.
    pub command: String,
    /// What was interrupted.
    pub interrupted: Interrupted,
    /// When the change was first written.
    pub written_at: SystemTime,
    /// All files of the change, those that have not been touched included.
    pub files: Vec<PathBuf>,
}

/// What an interruption struck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupted {
    /// The writing of the change.
    Write,
    /// Its `undo`.
    Undo,
}

/// An interrupted change after its repair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// The command that made the change.
    pub command: String,
    /// What was interrupted.
    pub interrupted: Interrupted,
    /// What became of it.
    pub outcome: Outcome,
    /// All files of the change.
    pub files: Vec<PathBuf>,
}

/// What became of an interrupted write or undo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every file had been written already.
    Finished,
    /// The files are what they were before it.
    TakenBack,
}

/// Why an interrupted change could not be repaired. It stays pending.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// Another process is writing.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The journal could not be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Somebody else has written to files of the change since; nothing was written.
    #[error(
        "{} is neither what it was before the interrupted change nor what it was to become; \
         restore either content (both are kept in {}), or delete that directory to leave all files as they are",
        list(paths),
        entry.display()
    )]
    Changed {
        /// Those files.
        paths: Vec<PathBuf>,
        /// The directory of the journal that holds the contents, `<number>.before` and `<number>.after`.
        entry: PathBuf,
    },
    /// A file could not be read or written.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
}

/// The interrupted change that the next writing command will finish or take back. Touches nothing.
pub fn pending(journal: &Journal) -> Result<Option<Pending>, JournalError> {
    let Some(entry) = journal.interrupted()? else {
        return Ok(None);
    };
    let record = journal.load(&entry)?;
    Ok(Some(Pending {
        files: record.paths(),
        interrupted: Interrupted::of(&entry),
        written_at: record.written_at,
        command: record.command,
    }))
}

/// Repairs an interrupted change: keeps it if every file had been written, else takes all of it back.
///
/// A writing command calls this before it reads the files; `undo` does so by itself.
pub fn recover(journal: &Journal) -> Result<Option<Recovered>, RecoverError> {
    let Some(_lock) = journal.lock_existing()? else {
        return Ok(None);
    };
    recover_locked(journal)
}

/// `recover` for those who hold the lock.
pub(crate) fn recover_locked(journal: &Journal) -> Result<Option<Recovered>, RecoverError> {
    // What is left over does no harm.
    let _ = journal.sweep();
    let Some(entry) = journal.interrupted()? else {
        return Ok(None);
    };
    let record = journal.load(&entry)?;
    let outcome = repair(journal, &entry, &record)?;
    Ok(Some(Recovered {
        files: record.paths(),
        command: record.command,
        interrupted: Interrupted::of(&entry),
        outcome,
    }))
}

fn repair(journal: &Journal, entry: &Entry, record: &Record) -> Result<Outcome, RecoverError> {
    let file_system = journal.file_system();
    let files = &record.files;
    let to = if entry.state == State::Undoing {
        Side::Before
    } else {
        Side::After
    };
    let sides = files
        .iter()
        .map(observe)
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed(entry))?;
    let changed = files.iter().zip(&sides).filter(|(_, side)| side.is_none());
    let paths: Vec<PathBuf> = changed.map(|(file, _)| file.path.clone()).collect();
    if !paths.is_empty() {
        return Err(RecoverError::Changed {
            paths,
            entry: entry.directory.clone(),
        });
    }
    remove_temporaries(file_system, files).map_err(failed(entry))?;
    let finished = sides.iter().all(|side| *side == Some(to));
    if finished {
        sync_directories(file_system, files).map_err(failed(entry))?;
    } else {
        bring(file_system, files, to.other(), &mut Vec::new()).map_err(failed(entry))?;
    }
    remove_bytecode(file_system, files);
    match if finished { to } else { to.other() } {
        Side::After => {
            journal.mark(entry, State::Done)?;
        }
        Side::Before => journal.discard(entry)?,
    }
    Ok(if finished {
        Outcome::Finished
    } else {
        Outcome::TakenBack
    })
}

impl Interrupted {
    fn of(entry: &Entry) -> Self {
        if entry.state == State::Undoing {
            Self::Undo
        } else {
            Self::Write
        }
    }
}

/// `Changed` needs the entry, so this is not a `From`.
fn failed(entry: &Entry) -> impl Fn(StepError) -> RecoverError {
    |error| match error {
        StepError::Io {
            action,
            path,
            source,
        } => RecoverError::Io {
            action,
            path,
            source,
        },
        StepError::Changed { path } => RecoverError::Changed {
            paths: vec![path],
            entry: entry.directory.clone(),
        },
    }
}

/// Paths for a message.
pub(crate) fn list(paths: &[PathBuf]) -> String {
    let names: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    names.join(", ")
}
