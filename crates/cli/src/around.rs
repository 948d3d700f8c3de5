//! What lies around a migration: the modules and files of its repository, for the parser to follow.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rechain_parser::{ModuleSource, Source, Surroundings};
use rechain_project::Tree;

/// The modules that were read in this run, each once for all migrations that import it.
#[derive(Default)]
pub(crate) struct Modules(Mutex<BTreeMap<PathBuf, Option<Arc<ModuleSource>>>>);

impl Modules {
    /// The module at `path`, from `read` where it was not asked for before.
    fn get(
        &self,
        path: &Path,
        read: impl FnOnce() -> Option<ModuleSource>,
    ) -> Option<Arc<ModuleSource>> {
        let mut modules = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = modules.get(path) {
            return known.clone();
        }
        let source = read().map(Arc::new);
        modules.insert(path.to_owned(), source.clone());
        source
    }
}

/// The repository of one migration.
pub(crate) struct Around<'t> {
    tree: &'t dyn Tree,
    modules: &'t Modules,
    file: &'t Path,
    /// No file above it is read.
    top: PathBuf,
}

impl<'t> Around<'t> {
    /// The repository that the migration `file` lies in, or the directory above its version location where
    /// there is none.
    pub(crate) fn new(tree: &'t dyn Tree, modules: &'t Modules, file: &'t Path) -> Self {
        let top = tree.repository_root(file).unwrap_or_else(|| {
            let nearby = file.ancestors().nth(3).or(file.parent());
            nearby.unwrap_or(file).to_owned()
        });
        Self {
            tree,
            modules,
            file,
            top,
        }
    }

    fn read(&self, path: &Path) -> Option<String> {
        let bytes = self.tree.read(path).ok()?;
        Some(Source::decode(bytes).ok()?.text().to_owned())
    }
}

impl Surroundings for Around<'_> {
    fn path(&self) -> Option<String> {
        Some(self.file.to_str()?.replace('\\', "/"))
    }

    /// Python looks along `sys.path`, which is not known here; a module is taken from any directory above the
    /// migration, or `src` in one, if only one of them has it.
    fn module(&self, name: &str) -> Option<Arc<ModuleSource>> {
        let relative: PathBuf = name.split('.').collect();
        if name.split('.').any(str::is_empty) {
            return None;
        }
        let mut found = BTreeSet::new();
        for directory in self.file.ancestors().skip(1) {
            for directory in [directory.to_owned(), directory.join("src")] {
                let module = directory.join(&relative).with_extension("py");
                if self.tree.is_file(&module) {
                    found.insert((module, false));
                }
                let package = directory.join(&relative).join("__init__.py");
                if self.tree.is_file(&package) {
                    found.insert((package, true));
                }
            }
            if directory == self.top {
                break;
            }
        }
        let mut found = found.into_iter();
        let (Some((path, is_package)), None) = (found.next(), found.next()) else {
            return None;
        };
        self.modules.get(&path, || {
            let shown = path.to_str().map(|path| path.replace('\\', "/"));
            Some(ModuleSource::new(self.read(&path)?, is_package, shown))
        })
    }

    fn text(&self, path: &str) -> Option<String> {
        let path = self.tree.resolve(Path::new(path)).ok()?;
        path.starts_with(&self.top).then(|| self.read(&path))?
    }
}
