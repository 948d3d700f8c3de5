//! `rechain merge`: joins heads with the merge revision Alembic would write.

use anyhow::bail;
use rechain_history::{RevIndex, lineages};

use crate::args::MergeArguments;
use crate::door::{Proposed, Run};
use crate::exit::ExitStatus;
use crate::history::History;
use crate::merging::Merging;
use crate::request::Hinted;
use crate::surgery::history_with;
use crate::ui::Ui;

pub(crate) fn run(arguments: &MergeArguments, ui: &mut Ui) -> anyhow::Result<ExitStatus> {
    let project = arguments.project.to_arguments();
    let run = Run::of("merge", &project, &arguments.writing);
    run.carry_out(ui, |histories, _| {
        let mut proposals: Vec<Box<dyn Proposed + '_>> = Vec::new();
        let publication = &arguments.publication;
        if arguments.revisions.is_empty() {
            for history in histories {
                let split: Vec<Vec<RevIndex>> = if history.is_damaged() {
                    Vec::new()
                } else {
                    let all = lineages(&history.graph).into_iter();
                    all.filter(|it| !it.is_linear())
                        .map(|it| it.heads)
                        .collect()
                };
                proposals.push(Box::new(Merging::of(history, split, publication)?));
            }
        } else {
            let names: Vec<&str> = arguments.revisions.iter().map(String::as_str).collect();
            let (history, found) = history_with(histories, &names)?;
            let mut heads: Vec<RevIndex> = found.into_iter().flatten().collect();
            heads.sort();
            heads.dedup();
            are_heads(history, &heads)?;
            let split = vec![heads];
            proposals.push(Box::new(Merging::of(history, split, publication)?));
        }
        Ok(proposals)
    })
}

/// Whether these can be joined: two or more, and nothing follows any of them.
fn are_heads(history: &History, revisions: &[RevIndex]) -> anyhow::Result<()> {
    if revisions.len() < 2 {
        bail!("a merge joins two or more heads");
    }
    let graph = &history.graph;
    if let Some(&inner) = revisions.iter().find(|&&it| !graph.is_head(it)) {
        let heads: Vec<&str> = graph.heads().map(|it| graph[it].id.as_str()).collect();
        return Err(Hinted::new(
            format!("{} is no head: {} follows it", graph[inner].id, {
                let next = graph.children(inner).first();
                next.map_or("something", |&it| graph[it].id.as_str())
            }),
            format!("the heads are {}", heads.join(", ")),
        )
        .into());
    }
    Ok(())
}
