//! `SET`: settings of the session, most of which change nothing of the schema.

use rechain_history::{Dialect, Dialects, Effect, EffectKind};

use super::cursor::Cursor;
use super::sink::Sink;
use super::token::{Kind, Token};

/// Settings of MySQL's session that change what later statements do, with the values that change nothing.
const MYSQL: &[(&str, &[&str])] = &[
    ("foreign_key_checks", &["1", "on", "true"]),
    ("unique_checks", &["1", "on", "true"]),
    ("check_constraint_checks", &["1", "on", "true"]),
    ("autocommit", &["1", "on", "true"]),
    ("sql_mode", &[]),
    ("default_storage_engine", &["innodb"]),
    ("storage_engine", &["innodb"]),
    ("explicit_defaults_for_timestamp", &[]),
    ("innodb_strict_mode", &[]),
    ("sql_auto_is_null", &[]),
    ("sql_safe_updates", &[]),
    ("sql_require_primary_key", &[]),
    ("time_zone", &[]),
    ("collation_connection", &[]),
    ("character_set_connection", &[]),
];

const STAYS: &str = ", which stays so for what runs later";
const BACK: &str = " is as it was";

/// `SET` and `RESET` after their first word. Settings have no effect, unless they say which schema names without one are
/// in, or what later statements of other migrations do.
pub(super) fn set(at: &Cursor<'_, '_>, sink: &mut Sink) -> Option<()> {
    if at.rest().iter().take(4).any(|token| {
        ["search_path", "schema", "current_schema"]
            .iter()
            .any(|word| token.is_word(word))
            || matches!(token.name(), Some((name, true)) if name == "search_path")
    }) {
        sink.opaque(SEARCH_PATH);
        return Some(());
    }
    if at
        .rest()
        .iter()
        .any(|token| token.is_word("select") || token.kind == Kind::Hole)
    {
        return None;
    }
    for assignment in at.rest().split(|token| token.is_symbol(',')) {
        assign(assignment, sink);
    }
    Some(())
}

const SEARCH_PATH: &str = "a setting of the schema that names are in";

/// A setting of a database or role.
#[expect(clippy::unnecessary_wraps, reason = "one shape for all commands")]
pub(super) fn set_anywhere(at: &Cursor<'_, '_>, sink: &mut Sink) -> Option<()> {
    if at.has("search_path") {
        sink.opaque(SEARCH_PATH);
    }
    Some(())
}

/// `[SESSION] name = value`
fn assign(tokens: &[Token<'_>], sink: &mut Sink) -> Option<()> {
    let equals = tokens.iter().position(|token| token.is_symbol('='))?;
    let (before, value) = (&tokens[..equals], tokens.get(equals + 1)?);
    let before = match before.split_last() {
        Some((last, rest)) if last.is_symbol(':') => rest,
        _ => before,
    };
    let (name, scope) = before.split_last()?;
    let is_global = scope
        .iter()
        .any(|token| token.is_word("global") || token.is_word("persist"));
    // `@name` is a variable of the session's own, `@@name` a setting.
    let ats = scope.iter().filter(|token| token.is_symbol('@')).count();
    let (name, usual) = MYSQL.iter().find(|(known, _)| name.is_word(known))?;
    if is_global || ats == 1 {
        return None;
    }
    let value_text = value.value().unwrap_or_else(|| value.text.to_owned());
    let is_usual = value.is_symbol('@')
        || value.is_word("default")
        || usual.iter().any(|it| it.eq_ignore_ascii_case(&value_text));
    let ending = if is_usual { BACK } else { STAYS };
    let reason = format!("SQL SET {}{ending}", name.to_uppercase());
    if !is_usual || sink.is_certain() {
        sink.on(Dialects::of([Dialect::MySql]), |sink| sink.opaque(reason));
    }
    Some(())
}

/// Without what is set and later set back.
pub(crate) fn settled(effects: Vec<Effect>) -> Vec<Effect> {
    let reason = |effect: &Effect| match &effect.kind {
        EffectKind::Opaque { reason } => Some(reason.clone()),
        EffectKind::Known { .. } => None,
    };
    let mut settled: Vec<Effect> = Vec::new();
    for effect in effects {
        let Some(name) = reason(&effect).and_then(|it| it.strip_suffix(BACK).map(str::to_owned))
        else {
            settled.push(effect);
            continue;
        };
        let left = format!("{name}{STAYS}");
        settled.retain(|earlier| reason(earlier).is_none_or(|it| it != left));
    }
    settled
}
