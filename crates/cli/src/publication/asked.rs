//! What git says of one environment.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use rechain_history::{Graph, RevisionId};
use rechain_planner::{Arrival, Arrivals, Carried, Published, Upgrade, interest};
use rechain_project::git::{BaseWish, GitError, Operation, PublishedRef, RefHistory, Repository};
use rechain_project::{Tree as _, WorkTree};

use super::snapshots::{Locations, Snapshots};
use super::walk::{Line, Quest, at_tip, merged_tags, walk};
use crate::history::History;

/// git's answer.
pub(crate) struct Asked {
    /// The base ref.
    pub(crate) base: String,
    /// How the team deploys.
    pub(crate) upgrade: Upgrade,
    /// The refs that count, each with the reason and the commit.
    pub(crate) refs: Vec<(String, &'static str, String)>,
    pub(crate) published: Published,
    /// The graph at the tip of the base; `None` where it could not be read.
    pub(crate) base_graph: Option<Arc<Graph>>,
    /// The graphs at the tips of the published refs.
    pub(crate) tips: Vec<(String, Arc<Graph>)>,
    pub(crate) arrivals: Arrivals,
    /// What git cannot see here.
    pub(crate) notes: Vec<String>,
    pub(crate) operation: Option<Operation>,
}

/// What is asked.
pub(crate) struct Question<'q> {
    pub(crate) base: BaseWish,
    pub(crate) patterns: Option<&'q [String]>,
    pub(crate) upgrade: Upgrade,
    /// Whether the base's remote is to be fetched first.
    pub(crate) fetch: bool,
}

/// Asks git about the refs that databases may follow; `Err` with the reason where it has no answer.
pub(crate) fn ask(
    history: &History,
    question: &Question<'_>,
) -> Result<Result<Asked, String>, GitError> {
    let Some(repository) = repository_of(history)? else {
        return Ok(Err("this is not a git repository".to_owned()));
    };
    let refs = if question.fetch {
        fetched(repository, &question.base, question.patterns)?
    } else {
        RefHistory::of(repository, &question.base, question.patterns)?
    };
    answer(&refs, history, question.upgrade)
}

/// What the refs of a repository say; `Err` where they have no base.
pub(super) fn answer(
    refs: &RefHistory,
    history: &History,
    upgrade: Upgrade,
) -> Result<Result<Asked, String>, GitError> {
    let Some(base) = refs.base.clone() else {
        return Ok(Err(format!(
            "git has no base ref: neither a remote's HEAD nor a branch main or master; `--base {}` names one",
            refs.likely_base().unwrap_or("REF")
        )));
    };
    let mut snapshots = Snapshots::new(&refs.repository, history);
    let (base_locations, base_graph) = graph_at(refs, &base, &mut snapshots)?;
    let interest = interest(&history.graph, base_graph.as_deref());
    let files: Vec<PathBuf> = interest
        .iter()
        .filter_map(|id| history.graph.index(id.as_str()))
        .map(|index| history.file_of(index).path.clone())
        .collect();
    let quest = Quest {
        interest: &interest,
        files: &files,
    };
    let walked = lines(&refs.published)
        .iter()
        .enumerate()
        .map(|(rank, line)| walk(refs, line, rank, &mut snapshots, &quest))
        .collect::<Result<Vec<Line>, _>>()?;
    let (tags, tagged) = merged_tags(refs, &walked, &mut snapshots, &interest)?;
    let mut notes = Vec::new();
    let mut all = Vec::new();
    let mut arrived = None;
    for found in walked {
        arrived.get_or_insert(found.arrived);
        notes.extend(found.notes);
        all.extend(found.snapshots);
    }
    let arrived = arrived.unwrap_or_default();
    all.extend(tagged.snapshots);
    notes.extend(tagged.notes);
    let published = Published::from_snapshots(&history.graph, &all, upgrade, &interest);
    let mut tips = Vec::new();
    for it in &refs.published {
        if let (_, Some(graph)) = graph_at(refs, it, &mut snapshots)? {
            tips.push((it.shown.clone(), graph));
        }
    }
    let arrivals = Order {
        history,
        refs,
        published: &published,
        arrived: &arrived,
        base_graph: base_graph.as_deref(),
        base_locations: &base_locations,
    }
    .arrivals(&interest, &mut snapshots)?;
    Ok(Ok(Asked {
        base: base.shown.clone(),
        upgrade,
        refs: refs
            .published
            .iter()
            .chain(&tags)
            .map(|it| (it.shown.clone(), it.why.text(), it.tip.short().to_owned()))
            .collect(),
        published,
        base_graph,
        tips,
        arrivals,
        notes,
        operation: refs.operation.clone(),
    }))
}

/// The base ref and the graph at its tip, as far as git says.
pub(super) fn base_tip(
    history: &History,
    question: &Question<'_>,
) -> Result<Option<(String, Arc<Graph>)>, GitError> {
    let Some(repository) = repository_of(history)? else {
        return Ok(None);
    };
    let refs = RefHistory::of(repository, &question.base, question.patterns)?;
    let Some(base) = &refs.base else {
        return Ok(None);
    };
    let mut snapshots = Snapshots::new(&refs.repository, history);
    let (_, graph) = graph_at(&refs, base, &mut snapshots)?;
    Ok(graph.map(|graph| (base.shown.clone(), graph)))
}

/// A repository, with what databases may follow there.
pub(crate) struct GitOf {
    pub(crate) repository: Repository,
    /// The name and commit of the base, where there is one.
    pub(crate) base: Option<(String, String)>,
    /// The names and commits of all published refs, the base first.
    pub(crate) published: Vec<(String, String)>,
}

/// The repository, and the refs with their commits.
pub(super) fn repository_and_refs(
    history: &History,
    question: &Question<'_>,
) -> Result<Option<GitOf>, GitError> {
    let Some(repository) = repository_of(history)? else {
        return Ok(None);
    };
    let refs = RefHistory::of(repository, &question.base, question.patterns)?;
    let named = |it: &PublishedRef| (it.shown.clone(), it.tip.as_str().to_owned());
    Ok(Some(GitOf {
        base: refs.base.as_ref().map(named),
        published: refs.published.iter().map(named).collect(),
        repository: refs.repository,
    }))
}

/// The refs after `git fetch` of the base's remote; from then on the network may be used for objects
/// that a partial clone lacks.
pub(super) fn fetched(
    repository: Repository,
    base: &BaseWish,
    patterns: Option<&[String]>,
) -> Result<RefHistory, GitError> {
    let root = repository.root.clone();
    let remote = match RefHistory::of(repository, base, patterns) {
        Ok(refs) => refs.base_remote().map(str::to_owned),
        // What is named may be what the fetch brings.
        Err(GitError::UnknownRef { name, .. }) => Some(
            name.split_once('/')
                .map_or("origin", |(it, _)| it)
                .to_owned(),
        ),
        Err(error) => return Err(error),
    };
    let open = || Repository::open(&root)?.ok_or(GitError::NoProgram);
    if let Some(remote) = remote {
        open()?.fetch(&remote)?;
    }
    RefHistory::of(open()?.with_network(), base, patterns)
}

/// The repository that owns all version locations of an environment.
pub(super) fn repository_of(history: &History) -> Result<Option<Repository>, GitError> {
    let mut found: Option<Repository> = None;
    for location in &history.environment.version_locations {
        let resolved = WorkTree
            .resolve(location)
            .unwrap_or_else(|_| location.clone());
        let start = resolved.ancestors().find(|path| path.is_dir());
        let Some(start) = start else { continue };
        match &found {
            Some(known) if start.starts_with(&known.root) => {}
            // Locations in several repositories have no common history.
            Some(_) => return Ok(None),
            None => match Repository::open(start)? {
                Some(repository) => found = Some(repository),
                None => return Ok(None),
            },
        }
    }
    Ok(found)
}

/// The published refs by name, the base's first: refs of one name are walked as one.
fn lines(published: &[PublishedRef]) -> Vec<Vec<&PublishedRef>> {
    let mut lines: Vec<Vec<&PublishedRef>> = Vec::new();
    for it in published {
        match lines
            .iter_mut()
            .find(|line| RefHistory::is_one_line(line[0], it))
        {
            Some(line) => line.push(it),
            None => lines.push(vec![it]),
        }
    }
    lines
}

fn graph_at(
    refs: &RefHistory,
    at: &PublishedRef,
    snapshots: &mut Snapshots<'_>,
) -> Result<(Locations, Option<Arc<Graph>>), GitError> {
    let Some(commit) = refs.commit(&at.tip)? else {
        return Ok((snapshots.locations(), None));
    };
    let locations = at_tip(refs, &commit, snapshots);
    let graph = snapshots.read(&commit, &locations).graph().cloned();
    Ok((locations, graph))
}

/// In which order unpublished revisions came.
struct Order<'o> {
    history: &'o History,
    refs: &'o RefHistory,
    published: &'o Published,
    /// When each revision reached the base.
    arrived: &'o BTreeMap<RevisionId, usize>,
    base_graph: Option<&'o Graph>,
    base_locations: &'o Locations,
}

impl Order<'_> {
    fn arrivals(
        &self,
        interest: &BTreeSet<RevisionId>,
        snapshots: &mut Snapshots<'_>,
    ) -> Result<Arrivals, GitError> {
        let graph = &self.history.graph;
        let unpublished: BTreeSet<&RevisionId> = interest
            .iter()
            .filter(|id| graph.index(id.as_str()).is_some() && !self.published.contains(id))
            .collect();
        if unpublished.is_empty() {
            return Ok(Arrivals::default());
        }
        let dates = self.dates(snapshots)?;
        let is_on_base = |id: &RevisionId| {
            self.base_graph
                .is_some_and(|base| base.index(id.as_str()).is_some())
        };
        let elsewhere = if unpublished.iter().all(|id| is_on_base(id)) {
            BTreeMap::new()
        } else {
            self.elsewhere(snapshots)?
        };
        let arrivals = unpublished.into_iter().map(|id| {
            let carried = match self.arrived.get(id) {
                Some(&order) if is_on_base(id) => Carried::ByBase(order),
                _ => elsewhere
                    .get(id)
                    .map_or(Carried::Nowhere, |names| Carried::ByBranches(names.clone())),
            };
            let authored = dates.get(id).copied();
            (id.clone(), Arrival { carried, authored })
        });
        Ok(Arrivals::new(arrivals))
    }

    /// When the first commit that added each revision was authored.
    fn dates(&self, snapshots: &mut Snapshots<'_>) -> Result<BTreeMap<RevisionId, i64>, GitError> {
        if self.refs.head.is_none() {
            return Ok(BTreeMap::new());
        }
        let here = snapshots.locations();
        let locations: BTreeSet<&PathBuf> = here.iter().chain(self.base_locations.iter()).collect();
        let locations: Vec<_> = locations.into_iter().map(PathBuf::as_path).collect();
        let mut dates: BTreeMap<RevisionId, i64> = BTreeMap::new();
        for added in self.refs.first_seen(&locations)? {
            let name = PathBuf::from(&added.file_name);
            if let Some(revision) = snapshots.revision(&added.blob, &name) {
                dates
                    .entry(revision.id.clone())
                    .and_modify(|known| *known = (*known).min(added.authored))
                    .or_insert(added.authored);
            }
        }
        Ok(dates)
    }

    /// The revisions that other branches have.
    fn elsewhere(
        &self,
        snapshots: &mut Snapshots<'_>,
    ) -> Result<BTreeMap<RevisionId, Vec<String>>, GitError> {
        let mut found: BTreeMap<RevisionId, Vec<String>> = BTreeMap::new();
        for carrier in self.refs.carriers()? {
            let locations = snapshots.locations();
            for id in &snapshots.read(&carrier.tip, &locations).ids {
                found
                    .entry(id.clone())
                    .or_default()
                    .push(carrier.shown.clone());
            }
        }
        Ok(found)
    }
}
