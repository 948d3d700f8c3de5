//! `CREATE` and `ALTER` of what is no table: types, sequences, functions, triggers and the like.

use rechain_history::{Action, Property, QualifiedName, SchemaObject};

use super::cursor::Cursor;
use super::scan;
use super::sink::Sink;
use super::token::{Kind, Token};

/// Kinds of objects: the words in a statement, and one word for both this and its kin.
const KINDS: &[(&[&str], &str)] = &[
    (&["materialized", "view"], "view"),
    (&["event", "trigger"], "event trigger"),
    (&["foreign", "table"], "foreign table"),
    (&["text", "search"], "text search"),
    (&["table"], "table"),
    (&["view"], "view"),
    (&["index"], "index"),
    (&["sequence"], "sequence"),
    (&["type"], "type"),
    (&["domain"], "type"),
    (&["schema"], "schema"),
    (&["extension"], "extension"),
    (&["function"], "function"),
    (&["procedure"], "function"),
    (&["aggregate"], "function"),
    (&["trigger"], "trigger"),
    (&["policy"], "policy"),
    (&["rule"], "rule"),
    (&["statistics"], "statistics"),
    (&["event"], "event"),
    (&["role"], "role"),
    (&["user"], "role"),
    (&["group"], "role"),
    (&["publication"], "publication"),
    (&["collation"], "collation"),
];

/// The words for the kinds of objects whose definitions are read.
pub(super) fn words() -> impl Iterator<Item = String> {
    let name = QualifiedName::unqualified("name");
    KINDS
        .iter()
        .filter(move |(_, kind)| object(kind, name.clone(), None).is_some())
        .map(|(words, _)| words.join(" "))
}

/// The kind of object that is named next, in one word.
pub(super) fn kind(at: &mut Cursor<'_, '_>) -> Option<&'static str> {
    KINDS
        .iter()
        .find(|(words, _)| at.eat(words))
        .map(|(_, kind)| *kind)
}

/// The object of that kind.
pub(super) fn object(
    kind: &'static str,
    name: QualifiedName,
    table: Option<QualifiedName>,
) -> Option<SchemaObject> {
    Some(match kind {
        "table" => SchemaObject::Table(name),
        "view" => SchemaObject::View(name),
        "index" => SchemaObject::Index {
            table,
            name: Some(name.name),
        },
        "sequence" => SchemaObject::Sequence(name),
        "type" => SchemaObject::Type(name),
        "schema" => SchemaObject::Schema(name.name),
        "extension" => SchemaObject::Extension(name.name),
        "function" => SchemaObject::Function(name),
        "trigger" | "policy" | "rule" | "statistics" | "event" | "role" | "publication"
        | "collation" => SchemaObject::Other { kind, table, name },
        _ => return None,
    })
}

/// `CREATE`, but of tables, indexes and views.
pub(super) fn create(at: &mut Cursor<'_, '_>, sink: &mut Sink) -> Option<()> {
    let replaces = at.eat(&["or", "replace"]) | at.eat(&["or", "alter"]);
    at.eat_any(&["temporary", "temp"]);
    // `DEFINER = user` of MySQL.
    if at.eat(&["definer"]) {
        at.eat_symbol('=');
        while !["trigger", "function", "procedure", "event", "sql", "view"]
            .iter()
            .any(|word| at.peek(word))
        {
            at.next()?;
        }
    }
    at.eat(&["constraint"]);
    let kind = kind(at)?;
    if matches!(kind, "table" | "view" | "index") {
        return None;
    }
    let guarded = at.eat(&["if", "not", "exists"]);
    let name = at.name(sink)?;
    let mut table = None;
    match kind {
        "function" => function_needs(at, sink),
        "trigger" => table = Some(trigger_needs(at, sink)?),
        "policy" => {
            at.skip_to("on");
            let on = at.name(sink)?;
            sink.require_table(&on);
            fragment(at.rest(), Some(&on), sink);
            table = Some(on);
        }
        "rule" => {
            at.skip_to("to");
            let on = at.name(sink)?;
            sink.require_table(&on);
            fragment(at.rest(), None, sink);
            table = Some(on);
        }
        "statistics" => {
            let columns = at.rest();
            at.skip_to("from");
            let on = at.name(sink)?;
            sink.require_table(&on);
            fragment(&columns[..columns.len() - at.rest().len()], Some(&on), sink);
            table = Some(on);
        }
        "sequence" if at.skip_to("by") => {
            if let Some(owner) = at.name(sink).filter(|owner| owner.schema.is_some())
                && let Some(column) = column_of(owner)
            {
                sink.emit(Action::Require, column);
            }
        }
        "type" => type_needs(at, sink),
        "publication" => fragment(at.rest(), None, sink),
        _ => {}
    }
    let object = object(kind, name, table)?;
    sink.emit_guarded(guarded || replaces, Action::Create, object.clone());
    if replaces {
        sink.emit(Action::Alter(Property::Other), object);
    }
    Some(())
}

/// `table.column` or `schema.table.column`.
fn column_of(name: QualifiedName) -> Option<SchemaObject> {
    let path = name.schema?;
    let table = match path.rsplit_once('.') {
        Some((schema, table)) => QualifiedName::new(Some(schema.to_owned()), table),
        None => QualifiedName::unqualified(path),
    };
    Some(SchemaObject::Column {
        table,
        name: name.name,
    })
}

/// The parts of a composite type and the base of a domain may be types of the project.
fn type_needs(at: &Cursor<'_, '_>, sink: &mut Sink) {
    let mut types = at.clone();
    types.eat(&["as"]);
    if types.peek("enum") {
        return;
    }
    maybe_types(types.rest(), sink);
}

/// Whether a word is no keyword of SQL, but a name.
fn is_own(name: &str, quoted: bool) -> bool {
    let keywords = sqlparser::keywords::ALL_KEYWORDS;
    quoted
        || keywords
            .binary_search(&name.to_uppercase().as_str())
            .is_err()
}

/// Each word may be the name of a type.
fn maybe_types(tokens: &[Token<'_>], sink: &mut Sink) {
    for (index, token) in tokens.iter().enumerate() {
        // The name of an argument or attribute goes before its type.
        let begins =
            index == 0 || tokens[index - 1].is_symbol(',') || tokens[index - 1].is_symbol('(');
        let is_name = begins
            && tokens
                .get(index + 1)
                .is_some_and(|next| next.name().is_some());
        if let Some((name, quoted)) = token.name()
            && !is_name
            && is_own(&name, quoted)
        {
            let name = QualifiedName::unqualified(sink.fold(&name, quoted));
            sink.maybe(Action::Require, SchemaObject::Type(name));
        }
    }
}

/// A body is not run; in the language SQL it is checked, so that its tables must be there.
fn function_needs(at: &mut Cursor<'_, '_>, sink: &mut Sink) {
    let arguments = at.skip_parens();
    maybe_types(arguments, sink);
    let header = at.rest();
    let mut result = at.clone();
    if result.skip_to("returns") {
        let words: Vec<Token<'_>> = result
            .rest()
            .iter()
            .take_while(|token| {
                !(token.is_word("as") || token.is_word("language") || token.kind == Kind::Text)
            })
            .copied()
            .collect();
        maybe_types(&words, sink);
        for token in words
            .iter()
            .filter(|token| matches!(token.kind, Kind::Word | Kind::Quoted))
            .take(8)
        {
            if let Some((name, quoted)) = token.name()
                && is_own(&name, quoted)
            {
                let name = QualifiedName::unqualified(sink.fold(&name, quoted));
                sink.maybe(Action::Require, SchemaObject::Table(name));
            }
        }
    }
    let is_sql = header.windows(2).any(|pair| {
        pair[0].is_word("language")
            && (pair[1].is_word("sql") || pair[1].text.eq_ignore_ascii_case("'sql'"))
    });
    if !is_sql && at.has("language") {
        return;
    }
    let body = header.iter().rev().find_map(Token::value);
    match body {
        Some(body) => match super::token::tokens(&body) {
            Ok(tokens) => fragment(&tokens, None, sink),
            Err(reason) => sink.opaque(reason),
        },
        None => fragment(header, None, sink),
    }
}

/// `CREATE TRIGGER name ... ON table ... EXECUTE FUNCTION f()`: the table it is on.
fn trigger_needs(at: &mut Cursor<'_, '_>, sink: &mut Sink) -> Option<QualifiedName> {
    let events = at.rest();
    if !at.skip_to("on") {
        return None;
    }
    let events = &events[..events.len() - at.rest().len()];
    let table = at.name(sink)?;
    sink.require_table(&table);
    let named = events.iter().position(|token| {
        token.is_word("of") && events.iter().any(|token| token.is_word("update"))
    });
    if let Some(of) = named.filter(|_| {
        !events[..events.len() - 1]
            .iter()
            .any(|token| token.is_word("instead"))
    }) {
        let columns = events[of + 1..]
            .iter()
            .take_while(|token| !token.is_word("on") && !token.is_word("or"));
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
    }
    let rest = at.rest();
    for part in rest.windows(3) {
        if (part[0].is_word("new") || part[0].is_word("old"))
            && part[1].is_symbol('.')
            && let Some((name, quoted)) = part[2].name()
        {
            let name = sink.fold(&name, quoted);
            sink.maybe(
                Action::Require,
                SchemaObject::Column {
                    table: table.clone(),
                    name,
                },
            );
        }
    }
    if at.skip_to("execute") && at.eat_any(&["function", "procedure"]) {
        let function = at.name(sink)?;
        sink.emit(Action::Require, SchemaObject::Function(function));
    }
    Some(table)
}

/// Words of expressions and policies that stand for no column. Most keywords may also name one (`owner`,
/// `name`, `date`), so that only those are left out that cannot, or hardly ever do.
#[rustfmt::skip]
const NO_COLUMNS: &[&str] = &[
    "all", "and", "any", "array", "as", "asc", "between", "case", "cast", "check", "coalesce", "collate", "current_date", "current_setting",
    "current_time", "current_timestamp", "current_user", "delete", "desc", "distinct", "else", "end", "except", "exists", "false", "for", "from",
    "group", "having", "ilike", "in", "insert", "intersect", "is", "join", "like", "limit", "not", "null", "nullif", "on", "or", "order",
    "permissive", "restrictive", "select", "session_user", "some", "then", "to", "true", "union", "update", "user", "using", "when",
    "where", "with",
];

/// What an expression or statement within a definition may need.
fn fragment(tokens: &[Token<'_>], table: Option<&QualifiedName>, sink: &mut Sink) {
    let found = scan::scan(tokens, sink);
    if found.hole {
        sink.opaque("SQL with a table that is not known");
    }
    for table in found.tables {
        sink.maybe(Action::Require, SchemaObject::Table(table.clone()));
        // Which of its columns, is not looked at.
        sink.unknown(Action::Require, table);
    }
    if let Some(function) = found.function {
        sink.maybe(
            Action::Require,
            SchemaObject::Function(QualifiedName::unqualified(function)),
        );
    }
    let Some(table) = table else { return };
    for token in tokens {
        if let Some((name, quoted)) = token.name()
            && (quoted || !NO_COLUMNS.iter().any(|word| token.is_word(word)))
        {
            let name = sink.fold(&name, quoted);
            sink.maybe(
                Action::Require,
                SchemaObject::Column {
                    table: table.clone(),
                    name,
                },
            );
        }
    }
}

/// `ALTER`, but of tables.
pub(super) fn alter(at: &mut Cursor<'_, '_>, sink: &mut Sink) -> Option<()> {
    if at.eat(&["default", "privileges"]) {
        return Some(());
    }
    if at.eat_any(&["database", "system"]) {
        return super::settings::set_anywhere(at, sink);
    }
    let kind = kind(at)?;
    if kind == "table" {
        return None;
    }
    if kind == "role" {
        return super::settings::set_anywhere(at, sink);
    }
    let guarded = at.eat(&["if", "exists"]);
    let name = at.name(sink)?;
    if kind == "function" {
        at.skip_parens();
    }
    let mut table = None;
    if matches!(kind, "trigger" | "policy" | "rule") && at.eat(&["on"]) {
        table = Some(at.name(sink)?);
    }
    sink.conditionally(guarded, |sink| {
        if kind == "type" && at.eat(&["add", "value"]) {
            return add_value(at, name, sink);
        }
        if kind == "type" && at.eat(&["rename", "value"]) {
            let value = at.next()?.value()?;
            at.eat(&["to"]);
            let new = at.next()?.value()?;
            sink.emit(
                Action::RenameTo(new),
                SchemaObject::EnumValue { of: name, value },
            );
            return Some(());
        }
        if kind == "view" && at.has("as") {
            // A new query, of which nothing is looked at but the tables.
            fragment(at.rest(), None, sink);
        }
        let object = object(kind, name, table)?;
        if at.eat(&["rename", "to"]) {
            let new = at.part(sink)?;
            if kind == "schema" {
                sink.opaque("a schema with another name");
            }
            sink.emit(Action::RenameTo(new), object);
        } else if at.eat(&["set", "schema"]) {
            sink.opaque("an object moved to another schema");
        } else if at.eat(&["owner", "to"]) {
            sink.emit(Action::Require, object);
        } else {
            sink.emit(Action::Alter(Property::Other), object);
        }
        Some(())
    })
}

/// `ALTER TYPE name ADD VALUE IF NOT EXISTS 'new' AFTER 'old'`
fn add_value(at: &mut Cursor<'_, '_>, of: QualifiedName, sink: &mut Sink) -> Option<()> {
    let guarded = at.eat(&["if", "not", "exists"]);
    let value = at.next()?.value()?;
    sink.emit(Action::Require, SchemaObject::Type(of.clone()));
    if at.eat_any(&["before", "after"]) {
        let value = at.next()?.value()?;
        sink.maybe(
            Action::Require,
            SchemaObject::EnumValue {
                of: of.clone(),
                value,
            },
        );
    }
    sink.emit_guarded(
        guarded,
        Action::Create,
        SchemaObject::EnumValue { of, value },
    );
    Some(())
}
