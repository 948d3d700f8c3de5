//! Planning in two steps: which bodies matter, then what to do.

use std::collections::{BTreeMap, BTreeSet};

use rechain_history::{
    Dialects, Divergence, Effect, Expectations, Graph, Lineage, Problem, RevIndex, RevisionId,
    lineages, upgrade_order,
};

use crate::Effects;
use crate::answer::{Answer, Answers, DecisionId};
use crate::arrival::{Arrivals, Rank};
use crate::blocks::{below, block, stack};
use crate::commute::PairSide;
use crate::conflict::{contradictions, no_order};
use crate::constraint::{Cause, Constraint, constraints};
use crate::draft::Draft;
use crate::ground::Ground;
use crate::insertion::{insert_sides, link_arms};
use crate::pair::Proof;
use crate::plan::{
    Conflict, Decision, NotUnderstood, Ordered, Outcome, Plan, Reason, Reparent, Side, Unproven,
};
use crate::publication::{Publication, Published, Restoration};
use crate::surgery::remove;

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

    /// Looks at the situation as it is with what answers say of databases.
    pub(crate) fn told<T>(&self, answers: &Answers, look: impl FnOnce(&Situation<'_>) -> T) -> T {
        match self.presumed(answers) {
            Some(presumed) => look(&Situation {
                publication: &presumed,
                ..self.clone()
            }),
            None => look(self),
        }
    }

    /// What databases have where answers say so; `None` where they say nothing of it.
    pub fn presumed(&self, answers: &Answers) -> Option<Publication> {
        let graph = self.graph;
        let index = |id: &RevisionId| graph.index(id.as_str());
        let (mut deployed, mut not_deployed) = (Vec::new(), Vec::new());
        let mut is_told = false;
        for (id, answer) in answers.iter() {
            match answer {
                Answer::Deployed(id) => deployed.extend(index(id)),
                Answer::NotDeployed(id) => not_deployed.extend(index(id)),
                Answer::NothingDeployed => {
                    // In this lineage: nothing of what its heads do not have in common.
                    let lineage = self.branched.iter().filter(|it| self.is_about(id, it));
                    let region = lineage.flat_map(|it| self.region(it));
                    not_deployed.extend(region);
                }
                _ => continue,
            }
            is_told = true;
        }
        if !is_told {
            return None;
        }
        let published = match self.publication {
            Publication::Known(published) => published.clone(),
            Publication::Unknown | Publication::Nothing => Published::default(),
        };
        let above = graph.descendants_with(not_deployed);
        let above = graph.members(&above).map(|it| graph[it].id.clone());
        let published = published.and_at(graph, deployed).without(&above.collect());
        Some(if published.is_empty() {
            Publication::Nothing
        } else {
            Publication::Known(published)
        })
    }

    /// Whether a decision is about what is deployed of a lineage.
    fn is_about(&self, id: &DecisionId, lineage: &Lineage) -> bool {
        let heads = lineage.heads.iter().copied();
        let tops = match self.published_top(lineage) {
            Err(Decision::BothPublished { heads }) => heads,
            _ => Vec::new(),
        };
        *id == DecisionId::of("deployed", self.graph, heads)
            || *id == DecisionId::of("published", self.graph, tops)
    }

    /// What other branches carry too is left alone where it can be.
    fn plan_around_others(&self, effects: &Effects, wishes: &Wishes) -> Outcome {
        // Where a person gives the order, it is theirs to touch anything.
        if wishes.answers.has_arrangement() {
            return self.plan_as_it_is(effects, wishes);
        }
        if let Some((held, publication)) = self.holding_what_others_carry() {
            let attempt = Situation {
                publication: &publication,
                held,
                ..self.clone()
            };
            let outcome = attempt.plan_as_it_is(effects, wishes);
            if matches!(outcome, Outcome::Plan(_)) {
                return outcome;
            }
        }
        self.plan_as_it_is(effects, wishes)
    }

    fn holding_what_others_carry(&self) -> Option<(BTreeSet<RevisionId>, Publication)> {
        let carried: Vec<RevIndex> = self
            .arrivals?
            .carried()
            .iter()
            .filter_map(|id| self.graph.index(id.as_str()))
            .collect();
        let below = self.graph.ancestors_with(carried);
        let held: BTreeSet<RevisionId> = self
            .graph
            .members(&below)
            .filter(|&index| !self.publication.is_published(self.graph, index))
            .map(|index| self.graph[index].id.clone())
            .collect();
        if held.is_empty() {
            return None;
        }
        let published = match self.publication {
            Publication::Unknown => return None,
            Publication::Nothing => Published::default(),
            Publication::Known(published) => published.clone(),
        };
        let publication = Publication::Known(published.holding(held.iter().cloned()));
        Some((held, publication))
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

    /// The question which side stays, where it is open.
    fn open_side(
        &self,
        lineage: &Lineage,
        constraints: &[Constraint],
        wishes: &Wishes,
    ) -> Option<Decision> {
        let sides = self.sides(lineage, constraints);
        let default = self.trunk(&sides, constraints);
        let decision = Decision::WhichSideStays { sides, default };
        let is_open = self.is_unknown
            && !wishes.take_defaults
            && wishes.answers.get(&decision.id(self.graph)).is_none();
        is_open.then_some(decision)
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

    /// The topmost published revision of a lineage, where one lies above the fork; several are a
    /// decision. Where none does, no database can have passed the fork.
    pub(crate) fn published_top(&self, lineage: &Lineage) -> Result<Option<RevIndex>, Decision> {
        let is_past_the_fork = |index: &RevIndex| self.publication.is_published(self.graph, *index);
        if !self.region(lineage).iter().any(is_past_the_fork) {
            return Ok(None);
        }
        let members: BTreeSet<RevIndex> = lineage
            .heads
            .iter()
            .flat_map(|&head| below(self.graph, head))
            .collect();
        let published = |index: &RevIndex| self.publication.is_published(self.graph, *index);
        let tops: Vec<RevIndex> = members
            .iter()
            .copied()
            .filter(published)
            .filter(|&index| !self.graph.children(index).iter().any(&published))
            .collect();
        match tops.as_slice() {
            [] => Ok(None),
            [top] => Ok(Some(*top)),
            _ => Err(Decision::BothPublished { heads: tops }),
        }
    }

    /// The sides of a fork: what each head has for itself. What several heads share, but not all,
    /// belongs to the first of them in the order in which they are handled.
    fn sides(&self, lineage: &Lineage, constraints: &[Constraint]) -> Vec<Side> {
        let counts = self.heads_above(lineage);
        let is_common = |index: &RevIndex| counts[index.index()] == lineage.heads.len();
        let common = self.graph.indices().filter(is_common).collect();
        let mut sides: Vec<Side> = lineage
            .heads
            .iter()
            .map(|&head| Side {
                head,
                revisions: block(self.graph, head, &common),
            })
            .collect();
        // Needed before needing, then shorter, then by id.
        sides.sort_by_key(|side| (side.revisions.len(), self.graph[side.head].id.clone()));
        let mut ordered: Vec<Side> = Vec::with_capacity(sides.len());
        while !sides.is_empty() {
            let free = sides.iter().position(|side| {
                constraints.iter().all(|found| {
                    !side.revisions.contains(&found.after)
                        || side.revisions.contains(&found.before)
                        || !sides
                            .iter()
                            .any(|other| other.revisions.contains(&found.before))
                })
            });
            ordered.push(sides.remove(free.unwrap_or(0)));
        }
        ordered
    }

    /// Which side the others are put onto: the one most needed by them, else the longest, else the
    /// one with the smallest revision id.
    fn trunk(&self, sides: &[Side], constraints: &[Constraint]) -> usize {
        let mut of: BTreeMap<RevIndex, Vec<usize>> = BTreeMap::new();
        for (at, side) in sides.iter().enumerate() {
            for &revision in &side.revisions {
                of.entry(revision).or_default().push(at);
            }
        }
        let of = |revision: RevIndex| of.get(&revision).map_or(&[][..], Vec::as_slice);
        let mut needed: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); sides.len()];
        for found in constraints {
            if matches!(found.cause, Cause::Needs(_) | Cause::DependsOn) {
                let needing = of(found.after);
                for &at in of(found.before).iter().filter(|at| !needing.contains(at)) {
                    needed[at].extend(needing);
                }
            }
        }
        let needed_by = |at: usize| needed[at].len();
        let smallest = |at: usize| {
            sides[at]
                .revisions
                .iter()
                .map(|&index| self.graph[index].id.clone())
                .min()
        };
        (0..sides.len())
            .min_by(|&one, &other| {
                needed_by(other)
                    .cmp(&needed_by(one))
                    .then(
                        sides[other]
                            .revisions
                            .len()
                            .cmp(&sides[one].revisions.len()),
                    )
                    .then_with(|| smallest(one).cmp(&smallest(other)))
            })
            .unwrap_or(0)
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
        let not_understood = not_understood(effects, &pairs.involved);
        if wishes.strict && !(not_understood.is_empty() && proof.unproven.is_empty()) {
            let decision = Decision::NotUnderstood(with_doubts(&not_understood, &proof.unproven));
            if wishes.answers.get(&decision.id(self.graph)).is_none() {
                return Outcome::Open(vec![decision]);
            }
        }
        let id = |index: RevIndex| self.graph[index].id.clone();
        let position: BTreeMap<RevIndex, usize> = upgrade_order(&new)
            .into_iter()
            .enumerate()
            .map(|(at, index)| (index, at))
            .collect();
        let put_back =
            restored.map(|(leave, parents)| (leave.index(), parents.as_slice(), &Reason::PutBack));
        let mut changed: Vec<_> = draft.changed().chain(put_back).collect();
        changed.retain(|(index, parents, _)| {
            self.original.parents(*index) != *parents
                || self.original[*index].down_revisions().len() != parents.len()
        });
        changed.sort_by_key(|(index, ..)| position.get(index));
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

/// Whether a merge revision goes.
fn emptied(graph: &Graph, index: RevIndex) -> Decision {
    Decision::EmptiedMerge {
        revision: graph[index].id.clone(),
    }
}

/// The pairs that lie above each other in the new graph and did not in the old one.
pub(crate) struct NewPairs {
    involved: BTreeSet<RevIndex>,
    /// In the order of the earlier position in the graph, then the later one.
    pairs: Vec<NewPair>,
}

/// Two revisions that a change newly orders.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewPair {
    pub(crate) lower: RevIndex,
    pub(crate) upper: RevIndex,
    /// Whether they lay above each other the other way round.
    pub(crate) is_turned: bool,
}

impl NewPair {
    /// The two by their positions in the graph.
    pub(crate) fn sorted(&self) -> (RevIndex, RevIndex) {
        (self.lower.min(self.upper), self.lower.max(self.upper))
    }
}

impl NewPairs {
    pub(crate) fn between(old: &Graph, new: &Graph, changed: &[RevIndex]) -> Self {
        // Only what lies at or above a changed revision can have got something new below it.
        let above = new.descendants_with(changed.iter().copied());
        let differences = Divergence::between(new, old);
        let of = |index: RevIndex| differences.of(index).expect("the graphs have the same ids");
        let mut pairs: Vec<NewPair> = Vec::new();
        let mut involved = BTreeSet::new();
        for upper in new.members(&above) {
            let gained = &of(upper).here;
            if !gained.is_empty() {
                involved.insert(upper);
            }
            pairs.extend(gained.iter().map(|&lower| NewPair {
                lower,
                upper,
                is_turned: of(lower).there.binary_search(&upper).is_ok(),
            }));
        }
        involved.extend(pairs.iter().map(|pair| pair.lower));
        pairs.sort_by_key(NewPair::sorted);
        // In a circle each lies above the other.
        pairs.dedup_by_key(|pair| pair.sorted());
        Self { involved, pairs }
    }

    /// Everything that is in some pair.
    pub(crate) fn involved(&self) -> &BTreeSet<RevIndex> {
        &self.involved
    }

    pub(crate) fn holds(&self, one: RevIndex, other: RevIndex) -> bool {
        let pair = (one.min(other), one.max(other));
        self.pairs
            .binary_search_by_key(&pair, NewPair::sorted)
            .is_ok()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = NewPair> + '_ {
        self.pairs.iter().copied()
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
            let rechain_history::EffectKind::Opaque { reason } = &first.kind else {
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
