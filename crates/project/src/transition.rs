//! Bringing the files of a change from one side to the other.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::bytecode;
use crate::file_system::{Attributes, FileSystem};
use crate::recorded::{Recorded, Side, existing};

/// The step that could not be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StepError {
    #[error("cannot {action} {}", path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error("{} changed while it was being written", path.display())]
    Changed { path: PathBuf },
}

impl StepError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            action,
            path: path.to_path_buf(),
            source,
        }
    }
}

/// Puts side `to` of every file on disk: first all temporary files, then all renames. Files that were
/// replaced are noted in `replaced`, also when a later step fails; `take_back` undoes those.
pub(crate) fn bring(
    file_system: &dyn FileSystem,
    files: &[Recorded],
    to: Side,
    replaced: &mut Vec<usize>,
) -> Result<(), StepError> {
    let mut waiting = Vec::new();
    for (index, file) in files.iter().enumerate() {
        if observe(file)? != Some(to) {
            stage(file_system, file, to)?;
            waiting.push(index);
        }
    }
    for index in waiting {
        let file = &files[index];
        // As late as can be: an editor may have saved since the first look.
        if observe(file)? != Some(to.other()) {
            return Err(StepError::Changed {
                path: file.path.clone(),
            });
        }
        replaced.push(index);
        if file.content(to).is_some() {
            file_system
                .rename(&file.temporary, &file.target)
                .map_err(StepError::io("replace", &file.target))?;
        } else {
            file_system
                .remove_file(&file.target)
                .map_err(StepError::io("remove", &file.target))?;
        }
    }
    sync_directories(file_system, files)
}

/// Puts the other side back for the files a failed `bring(.., to, replaced)` replaced, and removes
/// the temporary files of all. A file that somebody else has written to since is theirs, and stays.
pub(crate) fn take_back(
    file_system: &dyn FileSystem,
    files: &[Recorded],
    to: Side,
    replaced: &[usize],
) -> Result<(), StepError> {
    // A checkout that is on its way may reach another file between a look and the next; each that it does is left out
    // the next time.
    let mut tries = files.len();
    loop {
        remove_temporaries(file_system, files)?;
        // A rename that returned an error was noted but did not happen.
        let mut ours: Vec<Recorded> = Vec::new();
        for file in replaced.iter().map(|index| &files[*index]) {
            if observe(file)?.is_some() {
                ours.push(file.clone());
            }
        }
        match bring(file_system, &ours, to.other(), &mut Vec::new()) {
            Err(StepError::Changed { .. }) if tries > 0 => tries -= 1,
            other => {
                other?;
                break;
            }
        }
    }
    remove_bytecode(file_system, files);
    Ok(())
}

pub(crate) fn observe(file: &Recorded) -> Result<Option<Side>, StepError> {
    file.observe().map_err(StepError::io("read", &file.target))
}

fn stage(file_system: &dyn FileSystem, file: &Recorded, to: Side) -> Result<(), StepError> {
    let Some(content) = file.content(to) else {
        return Ok(());
    };
    remove_temporary(file_system, file)?;
    let created = match (&file.link, to) {
        (Some(link), Side::Before) => file_system.create_link(&file.temporary, link),
        _ => attributes(file)
            .and_then(|attributes| file_system.create_file(&file.temporary, content, &attributes)),
    };
    created.map_err(StepError::io("write a file beside", &file.target))
}

/// Those of the file that is replaced; the mode alone where a deleted file comes back.
fn attributes(file: &Recorded) -> io::Result<Attributes> {
    Ok(match existing(fs::symlink_metadata(&file.target))? {
        Some(metadata) => Attributes::of(&metadata),
        None => Attributes {
            mode: file.mode,
            ..Attributes::default()
        },
    })
}

pub(crate) fn remove_temporaries(
    file_system: &dyn FileSystem,
    files: &[Recorded],
) -> Result<(), StepError> {
    files
        .iter()
        .try_for_each(|file| remove_temporary(file_system, file))
}

fn remove_temporary(file_system: &dyn FileSystem, file: &Recorded) -> Result<(), StepError> {
    let result = match existing(fs::symlink_metadata(&file.temporary)) {
        Ok(None) => Ok(()),
        Ok(Some(_)) => file_system.remove_file(&file.temporary),
        Err(error) => Err(error),
    };
    result.map_err(StepError::io("remove", &file.temporary))
}

pub(crate) fn sync_directories(
    file_system: &dyn FileSystem,
    files: &[Recorded],
) -> Result<(), StepError> {
    // A directory that is gone has no names to keep.
    let directories: BTreeSet<&Path> = files
        .iter()
        .map(Recorded::directory)
        .filter(|directory| directory.is_dir())
        .collect();
    directories.into_iter().try_for_each(|directory| {
        file_system
            .sync_directory(directory)
            .map_err(StepError::io("sync", directory))
    })
}

/// Removes the cached bytecode of all files and returns what could not be removed. A link's cache lies
/// beside the link (Alembic before 1.10) or beside the file it points at (since).
pub(crate) fn remove_bytecode(file_system: &dyn FileSystem, files: &[Recorded]) -> Vec<PathBuf> {
    let sources: BTreeSet<&Path> = files
        .iter()
        .flat_map(|file| [file.path.as_path(), file.target.as_path()])
        .collect();
    sources
        .into_iter()
        .flat_map(|source| bytecode::remove(file_system, source))
        .collect()
}
