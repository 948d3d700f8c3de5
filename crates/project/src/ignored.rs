//! Which directories git ignores: asked of `git check-ignore`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::Tree;
use crate::git::command::offline;

/// For each directory, whether the repository it lies in ignores it. No repository, no git program
/// or an unwilling one: not ignored.
pub(crate) fn by_git(tree: &dyn Tree, directories: &[PathBuf]) -> Vec<bool> {
    let mut by_repository: BTreeMap<PathBuf, Vec<usize>> = BTreeMap::new();
    let mut roots: BTreeMap<&Path, Option<PathBuf>> = BTreeMap::new();
    for (at, directory) in directories.iter().enumerate() {
        // The root of a nested repository is asked about in the repository around it.
        let Some(parent) = directory.parent() else {
            continue;
        };
        let root = roots
            .entry(parent)
            .or_insert_with(|| tree.repository_root(parent));
        if let Some(root) = root {
            by_repository.entry(root.clone()).or_default().push(at);
        }
    }
    let mut ignored = vec![false; directories.len()];
    for (root, members) in by_repository {
        let paths: Vec<&Path> = members
            .iter()
            .map(|at| directories[*at].as_path())
            .collect();
        let answer = check_ignore(&root, &paths).unwrap_or_default();
        for at in members {
            ignored[at] = answer.contains(&directories[at]);
        }
    }
    ignored
}

/// The ones of `paths` that git ignores. Written and read at the same time, or both sides could
/// wait for each other on full pipes.
fn check_ignore(root: &Path, paths: &[&Path]) -> Option<BTreeSet<PathBuf>> {
    let mut git = offline(root)
        .args(["check-ignore", "--stdin", "-z"])
        // It takes no pathspecs, and refuses to be told how to read them.
        .env_remove("GIT_LITERAL_PATHSPECS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut input = git.stdin.take()?;
    let mut bytes = Vec::new();
    for path in paths {
        bytes.extend_from_slice(path.as_os_str().as_encoded_bytes());
        // Patterns such as `build/` match directories alone.
        bytes.extend_from_slice(b"/\0");
    }
    let output = std::thread::scope(|scope| {
        scope.spawn(move || input.write_all(&bytes));
        git.wait_with_output()
    });
    let output = output.ok()?;
    let names = output
        .stdout
        .split(|byte| *byte == 0)
        .filter(|name| !name.is_empty());
    Some(
        names
            .filter_map(|name| Some(PathBuf::from(str::from_utf8(name).ok()?)))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use super::*;
    use crate::WorkTree;
    use crate::paths::real_path;

    #[test]
    fn asks_git_and_does_without_it() {
        let dir = tempfile::tempdir().expect("a directory");
        let root = real_path(dir.path()).expect("a path");
        let names = ["build", "kept", "vendor"];
        let paths: Vec<PathBuf> = names.iter().map(|name| root.join(name)).collect();
        for path in &paths {
            fs::create_dir(path).expect("a directory");
        }
        assert_eq!(by_git(&WorkTree, &paths), [false, false, false]);
        let git = Command::new("git")
            .arg("-C")
            .arg(&root)
            .args(["init", "-q"])
            .status();
        assert!(git.expect("git").success());
        fs::write(root.join(".gitignore"), "build/\n/vendor\n").expect("a file");
        assert_eq!(by_git(&WorkTree, &paths), [true, false, true]);
    }
}
