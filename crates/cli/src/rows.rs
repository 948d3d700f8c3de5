//! The rows of an `alembic_version` table, as people have them: ids, the output of `alembic current`, or
//! that of a database's own shell.

use rechain_history::RevisionId;

/// The ids in `text`, without repetitions. `base` and nothing at all are an empty table.
pub(crate) fn parse(text: &str) -> Vec<RevisionId> {
    let mut rows: Vec<RevisionId> = Vec::new();
    let is_verbose = text.lines().any(|line| line.starts_with("Rev: "));
    for line in text.lines() {
        // `mysql` draws a frame.
        let line = line.trim().trim_matches('|').trim();
        // `alembic current -v`: of its lines only that with the id counts.
        let line = match line.strip_prefix("Rev: ") {
            Some(rest) => rest,
            None if is_verbose => continue,
            None => line,
        };
        let Some(word) = line.split_whitespace().next() else {
            continue;
        };
        if is_noise(line, word) {
            continue;
        }
        let row = RevisionId::from(word.trim_matches(['\'', '"', ',']));
        if row.as_str() != "base" && !rows.contains(&row) {
            rows.push(row);
        }
    }
    rows
}

/// Headings, frames and the log that surround the ids.
fn is_noise(line: &str, word: &str) -> bool {
    let is_frame = word.chars().all(|c| "-+=".contains(c));
    let is_heading = word.eq_ignore_ascii_case("version_num");
    let is_count = word.starts_with('(') && line.ends_with(')');
    let is_log = matches!(
        word,
        "INFO" | "WARNING" | "WARN" | "DEBUG" | "INFO:" | "Current"
    );
    is_frame || is_heading || is_count || is_log
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn check(text: &str, expected: &str) {
        let rows = parse(text);
        let rows: Vec<&str> = rows
            .iter()
            .map(rechain_history::RevisionId::as_str)
            .collect();
        assert_eq!(rows.join(" "), expected);
    }

    #[test]
    fn ids_a_line_each() {
        check("a1\n  b1\n\na1\n", "a1 b1");
        check("base\n", "");
        check("", "");
    }

    #[test]
    fn alembic_current() {
        check(
            "INFO  [alembic.runtime.migration] Context impl SQLiteImpl.\n\
             INFO  [alembic.runtime.migration] Will assume non-transactional DDL.\n\
             2dd19a2d0626 (shop) (head)\nb1 (branchpoint)\n",
            "2dd19a2d0626 b1",
        );
        check(
            "Current revision(s) for sqlite:///x.db:\nRev: b1 (head)\nParent: a1\n\
             Path: /srv/versions/b1.py\n\n    Add b\n",
            "b1",
        );
    }

    #[test]
    fn shells_of_databases() {
        check(" version_num \n-------------\n b1\n(1 row)\n", "b1");
        check(
            "+-------------+\n| version_num |\n+-------------+\n| b1          |\n+-------------+\n",
            "b1",
        );
    }
}
