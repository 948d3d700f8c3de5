//! The pattern that ids and file names follow, and what an id or name would be under it.

use std::collections::BTreeSet;

/// How a project writes its ids, or the beginnings of its file names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// `0042`, `0042_add_x`: a number of this many digits (as far as they go), then perhaps words.
    Number {
        /// The digits that most have.
        width: usize,
        /// Whether most have words behind the number.
        has_words: bool,
    },
    /// `20240102`, `2024_01_02_1530`, ...: a date, then perhaps words.
    Date,
    /// So many hexadecimal digits, as Alembic makes them.
    Hexadecimal {
        /// How many.
        length: usize,
    },
    /// Nothing that could be continued.
    Free,
}

impl Style {
    /// The pattern that more than half of `names` follow.
    pub(crate) fn of<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Self {
        let count = names.clone().count();
        let is_most = |number: usize| number * 2 > count;
        let numbers: Vec<(&str, &str)> = names.clone().filter_map(number).collect();
        if is_most(names.clone().filter(|name| date(name).is_some()).count()) {
            return Self::Date;
        }
        if is_most(numbers.len()) {
            let widths: Vec<usize> = numbers.iter().map(|(digits, _)| digits.len()).collect();
            let width = most(&widths);
            let words = numbers.iter().filter(|(_, rest)| !rest.is_empty()).count();
            let has_words = words * 2 > numbers.len();
            return Self::Number { width, has_words };
        }
        let hexadecimal: Vec<usize> = names
            .filter(|name| is_hexadecimal(name))
            .map(str::len)
            .collect();
        if is_most(hexadecimal.len()) {
            let length = most(&hexadecimal);
            return Self::Hexadecimal { length };
        }
        Self::Free
    }
}

/// The value that is there most often, the greatest of several.
fn most(values: &[usize]) -> usize {
    let frequency = |value: usize| values.iter().filter(|&&it| it == value).count();
    let best = values
        .iter()
        .max_by_key(|&&value| (frequency(value), value));
    best.copied().unwrap_or(0)
}

fn is_hexadecimal(name: &str) -> bool {
    let is_digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    (8..=12).contains(&name.len()) && name.chars().all(is_digit)
}

/// The number at the beginning of a name, and the rest, which is empty or begins with something that is no letter.
pub(crate) fn number(name: &str) -> Option<(&str, &str)> {
    let end = name
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(name.len());
    let (digits, rest) = name.split_at(end);
    let is_divided = !rest.starts_with(char::is_alphanumeric);
    ((1..=6).contains(&digits.len()) && is_divided && date(name).is_none())
        .then_some((digits, rest))
}

/// The date at the beginning of a name (its digits may be divided by `_` or `-`), and the rest.
pub(crate) fn date(name: &str) -> Option<(&str, &str)> {
    let mut end = 0;
    let mut digits = String::new();
    for (at, character) in name.char_indices() {
        if character.is_ascii_digit() {
            digits.push(character);
            end = at + 1;
        } else if !matches!(character, '_' | '-') {
            break;
        }
        if digits.len() == 14 {
            break;
        }
    }
    let rest = &name[end..];
    if rest.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        // The last group of digits belongs to what follows: `2024_01_02_1a2b`.
        let cut = name[..end].rfind(['_', '-'])?;
        digits = name[..cut].chars().filter(char::is_ascii_digit).collect();
        end = cut;
    }
    let part = |range: std::ops::Range<usize>| digits.get(range)?.parse::<u32>().ok();
    let (year, month, day) = (part(0..4)?, part(4..6)?, part(6..8)?);
    let is_date =
        (1990..2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    let has_time = [8, 10, 12, 14].contains(&digits.len());
    (is_date && has_time).then(|| name.split_at(end))
}

/// `name` with another number in front.
pub(crate) fn with_number(name: &str, value: u32, width: usize) -> String {
    let (width, rest) = number(name).map_or((width, ""), |(digits, rest)| {
        (digits.len().max(width), rest)
    });
    format!("{value:0width$}{rest}")
}

/// The words of a message as Alembic makes a file name of them.
pub(crate) fn slug(message: &str) -> String {
    const LENGTH: usize = 40;
    let words: Vec<&str> = message
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .collect();
    let slug = words.join("_").to_lowercase();
    if slug.chars().count() <= LENGTH {
        return slug;
    }
    let cut: String = slug.chars().take(LENGTH).collect();
    let whole = cut.rfind('_').map_or(cut.as_str(), |at| &cut[..at]);
    format!("{whole}_")
}

/// An id of `length` hexadecimal digits that nobody has: the same for the same seed.
pub(crate) fn fresh(seed: &str, length: usize, taken: &BTreeSet<String>) -> String {
    // FNV-1a; it need not be hard to guess, only the same everywhere.
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in seed.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    loop {
        let digits = format!("{:016x}", hash ^ (hash >> 29));
        let id = digits[digits.len() - length.min(16)..].to_owned();
        // Ids of digits alone are read as numbers by people and tools.
        if !taken.contains(&id) && id.chars().any(|c| c.is_ascii_alphabetic()) {
            return id;
        }
        hash = hash.wrapping_mul(0x0100_0000_01b3).wrapping_add(1);
    }
}

/// `stem` with the id in it exchanged, where it stands by itself.
pub(crate) fn exchanged(stem: &str, old: &str, new: &str) -> Option<String> {
    if old.is_empty() {
        return None;
    }
    let is_word = |c: char| c.is_alphanumeric();
    let (at, _) = stem.match_indices(old).find(|&(at, found)| {
        !stem[..at].ends_with(is_word) && !stem[at + found.len()..].starts_with(is_word)
    })?;
    Some(format!("{}{new}{}", &stem[..at], &stem[at + old.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(names: &[&str]) -> Style {
        Style::of(names.iter().copied())
    }

    #[test]
    fn patterns_are_what_most_names_show() {
        let number = |width, has_words| Style::Number { width, has_words };
        assert_eq!(
            style(&["0001_a", "0002_b", "1a2b3c4d5e6f"]),
            number(4, true)
        );
        assert_eq!(style(&["001", "002", "003"]), number(3, false));
        assert_eq!(style(&["1", "2", "10"]), number(1, false));
        assert_eq!(style(&["2024_01_02_a", "2024_01_03_1530_b"]), Style::Date);
        assert_eq!(style(&["20240102", "202401031530"]), Style::Date);
        assert_eq!(
            style(&["1a2b3c4d5e6f", "aaaaaaaaaaaa", "x"]),
            Style::Hexadecimal { length: 12 }
        );
        assert_eq!(style(&["add_users", "drop_users"]), Style::Free);
        assert_eq!(style(&[]), Style::Free);
    }

    #[test]
    fn numbers_and_dates_are_told_apart() {
        assert_eq!(number("0042_add"), Some(("0042", "_add")));
        assert_eq!(number("0042add"), None);
        assert_eq!(number("2024_01_02_x"), None);
        assert_eq!(date("2024_01_02_1a2b_x"), Some(("2024_01_02", "_1a2b_x")));
        assert_eq!(date("2024-01-02-x"), Some(("2024-01-02", "-x")));
        assert_eq!(date("20241302_x"), None);
        assert_eq!(date("123456789012"), None);
    }

    #[test]
    fn an_id_is_exchanged_where_it_stands_by_itself() {
        assert_eq!(
            exchanged("0042_add", "0042", "0043").as_deref(),
            Some("0043_add")
        );
        assert_eq!(exchanged("a0042_add", "0042", "0043"), None);
        assert_eq!(
            exchanged("2024_ab_x", "ab", "cd").as_deref(),
            Some("2024_cd_x")
        );
    }

    #[test]
    fn fresh_ids_are_the_same_every_time_and_new() {
        let none = BTreeSet::new();
        let one = fresh("seed", 12, &none);
        assert_eq!(one, fresh("seed", 12, &none));
        assert_eq!(one.len(), 12);
        let other = fresh("seed", 12, &BTreeSet::from([one.clone()]));
        assert!(other != one && other.len() == 12);
    }

    #[test]
    fn slugs_are_alembics() {
        assert_eq!(slug("Add the users' e-mail"), "add_the_users_e_mail");
        assert_eq!(
            slug(&"word ".repeat(12)),
            "word_word_word_word_word_word_word_word_"
        );
    }
}
