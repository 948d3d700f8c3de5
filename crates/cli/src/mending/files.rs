//! Files that give no revision: no `down_revision`, or no source at all.

use rechain_history::{Parents, RevisionId};
use rechain_parser::{IdentifierName, IdentifierProblem};
use rechain_planner::DamageKind;
use rechain_project::Change;

use super::clinic::{Ailment, Clinic, Remedy, file_key};
use super::missing::restoring;
use crate::code;
use crate::history::File;

pub(super) fn ailment(clinic: &Clinic<'_>, at: usize) -> Option<Ailment> {
    let file = &clinic.history.files[at];
    let (words, remedies) = if file.is_unreadable_as(&code::BYTECODE_ONLY) {
        (
            format!("{} is bytecode alone", file.name),
            source_of(clinic, file),
        )
    } else if lacks_down_revision(file) {
        let words = format!("{} has no down_revision", file.name);
        (words, with_parents(clinic, file))
    } else {
        return None;
    };
    let assigned = file.module.as_ref().and_then(|it| it.revision.as_ref());
    let place = assigned.map(|(_, range)| *range);
    Some(Ailment {
        kind: DamageKind::File,
        about: vec![clinic.label(&file.path).as_str().into()],
        words,
        places: place.into_iter().map(|range| (at, range)).collect(),
        key: file_key(&file.path),
        may_uncover: true,
        is_exhaustive: false,
        remedies,
        refused: Vec::new(),
    })
}

fn lacks_down_revision(file: &File) -> bool {
    file.module.as_ref().is_some_and(|module| {
        let is_missing = |problem: &IdentifierProblem| {
            let name = IdentifierName::DownRevision;
            *problem == IdentifierProblem::Missing { name }
        };
        module.revision.is_some() && module.problems.iter().any(is_missing)
    })
}

/// The source of a revision of which only the bytecode is here, as git has it.
fn source_of(clinic: &Clinic<'_>, file: &File) -> Vec<Remedy> {
    let Some(repository) = clinic.repository else {
        return Vec::new();
    };
    let Some(directory) = file.path.parent() else {
        return Vec::new();
    };
    let directory = match directory.file_name() {
        Some(name) if name == "__pycache__" => directory.parent().unwrap_or(directory),
        _ => directory,
    };
    let name = file.path.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.split('.').next().unwrap_or_default();
    let path = directory.join(format!("{stem}.py"));
    let found = repository.earlier(&path).unwrap_or_default();
    found
        .into_iter()
        .take(1)
        .map(|found| {
            // Beside its source the bytecode is not a revision of its own.
            let changes = vec![Change::create(&path, found.content)];
            let name = restoring(clinic, &changes);
            let evidence = format!("so it was in {}", found.place);
            Remedy::new(format!("{stem}.py from git"), evidence, changes, true).named(name)
        })
        .collect()
}

/// A `down_revision` for a file that has none.
fn with_parents(clinic: &Clinic<'_>, file: &File) -> Vec<Remedy> {
    let mut remedies = Vec::new();
    let mut add = |parents: &[RevisionId], evidence: String, is_sound: bool| {
        if let Some(change) = inserted(file, parents) {
            let value = match parents {
                [] => "None".to_owned(),
                _ => {
                    let ids: Vec<&str> = parents.iter().map(RevisionId::as_str).collect();
                    ids.join(", ")
                }
            };
            let words = format!("{}: down_revision = {value}", file.name);
            let label = clinic.label(&file.path);
            let remedy = Remedy::new(words, evidence, vec![change], is_sound);
            remedies.push(remedy.named(format!("{label}: down_revision = {value}")));
        }
    };
    if let Some((parents, place)) = clinic.earlier_parents(file).into_iter().next() {
        add(&parents, format!("so it was in {place}"), true);
    }
    let documented = clinic.docstring_parents(file);
    if let Some(parents) = &documented {
        add(parents, "its docstring says so".to_owned(), true);
    }
    let graph = clinic.graph();
    let own = file
        .module
        .as_ref()
        .and_then(|it| it.revision.as_ref())
        .map(|(id, _)| id);
    let is_other = |it: &rechain_history::RevIndex| {
        Some(&graph[*it].id) != own && graph[*it].parents != Parents::Computed
    };
    let heads: Vec<_> = graph.heads().filter(is_other).collect();
    let has_followers = own
        .and_then(|id| graph.index(id.as_str()))
        .is_some_and(|index| !graph.is_head(index));
    for &head in &heads {
        let id = graph[head].id.clone();
        if has_followers
            && own.is_some_and(|own| {
                graph
                    .index(own.as_str())
                    .is_some_and(|own| graph.is_ancestor(own, head))
            })
        {
            continue;
        }
        let is_sound = heads.len() == 1 && !has_followers && documented.is_none();
        add(&[id], "it is the head of the others".to_owned(), is_sound);
    }
    if graph.bases().all(|base| !is_other(&base)) {
        add(
            &[],
            "nothing else starts from nothing".to_owned(),
            heads.is_empty(),
        );
    }
    let mut seen: Vec<Vec<Change>> = Vec::new();
    remedies.retain(|remedy| {
        let is_new = !seen.contains(&remedy.changes);
        seen.push(remedy.changes.clone());
        is_new
    });
    if let Some(first) = remedies.iter().position(|it| it.is_sound) {
        for remedy in remedies.iter_mut().skip(first + 1) {
            remedy.is_sound &=
                remedy.evidence.contains("docstring") || remedy.evidence.contains("was in");
        }
    }
    remedies
}

/// The line behind the one that assigns `revision`.
fn inserted(file: &File, parents: &[RevisionId]) -> Option<Change> {
    let source = file.source()?;
    let text = source.text();
    let range = file.module.as_ref()?.revision.as_ref()?.1;
    let end = range.end() + text[range.end()..].find(['\n', '\r'])?;
    let newline = if text[end..].starts_with("\r\n") {
        "\r\n"
    } else {
        &text[end..=end]
    };
    let quote = range
        .of(text)
        .chars()
        .find(|c| matches!(c, '\'' | '"'))
        .unwrap_or('\'');
    let ids: Vec<String> = parents
        .iter()
        .map(|id| format!("{quote}{id}{quote}"))
        .collect();
    let value = match ids.as_slice() {
        [] => "None".to_owned(),
        [one] => one.clone(),
        several => format!("({})", several.join(", ")),
    };
    let is_plain = |id: &RevisionId| !id.as_str().contains(['\'', '"', '\\', '\n']);
    if !parents.iter().all(is_plain) {
        return None;
    }
    let line = format!("{newline}down_revision = {value}");
    let at = rechain_history::TextRange::empty(end);
    let after = source.splice([(at, line.as_str())]).ok()?;
    Some(Change::edit(&file.path, source.bytes(), after))
}
