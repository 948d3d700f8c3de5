//! Statements on rows, and what queries and expressions need.

use rechain_history::{Action, ConstraintKind, Dialect, Dialects, QualifiedName, SchemaObject};
use sqlparser::ast::{Statement, Visit};

use super::sink::Sink;
use super::uses::Uses;

/// What running a query, `INSERT`, `UPDATE`, `DELETE` or `MERGE` does.
pub(super) fn run(statement: &Statement, joins: &Joins, sink: &mut Sink) {
    let mut uses = Uses::of(statement, sink);
    // The rows of a query alone are the migration's to use, by names that it gives them.
    if matches!(statement, Statement::Query(_))
        && uses.written.is_empty()
        && uses.made.is_empty()
        && uses.queries == 1
    {
        uses.star = false;
    }
    joins.add_to(&mut uses);
    if let Some(table) = uses.written.iter().find(|table| is_catalog(table)) {
        sink.opaque(format!("{table} written"));
    }
    needs(&uses, &Action::ReadRows, true, sink);
    for table in uses.written.iter().filter(|table| !is_catalog(table)) {
        sink.emit(Action::WriteRows, SchemaObject::Table(table.clone()));
    }
    for table in &uses.made {
        sink.emit(Action::Create, SchemaObject::Table(table.clone()));
        sink.unknown(Action::Create, table.clone());
    }
    if let Some(function) = uses.functions.iter().next() {
        sink.opaque(format!("SQL function {function}"));
    }
}

/// What filling a new table from a query does: it takes the rows and, on MySQL, all that is said of their columns.
pub(super) fn copy(query: &impl Visit, joins: &Joins, sink: &mut Sink) {
    let mut uses = Uses::of(query, sink);
    joins.add_to(&mut uses);
    needs(&uses, &Action::ReadRows, true, sink);
    if let Some(function) = uses.functions.iter().next() {
        sink.opaque(format!("SQL function {function}"));
    }
    sink.on(Dialects::of([Dialect::MySql]), |sink| {
        let is_said = |table: &QualifiedName| uses.star || uses.whole.contains(table);
        let tables = uses.tables.iter();
        for table in tables.filter(|table| !is_catalog(table) && !is_said(table)) {
            sink.unknown(Action::Require, table.clone());
        }
    });
}

/// What defining something by a query or expression needs. With `table`, names without one are its columns.
pub(super) fn require(
    node: &impl Visit,
    table: Option<&QualifiedName>,
    joins: &Joins,
    sink: &mut Sink,
) {
    let mut uses = Uses::of(node, sink);
    joins.add_to(&mut uses);
    if let Some(table) = table {
        for name in std::mem::take(&mut uses.bare)
            .into_iter()
            .chain(std::mem::take(&mut uses.quoted))
        {
            let table = table.clone();
            sink.maybe(Action::Require, SchemaObject::Column { table, name });
        }
    }
    needs(&uses, &Action::Require, false, sink);
}

/// Columns that a join names without a table.
#[derive(Debug, Default)]
pub(super) struct Joins {
    pub(super) columns: Vec<String>,
    /// Which columns join is not said.
    pub(super) natural: bool,
}

impl Joins {
    fn add_to(&self, uses: &mut Uses) {
        uses.bare.extend(self.columns.iter().cloned());
        uses.star |= self.natural;
    }
}

fn needs(uses: &Uses, action: &Action, runs: bool, sink: &mut Sink) {
    for function in uses.likely.iter().chain(&uses.functions) {
        let function = SchemaObject::Function(function.clone());
        if runs {
            sink.maybe(Action::Require, function);
        } else {
            sink.emit(Action::Require, function);
        }
    }
    for type_ in &uses.types {
        sink.maybe(Action::Require, SchemaObject::Type(type_.clone()));
    }
    for sequence in &uses.sequences {
        sink.emit(Action::Require, SchemaObject::Sequence(sequence.clone()));
    }
    for table in uses.mentioned.iter().filter(|table| !is_catalog(table)) {
        sink.maybe(Action::Require, SchemaObject::Table(table.clone()));
    }
    let tables: Vec<_> = uses
        .tables
        .iter()
        .filter(|table| !is_catalog(table))
        .collect();
    for table in &tables {
        if !uses.written.contains(table) {
            sink.emit(action.clone(), SchemaObject::Table((*table).clone()));
        }
    }
    for (table, name) in uses.columns.iter().filter(|(table, _)| !is_catalog(table)) {
        let (table, name) = (table.clone(), name.clone());
        sink.emit(Action::Require, SchemaObject::Column { table, name });
    }
    let certain = uses.tables.len() == 1 && !uses.derived && uses.queries <= 1;
    for table in &tables {
        for name in &uses.bare {
            let object = SchemaObject::Column {
                table: (*table).clone(),
                name: name.clone(),
            };
            if certain {
                sink.emit(Action::Require, object);
            } else {
                sink.maybe(Action::Require, object);
            }
        }
        for name in &uses.quoted {
            let object = SchemaObject::Column {
                table: (*table).clone(),
                name: name.clone(),
            };
            sink.maybe(Action::Require, object);
        }
        if uses.star || uses.whole.contains(table) {
            sink.unknown(Action::Require, (*table).clone());
        }
    }
    for (table, name) in &uses.constraints {
        let object = SchemaObject::Constraint {
            table: table.clone(),
            name: Some(name.clone()),
            kind: ConstraintKind::Unknown,
        };
        sink.emit(Action::Require, object);
    }
}

/// Whether a table belongs to the database itself.
pub(super) fn is_catalog(table: &QualifiedName) -> bool {
    let schema = table.schema.as_deref().map(str::to_ascii_lowercase);
    let name = table.name.to_ascii_lowercase();
    match schema.as_deref() {
        Some("information_schema" | "pg_catalog" | "mysql" | "performance_schema" | "sys") => true,
        Some(_) => false,
        None => name.starts_with("pg_") || name.starts_with("sqlite_") || name == "dual",
    }
}
