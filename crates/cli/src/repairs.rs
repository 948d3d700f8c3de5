//! What this program did to a chain, read from its journal.

use std::collections::BTreeMap;
use std::path::Path;

use rechain_history::{FileId, RevIndex, RevisionId};
use rechain_parser::{Source, read_module};
use rechain_project::{Change, ChangeSet};

use crate::history::History;

/// A revision that has the parents this program gave it.
pub(crate) struct Repair {
    pub(crate) index: RevIndex,
    /// Its parents before.
    pub(crate) from: Vec<RevisionId>,
    /// The command that did it: `fix`.
    pub(crate) command: String,
    /// Why, where the journal says so.
    pub(crate) reason: Option<String>,
}

/// The repairs of the revisions in `order` that a history still shows, in that order. `remembered` has the last
/// change first; of a revision that was moved several times it is the last one that counts.
pub(crate) fn repairs(
    history: &History,
    order: impl IntoIterator<Item = RevIndex>,
    remembered: &[ChangeSet],
) -> Vec<Repair> {
    let graph = &history.graph;
    let mut last: BTreeMap<&Path, (&ChangeSet, &Change)> = BTreeMap::new();
    for set in remembered {
        for change in &set.changes {
            last.entry(&change.path).or_insert((set, change));
        }
    }
    let repair = |index: RevIndex| {
        let path = &history.file_of(index).path;
        let &(set, change) = last.get(path.as_path())?;
        let from = parents(path, change.before.as_deref()?)?;
        let to = parents(path, change.after.as_deref()?)?;
        // What was edited by hand since is no repair of ours.
        let is_shown = to == graph[index].down_revisions() && from != to;
        is_shown.then(|| Repair {
            index,
            from,
            command: set.command.clone(),
            reason: set.reasons.get(path).cloned(),
        })
    };
    order.into_iter().filter_map(repair).collect()
}

/// The parents that a file's text declares.
fn parents(path: &Path, bytes: &[u8]) -> Option<Vec<RevisionId>> {
    let source = Source::decode(bytes.to_vec()).ok()?;
    let name = path.file_name()?.to_string_lossy();
    let module = read_module(source.text(), &name).ok()?;
    let revision = module.to_revision(FileId(0))?;
    Some(revision.down_revisions().to_vec())
}
