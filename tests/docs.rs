//! The documentation says what the program does.
//!
//! - `pages`: every `console` block of `docs/` is typed, and prints what stands there;
//! - `generated`: the reference pages are what the program's own definitions say;
//! - `mentioned`: every command and option that documents, hooks and workflows name exists;
//! - `recipes`: the action and the pipelines do what they say;
//! - `built`: the site can be built, and no link of it is broken.
//!
//! `RECHAIN_BLESS=1 cargo test --test docs` writes blocks and reference pages anew; read the
//! difference before committing it.

#![allow(clippy::disallowed_methods, reason = "tests make and read files")]
#![cfg(unix)]

#[path = "docs/built.rs"]
mod built;
#[path = "docs/generated.rs"]
mod generated;
#[path = "docs/mentioned.rs"]
mod mentioned;
#[path = "docs/pages.rs"]
mod pages;
#[path = "docs/recipes.rs"]
mod recipes;

use std::fs;
use std::path::{Path, PathBuf};

use rechain_testing::root;

/// The pages below `docs/`, sorted.
fn pages() -> Vec<PathBuf> {
    fn collect(directory: &Path, pages: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                collect(&path, pages);
            } else if path.extension().is_some_and(|it| it == "md") {
                pages.push(path);
            }
        }
    }
    let mut pages = Vec::new();
    collect(&root().join("docs"), &mut pages);
    pages.sort();
    assert!(!pages.is_empty(), "docs/ has pages");
    pages
}

/// The code block of `docs/PAGE` after `<!-- block: NAME -->`.
fn block(page: &str, name: &str) -> String {
    let text = fs::read_to_string(root().join("docs").join(page)).expect("a page");
    let (_, rest) = text
        .split_once(&format!("<!-- block: {name} -->\n```"))
        .unwrap_or_else(|| panic!("{page} has a block {name}"));
    let (_, code) = rest.split_once('\n').expect("the block has lines");
    code.split("```").next().expect("the block ends").to_owned()
}

fn is_blessing() -> bool {
    std::env::var_os("RECHAIN_BLESS").is_some()
}

/// Compares a committed file with what it must be; writes it where that was asked for.
fn must_be(path: &Path, wanted: &str) {
    if is_blessing() {
        fs::write(path, wanted).expect("a page");
    }
    let committed = fs::read_to_string(path).unwrap_or_default();
    assert_eq!(
        committed,
        wanted,
        "{} is out of date: RECHAIN_BLESS=1 cargo test --test docs",
        path.display()
    );
}
