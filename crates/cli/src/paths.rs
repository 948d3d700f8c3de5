//! How paths are shown: relative to where the program was started, with `/` on every system.

use std::io;
use std::path::{Component, Path, PathBuf};

/// Shows paths of one run.
#[derive(Debug, Clone)]
pub(crate) struct Display {
    current: PathBuf,
    argument: Option<String>,
    options: String,
}

impl Display {
    /// For a program started in `current` with `argument` as its PATH.
    pub(crate) fn new(current: PathBuf, argument: Option<&Path>) -> Self {
        let argument = argument.map(typed);
        Self {
            current,
            argument,
            options: String::new(),
        }
    }

    /// For a run that was told its project through `-c` and `-n`, which Alembic takes too.
    #[must_use]
    pub(crate) fn with_options(mut self, config: &[PathBuf], section: Option<&str>) -> Self {
        for file in config {
            self.options.push_str(" -c ");
            self.options.push_str(&typed(file));
        }
        if let Some(section) = section {
            self.options.push_str(" -n ");
            self.options.push_str(&quoted(section));
        }
        self
    }

    /// Those options as they are typed, each with a blank before it.
    pub(crate) fn options(&self) -> &str {
        &self.options
    }

    /// The PATH argument of the run, quoted for a shell.
    pub(crate) fn argument(&self) -> Option<&str> {
        self.argument.as_deref()
    }

    /// `path` relative to the current directory where it lies below it.
    pub(crate) fn path(&self, path: &Path) -> String {
        if let Some(plain) = self.plain(path) {
            return plain.to_owned();
        }
        let shown = slashed(path.strip_prefix(&self.current).unwrap_or(path));
        if shown.is_empty() {
            ".".to_owned()
        } else {
            shown
        }
    }
}

impl Display {
    /// What is shown of a path that holds nothing to be made visible: what is left of it below the current directory,
    /// or the whole. Thousands of paths are shown in one run, most of them to nobody.
    fn plain<'p>(&self, path: &'p Path) -> Option<&'p str> {
        if std::path::MAIN_SEPARATOR != '/' {
            return None;
        }
        let (path, current) = (path.to_str()?, self.current.to_str()?);
        if path == current {
            return None;
        }
        let below = path.strip_prefix(current);
        let below = below.and_then(|it| it.strip_prefix('/'));
        let shown = below.unwrap_or(path);
        // A whole path begins with a separator.
        let parts = shown.strip_prefix('/').filter(|_| below.is_none());
        let parts = parts.unwrap_or(shown);
        let is_plain = shown.bytes().all(|byte| matches!(byte, b' '..=b'~'))
            && parts.split('/').all(|part| !matches!(part, "" | "."));
        is_plain.then_some(shown)
    }
}

/// Where the program was started, as the system itself calls it: Windows keeps the letter case that was typed after
/// `cd`, and paths of files are compared with this.
pub(crate) fn current_directory() -> io::Result<PathBuf> {
    let current = std::env::current_dir()?;
    Ok(rechain_project::real_path(&current).unwrap_or(current))
}

/// A path as it is typed on a command line, in any shell of the system.
pub(crate) fn typed(path: &Path) -> String {
    let text = path.to_string_lossy();
    if cfg!(windows) {
        // Windows takes both separators, and Git Bash one.
        quoted(&text.replace('\\', "/"))
    } else {
        quoted(&text)
    }
}

/// `text` as a shell takes it for one word.
pub(crate) fn quoted(text: &str) -> String {
    quoted_for(text, cfg!(windows))
}

fn quoted_for(text: &str, windows: bool) -> String {
    let is_plain = |c: char| {
        // cmd puts variables in the place of `%NAME%`.
        c.is_ascii_alphanumeric() || "/._-+=:@".contains(c) || !windows && c == '%'
    };
    // PowerShell begins something else with `@`.
    let is_more = text.is_empty() || windows && text.starts_with('@');
    if !is_more && text.chars().all(is_plain) {
        text.to_owned()
    } else if windows && !text.contains(['"', '$', '`', '%', '!']) {
        // cmd knows no other quotes; PowerShell and Git Bash take these, too.
        format!("\"{text}\"")
    } else if windows {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// The path with `/` between its parts and without what a terminal would act on.
pub(crate) fn slashed(path: &Path) -> String {
    let mut text = String::new();
    for component in path.components() {
        match component {
            Component::RootDir => text.push('/'),
            Component::CurDir => {}
            Component::Prefix(prefix) => {
                text.push_str(&prefix.as_os_str().to_string_lossy().replace('\\', "/"));
            }
            other => {
                if !text.is_empty() && !text.ends_with('/') {
                    text.push('/');
                }
                text.push_str(&other.as_os_str().to_string_lossy());
            }
        }
    }
    printable(&text)
}

/// Control characters made visible, so that no file name or message can steer the terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|c| {
            if crate::neutral::steers(c) {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_the_shells_of_the_system() {
        let check = |text: &str, unix: &str, windows: &str| {
            assert_eq!(quoted_for(text, false), unix);
            assert_eq!(quoted_for(text, true), windows);
        };
        check(
            "backend/alembic.ini",
            "backend/alembic.ini",
            "backend/alembic.ini",
        );
        check("C:/a-b_c", "C:/a-b_c", "C:/a-b_c");
        check("my project", "'my project'", "\"my project\"");
        check("ops@head", "ops@head", "ops@head");
        check("@head", "@head", "\"@head\"");
        check("it's", r"'it'\''s'", "\"it's\"");
        check("a$b", "'a$b'", "'a$b'");
        check("%TEMP%", "%TEMP%", "'%TEMP%'");
        check("", "''", "\"\"");
    }

    #[test]
    fn paths_are_shown_from_where_the_program_was_started() {
        let display = Display::new(PathBuf::from("/home/me/project"), None);
        for (path, shown) in [
            ("/home/me/project", "."),
            ("/home/me/project/", "."),
            ("/home/me/project/versions/a.py", "versions/a.py"),
            ("/home/me/project/./versions//a.py", "versions/a.py"),
            ("/home/me/project2/a.py", "/home/me/project2/a.py"),
            ("/home/me/other/a b.py", "/home/me/other/a b.py"),
            ("/", "/"),
            ("/home//me/other/", "/home/me/other"),
            ("/home/me/project/a\u{1b}.py", "a\u{fffd}.py"),
            ("/tmp/a\u{1b}.py", "/tmp/a\u{fffd}.py"),
        ] {
            assert_eq!(display.path(Path::new(path)), shown, "{path}");
        }
    }
}
