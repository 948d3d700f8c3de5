//! Edits as data: replacements of ranges of a text.

use rechain_history::TextRange;

/// One replacement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TextEdit {
    /// What is replaced, in the original text; empty to insert.
    pub range: TextRange,
    /// What stands there afterwards.
    pub insert: String,
}

impl TextEdit {
    /// Replaces `range` by `insert`.
    pub fn replace(range: TextRange, insert: impl Into<String>) -> Self {
        Self {
            range,
            insert: insert.into(),
        }
    }

    /// Puts `insert` at `offset`.
    pub fn insert(offset: usize, insert: impl Into<String>) -> Self {
        Self::replace(TextRange::empty(offset), insert)
    }
}

/// Replacements that are in order and do not overlap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextEdits(Vec<TextEdit>);

impl TextEdits {
    /// Puts `edits` in order; those that change nothing are left out.
    ///
    /// # Panics
    /// If two of them overlap: they come from one reading of one text, so that is a broken invariant.
    pub fn new(text: &str, mut edits: Vec<TextEdit>) -> Self {
        edits.retain(|edit| edit.range.of(text) != edit.insert);
        edits.sort();
        for pair in edits.windows(2) {
            assert!(
                pair[0].range.end() <= pair[1].range.start(),
                "edits overlap: {pair:?}"
            );
        }
        Self(edits)
    }

    /// The edits, in the order of the text.
    pub fn iter(&self) -> std::slice::Iter<'_, TextEdit> {
        self.0.iter()
    }

    /// Whether nothing is changed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `text` with the edits made.
    pub fn apply(&self, text: &str) -> String {
        let mut result = String::with_capacity(text.len() + 64);
        let mut done = 0;
        for edit in &self.0 {
            result.push_str(&text[done..edit.range.start()]);
            result.push_str(&edit.insert);
            done = edit.range.end();
        }
        result.push_str(&text[done..]);
        result
    }
}

impl<'a> IntoIterator for &'a TextEdits {
    type Item = &'a TextEdit;
    type IntoIter = std::slice::Iter<'a, TextEdit>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
