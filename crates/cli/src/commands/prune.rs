//! `rechain prune`: unpublished revisions and their files out of the chain.

use anyhow::bail;
use rechain_history::RevIndex;
use rechain_planner::Surgery;

use crate::args::PruneArguments;
use crate::door::{Proposed, Run};
use crate::exit::ExitStatus;
use crate::surgery::{Asked, Drawn, Operated, history_with};
use crate::ui::Ui;

pub(crate) fn run(arguments: &PruneArguments, ui: &mut Ui) -> anyhow::Result<ExitStatus> {
    let asked = Asked {
        command: "prune",
        publication: &arguments.publication,
        writing: &arguments.writing,
        order: None,
    };
    let project = arguments.project.to_arguments();
    let run = Run::of(asked.command, &project, asked.writing);
    run.carry_out(ui, |histories, ui| {
        let names: Vec<&str> = arguments.revisions.iter().map(String::as_str).collect();
        let (history, found) = history_with(histories, &names)?;
        let revisions: Vec<RevIndex> = found.into_iter().flatten().collect();
        if revisions.is_empty() {
            bail!("`base` names no revision");
        }
        let operated = Operated::of(history, asked, ui, |ground, wishes| {
            let surgery = Surgery::removing(ground, &history.expectations, &revisions)?;
            Ok(Drawn::of(&surgery, history, wishes))
        })?;
        let proposal: Box<dyn Proposed + '_> = Box::new(operated);
        Ok(vec![proposal])
    })
}
