//! The effects of raw SQL.
//!
//! A text is cut into statements by [`token`] and [`statement`]. Statements that are no more than some
//! keywords and names are read [word by word](command), for all databases alike; those with
//! expressions go through `sqlparser`, in the dialect of `PostgreSQL`, then those of `SQLite`, `MySQL`, and
//! a generic one. What none of them knows still shows the [tables it names](scan): anything may
//! happen to these. What may do anything to any object (a `DO` block, a call, a function that is not
//! the database's own) is opaque.

mod alteration;
mod command;
mod cursor;
mod definition;
mod functions;
mod names;
mod parse;
mod routine;
mod rows;
mod scan;
mod settings;
mod sink;
mod statement;
#[cfg(test)]
mod tests;
mod token;
mod uses;

use rechain_history::{
    Action, Certainty, Dialect, Dialects, Effect, EffectKind, Property, TextRange,
};
use sqlparser::ast::Statement;

use crate::effects::dialects::together;
use cursor::Cursor;
use sink::Sink;
use token::{Kind, Token};

pub(crate) use functions::{Known, known as known_function};
pub(crate) use settings::settled;
pub(crate) use token::HOLE;

/// The first words of the statements of SQL that are read: those on rows, and the commands that need no parser.
///
/// For whoever wants to know what is covered, as [`known_definitions`].
pub fn known_commands() -> impl Iterator<Item = &'static str> {
    ROWS.iter().copied().chain(command::words())
}

/// The kinds of objects, in SQL's words, of which `CREATE`, `ALTER` and `DROP` are read.
pub fn known_definitions() -> impl Iterator<Item = String> {
    routine::words()
}

/// What else is dropped is not said.
const CASCADE: &str = "SQL with CASCADE, which drops what depends on it";

/// The effects of running `sql` at `range`. A [`HOLE`] in it stands for a part that is not known.
///
/// Names without quotes that have capital letters are other names for some dialects: then there are
/// effects for these and for the others.
pub(crate) fn effects(sql: &str, certainty: Certainty, range: TextRange) -> Vec<Effect> {
    let tokens = match token::tokens(sql) {
        Ok(tokens) => tokens,
        Err(reason) => return vec![Effect::opaque(reason, range)],
    };
    let statements = statement::statements(&tokens);
    let run = |dialects: Dialects, folds: bool| {
        let mut sink = Sink::new(certainty, dialects, range, folds);
        for statement in &statements {
            run_statement(statement, &mut sink);
        }
        sink
    };
    let folded = run(Dialects::ALL, true);
    let mut effects = folded.effects;
    if folded.case_matters {
        let folding = Dialects::of([Dialect::PostgreSql, Dialect::Oracle]);
        effects = together(
            run(folding, true).effects,
            run(folding.complement(), false).effects,
        );
    }
    if sql.contains(HOLE) {
        for effect in &mut effects {
            let has_hole = matches!(effect.known(), Some((action, object))
                if format!("{action:?} {object}").contains(HOLE));
            if has_hole {
                effect.kind = EffectKind::Opaque {
                    reason: "SQL with a name that is not known".into(),
                };
                effect.certainty = Certainty::Unknown;
            }
        }
    }
    effects
}

fn run_statement(statement: &[Token<'_>], sink: &mut Sink) {
    if statement.is_empty() {
        return;
    }
    if command::run(Cursor::new(statement), sink) {
        return;
    }
    if let Some(rest) = statement::without_priority(statement) {
        let mysql = Dialects::of([Dialect::MySql]);
        sink.on(mysql, |sink| run_statement(&rest, sink));
        return sink.on(mysql.complement(), |sink| run_read(statement, sink));
    }
    run_read(statement, sink);
}

/// Runs a statement that is no command.
fn run_read(statement: &[Token<'_>], sink: &mut Sink) {
    let first = &statement[0];
    if statement::has_index_hint(statement) {
        // It fails where the index is gone.
        sink.on(Dialects::of([Dialect::MySql]), |sink| {
            sink.opaque("SQL that says which index to use");
        });
    }
    let holes = statement.iter().any(|token| token.kind == Kind::Hole);
    let is_about_rows = ROWS.iter().any(|word| first.is_word(word)) || first.is_symbol('(');
    // `CREATE ALGORITHM = MERGE DEFINER = user SQL SECURITY INVOKER VIEW` of MySQL.
    let says_how = statement.iter().take(4).any(|token| {
        ["algorithm", "definer", "security"]
            .iter()
            .any(|word| token.is_word(word))
    });
    let is_table_definition = ["create", "alter", "drop"]
        .iter()
        .any(|word| first.is_word(word))
        && statement
            .iter()
            .take(if says_how { 18 } else { 6 })
            .any(|token| {
                ["table", "index", "view"]
                    .iter()
                    .any(|word| token.is_word(word))
            });
    if !is_about_rows && !is_table_definition {
        let words: Vec<String> = statement
            .iter()
            .take(2)
            .map_while(|token| (token.kind == Kind::Word).then(|| token.text.to_uppercase()))
            .collect();
        sink.opaque(format!("SQL {}", words.join(" ")).trim_end().to_owned());
        return;
    }
    if holes && (!is_about_rows || !holes_are_values(statement)) {
        let before = sink.effects.len();
        scanned(statement, is_about_rows, sink);
        if !sink.effects[before..].iter().any(Effect::is_opaque) && !holes_are_names(statement) {
            // It may name more than is seen.
            sink.opaque("SQL with a part that is not known");
        }
        return;
    }
    if statement::is_modest(statement)
        && let Some(parsed) = parse::parse(statement)
    {
        let joins = parse::joins(statement, sink);
        match &parsed {
            Statement::CreateTable(create) => definition::create_table(create, &joins, sink),
            Statement::CreateIndex(create) => definition::create_index(create, sink),
            Statement::CreateView(create) => definition::create_view(create, &joins, sink),
            Statement::AlterTable(alter) => alteration::alter_table(alter, sink),
            Statement::Query(_)
            | Statement::Insert(_)
            | Statement::Update(_)
            | Statement::Delete(_)
            | Statement::Merge(_) => rows::run(&parsed, &joins, sink),
            _ => scanned(statement, is_about_rows, sink),
        }
        return;
    }
    scanned(statement, is_about_rows, sink);
}

/// First words of statements on rows.
const ROWS: &[&str] = &[
    "select", "insert", "update", "delete", "with", "merge", "replace", "values", "table",
];

/// Whether parts that are not known stand only where values do.
fn holes_are_values(statement: &[Token<'_>]) -> bool {
    const BEFORE: &[&str] = &[
        "in", "like", "ilike", "limit", "offset", "then", "else", "between", "values", "any",
        "interval",
    ];
    let mut in_values = false;
    statement.iter().enumerate().all(|(index, token)| {
        in_values |= token.is_word("values") || token.is_word("where") || token.is_word("set");
        if token.kind != Kind::Hole {
            return true;
        }
        let Some(before) = index.checked_sub(1).and_then(|at| statement.get(at)) else {
            return false;
        };
        let touches = before.end() == token.start
            && matches!(before.kind, Kind::Word | Kind::Hole | Kind::Number)
            || statement.get(index + 1).is_some_and(|after| {
                after.start == token.end()
                    && matches!(after.kind, Kind::Word | Kind::Hole | Kind::Symbol('.'))
            });
        let place = match before.kind {
            Kind::Symbol('=' | '<' | '>' | '+' | '-' | '*' | '|') => true,
            Kind::Symbol('(' | ',') => in_values,
            Kind::Word => BEFORE.iter().any(|word| before.is_word(word)),
            _ => false,
        };
        place && !touches
    })
}

/// Whether parts that are not known stand where one value or the name of a column does. Elsewhere they may
/// be whole clauses.
fn holes_are_names(statement: &[Token<'_>]) -> bool {
    const BEFORE: &[&str] = &[
        "set",
        "column",
        "add",
        "constraint",
        "default",
        "in",
        "values",
    ];
    statement.iter().enumerate().all(|(index, token)| {
        token.kind != Kind::Hole
            || index.checked_sub(1).is_some_and(|at| {
                let before = &statement[at];
                matches!(
                    before.kind,
                    Kind::Symbol('=' | ',' | '(' | '.' | '<' | '>' | '+' | '|')
                ) || BEFORE.iter().any(|word| before.is_word(word))
            })
    })
}

/// What a statement that the parser does not know does: something, to the tables it names.
fn scanned(statement: &[Token<'_>], is_about_rows: bool, sink: &mut Sink) {
    let found = scan::scan(statement, sink);
    let renames = statement
        .iter()
        .any(|token| token.is_word("rename") || token.is_word("exchange"));
    let moves = statement
        .windows(2)
        .any(|pair| pair[0].is_word("set") && pair[1].is_word("schema"));
    if !is_about_rows && (renames || moves) {
        sink.opaque("SQL that gives an object another name");
    } else if found.hole {
        sink.opaque("SQL with a table that is not known");
    } else if let Some(function) = found.function.filter(|_| is_about_rows) {
        sink.opaque(format!("SQL function {function}"));
    } else if found.tables.is_empty() && !is_about_rows {
        sink.opaque("SQL that is not understood");
    } else if let Some(table) = found
        .tables
        .iter()
        .find(|table| !is_about_rows && rows::is_catalog(table))
    {
        sink.opaque(format!("{table} changed"));
    }
    for table in found.tables {
        if !rows::is_catalog(&table) {
            sink.unknown(Action::Alter(Property::Other), table);
        }
    }
}
