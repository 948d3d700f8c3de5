//! The terminal a person sits at: single keys, its size, an editor and a pager, and the promise that it
//! is left as it was found.

use std::ffi::OsStr;

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
    is_dumb_for(std::env::var_os("TERM").as_deref(), cfg!(windows))
}

/// A console of Windows needs no `TERM`, and nobody sets it there.
fn is_dumb_for(term: Option<&OsStr>, windows: bool) -> bool {
    term.map_or(!windows, |term| term == "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_console_without_a_name_is_not_dumb() {
        assert!(is_dumb_for(None, false));
        assert!(!is_dumb_for(None, true));
        assert!(is_dumb_for(Some(OsStr::new("dumb")), true));
        assert!(!is_dumb_for(Some(OsStr::new("xterm")), false));
    }
}
