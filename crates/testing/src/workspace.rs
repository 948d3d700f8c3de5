//! Where the workspace is, and how its `target/` is shared between test processes.

use std::fs::{self, File};
use std::path::PathBuf;

/// The directory of the workspace's `Cargo.toml`.
pub fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .nth(2)
        .expect("the crate lies two directories below the workspace")
        .to_path_buf()
}

/// `target/NAME` of the workspace, made if it does not exist. References live here wherever cargo builds to.
pub fn target(name: &str) -> PathBuf {
    let dir = root().join("target").join(name);
    fs::create_dir_all(&dir)
        .unwrap_or_else(|error| panic!("cannot make {}: {error}", dir.display()));
    dir
}

/// Waits until no other process holds the lock of `target/NAME`; held until the returned file is dropped.
pub(crate) fn lock(name: &str) -> File {
    let path = target(name).join("lock");
    let file = File::create(&path)
        .unwrap_or_else(|error| panic!("cannot open {}: {error}", path.display()));
    file.lock()
        .unwrap_or_else(|error| panic!("cannot lock {}: {error}", path.display()));
    file
}
