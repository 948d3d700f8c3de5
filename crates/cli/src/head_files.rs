//! What the files are to hold in which a project keeps its head.

use std::collections::BTreeMap;
use std::path::Path;

use rechain_history::{Graph, RevIndex, RevisionId, lineages};
use rechain_project::{Change, HeadFile, HeadRole};

use crate::code;
use crate::diagnostic::Diagnostic;
use crate::history::History;
use crate::verify::after;

/// The changes that keep the head files of an environment in step with `changes` of its revision files, which give
/// revisions the ids in `renamed`; without any, those that bring them up to date.
pub(crate) fn changes(
    history: &History,
    changes: &[Change],
    renamed: &BTreeMap<RevisionId, RevisionId>,
) -> anyhow::Result<Vec<Change>> {
    // What repairs a damaged history is all there is to change, so that there is a head then.
    if history.head_files.is_empty() || (history.is_damaged() && changes.is_empty()) {
        return Ok(Vec::new());
    }
    let found = after(history, changes)?;
    let stems: Stems = found
        .iter()
        .map(|(revision, path)| (revision.id.clone(), stem(path)))
        .collect();
    let revisions = found.into_iter().map(|(revision, _)| revision).collect();
    let graph = history.graph.changed_to(revisions, &history.expectations);
    let old_stems = stems_of(history);
    let changes = history.head_files.iter().filter_map(|file| {
        let held = held(file, &history.graph, &old_stems);
        let now = |id: RevisionId| renamed.get(&id).cloned().unwrap_or(id);
        let held = Held {
            ids: held.ids.into_iter().map(now).collect(),
            ..held
        };
        let after = wanted(file, &graph, &stems, &held)?;
        let change = Change {
            path: file.path.clone(),
            before: file.content.clone(),
            after: Some(after),
        };
        (!change.is_empty()).then_some(change)
    });
    Ok(changes.collect())
}

/// The head files that do not hold what they are to.
pub(crate) fn diagnostics(history: &History) -> Vec<Diagnostic> {
    if history.head_files.is_empty() {
        return Vec::new();
    }
    let stems = stems_of(history);
    let stale = history.head_files.iter().filter_map(|file| {
        let held = held(file, &history.graph, &stems);
        let after = wanted(file, &history.graph, &stems, &held)?;
        if file.content.as_deref() == Some(&after) {
            return None;
        }
        let name = history.shown(&file.path);
        let entries = file.entries();
        let wanted = String::from_utf8_lossy(&after);
        let wanted: Vec<&str> = wanted.split_whitespace().collect();
        let message = if file.is_conflicted() {
            format!("{name} has git's conflict markers")
        } else if file.content.is_none() {
            format!("{name} is not there, and `head-file` names it")
        } else if entries.is_empty() {
            format!("{name} is empty")
        } else {
            format!("{name} holds {}, not the head", entries.join(" "))
        };
        let help = format!(
            "it is to hold {}: run `{}`",
            wanted.join(" "),
            history.command("rechain fix")
        );
        Some(Diagnostic::new(&code::STALE_HEAD_FILE, message).with_help(help))
    });
    stale.collect()
}

/// The names of the files of revisions, without `.py`.
type Stems = BTreeMap<RevisionId, String>;

fn stems_of(history: &History) -> Stems {
    let graph = &history.graph;
    let stem = |index: RevIndex| stem(&history.file_of(index).path);
    graph
        .indices()
        .map(|index| (graph[index].id.clone(), stem(index)))
        .collect()
}

/// What a head file holds.
struct Held {
    /// The revisions that it names.
    ids: Vec<RevisionId>,
    /// A project may write names of files instead of ids.
    by_stem: bool,
}

/// What `file` holds, in the history for which it was written.
fn held(file: &HeadFile, graph: &Graph, stems: &Stems) -> Held {
    let mut held = Held {
        ids: Vec::new(),
        by_stem: false,
    };
    for entry in file.entries() {
        if let Some(index) = graph.index(&entry) {
            held.ids.push(graph[index].id.clone());
        } else if let Some((id, _)) = stems.iter().find(|(_, stem)| **stem == entry) {
            held.ids.push(id.clone());
            held.by_stem = true;
        }
    }
    held
}

/// What `file`, which holds `held`, is to hold; `None` where that cannot be told, as while a lineage has several heads.
fn wanted(file: &HeadFile, graph: &Graph, stems: &Stems, held: &Held) -> Option<Vec<u8>> {
    if graph.is_empty() || lineages(graph).iter().any(|it| !it.is_linear()) {
        return None;
    }
    let entries = file.entries();
    let above: Vec<RevIndex> = held
        .ids
        .iter()
        .filter_map(|id| graph.index(id.as_str()))
        .collect();
    let entry = |head: RevIndex| {
        let id = &graph[head].id;
        match stems.get(id) {
            Some(stem) if held.by_stem => stem.clone(),
            _ => id.to_string(),
        }
    };
    let heads = heads(file.role, graph, &above)?;
    let mut lines: Vec<String> = heads.into_iter().map(entry).collect();
    lines.sort();
    // The order of several is theirs.
    let mut sorted = entries.clone();
    sorted.sort();
    if sorted == lines {
        lines = entries;
    }
    if file.content.as_deref().is_some() && !file.is_conflicted() && file.entries() == lines {
        return file.content.clone();
    }
    Some(file.with(&lines))
}

fn heads(role: HeadRole, graph: &Graph, held: &[RevIndex]) -> Option<Vec<RevIndex>> {
    let all: Vec<RevIndex> = graph.heads().collect();
    let labelled = |word: &str| -> Vec<RevIndex> {
        let has = |head: &RevIndex| {
            let mut labels = graph.labels(*head).iter();
            labels.any(|label| label.to_string().to_lowercase().contains(word))
        };
        all.iter().copied().filter(has).collect()
    };
    let by_label = match role {
        HeadRole::All => return Some(all),
        HeadRole::Any if all.len() == 1 => return Some(all),
        HeadRole::Any => Vec::new(),
        HeadRole::Expand => labelled("expand"),
        HeadRole::Contract => labelled("contract"),
    };
    if by_label.len() == 1 {
        return Some(by_label);
    }
    // The heads above what it held.
    let above = graph.chain_descendants_with(held.iter().copied());
    let above: Vec<RevIndex> = all
        .iter()
        .copied()
        .filter(|head| above.contains(head.index()))
        .collect();
    match (role, above.len()) {
        (_, 1) => Some(above),
        (HeadRole::Any, _) => Some(all),
        _ => None,
    }
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .map(|it| it.to_string_lossy().into_owned())
        .unwrap_or_default()
}
