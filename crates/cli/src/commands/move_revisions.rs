//! `rechain move`: revisions put elsewhere in the chain.

use anyhow::{Context as _, bail};
use rechain_history::RevIndex;
use rechain_planner::{Destination, Surgery};

use crate::args::MoveArguments;
use crate::door::{Proposed, Run};
use crate::exit::ExitStatus;
use crate::surgery::{Asked, Drawn, Operated, history_with};
use crate::ui::Ui;

pub(crate) fn run(arguments: &MoveArguments, ui: &mut Ui) -> anyhow::Result<ExitStatus> {
    let asked = Asked {
        command: "move",
        publication: &arguments.publication,
        writing: &arguments.writing,
        order: Some(arguments.order),
    };
    let project = arguments.project.to_arguments();
    let run = Run::of(asked.command, &project, asked.writing);
    let place = arguments
        .after
        .as_ref()
        .or(arguments.before.as_ref())
        .context("one of --after and --before is given")?;
    run.carry_out(ui, |histories, ui| {
        let mut names: Vec<&str> = arguments.revisions.iter().map(String::as_str).collect();
        names.push(place);
        let (history, mut found) = history_with(histories, &names)?;
        let [target] = found.pop().unwrap_or_default()[..] else {
            bail!("{place} does not name one revision to go beside");
        };
        let destination = if arguments.after.is_some() {
            Destination::After(target)
        } else {
            Destination::Before(target)
        };
        let revisions: Vec<RevIndex> = found.into_iter().flatten().collect();
        let operated = Operated::of(history, asked, ui, |ground, wishes| {
            let surgery = Surgery::moving(
                ground,
                &history.expectations,
                &revisions,
                arguments.with_descendants,
                destination,
            )?;
            Ok(Drawn::of(&surgery, history, wishes))
        })?;
        let proposal: Box<dyn Proposed + '_> = Box::new(operated);
        Ok(vec![proposal])
    })
}
