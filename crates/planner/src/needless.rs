//! Entries of `depends_on` that have to go, because Alembic would fail over them.

use rechain_history::{Dialects, Graph, Problem, RevIndex};

use crate::draft::Draft;
use crate::plan::{Conflict, ConflictKind};

/// What has to leave the `depends_on` of revisions once their links are those of `new`: who names it, and
/// what it names. What lies below each revision stays the same.
///
/// Alembic's row keeping fails at a revision with three or more parents and dependencies, one of them an
/// ancestor of another (`HeadMaintainer.update_to_step`). Where that one is a parent, or the revision may
/// not be edited, nothing helps, and the conflict says so.
///
/// Whether it fails depends on the rows that are there by then, which any change may change, so what was so before `draft`
/// is put right, too; where nothing helps it is left as it was.
pub(crate) fn needless(
    draft: &Draft<'_>,
    new: &Graph,
) -> Result<Vec<(RevIndex, RevIndex)>, Conflict> {
    let old = draft.graph.problems();
    let mut needless = Vec::new();
    for problem in new.problems() {
        let Problem::RedundantParent { revision, .. } = problem else {
            continue;
        };
        let Some(index) = new.index(revision.as_str()) else {
            continue;
        };
        let all: Vec<RevIndex> = new.all_parents(index).collect();
        let above = |lower: RevIndex| {
            let mut others = all.iter().copied();
            others.find(|&upper| new.is_ancestor(lower, upper))
        };
        let is_parent = |it: &RevIndex| new.parents(index).contains(it);
        let dependencies = all.iter().copied().filter(|it| !is_parent(it));
        let implied: Vec<RevIndex> = dependencies.filter(|&it| above(it).is_some()).collect();
        // Of a parent and a dependency alone either may imply the other.
        let are_few = all.len() - implied.len() < 3;
        let mut parents = all.iter().copied().filter(is_parent);
        let stuck = parents.find_map(|it| Some((it, above(it)?)));
        let was_so = old.contains(problem);
        match stuck {
            Some((parent, other)) if !are_few => {
                if !was_so {
                    return Err(stumbles(new, index, other, parent));
                }
            }
            _ if draft.movable(index).is_none() => {
                if !was_so {
                    let other = implied.first().copied().unwrap_or(index);
                    return Err(stumbles(new, index, other, other));
                }
            }
            _ => needless.extend(implied.into_iter().map(|it| (index, it))),
        }
    }
    Ok(needless)
}

fn stumbles(graph: &Graph, at: RevIndex, other: RevIndex, parent: RevIndex) -> Conflict {
    Conflict {
        one: at,
        other,
        kind: ConflictKind::Stumbles(graph[parent].id.clone()),
        one_range: None,
        other_range: None,
        dialects: Dialects::ALL,
    }
}
