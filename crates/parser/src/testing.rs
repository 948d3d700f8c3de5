//! Effects as text, for tests.

use rechain_history::{Action, Certainty, Dialect, Dialects, Effect, EffectKind};

use crate::effects::{downgrade_effects, upgrade_effects};

const IMPORTS: &str = "\
from alembic import op, context
import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql, mysql

";

/// One line: `conditional create column users.name`.
pub(crate) fn shown(effect: &Effect) -> String {
    let certainty = match effect.certainty {
        Certainty::Conditional => "conditional ",
        Certainty::IfNeeded => "if needed, ",
        Certainty::Unknown => "anything, ",
        Certainty::Always => "",
    };
    let on = if effect.dialects == Dialects::ALL {
        String::new()
    } else {
        let names: Vec<&str> = effect.dialects.iter().map(Dialect::name).collect();
        format!(" [{}]", names.join(", "))
    };
    match &effect.kind {
        EffectKind::Opaque { reason } => format!("opaque: {reason}{on}"),
        EffectKind::Known { action, object } => {
            let what = match action {
                Action::Create => format!("create {object}"),
                Action::Drop => format!("drop {object}"),
                Action::Alter(property) => format!("alter {property} of {object}"),
                Action::RenameTo(name) => format!("rename {object} to {name}"),
                Action::Require => format!("require {object}"),
                Action::ReadRows => format!("read rows of {object}"),
                Action::WriteRows => format!("write rows of {object}"),
            };
            format!("{certainty}{what}{on}")
        }
    }
}

/// The effects of a whole module.
#[track_caller]
pub(crate) fn check_module(source: &str, expected: &[&str]) {
    let effects = upgrade_effects(source);
    for effect in &effects {
        assert!(
            source.get(effect.range.as_range()).is_some(),
            "{effect:?} lies outside of the text"
        );
    }
    compare(&effects, expected, source);
}

/// The effects of a module after the usual imports.
#[track_caller]
pub(crate) fn check_file(source: &str, expected: &[&str]) {
    check_module(&format!("{IMPORTS}{source}"), expected);
}

/// The effects of statements in `upgrade()`, after the usual imports.
#[track_caller]
pub(crate) fn check(body: &str, expected: &[&str]) {
    check_module(&in_function("upgrade", body), expected);
}

/// The same of `downgrade()`.
#[track_caller]
pub(crate) fn check_downgrade(source: &str, expected: &[&str]) {
    compare(&downgrade_effects(source), expected, source);
}

pub(crate) fn in_function(name: &str, body: &str) -> String {
    let mut source = format!("{IMPORTS}def {name}():\n");
    for line in body.lines() {
        source.push_str("    ");
        source.push_str(line);
        source.push('\n');
    }
    source
}

#[track_caller]
fn compare(effects: &[Effect], expected: &[&str], source: &str) {
    let shown: Vec<String> = effects.iter().map(shown).collect();
    assert!(
        shown == expected,
        "in\n{source}\nexpected\n{expected:#?}\nfound\n{shown:#?}"
    );
}
