//! A whole history made one line, in the order in which Alembic runs it today.

use std::collections::{BTreeMap, BTreeSet};

use rechain_history::{Expectations, Graph, RevIndex, lineages, upgrade_order};

use super::{Refusal, Surgery};
use crate::Effects;
use crate::conflict::{contradictions, no_order};
use crate::constraint::{Constraint, constraints};
use crate::draft::Draft;
use crate::ground::Ground;
use crate::plan::{Decision, Outcome, Reason};
use crate::situation::{Situation, Wishes};

/// A history that is to be made linear.
pub struct Flattening<'g> {
    ground: &'g Ground<'g>,
    expectations: &'g Expectations,
    situation: Situation<'g>,
    draft: Draft<'g>,
    from: Option<RevIndex>,
    /// Empty merge revisions that go.
    dropped: BTreeSet<RevIndex>,
}

/// How the new order compares with the one Alembic has today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// It is the same.
    Same,
    /// It is another because published revisions, or what the given revision stands on, come first.
    FixedFirst,
    /// It is another because today's would not run: these need each other the other way round.
    Needs(Vec<Constraint>),
}

impl<'g> Flattening<'g> {
    /// Looks at a graph that is not damaged. With `from`, what lies at or below it stays as it is, and so do
    /// lineages that do not hold it. `dropped` are merge revisions that do nothing and are to go; those that
    /// are published, labelled or depended on stay.
    pub fn new(
        ground: &'g Ground<'g>,
        expectations: &'g Expectations,
        from: Option<RevIndex>,
        dropped: impl IntoIterator<Item = RevIndex>,
    ) -> Result<Self, Refusal> {
        let (situation, draft) = Surgery::start(ground, expectations)?;
        let graph = draft.graph;
        let can_go = |index: &RevIndex| {
            draft.movable(*index).is_some()
                && graph[*index].branch_labels.is_empty()
                && graph[*index].dependencies.is_empty()
                && graph
                    .all_children(*index)
                    .all(|child| graph.parents(child).contains(index))
        };
        let kept = from.map(|from| graph.ancestors_with([from]));
        let is_kept = |index: &RevIndex| kept.as_ref().is_some_and(|it| it.contains(index.index()));
        let dropped = dropped
            .into_iter()
            .filter(|index| can_go(index) && !is_kept(index))
            .collect();
        Ok(Self {
            ground,
            expectations,
            situation,
            draft,
            from,
            dropped,
        })
    }

    /// The revisions whose effects matter: those that some other one neither precedes nor follows.
    pub fn needs(&self) -> BTreeSet<RevIndex> {
        let graph = self.draft.graph;
        let members = self.members();
        if members.len() == graph.len() {
            let all = upgrade_order(graph);
            let related = related_to_all(graph, &all);
            let others = all.into_iter().zip(related).filter(|(_, related)| !related);
            return others.map(|(index, _)| index).collect();
        }
        members
            .iter()
            .copied()
            .filter(|&index| {
                let mut related = graph.ancestors_with([index]);
                related.union_with(&graph.descendants_with([index]));
                members.iter().any(|other| !related.contains(other.index()))
            })
            .collect()
    }

    /// Everything in the lineages that are made linear.
    fn members(&self) -> BTreeSet<RevIndex> {
        self.segments().into_iter().flatten().collect()
    }

    /// The plan. The surgery is there to ask for the new graph and for what becomes of databases.
    pub fn plan(
        mut self,
        effects: &Effects,
        wishes: &Wishes,
    ) -> Result<(Outcome, Order, Surgery<'g>), Refusal> {
        let graph = self.draft.graph;
        let found = constraints(graph, graph, effects, &self.needs(), wishes.dialects);
        let contradicting = contradictions(&found);
        let fixed = self.fixed();
        let kept = self.kept();
        let today: BTreeMap<RevIndex, usize> = upgrade_order(graph)
            .into_iter()
            .enumerate()
            .map(|(at, index)| (index, at))
            .collect();
        let key = |index: RevIndex| (!fixed.contains(&index), today[&index]);
        let mut published = Vec::new();
        let mut order = Order::Same;
        let mut ends: Vec<(BTreeSet<RevIndex>, Option<RevIndex>)> = Vec::new();
        let mut stuck = None;
        for segment in self.segments() {
            let placed = match arrange(graph, &segment, &found, key) {
                Ok(placed) => placed,
                Err(constraint) => {
                    stuck = Some(constraint);
                    break;
                }
            };
            judge(&mut order, &placed, &today, &fixed, &found);
            let mut previous = self.below(&segment, &ends)?;
            let stays = segment.iter().filter(|it| kept.contains(it)).count();
            if let Some(from) = self.from.filter(|from| segment.contains(from)) {
                previous = Some(from);
            } else if stays > 0 && stays < segment.len() {
                return Err(Refusal::Entangled(graph[segment[0]].id.clone()));
            }
            for &index in &placed {
                if self.dropped.contains(&index) || kept.contains(&index) {
                    continue;
                }
                let parents: Vec<RevIndex> = previous.into_iter().collect();
                let is_so = graph.parents(index) == parents
                    && graph[index].down_revisions().len() == parents.len();
                match self.draft.movable(index) {
                    Some(leave) => self.draft.set_parents(leave, parents, Reason::InOrder),
                    None if is_so => {}
                    None => published.push(graph[index].id.clone()),
                }
                previous = Some(index);
            }
            ends.push((segment.into_iter().collect(), previous));
        }
        if !published.is_empty() {
            return Err(Refusal::PublishedPart(published));
        }
        for &index in &self.dropped {
            if let Some(leave) = self.draft.movable(index) {
                self.draft.remove(leave);
            }
        }
        let is_unchanged = self.draft.is_unchanged();
        let surgery = Surgery::finished(self.situation, self.expectations, self.draft, found);
        let mut open: Vec<Decision> = contradicting.into_iter().map(Decision::Conflict).collect();
        open.extend(stuck.map(|it| Decision::Conflict(no_order(&it))));
        let outcome = if is_unchanged {
            Outcome::Sound
        } else if open.is_empty() {
            let all = &surgery.constraints;
            surgery
                .situation
                .finish(&surgery.draft, all, Vec::new(), effects, wishes)
        } else {
            Outcome::Open(open)
        };
        Ok((outcome, order, surgery))
    }

    /// What stays where it is, below everything else.
    fn fixed(&self) -> BTreeSet<RevIndex> {
        let graph = self.draft.graph;
        let mut fixed: BTreeSet<RevIndex> = graph
            .indices()
            .filter(|&index| self.ground.publication.is_published(graph, index))
            .collect();
        fixed.extend(self.kept());
        fixed
    }

    /// What is left alone because it lies at or below `from`.
    fn kept(&self) -> BTreeSet<RevIndex> {
        let graph = self.draft.graph;
        graph.members(&graph.ancestors_with(self.from)).collect()
    }

    /// The revisions by the lineages they belong to, what several share before what one has alone.
    fn segments(&self) -> Vec<Vec<RevIndex>> {
        let graph = self.draft.graph;
        let mut of: BTreeMap<RevIndex, BTreeSet<usize>> = BTreeMap::new();
        for (at, lineage) in lineages(graph).into_iter().enumerate() {
            let chain = graph.chain_ancestors_with(lineage.heads.iter().copied());
            if self.from.is_some_and(|from| !chain.contains(from.index())) {
                continue;
            }
            for index in graph.members(&chain) {
                of.entry(index).or_default().insert(at);
            }
        }
        let mut segments: BTreeMap<BTreeSet<usize>, Vec<RevIndex>> = BTreeMap::new();
        for (index, lineages) in of {
            segments.entry(lineages).or_default().push(index);
        }
        let mut segments: Vec<_> = segments.into_iter().collect();
        segments.sort_by_key(|(lineages, _)| usize::MAX - lineages.len());
        segments.into_iter().map(|(_, members)| members).collect()
    }

    /// What the first revision of a segment follows: the end of the one segment that it stands on.
    fn below(
        &self,
        segment: &[RevIndex],
        ends: &[(BTreeSet<RevIndex>, Option<RevIndex>)],
    ) -> Result<Option<RevIndex>, Refusal> {
        let graph = self.draft.graph;
        let chain = graph.chain_ancestors_with(segment.iter().copied());
        let under: Vec<_> = ends
            .iter()
            .filter(|(members, _)| members.iter().any(|it| chain.contains(it.index())))
            .collect();
        // The last one holds the fewest lineages, so it lies above the others, if they are a line at all.
        let Some((members, end)) = under.last() else {
            return Ok(None);
        };
        let above_all = graph.chain_ancestors_with(members.iter().copied());
        let is_line = under
            .iter()
            .all(|(others, _)| others.iter().any(|it| above_all.contains(it.index())));
        if !is_line {
            return Err(Refusal::Entangled(graph[segment[0]].id.clone()));
        }
        Ok(*end)
    }
}

/// For each revision of a whole graph, in an order in which each comes after what lies below it: whether all the others
/// lie below or above it.
fn related_to_all(graph: &Graph, order: &[RevIndex]) -> Vec<bool> {
    let mut positions = vec![0; graph.len()];
    for (at, index) in order.iter().enumerate() {
        positions[index.index()] = at;
    }
    let position = |index: RevIndex| positions[index.index()];
    let mut related = vec![true; order.len()];
    // All that comes before a place lies below it if each of that leads on to something not above the place.
    let mut reach = 0;
    for (at, &index) in order.iter().enumerate() {
        related[at] &= reach <= at;
        let next = graph.all_children(index).map(position).min();
        reach = reach.max(next.unwrap_or(usize::MAX));
    }
    // And all that comes after it lies above it if each of that rests on something not below the place.
    let mut rest = usize::MAX;
    for (at, &index) in order.iter().enumerate().rev() {
        related[at] &= rest >= at;
        let next = graph.all_parents(index).map(position).max();
        // Nothing lies below what rests on nothing.
        let Some(next) = next else {
            related[..at].fill(false);
            break;
        };
        rest = rest.min(next);
    }
    related
}

/// `members` in an order that keeps every link and every constraint and is otherwise that of `key`.
fn arrange<K: Ord + Copy>(
    graph: &Graph,
    members: &[RevIndex],
    constraints: &[Constraint],
    key: impl Fn(RevIndex) -> K,
) -> Result<Vec<RevIndex>, Constraint> {
    let inside: BTreeSet<RevIndex> = members.iter().copied().collect();
    let mut below: BTreeMap<RevIndex, BTreeSet<RevIndex>> = BTreeMap::new();
    let mut above: BTreeMap<RevIndex, Vec<RevIndex>> = BTreeMap::new();
    let links = members.iter().flat_map(|&after| {
        let parents = graph.all_parents(after);
        parents.map(move |before| (before, after))
    });
    let needs = constraints.iter().map(|it| (it.before, it.after));
    for (before, after) in links.chain(needs) {
        if inside.contains(&before)
            && inside.contains(&after)
            && below.entry(after).or_default().insert(before)
        {
            above.entry(before).or_default().push(after);
        }
    }
    let is_free = |below: &BTreeMap<RevIndex, BTreeSet<RevIndex>>, index: &RevIndex| {
        below.get(index).is_none_or(BTreeSet::is_empty)
    };
    let mut ready: BTreeSet<(K, RevIndex)> = members
        .iter()
        .filter(|index| is_free(&below, index))
        .map(|&index| (key(index), index))
        .collect();
    let mut order = Vec::with_capacity(members.len());
    while let Some((_, next)) = ready.pop_first() {
        order.push(next);
        for &after in above.get(&next).map_or(&[][..], Vec::as_slice) {
            if let Some(waiting) = below.get_mut(&after) {
                waiting.remove(&next);
            }
            if is_free(&below, &after) {
                ready.insert((key(after), after));
            }
        }
    }
    if order.len() == members.len() {
        return Ok(order);
    }
    let stuck = constraints.iter().find(|it| {
        !order.contains(&it.after) && !order.contains(&it.before) && inside.contains(&it.after)
    });
    Err(stuck.expect("links alone have no circle").clone())
}

/// Compares an order with today's.
fn judge(
    order: &mut Order,
    placed: &[RevIndex],
    today: &BTreeMap<RevIndex, usize>,
    fixed: &BTreeSet<RevIndex>,
    constraints: &[Constraint],
) {
    let is_same = |subset: &mut dyn Iterator<Item = RevIndex>| {
        let places: Vec<usize> = subset.map(|index| today[&index]).collect();
        places.is_sorted()
    };
    if is_same(&mut placed.iter().copied()) {
        return;
    }
    let turned: Vec<Constraint> = constraints
        .iter()
        .filter(|it| placed.contains(&it.after) && today[&it.before] > today[&it.after])
        .cloned()
        .collect();
    let is_fixed = |index: &RevIndex| fixed.contains(index);
    let each_same = is_same(&mut placed.iter().copied().filter(is_fixed))
        && is_same(&mut placed.iter().copied().filter(|it| !is_fixed(it)));
    if each_same || turned.is_empty() {
        if *order == Order::Same {
            *order = Order::FixedFirst;
        }
        return;
    }
    match order {
        Order::Needs(known) => known.extend(turned),
        _ => *order = Order::Needs(turned),
    }
}
