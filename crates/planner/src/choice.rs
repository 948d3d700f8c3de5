//! Decisions and what each of their options leads to.

use std::collections::BTreeSet;

use rechain_history::{Graph, RevIndex, RevisionId};

use crate::Effects;
use crate::answer::{Answer, DecisionId};
use crate::plan::{Decision, Outcome, Plan};
use crate::situation::{Situation, Wishes};

/// One option of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is answered.
    pub answer: Answer,
    /// Whether `--yes` takes it.
    pub is_default: bool,
    /// What planning comes to with it: the plan, or what is still open then.
    pub outcome: Outcome,
}

impl Choice {
    /// The plan it leads to, where nothing else is open.
    pub fn plan(&self) -> Option<&Plan> {
        match &self.outcome {
            Outcome::Plan(plan) => Some(plan),
            Outcome::Sound | Outcome::Open(_) => None,
        }
    }
}

impl Decision {
    /// Its name, which an answer is found by.
    pub fn id(&self, graph: &Graph) -> DecisionId {
        match self {
            Self::WhichSideStays { sides, .. } => {
                DecisionId::of("deployed", graph, sides.iter().map(|side| side.head))
            }
            Self::BothPublished { heads } => {
                DecisionId::of("published", graph, heads.iter().copied())
            }
            Self::Displaced(displaced) => DecisionId::new("displaced", [&displaced.revision]),
            Self::Conflict(conflict) => {
                DecisionId::of("conflict", graph, [conflict.one, conflict.other])
            }
            Self::NotUnderstood(entries) => {
                DecisionId::of("unknown", graph, entries.iter().map(|it| it.revision))
            }
            Self::Damage(damage) => damage.id(),
            Self::EmptiedMerge { revision } => DecisionId::new("merge", [revision]),
        }
    }

    /// The answers it may have, the most likely first, and which of them is the default. Not all of
    /// them need to lead anywhere: [`Situation::choices`] tries them.
    pub fn answers(&self, graph: &Graph) -> Vec<(Answer, bool)> {
        let id = |index: RevIndex| graph[index].id.clone();
        match self {
            Self::WhichSideStays { sides, default } => sides
                .iter()
                .enumerate()
                .map(|(at, side)| (Answer::Deployed(id(side.head)), at == *default))
                .chain([(Answer::NothingDeployed, false)])
                .collect(),
            Self::BothPublished { heads } => heads
                .iter()
                .map(|&head| (Answer::NotDeployed(id(head)), false))
                .chain([(Answer::NothingDeployed, false)])
                .collect(),
            Self::Displaced(_) => Vec::new(),
            Self::Conflict(conflict) => {
                let one = id(conflict.one.min(conflict.other));
                let other = id(conflict.one.max(conflict.other));
                let keep = |before: &RevisionId, after: &RevisionId| Answer::Keep {
                    before: before.clone(),
                    after: after.clone(),
                };
                vec![(keep(&one, &other), false), (keep(&other, &one), false)]
            }
            Self::NotUnderstood(_) => vec![(Answer::Accept, false)],
            Self::Damage(damage) => damage
                .repairs
                .iter()
                .map(|repair| (Answer::Repair(repair.name.clone()), false))
                .collect(),
            Self::EmptiedMerge { .. } => vec![(Answer::Stay, true), (Answer::Remove, false)],
        }
    }
}

impl Situation<'_> {
    /// The options of a decision, each with what planning comes to if it is taken. One that would leave the same
    /// question open is no option. `planned` is what planning comes to without an answer, where that is known.
    pub fn choices(
        &self,
        decision: &Decision,
        effects: &Effects,
        wishes: &Wishes,
        planned: Option<&Outcome>,
    ) -> Vec<Choice> {
        let graph = self.graph();
        let id = decision.id(graph);
        decision
            .answers(graph)
            .into_iter()
            .filter_map(|(answer, is_default)| {
                let mut wishes = wishes.clone();
                wishes.answers.give(id.clone(), answer.clone());
                let outcome = match (&answer, planned) {
                    // A merge revision stays unless somebody says that it goes.
                    (Answer::Stay, Some(planned)) => planned.clone(),
                    _ => self.plan(effects, &wishes),
                };
                let stays_open = matches!(
                    &outcome,
                    Outcome::Open(open) if open.iter().any(|it| it.id(graph) == id)
                );
                (!stays_open).then_some(Choice {
                    answer,
                    is_default,
                    outcome,
                })
            })
            .collect()
    }
}

/// Databases that no plan can show: they ran a revision that moves before it had what the plan puts
/// below it, and would skip that silently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipping {
    /// The lowest revision that moves.
    pub moved: RevisionId,
    /// The rows of `alembic_version` that mean it.
    pub rows: Vec<RevisionId>,
    /// What such a database would skip.
    pub skipped: Vec<RevisionId>,
    /// What it has to be downgraded to before the change reaches it; `None` is the base.
    pub back_to: Option<RevisionId>,
}

impl Plan {
    /// The graph that this plan makes of `graph`; positions stay, so what is taken out stands there alone.
    pub fn applied_to(&self, graph: &Graph, expectations: &rechain_history::Expectations) -> Graph {
        let reparented = self.reparents.iter().filter_map(|step| {
            let index = graph.index(step.revision.as_str())?;
            Some((index, graph[index].with_parents(step.to.clone())))
        });
        let removed = self.removed.iter().filter_map(|id| {
            let index = graph.index(id.as_str())?;
            Some((index, graph[index].alone()))
        });
        graph.with(reparented.chain(removed), expectations)
    }

    /// The revisions whose files change.
    pub fn edited(&self) -> BTreeSet<&RevisionId> {
        let reparented = self.reparents.iter().map(|step| &step.revision);
        let needless = self.needless.iter().map(|(revision, _)| revision);
        reparented.chain(needless).collect()
    }

    /// The same without what is taken out.
    pub fn result(&self, graph: &Graph, expectations: &rechain_history::Expectations) -> Graph {
        let after = self.applied_to(graph, expectations);
        if self.removed.is_empty() {
            return after;
        }
        let left = after.revisions().iter();
        let left = left.filter(|it| !self.removed.contains(&it.id)).cloned();
        Graph::of(left.collect(), expectations)
    }

    /// Which databases, if there were any, would skip something: those that stand on a revision for
    /// which `is_published` does not hold and that moves above something new.
    pub fn skipping(
        &self,
        old: &Graph,
        new: &Graph,
        is_published: &dyn Fn(RevIndex) -> bool,
    ) -> Vec<Skipping> {
        let put_back: BTreeSet<&RevisionId> = self.put_back.iter().collect();
        let moved = self
            .reparents
            .iter()
            .filter(|step| !put_back.contains(&step.revision));
        let mut found = Vec::new();
        for step in moved {
            let Some(index) = old.index(step.revision.as_str()) else {
                continue;
            };
            let before = old.ancestors_with([index]);
            let mut gained = new.ancestors_with([index]);
            gained.difference_with(&before);
            // What lies above another moved revision goes with it.
            let goes_with_another = self.reparents.iter().any(|other| {
                old.index(other.revision.as_str())
                    .is_some_and(|other| other != index && before.contains(other.index()))
            });
            if gained.is_clear() || goes_with_another {
                continue;
            }
            let above = old.chain_descendants_with([index]);
            let rows = old.members(&above).filter(|&row| !is_published(row));
            found.push(Skipping {
                moved: step.revision.clone(),
                rows: rows.map(|row| old[row].id.clone()).collect(),
                skipped: old.members(&gained).map(|it| old[it].id.clone()).collect(),
                back_to: step.from.first().cloned(),
            });
        }
        found
    }
}
