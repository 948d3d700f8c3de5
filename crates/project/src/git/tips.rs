//! Which parents of a commit may have been the tip of the same ref.
//!
//! A ref's tips are its first-parent history, but for merges: a pull or a fast-forward can put the
//! parents the wrong way round. The subject of a merge decides where it says enough; everywhere else
//! all parents may have been tips.

use super::command::GitError;
use super::commit::Commit;
use super::object::ObjectId;
use super::repository::Repository;
use super::subject::{self, Source};
use super::url::normalized;

/// The name of a ref, as the subjects of merges use it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Name {
    /// `main`; `None` where no branch is known (a tag, an id).
    pub(super) branch: Option<String>,
    /// The remote it lies on: `origin`.
    pub(super) remote: Option<String>,
    /// Where that remote is, as [`normalized`] writes it.
    pub(super) urls: Vec<String>,
}

/// The parents that may have been the ref's tip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    /// Them.
    pub parents: Vec<ObjectId>,
    /// Why history is not seen below the commit.
    pub boundary: Option<Boundary>,
}

/// Why history is not seen below a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Boundary {
    /// It is the first one.
    Root,
    /// The clone is shallow, or something else is missing.
    CutOff,
}

/// What a merge says of a ref.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// Another branch was merged into it.
    First,
    /// It was pulled from its own remote, by its address.
    Second,
    /// It was merged from what a clone calls its own remote. Names of remotes are each clone's own.
    SecondByName,
    /// Either side may have been it.
    Either,
}

impl Name {
    fn verdict(&self, subject: &str) -> Verdict {
        let Some(merged) = subject::parse(subject) else {
            return Verdict::Either;
        };
        let own = self.branch.as_deref();
        let is_pulled = |source: &Source| match source {
            Source::Pulled { branch, url } => {
                Some(branch.as_str()) == own && self.urls.contains(&normalized(url))
            }
            Source::Tracking(name) => match (&self.remote, own) {
                (Some(remote), Some(own)) => {
                    name.strip_prefix(remote.as_str())
                        .and_then(|it| it.strip_prefix('/'))
                        == Some(own)
                }
                _ => false,
            },
            _ => false,
        };
        if let [source] = merged.sources.as_slice()
            && is_pulled(source)
        {
            return match source {
                Source::Tracking(_) => Verdict::SecondByName,
                _ => Verdict::Second,
            };
        }
        let is_another = |source: &Source| match source {
            Source::Branch(name)
            | Source::Pulled { branch: name, .. }
            | Source::Request(Some(name)) => Some(name.as_str()) != own,
            Source::Tracking(name) => {
                let branch = name.split_once('/').map_or(name.as_str(), |(_, it)| it);
                Some(branch) != own
            }
            Source::Request(None) => true,
        };
        let is_here = match merged.into.as_deref() {
            None => true,
            into => into == own,
        };
        if is_here && merged.sources.iter().all(is_another) {
            Verdict::First
        } else {
            Verdict::Either
        }
    }

    /// Whether a merge took this ref in: its subject names it as what was merged.
    pub(super) fn is_merged_by(&self, subject: &str) -> bool {
        let Some(own) = self.branch.as_deref() else {
            return false;
        };
        subject::parse(subject).is_some_and(|merged| {
            merged.sources.iter().any(|source| match source {
                Source::Branch(name)
                | Source::Pulled { branch: name, .. }
                | Source::Request(Some(name)) => name == own,
                Source::Tracking(name) => name.split_once('/').is_some_and(|(_, it)| it == own),
                Source::Request(None) => false,
            })
        })
    }
}

/// The parents of `commit` that may have been the tip of the ref `name`.
pub(super) fn followed(
    repository: &Repository,
    name: &Name,
    commit: &Commit,
) -> Result<Followed, GitError> {
    let all = || Followed {
        parents: commit.parents.clone(),
        boundary: None,
    };
    let Some((first, others)) = commit.parents.split_first() else {
        return Ok(Followed {
            parents: Vec::new(),
            boundary: Some(if commit.is_cut_off {
                Boundary::CutOff
            } else {
                Boundary::Root
            }),
        });
    };
    if others.is_empty() {
        return Ok(all());
    }
    let only = |parent: &ObjectId| Followed {
        parents: vec![parent.clone()],
        boundary: None,
    };
    // The line that carries merges into this ref is the ref, whatever the subject says.
    let carries =
        |side: &ObjectId, against: &[ObjectId]| {
            let commits = repository.only_in(side, against)?;
            Ok::<_, GitError>(commits.iter().any(|other| {
                other.parents.len() > 1 && name.verdict(&other.subject) == Verdict::First
            }))
        };
    match name.verdict(&commit.subject) {
        Verdict::First => {
            for other in others {
                if carries(other, std::slice::from_ref(first))? {
                    return Ok(all());
                }
            }
            Ok(only(first))
        }
        Verdict::Second => match others {
            [second] => Ok(only(second)),
            _ => Ok(all()),
        },
        Verdict::SecondByName => match others {
            [second] if !carries(first, others)? => Ok(only(second)),
            _ => Ok(all()),
        },
        Verdict::Either => Ok(all()),
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict::{Either, First, Second, SecondByName};
    use super::*;

    #[test]
    fn what_a_merge_says_of_main_on_origin() {
        let main = Name {
            branch: Some("main".to_owned()),
            remote: Some("origin".to_owned()),
            urls: vec![normalized("git@github.com:org/shop.git")],
        };
        for (subject, expected) in [
            ("Merge branch 'x'", First),
            ("Merge branch 'x' into main", First),
            ("Merge branch 'x' into 'main'", First),
            ("Merge branches 'a' and 'b'", First),
            ("Merge branch 'x' of github.com:me/shop into main", First),
            ("Merge remote-tracking branch 'origin/x' into main", First),
            ("Merge pull request #1 from me/x", First),
            ("Merged PR 1: x", First),
            ("Merge branch 'main' of github.com:org/shop", Second),
            ("Merge branch 'main' of https://github.com/org/shop", Second),
            ("Merge remote-tracking branch 'origin/main'", SecondByName),
            (
                "Merge remote-tracking branch 'origin/main' into x",
                SecondByName,
            ),
            ("Merge branch 'main' of github.com:me/shop", Either),
            ("Merge remote-tracking branch 'upstream/main'", Either),
            ("Merge remote-tracking branch 'origin/main' and 'x'", Either),
            ("Merge branch 'main' into x", Either),
            ("Merge branch 'main'", Either),
            ("Merge branch 'x' into y", Either),
            ("Merge pull request #1 from me/main", Either),
            ("Merge pull request #1 in A/b from x to release", Either),
            ("Merge branches 'x' and 'main'", Either),
            ("Bring in the users", Either),
            ("Merge commit 'abc' into main", Either),
        ] {
            assert_eq!(main.verdict(subject), expected, "{subject}");
        }
        assert!(main.is_merged_by("Merge branch 'main' into x"));
        assert!(main.is_merged_by("Merge remote-tracking branch 'upstream/main' into x"));
        assert!(!main.is_merged_by("Merge branch 'x' into main"));
    }
}
