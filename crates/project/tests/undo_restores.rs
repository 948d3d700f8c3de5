//! For any change: writing gives exactly the new bytes, undoing exactly the old ones.
#![allow(clippy::disallowed_methods, reason = "tests of what happens on disk")]

use std::fs;
use std::path::Path;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use rechain_project::{Change, ChangeSet, How, Journal, undo, write};

type Content = Option<Vec<u8>>;

/// None for a file that is not there; short contents, so that equal ones occur.
fn content() -> impl Strategy<Value = Content> {
    option::weighted(
        0.8,
        prop_oneof![vec(0_u8..2, 0..3), vec(any::<u8>(), 0..200)],
    )
}

/// File -> its content before and after each of up to four changes.
fn histories() -> impl Strategy<Value = Vec<(String, Vec<Content>)>> {
    btree_map(
        "(versions|other|versions/deep)/[a-d]\\.py",
        vec(content(), 5),
        1..6,
    )
    .prop_map(|files| files.into_iter().collect())
}

fn check(root: &Path, files: &[(String, Vec<Content>)], state: usize) -> Result<(), TestCaseError> {
    let mut expected = 0;
    for (name, contents) in files {
        prop_assert_eq!(
            &fs::read(root.join(name)).ok(),
            &contents[state],
            "{}",
            name
        );
        expected += usize::from(contents[state].is_some());
    }
    // And nothing else.
    let directories = ["versions", "other", "versions/deep"].map(|name| root.join(name));
    let entries = directories
        .iter()
        .flat_map(|directory| fs::read_dir(directory).unwrap());
    let found = entries
        .filter(|entry| !entry.as_ref().unwrap().path().is_dir())
        .count();
    prop_assert_eq!(found, expected);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn undo_restores(files in histories()) {
        let place = tempfile::tempdir().unwrap();
        let root = place.path();
        fs::create_dir_all(root.join("versions/deep")).unwrap();
        fs::create_dir(root.join("other")).unwrap();
        for (name, contents) in &files {
            if let Some(content) = &contents[0] {
                fs::write(root.join(name), content).unwrap();
            }
        }
        let journal = Journal::locate(&root.join("versions"), root).unwrap();
        let mut written = Vec::new();
        for state in 1..5 {
            let changes = files.iter().map(|(name, contents)| Change {
                path: root.join(name),
                before: contents[state - 1].clone(),
                after: contents[state].clone(),
            });
            let set = ChangeSet::new("fix", changes.collect());
            if !write(&set, &journal).unwrap().files.is_empty() {
                written.push(state);
            }
            check(root, &files, state)?;
        }
        for state in written.into_iter().rev() {
            prop_assert_eq!(undo(&journal).unwrap().how, How::Written);
            check(root, &files, state - 1)?;
        }
        prop_assert!(undo(&journal).is_err());
    }
}
