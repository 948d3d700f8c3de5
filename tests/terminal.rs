//! The dialogue and both doors to an order of one's own, on a real pseudo-terminal.
//!
//! Screens are kept as text in `tests/screens/`; `RECHAIN_BLESS=1 cargo test --test terminal` writes them
//! anew. After every session the terminal is as it was found, and unless something was confirmed, so are
//! the files.
#![cfg(unix)]
#![allow(
    clippy::disallowed_methods,
    reason = "tests make and read files and start programs"
)]

#[path = "terminal/damage.rs"]
mod damage;
#[path = "terminal/dialogue.rs"]
mod dialogue;
#[path = "terminal/editor.rs"]
mod editor;
#[path = "terminal/project.rs"]
mod project;
#[path = "terminal/view.rs"]
mod view;
