//! Reading many files at once.

use std::io;

use rayon::prelude::*;

use crate::{RevisionFile, Tree};

/// Below this number of files, starting threads costs more than it saves.
const WORTH_THREADS: usize = 70;

/// The bytes of each file, in the order of `files`. One that cannot be read does not stop the rest.
pub fn read_all(files: &[RevisionFile], tree: &dyn Tree) -> Vec<io::Result<Vec<u8>>> {
    let read = |file: &RevisionFile| tree.read(&file.resolved);
    if files.len() > WORTH_THREADS {
        files.par_iter().map(read).collect()
    } else {
        files.iter().map(read).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{RevisionFileKind, WorkTree};

    #[test]
    fn keeps_the_order_with_and_without_threads() {
        let dir = tempfile::tempdir().expect("a directory");
        for count in [3, 200] {
            let files: Vec<RevisionFile> = (0..count)
                .map(|number| {
                    let path = dir.path().join(format!("{number}.py"));
                    if number != 1 {
                        fs::write(&path, number.to_string()).expect("a file");
                    }
                    let resolved = path.clone();
                    RevisionFile {
                        path,
                        resolved,
                        kind: RevisionFileKind::Source,
                    }
                })
                .collect();
            let texts = read_all(&files, &WorkTree);
            for (number, text) in texts.iter().enumerate().filter(|(number, _)| *number != 1) {
                assert_eq!(
                    text.as_ref().expect("a text"),
                    number.to_string().as_bytes()
                );
            }
            assert_eq!(texts.len(), count);
            fs::remove_file(dir.path().join("1.py")).ok();
            assert!(texts[1].is_err());
        }
    }
}
