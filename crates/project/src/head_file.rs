//! Files in which projects keep the id of their head, so that two branches that both add a revision conflict in
//! git: `head.txt` of alembic-linear-migrations, `HEAD`, `HEADS`, `EXPAND_HEAD` and `CONTRACT_HEAD` of
//! neutron and its kin, `.current-alembic-head` of GOV.UK Notify, and those that `head-file` names.

use std::path::{Path, PathBuf};

use crate::{Environment, Tree};

/// One such file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadFile {
    /// Where it lies, links resolved.
    pub path: PathBuf,
    /// Which heads it holds.
    pub role: HeadRole,
    /// Its bytes; `None` where `head-file` names one that is not there.
    pub content: Option<Vec<u8>>,
}

/// Which heads a head file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadRole {
    /// The one there is; of several those it held, or all.
    Any,
    /// All of them.
    All,
    /// That of the branch `expand`.
    Expand,
    /// That of the branch `contract`.
    Contract,
}

/// The names that projects use.
const KNOWN: [(&str, HeadRole); 6] = [
    ("head.txt", HeadRole::Any),
    ("HEAD", HeadRole::Any),
    ("HEADS", HeadRole::All),
    ("EXPAND_HEAD", HeadRole::Expand),
    ("CONTRACT_HEAD", HeadRole::Contract),
    (".current-alembic-head", HeadRole::Any),
];

impl HeadFile {
    /// The head files of an environment: by name in its script directory and version locations, and those that
    /// `head-file` names, relative to its `pyproject.toml`. A file that holds something else than a word
    /// a line is none, unless it is named.
    pub fn find(environment: &Environment, tree: &dyn Tree) -> Vec<Self> {
        let mut found: Vec<Self> = Vec::new();
        let mut add = |file: Self| {
            if found.iter().all(|it| it.path != file.path) {
                found.push(file);
            }
        };
        let resolved = |path: &Path| tree.resolve(path).unwrap_or_else(|_| path.to_path_buf());
        let settings = &environment.settings;
        let beside = settings.source.as_deref().and_then(Path::parent);
        for name in settings.head_files.iter().flatten() {
            let path = resolved(&beside.unwrap_or(Path::new("")).join(name));
            add(Self {
                content: tree.read(&path).ok(),
                role: role(&path),
                path,
            });
        }
        let places = environment.script_location.iter();
        for place in places.chain(&environment.version_locations) {
            let place = resolved(place);
            for (name, role) in KNOWN {
                let path = place.join(name);
                if !tree.is_file(&path) {
                    continue;
                }
                let path = resolved(&path);
                let file = Self {
                    content: tree.read(&path).ok(),
                    role,
                    path,
                };
                if file.holds_words() {
                    add(file);
                }
            }
        }
        found
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(self.content.as_deref().unwrap_or_default()).into_owned()
    }

    fn holds_words(&self) -> bool {
        let words = self.entries();
        !words.is_empty() && words.iter().all(|it| !it.contains(char::is_whitespace))
    }

    /// Whether git left its conflict markers in it.
    pub fn is_conflicted(&self) -> bool {
        self.text().lines().any(is_marker)
    }

    /// What it holds, a line each; of a conflict that of both sides.
    pub fn entries(&self) -> Vec<String> {
        let mut entries: Vec<String> = Vec::new();
        for line in self.text().lines() {
            let entry = line.trim();
            if !entry.is_empty() && !is_marker(line) && !entries.iter().any(|it| it == entry) {
                entries.push(entry.to_owned());
            }
        }
        entries
    }

    /// The file with these entries instead, and the newlines it has.
    pub fn with(&self, entries: &[String]) -> Vec<u8> {
        let text = self.text();
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let ends = text.is_empty() || text.ends_with('\n');
        let mut text = entries.join(newline);
        if ends {
            text.push_str(newline);
        }
        text.into_bytes()
    }
}

fn role(path: &Path) -> HeadRole {
    let name = path.file_name().and_then(|it| it.to_str());
    KNOWN
        .iter()
        .find(|(known, _)| Some(*known) == name)
        .map_or(HeadRole::Any, |&(_, role)| role)
}

pub(crate) fn is_marker(line: &str) -> bool {
    ["<<<<<<<", "=======", ">>>>>>>", "|||||||"]
        .iter()
        .any(|marker| {
            line.strip_prefix(marker)
                .is_some_and(|rest| rest.trim_end().is_empty() || rest.starts_with(' '))
        })
}

#[cfg(test)]
mod tests {
    use super::{HeadFile, HeadRole};

    fn file(text: &str) -> HeadFile {
        HeadFile {
            path: "HEAD".into(),
            role: HeadRole::Any,
            content: Some(text.as_bytes().to_vec()),
        }
    }

    fn check(text: &str, entries: &[&str], after: &str) {
        let file = file(text);
        assert_eq!(file.entries(), entries);
        assert_eq!(file.with(&["n".to_owned()]), after.as_bytes());
    }

    #[test]
    fn keeps_its_newlines() {
        check("a1\n", &["a1"], "n\n");
        check("a1", &["a1"], "n");
        check("a1\r\nb1\r\n", &["a1", "b1"], "n\r\n");
    }

    #[test]
    fn both_sides_of_a_conflict() {
        let text = "<<<<<<< HEAD\na1\n||||||| 1234567\nr0\n=======\nb1\n>>>>>>> feature\n";
        assert!(file(text).is_conflicted());
        check(text, &["a1", "r0", "b1"], "n\n");
        assert!(!file("a1\n").is_conflicted());
    }
}
