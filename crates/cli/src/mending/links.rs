//! Links of the chain that name the wrong revision.

use rechain_history::{ReparentSites, RevIndex, RevisionId};
use rechain_parser::identifier_sites;
use rechain_project::Change;
use rechain_rewriter::reparent;

use super::clinic::{Clinic, Remedy};

/// What is known of the parents of a revision whose link is wrong, the strongest evidence first: its own
/// docstring, its earlier versions.
pub(super) fn evident_parents(clinic: &Clinic<'_>, index: RevIndex) -> Vec<Remedy> {
    let file = clinic.file(index);
    let now = clinic.graph()[index].down_revisions();
    let mut remedies: Vec<Remedy> = Vec::new();
    let mut add = |remedy: Option<Remedy>| {
        let Some(remedy) = remedy else { return };
        match remedies.iter_mut().find(|it| it.changes == remedy.changes) {
            Some(known) => known.evidence = format!("{}; {}", known.evidence, remedy.evidence),
            None => remedies.push(remedy),
        }
    };
    for (parents, place) in clinic.earlier_parents(file) {
        if parents != now {
            add(clinic.relink(index, &parents, format!("so it was in {place}"), true));
            break;
        }
    }
    if let Some(parents) = clinic.docstring_parents(file)
        && parents != now
    {
        add(clinic.relink(index, &parents, "its docstring says so", true));
    }
    remedies
}

/// A revision that names itself as parent or dependency.
pub(super) fn own_parent(clinic: &Clinic<'_>, id: &RevisionId) -> Vec<Remedy> {
    let Some(index) = clinic.index(id.as_str()) else {
        return Vec::new();
    };
    let revision = &clinic.graph()[index];
    let parents = revision.down_revisions();
    if !parents.contains(id) {
        return without_dependency(
            clinic,
            index,
            id.as_str(),
            "a revision cannot depend on itself",
        )
        .into_iter()
        .collect();
    }
    let others: Vec<RevisionId> = parents.iter().filter(|it| *it != id).cloned().collect();
    if !others.is_empty() {
        return clinic
            .relink(index, &others, "its other parents stay", true)
            .into_iter()
            .collect();
    }
    let mut remedies = evident_parents(clinic, index);
    let heads = clinic.heads_without(index);
    let has_evidence = !remedies.is_empty();
    if heads.is_empty() && !has_evidence {
        remedies.extend(clinic.relink(index, &[], "nothing else is here to follow", true));
    }
    for &head in &heads {
        let head_id = clinic.graph()[head].id.clone();
        let is_sound = heads.len() == 1 && !has_evidence;
        let evidence = if heads.len() == 1 {
            "it is the one head beside it"
        } else {
            "it is a head"
        };
        remedies.extend(clinic.relink(index, &[head_id], evidence, is_sound));
    }
    remedies
}

/// Several unlabelled histories that start from nothing.
pub(super) fn second_root(clinic: &Clinic<'_>, roots: &[&RevisionId]) -> Vec<Remedy> {
    let graph = clinic.graph();
    let mut remedies = Vec::new();
    let found: Vec<RevIndex> = roots
        .iter()
        .filter_map(|id| clinic.index(id.as_str()))
        .collect();
    let ages: Vec<Option<bool>> = found
        .iter()
        .map(|&root| clinic.is_older(clinic.file(root)))
        .collect();
    let newcomers = ages.iter().filter(|age| **age == Some(false)).count();
    let has_old = ages.contains(&Some(true));
    for (&root, age) in found.iter().zip(&ages) {
        let evident = evident_parents(clinic, root);
        let is_evident = !evident.is_empty();
        remedies.extend(evident);
        if *age == Some(true) && newcomers > 0 {
            continue;
        }
        let heads = clinic.heads_without(root);
        for &head in &heads {
            let is_new = newcomers == 1 && *age == Some(false) && has_old;
            let evidence = if is_new {
                format!(
                    "{} has the other history and not this one, and {} is its head",
                    clinic.older_place(),
                    graph[head].id
                )
            } else {
                format!("{} is the head of the other history", graph[head].id)
            };
            let is_sound = is_new && heads.len() == 1 && !is_evident;
            let parent = graph[head].id.clone();
            remedies.extend(clinic.relink(root, &[parent], evidence, is_sound));
        }
    }
    remedies
}

/// A parent or dependency that others imply.
pub(super) fn redundant_parent(
    clinic: &Clinic<'_>,
    id: &RevisionId,
    redundant: &RevisionId,
) -> Vec<Remedy> {
    let Some(index) = clinic.index(id.as_str()) else {
        return Vec::new();
    };
    let evidence = "what lies below it stays the same";
    let parents = clinic.graph()[index].down_revisions();
    if parents.contains(redundant) {
        let others: Vec<RevisionId> = parents
            .iter()
            .filter(|it| *it != redundant)
            .cloned()
            .collect();
        return clinic
            .relink(index, &others, evidence, true)
            .into_iter()
            .collect();
    }
    without_dependency(clinic, index, redundant.as_str(), evidence)
        .into_iter()
        .collect()
}

/// A remedy that takes one name out of `depends_on`.
fn without_dependency(
    clinic: &Clinic<'_>,
    index: RevIndex,
    name: &str,
    evidence: &str,
) -> Option<Remedy> {
    let id = &clinic.graph()[index].id;
    let words = format!("{id} does not depend on {name}");
    let changes = vec![dependency_dropped(clinic, index, name)?];
    Some(Remedy::new(words, evidence, changes, true))
}

fn dependency_dropped(clinic: &Clinic<'_>, index: RevIndex, name: &str) -> Option<Change> {
    let file = clinic.file(index);
    let source = file.source()?;
    let sites = identifier_sites(source.text()).ok()?;
    let graph = clinic.graph();
    // A label stands for the revision that declares it.
    let is_meant = |dependency: &str| {
        dependency == name
            || graph.indices().any(|it| {
                let revision = &graph[it];
                let labels = revision
                    .branch_labels
                    .iter()
                    .filter_map(|label| label.name());
                revision.id.as_str() == name && labels.into_iter().any(|label| label == dependency)
            })
    };
    let left: Vec<RevisionId> = graph[index]
        .dependencies
        .iter()
        .filter(|dependency| !is_meant(dependency))
        .map(|dependency| RevisionId::from(dependency.as_str()))
        .collect();
    // depends_on is written in the forms of down_revision.
    let sites = ReparentSites {
        down_revision: sites.depends_on?,
        model_literal: None,
        revises: None,
    };
    let edits = reparent(source.text(), &sites, &left);
    let edits = edits.iter().map(|edit| (edit.range, edit.insert.as_str()));
    let after = source.splice(edits).ok()?;
    Some(Change::edit(&file.path, source.bytes(), after))
}
