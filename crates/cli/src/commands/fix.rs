//! `rechain fix`: every lineage back to one head.

use crate::args::FixArguments;
use crate::door::{Proposed, Run};
use crate::exit::ExitStatus;
use crate::proposal::Proposal;
use crate::ui::Ui;

pub(crate) fn run(arguments: &FixArguments, ui: &mut Ui) -> anyhow::Result<ExitStatus> {
    let run = Run {
        command: "fix",
        project: &arguments.project,
        writing: &arguments.writing,
    };
    run.carry_out(ui, |histories, ui| {
        let mut proposals: Vec<Box<dyn Proposed + '_>> = Vec::with_capacity(histories.len());
        for history in histories {
            proposals.push(Box::new(Proposal::of(history, arguments, ui)?));
        }
        Ok(proposals)
    })
}
