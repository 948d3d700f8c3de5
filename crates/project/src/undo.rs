//! Taking back the last change.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use crate::entry::{Entry, Record, State};
use crate::journal::{Journal, JournalError};
use crate::lock::LockError;
use crate::recorded::{Side, existing};
use crate::recover::{Interrupted, Outcome, RecoverError, list, recover_locked};
use crate::transition::{StepError, bring, observe, remove_bytecode, take_back};
use crate::write::{WriteError, refuse_read_only, still};

/// A change that was taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undone {
    /// The command that made the change.
    pub command: String,
    /// When it was written; none if its writing was interrupted.
    pub written_at: Option<SystemTime>,
    /// The files that are what they were before it.
    pub files: Vec<PathBuf>,
    /// How they came to be so.
    pub how: How,
    /// Cached bytecode that could not be removed, as in `Written`.
    pub stale_bytecode: Vec<PathBuf>,
}

/// How the files of a change came to be what they were before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// This undo wrote them.
    Written,
    /// They were so already, say through `git restore`; the change was only taken out of the journal.
    Already,
    /// The last change, or its undo, had been interrupted, and the repair of that was to take it back.
    Recovered,
}

/// Why nothing was taken back.
#[derive(Debug, thiserror::Error)]
pub enum UndoError {
    /// The journal holds no change.
    #[error("nothing to undo")]
    NothingToUndo,
    /// Another process is writing.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The journal could not be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// An interrupted earlier change could not be repaired.
    #[error(transparent)]
    Recover(#[from] RecoverError),
    /// Somebody else has written to files of the change since.
    #[error("{} changed since `rechain {command}` wrote it", list(paths))]
    Changed {
        /// The command that made the change.
        command: String,
        /// The files whose content is not what it wrote.
        paths: Vec<PathBuf>,
    },
    /// The old content could not be written; the files are what they were before the undo, unless the error
    /// says otherwise.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Takes back the last change; called again, the one before.
///
/// If the last change was interrupted, it is that one.
pub fn undo(journal: &Journal) -> Result<Undone, UndoError> {
    let Some(_lock) = journal.lock_existing()? else {
        return Err(UndoError::NothingToUndo);
    };
    if let Some(recovered) = recover_locked(journal)? {
        let is_undone = matches!(
            (recovered.interrupted, recovered.outcome),
            (Interrupted::Write, Outcome::TakenBack) | (Interrupted::Undo, Outcome::Finished)
        );
        if is_undone {
            return Ok(Undone {
                command: recovered.command,
                written_at: None,
                files: recovered.files,
                how: How::Recovered,
                stale_bytecode: Vec::new(),
            });
        }
    }
    journal.wait_for_git()?;
    let last = journal
        .entries()?
        .into_iter()
        .rfind(|entry| entry.state == State::Done);
    let entry = last.ok_or(UndoError::NothingToUndo)?;
    let record = journal.load(&entry)?;
    let (how, stale_bytecode) = take_off(journal, &entry, &record)?;
    Ok(Undone {
        files: record.paths(),
        command: record.command,
        written_at: Some(record.written_at),
        how,
        stale_bytecode,
    })
}

fn take_off(
    journal: &Journal,
    entry: &Entry,
    record: &Record,
) -> Result<(How, Vec<PathBuf>), UndoError> {
    let sides = record
        .files
        .iter()
        .map(|file| observe(file).map_err(WriteError::from))
        .collect::<Result<Vec<_>, _>>()?;
    if sides.iter().all(|side| *side == Some(Side::Before)) {
        journal.discard(entry)?;
        return Ok((How::Already, Vec::new()));
    }
    let changed = record
        .files
        .iter()
        .zip(&sides)
        .filter(|(_, side)| **side != Some(Side::After));
    let paths: Vec<PathBuf> = changed.map(|(file, _)| file.path.clone()).collect();
    if !paths.is_empty() {
        return Err(UndoError::Changed {
            command: record.command.clone(),
            paths,
        });
    }
    for file in &record.files {
        let read = |source| WriteError::Io {
            action: "read",
            path: file.target.clone(),
            source,
        };
        let metadata: io::Result<_> = existing(fs::symlink_metadata(&file.target));
        refuse_read_only(&file.target, metadata.map_err(read)?.as_ref())?;
    }
    Ok((How::Written, apply(journal, entry, record)?))
}

fn apply(journal: &Journal, entry: &Entry, record: &Record) -> Result<Vec<PathBuf>, WriteError> {
    let file_system = journal.file_system();
    let entry = journal.mark(entry, State::Undoing)?;
    let mut replaced = Vec::new();
    let brought = bring(file_system, &record.files, Side::Before, &mut replaced)
        .map_err(WriteError::from)
        .and_then(|()| journal.wait_for_git())
        .and_then(|()| still(&record.files, Side::Before));
    let cause = match brought {
        Ok(()) => {
            let stale = remove_bytecode(file_system, &record.files);
            match journal.discard(&entry) {
                Ok(()) => return Ok(stale),
                Err(error) => error.into(),
            }
        }
        Err(error) => error,
    };
    let _ = journal.wait_for_git();
    let repaired = take_back(file_system, &record.files, Side::Before, &replaced)
        .map_err(|error: StepError| WriteError::from(error))
        .and_then(|()| Ok(journal.mark(&entry, State::Done)?));
    Err(match repaired {
        Ok(_) => cause,
        Err(source) => WriteError::Unfinished {
            cause: Box::new(cause),
            source: Box::new(source),
        },
    })
}
