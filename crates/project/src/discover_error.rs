//! Why no environment was found, or one could not be understood.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::config::{ConfigError, place};
use crate::{Position, SettingsError};

/// Why no environment could be found or one of them not be understood.
#[derive(Debug, Error)]
pub enum DiscoverError {
    /// PATH does not exist.
    #[error("there is no {}", path.display())]
    PathMissing {
        /// PATH.
        path: PathBuf,
    },
    /// PATH is a file that configures nothing.
    #[error(
        "{} is not a directory, an alembic.ini or a pyproject.toml", path.display()
    )]
    NotAConfiguration {
        /// PATH.
        path: PathBuf,
    },
    /// Both PATH and `-c` were given.
    #[error("both a path ({}) and a configuration file ({}) were given", path.display(), config.display())]
    PathAndConfig {
        /// PATH.
        path: PathBuf,
        /// The first `-c`.
        config: PathBuf,
    },
    /// `-c` names two files of one kind; Alembic refuses this too.
    #[error("-c names two {kind} files, {} and {}", first.display(), second.display())]
    TwoConfigurations {
        /// `ini` or `pyproject.toml`.
        kind: &'static str,
        /// The first.
        first: PathBuf,
        /// The second.
        second: PathBuf,
    },
    /// A file that was named does not exist.
    #[error("there is no {}, which {named_by} names", path.display())]
    ConfigurationMissing {
        /// The file.
        path: PathBuf,
        /// `-c` or `ALEMBIC_CONFIG`.
        named_by: &'static str,
    },
    /// A configuration file is unreadable, or an option has an impossible value.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// `[tool.rechain]` is wrong.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// No section (or not the one asked for) has a `script_location`.
    #[error("no `script_location` in {}", no_script_location(files, section.as_deref()))]
    NoScriptLocation {
        /// The files that were read.
        files: Vec<PathBuf>,
        /// The section that was asked for with `-n`, if any.
        section: Option<String>,
        /// The sections of the ini.
        sections: Vec<String>,
    },
    /// The directory that `script_location` names does not exist.
    #[error(
        "{}: `script_location` names `{value}`, which is none of {}",
        place(path, *position), list(tried)
    )]
    ScriptLocationMissing {
        /// The file.
        path: PathBuf,
        /// Where the option stands.
        position: Option<Position>,
        /// Its value.
        value: String,
        /// The directories that were looked for.
        tried: Vec<PathBuf>,
    },
    /// A `package:directory` whose package is not in the project.
    #[error(
        "{}: `{key}` names `{value}`, which is none of {} (no Python is imported to find it)",
        place(path, *position), list(tried)
    )]
    PackageMissing {
        /// The file.
        path: PathBuf,
        /// Where the option stands.
        position: Option<Position>,
        /// `script_location` or `version_locations`.
        key: &'static str,
        /// The value.
        value: String,
        /// The directories that were looked for.
        tried: Vec<PathBuf>,
    },
    /// Nothing looks like an Alembic environment.
    #[error(
        "no alembic environment: neither alembic.ini, pyproject.toml with [tool.alembic] nor \
         migrations/alembic.ini in {}", searched(directory, *above)
    )]
    NothingFound {
        /// Where the search began.
        directory: PathBuf,
        /// Were the directories above searched too?
        above: bool,
    },
    /// A directory could not be read while searching.
    #[error("cannot read the directory {}: {error}", path.display())]
    Unreadable {
        /// The directory.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

impl DiscoverError {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::PathAndConfig { .. } => "give one of them".to_owned(),
            Self::NoScriptLocation { sections, .. } if !sections.is_empty() => {
                format!("choose a section with -n ({}), or name a versions directory", sections.join(", "))
            }
            Self::NoScriptLocation { .. }
            | Self::ScriptLocationMissing { .. }
            | Self::PackageMissing { .. } => {
                "run from the directory where you start alembic with `-c FILE`, or name the versions \
                 directory itself"
                    .to_owned()
            }
            Self::NothingFound { .. } => {
                "name a project directory, an alembic.ini, a pyproject.toml or a versions directory"
                    .to_owned()
            }
            _ => return None,
        };
        Some(text)
    }
}

fn list(paths: &[PathBuf]) -> String {
    let paths: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    paths.join(", ")
}

fn no_script_location(files: &[PathBuf], section: Option<&str>) -> String {
    match section {
        Some(section) => format!("[{section}] of {}", list(files)),
        None => list(files),
    }
}

fn searched(directory: &Path, above: bool) -> String {
    let more = if above {
        ", above it or below it"
    } else {
        " or below it"
    };
    format!("{}{more}", directory.display())
}
