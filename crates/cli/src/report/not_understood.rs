//! The lines of newly ordered revisions that are not understood.

use rechain_planner::Plan;
use rechain_project::Position;

use crate::commands::check::counted;
use crate::history::History;
use crate::ui::Ui;

/// How many revisions are listed without `-v`.
const MANY: usize = 6;

/// A note for each; `so` says what that means for the plan.
pub(super) fn print(history: &History, plan: &Plan, so: &str, ui: &mut Ui) -> anyhow::Result<()> {
    let shown = if ui.verbose { usize::MAX } else { MANY };
    for entry in plan.not_understood.iter().take(shown) {
        let file = history.file_of(entry.revision);
        let line = Position::of(file.text(), entry.range.start()).line;
        let more = match entry.count {
            1 => String::new(),
            count => format!(" (and {} more)", count - 1),
        };
        ui.note(&format!(
            "{}:{line}: not understood: {}{more}; {so}",
            file.name, entry.reason
        ))?;
    }
    let left = plan.not_understood.len().saturating_sub(shown);
    if left > 0 {
        ui.note(&format!(
            "{} more are not understood in full; `-v` lists them",
            counted(left, "revision")
        ))?;
    }
    Ok(())
}
