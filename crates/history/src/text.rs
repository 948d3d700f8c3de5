//! Places in source text, as byte offsets.

/// A half-open range of byte offsets into the decoded text of one file.
///
/// Offsets count UTF-8 bytes from the start of the text, a byte order mark included.
/// Lines and columns exist only for display; they are computed where text is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextRange {
    start: u32,
    end: u32,
}

impl TextRange {
    /// The range from `start` up to, not including, `end`.
    ///
    /// # Panics
    /// If `end` lies before `start`, or either does not fit 32 bits (files over 4 GiB are refused
    /// long before).
    pub fn new(start: usize, end: usize) -> Self {
        assert!(
            start <= end,
            "a range ends before it starts: {start}..{end}"
        );
        let fit = |offset: usize| u32::try_from(offset).expect("text offsets fit 32 bits");
        Self {
            start: fit(start),
            end: fit(end),
        }
    }

    /// The empty range at `offset`.
    pub fn empty(offset: usize) -> Self {
        Self::new(offset, offset)
    }

    /// Offset of the first byte.
    pub fn start(self) -> usize {
        self.start as usize
    }

    /// Offset after the last byte.
    pub fn end(self) -> usize {
        self.end as usize
    }

    /// Length in bytes.
    pub fn len(self) -> usize {
        self.end() - self.start()
    }

    /// Whether the range holds no byte.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether `other` lies within this range.
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The range as an index into text or bytes.
    pub fn as_range(self) -> std::ops::Range<usize> {
        self.start()..self.end()
    }

    /// The text it covers.
    ///
    /// # Panics
    /// If the range does not lie in `text` on character boundaries.
    pub fn of(self, text: &str) -> &str {
        &text[self.as_range()]
    }
}

/// Which file of an environment: its position in the order in which Alembic loads files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

impl FileId {
    /// The position in load order.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A range in one file of an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// The range in its text.
    pub range: TextRange,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn covers_text() {
        let range = TextRange::new(2, 5);
        assert_eq!(range.of("a revision"), "rev");
        assert_eq!(range.len(), 3);
        assert!(range.contains(TextRange::empty(5)));
        assert!(!range.contains(TextRange::new(4, 6)));
    }

    #[test]
    #[should_panic(expected = "ends before it starts")]
    fn refuses_a_range_that_runs_backwards() {
        TextRange::new(3, 2);
    }
}
