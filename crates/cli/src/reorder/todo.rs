//! The list in the editor. An order that cannot be made is sent back with the reason as a comment.

use std::io::Write as _;

use anyhow::{Context as _, bail};
use rechain_history::{Graph, RevIndex};
use rechain_planner::{Arrangement, Objection};
use unicode_width::UnicodeWidthStr as _;

use super::list::{Item, Listed};
use crate::commands::check::counted;
use crate::desk::Desk;
use crate::terminal::editor;
use crate::ui::Ui;

/// Opens the list until its order can be made. `None`: every line was taken out.
pub(super) fn run(
    desk: &Desk<'_>,
    arrangement: &Arrangement,
    listed: &Listed,
    ui: &mut Ui,
) -> anyhow::Result<Option<Vec<RevIndex>>> {
    let graph = &desk.history.graph;
    let mut file = tempfile::Builder::new()
        .prefix("rechain-order-")
        .suffix(".txt")
        .tempfile()
        .context("cannot make a file for the list")?;
    let mut sent = text(arrangement, listed);
    write(file.as_file_mut(), &sent)?;
    ui.out.flush()?;
    loop {
        editor::open(file.path())?;
        let edited = std::fs::read_to_string(file.path()).context("cannot read the list again")?;
        let reason = match read(&edited, arrangement, graph) {
            Ok(None) => return Ok(None),
            Ok(Some(order)) => {
                for doubt in arrangement.objections(&order) {
                    ui.note(&doubt.words(graph))?;
                }
                return Ok(Some(order));
            }
            Err(reason) => reason,
        };
        if edited == sent {
            bail!(
                "the list still has an order that cannot be made: {}",
                reason.join("; ")
            );
        }
        sent = sent_back(&edited, &reason);
        // Some editors put a new file in the place of the old one.
        std::fs::write(file.path(), &sent).context("cannot write the list")?;
    }
}

fn write(file: &mut std::fs::File, text: &str) -> anyhow::Result<()> {
    file.write_all(text.as_bytes())
        .and_then(|()| file.flush())
        .context("cannot write the list")
}

/// The list, first to run first.
fn text(arrangement: &Arrangement, listed: &Listed) -> String {
    let items: Vec<&Item> = arrangement
        .members
        .iter()
        .filter_map(|index| listed.items.get(index))
        .collect();
    let ids = items.iter().map(|it| it.id.width()).max().unwrap_or(0);
    let titles = items
        .iter()
        .map(|it| it.title.width())
        .max()
        .unwrap_or(0)
        .min(50);
    let line = |item: &Item| {
        let id = " ".repeat(ids.saturating_sub(item.id.width()));
        let title = " ".repeat(titles.saturating_sub(item.title.width()));
        format!("{}{id}  {}{title}  {}", item.id, item.title, item.tables)
            .trim_end()
            .to_owned()
    };
    let base = match &listed.base {
        Some(base) => format!("# Stays below:\n# {}", line(base)),
        None => "# The first of these starts the history.".to_owned(),
    };
    let list: String = items.into_iter().map(|item| line(item) + "\n").collect();
    let count = counted(arrangement.members.len(), "revision");
    format!(
        "{base}

{list}
# The order of {count} that no database has; the first line runs first.
# Move the lines, then save and leave. Only the first word of a line counts.
#
# +table creates it, ~table changes it, -table drops it, ? may do more than
# is understood.
#
# A revision cannot be left out here; `rechain prune REV` takes one out of
# the chain.
# If you remove every line, nothing is changed.
"
    )
}

/// The order that the list gives; `None` where it is empty.
///
/// # Errors
/// In words, why it gives none.
fn read(
    text: &str,
    arrangement: &Arrangement,
    graph: &Graph,
) -> Result<Option<Vec<RevIndex>>, Vec<String>> {
    let mut order: Vec<RevIndex> = Vec::new();
    let mut reasons = Vec::new();
    let words = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_whitespace().next());
    for word in words {
        let exact = arrangement
            .members
            .iter()
            .find(|&&member| graph[member].id.as_str() == word);
        let mut beginnings = arrangement
            .members
            .iter()
            .filter(|&&member| graph[member].id.as_str().starts_with(word));
        let found = match (exact, beginnings.next(), beginnings.next()) {
            (Some(index), ..) | (None, Some(index), None) => *index,
            (None, None, _) => {
                reasons.push(format!("{word} is none of these revisions"));
                continue;
            }
            (None, Some(_), Some(_)) => {
                reasons.push(format!("several ids begin with {word}"));
                continue;
            }
        };
        if order.contains(&found) {
            reasons.push(format!("{} is there twice", graph[found].id));
        } else {
            order.push(found);
        }
    }
    if order.is_empty() && reasons.is_empty() {
        return Ok(None);
    }
    let missing = arrangement.members.iter().filter(|it| !order.contains(it));
    let missing: Vec<String> = missing
        .map(|&index| format!("{} is missing", graph[index].id))
        .collect();
    if reasons.is_empty() {
        reasons = missing;
    }
    if reasons.is_empty() {
        reasons = arrangement
            .objections(&order)
            .iter()
            .filter(|it| it.is_impossible())
            .map(|it: &Objection| it.words(graph))
            .collect();
    }
    if reasons.is_empty() {
        Ok(Some(order))
    } else {
        Err(reasons)
    }
}

const SENT_BACK: &str = "# This order cannot be made:";

/// The list as it was edited, with the reasons on top; those of the time before are gone.
fn sent_back(edited: &str, reasons: &[String]) -> String {
    let mut rest: Vec<&str> = edited.lines().collect();
    if rest.first() == Some(&SENT_BACK) {
        let old = rest
            .iter()
            .skip(1)
            .take_while(|line| line.starts_with("#   "))
            .count();
        rest.drain(..=old);
    }
    let reasons = reasons.iter().map(|reason| format!("#   {reason}\n"));
    let rest = rest.into_iter().map(|line| format!("{line}\n"));
    format!(
        "{SENT_BACK}\n{}{}",
        reasons.collect::<String>(),
        rest.collect::<String>()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_comes_back_has_the_newest_reason_only() {
        let once = sent_back("b\na\n", &["b needs a".to_owned()]);
        assert_eq!(once, "# This order cannot be made:\n#   b needs a\nb\na\n");
        let twice = sent_back(&once, &["a is missing".to_owned()]);
        assert_eq!(
            twice,
            "# This order cannot be made:\n#   a is missing\nb\na\n"
        );
    }
}
