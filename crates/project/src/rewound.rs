//! A tree with some files as they were, or as they will be.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use crate::{Change, Entry, EntryKind, Tree};

/// Another tree, with one side of changes in place of the files they name.
#[derive(Debug)]
pub struct Rewound<'t, T> {
    tree: &'t T,
    /// By path, links resolved; `None`: no such file.
    files: BTreeMap<PathBuf, Option<Vec<u8>>>,
}

impl<'t, T: Tree> Rewound<'t, T> {
    /// `tree` as it was before `changes`.
    pub fn before<'c>(tree: &'t T, changes: impl IntoIterator<Item = &'c Change>) -> Self {
        let sides = changes.into_iter().map(|it| (&it.path, &it.before));
        Self::with(tree, sides)
    }

    /// `tree` as it is after `changes`.
    pub fn after<'c>(tree: &'t T, changes: impl IntoIterator<Item = &'c Change>) -> Self {
        let sides = changes.into_iter().map(|it| (&it.path, &it.after));
        Self::with(tree, sides)
    }

    fn with<'c>(
        tree: &'t T,
        sides: impl Iterator<Item = (&'c PathBuf, &'c Option<Vec<u8>>)>,
    ) -> Self {
        let resolved = |path: &Path| tree.resolve(path).unwrap_or_else(|_| path.to_path_buf());
        Self {
            tree,
            files: sides
                .map(|(path, content)| (resolved(path), content.clone()))
                .collect(),
        }
    }

    fn content(&self, path: &Path) -> Option<&Option<Vec<u8>>> {
        if self.files.is_empty() {
            return None;
        }
        let resolved = self.tree.resolve(path).ok()?;
        self.files.get(&resolved)
    }
}

impl<T: Tree> Tree for Rewound<'_, T> {
    fn list(&self, directory: &Path) -> io::Result<Vec<Entry>> {
        let mut entries = self.tree.list(directory)?;
        let resolved = self.tree.resolve(directory)?;
        for (path, content) in &self.files {
            let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
                continue;
            };
            if parent != resolved {
                continue;
            }
            let at = entries.iter().position(|entry| entry.name == name);
            match (content, at) {
                (None, Some(at)) => {
                    entries.remove(at);
                }
                (Some(_), None) => entries.push(Entry {
                    name: OsString::from(name),
                    kind: EntryKind::File,
                }),
                _ => {}
            }
        }
        entries.sort_by(|a, b| a.name.as_encoded_bytes().cmp(b.name.as_encoded_bytes()));
        Ok(entries)
    }

    fn read(&self, file: &Path) -> io::Result<Vec<u8>> {
        match self.content(file) {
            Some(Some(content)) => Ok(content.clone()),
            Some(None) => Err(io::ErrorKind::NotFound.into()),
            None => self.tree.read(file),
        }
    }

    fn read_into(&self, file: &Path, limit: usize, buffer: &mut Vec<u8>) -> io::Result<()> {
        match self.content(file) {
            Some(Some(content)) => {
                buffer.extend_from_slice(&content[..content.len().min(limit)]);
                Ok(())
            }
            Some(None) => Err(io::ErrorKind::NotFound.into()),
            None => self.tree.read_into(file, limit, buffer),
        }
    }

    fn is_on_disk(&self, file: &Path) -> bool {
        self.content(file).is_none() && self.tree.is_on_disk(file)
    }

    fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        self.tree.resolve(path)
    }

    fn is_dir(&self, path: &Path) -> bool {
        self.tree.is_dir(path)
    }

    fn is_file(&self, path: &Path) -> bool {
        match self.content(path) {
            Some(content) => content.is_some(),
            None => self.tree.is_file(path),
        }
    }

    fn repository_root(&self, path: &Path) -> Option<PathBuf> {
        self.tree.repository_root(path)
    }

    fn ignored(&self, directories: &[PathBuf]) -> Vec<bool> {
        self.tree.ignored(directories)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::Rewound;
    use crate::{Change, Tree as _, WorkTree};

    #[test]
    fn shows_one_side_of_changes() {
        let place = tempfile::tempdir().expect("a directory");
        let at = |name: &str| place.path().join(name);
        for (name, text) in [("a.py", "a2"), ("b.py", "b2"), ("d.py", "d")] {
            fs::write(at(name), text).expect("a file");
        }
        let changes = [
            Change::edit(at("a.py"), "a1", "a2"),
            Change::create(at("b.py"), "b2"),
            Change::delete(at("c.py"), "c1"),
        ];
        let names = |entries: Vec<crate::Entry>| {
            let names = entries
                .into_iter()
                .map(|it| it.name.into_string().expect("text"));
            names.collect::<Vec<_>>().join(" ")
        };
        let before = Rewound::before(&WorkTree, &changes);
        assert_eq!(
            names(before.list(place.path()).expect("a list")),
            "a.py c.py d.py"
        );
        assert_eq!(before.read(&at("a.py")).expect("a file"), b"a1");
        assert_eq!(before.read(&at("c.py")).expect("a file"), b"c1");
        assert_eq!(before.read(&at("d.py")).expect("a file"), b"d");
        assert!(before.read(&at("b.py")).is_err() && !before.is_file(&at("b.py")));
        let after = Rewound::after(&WorkTree, &changes);
        assert_eq!(
            names(after.list(place.path()).expect("a list")),
            "a.py b.py d.py"
        );
    }
}
