//! What `merge` would do in one environment: new merge revisions, from the project's own template.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use rechain_history::{FileId, Parents, Place, RevIndex, Revision, RevisionId, TextRange};
use rechain_planner::{Conflict, Joining};
use rechain_project::git::Operation;
use rechain_project::{Change, Tree as _, WorkTree};
use rechain_rewriter::{CreateDate, Databases, MergeRevision, fill_in, revision_file_name};
use serde_json::{Value, json};

use crate::args::PublicationArguments;
use crate::door::Proposed;
use crate::exit::ExitStatus;
use crate::history::History;
use crate::publication::{Known, known};
use crate::report::{json, merging_text};
use crate::request::Hinted;
use crate::template_name;
use crate::ui::Ui;
use crate::verify::{Intended, verify};

/// What is to be done in one environment.
pub(crate) struct Merging<'h> {
    pub(crate) history: &'h History,
    pub(crate) known: Known,
    pub(crate) finding: Finding,
    pub(crate) changes: Vec<Change>,
}

/// What it comes to.
pub(crate) enum Finding {
    /// The graph is damaged, so heads cannot be told.
    Damaged,
    /// These merge revisions; none where every lineage has one head.
    Joined(Vec<Joined>),
    /// Alembic would end in a `KeyError` at a merge of these heads, since the second of the two depends on
    /// the first.
    Stumbles(Vec<RevisionId>, [RevisionId; 2]),
    /// No new database could run the merge of these heads.
    CannotRun(Vec<RevisionId>, Vec<Conflict>),
}

/// One merge revision.
pub(crate) struct Joined {
    pub(crate) id: RevisionId,
    /// In the order in which the file names them.
    pub(crate) parents: Vec<RevisionId>,
    pub(crate) path: PathBuf,
    /// No file below has a `Create Date:` that can be read.
    pub(crate) has_no_date: bool,
}

impl<'h> Merging<'h> {
    /// Joins each group of heads.
    pub(crate) fn of(
        history: &'h History,
        groups: Vec<Vec<RevIndex>>,
        publication: &PublicationArguments,
    ) -> anyhow::Result<Self> {
        let mut merging = Self {
            history,
            known: Known::not_asked("a damaged chain comes first"),
            finding: Finding::Damaged,
            changes: Vec::new(),
        };
        if history.is_damaged() {
            return Ok(merging);
        }
        let mut joined = Vec::new();
        if !groups.is_empty() {
            merging.known = known(publication, history)?;
        }
        for heads in groups {
            match merging.join(heads)? {
                Ok(one) => joined.push(one),
                Err(finding) => {
                    merging.changes.clear();
                    merging.finding = finding;
                    return Ok(merging);
                }
            }
        }
        merging.verify(&joined)?;
        merging.finding = Finding::Joined(joined);
        Ok(merging)
    }

    fn join(&mut self, heads: Vec<RevIndex>) -> anyhow::Result<Result<Joined, Finding>> {
        let history = self.history;
        let graph = &history.graph;
        let joining = Joining::new(graph, heads);
        let sorted: Vec<RevisionId> = joining
            .heads()
            .iter()
            .map(|&head| graph[head].id.clone())
            .collect();
        if let Some((lower, upper)) = joining.stumbles() {
            let two = [lower, upper].map(|it| graph[it].id.clone());
            return Ok(Err(Finding::Stumbles(sorted, two)));
        }
        let id = free_id(history, &sorted);
        let revision = merge_revision(&id, Vec::new());
        let effects = history.effects(joining.needs().iter().copied());
        let parents = match joining.parents(
            &revision,
            &effects,
            &history.expectations,
            history.dialects(),
        ) {
            Ok(parents) => parents,
            Err(conflicts) => return Ok(Err(Finding::CannotRun(sorted, conflicts))),
        };
        let message = format!("merge {}", listed(&sorted));
        let date = newest(history, joining.heads());
        let template_path = template(history)?;
        let template = String::from_utf8(WorkTree.read(&template_path)?)
            .with_context(|| format!("{} is not UTF-8", template_path.display()))?;
        let values = MergeRevision {
            revision: id.to_string(),
            parents: parents.iter().map(ToString::to_string).collect(),
            message: message.clone(),
            create_date: date
                .as_ref()
                .unwrap_or(&CreateDate::epoch())
                .as_str()
                .to_owned(),
            databases: databases(history, joining.heads()),
        };
        let text = fill_in(&template, &values).map_err(|error| {
            Hinted::new(
                format!(
                    "{}:{}: {}",
                    template_path.display(),
                    error.line,
                    error.reason
                ),
                format!(
                    "rechain runs no template: `{} {}` fills it in",
                    history.alembic("merge"),
                    sorted
                        .iter()
                        .map(RevisionId::as_str)
                        .collect::<Vec<_>>()
                        .join(" ")
                ),
            )
        })?;
        let environment = &history.environment;
        let slug_length = template_name::slug_length(history)?;
        let name = revision_file_name(
            environment.file_template.as_deref(),
            slug_length,
            id.as_str(),
            &message,
            date.as_ref().unwrap_or(&CreateDate::epoch()),
        )
        .map_err(|reason| {
            let configuration = environment
                .configuration()
                .unwrap_or(Path::new("alembic.ini"));
            anyhow::anyhow!("{}: {reason}", configuration.display())
        })?;
        let path = location(history, &parents)?.join(&name);
        let directory = path.parent().unwrap_or(&path);
        if !directory.is_dir() {
            bail!(Hinted::new(
                format!(
                    "file_template puts it into {}, which does not exist",
                    directory.display()
                ),
                "make that directory, then run it again",
            ));
        }
        if path.exists() {
            bail!("{} exists already", path.display());
        }
        self.changes.push(Change::create(&path, text.into_bytes()));
        Ok(Ok(Joined {
            id,
            parents,
            path,
            has_no_date: date.is_none(),
        }))
    }

    fn verify(&self, joined: &[Joined]) -> anyhow::Result<()> {
        let mut all = self.history.revisions();
        all.extend(
            joined
                .iter()
                .map(|it| Arc::new(merge_revision(&it.id, it.parents.clone()))),
        );
        let intended = Intended {
            revisions: all,
            put_back: Vec::new(),
            one_head: false,
        };
        verify(
            self.history,
            &intended,
            &self.changes,
            &self.known.publication,
        )
        .context(
            "what the template makes is not the merge revision that was meant; nothing was written",
        )
    }
}

impl Proposed for Merging<'_> {
    fn changes(&self) -> &[Change] {
        &self.changes
    }

    fn status(&self) -> ExitStatus {
        match &self.finding {
            Finding::Damaged | Finding::Stumbles(..) | Finding::CannotRun(..) => {
                ExitStatus::Undecided
            }
            Finding::Joined(joined) if joined.is_empty() => ExitStatus::Success,
            Finding::Joined(_) => ExitStatus::Found,
        }
    }

    fn operation(&self) -> Option<&Operation> {
        self.known.operation()
    }

    fn history(&self) -> &History {
        self.history
    }

    fn print(&self, ui: &mut Ui) -> anyhow::Result<()> {
        merging_text::print(self, ui)
    }

    fn to_json(&self) -> Value {
        let ids =
            |ids: &[RevisionId]| -> Vec<String> { ids.iter().map(ToString::to_string).collect() };
        let (outcome, merges, reasons) = match &self.finding {
            Finding::Damaged => ("damaged", Vec::new(), Vec::new()),
            Finding::Stumbles(_, [lower, upper]) => {
                let reason = format!("{upper} depends on {lower}");
                ("cannot-run", Vec::new(), vec![reason])
            }
            Finding::CannotRun(_, conflicts) => {
                let reasons = conflicts.iter().map(|it| it.kind.to_string()).collect();
                ("cannot-run", Vec::new(), reasons)
            }
            Finding::Joined(joined) => {
                let merges = joined
                    .iter()
                    .map(|it| {
                        json!({
                            "revision": it.id.to_string(),
                            "parents": ids(&it.parents),
                            "file": crate::paths::slashed(&it.path),
                        })
                    })
                    .collect();
                let outcome = if joined.is_empty() { "sound" } else { "merge" };
                (outcome, merges, Vec::new())
            }
        };
        json!({
            "name": self.history.environment.name,
            "outcome": outcome,
            "merges": merges,
            "reasons": reasons,
            "problems": json::problems(self.history),
        })
    }
}

/// The first twelve digits of the SHA-1 of the parents, so that everybody who joins these heads makes the same
/// revision. One that is taken already makes room for the next.
pub(crate) fn free_id(history: &History, parents: &[RevisionId]) -> RevisionId {
    let names: Vec<&str> = parents.iter().map(RevisionId::as_str).collect();
    let mut text = format!("rechain merge\n{}\n", names.join("\n"));
    loop {
        let digest = sha1_smol::Sha1::from(text.as_bytes()).digest().to_string();
        let id = &digest[..12];
        if history.graph.index(id).is_none() {
            return id.into();
        }
        text.push_str("again\n");
    }
}

pub(crate) fn merge_revision(id: &RevisionId, parents: Vec<RevisionId>) -> Revision {
    let place = Place {
        file: FileId(0),
        range: TextRange::empty(0),
    };
    Revision {
        id: id.clone(),
        parents: Parents::Known(parents),
        dependencies: Vec::new(),
        has_computed_dependencies: false,
        branch_labels: Vec::new(),
        title: String::new(),
        place,
        down_revision_place: place,
    }
}

/// The newest `Create Date:` of these revisions; where none has one, of all below them.
fn newest(history: &History, heads: &[RevIndex]) -> Option<CreateDate> {
    let date = |index: RevIndex| {
        let module = history.file_of(index).module.as_ref()?;
        CreateDate::parse(module.docstring.as_ref()?.create_date.as_deref()?)
    };
    let graph = &history.graph;
    heads.iter().copied().filter_map(date).max().or_else(|| {
        let below = graph.ancestors_with(heads.iter().copied());
        graph.members(&below).filter_map(date).max()
    })
}

/// Where the template lies.
fn template(history: &History) -> anyhow::Result<PathBuf> {
    const NAME: &str = "script.py.mako";
    let environment = &history.environment;
    let beside = environment
        .version_locations
        .iter()
        .filter_map(|location| location.parent());
    let places = environment
        .script_location
        .as_deref()
        .into_iter()
        .chain(beside);
    for place in places {
        let path = place.join(NAME);
        if path.is_file() {
            return Ok(path);
        }
    }
    Err(Hinted::new(
        format!(
            "{}: there is no {NAME} to make the merge revision from",
            environment.name
        ),
        "it belongs beside env.py; Alembic's own lie in its `templates` directory",
    )
    .into())
}

/// Where Alembic would put the file: the one version location, else that of the first parent.
fn location(history: &History, parents: &[RevisionId]) -> anyhow::Result<PathBuf> {
    // As the paths of revision files, with links resolved.
    let locations = history.environment.version_locations.iter();
    let locations: Vec<PathBuf> = locations
        .map(|it| WorkTree.resolve(it).unwrap_or_else(|_| it.clone()))
        .collect();
    if let [one] = locations.as_slice() {
        return Ok(one.clone());
    }
    let of_parent = parents.iter().find_map(|parent| {
        let file = history.file_of(history.graph.index(parent.as_str())?);
        let holds = |location: &&PathBuf| {
            let resolved = WorkTree.resolve(location);
            resolved.is_ok_and(|it| file.path.starts_with(it))
        };
        locations.iter().find(holds)
    });
    of_parent
        .cloned()
        .context("a parent lies in a version location")
}

/// The databases that a multi-database template makes functions for.
fn databases(history: &History, heads: &[RevIndex]) -> Option<Databases> {
    if let Some(option) = &history.environment.databases {
        return Some(Databases::Option(option.clone()));
    }
    let names = |index: RevIndex| -> Vec<String> {
        let text = history.file_of(index).text();
        let functions = text
            .lines()
            .filter_map(|line| line.strip_prefix("def upgrade_"));
        functions
            .filter_map(|rest| Some(rest.split_once('(')?.0.to_owned()))
            .collect()
    };
    let mut found = heads.iter().map(|&head| names(head));
    let first = found.next().filter(|names| !names.is_empty())?;
    found
        .all(|it| it == first)
        .then_some(Databases::Names(first))
}

/// `a, b and c`
pub(crate) fn listed(ids: &[RevisionId]) -> String {
    let names: Vec<&str> = ids.iter().map(RevisionId::as_str).collect();
    match names.split_last() {
        Some((last, start)) if !start.is_empty() => format!("{} and {last}", start.join(", ")),
        _ => names.join(""),
    }
}
