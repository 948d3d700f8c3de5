//! What a plan comes to, for whoever reviews it: the graph before and after, and databases.

use std::collections::BTreeSet;

use rechain_history::{Graph, RevIndex};
use rechain_planner::{Databases, Effects, EffectsById, Plan, Publication, Standing};

use crate::history::History;
use crate::picture::affected::Affected;
use crate::proposal::Proposal;

/// A plan with what it makes of the graph.
pub(crate) struct Review<'r> {
    history: &'r History,
    plan: &'r Plan,
    publication: &'r Publication,
    /// What is known already of what revisions do.
    effects: &'r Effects,
    /// Afterwards; positions are those of before, so what is taken out stands there alone.
    pub(crate) after: Graph,
    /// The same without what is taken out, where something is.
    without_removed: Option<Graph>,
}

impl<'r> Review<'r> {
    pub(crate) fn of(proposal: &'r Proposal<'_>, plan: &'r Plan) -> Self {
        let history = proposal.history;
        Self {
            history,
            plan,
            publication: &proposal.known.publication,
            effects: &proposal.effects,
            after: plan.applied_to(&history.graph, &history.expectations),
            without_removed: (!plan.removed.is_empty())
                .then(|| plan.result(&history.graph, &history.expectations)),
        }
    }

    /// Afterwards, without what is taken out.
    fn result(&self) -> &Graph {
        self.without_removed.as_ref().unwrap_or(&self.after)
    }

    /// The plan in a sentence.
    pub(crate) fn summary(&self) -> String {
        let mut files = match self.plan.edited().len() {
            1 => "1 file edited".to_owned(),
            many => format!("{many} files edited"),
        };
        match self.plan.removed.len() {
            0 => {}
            1 => files.push_str(" and 1 deleted"),
            many => files = format!("{files} and {many} deleted"),
        }
        if self.history.graph.heads().count() > self.result().heads().count() {
            format!("one head again with {files}")
        } else {
            format!("the same heads in another order, with {files}")
        }
    }

    /// The revisions that get other parents.
    pub(crate) fn changed(&self) -> BTreeSet<RevIndex> {
        let graph = &self.history.graph;
        let steps = self.plan.reparents.iter();
        steps
            .filter_map(|step| graph.index(step.revision.as_str()))
            .collect()
    }

    /// The graph before and after, as far as the plan changes it.
    pub(crate) fn affected(&self) -> Affected<'_> {
        let graph = &self.history.graph;
        let gone = self.plan.removed.iter();
        let gone = gone.filter_map(|id| graph.index(id.as_str())).collect();
        Affected::of(graph, &self.after, self.changed()).without(gone)
    }

    pub(crate) fn is_published(&self, index: RevIndex) -> bool {
        self.publication.is_published(&self.history.graph, index)
    }

    /// What becomes of databases, by the rows they may have: those that a published ref can have led to
    /// and those that only somebody's own branch can.
    pub(crate) fn databases(&self) -> Vec<Standing> {
        let databases = Databases::new(&self.history.graph, self.result());
        let states = databases.states();
        // States ask for the same revisions.
        let needs = databases.all_needs(&states);
        let graph = &self.history.graph;
        let indices = needs.iter().filter_map(|id| graph.index(id.as_str()));
        let (known, unknown): (Vec<RevIndex>, Vec<RevIndex>) =
            indices.partition(|index| self.effects.contains_key(index));
        let known = known.into_iter();
        let known = known.map(|index| (index, self.effects[&index].clone()));
        let effects: EffectsById = self
            .history
            .effects(unknown)
            .into_iter()
            .chain(known)
            .map(|(index, effects)| (graph[index].id.clone(), effects))
            .collect();
        databases.standings(&states, &effects)
    }
}
