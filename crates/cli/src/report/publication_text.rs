//! What is known of databases, for people.

use std::collections::{BTreeMap, BTreeSet};

use rechain_history::{Graph, RevIndex, RevisionId};
use rechain_planner::{
    Databases, Displaced, EffectsById, Ground, Obstacle, Outcome, Plan, Publication, Published,
    Reason, Situation, Wishes,
};

use crate::code;
use crate::history::History;
use crate::publication::{Known, evidence};
use crate::report::databases_text;
use crate::ui::Ui;

/// How many ids a line names.
const MANY: usize = 4;

/// The evidence, a line each, what is not seen, and what flags override.
pub(crate) fn evidence(history: &History, known: &Known, ui: &mut Ui) -> anyhow::Result<()> {
    if ui.quiet {
        return Ok(());
    }
    for line in evidence::lines(&history.graph, &known.publication) {
        writeln!(ui.err, "{line}")?;
    }
    for head in &known.overridden {
        ui.note(&format!(
            "not taken into account, as you said: {}",
            evidence::line(head)
        ))?;
    }
    match &known.asked {
        Ok(asked) => {
            if known.publication != Publication::Nothing {
                for note in &asked.notes {
                    ui.note(note)?;
                }
            }
            // Earlier values of a ref mostly lie below it: the first of each kind stands for them.
            let mut said: BTreeMap<(&str, &str), (&str, usize)> = BTreeMap::new();
            for (shown, why, commit) in &asked.refs {
                said.entry((shown, why)).or_insert((commit, 0)).1 += 1;
            }
            for (shown, why, _) in &asked.refs {
                let Some((commit, count)) = said.remove(&(shown.as_str(), *why)) else {
                    continue;
                };
                let more = match count - 1 {
                    0 => String::new(),
                    more => format!(", and {more} more"),
                };
                ui.detail(&format!(
                    "  databases may follow {shown} ({commit}): {why}{more}"
                ))?;
            }
        }
        Err(reason) if known.is_refused => ui.note(&format!(
            "what is published is not known from git: {reason}"
        ))?,
        Err(reason) => ui.detail(&format!(
            "what is published is not known from git: {reason}"
        ))?,
    }
    Ok(())
}

/// Published revisions that were deployed in more than one way.
pub(crate) fn several_ways(ground: &Ground<'_>, ui: &mut Ui) -> anyhow::Result<()> {
    let revisions = ground.deployed_in_several_ways();
    if !revisions.is_empty() {
        let noun = if revisions.len() == 1 { "was" } else { "were" };
        ui.note(&format!(
            "{} {noun} on a published ref with different revisions below at different times; it is \
             left as it is",
            listed(revisions)
        ))?;
    }
    Ok(())
}

/// Several heads are published: what each database lacks, and the ways on.
pub(crate) fn both_published(
    history: &History,
    known: &Known,
    heads: &[RevIndex],
    ui: &mut Ui,
) -> anyhow::Result<()> {
    let graph = &history.graph;
    let id = |index: RevIndex| graph[index].id.clone();
    let names: Vec<RevisionId> = heads.iter().map(|&head| id(head)).collect();
    let words: Vec<&str> = names.iter().map(RevisionId::as_str).collect();
    ui.problem(
        &code::BOTH_PUBLISHED,
        &format!(
            "databases may stand on each of {}: no chain is right for all of them",
            words.join(" and ")
        ),
    )?;
    let below: Vec<BTreeSet<RevisionId>> = heads
        .iter()
        .map(|&head| {
            let set = graph.ancestors_with([head]);
            graph.members(&set).map(id).collect()
        })
        .collect();
    for (at, name) in names.iter().enumerate() {
        let mut lacking: Vec<RevisionId> = Vec::new();
        for other in &below {
            for revision in other.difference(&below[at]) {
                if !lacking.contains(revision) {
                    lacking.push(revision.clone());
                }
            }
        }
        if lacking.is_empty() {
            continue;
        }
        writeln!(
            ui.err,
            "  a database at {name} has not run {}: below {name} it would skip {}",
            listed(&lacking),
            if lacking.len() == 1 { "it" } else { "them" }
        )?;
    }
    for &head in heads {
        chain_above(history, head, ui)?;
    }
    if let Ok(asked) = &known.asked {
        let here = |id: &str| graph.index(id).is_some();
        let joined = asked.tips.iter().find_map(|(shown, tip)| {
            let at: Option<Vec<RevIndex>> = names.iter().map(|id| tip.index(id.as_str())).collect();
            let at = at?;
            let joining = tip.indices().find(|&index| {
                let below = tip.ancestors_with([index]);
                at.iter().all(|head| below.contains(head.index()))
            })?;
            (!here(tip[joining].id.as_str())).then(|| (shown, tip[joining].id.clone()))
        });
        if let Some((shown, joining)) = joined {
            if *shown == asked.base {
                ui.hint(&format!(
                    "{shown} already joins them in {joining}: merge or rebase {shown} first"
                ))?;
            } else {
                ui.hint(&format!(
                    "{shown} already joins them in {joining}: take that merge revision from there"
                ))?;
            }
        }
    }
    ui.hint(&format!(
        "`{}` where you know that no database has {}",
        history.command(&format!(
            "rechain fix --not-applied {}",
            words[words.len() - 1]
        )),
        words[words.len() - 1]
    ))?;
    ui.hint(&format!(
        "`{}`: nothing is deployed anywhere",
        history.command("rechain fix --applied none")
    ))?;
    ui.hint(&format!(
        "else join them: `{}`",
        history.command_on_revisions(&format!("rechain merge {}", words.join(" ")))
    ))?;
    Ok(())
}

/// What becomes of databases if everything else goes on top of `head`.
fn chain_above(history: &History, head: RevIndex, ui: &mut Ui) -> anyhow::Result<()> {
    let publication = Publication::Known(Published::at(&history.graph, [head]));
    let situation = Situation::new(&history.graph, &publication, &history.expectations);
    let effects = history.effects(situation.needs());
    let Outcome::Plan(plan) = situation.plan(&effects, &Wishes::default()) else {
        return Ok(());
    };
    let new = planned(history, &plan);
    let databases = Databases::new(&history.graph, &new);
    // Who fares well or badly does not rest on effects.
    let standings: Vec<_> = databases
        .states()
        .iter()
        .map(|rows| databases.standing(rows, &EffectsById::new()))
        .collect();
    writeln!(
        ui.err,
        "if the rest went on top of {}:",
        history.graph[head].id
    )?;
    databases_text::table(&standings, Ui::columns(), &mut ui.err)?;
    Ok(())
}

/// A published revision with something else below it than any database had.
pub(crate) fn displaced(
    history: &History,
    known: &Known,
    displaced: &Displaced,
    ui: &mut Ui,
) -> anyhow::Result<()> {
    let revision = &displaced.revision;
    let what = match (displaced.gained.as_slice(), displaced.lost.as_slice()) {
        ([], lost) => format!("{} was below it and is not any more", listed(lost)),
        (gained, []) => format!("{} was slipped in below it", listed(gained)),
        (gained, lost) => format!(
            "it lies above {} instead of {}",
            listed(gained),
            listed(lost)
        ),
    };
    ui.problem(
        &code::DISPLACED_PUBLISHED,
        &format!("{revision} is published, but {what}"),
    )?;
    if !displaced.gained.is_empty() {
        ui.note(&format!(
            "a database that has {revision} would skip {} silently",
            listed(&displaced.gained)
        ))?;
    }
    let base = known
        .asked
        .as_ref()
        .map_or("the base", |it| it.base.as_str());
    match &displaced.obstacle {
        Obstacle::NotSoOnBase => ui.hint(&format!(
            "{base} does not have it as it was deployed: merge or rebase {base} first"
        ))?,
        Obstacle::NotOnBase => ui.hint(&format!(
            "{base} does not have it: give it the parents with which databases ran it, or, if it is to \
             run again everywhere, an id of its own"
        ))?,
        Obstacle::SeveralWays => ui.hint(
            "it was deployed in more than one way, so give its file the `down_revision` that \
             your databases ran, by hand",
        )?,
        Obstacle::WouldChange(other) => ui.hint(&format!(
            "putting it back would change what lies below {other}, which is published as it is: \
             `{}` may be the way",
            history.command_on_revisions(&format!("rechain merge {revision} {other}"))
        ))?,
        Obstacle::CannotBeTold => ui.hint(&format!(
            "take its file as {base} has it: `git checkout {base} -- {}`",
            history
                .graph
                .index(revision.as_str())
                .map_or("FILE", |index| history.file_of(index).name.as_str())
        ))?,
    }
    Ok(())
}

/// Databases that git cannot show: they ran what the plan moves.
pub(crate) fn unseen_databases(
    history: &History,
    known: &Known,
    plan: &Plan,
    ui: &mut Ui,
) -> anyhow::Result<()> {
    if !matches!(known.publication, Publication::Known(_)) {
        return Ok(());
    }
    let old = &history.graph;
    let new = planned(history, plan);
    let mut is_told = false;
    for step in plan
        .reparents
        .iter()
        .filter(|it| it.reason != Reason::PutBack)
    {
        let Some(index) = old.index(step.revision.as_str()) else {
            continue;
        };
        let mut gained = new.ancestors_with([index]);
        let before = old.ancestors_with([index]);
        gained.difference_with(&before);
        // What lies above another moved revision goes with it.
        let goes_with_another = plan.reparents.iter().any(|other| {
            old.index(other.revision.as_str())
                .is_some_and(|other| other != index && before.contains(other.index()))
        });
        if gained.is_clear() || goes_with_another {
            continue;
        }
        let above = old.chain_descendants_with([index]);
        let rows: Vec<RevisionId> = old
            .members(&above)
            .filter(|&row| !known.publication.is_published(old, row))
            .map(|row| old[row].id.clone())
            .collect();
        let skipped: Vec<RevisionId> = old.members(&gained).map(|it| old[it].id.clone()).collect();
        let target = step.from.first().map_or("base", RevisionId::as_str);
        ui.note(&format!(
            "a database with {} in alembic_version (a server that ran the branch, or an upgrade to \
             that revision by name) would skip {} silently; before this change reaches it: `{} \
             {target}`, afterwards `{}`",
            alternatives(&rows),
            listed(&skipped),
            history.alembic("downgrade"),
            history.upgrade(&new),
        ))?;
        is_told = true;
    }
    if is_told && !ui.quiet {
        ui.hint(&format!(
            "`{}` shows every kind of database, with the ways to put it right, once this is written",
            history.command_on_revisions("rechain databases")
        ))?;
    }
    Ok(())
}

/// The graph as the plan makes it; positions stay.
fn planned(history: &History, plan: &Plan) -> Graph {
    let graph = &history.graph;
    let changed = plan.reparents.iter().filter_map(|step| {
        let index = graph.index(step.revision.as_str())?;
        Some((index, graph[index].with_parents(step.to.clone())))
    });
    graph.with(changed, &history.expectations)
}

pub(crate) fn listed(ids: &[RevisionId]) -> String {
    joined(ids, "and")
}

fn alternatives(ids: &[RevisionId]) -> String {
    joined(ids, "or")
}

fn joined(ids: &[RevisionId], word: &str) -> String {
    let names: Vec<&str> = ids.iter().take(MANY).map(RevisionId::as_str).collect();
    match (names.as_slice(), ids.len()) {
        ([one], 1) => (*one).to_owned(),
        ([start @ .., last], count) if count <= MANY => {
            format!("{} {word} {last}", start.join(", "))
        }
        (names, count) => format!("{} {word} {} more", names.join(", "), count - names.len()),
    }
}
