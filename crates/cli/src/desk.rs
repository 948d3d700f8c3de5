//! One environment on the table: what is known of it, what was answered, and what planning comes to.

use std::borrow::Cow;

use rechain_history::RevIndex;
use rechain_parser::does_nothing;
use rechain_planner::{
    Arrangement, Choice, Decision, Effects, Ground, Outcome, Plan, Publication, Situation, Wishes,
};
use rechain_project::Change;

use crate::history::History;
use crate::proposal::changes;
use crate::publication::Known;
use crate::redundant_depends::{self, Redundant};

/// Merge revisions that do nothing.
pub(crate) fn empty_merges(history: &History) -> Vec<RevIndex> {
    let graph = &history.graph;
    graph
        .indices()
        .filter(|&index| graph.is_merge_point(index))
        .filter(|&index| does_nothing(history.file_of(index).text()))
        .collect()
}

/// Where answers are tried out before anything is written.
pub(crate) struct Desk<'d> {
    pub(crate) history: &'d History,
    pub(crate) known: &'d Known,
    pub(crate) wishes: Wishes,
    /// Whether what the new chain implies is taken out of `depends_on`.
    pub(crate) drops_redundant: bool,
    situation: Situation<'d>,
    effects: Effects,
}

impl<'d> Desk<'d> {
    pub(crate) fn new(
        history: &'d History,
        known: &'d Known,
        ground: &'d Ground<'d>,
        wishes: Wishes,
    ) -> Self {
        let mut situation = Situation::on(ground, &history.expectations);
        if !situation.is_sound() {
            situation = situation.with_idle(empty_merges(history));
        }
        let effects = history.effects(situation.needs());
        let mut desk = Self {
            history,
            known,
            wishes,
            drops_redundant: false,
            situation,
            effects,
        };
        if !desk.wishes.answers.is_empty() {
            desk.read_arrangeable();
        }
        desk
    }

    /// How many bodies have to be read.
    pub(crate) fn needs(history: &History, ground: &Ground<'_>) -> usize {
        Situation::on(ground, &history.expectations).needs().len()
    }

    pub(crate) fn outcome(&self) -> Outcome {
        self.situation.plan(&self.effects, &self.wishes)
    }

    /// What must be decided before there can be a plan.
    pub(crate) fn open(&self) -> Vec<Decision> {
        match self.outcome() {
            Outcome::Open(open) => open,
            Outcome::Sound | Outcome::Plan(_) => Vec::new(),
        }
    }

    /// What may be decided, although the plan does not wait for it.
    pub(crate) fn offered(&self, planned: &Outcome) -> Vec<Decision> {
        let Outcome::Plan(plan) = planned else {
            return Vec::new();
        };
        let emptied = plan.emptied.iter().cloned();
        emptied
            .map(|revision| Decision::EmptiedMerge { revision })
            .filter(|it| {
                self.wishes
                    .answers
                    .get(&it.id(&self.history.graph))
                    .is_none()
            })
            .collect()
    }

    /// Whether nothing is to be done, whatever was answered.
    pub(crate) fn is_sound(&self) -> bool {
        self.situation.is_sound()
    }

    /// The options of a decision. `planned` is what planning comes to as things are, where that is known.
    pub(crate) fn choices(&self, decision: &Decision, planned: Option<&Outcome>) -> Vec<Choice> {
        self.situation
            .choices(decision, &self.effects, &self.wishes, planned)
    }

    /// What can be put in another order.
    pub(crate) fn arrangements(&mut self) -> Vec<Arrangement> {
        self.read_arrangeable();
        self.situation.arrangements(&self.effects, &self.wishes)
    }

    fn read_arrangeable(&mut self) {
        let wanted = self.situation.arrangeable(&self.wishes.answers);
        let missing = wanted
            .into_iter()
            .filter(|index| !self.effects.contains_key(index));
        let read = self.history.effects(missing);
        self.effects.extend(read);
    }

    /// The plan if every open question got the answer that changes the fewest files.
    pub(crate) fn likely_plan(&self) -> Option<Plan> {
        self.situation.likely_plan(&self.effects, &self.wishes)
    }

    /// What a revision does; empty where it does not matter here.
    pub(crate) fn effects(&self) -> &Effects {
        &self.effects
    }

    /// The same, kept beyond the desk.
    pub(crate) fn into_effects(self) -> Effects {
        self.effects
    }

    /// What databases have under a plan.
    pub(crate) fn publication<'p>(&'p self, plan: &'p Plan) -> &'p Publication {
        plan.presumed.as_deref().unwrap_or(&self.known.publication)
    }

    /// What databases have as far as it is known by now: answers count.
    pub(crate) fn publication_now(&self) -> Cow<'_, Publication> {
        match self.situation.presumed(&self.wishes.answers) {
            Some(presumed) => Cow::Owned(presumed),
            None => Cow::Borrowed(&self.known.publication),
        }
    }

    /// The changes of files that a plan comes to.
    pub(crate) fn changes(&self, plan: &Plan) -> anyhow::Result<Vec<Change>> {
        let redundant = if self.drops_redundant {
            self.redundant(plan)
        } else {
            Vec::new()
        };
        changes(self.history, plan, &redundant, self.publication(plan))
    }

    /// Entries of `depends_on` that a plan makes needless.
    pub(crate) fn redundant(&self, plan: &Plan) -> Vec<Redundant> {
        let graph = &self.history.graph;
        if graph
            .revisions()
            .iter()
            .all(|it| it.dependencies.is_empty())
        {
            return Vec::new();
        }
        let before = redundant_depends::of(graph);
        let after = plan.result(graph, &self.history.expectations);
        let mut redundant = redundant_depends::of(&after);
        redundant.retain(|it| !before.contains(it));
        redundant
    }
}
