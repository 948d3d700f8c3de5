//! The chain for a person.

use std::io;

use rechain_history::RevisionId;

use crate::chain::Chain;
use crate::diagnostic::first_line;
use crate::ui::{TITLE, Ui};

/// Prints the chain in order, three or four lines a revision.
pub(crate) fn print(chain: &Chain<'_>, with_heading: bool, ui: &mut Ui) -> io::Result<()> {
    if with_heading {
        writeln!(ui.out, "{TITLE}{}{TITLE:#}", chain.history.environment.name)?;
    }
    let width = chain.entries.len().to_string().len();
    for (at, entry) in chain.entries.iter().enumerate() {
        let revision = &chain.graph()[entry.index];
        writeln!(
            ui.out,
            "{:>width$}  {TITLE}{}{TITLE:#}{}  {}",
            at + 1,
            revision.id,
            chain.marks(entry.index),
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
        let needs = chain.dependencies(entry);
        if !needs.is_empty() {
            writeln!(ui.out, "{pad}  {:<8} {}", "needs", needs.join("; "))?;
        }
        for repair in chain.repairs.iter().filter(|it| it.index == entry.index) {
            let from: Vec<&str> = repair.from.iter().map(RevisionId::as_str).collect();
            let from = if from.is_empty() {
                "nothing".to_owned()
            } else {
                from.join(", ")
            };
            let reason = repair.reason.as_ref().map(|it| format!(": {it}"));
            writeln!(
                ui.out,
                "{pad}  {:<8} followed {from} before `rechain {}`{}",
                "repaired",
                repair.command,
                reason.unwrap_or_default()
            )?;
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
    let totals: Vec<String> = chain
        .totals()
        .iter()
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    writeln!(ui.out, "\n{}", totals.join(", "))
}
