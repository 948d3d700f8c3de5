//! Databases under a change, for people.

use std::io::{self, Write};

use rechain_history::RevisionId;
use rechain_planner::{Recipe, Standing, Trouble, Way};

use crate::history::History;
use crate::report::publication_text::listed;
use crate::terminal::line::wrapped;
use crate::ui::{TITLE, Ui};

/// One database, with what to run there.
pub(crate) fn standing(history: &History, standing: &Standing, ui: &mut Ui) -> io::Result<()> {
    let out = &mut ui.out;
    let at = place(&standing.rows);
    if standing.troubles.is_empty() {
        let next = match standing.pending.as_slice() {
            [] => "nothing is left to run".to_owned(),
            pending => format!(
                "`{}` runs {}",
                history.upgrade(&history.graph),
                all(pending)
            ),
        };
        return writeln!(out, "a database {at} is right: {next}");
    }
    for trouble in &standing.troubles {
        writeln!(out, "a database {at} {}", words(trouble))?;
    }
    let keeps = standing.recipes.iter().any(|it| it.way == Way::KeepData);
    if !keeps && let Some((earlier, later)) = standing.doubts.first() {
        let more = match standing.doubts.len() {
            1 => String::new(),
            count => format!(", and {} more pairs", count - 1),
        };
        writeln!(
            out,
            "  its data cannot be kept as it is: it is not shown that {earlier} may run after {later}{more}"
        )?;
    }
    for recipe in &standing.recipes {
        print(history, recipe, out)?;
    }
    if standing.recipes.is_empty() {
        writeln!(
            out,
            "  no commands of Alembic are known to put it right: the order of migrations would matter, their downgrade() \
             does nothing, or the files it was migrated with are needed (`--since REF`)"
        )?;
    }
    Ok(())
}

fn print(history: &History, recipe: &Recipe, out: &mut dyn Write) -> io::Result<()> {
    let whose = if recipe.undoes.len() == 1 {
        "its"
    } else {
        "their"
    };
    let lost = format!("{} ({whose} data is lost)", all(&recipe.undoes));
    let title = match recipe.way {
        Way::KeepData => "with its data kept, once the new files are there".to_owned(),
        Way::RedoBefore => format!("by undoing {lost}, before the new files are there"),
        Way::RedoAfter => format!("by undoing {lost}, once the new files are there"),
    };
    writeln!(out, "  {title}:")?;
    for command in &recipe.before {
        writeln!(out, "    {}", history.alembic(&command.to_string()))?;
    }
    if !recipe.before.is_empty() {
        writeln!(out, "  and once they are:")?;
    }
    for command in &recipe.after {
        writeln!(out, "    {}", history.alembic(&command.to_string()))?;
    }
    Ok(())
}

/// Less than this is no column to wrap words in.
const MEAGRE: usize = 24;

/// A line for each kind of database: states that fare alike are put together. `columns`: of the terminal that it is
/// for, if it is for one.
pub(crate) fn table(
    standings: &[Standing],
    columns: Option<usize>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut groups: Vec<(String, Vec<&Standing>)> = Vec::new();
    for standing in standings {
        let fate = fate(standing);
        match groups.iter_mut().find(|(known, _)| *known == fate) {
            Some((_, members)) => members.push(standing),
            None => groups.push((fate, vec![standing])),
        }
    }
    let lines: Vec<(String, String)> = groups
        .into_iter()
        .map(|(fate, members)| {
            let states: Vec<String> = members.iter().map(|it| short_place(&it.rows)).collect();
            (states.join(", "), fate)
        })
        .collect();
    let width = lines.iter().map(|(states, _)| states.chars().count()).max();
    let width = width.unwrap_or_default().max("database at".len());
    writeln!(
        out,
        "{TITLE}{:<width$}{TITLE:#}  after the change",
        "database at"
    )?;
    for (states, fate) in lines {
        let line = format!("{states:<width$}  {fate}");
        // On a terminal a fate that does not fit goes on below itself.
        match columns {
            Some(columns) if columns > width + MEAGRE => {
                let fate = wrapped(&fate, columns - width - 2, 0);
                for (row, fate) in fate.iter().enumerate() {
                    let states = if row == 0 { states.as_str() } else { "" };
                    writeln!(out, "{states:<width$}  {fate}")?;
                }
            }
            _ => writeln!(out, "{line}")?,
        }
    }
    Ok(())
}

/// What becomes of a database, in a few words.
pub(crate) fn fate(standing: &Standing) -> String {
    if standing.troubles.is_empty() {
        return "right".to_owned();
    }
    let troubles: Vec<String> = standing.troubles.iter().map(words).collect();
    troubles.join("; ")
}

fn words(trouble: &Trouble) -> String {
    match trouble {
        Trouble::CannotLocate(row) => {
            format!("is refused: \"Can't locate revision identified by '{row}'\"")
        }
        Trouble::TakenFor { row, revision } => {
            format!("is misread: no revision is {row}, and Alembic takes it for {revision}")
        }
        Trouble::Overlaps { lower, upper } => {
            format!("is refused: {upper} \"overlaps\" {lower}")
        }
        Trouble::Skips(revisions) => format!("skips {} silently", all(revisions)),
        Trouble::Reruns(revisions) => format!("runs {} a second time", all(revisions)),
    }
}

fn place(rows: &[RevisionId]) -> String {
    match rows {
        [] => "that is empty".to_owned(),
        rows => format!("at {}", listed(rows)),
    }
}

fn short_place(rows: &[RevisionId]) -> String {
    match rows {
        [] => "(empty)".to_owned(),
        rows => listed(rows),
    }
}

fn all(ids: &[RevisionId]) -> String {
    listed(ids)
}
