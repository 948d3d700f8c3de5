//! From arguments to the histories of a run.

use std::fmt;

use anyhow::Context as _;
use clap::CommandFactory as _;
use rechain_history::{ResolveError, RevIndex, resolve};
use rechain_project::git::GitError;
use rechain_project::{DiscoverError, RelativeTo, Request, WorkTree, discover, pending};
use rechain_project::{Journal, JournalError};

use crate::args::{Arguments, ProjectArguments};
use crate::code::{self, Code};
use crate::history::{History, Purpose};
use crate::paths::Display;
use crate::progress;
use crate::suggestion;
use crate::ui::Ui;

/// An error with the way on.
#[derive(Debug)]
pub(crate) struct Hinted {
    message: String,
    pub(crate) hint: String,
    pub(crate) code: Option<&'static Code>,
}

impl Hinted {
    pub(crate) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: hint.into(),
            code: None,
        }
    }

    /// The same under a code.
    pub(crate) fn under(self, code: &'static Code) -> Self {
        Self {
            code: Some(code),
            ..self
        }
    }
}

impl fmt::Display for Hinted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Hinted {}

fn current_directory() -> anyhow::Result<std::path::PathBuf> {
    crate::paths::current_directory().context("cannot tell the current directory")
}

/// How this run shows paths.
pub(crate) fn display(project: &ProjectArguments) -> anyhow::Result<Display> {
    let display = Display::new(current_directory()?, project.path.as_deref());
    Ok(display.with_options(
        &project.configuration.config,
        project.configuration.name.as_deref(),
    ))
}

/// Finds and reads every environment the arguments name.
pub(crate) fn histories(project: &ProjectArguments, ui: &mut Ui) -> anyhow::Result<Vec<History>> {
    histories_for(Purpose::default(), project, ui)
}

/// The same for a command that does more than look at the files.
pub(crate) fn histories_for(
    purpose: Purpose,
    project: &ProjectArguments,
    ui: &mut Ui,
) -> anyhow::Result<Vec<History>> {
    let display = display(project)?;
    let request = request(project, current_directory()?);
    let environments = discover(&request, &WorkTree).map_err(hinted)?;
    let mut histories = progress::during(ui, "reading the migrations", None, || {
        History::read_for(purpose, environments, &WorkTree, &display)
    })?;
    for history in &mut histories {
        history.in_work_tree = true;
    }
    for history in &histories {
        let environment = &history.environment;
        ui.detail(&format!("environment {}", environment.name))?;
        if let Some(relative_to) = &environment.relative_to {
            let what = match relative_to {
                RelativeTo::Start(_) => "where Alembic would be started",
                RelativeTo::Configuration(_) => "the configuration's directory",
                RelativeTo::Project(_) => "the project's directory",
                RelativeTo::Repository(_) => "the repository's root",
            };
            let directory = display.path(relative_to.directory());
            ui.detail(&format!("  paths are relative to {what} ({directory})"))?;
        }
        for location in history.version_locations() {
            ui.detail(&format!("  revisions in {location}"))?;
        }
        for note in &history.notes {
            ui.note(note)?;
        }
    }
    Ok(histories)
}

/// What is looked for, for a program started in `current`.
pub(crate) fn request(project: &ProjectArguments, current: std::path::PathBuf) -> Request {
    Request {
        path: project.path.clone(),
        config: project.configuration.config.clone(),
        section: project.configuration.name.clone(),
        cwd: current,
        alembic_config: std::env::var_os("ALEMBIC_CONFIG"),
    }
}

fn hinted(error: DiscoverError) -> anyhow::Error {
    if let DiscoverError::PathMissing { path } = &error
        && let Some(command) = meant_command(path)
    {
        return Hinted::new(
            error.to_string(),
            format!("did you mean `rechain {command}`?"),
        )
        .under(&code::CONFIGURATION)
        .into();
    }
    match error.hint() {
        Some(hint) => Hinted::new(error.to_string(), hint)
            .under(&code::CONFIGURATION)
            .into(),
        None => error.into(),
    }
}

/// The code of an error that ends a run.
pub(crate) fn code_of(error: &anyhow::Error) -> &'static Code {
    let found = error.chain().find_map(|cause| {
        if let Some(hinted) = cause.downcast_ref::<Hinted>() {
            return hinted.code;
        }
        let is_a = [
            (cause.is::<DiscoverError>(), &code::CONFIGURATION),
            (cause.is::<JournalError>(), &code::JOURNAL),
            (cause.is::<GitError>(), &code::GIT),
            (cause.is::<ResolveError>(), &code::UNKNOWN_REVISION),
            (cause.is::<std::io::Error>(), &code::FILES),
        ];
        is_a.into_iter()
            .find(|(is_it, _)| *is_it)
            .map(|(_, code)| code)
    });
    found.unwrap_or(&code::USAGE)
}

/// The revisions that an argument names; where it names none, the error says what may be meant.
pub(crate) fn named(history: &History, argument: &str) -> anyhow::Result<Vec<RevIndex>> {
    match resolve(&history.graph, argument) {
        Ok(found) => Ok(found),
        Err(error) => Err(with_suggestion(error, [history], argument)),
    }
}

/// The error with what may be meant in one of `histories`.
pub(crate) fn with_suggestion<'h>(
    error: ResolveError,
    histories: impl IntoIterator<Item = &'h History>,
    argument: &str,
) -> anyhow::Error {
    /// So many are named with their messages.
    const FEW: usize = 4;
    let mut histories = histories.into_iter();
    let hint = match &error {
        ResolveError::Unknown(part) => {
            let mut all = String::from("rechain log");
            let meant = histories.find_map(|history| {
                all = history.command("rechain log");
                suggestion::revision(history, part)
            });
            Some(match (meant, argument.split_once('@')) {
                (Some(meant), None) => format!("did you mean {meant}?"),
                (Some(meant), Some(_)) => format!("did you mean {meant} for `{part}`?"),
                (None, _) => format!("`{all}` lists those that are here"),
            })
        }
        ResolveError::Ambiguous {
            candidates: ids, ..
        }
        | ResolveError::MultipleHeads { heads: ids, .. }
            if ids.len() <= FEW =>
        {
            histories.next().map(|it| suggestion::titled(it, ids))
        }
        _ => None,
    };
    match hint {
        Some(hint) => Hinted::new(error.to_string(), hint)
            .under(&code::UNKNOWN_REVISION)
            .into(),
        None => error.into(),
    }
}

/// The command that a missing PATH may be a typing error for.
fn meant_command(path: &std::path::Path) -> Option<String> {
    let typed = path.file_name()?.to_str()?;
    Arguments::command()
        .get_subcommands()
        .map(|command| {
            (
                strsim::damerau_levenshtein(command.get_name(), typed),
                command.get_name(),
            )
        })
        .filter(|&(distance, _)| distance <= 2)
        .min()
        .map(|(_, name)| name.to_owned())
}

/// The journal of a run's changes.
pub(crate) fn journal(histories: &[History]) -> Result<Option<Journal>, JournalError> {
    let location = histories
        .iter()
        .flat_map(|history| &history.environment.version_locations)
        .find(|location| location.is_dir());
    let Some(location) = location else {
        return Ok(None);
    };
    let fallback = location.parent().unwrap_or(location);
    let own = histories
        .iter()
        .map(|history| own_directory(&history.environment));
    Ok(Some(Journal::locate(location, fallback)?.only_within(own)))
}

/// What a person pointed at by naming an environment: the work tree that its configuration lies in, or
/// without git the configuration's directory. What the configuration itself names may lie elsewhere, and
/// is not written then.
pub(crate) fn own_directory(environment: &rechain_project::Environment) -> std::path::PathBuf {
    // A bare versions directory has its journal beside it.
    let location = environment.version_locations.first();
    let location = location
        .and_then(|it| it.parent())
        .map(std::path::Path::to_path_buf);
    let directory = match environment.configuration() {
        Some(file) => file.parent().map(std::path::Path::to_path_buf),
        None => environment.script_location.clone().or(location),
    }
    .unwrap_or_default();
    match rechain_project::git_directory(&directory) {
        Some((work_tree, _)) => work_tree,
        None => directory,
    }
}

/// A change that was interrupted and waits to be finished or taken back.
pub(crate) fn interrupted(
    histories: &[History],
) -> Result<Option<rechain_project::Pending>, JournalError> {
    match journal(histories)? {
        Some(journal) => pending(&journal),
        None => Ok(None),
    }
}
