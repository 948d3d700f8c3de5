//! Commits, read one by one as a walk comes to them.

use super::object::{Object, ObjectId};

/// A commit, as far as it is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its name.
    pub id: ObjectId,
    /// Its files.
    pub tree: ObjectId,
    /// Its parents, as far as this clone has them: none at the edge of a shallow clone.
    pub parents: Vec<ObjectId>,
    /// Whether it has parents that this clone does not have.
    pub is_cut_off: bool,
    /// When it was committed: seconds since 1970 and the zone, as `+0200`.
    pub committed: (i64, String),
    /// The first line of its message.
    pub subject: String,
}

impl Commit {
    /// The day on which it was committed, where the committer was.
    pub fn date(&self) -> String {
        let (seconds, zone) = &self.committed;
        day(seconds + offset(zone))
    }
}

/// `None` where the object is not a commit.
pub(super) fn parse(object: &Object) -> Option<Commit> {
    if object.kind != "commit" {
        return None;
    }
    let text = String::from_utf8_lossy(&object.bytes);
    let (headers, message) = text.split_once("\n\n").unwrap_or((&text, ""));
    let mut tree = None;
    let mut parents = Vec::new();
    let mut committed = (0, "+0000".to_owned());
    for line in headers.lines() {
        if let Some(id) = line.strip_prefix("tree ") {
            tree.get_or_insert_with(|| ObjectId::new(id));
        } else if let Some(id) = line.strip_prefix("parent ") {
            parents.push(ObjectId::new(id));
        } else if let Some(person) = line.strip_prefix("committer ") {
            let mut words = person.rsplit(' ');
            let zone = words.next().unwrap_or("+0000").to_owned();
            let seconds = words.next().and_then(|it| it.parse().ok()).unwrap_or(0);
            committed = (seconds, zone);
        }
    }
    let subject: Vec<&str> = message
        .trim_start_matches('\n')
        .lines()
        .take_while(|line| !line.trim().is_empty())
        .map(str::trim)
        .collect();
    Some(Commit {
        id: object.id.clone(),
        tree: tree?,
        parents,
        is_cut_off: false,
        committed,
        subject: subject.join(" "),
    })
}

/// `+0230` in seconds.
fn offset(zone: &str) -> i64 {
    let (sign, digits) = match zone.split_at_checked(1) {
        Some(("-", digits)) => (-1, digits),
        Some((_, digits)) => (1, digits),
        None => return 0,
    };
    let number: i64 = digits.parse().unwrap_or(0);
    sign * (number / 100 * 3600 + number % 100 * 60)
}

/// The civil date of a number of seconds since 1970 (Howard Hinnant's `civil_from_days`).
fn day(seconds: i64) -> String {
    let days = seconds.div_euclid(86_400) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days() {
        assert_eq!(day(0), "1970-01-01");
        assert_eq!(day(951_782_400), "2000-02-29");
        assert_eq!(day(1_780_358_400), "2026-06-02");
        assert_eq!(offset("-0230"), -9000);
    }

    #[test]
    fn the_message_and_what_is_signed_are_told_apart() {
        let object = Object {
            id: ObjectId::new("c"),
            kind: "commit".to_owned(),
            bytes: b"tree t\nparent p\nparent q\nauthor A <a@b> 5 +0000\n\
                committer C <c@d> 1780358400 +0200\ngpgsig -----BEGIN\n tree x\n \n -----END\n\n\
                One\ntwo\n\nbody\n"
                .to_vec(),
        };
        let commit = parse(&object).expect("a commit");
        assert_eq!(commit.tree.as_str(), "t");
        assert_eq!(commit.parents.len(), 2);
        assert_eq!(commit.subject, "One two");
        assert_eq!(commit.date(), "2026-06-02");
    }
}
