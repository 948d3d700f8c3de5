//! What the subject of a merge says: which branch was merged, and into which.
//!
//! The forms are those of git's own `fmt-merge-msg` and of the forges. A subject that has none of them
//! says nothing.

/// A merge by its subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Merged {
    pub(super) sources: Vec<Source>,
    /// The branch it names as the one merged into.
    pub(super) into: Option<String>,
}

/// What was merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// A local branch of whoever merged.
    Branch(String),
    /// A remote-tracking branch: `origin/feature`.
    Tracking(String),
    /// A branch of another repository, by its URL.
    Pulled {
        /// The branch.
        branch: String,
        /// The repository.
        url: String,
    },
    /// A request of a forge, with the branch where the subject names it.
    Request(Option<String>),
}

/// Reads a subject; `None` where it has none of the forms.
pub(super) fn parse(subject: &str) -> Option<Merged> {
    let subject = subject.trim();
    forge(subject).or_else(|| git(subject))
}

fn request(branch: Option<&str>, into: Option<&str>) -> Merged {
    Merged {
        sources: vec![Source::Request(branch.map(str::to_owned))],
        into: into.map(str::to_owned),
    }
}

/// Whether `text` starts with a number, and what follows it.
fn number(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(|it: char| it.is_ascii_digit());
    (rest.len() < text.len()).then_some(rest)
}

/// `owner/branch` of a GitHub or Gitea subject.
fn without_owner(name: &str) -> &str {
    name.split_once('/').map_or(name, |(_, branch)| branch)
}

fn forge(subject: &str) -> Option<Merged> {
    if let Some(rest) = subject.strip_prefix("Merge pull request ") {
        // GitHub: `#12 from owner/branch`; Bitbucket Server: `#12 in PROJ/repo from a to b`;
        // Azure: `12 from a into b`; Gitea: `'title' (#12) from owner/branch into main`.
        if let Some(rest) = rest.strip_prefix('#').and_then(number) {
            if let Some((_, rest)) = rest
                .strip_prefix(" in ")
                .and_then(|it| it.split_once(" from "))
            {
                let (branch, into) = rest.rsplit_once(" to ")?;
                return Some(request(Some(branch), Some(into)));
            }
            let rest = rest.strip_prefix(" from ")?;
            return match rest.split_once(" into ") {
                Some((from, into)) => Some(request(Some(without_owner(from)), Some(into))),
                None => Some(request(Some(without_owner(rest)), None)),
            };
        }
        if let Some(rest) = number(rest).and_then(|rest| rest.strip_prefix(" from ")) {
            let (branch, into) = rest.split_once(" into ")?;
            return Some(request(Some(branch), Some(into)));
        }
        let (_, rest) = rest.rsplit_once(") from ")?;
        let (from, into) = rest.rsplit_once(" into ")?;
        return Some(request(Some(without_owner(from)), Some(into)));
    }
    // Azure: `Merged PR 12: title`; Bitbucket: `Merged in branch (pull request #12)`.
    if let Some(rest) = subject.strip_prefix("Merged PR ") {
        return number(rest)
            .filter(|rest| rest.starts_with(':'))
            .map(|_| request(None, None));
    }
    if let Some(rest) = subject.strip_prefix("Merged in ") {
        let (branch, _) = rest.split_once(" (pull request #")?;
        let branch = branch.rsplit_once(':').map_or(branch, |(_, branch)| branch);
        return Some(request(Some(branch), None));
    }
    // Bitbucket Server since 7: `Pull request #12: title`.
    if let Some(rest) = subject.strip_prefix("Pull request #") {
        return number(rest)
            .filter(|rest| rest.starts_with(':'))
            .map(|_| request(None, None));
    }
    // bors: `Auto merge of #12 - owner:branch, r=reviewer`; bors-ng: `Merge #12 #13`.
    if let Some(rest) = subject.strip_prefix("Auto merge of #") {
        let rest = number(rest)?.strip_prefix(" - ")?;
        let branch = rest.split(',').next().unwrap_or(rest);
        let branch = branch.split_once(':').map_or(branch, |(_, branch)| branch);
        return Some(request(Some(branch), None));
    }
    if let Some(rest) = subject.strip_prefix("Merge #") {
        let is_list = rest
            .split(' ')
            .all(|word| number(word.trim_start_matches('#')) == Some(""));
        return is_list.then(|| request(None, None));
    }
    gerrit(subject)
}

/// Gerrit: `Merge "subject"`, `Merge change I12 into main`, `Merge changes from topic 'x' into main`.
fn gerrit(subject: &str) -> Option<Merged> {
    let rest = subject.strip_prefix("Merge ")?;
    let is_change = rest.starts_with("change ") || rest.starts_with("changes ");
    if let Some(quoted) = rest.strip_prefix('"') {
        let (_, end) = quoted.rsplit_once('"')?;
        return match end.trim() {
            "" => Some(request(None, None)),
            end => Some(request(None, Some(end.strip_prefix("into ")?))),
        };
    }
    if is_change {
        let into = rest.rsplit_once(" into ").map(|(_, into)| into);
        return Some(request(None, into));
    }
    None
}

/// git: `Merge branch 'a' [of URL] [into b]`, `Merge remote-tracking branch 'origin/a'`, and several of
/// them joined by commas and `and`. GitLab quotes the branch behind `into`.
fn git(subject: &str) -> Option<Merged> {
    let rest = subject.strip_prefix("Merge ")?;
    let mut sources = Vec::new();
    let mut into = None;
    let mut rest = rest;
    loop {
        let is_tracking = ["remote-tracking branch", "remote branch"]
            .iter()
            .find_map(|kind| rest.strip_prefix(kind));
        let (mut tail, is_tracking) = match is_tracking {
            Some(tail) => (tail, true),
            None => (rest.strip_prefix("branch")?, false),
        };
        tail = tail.strip_prefix("es").unwrap_or(tail).strip_prefix(' ')?;
        let first = sources.len();
        loop {
            let (name, after) = tail.strip_prefix('\'')?.split_once('\'')?;
            sources.push(if is_tracking {
                Source::Tracking(name.to_owned())
            } else {
                Source::Branch(name.to_owned())
            });
            tail = after;
            let next = [" and '", ", '"]
                .iter()
                .find(|next| tail.starts_with(**next));
            let Some(next) = next else { break };
            tail = &tail[next.len() - 1..];
        }
        if let Some(after) = tail.strip_prefix(" of ") {
            let end = [" into ", ", ", " and "]
                .iter()
                .filter_map(|end| after.find(end))
                .min()
                .unwrap_or(after.len());
            for source in &mut sources[first..] {
                if let Source::Branch(branch) = source {
                    *source = Source::Pulled {
                        branch: std::mem::take(branch),
                        url: after[..end].to_owned(),
                    };
                }
            }
            tail = &after[end..];
        }
        if let Some(name) = tail.strip_prefix(" into ") {
            let name = name.trim();
            into = Some(name.trim_matches('\'').to_owned());
            break;
        }
        if tail.is_empty() {
            break;
        }
        rest = ["; ", ", ", " and "]
            .iter()
            .find_map(|it| tail.strip_prefix(it))?;
    }
    Some(Merged { sources, into })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `source [source...] -> into`, or nothing.
    fn check(subject: &str, expected: &str) {
        let shown = parse(subject).map_or_else(String::new, |merged| {
            let sources: Vec<String> = merged
                .sources
                .iter()
                .map(|source| match source {
                    Source::Branch(name) => name.clone(),
                    Source::Tracking(name) => format!("~{name}"),
                    Source::Pulled { branch, url } => format!("{branch}@{url}"),
                    Source::Request(None) => "request".to_owned(),
                    Source::Request(Some(name)) => format!("request:{name}"),
                })
                .collect();
            format!(
                "{} -> {}",
                sources.join(" "),
                merged.into.as_deref().unwrap_or("?")
            )
        });
        assert_eq!(shown, expected, "{subject}");
    }

    #[test]
    fn forms() {
        for (subject, expected) in [
            ("Merge branch 'x'", "x -> ?"),
            ("Merge branch 'x' into main", "x -> main"),
            ("Merge branch 'x/y' into 'main'", "x/y -> main"),
            ("Merge branches 'a', 'b' and 'c' into dev", "a b c -> dev"),
            (
                "Merge branch 'main' of github.com:org/shop",
                "main@github.com:org/shop -> ?",
            ),
            (
                "Merge branch 'main' of /srv/a b into x",
                "main@/srv/a b -> x",
            ),
            (
                "Merge remote-tracking branch 'origin/x' into main",
                "~origin/x -> main",
            ),
            ("Merge remote branch 'origin/x'", "~origin/x -> ?"),
            (
                "Merge remote-tracking branches 'origin/a' and 'origin/b'",
                "~origin/a ~origin/b -> ?",
            ),
            (
                "Merge branch 'a', remote-tracking branch 'o/b' into m",
                "a ~o/b -> m",
            ),
            ("Merge pull request #12 from me/x/y", "request:x/y -> ?"),
            (
                "Merge pull request #12 in PROJ/shop from x to main",
                "request:x -> main",
            ),
            (
                "Merge pull request 12 from x into main",
                "request:x -> main",
            ),
            (
                "Merge pull request 'A (b) from' (#3) from me/x into main",
                "request:x -> main",
            ),
            ("Merged PR 12: Add users", "request -> ?"),
            ("Merged in me/x (pull request #3)", "request:me/x -> ?"),
            ("Pull request #3: Add users", "request -> ?"),
            ("Auto merge of #3 - me:x, r=you", "request:x -> ?"),
            ("Merge #12 #13", "request -> ?"),
            ("Merge \"Add \"x\" tables\"", "request -> ?"),
            ("Merge \"Add tables\" into stable/1", "request -> stable/1"),
            ("Merge changes from topic 'x' into main", "request -> main"),
            ("Merge change I1234 into main", "request -> main"),
            ("Merge commit 'abc'", ""),
            ("Merge tag 'v1' into dev", ""),
            ("Merge users into main", ""),
            ("Merge #12: fix", ""),
            ("Add users", ""),
            ("", ""),
        ] {
            check(subject, expected);
        }
    }
}
