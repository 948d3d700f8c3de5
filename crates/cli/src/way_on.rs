//! What a person can do about an error of the disk.

use std::io::{self, ErrorKind};

use rechain_project::{
    JournalError, ListError, LockError, RecoverError, UndoError, WriteError, is_in_use,
};

pub(crate) const AGAIN: &str =
    "an editor or git was there meanwhile; run the command again when it is done";
const PERMISSION: &str = if cfg!(windows) {
    "take the mark away (`attrib -R`) or give yourself the permission, then run the command again"
} else {
    "give yourself the permission (`chmod`, `chown`), then run the command again"
};

/// The way on from an error that ends a run, where there is one.
pub(crate) fn of(error: &anyhow::Error) -> Option<&'static str> {
    error.chain().find_map(|cause| {
        if let Some(error) = cause.downcast_ref() {
            return of_write(error);
        }
        if let Some(error) = cause.downcast_ref() {
            return of_undo(error);
        }
        if let Some(error) = cause.downcast_ref() {
            return of_recover(error);
        }
        if let Some(error) = cause.downcast_ref() {
            return of_list(error);
        }
        if let Some(error) = cause.downcast_ref() {
            return of_lock(error);
        }
        if let Some(error) = cause.downcast_ref() {
            return of_journal(error);
        }
        cause.downcast_ref().and_then(of_io)
    })
}

fn of_write(error: &WriteError) -> Option<&'static str> {
    match error {
        WriteError::Lock(error) => of_lock(error),
        WriteError::Journal(error) => of_journal(error),
        WriteError::Recover(error) => of_recover(error),
        WriteError::List(error) => of_list(error),
        WriteError::Changed { .. } => Some(AGAIN),
        WriteError::GitIsBusy { .. } => {
            Some("run the command again when git is done; if none is running, remove that file")
        }
        WriteError::ReadOnly { .. } => Some(PERMISSION),
        WriteError::NotAFile { .. } => {
            Some("move what lies there out of the way, then run the command again")
        }
        WriteError::Io { source, .. } => of_io(source),
        WriteError::Unfinished { .. } => Some(
            "`rechain check` names the interrupted change, and the next writing command takes it back",
        ),
        WriteError::Outside { .. }
        | WriteError::CaseClash(_)
        | WriteError::Device { .. }
        | WriteError::Clash { .. } => None,
    }
}

fn of_undo(error: &UndoError) -> Option<&'static str> {
    match error {
        UndoError::Lock(error) => of_lock(error),
        UndoError::Journal(error) => of_journal(error),
        UndoError::Recover(error) => of_recover(error),
        UndoError::Write(error) => of_write(error),
        UndoError::NothingToUndo | UndoError::Changed { .. } => None,
    }
}

fn of_recover(error: &RecoverError) -> Option<&'static str> {
    match error {
        RecoverError::Lock(error) => of_lock(error),
        RecoverError::Journal(error) => of_journal(error),
        RecoverError::Io { source, .. } => of_io(source),
        // It says so itself.
        RecoverError::Changed { .. } => None,
    }
}

fn of_list(error: &ListError) -> Option<&'static str> {
    match error {
        ListError::Unreadable { error, .. } => of_io(error),
        ListError::DanglingLink { .. } => Some("remove the link, or bring back what it leads to"),
        ListError::Unresolvable { .. } => Some("remove the link, or let it lead to a file"),
    }
}

fn of_lock(error: &LockError) -> Option<&'static str> {
    match error {
        LockError::Busy { .. } => Some("run the command again when that one is done"),
        LockError::Io { source, .. } => of_io(source),
    }
}

fn of_journal(error: &JournalError) -> Option<&'static str> {
    match error {
        JournalError::Io { source, .. } => of_io(source),
        JournalError::Damaged { .. } | JournalError::Outside { .. } => Some(
            "moving that journal away changes no migration; what it holds can then not be undone",
        ),
        JournalError::Link { .. } => Some("remove the link"),
        JournalError::Version { .. } => Some("use the rechain that wrote it, or a newer one"),
        JournalError::Elsewhere { .. } => None,
    }
}

fn of_io(error: &io::Error) -> Option<&'static str> {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            Some("make room on that disk, then run the command again")
        }
        ErrorKind::ReadOnlyFilesystem => {
            Some("that file system is mounted read-only; mount it for writing, or work on a copy")
        }
        ErrorKind::PermissionDenied => Some(PERMISSION),
        ErrorKind::NotADirectory => {
            Some("a file lies where a directory belongs; move it away, then run the command again")
        }
        _ if is_in_use(error) => {
            Some("another program has it open; close it there, then run the command again")
        }
        _ => None,
    }
}
