//! Python's ideas of white space and of lines, where they differ from Rust's.

/// `str.isspace` for one character: Unicode white space and the four separators U+001C to U+001F.
pub(crate) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// `str.strip`
pub(crate) fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// `str.lstrip`
pub(crate) fn strip_start(text: &str) -> &str {
    text.trim_start_matches(is_space)
}

/// `str.rstrip`
pub(crate) fn strip_end(text: &str) -> &str {
    text.trim_end_matches(is_space)
}

/// The lines of a file opened in text mode: ended by `\n`, `\r\n` or `\r` (and by nothing else).
pub(crate) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let line = &rest[..end];
        rest = &rest[end..];
        rest = rest
            .strip_prefix("\r\n")
            .or_else(|| rest.get(1..))
            .unwrap_or("");
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn lines_end_like_in_text_mode() {
        let all: Vec<&str> = super::lines("a\r\nb\rc\n\nd\u{b}e").collect();
        assert_eq!(all, ["a", "b", "c", "", "d\u{b}e"]);
    }
}
