//! Databases under a change of the graph: which of them it is right for, and what brings the others
//! there.
//!
//! Alembic keeps no history, only the rows of `alembic_version`: with the new files it believes that
//! whatever lies at or below a row has run. So a change is right for a database if every row is still
//! there, no row lies below another, and the set at or below the rows is the one that really ran.
//! Otherwise Alembic refuses ("overlaps", "Can't locate revision"), or skips or repeats migrations
//! without a word.

mod command;
mod recipe;
mod simulation;
mod states;
mod window;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use fixedbitset::FixedBitSet;
use rechain_history::{
    Dialect, Dialects, Divergence, Effect, Graph, RevIndex, RevisionId, resolve, upgrade_order,
};

pub use command::{Command, Target};
pub use recipe::{Recipe, Way};

use self::simulation::overlap;
use self::window::Window;
use crate::commute::{Premise, Summary};

/// A graph before and after a change.
#[derive(Debug)]
pub struct Databases<'g> {
    before: &'g Graph,
    after: &'g Graph,
    /// How what lies below each revision of `before` differs afterwards.
    differences: OnceCell<Divergence>,
    /// Where each revision of `before` is in `after`: looked up once, since sets of thousands are translated.
    now: Vec<Option<RevIndex>>,
    /// Where each revision of `after` is in `before`.
    then: Vec<Option<RevIndex>>,
    order_before: Vec<RevIndex>,
    order_after: Vec<RevIndex>,
    /// The databases the project runs on.
    dialects: Dialects,
    /// Where recipes are made; looked for when the first is asked for.
    window: OnceCell<Option<Window>>,
    /// Whether the bases are where the history begins, and not where a window was cut off.
    is_whole: bool,
}

/// What is to be known of revisions, by id: the effects of `upgrade()`.
pub type EffectsById = BTreeMap<RevisionId, Vec<Effect>>;

/// A database with certain rows, after the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The rows of `alembic_version`.
    pub rows: Vec<RevisionId>,
    /// What is wrong; nothing: the change is right for it.
    pub troubles: Vec<Trouble>,
    /// What `upgrade` would run next, in order, where it runs.
    pub pending: Vec<RevisionId>,
    /// Pairs that a new database runs in the order given and this one did or would run the other way
    /// round, and of which it is not shown that the order does not matter.
    pub doubts: Vec<(RevisionId, RevisionId)>,
    /// What makes it right, the gentlest first.
    pub recipes: Vec<Recipe>,
}

/// Why a change is not right for a database.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// `Can't locate revision identified by`: no file has this row's id any more.
    CannotLocate(RevisionId),
    /// No file has it, but Alembic takes it for the beginning of another id.
    TakenFor {
        /// The row.
        row: RevisionId,
        /// The revision Alembic takes it for.
        revision: RevisionId,
    },
    /// `overlaps with other requested revisions`: one row lies below another now.
    Overlaps {
        /// The row below.
        lower: RevisionId,
        /// The row above.
        upper: RevisionId,
    },
    /// These lie below a row, have not run and never will: Alembic says nothing.
    Skips(Vec<RevisionId>),
    /// These have run and would run again.
    Reruns(Vec<RevisionId>),
}

impl<'g> Databases<'g> {
    /// Neither graph is damaged.
    pub fn new(before: &'g Graph, after: &'g Graph) -> Self {
        Self {
            differences: OnceCell::new(),
            now: twins(before, after),
            then: twins(after, before),
            before,
            after,
            order_before: upgrade_order(before),
            order_after: upgrade_order(after),
            dialects: Dialects::of([Dialect::PostgreSql, Dialect::Sqlite, Dialect::MySql]),
            window: OnceCell::new(),
            is_whole: true,
        }
    }

    /// The same, where recipes are made in the whole graphs.
    #[cfg(test)]
    fn without_window(self) -> Self {
        Self {
            window: OnceCell::from(None),
            ..self
        }
    }

    /// What is seen in a window.
    fn within(window: &'g Window, dialects: Dialects) -> Self {
        Self {
            window: OnceCell::from(None),
            is_whole: false,
            ..Self::new(&window.before, &window.after).on(dialects)
        }
    }

    /// The same for a project that runs on these databases.
    #[must_use]
    pub fn on(mut self, dialects: Dialects) -> Self {
        self.dialects = dialects;
        self
    }

    /// The states that are worth looking at: empty, at each point where heads part, at each head, at each revision
    /// with another set below it, at all heads.
    pub fn states(&self) -> Vec<Vec<RevisionId>> {
        match self.narrowed() {
            Some(seen) => states::states(&seen),
            None => states::states(self),
        }
    }

    /// What is in the window, where nothing differs below it.
    fn narrowed(&self) -> Option<Databases<'_>> {
        let window = self.window().filter(|it| it.shows_all_that_differs())?;
        Some(Databases::within(window, self.dialects))
    }

    /// Whether both graphs have all these rows, and there are any: what becomes of an empty database is up to
    /// the whole graph.
    fn has_rows(&self, rows: &[RevisionId]) -> bool {
        let has = |row: &RevisionId| {
            let row = row.as_str();
            self.before.index(row).is_some() && self.after.index(row).is_some()
        };
        !rows.is_empty() && rows.iter().all(has)
    }

    /// Whether exactly what lay at or below a revision still does. A database all of whose rows are so is
    /// served by the change.
    pub fn is_unchanged(&self, index: RevIndex) -> bool {
        self.differences().is_same(index)
    }

    /// Looked for when it is needed: recipes do without.
    fn differences(&self) -> &Divergence {
        let find = || Divergence::between(self.before, self.after);
        self.differences.get_or_init(find)
    }

    /// Everything at or below a revision of the graph before, in its positions.
    fn below_before(&self, index: RevIndex) -> FixedBitSet {
        self.before.ancestors_with([index])
    }

    /// The same of the graph afterwards.
    fn below_after(&self, index: RevIndex) -> FixedBitSet {
        self.after.ancestors_with([index])
    }

    /// The revisions whose effects [`Databases::standing`] asks for.
    pub fn needs(&self, rows: &[RevisionId]) -> BTreeSet<RevisionId> {
        self.all_needs(&[rows.to_vec()])
    }

    /// The same for several databases.
    pub fn all_needs(&self, states: &[Vec<RevisionId>]) -> BTreeSet<RevisionId> {
        let narrowed = self.narrowed();
        let needs = states.iter().map(|rows| match &narrowed {
            Some(seen) if seen.has_rows(rows) => seen.needed(rows),
            _ => self.needed(rows),
        });
        needs.flatten().collect()
    }

    fn needed(&self, rows: &[RevisionId]) -> BTreeSet<RevisionId> {
        let located = self.locate(rows);
        let mut needs: BTreeSet<RevisionId> = located.removed.iter().cloned().collect();
        for (earlier, later) in self.at_stake(&located) {
            needs.insert(self.after[earlier].id.clone());
            needs.insert(self.after[later].id.clone());
        }
        needs
    }

    /// What becomes of a database with these rows that ran exactly what lay at or below them before.
    /// A row that only the graph afterwards has counts as one that was reached with it.
    pub fn standing(&self, rows: &[RevisionId], effects: &EffectsById) -> Standing {
        let mut standings = self.standings(&[rows.to_vec()], effects);
        standings.pop().expect("one for each state")
    }

    /// The same for several databases.
    pub fn standings(&self, states: &[Vec<RevisionId>], effects: &EffectsById) -> Vec<Standing> {
        let narrowed = self.narrowed();
        let (mut orders, mut orders_seen) = (Orders::new(effects), Orders::new(effects));
        let standings = states.iter().map(|rows| match &narrowed {
            Some(seen) if seen.has_rows(rows) => seen.stand(rows, &mut orders_seen),
            _ => self.stand(rows, &mut orders),
        });
        standings.collect()
    }

    fn stand(&self, rows: &[RevisionId], orders: &mut Orders<'_>) -> Standing {
        let located = self.locate(rows);
        let mut troubles = located.troubles.clone();
        let rows_after: Vec<RevIndex> = located.rows_after.iter().copied().collect();
        if let Some((lower, upper)) = overlap(self.after, &rows_after) {
            troubles.push(Trouble::Overlaps {
                lower: self.after[lower].id.clone(),
                upper: self.after[upper].id.clone(),
            });
        }
        let believed = self.after.ancestors_with(rows_after.iter().copied());
        let is_located = located.troubles.is_empty();
        let mut skipped = believed.clone();
        skipped.difference_with(&located.applied);
        let mut repeated = located.applied.clone();
        repeated.difference_with(&believed);
        if !skipped.is_clear() {
            troubles.push(Trouble::Skips(self.in_order(&skipped)));
        }
        if is_located && !repeated.is_clear() {
            troubles.push(Trouble::Reruns(self.in_order(&repeated)));
        }
        let mut pending = FixedBitSet::with_capacity(self.after.len());
        pending.insert_range(..self.after.len());
        pending.difference_with(&believed);
        let doubts = self.doubts(&located, orders);
        let recipes = if troubles.is_empty() {
            Vec::new()
        } else {
            self.recipes(rows, &located, &doubts, orders.effects)
        };
        let ids = |(one, other): &(RevIndex, RevIndex)| {
            (self.after[*one].id.clone(), self.after[*other].id.clone())
        };
        Standing {
            rows: rows.to_vec(),
            troubles,
            pending: self.in_order(&pending),
            doubts: doubts.iter().map(ids).collect(),
            recipes,
        }
    }

    fn recipes(
        &self,
        rows: &[RevisionId],
        located: &Located,
        doubts: &[(RevIndex, RevIndex)],
        effects: &EffectsById,
    ) -> Vec<Recipe> {
        // What Alembic takes an unknown row for depends on all identifiers.
        if located.is_found()
            && let Some(window) = self.window()
            && located.rows_before.iter().all(|&row| window.shows(row))
        {
            let seen = Databases::within(window, self.dialects);
            let there = |index: RevIndex| seen.after.index(self.after[index].id.as_str());
            let doubts: Option<Vec<_>> = doubts
                .iter()
                .map(|&(one, other)| Some((there(one)?, there(other)?)))
                .collect();
            if let Some(doubts) = doubts {
                return recipe::recipes(&seen, &seen.locate(rows), &doubts, effects);
            }
        }
        recipe::recipes(self, located, doubts, effects)
    }

    fn window(&self) -> Option<&Window> {
        let find = || {
            Window::on(
                (self.before, &self.order_before),
                (self.after, &self.order_after),
            )
        };
        self.window.get_or_init(find).as_ref()
    }

    fn in_order(&self, set: &FixedBitSet) -> Vec<RevisionId> {
        self.order_after
            .iter()
            .copied()
            .filter(|index| set.contains(index.index()))
            .map(|index| self.after[index].id.clone())
            .collect()
    }

    /// Positions before the change as positions after it, and what is not there any more.
    fn translated(&self, set: &FixedBitSet) -> Translated {
        let mut kept = FixedBitSet::with_capacity(self.after.len());
        let mut removed = Vec::new();
        for index in self.before.members(set) {
            match self.now[index.index()] {
                Some(now) => kept.insert(now.index()),
                None => removed.push(self.before[index].id.clone()),
            }
        }
        Translated { kept, removed }
    }

    fn locate(&self, rows: &[RevisionId]) -> Located {
        let mut located = Located {
            rows_before: BTreeSet::new(),
            is_of_before: true,
            is_known: true,
            rows_after: BTreeSet::new(),
            applied: FixedBitSet::with_capacity(self.after.len()),
            removed: Vec::new(),
            troubles: Vec::new(),
        };
        for row in rows {
            let after = self.after.index(row.as_str());
            match after {
                Some(index) => {
                    located.rows_after.insert(index);
                }
                None => match taken_for(self.after, row) {
                    Some(index) => {
                        located.rows_after.insert(index);
                        located.troubles.push(Trouble::TakenFor {
                            row: row.clone(),
                            revision: self.after[index].id.clone(),
                        });
                    }
                    None => located.troubles.push(Trouble::CannotLocate(row.clone())),
                },
            }
            match (self.before.index(row.as_str()), after) {
                (Some(index), _) => {
                    located.rows_before.insert(index);
                    let translated = self.translated(&self.below_before(index));
                    located.applied.union_with(&translated.kept);
                    for id in translated.removed {
                        if !located.removed.contains(&id) {
                            located.removed.push(id);
                        }
                    }
                }
                (None, Some(index)) => {
                    located.is_of_before = false;
                    located.applied.union_with(&self.below_after(index));
                }
                (None, None) => {
                    located.is_of_before = false;
                    located.is_known = false;
                }
            }
        }
        located
    }

    /// Pairs that a new database runs in this order, and this one did or would run the other way round:
    /// the later one is applied, and the earlier one is not, or was not known to be earlier.
    fn at_stake(&self, located: &Located) -> Vec<(RevIndex, RevIndex)> {
        let mut pairs = Vec::new();
        for later in self.after.members(&located.applied) {
            let Some(then) = self.then[later.index()] else {
                continue;
            };
            let earlier = self.differences().of(then).map(|it| it.there.as_slice());
            pairs.extend(earlier.unwrap_or_default().iter().map(|&it| (it, later)));
        }
        pairs
    }

    fn doubts(&self, located: &Located, orders: &mut Orders<'_>) -> Vec<(RevIndex, RevIndex)> {
        let mut pairs = self.at_stake(located);
        pairs.retain(|&(one, other)| !orders.is_free(self, one, other));
        pairs
    }

    /// Two sides of a fork were written without each other; of others nothing is taken for granted.
    /// `earlier` lies below `later` afterwards and did not before.
    fn premise(&self, earlier: RevIndex, later: RevIndex) -> Premise {
        match (self.then[earlier.index()], self.then[later.index()]) {
            (Some(earlier), Some(later)) => {
                let was_below = self.differences().of(earlier);
                let is_turned = was_below.is_some_and(|it| it.here.binary_search(&later).is_ok());
                if is_turned {
                    Premise::Nothing
                } else {
                    Premise::Fork
                }
            }
            _ => Premise::Nothing,
        }
    }
}

/// Where each revision of one graph is in another.
fn twins(graph: &Graph, other: &Graph) -> Vec<Option<RevIndex>> {
    graph.indices().map(|it| other.twin(graph, it)).collect()
}

/// Whether the order of two revisions matters: databases have many pairs in common.
struct Orders<'e> {
    effects: &'e EffectsById,
    /// What is known of each revision; `None` where its effects are not.
    summaries: BTreeMap<RevIndex, Option<Summary<'e>>>,
    verdicts: BTreeMap<(RevIndex, RevIndex), bool>,
}

impl<'e> Orders<'e> {
    fn new(effects: &'e EffectsById) -> Self {
        Self {
            effects,
            summaries: BTreeMap::new(),
            verdicts: BTreeMap::new(),
        }
    }

    /// Whether it is shown that the order of two revisions, positions after the change, does not matter.
    fn is_free(&mut self, databases: &Databases<'_>, one: RevIndex, other: RevIndex) -> bool {
        if let Some(&is_free) = self.verdicts.get(&(one, other)) {
            return is_free;
        }
        for index in [one, other] {
            let own = self.effects.get(&databases.after[index].id);
            let summary = || own.map(|own| Summary::of(own, databases.dialects));
            self.summaries.entry(index).or_insert_with(summary);
        }
        let is_free = match (&self.summaries[&one], &self.summaries[&other]) {
            (Some(first), Some(second)) => first
                .against(second, databases.premise(one, other))
                .is_independent(),
            _ => false,
        };
        self.verdicts.insert((one, other), is_free);
        is_free
    }
}

/// A set of positions before the change, in terms of after it.
struct Translated {
    kept: FixedBitSet,
    removed: Vec<RevisionId>,
}

/// The rows of a database, and what it ran.
#[derive(Debug)]
struct Located {
    /// Rows that the graph before has.
    rows_before: BTreeSet<RevIndex>,
    /// Whether all rows are such.
    is_of_before: bool,
    /// Whether one of the graphs has each row.
    is_known: bool,
    /// What Alembic takes the rows for afterwards.
    rows_after: BTreeSet<RevIndex>,
    /// What ran, as far as it is still there: positions after the change.
    applied: FixedBitSet,
    /// What ran and is not there any more.
    removed: Vec<RevisionId>,
    troubles: Vec<Trouble>,
}

impl Located {
    /// Whether Alembic finds every row.
    fn is_found(&self) -> bool {
        self.troubles.is_empty()
    }
}

/// What Alembic takes a row for that no file has: the version rows go through the resolver of the
/// command line, which accepts unique beginnings and labels.
fn taken_for(graph: &Graph, row: &RevisionId) -> Option<RevIndex> {
    match resolve(graph, row.as_str()) {
        Ok(found) if found.len() == 1 && !["head", "heads", "base"].contains(&row.as_str()) => {
            found.first().copied()
        }
        Ok(_) | Err(_) => None,
    }
}
