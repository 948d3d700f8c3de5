//! The commands that bring a database to where the change is right for it.
//!
//! Each recipe is carried out on a model of Alembic's rows before it is offered: it must run exactly
//! what the database lacks, each once and after what lies below it, and end at the heads.

use std::collections::BTreeSet;

use fixedbitset::FixedBitSet;
use rechain_history::{Graph, RevIndex, RevisionId};

use super::command::{Command, Target};
use super::simulation::{Ran, Simulation, maximal, overlap, real_heads, upper_rows};
use super::{Databases, EffectsById, Located};

/// Commands for one database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    /// What kind it is.
    pub way: Way,
    /// To be run while the files are as they were.
    pub before: Vec<Command>,
    /// To be run with the files as they are after the change.
    pub after: Vec<Command>,
    /// Whose `downgrade()` runs, in order. What they hold is lost.
    pub undoes: Vec<RevisionId>,
    /// Whose `upgrade()` runs, in order.
    pub runs: Vec<RevisionId>,
}

/// The kinds of recipes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// The rows are corrected and what is missing runs late: nothing is lost.
    KeepData,
    /// What stands in the way is undone before the change arrives, and runs again after it.
    RedoBefore,
    /// The same with the new files.
    RedoAfter,
}

pub(super) fn recipes(
    databases: &Databases<'_>,
    located: &Located,
    doubts: &[(RevIndex, RevIndex)],
    effects: &EffectsById,
) -> Vec<Recipe> {
    let maker = Maker {
        databases,
        located,
        doubts,
        lost: located
            .removed
            .iter()
            .filter(|id| effects.get(*id).is_none_or(|it| !it.is_empty()))
            .cloned()
            .collect(),
    };
    let made = [maker.keep_data(), maker.redo_before(), maker.redo_after()];
    made.into_iter().flatten().collect()
}

struct Maker<'a, 'g> {
    databases: &'a Databases<'g>,
    located: &'a Located,
    doubts: &'a [(RevIndex, RevIndex)],
    /// What ran, had an effect, and is not there any more.
    lost: BTreeSet<RevisionId>,
}

impl Maker<'_, '_> {
    /// `stamp` below what is missing, `upgrade` over it, `stamp` on top.
    fn keep_data(&self) -> Option<Recipe> {
        if !self.lost.is_empty() || !self.doubts.is_empty() || !self.located.is_known {
            return None;
        }
        let after = self.databases.after;
        let applied = &self.located.applied;
        let mut whole = after.ancestors_with(after.members(applied));
        let mut buried = whole.clone();
        buried.difference_with(applied);
        let mut script = Script::new(after, self.rows_as_taken());
        let mut done = FixedBitSet::with_capacity(after.len());
        while let Some((run, target)) = self.next_run(&buried, &done) {
            let mut below = run.below;
            below.difference_with(&run.members);
            script.stamp_to(&below);
            script.upgrade(Target::Revision(after[target].id.clone()), &run.members);
            done.union_with(&run.members);
        }
        script.stamp_to(&whole);
        whole.toggle_range(..after.len());
        if !whole.is_clear() {
            script.upgrade(head(after), &whole);
        }
        self.proven(Way::KeepData, Vec::new(), script.commands)
    }

    /// The next revisions, in the order of the chain, that one `upgrade` can run: with what lies below
    /// them believed applied, and nothing of what lies above.
    fn next_run(&self, buried: &FixedBitSet, done: &FixedBitSet) -> Option<(Run, RevIndex)> {
        let after = self.databases.after;
        let order = self.databases.order_after.iter().copied();
        let mut open = order.filter(|it| buried.contains(it.index()) && !done.contains(it.index()));
        let first = open.next()?;
        let mut run = Run {
            members: FixedBitSet::with_capacity(after.len()),
            below: self.databases.below_after(first),
        };
        run.members.insert(first.index());
        let mut target = first;
        for next in open {
            let all = self.databases.below_after(next);
            let mut members = run.members.clone();
            members.insert(next.index());
            // What lies below must not rest on the run itself.
            let mut rest = all.clone();
            rest.difference_with(&members);
            let above = after.descendants_with(after.members(&members));
            let rests_on_run = !above.is_disjoint(&rest);
            if !run.members.is_subset(&all) || rests_on_run {
                break;
            }
            run = Run {
                members,
                below: all,
            };
            target = next;
        }
        Some((run, target))
    }

    /// `downgrade` with the old files, to where the new ones are right.
    fn redo_before(&self) -> Option<Recipe> {
        if !self.located.is_of_before {
            return None;
        }
        let (before, after) = (self.databases.before, self.databases.after);
        let rows: Vec<RevIndex> = self.located.rows_before.iter().copied().collect();
        let applied = before.ancestors_with(rows.iter().copied());
        let kept = self.kept_before(&applied);
        let mut undone = applied.clone();
        undone.difference_with(&kept);
        if undone.is_clear() {
            return None;
        }
        let targets: BTreeSet<Option<RevIndex>> = before
            .members(&undone)
            .flat_map(|index| before.parents(index).iter().copied())
            .filter(|parent| kept.contains(parent.index()))
            .map(Some)
            .chain(self.databases.is_whole.then_some(None))
            .collect();
        let id = |index: RevIndex| before[index].id.clone();
        let downgrade = |along: Option<RevIndex>, to: Option<RevIndex>| Command::Downgrade {
            along: along.map(id),
            to: to.map(id),
        };
        let mut scripts: Vec<Vec<Command>> = Vec::new();
        // Each branch for itself, too.
        let mut each = Vec::new();
        for &to in targets.iter().rev() {
            scripts.push(vec![downgrade(None, to)]);
            let roots: Vec<RevIndex> = match to {
                Some(to) => before.children(to).to_vec(),
                None => before.bases().collect(),
            };
            for root in roots.into_iter().filter(|it| undone.contains(it.index())) {
                // One branch alone, where all that goes is on it.
                if undone.is_subset(&before.descendants_with([root])) {
                    scripts.push(vec![downgrade(Some(root), to)]);
                }
                if to.is_some() {
                    each.push(downgrade(Some(root), to));
                }
            }
        }
        scripts.push(each);
        let must_go: BTreeSet<RevisionId> = before.members(&undone).map(id).collect();
        let upgrade = vec![Command::Upgrade(head(after))];
        scripts
            .into_iter()
            .filter_map(|script| self.proven(Way::RedoBefore, script, upgrade.clone()))
            .filter(|recipe| must_go.iter().all(|id| recipe.undoes.contains(id)))
            .min_by_key(|recipe| {
                let qualified = recipe
                    .before
                    .iter()
                    .any(|it| matches!(it, Command::Downgrade { along, .. } if along.is_some()));
                (recipe.undoes.len(), recipe.before.len(), qualified)
            })
    }

    /// What may stay: the largest part of what ran (positions before) that lies in one piece at the
    /// bottom of the new graph too, and has the same rows in both.
    fn kept_before(&self, applied: &FixedBitSet) -> FixedBitSet {
        let (before, after) = (self.databases.before, self.databases.after);
        let now = |index: RevIndex| self.databases.now[index.index()];
        let mut kept = applied.clone();
        let undo = |kept: &mut FixedBitSet, index: RevIndex| {
            let above = before.descendants_with([index]);
            kept.difference_with(&above);
        };
        for &(one, other) in self.doubts {
            for index in [one, other] {
                if let Some(then) = self.databases.then[index.index()] {
                    undo(&mut kept, then);
                }
            }
        }
        loop {
            let translated = self.databases.translated(&kept).kept;
            let incomplete = incomplete(after, &translated);
            let stray = before
                .members(&kept)
                .find(|&index| now(index).is_none_or(|now| incomplete.contains(now.index())));
            if let Some(stray) = stray {
                undo(&mut kept, stray);
                continue;
            }
            let rows: BTreeSet<RevIndex> =
                maximal(before, &kept).into_iter().filter_map(now).collect();
            let rows_after: BTreeSet<RevIndex> = maximal(after, &translated).into_iter().collect();
            let then = |index: RevIndex| self.databases.then[index.index()];
            // Of rows that overlap the upper ones go; of others, one that is a row no more, or what hides one that
            // becomes a row.
            let listed: Vec<RevIndex> = rows.iter().copied().collect();
            let upper = upper_rows(after, &listed);
            if !upper.is_empty() {
                for index in upper.into_iter().filter_map(then) {
                    undo(&mut kept, index);
                }
                continue;
            }
            let upper = rows
                .difference(&rows_after)
                .next()
                .copied()
                .and_then(then)
                .or_else(|| {
                    let hidden = rows_after
                        .difference(&rows)
                        .next()
                        .copied()
                        .and_then(then)?;
                    let mut above = before.all_children(hidden);
                    above.find(|it| kept.contains(it.index()))
                });
            let Some(upper) = upper else {
                return kept;
            };
            undo(&mut kept, upper);
        }
    }

    /// `downgrade` with the new files of what has something below it that did not run.
    fn redo_after(&self) -> Option<Recipe> {
        let after = self.databases.after;
        let applied = &self.located.applied;
        let is_applied = |index: RevIndex| applied.contains(index.index());
        let rests_on_doubt = self
            .doubts
            .iter()
            .any(|&(one, other)| is_applied(one) && is_applied(other));
        if !self.lost.is_empty() || rests_on_doubt || !self.located.is_known {
            return None;
        }
        let mut kept = FixedBitSet::with_capacity(after.len());
        let incomplete = incomplete(after, applied);
        let stray: Vec<RevIndex> = self
            .databases
            .order_after
            .iter()
            .rev()
            .copied()
            .filter(|&index| is_applied(index) && incomplete.contains(index.index()))
            .collect();
        if stray.is_empty() {
            return None;
        }
        kept.union_with(applied);
        for &index in &stray {
            kept.set(index.index(), false);
        }
        let mut script = Script::new(after, self.rows_as_taken());
        let mut open = stray.as_slice();
        while let Some((&top, _)) = open.split_first() {
            let mut members = FixedBitSet::with_capacity(after.len());
            members.insert(top.index());
            let mut bottom = top;
            let mut length = 1;
            while let (&[parent], Some(&next)) = (after.parents(bottom), open.get(length)) {
                if parent != next || !after.dependencies(bottom).is_empty() {
                    break;
                }
                members.insert(next.index());
                bottom = next;
                length += 1;
            }
            let mut left = self.databases.below_after(top);
            script.stamp_to(&left);
            script.commands.push(Command::Downgrade {
                along: None,
                to: after
                    .parents(bottom)
                    .first()
                    .map(|&parent| after[parent].id.clone()),
            });
            left.difference_with(&members);
            script.believed = Some(left);
            open = &open[length..];
        }
        script.stamp_to(&kept);
        kept.toggle_range(..after.len());
        script.upgrade(head(after), &kept);
        self.proven(Way::RedoAfter, Vec::new(), script.commands)
    }

    /// What Alembic believes with the new files, where it finds the rows and they do not overlap.
    fn rows_as_taken(&self) -> Option<FixedBitSet> {
        let after = self.databases.after;
        let rows: Vec<RevIndex> = self.located.rows_after.iter().copied().collect();
        (self.located.is_found() && overlap(after, &rows).is_none())
            .then(|| after.ancestors_with(rows))
    }

    /// The recipe, if the model runs it to the end as it should.
    fn proven(&self, way: Way, before: Vec<Command>, after: Vec<Command>) -> Option<Recipe> {
        let databases = self.databases;
        let mut undoes = Vec::new();
        let mut rows: Vec<RevIndex> = self.located.rows_after.iter().copied().collect();
        let mut applied = Applied::new(databases.after, self.located.applied.clone());
        let mut lost = self.lost.clone();
        if !before.is_empty() {
            let (graph, order) = (databases.before, &databases.order_before);
            let old_rows = self.located.rows_before.iter().copied();
            let mut simulation = Simulation::new(graph, order, old_rows);
            for command in &before {
                for ran in simulation.run(command).ok()? {
                    let Ran::Down(index) = ran else { return None };
                    let id = graph[index].id.clone();
                    lost.remove(&id);
                    if let Some(now) = databases.now[index.index()] {
                        applied.remove(now);
                    }
                    undoes.push(id);
                }
            }
            let left = simulation.rows().into_iter();
            rows = left
                .map(|row| databases.now[row.index()])
                .collect::<Option<Vec<_>>>()?;
        }
        let graph = databases.after;
        let mut simulation = Simulation::new(graph, &databases.order_after, rows);
        let mut runs = Vec::new();
        for command in &after {
            for ran in simulation.run(command).ok()? {
                match ran {
                    Ran::Up(index) => {
                        if applied.has(index) || !applied.has_all_below(index) {
                            return None;
                        }
                        applied.insert(index);
                        runs.push(graph[index].id.clone());
                    }
                    Ran::Down(index) => {
                        if !applied.has(index) {
                            return None;
                        }
                        applied.remove(index);
                        undoes.push(graph[index].id.clone());
                    }
                }
            }
        }
        let is_whole = applied.set.count_ones(..) == graph.len();
        let ends_at_heads = simulation.rows() == real_heads(graph);
        (lost.is_empty() && is_whole && ends_at_heads).then_some(Recipe {
            way,
            before,
            after,
            undoes,
            runs,
        })
    }
}

/// What a database has run.
struct Applied<'g> {
    graph: &'g Graph,
    set: FixedBitSet,
    /// Those that are known to have all that lies below them applied.
    whole: FixedBitSet,
}

impl<'g> Applied<'g> {
    fn new(graph: &'g Graph, set: FixedBitSet) -> Self {
        Self {
            graph,
            set,
            whole: FixedBitSet::with_capacity(graph.len()),
        }
    }

    fn has(&self, index: RevIndex) -> bool {
        self.set.contains(index.index())
    }

    fn insert(&mut self, index: RevIndex) {
        self.set.insert(index.index());
    }

    fn remove(&mut self, index: RevIndex) {
        self.set.set(index.index(), false);
        self.whole.clear();
    }

    fn has_all_below(&mut self, index: RevIndex) -> bool {
        let mut open: Vec<RevIndex> = self.graph.all_parents(index).collect();
        while let Some(lower) = open.pop() {
            if !self.has(lower) {
                return false;
            }
            if !self.whole.put(lower.index()) {
                open.extend(self.graph.all_parents(lower));
            }
        }
        true
    }
}

/// What lies at or above something that is not in `set`.
fn incomplete(graph: &Graph, set: &FixedBitSet) -> FixedBitSet {
    let missing = graph.indices().filter(|it| !set.contains(it.index()));
    graph.descendants_with(missing)
}

/// Revisions that one command runs, and everything at or below them.
struct Run {
    members: FixedBitSet,
    below: FixedBitSet,
}

/// Commands, and what Alembic believes applied after them.
struct Script<'g> {
    graph: &'g Graph,
    commands: Vec<Command>,
    believed: Option<FixedBitSet>,
}

impl<'g> Script<'g> {
    fn new(graph: &'g Graph, believed: Option<FixedBitSet>) -> Self {
        Self {
            graph,
            commands: Vec::new(),
            believed,
        }
    }

    /// Makes Alembic believe that exactly this has run.
    fn stamp_to(&mut self, applied: &FixedBitSet) {
        if self.believed.as_ref() == Some(applied) {
            return;
        }
        let rows = maximal(self.graph, applied);
        let stamp = |purge, to| Command::Stamp { purge, to };
        if rows.is_empty() {
            self.commands.push(stamp(true, None));
        }
        for (at, row) in rows.into_iter().enumerate() {
            let id = self.graph[row].id.clone();
            self.commands.push(stamp(at == 0, Some(id)));
        }
        self.believed = Some(applied.clone());
    }

    fn upgrade(&mut self, target: Target, runs: &FixedBitSet) {
        self.commands.push(Command::Upgrade(target));
        if let Some(believed) = &mut self.believed {
            believed.union_with(runs);
        }
    }
}

/// What `upgrade` is to be given to run everything.
fn head(graph: &Graph) -> Target {
    if graph.heads().count() == 1 {
        Target::Head
    } else {
        Target::Heads
    }
}
