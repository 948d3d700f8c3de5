//! What databases have, from flags and settings.

use anyhow::{Context as _, bail};
use rechain_history::{Graph, RevIndex, resolve};
use rechain_planner::{Publication, Published};
use rechain_project::{Applied, Settings};

use crate::args::PublicationArguments;

/// Flags win over settings; neither means that nothing is known.
pub(crate) fn publication(
    arguments: &PublicationArguments,
    settings: &Settings,
    graph: &Graph,
) -> anyhow::Result<Publication> {
    let flagged = match arguments.applied.as_slice() {
        [] => settings.applied.clone(),
        [none] if none == "none" => Some(Applied::Nothing),
        revisions if revisions.iter().any(|it| it == "none") => {
            bail!(
                "`--applied none` says that nothing is deployed; it cannot be given with a revision"
            )
        }
        revisions => Some(Applied::Revisions(revisions.to_vec())),
    };
    let applied = match flagged {
        None => return Ok(Publication::Unknown),
        Some(Applied::Nothing) => return Ok(Publication::Nothing),
        Some(Applied::Revisions(revisions)) => named(graph, &revisions, "--applied")?,
    };
    let not_applied = if arguments.not_applied.is_empty() {
        &settings.not_applied
    } else {
        &arguments.not_applied
    };
    let above = graph.descendants_with(named(graph, not_applied, "--not-applied")?);
    let below = graph.ancestors_with(applied);
    let deployed: Vec<RevIndex> = graph
        .members(&below)
        .filter(|index| !above.contains(index.index()))
        .collect();
    if deployed.is_empty() {
        return Ok(Publication::Nothing);
    }
    Ok(Publication::Known(Published::at(graph, deployed)))
}

fn named(graph: &Graph, revisions: &[String], option: &str) -> anyhow::Result<Vec<RevIndex>> {
    let mut found = Vec::new();
    for revision in revisions {
        found.extend(resolve(graph, revision).with_context(|| format!("{option} {revision}"))?);
    }
    Ok(found)
}
