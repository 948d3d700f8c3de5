//! From one configuration to an environment: Alembic's `ScriptDirectory.from_config`.

use std::path::{Path, PathBuf};

use crate::config::{Config, Located};
use crate::locations::{Places, is_resource};
use crate::paths::absolute;
use crate::{DiscoverError, Environment, EnvironmentKind, RelativeTo, Tree};

/// The environment that `config` describes when Alembic is started in `start`; `None` where it has
/// no `script_location`. Name and settings are left for the caller.
pub(crate) fn resolve(
    config: &Config,
    start: &Path,
    tree: &dyn Tree,
) -> Result<Option<Environment>, DiscoverError> {
    let configured = config.option("script_location")?;
    let ini_directory = config.ini.as_ref().and_then(|file| file.path.parent());
    let flask_directory = ini_directory.filter(|directory| {
        configured.is_none()
            && config.section == "alembic"
            && tree.is_file(&directory.join("env.py"))
            && (tree.is_file(&directory.join("script.py.mako"))
                || tree.is_dir(&directory.join("versions")))
    });
    let directory = match (&configured, flask_directory) {
        (Some(configured), _) => configured.path.parent().unwrap_or(start),
        (None, Some(directory)) => directory,
        (None, None) => return Ok(None),
    };
    let mut places = Places::new(start, directory, tree);
    if flask_directory.is_some() {
        // `flask db` runs in the application's root, which is where the directory normally lies.
        places
            .bases
            .sort_by_key(|base| !matches!(base, RelativeTo::Project(_)));
    }
    if let Some(found) = config.prepend_sys_path()? {
        places.python_path = found.value;
    }
    let listed = config
        .version_locations()?
        .filter(|found| !found.value.is_empty());
    let locator = Locator {
        places: &places,
        listed: listed.as_ref(),
        tree,
    };
    let (script_location, base) = match &configured {
        Some(configured) => locator.script_location(configured)?,
        None => (directory.to_path_buf(), None),
    };
    let (version_locations, base) = locator.version_locations(&script_location, base)?;
    let has_table = config
        .toml
        .as_ref()
        .is_some_and(|file| file.table.is_some());
    let kind = match (&config.ini, &configured) {
        (_, None) => EnvironmentKind::FlaskMigrate,
        (Some(_), _) => EnvironmentKind::Ini,
        (None, _) => EnvironmentKind::PyProject,
    };
    let text = |key| Ok::<_, DiscoverError>(config.option(key)?.map(|found| found.value));
    Ok(Some(Environment {
        kind,
        ini: config.ini.as_ref().map(|file| file.path.clone()),
        pyproject: config
            .toml
            .as_ref()
            .filter(|_| has_table)
            .map(|file| file.path.clone()),
        section: config.ini.is_some().then(|| config.section.clone()),
        script_location: Some(script_location),
        version_locations,
        recursive: config.boolean("recursive_version_locations")?,
        sourceless: config.boolean("sourceless")?,
        relative_to: base,
        file_template: text("file_template")?,
        timezone: text("timezone")?,
        truncate_slug_length: text("truncate_slug_length")?,
        databases: text("databases").unwrap_or_default(),
        has_post_write_hooks: config.has_post_write_hooks(),
        ..Environment::default()
    }))
}

struct Locator<'a> {
    places: &'a Places<'a>,
    listed: Option<&'a Located<Vec<String>>>,
    tree: &'a dyn Tree,
}

impl Locator<'_> {
    /// The script directory, and the base it was found below if its path is relative.
    fn script_location(
        &self,
        configured: &Located<String>,
    ) -> Result<(PathBuf, Option<RelativeTo>), DiscoverError> {
        let value = &configured.value;
        if is_resource(value) {
            return Ok((self.resource("script_location", value, configured)?, None));
        }
        if Path::new(value).is_absolute() {
            let path = absolute(Path::new("/"), value);
            if self.tree.is_dir(&path) {
                return Ok((path, None));
            }
            return Err(missing(configured, vec![path]));
        }
        let exists = |base: &Path| self.tree.is_dir(&absolute(base, value));
        // `script_location = .` exists everywhere, so a directory that looks the part goes first.
        let looks_right = |base: &Path| {
            let directory = absolute(base, value);
            self.tree.is_file(&directory.join("env.py"))
                || self.tree.is_dir(&directory.join("versions"))
                || self.tree.is_dir(&directory) && self.any_listed(base)
        };
        let base = self
            .places
            .first(looks_right)
            .or_else(|| self.places.first(exists));
        if let Some(base) = base {
            return Ok((absolute(base.directory(), value), Some(base.clone())));
        }
        let bases = self.places.bases.iter();
        let tried = bases
            .map(|base| absolute(base.directory(), value))
            .collect();
        Err(missing(configured, tried))
    }

    /// `ScriptDirectory._version_locations`: those listed, else `versions` in the script directory.
    /// Relative ones are taken from the base of the script directory; if that needed none, from
    /// the first base that has any of them.
    fn version_locations(
        &self,
        script_location: &Path,
        base: Option<RelativeTo>,
    ) -> Result<(Vec<PathBuf>, Option<RelativeTo>), DiscoverError> {
        let Some(listed) = self.listed else {
            return Ok((vec![script_location.join("versions")], base));
        };
        let relative = listed.value.iter().any(|item| is_relative(item));
        let base = base.or_else(|| {
            let first = self.places.first(|base| self.any_listed(base));
            first
                .or(self.places.bases.first())
                .filter(|_| relative)
                .cloned()
        });
        let directory = base.as_ref().map_or(script_location, RelativeTo::directory);
        let locations = listed.value.iter().map(|item| {
            if is_resource(item) {
                self.resource("version_locations", item, listed)
            } else {
                Ok(absolute(directory, item))
            }
        });
        Ok((locations.collect::<Result<_, _>>()?, base))
    }

    fn any_listed(&self, base: &Path) -> bool {
        let items = self.listed.iter().flat_map(|listed| &listed.value);
        items
            .filter(|item| is_relative(item))
            .any(|item| self.tree.is_dir(&absolute(base, item)))
    }

    fn resource<T>(
        &self,
        key: &'static str,
        value: &str,
        at: &Located<T>,
    ) -> Result<PathBuf, DiscoverError> {
        self.places
            .resource(value)
            .map_err(|tried| DiscoverError::PackageMissing {
                path: at.path.clone(),
                position: at.position,
                key,
                value: value.to_owned(),
                tried,
            })
    }
}

fn is_relative(item: &str) -> bool {
    !is_resource(item) && !Path::new(item).is_absolute()
}

fn missing(configured: &Located<String>, tried: Vec<PathBuf>) -> DiscoverError {
    DiscoverError::ScriptLocationMissing {
        path: configured.path.clone(),
        position: configured.position,
        value: configured.value.clone(),
        tried,
    }
}
