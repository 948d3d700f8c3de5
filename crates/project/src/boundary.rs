//! Where files may be written.
//!
//! What a project says of itself (`version_locations`, links among its revision files, a journal that
//! came with it) must not lead a writing command out of the directories that the person pointed at.

use std::path::{Component, Path, PathBuf};

use crate::paths::real_path;

/// Directories below which files may be written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Boundary {
    /// With every link in them followed.
    directories: Vec<PathBuf>,
}

impl Boundary {
    pub(crate) fn add(&mut self, directory: &Path) {
        if let Ok(directory) = real_path(directory) {
            self.directories.push(directory);
        }
    }

    /// Whether the directory that `file` lies in, all links followed, is one of these or below one.
    pub(crate) fn holds(&self, file: &Path) -> bool {
        let directory = match file.parent().map(real_path) {
            Some(Ok(directory)) => Some(directory),
            // Nobody knows where `..` would lead from what is not there.
            _ if file.components().any(|part| part == Component::ParentDir) => None,
            // A directory that is gone lies where the nearest one that exists does.
            _ => file.ancestors().skip(1).find_map(|it| real_path(it).ok()),
        };
        let Some(directory) = directory else {
            return false;
        };
        self.directories.iter().any(|it| directory.starts_with(it))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn holds_what_lies_below_and_nothing_else() {
        let place = tempfile::tempdir().expect("a directory");
        let inside = place.path().join("inside");
        fs::create_dir_all(inside.join("versions")).expect("a directory");
        fs::create_dir_all(place.path().join("inside-out")).expect("a directory");
        let mut boundary = Boundary::default();
        boundary.add(&inside);
        let holds = |path: &str| boundary.holds(&place.path().join(path));
        assert!(holds("inside/a.py"));
        assert!(holds("inside/versions/a.py"));
        assert!(holds("inside/gone/a.py"));
        assert!(!holds("a.py"));
        assert!(!holds("inside-out/a.py"));
        assert!(!holds("inside/../a.py"));
        assert!(holds("inside/versions/../a.py"));
        // Windows takes `..` away before it looks at a directory, so that one does not lead into the unknown.
        assert_eq!(holds("inside/gone/../a.py"), cfg!(windows));
        assert!(!holds("gone/a.py"));
        assert!(!boundary.holds(Path::new("/etc/passwd")));
        #[cfg(unix)]
        {
            let link = inside.join("link");
            std::os::unix::fs::symlink(place.path(), &link).expect("a link");
            assert!(!boundary.holds(&link.join("a.py")));
        }
    }
}
