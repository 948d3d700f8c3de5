//! Several files with one id: copies, or two revisions that were given the same.

use std::collections::{BTreeMap, BTreeSet};

use rechain_history::{Place, Revision, RevisionId};
use rechain_project::Change;

use super::clinic::{Clinic, Remedy};
use crate::history::File;
use crate::merging::listed;
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
        .flat_map(|(&file, age)| {
            let is_newcomer = old == 1 && at.len() == 2 && *age == Some(false);
            // Whom the files that follow it mean is not known where some of them are as new.
            let followers = new_followers(clinic, id);
            let whom: &[bool] = if followers.is_empty() {
                &[false]
            } else {
                &[true, false]
            };
            let remedies = whom.iter().filter_map(|&do_follow| {
                let mut remedy = with_new_id(clinic, id, file, (&followers, do_follow))?;
                if is_newcomer {
                    remedy.evidence = format!("{} has the other one", clinic.older_place());
                    remedy.is_sound = followers.is_empty();
                }
                Some(remedy)
            });
            remedies.collect::<Vec<_>>()
        })
        .collect()
}

/// The files that name an id and that databases cannot have.
fn new_followers(clinic: &Clinic<'_>, id: &RevisionId) -> Vec<usize> {
    let history = clinic.history;
    let names = |it: &Revision| {
        it.down_revisions().contains(id) || it.dependencies.iter().any(|it| it == id.as_str())
    };
    history
        .revisions()
        .iter()
        .filter(|it| it.id != *id && names(it))
        .map(|it| it.place.file.index())
        .filter(|&at| clinic.is_older(&history.files[at]) != Some(true))
        .collect()
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

/// One of several files with one id gets another. What follows the id goes on following the others, but for
/// `followers` where they are to follow the one.
fn with_new_id(
    clinic: &Clinic<'_>,
    id: &RevisionId,
    at: usize,
    (followers, do_follow): (&[usize], bool),
) -> Option<Remedy> {
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
    let mut names = BTreeMap::from([(
        at,
        NewName {
            id: Some(new.as_str().into()),
            stem: exchanged(stem, id.as_str(), &new),
            others: BTreeMap::new(),
        },
    )]);
    let others = BTreeMap::from([(id.clone(), RevisionId::from(new.as_str()))]);
    for &follower in followers.iter().filter(|_| do_follow) {
        let renamed = NewName {
            others: others.clone(),
            ..NewName::default()
        };
        names.insert(follower, renamed);
    }
    let ids: Vec<RevisionId> = followers
        .iter()
        .filter_map(|&it| Some(history.files[it].to_revision(it)?.id))
        .collect();
    let also = match (ids.as_slice(), do_follow) {
        ([], _) => String::new(),
        (ids, true) => format!(", and {} above it", words(ids, "stays", "stay")),
        (ids, false) => format!(", and {} above the other one", words(ids, "goes", "go")),
    };
    let renamed = renamed(history, &names).ok()?;
    let remedy = Remedy::new(
        format!("{} gets the id {new}{also}", file.name),
        "the other file keeps the id",
        changes(history, &renamed).ok()?,
        false,
    );
    let name = format!("{} gets the id {new}{also}", clinic.label(&file.path));
    Some(remedy.named(name))
}

/// `a and b go`
fn words(ids: &[RevisionId], one: &str, several: &str) -> String {
    let verb = if ids.len() == 1 { one } else { several };
    format!("{} {verb}", listed(ids))
}
