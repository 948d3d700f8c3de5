//! The ini format of Python's `ConfigParser` with its default settings, which is what Alembic
//! reads `alembic.ini` with.
//!
//! Only text comes in and only values go out. Interpolation of `%(name)s` happens when a value is
//! asked for ([`Ini::get`]), as in Python: a bad `%` spoils its own option and no other.

use thiserror::Error;

use crate::Position;
use crate::python_text::{is_space, lines, strip, strip_end, strip_start};

/// The section whose options every other section has too.
pub const DEFAULT_SECTION: &str = "DEFAULT";

/// A parsed ini file: what Python's `ConfigParser({"here": here})` holds after `read`.
#[derive(Debug, Clone)]
pub struct Ini {
    defaults: Vec<IniOption>,
    sections: Vec<Section>,
}

#[derive(Debug, Clone)]
struct Section {
    name: String,
    line: usize,
    options: Vec<IniOption>,
}

/// One option as written, before interpolation.
#[derive(Debug, Clone)]
pub struct IniOption {
    name: String,
    position: Option<Position>,
    value: String,
    /// Where each line of `value` begins.
    value_lines: Vec<Position>,
}

/// Why a text is not an ini file, or why an option has no value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {}, column {}: {kind}", position.line, position.column)]
pub struct IniError {
    /// Where.
    pub position: Position,
    /// What is wrong there.
    pub kind: IniErrorKind,
}

/// The ways an ini file can be wrong. All but the last five make the whole file unreadable.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IniErrorKind {
    /// U+FEFF at the start: `ConfigParser` takes it for text before the first section.
    #[error("the file begins with a byte order mark, which alembic cannot read; save it without")]
    ByteOrderMark,
    /// Something else than comments before the first `[section]`.
    #[error("`{text}` stands before the first [section]")]
    MissingSectionHeader {
        /// The line.
        text: String,
    },
    /// A line that is no comment, header, option or (indented) continuation.
    #[error("`{text}` is neither `key = value` nor a [section]")]
    NotAnOption {
        /// The line.
        text: String,
    },
    /// A line such as `= value`.
    #[error("`{text}` has no key before the delimiter")]
    EmptyKey {
        /// The line.
        text: String,
    },
    /// The section was there before.
    #[error("section [{name}] is already on line {first_line}")]
    DuplicateSection {
        /// Its name.
        name: String,
        /// Where it is first.
        first_line: usize,
    },
    /// The option was there before in the same section; upper and lower case are the same.
    #[error("`{name}` is already set in [{section}] on line {first_line}")]
    DuplicateOption {
        /// The section.
        section: String,
        /// The option, in lower case.
        name: String,
        /// Where it is first.
        first_line: usize,
    },
    /// A `%` that is neither `%%` nor the start of `%(name)s`.
    #[error(
        "`%` must be followed by `%` or `(name)s`, found `{text}`; write `%%` for a percent sign"
    )]
    StrayPercent {
        /// The rest of the value.
        text: String,
    },
    /// `%(` without its `)s`.
    #[error("`{text}` is not of the form `%(name)s`")]
    BadReference {
        /// The rest of the value.
        text: String,
    },
    /// `%(name)s` for a name that neither the section nor `[DEFAULT]` has.
    #[error("`%({name})s` refers to an option that neither [{section}] nor [DEFAULT] has")]
    UnknownReference {
        /// The name, in lower case.
        name: String,
        /// The section of the option that was asked for.
        section: String,
    },
    /// References inside references, more than ten deep (or in a circle).
    #[error("references in `{name}` are nested more than 10 deep")]
    TooDeep {
        /// The option that was asked for.
        name: String,
    },
    /// References that blow up to an absurd length.
    #[error("references in `{name}` expand to more than a megabyte")]
    TooLong {
        /// The option that was asked for.
        name: String,
    },
}

impl Ini {
    /// Reads `text`. `here` becomes the default of the option `here`: Alembic gives the directory
    /// of the file, made absolute without resolving symbolic links, with `/` between its parts.
    pub fn parse(text: &str, here: &str) -> Result<Self, IniError> {
        let here = IniOption {
            name: "here".to_owned(),
            position: None,
            value: here.to_owned(),
            value_lines: Vec::new(),
        };
        Reader::new(here).read(text)
    }

    /// The names of the sections in the order of the file, without `[DEFAULT]`.
    pub fn sections(&self) -> impl Iterator<Item = &str> {
        self.sections.iter().map(|section| section.name.as_str())
    }

    /// Is there a section of this name? `[DEFAULT]` is none.
    pub fn has_section(&self, section: &str) -> bool {
        self.sections().any(|name| name == section)
    }

    /// The line of a section's header.
    pub fn section_line(&self, section: &str) -> Option<usize> {
        self.sections
            .iter()
            .find(|found| found.name == section)
            .map(|found| found.line)
    }

    /// Has the section this option, itself or by way of `[DEFAULT]`?
    /// As `ConfigParser.has_option`: always false where there is no such section.
    pub fn has_option(&self, section: &str, name: &str) -> bool {
        self.option(section, name).is_some()
    }

    /// The options that stand in the section itself, in the order of the file.
    pub fn own_options(&self, section: &str) -> &[IniOption] {
        match self.sections.iter().find(|found| found.name == section) {
            Some(found) => &found.options,
            None if section == DEFAULT_SECTION => &self.defaults,
            None => &[],
        }
    }

    /// An option of the section or else of `[DEFAULT]`, as written.
    pub fn option(&self, section: &str, name: &str) -> Option<&IniOption> {
        if section != DEFAULT_SECTION && !self.has_section(section) {
            return None;
        }
        let name = name.to_lowercase();
        let find = |options: &'_ [IniOption]| options.iter().position(|found| found.name == name);
        let own = self.own_options(section);
        match find(own) {
            Some(at) => Some(&own[at]),
            None => find(&self.defaults).map(|at| &self.defaults[at]),
        }
    }

    /// The interpolated value of an option, as `ConfigParser.get` returns it; `None` where there
    /// is no such section or option.
    pub fn get(&self, section: &str, name: &str) -> Result<Option<String>, IniError> {
        match self.option(section, name) {
            None => Ok(None),
            Some(option) => crate::interpolation::expand(self, section, option).map(Some),
        }
    }
}

impl IniOption {
    /// The name in lower case.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value before interpolation. Continuation lines are joined with `\n`.
    pub fn raw(&self) -> &str {
        &self.value
    }

    /// Where the name stands; `None` for the built-in `here`.
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// Where in the file byte `offset` of the value stands.
    pub(crate) fn position_in_value(&self, offset: usize) -> Option<Position> {
        let before = &self.value[..offset];
        let line = before.matches('\n').count();
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let found = self.value_lines.get(line)?;
        let column = found.column + before[start..].chars().count();
        Some(Position {
            line: found.line,
            column,
        })
    }
}

/// The state of `RawConfigParser._read` (CPython 3.11).
struct Reader {
    ini: Ini,
    /// Where options go now; `None` before the first header.
    current: Option<Place>,
    /// Is there an option that an indented line would continue?
    in_option: bool,
    indent: usize,
}

#[derive(Clone, Copy)]
enum Place {
    Defaults,
    Section(usize),
}

impl Reader {
    fn new(here: IniOption) -> Self {
        let ini = Ini {
            defaults: vec![here],
            sections: Vec::new(),
        };
        Self {
            ini,
            current: None,
            in_option: false,
            indent: 0,
        }
    }

    fn read(mut self, text: &str) -> Result<Ini, IniError> {
        if text.starts_with('\u{feff}') {
            return Err(error(1, 1, IniErrorKind::ByteOrderMark));
        }
        for (at, line) in lines(text).enumerate() {
            self.line(at + 1, line)?;
        }
        let sections = self
            .ini
            .sections
            .iter_mut()
            .flat_map(|section| &mut section.options);
        for option in sections.chain(&mut self.ini.defaults) {
            option.value.truncate(strip_end(&option.value).len());
        }
        Ok(self.ini)
    }

    fn line(&mut self, number: usize, line: &str) -> Result<(), IniError> {
        let value = strip(line);
        if value.starts_with(['#', ';']) {
            return Ok(());
        }
        let indent = line.chars().take_while(|c| is_space(*c)).count();
        let at = Position {
            line: number,
            column: indent + 1,
        };
        if value.is_empty() {
            // An empty line may stand inside a value; trailing ones are dropped at the end.
            self.continue_option("", at);
            return Ok(());
        }
        if indent > self.indent && self.continue_option(value, at) {
            return Ok(());
        }
        self.indent = indent;
        if let Some(name) = header(value) {
            return self.section(name, at);
        }
        let Some(place) = self.current else {
            let text = value.to_owned();
            return Err(IniError {
                position: at,
                kind: IniErrorKind::MissingSectionHeader { text },
            });
        };
        self.option(place, value, at)
    }

    /// Adds a line to the value that is being read, if there is one.
    fn continue_option(&mut self, line: &str, at: Position) -> bool {
        let (true, Some(place)) = (self.in_option, self.current) else {
            return false;
        };
        let Some(option) = self.options(place).last_mut() else {
            return false;
        };
        option.value.push('\n');
        option.value.push_str(line);
        option.value_lines.push(at);
        true
    }

    fn section(&mut self, name: &str, at: Position) -> Result<(), IniError> {
        self.in_option = false;
        if name == DEFAULT_SECTION {
            self.current = Some(Place::Defaults);
            return Ok(());
        }
        if let Some(first_line) = self.ini.section_line(name) {
            let kind = IniErrorKind::DuplicateSection {
                name: name.to_owned(),
                first_line,
            };
            return Err(IniError { position: at, kind });
        }
        self.current = Some(Place::Section(self.ini.sections.len()));
        let options = Vec::new();
        self.ini.sections.push(Section {
            name: name.to_owned(),
            line: at.line,
            options,
        });
        Ok(())
    }

    fn option(&mut self, place: Place, line: &str, at: Position) -> Result<(), IniError> {
        let fail = |kind| Err(IniError { position: at, kind });
        let Some(delimiter) = line.find(['=', ':']) else {
            return fail(IniErrorKind::NotAnOption {
                text: line.to_owned(),
            });
        };
        let name = strip_end(&line[..delimiter]).to_lowercase();
        if name.is_empty() {
            return fail(IniErrorKind::EmptyKey {
                text: line.to_owned(),
            });
        }
        let section = match place {
            Place::Defaults => DEFAULT_SECTION.to_owned(),
            Place::Section(at) => self.ini.sections[at].name.clone(),
        };
        let options = self.options(place);
        // The built-in `here` has no place in the file and may be set once.
        options.retain(|option| option.name != name || option.position.is_some());
        if let Some(first) = options
            .iter()
            .find_map(|option| (option.name == name).then_some(option.position).flatten())
        {
            return fail(IniErrorKind::DuplicateOption {
                section,
                name,
                first_line: first.line,
            });
        }
        let value = strip_start(&line[delimiter + 1..]);
        let column = at.column + line[..line.len() - value.len()].chars().count();
        options.push(IniOption {
            name,
            position: Some(at),
            value: value.to_owned(),
            value_lines: vec![Position {
                line: at.line,
                column,
            }],
        });
        self.in_option = true;
        Ok(())
    }

    fn options(&mut self, place: Place) -> &mut Vec<IniOption> {
        match place {
            Place::Defaults => &mut self.ini.defaults,
            Place::Section(at) => &mut self.ini.sections[at].options,
        }
    }
}

/// `\[(?P<header>.+)\]` at the start of the line: up to the *last* bracket, anything may follow.
fn header(line: &str) -> Option<&str> {
    let inner = line.strip_prefix('[')?;
    let end = inner.rfind(']')?;
    (end > 0).then(|| &inner[..end])
}

fn error(line: usize, column: usize, kind: IniErrorKind) -> IniError {
    IniError {
        position: Position { line, column },
        kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, section: &str, name: &str) -> Option<String> {
        Ini::parse(text, "/here")
            .expect("an ini file")
            .get(section, name)
            .expect("a value")
    }

    fn message(text: &str) -> String {
        Ini::parse(text, "/here")
            .expect_err("not an ini file")
            .to_string()
    }

    #[test]
    fn delimiters_comments_and_case() {
        let text = "# c\n[a]\n  ; c\nKEY = a ; x\nb:c=d\n e=\n";
        assert_eq!(value(text, "a", "key").as_deref(), Some("a ; x"));
        assert_eq!(value(text, "a", "B").as_deref(), Some("c=d\ne="));
        assert_eq!(value(text, "a", "e"), None);
        assert_eq!(value(text, "nope", "here"), None);
        assert_eq!(value(text, "a", "here").as_deref(), Some("/here"));
    }

    #[test]
    fn continuation_lines_keep_inner_blank_lines() {
        let text = "[a]\nk = 1\n  2\n\n# note\n  3\n\n\n[b]\n";
        assert_eq!(value(text, "a", "k").as_deref(), Some("1\n2\n\n3"));
        assert_eq!(
            value("[a]\nk =\n   x\n   y\n", "a", "k").as_deref(),
            Some("\nx\ny")
        );
    }

    #[test]
    fn defaults_reach_every_section_and_here_may_be_replaced() {
        let text = "[DEFAULT]\nhere = /other\nx = 1\n[a]\ny = %(x)s%(HERE)s\n[DEFAULT]\nz=2\n";
        assert_eq!(value(text, "a", "y").as_deref(), Some("1/other"));
        assert_eq!(value(text, "a", "z").as_deref(), Some("2"));
    }

    #[test]
    fn every_error_names_its_place() {
        assert_eq!(
            message("x = 1\n"),
            "line 1, column 1: `x = 1` stands before the first [section]"
        );
        assert_eq!(
            message("[a]\nx = 1\nX : 2\n"),
            "line 3, column 1: `x` is already set in [a] on line 2"
        );
        assert_eq!(
            message("[a]\n\n[a]\n"),
            "line 3, column 1: section [a] is already on line 1"
        );
        assert_eq!(
            message("[a]\nword\n"),
            "line 2, column 1: `word` is neither `key = value` nor a [section]"
        );
        assert_eq!(
            message("[a]\n= 3\n"),
            "line 2, column 1: `= 3` has no key before the delimiter"
        );
        assert!(message("\u{feff}[a]\n").contains("byte order mark"));
    }

    #[test]
    fn headers_end_at_the_last_bracket() {
        let ini = Ini::parse("[a]]\n[b] rest\n[]c]\n", "/").expect("an ini file");
        assert_eq!(ini.sections().collect::<Vec<_>>(), ["a]", "b", "]c"]);
        assert!(message("[]\n").contains("before the first"));
    }
}
