//! An order that a person gives: which revisions of a lineage can be ordered freely, and what is wrong
//! with an order of them.

use std::collections::BTreeSet;
use std::fmt;

use rechain_history::{Expectations, Graph, RevIndex, RevisionId, TextRange, upgrade_order};

use crate::Effects;
use crate::answer::{Answer, Answers, DecisionId};
use crate::blocks::{below, linear_order};
use crate::constraint::{Cause, Constraint, constraints, is_opaque};
use crate::draft::Draft;
use crate::plan::{Conflict, ConflictKind, Outcome, Plan, Reason};
use crate::situation::{Situation, Wishes};

/// The revisions of one lineage that no database has, and that can be put in any order they allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrangement {
    /// The name of the decision that [`Answer::Arrange`](crate::Answer::Arrange) answers.
    pub id: DecisionId,
    /// What the first of them follows; `None` where it starts the history.
    pub base: Option<RevIndex>,
    /// The revisions, in the order in which they would run by themselves: the plan's where there is one.
    pub members: Vec<RevIndex>,
    needs: Vec<Constraint>,
    /// Pairs whose present order rests on nothing, because one of the two is not understood.
    unclear: BTreeSet<(RevIndex, RevIndex)>,
}

/// What is wrong with an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// What stands too early.
    pub after: RevIndex,
    /// What it must come after.
    pub before: RevIndex,
    /// Why; `None` where one of the two is not understood and they now run the other way round.
    pub cause: Option<Cause>,
    /// Where that shows in `after`.
    pub range: Option<TextRange>,
}

impl Objection {
    /// Whether no such order can be made. The others are only doubtful.
    pub fn is_impossible(&self) -> bool {
        self.cause.is_some()
    }

    /// In words, with the ids of `graph`: `c1 needs table users, made in 4f2a`.
    pub fn words(&self, graph: &Graph) -> String {
        struct Words<'w>(&'w Objection, &'w Graph);
        impl fmt::Display for Words<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let (before, after) = (&self.1[self.0.before].id, &self.1[self.0.after].id);
                match &self.0.cause {
                    Some(Cause::Needs(object)) => {
                        write!(f, "{after} needs {object}, made in {before}")
                    }
                    Some(Cause::Removes(object)) => {
                        write!(f, "{after} removes {object}, which {before} uses")
                    }
                    Some(Cause::Replaces(object)) => {
                        write!(f, "{after} creates {object} anew, which {before} removes")
                    }
                    Some(Cause::DependsOn) => write!(f, "{after} names {before} in depends_on"),
                    Some(cause) => write!(f, "{after} comes after {before}: it {cause}"),
                    None => write!(
                        f,
                        "not all of {after} and {before} is understood, and they run the other way \
                         round now"
                    ),
                }
            }
        }
        Words(self, graph).to_string()
    }
}

impl Arrangement {
    /// What is wrong with `order`, a permutation of the members: what cannot be first.
    pub fn objections(&self, order: &[RevIndex]) -> Vec<Objection> {
        let at = |index: RevIndex| order.iter().position(|&other| other == index);
        let is_turned = |before, after| at(before) > at(after);
        let mut found: Vec<Objection> = self
            .needs
            .iter()
            .filter(|need| is_turned(need.before, need.after))
            .map(|need| Objection {
                after: need.after,
                before: need.before,
                cause: Some(need.cause.clone()),
                range: need.after_range,
            })
            .collect();
        let doubtful = self
            .unclear
            .iter()
            .filter(|&&(before, after)| is_turned(before, after))
            .map(|&(before, after)| Objection {
                after,
                before,
                cause: None,
                range: None,
            });
        found.extend(doubtful);
        found
    }

    /// The same, with the members in this order.
    #[must_use]
    pub fn in_order(&self, order: &[RevIndex]) -> Self {
        Self {
            members: order.to_vec(),
            ..self.clone()
        }
    }

    /// What must come before what among the members, and why.
    pub fn needs(&self) -> &[Constraint] {
        &self.needs
    }
}

impl Situation<'_> {
    /// What can be put in another order: one entry for each lineage with at least two revisions that no
    /// database has. Of a lineage that is one line already, these are the ones down to the nearest fork.
    ///
    /// `effects` holds at least those of [`Self::arrangeable`].
    pub fn arrangements(&self, effects: &Effects, wishes: &Wishes) -> Vec<Arrangement> {
        self.told(&wishes.answers, |it| it.arrangements_here(effects, wishes))
    }

    fn arrangements_here(&self, effects: &Effects, wishes: &Wishes) -> Vec<Arrangement> {
        let planned = self
            .likely_plan(effects, wishes)
            .map(|plan| plan.applied_to(self.graph(), self.expectations()));
        self.ranges()
            .into_iter()
            .map(|range| self.arrangement(range, planned.as_ref(), effects, wishes))
            .collect()
    }

    /// The plan if every open question got the answer that changes the fewest files.
    pub fn likely_plan(&self, effects: &Effects, wishes: &Wishes) -> Option<Plan> {
        let mut wishes = Wishes {
            take_defaults: true,
            ..wishes.clone()
        };
        loop {
            let open = match self.plan(effects, &wishes) {
                Outcome::Plan(plan) => return Some(*plan),
                Outcome::Sound => return None,
                Outcome::Open(open) => open,
            };
            let decision = open.first()?;
            let id = decision.id(self.graph());
            let choices = self.choices(decision, effects, &wishes, None);
            let fewest = choices
                .into_iter()
                .min_by_key(|it| it.plan().map_or(usize::MAX, |plan| plan.reparents.len()))?;
            // An option that leaves its own question open is none, so this ends.
            wishes.answers.give(id, fewest.answer);
        }
    }

    /// The revisions whose effects an arrangement depends on.
    pub fn arrangeable(&self, answers: &Answers) -> BTreeSet<RevIndex> {
        self.told(answers, |it| {
            let ranges = it.ranges().into_iter();
            ranges.flat_map(|range| range.members).collect()
        })
    }

    fn ranges(&self) -> Vec<Range> {
        let graph = self.graph();
        rechain_history::lineages(graph)
            .iter()
            .filter_map(|lineage| {
                if lineage.is_linear() {
                    self.line(lineage.heads[0])
                } else {
                    self.fork(lineage)
                }
            })
            .filter(|range| range.members.len() > 1)
            .collect()
    }

    /// The revisions of a straight line that no database has, from its head down to a fork.
    fn line(&self, head: RevIndex) -> Option<Range> {
        let graph = self.graph();
        let mut members = Vec::new();
        let mut base = Some(head);
        while let Some(index) = base {
            let is_free = graph.parents(index).len() < 2
                && graph[index].down_revisions().len() < 2
                && graph.children(index).len() < 2
                && !self.publication().is_published(graph, index);
            if !is_free {
                break;
            }
            members.push(index);
            base = graph.parents(index).first().copied();
        }
        members.reverse();
        (!members.is_empty()).then_some(Range {
            heads: vec![head],
            base,
            members,
        })
    }

    /// The revisions above a fork that no database has.
    fn fork(&self, lineage: &rechain_history::Lineage) -> Option<Range> {
        let graph = self.graph();
        let base = match self.published_top(lineage) {
            Ok(Some(top)) => Some(top),
            Ok(None) => {
                let common = lineage
                    .heads
                    .iter()
                    .map(|&head| below(graph, head))
                    .reduce(|one, other| one.intersection(&other).copied().collect())
                    .unwrap_or_default();
                let tops: Vec<RevIndex> = common
                    .iter()
                    .copied()
                    .filter(|&index| {
                        !graph
                            .children(index)
                            .iter()
                            .any(|child| common.contains(child))
                    })
                    .collect();
                match tops.as_slice() {
                    [] => None,
                    [top] => Some(*top),
                    // Several lines meet several others: one order from here on would not be one line.
                    _ => return None,
                }
            }
            Err(_) => return None,
        };
        let region = self.region(lineage);
        let members = upgrade_order(graph)
            .into_iter()
            .filter(|index| {
                region.contains(index) && !self.publication().is_published(graph, *index)
            })
            .collect();
        Some(Range {
            heads: lineage.heads.clone(),
            base,
            members,
        })
    }

    fn arrangement(
        &self,
        range: Range,
        planned: Option<&Graph>,
        effects: &Effects,
        wishes: &Wishes,
    ) -> Arrangement {
        let answers = &wishes.answers;
        let graph = self.graph();
        let members: BTreeSet<RevIndex> = range.members.iter().copied().collect();
        let side_by_side = self.side_by_side(&range, &members);
        // Where the chain has an order already, only what it has counts: a revision that drops a table
        // between two that create it is no contradiction.
        let declared = members.iter().flat_map(|&after| {
            let dependencies = graph.dependencies(after).iter().copied();
            dependencies
                .filter(|before| members.contains(before))
                .map(move |before| Constraint {
                    before,
                    after,
                    cause: Cause::DependsOn,
                    before_range: None,
                    after_range: None,
                })
        });
        let needs: Vec<Constraint> = declared
            .chain(constraints(
                &side_by_side,
                graph,
                effects,
                &members,
                wishes.dialects,
            ))
            .filter(|need| !graph.is_ancestor(need.after, need.before))
            .filter(|need| !answers.turns(graph, need.before, need.after))
            .collect();
        let mut unclear = BTreeSet::new();
        for &after in &members {
            for &before in members
                .iter()
                .filter(|&&before| graph.is_ancestor(before, after))
            {
                if is_opaque(effects.get(&before)) || is_opaque(effects.get(&after)) {
                    unclear.insert((before, after));
                }
            }
        }
        unclear.retain(|pair| !needs.iter().any(|need| (need.before, need.after) == *pair));
        let order = planned.map_or_else(
            || {
                linear_order(graph, &range.members, &needs)
                    .unwrap_or_else(|_| range.members.clone())
            },
            |planned| {
                upgrade_order(planned)
                    .into_iter()
                    .filter(|index| members.contains(index))
                    .collect()
            },
        );
        Arrangement {
            id: DecisionId::of("order", graph, range.heads),
            base: range.base,
            members: order,
            needs,
            unclear,
        }
    }

    /// The graph in which no member lies above another one, so that what each does to the others shows.
    fn side_by_side(&self, range: &Range, members: &BTreeSet<RevIndex>) -> Graph {
        let graph = self.graph();
        let base = range.base.map(|base| graph[base].id.clone());
        let changed = members.iter().map(|&member| {
            let mut revision = graph[member].with_parents(base.iter().cloned().collect());
            // A dependency among members is a need, not a link.
            let mut dependencies = graph.dependencies(member).iter();
            if dependencies.any(|it| members.contains(it)) {
                revision.dependencies.clear();
            }
            (member, revision)
        });
        graph.with(changed, &Expectations::default())
    }

    /// Puts what answers arrange into that order; gives the heads of the lineages concerned.
    pub(crate) fn arrange(
        &self,
        draft: &mut Draft<'_>,
        effects: &Effects,
        wishes: &Wishes,
    ) -> Result<BTreeSet<RevIndex>, Vec<Conflict>> {
        let answers = &wishes.answers;
        let mut arranged = BTreeSet::new();
        let mut impossible = Vec::new();
        if !answers.has_arrangement() {
            return Ok(arranged);
        }
        for range in self.ranges() {
            let heads = range.heads.clone();
            let arrangement = self.arrangement(range, None, effects, wishes);
            let Some(Answer::Arrange(order)) = answers.get(&arrangement.id) else {
                continue;
            };
            match self.arranged(draft, &arrangement, order, wishes) {
                Ok(()) => arranged.extend(heads),
                Err(conflict) => impossible.push(conflict),
            }
        }
        if impossible.is_empty() {
            Ok(arranged)
        } else {
            Err(impossible)
        }
    }

    fn arranged(
        &self,
        draft: &mut Draft<'_>,
        arrangement: &Arrangement,
        order: &[RevisionId],
        wishes: &Wishes,
    ) -> Result<(), Conflict> {
        let graph = self.graph();
        let mut complete: Vec<RevIndex> = Vec::with_capacity(arrangement.members.len());
        let named = order.iter().filter_map(|id| graph.index(id.as_str()));
        // What the answer leaves out comes behind what it names.
        for index in named.chain(arrangement.members.iter().copied()) {
            if arrangement.members.contains(&index) && !complete.contains(&index) {
                complete.push(index);
            }
        }
        let objections = arrangement.objections(&complete);
        if let Some(found) = objections.into_iter().find(Objection::is_impossible) {
            return Err(Conflict {
                one: found.after,
                other: found.before,
                kind: ConflictKind::NoOrder(found.cause.unwrap_or(Cause::DependsOn)),
                one_range: found.range,
                other_range: None,
                dialects: wishes.dialects,
            });
        }
        let mut previous = arrangement.base;
        for member in complete {
            if let Some(movable) = draft.movable(member) {
                draft.set_parents(movable, previous.into_iter().collect(), Reason::Chosen);
            }
            previous = Some(member);
        }
        Ok(())
    }
}

/// What can be ordered, before its effects were looked at.
struct Range {
    heads: Vec<RevIndex>,
    base: Option<RevIndex>,
    members: Vec<RevIndex>,
}
