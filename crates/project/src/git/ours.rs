//! What is this branch's own, and what other branches carry too.

use std::path::Path;

use super::command::GitError;
use super::commit::Commit;
use super::object::ObjectId;
use super::ref_history::RefHistory;
use super::refs::Ref;

/// Another branch that does not have what is checked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carrier {
    /// How it is shown: `origin/feature-a`.
    pub shown: String,
    /// Its tip.
    pub tip: Commit,
}

/// A file as some commit added it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstSeen {
    /// Its content.
    pub blob: ObjectId,
    /// Its base name.
    pub file_name: String,
    /// When the commit was authored: seconds since 1970.
    pub authored: i64,
}

impl RefHistory {
    /// The local and remote branches without `HEAD`: not those that databases follow, nor this
    /// branch as it lies on a remote.
    pub fn carriers(&self) -> Result<Vec<Carrier>, GitError> {
        let Some(head) = &self.head else {
            return Ok(Vec::new());
        };
        let without = format!("--no-contains={}", head.id);
        let answer = self.repository.run(&[
            "for-each-ref",
            "--format=%(refname)",
            &without,
            "refs/heads",
            "refs/remotes",
        ])?;
        let answer = String::from_utf8_lossy(&answer);
        let is_own = |it: &Ref| {
            let branch = self.branch.as_deref();
            branch.is_some_and(|own| it.shown() == own || it.shown().ends_with(&format!("/{own}")))
        };
        let mut carriers = Vec::new();
        for name in answer.lines() {
            let Some(found) = self.refs.iter().find(|it| it.name == name) else {
                continue;
            };
            let is_published = self.published.iter().any(|it| it.tip == found.target);
            if found.symbolic.is_some() || is_own(found) || is_published {
                continue;
            }
            if let Some(tip) = self.commit(&found.target)? {
                carriers.push(Carrier {
                    shown: found.shown().to_owned(),
                    tip,
                });
            }
        }
        Ok(carriers)
    }

    /// The Python files that commits outside of the published refs added in `locations`.
    pub fn first_seen(&self, locations: &[&Path]) -> Result<Vec<FirstSeen>, GitError> {
        if self.head.is_none() {
            return Ok(Vec::new());
        }
        let mut arguments = vec![
            "log".to_owned(),
            "--diff-filter=A".to_owned(),
            "--no-renames".to_owned(),
            "--raw".to_owned(),
            "--no-abbrev".to_owned(),
            "-z".to_owned(),
            "--format=%x01%at".to_owned(),
            "-m".to_owned(),
            "HEAD".to_owned(),
            "--branches".to_owned(),
            "--remotes".to_owned(),
            "--".to_owned(),
        ];
        let root = &self.repository.root;
        arguments.extend(locations.iter().filter_map(|path| {
            let inside = path.strip_prefix(root).ok()?.to_string_lossy().into_owned();
            Some(if inside.is_empty() {
                ".".to_owned()
            } else {
                inside
            })
        }));
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let answer = self.repository.run(&arguments)?;
        let text = String::from_utf8_lossy(&answer);
        let mut seen = Vec::new();
        let mut authored = 0;
        let mut fields = text.split('\0');
        while let Some(field) = fields.next() {
            // `\x01` starts a commit, `:` a file: modes, ids and a letter, then the name.
            let field = field.trim_start_matches('\n');
            if let Some(date) = field.strip_prefix('\u{1}') {
                authored = date.trim().parse().unwrap_or(0);
                continue;
            }
            let Some(raw) = field.strip_prefix(':') else {
                continue;
            };
            let (Some(blob), Some(name)) = (raw.split(' ').nth(3), fields.next()) else {
                continue;
            };
            let file_name = name.rsplit('/').next().unwrap_or(name);
            // As Alembic's own test of names: case counts on every platform.
            if file_name.as_bytes().ends_with(b".py") {
                seen.push(FirstSeen {
                    blob: ObjectId::new(blob),
                    file_name: file_name.to_owned(),
                    authored,
                });
            }
        }
        Ok(seen)
    }
}
