//! What databases have: from git, flags and settings.

mod asked;
mod at_commit;
pub(crate) mod evidence;
#[cfg(test)]
mod generated;
pub(crate) mod landed;
pub(crate) mod landing;
mod snapshots;
mod three_way;
mod walk;

use std::collections::BTreeSet;

use anyhow::{Context as _, bail};
use rechain_history::{Graph, Problem, RevIndex, RevisionId};
use rechain_planner::{Arrivals, DeployableHead, Ground, Publication, Published, Upgrade};
use rechain_project::git::{BaseWish, GitError, Operation};
use rechain_project::{Applied, Settings};

pub(crate) use self::asked::Asked;
pub(crate) use self::asked::GitOf;
use self::asked::{Question, ask, base_tip, repository_and_refs};
pub(crate) use self::at_commit::{Named, histories_at};
use crate::args::PublicationArguments;
use crate::code;
use crate::history::History;
use crate::request::{self, Hinted};

/// What is known of databases, and from where.
pub(crate) struct Known {
    pub(crate) publication: Publication,
    /// git's answer; `Err` with the reason why there is none.
    pub(crate) asked: Result<Asked, String>,
    /// There is a repository, and git does not read it.
    pub(crate) is_refused: bool,
    /// Deployable heads that `--applied none` or `--not-applied` overrides.
    pub(crate) overridden: Vec<DeployableHead>,
}

impl Known {
    /// Nothing is known, for this reason.
    pub(crate) fn not_asked(reason: &str) -> Self {
        Self {
            publication: Publication::Unknown,
            asked: Err(reason.to_owned()),
            is_refused: false,
            overridden: Vec::new(),
        }
    }

    /// The rebase, merge or the like that git is in the middle of.
    pub(crate) fn operation(&self) -> Option<&Operation> {
        self.asked.as_ref().ok()?.operation.as_ref()
    }

    /// What planning starts from.
    pub(crate) fn ground<'g>(&'g self, history: &'g History) -> Ground<'g> {
        let asked = self.asked.as_ref().ok();
        Ground::new(
            &history.graph,
            &self.publication,
            asked.and_then(|it| it.base_graph.as_deref()),
            asked.map_or_else(Arrivals::default, |it| it.arrivals.clone()),
            &history.expectations,
        )
    }
}

/// Asks git, then takes flags and settings into account; flags win over settings.
pub(crate) fn known(arguments: &PublicationArguments, history: &History) -> anyhow::Result<Known> {
    known_since(arguments, history, history, Naming::Strict)
}

/// What becomes of a flag that names a revision which is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Naming {
    /// It is an error.
    Strict,
    /// Another repair may bring it back.
    Lenient,
}

/// The same for a history that repairs would make of `before`: who says that no database has a revision means
/// what lies above it before the repair.
pub(crate) fn known_since(
    arguments: &PublicationArguments,
    history: &History,
    before: &History,
    naming: Naming,
) -> anyhow::Result<Known> {
    let settings = &history.environment.settings;
    let graph = &history.graph;
    let base = arguments.base.as_ref().or(settings.base.as_ref());
    let mut is_refused = false;
    let asked = match base.map(String::as_str) {
        Some("none") => Err("git was not asked (`--base none`)".to_owned()),
        base => {
            let question = question(arguments, settings);
            match ask(history, &question) {
                Ok(Err(reason)) if arguments.base.is_some() => {
                    let name = base.unwrap_or_default();
                    bail!("cannot look at `{name}`: {reason}")
                }
                Ok(answer) => answer,
                Err(error) if arguments.base.is_some() || is_for_the_user(&error) => {
                    return Err(hinted(&error));
                }
                Err(error) => {
                    is_refused = true;
                    Err(match error.hint() {
                        Some(hint) => format!("{error}; {hint}"),
                        None => error.to_string(),
                    })
                }
            }
        }
    };
    let said = Said::of(arguments, settings, [before, history], naming)?;
    let shown = asked.as_ref().ok().map(|it| &it.published);
    let overridden = said.overridden(graph, shown);
    let publication = said.publication(graph, shown);
    Ok(Known {
        publication,
        asked,
        is_refused,
        overridden,
    })
}

fn question<'q>(arguments: &PublicationArguments, settings: &'q Settings) -> Question<'q> {
    let base = arguments.base.as_ref().or(settings.base.as_ref());
    Question {
        base: base.map_or(BaseWish::Default, |it| BaseWish::Named(it.to_owned())),
        patterns: settings.publish_refs.as_deref(),
        upgrade: match settings.upgrade {
            Some(rechain_project::Upgrade::Heads) => Upgrade::Heads,
            _ => Upgrade::Head,
        },
        fetch: arguments.fetch,
    }
}

/// git, where it has something to say, and the published refs. With `--base none` git is not asked.
pub(crate) fn git_of(arguments: &PublicationArguments, history: &History) -> Option<GitOf> {
    let settings = &history.environment.settings;
    let base = arguments.base.as_ref().or(settings.base.as_ref());
    if base.is_some_and(|it| it == "none") {
        return None;
    }
    repository_and_refs(history, &question(arguments, settings)).ok()?
}

/// The parents that a history lacks and the base has, with the base. Where git does not say, none.
pub(crate) fn parents_on_base(
    arguments: &PublicationArguments,
    history: &History,
) -> Option<(String, Vec<RevisionId>)> {
    let settings = &history.environment.settings;
    let base = arguments.base.as_ref().or(settings.base.as_ref());
    let problems = history.graph.problems().iter();
    let missing: Vec<&RevisionId> = problems
        .filter_map(|problem| match problem {
            Problem::MissingParent { missing, .. } => Some(missing),
            _ => None,
        })
        .collect();
    if missing.is_empty() || base.is_some_and(|it| it == "none") {
        return None;
    }
    let (base, graph) = base_tip(history, &question(arguments, settings)).ok()??;
    let there: BTreeSet<RevisionId> = missing
        .into_iter()
        .filter(|id| graph.index(id.as_str()).is_some())
        .cloned()
        .collect();
    (!there.is_empty()).then(|| (base, there.into_iter().collect()))
}

/// A ref that does not exist, and a fetch that failed, are the user's to know, whoever named them.
fn is_for_the_user(error: &GitError) -> bool {
    match error {
        GitError::UnknownRef { .. } => true,
        GitError::Failed { command, .. } => command.starts_with("fetch"),
        _ => false,
    }
}

fn hinted(error: &GitError) -> anyhow::Error {
    match error.hint() {
        Some(hint) => Hinted::new(error.to_string(), hint)
            .under(&code::GIT)
            .into(),
        None => anyhow::anyhow!("{error}"),
    }
}

/// What flags and settings say of databases.
struct Said {
    /// Nothing is deployed, whatever git shows.
    nothing: bool,
    applied: Option<Vec<RevisionId>>,
    /// What no database has, everything above included.
    not_applied: BTreeSet<RevisionId>,
}

impl Said {
    fn of(
        arguments: &PublicationArguments,
        settings: &Settings,
        histories: [&History; 2],
        naming: Naming,
    ) -> anyhow::Result<Self> {
        let flagged = match arguments.applied.as_slice() {
            [] => settings.applied.clone(),
            [none] if none == "none" => Some(Applied::Nothing),
            revisions if revisions.iter().any(|it| it == "none") => {
                bail!(
                    "`--applied none` says that nothing is deployed; it cannot be given with a revision"
                )
            }
            revisions => Some(Applied::Revisions(revisions.to_vec())),
        };
        let not_applied = if arguments.not_applied.is_empty() {
            &settings.not_applied
        } else {
            &arguments.not_applied
        };
        let nothing = flagged == Some(Applied::Nothing);
        let applied = match flagged {
            Some(Applied::Revisions(revisions)) => {
                let named = named(histories, &revisions, "--applied", naming)?.into_iter();
                let ids = named.map(|(graph, it)| graph[it].id.clone());
                Some(ids.collect::<Vec<RevisionId>>())
            }
            _ => None,
        };
        let mut above = BTreeSet::new();
        for (graph, index) in named(histories, not_applied, "--not-applied", naming)? {
            let members = graph.descendants_with([index]);
            let ids: BTreeSet<RevisionId> = graph
                .members(&members)
                .map(|it| graph[it].id.clone())
                .collect();
            let mut deployed = applied.iter().flatten();
            if let Some(both) = deployed.find(|id| ids.contains(*id)) {
                let not = &graph[index].id;
                let why = if both == not {
                    String::new()
                } else {
                    format!(": {both} lies above {not}")
                };
                bail!("`--applied {both}` and `--not-applied {not}` contradict each other{why}");
            }
            above.extend(ids);
        }
        Ok(Self {
            nothing,
            applied,
            not_applied: above,
        })
    }

    fn overridden(&self, graph: &Graph, shown: Option<&Published>) -> Vec<DeployableHead> {
        let is_overridden = |head: &&DeployableHead| {
            graph.index(head.revision.as_str()).is_some()
                && (self.nothing || self.not_applied.contains(&head.revision))
        };
        let heads = shown.into_iter().flat_map(Published::heads);
        heads.filter(is_overridden).cloned().collect()
    }

    fn publication(&self, graph: &Graph, shown: Option<&Published>) -> Publication {
        if self.nothing {
            return Publication::Nothing;
        }
        let is_known = shown.is_some() || self.applied.is_some();
        if !is_known {
            return Publication::Unknown;
        }
        let applied = self.applied.iter().flatten();
        let applied = applied.filter_map(|id| graph.index(id.as_str()));
        let published = shown
            .cloned()
            .unwrap_or_default()
            .and_at(graph, applied)
            .without(&self.not_applied);
        if published.is_empty() && shown.is_none() {
            return Publication::Nothing;
        }
        Publication::Known(published)
    }
}

/// Revisions in the first of `histories` that has them.
fn named<'h>(
    histories: [&'h History; 2],
    revisions: &[String],
    option: &str,
    naming: Naming,
) -> anyhow::Result<Vec<(&'h Graph, RevIndex)>> {
    let mut found = Vec::new();
    for revision in revisions {
        let [first, second] = histories.map(|it| (it, request::named(it, revision)));
        let (history, named) = if first.1.is_ok() { first } else { second };
        match named {
            Ok(named) => found.extend(named.into_iter().map(|it| (&history.graph, it))),
            Err(_) if naming == Naming::Lenient => {}
            Err(error) => return Err(error).with_context(|| format!("{option} {revision}")),
        }
    }
    Ok(found)
}
