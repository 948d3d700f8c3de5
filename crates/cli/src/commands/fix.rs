//! `rechain fix`: every lineage back to one head.

use crate::args::FixArguments;
use crate::decisions::Decided;
use crate::door::{Proposed, Run};
use crate::exit::ExitStatus;
use crate::mending::Mending;
use crate::proposal::Proposal;
use crate::ui::Ui;

pub(crate) fn run(arguments: &FixArguments, ui: &mut Ui) -> anyhow::Result<ExitStatus> {
    let run = Run {
        command: "fix",
        project: &arguments.project,
        writing: &arguments.writing,
        told: &arguments.told(),
        asks_git: arguments.publication.base.as_deref() != Some("none"),
    };
    let mut decided = Decided::from(&arguments.answer, arguments.decisions.as_deref())?;
    run.carry_out(ui, |histories, ui| {
        let mut proposals: Vec<Box<dyn Proposed + '_>> = Vec::with_capacity(histories.len());
        decided.expect_environments(histories)?;
        let mut is_damage_open = false;
        for history in histories {
            if history.needs_a_person()
                && let Some(mending) = Mending::of(history, arguments, &mut decided, ui)?
            {
                is_damage_open |= !mending.open.is_empty();
                proposals.push(Box::new(mending));
                continue;
            }
            is_damage_open |= history.needs_a_person();
            proposals.push(Box::new(Proposal::of(
                history,
                arguments,
                &mut decided,
                ui,
            )?));
        }
        // What was answered and done before is no mistake.
        if proposals
            .iter()
            .any(|it| it.status() != ExitStatus::Success)
        {
            decided.expect_flags(is_damage_open)?;
        }
        Ok(proposals)
    })
}
