//! `rechain flatten`: a whole history made linear.

use anyhow::bail;
use rechain_planner::Flattening;

use crate::args::FlattenArguments;
use crate::desk::empty_merges;
use crate::door::{Proposed, Run};
use crate::exit::ExitStatus;
use crate::history::History;
use crate::request;
use crate::surgery::{Asked, Drawn, Operated, history_with};
use crate::ui::Ui;

pub(crate) fn run(arguments: &FlattenArguments, ui: &mut Ui) -> anyhow::Result<ExitStatus> {
    let run = Run::of("flatten", &arguments.project, &arguments.writing);
    run.carry_out(ui, |histories, ui| {
        let concerned: Vec<&History> = match &arguments.from {
            Some(from) => vec![history_with(histories, &[from])?.0],
            None => histories.iter().collect(),
        };
        let mut proposals: Vec<Box<dyn Proposed + '_>> = Vec::with_capacity(concerned.len());
        for history in concerned {
            proposals.push(Box::new(propose(history, arguments, ui)?));
        }
        Ok(proposals)
    })
}

fn propose<'h>(
    history: &'h History,
    arguments: &FlattenArguments,
    ui: &mut Ui,
) -> anyhow::Result<Operated<'h>> {
    let asked = Asked {
        command: "flatten",
        publication: &arguments.publication,
        writing: &arguments.writing,
        order: Some(arguments.order),
    };
    let from = match &arguments.from {
        None => None,
        Some(from) => match request::named(history, from)?.as_slice() {
            [one] => Some(*one),
            _ => bail!("--from {from} does not name one revision"),
        },
    };
    let dropped = if arguments.drop_empty_merges {
        empty_merges(history)
    } else {
        Vec::new()
    };
    Operated::of(history, asked, ui, |ground, wishes| {
        let flattening = Flattening::new(ground, &history.expectations, from, dropped)?;
        let effects = history.effects(flattening.needs());
        let (outcome, order, surgery) = flattening.plan(&effects, wishes)?;
        Ok(Drawn::new(
            outcome,
            Some(order),
            &surgery,
            history,
            &effects,
        ))
    })
}
