//! Which Alembic environments a request is about.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::config::{Config, TomlFile, read_ini, read_pyproject};
use crate::paths::{absolute, relative};
use crate::resolve::resolve;
use crate::revision_files::is_revision_name;
use crate::walk::places_below;
use crate::{
    DiscoverError, Entry, EntryKind, Environment, EnvironmentKind, RevisionFileKind, Settings, Tree,
};

/// What the user asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// PATH: a project directory, an ini file, a `pyproject.toml`, a versions directory or a file in it.
    pub path: Option<PathBuf>,
    /// `-c`, once or twice (one ini and one `pyproject.toml`).
    pub config: Vec<PathBuf>,
    /// `-n`: the only section of the ini to look at.
    pub section: Option<String>,
    /// The current directory, absolute.
    pub cwd: PathBuf,
    /// The environment variable `ALEMBIC_CONFIG`.
    pub alembic_config: Option<OsString>,
}

/// Finds the environments that `request` is about, in an order that depends on names alone.
///
/// With PATH, that; else `-c` and `ALEMBIC_CONFIG` as Alembic takes them; else the nearest
/// configuration in the current directory or above it, up to the root of the repository; else
/// those below. Fails where there is none, or where one cannot be resolved.
pub fn discover(request: &Request, tree: &dyn Tree) -> Result<Vec<Environment>, DiscoverError> {
    let search = Search { request, tree };
    let from_environment = request
        .alembic_config
        .as_deref()
        .filter(|value| !value.is_empty());
    let found = match (&request.path, request.config.first()) {
        (Some(path), Some(config)) => {
            let (path, config) = (path.clone(), config.clone());
            return Err(DiscoverError::PathAndConfig { path, config });
        }
        (Some(path), None) => search.at(path),
        (None, Some(_)) => search.named(from_environment),
        (None, None) if from_environment.is_some() => search.named(from_environment),
        (None, None) => search.around(),
    };
    Ok(without_doubles(found?, tree))
}

struct Search<'a> {
    request: &'a Request,
    tree: &'a dyn Tree,
}

/// The files of one configuration, and where Alembic is taken to be started for it.
struct Source {
    ini: Option<PathBuf>,
    toml: Option<PathBuf>,
    start: PathBuf,
}

type Found = Result<Vec<Environment>, DiscoverError>;

impl Search<'_> {
    /// PATH was given.
    fn at(&self, path: &Path) -> Found {
        let path = absolute(&self.request.cwd, path);
        if self.tree.is_file(&path) {
            return self.at_file(&path);
        }
        if !self.tree.is_dir(&path) {
            return Err(DiscoverError::PathMissing { path });
        }
        if let Some(source) = self.source_in(&path)? {
            return self.load(&source);
        }
        if let Some(found) = self.naming(&path) {
            return Ok(found);
        }
        if self.has_revisions(&path) {
            return Ok(vec![self.bare(EnvironmentKind::Versions, &path)?]);
        }
        if self.is_script_directory(&path) {
            return Ok(vec![self.bare(EnvironmentKind::ScriptDirectory, &path)?]);
        }
        match self.below(&path)? {
            found if !found.is_empty() => Ok(found),
            _ if path.ends_with("versions") => {
                Ok(vec![self.bare(EnvironmentKind::Versions, &path)?])
            }
            _ => Err(DiscoverError::NothingFound {
                directory: path,
                above: false,
            }),
        }
    }

    fn at_file(&self, path: &Path) -> Found {
        let start = path.parent().unwrap_or(path).to_path_buf();
        if is_pyproject(path) {
            let ini = Some(start.join("alembic.ini")).filter(|ini| self.tree.is_file(ini));
            return self.load(&Source {
                ini,
                toml: Some(path.to_path_buf()),
                start,
            });
        }
        if path.extension().is_some_and(|extension| extension == "py") {
            // Alembic's `post_write_hooks` hand over the revision file they are about.
            if let Some(found) = self.naming(&start) {
                return Ok(found);
            }
            if self.has_revisions(&start) {
                return Ok(vec![self.bare(EnvironmentKind::Versions, &start)?]);
            }
            return Err(DiscoverError::NotAConfiguration {
                path: path.to_path_buf(),
            });
        }
        let toml = Some(start.join("pyproject.toml")).filter(|toml| self.tree.is_file(toml));
        self.load(&Source {
            ini: Some(path.to_path_buf()),
            toml,
            start,
        })
    }

    /// `-c` or `ALEMBIC_CONFIG`: Alembic's `CommandLine._inis_from_config`. Unlike Alembic since
    /// 1.16, a file that was named must be there.
    fn named(&self, from_environment: Option<&OsStr>) -> Found {
        let cwd = &self.request.cwd;
        let (mut ini, mut toml): (Option<&Path>, Option<&Path>) = (None, None);
        for file in &self.request.config {
            let (slot, kind) = if is_pyproject(file) {
                (&mut toml, "pyproject.toml")
            } else {
                (&mut ini, "ini")
            };
            if let Some(first) = slot.replace(file) {
                let (first, second) = (first.to_path_buf(), file.clone());
                return Err(DiscoverError::TwoConfigurations {
                    kind,
                    first,
                    second,
                });
            }
        }
        let variable = from_environment.map(Path::new);
        let variable = |pyproject| variable.filter(|file| is_pyproject(file) == pyproject);
        let pick = |option: Option<&Path>, variable: Option<&Path>, default: &str| {
            let (file, named_by) = match (option, variable) {
                (Some(file), _) => (absolute(cwd, file), Some("-c")),
                (None, Some(file)) => (absolute(cwd, file), Some("ALEMBIC_CONFIG")),
                (None, None) => (cwd.join(default), None),
            };
            match named_by {
                _ if self.tree.is_file(&file) => Ok(Some(file)),
                Some(named_by) => Err(DiscoverError::ConfigurationMissing {
                    path: file,
                    named_by,
                }),
                None => Ok(None),
            }
        };
        let ini = pick(ini, variable(false), "alembic.ini")?;
        let toml = pick(toml, variable(true), "pyproject.toml")?;
        self.load(&Source {
            ini,
            toml,
            start: cwd.clone(),
        })
    }

    /// Neither PATH nor a file was given: the nearest upwards, else everything below.
    fn around(&self) -> Found {
        let cwd = &self.request.cwd;
        let root = self.tree.repository_root(cwd);
        for directory in cwd.ancestors() {
            if let Some(source) = self.source_in(directory)? {
                return self.load(&source);
            }
            if root.as_deref() == Some(directory) {
                break;
            }
        }
        let found = self.below(cwd)?;
        if !found.is_empty() {
            return Ok(found);
        }
        if self.has_revisions(cwd) {
            return Ok(vec![self.bare(EnvironmentKind::Versions, cwd)?]);
        }
        Err(DiscoverError::NothingFound {
            directory: cwd.clone(),
            above: true,
        })
    }

    /// The configuration that lies in `directory`, if there is one.
    fn source_in(&self, directory: &Path) -> Result<Option<Source>, DiscoverError> {
        if let Some(source) = self.source_directly_in(directory)? {
            return Ok(Some(source));
        }
        let flask = directory.join("migrations/alembic.ini");
        let start = if self.request.path.is_some() {
            directory
        } else {
            flask.parent().unwrap_or(directory)
        };
        Ok(self.tree.is_file(&flask).then(|| Source {
            start: start.to_path_buf(),
            ini: Some(flask.clone()),
            toml: None,
        }))
    }

    fn source_directly_in(&self, directory: &Path) -> Result<Option<Source>, DiscoverError> {
        let existing = |name| Some(directory.join(name)).filter(|path| self.tree.is_file(path));
        let (ini, toml) = (existing("alembic.ini"), existing("pyproject.toml"));
        let found = match (&ini, &toml) {
            (Some(_), _) => true,
            (None, None) => false,
            (None, Some(toml)) => match read_pyproject(self.tree, toml) {
                Ok(pyproject) => pyproject.alembic.is_some(),
                // A broken file matters only if it may be about Alembic.
                Err(error) => {
                    let bytes = self.tree.read(toml).unwrap_or_default();
                    if String::from_utf8_lossy(&bytes).contains("tool.alembic") {
                        return Err(error.into());
                    }
                    false
                }
            },
        };
        Ok(found.then(|| Source {
            ini,
            toml,
            start: directory.to_path_buf(),
        }))
    }

    /// The environments above that have `directory` for a version location or script directory. A
    /// configuration that cannot be resolved names nothing.
    fn naming(&self, directory: &Path) -> Option<Vec<Environment>> {
        let resolved = self.tree.resolve(directory).ok()?;
        let same = |path: &PathBuf| self.tree.resolve(path).is_ok_and(|path| path == resolved);
        let inside = |path: &PathBuf| {
            self.tree
                .resolve(path)
                .is_ok_and(|path| resolved.starts_with(path))
        };
        let root = self.tree.repository_root(directory);
        for above in directory.ancestors().skip(1) {
            if let Ok(Some(source)) = self.source_in(above)
                && let Ok(mut found) = self.load(&source)
            {
                found.retain(|environment| {
                    environment.version_locations.iter().any(same)
                        || environment.script_location.iter().any(same)
                        || environment.recursive && environment.version_locations.iter().any(inside)
                });
                if !found.is_empty() {
                    return Some(found);
                }
            }
            if root.as_deref() == Some(above) {
                break;
            }
        }
        None
    }

    /// The environments below `directory`: every configuration, or where there is none, every
    /// script directory.
    fn below(&self, directory: &Path) -> Found {
        let places = places_below(directory, self.tree)?;
        let mut found = Vec::new();
        for place in places.iter().filter(|place| place.may_configure) {
            let Some(source) = self.source_directly_in(&place.path)? else {
                continue;
            };
            match self.load(&source) {
                Ok(environments) => found.extend(environments),
                // An ini for something else, or a section that only some of them have.
                Err(DiscoverError::NoScriptLocation { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        if found.is_empty() {
            for place in places.iter().filter(|place| place.has_env) {
                if self.is_script_directory(&place.path) {
                    found.push(self.bare(EnvironmentKind::ScriptDirectory, &place.path)?);
                }
            }
        }
        Ok(found)
    }

    /// Every environment of one configuration: one for each section that has locations of its own.
    fn load(&self, source: &Source) -> Found {
        let ini = source
            .ini
            .as_deref()
            .map(|path| read_ini(self.tree, path))
            .transpose()?;
        let toml = match &source.toml {
            Some(path) => {
                let table = read_pyproject(self.tree, path)?.alembic;
                Some(TomlFile {
                    path: path.clone(),
                    table,
                })
            }
            None => None,
        };
        let all: Vec<String> = ini
            .iter()
            .flat_map(|file| file.ini.sections())
            .map(str::to_owned)
            .collect();
        let sections = if let Some(section) = &self.request.section {
            vec![section.clone()]
        } else {
            let others = all.iter().filter(|name| *name != "alembic").cloned();
            std::iter::once("alembic".to_owned())
                .chain(others)
                .collect()
        };
        let mut found = Vec::new();
        for section in sections {
            // Alembic's own section may take its locations from anywhere; any other one counts
            // only if it says something about them, or `[DEFAULT]` would make each an environment.
            let chosen = section == "alembic" || self.request.section.is_some();
            let says = |name: &str| name == "script_location" || name == "version_locations";
            let own = ini.iter().flat_map(|file| file.ini.own_options(&section));
            if !chosen && !own.map(crate::ini::IniOption::name).any(says) {
                continue;
            }
            let config = Config {
                ini: ini.clone(),
                toml: toml.clone(),
                section,
            };
            if let Some(environment) = resolve(&config, &source.start, self.tree)? {
                found.extend(self.split(self.finish(environment)?));
            }
        }
        if found.is_empty() {
            return Err(DiscoverError::NoScriptLocation {
                files: source.ini.iter().chain(&source.toml).cloned().collect(),
                section: self.request.section.clone(),
                sections: all,
            });
        }
        Ok(found)
    }

    /// Gives the environment its name and settings.
    fn finish(&self, mut environment: Environment) -> Result<Environment, DiscoverError> {
        let file = environment
            .configuration()
            .map(Path::to_path_buf)
            .or_else(|| environment.script_location.clone())
            .or_else(|| environment.version_locations.first().cloned())
            .unwrap_or_default();
        environment.name = self.heading(&file);
        if let Some(section) = environment
            .section
            .as_ref()
            .filter(|section| *section != "alembic")
        {
            environment.name = format!("{} [{section}]", environment.name);
        }
        let is_file = environment.configuration().is_some();
        let directory = if is_file {
            file.parent().unwrap_or(&file)
        } else {
            &file
        };
        environment.settings = Settings::find(directory, self.tree)?;
        Ok(environment)
    }

    fn heading(&self, path: &Path) -> String {
        let cwd = &self.request.cwd;
        let from_path = self.request.path.as_ref().map(|path| absolute(cwd, path));
        match from_path {
            Some(from) if !path.starts_with(cwd) && path.starts_with(&from) && path != from => {
                relative(path, &from)
            }
            _ => relative(path, cwd),
        }
    }

    /// An `env.py` may choose among directories below `versions`, one for each database (Prefect
    /// does): where `versions` holds no revision itself but directories in it do, each of them is
    /// an environment.
    fn split(&self, environment: Environment) -> Vec<Environment> {
        let Some(script_location) = environment.script_location.as_ref() else {
            return vec![environment];
        };
        let versions = script_location.join("versions");
        if environment.recursive || environment.version_locations != [versions.clone()] {
            return vec![environment];
        }
        let is_revision = |entry: &Entry| {
            entry.kind != EntryKind::Directory && is_revision_name(entry.name.as_encoded_bytes())
        };
        let mut parts = Vec::new();
        if !self.tree.has(&versions, &is_revision) {
            // A missing directory is no error: Alembic finds no revisions then.
            let entries = self.tree.list(&versions).unwrap_or_default();
            for entry in entries
                .iter()
                .filter(|entry| entry.kind == EntryKind::Directory)
            {
                let directory = versions.join(&entry.name);
                if self.has_revisions(&directory) {
                    let shown = relative(&directory, script_location);
                    let name = format!("{} ({shown})", environment.name);
                    let version_locations = vec![directory];
                    parts.push(Environment {
                        name,
                        version_locations,
                        ..environment.clone()
                    });
                }
            }
        }
        if parts.is_empty() {
            vec![environment]
        } else {
            parts
        }
    }

    fn bare(&self, kind: EnvironmentKind, path: &Path) -> Result<Environment, DiscoverError> {
        let path = path.to_path_buf();
        let script_directory = kind == EnvironmentKind::ScriptDirectory;
        let parent = path
            .parent()
            .filter(|parent| self.tree.is_file(&parent.join("env.py")));
        let script_location = if script_directory {
            Some(path.clone())
        } else {
            parent.map(Path::to_path_buf)
        };
        let versions = if script_directory {
            path.join("versions")
        } else {
            path.clone()
        };
        let mut environment = Environment {
            kind,
            version_locations: vec![versions],
            // No configuration says whether the directories below belong to it. Reading them is the
            // answer that passes nothing over.
            recursive: !script_directory && self.has_revisions_below(&path),
            ..Environment::default()
        };
        if script_directory {
            environment.script_location = script_location;
            return self.finish(environment);
        }
        let mut environment = self.finish(environment)?;
        environment.script_location = script_location;
        Ok(environment)
    }

    fn is_script_directory(&self, path: &Path) -> bool {
        self.tree.is_file(&path.join("env.py")) && self.tree.is_dir(&path.join("versions"))
    }

    /// Does a file in a directory below this one look like a revision, or none in it?
    fn has_revisions_below(&self, path: &Path) -> bool {
        self.any_revision(path, true, &|file| file.parent() != Some(path))
            || !self.has_revisions(path)
    }

    /// Does a file directly in this directory look like a revision?
    fn has_revisions(&self, path: &Path) -> bool {
        self.any_revision(path, false, &|_| true)
    }

    fn any_revision(&self, path: &Path, recursive: bool, counts: &dyn Fn(&Path) -> bool) -> bool {
        let environment = Environment {
            version_locations: vec![path.to_path_buf()],
            recursive,
            ..Environment::default()
        };
        let Ok(found) = environment.revision_files(self.tree) else {
            return !recursive;
        };
        found
            .files
            .iter()
            .filter(|file| file.kind == RevisionFileKind::Source && counts(&file.path))
            .any(|file| {
                let bytes = self.tree.read(&file.resolved).unwrap_or_default();
                bytes
                    .windows(b"down_revision".len())
                    .any(|window| window == b"down_revision")
            })
    }
}

fn is_pyproject(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name == "pyproject.toml")
}

/// Leaves one environment for each history: several sections often differ in the database alone.
fn without_doubles(found: Vec<Environment>, tree: &dyn Tree) -> Vec<Environment> {
    let history = |environment: &Environment| {
        let locations = environment.version_locations.iter();
        let resolve = |path: &PathBuf| tree.resolve(path).unwrap_or_else(|_| path.clone());
        (
            locations.map(resolve).collect::<Vec<_>>(),
            environment.recursive,
            environment.sourceless,
        )
    };
    let mut kept: Vec<Environment> = Vec::new();
    for environment in found {
        let key = history(&environment);
        match kept.iter_mut().find(|known| history(known) == key) {
            Some(known) => known.aliases.push(environment.name),
            None => kept.push(environment),
        }
    }
    kept
}
