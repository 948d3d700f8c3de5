//! The moment behind `Create Date:`.

use std::cmp::Ordering;

/// A date and time as Python prints a `datetime`, with or without fractions and zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateDate {
    text: String,
    /// Year, month, day, hour, minute, second.
    pub fields: [i64; 6],
    microseconds: i64,
    /// East of Greenwich, in seconds; none where no zone is named.
    offset: Option<i64>,
}

impl CreateDate {
    /// Where nothing better is known: the beginning of 1970.
    pub fn epoch() -> Self {
        Self {
            text: "1970-01-01 00:00:00".to_owned(),
            fields: [1970, 1, 1, 0, 0, 0],
            microseconds: 0,
            offset: None,
        }
    }

    /// `2025-04-14 18:37:12.094433`, with `T` instead of the blank, without seconds or time, with `+02:00`,
    /// `+0200` or `Z`. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (date, rest) = text.split_once([' ', 'T']).unwrap_or((text, "00:00"));
        let mut fields = [0; 6];
        let mut parts = date.splitn(3, '-');
        for (at, limit) in [9999, 12, 31].into_iter().enumerate() {
            fields[at] = number(parts.next()?, limit).filter(|&it| it > 0)?;
        }
        let zone = rest.find(['+', '-', 'Z']).unwrap_or(rest.len());
        let (time, zone) = rest.split_at(zone);
        let (time, fraction) = time.trim().split_once('.').unwrap_or((time.trim(), ""));
        for (at, part) in time.split(':').enumerate() {
            let limit = *[23, 59, 59].get(at)?;
            fields[3 + at] = number(part, limit)?;
        }
        if fraction.len() > 6 {
            return None;
        }
        let microseconds = if fraction.is_empty() {
            0
        } else {
            number(&format!("{fraction:0<6}"), 999_999)?
        };
        Some(Self {
            text: text.to_owned(),
            fields,
            microseconds,
            offset: offset(zone.trim())?,
        })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Seconds since 1970. A moment without zone counts as UTC.
    pub fn timestamp(&self) -> i64 {
        let [year, month, day, hour, minute, second] = self.fields;
        // Howard Hinnant's days_from_civil.
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
        days * 86_400 + hour * 3600 + minute * 60 + second - self.offset.unwrap_or(0)
    }
}

/// By the moment; equal moments by how they are written.
impl Ord for CreateDate {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |it: &Self| (it.timestamp(), it.microseconds);
        key(self)
            .cmp(&key(other))
            .then_with(|| self.text.cmp(&other.text))
    }
}

impl PartialOrd for CreateDate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn number(text: &str, limit: i64) -> Option<i64> {
    let is_plain = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    let value: i64 = text.parse().ok()?;
    (is_plain && value <= limit).then_some(value)
}

/// The outer `None`: not a zone.
#[expect(clippy::option_option, reason = "a zone may be absent, or wrong")]
fn offset(zone: &str) -> Option<Option<i64>> {
    let sign = match zone.chars().next() {
        None => return Some(None),
        Some('Z') => return (zone == "Z").then_some(Some(0)),
        Some('-') => -1,
        Some(_) => 1,
    };
    let digits = zone[1..].replace(':', "");
    if digits.len() != 4 {
        return None;
    }
    let (hours, minutes) = (number(&digits[..2], 23)?, number(&digits[2..], 59)?);
    Some(Some(sign * (hours * 3600 + minutes * 60)))
}

#[cfg(test)]
mod tests {
    use super::CreateDate;

    fn check(text: &str, timestamp: i64) {
        let date = CreateDate::parse(text).expect("a date");
        assert_eq!((date.timestamp(), date.as_str()), (timestamp, text));
    }

    #[test]
    fn moments() {
        check("1970-01-01 00:00:00", 0);
        check("2025-04-14 18:37:12.094433", 1_744_655_832);
        check("2025-04-14T18:37:12+02:00", 1_744_648_632);
        check("2024-02-29 12:00:00Z", 1_709_208_000);
        check("2025-04-14", 1_744_588_800);
        for text in [
            "",
            "yesterday",
            "2025-13-01",
            "2025-01-01 25:00",
            "2025-01-01 10:00 CET",
        ] {
            assert_eq!(CreateDate::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_newest() {
        let dates = [
            "2025-04-14 18:00:00",
            "2025-04-14 19:00:00+02:00",
            "2025-04-14 18:00:00.5",
        ];
        let newest = dates.iter().filter_map(|it| CreateDate::parse(it)).max();
        assert_eq!(newest.expect("a date").as_str(), "2025-04-14 18:00:00.5");
    }
}
