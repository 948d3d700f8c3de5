//! A damaged history with what git knows of it, and the words for what is found.

use std::path::{Path, PathBuf};

use rechain_history::{Graph, Parents, Place, Problem, RevIndex, Revision, RevisionId, TextRange};
use rechain_parser::{Module, Source, read_module};
use rechain_planner::{Damage, DamageKind, DecisionId, Repair};
use rechain_project::Change;
use rechain_project::git::{Found, Repository};
use rechain_rewriter::reparent;

use super::{copies, cycle, files, links, markers, missing};
use crate::history::{File, History};
use crate::publication::GitOf;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ailment {
    pub(super) kind: DamageKind,
    /// What it is about, as the name of the decision has it.
    pub(super) about: Vec<RevisionId>,
    /// In words.
    pub(crate) words: String,
    /// Where it shows: the number of a file, and a place in its text.
    pub(crate) places: Vec<(usize, TextRange)>,
    /// What tells it from others.
    pub(super) key: String,
    /// Whether its repair may show what could not be seen before.
    pub(super) may_uncover: bool,
    /// Whether one of the remedies must be right, so that the last one that databases allow is.
    pub(super) is_exhaustive: bool,
    /// What may have been meant, the most likely first.
    pub(crate) remedies: Vec<Remedy>,
    /// What may have been meant and cannot be offered, because of databases.
    pub(crate) refused: Vec<Refused>,
}

/// A repair that databases forbid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    /// What it would do.
    pub(crate) words: String,
    /// The same as an answer.
    pub(crate) name: String,
    /// Why it may not be.
    pub(crate) reason: String,
    /// The published revision that it would harm, where it would not if no database had that.
    pub(crate) because_of: Option<RevisionId>,
}

impl Refused {
    pub(super) fn new(remedy: Remedy, reason: String, because_of: Option<RevisionId>) -> Self {
        Self {
            words: remedy.words,
            name: remedy.name,
            reason,
            because_of,
        }
    }
}

/// One way to repair it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remedy {
    /// What it does.
    pub(crate) words: String,
    /// The same as an answer: on every machine in the same words, and with the same bytes behind them.
    pub(crate) name: String,
    /// What speaks for it.
    pub(crate) evidence: String,
    pub(crate) changes: Vec<Change>,
    /// Whether the evidence is enough to do it without asking, if no other remedy has as much.
    pub(crate) is_sound: bool,
    /// What is left to do after it, once it was tried.
    pub(crate) leads_to: String,
    /// What it means for databases, a sentence each, once it was tried.
    pub(crate) databases: Vec<String>,
}

impl Remedy {
    pub(super) fn new(
        words: impl Into<String>,
        evidence: impl Into<String>,
        changes: Vec<Change>,
        is_sound: bool,
    ) -> Self {
        let words = words.into();
        Self {
            name: words.clone(),
            words,
            evidence: evidence.into(),
            changes,
            is_sound,
            leads_to: String::new(),
            databases: Vec::new(),
        }
    }

    /// With an answer in other words than those for people, who see paths as they type them.
    pub(super) fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }
}

impl Ailment {
    /// The one remedy that may be taken without asking.
    pub(super) fn only_sound(&self) -> Option<&Remedy> {
        let mut sound = self.remedies.iter().filter(|it| it.is_sound);
        match (sound.next(), sound.next()) {
            (Some(one), None) => Some(one),
            _ => None,
        }
    }

    /// Its name as a decision.
    pub(crate) fn id(&self) -> DecisionId {
        DecisionId::new(self.kind.name(), &self.about)
    }

    /// As the question that it is.
    pub(crate) fn damage(&self) -> Damage {
        let repair = |remedy: &Remedy| Repair {
            name: remedy.name.clone(),
            evidence: remedy.evidence.clone(),
        };
        Damage {
            kind: self.kind,
            about: self.about.clone(),
            problem: self.words.clone(),
            repairs: self.remedies.iter().map(repair).collect(),
        }
    }
}

/// What tells a problem from others, whatever its place in the text.
pub(super) fn key(problem: &Problem) -> String {
    let ids = |list: &[(RevisionId, Place)]| {
        let ids: Vec<&str> = list.iter().map(|(id, _)| id.as_str()).collect();
        ids.join(" ")
    };
    match problem {
        Problem::EmptyHistory => "empty".to_owned(),
        Problem::MissingParent {
            revision, missing, ..
        } => format!("parent {revision} {missing}"),
        Problem::MissingDependency {
            revision, missing, ..
        } => format!("dependency {revision} {missing}"),
        Problem::DuplicateRevision { revision, .. } => format!("duplicate {revision}"),
        Problem::SelfLoop { revision, .. } => format!("loop {revision}"),
        Problem::Cycle { revisions } => format!("cycle {}", ids(revisions)),
        Problem::DuplicateLabel { label, .. } => format!("label {label}"),
        Problem::ForbiddenCharacter { revision, .. } => format!("character {revision}"),
        Problem::MultipleHeads { heads, .. } => format!("heads {}", ids(heads)),
        Problem::SecondRoot { roots } => format!("roots {}", ids(roots)),
        Problem::RedundantParent {
            revision,
            redundant,
            ..
        } => format!("redundant {revision} {redundant}"),
    }
}

/// Where a problem shows.
fn places(problem: &Problem) -> Vec<(usize, TextRange)> {
    let of = |place: &Place| (place.file.index(), place.range);
    match problem {
        Problem::MissingParent { place, .. }
        | Problem::SelfLoop { place, .. }
        | Problem::RedundantParent { place, .. } => vec![of(place)],
        Problem::DuplicateRevision { places, .. } => places.iter().map(of).collect(),
        Problem::Cycle { revisions } | Problem::SecondRoot { roots: revisions } => {
            revisions.iter().map(|(_, place)| of(place)).collect()
        }
        _ => Vec::new(),
    }
}

/// The same for a file that gives no revision.
pub(super) fn file_key(path: &Path) -> String {
    format!("file {}", path.display())
}

/// A history on the table.
pub(super) struct Clinic<'c> {
    pub(super) history: &'c History,
    pub(super) repository: Option<&'c Repository>,
    /// The base's name and commit.
    pub(super) base: Option<&'c (String, String)>,
    /// The names and commits of all refs that databases may follow, the base first.
    published: &'c [(String, String)],
}

impl<'c> Clinic<'c> {
    pub(super) fn new(history: &'c History, git: Option<&'c GitOf>) -> Self {
        Self {
            history,
            repository: git.map(|it| &it.repository),
            base: git.and_then(|it| it.base.as_ref()),
            published: git.map_or(&[], |it| &it.published),
        }
    }

    pub(super) fn graph(&self) -> &'c Graph {
        &self.history.graph
    }

    /// Everything that is wrong, each with its remedies. Files that cannot be read come first: without them
    /// parents seem missing and heads seem many.
    pub(super) fn ailments(&self) -> Vec<Ailment> {
        let found: Vec<Ailment> = (0..self.history.files.len())
            .filter_map(|at| markers::ailment(self, at).or_else(|| files::ailment(self, at)))
            .collect();
        if !found.is_empty() {
            return found;
        }
        self.graph()
            .problems()
            .iter()
            .filter_map(|problem| {
                let (kind, about, words, remedies) = match problem {
                    Problem::MissingParent {
                        revision, missing, ..
                    } => (
                        DamageKind::MissingParent,
                        vec![revision.clone(), missing.clone()],
                        format!("{revision} follows '{missing}', which no file declares"),
                        missing::remedies(self, revision, missing),
                    ),
                    Problem::DuplicateRevision { revision, places } => (
                        DamageKind::DuplicateId,
                        vec![revision.clone()],
                        format!("{} files declare {revision}", places.len()),
                        copies::remedies(self, revision, places),
                    ),
                    Problem::SelfLoop { revision, .. } => (
                        DamageKind::SelfLoop,
                        vec![revision.clone()],
                        format!("{revision} names itself"),
                        links::own_parent(self, revision),
                    ),
                    Problem::Cycle { revisions } => {
                        let ids: Vec<&str> = revisions.iter().map(|(id, _)| id.as_str()).collect();
                        let words = format!("{} follow each other in a circle", ids.join(", "));
                        let about = revisions.iter().map(|(id, _)| id.clone()).collect();
                        let remedies = cycle::remedies(self, &ids);
                        (DamageKind::Cycle, about, words, remedies)
                    }
                    Problem::SecondRoot { roots } => {
                        let ids: Vec<&RevisionId> = roots.iter().map(|(id, _)| id).collect();
                        let words = format!("{} histories start from nothing", ids.len());
                        let about = roots.iter().map(|(id, _)| id.clone()).collect();
                        let remedies = links::second_root(self, &ids);
                        (DamageKind::SecondRoot, about, words, remedies)
                    }
                    Problem::RedundantParent {
                        revision,
                        redundant,
                        ..
                    } => (
                        DamageKind::RedundantParent,
                        vec![revision.clone(), redundant.clone()],
                        format!("{revision} names {redundant}, which its other parents imply"),
                        links::redundant_parent(self, revision, redundant),
                    ),
                    _ => return None,
                };
                Some(Ailment {
                    kind,
                    about,
                    words,
                    places: places(problem),
                    key: key(problem),
                    may_uncover: false,
                    is_exhaustive: false,
                    remedies,
                    refused: Vec::new(),
                })
            })
            .collect()
    }

    pub(super) fn index(&self, id: &str) -> Option<RevIndex> {
        self.graph().index(id)
    }

    pub(super) fn file(&self, index: RevIndex) -> &'c File {
        self.history.file_of(index)
    }

    /// The change after which a file has these parents.
    pub(super) fn relinked(&self, index: RevIndex, parents: &[RevisionId]) -> Option<Change> {
        let file = self.file(index);
        let (source, module) = (file.source()?, file.module.as_ref()?);
        let edits = reparent(source.text(), module.sites.as_ref()?, parents);
        let edits = edits.iter().map(|edit| (edit.range, edit.insert.as_str()));
        let after = source.splice(edits).ok()?;
        Some(Change::edit(&file.path, source.bytes(), after))
    }

    /// A remedy that gives a revision other parents.
    pub(super) fn relink(
        &self,
        index: RevIndex,
        parents: &[RevisionId],
        evidence: impl Into<String>,
        is_sound: bool,
    ) -> Option<Remedy> {
        let change = self.relinked(index, parents)?;
        let id = &self.graph()[index].id;
        let words = match parents {
            [] => format!("{id} starts from nothing"),
            _ => {
                let parents: Vec<&str> = parents.iter().map(RevisionId::as_str).collect();
                format!("{id} follows {}", parents.join(", "))
            }
        };
        Some(Remedy::new(words, evidence, vec![change], is_sound))
    }

    /// The ids behind `Revises:` in a file, where all of them are revisions here and none is its own.
    pub(super) fn docstring_parents(&self, file: &File) -> Option<Vec<RevisionId>> {
        let module = file.module.as_ref()?;
        let range = module.docstring.as_ref()?.revises?;
        let own = module.revision.as_ref().map(|(id, _)| id.as_str());
        let words = range.of(file.text()).split([',', ' ', '\t']);
        let ids: Vec<RevisionId> = words
            .filter(|word| !word.is_empty())
            .map(RevisionId::from)
            .collect();
        let is_known =
            |id: &RevisionId| self.index(id.as_str()).is_some() && Some(id.as_str()) != own;
        (!ids.is_empty() && ids.iter().all(is_known)).then_some(ids)
    }

    /// The parents a file had in earlier commits, the latest first, each with the commit in words.
    pub(super) fn earlier_parents(&self, file: &File) -> Vec<(Vec<RevisionId>, String)> {
        let Some(repository) = self.repository else {
            return Vec::new();
        };
        let mut versions = Vec::new();
        for (place, content) in self.on_published(&file.path) {
            versions.push(Found {
                place: place.to_owned(),
                path: file.path.clone(),
                content,
            });
        }
        versions.extend(repository.earlier(&file.path).unwrap_or_default());
        let own = file
            .module
            .as_ref()
            .and_then(|it| it.revision.as_ref())
            .map(|(id, _)| id.clone());
        let mut found: Vec<(Vec<RevisionId>, String)> = Vec::new();
        for version in versions {
            let Some(revision) = declared(&version) else {
                continue;
            };
            let Parents::Known(parents) = revision.parents else {
                continue;
            };
            let are_here = parents.iter().all(|id| self.index(id.as_str()).is_some());
            if are_here
                && own
                    .as_ref()
                    .is_none_or(|own| *own == revision.id && !parents.contains(own))
                && !found.iter().any(|(known, _)| *known == parents)
            {
                found.push((parents, version.place));
            }
        }
        found
    }

    /// A file as every clone names it: from the repository's root, else from its version location.
    pub(super) fn label(&self, path: &Path) -> String {
        if let Some(inside) = self.in_repository(path) {
            return crate::paths::slashed(Path::new(&inside));
        }
        let locations = self.locations();
        let inside = locations.iter().find_map(|it| path.strip_prefix(it).ok());
        crate::paths::slashed(inside.unwrap_or(path))
    }

    /// A path as git names it.
    pub(super) fn in_repository(&self, path: &Path) -> Option<String> {
        self.repository?.name_of(path)
    }

    /// A file as the published refs have it, the base first.
    fn on_published(&self, path: &Path) -> impl Iterator<Item = (&'c str, Vec<u8>)> {
        let (repository, inside) = (self.repository, self.in_repository(path));
        self.published.iter().filter_map(move |(name, commit)| {
            let content = repository?.content(commit, inside.as_deref()?).ok()??;
            Some((name.as_str(), content))
        })
    }

    /// Whether a published ref has this very file, by path, with the same id; without any, whether HEAD does.
    pub(super) fn is_older(&self, file: &File) -> Option<bool> {
        let repository = self.repository?;
        let path = self.in_repository(&file.path)?;
        let (own, _) = file.module.as_ref()?.revision.as_ref()?;
        let is_own = |bytes: Vec<u8>| declared_in(bytes, &path).is_some_and(|it| it.id == *own);
        if self.published.is_empty() {
            let there = repository.content("HEAD", &path).ok()?;
            return Some(there.is_some_and(is_own));
        }
        Some(
            self.on_published(&file.path)
                .any(|(_, bytes)| is_own(bytes)),
        )
    }

    /// How what [`Self::is_older`] compares with is called.
    pub(super) fn older_place(&self) -> &str {
        self.base.map_or("HEAD", |(name, _)| name.as_str())
    }

    /// The version locations, links resolved.
    pub(super) fn locations(&self) -> Vec<PathBuf> {
        let locations = self.history.environment.version_locations.iter();
        locations
            .map(|path| rechain_project::real_path(path).unwrap_or_else(|_| path.clone()))
            .collect()
    }

    /// The heads of what neither is `index` nor follows it.
    pub(super) fn heads_without(&self, index: RevIndex) -> Vec<RevIndex> {
        let graph = self.graph();
        let above = graph.descendants_with([index]);
        let is_other = |it: &RevIndex| !above.contains(it.index());
        graph
            .indices()
            .filter(is_other)
            .filter(|&it| !graph.children(it).iter().any(is_other))
            .collect()
    }
}

/// The revision that a file from git declares.
pub(super) fn declared(found: &Found) -> Option<Revision> {
    declared_in(found.content.clone(), &found.path.to_string_lossy())
}

pub(super) fn declared_in(bytes: Vec<u8>, path: &str) -> Option<Revision> {
    let (_, module) = parsed(bytes, path)?;
    module.to_revision(rechain_history::FileId(0))
}

/// A module from bytes.
pub(super) fn parsed(bytes: Vec<u8>, path: &str) -> Option<(Source, Module)> {
    let source = Source::decode(bytes).ok()?;
    let name = path.rsplit('/').next().unwrap_or(path);
    let module = read_module(source.text(), name).ok()?;
    Some((source, module))
}
