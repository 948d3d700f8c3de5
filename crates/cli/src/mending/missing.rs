//! A parent that no file declares: a wrong name for one that is here, or a file that is not here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rechain_history::{Parents, RevIndex, RevisionId};
use rechain_project::git::{Found, Repository};
use rechain_project::{Change, Tree as _, WorkTree};

use super::clinic::{Clinic, Remedy, declared, parsed};

/// How many files beside the version locations are looked at.
const MANY_FILES: usize = 5_000;

pub(super) fn remedies(
    clinic: &Clinic<'_>,
    revision: &RevisionId,
    missing: &RevisionId,
) -> Vec<Remedy> {
    let Some(index) = clinic.index(revision.as_str()) else {
        return Vec::new();
    };
    let renamed = meant(clinic, index, missing);
    if !renamed.is_empty() {
        return renamed;
    }
    let mut remedies = misplaced(clinic, missing);
    remedies.extend(from_git(clinic, index, missing));
    let has_file = !remedies.is_empty();
    remedies.extend(mistyped(clinic, index, missing, !has_file));
    for (parents, place) in clinic.earlier_parents(clinic.file(index)) {
        if !parents.contains(missing) {
            let evidence = format!("so it was in {place}");
            let is_sound = remedies.is_empty();
            remedies.extend(clinic.relink(index, &parents, evidence, is_sound));
            break;
        }
    }
    if remedies.is_empty()
        && let Some(parents) = clinic.docstring_parents(clinic.file(index))
    {
        remedies.extend(clinic.relink(index, &parents, "its docstring says so", true));
    }
    remedies
}

/// The parents of a revision with another one in place of the missing.
fn with(
    clinic: &Clinic<'_>,
    index: RevIndex,
    missing: &RevisionId,
    by: &[RevisionId],
) -> Vec<RevisionId> {
    let mut parents: Vec<RevisionId> = Vec::new();
    for parent in clinic.graph()[index].down_revisions() {
        let new = if parent == missing {
            by
        } else {
            std::slice::from_ref(parent)
        };
        for id in new {
            if !parents.contains(id) {
                parents.push(id.clone());
            }
        }
    }
    parents
}

/// A revision that is here under another name: a file name, the beginning of an id, a label.
fn meant(clinic: &Clinic<'_>, index: RevIndex, missing: &RevisionId) -> Vec<Remedy> {
    let graph = clinic.graph();
    let name = missing.as_str().trim();
    let stem = name.strip_suffix(".py").unwrap_or(name);
    let relink = |other: RevIndex, evidence: String, is_sound: bool| {
        let parents = with(clinic, index, missing, &[graph[other].id.clone()]);
        clinic.relink(index, &parents, evidence, is_sound)
    };
    let others = || graph.indices().filter(|&other| other != index);
    let file_stem = |other: RevIndex| {
        let file = clinic.history.file_name(graph[other].place.file.index());
        file.strip_suffix(".py").unwrap_or(file).to_owned()
    };
    let mut found: Vec<(RevIndex, String)> = others()
        .filter(|&other| file_stem(other) == stem)
        .map(|other| (other, format!("{name} is the name of its file")))
        .collect();
    if found.is_empty() {
        found = others()
            .filter(|&other| graph[other].id.as_str().eq_ignore_ascii_case(name))
            .map(|other| (other, "only the case, or a blank, is another".to_owned()))
            .collect();
    }
    if found.is_empty() && name.len() >= 4 {
        found = others()
            .filter(|&other| graph[other].id.as_str().starts_with(name))
            .map(|other| (other, format!("{name} is how its id begins")))
            .collect();
    }
    if found.is_empty() {
        found = others()
            .filter(|&other| {
                let rest = stem.strip_prefix(graph[other].id.as_str());
                rest.is_some_and(|rest| rest.starts_with(['_', '-']))
            })
            .map(|other| (other, format!("{name} begins with its id")))
            .collect();
    }
    let is_sound = found.len() == 1;
    let mut remedies: Vec<Remedy> = found
        .into_iter()
        .filter_map(|(other, evidence)| relink(other, evidence, is_sound))
        .collect();
    if remedies.is_empty() {
        let labelled = others().filter(|&other| {
            let labels = graph[other].branch_labels.iter();
            labels
                .filter_map(|label| label.name())
                .any(|label| label == name)
        });
        for other in labelled {
            let line = graph.chain_descendants_with([other]);
            let heads = graph.heads().filter(|head| line.contains(head.index()));
            for head in heads {
                remedies.extend(relink(
                    head,
                    format!("{name} is a label, and this its head"),
                    false,
                ));
            }
            remedies.extend(relink(
                other,
                format!("{name} is a label, and it declares it"),
                false,
            ));
        }
    }
    remedies
}

/// Ids that differ in a letter or two.
fn mistyped(
    clinic: &Clinic<'_>,
    index: RevIndex,
    missing: &RevisionId,
    is_likely: bool,
) -> Vec<Remedy> {
    let graph = clinic.graph();
    let name = missing.as_str();
    let allowed = (name.len() / 4).min(2);
    let near: Vec<(usize, RevIndex)> = graph
        .indices()
        .filter(|&other| other != index)
        .map(|other| {
            (
                strsim::damerau_levenshtein(graph[other].id.as_str(), name),
                other,
            )
        })
        .filter(|&(distance, _)| distance <= allowed)
        .collect();
    let is_sound = is_likely && near.len() == 1;
    near.into_iter()
        .filter_map(|(distance, other)| {
            let letters = if distance == 1 {
                "letter is"
            } else {
                "letters are"
            };
            let evidence = format!("{distance} {letters} another");
            let parents = with(clinic, index, missing, &[graph[other].id.clone()]);
            clinic.relink(index, &parents, evidence, is_sound)
        })
        .collect()
}

/// Files that declare it and lie where Alembic does not look.
fn misplaced(clinic: &Clinic<'_>, missing: &RevisionId) -> Vec<Remedy> {
    let locations = clinic.locations();
    let Some(location) = locations.iter().find(|path| path.is_dir()) else {
        return Vec::new();
    };
    let start = clinic
        .history
        .environment
        .script_location
        .clone()
        .or_else(|| location.parent().map(Path::to_owned))
        .unwrap_or_else(|| location.clone());
    let start = rechain_project::real_path(&start).unwrap_or(start);
    let known: BTreeSet<&PathBuf> = clinic.history.files.iter().map(|file| &file.path).collect();
    let mut files = Vec::new();
    for place in std::iter::once(&start).chain(&locations) {
        python_files(place, 4, &mut files);
    }
    files.sort();
    files.dedup();
    let mut remedies = Vec::new();
    for path in files.into_iter().filter(|path| !known.contains(path)) {
        let Ok(content) = WorkTree.read(&path) else {
            continue;
        };
        let found = Found {
            place: String::new(),
            path: path.clone(),
            content,
        };
        if declared(&found).is_none_or(|it| it.id != *missing) {
            continue;
        }
        let target = location.join(path.file_name().unwrap_or_default());
        let directory = path.parent().unwrap_or(&path).display().to_string();
        let name = format!("move {} to {}", clinic.label(&path), clinic.label(&target));
        let changes = vec![
            Change::delete(&path, found.content.as_slice()),
            Change::create(target, found.content.as_slice()),
        ];
        let remedy = Remedy::new(
            format!("{} moves to {}", path.display(), location.display()),
            format!("it declares {missing}, and Alembic does not look into {directory}"),
            changes,
            true,
        );
        remedies.push(remedy.named(name));
    }
    let is_one = remedies.len() == 1;
    for remedy in &mut remedies {
        remedy.is_sound = is_one;
    }
    remedies
}

fn python_files(directory: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return;
    };
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        let is_passed_over =
            name.starts_with('.') || name == "node_modules" || name == "__pycache__";
        if kind.is_dir() && depth > 0 && !is_passed_over {
            python_files(&path, depth - 1, files);
        } else if kind.is_file() && name.ends_with(".py") && files.len() < MANY_FILES {
            files.push(path);
        }
    }
}

/// The file as git still has it: deleted in the work tree, deleted in a commit, on another branch.
fn from_git(clinic: &Clinic<'_>, index: RevIndex, missing: &RevisionId) -> Vec<Remedy> {
    let Some(repository) = clinic.repository else {
        return Vec::new();
    };
    let locations = clinic.locations();
    let search = Search {
        clinic,
        repository,
        locations: &locations,
    };
    let on_branches = search.on_branches(missing);
    let in_head = on_branches.iter().find(|it| search.is_at(it, "HEAD"));
    if let Some(found) = in_head {
        let evidence =
            "HEAD has it: it was deleted here without a commit, or a sparse checkout leaves it out";
        return search
            .restored(missing, found, "HEAD", evidence, true)
            .into_iter()
            .collect();
    }
    let mut remedies = Vec::new();
    if let Some(found) = search.deleted(missing) {
        // What lay on the base may be deployed, so nothing may take its place.
        let was_on_base = clinic
            .base
            .is_some_and(|(_, commit)| search.was_below(&found, commit));
        let mut evidence = format!("it was {}", found.place);
        if was_on_base {
            let base = clinic.older_place();
            evidence = format!("{evidence}, but {base} had it, so databases may");
        }
        if let Some(pyc) = bytecode_of(&locations, missing) {
            evidence = format!("{evidence}; it ran here: {pyc}");
        }
        remedies.extend(search.restored(missing, &found, "git", &evidence, was_on_base));
        if let Some(revision) = declared(&found)
            && let Parents::Known(parents) = revision.parents
            && parents.iter().all(|id| clinic.index(id.as_str()).is_some())
        {
            let parents = with(clinic, index, missing, &parents);
            let evidence = format!(
                "{missing} was {}, and this is what it followed",
                found.place
            );
            remedies.extend(clinic.relink(index, &parents, evidence, false));
        }
        return remedies;
    }
    let mut seen: BTreeSet<&[u8]> = BTreeSet::new();
    for found in &on_branches {
        if seen.insert(found.content.as_slice()) {
            let place = found.place.clone();
            let evidence = if clinic.base.is_some_and(|(base, _)| *base == place) {
                format!(
                    "{place} has {missing}: merge or rebase {place} first, or take the file from there"
                )
            } else {
                format!("{place} has it")
            };
            remedies.extend(search.restored(missing, found, &place, &evidence, false));
        }
    }
    remedies
}

/// Cached bytecode that holds the id.
fn bytecode_of(locations: &[PathBuf], id: &RevisionId) -> Option<String> {
    let needle = id.as_str().as_bytes();
    for location in locations {
        let Ok(entries) = std::fs::read_dir(location.join("__pycache__")) else {
            continue;
        };
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            let has_source = path.file_name().is_some_and(|name| {
                let name = name.to_string_lossy();
                let stem = name.split('.').next().unwrap_or_default();
                location.join(format!("{stem}.py")).exists()
            });
            let content = WorkTree.read(&path).unwrap_or_default();
            if !has_source && content.windows(needle.len()).any(|it| it == needle) {
                return Some(path.file_name()?.to_string_lossy().into_owned());
            }
        }
    }
    None
}

struct Search<'s> {
    clinic: &'s Clinic<'s>,
    repository: &'s Repository,
    locations: &'s [PathBuf],
}

impl Search<'_> {
    fn on_branches(&self, id: &RevisionId) -> Vec<Found> {
        let found = self.repository.on_branches(self.locations, id.as_str());
        let mut found = found.unwrap_or_default();
        found.retain(|it| declared(it).is_some_and(|it| it.id == *id));
        found
    }

    fn deleted(&self, id: &RevisionId) -> Option<Found> {
        let found = self.repository.deleted(self.locations, id.as_str()).ok()?;
        found
            .into_iter()
            .find(|it| declared(it).is_some_and(|it| it.id == *id))
    }

    fn is_at(&self, found: &Found, commit: &str) -> bool {
        let path = self.clinic.in_repository(&found.path);
        let content = path.and_then(|path| self.repository.content(commit, &path).ok()?);
        content.is_some_and(|content| content == found.content)
    }

    /// Whether a deleted file lay in the history of `commit`.
    fn was_below(&self, found: &Found, commit: &str) -> bool {
        let path = self.clinic.in_repository(&found.path);
        path.is_some_and(|path| self.repository.ever_had(commit, &path).unwrap_or(false))
    }

    /// The file back in its place, and with it every file that it needs and that is not here either.
    fn restored(
        &self,
        id: &RevisionId,
        found: &Found,
        source: &str,
        evidence: &str,
        is_sound: bool,
    ) -> Option<Remedy> {
        let mut changes: BTreeMap<PathBuf, Change> = BTreeMap::new();
        let mut open = vec![(id.clone(), found.clone())];
        let mut seen: BTreeSet<RevisionId> = BTreeSet::from([id.clone()]);
        while let Some((_, found)) = open.pop() {
            if found.path.exists() {
                return None;
            }
            let revision = declared(&found)?;
            changes.insert(
                found.path.clone(),
                Change::create(&found.path, found.content.as_slice()),
            );
            for parent in revision.down_revisions() {
                let is_here = self.clinic.index(parent.as_str()).is_some();
                if is_here || !seen.insert(parent.clone()) {
                    continue;
                }
                let first = self.on_branches(parent).into_iter().next();
                open.push((parent.clone(), first.or_else(|| self.deleted(parent))?));
            }
        }
        let names: Vec<String> = changes
            .keys()
            .map(|path| {
                path.file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        let changes: Vec<Change> = changes.into_values().collect();
        changes.iter().try_for_each(|it| {
            let content = it.after.clone()?;
            parsed(content, &it.path.to_string_lossy()).map(|_| ())
        })?;
        let name = restoring(self.clinic, &changes);
        let words = format!("{} from {source}", names.join(", "));
        Some(Remedy::new(words, evidence, changes, is_sound).named(name))
    }
}

/// What brings files back, by their names and by what is in them: not by the ref that has them, which other
/// clones know under another name or not at all.
pub(super) fn restoring(clinic: &Clinic<'_>, changes: &[Change]) -> String {
    let mut digest = sha1_smol::Sha1::new();
    let mut names = Vec::new();
    for change in changes {
        names.push(clinic.label(&change.path));
        digest.update(change.after.as_deref().unwrap_or_default());
    }
    let digest = digest.digest().to_string();
    format!("restore {} ({})", names.join(", "), &digest[..12])
}
