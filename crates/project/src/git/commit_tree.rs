//! The files of a commit, as a [`Tree`].

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::command::GitError;
use super::commit::Commit;
use super::object::{ObjectId, TreeEntries, TreeEntryKind};
use super::repository::Repository;
use crate::{Entry, EntryKind, Tree};

/// As many as Linux follows in one path.
const MAX_LINKS: usize = 40;

/// A commit's files, under the paths they would have in the work tree. Nothing outside of the
/// repository exists in it.
#[derive(Debug, Clone, Copy)]
pub struct CommitTree<'r> {
    repository: &'r Repository,
    tree: &'r ObjectId,
}

/// What a path leads to.
enum Found {
    File(ObjectId),
    Directory(Option<ObjectId>),
}

impl<'r> CommitTree<'r> {
    /// The files of `commit`.
    pub fn new(repository: &'r Repository, commit: &'r Commit) -> Self {
        Self {
            repository,
            tree: &commit.tree,
        }
    }

    /// The id of what lies at `path`, links followed: equal ids are equal content. `None` where
    /// nothing lies there; an error where it cannot be seen (a partial clone).
    pub fn object(&self, path: &Path) -> io::Result<Option<ObjectId>> {
        match self.walk(path) {
            Ok((_, Some(Found::File(id) | Found::Directory(Some(id))))) => Ok(Some(id)),
            Ok(_) => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The same for many paths, those of one directory together: it is looked for once.
    pub fn objects<'p>(
        &self,
        paths: impl IntoIterator<Item = &'p Path>,
    ) -> Vec<io::Result<Option<ObjectId>>> {
        let mut directory: Option<(&Path, Option<Arc<TreeEntries>>)> = None;
        let mut object = |path: &'p Path| {
            let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
                return self.object(path);
            };
            let is_there = |known: &Path| known.as_os_str() == parent.as_os_str();
            if !directory.as_ref().is_some_and(|(known, _)| is_there(known)) {
                let entries = match self.walk(parent)?.1 {
                    Some(Found::Directory(Some(tree))) => Some(self.entries(&tree)?),
                    _ => None,
                };
                directory = Some((parent, entries));
            }
            let entries = directory.as_ref().and_then(|(_, entries)| entries.as_ref());
            match entries.and_then(|it| it.get(name.as_encoded_bytes())) {
                Some(entry) if entry.kind == TreeEntryKind::File => Ok(Some(entry.id.clone())),
                _ => self.object(path),
            }
        };
        paths.into_iter().map(&mut object).collect()
    }

    /// Every Python file of the commit that `other` has not at the same path with the same content.
    pub fn python_files_not_in(&self, other: &Self) -> io::Result<Vec<(PathBuf, ObjectId)>> {
        let mut found = Vec::new();
        let mut open = vec![(PathBuf::new(), self.tree.clone(), Some(other.tree.clone()))];
        while let Some((path, tree, theirs)) = open.pop() {
            if theirs.as_ref() == Some(&tree) {
                continue;
            }
            let entries = self.entries(&tree)?;
            let theirs = match theirs {
                Some(theirs) => other.entries(&theirs)?,
                None => Arc::default(),
            };
            for entry in entries.iter() {
                let counterpart = theirs.get(&entry.name);
                let path = path.join(path_from_bytes(&entry.name));
                match entry.kind {
                    TreeEntryKind::Directory => {
                        let theirs = counterpart
                            .filter(|it| it.kind == TreeEntryKind::Directory)
                            .map(|it| it.id.clone());
                        open.push((path, entry.id.clone(), theirs));
                    }
                    TreeEntryKind::File
                        if entry.name.ends_with(b".py")
                            && counterpart.is_none_or(|it| it.id != entry.id) =>
                    {
                        found.push((self.repository.root.join(path), entry.id.clone()));
                    }
                    _ => {}
                }
            }
        }
        found.sort();
        Ok(found)
    }

    /// Every file of the commit whose base name is one of `names`.
    pub fn files_named(&self, names: &BTreeSet<OsString>) -> io::Result<Vec<(PathBuf, ObjectId)>> {
        let mut found = Vec::new();
        let mut open = vec![(PathBuf::new(), self.tree.clone())];
        while let Some((path, tree)) = open.pop() {
            for entry in self.entries(&tree)?.iter() {
                let name = path_from_bytes(&entry.name);
                match entry.kind {
                    TreeEntryKind::Directory => open.push((path.join(name), entry.id.clone())),
                    TreeEntryKind::File if names.contains(name.as_os_str()) => {
                        found.push((
                            self.repository.root.join(&path).join(name),
                            entry.id.clone(),
                        ));
                    }
                    _ => {}
                }
            }
        }
        found.sort();
        Ok(found)
    }

    /// The bytes of a blob.
    pub fn blob(&self, id: &ObjectId) -> io::Result<Vec<u8>> {
        self.repository.blob(id)
    }

    fn entries(&self, tree: &ObjectId) -> io::Result<Arc<TreeEntries>> {
        let entries = self.repository.tree(tree).map_err(other)?;
        entries.ok_or_else(|| absent(tree))
    }

    /// Where `path` leads once every link in it is followed, and what is there.
    fn walk(&self, path: &Path) -> io::Result<(PathBuf, Option<Found>)> {
        let root = &self.repository.root;
        let Ok(inside) = path.strip_prefix(root) else {
            return Ok((path.to_path_buf(), None));
        };
        let mut links = 0;
        let mut parts = reversed(inside);
        let mut place = PathBuf::new();
        let mut trees = vec![self.tree.clone()];
        let mut found = Found::Directory(Some(self.tree.clone()));
        while let Some(part) = parts.pop() {
            if part == ".." {
                if !place.pop() {
                    return Ok((root.join(".."), None));
                }
                trees.truncate(place.components().count() + 1);
                found = Found::Directory(trees.last().cloned());
                continue;
            }
            let next = match &found {
                Found::Directory(Some(tree)) => {
                    let entries = self.entries(tree)?;
                    entries.get(part.as_encoded_bytes()).cloned()
                }
                _ => None,
            };
            let Some(entry) = next else {
                place.push(&part);
                place.extend(parts.iter().rev());
                return Ok((root.join(place), None));
            };
            match entry.kind {
                TreeEntryKind::Symlink => {
                    links += 1;
                    if links > MAX_LINKS {
                        return Err(io::Error::other("too many symbolic links"));
                    }
                    let target = path_from_bytes(&self.blob(&entry.id)?);
                    if target.is_absolute() {
                        let mut target = target;
                        target.extend(parts.iter().rev());
                        return Ok((target, None));
                    }
                    parts.extend(reversed(&target));
                }
                TreeEntryKind::Directory => {
                    place.push(&part);
                    trees.push(entry.id.clone());
                    found = Found::Directory(Some(entry.id));
                }
                TreeEntryKind::Submodule => {
                    place.push(&part);
                    trees.push(entry.id);
                    found = Found::Directory(None);
                }
                TreeEntryKind::File => {
                    place.push(&part);
                    trees.push(entry.id.clone());
                    found = Found::File(entry.id);
                }
            }
        }
        Ok((root.join(place), Some(found)))
    }

    fn found(&self, path: &Path) -> io::Result<Found> {
        let missing = || io::Error::from(io::ErrorKind::NotFound);
        self.walk(path)?.1.ok_or_else(missing)
    }
}

impl Tree for CommitTree<'_> {
    fn list(&self, directory: &Path) -> io::Result<Vec<Entry>> {
        let tree = match self.found(directory)? {
            Found::Directory(Some(tree)) => tree,
            Found::Directory(None) => return Ok(Vec::new()),
            Found::File(_) => return Err(io::ErrorKind::NotADirectory.into()),
        };
        let entries = self.entries(&tree)?;
        let entries = entries.iter().map(|entry| Entry {
            name: path_from_bytes(&entry.name).into_os_string(),
            kind: match entry.kind {
                TreeEntryKind::File => EntryKind::File,
                TreeEntryKind::Symlink => EntryKind::Symlink,
                TreeEntryKind::Directory | TreeEntryKind::Submodule => EntryKind::Directory,
            },
        });
        Ok(entries.collect())
    }

    fn read(&self, file: &Path) -> io::Result<Vec<u8>> {
        match self.found(file)? {
            Found::File(id) => self.blob(&id),
            Found::Directory(_) => Err(io::ErrorKind::IsADirectory.into()),
        }
    }

    fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        Ok(self.walk(path)?.0)
    }

    fn is_dir(&self, path: &Path) -> bool {
        matches!(self.walk(path), Ok((_, Some(Found::Directory(_)))))
    }

    fn is_file(&self, path: &Path) -> bool {
        matches!(self.walk(path), Ok((_, Some(Found::File(_)))))
    }

    fn repository_root(&self, path: &Path) -> Option<PathBuf> {
        let root = &self.repository.root;
        path.starts_with(root).then(|| root.clone())
    }
}

impl Repository {
    /// The bytes of a blob; an error where it is not in this clone.
    pub fn blob(&self, id: &ObjectId) -> io::Result<Vec<u8>> {
        let object = self.source.object(id.as_str()).map_err(other)?;
        object.map(|it| it.bytes).ok_or_else(|| absent(id))
    }

    /// The bytes of many blobs, in the order of their ids; `None` for those that are not in this clone.
    pub fn blobs(&self, ids: &[ObjectId]) -> Result<Vec<Option<Vec<u8>>>, GitError> {
        let objects = self.source.objects(ids)?.into_iter();
        Ok(objects.map(|it| it.map(|it| it.bytes)).collect())
    }
}

/// What an object that is not here is reported as: a partial clone has not fetched it.
fn absent(id: &ObjectId) -> io::Error {
    io::Error::other(format!("object {} is not in this clone", id.short()))
}

fn other(error: GitError) -> io::Error {
    io::Error::other(error)
}

fn reversed(path: &Path) -> Vec<OsString> {
    let parts = path.components().filter(|part| *part != Component::CurDir);
    let mut parts: Vec<OsString> = parts.map(|part| part.as_os_str().to_owned()).collect();
    parts.reverse();
    parts
}

#[cfg(unix)]
fn path_from_bytes(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn path_from_bytes(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}
