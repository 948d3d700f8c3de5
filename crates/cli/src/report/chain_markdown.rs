//! The chain as a Markdown page.

use std::collections::BTreeSet;
use std::io;

use rechain_history::RevisionId;

use crate::chain::Chain;
use crate::diagnostic::first_line;
use crate::ui::Ui;

/// Prints the chain as a table, and the totals as another.
pub(crate) fn print(chain: &Chain<'_>, ui: &mut Ui) -> io::Result<()> {
    writeln!(
        ui.out,
        "# Migrations of {}\n",
        cell(&chain.history.environment.name)
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
    for (at, entry) in chain.entries.iter().enumerate() {
        let revision = &chain.graph()[entry.index];
        let mut changed = list(&entry.changed);
        if !entry.dropped.is_empty() {
            changed = format!("{changed} drops {}", list(&entry.dropped));
        }
        writeln!(
            ui.out,
            "| {} | `{}`{} | {} | {} | {} | {} |",
            at + 1,
            cell(revision.id.as_str()),
            chain.marks(entry.index),
            cell(&first_line(&revision.title)),
            list(&entry.created),
            changed.trim(),
            cell(&chain.dependencies(entry).join("; ")),
        )?;
    }
    if !chain.repairs.is_empty() {
        writeln!(ui.out, "\n## What was repaired\n")?;
        writeln!(
            ui.out,
            "| revision | followed | follows | by | why |\n|---|---|---|---|---|"
        )?;
        for repair in &chain.repairs {
            let revision = &chain.graph()[repair.index];
            let codes = |ids: &[RevisionId]| {
                let ids: Vec<String> = ids
                    .iter()
                    .map(|id| format!("`{}`", cell(id.as_str())))
                    .collect();
                ids.join(", ")
            };
            writeln!(
                ui.out,
                "| `{}` | {} | {} | `rechain {}` | {} |",
                cell(revision.id.as_str()),
                codes(&repair.from),
                codes(revision.down_revisions()),
                repair.command,
                cell(repair.reason.as_deref().unwrap_or_default()),
            )?;
        }
    }
    writeln!(ui.out, "\n| total | |\n|---|--:|")?;
    for (name, count) in chain.totals() {
        writeln!(ui.out, "| {name} | {count} |")?;
    }
    Ok(())
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
