//! A commit graph in memory, as a source of git's answers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use rechain_project::git::{
    Authorship, Beside, Changed, FirstSeen, GitError, Object, ObjectId, Ref, Remote, Remotes,
    Source,
};

use super::database::Files;

/// Where the model's work tree lies; nothing does on disk.
pub(super) const ROOT: &str = "/nowhere/rechain-model";
pub(super) const VERSIONS: &str = "versions";
pub(super) const URL: &str = "https://git.example/org/shop";

/// A commit.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) parents: Vec<usize>,
    pub(super) files: Files,
    pub(super) subject: String,
    pub(super) time: i64,
}

/// Commits, with their texts and trees by content.
#[derive(Debug, Clone, Default)]
pub(super) struct Store {
    pub(super) nodes: Vec<Node>,
    texts: Vec<String>,
    text_ids: BTreeMap<String, usize>,
    trees: Vec<Vec<(String, usize)>>,
    tree_ids: BTreeMap<Vec<(String, usize)>, usize>,
    tree_of: Vec<usize>,
}

impl Store {
    pub(super) fn add(&mut self, node: Node) -> usize {
        let mut tree = Vec::new();
        for (id, parents) in &node.files {
            let text = text_of(id, parents);
            let next = self.texts.len();
            let at = *self.text_ids.entry(text.clone()).or_insert(next);
            if at == next {
                self.texts.push(text);
            }
            tree.push((format!("{id}.py"), at));
        }
        let next = self.trees.len();
        let at = *self.tree_ids.entry(tree.clone()).or_insert(next);
        if at == next {
            self.trees.push(tree);
        }
        self.tree_of.push(at);
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// `start` and everything it has in its history.
    pub(super) fn reachable(&self, starts: impl IntoIterator<Item = usize>) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut open: Vec<usize> = starts.into_iter().collect();
        while let Some(at) = open.pop() {
            if found.insert(at) {
                open.extend(&self.nodes[at].parents);
            }
        }
        found
    }

    /// The best common ancestor; the youngest where there are several.
    pub(super) fn merge_base(&self, one: usize, other: usize) -> Option<usize> {
        let common: Vec<usize> = self
            .reachable([one])
            .intersection(&self.reachable([other]))
            .copied()
            .collect();
        common.into_iter().max()
    }

    fn blob(&self, at: usize, id: &str) -> Option<usize> {
        let name = format!("{id}.py");
        let tree = &self.trees[self.tree_of[at]];
        tree.iter()
            .find(|(it, _)| *it == name)
            .map(|(_, blob)| *blob)
    }
}

/// A revision's file.
pub(super) fn text_of(id: &str, parents: &[String]) -> String {
    let down = match parents {
        [] => "None".to_owned(),
        [one] => format!("\"{one}\""),
        several => format!("(\"{}\")", several.join("\", \"")),
    };
    format!(
        "\"\"\"{id}\n\nRevises: {}\n\"\"\"\nrevision = \"{id}\"\ndown_revision = {down}\n\n\ndef upgrade():\n    \
         pass\n",
        parents.join(", ")
    )
}

/// The id of the nth object of a kind, which is its first digit.
fn object_id(kind: char, at: usize) -> ObjectId {
    // The number is what people see of it.
    ObjectId::new(&format!("{kind}{at:07x}{:032}", 0))
}

fn number_of(id: &ObjectId) -> usize {
    usize::from_str_radix(&id.as_str()[1..8], 16).expect("an id of the model")
}

pub(super) fn commit_id(at: usize) -> ObjectId {
    object_id('c', at)
}

/// A repository as one clone has it.
#[derive(Debug, Clone)]
pub(super) struct Clone {
    pub(super) store: Store,
    /// Branches of `origin`, with their commits.
    pub(super) tracking: BTreeMap<String, usize>,
    /// The branch that is checked out, and its commit.
    pub(super) branch: String,
    pub(super) head: usize,
}

impl Clone {
    fn refs_with_places(&self) -> Vec<(String, usize)> {
        let mut refs = vec![(format!("refs/heads/{}", self.branch), self.head)];
        refs.extend(
            self.tracking
                .iter()
                .map(|(name, at)| (format!("refs/remotes/origin/{name}"), *at)),
        );
        refs.sort();
        refs
    }
}

impl Source for Clone {
    fn object(&self, name: &str) -> Result<Option<Object>, GitError> {
        let name = name.strip_suffix("^{commit}").unwrap_or(name);
        let id = match name {
            "HEAD" => commit_id(self.head),
            name if name.len() == 40 => ObjectId::new(name),
            _ => return Ok(None),
        };
        let at = number_of(&id);
        let raw = |id: &ObjectId| -> Vec<u8> {
            let text = id.as_str();
            (0..20)
                .map(|byte| u8::from_str_radix(&text[byte * 2..byte * 2 + 2], 16).expect("digits"))
                .collect()
        };
        let entry = |mode: &str, name: &str, id: &ObjectId| {
            let mut bytes = format!("{mode} {name}\0").into_bytes();
            bytes.extend(raw(id));
            bytes
        };
        let (kind, bytes) = match &id.as_str()[..1] {
            "c" => {
                let node = &self.store.nodes[at];
                let mut text = format!("tree {}\n", object_id('d', self.store.tree_of[at]));
                for parent in &node.parents {
                    let _ = writeln!(text, "parent {}", commit_id(*parent));
                }
                let person = format!("Ada <ada@example.org> {} +0000", node.time);
                let _ = write!(
                    text,
                    "author {person}\ncommitter {person}\n\n{}\n",
                    node.subject
                );
                ("commit", text.into_bytes())
            }
            "d" => ("tree", entry("40000", VERSIONS, &object_id('e', at))),
            "e" => {
                let tree = &self.store.trees[at];
                let entries = tree
                    .iter()
                    .flat_map(|(name, blob)| entry("100644", name, &object_id('b', *blob)));
                ("tree", entries.collect())
            }
            _ => ("blob", self.store.texts[at].clone().into_bytes()),
        };
        Ok(Some(Object {
            id,
            kind: kind.to_owned(),
            bytes,
        }))
    }

    fn refs(&self) -> Result<Vec<Ref>, GitError> {
        let mut refs: Vec<Ref> = self
            .refs_with_places()
            .into_iter()
            .map(|(name, at)| Ref {
                is_current: name.starts_with("refs/heads/"),
                target: commit_id(at),
                symbolic: None,
                name,
            })
            .collect();
        refs.push(Ref {
            name: "refs/remotes/origin/HEAD".to_owned(),
            target: commit_id(self.tracking["main"]),
            symbolic: Some("refs/remotes/origin/main".to_owned()),
            is_current: false,
        });
        refs.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(refs)
    }

    fn remotes(&self) -> Result<Remotes, GitError> {
        Ok(Remotes {
            remotes: vec![Remote {
                name: "origin".to_owned(),
                urls: vec![URL.to_owned()],
            }],
            follows: Vec::new(),
        })
    }

    fn refs_beside(&self, commit: &ObjectId, how: Beside) -> Result<BTreeSet<String>, GitError> {
        let commit = number_of(commit);
        let below = self.store.reachable([commit]);
        let refs = self.refs_with_places().into_iter();
        let beside = refs.filter(|(_, at)| match how {
            Beside::NotContaining => !self.store.reachable([*at]).contains(&commit),
            Beside::NotMerged => !below.contains(at),
        });
        Ok(beside.map(|(name, _)| name).collect())
    }

    fn earlier_values(&self, _: &[&str]) -> Result<Vec<(String, ObjectId)>, GitError> {
        Ok(Vec::new())
    }

    fn added_files(&self, _: &[PathBuf]) -> Result<Vec<FirstSeen>, GitError> {
        let all = self.refs_with_places().into_iter().map(|(_, at)| at);
        let mut seen = Vec::new();
        for at in self.store.reachable(all) {
            let node = &self.store.nodes[at];
            for id in node.files.keys() {
                let is_new = node.parents.is_empty()
                    || node
                        .parents
                        .iter()
                        .any(|&parent| !self.store.nodes[parent].files.contains_key(id));
                if let (true, Some(blob)) = (is_new, self.store.blob(at, id)) {
                    seen.push(FirstSeen {
                        blob: object_id('b', blob),
                        file_name: format!("{id}.py"),
                        authored: node.time,
                    });
                }
            }
        }
        Ok(seen)
    }

    fn changes(&self, starts: &[ObjectId], _: &[PathBuf]) -> Result<Vec<Changed>, GitError> {
        let starts = starts.iter().map(number_of);
        let mut changes = Vec::new();
        for at in self.store.reachable(starts) {
            let node = &self.store.nodes[at];
            for &parent in &node.parents {
                for id in self.store.nodes[parent].files.keys() {
                    let (before, after) = (self.store.blob(parent, id), self.store.blob(at, id));
                    if let (Some(blob), true) = (before, before != after) {
                        changes.push(Changed {
                            committed: node.time,
                            path: Path::new(VERSIONS).join(format!("{id}.py")),
                            before: object_id('b', blob),
                            is_gone: after.is_none(),
                        });
                    }
                }
            }
        }
        Ok(changes)
    }

    fn authorship(&self, _: &Path) -> Result<Option<Authorship>, GitError> {
        Ok(None)
    }

    fn merge_bases(&self, one: &ObjectId, others: &[ObjectId]) -> Result<Vec<ObjectId>, GitError> {
        let found = others
            .iter()
            .filter_map(|other| self.store.merge_base(number_of(one), number_of(other)));
        Ok(found.max().map(commit_id).into_iter().collect())
    }
}
