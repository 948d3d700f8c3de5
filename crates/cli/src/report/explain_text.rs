//! `rechain explain` for people.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use rechain_history::{Dialects, RevIndex, SchemaObject};
use rechain_planner::{Cause, Evidence, PairSide, Premise, Site, Verdict};

use crate::decisions::words::ids;
use crate::diagnostic::first_line;
use crate::explanation::{Explanation, Pair, dialect_names};
use crate::history::History;
use crate::statement::{Row, rows};
use crate::ui::{TITLE, Ui};

/// What one revision does, line by line.
pub(crate) fn revision(explanation: &Explanation<'_>, ui: &mut Ui) -> anyhow::Result<()> {
    let history = explanation.history;
    let revision = &history.graph[explanation.revision];
    writeln!(
        ui.out,
        "{TITLE}{}{TITLE:#} {}",
        revision.id,
        first_line(&revision.title)
    )?;
    writeln!(
        ui.out,
        "{}, follows {}",
        history.file_of(explanation.revision).name,
        ids(revision.down_revisions())
    )?;
    for (name, effects) in [
        ("upgrade()", Some(&explanation.upgrade)),
        ("downgrade()", explanation.downgrade.as_ref()),
    ] {
        writeln!(ui.out)?;
        let Some(effects) = effects else {
            writeln!(ui.out, "no {name}")?;
            continue;
        };
        if effects.is_empty() {
            writeln!(ui.out, "{name} does nothing")?;
            continue;
        }
        let opaque = effects.iter().filter(|effect| effect.is_opaque()).count();
        let remark = match opaque {
            0 => String::new(),
            1 => ", not understood in 1 place".to_owned(),
            count => format!(", not understood in {count} places"),
        };
        writeln!(ui.out, "{name}{remark}")?;
        table(explanation, &rows(effects), ui)?;
    }
    Ok(())
}

fn table(explanation: &Explanation<'_>, rows: &[Row], ui: &mut Ui) -> anyhow::Result<()> {
    let width = rows
        .iter()
        .map(|row| row.verb.len())
        .max()
        .unwrap_or_default();
    let mut last = 0;
    for row in rows {
        let line = explanation.line(row.range);
        let number = if line == last {
            String::new()
        } else {
            line.to_string()
        };
        last = line;
        writeln!(ui.out, "{number:>6}  {:<width$}  {}", row.verb, row.what)?;
    }
    Ok(())
}

/// Whether two revisions may swap places, with both places of each reason.
pub(crate) fn pair(pair: &Pair<'_>, ui: &mut Ui) -> anyhow::Result<()> {
    let history = pair.history;
    for index in [pair.one, pair.other] {
        let revision = &history.graph[index];
        writeln!(
            ui.out,
            "{TITLE}{}{TITLE:#} {} ({})",
            revision.id,
            first_line(&revision.title),
            history.file_of(index).name
        )?;
    }
    let (one, other) = (id(history, pair.one), id(history, pair.other));
    let premise = match pair.premise {
        Premise::Chain => format!("{one} runs before {other} today"),
        Premise::Fork | Premise::Nothing => "neither lies below the other".to_owned(),
    };
    writeln!(
        ui.out,
        "{premise}; compared for {}\n",
        dialect_names(pair.dialects)
    )?;
    match &pair.verdict {
        Verdict::Independent { notes } => {
            writeln!(
                ui.out,
                "{TITLE}independent{TITLE:#}: either order gives the same schema"
            )?;
            for note in notes {
                writeln!(ui.out, "  except that {note}")?;
            }
        }
        Verdict::Ordered {
            first,
            evidence,
            doubts,
        } => {
            let (first, second) = match first {
                PairSide::One => (&one, &other),
                PairSide::Other => (&other, &one),
            };
            writeln!(ui.out, "{TITLE}ordered{TITLE:#}: {first} before {second}\n")?;
            let reasons = by_place(evidence);
            let mut reports = Vec::new();
            for found in reasons.iter().take(MOST) {
                let causes: Vec<String> = found
                    .iter()
                    .filter(|it| !is_implied(it, found))
                    .map(|it| format!("{}{}", it.cause, only_on(it.dialects, pair.dialects)))
                    .collect();
                let title = format!("{second} {}", causes.join(" and "));
                let places = [
                    (pair.one, Some(found[0].one)),
                    (pair.other, Some(found[0].other)),
                ];
                reports.push(snippets(history, &title, &places));
            }
            writeln!(ui.out, "{}", reports.join("\n\n"))?;
            more(reasons.len(), "reason", ui)?;
            if !doubts.is_empty() {
                writeln!(ui.out, "\nnot known besides:\n")?;
                print_doubts(pair, doubts, ui)?;
            }
        }
        Verdict::Conflict {
            kind,
            one: at_one,
            other: at_other,
            dialects,
        } => {
            writeln!(
                ui.out,
                "{TITLE}conflict{TITLE:#}: no order of the two is right\n"
            )?;
            let title = format!("{kind}{}", only_on(*dialects, pair.dialects));
            let places = [(pair.one, Some(*at_one)), (pair.other, Some(*at_other))];
            writeln!(ui.out, "{}", snippets(history, &title, &places))?;
        }
        Verdict::Unknown { doubts } => {
            writeln!(
                ui.out,
                "{TITLE}unknown{TITLE:#}: it is not shown that either order gives the same schema\n"
            )?;
            print_doubts(pair, doubts, ui)?;
        }
    }
    Ok(())
}

/// Reasons that show in the same two places stand together.
fn by_place(evidence: &[Evidence]) -> Vec<Vec<&Evidence>> {
    let mut groups: Vec<Vec<&Evidence>> = Vec::new();
    for found in evidence {
        let known = groups
            .iter_mut()
            .find(|group| (group[0].one, group[0].other) == (found.one, found.other));
        match known {
            Some(group) => group.push(found),
            None => groups.push(vec![found]),
        }
    }
    groups
}

/// Whether a reason says no more than that a table is needed, of which another one names a part.
fn is_implied(reason: &Evidence, reasons: &[&Evidence]) -> bool {
    let Cause::Needs(SchemaObject::Table(table)) = &reason.cause else {
        return false;
    };
    reasons.iter().any(|other| {
        matches!(&other.cause, Cause::Needs(part)
            if part.table() == Some(table) && !matches!(part, SchemaObject::Table(_)))
    })
}

/// As many reasons as help a reader.
const MOST: usize = 3;

fn more(count: usize, noun: &str, ui: &mut Ui) -> anyhow::Result<()> {
    if count > MOST {
        let rest = crate::commands::check::counted(count - MOST, &format!("more {noun}"));
        writeln!(ui.out, "\nand {rest}")?;
    }
    Ok(())
}

fn print_doubts(
    pair: &Pair<'_>,
    doubts: &[rechain_planner::Doubt],
    ui: &mut Ui,
) -> anyhow::Result<()> {
    let mut reports = Vec::new();
    for doubt in doubts.iter().take(MOST) {
        let whose = match doubt.about {
            None => String::new(),
            Some(PairSide::One) => format!("{}: ", id(pair.history, pair.one)),
            Some(PairSide::Other) => format!("{}: ", id(pair.history, pair.other)),
        };
        let title = format!(
            "{whose}{}{}",
            doubt.reason,
            only_on(doubt.dialects, pair.dialects)
        );
        let mut places = [(pair.one, doubt.one), (pair.other, doubt.other)];
        if doubt.about == Some(PairSide::Other) {
            places.reverse();
        }
        reports.push(snippets(pair.history, &title, &places));
    }
    writeln!(ui.out, "{}", reports.join("\n\n"))?;
    more(doubts.len(), "reason", ui)
}

/// ` (on mysql)` where it holds for some of the dialects only.
pub(crate) fn only_on(some: Dialects, all: Dialects) -> String {
    if all.and(some.complement()).is_empty() {
        String::new()
    } else {
        format!(" (on {})", dialect_names(some.and(all)))
    }
}

fn id(history: &History, index: RevIndex) -> String {
    history.graph[index].id.to_string()
}

/// A reason with the places that show it.
fn snippets(history: &History, title: &str, places: &[(RevIndex, Option<Site>)]) -> String {
    let mut group = Group::with_title(Level::NOTE.primary_title(title));
    let mut kind = AnnotationKind::Primary;
    for (index, site) in places {
        let Some(site) = site else { continue };
        let file = history.file_of(*index);
        let range = file.shown(site.range);
        let snippet = Snippet::source(file.text().to_owned())
            .path(file.name.clone())
            .line_start(1)
            .annotation(
                kind.span(range.as_range())
                    .label(history.graph[*index].id.to_string()),
            );
        group = group.element(snippet);
        kind = AnnotationKind::Context;
    }
    Renderer::styled().render(&[group])
}
