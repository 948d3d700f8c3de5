//! `alembic.ini` and `pyproject.toml`: never a panic, whatever they say.
#![no_main]

use std::io;
use std::path::{Path, PathBuf};

use libfuzzer_sys::fuzz_target;
use rechain_project::{Entry, EntryKind, Request, Tree, discover, ini::Ini};

/// A project of two files.
struct Memory<'a> {
    ini: &'a [u8],
    pyproject: &'a [u8],
}

const FILES: [&str; 3] = ["alembic.ini", "env.py", "pyproject.toml"];

impl Tree for Memory<'_> {
    fn list(&self, directory: &Path) -> io::Result<Vec<Entry>> {
        if directory != Path::new("/p") {
            return Ok(Vec::new());
        }
        let entry = |name: &&str| Entry {
            name: name.into(),
            kind: EntryKind::File,
        };
        Ok(FILES.iter().map(entry).collect())
    }

    fn read(&self, file: &Path) -> io::Result<Vec<u8>> {
        match file.file_name().and_then(|name| name.to_str()) {
            Some("alembic.ini") => Ok(self.ini.to_vec()),
            Some("pyproject.toml") => Ok(self.pyproject.to_vec()),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        Ok(path.to_path_buf())
    }

    fn is_dir(&self, path: &Path) -> bool {
        path == Path::new("/p")
    }

    fn is_file(&self, path: &Path) -> bool {
        FILES.iter().any(|name| path == Path::new("/p").join(name))
    }
}

fuzz_target!(|bytes: &[u8]| {
    let cut = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    let (ini, rest) = bytes.split_at(cut);
    let tree = Memory {
        ini,
        pyproject: rest.get(1..).unwrap_or_default(),
    };
    if let Ok(text) = std::str::from_utf8(ini)
        && let Ok(parsed) = Ini::parse(text, "/p")
    {
        for section in parsed.sections() {
            for option in parsed.own_options(section) {
                let _ = parsed.get(section, option.name());
            }
        }
    }
    for path in [None, Some("/p/alembic.ini"), Some("/p/pyproject.toml")] {
        let request = Request {
            cwd: "/p".into(),
            path: path.map(PathBuf::from),
            ..Request::default()
        };
        if let Err(error) = discover(&request, &tree) {
            assert!(!error.to_string().is_empty());
        }
    }
});
