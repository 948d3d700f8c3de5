//! Revisions put elsewhere in the chain.

use std::collections::BTreeSet;

use rechain_history::{Dialects, Graph, RevIndex, RevisionId};

use super::Refusal;
use crate::Effects;
use crate::commute::{PairSide, Premise, Verdict};
use crate::constraint::{Constraint, ordered};
use crate::draft::Draft;
use crate::new_pairs::NewPairs;
use crate::pair::Comparison;
use crate::plan::Reason;

/// Where revisions go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    /// Directly after this one; what followed it follows them.
    After(RevIndex),
    /// Directly before this one; they follow what it followed.
    Before(RevIndex),
}

impl Destination {
    /// The revision that says where.
    pub fn revision(self) -> RevIndex {
        match self {
            Self::After(index) | Self::Before(index) => index,
        }
    }
}

pub(super) fn transplant(
    draft: &mut Draft<'_>,
    revisions: &[RevIndex],
    with_descendants: bool,
    destination: Destination,
) -> Result<(), Refusal> {
    let graph = draft.graph;
    let mut moved: BTreeSet<RevIndex> = revisions.iter().copied().collect();
    if with_descendants {
        moved.extend(graph.members(&graph.chain_descendants_with(revisions.iter().copied())));
    }
    let id = |index: RevIndex| graph[index].id.clone();
    let target = destination.revision();
    if moved.contains(&target) {
        return Err(Refusal::BesideItself(id(target)));
    }
    if let Some(&published) = moved.iter().find(|&&it| draft.movable(it).is_none()) {
        return Err(Refusal::Published(id(published)));
    }
    take_out(draft, &moved, |revision| Reason::ClosesGap { revision })?;
    let followers: Vec<RevIndex> = match destination {
        Destination::Before(target) => vec![target],
        Destination::After(target) => graph
            .indices()
            .filter(|index| !moved.contains(index) && draft.parents(*index).contains(&target))
            .collect(),
    };
    let tops: Vec<RevIndex> = moved
        .iter()
        .copied()
        .filter(|&index| !graph.children(index).iter().any(|it| moved.contains(it)))
        .collect();
    if let (Some(&follower), true) = (followers.first(), tops.len() > 1) {
        return Err(Refusal::SeveralHeads {
            heads: tops.into_iter().map(id).collect(),
            follower: id(follower),
        });
    }
    let onto: Vec<RevIndex> = match destination {
        Destination::After(target) => vec![target],
        Destination::Before(target) => draft.parents(target).to_vec(),
    };
    put_in(draft, &moved, &onto, destination);
    if let Some((merge, joined)) = joins_what_follows(draft, &moved, &followers) {
        return Err(Refusal::JoinsFollower {
            merge: id(merge),
            joined: id(joined),
        });
    }
    let Some(&top) = tops.first() else {
        return Ok(());
    };
    for follower in followers {
        let parents = match destination {
            Destination::Before(_) => vec![top],
            Destination::After(target) => draft
                .parents(follower)
                .iter()
                .map(|&parent| if parent == target { top } else { parent })
                .collect(),
        };
        let reason = Reason::MakesRoom { revision: id(top) };
        let Some(leave) = draft.movable(follower) else {
            return Err(Refusal::BelowPublished {
                published: id(follower),
                slipped: id(top),
            });
        };
        draft.set_parents(leave, parents, reason);
    }
    Ok(())
}

/// A merge revision among what moves, and a parent of it that is to follow it in its new place.
fn joins_what_follows(
    draft: &Draft<'_>,
    moved: &BTreeSet<RevIndex>,
    followers: &[RevIndex],
) -> Option<(RevIndex, RevIndex)> {
    let follows = |parent: &RevIndex| {
        followers.contains(parent)
            || followers
                .iter()
                .any(|it| draft.ancestors(*parent).contains(it))
    };
    moved.iter().find_map(|&merge| {
        let mut outside = draft.parents(merge).iter().copied();
        let joined = outside.find(|parent| !moved.contains(parent) && follows(parent));
        Some((merge, joined?))
    })
}

/// Gives the bottom of what moves its new parents, and lets the rest keep its own links.
fn put_in(
    draft: &mut Draft<'_>,
    moved: &BTreeSet<RevIndex>,
    onto: &[RevIndex],
    destination: Destination,
) {
    let graph = draft.graph;
    let mut below: BTreeSet<RevIndex> = onto.iter().copied().collect();
    for &index in onto {
        below.extend(draft.ancestors(index));
    }
    for &index in moved {
        let before = graph.parents(index);
        let is_outside = |parent: &RevIndex| !moved.contains(parent);
        let is_bottom = before.iter().all(is_outside);
        let mut parents = if is_bottom { onto.to_vec() } else { Vec::new() };
        for &parent in before {
            // A merge revision goes on joining what does not lie below the new place anyway.
            let keeps = !is_outside(&parent) || (before.len() > 1 && !below.contains(&parent));
            if keeps && !parents.contains(&parent) {
                parents.push(parent);
            }
        }
        let reason = if is_bottom {
            Reason::AskedFor(destination_words(graph, destination))
        } else {
            Reason::Redundant
        };
        if let Some(leave) = draft.movable(index) {
            draft.set_parents(leave, parents, reason);
        }
    }
}

fn destination_words(graph: &Graph, destination: Destination) -> String {
    match destination {
        Destination::After(target) => format!("goes after {}", graph[target].id),
        Destination::Before(target) => format!("goes before {}", graph[target].id),
    }
}

/// Closes the gaps that `taken` leave: what followed them follows what they followed.
pub(super) fn take_out(
    draft: &mut Draft<'_>,
    taken: &BTreeSet<RevIndex>,
    reason: impl Fn(RevisionId) -> Reason,
) -> Result<(), Refusal> {
    let graph = draft.graph;
    let followers: Vec<RevIndex> = graph
        .indices()
        .filter(|index| {
            !taken.contains(index) && graph.parents(*index).iter().any(|it| taken.contains(it))
        })
        .collect();
    for follower in followers {
        let mut parents: Vec<RevIndex> = Vec::new();
        let mut open: Vec<RevIndex> = graph.parents(follower).iter().rev().copied().collect();
        let mut gap = None;
        while let Some(parent) = open.pop() {
            if taken.contains(&parent) {
                gap = gap.or(Some(parent));
                open.extend(graph.parents(parent).iter().rev().copied());
            } else if !parents.contains(&parent) {
                parents.push(parent);
            }
        }
        let implied: Vec<RevIndex> = parents
            .iter()
            .copied()
            .filter(|&parent| {
                parents
                    .iter()
                    .any(|&other| other != parent && draft.ancestors(other).contains(&parent))
            })
            .collect();
        parents.retain(|parent| !implied.contains(parent));
        let gap = graph[gap.unwrap_or(follower)].id.clone();
        let Some(leave) = draft.movable(follower) else {
            return Err(Refusal::Published(graph[follower].id.clone()));
        };
        draft.set_parents(leave, parents, reason(gap));
    }
    Ok(())
}

/// Orders that the effects ask for, that the chain has today, and that the change would turn round.
pub(super) fn reversed(pairs: &NewPairs, effects: &Effects, dialects: Dialects) -> Vec<Constraint> {
    let comparison = Comparison::of(effects, pairs.involved().iter().copied(), dialects);
    let mut found = Vec::new();
    for pair in pairs.iter().filter(|pair| pair.is_turned) {
        let (before, after) = (pair.upper, pair.lower);
        let verdict = comparison.verdict(before, after, Premise::Chain);
        if let Verdict::Ordered {
            first: PairSide::One,
            evidence,
            ..
        } = verdict
        {
            found.push(ordered(before, after, PairSide::One, &evidence[0]));
        }
    }
    found
}
