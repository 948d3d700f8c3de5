//! The terminal a person sits at: single keys, its size, an editor and a pager, and the promise that it
//! is left as it was found.

pub(crate) mod editor;
pub(crate) mod guard;
pub(crate) mod keys;
pub(crate) mod line;
pub(crate) mod pager;

/// Columns and rows; 80x24 where nobody knows.
pub(crate) fn size() -> (usize, usize) {
    match crossterm::terminal::size() {
        Ok((columns, rows)) if columns > 0 && rows > 0 => (columns.into(), rows.into()),
        _ => (80, 24),
    }
}

/// Whether the terminal understands more than lines of text.
pub(crate) fn is_dumb() -> bool {
    std::env::var_os("TERM").is_none_or(|term| term == "dumb")
}
