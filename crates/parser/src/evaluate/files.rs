//! Files beside the migration: paths put together from `__file__`, and the text that is read there.

use std::rc::Rc;

use super::Interpreter;
use super::value::{Arguments, Object, SequenceKind, Value};

impl Interpreter<'_> {
    /// A function of `os.path` or `pathlib`, where all it is given is known.
    pub(super) fn path_function(&mut self, path: &str, args: &Arguments) -> Option<Value> {
        if args.is_open() {
            return None;
        }
        let mut texts = Vec::new();
        for value in &args.positional {
            texts.push(self.path_text(value)?);
        }
        let first = texts.first()?.clone();
        let text = |text: String| Value::Str(text.into());
        Some(match path.strip_prefix("os.path.") {
            Some("join") if is_absolute(&first) => text(join(&first, &texts[1..])),
            Some("dirname") if is_absolute(&first) => text(parent(&first).to_owned()),
            Some("abspath" | "realpath" | "normpath") if is_absolute(&first) => {
                text(normal(&first))
            }
            Some("basename") => text(name(&first).to_owned()),
            Some("splitext") => {
                let (stem, suffix) = split_suffix(&first);
                let parts = vec![text(stem.to_owned()), text(suffix.to_owned())];
                self.sequence(SequenceKind::Tuple, parts)
            }
            None if matches!(
                path,
                "pathlib.Path" | "pathlib.PurePath" | "pathlib.PosixPath"
            ) && is_absolute(&first) =>
            {
                self.file_path(join(&first, &texts[1..]))
            }
            _ => return None,
        })
    }

    fn file_path(&mut self, path: String) -> Value {
        self.add(Object::FilePath(path.into()))
    }

    /// The text of a path, whichever way it is kept.
    pub(super) fn path_text(&self, value: &Value) -> Option<Rc<str>> {
        match value {
            Value::Str(text) => Some(text.clone()),
            _ => match self.object(value)? {
                Object::FilePath(path) => Some(path.clone()),
                _ => None,
            },
        }
    }

    /// `path / part`
    pub(super) fn path_join(&mut self, left: &Value, right: &Value) -> Option<Value> {
        let Some(Object::FilePath(left)) = self.object(left) else {
            return None;
        };
        let left = left.clone();
        let right = self.path_text(right)?;
        Some(self.file_path(join(&left, &[right])))
    }

    /// `path.name` of a `pathlib.Path`.
    pub(super) fn path_attribute(&mut self, path: &Rc<str>, attribute: &str) -> Option<Value> {
        let text = |text: &str| Value::Str(text.into());
        Some(match attribute {
            "parent" => self.file_path(parent(path).to_owned()),
            "parents" => {
                let mut rest = &**path;
                let mut parents = Vec::new();
                while parents.len() < 64 && rest.len() > 1 {
                    rest = parent(rest);
                    let parent = self.file_path(rest.to_owned());
                    parents.push(parent);
                }
                self.sequence(SequenceKind::Tuple, parents)
            }
            "name" => text(name(path)),
            "stem" => text(split_suffix(name(path)).0),
            "suffix" => text(split_suffix(name(path)).1),
            _ => return None,
        })
    }

    /// `path.method(...)` of a `pathlib.Path`.
    pub(super) fn path_method(&mut self, path: &Rc<str>, method: &str, args: &Arguments) -> Value {
        let mut texts = Vec::new();
        for value in &args.positional {
            match self.path_text(value) {
                Some(text) => texts.push(text),
                None => return Value::Data,
            }
        }
        let next = match (method, texts.as_slice()) {
            ("joinpath", parts) => join(path, parts),
            ("resolve" | "absolute" | "expanduser", []) => normal(path),
            ("with_name", [name]) => join(parent(path), std::slice::from_ref(name)),
            ("with_suffix", [suffix]) => format!("{}{suffix}", split_suffix(path).0),
            ("read_text", _) => return self.file_text(path),
            ("open", _) => return self.open_file(path, args.get(0, "mode")),
            ("as_posix" | "__str__", []) => return Value::Str(path.clone()),
            _ => return Value::Data,
        };
        self.file_path(next)
    }

    /// `open(path, mode)`
    pub(super) fn open_builtin(&mut self, args: &Arguments) -> Value {
        let path = args.get(0, "file").and_then(|path| self.path_text(path));
        match path {
            Some(path) => self.open_file(&path, args.get(1, "mode")),
            None => Value::Data,
        }
    }

    fn open_file(&mut self, path: &Rc<str>, mode: Option<&Value>) -> Value {
        let reads_text = match mode {
            None => true,
            Some(Value::Str(mode)) => mode.chars().all(|c| matches!(c, 'r' | 't' | 'U')),
            Some(_) => false,
        };
        if !reads_text {
            return Value::Data;
        }
        match self.file_text(path) {
            Value::Str(text) => self.add(Object::File(text)),
            other => other,
        }
    }

    fn file_text(&mut self, path: &str) -> Value {
        if !is_absolute(path) {
            return Value::Data;
        }
        match self.surroundings.text(&normal(path)) {
            Some(text) => self.text_value(&text.replace("\r\n", "\n")),
            None => Value::Data,
        }
    }

    /// `file.method(...)` of an open file.
    pub(super) fn file_method(&mut self, text: &Rc<str>, method: &str, args: &Arguments) -> Value {
        match method {
            "read" if args.positional.is_empty() => Value::Str(text.clone()),
            "readlines" if args.positional.is_empty() => {
                let lines = self.file_lines(text);
                self.sequence(SequenceKind::List, lines)
            }
            "close" => Value::None,
            _ => Value::Data,
        }
    }

    /// The lines of an open file.
    pub(super) fn file_lines(&mut self, text: &str) -> Vec<Value> {
        self.step(text.len() / 64);
        text.split_inclusive('\n')
            .map(|line| Value::Str(line.into()))
            .collect()
    }
}

fn is_absolute(path: &str) -> bool {
    path.starts_with('/') || path.as_bytes().get(1..3) == Some(b":/")
}

fn join(first: &str, rest: &[Rc<str>]) -> String {
    let mut path = first.to_owned();
    for part in rest {
        if is_absolute(part) {
            path = part.to_string();
        } else {
            if !path.ends_with('/') {
                path.push('/');
            }
            path.push_str(part);
        }
    }
    path
}

fn parent(path: &str) -> &str {
    match path.trim_end_matches('/').rsplit_once('/') {
        Some(("", _)) => "/",
        Some((parent, _)) => parent,
        None => path,
    }
}

fn name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

fn split_suffix(path: &str) -> (&str, &str) {
    let start = path.len() - name(path).len();
    match path[start..].rfind('.') {
        Some(dot) if dot > 0 => path.split_at(start + dot),
        _ => (path, ""),
    }
}

/// The path without `.` and `..`.
fn normal(path: &str) -> String {
    let (root, rest) = path.split_at(path.find('/').map_or(0, |slash| slash + 1));
    let mut parts = Vec::new();
    for part in rest.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("{root}{}", parts.join("/"))
}
