//! What a revision does, one thing after the other, in words.

use std::io::{self, Write};

use rechain_history::{Action, Certainty, Dialects, Effect, EffectKind, SchemaObject, TextRange};
use rechain_project::Position;

use super::escaped;
use crate::history::File;

/// A list of effects with the lines that cause them. What belongs to a table that is created or
/// dropped in the same statement is left to that table.
pub(super) fn list(file: &File, effects: &[Effect], out: &mut dyn Write) -> io::Result<()> {
    let shown: Vec<&Effect> = effects
        .iter()
        .filter(|effect| !is_part(effect, effects))
        .collect();
    if shown.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<details><summary>{} effect{}</summary>\n<ol class=\"effects\">",
        shown.len(),
        if shown.len() == 1 { "" } else { "s" }
    )?;
    for effect in shown {
        let line = line(file, effect.range);
        let class = if effect.is_opaque() {
            " class=\"bad\""
        } else {
            ""
        };
        writeln!(
            out,
            "<li{class}>{} <i>line {line}</i></li>",
            escaped(&words(effect))
        )?;
    }
    writeln!(out, "</ol></details>")
}

/// The line of a place in a file.
pub(super) fn line(file: &File, range: TextRange) -> usize {
    Position::of(file.text(), range.start()).line
}

/// Whether the effect only says what is in a table that comes or goes with it.
fn is_part(effect: &Effect, effects: &[Effect]) -> bool {
    let Some((Action::Create | Action::Drop | Action::Require, object)) = effect.known() else {
        return false;
    };
    if matches!(object, SchemaObject::Table(_)) {
        return false;
    }
    effects.iter().any(|whole| {
        whole.range == effect.range
            && matches!(
                whole.known(),
                Some((Action::Create | Action::Drop, SchemaObject::Table(table)))
                    if object.table() == Some(table)
            )
    })
}

/// One effect as a sentence without a subject: `adds column users.name`.
fn words(effect: &Effect) -> String {
    let mut words = match &effect.kind {
        EffectKind::Opaque { reason } => format!("not understood: {reason}"),
        EffectKind::Known { action, object } => match action {
            Action::Create => format!("creates {object}"),
            Action::Drop => format!("drops {object}"),
            Action::Alter(property) => format!("changes the {property} of {object}"),
            Action::RenameTo(name) => format!("renames {object} to {name}"),
            Action::Require => format!("needs {object}"),
            Action::ReadRows => format!("reads rows of {object}"),
            Action::WriteRows => format!("writes rows of {object}"),
        },
    };
    words.push_str(match effect.certainty {
        Certainty::Always => "",
        Certainty::IfNeeded => ", unless it is so already",
        Certainty::Conditional => ", under a condition",
        Certainty::Unknown if effect.is_opaque() => "",
        Certainty::Unknown => ", or something else",
    });
    if effect.dialects != Dialects::ALL {
        let names: Vec<String> = effect.dialects.iter().map(|it| it.to_string()).collect();
        words.extend([", on ", &names.join(", ")]);
    }
    words
}
