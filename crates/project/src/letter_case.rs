//! Names of files that differ in case alone: on some file systems they are one file.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::Change;

/// A new file whose name another one in its directory has in other letters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} differs from {} in case alone", new.display(), other.display())]
pub struct CaseClash {
    /// What would be made.
    pub new: PathBuf,
    /// What is there, or would be made, too.
    pub other: PathBuf,
}

/// The first of the files that `changes` make which would take the place of another where case does not count. That
/// the other one goes in the same change does not help: it may go after the new one came.
pub fn case_clash(changes: &[Change]) -> Option<CaseClash> {
    let new = changes
        .iter()
        .filter(|it| it.before.is_none() && it.after.is_some());
    let mut made: BTreeMap<PathBuf, &Path> = BTreeMap::new();
    for change in new {
        let path = change.path.as_path();
        let (Some(key), Some(directory)) = (folded(path), path.parent()) else {
            continue;
        };
        let clash = |other: PathBuf| CaseClash {
            new: path.to_owned(),
            other,
        };
        if let Some(other) = made.insert(key.clone(), path).filter(|it| *it != path) {
            return Some(clash(other.to_owned()));
        }
        // A directory that cannot be listed is one that cannot be written to.
        let entries = fs::read_dir(directory).into_iter().flatten().flatten();
        let mut others: Vec<PathBuf> = entries
            .map(|entry| path.with_file_name(entry.file_name()))
            .filter(|other| other != path && folded(other).as_ref() == Some(&key))
            .collect();
        others.sort();
        if let Some(other) = others.into_iter().next() {
            return Some(clash(other));
        }
    }
    None
}

/// The path with its last part in small letters.
pub fn folded(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_string_lossy().to_lowercase();
    Some(path.with_file_name(name))
}

/// Whether the last part of a path is in small letters for certain: of two such names none can differ from the other
/// in case alone.
pub fn is_in_small_letters(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    name.iter()
        .all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_in_their_directory() {
        let place = tempfile::tempdir().expect("a directory");
        fs::write(place.path().join("Ab1.py"), "").expect("a file");
        fs::create_dir(place.path().join("other")).expect("a directory");
        let made = |name: &str| Change::create(place.path().join(name), "");
        let clash = |names: &[&str]| {
            let changes: Vec<Change> = names.iter().map(|name| made(name)).collect();
            case_clash(&changes).map(|it| {
                let name = it.other.file_name().expect("a name");
                name.to_string_lossy().into_owned()
            })
        };
        assert_eq!(clash(&["ab1.py"]).as_deref(), Some("Ab1.py"));
        assert_eq!(clash(&["other/ab1.py", "ab2.py"]), None);
        assert_eq!(clash(&["ÄB.py", "äb.py"]).as_deref(), Some("ÄB.py"));
        // One that is there already is noticed elsewhere.
        assert_eq!(clash(&["Ab1.py"]), None);
        let renamed = [
            Change::delete(place.path().join("Ab1.py"), ""),
            made("AB1.py"),
        ];
        assert!(case_clash(&renamed).is_some());
    }

    #[test]
    fn what_is_in_small_letters_stays_as_it_is() {
        for name in ["ab_1.py", "Ab.py", "äb.py", "Äb.py", "/Home/ab.py", ".."] {
            let path = Path::new(name);
            let is_kept = folded(path).is_none_or(|it| it == path);
            assert!(!is_in_small_letters(path) || is_kept, "{name}");
        }
        assert!(is_in_small_letters(Path::new("/Home/ab_1.py")));
    }
}
