//! Where changes are remembered: a stack of entries, the last one on top.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::boundary::Boundary;
use crate::change::ChangeSet;
use crate::entry::{Entry, Record, State};
use crate::file_system::{Attributes, Disk, FileSystem};
use crate::git_directory::git_directory;
use crate::git_lock;
use crate::lock::{Lock, LockError};
use crate::paths::real_path;
use crate::recorded::{Side, existing};
use crate::write::WriteError;

/// How many changes can be undone.
const LIMIT: usize = 50;

/// The memory of what was written, by which it is undone and by which an interrupted change is repaired.
///
/// It lies in the git directory that owns the files (`.git/rechain`), or without git in `.rechain` beside the
/// versions directory; git shows neither.
#[derive(Clone, Debug)]
pub struct Journal {
    directory: PathBuf,
    /// Paths in the journal are relative to this.
    root: PathBuf,
    in_git: bool,
    /// Where files may be changed.
    boundary: Boundary,
    file_system: Arc<dyn FileSystem>,
}

/// Why the journal could not be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Reading or writing failed.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// It names a file that lies in none of the directories that may be written: somebody else made it.
    #[error("the journal {} is not followed: it names {}, outside of the project", journal.display(), path.display())]
    Outside {
        /// The manifest.
        journal: PathBuf,
        /// The file.
        path: PathBuf,
    },
    /// It would itself lie in none of the directories that may be written.
    #[error("{} lies outside of the project; nothing was written", path.display())]
    Elsewhere {
        /// The directory.
        path: PathBuf,
    },
    /// A link lies where the journal keeps a file of its own, and would lead the writing elsewhere.
    #[error("{} is a link; the journal is not used", path.display())]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// Something else has written to the journal.
    #[error("the journal is damaged: {}: {reason}", path.display())]
    Damaged {
        /// The file that makes no sense.
        path: PathBuf,
        /// In which way.
        reason: String,
    },
    /// It was written by a newer version of this program.
    #[error("{} has version {version}, which this rechain does not know", path.display())]
    Version {
        /// The manifest.
        path: PathBuf,
        /// Its version.
        version: u64,
    },
}

impl JournalError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            action,
            path: path.to_path_buf(),
            source,
        }
    }
}

impl Journal {
    /// The journal of the git directory that owns `start`, else that in `fallback`, which is the parent of the
    /// versions directory. Nothing is created yet. Fails where git owns nothing and there is no `fallback`.
    pub fn locate(start: &Path, fallback: &Path) -> Result<Self, JournalError> {
        if let Some((root, git)) = git_directory(start) {
            return Ok(Self::new(git.join("rechain"), root, true));
        }
        let root = real_path(fallback).map_err(JournalError::io("find", fallback))?;
        Ok(Self::new(root.join(".rechain"), root, false))
    }

    fn new(directory: PathBuf, root: PathBuf, in_git: bool) -> Self {
        let mut boundary = Boundary::default();
        boundary.add(&root);
        Self {
            directory,
            root,
            in_git,
            boundary,
            file_system: Arc::new(Disk),
        }
    }

    /// The same journal for files below these directories only. Without this those below the work tree (or
    /// below `fallback`) may be changed.
    #[must_use]
    pub fn only_within(mut self, directories: impl IntoIterator<Item = PathBuf>) -> Self {
        self.boundary = Boundary::default();
        for directory in directories {
            self.boundary.add(&directory);
        }
        self
    }

    /// Waits until git is not in the middle of changing files.
    pub(crate) fn wait_for_git(&self) -> Result<(), WriteError> {
        match self.directory.parent() {
            Some(git) if self.in_git => {
                git_lock::wait(git).map_err(|busy| WriteError::GitIsBusy { path: busy.path })
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn boundary(&self) -> &Boundary {
        &self.boundary
    }

    /// The names that writing would follow must not lead elsewhere.
    fn refuse_links(&self) -> Result<(), JournalError> {
        if !self.in_git && !self.boundary.holds(&self.directory) {
            return Err(JournalError::Elsewhere {
                path: self.directory.clone(),
            });
        }
        let own = [
            "lock",
            "lock.pid",
            "changes",
            "decisions.json",
            ".gitignore",
        ];
        let own = own.map(|name| self.directory.join(name));
        for path in own.iter().chain([&self.directory]) {
            if fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink()) {
                let path = path.clone();
                return Err(JournalError::Link { path });
            }
        }
        Ok(())
    }

    #[cfg(test)]
    pub(crate) fn on(&self, file_system: Arc<dyn FileSystem>) -> Self {
        Self {
            file_system,
            ..self.clone()
        }
    }

    /// Where it lies, whether it exists or not.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Every change that is remembered and was not taken back, the last one first.
    pub fn applied(&self) -> Result<Vec<ChangeSet>, JournalError> {
        let done = self.entries()?.into_iter().rev();
        done.filter(|entry| entry.state == State::Done)
            .map(|entry| Ok(self.load(&entry)?.into_change_set()))
            .collect()
    }

    /// What `undo` would take back.
    pub fn latest(&self) -> Result<Option<ChangeSet>, JournalError> {
        let done = self
            .entries()?
            .into_iter()
            .rfind(|entry| entry.state == State::Done);
        Ok(done
            .map(|entry| self.load(&entry))
            .transpose()?
            .map(Record::into_change_set))
    }

    /// Where the answers of the last run that asked a person are kept.
    pub fn decisions(&self) -> PathBuf {
        self.directory.join("decisions.json")
    }

    /// Keeps the answers of a run, so that it can be repeated elsewhere. Replaces those of the run before.
    pub fn keep_decisions(&self, text: &str) -> Result<PathBuf, JournalError> {
        let path = self.decisions();
        let failed = || JournalError::io("write", &path);
        self.refuse_links()?;
        fs::create_dir_all(&self.directory).map_err(failed())?;
        fs::write(&path, text).map_err(failed())?;
        Ok(path)
    }

    pub(crate) fn file_system(&self) -> &dyn FileSystem {
        &*self.file_system
    }

    pub(crate) fn load(&self, entry: &Entry) -> Result<Record, JournalError> {
        let record = entry.load(&self.root)?;
        let named = record.files.iter().flat_map(|it| [&it.path, &it.target]);
        let outside = named
            .into_iter()
            .find(|path| !self.boundary.holds(path))
            .cloned();
        match outside {
            None => Ok(record),
            Some(path) => Err(JournalError::Outside {
                journal: entry.manifest(),
                path,
            }),
        }
    }

    /// The lock, or none if there is no journal at all.
    pub(crate) fn lock_existing(&self) -> Result<Option<Lock>, LockError> {
        if let Err(error) = self.refuse_links() {
            let path = self.directory.clone();
            let source = io::Error::other(error);
            return Err(LockError::Io { path, source });
        }
        if self.changes().is_dir() {
            Lock::take(&self.directory).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Makes the directories of the journal.
    pub(crate) fn create(&self) -> Result<(), JournalError> {
        self.refuse_links()?;
        self.create_directory(&self.directory)?;
        if !self.in_git {
            self.hide_from_git()?;
        }
        self.create_directory(&self.changes())
    }

    /// There is no git now; should there be one later, it will not show the journal.
    fn hide_from_git(&self) -> Result<(), JournalError> {
        const CONTENT: &[u8] = b"*\n";
        let path = self.directory.join(".gitignore");
        if fs::read(&path).is_ok_and(|content| content == CONTENT) {
            return Ok(());
        }
        let failed = |action| JournalError::io(action, &path);
        let temporary = self.directory.join(".gitignore.new");
        if temporary.exists() {
            self.file_system
                .remove_file(&temporary)
                .map_err(failed("replace"))?;
        }
        self.file_system
            .create_file(&temporary, CONTENT, &Attributes::default())
            .and_then(|()| self.file_system.rename(&temporary, &path))
            .map_err(failed("write"))
    }

    fn create_directory(&self, path: &Path) -> Result<(), JournalError> {
        if path.is_dir() {
            return Ok(());
        }
        match self.file_system.create_directory(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(JournalError::io("create", path)(error));
            }
            _ => {}
        }
        self.sync(path.parent().unwrap_or(path))
    }

    /// All entries, the oldest first. An absent journal is an empty one.
    pub(crate) fn entries(&self) -> Result<Vec<Entry>, JournalError> {
        let changes = self.changes();
        let failed = || JournalError::io("read", &changes);
        let Some(listing) = existing(fs::read_dir(&changes)).map_err(failed())? else {
            return Ok(Vec::new());
        };
        let mut entries = Vec::new();
        for found in listing {
            let name = found.map_err(failed())?.file_name();
            entries.extend(
                name.to_str()
                    .and_then(|name| Entry::from_name(&changes, name)),
            );
        }
        entries.sort_by_key(|entry| entry.number);
        Ok(entries)
    }

    /// The interrupted change, if there is one.
    pub(crate) fn interrupted(&self) -> Result<Option<Entry>, JournalError> {
        Ok(self
            .entries()?
            .into_iter()
            .rfind(|entry| entry.state.direction().is_some()))
    }

    /// Writes a new entry on top of the stack; when this returns, it is on the disk and `Applying`.
    pub(crate) fn push(&self, record: &Record) -> Result<Entry, JournalError> {
        let number = self.entries()?.last().map_or(1, |entry| entry.number + 1);
        let entry = Entry::new(&self.changes(), number, State::Building);
        self.build(&entry, record)
            .and_then(|()| self.mark(&entry, State::Applying))
            .inspect_err(|_| {
                // The next change sweeps up what cannot be removed now.
                let _ = self.delete(&entry);
            })
    }

    fn build(&self, entry: &Entry, record: &Record) -> Result<(), JournalError> {
        let file_system = self.file_system();
        let create = |path: &Path, content: &[u8]| {
            file_system
                .create_file(
                    path,
                    content,
                    &Attributes {
                        mode: Some(0o600),
                        ..Attributes::default()
                    },
                )
                .map_err(JournalError::io("write", path))
        };
        file_system
            .create_directory(&entry.directory)
            .map_err(JournalError::io("create", &entry.directory))?;
        for (index, file) in record.files.iter().enumerate() {
            for side in [Side::Before, Side::After] {
                if let Some(content) = file.content(side) {
                    create(&entry.content(index, side), content)?;
                }
            }
        }
        let path = entry.manifest();
        let manifest = record
            .manifest(&self.root)
            .map_err(JournalError::io("write", &path))?;
        create(&path, &manifest)?;
        self.sync(&entry.directory)
    }

    /// Gives an entry another state, for good when this returns.
    pub(crate) fn mark(&self, entry: &Entry, state: State) -> Result<Entry, JournalError> {
        let marked = Entry::new(&self.changes(), entry.number, state);
        if let Err(error) = self.file_system.rename(&entry.directory, &marked.directory) {
            // A network file system may report a rename as failed that it has carried out.
            if entry.directory.exists() || !marked.directory.exists() {
                return Err(JournalError::io("rename", &entry.directory)(error));
            }
        }
        if let Err(error) = self.sync(&self.changes()) {
            // Failed means unchanged.
            let _ = self.file_system.rename(&marked.directory, &entry.directory);
            return Err(error);
        }
        Ok(marked)
    }

    /// Takes an entry off the stack.
    pub(crate) fn discard(&self, entry: &Entry) -> Result<(), JournalError> {
        let discarded = self.mark(entry, State::Discarded)?;
        // Taken off by the rename; the next change sweeps up what cannot be removed now.
        let _ = self.delete(&discarded);
        Ok(())
    }

    /// Deletes entries that were never finished, that are of no use any more, or that are too many.
    pub(crate) fn sweep(&self) -> Result<(), JournalError> {
        let (kept, mut old): (Vec<Entry>, Vec<Entry>) = self
            .entries()?
            .into_iter()
            .partition(|entry| !matches!(entry.state, State::Building | State::Discarded));
        for entry in kept
            .iter()
            .rev()
            .skip(LIMIT)
            .filter(|entry| entry.state == State::Done)
        {
            old.push(self.mark(entry, State::Discarded)?);
        }
        old.iter().try_for_each(|entry| self.delete(entry))
    }

    fn delete(&self, entry: &Entry) -> Result<(), JournalError> {
        let failed = || JournalError::io("remove", &entry.directory);
        let Some(listing) = existing(fs::read_dir(&entry.directory)).map_err(failed())? else {
            return Ok(());
        };
        let mut paths = listing
            .map(|found| found.map(|found| found.path()))
            .collect::<io::Result<Vec<_>>>()
            .map_err(failed())?;
        paths.sort();
        paths
            .iter()
            .try_for_each(|path| self.file_system.remove_file(path))
            .and_then(|()| self.file_system.remove_directory(&entry.directory))
            .map_err(failed())
    }

    fn sync(&self, directory: &Path) -> Result<(), JournalError> {
        self.file_system
            .sync_directory(directory)
            .map_err(JournalError::io("sync", directory))
    }

    fn changes(&self) -> PathBuf {
        self.directory.join("changes")
    }
}
