//! `rechain renumber`: ids and file names of unpublished revisions, as the project's own pattern wants them.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use rechain_history::RevisionId;
use rechain_planner::Publication;
use rechain_project::Change;
use rechain_project::git::Operation;
use serde_json::{Value, json};

use crate::args::RenumberArguments;
use crate::commands::check::counted;
use crate::door::{Proposed, Run};
use crate::exit::ExitStatus;
use crate::history::History;
use crate::publication::{Known, known};
use crate::renaming::{Renamed, changes, renamed};
use crate::renumber::new_names;
use crate::report::{diff, json, obstacle_text, proposal_json, publication_text};
use crate::surgery::{Asked, may_go_on};
use crate::ui::{TITLE, Ui};
use crate::verify::{Intended, verify};

pub(crate) fn run(arguments: &RenumberArguments, ui: &mut Ui) -> anyhow::Result<ExitStatus> {
    let run = Run::of("renumber", &arguments.project, &arguments.writing);
    run.carry_out(ui, |histories, ui| {
        let mut proposals: Vec<Box<dyn Proposed + '_>> = Vec::with_capacity(histories.len());
        for history in histories {
            let renumbered = Renumbered::of(history, arguments, ui)?;
            for (old, _) in renumbered.ids() {
                let elsewhere = histories.iter().filter(|other| !std::ptr::eq(*other, history));
                let named = elsewhere
                    .flat_map(|other| other.graph.revisions())
                    .find(|it| it.dependencies.iter().any(|name| *name == old.as_str()));
                if let Some(by) = named {
                    bail!("revision {old} cannot get another id: {} of another environment depends on it", by.id);
                }
            }
            proposals.push(Box::new(renumbered));
        }
        Ok(proposals)
    })
}

/// What is to be done in one environment.
struct Renumbered<'h> {
    history: &'h History,
    known: Known,
    state: State,
    renamed: Vec<Renamed>,
    /// Files that `file_template` cannot name, and why.
    unnamed: Vec<String>,
    changes: Vec<Change>,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Damaged,
    NotKnown,
    Drawn,
}

impl<'h> Renumbered<'h> {
    fn of(
        history: &'h History,
        arguments: &RenumberArguments,
        ui: &mut Ui,
    ) -> anyhow::Result<Self> {
        let mut result = Self {
            history,
            known: Known::not_asked("a damaged chain comes first"),
            state: State::Damaged,
            renamed: Vec::new(),
            unnamed: Vec::new(),
            changes: Vec::new(),
        };
        if history.is_damaged() {
            return Ok(result);
        }
        result.known = known(&arguments.publication, history)?;
        let asked = Asked {
            command: "renumber",
            publication: &arguments.publication,
            writing: &arguments.writing,
            order: None,
        };
        if result.known.publication == Publication::Unknown && !may_go_on(asked, ui)? {
            result.state = State::NotKnown;
            return Ok(result);
        }
        result.state = State::Drawn;
        let new = new_names(history, &result.known.publication);
        result.renamed = renamed(history, &new.names)?;
        result.unnamed = new.unnamed;
        result.changes = changes(history, &result.renamed)?;
        let mut intended = Intended::reparented(history, &[]);
        for renamed in &result.renamed {
            let old = history.files[renamed.file].to_revision(renamed.file);
            let old = old.context("a renamed revision can be read")?;
            let place = intended
                .revisions
                .iter_mut()
                .find(|it| it.place.file == old.place.file);
            *place.context("a renamed revision is in the history")? =
                Arc::new(renamed.revision.clone());
        }
        verify(
            history,
            &intended,
            &result.changes,
            &result.known.publication,
        )
        .context("this is a bug in rechain; nothing was written")?;
        Ok(result)
    }

    /// Old and new ids.
    fn ids(&self) -> BTreeMap<RevisionId, RevisionId> {
        let old = self.history.revisions();
        self.renamed
            .iter()
            .filter_map(|renamed| {
                let old = old
                    .iter()
                    .find(|it| it.place.file.index() == renamed.file)?;
                (old.id != renamed.revision.id)
                    .then(|| (old.id.clone(), renamed.revision.id.clone()))
            })
            .collect()
    }
}

impl Proposed for Renumbered<'_> {
    fn changes(&self) -> &[Change] {
        &self.changes
    }

    fn status(&self) -> ExitStatus {
        match self.state {
            State::Damaged | State::NotKnown => ExitStatus::Undecided,
            State::Drawn if self.changes.is_empty() => ExitStatus::Success,
            State::Drawn => ExitStatus::Found,
        }
    }

    fn renamed_ids(&self) -> BTreeMap<RevisionId, RevisionId> {
        self.ids()
    }

    fn operation(&self) -> Option<&Operation> {
        self.known.operation()
    }

    fn history(&self) -> &History {
        self.history
    }

    fn print(&self, ui: &mut Ui) -> anyhow::Result<()> {
        let history = self.history;
        match self.state {
            State::Damaged => {
                return obstacle_text::damaged(history, "nothing is renumbered", ui);
            }
            State::NotKnown => {
                let so = "and a published id must not change";
                obstacle_text::databases_unknown(&self.known, so, ui)?;
                return Ok(ui.hint("`--yes` goes on without knowing")?);
            }
            State::Drawn => {}
        }
        for reason in &self.unnamed {
            ui.note(&format!("{reason}; its name follows the files beside it"))?;
        }
        if self.changes.is_empty() {
            if !ui.quiet {
                writeln!(
                    ui.err,
                    "nothing to do: every unpublished id follows the pattern of the others"
                )?;
            }
            return Ok(());
        }
        publication_text::evidence(history, &self.known, ui)?;
        if !ui.quiet {
            let ids = self.ids();
            let files = counted(self.renamed.len(), "file");
            let heading = match ids.len() {
                0 => format!("{files} renamed"),
                new => format!("{}, {files} changed", counted(new, "new id")),
            };
            writeln!(ui.err, "{TITLE}{heading}{TITLE:#}")?;
            for (old, new) in &ids {
                writeln!(ui.err, "  {old} -> {new}")?;
            }
        }
        if self.known.publication == Publication::Nothing {
            ui.note("planned as if nothing were deployed anywhere (`applied = \"none\"`)")?;
        }
        let current = crate::paths::current_directory()?;
        let styled = ui.styled;
        let mut out = ui.exact()?;
        for file in &self.renamed {
            let (from, to) = (&file.old_path, &file.new_path);
            let change = Change::edit(from, file.before.as_slice(), file.after.as_slice());
            diff::write_renamed(&mut out, &change, to, &current, styled)?;
        }
        Ok(std::io::Write::flush(&mut out)?)
    }

    fn to_json(&self) -> Value {
        let name = |path: &std::path::Path| {
            let name = path.file_name().unwrap_or_default();
            name.to_string_lossy().into_owned()
        };
        json!({
            "name": self.history.environment.name,
            "publication": proposal_json::publication(&self.known),
            "outcome": match self.state {
                State::Damaged => "damaged",
                State::NotKnown => "unknown-publication",
                State::Drawn if self.changes.is_empty() => "sound",
                State::Drawn => "plan",
            },
            "ids": self.ids().iter().map(|(old, new)| json!({
                "from": old.to_string(),
                "to": new.to_string(),
            })).collect::<Vec<_>>(),
            "files": self.renamed.iter().map(|file| json!({
                "from": name(&file.old_path),
                "to": name(&file.new_path),
            })).collect::<Vec<_>>(),
            "not_named_by_template": self.unnamed,
            "problems": json::problems(self.history),
        })
    }
}
