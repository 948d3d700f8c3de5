//! Names in fragments of SQL: which columns an index expression or a check may need.

/// Words that are no columns.
#[rustfmt::skip]
const KEYWORDS: &[&str] = &[
    "all", "and", "any", "array", "as", "asc", "between", "case", "cast", "collate", "current_date", "current_time",
    "current_timestamp", "date", "desc", "distinct", "else", "end", "escape", "exists", "extract", "false", "first",
    "from", "ilike", "in", "int", "integer", "interval", "is", "isnull", "last", "like", "not", "notnull", "null", "nulls",
    "numeric", "or", "similar", "text", "then", "time", "timestamp", "to", "true", "varchar", "when", "with", "zone",
    "boolean", "bigint", "jsonb", "json", "uuid", "epoch", "at", "without",
];

/// The words of `sql` that may be column names: identifiers that are neither keywords, functions,
/// the types of casts, nor within text.
pub(super) fn identifiers(sql: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut rest = sql;
    let mut after_cast = false;
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            let end = rest[1..].find('\'').map_or(rest.len(), |end| end + 2);
            rest = &rest[end..];
        } else if matches!(first, '"' | '`') {
            let end = rest[1..].find(first).map_or(rest.len(), |end| end + 2);
            let name = rest[1..end.max(2).min(rest.len())]
                .trim_end_matches(first)
                .to_owned();
            rest = &rest[end..];
            push(&mut names, name, rest);
        } else if first.is_alphabetic() || first == '_' {
            let word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
            let end = rest.find(|c| !word(c)).unwrap_or(rest.len());
            let name = &rest[..end];
            rest = &rest[end..];
            if !after_cast && !KEYWORDS.contains(&name.to_ascii_lowercase().as_str()) {
                push(&mut names, name.to_owned(), rest);
            }
            after_cast = false;
        } else if let Some(after) = rest.strip_prefix("::") {
            rest = after;
            after_cast = true;
        } else if first.is_ascii_digit() {
            let end = rest
                .find(|c: char| !c.is_alphanumeric() && c != '.')
                .unwrap_or(rest.len());
            rest = &rest[end..];
        } else {
            rest = &rest[first.len_utf8()..];
        }
    }
    names
}

/// Keeps `name` unless `rest` shows that it is a function or a qualifier.
fn push(names: &mut Vec<String>, name: String, rest: &str) {
    let next = rest.trim_start().chars().next();
    if !matches!(next, Some('(' | '.')) && !names.contains(&name) {
        names.push(name);
    }
}

/// Whether a fragment may reach beyond the tables around it.
pub(super) fn has_subquery(sql: &str) -> bool {
    let words = sql
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .map(str::to_ascii_lowercase);
    let words: Vec<String> = words.collect();
    let has = |some: &[&str]| words.iter().any(|word| some.contains(&word.as_str()));
    // `FROM` also stands within some functions.
    let from = has(&["from"]) && !has(&["extract", "substring", "trim", "overlay", "distinct"]);
    from || has(&[
        "select", "insert", "update", "delete", "table", "call", "do", "join",
    ])
}

/// The sequence in `nextval('name')`.
pub(super) fn sequence_of_default(sql: &str) -> Option<&str> {
    let at = sql.to_ascii_lowercase().find("nextval(")?;
    let rest = sql
        .get(at + "nextval(".len()..)?
        .trim_start()
        .strip_prefix('\'')?;
    rest.split('\'').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sql: &str, expected: &[&str]) {
        assert_eq!(identifiers(sql), expected, "{sql}");
    }

    #[test]
    fn finds_columns() {
        check("lower(email)", &["email"]);
        check("created_at DESC NULLS LAST", &["created_at"]);
        check(
            "status IN ('open', 'it''s') AND t.\"Owner\" IS NOT NULL",
            &["status", "Owner"],
        );
        check("(data->>'x')::text", &["data"]);
        check("price > 10.5 OR id=3", &["price", "id"]);
        check("'unclosed", &[]);
        check("\"unclosed", &["unclosed"]);
        check("\"", &[""]);
        check("é > ü", &["é", "ü"]);
    }

    #[test]
    fn finds_sequences() {
        assert_eq!(sequence_of_default("nextval('s')"), Some("s"));
        assert_eq!(sequence_of_default("now()"), None);
        assert_eq!(sequence_of_default("nextval("), None);
    }
}
