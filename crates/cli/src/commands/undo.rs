//! `rechain undo`: takes back the last change.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use rechain_history::{Graph, RevisionId};
use rechain_planner::Publication;
use rechain_project::git::{CommitTree, Repository};
use rechain_project::{
    Change, ChangeSet, How, Journal, Request, Tree as _, UndoError, WorkTree, discover, undo,
};

use crate::args::{ProjectArguments, UndoArguments};
use crate::exit::ExitStatus;
use crate::history::History;
use crate::paths::Display;
use crate::publication::known;
use crate::report::diff;
use crate::report::publication_text::listed;
use crate::request;
use crate::ui::Ui;
use crate::verify::after;

pub(crate) fn run(arguments: &UndoArguments, ui: &mut Ui) -> anyhow::Result<ExitStatus> {
    let current = crate::paths::current_directory().context("cannot tell the current directory")?;
    let display = Display::new(current.clone(), None);
    let start = arguments
        .path
        .as_ref()
        .map_or_else(|| current.clone(), |path| current.join(path));
    let journal = match rechain_project::git_directory(&start) {
        Some(_) => Journal::locate(&start, &start)?,
        None => outside_git(arguments, &current)?,
    };
    let last = journal.latest()?;
    if let Some(last) = &last
        && !may_be_undone(arguments, last, ui)?
    {
        return Ok(ExitStatus::Undecided);
    }
    if arguments.dry_run {
        let Some(last) = last else {
            anyhow::bail!("nothing to undo");
        };
        let styled = ui.styled;
        let mut out = ui.exact()?;
        for change in &last.inverse().changes {
            diff::write(&mut out, change, &current, styled)?;
        }
        return Ok(ExitStatus::Found);
    }
    // Whether it is in a commit is looked at before the files change.
    let is_committed = last.as_ref().is_some_and(|last| is_committed(last, &start));
    let undone = match undo(&journal) {
        Err(UndoError::Changed { command, paths }) => {
            return nothing_restored(&command, &paths, last.as_ref(), &display, ui);
        }
        undone => undone?,
    };
    match undone.how {
        How::Already => ui.note("the files already had their old content")?,
        How::Written | How::Recovered => {
            for path in &undone.files {
                writeln!(ui.out, "restored {}", display.path(path))?;
            }
            if is_committed && undone.how == How::Written {
                ui.note("the change is in a commit already, so this is one for the next")?;
            }
        }
    }
    Ok(ExitStatus::Success)
}

/// Somebody has written to files of the change since: all of it stays.
fn nothing_restored(
    command: &str,
    paths: &[PathBuf],
    last: Option<&ChangeSet>,
    display: &Display,
    ui: &mut Ui,
) -> anyhow::Result<ExitStatus> {
    ui.problem(
        &crate::code::CHANGED_SINCE,
        &format!("nothing was restored: `rechain {command}` wrote files that changed since"),
    )?;
    for change in last.iter().flat_map(|last| &last.changes) {
        let has_changed = paths.contains(&change.path);
        let what = if has_changed {
            "changed since"
        } else {
            "as it was written"
        };
        writeln!(ui.err, "  {}: {what}", display.path(&change.path))?;
    }
    ui.hint("`rechain undo --dry-run` shows what would have been taken back")?;
    ui.hint("put those files back as they were written (`git diff`, `git checkout`), then undo")?;
    Ok(ExitStatus::Failure)
}

/// Whether taking `last` back leaves what lies below every published revision as it is. Where not, says so.
///
/// A directory in which no environment is found, or whose chain is damaged, has nothing that could be
/// compared.
fn may_be_undone(arguments: &UndoArguments, last: &ChangeSet, ui: &mut Ui) -> anyhow::Result<bool> {
    let project = ProjectArguments {
        path: arguments.path.clone(),
        ..ProjectArguments::default()
    };
    let Ok(histories) = request::histories(&project, ui) else {
        return Ok(true);
    };
    let inverse = last.inverse();
    for history in histories.iter().filter(|it| !it.is_damaged()) {
        let concerns = inverse.changes.iter().any(|change| is_of(history, change));
        if !concerns {
            continue;
        }
        let Ok(found) = after(history, &inverse.changes) else {
            continue;
        };
        let revisions = found.into_iter().map(|(revision, _)| revision).collect();
        let new = history.graph.changed_to(revisions, &history.expectations);
        // What undoing a repair brings back is damaged: Alembic runs nothing on it.
        if new.is_damaged() || new.has_computed_parents() {
            continue;
        }
        let known = known(&arguments.publication, history)?;
        let moved = changed_below(history, &known.publication, &new);
        if moved.is_empty() {
            continue;
        }
        let (are, they) = if moved.len() == 1 {
            ("is", "it")
        } else {
            ("are", "them")
        };
        ui.problem(&crate::code::REFUSED, &format!(
            "{} {are} published, and undoing `rechain {}` would change what lies below {they}; nothing was \
             restored",
            listed(&moved),
            last.command
        ))?;
        ui.note("a database that has run it would skip revisions, or run them again")?;
        ui.hint("if no database has it after all: `rechain undo --applied none`")?;
        return Ok(false);
    }
    Ok(true)
}

/// Published revisions that would lie above other revisions than now, and not as they were ever deployed.
fn changed_below(history: &History, publication: &Publication, new: &Graph) -> Vec<RevisionId> {
    let Publication::Known(published) = publication else {
        return Vec::new();
    };
    let old = &history.graph;
    let below = |graph: &Graph, id: &str| -> Option<Vec<RevisionId>> {
        let set = graph.ancestors_with([graph.index(id)?]);
        let mut ids: Vec<RevisionId> = graph.members(&set).map(|it| graph[it].id.clone()).collect();
        ids.sort();
        Some(ids)
    };
    // What was deployed is remembered by position, so these must be the same.
    let ids = |graph: &Graph| -> Vec<RevisionId> {
        graph.revisions().iter().map(|it| it.id.clone()).collect()
    };
    let is_comparable = ids(old) == ids(new);
    old.indices()
        .map(|index| &old[index].id)
        .filter(|id| published.contains(id))
        .filter(|id| {
            let was_deployed_so = new
                .index(id.as_str())
                .is_some_and(|now| is_comparable && published.was_deployed_as(new, now));
            !was_deployed_so && below(old, id.as_str()) != below(new, id.as_str())
        })
        .cloned()
        .collect()
}

fn is_of(history: &History, change: &Change) -> bool {
    let locations = &history.environment.version_locations;
    history.files.iter().any(|file| file.path == change.path)
        || locations.iter().any(|location| {
            let resolved = WorkTree.resolve(location);
            resolved.is_ok_and(|it| change.path.starts_with(it))
        })
}

/// Whether the commit that is checked out has every file as the change left it.
fn is_committed(last: &ChangeSet, start: &Path) -> bool {
    let Ok(Some(repository)) = Repository::open(start) else {
        return false;
    };
    let Ok(Some(head)) = repository.commit("HEAD") else {
        return false;
    };
    let tree = CommitTree::new(&repository, &head);
    last.changes.iter().all(|change| match &change.after {
        Some(content) => tree.read(&change.path).is_ok_and(|it| it == *content),
        None => !tree.is_file(&change.path),
    })
}

/// Without git the journal lies beside the versions directory.
fn outside_git(arguments: &UndoArguments, current: &std::path::Path) -> anyhow::Result<Journal> {
    let request = Request {
        path: arguments.path.clone(),
        config: Vec::new(),
        section: None,
        cwd: current.to_owned(),
        alembic_config: std::env::var_os("ALEMBIC_CONFIG"),
    };
    let environments = discover(&request, &WorkTree)?;
    let location = environments
        .iter()
        .flat_map(|environment| &environment.version_locations)
        .find(|location| location.is_dir())
        .context("there is no versions directory, so there is nothing to undo")?;
    let own = environments.iter().map(request::own_directory);
    let journal = Journal::locate(location, location.parent().unwrap_or(location))?;
    Ok(journal.only_within(own))
}
