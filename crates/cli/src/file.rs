//! One revision file, as far as it was read.

use std::io;
use std::path::PathBuf;
use std::sync::OnceLock;

use rechain_history::{Effect, FileId, TextRange};
use rechain_parser::{
    Alone, Direction, LARGEST_MODULE, Module, Source, SyntaxError, effects_within, read_module,
};
use rechain_project::git::ObjectId;
use rechain_project::{RevisionFile, RevisionFileKind, Tree, WorkTree, is_in_use};

use crate::around::{Around, Modules};
use crate::code;
use crate::diagnostic::{Diagnostic, Label};
use crate::paths::Display;
use crate::request::Hinted;
use crate::way_on;

/// One revision file. Its identifiers are kept; its text is not, since few of thousands are looked at a
/// second time: it is read again where it is asked for, and counts only if it still says the same.
pub(crate) struct File {
    /// Where it lies, links resolved.
    pub(crate) path: PathBuf,
    /// How it is shown.
    pub(crate) name: String,
    pub(crate) module: Option<Module>,
    pub(crate) unreadable: Option<Box<Diagnostic>>,
    /// What git calls its bytes, where that was asked for.
    pub(crate) blob: Option<ObjectId>,
    text: OnceLock<Text>,
}

/// The text of a file.
enum Text {
    Decoded(Source),
    /// Shown as if it were UTF-8.
    Undecoded(String),
    /// Not what it was when the identifiers were taken from it.
    Changed,
    /// Too large, or gone.
    None,
}

impl Text {
    /// Of what was read; nothing of a file that could not be.
    fn of(bytes: Option<Vec<u8>>) -> Self {
        let Some(bytes) = bytes.filter(|it| it.len() <= LARGEST_MODULE) else {
            return Self::None;
        };
        match Source::decode(bytes.clone()) {
            Ok(source) => Self::Decoded(source),
            Err(_) => Self::Undecoded(String::from_utf8_lossy(&bytes).into_owned()),
        }
    }
}

impl File {
    /// Takes from a file's bytes what the chain needs. A file that does not lie on disk just so keeps its text: there is no
    /// other place to read it from again.
    pub(crate) fn read(
        at: usize,
        file: RevisionFile,
        content: io::Result<&[u8]>,
        tree: &dyn Tree,
        display: &Display,
    ) -> Self {
        let mut result = Self {
            name: display.path(&file.path),
            path: file.resolved,
            module: None,
            unreadable: None,
            blob: None,
            text: OnceLock::new(),
        };
        if !tree.is_on_disk(&result.path) {
            let bytes = content.as_ref().ok();
            let _ = result.text.set(Text::of(bytes.map(|it| it.to_vec())));
        }
        match result.parse(at, file.kind, content) {
            Ok(module) => result.module = Some(module),
            Err(diagnostic) => result.unreadable = Some(diagnostic),
        }
        result
    }

    fn parse(
        &self,
        at: usize,
        kind: RevisionFileKind,
        content: io::Result<&[u8]>,
    ) -> Result<Module, Box<Diagnostic>> {
        let name = &self.name;
        let unreadable = |message: String| Diagnostic::new(&code::UNREADABLE_FILE, message);
        let start = |text: &str| Label::new(at, TextRange::empty(0), text);
        match kind {
            RevisionFileKind::Source => {}
            RevisionFileKind::Bytecode => {
                let message = format!("{name} is bytecode alone");
                let diagnostic = Diagnostic::new(&code::BYTECODE_ONLY, message);
                return Err(Box::new(diagnostic.with_help("bring its .py file back")));
            }
            RevisionFileKind::Special => {
                let message = format!("{name} is a pipe, a socket or a device");
                return Err(Box::new(unreadable(message)));
            }
        }
        let bytes = content.map_err(|error| {
            let diagnostic = unreadable(format!("cannot read {name}: {error}"));
            Box::new(if is_in_use(&error) {
                diagnostic.with_help("another program has it open; close it there")
            } else {
                diagnostic
            })
        })?;
        if bytes.len() > LARGEST_MODULE {
            let message = format!("{name} has more than {LARGEST_MODULE} bytes");
            return Err(Box::new(
                unreadable(message).with_primary(start("more is not read")),
            ));
        }
        let read = |text: &str| {
            read_module(text, &self.base_name())
                .map_err(|error| Box::new(self.broken(at, text, error)))
        };
        if let Some(text) = Source::borrowed(bytes) {
            return read(text);
        }
        match Source::decode(bytes.to_vec()) {
            Ok(source) => read(source.text()),
            Err(error) => {
                let cut = &bytes[..error.offset().min(bytes.len())];
                let offset = String::from_utf8_lossy(cut).len();
                let label = Label::new(at, TextRange::empty(offset), error.to_string());
                Err(Box::new(
                    unreadable(format!("{name}: {error}"))
                        .with_primary(label)
                        .with_help("save it as UTF-8, or declare its encoding (PEP 263)"),
                ))
            }
        }
    }

    fn broken(&self, at: usize, text: &str, error: SyntaxError) -> Diagnostic {
        let has_markers = text.lines().any(|line| line.starts_with("<<<<<<< "));
        let label = Label::new(at, TextRange::empty(error.offset), error.message);
        let message = format!("{} is not valid Python", self.name);
        let diagnostic = Diagnostic::new(&code::UNREADABLE_FILE, message).with_primary(label);
        diagnostic.with_help(if has_markers {
            "resolve git's conflict markers in it first"
        } else {
            "Python must be able to load it, or Alembic fails too"
        })
    }

    fn base_name(&self) -> std::borrow::Cow<'_, str> {
        self.path
            .file_name()
            .map(|name| name.to_string_lossy())
            .unwrap_or_default()
    }

    /// Whether it could not be read for this reason.
    pub(crate) fn is_unreadable_as(&self, code: &code::Code) -> bool {
        self.unreadable.as_ref().is_some_and(|it| it.code == code)
    }

    /// Whether the graph has a revision for it.
    pub(crate) fn is_revision(&self) -> bool {
        let module = self.module.as_ref();
        module.is_some_and(|module| module.revision.is_some())
    }

    pub(crate) fn to_revision(&self, at: usize) -> Option<rechain_history::Revision> {
        let file = FileId(u32::try_from(at).expect("fewer than 2^32 files"));
        self.module.as_ref()?.to_revision(file)
    }

    fn loaded(&self) -> &Text {
        self.text.get_or_init(|| self.read_again())
    }

    fn read_again(&self) -> Text {
        // Opening a pipe would wait for somebody who writes to it.
        if !WorkTree.is_file(&self.path) {
            return Text::None;
        }
        let mut bytes = Vec::new();
        let again = WorkTree.read_into(&self.path, LARGEST_MODULE + 1, &mut bytes);
        match (Text::of(again.ok().map(|()| bytes)), &self.module) {
            (Text::Decoded(source), Some(module)) => {
                let found = read_module(source.text(), &self.base_name());
                if found.as_ref() == Ok(module) {
                    Text::Decoded(source)
                } else {
                    Text::Changed
                }
            }
            (Text::Undecoded(_), Some(_)) => Text::Changed,
            (text, _) => text,
        }
    }

    /// Its text and bytes, where they are still those that the identifiers were taken from.
    pub(crate) fn source(&self) -> Option<&Source> {
        match self.loaded() {
            Text::Decoded(source) => Some(source),
            _ => None,
        }
    }

    /// Why it has no [`File::source`], where its identifiers were read.
    pub(crate) fn changed_meanwhile(&self) -> anyhow::Error {
        let message = format!("{} changed or went while it was being read", self.name);
        Hinted::new(message, way_on::AGAIN).into()
    }

    /// Its text, to be shown; empty where it cannot be.
    pub(crate) fn text(&self) -> &str {
        match self.loaded() {
            Text::Decoded(source) => source.text(),
            Text::Undecoded(text) => text,
            Text::Changed | Text::None => "",
        }
    }

    /// `range` as far as [`File::text`] has it: a file may have become shorter since it was read.
    pub(crate) fn shown(&self, range: TextRange) -> TextRange {
        let text = self.text();
        let boundary = |offset: usize| {
            (0..=offset.min(text.len()))
                .rev()
                .find(|&it| text.is_char_boundary(it))
                .unwrap_or(0)
        };
        TextRange::new(boundary(range.start()), boundary(range.end()))
    }

    /// The effects of its `upgrade()` or `downgrade()`; not understood where the file changed since it was read. Where it
    /// lies in the work tree, the modules that it imports and the files that it reads are followed there.
    pub(crate) fn effects(
        &self,
        direction: Direction,
        modules: &Modules,
        in_work_tree: bool,
    ) -> Vec<Effect> {
        let effects = |text: &Text| match text {
            Text::Decoded(source) if in_work_tree => effects_within(
                source.text(),
                direction,
                &Around::new(&WorkTree, modules, &self.path),
            ),
            Text::Decoded(source) => effects_within(source.text(), direction, &Alone),
            _ => vec![Effect::opaque(
                "the file changed while it was being read",
                TextRange::empty(0),
            )],
        };
        match self.text.get() {
            Some(text) => effects(text),
            // Not kept: all bodies of a long history need not be in memory at once.
            None => effects(&self.read_again()),
        }
    }
}
