//! Circles: which of the links is the odd one.

use rechain_history::{Action, RevIndex, RevisionId};

use super::clinic::{Clinic, Remedy};

/// Each of `ids` is followed by the next one, the last by the first.
pub(super) fn remedies(clinic: &Clinic<'_>, ids: &[&str]) -> Vec<Remedy> {
    let graph = clinic.graph();
    let members: Vec<RevIndex> = ids.iter().filter_map(|id| clinic.index(id)).collect();
    let mut changed = Vec::new();
    let mut documented = Vec::new();
    let mut contradicted = Vec::new();
    let mut merges = Vec::new();
    for (at, &child) in members.iter().enumerate() {
        let parent = members[(at + members.len() - 1) % members.len()];
        let (parent_id, own) = (&graph[parent].id, graph[child].down_revisions());
        if !own.contains(parent_id) {
            continue;
        }
        let file = clinic.file(child);
        for (parents, place) in clinic.earlier_parents(file) {
            if !parents.contains(parent_id) {
                let evidence = format!("the link to {parent_id} is younger: so it was in {place}");
                changed.extend(clinic.relink(child, &parents, evidence, true));
                break;
            }
        }
        if let Some(parents) = clinic.docstring_parents(file)
            && !parents.contains(parent_id)
        {
            documented.extend(clinic.relink(child, &parents, "its docstring says so", true));
        }
        let others: Vec<RevisionId> = own.iter().filter(|id| *id != parent_id).cloned().collect();
        if !others.is_empty() {
            let evidence = format!("{parent_id} follows it, so it cannot join {parent_id}");
            merges.extend(clinic.relink(child, &others, evidence, true));
        }
        if let Some(object) = made_for(clinic, child, parent) {
            let evidence = format!("{parent_id} needs {object}, which it makes");
            contradicted.extend(elsewhere(clinic, child, &members, &evidence, true));
        }
    }
    // The stronger kind of evidence decides; each kind only if it points at one link.
    for mut found in [changed, documented, merges, contradicted] {
        if !found.is_empty() {
            found.dedup_by(|one, other| one.changes == other.changes);
            return found;
        }
    }
    members
        .iter()
        .flat_map(|&child| {
            elsewhere(
                clinic,
                child,
                &members,
                "nothing shows which link is wrong",
                false,
            )
        })
        .collect()
}

/// What `child` makes and `parent`, though below it, needs.
fn made_for(clinic: &Clinic<'_>, child: RevIndex, parent: RevIndex) -> Option<String> {
    let (made, used) = (
        clinic.history.effects_of(child),
        clinic.history.effects_of(parent),
    );
    let made: Vec<_> = made
        .iter()
        .filter_map(|effect| effect.known())
        .filter(|(action, _)| **action == Action::Create)
        .map(|(_, object)| object)
        .collect();
    let own: Vec<_> = used.iter().filter_map(|effect| effect.known()).collect();
    own.iter()
        .filter(|(action, _)| **action == Action::Require)
        .find(|(_, object)| {
            let makes_itself = own
                .iter()
                .any(|(action, other)| **action == Action::Create && other == object);
            made.contains(object) && !makes_itself
        })
        .map(|(_, object)| object.to_string())
}

/// `child` on the head of what is outside the circle, or from nothing where nothing starts from nothing.
fn elsewhere(
    clinic: &Clinic<'_>,
    child: RevIndex,
    members: &[RevIndex],
    evidence: &str,
    is_sound: bool,
) -> Vec<Remedy> {
    let graph = clinic.graph();
    let above = graph.descendants_with(members.iter().copied());
    let is_outside = |it: &RevIndex| !above.contains(it.index());
    let heads: Vec<RevIndex> = graph
        .indices()
        .filter(is_outside)
        .filter(|&it| !graph.children(it).iter().any(is_outside))
        .collect();
    if heads.is_empty() {
        return clinic
            .relink(child, &[], evidence, is_sound)
            .into_iter()
            .collect();
    }
    let is_sound = is_sound && heads.len() == 1;
    heads
        .iter()
        .filter_map(|&head| {
            let evidence = format!(
                "{evidence}; {} is the head outside the circle",
                graph[head].id
            );
            clinic.relink(child, &[graph[head].id.clone()], evidence, is_sound)
        })
        .collect()
}
