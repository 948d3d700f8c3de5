//! The last look at a draft: whether it holds, and the plan in words.

use std::collections::BTreeSet;

use rechain_history::{Effect, EffectKind, Graph, Problem, RevIndex, RevisionId, upgrade_order};

use crate::Effects;
use crate::commute::PairSide;
use crate::conflict::no_order;
use crate::constraint::{Cause, Constraint};
use crate::draft::Draft;
use crate::needless::needless;
use crate::new_pairs::NewPairs;
use crate::pair::Proof;
use crate::plan::{
    Conflict, Decision, NotUnderstood, Ordered, Outcome, Plan, Reason, Reparent, Unproven,
};

use super::{Situation, Wishes};

impl Situation<'_> {
    /// Checks the new graph and puts the plan into words.
    pub(crate) fn finish(
        &self,
        draft: &Draft<'_>,
        constraints: &[Constraint],
        mut kept: Vec<Conflict>,
        effects: &Effects,
        wishes: &Wishes,
    ) -> Outcome {
        let new = draft.to_graph(self.expectations);
        // What was wrong before (a dependency on another package's revision) is not the plan's doing.
        let is_new = |problem: &&Problem| !self.graph.problems().contains(problem);
        if new.problems().iter().filter(is_new).any(Problem::is_damage) {
            // Only `depends_on` can close a circle here: the links themselves are one line.
            let conflict = self.circle(draft, constraints);
            return Outcome::Open(vec![Decision::Conflict(conflict)]);
        }
        let needless = match needless(draft, &new) {
            Ok(needless) => needless,
            Err(conflict) => return Outcome::Open(vec![Decision::Conflict(conflict)]),
        };
        let restored = self.restoration.iter().flat_map(|it| &it.parents);
        let changed: Vec<RevIndex> = draft
            .changed()
            .map(|(index, ..)| index)
            .chain(restored.clone().map(|(leave, _)| leave.index()))
            .collect();
        let pairs = NewPairs::between(self.original, &new, &changed);
        let proof = Proof::of(self.original, &pairs, effects, wishes.dialects);
        let clashes = proof.conflicts;
        let (accepted, mut clashes): (Vec<Conflict>, Vec<Conflict>) = clashes
            .into_iter()
            .partition(|it| wishes.answers.keep(&new, it.one, it.other));
        for conflict in accepted {
            let is_known = kept.iter().any(|known| {
                (known.one.min(known.other), known.one.max(known.other))
                    == (
                        conflict.one.min(conflict.other),
                        conflict.one.max(conflict.other),
                    )
            });
            if !is_known {
                kept.push(conflict);
            }
        }
        clashes.extend(Self::unmet(&new, wishes));
        if !clashes.is_empty() {
            return Outcome::Open(clashes.into_iter().map(Decision::Conflict).collect());
        }
        let not_understood = not_understood(effects, pairs.involved());
        if wishes.strict && !(not_understood.is_empty() && proof.unproven.is_empty()) {
            let decision = Decision::NotUnderstood(with_doubts(&not_understood, &proof.unproven));
            if wishes.answers.get(&decision.id(self.graph)).is_none() {
                return Outcome::Open(vec![decision]);
            }
        }
        let id = |index: RevIndex| self.graph[index].id.clone();
        let put_back =
            restored.map(|(leave, parents)| (leave.index(), parents.as_slice(), &Reason::PutBack));
        let mut changed: Vec<_> = draft.changed().chain(put_back).collect();
        changed.retain(|(index, parents, _)| {
            self.original.parents(*index) != *parents
                || self.original[*index].down_revisions().len() != parents.len()
        });
        if changed.len() > 1 {
            let mut position = vec![0; new.len()];
            for (at, index) in upgrade_order(&new).into_iter().enumerate() {
                position[index.index()] = at;
            }
            changed.sort_by_key(|(index, ..)| position[index.index()]);
        }
        let shared = changed
            .iter()
            .filter_map(|(index, ..)| {
                let names = self.arrivals?.carriers(&self.graph[*index].id);
                (!names.is_empty()).then(|| (id(*index), names.to_vec()))
            })
            .collect();
        if changed.is_empty() && draft.removed().is_empty() && self.is_sound() {
            return Outcome::Sound;
        }
        Outcome::Plan(Box::new(Plan {
            kept,
            presumed: None,
            reparents: changed
                .into_iter()
                .map(|(index, parents, reason)| Reparent {
                    revision: id(index),
                    from: self.original[index].down_revisions().to_vec(),
                    to: parents.iter().map(|&parent| id(parent)).collect(),
                    reason: reason.clone(),
                })
                .collect(),
            ordered: constraints
                .iter()
                .filter(|found| {
                    matches!(found.cause, Cause::DependsOn | Cause::Decided)
                        && pairs.holds(found.before, found.after)
                })
                .chain(&proof.ordered)
                .map(|found| Ordered {
                    before: id(found.before),
                    after: id(found.after),
                    cause: found.cause.clone(),
                })
                .collect(),
            independent_pairs: proof.independent,
            unproven: proof.unproven,
            not_understood,
            put_back: self
                .restoration
                .iter()
                .flat_map(|it| it.restored.iter().cloned())
                .collect(),
            emptied: self.emptied(draft).into_iter().map(id).collect(),
            needless: needless
                .into_iter()
                .map(|(revision, on)| (id(revision), id(on)))
                .collect(),
            removed: draft.removed().iter().map(|&index| id(index)).collect(),
            shared,
        }))
    }

    /// Orders that a person wants and that the new graph does not have.
    fn unmet(new: &Graph, wishes: &Wishes) -> Vec<Conflict> {
        let index = |id: &RevisionId| new.index(id.as_str());
        wishes
            .answers
            .kept()
            .filter_map(|(before, after)| Some((index(before)?, index(after)?)))
            .filter(|&(before, after)| !new.is_ancestor(before, after))
            .map(|(before, after)| {
                no_order(&Constraint {
                    before,
                    after,
                    cause: Cause::Decided,
                    before_range: None,
                    after_range: None,
                })
            })
            .collect()
    }

    /// The `depends_on` that the moves would close to a circle.
    fn circle(&self, draft: &Draft<'_>, constraints: &[Constraint]) -> Conflict {
        let found = self.graph.indices().find_map(|after| {
            let dependencies = self.graph.dependencies(after).iter().copied();
            dependencies
                .into_iter()
                .find(|&before| draft.ancestors(before).contains(&after))
                .map(|before| Constraint {
                    before,
                    after,
                    cause: Cause::DependsOn,
                    before_range: None,
                    after_range: None,
                })
        });
        no_order(
            found
                .as_ref()
                .or(constraints.first())
                .expect("a circle has a dependency"),
        )
    }
}

/// What is not understood, and after it the other reasons why an order is not proven.
fn with_doubts(not_understood: &[NotUnderstood], unproven: &[Unproven]) -> Vec<NotUnderstood> {
    let mut all = not_understood.to_vec();
    for pair in unproven {
        for doubt in &pair.doubts {
            let Some((side, site)) = doubt.place() else {
                continue;
            };
            let revision = match side {
                PairSide::One => pair.before,
                PairSide::Other => pair.after,
            };
            if !all.iter().any(|entry| entry.revision == revision) {
                all.push(NotUnderstood {
                    revision,
                    reason: doubt.reason.clone(),
                    range: site.range,
                    count: 1,
                });
            }
        }
    }
    all
}

fn not_understood(effects: &Effects, revisions: &BTreeSet<RevIndex>) -> Vec<NotUnderstood> {
    revisions
        .iter()
        .filter_map(|&revision| {
            let opaque: Vec<&Effect> = effects
                .get(&revision)?
                .iter()
                .filter(|effect| effect.is_opaque())
                .collect();
            let first = opaque.first()?;
            let EffectKind::Opaque { reason } = &first.kind else {
                return None;
            };
            Some(NotUnderstood {
                revision,
                reason: reason.clone(),
                range: first.range,
                count: opaque.len(),
            })
        })
        .collect()
}
