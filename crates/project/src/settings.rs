//! `[tool.rechain]`: what a project tells this program once and for all.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::config::{ConfigError, read_pyproject};
use crate::pyproject::{Item, Table, Value, ValueKind};
use crate::suggestion::nearest;
use crate::{Position, Tree};

/// The settings of `[tool.rechain]`; `None` (or nothing in a list) where the file says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The `pyproject.toml` they were read from.
    pub source: Option<PathBuf>,
    /// `base`: the ref this work will land on, or `none`.
    pub base: Option<String>,
    /// `publish-refs`: patterns of the refs that databases follow.
    pub publish_refs: Option<Vec<String>>,
    /// `upgrade`: which command the team deploys with.
    pub upgrade: Option<Upgrade>,
    /// `applied`: where databases stand besides what git shows.
    pub applied: Option<Applied>,
    /// `not-applied`: revisions that no database has.
    pub not_applied: Vec<String>,
    /// `placement`: where moved revisions go.
    pub placement: Option<Placement>,
    /// `dialects`: the databases whose rules decide what conflicts.
    pub dialects: Option<Vec<Dialect>>,
    /// `roots`: how many revisions without a `down_revision` are meant to be there.
    pub roots: Option<usize>,
    /// `head-file`: files that hold the head revision, relative to the `pyproject.toml`.
    pub head_files: Option<Vec<PathBuf>>,
    /// `strict`: does what is not understood count as a conflict?
    pub strict: Option<bool>,
}

/// How a team deploys: `upgrade = "head"` or `"heads"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upgrade {
    /// `alembic upgrade head`, which refuses several heads.
    Head,
    /// `alembic upgrade heads`.
    Heads,
}

/// What `applied` says about databases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applied {
    /// `"none"`: nothing is deployed anywhere, whatever git shows.
    Nothing,
    /// A database stands on each of these revisions.
    Revisions(Vec<String>),
}

/// Where moved revisions go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// On top of everything.
    Tip,
    /// Beside the revisions of related tables.
    Tables,
}

/// A database whose rules count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// PostgreSQL
    PostgreSql,
    /// SQLite
    Sqlite,
    /// MySQL
    MySql,
    /// Microsoft SQL Server
    MsSql,
    /// Oracle
    Oracle,
    /// `MariaDB`
    MariaDb,
}

/// Why the settings could not be read.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// The file itself is unreadable.
    #[error(transparent)]
    File(#[from] ConfigError),
    /// A key that does not exist.
    #[error(
        "{}:{position}: unknown key `{key}` in [tool.rechain]{}",
        path.display(), did_you_mean(*suggestion)
    )]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// Where the key stands.
        position: Position,
        /// The key.
        key: String,
        /// The key that was perhaps meant.
        suggestion: Option<&'static str>,
    },
    /// A value of the wrong type.
    #[error("{}:{position}: `{key}` must be {expected}, not {found}", path.display())]
    WrongType {
        /// The file.
        path: PathBuf,
        /// Where the value stands.
        position: Position,
        /// The key.
        key: String,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A word that is none of those that the key knows.
    #[error(
        "{}:{position}: `{key}` does not know `{value}`; it takes {}{}",
        path.display(), known.join(", "), did_you_mean(nearest(value, known))
    )]
    UnknownValue {
        /// The file.
        path: PathBuf,
        /// Where the value stands.
        position: Position,
        /// The key.
        key: String,
        /// The value.
        value: String,
        /// The words the key takes.
        known: Vec<&'static str>,
    },
}

fn did_you_mean(word: Option<&str>) -> String {
    word.map_or_else(String::new, |word| format!("; did you mean `{word}`?"))
}

const KEYS: [&str; 10] = [
    "applied",
    "base",
    "dialects",
    "head-file",
    "not-applied",
    "placement",
    "publish-refs",
    "roots",
    "strict",
    "upgrade",
];

impl Settings {
    /// Reads the nearest `pyproject.toml` with a `[tool.rechain]`, in `directory` or above it; the
    /// root of the repository is the last place to look. None: all settings are absent.
    pub fn find(directory: &Path, tree: &dyn Tree) -> Result<Self, SettingsError> {
        let root = tree.repository_root(directory);
        for place in directory.ancestors() {
            let path = place.join("pyproject.toml");
            if tree.is_file(&path)
                && let Some(table) = read_pyproject(tree, &path)?.rechain
            {
                return Self::from_table(&table, &path);
            }
            if root.as_deref() == Some(place) {
                break;
            }
        }
        Ok(Self::default())
    }

    fn from_table(table: &Table, path: &Path) -> Result<Self, SettingsError> {
        let mut settings = Self {
            source: Some(path.to_path_buf()),
            ..Self::default()
        };
        for Item {
            key,
            key_position,
            value,
        } in table
        {
            let read = Reading { path, key, value };
            match key.as_str() {
                "base" => settings.base = Some(read.string()?),
                "publish-refs" => settings.publish_refs = Some(read.strings()?),
                "upgrade" => {
                    let known = [("head", Upgrade::Head), ("heads", Upgrade::Heads)];
                    settings.upgrade = Some(read.one_of(&known)?);
                }
                "applied" => settings.applied = Some(read.applied()?),
                "not-applied" => settings.not_applied = read.string_or_strings()?,
                "placement" => {
                    let known = [("tip", Placement::Tip), ("tables", Placement::Tables)];
                    settings.placement = Some(read.one_of(&known)?);
                }
                "dialects" => settings.dialects = Some(read.dialects()?),
                "roots" => settings.roots = Some(read.count()?),
                "head-file" => {
                    let files = read.string_or_strings()?;
                    settings.head_files = Some(files.into_iter().map(PathBuf::from).collect());
                }
                "strict" => settings.strict = Some(read.boolean()?),
                _ => {
                    return Err(SettingsError::UnknownKey {
                        path: path.to_path_buf(),
                        position: *key_position,
                        key: key.clone(),
                        suggestion: nearest(key, &KEYS),
                    });
                }
            }
        }
        Ok(settings)
    }
}

/// One key and its value, about to be understood.
struct Reading<'a> {
    path: &'a Path,
    key: &'a str,
    value: &'a Value,
}

impl Reading<'_> {
    fn wrong_type(&self, value: &Value, expected: &'static str) -> SettingsError {
        SettingsError::WrongType {
            path: self.path.to_path_buf(),
            position: value.position,
            key: self.key.to_owned(),
            expected,
            found: value.type_name(),
        }
    }

    fn string(&self) -> Result<String, SettingsError> {
        match &self.value.kind {
            ValueKind::String(text) => Ok(text.clone()),
            _ => Err(self.wrong_type(self.value, "a string")),
        }
    }

    fn strings(&self) -> Result<Vec<String>, SettingsError> {
        let elements = self.elements("an array of strings")?;
        Ok(elements
            .into_iter()
            .map(|(text, _)| text.to_owned())
            .collect())
    }

    fn string_or_strings(&self) -> Result<Vec<String>, SettingsError> {
        if let ValueKind::String(text) = &self.value.kind {
            return Ok(vec![text.clone()]);
        }
        let elements = self.elements("a string or an array of strings")?;
        Ok(elements
            .into_iter()
            .map(|(text, _)| text.to_owned())
            .collect())
    }

    fn elements(&self, expected: &'static str) -> Result<Vec<(&str, Position)>, SettingsError> {
        let ValueKind::Array(elements) = &self.value.kind else {
            return Err(self.wrong_type(self.value, expected));
        };
        let strings = elements.iter().map(|element| match &element.kind {
            ValueKind::String(text) => Ok((text.as_str(), element.position)),
            _ => Err(self.wrong_type(element, expected)),
        });
        strings.collect()
    }

    fn applied(&self) -> Result<Applied, SettingsError> {
        let revisions = self.string_or_strings()?;
        if !revisions.iter().any(|revision| revision == "none") {
            return Ok(Applied::Revisions(revisions));
        }
        if revisions.len() == 1 {
            return Ok(Applied::Nothing);
        }
        Err(self.wrong_type(self.value, "either \"none\" alone or revisions"))
    }

    fn dialects(&self) -> Result<Vec<Dialect>, SettingsError> {
        const KNOWN: [(&str, Dialect); 6] = [
            ("postgresql", Dialect::PostgreSql),
            ("sqlite", Dialect::Sqlite),
            ("mysql", Dialect::MySql),
            ("mssql", Dialect::MsSql),
            ("oracle", Dialect::Oracle),
            ("mariadb", Dialect::MariaDb),
        ];
        let elements = self.elements("an array of strings")?;
        elements
            .into_iter()
            .map(|(word, position)| self.known(word, position, &KNOWN))
            .collect()
    }

    fn one_of<T: Copy>(&self, known: &[(&'static str, T)]) -> Result<T, SettingsError> {
        self.known(&self.string()?, self.value.position, known)
    }

    fn known<T: Copy>(
        &self,
        word: &str,
        position: Position,
        known: &[(&'static str, T)],
    ) -> Result<T, SettingsError> {
        if let Some((_, value)) = known.iter().find(|(name, _)| *name == word) {
            return Ok(*value);
        }
        let known: Vec<&'static str> = known.iter().map(|(name, _)| *name).collect();
        Err(SettingsError::UnknownValue {
            path: self.path.to_path_buf(),
            position,
            key: self.key.to_owned(),
            value: word.to_owned(),
            known,
        })
    }

    fn count(&self) -> Result<usize, SettingsError> {
        match self.value.kind {
            ValueKind::Integer(number) if number >= 1 => usize::try_from(number).ok(),
            _ => None,
        }
        .ok_or_else(|| self.wrong_type(self.value, "an integer of at least 1"))
    }

    fn boolean(&self) -> Result<bool, SettingsError> {
        match self.value.kind {
            ValueKind::Boolean(value) => Ok(value),
            _ => Err(self.wrong_type(self.value, "true or false")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::WorkTree;

    fn read(text: &str) -> Result<Settings, String> {
        let dir = tempfile::tempdir().expect("a directory");
        fs::create_dir_all(dir.path().join(".git")).expect("a directory");
        fs::create_dir_all(dir.path().join("a/b")).expect("a directory");
        fs::write(dir.path().join("a/pyproject.toml"), "[tool.alembic]\n").expect("a file");
        let text = format!("[tool.rechain]\n{text}\n");
        fs::write(dir.path().join("pyproject.toml"), text).expect("a file");
        let settings = Settings::find(&dir.path().join("a/b"), &WorkTree);
        settings.map_err(|error| {
            error
                .to_string()
                .replace(&dir.path().join("").display().to_string(), "")
        })
    }

    #[test]
    fn every_key_is_read() {
        let settings = read(
            "base = \"origin/main\"\npublish-refs = [\"main\", \"v*\"]\nupgrade = \"heads\"\n\
             applied = \"none\"\nnot-applied = \"a1\"\nplacement = \"tables\"\n\
             dialects = [\"sqlite\", \"mariadb\"]\nroots = 2\nhead-file = [\"h.txt\"]\nstrict = true",
        )
        .expect("settings");
        assert_eq!(settings.base.as_deref(), Some("origin/main"));
        assert_eq!(settings.publish_refs.expect("refs"), ["main", "v*"]);
        assert_eq!(settings.upgrade, Some(Upgrade::Heads));
        assert_eq!(settings.applied, Some(Applied::Nothing));
        assert_eq!(settings.not_applied, ["a1"]);
        assert_eq!(settings.placement, Some(Placement::Tables));
        assert_eq!(
            settings.dialects,
            Some(vec![Dialect::Sqlite, Dialect::MariaDb])
        );
        assert_eq!(settings.roots, Some(2));
        assert_eq!(settings.head_files, Some(vec![PathBuf::from("h.txt")]));
        assert_eq!(settings.strict, Some(true));
        assert!(
            settings
                .source
                .is_some_and(|path| path.ends_with("pyproject.toml"))
        );
    }

    #[test]
    fn mistakes_are_shown_with_their_place() {
        let message = |text: &str| read(text).expect_err(text);
        assert_eq!(
            message("publish_refs = []"),
            "pyproject.toml:2:1: unknown key `publish_refs` in [tool.rechain]; \
             did you mean `publish-refs`?"
        );
        assert_eq!(
            message("timeout = 1"),
            "pyproject.toml:2:1: unknown key `timeout` in [tool.rechain]"
        );
        assert_eq!(
            message("roots = \"2\""),
            "pyproject.toml:2:9: `roots` must be an integer of at least 1, not a string"
        );
        assert_eq!(
            message("dialects = [\"sqlite\", \"postgres\"]"),
            "pyproject.toml:2:23: `dialects` does not know `postgres`; it takes postgresql, sqlite, \
             mysql, mssql, oracle, mariadb; did you mean `postgresql`?"
        );
        assert!(message("applied = [\"none\", \"a\"]").contains("\"none\" alone"));
        assert!(message("x = ").starts_with("pyproject.toml:2:"));
    }
}
