//! What lies around a migration: modules that it imports and files that it reads.

use std::sync::{Arc, OnceLock};

use rustpython_parser::ast::Stmt;

use crate::syntax::parse_module;

/// The texts that a migration may lead to. The parser reads no files itself; whoever has the project's
/// tree hands them in.
///
/// Every method may answer `None`: then what would have been read is not known, and what depends on it
/// is opaque.
pub trait Surroundings {
    /// The absolute path of the migration itself, with `/` between its parts: what `__file__` is.
    fn path(&self) -> Option<String> {
        None
    }

    /// The source of the module `name` (`project.utils.migrations`), where exactly one file of the
    /// repository can be meant. Modules of other packages that happen to be installed are not for
    /// this to give.
    /// Whoever gives one source to many migrations has it parsed once.
    fn module(&self, name: &str) -> Option<Arc<ModuleSource>> {
        let _ = name;
        None
    }

    /// The text of the file at `path`, which is absolute and inside of the repository.
    fn text(&self, path: &str) -> Option<String> {
        let _ = path;
        None
    }
}

/// The source of one module.
#[derive(Debug)]
pub struct ModuleSource {
    /// Its text.
    pub text: String,
    /// Whether it is a package (`__init__.py`), to which relative imports count from within.
    pub is_package: bool,
    /// Where it lies, as [`Surroundings::path`].
    pub path: Option<String>,
    /// Its syntax tree, once somebody asked for it.
    body: OnceLock<Option<Vec<Stmt>>>,
}

impl ModuleSource {
    /// The source of a module, which is parsed when a migration first needs it.
    pub fn new(text: String, is_package: bool, path: Option<String>) -> Self {
        Self {
            text,
            is_package,
            path,
            body: OnceLock::new(),
        }
    }

    /// Its statements; nothing where they cannot be parsed.
    pub(crate) fn body(&self) -> Option<&[Stmt]> {
        self.body
            .get_or_init(|| parse_module(&self.text).ok())
            .as_deref()
    }
}

/// Nothing but the migration's own text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Alone;

impl Surroundings for Alone {}
