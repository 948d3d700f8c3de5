//! Revision files as they were at commits, read once each.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use rayon::prelude::*;
use rechain_history::{Expectations, FileId, Graph, Problem, Revision, RevisionId};
use rechain_parser::{Source, read_module};
use rechain_planner::Seen;
use rechain_project::git::{Commit, CommitTree, ObjectId, Repository};
use rechain_project::{Environment, RevisionFileKind, Tree as _, WorkTree};

use crate::history::History;

/// The revision files of one commit.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) seen: Seen,
    /// The revisions that are there, as far as is known.
    pub(super) ids: BTreeSet<RevisionId>,
}

impl Read {
    pub(super) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    pub(super) fn graph(&self) -> Option<&Arc<Graph>> {
        match &self.seen {
            Seen::Graph(graph) => Some(graph),
            Seen::Unreadable(_) => None,
        }
    }
}

/// The directories in which a commit's revisions lie.
pub(super) type Locations = Rc<Vec<PathBuf>>;

/// Reads the revision files of commits; equal files are parsed once.
pub(super) struct Snapshots<'h> {
    repository: &'h Repository,
    environment: Environment,
    expectations: &'h Expectations,
    /// The revision of each file of the work tree: what is taken to be in one that cannot be read. By the texts of
    /// paths, which are taken apart to be compared themselves.
    by_path: BTreeMap<OsString, RevisionId>,
    /// What blobs declare under names of files; at first that of the work tree's own. Places in them are of other
    /// files.
    revisions: HashMap<(ObjectId, String), Option<Arc<Revision>>>,
    reads: HashMap<Vec<Option<ObjectId>>, Rc<Read>>,
}

impl<'h> Snapshots<'h> {
    pub(super) fn new(repository: &'h Repository, history: &'h History) -> Self {
        Self::of(repository, history, history.environment.clone())
    }

    /// The same, with revisions in more places than the work tree has them.
    pub(super) fn of(
        repository: &'h Repository,
        history: &'h History,
        environment: Environment,
    ) -> Self {
        let by_path = history
            .graph
            .indices()
            .map(|index| {
                let path = history.file_of(index).path.clone().into_os_string();
                (path, history.graph[index].id.clone())
            })
            .collect();
        // Where git has the very bytes of a file, they are not read again.
        let files = history.files.iter().zip(history.revision_of_each_file());
        let revisions = files
            .filter_map(|(file, revision)| {
                let key = (file.blob.clone()?, name_of(&file.path));
                Some((key, Some(revision?)))
            })
            .collect();
        Self {
            repository,
            environment,
            expectations: &history.expectations,
            by_path,
            revisions,
            reads: HashMap::new(),
        }
    }

    /// Where the work tree has its revisions, links resolved.
    pub(super) fn locations(&self) -> Locations {
        let locations = self.environment.version_locations.iter();
        Rc::new(
            locations
                .map(|path| WorkTree.resolve(path).unwrap_or_else(|_| path.clone()))
                .collect(),
        )
    }

    /// The revisions of `commit` in `locations`.
    pub(super) fn read(&mut self, commit: &Commit, locations: &[PathBuf]) -> Rc<Read> {
        let tree = CommitTree::new(self.repository, commit);
        let key: Result<Vec<_>, _> = locations.iter().map(|path| tree.object(path)).collect();
        let Ok(key) = key else {
            return Rc::new(self.unseen());
        };
        if let Some(read) = self.reads.get(&key) {
            return Rc::clone(read);
        }
        let (read, has_links) = self.read_anew(&tree, locations);
        let read = Rc::new(read);
        // What a link leads to may change while the directory stays the same.
        if !has_links {
            self.reads.insert(key, Rc::clone(&read));
        }
        read
    }

    /// A commit whose directories are not in this clone may have had any revision.
    fn unseen(&self) -> Read {
        let ids: BTreeSet<RevisionId> = self.by_path.values().cloned().collect();
        Read {
            seen: Seen::Unreadable(ids.iter().cloned().collect()),
            ids,
        }
    }

    /// The revision files of `commit` in `locations`, links resolved. An error where they cannot be seen.
    pub(super) fn files(
        &self,
        commit: &Commit,
        locations: &[PathBuf],
    ) -> anyhow::Result<BTreeMap<PathBuf, ObjectId>> {
        let tree = CommitTree::new(self.repository, commit);
        let mut environment = self.environment.clone();
        environment.version_locations = locations.to_vec();
        let mut listed = environment.revision_files(&tree)?.files;
        listed.retain(|file| file.kind == RevisionFileKind::Source);
        let objects = tree.objects(listed.iter().map(|it| it.resolved.as_path()));
        let mut files = BTreeMap::new();
        for (file, object) in listed.into_iter().zip(objects) {
            if let Some(id) = object? {
                files.insert(file.resolved, id);
            }
        }
        Ok(files)
    }

    fn read_anew(&mut self, tree: &CommitTree<'_>, locations: &[PathBuf]) -> (Read, bool) {
        let mut environment = self.environment.clone();
        environment.version_locations = locations.to_vec();
        let Ok(listed) = environment.revision_files(tree) else {
            return (self.unseen(), true);
        };
        let mut revisions = Vec::new();
        let mut ids = BTreeSet::new();
        let mut is_complete = true;
        let has_links = listed.files.iter().any(|file| file.path != file.resolved);
        let objects = tree.objects(listed.files.iter().map(|it| it.resolved.as_path()));
        let keys: Vec<Option<(ObjectId, String)>> = listed
            .files
            .iter()
            .zip(objects)
            .map(|(file, object)| match file.kind {
                RevisionFileKind::Source => Some((object.ok()??, name_of(&file.resolved))),
                RevisionFileKind::Bytecode | RevisionFileKind::Special => None,
            })
            .collect();
        self.read_ahead(&keys);
        for (file, key) in listed.files.iter().zip(keys) {
            if let Some(revision) = key.and_then(|key| self.declared_by(key)) {
                ids.insert(revision.id.clone());
                revisions.push(revision);
            } else {
                is_complete = false;
                ids.extend(self.by_path.get(file.resolved.as_os_str()).cloned());
            }
        }
        let graph = Graph::of(revisions, self.expectations);
        let is_readable = is_complete && !graph.has_computed_parents() && !is_damaged(&graph);
        let seen = if is_readable {
            Seen::Graph(Arc::new(graph))
        } else {
            Seen::Unreadable(ids.iter().cloned().collect())
        };
        (Read { seen, ids }, has_links)
    }

    /// Reads the revisions of files that were not read yet, many at a time.
    fn read_ahead(&mut self, keys: &[Option<(ObjectId, String)>]) {
        /// What is in memory at once.
        const TOGETHER: usize = 1_024;
        let keys = keys.iter().flatten();
        let new: Vec<(ObjectId, String)> = keys
            .filter(|key| !self.revisions.contains_key(key))
            .cloned()
            .collect();
        for keys in new.chunks(TOGETHER) {
            let ids: Vec<ObjectId> = keys.iter().map(|(blob, _)| blob.clone()).collect();
            // Where git does not answer, each file is asked for by itself and found unreadable.
            let Ok(contents) = self.repository.blobs(&ids) else {
                return;
            };
            let read: Vec<Option<Arc<Revision>>> = keys
                .par_iter()
                .zip(contents)
                .map(|((_, name), bytes)| declared(bytes?, name))
                .collect();
            self.revisions.extend(keys.iter().cloned().zip(read));
        }
    }

    /// The revision in a blob; `None` where it cannot be read.
    pub(super) fn revision(&mut self, blob: &ObjectId, path: &Path) -> Option<Arc<Revision>> {
        self.declared_by((blob.clone(), name_of(path)))
    }

    fn declared_by(&mut self, key: (ObjectId, String)) -> Option<Arc<Revision>> {
        if let Some(known) = self.revisions.get(&key) {
            return known.clone();
        }
        let bytes = self.repository.blob(&key.0).ok();
        let revision = bytes.and_then(|bytes| declared(bytes, &key.1));
        self.revisions.insert(key, revision.clone());
        revision
    }

    /// Where `commit` has files of the same names with the same revisions as the work tree: the versions
    /// may have been moved there and not committed yet.
    pub(super) fn moved_here(&mut self, commit: &Commit) -> Vec<PathBuf> {
        let tree = CommitTree::new(self.repository, commit);
        let names = self.by_path.keys().map(Path::new);
        let names = names.filter_map(|path| path.file_name());
        let names = names.map(OsStr::to_os_string).collect();
        let ids: BTreeSet<RevisionId> = self.by_path.values().cloned().collect();
        let Ok(files) = tree.files_named(&names) else {
            return Vec::new();
        };
        let mut found = BTreeSet::new();
        for (path, blob) in files {
            let revision = self.revision(&blob, &path);
            if let (true, Some(directory)) = (
                revision.is_some_and(|it| ids.contains(&it.id)),
                path.parent(),
            ) {
                found.insert(directory.to_path_buf());
            }
        }
        found.into_iter().collect()
    }

    /// Where `older` has the revisions `ids` that `newer` has elsewhere: directories and files move,
    /// ids stay.
    pub(super) fn moved_from(
        &mut self,
        older: &Commit,
        newer: &Commit,
        ids: &BTreeSet<RevisionId>,
    ) -> Vec<PathBuf> {
        let tree = CommitTree::new(self.repository, older);
        let later = CommitTree::new(self.repository, newer);
        let Ok(files) = tree.python_files_not_in(&later) else {
            return Vec::new();
        };
        let mut found = BTreeSet::new();
        for (path, blob) in files {
            let Some(directory) = path.parent() else {
                continue;
            };
            if found.contains(directory) {
                continue;
            }
            let is_one = self
                .revision(&blob, &path)
                .is_some_and(|revision| ids.contains(&revision.id));
            if is_one {
                found.insert(directory.to_path_buf());
            }
        }
        found.into_iter().collect()
    }
}

/// The base name, which gives old modules their identifier.
fn name_of(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// The revision that a module declares; `None` where it cannot be read.
fn declared(bytes: Vec<u8>, file_name: &str) -> Option<Arc<Revision>> {
    let source = Source::decode(bytes).ok()?;
    let module = read_module(source.text(), file_name).ok()?;
    module.to_revision(FileId(0)).map(Arc::new)
}

/// Whether links lead nowhere. A dependency may be on another package's revision.
fn is_damaged(graph: &Graph) -> bool {
    graph
        .problems()
        .iter()
        .any(|problem| problem.is_damage() && !matches!(problem, Problem::MissingDependency { .. }))
}
