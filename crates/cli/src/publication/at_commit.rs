//! Environments as a commit has them.

use rechain_project::git::{BaseWish, CommitTree, RefHistory};

use super::asked::repository_of;
use super::hinted;
use super::snapshots::Snapshots;
use super::walk::at_tip;
use crate::history::History;
use crate::paths::Display;
use crate::request::Hinted;

/// Which commit.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Named<'r> {
    /// This one: it must exist.
    Ref(&'r str),
    /// The tip of the base.
    Base,
}

/// The same environments at a commit, wherever their revisions lay then, and what the commit is called.
/// `None` where there is no git or no base; an error where a named commit does not exist.
pub(crate) fn histories_at(
    histories: &[History],
    named: Named<'_>,
    display: &Display,
) -> anyhow::Result<Option<(Vec<History>, String)>> {
    let Some(first) = histories.first() else {
        return Ok(None);
    };
    let settings = &first.environment.settings;
    let repository = match (repository_of(first), named) {
        (Ok(Some(repository)), _) => repository,
        (Ok(None), Named::Ref(name)) => {
            return Err(Hinted::new(
                format!("cannot look at `{name}`: this is not a git repository"),
                "without `--since` it is the last change that rechain wrote here",
            )
            .into());
        }
        (Ok(None), Named::Base) => return Ok(None),
        (Err(error), _) => return Err(hinted(&error)),
    };
    let wish = match (&settings.base, named) {
        (Some(base), Named::Base) if base == "none" => return Ok(None),
        (Some(base), Named::Base) => BaseWish::Named(base.clone()),
        _ => BaseWish::Default,
    };
    let patterns = settings.publish_refs.as_deref();
    let refs = RefHistory::of(repository, &wish, patterns).map_err(|it| hinted(&it))?;
    let (commit, shown) = match named {
        Named::Ref(name) => {
            let commit = refs.repository.commit(name).map_err(|it| hinted(&it))?;
            (commit, name.to_owned())
        }
        Named::Base => match &refs.base {
            Some(base) => {
                let commit = refs.commit(&base.tip).map_err(|it| hinted(&it))?;
                (commit, base.shown.clone())
            }
            None => return Ok(None),
        },
    };
    let Some(commit) = commit else {
        return Err(Hinted::new(
            format!("there is no commit `{shown}` in this clone"),
            "`git fetch` may bring it; `git log --oneline` names those that are here",
        )
        .into());
    };
    let tree = CommitTree::new(&refs.repository, &commit);
    let environments = histories
        .iter()
        .map(|history| {
            let mut snapshots = Snapshots::new(&refs.repository, history);
            let locations = at_tip(&refs, &commit, &mut snapshots);
            let mut environment = history.environment.clone();
            environment.version_locations = locations.to_vec();
            environment
        })
        .collect();
    let read = History::read_all(environments, &tree, display)?;
    Ok(Some((read, format!("{shown} ({})", commit.id.short()))))
}
