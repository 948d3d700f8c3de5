//! Planning with what answers say of databases, and around what other branches carry.

use std::collections::BTreeSet;

use rechain_history::{Lineage, RevIndex, RevisionId};

use crate::Effects;
use crate::answer::{Answer, Answers, DecisionId};
use crate::plan::{Decision, Outcome};
use crate::publication::{Publication, Published};

use super::{Situation, Wishes};

impl Situation<'_> {
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
    pub(super) fn is_about(&self, id: &DecisionId, lineage: &Lineage) -> bool {
        let heads = lineage.heads.iter().copied();
        let tops = match self.published_top(lineage) {
            Err(Decision::BothPublished { heads }) => heads,
            _ => Vec::new(),
        };
        *id == DecisionId::of("deployed", self.graph, heads)
            || *id == DecisionId::of("published", self.graph, tops)
    }

    /// What other branches carry too is left alone where it can be.
    pub(super) fn plan_around_others(&self, effects: &Effects, wishes: &Wishes) -> Outcome {
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
}
