//! What Alembic's `Config` answers: an option of the ini section, else of `[tool.alembic]`.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::head_file::is_marker;
use crate::ini::{Ini, IniError};
use crate::paths::posix;
use crate::pyproject::{Item, PyProject, Table, TomlError, Value, ValueKind};
use crate::python_text::strip;
use crate::{Position, Tree};

/// The configuration files of one environment, and the ini section to read.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) ini: Option<IniFile>,
    pub(crate) toml: Option<TomlFile>,
    pub(crate) section: String,
}

/// A parsed ini file.
#[derive(Debug, Clone)]
pub(crate) struct IniFile {
    pub(crate) path: PathBuf,
    pub(crate) ini: Ini,
}

/// A `pyproject.toml`; `table` is its `[tool.alembic]`.
#[derive(Debug, Clone)]
pub(crate) struct TomlFile {
    pub(crate) path: PathBuf,
    pub(crate) table: Option<Table>,
}

/// A value and where it was written.
#[derive(Debug, Clone)]
pub(crate) struct Located<T> {
    pub(crate) value: T,
    pub(crate) path: PathBuf,
    pub(crate) position: Option<Position>,
}

/// Why a configuration file could not be read, or one of its options not understood.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("cannot read {}: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The file is not UTF-8.
    #[error("{}:{position}: not utf-8 text", path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The first byte that is not.
        position: Position,
    },
    /// git left its conflict markers in the file.
    #[error(
        "{}:{position}: git left its conflict markers in it; resolve them first", path.display()
    )]
    Conflicted {
        /// The file.
        path: PathBuf,
        /// The first marker.
        position: Position,
    },
    /// The file is not what `ConfigParser` reads, or a `%` in the option is wrong.
    #[error("{}:{}: {}", path.display(), error.position, error.kind)]
    Ini {
        /// The file.
        path: PathBuf,
        /// What and where.
        error: IniError,
    },
    /// The file is not toml.
    #[error("{}:{}: {}", path.display(), error.position, error.message)]
    Toml {
        /// The file.
        path: PathBuf,
        /// What and where.
        error: TomlError,
    },
    /// The option has a value that Alembic does not accept.
    #[error("{}: `{key}` {message}", place(path, *position))]
    BadValue {
        /// The file.
        path: PathBuf,
        /// Where the value (or its key) stands.
        position: Option<Position>,
        /// The option.
        key: String,
        /// What is wrong with it.
        message: String,
    },
}

/// `file:line:column`, as far as known.
pub(crate) fn place(path: &Path, position: Option<Position>) -> String {
    match position {
        Some(position) => format!("{}:{position}", path.display()),
        None => path.display().to_string(),
    }
}

/// The text of a file, which must be UTF-8.
pub(crate) fn read_text(tree: &dyn Tree, path: &Path) -> Result<String, ConfigError> {
    let bytes = tree.read(path).map_err(|error| ConfigError::Unreadable {
        path: path.to_path_buf(),
        error,
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(&error.as_bytes()[..valid]).into_owned();
        let position = Position::of(&text, valid);
        ConfigError::NotUtf8 {
            path: path.to_path_buf(),
            position,
        }
    })
}

/// Reads an ini file; `path` is absolute.
pub(crate) fn read_ini(tree: &dyn Tree, path: &Path) -> Result<IniFile, ConfigError> {
    let text = read_text(tree, path)?;
    let here = posix(path.parent().unwrap_or(path));
    let ini = Ini::parse(&text, &here).map_err(|error| {
        conflicted(&text, path).unwrap_or_else(|| ConfigError::Ini {
            path: path.to_path_buf(),
            error,
        })
    })?;
    Ok(IniFile {
        path: path.to_path_buf(),
        ini,
    })
}

/// Reads a `pyproject.toml`.
pub(crate) fn read_pyproject(tree: &dyn Tree, path: &Path) -> Result<PyProject, ConfigError> {
    let text = read_text(tree, path)?;
    PyProject::parse(&text).map_err(|error| {
        conflicted(&text, path).unwrap_or_else(|| ConfigError::Toml {
            path: path.to_path_buf(),
            error,
        })
    })
}

/// What is wrong with a text that cannot be parsed, if that is conflict markers.
fn conflicted(text: &str, path: &Path) -> Option<ConfigError> {
    // The other markers may be lines of something else.
    let is_first = |line: &str| line.starts_with('<') && is_marker(line);
    let line = text.lines().position(is_first)?;
    Some(ConfigError::Conflicted {
        path: path.to_path_buf(),
        position: Position {
            line: line + 1,
            column: 1,
        },
    })
}

impl Config {
    /// Alembic's `Config.get_alembic_option`, for options that are strings (or, in toml, integers).
    pub(crate) fn option(&self, key: &str) -> Result<Option<Located<String>>, ConfigError> {
        if let Some(found) = self.ini_option(key)? {
            return Ok(Some(found));
        }
        let Some((file, item)) = self.toml_item(key) else {
            return Ok(None);
        };
        let value = match &item.value.kind {
            ValueKind::String(text) => file.format(key, &item.value, text)?,
            ValueKind::Integer(number) => number.to_string(),
            _ => return Err(file.wrong_type(key, &item.value, "a string")),
        };
        Ok(Some(file.located(value, &item.value)))
    }

    /// Whether Alembic gives new files to other programs: hooks in a section or table of their own.
    pub(crate) fn has_post_write_hooks(&self) -> bool {
        let in_ini = self.ini.as_ref().is_some_and(|file| {
            let hooks = file.ini.get("post_write_hooks", "hooks").ok().flatten();
            hooks.is_some_and(|it| !it.trim().is_empty())
        });
        let in_toml = self.toml_item("post_write_hooks").is_some_and(
            |(_, item)| matches!(&item.value.kind, ValueKind::Array(hooks) if !hooks.is_empty()),
        );
        in_ini || in_toml
    }

    /// Alembic's `Config.get_alembic_boolean_option`: in an ini, only the very word `true` is true.
    pub(crate) fn boolean(&self, key: &str) -> Result<bool, ConfigError> {
        if let Some(found) = self.ini_option(key)? {
            return Ok(found.value == "true");
        }
        match self.toml_item(key) {
            None => Ok(false),
            Some((
                _,
                Item {
                    value:
                        Value {
                            kind: ValueKind::Boolean(value),
                            ..
                        },
                    ..
                },
            )) => Ok(*value),
            Some((file, item)) => Err(file.wrong_type(key, &item.value, "a boolean")),
        }
    }

    /// Alembic's `Config.get_version_locations_list`. Without a separator option the value is cut
    /// at `, *` and ` +`.
    pub(crate) fn version_locations(&self) -> Result<Option<Located<Vec<String>>>, ConfigError> {
        let key = "version_locations";
        match self
            .ini_option(key)?
            .filter(|found| !found.value.is_empty())
        {
            None => self.toml_list(key),
            Some(found) => {
                let names = ["path_separator", "version_path_separator"];
                self.split(found, &names, &[',', ' ']).map(Some)
            }
        }
    }

    /// Alembic's `Config.get_prepend_sys_paths_list`. Without `path_separator` the value is cut at
    /// `, *`, ` +` and `:`.
    pub(crate) fn prepend_sys_path(&self) -> Result<Option<Located<Vec<String>>>, ConfigError> {
        let key = "prepend_sys_path";
        match self
            .ini_option(key)?
            .filter(|found| !found.value.is_empty())
        {
            Some(found) => self
                .split(found, &["path_separator"], &[',', ' ', ':'])
                .map(Some),
            None => match self.toml_item(key) {
                // Alembic takes a string for the list of its characters, so "." works.
                Some((
                    file,
                    Item {
                        value:
                            value @ Value {
                                kind: ValueKind::String(text),
                                ..
                            },
                        ..
                    },
                )) => {
                    let text = file.format(key, value, text)?;
                    Ok(Some(
                        file.located(text.chars().map(String::from).collect(), value),
                    ))
                }
                _ => self.toml_list(key),
            },
        }
    }

    /// The ini option, interpolated: Alembic's `Config.get_main_option` where the section exists.
    fn ini_option(&self, key: &str) -> Result<Option<Located<String>>, ConfigError> {
        let Some(IniFile { path, ini }) = &self.ini else {
            return Ok(None);
        };
        let Some(option) = ini.option(&self.section, key) else {
            return Ok(None);
        };
        let value = ini
            .get(&self.section, key)
            .map_err(|error| ConfigError::Ini {
                path: path.clone(),
                error,
            })?;
        let located = |value| Located {
            value,
            path: path.clone(),
            position: option.position(),
        };
        Ok(value.map(located))
    }

    fn toml_item(&self, key: &str) -> Option<(&TomlFile, &Item)> {
        let file = self.toml.as_ref()?;
        let item = file.table.as_ref()?.iter().find(|item| item.key == key)?;
        Some((file, item))
    }

    fn toml_list(&self, key: &str) -> Result<Option<Located<Vec<String>>>, ConfigError> {
        let Some((file, item)) = self.toml_item(key) else {
            return Ok(None);
        };
        let ValueKind::Array(elements) = &item.value.kind else {
            let mut error = file.wrong_type(key, &item.value, "an array of strings");
            if let (ConfigError::BadValue { message, .. }, ValueKind::String(_)) =
                (&mut error, &item.value.kind)
            {
                message.push_str(" (alembic would take each character for a directory)");
            }
            return Err(error);
        };
        let strings = elements.iter().map(|element| match &element.kind {
            ValueKind::String(text) => file.format(key, element, text),
            _ => Err(file.wrong_type(key, element, "an array of strings")),
        });
        let strings = strings.collect::<Result<Vec<_>, _>>()?;
        Ok(Some(file.located(strings, &item.value)))
    }

    /// Cuts an ini value into paths: at the character that the first of the options `names` that is
    /// set asks for, else in the old way, at any of `legacy`.
    fn split(
        &self,
        found: Located<String>,
        names: &[&str],
        legacy: &[char],
    ) -> Result<Located<Vec<String>>, ConfigError> {
        let mut separator = None;
        for name in names {
            if let Some(option) = self.ini_option(name)? {
                separator = Some((name, option));
                break;
            }
        }
        let Located {
            value,
            path,
            position,
        } = found;
        let value = match separator {
            None => split_legacy(&value, legacy),
            Some((name, option)) => {
                let Some(character) = separator_character(&option.value) else {
                    return Err(ConfigError::BadValue {
                        path: option.path,
                        position: option.position,
                        key: (*name).to_owned(),
                        message: format!(
                            "is `{}`; alembic knows `space`, `newline`, `os`, `:` and `;`",
                            option.value
                        ),
                    });
                };
                let items = value.split(character).filter(|item| !item.is_empty());
                items.map(|item| strip(item).to_owned()).collect()
            }
        };
        Ok(Located {
            value,
            path,
            position,
        })
    }
}

impl TomlFile {
    fn located<T>(&self, value: T, at: &Value) -> Located<T> {
        Located {
            value,
            path: self.path.clone(),
            position: Some(at.position),
        }
    }

    fn format(&self, key: &str, at: &Value, text: &str) -> Result<String, ConfigError> {
        let here = posix(self.path.parent().unwrap_or(&self.path));
        format_percent(text, &here).map_err(|message| ConfigError::BadValue {
            path: self.path.clone(),
            position: Some(at.position),
            key: key.to_owned(),
            message,
        })
    }

    fn wrong_type(&self, key: &str, value: &Value, expected: &str) -> ConfigError {
        ConfigError::BadValue {
            path: self.path.clone(),
            position: Some(value.position),
            key: key.to_owned(),
            message: format!("must be {expected}, not {}", value.type_name()),
        }
    }
}

/// `Config._get_file_separator_char`
fn separator_character(word: &str) -> Option<char> {
    match word {
        "space" => Some(' '),
        "newline" => Some('\n'),
        "os" if cfg!(windows) => Some(';'),
        "os" | ":" => Some(':'),
        ";" => Some(';'),
        _ => None,
    }
}

/// Python's `re.split(r", *|(?: +)")`, with `|\:` where `legacy` has the colon.
fn split_legacy(value: &str, legacy: &[char]) -> Vec<String> {
    let mut items = Vec::new();
    let mut rest = value;
    while let Some(at) = rest.find(legacy) {
        items.push(rest[..at].to_owned());
        let colon = rest[at..].starts_with(':');
        rest = &rest[at + 1..];
        if !colon {
            rest = rest.trim_start_matches(' ');
        }
    }
    items.push(rest.to_owned());
    items
}

/// Python's `text % {"here": here}`, for `%%` and `%(here)s`: nothing else makes sense there.
fn format_percent(text: &str, here: &str) -> Result<String, String> {
    let mut value = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        value.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("%%") {
            value.push('%');
            rest = after;
        } else if let Some(after) = rest.strip_prefix("%(here)s") {
            value.push_str(here);
            rest = after;
        } else {
            return Err(format!(
                "holds `{rest}`, where only `%%` and `%(here)s` may follow; write `%%` for a percent sign"
            ));
        }
    }
    value.push_str(rest);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ini(text: &str) -> Config {
        let ini = Ini::parse(&format!("[alembic]\n{text}"), "/here").expect("an ini file");
        let ini = Some(IniFile {
            path: "/here/alembic.ini".into(),
            ini,
        });
        Config {
            ini,
            toml: None,
            section: "alembic".to_owned(),
        }
    }

    fn toml(text: &str) -> Config {
        let table = PyProject::parse(&format!("[tool.alembic]\n{text}"))
            .expect("toml")
            .alembic;
        let toml = Some(TomlFile {
            path: "/here/pyproject.toml".into(),
            table,
        });
        Config {
            ini: None,
            toml,
            section: "alembic".to_owned(),
        }
    }

    fn locations(config: &Config) -> Result<Vec<String>, String> {
        let found = config
            .version_locations()
            .map_err(|error| error.to_string())?;
        Ok(found.map(|found| found.value).unwrap_or_default())
    }

    #[test]
    fn ini_lists_are_cut_like_in_alembic() {
        let check = |text: &str, expected: &[&str]| {
            assert_eq!(locations(&ini(text)).expect("a list"), expected, "{text}");
        };
        check("version_locations = a, b", &["a", "b"]);
        check("version_locations = a b,c", &["a", "b", "c"]);
        check("version_locations = a ,b", &["a", "", "b"]);
        check("version_locations = a:b", &["a:b"]);
        check("version_locations =\n a\n b", &["\na\nb"]);
        check(
            "path_separator=space\nversion_locations = a  b",
            &["a", "b"],
        );
        check(
            "version_path_separator=newline\nversion_locations =\n a b\n c",
            &["a b", "c"],
        );
        check(
            "path_separator=;\nversion_path_separator=:\nversion_locations = a:b; c ;",
            &["a:b", "c"],
        );
        check("version_locations =", &[]);
        if !cfg!(windows) {
            check(
                "path_separator=os\nversion_locations = a: b :c:",
                &["a", "b", "c"],
            );
        }
        let error =
            locations(&ini("path_separator = ,\nversion_locations = a")).expect_err("wrong");
        assert!(
            error.starts_with("/here/alembic.ini:2:1: `path_separator` is `,`"),
            "{error}"
        );
    }

    #[test]
    fn toml_values_are_formatted_and_typed() {
        let check = |text: &str, expected: Result<&[&str], &str>| {
            let found = locations(&toml(text));
            match expected {
                Ok(expected) => assert_eq!(found.expect("a list"), expected, "{text}"),
                Err(part) => {
                    let message = found.expect_err(text);
                    assert!(message.contains(part), "{message}");
                }
            }
        };
        check(
            "version_locations = [\"%(here)s/a\", \"b%%\"]",
            Ok(&["/here/a", "b%"]),
        );
        check("version_locations = []", Ok(&[]));
        check("version_locations = \"ab\"", Err("each character"));
        check(
            "version_locations = [\"a\", 1]",
            Err("2:27: `version_locations` must be an array"),
        );
        check("version_locations = [\"%(x)s\"]", Err("`%(x)s`"));
        assert!(
            toml("sourceless = true")
                .boolean("sourceless")
                .expect("a boolean")
        );
        assert!(toml("sourceless = \"true\"").boolean("sourceless").is_err());
        assert!(
            !ini("sourceless = True")
                .boolean("sourceless")
                .expect("a boolean")
        );
    }

    #[test]
    fn the_ini_wins_even_when_empty() {
        let mut config = ini("script_location =\nversion_locations =");
        config.toml = toml("script_location = \"x\"\nversion_locations = [\"y\"]").toml;
        let found = config
            .option("script_location")
            .expect("an option")
            .expect("a value");
        assert_eq!(found.value, "");
        assert_eq!(locations(&config).expect("a list"), ["y"]);
    }
}
