//! Statements of keywords and names, read word by word.

use rechain_history::{Action, Property, QualifiedName, SchemaObject};

use super::cursor::Cursor;
use super::routine;
use super::sink::Sink;
use super::token::Kind;

/// Runs a statement, if it is one of those that are known here.
pub(super) fn run(mut at: Cursor<'_, '_>, sink: &mut Sink) -> bool {
    let Some(first) = at.next().filter(|first| first.kind == Kind::Word) else {
        return false;
    };
    let known = match first.text.to_ascii_lowercase().as_str() {
        "commit" | "rollback" | "savepoint" | "release" | "end" | "abort" | "start" | "show"
        | "notify" | "listen" | "unlisten" | "checkpoint" | "unlock" | "flush" | "discard"
        | "deallocate" | "describe" | "print" | "go" => Some(()),
        "begin" if !is_block(&at) => Some(()),
        "set" | "reset" => setting(&at, sink),
        "pragma" => pragma(&at, sink),
        "explain" if !at.has("analyze") => Some(()),
        "analyze" | "vacuum" | "optimize" | "repair" | "cluster" => maintenance(&mut at, sink),
        "reindex" => reindex(&mut at, sink),
        "lock" => lock(&mut at, sink),
        "grant" | "revoke" => rights(&mut at, sink),
        "comment" => comment(&mut at, sink),
        "copy" => copy(&mut at, sink),
        "truncate" => truncate(&mut at, sink),
        "rename" => rename(&mut at, sink),
        "refresh" => refresh(&mut at, sink),
        "do" => opaque("a DO block", sink),
        "call" | "exec" | "execute" | "prepare" => opaque("a call of a procedure", sink),
        "begin" | "declare" => opaque("a block of SQL", sink),
        "use" | "attach" | "detach" => opaque("another database", sink),
        "load" | "import" => opaque("loaded data", sink),
        "create" => super::routine::create(&mut at, sink),
        "alter" => super::routine::alter(&mut at, sink),
        "drop" => drop(&mut at, sink),
        _ => None,
    };
    known.is_some()
}

/// Whether what follows `BEGIN` are statements.
fn is_block(at: &Cursor<'_, '_>) -> bool {
    const TRANSACTION: &[&str] = &[
        "transaction",
        "work",
        "immediate",
        "deferred",
        "exclusive",
        "isolation",
        "read",
        "tran",
    ];
    at.rest()
        .first()
        .is_some_and(|next| !TRANSACTION.iter().any(|word| next.is_word(word)))
}

#[expect(clippy::unnecessary_wraps, reason = "one shape for all commands")]
fn opaque(reason: &str, sink: &mut Sink) -> Option<()> {
    sink.opaque(reason);
    Some(())
}

/// Settings have no effect, unless they say which schema names without one are in.
pub(super) fn setting(at: &Cursor<'_, '_>, sink: &mut Sink) -> Option<()> {
    if at.rest().iter().take(4).any(|token| {
        ["search_path", "schema", "current_schema"]
            .iter()
            .any(|word| token.is_word(word))
            || matches!(token.name(), Some((name, true)) if name == "search_path")
    }) {
        return opaque("a setting of the schema that names are in", sink);
    }
    if at
        .rest()
        .iter()
        .any(|token| token.is_word("select") || token.kind == Kind::Hole)
    {
        return None;
    }
    Some(())
}

fn pragma(at: &Cursor<'_, '_>, sink: &mut Sink) -> Option<()> {
    if at.has("writable_schema") || at.has("schema_version") {
        return opaque("a change of the schema's own tables", sink);
    }
    Some(())
}

/// `VACUUM (ANALYZE) t`: the table must be there.
fn maintenance(at: &mut Cursor<'_, '_>, sink: &mut Sink) -> Option<()> {
    while at.eat_any(&[
        "full",
        "freeze",
        "verbose",
        "analyze",
        "table",
        "local",
        "no_write_to_binlog",
        "quick",
        "extended",
    ]) {}
    at.skip_parens();
    if at.rest().is_empty() || at.peek("into") {
        return Some(());
    }
    for table in at.names(sink)? {
        sink.require_table(&table);
    }
    Some(())
}

fn reindex(at: &mut Cursor<'_, '_>, sink: &mut Sink) -> Option<()> {
    at.skip_parens();
    let kind = at.next()?;
    at.eat(&["concurrently"]);
    let name = at.name(sink);
    if kind.is_word("table") {
        sink.require_table(&name?);
    } else if kind.is_word("index") {
        sink.emit(
            Action::Require,
            SchemaObject::Index {
                table: None,
                name: Some(name?.name),
            },
        );
    }
    Some(())
}

fn lock(at: &mut Cursor<'_, '_>, sink: &mut Sink) -> Option<()> {
    at.eat_any(&["table", "tables"]);
    at.eat(&["only"]);
    loop {
        let table = at.name(sink)?;
        sink.require_table(&table);
        // `LOCK TABLES a WRITE, b READ`
        while !at.rest().is_empty() && !at.rest().first().is_some_and(|next| next.is_symbol(',')) {
            if at.peek("in") {
                return Some(());
            }
            at.next();
        }
        if !at.eat_symbol(',') {
            return Some(());
        }
    }
}

/// Rights are no part of the schema; the tables they are on must be there.
fn rights(at: &mut Cursor<'_, '_>, sink: &mut Sink) -> Option<()> {
    if !at.skip_to("on") {
        return Some(());
    }
    let others = [
        "all",
        "schema",
        "sequence",
        "database",
        "function",
        "procedure",
        "routine",
        "language",
        "type",
        "domain",
        "tablespace",
        "foreign",
        "parameter",
        "large",
    ];
    if at.eat(&["sequence"]) {
        for sequence in at.names(sink)? {
            sink.emit(Action::Require, SchemaObject::Sequence(sequence));
        }
        return Some(());
    }
    if at.eat(&["schema"]) {
        for schema in at.names(sink)? {
            sink.maybe(Action::Require, SchemaObject::Schema(schema.name));
        }
        return Some(());
    }
    if at.eat_any(&["function", "procedure", "routine"]) {
        let function = at.name(sink)?;
        sink.emit(Action::Require, SchemaObject::Function(function));
        return Some(());
    }
    if at.eat_any(&["type", "domain"]) {
        let name = at.name(sink)?;
        sink.maybe(Action::Require, SchemaObject::Type(name));
        return Some(());
    }
    if at
        .rest()
        .first()
        .is_some_and(|next| others.iter().any(|word| next.is_word(word)) || next.is_symbol('*'))
    {
        return Some(());
    }
    at.eat(&["table"]);
    for table in at.names(sink)? {
        sink.require_table(&table);
    }
    Some(())
}

fn comment(at: &mut Cursor<'_, '_>, sink: &mut Sink) -> Option<()> {
    if !at.eat(&["on"]) {
        return None;
    }
    let comment = Action::Alter(Property::Comment);
    let kind = at.next()?;
    let is = |words: &[&str]| words.iter().any(|word| kind.is_word(word));
    if is(&["column"]) {
        let mut name = at.name(sink)?;
        // `schema.table.column`
        let path = name.schema.take()?;
        let table = match path.rsplit_once('.') {
            Some((schema, table)) => QualifiedName::new(Some(schema.to_owned()), table),
            None => QualifiedName::unqualified(path),
        };
        sink.emit(
            comment,
            SchemaObject::Column {
                table,
                name: name.name,
            },
        );
        return Some(());
    }
    let materialized = is(&["materialized"]) && at.eat(&["view"]);
    if is(&["constraint", "trigger", "policy", "rule"]) {
        at.skip_to("on");
        let table = at.name(sink)?;
        sink.require_table(&table);
        return Some(());
    }
    let name = at.name(sink)?;
    let object = match () {
        () if is(&["table"]) => SchemaObject::Table(name),
        () if materialized || is(&["view"]) => SchemaObject::View(name),
        () if is(&["index"]) => SchemaObject::Index {
            table: None,
            name: Some(name.name),
        },
        () if is(&["type", "domain"]) => SchemaObject::Type(name),
        () if is(&["sequence"]) => SchemaObject::Sequence(name),
        () if is(&["function", "procedure"]) => SchemaObject::Function(name),
        () if is(&["schema"]) => SchemaObject::Schema(name.name),
        () if is(&["extension"]) => SchemaObject::Extension(name.name),
        () => return Some(()),
    };
    sink.emit(comment, object);
    Some(())
}

fn copy(at: &mut Cursor<'_, '_>, sink: &mut Sink) -> Option<()> {
    if at.rest().first().is_some_and(|next| next.is_symbol('(')) || at.has("program") {
        return opaque("SQL COPY of a query", sink);
    }
    let table = at.name(sink)?;
    let named = at.rest().first().is_some_and(|next| next.is_symbol('('));
    let columns = at.skip_parens();
    let writes = at.peek("from");
    for token in columns {
        if let Some((name, quoted)) = token.name() {
            let name = sink.fold(&name, quoted);
            sink.emit(
                Action::Require,
                SchemaObject::Column {
                    table: table.clone(),
                    name,
                },
            );
        }
    }
    let action = if writes {
        Action::WriteRows
    } else {
        Action::ReadRows
    };
    sink.emit(action.clone(), SchemaObject::Table(table.clone()));
    if !named {
        sink.unknown(action, table);
    }
    Some(())
}

fn truncate(at: &mut Cursor<'_, '_>, sink: &mut Sink) -> Option<()> {
    at.eat(&["table"]);
    at.eat(&["only"]);
    let tables = at.names(sink)?;
    for table in tables {
        sink.emit(Action::WriteRows, SchemaObject::Table(table));
    }
    if at.has("cascade") {
        sink.opaque("SQL TRUNCATE with CASCADE, which empties other tables");
    }
    Some(())
}

/// `RENAME TABLE a TO b, c TO d` of MySQL.
fn rename(at: &mut Cursor<'_, '_>, sink: &mut Sink) -> Option<()> {
    if !at.eat_any(&["table", "tables"]) {
        return None;
    }
    loop {
        let old = at.name(sink)?;
        if !at.eat(&["to"]) {
            return None;
        }
        let new = at.name(sink)?;
        super::alteration::rename_table(&old, &new, sink);
        if !at.eat_symbol(',') {
            return Some(());
        }
    }
}

fn refresh(at: &mut Cursor<'_, '_>, sink: &mut Sink) -> Option<()> {
    if !at.eat(&["materialized", "view"]) {
        return None;
    }
    at.eat(&["concurrently"]);
    let view = at.name(sink)?;
    sink.emit(Action::WriteRows, SchemaObject::View(view));
    Some(())
}

fn drop(at: &mut Cursor<'_, '_>, sink: &mut Sink) -> Option<()> {
    at.eat_any(&["temporary", "temp"]);
    let kind = routine::kind(at)?;
    at.eat(&["concurrently"]);
    let guarded = at.eat(&["if", "exists"]);
    let mut at_name = true;
    while at_name {
        let name = at.name(sink)?;
        if at.rest().first().is_some_and(|next| next.is_symbol('(')) {
            at.skip_parens();
        }
        let mut object = routine::object(kind, name, None)?;
        let takes_table = matches!(
            object,
            SchemaObject::Index { .. } | SchemaObject::Other { .. }
        );
        if takes_table && at.eat(&["on"]) {
            let on = at.name(sink)?;
            match &mut object {
                SchemaObject::Index { table, .. } | SchemaObject::Other { table, .. } => {
                    *table = Some(on);
                }
                _ => {}
            }
        }
        sink.emit_guarded(guarded, Action::Drop, object);
        at_name = at.eat_symbol(',');
    }
    if at.has("cascade") {
        sink.opaque(super::CASCADE);
    }
    Some(())
}

/// A setting of a database or role.
pub(super) fn setting_anywhere(at: &Cursor<'_, '_>, sink: &mut Sink) -> Option<()> {
    if at.has("search_path") {
        return opaque("a setting of the schema that names are in", sink);
    }
    Some(())
}
