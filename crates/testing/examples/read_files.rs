//! The floor of every measurement: lists a directory and reads each `.py` file in it, and nothing else.
//! `read_files DIRECTORY [THREADS]`; the bytes are summed, so that reading them is not left out.
#![allow(clippy::disallowed_methods, reason = "a program that measures reading")]

use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let directory = PathBuf::from(arguments.next().unwrap_or_default());
    let threads: usize = arguments
        .next()
        .and_then(|it| it.to_str()?.parse().ok())
        .unwrap_or(1);
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_file() && entry.file_name().as_encoded_bytes().ends_with(b".py") {
            paths.push(entry.path());
        }
    }
    let read = |paths: &[PathBuf]| -> std::io::Result<usize> {
        let mut buffer = Vec::with_capacity(64 * 1024);
        let mut sum = 0;
        for path in paths {
            buffer.clear();
            sum += File::open(path)?.read_to_end(&mut buffer)?;
        }
        Ok(sum)
    };
    let total = if threads < 2 {
        read(&paths)?
    } else {
        std::thread::scope(|scope| {
            let workers: Vec<_> = paths
                .chunks(paths.len().div_ceil(threads).max(1))
                .map(|part| scope.spawn(move || read(part)))
                .collect();
            let sums = workers.into_iter().map(|it| it.join().expect("a sum"));
            sums.sum::<std::io::Result<usize>>()
        })?
    };
    if total == 0 {
        return Err(std::io::Error::other("nothing to read"));
    }
    Ok(())
}
