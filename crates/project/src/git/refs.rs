//! The refs and remotes of a repository.

use super::object::ObjectId;

/// A ref that names a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ref {
    /// `refs/heads/main`.
    pub name: String,
    /// The commit; of a tag, what it marks.
    pub target: ObjectId,
    /// What a symbolic ref (`refs/remotes/origin/HEAD`) stands for.
    pub symbolic: Option<String>,
    /// Whether `HEAD` is this branch.
    pub is_current: bool,
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
pub struct Remote {
    /// `origin`.
    pub name: String,
    /// Where it is, rewritten as the configuration says.
    pub urls: Vec<String>,
}

/// What the configuration says of remotes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remotes {
    /// Sorted by name.
    pub remotes: Vec<Remote>,
    /// Local branches with the remote that each follows.
    pub follows: Vec<(String, String)>,
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
