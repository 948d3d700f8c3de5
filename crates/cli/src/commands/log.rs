//! `rechain log`: the chain in order, with what each revision does to tables.

use std::collections::{BTreeMap, BTreeSet};

use rechain_history::{
    Action, ConstraintKind, Effect, Graph, Lineage, RevIndex, SchemaObject, lineages, upgrade_order,
};
use serde_json::{Value, json};

use crate::args::{LogArguments, LogFormat};
use crate::diagnostic::first_line;
use crate::exit::ExitStatus;
use crate::history::History;
use crate::report::{json, text};
use crate::request;
use crate::ui::{TITLE, Ui};

pub(crate) fn run(arguments: &LogArguments, ui: &mut Ui) -> anyhow::Result<ExitStatus> {
    let histories = request::histories(&arguments.project, ui)?;
    let mut statuses = Vec::new();
    let mut documents = Vec::new();
    for history in &histories {
        if history.is_damaged() {
            for diagnostic in &history.diagnostics {
                writeln!(ui.err, "{}\n", text::diagnostic(diagnostic, history))?;
            }
            ui.error("the history is damaged, so it has no order")?;
            statuses.push(ExitStatus::Failure);
            continue;
        }
        let log = Log::of(history);
        match arguments.format {
            LogFormat::Text => log.print(histories.len() > 1, ui)?,
            LogFormat::Md => log.print_markdown(ui)?,
            LogFormat::Json => documents.push(log.to_json()),
        }
        statuses.push(ExitStatus::Success);
    }
    if arguments.format == LogFormat::Json {
        let document =
            json!({ "version": json::VERSION, "command": "log", "environments": documents });
        writeln!(ui.out, "{document:#}")?;
    }
    Ok(ExitStatus::of_all(statuses))
}

/// The chain of one environment.
struct Log<'h> {
    history: &'h History,
    entries: Vec<Entry>,
    depth: usize,
    open_forks: usize,
}

/// One revision of the chain.
struct Entry {
    index: RevIndex,
    created: BTreeSet<String>,
    changed: BTreeSet<String>,
    dropped: BTreeSet<String>,
    /// Tables that foreign keys and changes need, and the revisions that create them.
    needs: BTreeMap<String, Option<RevIndex>>,
    indexes: usize,
    foreign_keys: usize,
    opaque: usize,
}

impl<'h> Log<'h> {
    fn of(history: &'h History) -> Self {
        let graph = &history.graph;
        let order = upgrade_order(graph);
        let effects = history.effects(order.iter().copied());
        let mut makers: BTreeMap<String, RevIndex> = BTreeMap::new();
        let mut depth_of: BTreeMap<RevIndex, usize> = BTreeMap::new();
        let mut entries = Vec::with_capacity(order.len());
        for index in order {
            let below = graph
                .parents(index)
                .iter()
                .filter_map(|parent| depth_of.get(parent));
            let depth = below.max().copied().unwrap_or(0) + 1;
            depth_of.insert(index, depth);
            let entry = Entry::of(index, &effects[&index], &makers);
            makers.extend(entry.created.iter().map(|table| (table.clone(), index)));
            entries.push(entry);
        }
        let open_forks = lineages(graph)
            .iter()
            .map(|lineage: &Lineage| lineage.heads.len() - 1)
            .sum();
        let depth = depth_of.into_values().max().unwrap_or(0);
        Self {
            history,
            entries,
            depth,
            open_forks,
        }
    }

    fn graph(&self) -> &Graph {
        &self.history.graph
    }

    fn totals(&self) -> Vec<(&'static str, usize)> {
        let sum = |of: &dyn Fn(&Entry) -> usize| self.entries.iter().map(of).sum::<usize>();
        vec![
            ("revisions", self.entries.len()),
            ("tables", sum(&|entry| entry.created.len())),
            ("indexes", sum(&|entry| entry.indexes)),
            ("foreign keys", sum(&|entry| entry.foreign_keys)),
            ("depth", self.depth),
            ("conflicts", self.open_forks),
        ]
    }

    /// What a revision rests on: other revisions, by the tables it takes from them.
    fn dependencies(&self, entry: &Entry) -> Vec<String> {
        let mut by_revision: BTreeMap<Option<RevIndex>, Vec<&str>> = BTreeMap::new();
        for (table, maker) in &entry.needs {
            by_revision.entry(*maker).or_default().push(table);
        }
        by_revision
            .into_iter()
            .map(|(maker, tables)| match maker {
                Some(maker) => format!("{} ({})", tables.join(", "), self.graph()[maker].id),
                None => tables.join(", "),
            })
            .collect()
    }

    fn marks(&self, index: RevIndex) -> String {
        let graph = self.graph();
        let mut marks = String::new();
        let labels: Vec<String> = graph[index]
            .branch_labels
            .iter()
            .map(ToString::to_string)
            .collect();
        if !labels.is_empty() {
            marks = format!(" ({})", labels.join(", "));
        }
        for (holds, mark) in [
            (graph.is_head(index), " (head)"),
            (graph.is_branch_point(index), " (branchpoint)"),
            (graph.is_merge_point(index), " (mergepoint)"),
        ] {
            if holds {
                marks.push_str(mark);
            }
        }
        marks
    }

    fn print(&self, with_heading: bool, ui: &mut Ui) -> std::io::Result<()> {
        if with_heading {
            writeln!(ui.out, "{TITLE}{}{TITLE:#}", self.history.environment.name)?;
        }
        let width = self.entries.len().to_string().len();
        for (at, entry) in self.entries.iter().enumerate() {
            let revision = &self.graph()[entry.index];
            writeln!(
                ui.out,
                "{:>width$}  {TITLE}{}{TITLE:#}{}  {}",
                at + 1,
                revision.id,
                self.marks(entry.index),
                first_line(&revision.title)
            )?;
            let pad = " ".repeat(width);
            for (word, tables) in [
                ("creates", &entry.created),
                ("changes", &entry.changed),
                ("drops", &entry.dropped),
            ] {
                if !tables.is_empty() {
                    let tables: Vec<&str> = tables.iter().map(String::as_str).collect();
                    writeln!(ui.out, "{pad}  {word:<8} {}", tables.join(", "))?;
                }
            }
            let needs = self.dependencies(entry);
            if !needs.is_empty() {
                writeln!(ui.out, "{pad}  {:<8} {}", "needs", needs.join("; "))?;
            }
            if entry.opaque > 0 {
                let places = if entry.opaque == 1 {
                    "1 place"
                } else {
                    "places"
                };
                let number = if entry.opaque == 1 {
                    String::new()
                } else {
                    format!("{} ", entry.opaque)
                };
                writeln!(ui.out, "{pad}  not understood in {number}{places}")?;
            }
        }
        let totals: Vec<String> = self
            .totals()
            .iter()
            .map(|(name, count)| format!("{name} {count}"))
            .collect();
        writeln!(ui.out, "\n{}", totals.join(", "))
    }

    fn print_markdown(&self, ui: &mut Ui) -> std::io::Result<()> {
        writeln!(
            ui.out,
            "# Migrations of {}\n",
            cell(&self.history.environment.name)
        )?;
        writeln!(
            ui.out,
            "| # | revision | description | creates | changes | needs |"
        )?;
        writeln!(ui.out, "|--:|---|---|---|---|---|")?;
        let list = |tables: &BTreeSet<String>| {
            tables
                .iter()
                .map(|table| format!("`{table}`"))
                .collect::<Vec<_>>()
                .join(", ")
        };
        for (at, entry) in self.entries.iter().enumerate() {
            let revision = &self.graph()[entry.index];
            let mut changed = list(&entry.changed);
            if !entry.dropped.is_empty() {
                changed = format!("{changed} drops {}", list(&entry.dropped));
            }
            writeln!(
                ui.out,
                "| {} | `{}`{} | {} | {} | {} | {} |",
                at + 1,
                cell(revision.id.as_str()),
                self.marks(entry.index),
                cell(&first_line(&revision.title)),
                list(&entry.created),
                changed.trim(),
                cell(&self.dependencies(entry).join("; ")),
            )?;
        }
        writeln!(ui.out, "\n| total | |\n|---|--:|")?;
        for (name, count) in self.totals() {
            writeln!(ui.out, "| {name} | {count} |")?;
        }
        Ok(())
    }

    fn to_json(&self) -> Value {
        let graph = self.graph();
        let id = |index: RevIndex| graph[index].id.to_string();
        json!({
            "name": self.history.environment.name,
            "revisions": self.entries.iter().map(|entry| json!({
                "revision": id(entry.index),
                "down_revision": graph[entry.index].down_revisions().iter().map(ToString::to_string).collect::<Vec<_>>(),
                "description": first_line(&graph[entry.index].title),
                "file": self.history.file_of(entry.index).name,
                "creates": entry.created,
                "changes": entry.changed,
                "drops": entry.dropped,
                "needs": entry.needs.iter().map(|(table, maker)| json!({
                    "table": table,
                    "revision": maker.map(id),
                })).collect::<Vec<_>>(),
                "indexes": entry.indexes,
                "foreign_keys": entry.foreign_keys,
                "not_understood": entry.opaque,
            })).collect::<Vec<_>>(),
            "totals": self.totals().into_iter().map(|(name, count)| (name.replace(' ', "_"), count)).collect::<BTreeMap<_, _>>(),
        })
    }
}

impl Entry {
    fn of(index: RevIndex, effects: &[Effect], makers: &BTreeMap<String, RevIndex>) -> Self {
        let mut entry = Self {
            index,
            created: BTreeSet::new(),
            changed: BTreeSet::new(),
            dropped: BTreeSet::new(),
            needs: BTreeMap::new(),
            indexes: 0,
            foreign_keys: 0,
            opaque: effects.iter().filter(|effect| effect.is_opaque()).count(),
        };
        for (action, object) in effects.iter().filter_map(Effect::known) {
            match (action, object) {
                (Action::Create, SchemaObject::Table(table)) => {
                    entry.created.insert(table.to_string());
                }
                (Action::Drop | Action::RenameTo(_), SchemaObject::Table(table)) => {
                    entry.dropped.insert(table.to_string());
                }
                (Action::Create, SchemaObject::Index { .. }) => entry.indexes += 1,
                (
                    Action::Create,
                    SchemaObject::Constraint {
                        kind: ConstraintKind::ForeignKey { .. },
                        ..
                    },
                ) => entry.foreign_keys += 1,
                _ => {}
            }
        }
        for (action, object) in effects.iter().filter_map(Effect::known) {
            let Some(table) = object.table().map(ToString::to_string) else {
                continue;
            };
            if entry.created.contains(&table) || entry.dropped.contains(&table) {
                continue;
            }
            if !matches!(action, Action::Require | Action::ReadRows) {
                entry.changed.insert(table.clone());
            }
            entry
                .needs
                .insert(table.clone(), makers.get(&table).copied());
        }
        entry
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
