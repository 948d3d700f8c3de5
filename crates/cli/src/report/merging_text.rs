//! What `merge` would do, for people.

use crate::commands::check::summary;
use crate::merging::{Finding, Merging, listed};
use crate::report::proposal_text::conflict_report;
use crate::report::{diff, text};
use crate::ui::{TITLE, Ui};

pub(crate) fn print(merging: &Merging<'_>, with_heading: bool, ui: &mut Ui) -> anyhow::Result<()> {
    let history = merging.history;
    if with_heading {
        writeln!(ui.err, "{TITLE}{}{TITLE:#}", history.environment.name)?;
    }
    match &merging.finding {
        Finding::Damaged => {
            for diagnostic in &history.diagnostics {
                writeln!(ui.err, "{}\n", text::diagnostic(diagnostic, history))?;
            }
            ui.problem(
                &crate::code::DAMAGED,
                "the chain is damaged, so its heads cannot be told; nothing was written",
            )?;
        }
        Finding::CannotRun(heads, conflicts) => {
            for conflict in conflicts {
                writeln!(ui.err, "{}\n", conflict_report(history, conflict))?;
            }
            ui.problem(
                &crate::code::CONFLICT,
                &format!(
                    "no new database could run a merge of {}; nothing was written",
                    listed(heads)
                ),
            )?;
            ui.hint(&format!(
                "`{}` looks for an order of their revisions that runs",
                history.command("rechain fix")
            ))?;
        }
        Finding::Joined(joined) => {
            if joined.is_empty() && !ui.quiet && !history.is_empty() {
                writeln!(ui.err, "nothing to do: {}", summary(history))?;
            }
            for one in joined {
                if !ui.quiet {
                    let parents = listed(&one.parents);
                    writeln!(ui.err, "{TITLE}{}{TITLE:#} joins {parents}", one.id)?;
                }
                if one.has_no_date {
                    ui.note("no revision below it has a Create Date that can be read, so it is from 1970")?;
                }
            }
            if !joined.is_empty() && history.environment.has_post_write_hooks {
                ui.note("Alembic would give the new file to the project's post_write_hooks; rechain runs nothing")?;
            }
            let current = std::env::current_dir().unwrap_or_default();
            let styled = ui.styled;
            let mut out = ui.exact()?;
            for change in &merging.changes {
                diff::write(&mut out, change, &current, styled)?;
            }
        }
    }
    Ok(())
}
