//! Statements of keywords and names, read word by word.

use std::collections::BTreeSet;

use rechain_history::{
    Action, ConstraintKind, Dialect, Dialects, Property, QualifiedName, SchemaObject,
};

use super::cursor::Cursor;
use super::routine;
use super::settings;
use super::sink::Sink;
use super::token::{Kind, Token};

/// What reads a statement after its first word. Nothing where it does not know it after all.
type Reader = for<'t, 's> fn(&mut Cursor<'t, 's>, &mut Sink) -> Option<()>;

/// Commands by their first word.
const COMMANDS: &[(&[&str], Reader)] = &[
    (
        &[
            "commit",
            "rollback",
            "savepoint",
            "release",
            "end",
            "abort",
            "start",
            "notify",
            "listen",
            "unlisten",
            "checkpoint",
            "unlock",
            "discard",
            "deallocate",
            "print",
            "go",
        ],
        |_, _| Some(()),
    ),
    (&["begin"], |at, sink| {
        if is_block(at) {
            sink.opaque("a block of SQL");
        }
        Some(())
    }),
    (&["set", "reset"], |at, sink| settings::set(at, sink)),
    (&["flush"], flush),
    (&["show"], show),
    (&["describe"], describe),
    (&["pragma"], pragma),
    (&["analyze", "vacuum", "optimize", "repair"], maintenance),
    (&["cluster"], cluster),
    (&["reindex"], reindex),
    (&["lock"], lock),
    (&["grant", "revoke"], rights),
    (&["comment"], comment),
    (&["copy"], copy),
    (&["truncate"], truncate),
    (&["rename"], rename),
    (&["refresh"], refresh),
    (&["create"], routine::create),
    (&["alter"], routine::alter),
    (&["drop"], drop),
];

/// First words of what may do anything.
const BOUNDLESS: &[(&[&str], &str)] = &[
    (&["do"], "a DO block"),
    (
        &["call", "exec", "execute", "prepare"],
        "a call of a procedure",
    ),
    (&["declare"], "a block of SQL"),
    (&["explain"], "SQL EXPLAIN"),
    (&["use", "attach", "detach"], "another database"),
    (&["load", "import"], "loaded data"),
];

/// The first words of the commands that are read, apart from those of statements on rows.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().flat_map(|(words, _)| words.iter().copied())
}

/// Runs a statement, if it is one of those that are known here.
pub(super) fn run(mut at: Cursor<'_, '_>, sink: &mut Sink) -> bool {
    let Some(first) = at.next().filter(|first| first.kind == Kind::Word) else {
        return false;
    };
    let is_first = |words: &[&str]| words.iter().any(|word| first.is_word(word));
    if let Some((_, reason)) = BOUNDLESS.iter().find(|(words, _)| is_first(words)) {
        sink.opaque(*reason);
        return true;
    }
    let known = COMMANDS.iter().find(|(words, _)| is_first(words));
    known.is_some_and(|(_, read)| read(&mut at, sink).is_some())
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

fn pragma(at: &mut Cursor<'_, '_>, sink: &mut Sink) -> Option<()> {
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

/// `CLUSTER a USING i`, in older words `CLUSTER i ON a`, or `CLUSTER a`: by the index it was clustered by before.
fn cluster(at: &mut Cursor<'_, '_>, sink: &mut Sink) -> Option<()> {
    at.eat(&["verbose"]);
    at.skip_parens();
    if at.rest().is_empty() {
        return Some(());
    }
    let first = at.name(sink)?;
    let (table, index) = if at.eat(&["using"]) {
        (first, at.part(sink)?)
    } else if at.eat(&["on"]) {
        (at.name(sink)?, first.name)
    } else {
        sink.unknown(Action::Alter(Property::Other), first);
        return Some(());
    };
    // It is noted for the next time.
    sink.emit(
        Action::Alter(Property::Other),
        SchemaObject::Table(table.clone()),
    );
    sink.emit(
        Action::Require,
        SchemaObject::Index {
            table: Some(table),
            name: Some(index),
        },
    );
    Some(())
}

fn reindex(at: &mut Cursor<'_, '_>, sink: &mut Sink) -> Option<()> {
    at.skip_parens();
    let is_table = at.eat(&["table"]);
    if !is_table && !at.eat(&["index"]) {
        if at.rest().is_empty() || at.eat_any(&["schema", "database", "system"]) {
            return Some(());
        }
        // SQLite does not say which of the two it is, or whether it is a collation.
        let name = at.name(sink)?;
        sink.maybe(Action::Require, SchemaObject::Table(name.clone()));
        sink.maybe(Action::Require, index_of(name));
        return Some(());
    }
    at.eat(&["concurrently"]);
    let name = at.name(sink)?;
    if is_table {
        sink.require_table(&name);
    } else {
        sink.emit(Action::Require, index_of(name));
    }
    Some(())
}

/// An index of which only the name is said.
fn index_of(name: QualifiedName) -> SchemaObject {
    SchemaObject::Index {
        table: None,
        name: Some(name.name),
    }
}

const LOCKED: &str = "SQL LOCK TABLES, which keeps the session from other tables";

fn lock(at: &mut Cursor<'_, '_>, sink: &mut Sink) -> Option<()> {
    if at.has("write") || at.has("read") {
        // MySQL's session then sees no other table, nor makes any, until it unlocks them.
        sink.on(Dialects::of([Dialect::MySql]), |sink| sink.opaque(LOCKED));
    }
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

/// `FLUSH TABLES`: it fails where tables are locked, and `WITH READ LOCK` locks what it names, or everything.
fn flush(at: &mut Cursor<'_, '_>, sink: &mut Sink) -> Option<()> {
    at.eat_any(&["local", "no_write_to_binlog"]);
    let mysql = Dialects::of([Dialect::MySql]);
    if at.has("lock") || at.has("export") {
        sink.on(mysql, |sink| sink.opaque(LOCKED));
    } else if at.eat_any(&["table", "tables"]) {
        if at.rest().is_empty() {
            sink.on(mysql, |sink| sink.opaque("SQL FLUSH TABLES"));
            return Some(());
        }
        for table in at.names(sink)? {
            sink.require_table(&table);
        }
    }
    Some(())
}

/// `SHOW COLUMNS FROM table`, `SHOW CREATE VIEW view`: they must be there. Other databases show settings.
fn show(at: &mut Cursor<'_, '_>, sink: &mut Sink) -> Option<()> {
    at.eat_any(&["full", "extended"]);
    if at.eat(&["create"]) {
        let kind = routine::kind(at)?;
        let name = at.name(sink)?;
        sink.emit(Action::Require, routine::object(kind, name, None)?);
    } else if at.eat_any(&["columns", "fields", "index", "indexes", "keys"])
        && at.eat_any(&["from", "in"])
    {
        let table = at.name(sink)?;
        sink.require_table(&table);
    }
    Some(())
}

/// `DESCRIBE table` or a query.
fn describe(at: &mut Cursor<'_, '_>, sink: &mut Sink) -> Option<()> {
    let table = at.name(sink)?;
    if at.rest().len() > 1 {
        return opaque("SQL EXPLAIN", sink);
    }
    sink.require_table(&table);
    Some(())
}

/// Rights are no part of the schema; the tables they are on must be there.
fn rights(at: &mut Cursor<'_, '_>, sink: &mut Sink) -> Option<()> {
    let before = at.rest();
    if !at.skip_to("on") {
        return Some(());
    }
    // `GRANT SELECT (column) ON table`
    let columns = names_within(&before[..before.len() - at.rest().len()]);
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
        for (name, quoted) in &columns {
            let name = sink.fold(name, *quoted);
            let table = table.clone();
            sink.emit(Action::Require, SchemaObject::Column { table, name });
        }
    }
    Some(())
}

/// The names in parentheses.
fn names_within(tokens: &[Token<'_>]) -> Vec<(String, bool)> {
    let mut within = false;
    let mut names = Vec::new();
    for token in tokens {
        within = (within || token.is_symbol('(')) && !token.is_symbol(')');
        names.extend(token.name().filter(|_| within));
    }
    names
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
    let name = at.name(sink)?;
    let parts = ["trigger", "policy", "rule"];
    if let Some(part) = parts.into_iter().find(|part| kind.is_word(part)) {
        at.skip_to("on");
        let table = Some(at.name(sink)?);
        sink.emit(comment, routine::object(part, name, table)?);
        return Some(());
    }
    if is(&["constraint"]) {
        at.skip_to("on");
        let of_domain = at.eat(&["domain"]);
        let table = at.name(sink)?;
        let object = if of_domain {
            SchemaObject::Type(table)
        } else {
            SchemaObject::Constraint {
                table,
                name: Some(name.name),
                kind: ConstraintKind::Unknown,
            }
        };
        sink.emit(comment, object);
        return Some(());
    }
    let object = match () {
        () if is(&["table"]) => SchemaObject::Table(name),
        () if materialized || is(&["view"]) => SchemaObject::View(name),
        () if is(&["index"]) => index_of(name),
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
        let table = SchemaObject::Table(table);
        sink.emit(Action::WriteRows, table.clone());
        // It asks more of a table than `DELETE` does: that no foreign key points to it.
        sink.emit(Action::Alter(Property::Other), table);
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
    let mut dropped = BTreeSet::new();
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
        // Named twice, it goes once.
        if dropped.insert(object.clone()) {
            sink.emit_guarded(guarded, Action::Drop, object);
        }
        at_name = at.eat_symbol(',');
    }
    if at.has("cascade") {
        sink.opaque(super::CASCADE);
    }
    Some(())
}
