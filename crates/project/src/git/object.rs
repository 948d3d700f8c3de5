//! Objects by name, through one `git cat-file --batch`.

use std::fmt;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use super::command::{GitError, offline, plain};
use crate::tree::LARGEST_FILE;

/// The name of an object: SHA-1 or SHA-256, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(Arc<str>);

impl ObjectId {
    /// From all of its hexadecimal digits.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The name that git gives a blob of these bytes in a repository of SHA-1 names.
    pub fn of_blob(bytes: &[u8]) -> Self {
        let mut digest = sha1_smol::Sha1::new();
        digest.update(format!("blob {}\0", bytes.len()).as_bytes());
        digest.update(bytes);
        Self::from_bytes(&digest.digest().bytes())
    }

    /// All of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its beginning, as people quote it.
    pub fn short(&self) -> &str {
        self.0.get(..8).unwrap_or(&self.0)
    }

    fn from_bytes(bytes: &[u8]) -> Self {
        let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
        let digit = |it| char::from_digit(u32::from(it), 16).unwrap_or('0');
        let text: String = digits.map(digit).collect();
        Self(text.into())
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An object as git stores it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its name.
    pub id: ObjectId,
    /// `commit`, `tree`, `blob` or `tag`.
    pub kind: String,
    /// Its content, without git's header.
    pub bytes: Vec<u8>,
}

/// One entry of a tree object.
#[derive(Debug, Clone)]
pub(super) struct TreeEntry {
    pub(super) name: Vec<u8>,
    pub(super) kind: TreeEntryKind,
    pub(super) id: ObjectId,
}

/// The entries of a tree object, by name.
#[derive(Debug, Default)]
pub(super) struct TreeEntries(Vec<TreeEntry>);

impl TreeEntries {
    /// git sorts directories as if their names ended in a slash.
    fn new(mut entries: Vec<TreeEntry>) -> Self {
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        Self(entries)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &TreeEntry> {
        self.0.iter()
    }

    pub(super) fn get(&self, name: &[u8]) -> Option<&TreeEntry> {
        let at = self.0.partition_point(|it| it.name.as_slice() < name);
        self.0.get(at).filter(|it| it.name == name)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TreeEntryKind {
    File,
    Directory,
    Symlink,
    Submodule,
}

/// A reader of one repository's objects. The process starts with the first question.
pub(super) struct Objects {
    directory: PathBuf,
    has_network: bool,
    process: Mutex<Option<Process>>,
}

struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Drop for Process {
    fn drop(&mut self) {
        // It waits for nothing but the next question.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl fmt::Debug for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Objects")
            .field("directory", &self.directory)
            .finish_non_exhaustive()
    }
}

impl Objects {
    pub(super) fn new(directory: &Path) -> Self {
        Self {
            directory: directory.to_path_buf(),
            has_network: false,
            process: Mutex::default(),
        }
    }

    /// The same, with leave to fetch what a partial clone lacks.
    pub(super) fn with_network(directory: &Path) -> Self {
        Self {
            has_network: true,
            ..Self::new(directory)
        }
    }

    /// The object of this name (`HEAD^{commit}`, an id); `None` where there is none, or where a
    /// partial clone has not fetched it. Fails for one that is larger than any file that is read.
    pub(super) fn get(&self, name: &str) -> Result<Option<Object>, GitError> {
        if name.is_empty() || name.contains(['\n', '\0']) {
            return Ok(None);
        }
        self.with_process(|process| {
            process.ask(name)?;
            process.answer(name)
        })
    }

    /// Many objects at once, in the order of their ids: git looks for the next ones while one is read.
    pub(super) fn get_all(&self, ids: &[ObjectId]) -> Result<Vec<Option<Object>>, GitError> {
        self.with_process(|process| {
            let mut asked = ids.iter();
            for id in asked.by_ref().take(AHEAD) {
                process.ask(id.as_str())?;
            }
            let mut found = Vec::with_capacity(ids.len());
            for id in ids {
                found.push(process.answer(id.as_str())?);
                if let Some(next) = asked.next() {
                    process.ask(next.as_str())?;
                }
            }
            Ok(found)
        })
    }

    /// What goes wrong with one question leaves answers behind that nobody waits for, so the next one goes to a new
    /// process.
    fn with_process<T>(
        &self,
        ask: impl FnOnce(&mut Process) -> Result<T, GitError>,
    ) -> Result<T, GitError> {
        let mut held = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        let process = match &mut *held {
            Some(process) => process,
            none => none.insert(start(&self.directory, self.has_network)?),
        };
        let answer = ask(process);
        if answer.is_err() {
            *held = None;
        }
        answer
    }
}

/// Questions that are put before the first of them is answered: all of them fit into a pipe of the smallest size
/// there is (4 KiB), so that neither side waits for the other to read.
const AHEAD: usize = 48;

fn start(directory: &Path, has_network: bool) -> Result<Process, GitError> {
    let mut git = if has_network {
        plain(directory)
    } else {
        offline(directory)
    };
    let mut child = git
        .args(["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(GitError::start)?;
    let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(GitError::Answer("no pipes".to_owned()));
    };
    Ok(Process {
        child,
        input,
        output: BufReader::new(output),
    })
}

impl Process {
    fn ask(&mut self, name: &str) -> Result<(), GitError> {
        // In one piece: each write is a system call.
        let line = format!("{name}\n");
        self.input
            .write_all(line.as_bytes())
            .map_err(GitError::Io)?;
        self.input.flush().map_err(GitError::Io)
    }

    fn answer(&mut self, name: &str) -> Result<Option<Object>, GitError> {
        let mut header = Vec::new();
        self.output
            .read_until(b'\n', &mut header)
            .map_err(GitError::Io)?;
        let header = String::from_utf8_lossy(&header);
        let header = header.trim_end_matches('\n');
        if header.is_empty() {
            return Err(GitError::Answer(format!("cat-file ended at `{name}`")));
        }
        if header.ends_with(" missing") || header.ends_with(" ambiguous") {
            return Ok(None);
        }
        let mut words = header.split(' ');
        let (Some(id), Some(kind), Some(size)) = (
            words.next(),
            words.next(),
            words.next().and_then(|size| size.parse::<usize>().ok()),
        ) else {
            return Err(GitError::Answer(header.to_owned()));
        };
        let (id, kind) = (ObjectId::new(id), kind.to_owned());
        if size > LARGEST_FILE {
            return Err(GitError::TooLarge { id });
        }
        let mut bytes = vec![0; size];
        self.output.read_exact(&mut bytes).map_err(GitError::Io)?;
        let mut end = [0];
        self.output.read_exact(&mut end).map_err(GitError::Io)?;
        Ok(Some(Object { id, kind, bytes }))
    }
}

/// `MODE NAME NUL ID`, again and again; `width` is the length of an id in bytes.
pub(super) fn parse_tree(mut bytes: &[u8], width: usize) -> Result<TreeEntries, GitError> {
    let mut entries = Vec::new();
    let damaged = || GitError::Answer("a tree object is damaged".to_owned());
    while !bytes.is_empty() {
        let space = bytes
            .iter()
            .position(|&it| it == b' ')
            .ok_or_else(damaged)?;
        let nul = bytes.iter().position(|&it| it == 0).ok_or_else(damaged)?;
        let (mode, name) = (
            &bytes[..space],
            bytes.get(space + 1..nul).ok_or_else(damaged)?,
        );
        let id = bytes.get(nul + 1..nul + 1 + width).ok_or_else(damaged)?;
        let kind = match mode {
            b"40000" | b"040000" => TreeEntryKind::Directory,
            b"120000" => TreeEntryKind::Symlink,
            b"160000" => TreeEntryKind::Submodule,
            _ => TreeEntryKind::File,
        };
        entries.push(TreeEntry {
            name: name.to_vec(),
            kind,
            id: ObjectId::from_bytes(id),
        });
        bytes = &bytes[nul + 1 + width..];
    }
    Ok(TreeEntries::new(entries))
}
