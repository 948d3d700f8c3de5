//! What Alembic's commands do to the rows of a database: which migrations run, and which rows are left.

use std::collections::BTreeSet;

use fixedbitset::FixedBitSet;
use rechain_history::{Graph, RevIndex, RevisionId};

use super::command::{Command, Target};

/// A database as Alembic sees it with the files of `graph`: it believes that whatever lies at or below
/// a row has run.
#[derive(Debug, Clone)]
pub(super) struct Simulation<'g> {
    graph: &'g Graph,
    order: &'g [RevIndex],
    rows: BTreeSet<RevIndex>,
}

/// What one command did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ran {
    /// This `upgrade()`.
    Up(RevIndex),
    /// This `downgrade()`.
    Down(RevIndex),
}

/// Alembic refuses the command, and nothing runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused;

impl<'g> Simulation<'g> {
    pub(super) fn new(
        graph: &'g Graph,
        order: &'g [RevIndex],
        rows: impl IntoIterator<Item = RevIndex>,
    ) -> Self {
        Self {
            graph,
            order,
            rows: rows.into_iter().collect(),
        }
    }

    pub(super) fn rows(&self) -> Vec<RevIndex> {
        self.rows.iter().copied().collect()
    }

    /// Carries out one command; gives what ran, in order.
    pub(super) fn run(&mut self, command: &Command) -> Result<Vec<Ran>, Refused> {
        match command {
            Command::Stamp { purge, to } => self.stamp(*purge, to.as_ref()).map(|()| Vec::new()),
            Command::Upgrade(target) => self.upgrade(target),
            Command::Downgrade { along, to } => self.downgrade(along.as_ref(), to.as_ref()),
        }
    }

    fn index(&self, id: &RevisionId) -> Result<RevIndex, Refused> {
        self.graph.index(id.as_str()).ok_or(Refused)
    }

    /// Only what a recipe needs: `--purge`, and a row that is unrelated to those that are there.
    fn stamp(&mut self, purge: bool, to: Option<&RevisionId>) -> Result<(), Refused> {
        if purge {
            self.rows.clear();
        }
        let Some(to) = to else {
            return if purge { Ok(()) } else { Err(Refused) };
        };
        let to = self.index(to)?;
        let mut related = self.graph.ancestors_with([to]);
        related.union_with(&self.graph.descendants_with([to]));
        if self.rows.iter().any(|row| related.contains(row.index())) {
            return Err(Refused);
        }
        self.rows.insert(to);
        Ok(())
    }

    fn upgrade(&mut self, target: &Target) -> Result<Vec<Ran>, Refused> {
        if overlap(self.graph, &self.rows()).is_some() {
            return Err(Refused);
        }
        let targets: Vec<RevIndex> = match target {
            Target::Revision(id) => vec![self.index(id)?],
            Target::Head => {
                let heads: Vec<RevIndex> = self.graph.heads().collect();
                if heads.len() > 1 {
                    return Err(Refused);
                }
                heads
            }
            Target::Heads => real_heads(self.graph),
        };
        let mut applied = self.graph.ancestors_with(self.rows());
        let mut missing = self.graph.ancestors_with(targets);
        missing.difference_with(&applied);
        applied.union_with(&missing);
        self.rows = maximal(self.graph, &applied).into_iter().collect();
        let order = self.order.iter().copied();
        Ok(order
            .filter(|index| missing.contains(index.index()))
            .map(Ran::Up)
            .collect())
    }

    /// `_collect_downgrade_revisions`: what hangs on the children of the target, as far as applied.
    fn downgrade(
        &mut self,
        along: Option<&RevisionId>,
        to: Option<&RevisionId>,
    ) -> Result<Vec<Ran>, Refused> {
        let target = to.map(|id| self.index(id)).transpose()?;
        let mut roots: Vec<RevIndex> = match target {
            Some(target) => self.graph.children(target).to_vec(),
            None => self.graph.bases().collect(),
        };
        if let Some(along) = along
            && roots.len() > 1
        {
            let line = self.graph.chain_ancestors_with([self.index(along)?]);
            roots.retain(|root| line.contains(root.index()));
            if roots.is_empty() {
                return Err(Refused);
            }
        }
        let mut applied = self.graph.ancestors_with(self.rows());
        let mut undone = self.graph.descendants_with(roots);
        undone.intersect_with(&applied);
        if undone.is_clear() && target.is_some_and(|target| !self.rows.contains(&target)) {
            return Err(Refused);
        }
        applied.difference_with(&undone);
        self.rows = maximal(self.graph, &applied).into_iter().collect();
        let order = self.order.iter().rev().copied();
        Ok(order
            .filter(|index| undone.contains(index.index()))
            .map(Ran::Down)
            .collect())
    }
}

/// Two rows of which one lies below the other: Alembic's "overlaps".
pub(super) fn overlap(graph: &Graph, rows: &[RevIndex]) -> Option<(RevIndex, RevIndex)> {
    if !rows.iter().any(below_one_of(graph, rows)) {
        return None;
    }
    rows.iter().find_map(|&upper| {
        let below = graph.ancestors_with([upper]);
        let lower = rows
            .iter()
            .find(|&&row| row != upper && below.contains(row.index()))?;
        Some((*lower, upper))
    })
}

/// The rows below which another one lies.
pub(super) fn upper_rows(graph: &Graph, rows: &[RevIndex]) -> Vec<RevIndex> {
    let lower = rows.iter().copied().filter(below_one_of(graph, rows));
    let above = graph.descendants_with(lower.collect::<Vec<_>>());
    let mut upper: Vec<RevIndex> = rows.to_vec();
    upper.retain(|row| {
        above.contains(row.index()) && {
            // Of those at or above a lower row, the lower rows themselves need another one below them.
            let mut parents = graph.all_parents(*row);
            parents.any(|parent| above.contains(parent.index()))
        }
    });
    upper
}

/// Whether a revision lies below one of `rows`.
fn below_one_of(graph: &Graph, rows: &[RevIndex]) -> impl Fn(&RevIndex) -> bool {
    let below = graph.ancestors_with(rows.iter().flat_map(|&row| graph.all_parents(row)));
    move |index| below.contains(index.index())
}

/// The members of a set above which no other member lies directly. For a set that holds everything
/// below its members these are the rows Alembic keeps for it.
pub(super) fn maximal(graph: &Graph, set: &FixedBitSet) -> Vec<RevIndex> {
    graph
        .members(set)
        .filter(|&index| {
            !graph
                .all_children(index)
                .any(|child| set.contains(child.index()))
        })
        .collect()
}

/// What `upgrade heads` ends at.
pub(super) fn real_heads(graph: &Graph) -> Vec<RevIndex> {
    graph
        .indices()
        .filter(|&index| graph.is_real_head(index))
        .collect()
}
