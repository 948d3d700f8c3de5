//! The proof before writing: what the new files say is what was planned, and nothing else changed.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;

use anyhow::{bail, ensure};
use rechain_history::{Divergence, FileId, Graph, Problem, Revision, RevisionId};
use rechain_parser::{Source, read_module};
use rechain_planner::{Publication, Reparent};
use rechain_project::Change;

use crate::history::History;

/// What the history is to be once the changes are written.
pub(crate) struct Intended {
    /// Every revision, in any order. Places and titles do not matter.
    pub(crate) revisions: Vec<Arc<Revision>>,
    /// Published revisions that get back below them what databases had.
    pub(crate) put_back: Vec<RevisionId>,
    /// Whether every lineage must have one head.
    pub(crate) one_head: bool,
}

impl Intended {
    /// The history as it is but for `steps`.
    pub(crate) fn reparented(history: &History, steps: &[Reparent]) -> Self {
        let mut revisions = history.revisions();
        let steps: HashMap<&RevisionId, &Reparent> =
            steps.iter().map(|step| (&step.revision, step)).collect();
        for revision in &mut revisions {
            if let Some(step) = steps.get(&revision.id) {
                *revision = Arc::new(revision.with_parents(step.to.clone()));
            }
        }
        Self {
            revisions,
            put_back: Vec::new(),
            one_head: false,
        }
    }

    /// The same where every lineage has one head then.
    pub(crate) fn one_head(history: &History, steps: &[Reparent], put_back: &[RevisionId]) -> Self {
        Self {
            put_back: put_back.to_vec(),
            one_head: true,
            ..Self::reparented(history, steps)
        }
    }
}

/// Reads the changed files again, in memory, and compares the history they make with what is intended.
///
/// Files that come count where they lie in a version location; files that go are gone. An error is a bug of
/// this program, found before it did harm; nothing is written then.
pub(crate) fn verify(
    history: &History,
    intended: &Intended,
    changes: &[Change],
    publication: &Publication,
) -> anyhow::Result<()> {
    let found: Vec<Arc<Revision>> = after(history, changes)?
        .into_iter()
        .map(|(revision, _)| revision)
        .collect();
    compare(history, intended, publication, &found)
}

/// The revisions that the files will declare once `changes` are written, and where. Those of files that do not change
/// are the history's own.
pub(crate) fn after<'a>(
    history: &'a History,
    changes: &'a [Change],
) -> anyhow::Result<Vec<(Arc<Revision>, &'a Path)>> {
    // By their text: paths are taken apart to be compared.
    let mut after: BTreeMap<&OsStr, Option<&[u8]>> = changes
        .iter()
        .map(|change| (change.path.as_os_str(), change.after.as_deref()))
        .collect();
    let mut found: Vec<(Arc<Revision>, &Path)> = Vec::with_capacity(history.files.len());
    let files = history.files.iter().zip(history.revision_of_each_file());
    for (at, (file, revision)) in files.enumerate() {
        let path = file.path.as_path();
        let revision = match after.remove(path.as_os_str()) {
            None => revision,
            Some(None) => None,
            Some(Some(bytes)) => read(path, bytes, at)?,
        };
        found.extend(revision.map(|it| (it, path)));
    }
    // The paths of revision files have their links resolved.
    let locations: Vec<_> = history
        .environment
        .version_locations
        .iter()
        .map(|location| rechain_project::real_path(location).unwrap_or_else(|_| location.clone()))
        .collect();
    for (path, bytes) in after {
        let path = Path::new(path);
        let is_revision = locations.iter().any(|location| path.starts_with(location))
            && path.extension().is_some_and(|it| it == "py");
        if let Some(bytes) = bytes
            && is_revision
        {
            let at = history.files.len() + found.len();
            found.extend(read(path, bytes, at)?.map(|it| (it, path)));
        }
    }
    Ok(found)
}

fn read(path: &Path, bytes: &[u8], at: usize) -> anyhow::Result<Option<Arc<Revision>>> {
    let source = Source::decode(bytes.to_vec())?;
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy())
        .unwrap_or_default();
    let module = read_module(source.text(), &name)?;
    let file = FileId(u32::try_from(at)?);
    Ok(module.to_revision(file).map(Arc::new))
}

fn compare(
    history: &History,
    intended: &Intended,
    publication: &Publication,
    found: &[Arc<Revision>],
) -> anyhow::Result<()> {
    let expected = &intended.revisions;
    let (mut differing, mut wanted) = (unshared(found, expected), unshared(expected, found));
    differing.sort_by(|one, other| one.id.cmp(&other.id));
    wanted.sort_by(|one, other| one.id.cmp(&other.id));
    let number = found.len();
    let new = history
        .graph
        .changed_to(found.to_vec(), &history.expectations);
    for revision in expected {
        ensure!(
            new.index(revision.id.as_str()).is_some(),
            "revision {} would be lost",
            revision.id
        );
    }
    ensure!(
        number == expected.len() && differing.len() == wanted.len(),
        "there would be {number} revisions, not {}",
        expected.len()
    );
    for (found, expected) in differing.into_iter().zip(wanted) {
        let id = &expected.id;
        ensure!(
            found.parents == expected.parents,
            "revision {id} would not get the parents that were planned",
        );
        ensure!(
            found.id == *id
                && found.branch_labels == expected.branch_labels
                && found.dependencies == expected.dependencies,
            "revision {id} would change more than was planned",
        );
    }
    published_stay(history, intended, publication, &new)?;
    let old = &history.graph;
    for problem in new.problems() {
        match problem {
            Problem::MultipleHeads { .. } if intended.one_head => {
                bail!("a lineage would still have several heads")
            }
            problem if problem.is_damage() && !old.problems().contains(problem) => {
                bail!("the new graph would be damaged: {problem:?}")
            }
            _ => {}
        }
    }
    Ok(())
}

/// Those of `revisions` that are not the very same values in `others`: only what was read again or is to be otherwise
/// can differ. Each value stands on either side once, since each file has one revision.
fn unshared<'r>(
    revisions: &'r [Arc<Revision>],
    others: &[Arc<Revision>],
) -> Vec<&'r Arc<Revision>> {
    let others: HashSet<*const Revision> = others.iter().map(Arc::as_ptr).collect();
    let is_there = |it: &&Arc<Revision>| others.contains(&Arc::as_ptr(it));
    revisions.iter().filter(|it| !is_there(it)).collect()
}

/// Below every published revision lies what lay there before, or what databases had there.
fn published_stay(
    history: &History,
    intended: &Intended,
    publication: &Publication,
    new: &Graph,
) -> anyhow::Result<()> {
    if !matches!(publication, Publication::Known(_)) {
        return Ok(());
    }
    let old = &history.graph;
    let differences = Divergence::between(old, new);
    for index in old
        .indices()
        .filter(|&index| publication.is_published(old, index))
    {
        let id = old[index].id.as_str();
        let Some(now) = new.index(id) else {
            bail!("published revision {id} would be lost")
        };
        let is_put_back = intended.put_back.iter().any(|it| it.as_str() == id)
            && matches!(publication, Publication::Known(published) if published.was_deployed_as(new, now));
        ensure!(
            is_put_back || differences.is_same(index),
            "what lies below the published revision {id} would change"
        );
    }
    Ok(())
}
