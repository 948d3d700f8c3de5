//! What a commit's own configuration says of an environment of the work tree.

use std::path::{Path, PathBuf};

use crate::config::{Config, TomlFile, read_ini, read_pyproject};
use crate::resolve::resolve;
use crate::{DiscoverError, Environment, RelativeTo, Tree};

/// Where an environment has its revisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configured {
    /// The directories, as [`Environment::version_locations`] has them.
    pub version_locations: Vec<PathBuf>,
    /// `recursive_version_locations`
    pub recursive: bool,
}

impl Environment {
    /// Where the configuration files of this environment say, as they are in `there`, that its
    /// revisions lie. `None` where `there` has no such configuration or it cannot be resolved, and
    /// where even in `here`, which the environment was found in, the configuration is not what tells
    /// (a bare directory, an `env.py` that chooses among several).
    pub fn configured_in(&self, there: &dyn Tree, here: &dyn Tree) -> Option<Configured> {
        let is_told = self
            .resolved_in(here)
            .is_ok_and(|found| found.is_some_and(|it| it.places() == self.places()));
        if !is_told {
            return None;
        }
        let found = self.resolved_in(there).ok()??;
        Some(found.places())
    }

    fn places(&self) -> Configured {
        Configured {
            version_locations: self.version_locations.clone(),
            recursive: self.recursive,
        }
    }

    fn resolved_in(&self, tree: &dyn Tree) -> Result<Option<Self>, DiscoverError> {
        let Some(file) = self.configuration() else {
            return Ok(None);
        };
        // What is in the one kind of file here may be in the other one there.
        let beside = |name: &str| Some(file.with_file_name(name)).filter(|it| tree.is_file(it));
        let there = |known: &Option<PathBuf>| known.clone().filter(|it| tree.is_file(it));
        let ini = match &self.ini {
            Some(_) => there(&self.ini),
            None => beside("alembic.ini"),
        };
        let toml = there(&self.pyproject).or_else(|| beside("pyproject.toml"));
        let ini = ini.map(|path| read_ini(tree, &path)).transpose()?;
        let toml = match toml {
            Some(path) => Some(TomlFile {
                table: read_pyproject(tree, &path)?.alembic,
                path,
            }),
            None => None,
        };
        let config = Config {
            ini,
            toml,
            section: self.section.clone().unwrap_or_else(|| "alembic".to_owned()),
        };
        let start = match &self.relative_to {
            Some(RelativeTo::Start(directory)) => directory,
            _ => file.parent().unwrap_or_else(|| Path::new("/")),
        };
        resolve(&config, start, tree)
    }
}
