//! `CREATE TABLE`, `CREATE INDEX` and `CREATE VIEW`.

use std::collections::BTreeSet;

use rechain_history::{Action, ConstraintKind, QualifiedName, SchemaObject};
use sqlparser::ast::{
    ColumnDef, ColumnOption, CreateIndex, CreateTable, CreateTableLikeKind, CreateView, DataType,
    Expr, ForeignKeyConstraint, FunctionArg, FunctionArgExpr, FunctionArguments, Ident,
    IndexColumn, ObjectNamePart, SelectItem, SetExpr, TableConstraint, Value,
};

use super::names::{ident_of, name_of, types_of};
use super::rows::{Joins, copy, require};
use super::sink::Sink;

pub(super) fn create_table(create: &CreateTable, joins: &Joins, sink: &mut Sink) {
    let table = name_of(&create.name, sink);
    let guarded = create.if_not_exists;
    let mut open = create.clone.is_some();
    if create.or_replace {
        sink.opaque("CREATE OR REPLACE TABLE");
    }
    if let Some(CreateTableLikeKind::Parenthesized(like) | CreateTableLikeKind::Plain(like)) =
        &create.like
    {
        let other = name_of(&like.name, sink);
        sink.require_table(&other);
        sink.unknown(Action::Require, other);
        open = true;
    }
    for parent in create.inherits.iter().flatten().chain(&create.partition_of) {
        let parent = name_of(parent, sink);
        sink.require_table(&parent);
        sink.unknown(Action::Require, parent);
        open = true;
    }
    if let Some(query) = &create.query {
        copy(&**query, joins, sink);
    }
    for column in &create.columns {
        column_needs(column, &table, sink);
    }
    let own: BTreeSet<String> = create
        .columns
        .iter()
        .map(|column| ident_of(&column.name, sink))
        .collect();
    for constraint in &create.constraints {
        constraint_needs(constraint, &table, Some(&own), sink);
    }
    sink.emit_guarded(guarded, Action::Create, SchemaObject::Table(table.clone()));
    sink.conditionally(guarded, |sink| {
        for column in &create.columns {
            create_column(column, &table, false, sink);
        }
        let mut made = Vec::new();
        match create
            .query
            .as_ref()
            .map(|query| result_columns(&query.body))
        {
            Some(Some(columns)) => made = columns,
            Some(None) => open = true,
            None => {}
        }
        for name in &made {
            let name = ident_of(name, sink);
            sink.emit(
                Action::Create,
                SchemaObject::Column {
                    table: table.clone(),
                    name,
                },
            );
        }
        for constraint in &create.constraints {
            create_constraint(constraint, &table, sink);
        }
    });
    if open {
        sink.unknown(Action::Create, table);
    }
}

/// The names of a query's results, where each is given one.
fn result_columns(body: &SetExpr) -> Option<Vec<Ident>> {
    let SetExpr::Select(select) = body else {
        return None;
    };
    select
        .projection
        .iter()
        .map(|item| match item {
            SelectItem::ExprWithAlias { alias, .. } => Some(alias.clone()),
            SelectItem::UnnamedExpr(Expr::Identifier(name)) => Some(name.clone()),
            SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => parts.last().cloned(),
            _ => None,
        })
        .collect()
}

/// What a column needs before its table is made or changed.
pub(super) fn column_needs(column: &ColumnDef, table: &QualifiedName, sink: &mut Sink) {
    require_types(&column.data_type, sink);
    for option in &column.options {
        option_needs(&option.option, table, sink);
    }
}

pub(super) fn require_types(type_: &DataType, sink: &mut Sink) {
    let mut types = BTreeSet::new();
    types_of(type_, sink, &mut types);
    for name in types {
        sink.maybe(Action::Require, SchemaObject::Type(name));
    }
}

pub(super) fn option_needs(option: &ColumnOption, table: &QualifiedName, sink: &mut Sink) {
    match option {
        ColumnOption::Default(expr) | ColumnOption::OnUpdate(expr) => {
            require(expr, None, &Joins::default(), sink);
        }
        ColumnOption::Check(check) => require(&*check.expr, Some(table), &Joins::default(), sink),
        ColumnOption::Generated {
            generation_expr: Some(expr),
            ..
        } => {
            require(expr, Some(table), &Joins::default(), sink);
        }
        ColumnOption::ForeignKey(key) => {
            require_target(key, table, sink);
        }
        _ => {}
    }
}

fn require_target(
    key: &ForeignKeyConstraint,
    table: &QualifiedName,
    sink: &mut Sink,
) -> ConstraintKind {
    let target = name_of(&key.foreign_table, sink);
    let columns: Vec<String> = key
        .referred_columns
        .iter()
        .map(|column| ident_of(column, sink))
        .collect();
    if target != *table {
        sink.require_table(&target);
        for name in &columns {
            let (table, name) = (target.clone(), name.clone());
            sink.emit(Action::Require, SchemaObject::Column { table, name });
        }
    }
    ConstraintKind::ForeignKey { target, columns }
}

/// The kind of a foreign key whose needs are known already.
fn key_kind(key: &ForeignKeyConstraint, sink: &mut Sink) -> ConstraintKind {
    ConstraintKind::ForeignKey {
        target: name_of(&key.foreign_table, sink),
        columns: key
            .referred_columns
            .iter()
            .map(|column| ident_of(column, sink))
            .collect(),
    }
}

/// The column itself, and the constraints that are written in it.
pub(super) fn create_column(
    column: &ColumnDef,
    table: &QualifiedName,
    guarded: bool,
    sink: &mut Sink,
) {
    let name = ident_of(&column.name, sink);
    sink.emit_guarded(
        guarded,
        Action::Create,
        SchemaObject::Column {
            table: table.clone(),
            name,
        },
    );
    sink.conditionally(guarded, |sink| {
        for option in &column.options {
            let kind = match &option.option {
                ColumnOption::PrimaryKey(_) => ConstraintKind::PrimaryKey,
                ColumnOption::Unique(_) => ConstraintKind::Unique,
                ColumnOption::Check(_) => ConstraintKind::Check,
                ColumnOption::ForeignKey(key) => key_kind(key, sink),
                _ => continue,
            };
            let name = option.name.as_ref().map(|name| ident_of(name, sink));
            sink.emit(
                Action::Create,
                SchemaObject::Constraint {
                    table: table.clone(),
                    name,
                    kind,
                },
            );
        }
    });
}

/// What a constraint needs. `own` are the columns of the table that is made with it.
pub(super) fn constraint_needs(
    constraint: &TableConstraint,
    table: &QualifiedName,
    own: Option<&BTreeSet<String>>,
    sink: &mut Sink,
) {
    let none = Joins::default();
    let mut columns: Vec<String> = Vec::new();
    let over = |indexed: &[IndexColumn], sink: &mut Sink| {
        for column in indexed {
            index_column(column, table, own, sink);
        }
    };
    match constraint {
        TableConstraint::Unique(unique) => over(&unique.columns, sink),
        TableConstraint::PrimaryKey(key) => over(&key.columns, sink),
        TableConstraint::Index(index) => over(&index.columns, sink),
        TableConstraint::FulltextOrSpatial(index) => over(&index.columns, sink),
        TableConstraint::Exclude(exclude) => {
            for element in &exclude.elements {
                index_column(&element.column, table, own, sink);
            }
            if let Some(condition) = &exclude.where_clause {
                require(&**condition, Some(table), &none, sink);
            }
        }
        TableConstraint::ForeignKey(key) => {
            columns = key
                .columns
                .iter()
                .map(|column| ident_of(column, sink))
                .collect();
            require_target(key, table, sink);
        }
        TableConstraint::Check(check) if own.is_none() => {
            require(&*check.expr, Some(table), &none, sink);
        }
        TableConstraint::Check(check) => {
            let mut inner = Vec::new();
            std::mem::swap(&mut inner, &mut sink.effects);
            require(&*check.expr, Some(table), &none, sink);
            // Its own columns come with it.
            sink.effects.retain(|effect| {
                !matches!(effect.known(), Some((_, SchemaObject::Column { table: other, .. })) if other == table)
            });
            inner.append(&mut sink.effects);
            sink.effects = inner;
        }
        TableConstraint::PrimaryKeyUsingIndex(index) | TableConstraint::UniqueUsingIndex(index) => {
            let name = Some(ident_of(&index.index_name, sink));
            let object = SchemaObject::Index {
                table: Some(table.clone()),
                name,
            };
            sink.emit(Action::Alter(rechain_history::Property::Other), object);
        }
    }
    for name in columns {
        if own.is_none_or(|own| !own.contains(&name)) {
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

pub(super) fn create_constraint(
    constraint: &TableConstraint,
    table: &QualifiedName,
    sink: &mut Sink,
) {
    let (name, kind) = match constraint {
        TableConstraint::Unique(unique) => (
            unique.name.as_ref().or(unique.index_name.as_ref()),
            ConstraintKind::Unique,
        ),
        TableConstraint::PrimaryKey(key) => (key.name.as_ref(), ConstraintKind::PrimaryKey),
        TableConstraint::Check(check) => (check.name.as_ref(), ConstraintKind::Check),
        TableConstraint::ForeignKey(key) => (key.name.as_ref(), key_kind(key, sink)),
        TableConstraint::Exclude(exclude) => (exclude.name.as_ref(), ConstraintKind::Exclude),
        TableConstraint::PrimaryKeyUsingIndex(index) => (
            Some(index.name.as_ref().unwrap_or(&index.index_name)),
            ConstraintKind::PrimaryKey,
        ),
        TableConstraint::UniqueUsingIndex(index) => (
            Some(index.name.as_ref().unwrap_or(&index.index_name)),
            ConstraintKind::Unique,
        ),
        TableConstraint::Index(index) => {
            let name = index.name.as_ref().map(|name| ident_of(name, sink));
            sink.emit(
                Action::Create,
                SchemaObject::Index {
                    table: Some(table.clone()),
                    name,
                },
            );
            return;
        }
        TableConstraint::FulltextOrSpatial(index) => {
            let name = index
                .opt_index_name
                .as_ref()
                .map(|name| ident_of(name, sink));
            sink.emit(
                Action::Create,
                SchemaObject::Index {
                    table: Some(table.clone()),
                    name,
                },
            );
            return;
        }
    };
    let name = name.map(|name| ident_of(name, sink));
    sink.emit(
        Action::Create,
        SchemaObject::Constraint {
            table: table.clone(),
            name,
            kind,
        },
    );
}

fn index_column(
    column: &IndexColumn,
    table: &QualifiedName,
    own: Option<&BTreeSet<String>>,
    sink: &mut Sink,
) {
    match indexed_name(&column.column.expr) {
        Some(name) => {
            let name = ident_of(name, sink);
            if own.is_none_or(|own| !own.contains(&name)) {
                sink.emit(
                    Action::Require,
                    SchemaObject::Column {
                        table: table.clone(),
                        name,
                    },
                );
            }
        }
        None => require(&column.column.expr, Some(table), &Joins::default(), sink),
    }
}

/// The column of an index, or of its first characters: `name(10)` of MySQL.
fn indexed_name(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Identifier(name) => Some(name),
        Expr::Function(function) => {
            let ([ObjectNamePart::Identifier(name)], FunctionArguments::List(list)) =
                (function.name.0.as_slice(), &function.args)
            else {
                return None;
            };
            matches!(
                list.args.as_slice(),
                [FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(value)))]
                    if matches!(value.value, Value::Number(..))
            )
            .then_some(name)
        }
        _ => None,
    }
}

pub(super) fn create_index(create: &CreateIndex, sink: &mut Sink) {
    let table = name_of(&create.table_name, sink);
    // SQLite and PostgreSQL put an index where its table is.
    let name = create.name.as_ref().map(|name| name_of(name, sink).name);
    sink.require_table(&table);
    for column in &create.columns {
        index_column(column, &table, None, sink);
    }
    for name in &create.include {
        let name = ident_of(name, sink);
        sink.emit(
            Action::Require,
            SchemaObject::Column {
                table: table.clone(),
                name,
            },
        );
    }
    if let Some(condition) = &create.predicate {
        require(condition, Some(&table), &Joins::default(), sink);
    }
    let object = SchemaObject::Index {
        table: Some(table),
        name,
    };
    sink.emit_guarded(create.if_not_exists, Action::Create, object);
}

/// A view is what its query says, whatever was there before with `OR REPLACE`.
pub(super) fn create_view(create: &CreateView, joins: &Joins, sink: &mut Sink) {
    let view = SchemaObject::View(name_of(&create.name, sink));
    require(&*create.query, None, joins, sink);
    let replaces = create.or_replace || create.or_alter;
    sink.emit_guarded(
        replaces || create.if_not_exists,
        Action::Create,
        view.clone(),
    );
    if replaces {
        sink.emit(Action::Alter(rechain_history::Property::Other), view);
    }
}
