//! The name of a revision file, from the `file_template` option.

use crate::create_date::CreateDate;

/// Alembic's default.
const DEFAULT: &str = "%(rev)s_%(slug)s";

/// The name, `.py` included, that Alembic would give a revision file (`ScriptDirectory._rev_path`).
///
/// `template` is `file_template` and `slug_length` is `truncate_slug_length`, as configured. An error says
/// what of the template is not understood.
pub fn revision_file_name(
    template: Option<&str>,
    slug_length: Option<usize>,
    revision: &str,
    message: &str,
    date: &CreateDate,
) -> Result<String, String> {
    let slug = slug(message, slug_length.filter(|&it| it > 0).unwrap_or(40));
    let [year, month, day, hour, minute, second] = date.fields;
    let mut name = String::new();
    let mut rest = template.unwrap_or(DEFAULT);
    while let Some(at) = rest.find('%') {
        name.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            name.push('%');
            rest = after;
            continue;
        }
        let wrong = || format!("file_template: `%{rest}` is not understood");
        let (token, after) = rest
            .strip_prefix('(')
            .and_then(|it| it.split_once(')'))
            .ok_or_else(wrong)?;
        let kind = after
            .find(|c: char| c.is_ascii_alphabetic())
            .ok_or_else(wrong)?;
        let (format, after) = after.split_at(kind);
        let (letter, after) = after.split_at(1);
        let number = |value: i64| formatted(value, format, letter).ok_or_else(wrong);
        match token {
            "rev" | "slug" if format.is_empty() && letter == "s" => {
                name.push_str(if token == "rev" { revision } else { &slug });
            }
            "epoch" => name.push_str(&number(date.timestamp())?),
            "year" => name.push_str(&number(year)?),
            "month" => name.push_str(&number(month)?),
            "day" => name.push_str(&number(day)?),
            "hour" => name.push_str(&number(hour)?),
            "minute" => name.push_str(&number(minute)?),
            "second" => name.push_str(&number(second)?),
            _ => return Err(wrong()),
        }
        rest = after;
    }
    name.push_str(rest);
    name.push_str(".py");
    Ok(name)
}

/// A number in Python's `%`: a flag `0`, a width, a precision.
fn formatted(value: i64, format: &str, letter: &str) -> Option<String> {
    if !matches!(letter, "d" | "i" | "s") {
        return None;
    }
    let (width, precision) = match format.split_once('.') {
        Some((width, precision)) => (width, Some(precision)),
        None => (format, None),
    };
    let size = |text: &str| match text {
        "" => Some(0),
        text => text.parse::<usize>().ok(),
    };
    let mut text = value.to_string();
    match (precision, letter) {
        (Some(precision), "s") => text.truncate(size(precision)?),
        (Some(precision), _) => text = format!("{text:0>width$}", width = size(precision)?),
        (None, _) => {}
    }
    let is_filled = width.starts_with('0') && precision.is_none() && letter != "s";
    let width = size(width)?;
    Some(if is_filled {
        format!("{text:0>width$}")
    } else {
        format!("{text:>width$}")
    })
}

fn slug(message: &str, length: usize) -> String {
    let words: Vec<&str> = message
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
        .collect();
    let slug = words.join("_").to_lowercase();
    if slug.chars().count() <= length {
        return slug;
    }
    let cut: String = slug.chars().take(length).collect();
    let whole = cut
        .rsplit_once('_')
        .map_or(cut.as_str(), |(start, _)| start);
    format!("{whole}_")
}

#[cfg(test)]
mod tests {
    use super::revision_file_name;
    use crate::create_date::CreateDate;

    fn check(template: Option<&str>, length: Option<usize>, expected: &str) {
        let date = CreateDate::parse("2025-04-07 15:02:03").expect("a date");
        let name = revision_file_name(template, length, "c3", "Merge a1 and b2!", &date);
        assert_eq!(name.as_deref(), Ok(expected));
    }

    #[test]
    fn templates() {
        check(None, None, "c3_merge_a1_and_b2.py");
        check(None, Some(10), "c3_merge_a1_.py");
        check(None, Some(4), "c3_merg_.py");
        check(
            Some("%(year)d_%(month).2d_%(day)02d_%(hour).2d%(minute).2d-%(rev)s_%(slug)s"),
            None,
            "2025_04_07_1502-c3_merge_a1_and_b2.py",
        );
        check(Some("%(epoch)s_%(rev)s"), None, "1744038123_c3.py");
        check(Some("%(year)d/%(rev)s%%"), None, "2025/c3%.py");
        check(Some("x%(second)3d"), None, "x  3.py");
    }

    #[test]
    fn what_is_not_understood_is_named() {
        let date = CreateDate::epoch();
        let name = |template: &str| {
            revision_file_name(Some(template), None, "c3", "m", &date).expect_err("an error")
        };
        assert_eq!(
            name("%(author)s"),
            "file_template: `%(author)s` is not understood"
        );
        assert_eq!(name("%d"), "file_template: `%d` is not understood");
        assert_eq!(
            name("%(rev)x"),
            "file_template: `%(rev)x` is not understood"
        );
    }
}
