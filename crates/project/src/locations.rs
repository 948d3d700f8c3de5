//! From the words of a configuration to directories: relative paths and `package:directory`.

use std::path::{Path, PathBuf};

use crate::paths::absolute;
use crate::{RelativeTo, Tree};

/// The places that relative paths and packages of one configuration are looked for in.
pub(crate) struct Places<'a> {
    tree: &'a dyn Tree,
    /// Directories that Alembic may be started in, most likely first.
    pub(crate) bases: Vec<RelativeTo>,
    /// `prepend_sys_path`
    pub(crate) python_path: Vec<String>,
}

impl<'a> Places<'a> {
    /// Places for a configuration in `directory` that Alembic is taken to be started for in `start`.
    pub(crate) fn new(start: &Path, directory: &Path, tree: &'a dyn Tree) -> Self {
        let mut bases = vec![RelativeTo::Start(start.to_path_buf())];
        let mut add = |base: RelativeTo| {
            if bases
                .iter()
                .all(|known| known.directory() != base.directory())
            {
                bases.push(base);
            }
        };
        add(RelativeTo::Configuration(directory.to_path_buf()));
        if directory.ends_with("migrations")
            && let Some(parent) = directory.parent()
        {
            add(RelativeTo::Project(parent.to_path_buf()));
        }
        if let Some(root) = tree.repository_root(directory) {
            add(RelativeTo::Repository(root));
        }
        Self {
            tree,
            bases,
            python_path: Vec::new(),
        }
    }

    /// The first base below which `good` holds.
    pub(crate) fn first(&self, good: impl Fn(&Path) -> bool) -> Option<&RelativeTo> {
        self.bases.iter().find(|base| good(base.directory()))
    }

    /// The directory that `package[:part...]` stands for, as Alembic's
    /// `util.coerce_resource_to_filename` finds it by importing the package. Here nothing is
    /// imported: the package is looked for as a directory. Not found: every place that was tried.
    pub(crate) fn resource(&self, name: &str) -> Result<PathBuf, Vec<PathBuf>> {
        let mut parts = name.split(':');
        let package: PathBuf = parts.next().unwrap_or_default().split('.').collect();
        let inside: PathBuf = parts.collect();
        let mut tried = Vec::new();
        for root in self.import_roots() {
            let directory = absolute(&root, package.join(&inside));
            if self.tree.is_dir(&directory) {
                return Ok(directory);
            }
            tried.push(directory);
        }
        Err(tried)
    }

    /// Where Python might find packages: `prepend_sys_path`, the bases themselves, `src` in them,
    /// and the directories between the configuration file and the top of its repository (or of the
    /// package around it).
    fn import_roots(&self) -> Vec<PathBuf> {
        let mut roots: Vec<PathBuf> = Vec::new();
        let mut add = |root: PathBuf| {
            if !roots.contains(&root) {
                roots.push(root);
            }
        };
        for base in &self.bases {
            for entry in &self.python_path {
                add(absolute(base.directory(), entry));
            }
        }
        for base in &self.bases {
            add(base.directory().to_path_buf());
            add(base.directory().join("src"));
        }
        for base in &self.bases {
            let (RelativeTo::Start(start) | RelativeTo::Configuration(start)) = base else {
                continue;
            };
            let top = self.tree.repository_root(start);
            for directory in start.ancestors() {
                add(directory.to_path_buf());
                add(directory.join("src"));
                let is_top = match &top {
                    Some(top) => top == directory,
                    None => !self.tree.is_file(&directory.join("__init__.py")),
                };
                if is_top {
                    break;
                }
            }
        }
        roots
    }
}

/// Does Alembic take this for `package:directory`?
pub(crate) fn is_resource(name: &str) -> bool {
    !Path::new(name).is_absolute() && name.contains(':')
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::WorkTree;

    #[test]
    fn packages_are_found_without_importing() {
        let dir = tempfile::tempdir().expect("a directory");
        let root = dir.path();
        fs::create_dir_all(root.join(".git")).expect("a directory");
        fs::create_dir_all(root.join("backend/src/app/db/migrations")).expect("a directory");
        fs::create_dir_all(root.join("lib/tool/m/n")).expect("a directory");
        let config = root.join("backend/src/app");
        let mut places = Places::new(&config, &config, &WorkTree);
        let found = places.resource("app.db:migrations").expect("a directory");
        assert_eq!(found, root.join("backend/src/app/db/migrations"));
        let tried = places.resource("tool:m:n").expect_err("not there");
        assert!(
            tried.contains(&root.join("backend/src/tool/m/n")),
            "{tried:?}"
        );
        places.python_path.push("lib".to_owned());
        assert_eq!(
            places.resource("tool:m/n").expect("a directory"),
            root.join("lib/tool/m/n")
        );
        assert!(is_resource("a:b") && !is_resource("a/b"));
        // `pathlib` takes a path for absolute on Windows only where it names a drive.
        assert_eq!(is_resource("/a:b"), cfg!(windows));
        assert_eq!(is_resource("C:/a"), !cfg!(windows));
        assert_eq!(is_resource(r"C:\a"), !cfg!(windows));
        assert!(is_resource("C:a"));
    }
}
