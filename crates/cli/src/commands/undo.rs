//! `rechain undo`: takes back the last change.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use rechain_project::{How, Journal, Request, WorkTree, discover, undo};

use crate::args::UndoArguments;
use crate::exit::ExitStatus;
use crate::paths::Display;
use crate::report::diff;
use crate::request::own_directory;
use crate::ui::Ui;

pub(crate) fn run(arguments: &UndoArguments, ui: &mut Ui) -> anyhow::Result<ExitStatus> {
    let current = std::env::current_dir().context("cannot tell the current directory")?;
    let display = Display::new(current.clone(), None);
    let start = arguments
        .path
        .as_ref()
        .map_or_else(|| current.clone(), |path| current.join(path));
    let journal = match rechain_project::git_directory(&start) {
        Some(_) => Journal::locate(&start, &start)?,
        None => {
            let pointed_at = if start.is_dir() {
                start
            } else {
                start.parent().unwrap_or(&start).to_path_buf()
            };
            outside_git(arguments, &current, pointed_at)?
        }
    };
    if arguments.dry_run {
        let Some(last) = journal.latest()? else {
            anyhow::bail!("there is nothing to undo");
        };
        let styled = ui.styled;
        let mut out = ui.exact()?;
        for change in &last.inverse().changes {
            diff::write(&mut out, change, &current, styled)?;
        }
        return Ok(ExitStatus::Found);
    }
    let undone = undo(&journal)?;
    match undone.how {
        How::Already => ui.note("the files already had their old content")?,
        How::Written | How::Recovered => {
            for path in &undone.files {
                writeln!(ui.out, "restored {}", display.path(path))?;
            }
        }
    }
    Ok(ExitStatus::Success)
}

/// Without git the journal lies beside the versions directory.
fn outside_git(
    arguments: &UndoArguments,
    current: &Path,
    pointed_at: PathBuf,
) -> anyhow::Result<Journal> {
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
    let journal = Journal::locate(location, location.parent().unwrap_or(location))?;
    // Without a configuration the person pointed at the versions directory itself.
    let bare = environments
        .iter()
        .filter(|environment| environment.configuration().is_none())
        .map(own_directory);
    Ok(journal.only_within(bare.chain([pointed_at])))
}
