//! One repository.

use std::collections::{BinaryHeap, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::command::{GitError, offline, output, plain, words};
use super::commit::{self, Commit};
use super::object::{ObjectId, TreeEntries, parse_tree};
use super::program::Program;
use super::source::{Changed, Source};
use crate::git_directory::{git_directory, path_from_bytes};
use crate::paths::{posix, real_path};

/// A repository with a work tree.
#[derive(Debug)]
pub struct Repository {
    /// The root of the work tree, links resolved.
    pub root: PathBuf,
    /// The git directory of this work tree: state of a merge or rebase lies here.
    pub(super) git_directory: PathBuf,
    /// The git directory that all work trees share.
    pub(super) common_directory: PathBuf,
    /// Whether history ends early.
    pub is_shallow: bool,
    /// Whether objects may be missing until they are fetched.
    pub is_partial: bool,
    pub(super) source: Box<dyn Source>,
    trees: Mutex<HashMap<ObjectId, Option<Arc<TreeEntries>>>>,
    commits: Mutex<HashMap<ObjectId, Option<Commit>>>,
    shallow: HashSet<ObjectId>,
}

/// What git says of where a repository lies.
struct Places {
    top: PathBuf,
    git: PathBuf,
    common: PathBuf,
    is_shallow: bool,
}

impl Places {
    const QUESTIONS: [&str; 4] = [
        "--show-toplevel",
        "--absolute-git-dir",
        "--git-common-dir",
        "--is-shallow-repository",
    ];

    fn ask(root: &Path) -> Result<Self, GitError> {
        let answer = Self::answer(root, &Self::QUESTIONS)?;
        let lines: Vec<&[u8]> = answer.split(|byte| *byte == b'\n').collect();
        if let [top, git, common, shallow] = lines.as_slice() {
            return Ok(Self::of(top, git, common, shallow));
        }
        // git has no separator but the newline, and there are newlines in the paths.
        let [top, git, common, shallow] = Self::QUESTIONS.map(|it| Self::answer(root, &[it]));
        Ok(Self::of(&top?, &git?, &common?, &shallow?))
    }

    /// Without the newline that ends it.
    fn answer(root: &Path, questions: &[&str]) -> Result<Vec<u8>, GitError> {
        let mut git = offline(root);
        git.arg("rev-parse").args(questions);
        let output = git.output().map_err(GitError::start)?;
        if !output.status.success() {
            return Err(GitError::Refused {
                words: words(&output),
            });
        }
        let mut answer = output.stdout;
        if answer.last() == Some(&b'\n') {
            answer.pop();
        }
        if cfg!(windows) {
            answer.retain(|byte| *byte != b'\r');
        }
        Ok(answer)
    }

    fn of(top: &[u8], git: &[u8], common: &[u8], shallow: &[u8]) -> Self {
        let path = |bytes: &[u8]| {
            let text = str::from_utf8(bytes).ok().filter(|_| cfg!(windows));
            text.and_then(of_posix_layer)
                .map(PathBuf::from)
                .or_else(|| path_from_bytes(bytes))
                .unwrap_or_else(|| String::from_utf8_lossy(bytes).into_owned().into())
        };
        Self {
            top: path(top),
            git: path(git),
            common: path(common),
            is_shallow: shallow == b"true",
        }
    }
}

impl Repository {
    /// The repository that `start` lies in; `None` where there is none. Fails where there is one
    /// that git will not read.
    pub fn open(start: &Path) -> Result<Option<Self>, GitError> {
        let Some((root, _)) = git_directory(start) else {
            return Ok(None);
        };
        let places = Places::ask(&root)?;
        let resolved = |path: PathBuf| real_path(&path).unwrap_or(path);
        // Whoever asks may have come through a link.
        let asked = resolved(root);
        let root = resolved(asked.join(places.top));
        if !asked.starts_with(&root) {
            // No path from here would be found in its commits, as if nothing had ever been committed.
            return Err(GitError::Answer(format!(
                "it names {} as the work tree of {}",
                posix(&root),
                posix(&asked)
            )));
        }
        let common_directory = resolved(root.join(places.common));
        let program = Program::new(&root);
        let mut repository = Self {
            is_partial: program.is_partial(),
            source: Box::new(program),
            trees: Mutex::default(),
            git_directory: resolved(root.join(places.git)),
            is_shallow: places.is_shallow,
            commits: Mutex::default(),
            shallow: HashSet::new(),
            common_directory,
            root,
        };
        if repository.is_shallow {
            let list = repository.common_directory.join("shallow");
            let text = fs::read_to_string(list).unwrap_or_default();
            repository.shallow = text.lines().map(|id| ObjectId::new(id.trim())).collect();
        }
        Ok(Some(repository))
    }

    /// A repository of which `source` says everything, with its work tree at `root`; git is in the middle
    /// of nothing there.
    pub fn over(root: PathBuf, source: Box<dyn Source>) -> Self {
        Self {
            git_directory: root.join(".git"),
            common_directory: root.join(".git"),
            root,
            is_shallow: false,
            is_partial: false,
            source,
            trees: Mutex::default(),
            commits: Mutex::default(),
            shallow: HashSet::new(),
        }
    }

    /// The same, with leave to fetch objects that a partial clone lacks.
    #[must_use]
    pub fn with_network(mut self) -> Self {
        self.source = Box::new(Program::with_network(&self.root));
        self
    }

    /// The commit of this name; `None` where this clone has none.
    pub fn commit(&self, name: &str) -> Result<Option<Commit>, GitError> {
        let object = self.source.object(&format!("{name}^{{commit}}"))?;
        let commit = object.and_then(|object| commit::parse(&object));
        Ok(commit.map(|commit| self.as_cloned(commit)))
    }

    /// The commit with this id, remembered.
    pub(super) fn commit_by_id(&self, id: &ObjectId) -> Result<Option<Commit>, GitError> {
        let known = || self.commits.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(commit) = known().get(id) {
            return Ok(commit.clone());
        }
        let object = self.source.object(id.as_str())?;
        let commit = object
            .and_then(|object| commit::parse(&object))
            .map(|commit| self.as_cloned(commit));
        known().insert(id.clone(), commit.clone());
        Ok(commit)
    }

    /// The commit as this clone sees it: at the edge of a shallow clone it has no parents.
    fn as_cloned(&self, mut commit: Commit) -> Commit {
        if self.shallow.contains(&commit.id) && !commit.parents.is_empty() {
            commit.parents.clear();
            commit.is_cut_off = true;
        }
        commit
    }

    /// The commits that `of` has in its history and `without` has not, newest first.
    ///
    /// Where clocks were wrong, some that both have may be among them.
    pub(super) fn only_in(
        &self,
        of: &ObjectId,
        without: &[ObjectId],
    ) -> Result<Vec<Commit>, GitError> {
        const WANTED: u8 = 1;
        const UNWANTED: u8 = 2;
        let mut colours: HashMap<ObjectId, u8> = HashMap::new();
        let mut open: BinaryHeap<(i64, ObjectId)> = BinaryHeap::new();
        let mut waiting: HashSet<ObjectId> = HashSet::new();
        let mut found: Vec<Commit> = Vec::new();
        let starts = std::iter::once((of, WANTED)).chain(without.iter().map(|it| (it, UNWANTED)));
        for (id, colour) in starts {
            *colours.entry(id.clone()).or_default() |= colour;
            if let Some(commit) = self.commit_by_id(id)? {
                open.push((commit.committed.0, id.clone()));
            }
        }
        for (id, &colour) in &colours
            .clone()
            .into_iter()
            .collect::<std::collections::BTreeMap<_, _>>()
        {
            if colour == WANTED {
                waiting.insert(id.clone());
            }
        }
        while !waiting.is_empty() {
            let Some((_, id)) = open.pop() else { break };
            let colour = colours.get(&id).copied().unwrap_or_default();
            waiting.remove(&id);
            let Some(commit) = self.commit_by_id(&id)? else {
                continue;
            };
            for parent in &commit.parents {
                let before = colours.get(parent).copied().unwrap_or_default();
                let now = before | colour;
                if now == before {
                    continue;
                }
                colours.insert(parent.clone(), now);
                if let Some(commit) = self.commit_by_id(parent)? {
                    open.push((commit.committed.0, parent.clone()));
                    if now == WANTED {
                        waiting.insert(parent.clone());
                    } else {
                        waiting.remove(parent);
                    }
                }
            }
            if colour == WANTED {
                found.push(commit);
            }
        }
        found.retain(|commit| colours.get(&commit.id) == Some(&WANTED));
        Ok(found)
    }

    /// `git fetch` of a remote: the one thing here that uses the network.
    pub fn fetch(&self, remote: &str) -> Result<(), GitError> {
        let mut git = plain(&self.root);
        git.args(["fetch", "--quiet", "--end-of-options", remote]);
        output(git, &format!("fetch {remote}")).map(|_| ())
    }

    /// The Python files in `locations` that commits at or before `starts` changed or removed, their paths
    /// made absolute.
    pub fn changes(
        &self,
        starts: &[ObjectId],
        locations: &[PathBuf],
    ) -> Result<Vec<Changed>, GitError> {
        let inside = self.inside(locations.iter().map(PathBuf::as_path));
        if inside.is_empty() || starts.is_empty() {
            return Ok(Vec::new());
        }
        let mut changes = self.source.changes(starts, &inside)?;
        for changed in &mut changes {
            changed.path = self.root.join(&changed.path);
        }
        Ok(changes)
    }

    /// The best common ancestors of `one` and of what a merge of `others` would be: several after
    /// criss-cross merges, none where the histories have nothing in common (or a shallow clone does not
    /// reach it).
    pub fn merge_bases(
        &self,
        one: &ObjectId,
        others: &[ObjectId],
    ) -> Result<Vec<ObjectId>, GitError> {
        if others.is_empty() {
            return Ok(Vec::new());
        }
        self.source.merge_bases(one, others)
    }

    /// A path as git names it in a commit, with `/` on every system; `None` where it lies outside.
    pub fn name_of(&self, path: &Path) -> Option<String> {
        Some(posix(path.strip_prefix(&self.root).ok()?))
    }

    /// The paths that lie in the work tree, relative to its root.
    pub(super) fn inside<'p>(&self, paths: impl Iterator<Item = &'p Path>) -> Vec<PathBuf> {
        paths
            .filter_map(|path| path.strip_prefix(&self.root).ok())
            .map(Path::to_path_buf)
            .collect()
    }

    /// The entries of a tree; `None` where it is not there to be read.
    pub(super) fn tree(&self, id: &ObjectId) -> Result<Option<Arc<TreeEntries>>, GitError> {
        let known = || self.trees.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tree) = known().get(id) {
            return Ok(tree.clone());
        }
        let tree = match self.source.object(id.as_str())? {
            Some(object) if object.kind == "tree" => {
                let width = id.as_str().len() / 2;
                Some(Arc::new(parse_tree(&object.bytes, width)?))
            }
            _ => None,
        };
        known().insert(id.clone(), tree.clone());
        Ok(tree)
    }
}

/// An absolute path as Windows has it, from what a git of Cygwin or MSYS2 prints: `/c/a`, `/cygdrive/c/a`.
fn of_posix_layer(path: &str) -> Option<String> {
    let rest = path.strip_prefix("/cygdrive").unwrap_or(path);
    let mut parts = rest.strip_prefix('/')?.splitn(2, '/');
    let (drive, below) = (parts.next()?, parts.next().unwrap_or_default());
    let is_drive = drive.len() == 1 && drive.bytes().all(|it| it.is_ascii_alphabetic());
    is_drive.then(|| format!("{}:/{below}", drive.to_ascii_uppercase()))
}

#[cfg(test)]
mod tests {
    use super::of_posix_layer;

    #[cfg(unix)]
    #[test]
    fn a_repository_is_opened_through_a_link_too() {
        use rechain_testing::git;
        let repository = git::Repository::init();
        repository.write("versions/a.py", "a = 1\n");
        let place = tempfile::tempdir().expect("a directory");
        let link = place.path().join("link");
        std::os::unix::fs::symlink(repository.path(), &link).expect("a link");
        let opened = super::Repository::open(&link.join("versions")).expect("git reads it");
        let real = std::fs::canonicalize(repository.path()).expect("a path");
        assert_eq!(opened.expect("it is there").root, real);
    }

    #[test]
    fn drives_of_a_posix_layer_are_those_of_windows() {
        let check = |path: &str, windows: Option<&str>| {
            assert_eq!(of_posix_layer(path).as_deref(), windows, "{path}");
        };
        check("/c/Users/me/a", Some("C:/Users/me/a"));
        check("/cygdrive/d/a b", Some("D:/a b"));
        check("/c", Some("C:/"));
        check("C:/Users/me", None);
        check("//server/share", None);
        check("/home/me", None);
        check(".git", None);
        check("../c/a", None);
    }
}
