//! Several files with one id: copies, or two revisions that were given the same.

use std::collections::{BTreeMap, BTreeSet};

use rechain_history::{Place, RevisionId};
use rechain_project::Change;

use super::clinic::{Clinic, Remedy};
use crate::history::File;
use crate::numbering::{Style, exchanged, fresh, number, with_number};
use crate::renaming::{NewName, changes, renamed};

pub(super) fn remedies(clinic: &Clinic<'_>, id: &RevisionId, places: &[Place]) -> Vec<Remedy> {
    let history = clinic.history;
    let at: Vec<usize> = places.iter().map(|place| place.file.index()).collect();
    let ages: Vec<Option<bool>> = at
        .iter()
        .map(|&at| clinic.is_older(&history.files[at]))
        .collect();
    let bytes = |at: usize| history.files[at].source().map(|it| it.bytes().to_vec());
    if at.iter().all(|&other| bytes(other) == bytes(at[0])) {
        return identical(clinic, &at, &ages).into_iter().collect();
    }
    let old = ages.iter().filter(|age| **age == Some(true)).count();
    at.iter()
        .zip(&ages)
        .filter(|(_, age)| old == 0 || **age != Some(true) || old == at.len())
        .filter_map(|(&file, age)| {
            let is_newcomer = old == 1 && at.len() == 2 && *age == Some(false);
            let mut remedy = with_new_id(clinic, id, file)?;
            if is_newcomer {
                remedy.evidence = format!("{} has the other one", clinic.older_place());
                // Whom the files that follow it mean is not known where some of them are as new.
                remedy.is_sound = !has_new_follower(clinic, id);
            }
            Some(remedy)
        })
        .collect()
}

fn has_new_follower(clinic: &Clinic<'_>, id: &RevisionId) -> bool {
    let history = clinic.history;
    history
        .revisions()
        .iter()
        .filter(|it| it.down_revisions().contains(id) && it.id != *id)
        .any(|it| clinic.is_older(&history.files[it.place.file.index()]) != Some(true))
}

/// All but one of several files with the same content go.
fn identical(clinic: &Clinic<'_>, at: &[usize], ages: &[Option<bool>]) -> Option<Remedy> {
    let files: Vec<&File> = at.iter().map(|&at| &clinic.history.files[at]).collect();
    let kept = (0..files.len()).min_by_key(|&it| {
        let name = &files[it].name;
        (ages[it] != Some(true), name.len(), name.clone())
    })?;
    let mut changes = Vec::new();
    let mut gone = Vec::new();
    for (it, file) in files.iter().enumerate() {
        if it != kept {
            changes.push(Change::delete(&file.path, file.source()?.bytes()));
            gone.push(file.name.clone());
        }
    }
    let labels: Vec<String> = changes.iter().map(|it| clinic.label(&it.path)).collect();
    let remedy = Remedy::new(
        format!("{} goes", gone.join(", ")),
        format!("it is {} byte for byte", files[kept].name),
        changes,
        true,
    );
    Some(remedy.named(format!("delete {}", labels.join(", "))))
}

/// One of several files with one id gets another; what follows the id goes on following the others.
fn with_new_id(clinic: &Clinic<'_>, id: &RevisionId, at: usize) -> Option<Remedy> {
    let history = clinic.history;
    let file = &history.files[at];
    let ids: Vec<&str> = clinic
        .graph()
        .revisions()
        .iter()
        .map(|it| it.id.as_str())
        .collect();
    let taken: BTreeSet<String> = ids.iter().map(|&id| id.to_owned()).collect();
    let new = match Style::of(ids.iter().copied()) {
        Style::Number { width, .. } => {
            let highest = ids
                .iter()
                .filter_map(|id| number(id)?.0.parse::<u32>().ok())
                .max()
                .unwrap_or(0);
            with_number(id.as_str(), highest + 1, width)
        }
        Style::Hexadecimal { length } => fresh(&format!("{id} {}", file.text()), length, &taken),
        Style::Date | Style::Free => {
            let free = (2..).map(|it| format!("{id}_{it}"));
            free.into_iter().find(|it| !taken.contains(it))?
        }
    };
    let name = history.file_name(at);
    let stem = name.strip_suffix(".py").unwrap_or(name);
    let names = BTreeMap::from([(
        at,
        NewName {
            id: Some(new.as_str().into()),
            stem: exchanged(stem, id.as_str(), &new),
            others: BTreeMap::new(),
        },
    )]);
    let renamed = renamed(history, &names).ok()?;
    let remedy = Remedy::new(
        format!("{} gets the id {new}", file.name),
        "the other file keeps the id",
        changes(history, &renamed).ok()?,
        false,
    );
    Some(remedy.named(format!("{} gets the id {new}", clinic.label(&file.path))))
}
