//! `check --schema`: the whole history run over nothing, as far as it is understood.

use rechain_history::{Effect, RevIndex, upgrade_order};
use rechain_planner::{Broken, BrokenKind, replay};

use crate::code::{self, Code};
use crate::commands::check::counted;
use crate::diagnostic::{Diagnostic, Label};
use crate::history::History;
use crate::ui::Ui;

/// Adds a problem for each step that cannot work.
pub(crate) fn check(history: &mut History, ui: &mut Ui) -> std::io::Result<()> {
    if history.is_damaged() {
        return ui.note("the schema is not replayed: a damaged chain has no order");
    }
    let order = upgrade_order(&history.graph);
    let effects = history.effects(order.iter().copied());
    let steps: Vec<(RevIndex, &[Effect])> = order
        .iter()
        .map(|index| {
            let own = effects.get(index).map(Vec::as_slice).unwrap_or_default();
            (*index, own)
        })
        .collect();
    let replayed = replay(&steps, history.dialects());
    let dark = steps
        .iter()
        .filter(|(_, effects)| effects.iter().any(Effect::is_opaque))
        .count();
    if dark > 0 {
        ui.note(&format!(
            "{} of {} not understood in full; from each on, only what comes after it is known",
            dark,
            counted(steps.len(), "revision")
        ))?;
    }
    let problems: Vec<Diagnostic> = replayed
        .broken
        .iter()
        .map(|broken| diagnostic(broken, history))
        .collect();
    history.diagnostics.extend(problems);
    Ok(())
}

fn code_of(kind: BrokenKind) -> &'static Code {
    match kind {
        BrokenKind::CreatedTwice => &code::CREATED_TWICE,
        BrokenKind::UsedBeforeCreated => &code::USED_BEFORE_CREATED,
        BrokenKind::ForeignKeyToLater => &code::FOREIGN_KEY_TO_LATER,
        BrokenKind::UsedAfterRemoved => &code::USED_AFTER_REMOVED,
    }
}

fn diagnostic(broken: &Broken, history: &History) -> Diagnostic {
    let graph = &history.graph;
    let file = |index: RevIndex| graph[index].place.file.index();
    let (by, by_range) = broken.shown_by;
    let (this, that) = (&graph[broken.revision].id, &graph[by].id);
    let what = match broken.kind {
        BrokenKind::CreatedTwice => "creates it first",
        BrokenKind::UsedBeforeCreated | BrokenKind::ForeignKeyToLater => "creates it later",
        BrokenKind::UsedAfterRemoved => "removes it",
    };
    let help = match broken.kind {
        BrokenKind::UsedBeforeCreated | BrokenKind::ForeignKeyToLater if by != broken.revision => {
            format!(
                "`rechain move {that} --before {this}` puts it right where no database has them"
            )
        }
        _ => format!("run `rechain explain {that} {this}` to see both"),
    };
    Diagnostic::new(code_of(broken.kind), format!("{this}: {broken}"))
        .with_places([
            Label::new(file(broken.revision), broken.range, format!("{this}")),
            Label::new(file(by), by_range, format!("{that} {what}")),
        ])
        .with_help(help)
}
