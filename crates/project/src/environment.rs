//! One Alembic environment: a history of revisions and the configuration that names it.

use std::path::{Path, PathBuf};

use crate::Settings;

/// One Alembic environment. All paths are absolute; symbolic links in them are not followed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Environment {
    /// A short heading such as `backend/alembic.ini` or `alembic.ini [tenant]`: relative to the
    /// directory of the request where possible, with `/` between its parts.
    pub name: String,
    /// The headings of further configurations of the very same version locations. They were left
    /// out, or the same files would be changed twice.
    pub aliases: Vec<String>,
    /// What led to it.
    pub kind: EnvironmentKind,
    /// The ini file that Alembic would read.
    pub ini: Option<PathBuf>,
    /// The `pyproject.toml`, if it has a `[tool.alembic]`.
    pub pyproject: Option<PathBuf>,
    /// The section of the ini file (Alembic's `-n`).
    pub section: Option<String>,
    /// The script directory (`env.py`, template); unknown for a bare versions directory.
    pub script_location: Option<PathBuf>,
    /// The directories of revision files, in the order in which Alembic reads them. They need not
    /// exist.
    pub version_locations: Vec<PathBuf>,
    /// `recursive_version_locations`
    pub recursive: bool,
    /// `sourceless`
    pub sourceless: bool,
    /// What relative paths were taken to be relative to; `None` where there was none to take.
    pub relative_to: Option<RelativeTo>,
    /// `[tool.rechain]`
    pub settings: Settings,
    /// `file_template`, as configured.
    pub file_template: Option<String>,
    /// `timezone`, as configured.
    pub timezone: Option<String>,
    /// `databases` of a multi-database project, as configured.
    pub databases: Option<String>,
    /// Whether files that Alembic writes are given to other programs then (`post_write_hooks`).
    pub has_post_write_hooks: bool,
    /// `truncate_slug_length`, as configured.
    pub truncate_slug_length: Option<String>,
}

/// What led to an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EnvironmentKind {
    /// An ini file, perhaps with a `[tool.alembic]` beside it.
    Ini,
    /// `[tool.alembic]` alone.
    PyProject,
    /// The ini of a Flask-Migrate directory, which does not name its `script_location`.
    FlaskMigrate,
    /// A directory with `env.py` and `versions`, without any configuration.
    ScriptDirectory,
    /// A directory of revision files, without any configuration.
    #[default]
    Versions,
}

/// What the relative paths of a configuration are relative to. Alembic takes the directory it is
/// started in, which nobody can know, so these are tried one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RelativeTo {
    /// Where Alembic was taken to be started: PATH, the directory of the file that was found, or
    /// with `-c` the current directory.
    Start(PathBuf),
    /// The directory of the configuration file.
    Configuration(PathBuf),
    /// The directory above a `migrations` directory that holds the configuration file.
    Project(PathBuf),
    /// The root of the repository.
    Repository(PathBuf),
}

impl RelativeTo {
    /// The directory.
    pub fn directory(&self) -> &Path {
        match self {
            Self::Start(path)
            | Self::Configuration(path)
            | Self::Project(path)
            | Self::Repository(path) => path,
        }
    }
}

impl Environment {
    /// Is this environment used through Flask-Migrate (`flask db ...`)?
    pub fn is_flask_migrate(&self) -> bool {
        self.kind == EnvironmentKind::FlaskMigrate
    }

    /// The configuration file to name to people: the ini if there is one.
    pub fn configuration(&self) -> Option<&Path> {
        self.ini.as_deref().or(self.pyproject.as_deref())
    }
}
