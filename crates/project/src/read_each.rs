//! Reading many files at once.

use std::io;

use rayon::prelude::*;

use crate::{RevisionFile, RevisionFileKind, Tree};

/// Below this number of files, starting threads costs more than it saves.
const WORTH_THREADS: usize = 70;

/// How many files a thread takes at a time.
const AT_A_TIME: usize = 32;

/// Calls `take` with the bytes of each file and its position, and gives the results in the order of
/// `files`. Of a file larger than `limit` one byte more than that is read; bytecode, pipes and devices
/// are not read at all, and come as no bytes. One that cannot be read does not stop the rest.
///
/// The bytes are on loan: a thread reads its next file into the same buffer.
pub fn read_each<T: Send>(
    files: Vec<RevisionFile>,
    tree: &dyn Tree,
    limit: usize,
    take: impl Fn(usize, RevisionFile, io::Result<&[u8]>) -> T + Sync,
) -> Vec<T> {
    let read = |buffer: &mut Vec<u8>, (at, file): (usize, RevisionFile)| {
        buffer.clear();
        let result = match file.kind {
            RevisionFileKind::Source => tree.read_into(&file.resolved, limit + 1, buffer),
            RevisionFileKind::Bytecode | RevisionFileKind::Special => Ok(()),
        };
        take(at, file, result.map(|()| buffer.as_slice()))
    };
    if files.len() > WORTH_THREADS {
        files
            .into_par_iter()
            .enumerate()
            .with_min_len(AT_A_TIME)
            .map_init(Vec::new, read)
            .collect()
    } else {
        let mut buffer = Vec::new();
        let files = files.into_iter().enumerate();
        files.map(|file| read(&mut buffer, file)).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::WorkTree;

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
            let texts = read_each(files.clone(), &WorkTree, 2, |at, file, bytes| {
                assert_eq!(file, files[at]);
                bytes.map(<[u8]>::to_vec).ok()
            });
            assert_eq!(texts.len(), count);
            for (number, text) in texts.iter().enumerate() {
                let expected = (number != 1).then(|| number.to_string().into_bytes());
                assert_eq!(*text, expected);
            }
            let cut = read_each(files[2..3].to_vec(), &WorkTree, 0, |_, _, bytes| {
                bytes.expect("bytes").len()
            });
            assert_eq!(cut, [1]);
        }
    }
}
