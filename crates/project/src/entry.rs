//! One change in the journal: a directory whose name says how far the change has come.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::change::{Change, ChangeSet};
use crate::journal::JournalError;
use crate::manifest::{Manifest, ManifestFile, PathText, VERSION};
use crate::recorded::{Recorded, Side};

/// `00000007`, `00000007.applying`: because the state is in the name, one rename changes it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) number: u64,
    pub(crate) state: State,
    pub(crate) directory: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Being put together; no file has been touched yet.
    Building,
    /// The files are being changed.
    Applying,
    /// The files were changed.
    Done,
    /// The files are being changed back.
    Undoing,
    /// Of no more use; about to be deleted.
    Discarded,
}

impl State {
    const ALL: [Self; 5] = [
        Self::Building,
        Self::Applying,
        Self::Done,
        Self::Undoing,
        Self::Discarded,
    ];

    fn extension(self) -> &'static str {
        match self {
            Self::Building => ".building",
            Self::Applying => ".applying",
            Self::Done => "",
            Self::Undoing => ".undoing",
            Self::Discarded => ".discarded",
        }
    }

    /// Where the files are going; none: nowhere.
    pub(crate) fn direction(self) -> Option<Side> {
        match self {
            Self::Applying => Some(Side::After),
            Self::Undoing => Some(Side::Before),
            Self::Building | Self::Done | Self::Discarded => None,
        }
    }
}

/// The content of an entry.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) command: String,
    pub(crate) written_at: SystemTime,
    pub(crate) files: Vec<Recorded>,
}

impl Entry {
    pub(crate) fn new(changes: &Path, number: u64, state: State) -> Self {
        let directory = changes.join(format!("{number:08}{}", state.extension()));
        Self {
            number,
            state,
            directory,
        }
    }

    /// None for a name that is not one of ours.
    pub(crate) fn from_name(changes: &Path, name: &str) -> Option<Self> {
        let digits = name.split('.').next()?;
        let state = State::ALL
            .into_iter()
            .find(|state| name[digits.len()..] == *state.extension())?;
        let entry = Self::new(changes, digits.parse().ok()?, state);
        entry.directory.ends_with(name).then_some(entry)
    }

    pub(crate) fn load(&self, root: &Path) -> Result<Record, JournalError> {
        let path = self.manifest();
        let text = fs::read(&path).map_err(JournalError::io("read", &path))?;
        let damaged = |reason: String| JournalError::Damaged {
            path: path.clone(),
            reason,
        };
        let value: serde_json::Value =
            serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
        // Before anything else is asked of it: a newer program may have changed all the rest.
        let version = value.get("version").and_then(serde_json::Value::as_u64);
        if version != Some(u64::from(VERSION)) {
            return Err(version.map_or_else(
                || damaged("it has no version".to_owned()),
                |version| JournalError::Version {
                    path: path.clone(),
                    version,
                },
            ));
        }
        let manifest: Manifest =
            serde_json::from_value(value).map_err(|error| damaged(error.to_string()))?;
        let files = manifest
            .files
            .iter()
            .enumerate()
            .map(|(index, file)| self.load_file(root, index, file))
            .collect::<Result<_, _>>()?;
        let written_at = SystemTime::UNIX_EPOCH + Duration::from_secs(manifest.written_at);
        Ok(Record {
            command: manifest.command,
            written_at,
            files,
        })
    }

    fn load_file(
        &self,
        root: &Path,
        index: usize,
        file: &ManifestFile,
    ) -> Result<Recorded, JournalError> {
        let damaged = |reason: &str| JournalError::Damaged {
            path: self.manifest(),
            reason: reason.to_owned(),
        };
        let decode = |text: &PathText| {
            text.decode()
                .ok_or_else(|| damaged("a path of another operating system"))
        };
        // By its parts: one kind of separator.
        let place = |text| Ok(root.join(decode(text)?).components().collect::<PathBuf>());
        let target = place(&file.target)?;
        let directory = target
            .parent()
            .ok_or_else(|| damaged("a path without a directory"))?;
        if Path::new(&file.temporary).file_name() != Some(file.temporary.as_ref()) {
            return Err(damaged("a temporary file in another directory"));
        }
        Ok(Recorded {
            path: place(&file.path)?,
            temporary: directory.join(&file.temporary),
            before: self.load_content(index, Side::Before, file.before)?,
            after: self.load_content(index, Side::After, file.after)?,
            mode: file.mode,
            link: file.link.as_ref().map(decode).transpose()?,
            target,
            reason: file.reason.clone(),
        })
    }

    fn load_content(
        &self,
        index: usize,
        side: Side,
        length: Option<u64>,
    ) -> Result<Option<Vec<u8>>, JournalError> {
        let Some(length) = length else {
            return Ok(None);
        };
        let path = self.content(index, side);
        let content = fs::read(&path).map_err(JournalError::io("read", &path))?;
        if u64::try_from(content.len()).ok() == Some(length) {
            Ok(Some(content))
        } else {
            Err(JournalError::Damaged {
                path,
                reason: format!("{length} bytes were written"),
            })
        }
    }

    pub(crate) fn manifest(&self) -> PathBuf {
        self.directory.join("manifest.json")
    }

    pub(crate) fn content(&self, index: usize, side: Side) -> PathBuf {
        let side = match side {
            Side::Before => "before",
            Side::After => "after",
        };
        self.directory.join(format!("{index}.{side}"))
    }
}

impl Record {
    pub(crate) fn manifest(&self, root: &Path) -> Result<Vec<u8>, io::Error> {
        let encode = |path: &Path| PathText::of_file(path.strip_prefix(root).unwrap_or(path));
        let length = |content: &Option<Vec<u8>>| content.as_ref().map(|bytes| bytes.len() as u64);
        let files = self.files.iter().map(|file| ManifestFile {
            path: encode(&file.path),
            target: encode(&file.target),
            temporary: file
                .temporary
                .file_name()
                .map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
            mode: file.mode,
            link: file.link.as_deref().map(PathText::encode),
            before: length(&file.before),
            after: length(&file.after),
            reason: file.reason.clone(),
        });
        let written_at = self.written_at.duration_since(SystemTime::UNIX_EPOCH);
        let manifest = Manifest {
            version: VERSION,
            command: self.command.clone(),
            written_at: written_at.map_or(0, |duration| duration.as_secs()),
            files: files.collect(),
        };
        Ok(serde_json::to_vec_pretty(&manifest)?)
    }

    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        self.files.iter().map(|file| file.path.clone()).collect()
    }

    pub(crate) fn into_change_set(self) -> ChangeSet {
        let reasons = self
            .files
            .iter()
            .filter_map(|file| Some((file.path.clone(), file.reason.clone()?)))
            .collect();
        let change = |file: Recorded| Change {
            path: file.path,
            before: file.before,
            after: file.after,
        };
        ChangeSet::new(self.command, self.files.into_iter().map(change).collect())
            .with_reasons(reasons)
    }
}
