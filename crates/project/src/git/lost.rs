//! Files that the work tree lacks, or has in another form: where git still knows them.

use std::path::{Path, PathBuf};

use super::command::{GitError, offline, output};
use super::repository::Repository;

use crate::paths::real_path;

/// A file as git has it somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where, in words: `origin/feature`, `commit 1a2b3c4d of 2026-01-02 by Ada`.
    pub place: String,
    /// Its path in the work tree.
    pub path: PathBuf,
    /// Its content there.
    pub content: Vec<u8>,
}

impl Repository {
    /// Deleted files of `locations` whose content had `text`, the latest deletion first, each as it was before
    /// it was deleted.
    pub fn deleted(&self, locations: &[PathBuf], text: &str) -> Result<Vec<Found>, GitError> {
        let search = format!("-S{text}");
        let mut arguments = vec![
            "log",
            "--all",
            "--diff-filter=D",
            "--no-renames",
            "--name-only",
            "-z",
            "--date=short",
            "--format=%x01%H%x02%an%x02%cd",
            &search,
            "--",
        ];
        let inside = self.names_of(locations);
        arguments.extend(inside.iter().map(String::as_str));
        let answer = self.asked(&arguments)?;
        let answer = String::from_utf8_lossy(&answer);
        let mut found = Vec::new();
        let (mut commit, mut words) = (String::new(), String::new());
        for field in answer.split('\0') {
            let field = field.trim_start_matches('\n');
            if let Some(header) = field.strip_prefix('\u{1}') {
                let mut parts = header.trim().split('\u{2}');
                parts.next().unwrap_or_default().clone_into(&mut commit);
                let author = parts.next().unwrap_or_default();
                let date = parts.next().unwrap_or_default();
                let short = commit.get(..8).unwrap_or_default();
                words = format!("deleted in {short} by {author} on {date}");
                continue;
            }
            if field.is_empty() {
                continue;
            }
            if let Some(content) = self.content(&format!("{commit}^"), field)? {
                let path = self.root.join(field);
                let place = words.clone();
                found.push(Found {
                    place,
                    path,
                    content,
                });
            }
        }
        Ok(found)
    }

    /// Files of `locations` on branches, here and on remotes, whose content has `text`.
    pub fn on_branches(&self, locations: &[PathBuf], text: &str) -> Result<Vec<Found>, GitError> {
        const MANY: usize = 200;
        let listed = self.asked(&[
            "for-each-ref",
            "--format=%(refname)",
            "--sort=-committerdate",
            "refs/heads",
            "refs/remotes",
        ])?;
        let listed = String::from_utf8_lossy(&listed).into_owned();
        let names: Vec<&str> = listed
            .lines()
            .filter(|name| !name.ends_with("/HEAD"))
            .take(MANY)
            .collect();
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let mut arguments = vec!["grep", "-l", "-z", "-F", "-e", text];
        arguments.extend(&names);
        arguments.push("--");
        let inside = self.names_of(locations);
        arguments.extend(inside.iter().map(String::as_str));
        // Status 1 says that nothing was found.
        let Ok(answer) = self.asked(&arguments) else {
            return Ok(Vec::new());
        };
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let mut found = Vec::new();
        for field in answer.split('\0').filter(|field| !field.is_empty()) {
            // Neither a ref nor the answer's separator holds a colon.
            let Some((name, path)) = field.split_once(':') else {
                continue;
            };
            if let Some(content) = self.content(name, path)? {
                let place = name
                    .strip_prefix("refs/heads/")
                    .or_else(|| name.strip_prefix("refs/remotes/"))
                    .unwrap_or(name);
                found.push(Found {
                    place: place.to_owned(),
                    path: self.root.join(path),
                    content,
                });
            }
        }
        Ok(found)
    }

    /// What a file was in the commits that changed it, the latest first, as far as HEAD has them.
    pub fn earlier(&self, path: &Path) -> Result<Vec<Found>, GitError> {
        const MANY: &str = "-n20";
        let inside = self.names_of(&[path.to_owned()]);
        let Some(name) = inside.first() else {
            return Ok(Vec::new());
        };
        let format = "--format=%H%x02%an%x02%cd";
        let Ok(answer) = self.asked(&["log", MANY, "--date=short", format, "HEAD", "--", name])
        else {
            // There is no commit yet.
            return Ok(Vec::new());
        };
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let mut found = Vec::new();
        for line in answer.lines() {
            let mut parts = line.split('\u{2}');
            let commit = parts.next().unwrap_or_default();
            let author = parts.next().unwrap_or_default();
            let date = parts.next().unwrap_or_default();
            if let Some(content) = self.content(commit, name)? {
                let short = commit.get(..8).unwrap_or_default();
                found.push(Found {
                    place: format!("{short} by {author} on {date}"),
                    path: path.to_owned(),
                    content,
                });
            }
        }
        Ok(found)
    }

    /// Whether a file lay in `commit` or in one below it.
    pub fn ever_had(&self, commit: &str, path: &str) -> Result<bool, GitError> {
        let answer = self.asked(&["log", "-n1", "--format=%H", commit, "--", path])?;
        Ok(!answer.is_empty())
    }

    /// The content of a file in a commit.
    pub fn content(&self, commit: &str, path: &str) -> Result<Option<Vec<u8>>, GitError> {
        let object = self.source.object(&format!("{commit}:{path}"))?;
        Ok(object.filter(|it| it.kind == "blob").map(|it| it.bytes))
    }

    /// What git answers. Only a damaged history asks, so this goes past [`Source`](super::Source).
    fn asked(&self, arguments: &[&str]) -> Result<Vec<u8>, GitError> {
        let mut git = offline(&self.root);
        git.args(arguments);
        output(git, &arguments.join(" "))
    }

    /// Paths as git takes them, those outside of the work tree left out.
    fn names_of(&self, paths: &[PathBuf]) -> Vec<String> {
        paths
            .iter()
            .filter_map(|path| {
                let path = real_path(path).unwrap_or_else(|_| path.clone());
                let name = self.name_of(&path)?;
                Some(if name.is_empty() {
                    ".".to_owned()
                } else {
                    name
                })
            })
            .collect()
    }
}
