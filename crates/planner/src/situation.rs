//! Planning in two steps: which bodies matter, then what to do.

use std::collections::BTreeSet;

use rechain_history::{Dialects, Expectations, Graph, Lineage, RevIndex, RevisionId, lineages};

use crate::Effects;
use crate::answer::{Answer, Answers};
use crate::arrival::{Arrivals, Rank};
use crate::blocks::stack;
use crate::conflict::{contradictions, no_order};
use crate::constraint::{Cause, Constraint, constraints};
use crate::draft::Draft;
use crate::ground::Ground;
use crate::insertion::{insert_sides, link_arms};
use crate::plan::{Conflict, Decision, Outcome, Plan, Reason};
use crate::publication::{Publication, Restoration};
use crate::surgery::remove;

mod finish;
mod sides;
mod told;

/// Where moved revisions go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Placement {
    /// On top, block by block.
    Tip,
    /// Beside the tables they belong to; only where nothing is published.
    Tables,
}

/// How a person or a configuration wants it.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// Where moved revisions go; without a wish `Tables` where nothing is published, else `Tip`.
    pub placement: Option<Placement>,
    /// A decision that has a default takes it.
    pub take_defaults: bool,
    /// What is not understood counts as a conflict.
    pub strict: bool,
    /// What a person decided already.
    pub answers: Answers,
    /// The databases the project runs on: the strictest counts.
    pub dialects: Dialects,
}

/// A branched history and what is known about databases.
#[derive(Debug, Clone)]
pub struct Situation<'g> {
    /// What is planned on: every published revision is where it was deployed.
    graph: &'g Graph,
    /// As the work tree has it.
    original: &'g Graph,
    publication: &'g Publication,
    expectations: &'g Expectations,
    restoration: Option<&'g Restoration>,
    arrivals: Option<&'g Arrivals>,
    branched: Vec<Lineage>,
    /// Held where they are although no database is known to have them: other branches carry them.
    held: BTreeSet<RevisionId>,
    /// Nobody said what databases have, and git did not either.
    is_unknown: bool,
    /// Merge revisions that do nothing.
    idle: BTreeSet<RevIndex>,
}

impl<'g> Situation<'g> {
    /// Looks at a graph that is not damaged ([`Graph::is_damaged`]) and whose parents are all known.
    pub fn new(
        graph: &'g Graph,
        publication: &'g Publication,
        expectations: &'g Expectations,
    ) -> Self {
        let branched = lineages(graph)
            .into_iter()
            .filter(|lineage| !lineage.is_linear())
            .collect();
        Self {
            graph,
            original: graph,
            publication,
            expectations,
            restoration: None,
            arrivals: None,
            branched,
            held: BTreeSet::new(),
            is_unknown: *publication == Publication::Unknown,
            idle: BTreeSet::new(),
        }
    }

    /// The same where these merge revisions are known to do nothing.
    #[must_use]
    pub fn with_idle(mut self, merges: impl IntoIterator<Item = RevIndex>) -> Self {
        self.idle.extend(merges);
        self
    }

    /// The same with what git says: what was re-parented goes back first, and blocks are ordered as
    /// they came.
    pub fn on(ground: &'g Ground<'g>, expectations: &'g Expectations) -> Self {
        Self {
            original: ground.original,
            restoration: Some(&ground.restoration),
            arrivals: Some(&ground.arrivals),
            ..Self::new(&ground.graph, &ground.publication, expectations)
        }
    }

    /// Whether every lineage has one head, and every published revision is where it was deployed.
    pub fn is_sound(&self) -> bool {
        self.branched.is_empty()
            && self
                .restoration
                .is_none_or(|it| it.parents.is_empty() && it.left.is_empty())
    }

    /// The revisions whose effects the plan depends on: those that some heads of a branched lineage
    /// have below them and others have not.
    pub fn needs(&self) -> BTreeSet<RevIndex> {
        self.branched
            .iter()
            .flat_map(|lineage| self.region(lineage))
            .collect()
    }

    /// What is planned on.
    pub(crate) fn graph(&self) -> &'g Graph {
        self.graph
    }

    pub(crate) fn expectations(&self) -> &'g Expectations {
        self.expectations
    }

    pub(crate) fn publication(&self) -> &Publication {
        self.publication
    }

    pub(crate) fn region(&self, lineage: &Lineage) -> BTreeSet<RevIndex> {
        let counts = self.heads_above(lineage);
        let is_of_some = |index: &RevIndex| {
            let count = counts[index.index()];
            0 < count && count < lineage.heads.len()
        };
        self.graph.indices().filter(is_of_some).collect()
    }

    /// Below how many of the heads of a lineage each revision lies.
    fn heads_above(&self, lineage: &Lineage) -> Vec<usize> {
        let mut counts = vec![0; self.graph.len()];
        for &head in &lineage.heads {
            let chain = self.graph.chain_ancestors_with([head]);
            for index in self.graph.members(&chain) {
                counts[index.index()] += 1;
            }
        }
        counts
    }

    /// The plan, or what must be decided before there can be one. `effects` holds at least those of
    /// [`Self::needs`].
    ///
    /// What other branches carry too is left alone where some order edits only this branch's own.
    pub fn plan(&self, effects: &Effects, wishes: &Wishes) -> Outcome {
        if self.is_sound() && !wishes.answers.has_arrangement() {
            return Outcome::Sound;
        }
        let outcome = self.told(&wishes.answers, |it| it.plan_around_others(effects, wishes));
        match (outcome, self.presumed(&wishes.answers)) {
            (Outcome::Plan(plan), Some(presumed)) => Outcome::Plan(Box::new(Plan {
                presumed: Some(Box::new(presumed)),
                ..*plan
            })),
            (outcome, _) => outcome,
        }
    }

    fn plan_as_it_is(&self, effects: &Effects, wishes: &Wishes) -> Outcome {
        let mut draft = Draft::new(self.graph, self.publication);
        let left = self
            .restoration
            .iter()
            .flat_map(|it| it.left.iter().cloned());
        let mut open: Vec<Decision> = left.map(Decision::Displaced).collect();
        let mut all_constraints = Vec::new();
        let mut kept = Vec::new();
        let arranged = match self.arrange(&mut draft, effects, wishes) {
            Ok(arranged) => arranged,
            Err(impossible) => {
                open.extend(impossible.into_iter().map(Decision::Conflict));
                return Outcome::Open(open);
            }
        };
        for lineage in &self.branched {
            let region = self.region(lineage);
            let mut found = constraints(self.graph, self.graph, effects, &region, wishes.dialects);
            kept.extend(self.settle(&mut found, &region, &wishes.answers));
            if lineage.heads.iter().any(|head| arranged.contains(head)) {
                if let Some(decision) = self.open_side(lineage, &found, wishes) {
                    open.push(decision);
                }
                all_constraints.extend(found);
                continue;
            }
            let contradicting = contradictions(&found);
            if contradicting.is_empty() {
                match self.repair(&mut draft, lineage, &found, effects, wishes) {
                    Ok(()) => {}
                    Err(decision) => open.push(decision),
                }
            } else {
                open.extend(contradicting.into_iter().map(Decision::Conflict));
            }
            all_constraints.extend(found);
        }
        if !open.is_empty() {
            return Outcome::Open(open);
        }
        for index in self.emptied(&draft) {
            let id = emptied(self.graph, index).id(self.graph);
            if wishes.answers.get(&id) == Some(&Answer::Remove) {
                let mut without = draft.clone();
                // Where the rest would not stay a line, it stays.
                if remove(&mut without, self.expectations, &[index]).is_ok() {
                    draft = without;
                }
            }
        }
        self.finish(&draft, &all_constraints, kept, effects, wishes)
    }

    /// Merge revisions that do nothing and of which the draft leaves one parent or none, where nothing is
    /// lost with them: no label, no dependency, and no other branch that carries them too.
    fn emptied(&self, draft: &Draft<'_>) -> Vec<RevIndex> {
        let graph = self.graph;
        let is_named = |index: RevIndex| {
            let mut above = graph.all_children(index);
            above.any(|child| !graph.parents(child).contains(&index))
        };
        let is_shared = |index: RevIndex| {
            self.arrivals
                .is_some_and(|it| !it.carriers(&graph[index].id).is_empty())
        };
        let candidates = self.idle.iter().copied();
        candidates
            .filter(|&index| draft.parents(index).len() < 2 && graph.parents(index).len() > 1)
            .filter(|&index| draft.movable(index).is_some() && !draft.removed().contains(&index))
            .filter(|&index| {
                graph[index].branch_labels.is_empty() && graph[index].dependencies.is_empty()
            })
            .filter(|&index| !is_named(index) && !is_shared(index))
            .collect()
    }

    /// Puts the order that a person wants in the place of what contradicts it; gives the latter.
    fn settle(
        &self,
        constraints: &mut Vec<Constraint>,
        region: &BTreeSet<RevIndex>,
        answers: &Answers,
    ) -> Vec<Conflict> {
        let mut contradicted = Vec::new();
        let index = |id: &RevisionId| {
            let index = self.graph.index(id.as_str());
            index.filter(|index| region.contains(index))
        };
        for (before, after) in answers.kept() {
            let (Some(before), Some(after)) = (index(before), index(after)) else {
                continue;
            };
            let (against, rest): (Vec<Constraint>, Vec<Constraint>) =
                std::mem::take(constraints).into_iter().partition(|found| {
                    found.cause != Cause::DependsOn
                        && (found.before, found.after) == (after, before)
                });
            *constraints = rest;
            contradicted.extend(against.iter().map(no_order));
            let is_met = self.graph.is_ancestor(before, after);
            let is_said = constraints
                .iter()
                .any(|found| (found.before, found.after) == (before, after));
            if !is_met && !is_said {
                constraints.push(Constraint {
                    before,
                    after,
                    cause: Cause::Decided,
                    before_range: None,
                    after_range: None,
                });
            }
        }
        contradicted
    }

    fn repair(
        &self,
        draft: &mut Draft<'_>,
        lineage: &Lineage,
        constraints: &[Constraint],
        effects: &Effects,
        wishes: &Wishes,
    ) -> Result<(), Decision> {
        let by_arrival = |graph: &Graph, members: &[RevIndex]| -> Rank {
            self.arrivals
                .map_or((0, 0, 0), |arrivals| arrivals.rank(graph, members))
        };
        let by_id = |_: &Graph, _: &[RevIndex]| (0, 0, 0);
        if let Some(top) = self.published_top(lineage)? {
            let reason = if self.held.contains(&self.graph[top].id) {
                Reason::OnTop
            } else {
                Reason::OnTopOfPublished
            };
            let known = self.arrivals.filter(|arrivals| !arrivals.is_empty());
            let heads = match known {
                Some(arrivals) => arrivals.cut(self.graph, &lineage.heads),
                None => lineage.heads.clone(),
            };
            return stack(draft, constraints, top, &heads, &by_arrival, &reason)
                .and_then(|()| {
                    let head = self.new_head(draft, lineage);
                    link_arms(draft, constraints, head)
                })
                .map_err(Decision::Conflict);
        }
        let sides = self.sides(lineage, constraints);
        let trunk = self.trunk(&sides, constraints);
        if let Some(decision) = self.open_side(lineage, constraints, wishes) {
            return Err(decision);
        }
        let is_answered = wishes
            .answers
            .iter()
            .any(|(id, _)| self.is_about(id, lineage));
        let nothing = !self.is_unknown || is_answered;
        let kept = sides[trunk].head;
        let others: Vec<RevIndex> = sides
            .iter()
            .map(|side| side.head)
            .filter(|&head| head != kept)
            .collect();
        let placement = wishes.placement.unwrap_or(if nothing {
            Placement::Tables
        } else {
            Placement::Tip
        });
        let result = if nothing && placement == Placement::Tables {
            insert_sides(draft, constraints, effects, kept, &others).and_then(|()| {
                let top = self.new_head(draft, lineage);
                link_arms(draft, constraints, top)
            })
        } else {
            let shorter_first = |_: &Graph, members: &[RevIndex]| (members.len(), 0, 0);
            let rank: &dyn Fn(&Graph, &[RevIndex]) -> Rank =
                if nothing { &shorter_first } else { &by_id };
            stack(draft, constraints, kept, &others, rank, &Reason::OnTop).and_then(|()| {
                let head = self.new_head(draft, lineage);
                link_arms(draft, constraints, head)
            })
        };
        result.map_err(Decision::Conflict)
    }

    /// The first head that the draft leaves of a lineage.
    fn new_head(&self, draft: &Draft<'_>, lineage: &Lineage) -> RevIndex {
        let graph = self.graph;
        let members = graph.chain_ancestors_with(lineage.heads.iter().copied());
        let heads = draft.heads();
        let mut of_lineage = graph.members(&members);
        of_lineage
            .find(|index| heads.contains(index.index()))
            .unwrap_or(lineage.heads[0])
    }
}

/// Whether a merge revision goes.
fn emptied(graph: &Graph, index: RevIndex) -> Decision {
    Decision::EmptiedMerge {
        revision: graph[index].id.clone(),
    }
}
