//! The `git` program as a [`Source`].

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::authorship::Authorship;
use super::command::{GitError, offline, output};
use super::object::{Object, ObjectId, Objects};
use super::ours::FirstSeen;
use super::refs::{Ref, Remote, Remotes};
use super::source::{Beside, Changed, Source};

/// The program, run in one work tree.
#[derive(Debug)]
pub(super) struct Program {
    root: PathBuf,
    objects: Objects,
    /// The names and values of [`SETTINGS`], once they were asked for.
    settings: OnceLock<Vec<(String, String)>>,
}

/// What is asked of the configuration, all of it at once.
const SETTINGS: &str = r"^(remote\..*\.(url|promisor)|branch\..*\.remote|url\..*\.insteadof|extensions\.partialclone)$";

impl Program {
    pub(super) fn new(root: &Path) -> Self {
        Self {
            root: root.to_path_buf(),
            objects: Objects::new(root),
            settings: OnceLock::new(),
        }
    }

    /// The same, with leave to fetch objects that a partial clone lacks.
    pub(super) fn with_network(root: &Path) -> Self {
        Self {
            objects: Objects::with_network(root),
            ..Self::new(root)
        }
    }

    fn settings(&self) -> Result<&[(String, String)], GitError> {
        if let Some(known) = self.settings.get() {
            return Ok(known);
        }
        // Exit status 1 says that nothing matches.
        let answer = match self.run(&["config", "-z", "--get-regexp", SETTINGS]) {
            Ok(answer) => answer,
            Err(GitError::Failed { .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        let text = String::from_utf8_lossy(&answer);
        let entries = text.split('\0').filter(|entry| !entry.is_empty());
        // A name that stands for "true" has no value.
        let settings = entries.map(|entry| entry.split_once('\n').unwrap_or((entry, "")));
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Ok(self.settings.get_or_init(|| settings.collect()))
    }

    /// Whether the repository was cloned with a filter. git keeps that under either name.
    pub(super) fn is_partial(&self) -> bool {
        let settings = self.settings().unwrap_or_default();
        settings
            .iter()
            .any(|(name, _)| name == "extensions.partialclone" || name.ends_with(".promisor"))
    }

    /// Runs a command without network.
    fn run(&self, arguments: &[&str]) -> Result<Vec<u8>, GitError> {
        let mut git = offline(&self.root);
        git.args(arguments);
        output(git, &arguments.join(" "))
    }
}

impl Source for Program {
    fn object(&self, name: &str) -> Result<Option<Object>, GitError> {
        self.objects.get(name)
    }

    fn objects(&self, ids: &[ObjectId]) -> Result<Vec<Option<Object>>, GitError> {
        self.objects.get_all(ids)
    }

    fn refs(&self) -> Result<Vec<Ref>, GitError> {
        let answer = self.run(&[
            "for-each-ref",
            "--format=%(refname)%00%(objectname)%00%(*objectname)%00%(symref)%00%(HEAD)",
            "refs/heads",
            "refs/remotes",
            "refs/tags",
        ])?;
        let text = String::from_utf8_lossy(&answer);
        let refs = text.lines().filter_map(|line| {
            let mut fields = line.split('\0');
            let (name, object, peeled) = (fields.next()?, fields.next()?, fields.next()?);
            let (symbolic, head) = (fields.next()?, fields.next()?);
            Some(Ref {
                name: name.to_owned(),
                target: ObjectId::new(if peeled.is_empty() { object } else { peeled }),
                symbolic: (!symbolic.is_empty()).then(|| symbolic.to_owned()),
                is_current: head == "*",
            })
        });
        Ok(refs.collect())
    }

    fn remotes(&self) -> Result<Remotes, GitError> {
        let mut remotes: Vec<Remote> = Vec::new();
        let mut follows = Vec::new();
        let mut rewrites: Vec<(String, String)> = Vec::new();
        for (key, value) in self.settings()? {
            let middle = |prefix: &str, suffix: &str| {
                let rest = key.strip_prefix(prefix)?;
                rest.strip_suffix(suffix).map(str::to_owned)
            };
            if let Some(name) = middle("remote.", ".url") {
                match remotes.iter_mut().find(|remote| remote.name == name) {
                    Some(remote) => remote.urls.push(value.clone()),
                    None => remotes.push(Remote {
                        name,
                        urls: vec![value.clone()],
                    }),
                }
            } else if let Some(branch) = middle("branch.", ".remote") {
                follows.push((branch, value.clone()));
            } else if let Some(to) = middle("url.", ".insteadof") {
                rewrites.push((value.clone(), to));
            }
        }
        for url in remotes.iter_mut().flat_map(|remote| &mut remote.urls) {
            let longest = rewrites
                .iter()
                .filter(|(from, _)| url.starts_with(from))
                .max_by_key(|(from, _)| from.len());
            if let Some((from, to)) = longest {
                *url = format!("{to}{}", &url[from.len()..]);
            }
        }
        remotes.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(Remotes { remotes, follows })
    }

    fn refs_beside(&self, commit: &ObjectId, how: Beside) -> Result<BTreeSet<String>, GitError> {
        let option = match how {
            Beside::NotContaining => format!("--no-contains={commit}"),
            Beside::NotMerged => format!("--no-merged={commit}"),
        };
        let arguments = [
            "for-each-ref",
            "--format=%(refname)",
            &option,
            "refs/heads",
            "refs/remotes",
            "refs/tags",
        ];
        let answer = self.run(&arguments)?;
        let answer = String::from_utf8_lossy(&answer);
        Ok(answer.lines().map(str::to_owned).collect())
    }

    fn earlier_values(&self, names: &[&str]) -> Result<Vec<(String, ObjectId)>, GitError> {
        let mut arguments = vec!["log", "--walk-reflogs", "--format=%H%x00%gD"];
        arguments.extend(names.iter().copied());
        arguments.push("--");
        let answer = self.run(&arguments)?;
        let answer = String::from_utf8_lossy(&answer);
        let values = answer.lines().filter_map(|line| line.split_once('\0'));
        let named = values.map(|(id, selector)| {
            let name = selector.split_once("@{").map_or(selector, |(name, _)| name);
            (name.to_owned(), ObjectId::new(id))
        });
        Ok(named.collect())
    }

    fn added_files(&self, locations: &[PathBuf]) -> Result<Vec<FirstSeen>, GitError> {
        let mut git = offline(&self.root);
        git.args(["log", "--diff-filter=A", "--format=%x01%at"])
            .args(RAW)
            .args(["HEAD", "--branches", "--remotes", "--"])
            .args(locations.iter().map(|path| or_here(path)));
        let answer = output(git, "log --diff-filter=A")?;
        let mut seen = Vec::new();
        each_file(&answer, |authored, entry| {
            let file_name = entry.path.rsplit('/').next().unwrap_or(entry.path);
            seen.push(FirstSeen {
                blob: ObjectId::new(entry.after),
                file_name: file_name.to_owned(),
                authored,
            });
        });
        Ok(seen)
    }

    fn changes(
        &self,
        starts: &[ObjectId],
        locations: &[PathBuf],
    ) -> Result<Vec<Changed>, GitError> {
        let mut git = offline(&self.root);
        git.args([
            "log",
            "--full-history",
            "--diff-filter=DM",
            "--format=%x01%ct",
        ])
        .args(RAW)
        .args(starts.iter().map(ObjectId::as_str))
        .arg("--")
        .args(locations.iter().map(|path| or_here(path)));
        let answer = output(git, "log --full-history --diff-filter=DM")?;
        let mut changed = Vec::new();
        each_file(&answer, |committed, entry| {
            changed.push(Changed {
                committed,
                path: PathBuf::from(entry.path),
                before: ObjectId::new(entry.before),
                is_gone: entry.letter == "D",
            });
        });
        Ok(changed)
    }

    fn authorship(&self, file: &Path) -> Result<Option<Authorship>, GitError> {
        let mut git = offline(&self.root);
        git.args(["log", "-1", "--diff-filter=A", "--format=%an%x00%as", "--"])
            .arg(file);
        let answer = output(git, "log -1 --diff-filter=A")?;
        let answer = String::from_utf8_lossy(&answer);
        let found = answer.trim_end().split_once('\0');
        Ok(found.map(|(author, date)| Authorship {
            author: author.to_owned(),
            date: date.to_owned(),
        }))
    }

    fn merge_bases(&self, one: &ObjectId, others: &[ObjectId]) -> Result<Vec<ObjectId>, GitError> {
        let mut arguments = vec!["merge-base", "--all", one.as_str()];
        arguments.extend(others.iter().map(ObjectId::as_str));
        match self.run(&arguments) {
            Ok(answer) => {
                let text = String::from_utf8_lossy(&answer);
                Ok(text.lines().map(ObjectId::new).collect())
            }
            // Exit status 1: there is none.
            Err(GitError::Failed {
                status: Some(1), ..
            }) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

/// How `git log` is to list files, for [`each_file`]: against each parent, renames as what they are made of.
const RAW: [&str; 5] = ["--raw", "--no-renames", "--no-abbrev", "-z", "-m"];

/// A file in a raw listing.
struct Entry<'a> {
    before: &'a str,
    after: &'a str,
    letter: &'a str,
    path: &'a str,
}

/// Calls `each` with the number of the commit's format and every Python file that the commit lists.
fn each_file(answer: &[u8], mut each: impl FnMut(i64, &Entry<'_>)) {
    let text = String::from_utf8_lossy(answer);
    let mut number = 0;
    let mut fields = text.split('\0');
    while let Some(field) = fields.next() {
        // `\x01` starts a commit, `:` a file: modes, ids and a letter, then the name.
        let field = field.trim_start_matches('\n');
        if let Some(date) = field.strip_prefix('\u{1}') {
            number = date.trim().parse().unwrap_or(0);
            continue;
        }
        let Some(raw) = field.strip_prefix(':') else {
            continue;
        };
        let words: Vec<&str> = raw.split(' ').collect();
        let (&[_, _, before, after, letter], Some(path)) = (words.as_slice(), fields.next()) else {
            continue;
        };
        // As Alembic's own test of names: case counts on every platform.
        if path.as_bytes().ends_with(b".py") {
            each(
                number,
                &Entry {
                    before,
                    after,
                    letter,
                    path,
                },
            );
        }
    }
}

/// The root itself has no name that git takes.
fn or_here(path: &Path) -> &Path {
    if path == Path::new("") {
        Path::new(".")
    } else {
        path
    }
}
