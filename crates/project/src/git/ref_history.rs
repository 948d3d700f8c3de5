//! Which refs databases may follow, and why.

use std::collections::BTreeSet;

use super::command::GitError;
use super::commit::Commit;
use super::object::ObjectId;
use super::operation::Operation;
use super::refs::{Ref, Remote, Remotes, matches};
use super::repository::Repository;
use super::source::Beside;
use super::tips::{self, Followed, Name};
use super::url::normalized;

/// The branches that databases follow where the project does not say.
const DEFAULT_PATTERNS: [&str; 10] = [
    "main",
    "master",
    "trunk",
    "develop",
    "staging",
    "production",
    "prod",
    "release/*",
    "stable/*",
    "hotfix/*",
];
const DEFAULT_TAGS: [&str; 1] = ["v*"];

/// What was said of the base ref.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BaseWish {
    /// Nothing: the usual places are looked at.
    Default,
    /// This ref. It must exist.
    Named(String),
}

/// A commit that was the tip of a ref which databases may follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedRef {
    /// How the ref is shown: `main`, `origin/main`, `v1.0`.
    pub shown: String,
    /// The commit.
    pub tip: ObjectId,
    /// Why it counts.
    pub why: Why,
    name: Name,
}

/// Why a ref counts as one that databases follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// It is the base.
    Base,
    /// It is the base's namesake on another remote.
    SameName,
    /// It matches `publish-refs`.
    Pattern,
    /// It is a tag that the base does not contain.
    Tag,
    /// The work merged it.
    MergedHere,
    /// It is a tag beside the base's own line, which the base contains.
    MergedTag,
    /// The running rebase puts the work onto it.
    RebaseOnto,
    /// The ref was there before.
    Earlier,
}

impl Why {
    /// In words.
    pub fn text(self) -> &'static str {
        match self {
            Self::Base => "the base",
            Self::SameName => "the base's name on another remote",
            Self::Pattern => "publish-refs",
            Self::Tag => "a tag that the base does not contain",
            Self::MergedTag => "a tag that was merged into the base",
            Self::MergedHere => "merged into this branch",
            Self::RebaseOnto => "what is rebased onto",
            Self::Earlier => "an earlier value of the ref",
        }
    }
}

/// The refs of a repository, as far as publication is concerned.
#[derive(Debug)]
pub struct RefHistory {
    /// The repository.
    pub repository: Repository,
    /// The base and its tip. Where nobody named one and none is found, none.
    pub base: Option<PublishedRef>,
    /// Everything that databases may follow, the base first.
    pub published: Vec<PublishedRef>,
    /// The tags that databases may follow and that the base contains.
    contained_tags: Vec<PublishedRef>,
    /// What git is in the middle of.
    pub operation: Option<Operation>,
    /// The commit that is checked out.
    pub head: Option<Commit>,
    /// The branch that is checked out, or that is being rebased.
    pub branch: Option<String>,
    pub(super) refs: Vec<Ref>,
    pub(super) remotes: Vec<Remote>,
}

impl RefHistory {
    /// Looks at the refs. `patterns` are those of `publish-refs`.
    ///
    /// Fails where git does, and where a base was named that does not exist.
    pub fn of(
        repository: Repository,
        wish: &BaseWish,
        patterns: Option<&[String]>,
    ) -> Result<Self, GitError> {
        let refs = repository.source.refs()?;
        let Remotes { remotes, follows } = repository.source.remotes()?;
        let operation = repository.operation()?;
        let head = repository.commit("HEAD")?;
        let branch = match &operation {
            Some(Operation::Rebase {
                branch: Some(name), ..
            }) => name.strip_prefix("refs/heads/").map(str::to_owned),
            _ => refs
                .iter()
                .find(|it| it.is_current)
                .map(|it| it.shown().to_owned()),
        };
        let mut history = Self {
            repository,
            base: None,
            published: Vec::new(),
            contained_tags: Vec::new(),
            operation,
            head,
            branch,
            refs,
            remotes,
        };
        let base = history.find_base(wish)?;
        history.base = base.map(|mut base| {
            if base.name.remote.is_none()
                && let Some(branch) = base.name.branch.clone()
            {
                // A local base has the remote it follows.
                let followed = follows.iter().find(|(name, _)| *name == branch);
                let remote = followed.map_or("origin", |(_, remote)| remote.as_str());
                base.name = history.named(Some(branch), Some(remote));
            }
            base
        });
        history.publish(patterns)?;
        Ok(history)
    }

    /// The parents of `commit` that may have been the tip of `of`.
    pub fn followed(&self, of: &PublishedRef, commit: &Commit) -> Result<Followed, GitError> {
        tips::followed(&self.repository, &of.name, commit)
    }

    /// Whether two refs go by one name, so that their histories are walked as one.
    pub fn is_one_line(one: &PublishedRef, other: &PublishedRef) -> bool {
        one.name.branch == other.name.branch && (one.name.branch.is_some() || one.why == other.why)
    }

    /// A branch that looks like what work lands on: a base to name, where none is found.
    pub fn likely_base(&self) -> Option<&str> {
        let branches = self.refs.iter().filter_map(|it| {
            let branch = match self.parts(it) {
                Some((_, branch)) => branch,
                None if it.is_local() => it.shown(),
                None => return None,
            };
            let at = DEFAULT_PATTERNS.iter().position(|it| *it == branch)?;
            Some(((it.is_local(), at), it.shown()))
        });
        branches.min().map(|(_, shown)| shown)
    }

    /// A commit by its id.
    pub fn commit(&self, id: &ObjectId) -> Result<Option<Commit>, GitError> {
        self.repository.commit_by_id(id)
    }

    /// The remote of the base: what `git fetch` would ask.
    pub fn base_remote(&self) -> Option<&str> {
        let name = self.base.as_ref()?.name.remote.as_deref()?;
        let is_known = self.remotes.iter().any(|remote| remote.name == name);
        is_known.then_some(name)
    }

    fn named(&self, branch: Option<String>, remote: Option<&str>) -> Name {
        let urls = self
            .remotes
            .iter()
            .filter(|it| Some(it.name.as_str()) == remote)
            .flat_map(|it| it.urls.iter().map(|url| normalized(url)))
            .collect();
        Name {
            branch,
            remote: remote.map(str::to_owned),
            urls,
        }
    }

    /// The remote and the branch of a remote-tracking ref. Names of remotes may hold slashes.
    fn parts<'r>(&self, it: &'r Ref) -> Option<(String, &'r str)> {
        let rest = it.name.strip_prefix("refs/remotes/")?;
        let known = self
            .remotes
            .iter()
            .filter_map(|remote| {
                let branch = rest.strip_prefix(remote.name.as_str())?.strip_prefix('/')?;
                Some((remote.name.clone(), branch))
            })
            .max_by_key(|(remote, _)| remote.len());
        known.or_else(|| {
            let (remote, branch) = rest.split_once('/')?;
            Some((remote.to_owned(), branch))
        })
    }

    fn as_published(&self, it: &Ref, why: Why) -> PublishedRef {
        let name = match self.parts(it) {
            Some((remote, branch)) => self.named(Some(branch.to_owned()), Some(&remote)),
            None if it.is_local() => self.named(Some(it.shown().to_owned()), None),
            None => Name::default(),
        };
        PublishedRef {
            shown: it.shown().to_owned(),
            tip: it.target.clone(),
            why,
            name,
        }
    }

    fn find(&self, name: &str) -> Option<&Ref> {
        let found = self.refs.iter().find(|it| it.name == name)?;
        match &found.symbolic {
            Some(target) => self.refs.iter().find(|it| it.name == *target),
            None => Some(found),
        }
    }

    /// The ref or commit of this name, as if it were the base. Fails where there is none.
    pub fn named_ref(&self, name: &str) -> Result<PublishedRef, GitError> {
        // The order of gitrevisions(7).
        let places = ["", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"];
        let found = places
            .iter()
            .find_map(|place| self.find(&format!("{place}{name}")))
            .or_else(|| self.find(&format!("refs/remotes/{name}/HEAD")));
        if let Some(found) = found {
            return Ok(self.as_published(found, Why::Base));
        }
        let commit = self
            .repository
            .commit(name)?
            .ok_or_else(|| GitError::UnknownRef {
                name: name.to_owned(),
                is_shallow: self.repository.is_shallow,
            })?;
        Ok(PublishedRef {
            shown: name.to_owned(),
            tip: commit.id,
            why: Why::Base,
            name: Name::default(),
        })
    }

    fn find_base(&self, wish: &BaseWish) -> Result<Option<PublishedRef>, GitError> {
        if let BaseWish::Named(name) = wish {
            return self.named_ref(name).map(Some);
        }
        let mut places = Vec::new();
        for remote in ["upstream", "origin"] {
            for branch in ["HEAD", "main", "master"] {
                places.push(format!("refs/remotes/{remote}/{branch}"));
            }
        }
        places.extend(["refs/heads/main".to_owned(), "refs/heads/master".to_owned()]);
        let rebased = self.repository.rebased_branches();
        let found = places
            .iter()
            .filter(|place| !rebased.contains(*place))
            .find_map(|place| self.find(place));
        Ok(found.map(|found| self.as_published(found, Why::Base)))
    }

    fn publish(&mut self, patterns: Option<&[String]>) -> Result<(), GitError> {
        let mut published: Vec<PublishedRef> = self.base.iter().cloned().collect();
        let tips = |published: &[PublishedRef]| -> Vec<ObjectId> {
            published.iter().map(|it| it.tip.clone()).collect()
        };
        let mut names: Vec<String> = Vec::new();
        let base_name = self.base.as_ref().and_then(|it| it.name.branch.clone());
        let defaults: Vec<String> = DEFAULT_PATTERNS.iter().map(|&it| it.to_owned()).collect();
        let branches = patterns.unwrap_or(&defaults);
        let has_remotes = self.refs.iter().any(|it| self.parts(it).is_some());
        let rebased = self.repository.rebased_branches();
        for it in self.refs.iter().filter(|it| it.symbolic.is_none()) {
            let parts = self.parts(it);
            let branch = match &parts {
                Some((_, branch)) => *branch,
                // Without a remote, databases can only follow what is here.
                None if it.is_local() && !has_remotes && !rebased.contains(&it.name) => it.shown(),
                None => continue,
            };
            let is_pattern = branches
                .iter()
                .any(|pattern| matches(pattern, branch) || matches(pattern, it.shown()));
            let why = if parts.is_some() && base_name.as_deref() == Some(branch) {
                Why::SameName
            } else if is_pattern {
                Why::Pattern
            } else {
                continue;
            };
            let is_base = self
                .base
                .as_ref()
                .is_some_and(|base| base.shown == it.shown());
            if is_base {
                names.push(it.name.clone());
                continue;
            }
            names.push(it.name.clone());
            published.push(self.as_published(it, why));
        }
        if let Some(base) = &self.base {
            let (outside, contained) = self.tags(base, patterns)?;
            published.extend(outside);
            self.contained_tags = contained;
        }
        if let Some(Operation::Rebase {
            onto: Some(onto), ..
        }) = &self.operation
            && let Some(commit) = self.repository.commit(onto)?
        {
            let name = self.base.as_ref().map(|base| base.name.clone());
            let onto = PublishedRef {
                shown: "the commit rebased onto".to_owned(),
                tip: commit.id,
                why: Why::RebaseOnto,
                name: name.unwrap_or_default(),
            };
            // Where the base itself is being rebased, there is no other.
            self.base.get_or_insert_with(|| onto.clone());
            published.push(onto);
        }
        if let (Some(base), Some(head)) = (&self.base, &self.head) {
            for commit in self.repository.only_in(&head.id, &tips(&published))? {
                if commit.parents.len() > 1 && base.name.is_merged_by(&commit.subject) {
                    published.extend(commit.parents[1..].iter().map(|parent| PublishedRef {
                        shown: base.shown.clone(),
                        tip: parent.clone(),
                        why: Why::MergedHere,
                        name: base.name.clone(),
                    }));
                }
            }
        }
        published.extend(self.earlier_values(&names, &published)?);
        let mut seen = BTreeSet::new();
        published.retain(|it| seen.insert((it.tip.clone(), it.name.branch.clone())));
        self.published = published;
        Ok(())
    }

    /// The tags that the base contains, but for those that one of `ends` contains, too.
    pub fn contained_tags_since(&self, ends: &[ObjectId]) -> Result<Vec<&PublishedRef>, GitError> {
        let mut tags: Vec<&PublishedRef> = self.contained_tags.iter().collect();
        for end in ends {
            if tags.is_empty() {
                break;
            }
            let since = self.repository.source.refs_beside(end, Beside::NotMerged)?;
            tags.retain(|tag| since.contains(&format!("refs/tags/{}", tag.shown)));
        }
        Ok(tags)
    }

    /// The tags that the base does not contain, and those that it does.
    fn tags(
        &self,
        base: &PublishedRef,
        patterns: Option<&[String]>,
    ) -> Result<(Vec<PublishedRef>, Vec<PublishedRef>), GitError> {
        let defaults: Vec<String> = DEFAULT_TAGS.iter().map(|&it| it.to_owned()).collect();
        let patterns = patterns.unwrap_or(&defaults);
        let candidates: Vec<&Ref> = self
            .refs
            .iter()
            .filter(|it| it.is_tag())
            .filter(|it| patterns.iter().any(|pattern| matches(pattern, it.shown())))
            .collect();
        if candidates.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        let names = self
            .repository
            .source
            .refs_beside(&base.tip, Beside::NotMerged)?;
        let (outside, contained): (Vec<&Ref>, Vec<&Ref>) = candidates
            .into_iter()
            .partition(|it| names.contains(&it.name));
        let as_published = |tags: Vec<&Ref>, why| {
            let tags = tags.into_iter();
            tags.map(|it| self.as_published(it, why)).collect()
        };
        Ok((
            as_published(outside, Why::Tag),
            as_published(contained, Why::MergedTag),
        ))
    }

    /// What the published refs pointed to before.
    fn earlier_values(
        &self,
        names: &[String],
        published: &[PublishedRef],
    ) -> Result<Vec<PublishedRef>, GitError> {
        let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
        if let Some(base) = &self.base {
            let full = self
                .refs
                .iter()
                .find(|it| it.shown() == base.shown && !it.is_tag());
            names.extend(full.map(|it| it.name.as_str()));
        }
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let mut earlier = Vec::new();
        for (name, id) in self.repository.source.earlier_values(&names)? {
            let Some(current) = self.refs.iter().find(|it| it.name == name) else {
                continue;
            };
            if current.target == id {
                continue;
            }
            let now = published.iter().find(|it| it.shown == current.shown());
            let mut value = match now {
                Some(now) => now.clone(),
                None => self.as_published(current, Why::Earlier),
            };
            value.tip = id;
            value.why = Why::Earlier;
            earlier.push(value);
        }
        Ok(earlier)
    }
}
