//! The sides of a fork, and which of them stays where it is.

use std::collections::{BTreeMap, BTreeSet};

use rechain_history::{Lineage, RevIndex};

use crate::blocks::{below, block};
use crate::constraint::{Cause, Constraint};
use crate::plan::{Decision, Side};

use super::{Situation, Wishes};

impl Situation<'_> {
    /// The question which side stays, where it is open.
    pub(super) fn open_side(
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
    pub(super) fn sides(&self, lineage: &Lineage, constraints: &[Constraint]) -> Vec<Side> {
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
    pub(super) fn trunk(&self, sides: &[Side], constraints: &[Constraint]) -> usize {
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
}
