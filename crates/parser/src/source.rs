//! From the bytes of a file to text and back (PEP 263).
//!
//! All reading works on text with UTF-8 offsets. A file in another encoding is decoded for reading;
//! an edit goes back to the original bytes, so that nothing outside it is ever re-encoded.

use encoding_rs::Encoding;
use rechain_history::TextRange;
use thiserror::Error;

/// Why the bytes of a file are not text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// A byte sequence that the file's encoding does not have.
    #[error("byte {byte:#04x} is not valid {encoding}")]
    InvalidByte {
        /// The byte.
        byte: u8,
        /// Its offset in the file.
        offset: usize,
        /// The encoding the file declares, or the default.
        encoding: String,
    },
    /// A coding cookie that names no encoding known here.
    #[error("unknown encoding '{name}'")]
    UnknownEncoding {
        /// The name in the cookie.
        name: String,
        /// Offset of the name in the file.
        offset: usize,
    },
    /// A byte order mark of UTF-8 beside a cookie that says otherwise (a `SyntaxError` in Python).
    #[error("the file starts with a UTF-8 byte order mark but declares '{name}'")]
    ContradictsByteOrderMark {
        /// The name in the cookie.
        name: String,
        /// Offset of the name in the file.
        offset: usize,
    },
}

impl DecodeError {
    /// Byte offset in the file of what is wrong.
    pub fn offset(&self) -> usize {
        match self {
            Self::InvalidByte { offset, .. }
            | Self::UnknownEncoding { offset, .. }
            | Self::ContradictsByteOrderMark { offset, .. } => *offset,
        }
    }
}

/// A replacement that cannot be written in the file's encoding.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("'{text}' cannot be written in the file's encoding")]
pub struct EncodeError {
    /// What was to be written.
    pub text: String,
}

/// The text of a file, with the way back to its bytes.
#[derive(Debug, Clone)]
pub struct Source {
    text: String,
    original: Option<Original>,
}

/// A file that is not UTF-8.
#[derive(Debug, Clone)]
struct Original {
    bytes: Vec<u8>,
    codec: Codec,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Codec {
    Ascii,
    Utf8,
    Latin1,
    Other(&'static Encoding),
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

impl Source {
    /// Decodes a file as Python would: by its coding cookie, else as UTF-8. A byte order mark stays
    /// in the text, so that offsets count it.
    pub fn decode(bytes: Vec<u8>) -> Result<Self, DecodeError> {
        let has_mark = bytes.starts_with(BYTE_ORDER_MARK);
        let codec = match coding_cookie(&bytes) {
            None => Codec::Utf8,
            Some((name, offset)) => {
                let name = String::from_utf8_lossy(name).into_owned();
                let codec = Codec::named(&name).ok_or_else(|| DecodeError::UnknownEncoding {
                    name: name.clone(),
                    offset,
                })?;
                if has_mark && codec != Codec::Utf8 {
                    return Err(DecodeError::ContradictsByteOrderMark { name, offset });
                }
                codec
            }
        };
        codec.decode(bytes)
    }

    /// The text of a file that needs no decoding, borrowed from its bytes: UTF-8 in fact and by its
    /// cookie. `None` where [`Source::decode`] has more to do, or to refuse.
    pub fn borrowed(bytes: &[u8]) -> Option<&str> {
        if let Some((name, _)) = coding_cookie(bytes) {
            let codec = std::str::from_utf8(name).ok().and_then(Codec::named);
            if codec != Some(Codec::Utf8) {
                return None;
            }
        }
        std::str::from_utf8(bytes).ok()
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of the file.
    pub fn bytes(&self) -> &[u8] {
        self.original
            .as_ref()
            .map_or(self.text.as_bytes(), |original| &original.bytes)
    }

    /// The bytes of the file with each range of its text replaced. The ranges must be in order and
    /// must not overlap; everything outside them stays byte for byte.
    pub fn splice<'a>(
        &self,
        edits: impl IntoIterator<Item = (TextRange, &'a str)>,
    ) -> Result<Vec<u8>, EncodeError> {
        let bytes = self.bytes();
        let mut result = Vec::with_capacity(bytes.len() + 64);
        let mut done = 0;
        for (range, insert) in edits {
            let (start, end) = (
                self.byte_offset(range.start()),
                self.byte_offset(range.end()),
            );
            result.extend_from_slice(&bytes[done..start]);
            result.extend_from_slice(&self.encode(insert)?);
            done = end;
        }
        result.extend_from_slice(&bytes[done..]);
        Ok(result)
    }

    fn byte_offset(&self, text_offset: usize) -> usize {
        match &self.original {
            None => text_offset,
            Some(original) => original.codec.encoded_len(&self.text[..text_offset]),
        }
    }

    fn encode(&self, insert: &str) -> Result<Vec<u8>, EncodeError> {
        let codec = self
            .original
            .as_ref()
            .map_or(Codec::Utf8, |original| original.codec);
        codec.encode(insert).ok_or_else(|| EncodeError {
            text: insert.to_owned(),
        })
    }
}

impl Codec {
    /// The codec Python has under this name. Names are compared as Python does: without regard to
    /// case, `_` like `-`.
    fn named(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase().replace('_', "-");
        Some(match name.as_str() {
            "ascii" | "us-ascii" | "646" => Self::Ascii,
            "utf-8" | "utf8" | "u8" | "utf" | "cp65001" | "utf-8-sig" => Self::Utf8,
            "latin-1" | "latin1" | "latin" | "l1" | "iso-8859-1" | "iso8859-1" | "8859"
            | "cp819" | "iso-latin-1" => Self::Latin1,
            _ if name.starts_with("utf-8-") => Self::Utf8,
            _ => {
                let label = match name.strip_prefix("iso8859-") {
                    Some(part) => format!("iso-8859-{part}"),
                    None => name,
                };
                let encoding = Encoding::for_label(label.as_bytes())?;
                // Python source cannot be in an encoding that is not a superset of ASCII.
                if !encoding.is_ascii_compatible() || encoding == encoding_rs::UTF_8 {
                    return None;
                }
                Self::Other(encoding)
            }
        })
    }

    fn decode(self, bytes: Vec<u8>) -> Result<Source, DecodeError> {
        let invalid = |bytes: &[u8], offset: usize, encoding: &str| DecodeError::InvalidByte {
            byte: bytes.get(offset).copied().unwrap_or_default(),
            offset,
            encoding: encoding.to_owned(),
        };
        let text = match self {
            Self::Utf8 => {
                return match String::from_utf8(bytes) {
                    Ok(text) => Ok(Source {
                        text,
                        original: None,
                    }),
                    Err(error) => {
                        let offset = error.utf8_error().valid_up_to();
                        Err(invalid(error.as_bytes(), offset, "UTF-8"))
                    }
                };
            }
            Self::Ascii => {
                if let Some(offset) = bytes.iter().position(|byte| !byte.is_ascii()) {
                    return Err(invalid(&bytes, offset, "ASCII"));
                }
                String::from_utf8_lossy(&bytes).into_owned()
            }
            Self::Latin1 => bytes.iter().map(|&byte| char::from(byte)).collect(),
            Self::Other(encoding) => match encoding.decode_without_bom_handling(&bytes) {
                (text, false) => text.into_owned(),
                (text, true) => {
                    let valid = text.find('\u{fffd}').unwrap_or_default();
                    let offset = self.encoded_len(&text[..valid]);
                    return Err(invalid(&bytes, offset, encoding.name()));
                }
            },
        };
        Ok(Source {
            text,
            original: Some(Original { bytes, codec: self }),
        })
    }

    fn encode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Utf8 => Some(text.as_bytes().to_vec()),
            Self::Ascii => text.is_ascii().then(|| text.as_bytes().to_vec()),
            Self::Latin1 => text
                .chars()
                .map(|character| u8::try_from(character).ok())
                .collect(),
            Self::Other(encoding) => match encoding.encode(text) {
                (bytes, _, false) => Some(bytes.into_owned()),
                (_, _, true) => None,
            },
        }
    }

    /// How many bytes `text` had before it was decoded.
    fn encoded_len(self, text: &str) -> usize {
        match self {
            Self::Utf8 | Self::Ascii => text.len(),
            Self::Latin1 => text.chars().count(),
            Self::Other(encoding) if encoding.is_single_byte() => text.chars().count(),
            Self::Other(encoding) => encoding.encode(text).0.len(),
        }
    }
}

/// The encoding named in the first or second line, and the offset of the name. The second line
/// counts only where the first is blank or a comment.
fn coding_cookie(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let mut start = if bytes.starts_with(BYTE_ORDER_MARK) {
        BYTE_ORDER_MARK.len()
    } else {
        0
    };
    for _ in 0..2 {
        let line_end = bytes[start..]
            .iter()
            .position(|byte| matches!(byte, b'\n' | b'\r'))
            .map_or(bytes.len(), |length| start + length);
        let line = &bytes[start..line_end];
        if let Some((name, offset)) = cookie_in(line) {
            return Some((name, start + offset));
        }
        let content = line
            .iter()
            .find(|byte| !matches!(byte, b' ' | b'\t' | b'\x0c'));
        if content.is_some_and(|&byte| byte != b'#') {
            return None;
        }
        start = line_end + usize::from(bytes[line_end..].starts_with(b"\r\n")) + 1;
        if start >= bytes.len() {
            return None;
        }
    }
    None
}

/// Python's `^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)` on one line.
fn cookie_in(line: &[u8]) -> Option<(&[u8], usize)> {
    let hash = line
        .iter()
        .position(|byte| !matches!(byte, b' ' | b'\t' | b'\x0c'))?;
    if line[hash] != b'#' {
        return None;
    }
    memchr::memmem::find_iter(&line[hash..], b"coding").find_map(|found| {
        let after = hash + found + b"coding".len();
        if !matches!(line.get(after), Some(b':' | b'=')) {
            return None;
        }
        let blanks = line[after + 1..]
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        let start = after + 1 + blanks;
        let length = line[start..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
            .count();
        (length > 0).then(|| (&line[start..start + length], start))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8]) -> Result<Source, DecodeError> {
        Source::decode(bytes.to_vec())
    }

    #[test]
    fn utf8_is_the_default_and_a_mark_is_kept() {
        let source = decode(b"\xef\xbb\xbfx = '\xc3\xa9'\n").unwrap();
        assert_eq!(source.text(), "\u{feff}x = 'é'\n");
        assert_eq!(source.bytes(), b"\xef\xbb\xbfx = '\xc3\xa9'\n");
    }

    #[test]
    fn a_cookie_may_stand_in_the_second_line_after_a_comment_only() {
        let text = |bytes: &[u8]| decode(bytes).map(|source| source.text().to_owned());
        assert_eq!(
            text(b"#!/bin/x\n# -*- coding: latin-1 -*-\n# \xe9")
                .unwrap()
                .chars()
                .last(),
            Some('é')
        );
        assert_eq!(
            text(b"\r\n# vim: set fileencoding=cp1251 :\r\n# \xe9")
                .unwrap()
                .chars()
                .last(),
            Some('й')
        );
        assert!(matches!(
            text(b"x = 1\n# coding: latin-1\n# \xe9"),
            Err(DecodeError::InvalidByte { offset: 26, .. })
        ));
    }

    #[test]
    fn unknown_and_contradicting_cookies_are_errors_with_a_place() {
        assert_eq!(
            decode(b"# coding: rot13\n").unwrap_err(),
            DecodeError::UnknownEncoding {
                name: "rot13".into(),
                offset: 10
            }
        );
        assert!(matches!(
            decode(b"\xef\xbb\xbf# coding: latin-1\n"),
            Err(DecodeError::ContradictsByteOrderMark { .. })
        ));
        assert!(matches!(
            decode(b"# coding: utf-16\n"),
            Err(DecodeError::UnknownEncoding { .. })
        ));
    }

    #[test]
    fn an_edit_leaves_every_other_byte() {
        for (cookie, before) in [
            ("latin-1", &b"\xe9\x80"[..]),
            ("cp1251", b"\xe9\xff"),
            ("gbk", b"\xc4\xe3"),
        ] {
            let mut bytes = format!("# coding: {cookie}\n# ").into_bytes();
            bytes.extend_from_slice(before);
            let prefix = bytes.clone();
            bytes.extend_from_slice(b"\nx = 'a' # ");
            bytes.extend_from_slice(before);
            let source = decode(&bytes).unwrap();
            let start = source.text().find("'a'").unwrap() + 1;
            let edited = source
                .splice([(TextRange::new(start, start + 1), "bc")])
                .unwrap();
            let mut expected = prefix;
            expected.extend_from_slice(b"\nx = 'bc' # ");
            expected.extend_from_slice(before);
            assert_eq!(edited, expected, "{cookie}");
        }
    }

    #[test]
    fn what_the_encoding_lacks_is_refused() {
        let source = decode(b"# coding: latin-1\nx = ''\n").unwrap();
        assert!(source.splice([(TextRange::empty(23), "\u{4f60}")]).is_err());
    }
}
