//! Revisions under other ids, in files of other names: the changes that make it so.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, bail, ensure};
use rechain_history::{Parents, Revision, RevisionId};
use rechain_parser::identifier_sites;
use rechain_project::Change;
use rechain_rewriter::{Renaming, rename};

use crate::history::{File, History};

/// What one file becomes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct NewName {
    /// The id of its revision.
    pub(crate) id: Option<RevisionId>,
    /// Its own base name, without `.py`.
    pub(crate) stem: Option<String>,
    /// New ids of the revisions that it names.
    pub(crate) others: BTreeMap<RevisionId, RevisionId>,
}

/// A file that is renamed, edited or both.
#[derive(Debug, Clone)]
pub(crate) struct Renamed {
    /// Its position in the history.
    pub(crate) file: usize,
    pub(crate) old_path: PathBuf,
    pub(crate) new_path: PathBuf,
    pub(crate) before: Vec<u8>,
    pub(crate) after: Vec<u8>,
    /// What it declares afterwards.
    pub(crate) revision: Revision,
}

/// The files that `names` change.
pub(crate) fn renamed(
    history: &History,
    names: &BTreeMap<usize, NewName>,
) -> anyhow::Result<Vec<Renamed>> {
    let mut result = Vec::new();
    for (&at, name) in names {
        let file = &history.files[at];
        let renamed = one(at, file, name).with_context(|| file.name.clone())?;
        if renamed.old_path != renamed.new_path || renamed.before != renamed.after {
            result.push(renamed);
        }
    }
    Ok(result)
}

fn one(at: usize, file: &File, name: &NewName) -> anyhow::Result<Renamed> {
    let (Some(source), Some(module)) = (file.source(), &file.module) else {
        bail!("cannot be read");
    };
    let mut revision = file.to_revision(at).context("has no id that can be read")?;
    let sites = identifier_sites(source.text())?;
    ensure!(
        name.id.is_none() || sites.revision.is_some(),
        "its file name is its id, which cannot be changed alone"
    );
    let parents = revision.down_revisions().to_vec();
    let renaming = Renaming {
        own: (&revision.id, name.id.as_ref()),
        parents: &parents,
        dependencies: &module.dependencies,
        others: &name.others,
    };
    let edits = rename(source.text(), &sites, renaming);
    let after = source.splice(edits.iter().map(|edit| (edit.range, edit.insert.as_str())))?;
    let new = |id: &RevisionId| name.others.get(id).unwrap_or(id).clone();
    if let Parents::Known(ids) = &mut revision.parents {
        *ids = ids.iter().map(new).collect();
    }
    for dependency in &mut revision.dependencies {
        *dependency = new(&RevisionId::from(dependency.as_str())).to_string();
    }
    if let Some(id) = &name.id {
        revision.id = id.clone();
    }
    let new_path = match &name.stem {
        Some(stem) => file.path.with_file_name(format!("{stem}.py")),
        None => file.path.clone(),
    };
    Ok(Renamed {
        file: at,
        old_path: file.path.clone(),
        new_path,
        before: source.bytes().to_vec(),
        after,
        revision,
    })
}

/// The changes of files: of several files that take each other's names, each path is changed once.
pub(crate) fn changes(history: &History, renamed: &[Renamed]) -> anyhow::Result<Vec<Change>> {
    let mut after: BTreeMap<&PathBuf, &Vec<u8>> = BTreeMap::new();
    for file in renamed {
        ensure!(
            after.insert(&file.new_path, &file.after).is_none(),
            "two files would be named {}",
            file.new_path.display()
        );
    }
    let mut changes = Vec::new();
    for file in renamed {
        let before = file.before.as_slice();
        changes.push(match after.remove(&file.old_path) {
            Some(content) => Change::edit(&file.old_path, before, content.as_slice()),
            None => Change::delete(&file.old_path, before),
        });
    }
    for (path, content) in after {
        let is_there = history.files.iter().any(|file| file.path == *path);
        ensure!(!is_there, "{} exists already", path.display());
        changes.push(Change::create(path, content.as_slice()));
    }
    Ok(changes)
}
