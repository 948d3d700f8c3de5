//! Which files of an environment Alembic would load, and in which order.
//!
//! The rule is that of Alembic 1.10 and later (`Script._list_py_dir` and `Script._from_path` in
//! `alembic/script/base.py`).

use std::collections::{BTreeSet, HashSet};
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::{Entry, EntryKind, Environment, Tree};

/// The files that hold the revisions of one environment, in Alembic's load order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RevisionFiles {
    /// The files.
    pub files: Vec<RevisionFile>,
    /// Files that were met a second time (overlapping locations, links), each named once by its
    /// resolved path. Alembic warns `File ... loaded twice!` and ignores the repetition.
    pub met_twice: Vec<PathBuf>,
    /// Version locations that do not exist; Alembic passes over them without a word.
    pub missing_locations: Vec<PathBuf>,
    /// Directories in a version location that hold Python files and are not looked into, because
    /// `recursive_version_locations` is not set.
    pub not_entered: Vec<PathBuf>,
}

/// One file that Alembic would load as a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionFile {
    /// The path at which it was found.
    pub path: PathBuf,
    /// The same with all symbolic links followed: the file that is read and edited.
    pub resolved: PathBuf,
    /// Source or bytecode.
    pub kind: RevisionFileKind,
}

/// What kind of file a revision is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevisionFileKind {
    /// A `.py` file.
    Source,
    /// A `.pyc` or `.pyo` file without its source (`sourceless = true`): it cannot be read here.
    Bytecode,
    /// A pipe, a socket or a device: opening it might never come back.
    Special,
}

/// Why the files of an environment could not be listed.
#[derive(Debug, Error)]
pub enum ListError {
    /// A directory could not be read.
    #[error("cannot read the directory {}: {error}", path.display())]
    Unreadable {
        /// The directory.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A link whose target is missing but is named like a revision: Alembic fails with it too.
    #[error("{} is a link to {}, which does not exist", path.display(), target.display())]
    DanglingLink {
        /// The link.
        path: PathBuf,
        /// Where it leads.
        target: PathBuf,
    },
    /// A link that cannot be followed.
    #[error("cannot follow {}: {error}", path.display())]
    Unresolvable {
        /// The link.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

/// Those of `entries` of `location` that are directories and hold Python files, or have some below them.
fn directories_with_python(location: &Path, entries: &[Entry], tree: &dyn Tree) -> Vec<PathBuf> {
    let directories = |path: &Path, entries: &[Entry]| -> Vec<PathBuf> {
        let directories = entries.iter().filter(|it| it.kind == EntryKind::Directory);
        directories.map(|entry| path.join(&entry.name)).collect()
    };
    let holds_python = |path: &PathBuf| {
        let mut open = vec![path.clone()];
        while let Some(path) = open.pop() {
            let entries = tree.list(&path).unwrap_or_default();
            if entries.iter().any(|entry| {
                entry.kind == EntryKind::File && is_revision_name(entry.name.as_encoded_bytes())
            }) {
                return true;
            }
            open.extend(directories(&path, &entries));
        }
        false
    };
    directories(location, entries)
        .into_iter()
        .filter(holds_python)
        .collect()
}

/// An entry that may be a revision.
struct Candidate {
    /// Its path in the version location.
    inside: PathBuf,
    /// Nothing but the entry itself can be a link: those to directories are not entered.
    is_link: bool,
    is_special: bool,
}

impl Environment {
    /// The files Alembic would load, location by location, sorted by the code points of their
    /// names, nothing twice. Fails where a directory cannot be read or a link leads nowhere.
    pub fn revision_files(&self, tree: &dyn Tree) -> Result<RevisionFiles, ListError> {
        let mut found = RevisionFiles::default();
        let mut seen = HashSet::new();
        for location in &self.version_locations {
            if !tree.is_dir(location) {
                found.missing_locations.push(location.clone());
                continue;
            }
            let resolve = |path: &Path| {
                tree.resolve(path).map_err(|error| ListError::Unresolvable {
                    path: path.to_path_buf(),
                    error,
                })
            };
            let resolved_location = resolve(location)?;
            let entries = tree.list(location).map_err(|error| ListError::Unreadable {
                path: location.clone(),
                error,
            })?;
            if !self.recursive {
                found
                    .not_entered
                    .extend(directories_with_python(location, &entries, tree));
            }
            let candidates = self.candidates(location, entries, tree)?;
            // Where there is one location and no link in it, every file is met once.
            let may_repeat =
                self.version_locations.len() > 1 || candidates.iter().any(|it| it.is_link);
            found.files.reserve(candidates.len());
            for candidate in candidates {
                let Candidate {
                    inside, is_link, ..
                } = candidate;
                let path = location.join(&inside);
                let resolved = if is_link {
                    resolve(&path)?
                } else {
                    resolved_location.join(&inside)
                };
                let Some(kind) = self.kind_of(&resolved, tree) else {
                    continue;
                };
                let kind = if candidate.is_special {
                    RevisionFileKind::Special
                } else {
                    kind
                };
                if may_repeat && !seen.insert(resolved.as_os_str().to_owned()) {
                    if !found.met_twice.contains(&resolved) {
                        found.met_twice.push(resolved);
                    }
                    continue;
                }
                if is_link && !tree.is_file(&resolved) {
                    return Err(ListError::DanglingLink {
                        path,
                        target: resolved,
                    });
                }
                found.files.push(RevisionFile {
                    path,
                    resolved,
                    kind,
                });
            }
        }
        Ok(found)
    }

    /// `Script._list_py_dir`: every entry of a location that is no directory; `entries` are those of the
    /// location itself.
    fn candidates(
        &self,
        location: &Path,
        entries: Vec<Entry>,
        tree: &dyn Tree,
    ) -> Result<Vec<Candidate>, ListError> {
        let list = |path: &Path| {
            tree.list(path).map_err(|error| ListError::Unreadable {
                path: path.to_path_buf(),
                error,
            })
        };
        let mut candidates = Vec::new();
        let mut root = Some(entries);
        let mut pending = vec![PathBuf::new()];
        while let Some(directory) = pending.pop() {
            let mut files = Vec::new();
            let mut directories = Vec::new();
            let entries = match root.take() {
                Some(entries) => entries,
                None => list(&location.join(&directory))?,
            };
            for entry in entries {
                let inside = directory.join(&entry.name);
                match entry.kind {
                    EntryKind::Directory => directories.push(inside),
                    // Links to directories are directories here, and not gone into.
                    EntryKind::Symlink if tree.is_dir(&location.join(&inside)) => {}
                    kind => files.push(Candidate {
                        inside,
                        is_link: kind == EntryKind::Symlink,
                        is_special: kind == EntryKind::Other,
                    }),
                }
            }
            // Whatever its parent says, a `__pycache__` adds nothing of its own; Alembic goes on to
            // the directories below it even when it is not to look into any.
            pending.extend(directories.into_iter().rev());
            if name_of(&location.join(&directory)).ends_with(b"__pycache__") {
                continue;
            }
            let cache = directory.join("__pycache__");
            let mut bytecode = Vec::new();
            if self.sourceless && tree.is_dir(&location.join(&cache)) {
                let stems: BTreeSet<&[u8]> = files.iter().map(|file| stem(&file.inside)).collect();
                for entry in list(&location.join(&cache))? {
                    let inside = cache.join(&entry.name);
                    if !stems.contains(stem(&inside)) {
                        // Not a link perhaps, but the cache may be one.
                        bytecode.push(Candidate {
                            inside,
                            is_link: true,
                            is_special: false,
                        });
                    }
                }
            }
            candidates.extend(files);
            candidates.extend(bytecode);
            if !self.recursive {
                break;
            }
        }
        Ok(candidates)
    }

    /// The name test of `Script._from_path`, applied to the resolved path.
    fn kind_of(&self, resolved: &Path, tree: &dyn Tree) -> Option<RevisionFileKind> {
        let name = name_of(resolved);
        if is_revision_name(name) {
            return Some(RevisionFileKind::Source);
        }
        let optimized = name.ends_with(b".pyo");
        if !self.sourceless
            || !name
                .split_last()
                .is_some_and(|(_, name)| is_revision_name(name))
        {
            return None;
        }
        if !optimized && !name.ends_with(b".pyc") {
            return None;
        }
        let preferred = |extension| {
            let path = resolved.with_extension(extension);
            tree.is_file(&path) || tree.is_dir(&path)
        };
        let has_better = preferred("py") || optimized && preferred("pyc");
        (!has_better).then_some(RevisionFileKind::Bytecode)
    }
}

/// `_only_source_rev_file` in `alembic/script/base.py`.
pub(crate) fn is_revision_name(name: &[u8]) -> bool {
    let excluded =
        name.starts_with(b".#") || name.starts_with(b"__init__") || name.contains(&b'\n');
    !excluded && name.ends_with(b".py")
}

fn name_of(path: &Path) -> &[u8] {
    path.file_name().map_or(&[], OsStr::as_encoded_bytes)
}

/// The name up to its first dot.
fn stem(path: &Path) -> &[u8] {
    let name = name_of(path);
    name.split(|byte| *byte == b'.').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::WorkTree;
    use crate::paths::{posix, real_path};

    fn names(root: &Path, environment: &Environment) -> Vec<String> {
        let found = environment.revision_files(&WorkTree).expect("a listing");
        let name = |file: &RevisionFile| {
            let path = file.path.strip_prefix(root).expect("below the root");
            posix(path)
        };
        found.files.iter().map(name).collect()
    }

    fn project(files: &[&str]) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().expect("a directory");
        let root = real_path(dir.path()).expect("a path");
        for file in files {
            let path = root.join(file);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
            fs::write(path, "").expect("a file");
        }
        (dir, root)
    }

    fn environment(root: &Path) -> Environment {
        Environment {
            version_locations: vec![root.to_path_buf()],
            ..Environment::default()
        }
    }

    #[test]
    fn alembics_name_rule() {
        let (_dir, root) = project(&[
            "a.py",
            ".a.py",
            "._a.py",
            "_a.py",
            "__initx.py",
            "a b.py",
            "a.b.py",
            ".py",
            "conftest.py",
            "__init__.py",
            "__init__a.py",
            ".#a.py",
            "#a.py#",
            "a.py~",
            "a.py.bak",
            "a.PY",
            "a.pyi",
            "a.pyc",
            "x.py/inner.py",
            "B.py",
        ]);
        assert_eq!(
            names(&root, &environment(&root)),
            [
                "._a.py",
                ".a.py",
                ".py",
                "B.py",
                "__initx.py",
                "_a.py",
                "a b.py",
                "a.b.py",
                "a.py",
                "conftest.py",
            ]
        );
    }

    #[test]
    fn recursion_is_pre_order_and_skips_caches() {
        let (_dir, root) = project(&[
            "b.py",
            "a/x.py",
            "a/.h/y.py",
            "c/z.py",
            "__pycache__/b.py",
            "c/d__pycache__/q.py",
        ]);
        let mut environment = environment(&root);
        assert_eq!(names(&root, &environment), ["b.py"]);
        environment.recursive = true;
        assert_eq!(
            names(&root, &environment),
            ["b.py", "a/x.py", "a/.h/y.py", "c/z.py"]
        );
    }

    #[test]
    fn bytecode_stands_in_for_missing_sources() {
        let (_dir, root) = project(&[
            "a.py",
            "a.pyc",
            "b.pyc",
            "b.pyo",
            "c.pyo",
            "__pycache__/a.cpython-311.pyc",
            "__pycache__/d.cpython-311.pyc",
        ]);
        let mut environment = environment(&root);
        assert_eq!(names(&root, &environment), ["a.py"]);
        environment.sourceless = true;
        let expected = ["a.py", "b.pyc", "c.pyo", "__pycache__/d.cpython-311.pyc"];
        assert_eq!(names(&root, &environment), expected);
        let found = environment.revision_files(&WorkTree).expect("a listing");
        assert_eq!(found.files[0].kind, RevisionFileKind::Source);
        assert_eq!(found.files[1].kind, RevisionFileKind::Bytecode);
    }

    #[cfg(unix)]
    #[test]
    fn links_count_by_what_they_lead_to() {
        use std::os::unix::fs::symlink;
        let (_dir, root) = project(&["v/real.py", "elsewhere/notes.txt", "elsewhere/other.py"]);
        let link =
            |target: &str, name: &str| symlink(target, root.join("v").join(name)).expect("a link");
        link("../elsewhere/notes.txt", "x.py");
        link("../elsewhere/other.py", "__init__.py");
        link("real.py", "again");
        link("../elsewhere", "dir.py");
        link("missing.txt", "gone.py");
        let mut environment = environment(&root.join("v"));
        environment.version_locations.push(root.join("nowhere"));
        let found = environment.revision_files(&WorkTree).expect("a listing");
        let resolved: Vec<_> = found
            .files
            .iter()
            .map(|file| file.resolved.clone())
            .collect();
        assert_eq!(
            resolved,
            [root.join("elsewhere/other.py"), root.join("v/real.py")]
        );
        assert_eq!(found.files[1].path, root.join("v/again"));
        assert_eq!(found.met_twice, [root.join("v/real.py")]);
        assert_eq!(found.missing_locations, [root.join("nowhere")]);
        link("missing.py", "bad");
        let error = environment.revision_files(&WorkTree).expect_err("dangling");
        assert!(matches!(error, ListError::DanglingLink { .. }), "{error}");
    }
}
