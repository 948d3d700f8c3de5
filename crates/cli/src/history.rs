//! An environment as read from disk: its files, their modules, and the graph they form.

use std::collections::{BTreeSet, HashMap};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use rechain_history::{
    Dialect, Dialects, Effect, Expectations, Graph, Problem, RevIndex, Revision,
};
use rechain_parser::{Direction, IdentifierName, IdentifierProblem, LARGEST_MODULE};
use rechain_planner::{DecisionId, Effects};
use rechain_project::git::ObjectId;
use rechain_project::{
    Environment, HeadFile, ListError, RevisionFile, Tree, Witness, folded, is_in_small_letters,
    read_each,
};

use crate::around::Modules;
use crate::code;
use crate::diagnostic::{Diagnostic, Label};
pub(crate) use crate::file::File;
use crate::head_files;
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
    /// Read from the work tree, not from a commit.
    pub(crate) in_work_tree: bool,
    /// The files in which the project keeps its head.
    pub(crate) head_files: Vec<HeadFile>,
    /// What the files were before they were read, where they are to be written to.
    pub(crate) witness: Option<Witness>,
    /// What the migrations import.
    pub(crate) modules: Modules,
    location_names: Vec<String>,
    argument: Option<String>,
    options: String,
    /// What `fix` was told in this run, option by option.
    pub(crate) told: Vec<String>,
    display: Display,
}

/// What the files of a run are read for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Purpose {
    /// They may be written: what changes from now on will be noticed.
    pub(crate) to_change: bool,
    /// git will be asked, and need not be for what it has and the files have too.
    pub(crate) to_ask_git: bool,
}

impl History {
    /// Reads the environments of one run. Ids that one of them declares are not dangling in another.
    pub(crate) fn read_all(
        environments: Vec<Environment>,
        tree: &dyn Tree,
        display: &Display,
    ) -> Result<Vec<Self>, ListError> {
        Self::read_for(Purpose::default(), environments, tree, display)
    }

    /// The same for some purpose.
    pub(crate) fn read_for(
        purpose: Purpose,
        environments: Vec<Environment>,
        tree: &dyn Tree,
        display: &Display,
    ) -> Result<Vec<Self>, ListError> {
        let mut read = Vec::with_capacity(environments.len());
        let mut witnesses = Vec::new();
        for environment in environments {
            let listed = environment.revision_files(tree)?;
            let is_witnessed = purpose.to_change;
            witnesses.push(is_witnessed.then(|| Witness::new(&environment, &listed)));
            let mut notes: Vec<String> = listed
                .met_twice
                .iter()
                .map(|path| format!("{} is reached twice and read once", display.path(path)))
                .collect();
            notes.extend(in_case_alone(&listed.files, display));
            notes.extend(listed.missing_locations.iter().map(|path| {
                let what = if tree.is_file(path) {
                    "is not a directory"
                } else {
                    "does not exist"
                };
                let path = display.path(path);
                format!("{path} {what}; Alembic skips it without a word")
            }));
            notes.extend(listed.not_entered.iter().map(|path| {
                format!(
                    "{} holds Python files but is not read: recursive_version_locations is not set",
                    display.path(path)
                )
            }));
            let in_git = |path: &PathBuf| tree.repository_root(path).is_some();
            let is_compared =
                purpose.to_ask_git && environment.version_locations.iter().any(in_git);
            let files = read_each(listed.files, tree, LARGEST_MODULE, |at, file, content| {
                let bytes = content.as_ref().ok().filter(|_| is_compared);
                let blob = bytes.map(|bytes| ObjectId::of_blob(bytes));
                let mut file = File::read(at, file, content, tree, display);
                file.blob = blob;
                file
            });
            let head_files = HeadFile::find(&environment, tree);
            read.push((environment, files, head_files, notes));
        }
        let names: Vec<BTreeSet<String>> = match read.as_slice() {
            // There is no other environment to tell them to.
            [_] => vec![BTreeSet::new()],
            several => several
                .iter()
                .map(|(_, files, ..)| declared_names(files))
                .collect(),
        };
        let histories =
            read.into_iter()
                .enumerate()
                .map(|(at, (environment, files, head_files, notes))| {
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
                    Self::new(environment, files, head_files, expectations, notes, display)
                });
        let mut histories: Vec<Self> = histories.collect();
        for (history, witness) in histories.iter_mut().zip(witnesses) {
            history.witness = witness;
        }
        Ok(histories)
    }

    fn new(
        environment: Environment,
        files: Vec<File>,
        head_files: Vec<HeadFile>,
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
            head_files,
            witness: None,
            modules: Modules::default(),
            location_names,
            argument: display.argument().map(str::to_owned),
            in_work_tree: false,
            options: display.options().to_owned(),
            told: Vec::new(),
            display: display.clone(),
        };
        history.diagnose();
        history
    }

    /// Judges the graph by what `other` is judged by.
    pub(crate) fn expect_as(&mut self, other: &Self) {
        self.expectations = other.expectations.clone();
        self.graph = Graph::new(revisions(&self.files), &self.expectations);
        self.argument.clone_from(&other.argument);
        self.told.clone_from(&other.told);
        self.diagnose();
    }

    fn diagnose(&mut self) {
        let mut diagnostics = Vec::new();
        for (at, file) in self.files.iter().enumerate() {
            diagnostics.extend(file.unreadable.as_deref().cloned());
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
        let is_complete = self.files.iter().all(File::is_revision);
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
        if !self.is_damaged() {
            self.diagnostics.extend(head_files::diagnostics(self));
        }
    }

    /// Whether the chain has no order that can be told: links are wrong or unknown. A dependency
    /// that another package may declare leaves the order here as it is.
    pub(crate) fn is_damaged(&self) -> bool {
        self.graph.has_computed_parents()
            || !self.files.iter().all(File::is_revision)
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

    /// The revisions that the files declare, in the order of files; the graph has the same ones.
    pub(crate) fn revisions(&self) -> Vec<Arc<Revision>> {
        self.revision_of_each_file().flatten().collect()
    }

    /// For each file the revision that it declares.
    pub(crate) fn revision_of_each_file(&self) -> impl Iterator<Item = Option<Arc<Revision>>> {
        let mut in_graph: Vec<Option<&Arc<Revision>>> = vec![None; self.files.len()];
        for revision in self.graph.revisions() {
            in_graph[revision.place.file.index()] = Some(revision);
        }
        let files = self.files.iter().enumerate().zip(in_graph);
        files.map(|((at, file), known)| match known {
            Some(revision) => Some(Arc::clone(revision)),
            // Of several files with one id the graph has the last.
            None => file.to_revision(at).map(Arc::new),
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

    /// A path as this run shows paths.
    pub(crate) fn shown(&self, path: &Path) -> String {
        self.display.path(path)
    }

    /// `command` with the path and the options this run was given, so that it can be typed as it stands. `fix` is told
    /// again what it was told, unless `command` says otherwise.
    pub(crate) fn command(&self, command: &str) -> String {
        let options = &self.options;
        let is_contradicted = |option: &str| {
            let is_of_databases =
                option.starts_with("--applied ") || option.starts_with("--not-applied ");
            let denied = option.replace("--applied ", "--not-applied ");
            (is_of_databases && command.contains("--applied none"))
                || (option == "--applied none" && command.contains("--applied "))
                || (denied != option && format!("{command} ").contains(&format!("{denied} ")))
        };
        let mut told = String::new();
        if command.starts_with("rechain fix") {
            for option in self.told.iter().filter(|it| !is_contradicted(it)) {
                told.push(' ');
                told.push_str(option);
            }
        }
        match &self.argument {
            Some(argument) => format!("{command}{told}{options} {argument}"),
            None => format!("{command}{told}{options}"),
        }
    }

    /// The command that gives one more answer.
    pub(crate) fn answering(&self, id: &DecisionId, answer: &str) -> String {
        let answer = crate::paths::quoted(&format!("{id}={answer}"));
        self.command(&format!("rechain fix --answer {answer}"))
    }

    /// The same for a command whose own arguments are revisions.
    pub(crate) fn command_on_revisions(&self, command: &str) -> String {
        let options = &self.options;
        match &self.argument {
            Some(argument) => format!("{command}{options} --project {argument}"),
            None => format!("{command}{options}"),
        }
    }

    /// Alembic's command that brings a database all the way up; `graph` is the history by then.
    pub(crate) fn upgrade(&self, graph: &Graph) -> String {
        // `head` has to be one.
        let target = if graph.heads().nth(1).is_some() {
            "heads"
        } else {
            "head"
        };
        self.alembic(&format!("upgrade {target}"))
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
                let path = crate::paths::typed(path);
                format!("flask db {command} -d {path}")
            }
            _ => format!("flask db {command}"),
        }
    }

    /// The databases the project runs on, as its settings say.
    pub(crate) fn dialects(&self) -> Dialects {
        match &self.environment.settings.dialects {
            Some(named) => Dialects::of(named.iter().map(|dialect| match dialect {
                rechain_project::Dialect::PostgreSql => Dialect::PostgreSql,
                rechain_project::Dialect::Sqlite => Dialect::Sqlite,
                rechain_project::Dialect::MySql | rechain_project::Dialect::MariaDb => {
                    Dialect::MySql
                }
                rechain_project::Dialect::MsSql => Dialect::MsSql,
                rechain_project::Dialect::Oracle => Dialect::Oracle,
            })),
            None => Dialects::default(),
        }
    }

    /// The effects of one revision's `upgrade()`.
    pub(crate) fn effects_of(&self, revision: RevIndex) -> Vec<Effect> {
        self.effects_in(Direction::Upgrade, revision)
    }

    /// The effects of one revision's `upgrade()` or `downgrade()`.
    pub(crate) fn effects_in(&self, direction: Direction, revision: RevIndex) -> Vec<Effect> {
        self.file_of(revision)
            .effects(direction, &self.modules, self.in_work_tree)
    }

    /// The effects of some revisions' `upgrade()`.
    pub(crate) fn effects(&self, revisions: impl IntoIterator<Item = RevIndex>) -> Effects {
        /// Below this number of bodies, starting threads costs more than it saves.
        const WORTH_THREADS: usize = 8;
        let revisions: Vec<RevIndex> = revisions.into_iter().collect();
        let effects = |index: RevIndex| {
            let effects = self.effects_of(index);
            crate::progress::step();
            (index, effects)
        };
        if revisions.len() > WORTH_THREADS {
            revisions.into_par_iter().map(effects).collect()
        } else {
            revisions.into_iter().map(effects).collect()
        }
    }
}

/// Files whose names differ in case alone: a checkout where case does not count has one of them.
fn in_case_alone(files: &[RevisionFile], display: &Display) -> Vec<String> {
    if files.iter().all(|file| is_in_small_letters(&file.path)) {
        return Vec::new();
    }
    // Paths as they are compared part by part, which takes longer than all else that is done with them.
    let mut seen: HashMap<OsString, &Path> = HashMap::with_capacity(files.len());
    let mut notes = Vec::new();
    for file in files {
        let path = file.path.as_path();
        let Some(key) = folded(path) else { continue };
        let other = seen.insert(key.into_os_string(), path);
        if let Some(other) = other.filter(|it| *it != path) {
            notes.push(format!(
                "{} and {} differ in case alone: where case does not count, a checkout has one of them",
                display.path(other),
                display.path(path)
            ));
        }
    }
    notes
}

/// The revisions that `files` declare, in load order.
fn revisions(files: &[File]) -> Vec<Revision> {
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
        &IdentifierProblem::Computed { name, range } => {
            if is_from_git_revisions(file.text(), range) {
                return Ok(Diagnostic::new(
                    &code::COMPUTED_IDENTIFIER,
                    format!("the value of {name} is computed by alembic-git-revisions, from git's history"),
                )
                .with_primary(label("known only when the module runs"))
                .with_help("rechain does not re-chain such files: the package orders them by itself")
                .with_help("to hand them to rechain, write what it computes as a literal"));
            }
            Diagnostic::new(
                &code::COMPUTED_IDENTIFIER,
                format!("the value of {name} is computed when the module runs"),
            )
            .with_primary(label("not a literal"))
            .with_help("write the value as a literal")
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

/// Whether a value is `get_down_revision(...)` of the package alembic-git-revisions, under whatever
/// module name the project has it (some keep a copy).
fn is_from_git_revisions(text: &str, range: rechain_history::TextRange) -> bool {
    let value = range.of(text);
    let called = value.split('(').next().unwrap_or_default();
    let function = called.rsplit('.').next().unwrap_or_default().trim();
    value.contains('(') && function == "get_down_revision"
}
