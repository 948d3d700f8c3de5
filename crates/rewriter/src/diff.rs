//! Unified diffs, byte for byte, in the form `git apply` and `patch` take.

use similar::{Algorithm, DiffTag, capture_diff_slices, group_diff_ops};

/// A part of a diff: changed lines with three lines around them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// `@@ -1,7 +1,7 @@`, without a newline.
    pub header: String,
    /// Its lines.
    pub lines: Vec<DiffLine>,
}

/// A line of a diff. The bytes hold its newline; the last line of a file may have none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiffLine {
    /// In both texts.
    Context(Vec<u8>),
    /// Only in the old text.
    Removed(Vec<u8>),
    /// Only in the new text.
    Added(Vec<u8>),
}

impl DiffLine {
    /// The sign in the first column.
    pub fn sign(&self) -> char {
        match self {
            Self::Context(_) => ' ',
            Self::Removed(_) => '-',
            Self::Added(_) => '+',
        }
    }

    /// The line itself.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Context(bytes) | Self::Removed(bytes) | Self::Added(bytes) => bytes,
        }
    }
}

/// The hunks between two versions of a file. Lines end at LF alone, as git has it: a CR is content.
pub fn hunks(before: &[u8], after: &[u8]) -> Vec<Hunk> {
    let old: Vec<&[u8]> = before.split_inclusive(|&byte| byte == b'\n').collect();
    let new: Vec<&[u8]> = after.split_inclusive(|&byte| byte == b'\n').collect();
    let operations = capture_diff_slices(Algorithm::Myers, &old, &new);
    let owned = |line: &&[u8]| line.to_vec();
    group_diff_ops(operations, 3)
        .iter()
        .map(|group| {
            let (first, last) = (&group[0], &group[group.len() - 1]);
            let old_range = first.old_range().start..last.old_range().end;
            let new_range = first.new_range().start..last.new_range().end;
            let mut lines = Vec::new();
            for operation in group {
                let (tag, from, to) = operation.as_tag_tuple();
                if tag == DiffTag::Equal {
                    lines.extend(old[from].iter().map(owned).map(DiffLine::Context));
                    continue;
                }
                lines.extend(old[from].iter().map(owned).map(DiffLine::Removed));
                lines.extend(new[to].iter().map(owned).map(DiffLine::Added));
            }
            Hunk {
                header: format!("@@ -{} +{} @@", span(&old_range), span(&new_range)),
                lines,
            }
        })
        .collect()
}

/// `start,length` as unified diffs count: from one, the length left out where it is one.
fn span(range: &std::ops::Range<usize>) -> String {
    match range.len() {
        1 => format!("{}", range.start + 1),
        0 => format!("{},0", range.start),
        length => format!("{},{length}", range.start + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hunks as text; a CR is shown as `^`.
    fn check(before: &str, after: &str, expected: &[&str]) {
        let mut found = Vec::new();
        for hunk in hunks(before.as_bytes(), after.as_bytes()) {
            found.push(hunk.header.clone());
            found.extend(hunk.lines.iter().map(|line| {
                let text = String::from_utf8_lossy(line.bytes()).replace('\r', "^");
                format!("{}{}", line.sign(), text.trim_end_matches('\n'))
            }));
        }
        assert_eq!(found, expected);
    }

    #[test]
    fn three_lines_stand_around_a_change() {
        check(
            "1\n2\n3\n4\nx\n6\n7\n8\n9\n",
            "1\n2\n3\n4\ny\n6\n7\n8\n9\n",
            &[
                "@@ -2,7 +2,7 @@",
                " 2",
                " 3",
                " 4",
                "-x",
                "+y",
                " 6",
                " 7",
                " 8",
            ],
        );
        check("a\n", "a\n", &[]);
    }

    #[test]
    fn spans_count_as_diff_does() {
        check("x\n", "y\n", &["@@ -1 +1 @@", "-x", "+y"]);
        check("", "y\n", &["@@ -0,0 +1 @@", "+y"]);
        check("x\n", "", &["@@ -1 +0,0 @@", "-x"]);
        check("a\nx\n", "a\n", &["@@ -1,2 +1 @@", " a", "-x"]);
    }

    #[test]
    fn a_carriage_return_is_content() {
        check(
            "a\r\nx\r\n",
            "a\r\ny\r\n",
            &["@@ -1,2 +1,2 @@", " a^", "-x^", "+y^"],
        );
        check("a\rx\r", "a\ry\r", &["@@ -1 +1 @@", "-a^x^", "+a^y^"]);
    }
}
