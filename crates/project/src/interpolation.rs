//! `%(name)s` in ini values: Python's `configparser.BasicInterpolation`.

use crate::Position;
use crate::ini::{Ini, IniError, IniErrorKind, IniOption};

/// `configparser.MAX_INTERPOLATION_DEPTH`
const MAX_DEPTH: usize = 10;
/// Ours: Python would go on until memory ends.
const MAX_LENGTH: usize = 1 << 20;

/// The value of `option` with every `%%` and `%(name)s` replaced, names being those of `section`
/// and `[DEFAULT]`.
pub(crate) fn expand(ini: &Ini, section: &str, option: &IniOption) -> Result<String, IniError> {
    let mut expansion = Expansion {
        ini,
        section,
        asked: option,
        value: String::new(),
        steps: 0,
    };
    let start = option.position().unwrap_or(Position { line: 1, column: 1 });
    expansion.add(option, start, 1)?;
    Ok(expansion.value)
}

struct Expansion<'a> {
    ini: &'a Ini,
    section: &'a str,
    asked: &'a IniOption,
    value: String,
    /// References followed so far: a bound for those that expand to nothing.
    steps: usize,
}

impl Expansion<'_> {
    /// `BasicInterpolation._interpolate_some`. `from` is the place to blame where the option itself
    /// has none.
    fn add(&mut self, option: &IniOption, from: Position, depth: usize) -> Result<(), IniError> {
        let asked = || self.asked.name().to_owned();
        if depth > MAX_DEPTH {
            return Err(IniError {
                position: from,
                kind: IniErrorKind::TooDeep { name: asked() },
            });
        }
        if self.value.len() > MAX_LENGTH || self.steps > MAX_LENGTH {
            return Err(IniError {
                position: from,
                kind: IniErrorKind::TooLong { name: asked() },
            });
        }
        self.steps += 1;
        let raw = option.raw();
        let mut rest = raw;
        while let Some(at) = rest.find('%') {
            self.value.push_str(&rest[..at]);
            rest = &rest[at..];
            let position = option
                .position_in_value(raw.len() - rest.len())
                .unwrap_or(from);
            let fail = |kind| Err(IniError { position, kind });
            if let Some(after) = rest.strip_prefix("%%") {
                self.value.push('%');
                rest = after;
            } else if let Some(inner) = rest.strip_prefix("%(") {
                let end = inner.find(')').filter(|end| *end > 0);
                let Some((name, after)) =
                    end.and_then(|end| Some((&inner[..end], inner[end..].strip_prefix(")s")?)))
                else {
                    return fail(IniErrorKind::BadReference {
                        text: rest.to_owned(),
                    });
                };
                let name = name.to_lowercase();
                let Some(named) = self.ini.option(self.section, &name) else {
                    let section = self.section.to_owned();
                    return fail(IniErrorKind::UnknownReference { name, section });
                };
                if named.raw().contains('%') {
                    self.add(named, position, depth + 1)?;
                } else {
                    self.value.push_str(named.raw());
                }
                rest = after;
            } else {
                return fail(IniErrorKind::StrayPercent {
                    text: rest.to_owned(),
                });
            }
        }
        self.value.push_str(rest);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::ini::{Ini, IniErrorKind};

    fn check(text: &str, expected: Result<&str, &str>) {
        let ini = Ini::parse(text, "/here").expect("an ini file");
        let found = ini.get("a", "k").map(|value| value.expect("option k"));
        let found = found.map_err(|error| error.to_string());
        assert_eq!(found.as_deref().map_err(String::as_str), expected);
    }

    #[test]
    fn references_and_percent_signs() {
        check("[a]\nx = 1\nk = %(X)s/%(here)s 100%%", Ok("1//here 100%"));
        check("[a]\nx = %(y)s%%\ny = 2\nk = %(x)s", Ok("2%"));
        check("[a]\nother = %\nk = fine", Ok("fine"));
    }

    #[test]
    fn errors_point_at_the_percent_sign() {
        check(
            "[a]\nk = a\n   b%c",
            Err(
                "line 3, column 5: `%` must be followed by `%` or `(name)s`, found `%c`; \
                 write `%%` for a percent sign",
            ),
        );
        check(
            "[a]\nk = %(nope)s",
            Err(
                "line 2, column 5: `%(nope)s` refers to an option that neither [a] nor [DEFAULT] has",
            ),
        );
        check(
            "[a]\nk = %(x)",
            Err("line 2, column 5: `%(x)` is not of the form `%(name)s`"),
        );
        check(
            "[a]\nk = %(k)s",
            Err("line 2, column 5: references in `k` are nested more than 10 deep"),
        );
    }

    #[test]
    fn a_bomb_is_an_error() {
        use std::fmt::Write as _;
        let mut text = String::from("[a]\nx9 = y%%\n");
        for level in (0..9).rev() {
            let reference = format!("%(x{})s", level + 1).repeat(20);
            writeln!(text, "x{level} = {reference}").expect("a string");
        }
        let error = Ini::parse(&text, "/")
            .expect("an ini file")
            .get("a", "x0")
            .expect_err("too long");
        assert!(
            matches!(error.kind, IniErrorKind::TooLong { .. }),
            "{error}"
        );
    }
}
