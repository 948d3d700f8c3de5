//! What lies around a migration: modules that it imports and files that it reads.

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
    fn module(&self, name: &str) -> Option<ModuleSource> {
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleSource {
    /// Its text.
    pub text: String,
    /// Whether it is a package (`__init__.py`), to which relative imports count from within.
    pub is_package: bool,
    /// Where it lies, as [`Surroundings::path`].
    pub path: Option<String>,
}

/// Nothing but the migration's own text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Alone;

impl Surroundings for Alone {}
