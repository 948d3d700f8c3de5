//! The files that databases were migrated with: the other side of a change.

use rechain_project::{ChangeSet, Overlay, WorkTree};

use crate::history::History;
use crate::paths::Display;
use crate::publication::{Named, histories_at};
use crate::request::{self, Hinted};

/// The environments of a run as they were earlier.
pub(crate) struct Earlier {
    /// In the order of the run's own.
    pub(crate) histories: Vec<History>,
    /// Where they come from, in words.
    pub(crate) shown: String,
}

impl Earlier {
    /// At `since`; without it before the last change that was written here, else at the tip of the base.
    /// An error where none of these exists.
    pub(crate) fn of(
        histories: &[History],
        since: Option<&str>,
        display: &Display,
    ) -> anyhow::Result<Self> {
        if let Some(name) = since {
            let found = histories_at(histories, Named::Ref(name), display)?;
            if let Some((histories, shown)) = found {
                return Ok(Self { histories, shown });
            }
        }
        if let Some(journal) = request::journal(histories)?
            && let Some(last) = journal.latest()?
            && concerns(histories, &last)
        {
            let tree = Overlay::before(&WorkTree, &last.changes);
            let environments = histories.iter().map(|it| it.environment.clone());
            let earlier = History::read_all(environments.collect(), &tree, display)?;
            if is_other(histories, &earlier) {
                return Ok(Self {
                    histories: earlier,
                    shown: format!("before the last `rechain {}`", last.command),
                });
            }
        }
        match histories_at(histories, Named::Base, display)? {
            Some((histories, shown)) => Ok(Self { histories, shown }),
            None => Err(Hinted::new(
                "nothing says which files the databases were migrated with: rechain has written no \
                 change here, and git has no base",
                "`--since REF` names a commit that has them",
            )
            .into()),
        }
    }
}

/// Whether a change is about revision files of these environments.
fn concerns(histories: &[History], change: &ChangeSet) -> bool {
    change.changes.iter().any(|it| {
        histories
            .iter()
            .flat_map(|history| &history.environment.version_locations)
            .any(|location| {
                let resolved = rechain_project::real_path(location);
                resolved.is_ok_and(|location| it.path.starts_with(location))
            })
    })
}

/// Whether the links differ.
fn is_other(now: &[History], then: &[History]) -> bool {
    let links = |histories: &[History]| -> Vec<_> {
        histories
            .iter()
            .flat_map(|history| history.graph.revisions())
            .map(|it| (it.id.clone(), it.parents.clone(), it.dependencies.clone()))
            .collect()
    };
    links(now) != links(then)
}
