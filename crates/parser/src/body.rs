//! What a module does, apart from how it is laid out: two texts with one body run the same statements.

use std::fmt::Write as _;

use crate::scan::{Kind, Piece, scan};

/// What names a revision and links it; not what it does.
const IDENTIFIERS: [&str; 4] = ["revision", "down_revision", "branch_labels", "depends_on"];

/// What `upgrade()` runs, as one text to compare: the words, signs and strings of the module in their
/// order, each line with its depth.
///
/// Left out are layout, comments, quotes, trailing commas, the docstring, imports, the four
/// identifiers, annotations of them, and `downgrade()`. Where two texts have equal bodies, a formatter
/// or a re-chaining may have been at work; where they differ, somebody changed what runs.
pub fn body(text: &str) -> String {
    let mut body = String::new();
    let mut depths: Vec<usize> = vec![0];
    let mut is_first = true;
    let mut in_downgrade = false;
    for line in lines(text) {
        let Some(first) = line.pieces.first() else {
            continue;
        };
        let is_docstring = std::mem::take(&mut is_first) && matches!(first.kind, Kind::Text { .. });
        while depths.len() > 1 && depths.last().is_some_and(|&it| it > line.indent) {
            depths.pop();
        }
        if depths.last().is_some_and(|&it| it < line.indent) {
            depths.push(line.indent);
        }
        let mut words = line.pieces.iter().filter(|it| it.kind == Kind::Word);
        let words = (&mut words).map(|it| it.range.of(text));
        let words: Vec<&str> = words.take(3).collect();
        if line.indent == 0 {
            in_downgrade = match words.as_slice() {
                ["async", "def", name] | ["def", name, ..] => name.starts_with("downgrade"),
                _ => false,
            };
        }
        let is_import = matches!(words.first(), Some(&("import" | "from")));
        let is_identifier = line.indent == 0
            && first.kind == Kind::Word
            && words.first().is_some_and(|word| IDENTIFIERS.contains(word));
        if is_docstring || is_import || is_identifier || in_downgrade {
            continue;
        }
        let _ = write!(body, "\n{}", depths.len() - 1);
        for (at, piece) in line.pieces.iter().enumerate() {
            let next = line.pieces.get(at + 1);
            let is_trailing =
                piece.kind == Kind::Sign(',') && next.is_some_and(|next| next.kind == Kind::Close);
            if !is_trailing {
                body.push('\u{1}');
                body.push_str(&normal(piece, text));
            }
        }
    }
    body
}

/// A logical line without layout.
struct Line {
    indent: usize,
    pieces: Vec<Piece>,
}

fn lines(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut line = Line {
        indent: 0,
        pieces: Vec::new(),
    };
    let mut open = 0_usize;
    for piece in scan(text) {
        match piece.kind {
            Kind::Newline if open == 0 => {
                lines.push(std::mem::replace(
                    &mut line,
                    Line {
                        indent: 0,
                        pieces: Vec::new(),
                    },
                ));
                continue;
            }
            Kind::Blank if open == 0 && line.pieces.is_empty() => {
                // As Python counts: a tab goes to the next multiple of eight.
                line.indent = piece.range.of(text).chars().fold(0, |width, it| match it {
                    '\t' => width / 8 * 8 + 8,
                    ' ' => width + 1,
                    _ => 0,
                });
                continue;
            }
            Kind::Newline | Kind::Blank | Kind::Comment | Kind::Continuation => continue,
            Kind::Open => open += 1,
            Kind::Close => open = open.saturating_sub(1),
            _ => {}
        }
        line.pieces.push(piece);
    }
    lines.push(line);
    lines
}

/// A string by its prefix and content, anything else as it is written.
fn normal(piece: &Piece, text: &str) -> String {
    let Kind::Text { content, .. } = piece.kind else {
        return piece.range.of(text).to_owned();
    };
    let prefix: String = text[piece.range.start()..content.0]
        .trim_end_matches(['\'', '"'])
        .to_lowercase()
        .replace('u', "");
    let written = &text[content.0..content.1];
    // An escaped quote is needed in one kind of quotes and not in the other.
    let written = if prefix.contains('r') {
        written.to_owned()
    } else {
        written.replace("\\'", "'").replace("\\\"", "\"")
    };
    format!("{prefix}\"{}\"", written.replace("\r\n", "\n"))
}

#[cfg(test)]
mod tests {
    use super::body;

    const PLAIN: &str = "\"\"\"Add users\n\nRevises: a\n\"\"\"\nimport sqlalchemy as sa\nrevision = 'b'\n\
        down_revision = 'a'\n\n\ndef upgrade():\n    op.create_table('users', sa.Column('id', sa.Integer()))\n    \
        if x:\n        op.execute(\"it's\")\n\n\ndef downgrade():\n    op.drop_table('users')\n";

    #[test]
    fn a_formatter_and_a_re_chaining_leave_the_body() {
        let formatted = "\"\"\"Add users.\"\"\"\nfrom alembic import op\nimport sqlalchemy as sa\n\n\
            revision: str = \"b\"\ndown_revision: str | None = (\n    \"c\"\n)\n\ndef upgrade():\n  # makes users\n  \
            op.create_table(\n      \"users\",\n      sa.Column(\"id\", sa.Integer()),\n  )\n  if x:\n    \
            op.execute('it\\'s')\n\ndef downgrade() -> None:\n  pass\n";
        assert_eq!(body(PLAIN), body(formatted));
    }

    #[test]
    fn what_runs_is_told_apart() {
        for (from, to) in [
            ("Integer", "BigInteger"),
            ("'users', sa", "'people', sa"),
            ("    if x:\n        op", "    if x:\n        pass\n    op"),
            ("def upgrade", "SIZE = 3\ndef upgrade"),
        ] {
            let other = PLAIN.replace(from, to);
            assert_ne!(other, PLAIN, "{from} is there");
            assert_ne!(body(PLAIN), body(&other), "{to}");
        }
    }
}
