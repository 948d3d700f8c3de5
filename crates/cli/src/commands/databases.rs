//! `rechain databases`: what databases need before and after a change.

use std::collections::BTreeSet;
use std::io::Read as _;

use anyhow::{Context as _, bail};
use rechain_history::{Action, Effect, RevIndex, RevisionId, resolve};
use rechain_parser::Direction;
use rechain_planner::{Databases, EffectsById, Standing};
use serde_json::json;

use crate::args::{DatabasesArguments, Format};
use crate::earlier::Earlier;
use crate::exit::ExitStatus;
use crate::history::History;
use crate::report::{databases_json, databases_text, json};
use crate::request::{self, Hinted};
use crate::rows;
use crate::suggestion;
use crate::ui::{TITLE, Ui};

pub(crate) fn run(arguments: &DatabasesArguments, ui: &mut Ui) -> anyhow::Result<ExitStatus> {
    let project = arguments.project.to_arguments();
    let histories = request::histories(&project, ui)?;
    let display = request::display(&project)?;
    let earlier = Earlier::of(&histories, arguments.since.as_deref(), &display)?;
    let rows = match arguments.rows.as_slice() {
        [] => None,
        [dash] if dash == "-" => {
            let mut text = String::new();
            std::io::stdin()
                .read_to_string(&mut text)
                .context("cannot read the rows from standard input")?;
            Some(rows::parse(&text))
        }
        rows => Some(rows::parse(&rows.join("\n"))),
    };
    let pairs: Vec<(&History, &History)> = earlier.histories.iter().zip(&histories).collect();
    for (then, now) in &pairs {
        for (history, which) in [(*then, earlier.shown.as_str()), (*now, "the work tree")] {
            if history.is_damaged() {
                let name = &history.environment.name;
                return Err(Hinted::new(
                    format!("the history of {name} is damaged: {which}"),
                    format!("`{}` says what is wrong", history.command("rechain check")),
                )
                .into());
            }
        }
    }
    let concerned = match &rows {
        Some(rows) => vec![the_one(&pairs, rows)?],
        None => pairs,
    };
    let mut documents = Vec::new();
    let mut status = ExitStatus::Success;
    if arguments.format == Format::Text && !ui.quiet {
        writeln!(ui.err, "before: {}; after: the work tree", earlier.shown)?;
    }
    for (then, now) in &concerned {
        let databases = Databases::new(&then.graph, &now.graph).on(now.dialects());
        let states = match &rows {
            Some(rows) => vec![in_full(then, now, rows)?],
            None => databases.states(),
        };
        let standings: Vec<Standing> = states
            .iter()
            .map(|rows| {
                let effects = effects(then, now, &databases, rows);
                without_dead_ends(then, now, databases.standing(rows, &effects))
            })
            .collect();
        not_here(then, now, rows.as_deref().unwrap_or_default(), ui)?;
        if rows.is_some() && standings.iter().any(|it| !it.troubles.is_empty()) {
            status = ExitStatus::Found;
        }
        match arguments.format {
            Format::Json => documents.push(databases_json::environment(now, &standings)),
            Format::Text => {
                if concerned.len() > 1 {
                    writeln!(ui.out, "{TITLE}{}{TITLE:#}", now.environment.name)?;
                }
                if rows.is_some() || arguments.full {
                    for standing in &standings {
                        databases_text::standing(now, standing, ui)?;
                    }
                } else {
                    databases_text::table(&standings, None, &mut ui.out)?;
                    if standings.iter().any(|it| !it.troubles.is_empty()) {
                        ui.hint("`rechain databases REV...` with the rows of one, or `--full`: what to run there")?;
                    }
                }
            }
        }
    }
    if arguments.format == Format::Json {
        let document = json!({
            "version": json::VERSION,
            "command": "databases",
            "exit_status": status.code(),
            "before": earlier.shown,
            "environments": documents,
        });
        writeln!(ui.out, "{document:#}")?;
    }
    Ok(status)
}

/// Rows that no revision has, before or afterwards, may be typed wrong.
fn not_here(then: &History, now: &History, rows: &[RevisionId], ui: &mut Ui) -> anyhow::Result<()> {
    for row in rows {
        let is_known = [then, now]
            .iter()
            .any(|it| resolve(&it.graph, row.as_str()).is_ok());
        let meant = [now, then]
            .into_iter()
            .find_map(|it| suggestion::revision(it, row.as_str()));
        if let Some(meant) = meant.filter(|_| !is_known) {
            ui.hint(&format!(
                "no revision has the id {row}: did you mean {meant}?"
            ))?;
        }
    }
    Ok(())
}

/// The effects that are asked for, read from the files as they are, or as they were where they are gone.
fn effects(
    then: &History,
    now: &History,
    databases: &Databases<'_>,
    rows: &[RevisionId],
) -> EffectsById {
    let needs = databases.needs(rows);
    let of = |history: &History, index: RevIndex| history.effects_of(index);
    needs
        .into_iter()
        .filter_map(|id| {
            let effects = match now.graph.index(id.as_str()) {
                Some(index) => of(now, index),
                None => of(then, then.graph.index(id.as_str())?),
            };
            Some((id, effects))
        })
        .collect()
}

/// Leaves out the recipes that undo what has no way back: `downgrade()` does nothing where `upgrade()` does
/// something, so that it could not run again.
fn without_dead_ends(then: &History, now: &History, mut standing: Standing) -> Standing {
    let changes = |effects: Vec<Effect>| {
        effects.iter().any(|effect| {
            let known = effect.known();
            known.is_none_or(|(action, _)| !matches!(action, Action::Require | Action::ReadRows))
        })
    };
    let is_dead_end = |id: &RevisionId| {
        let found = [then, now]
            .into_iter()
            .find_map(|history| Some((history, history.graph.index(id.as_str())?)));
        found.is_some_and(|(history, index)| {
            let changes_in = |direction| changes(history.effects_in(direction, index));
            changes_in(Direction::Upgrade) && !changes_in(Direction::Downgrade)
        })
    };
    standing
        .recipes
        .retain(|recipe| !recipe.undoes.iter().any(is_dead_end));
    standing
}

/// The environment whose database has these rows.
fn the_one<'p>(
    pairs: &[(&'p History, &'p History)],
    rows: &[RevisionId],
) -> anyhow::Result<(&'p History, &'p History)> {
    if let [one] = pairs {
        return Ok(*one);
    }
    let has = |(then, now): &(&History, &History)| {
        rows.iter().all(|row| {
            resolve(&then.graph, row.as_str()).is_ok() || resolve(&now.graph, row.as_str()).is_ok()
        })
    };
    let found: Vec<_> = pairs.iter().filter(|pair| has(pair)).collect();
    match found.as_slice() {
        [one] => Ok(**one),
        _ => {
            let names: Vec<&str> = pairs
                .iter()
                .map(|(_, now)| now.environment.name.as_str())
                .collect();
            Err(Hinted::new(
                format!("whose rows are these? There are {}", names.join(", ")),
                "`--project PATH` names one of them, `-n SECTION` a section of an ini",
            )
            .into())
        }
    }
}

/// Full ids for what a person abbreviated. What nothing has stays as it is: a row may be of a revision
/// that is gone.
fn in_full(then: &History, now: &History, rows: &[RevisionId]) -> anyhow::Result<Vec<RevisionId>> {
    let mut full = BTreeSet::new();
    let mut ordered = Vec::new();
    for row in rows {
        let is_known = |history: &&History| history.graph.index(row.as_str()).is_some();
        let ids: Vec<RevisionId> = if [then, now].iter().any(is_known) {
            vec![row.clone()]
        } else {
            let resolved = [then, now]
                .into_iter()
                .find_map(|it| Some((it, resolve(&it.graph, row.as_str()).ok()?)));
            match resolved {
                Some((history, found)) => found
                    .into_iter()
                    .map(|index| history.graph[index].id.clone())
                    .collect(),
                None if row.as_str().contains('@') => bail!("no revision is identified by '{row}'"),
                None => vec![row.clone()],
            }
        };
        for id in ids {
            if full.insert(id.clone()) {
                ordered.push(id);
            }
        }
    }
    Ok(ordered)
}
