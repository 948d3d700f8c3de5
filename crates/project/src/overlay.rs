//! One tree laid over another, in memory.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use crate::{Change, Entry, EntryKind, Tree};

/// A tree with some files written or removed that are not touched on disk.
pub struct Overlay<'t> {
    below: &'t dyn Tree,
    files: BTreeMap<PathBuf, Option<Vec<u8>>>,
}

impl<'t> Overlay<'t> {
    /// `below`, with what `files` says of some paths: their content, or that nothing is there. The
    /// paths hold no symbolic links.
    pub fn new(below: &'t dyn Tree, files: BTreeMap<PathBuf, Option<Vec<u8>>>) -> Self {
        Self { below, files }
    }

    /// `below` as it was before `changes`.
    pub fn before<'c>(below: &'t dyn Tree, changes: impl IntoIterator<Item = &'c Change>) -> Self {
        let changes = changes.into_iter();
        let files = changes.map(|it| (place(below, it), it.before.clone()));
        Self::new(below, files.collect())
    }

    /// `below` as it is after `changes`.
    pub fn after<'c>(below: &'t dyn Tree, changes: impl IntoIterator<Item = &'c Change>) -> Self {
        let changes = changes.into_iter();
        let files = changes.map(|it| (place(below, it), it.after.clone()));
        Self::new(below, files.collect())
    }

    /// What is laid over.
    pub fn into_files(self) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
        self.files
    }

    /// The written files below a directory.
    fn inside<'s>(&'s self, directory: &'s Path) -> impl Iterator<Item = &'s Path> {
        self.files
            .range(directory.to_path_buf()..)
            .map_while(move |(path, content)| {
                let inside = path.strip_prefix(directory).ok()?;
                Some(content.as_ref().map(|_| inside))
            })
            .flatten()
            .filter(|inside| !inside.as_os_str().is_empty())
    }
}

/// The file that a change is about, without symbolic links: what is edited is what a link leads to, what comes or goes is
/// the link itself.
fn place(tree: &dyn Tree, change: &Change) -> PathBuf {
    let path = &change.path;
    let resolved = |path: &Path| tree.resolve(path).unwrap_or_else(|_| path.to_path_buf());
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) if change.before.is_none() || change.after.is_none() => {
            resolved(parent).join(name)
        }
        _ => resolved(path),
    }
}

impl Tree for Overlay<'_> {
    fn list(&self, directory: &Path) -> io::Result<Vec<Entry>> {
        let resolved = self.resolve(directory)?;
        let mut entries: BTreeMap<OsString, EntryKind> = match self.below.list(directory) {
            Ok(entries) => entries.into_iter().map(|it| (it.name, it.kind)).collect(),
            Err(error) if self.inside(&resolved).next().is_none() => return Err(error),
            Err(_) => BTreeMap::new(),
        };
        entries.retain(|name, _| self.files.get(&resolved.join(name)) != Some(&None));
        for inside in self.inside(&resolved) {
            let mut parts = inside.components();
            let Some(first) = parts.next() else { continue };
            let name = first.as_os_str().to_owned();
            let kind = if parts.next().is_some() {
                EntryKind::Directory
            } else {
                EntryKind::File
            };
            entries.insert(name, kind);
        }
        let mut entries: Vec<Entry> = entries
            .into_iter()
            .map(|(name, kind)| Entry { name, kind })
            .collect();
        entries.sort_by(|a, b| a.name.as_encoded_bytes().cmp(b.name.as_encoded_bytes()));
        Ok(entries)
    }

    fn read(&self, file: &Path) -> io::Result<Vec<u8>> {
        match self.files.get(file) {
            Some(Some(content)) => Ok(content.clone()),
            Some(None) => Err(io::ErrorKind::NotFound.into()),
            None => self.below.read(file),
        }
    }

    fn read_into(&self, file: &Path, limit: usize, buffer: &mut Vec<u8>) -> io::Result<()> {
        match self.files.get(file) {
            Some(Some(content)) => {
                buffer.extend_from_slice(&content[..content.len().min(limit)]);
                Ok(())
            }
            Some(None) => Err(io::ErrorKind::NotFound.into()),
            None => self.below.read_into(file, limit, buffer),
        }
    }

    fn is_on_disk(&self, file: &Path) -> bool {
        !self.files.contains_key(file) && self.below.is_on_disk(file)
    }

    fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        self.below.resolve(path)
    }

    fn is_dir(&self, path: &Path) -> bool {
        self.below.is_dir(path) || self.inside(path).next().is_some()
    }

    fn is_file(&self, path: &Path) -> bool {
        match self.files.get(path) {
            Some(content) => content.is_some(),
            None => self.below.is_file(path),
        }
    }

    fn ignored(&self, directories: &[PathBuf]) -> Vec<bool> {
        self.below.ignored(directories)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WorkTree;
    use crate::paths::real_path;

    #[test]
    fn files_come_and_go_without_touching_the_disk() {
        let dir = tempfile::tempdir().expect("a directory");
        let root = real_path(dir.path()).expect("a path");
        for name in ["a.py", "b.py"] {
            std::fs::write(root.join(name), "old").expect("a file");
        }
        let files = [
            (root.join("b.py"), None),
            (root.join("c.py"), Some(b"new".to_vec())),
            (root.join("d/e.py"), Some(Vec::new())),
        ];
        let tree = Overlay::new(&WorkTree, files.into());
        let names = |path: &Path| -> Vec<OsString> {
            let entries = tree.list(path).expect("a listing");
            entries.into_iter().map(|it| it.name).collect()
        };
        assert_eq!(names(&root), ["a.py", "c.py", "d"]);
        assert_eq!(names(&root.join("d")), ["e.py"]);
        assert!(tree.is_dir(&root.join("d")) && !tree.is_dir(&root.join("f")));
        assert!(tree.is_file(&root.join("c.py")) && !tree.is_file(&root.join("b.py")));
        assert!(tree.is_on_disk(&root.join("a.py")) && !tree.is_on_disk(&root.join("c.py")));
        assert_eq!(tree.read(&root.join("c.py")).expect("it is there"), b"new");
        assert!(tree.read(&root.join("b.py")).is_err());
        assert!(tree.list(&root.join("f")).is_err());
    }

    #[test]
    fn shows_one_side_of_changes() {
        let place = tempfile::tempdir().expect("a directory");
        let root = real_path(place.path()).expect("a path");
        let at = |name: &str| root.join(name);
        for (name, text) in [("a.py", "a2"), ("b.py", "b2"), ("d.py", "d")] {
            std::fs::write(at(name), text).expect("a file");
        }
        let changes = [
            Change::edit(at("a.py"), "a1", "a2"),
            Change::create(at("b.py"), "b2"),
            Change::delete(at("c.py"), "c1"),
        ];
        let names = |tree: &Overlay<'_>| -> Vec<OsString> {
            let entries = tree.list(&root).expect("a listing");
            entries.into_iter().map(|it| it.name).collect()
        };
        let before = Overlay::before(&WorkTree, &changes);
        assert_eq!(names(&before), ["a.py", "c.py", "d.py"]);
        assert_eq!(before.read(&at("a.py")).expect("a file"), b"a1");
        assert_eq!(before.read(&at("c.py")).expect("a file"), b"c1");
        assert_eq!(before.read(&at("d.py")).expect("a file"), b"d");
        assert!(before.read(&at("b.py")).is_err() && !before.is_file(&at("b.py")));
        let after = Overlay::after(&WorkTree, &changes);
        assert_eq!(names(&after), ["a.py", "b.py", "d.py"]);
    }

    #[cfg(unix)]
    #[test]
    fn of_a_link_the_link_goes_and_what_it_leads_to_is_edited() {
        let place = tempfile::tempdir().expect("a directory");
        let root = std::fs::canonicalize(place.path()).expect("a path");
        std::fs::create_dir(root.join("versions")).expect("a directory");
        let (real, link) = (root.join("real.py"), root.join("versions/link.py"));
        std::fs::write(&real, "old").expect("a file");
        std::os::unix::fs::symlink("../real.py", &link).expect("a link");
        let gone = [Change::delete(&link, "old")];
        let tree = Overlay::after(&WorkTree, &gone);
        assert!(
            tree.list(&root.join("versions"))
                .expect("a list")
                .is_empty()
        );
        assert!(tree.is_file(&real));
        let edited = [Change::edit(&link, "old", "new")];
        let tree = Overlay::after(&WorkTree, &edited);
        assert_eq!(tree.read(&real).expect("a file"), b"new");
    }
}
