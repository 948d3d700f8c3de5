//! `check --base` and `--with`: the work tree laid over the tips of other refs, as their merge would be.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use rechain_history::RevisionId;
use rechain_parser::{Source, read_module};
use rechain_project::git::{
    BaseWish, Commit, CommitTree, GitError, ObjectId, Operation, PublishedRef, RefHistory,
    Repository,
};
use rechain_project::{Environment, Overlay, RevisionFileKind, Tree, WorkTree};

use super::asked::repository_of;
use super::hinted;
use super::snapshots::Snapshots;
use super::three_way::{Clash, Look, Sides, merge, merged_ids};
use super::walk::at_tip;
use crate::history::{History, Purpose};
use crate::paths::Display;
use crate::request::Hinted;

/// What is laid over.
pub(crate) struct Wish<'w> {
    pub(crate) base: Option<&'w str>,
    pub(crate) with: &'w [String],
    pub(crate) fetch: bool,
}

impl Wish<'_> {
    /// Whether there is anything to lay over.
    pub(crate) fn is_empty(&self) -> bool {
        self.base.is_none() && self.with.is_empty()
    }
}

/// One environment as it would be after the merge, and what is known of how it came about.
#[derive(Default)]
pub(crate) struct Landing {
    /// The refs, the base first, each with its commit.
    pub(crate) refs: Vec<(String, String)>,
    /// Which of them brings a file that the work tree does not have.
    pub(crate) brought: BTreeMap<PathBuf, String>,
    /// Where git would stop, and at which ref.
    pub(crate) clashes: Vec<(PathBuf, Clash, String)>,
    /// The revisions of the base's tip whose file the merge does not have at its place and just so, with path and text;
    /// empty without a base.
    pub(crate) base_files: BTreeMap<RevisionId, (PathBuf, Vec<u8>)>,
}

impl Landing {
    /// The base, or what else is laid over, for messages.
    pub(crate) fn shown(&self) -> String {
        let names: Vec<&str> = self.refs.iter().map(|(shown, _)| shown.as_str()).collect();
        match names.as_slice() {
            [start @ .., last] if !start.is_empty() => format!("{} and {last}", start.join(", ")),
            names => names.concat(),
        }
    }
}

/// Lays each environment over the refs, and reads what that makes.
pub(crate) fn lay(
    histories: &[History],
    wish: &Wish<'_>,
    display: &Display,
) -> anyhow::Result<(Vec<History>, Vec<Landing>)> {
    let mut files = BTreeMap::new();
    let mut environments = Vec::new();
    let mut laid = Vec::new();
    for history in histories {
        let mut one = lay_one(history, wish, display)?;
        files.append(&mut one.changed);
        environments.push(one.environment.clone());
        laid.push(one);
    }
    let tree = Overlay::new(&WorkTree, files);
    let purpose = Purpose {
        to_ask_git: true,
        ..Purpose::default()
    };
    let landed = History::read_for(purpose, environments, &tree, display)?;
    let landings = laid.into_iter().zip(&landed).map(|(one, landed)| {
        let base_files = one.base_files(landed)?;
        Ok(Landing {
            base_files,
            ..one.landing
        })
    });
    let landings = landings.collect::<anyhow::Result<_>>()?;
    Ok((landed, landings))
}

/// One environment with everything laid over it.
struct Laid {
    landing: Landing,
    environment: Environment,
    /// What changes in the work tree's files.
    changed: BTreeMap<PathBuf, Option<Vec<u8>>>,
    refs: RefHistory,
    /// The revision files of the base's tip; none without a base.
    on_base: BTreeMap<PathBuf, ObjectId>,
}

impl Laid {
    /// The revisions of the base's tip whose file `landed` does not have just so, with path and text.
    fn base_files(
        &self,
        landed: &History,
    ) -> anyhow::Result<BTreeMap<RevisionId, (PathBuf, Vec<u8>)>> {
        let shown = self.landing.refs.first();
        let shown = shown.map_or("", |(shown, _)| shown.as_str());
        let landed = landed.files.iter();
        let landed: HashMap<&OsStr, &ObjectId> = landed
            .filter_map(|file| Some((file.path.as_os_str(), file.blob.as_ref()?)))
            .collect();
        let (paths, ids): (Vec<&PathBuf>, Vec<ObjectId>) = self
            .on_base
            .iter()
            .filter(|(path, id)| landed.get(path.as_os_str()) != Some(id))
            .map(|(path, id)| (path, id.clone()))
            .unzip();
        let texts = self.refs.repository.blobs(&ids);
        let texts = texts.map_err(|error| hinted(&error))?;
        let mut found = BTreeMap::new();
        for ((path, id), text) in paths.into_iter().zip(&ids).zip(texts) {
            let text = text.ok_or_else(|| unseen(&self.refs, shown, &absent(id)))?;
            if let Some(revision) = revision(path, &text) {
                found.insert(revision, (path.clone(), text));
            }
        }
        Ok(found)
    }
}

fn lay_one(history: &History, wish: &Wish<'_>, display: &Display) -> anyhow::Result<Laid> {
    let name = wish.base.or(wish.with.first().map(String::as_str));
    let name = name.unwrap_or_default();
    let repository = repository_of(history).map_err(|error| hinted(&error))?;
    let Some(repository) = repository else {
        bail!("cannot look at `{name}`: this is not a git repository");
    };
    let refs = opened(repository, wish).map_err(|error| hinted(&error))?;
    let mut targets: Vec<PublishedRef> = Vec::new();
    if wish.base.is_some() {
        targets.extend(refs.base.clone());
    }
    for name in wish.with {
        let target = refs.named_ref(name).map_err(|error| hinted(&error))?;
        targets.push(target);
    }
    let mut environment = history.environment.clone();
    for target in &targets {
        add_configured(&mut environment, history, &refs, target)?;
    }
    let mut snapshots = Snapshots::of(&refs.repository, history, environment.clone());
    let mut landing = Landing::default();
    let mut merged: Vec<Commit> = Vec::new();
    merged.extend(refs.head.clone());
    if refs.operation == Some(Operation::Merge) {
        merged.extend(refs.repository.commit("MERGE_HEAD")?);
    }
    let mut changed = BTreeMap::new();
    let mut on_base = BTreeMap::new();
    for (at, target) in targets.iter().enumerate() {
        let tip = refs
            .commit(&target.tip)?
            .with_context(|| format!("the commit of {} is not in this clone", target.shown))?;
        let locations = at_tip(&refs, &tip, &mut snapshots);
        for location in locations.iter() {
            add_location(&mut environment, location);
        }
        let theirs = snapshots.files(&tip, &locations)?;
        let ancestor = ancestor(&refs, &tip, &target.shown, &merged, &mut snapshots)?;
        let tree = Overlay::new(&WorkTree, changed);
        let ours = files_of(&environment, &tree)?;
        let mut look = Contents {
            repository: &refs.repository,
            ours: &tree,
            display,
        };
        let sides = Sides {
            ancestor: &ancestor,
            theirs: &theirs,
            ours: &ours,
        };
        let result =
            merge(&sides, &mut look).map_err(|error| unseen(&refs, &target.shown, &error))?;
        changed = tree.into_files();
        for (path, text) in result.files {
            if text.is_some() && !ours.contains(&path) {
                landing.brought.insert(path.clone(), target.shown.clone());
            }
            changed.insert(path, text);
        }
        let clashes = result.clashes.into_iter();
        landing
            .clashes
            .extend(clashes.map(|(path, clash)| (path, clash, target.shown.clone())));
        if at == 0 && wish.base.is_some() {
            on_base = theirs;
        }
        landing
            .refs
            .push((target.shown.clone(), tip.id.short().to_owned()));
        merged.push(tip);
    }
    Ok(Laid {
        landing,
        environment,
        changed,
        refs,
        on_base,
    })
}

/// Adds where the configuration of a ref says that there are revisions: the merge brings it, too.
fn add_configured(
    environment: &mut Environment,
    history: &History,
    refs: &RefHistory,
    target: &PublishedRef,
) -> Result<(), GitError> {
    let Some(tip) = refs.commit(&target.tip)? else {
        return Ok(());
    };
    let tree = CommitTree::new(&refs.repository, &tip);
    if let Some(configured) = history.environment.configured_in(&tree, &WorkTree) {
        for location in &configured.version_locations {
            add_location(environment, location);
        }
        environment.recursive |= configured.recursive;
    }
    Ok(())
}

fn add_location(environment: &mut Environment, location: &Path) {
    let is_known = environment
        .version_locations
        .iter()
        .any(|known| known == location || WorkTree.resolve(known).is_ok_and(|it| it == *location));
    if !is_known {
        environment.version_locations.push(location.to_path_buf());
    }
}

/// The refs, fetched first where that is wished.
fn opened(repository: Repository, wish: &Wish<'_>) -> Result<RefHistory, GitError> {
    let base = wish
        .base
        .map_or(BaseWish::Default, |name| BaseWish::Named(name.to_owned()));
    if !wish.fetch {
        return RefHistory::of(repository, &base, None);
    }
    super::asked::fetched(repository, &base, None)
}

/// The files where the work and `tip` parted.
fn ancestor(
    refs: &RefHistory,
    tip: &Commit,
    shown: &str,
    merged: &[Commit],
    snapshots: &mut Snapshots<'_>,
) -> anyhow::Result<BTreeMap<PathBuf, ObjectId>> {
    let ours: Vec<ObjectId> = merged.iter().map(|commit| commit.id.clone()).collect();
    let bases = refs.repository.merge_bases(&tip.id, &ours)?;
    if bases.is_empty() && refs.repository.is_shallow && !ours.is_empty() {
        return Err(Hinted::new(
            format!("this clone is shallow: where HEAD and {shown} parted is not in it"),
            "`git fetch --unshallow`, or `fetch-depth: 0` for actions/checkout",
        )
        .into());
    }
    let mut files_at = |id: &ObjectId| -> anyhow::Result<BTreeMap<PathBuf, ObjectId>> {
        let Some(commit) = refs.commit(id)? else {
            return Ok(BTreeMap::new());
        };
        let locations = at_tip(refs, &commit, snapshots);
        snapshots.files(&commit, &locations)
    };
    let Some((first, others)) = bases.split_first() else {
        return Ok(BTreeMap::new());
    };
    let mut files = files_at(first)?;
    // After criss-cross merges: as if the several had been merged first.
    for (at, other) in others.iter().enumerate() {
        let older = refs.repository.merge_bases(other, &bases[..=at])?;
        let older = match older.first() {
            Some(older) => files_at(older)?,
            None => BTreeMap::new(),
        };
        files = merged_ids(&older, &files, &files_at(other)?);
    }
    Ok(files)
}

/// The revision files of an environment.
fn files_of(environment: &Environment, tree: &dyn Tree) -> anyhow::Result<BTreeSet<PathBuf>> {
    let files = environment.revision_files(tree)?.files.into_iter();
    let sources = files.filter(|file| file.kind == RevisionFileKind::Source);
    Ok(sources.map(|file| file.resolved).collect())
}

fn unseen(refs: &RefHistory, shown: &str, error: &io::Error) -> anyhow::Error {
    let message = format!("cannot read the migrations of {shown}: {error}");
    if refs.repository.is_partial {
        Hinted::new(message, "this is a partial clone; `--fetch` brings them").into()
    } else {
        anyhow::anyhow!(message)
    }
}

fn absent(id: &ObjectId) -> io::Error {
    io::Error::other(format!("object {} is not in this clone", id.short()))
}

/// What the sides of a merge have in their files.
struct Contents<'r> {
    repository: &'r Repository,
    ours: &'r Overlay<'r>,
    display: &'r Display,
}

impl Look<ObjectId> for Contents<'_> {
    fn read(&mut self, path: &Path, id: &ObjectId) -> io::Result<Vec<u8>> {
        let blob = self.repository.blob(id);
        blob.map_err(|error| io::Error::other(format!("{}: {error}", self.display.path(path))))
    }

    fn ours(&mut self, path: &Path) -> Option<Vec<u8>> {
        self.ours.read(path).ok()
    }

    fn revision(&mut self, path: &Path, text: &[u8]) -> Option<RevisionId> {
        revision(path, text)
    }
}

/// The revision that a file declares.
fn revision(path: &Path, text: &[u8]) -> Option<RevisionId> {
    let source = Source::decode(text.to_vec()).ok()?;
    let name = path.file_name()?.to_string_lossy();
    let module = read_module(source.text(), &name).ok()?;
    module.revision.map(|(id, _)| id)
}
