//! The sources around a migration of the corpus, as the parser asks for them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rechain_parser::{ModuleSource, Surroundings};

/// The modules of the corpus that were read so far.
static MODULES: Mutex<BTreeMap<PathBuf, Arc<ModuleSource>>> = Mutex::new(BTreeMap::new());

/// The files below one directory.
#[derive(Debug, Clone)]
pub struct Sources {
    root: PathBuf,
    file: PathBuf,
}

impl Sources {
    /// The surroundings of the migration `file`, in the project at `root`.
    pub fn new(root: &Path, file: &Path) -> Self {
        Self {
            root: root.to_owned(),
            file: file.to_owned(),
        }
    }
}

impl Surroundings for Sources {
    fn path(&self) -> Option<String> {
        self.file.to_str().map(str::to_owned)
    }

    fn module(&self, name: &str) -> Option<Arc<ModuleSource>> {
        let relative = name.replace('.', "/");
        let found: BTreeSet<(PathBuf, bool)> = self
            .file
            .ancestors()
            .skip(1)
            .take_while(|directory| directory.starts_with(&self.root))
            .flat_map(|directory| {
                [
                    (directory.join(format!("{relative}.py")), false),
                    (directory.join(&relative).join("__init__.py"), true),
                ]
            })
            .filter(|(path, _)| path.is_file())
            .collect();
        let mut found = found.into_iter();
        match (found.next(), found.next()) {
            (Some((path, is_package)), None) => {
                let mut modules = MODULES.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(known) = modules.get(&path) {
                    return Some(known.clone());
                }
                let text = fs::read_to_string(&path).ok()?;
                let shown = path.to_str().map(str::to_owned);
                let source = Arc::new(ModuleSource::new(text, is_package, shown));
                modules.insert(path, source.clone());
                Some(source)
            }
            _ => None,
        }
    }

    fn text(&self, path: &str) -> Option<String> {
        let path = Path::new(path);
        path.starts_with(&self.root)
            .then(|| fs::read_to_string(path).ok())
            .flatten()
    }
}
