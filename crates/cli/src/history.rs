//! An environment as read from disk: its files, their modules, and the graph they form.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rechain_history::{Effect, Expectations, FileId, Graph, Problem, RevIndex, TextRange};
use rechain_parser::{
    IdentifierName, IdentifierProblem, Module, Source, read_module, upgrade_effects,
};
use rechain_planner::Effects;
use rechain_project::{Environment, ListError, RevisionFileKind, Tree, read_all};

use crate::code;
use crate::diagnostic::{Diagnostic, Label};
use crate::paths::Display;

/// One environment and everything read of it.
pub(crate) struct History {
    pub(crate) environment: Environment,
    pub(crate) files: Vec<File>,
    pub(crate) graph: Graph,
    pub(crate) expectations: Expectations,
    /// Problems, in the order of files, then those of the graph.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// What is worth knowing but wrong with nothing.
    pub(crate) notes: Vec<String>,
    location_names: Vec<String>,
    argument: Option<String>,
    options: String,
}

/// One revision file.
pub(crate) struct File {
    /// Where it lies, links resolved.
    pub(crate) path: PathBuf,
    /// How it is shown.
    pub(crate) name: String,
    /// Its text; `None` where it could not be decoded.
    pub(crate) source: Option<Source>,
    pub(crate) module: Option<Module>,
    /// What is shown of a file that could not be decoded.
    undecoded: String,
    unreadable: Option<Diagnostic>,
}

impl History {
    /// Reads the environments of one run. Ids that one of them declares are not dangling in another.
    pub(crate) fn read_all(
        environments: Vec<Environment>,
        tree: &dyn Tree,
        display: &Display,
    ) -> Result<Vec<Self>, ListError> {
        let mut read = Vec::with_capacity(environments.len());
        for environment in environments {
            let listed = environment.revision_files(tree)?;
            let mut notes: Vec<String> = listed
                .met_twice
                .iter()
                .map(|path| format!("{} is reached twice and read once", display.path(path)))
                .collect();
            notes.extend(listed.missing_locations.iter().map(|path| {
                format!(
                    "{} does not exist; Alembic skips it without a word",
                    display.path(path)
                )
            }));
            notes.extend(listed.not_entered.iter().map(|path| {
                format!(
                    "{} holds Python files but is not read: recursive_version_locations is not set",
                    display.path(path)
                )
            }));
            let contents = read_all(&listed.files, tree);
            let files: Vec<File> = listed
                .files
                .par_iter()
                .zip(contents)
                .enumerate()
                .map(|(at, (file, content))| File::read(at, file, content, display))
                .collect();
            read.push((environment, files, notes));
        }
        let names: Vec<BTreeSet<String>> = read
            .iter()
            .map(|(_, files, _)| declared_names(files))
            .collect();
        let histories = read
            .into_iter()
            .enumerate()
            .map(|(at, (environment, files, notes))| {
                let elsewhere = names
                    .iter()
                    .enumerate()
                    .filter(|&(other, _)| other != at)
                    .flat_map(|(_, names)| names.iter().cloned())
                    .collect();
                let expectations = Expectations {
                    elsewhere,
                    roots: environment.settings.roots,
                };
                Self::new(environment, files, expectations, notes, display)
            });
        Ok(histories.collect())
    }

    fn new(
        environment: Environment,
        files: Vec<File>,
        expectations: Expectations,
        notes: Vec<String>,
        display: &Display,
    ) -> Self {
        let graph = Graph::new(revisions(&files), &expectations);
        let location_names = environment
            .version_locations
            .iter()
            .map(|path| display.path(path))
            .collect();
        let mut history = Self {
            environment,
            files,
            graph,
            expectations,
            diagnostics: Vec::new(),
            notes,
            location_names,
            argument: display.argument().map(str::to_owned),
            options: display.options().to_owned(),
        };
        history.diagnose();
        history
    }

    fn diagnose(&mut self) {
        let mut diagnostics = Vec::new();
        for (at, file) in self.files.iter().enumerate() {
            diagnostics.extend(file.unreadable.clone());
            let problems = file.module.iter().flat_map(|module| &module.problems);
            // A file without either name is one problem: it is no revision at all.
            let mut is_missing = false;
            for problem in problems {
                if matches!(problem, IdentifierProblem::Missing { .. })
                    && std::mem::replace(&mut is_missing, true)
                {
                    continue;
                }
                match identifier_diagnostic(at, file, problem) {
                    Ok(diagnostic) => diagnostics.push(diagnostic),
                    Err(note) => self.notes.push(note),
                }
            }
            if let Some(error) = file
                .module
                .as_ref()
                .and_then(|it| it.unreadable_body.as_ref())
            {
                let at = rechain_project::Position::of(file.text(), error.offset);
                self.notes.push(format!(
                    "{}:{}:{}: only the identifiers were read, the rest is not understood: {error}",
                    file.name, at.line, at.column
                ));
            }
        }
        // With files missing from the graph, parents seem missing and heads seem many.
        let is_complete = !self.files.iter().any(|file| file.to_revision(0).is_none());
        for problem in self.graph.problems() {
            let is_artefact = matches!(
                problem,
                Problem::EmptyHistory
                    | Problem::MultipleHeads { .. }
                    | Problem::SecondRoot { .. }
                    | Problem::MissingParent { .. }
            );
            if is_complete || !is_artefact {
                diagnostics.push(Diagnostic::of_problem(problem, &self.graph, self));
            }
        }
        self.diagnostics = diagnostics;
    }

    /// Whether the chain has no order that can be told: links are wrong or unknown. A dependency
    /// that another package may declare leaves the order here as it is.
    pub(crate) fn is_damaged(&self) -> bool {
        self.graph.has_computed_parents()
            || self.files.iter().any(|file| file.to_revision(0).is_none())
            || self.graph.problems().iter().any(|problem| {
                problem.is_damage() && !matches!(problem, Problem::MissingDependency { .. })
            })
    }

    /// Whether something is wrong that moving heads does not repair: which root or parent was meant
    /// is for a person to say.
    pub(crate) fn needs_a_person(&self) -> bool {
        self.is_damaged()
            || self.graph.problems().iter().any(|problem| {
                matches!(
                    problem,
                    Problem::SecondRoot { .. } | Problem::RedundantParent { .. }
                )
            })
    }

    /// Whether there is nothing to work on.
    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    pub(crate) fn version_locations(&self) -> impl Iterator<Item = &str> {
        self.location_names.iter().map(String::as_str)
    }

    /// The base name of a file.
    pub(crate) fn file_name(&self, file: usize) -> &str {
        self.files[file].name.rsplit('/').next().unwrap_or_default()
    }

    /// The file of a revision.
    pub(crate) fn file_of(&self, index: RevIndex) -> &File {
        &self.files[self.graph[index].place.file.index()]
    }

    /// `command` with the path and the options this run was given, so that it can be typed as it stands.
    pub(crate) fn command(&self, command: &str) -> String {
        let options = &self.options;
        match &self.argument {
            Some(argument) => format!("{command}{options} {argument}"),
            None => format!("{command}{options}"),
        }
    }

    /// A command of Alembic as this project's people type it.
    pub(crate) fn alembic(&self, command: &str) -> String {
        if !self.environment.is_flask_migrate() {
            return format!("alembic{} {command}", self.options);
        }
        // `-c` has no counterpart there; the directory has.
        let directory = self.environment.script_location.as_deref();
        let name = directory.and_then(Path::file_name);
        match directory {
            Some(path) if name.is_none_or(|name| name != "migrations") => {
                let path = crate::paths::quoted(&path.to_string_lossy());
                format!("flask db {command} -d {path}")
            }
            _ => format!("flask db {command}"),
        }
    }

    /// The effects of some revisions' `upgrade()`.
    pub(crate) fn effects(&self, revisions: impl IntoIterator<Item = RevIndex>) -> Effects {
        let revisions: Vec<RevIndex> = revisions.into_iter().collect();
        revisions
            .into_par_iter()
            .map(|index| (index, self.file_of(index).effects()))
            .collect()
    }
}

/// The revisions that `files` declare, in load order.
pub(crate) fn revisions(files: &[File]) -> Vec<rechain_history::Revision> {
    files
        .iter()
        .enumerate()
        .filter_map(|(at, file)| file.to_revision(at))
        .collect()
}

fn declared_names(files: &[File]) -> BTreeSet<String> {
    files
        .iter()
        .filter_map(|file| file.module.as_ref())
        .flat_map(|module| {
            let labels = module.branch_labels.iter().filter_map(|label| label.name());
            let id = module.revision.iter().map(|(id, _)| id.as_str());
            id.chain(labels).map(str::to_owned)
        })
        .collect()
}

impl File {
    fn read(
        at: usize,
        file: &rechain_project::RevisionFile,
        content: std::io::Result<Vec<u8>>,
        display: &Display,
    ) -> Self {
        let mut result = Self {
            path: file.resolved.clone(),
            name: display.path(&file.path),
            source: None,
            module: None,
            undecoded: String::new(),
            unreadable: None,
        };
        if file.kind == RevisionFileKind::Bytecode {
            result.unreadable = Some(
                Diagnostic::new(
                    &code::BYTECODE_ONLY,
                    format!("{} is bytecode alone", result.name),
                )
                .with_help("bring its .py file back"),
            );
            return result;
        }
        let bytes = match content {
            Ok(bytes) => bytes,
            Err(error) => {
                let message = format!("cannot read {}: {error}", result.name);
                result.unreadable = Some(Diagnostic::new(&code::UNREADABLE_FILE, message));
                return result;
            }
        };
        result.parse(at, &bytes, &file.resolved);
        result
    }

    fn parse(&mut self, at: usize, bytes: &[u8], path: &Path) {
        let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let source = match Source::decode(bytes.to_vec()) {
            Ok(source) => source,
            Err(error) => {
                // Shown as if it were UTF-8.
                let offset = lossy(&bytes[..error.offset().min(bytes.len())]).len();
                let text = lossy(bytes);
                let offset = (0..=offset.min(text.len()))
                    .rev()
                    .find(|&it| text.is_char_boundary(it))
                    .unwrap_or(0);
                self.unreadable = Some(
                    Diagnostic::new(&code::UNREADABLE_FILE, format!("{}: {error}", self.name))
                        .with_primary(Label::new(at, TextRange::empty(offset), error.to_string()))
                        .with_help("save it as UTF-8, or declare its encoding (PEP 263)"),
                );
                self.undecoded = text;
                return;
            }
        };
        let file_name = path
            .file_name()
            .map(|name| name.to_string_lossy())
            .unwrap_or_default();
        match read_module(source.text(), &file_name) {
            Ok(module) => self.module = Some(module),
            Err(error) => {
                let has_markers = source
                    .text()
                    .lines()
                    .any(|line| line.starts_with("<<<<<<< "));
                let diagnostic = Diagnostic::new(
                    &code::UNREADABLE_FILE,
                    format!("{} is not valid Python", self.name),
                )
                .with_primary(Label::new(
                    at,
                    TextRange::empty(error.offset),
                    error.message,
                ));
                self.unreadable = Some(if has_markers {
                    diagnostic.with_help("resolve git's conflict markers in it first")
                } else {
                    diagnostic.with_help("Python must be able to load it, or Alembic fails too")
                });
            }
        }
        self.source = Some(source);
    }

    pub(crate) fn to_revision(&self, at: usize) -> Option<rechain_history::Revision> {
        let file = FileId(u32::try_from(at).expect("fewer than 2^32 files"));
        self.module.as_ref()?.to_revision(file)
    }

    pub(crate) fn text(&self) -> &str {
        self.source
            .as_ref()
            .map_or(&self.undecoded, |source| source.text())
    }

    pub(crate) fn effects(&self) -> Vec<Effect> {
        upgrade_effects(self.text())
    }
}

/// A problem of an identifier in words; `Err` where it is only worth a note.
fn identifier_diagnostic(
    at: usize,
    file: &File,
    problem: &IdentifierProblem,
) -> Result<Diagnostic, String> {
    let label = |text: &str| Label::new(at, problem.range(), text);
    Ok(match problem {
        IdentifierProblem::Missing { name } => Diagnostic::new(
            &code::MISSING_IDENTIFIER,
            format!("{} does not assign {name}", file.name),
        )
        .with_primary(label("Alembic loads this file as a revision"))
        .with_help("move it out of the versions directory, or complete it"),
        IdentifierProblem::Computed {
            name: name @ (IdentifierName::DependsOn | IdentifierName::BranchLabels),
            ..
        } => {
            return Err(format!(
                "{}: {name} is computed when the module runs, so it is not known",
                file.name
            ));
        }
        IdentifierProblem::Computed { name, range } => {
            let by_git = range.of(file.text()).contains("get_down_revision");
            let diagnostic = Diagnostic::new(
                &code::COMPUTED_IDENTIFIER,
                format!("the value of {name} is computed when the module runs"),
            )
            .with_primary(label("not a literal"));
            if by_git {
                diagnostic.with_help("alembic-git-revisions computes it from git; rechain does not re-chain such files")
            } else {
                diagnostic.with_help("write the value as a literal")
            }
        }
        IdentifierProblem::WrongType {
            name,
            expected,
            found,
            ..
        } => Diagnostic::new(
            &code::WRONG_TYPE,
            format!("{name} must be {expected}, not {found}"),
        )
        .with_primary(label("Alembic does not take this")),
    })
}
