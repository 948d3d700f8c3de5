//! What `merge` would do, for people.

use crate::commands::check::summary;
use crate::merging::{Finding, Merging, listed};
use crate::report::proposal_text::conflict_report;
use crate::report::{diff, obstacle_text};
use crate::ui::{TITLE, Ui};

pub(crate) fn print(merging: &Merging<'_>, ui: &mut Ui) -> anyhow::Result<()> {
    let history = merging.history;
    match &merging.finding {
        Finding::Damaged => {
            let so = "its heads cannot be told; nothing was written";
            obstacle_text::damaged(history, so, ui)?;
        }
        Finding::Stumbles(heads, [lower, upper]) => {
            ui.problem(
                &crate::code::REDUNDANT_PARENT,
                &format!(
                    "Alembic would end in a KeyError at a merge of {}, since {upper} depends on {lower}; nothing \
                     was written",
                    listed(heads)
                ),
            )?;
            ui.hint(&format!(
                "`{}` joins those two; then `{}` joins the rest",
                history.command_on_revisions(&format!("rechain merge {lower} {upper}")),
                history.command_on_revisions("rechain merge")
            ))?;
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
            diff::print(&merging.changes, ui)?;
        }
    }
    Ok(())
}
