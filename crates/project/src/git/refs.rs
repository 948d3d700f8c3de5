//! The refs and remotes of a repository.

use super::command::GitError;
use super::object::ObjectId;
use super::repository::Repository;

/// A ref that names a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ref {
    /// `refs/heads/main`.
    pub(super) name: String,
    /// The commit; of a tag, what it marks.
    pub(super) target: ObjectId,
    /// What a symbolic ref (`refs/remotes/origin/HEAD`) stands for.
    pub(super) symbolic: Option<String>,
    /// Whether `HEAD` is this branch.
    pub(super) is_current: bool,
}

impl Ref {
    /// `main`, `origin/main`, `v1.0`.
    pub(super) fn shown(&self) -> &str {
        ["refs/heads/", "refs/remotes/", "refs/tags/"]
            .iter()
            .find_map(|prefix| self.name.strip_prefix(prefix))
            .unwrap_or(&self.name)
    }

    pub(super) fn is_local(&self) -> bool {
        self.name.starts_with("refs/heads/")
    }

    pub(super) fn is_tag(&self) -> bool {
        self.name.starts_with("refs/tags/")
    }
}

/// A remote and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Remote {
    pub(super) name: String,
    pub(super) urls: Vec<String>,
}

/// All refs under heads, remotes and tags.
pub(super) fn refs(repository: &Repository) -> Result<Vec<Ref>, GitError> {
    let answer = repository.run(&[
        "for-each-ref",
        "--format=%(refname)%00%(objectname)%00%(*objectname)%00%(symref)%00%(HEAD)",
        "refs/heads",
        "refs/remotes",
        "refs/tags",
    ])?;
    let text = String::from_utf8_lossy(&answer);
    let refs = text.lines().filter_map(|line| {
        let mut fields = line.split('\0');
        let (name, object, peeled) = (fields.next()?, fields.next()?, fields.next()?);
        let (symbolic, head) = (fields.next()?, fields.next()?);
        Some(Ref {
            name: name.to_owned(),
            target: ObjectId::new(if peeled.is_empty() { object } else { peeled }),
            symbolic: (!symbolic.is_empty()).then(|| symbolic.to_owned()),
            is_current: head == "*",
        })
    });
    Ok(refs.collect())
}

/// What the configuration says of remotes.
pub(super) struct Remotes {
    /// Sorted by name.
    pub(super) remotes: Vec<Remote>,
    /// Local branches with the remote that each follows.
    pub(super) follows: Vec<(String, String)>,
}

/// Reads which remotes there are and which of them each local branch follows.
pub(super) fn remotes(repository: &Repository) -> Result<Remotes, GitError> {
    let pattern = r"^(remote\..*\.url|branch\..*\.remote|url\..*\.insteadof)$";
    // Exit status 1 says that nothing matches.
    let answer = match repository.run(&["config", "-z", "--get-regexp", pattern]) {
        Ok(answer) => answer,
        Err(GitError::Failed { .. }) => Vec::new(),
        Err(error) => return Err(error),
    };
    let text = String::from_utf8_lossy(&answer);
    let mut remotes: Vec<Remote> = Vec::new();
    let mut follows = Vec::new();
    let mut rewrites: Vec<(String, String)> = Vec::new();
    for (key, value) in text.split('\0').filter_map(|entry| entry.split_once('\n')) {
        let middle = |prefix: &str, suffix: &str| {
            let rest = key.strip_prefix(prefix)?;
            rest.strip_suffix(suffix).map(str::to_owned)
        };
        if let Some(name) = middle("remote.", ".url") {
            match remotes.iter_mut().find(|remote| remote.name == name) {
                Some(remote) => remote.urls.push(value.to_owned()),
                None => remotes.push(Remote {
                    name,
                    urls: vec![value.to_owned()],
                }),
            }
        } else if let Some(branch) = middle("branch.", ".remote") {
            follows.push((branch, value.to_owned()));
        } else if let Some(to) = middle("url.", ".insteadof") {
            rewrites.push((value.to_owned(), to));
        }
    }
    for url in remotes.iter_mut().flat_map(|remote| &mut remote.urls) {
        let longest = rewrites
            .iter()
            .filter(|(from, _)| url.starts_with(from))
            .max_by_key(|(from, _)| from.len());
        if let Some((from, to)) = longest {
            *url = format!("{to}{}", &url[from.len()..]);
        }
    }
    remotes.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(Remotes { remotes, follows })
}

/// Whether a name matches a pattern in which `*` stands for anything.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns() {
        assert!(matches("main", "main"));
        assert!(!matches("main", "mainline"));
        assert!(matches("release/*", "release/1.2"));
        assert!(!matches("release/*", "release"));
        assert!(matches("v*", "v1.0"));
        assert!(matches("*/x*y", "a/xzy"));
        assert!(!matches("a*a", "a"));
    }
}
