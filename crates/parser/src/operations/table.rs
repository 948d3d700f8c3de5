//! Directives about whole tables.

use std::rc::Rc;

use rechain_history::{Action, ConstraintKind, Property, QualifiedName, SchemaObject};

use super::call::Call;
use super::items::{Check, Column, Flag, ForeignKey, Item};
use crate::evaluate::value::{Items, Object, Table, Value};

/// `create_table`: the types, then the table with its columns and constraints, then its indexes.
pub(super) fn create(call: &mut Call<'_, '_>) -> Result<Value, String> {
    let name = call.table("table_name")?;
    let items = std::mem::take(&mut call.rest);
    if let Some(parent) = call.keyword("postgresql_inherits").cloned() {
        let parent = call
            .interpreter
            .known_name(&parent)
            .ok_or_else(|| call.unknown("postgresql_inherits"))?;
        call.require_table(&QualifiedName::unqualified(&*parent));
    }
    define(call, &name, &items);
    if call.more {
        call.opaque("the columns of op.create_table are not all known");
    }
    let table = Table {
        name,
        items,
        open: call.more,
    };
    Ok(call.interpreter.add(Object::Table(Rc::new(table))))
}

/// What creating the table `name` with `items` does.
pub(super) fn define(call: &mut Call<'_, '_>, name: &QualifiedName, items: &[Value]) {
    let mut columns = Vec::new();
    let mut foreign_keys = Vec::new();
    let mut constraints = Vec::new();
    let mut indexes = Vec::new();
    let mut problems = Vec::new();
    for item in items {
        match call.interpreter.table_item(item) {
            Ok(Item::Column(column)) => columns.push(column),
            Ok(Item::ForeignKey(key)) => foreign_keys.push(key),
            Ok(Item::Constraint { name, kind }) => constraints.push((name, kind)),
            Ok(Item::Index { name: index }) => indexes.push(SchemaObject::Index {
                table: Some(name.clone()),
                name: index,
            }),
            Ok(Item::Nothing) => {}
            Err(reason) => problems.push(reason),
        }
    }
    for column in &mut columns {
        if let Err(reason) = call.create_types(column.type_.as_ref(), Some(name)) {
            problems.push(reason);
        }
        foreign_keys.append(&mut column.foreign_keys);
    }
    foreign_keys.retain(|key| !key.use_alter);
    for key in &foreign_keys {
        require_target(call, name, key);
    }
    for column in &columns {
        require_default(call, column.server_default.as_ref());
    }
    call.create(SchemaObject::Table(name.clone()));
    for column in &columns {
        call.create(SchemaObject::Column {
            table: name.clone(),
            name: column.name.clone(),
        });
    }
    let has_key = constraints
        .iter()
        .any(|(_, kind)| *kind == ConstraintKind::PrimaryKey);
    if !has_key && columns.iter().any(|column| column.primary_key) {
        constraints.insert(0, (None, ConstraintKind::PrimaryKey));
    }
    for (constraint, kind) in constraints {
        call.create(SchemaObject::Constraint {
            table: name.clone(),
            name: constraint,
            kind,
        });
    }
    for key in &foreign_keys {
        call.create(key.constraint(name));
    }
    let was_conditional = call.conditional;
    for column in &columns {
        column_checks(call, name, column);
        column_unique(call, name, column);
    }
    // `if_not_exists` is about the table alone.
    call.conditional = false;
    for index in indexes {
        call.create(index);
    }
    for column in &columns {
        column_index(call, name, column);
    }
    call.conditional = was_conditional;
    for reason in problems {
        call.opaque(reason);
    }
}

/// The check constraints that stand in a column or come with its type.
pub(super) fn column_checks(call: &mut Call<'_, '_>, table: &QualifiedName, column: &Column) {
    for check in &column.checks {
        emit_check(call, table, check, Action::Create);
    }
}

/// A check constraint comes with a column, or goes with its type.
pub(super) fn emit_check(
    call: &mut Call<'_, '_>,
    table: &QualifiedName,
    check: &Check,
    action: Action,
) {
    let constraint = SchemaObject::Constraint {
        table: table.clone(),
        name: check.name.clone(),
        kind: ConstraintKind::Check,
    };
    let everywhere = call.dialects;
    call.dialects = everywhere.and(check.dialects);
    if check.maybe {
        call.maybe(action, constraint);
    } else {
        call.emit(action, constraint);
    }
    call.dialects = everywhere;
}

/// The table a foreign key points to, unless it is the table itself.
pub(super) fn require_target(call: &mut Call<'_, '_>, table: &QualifiedName, key: &ForeignKey) {
    if key.target != *table {
        call.require_table(&key.target);
        call.require_columns(&key.target, &key.columns);
    }
}

/// What a server default needs.
pub(super) fn require_default(call: &mut Call<'_, '_>, default: Option<&Value>) {
    let Some(default) = default else { return };
    for sequence in call.interpreter.sequences(default) {
        call.require(SchemaObject::Sequence(sequence));
    }
}

/// `unique=True` without `index=True`.
pub(super) fn column_unique(call: &mut Call<'_, '_>, table: &QualifiedName, column: &Column) {
    let constraint = SchemaObject::Constraint {
        table: table.clone(),
        name: None,
        kind: ConstraintKind::Unique,
    };
    match (column.unique, column.index) {
        (Flag::Yes, Flag::No) => call.create(constraint),
        (Flag::No, _) | (_, Flag::Yes) => {}
        _ => call.maybe(Action::Create, constraint),
    }
}

/// `index=True`, with the name that `SQLAlchemy` gives where no naming convention does.
pub(super) fn column_index(call: &mut Call<'_, '_>, table: &QualifiedName, column: &Column) {
    let schema = table
        .schema
        .as_ref()
        .map_or(String::new(), |schema| format!("{schema}_"));
    let name = Some(format!("ix_{schema}{}_{}", table.name, column.name));
    let index = SchemaObject::Index {
        table: Some(table.clone()),
        name,
    };
    match column.index {
        Flag::No => {}
        Flag::Yes => call.create(index),
        Flag::Maybe => call.maybe(Action::Create, index),
    }
}

pub(super) fn drop(call: &mut Call<'_, '_>) -> Result<Value, String> {
    let name = call.table("table_name")?;
    call.emit(Action::Drop, SchemaObject::Table(name));
    Ok(Value::None)
}

pub(super) fn rename(call: &mut Call<'_, '_>) -> Result<Value, String> {
    let old = call.table("old_table_name")?;
    let new = call.name("new_table_name")?;
    call.emit(Action::RenameTo(new), SchemaObject::Table(old));
    Ok(Value::None)
}

pub(super) fn comment(call: &mut Call<'_, '_>) -> Result<Value, String> {
    let table = call.table("table_name")?;
    call.emit(Action::Alter(Property::Comment), SchemaObject::Table(table));
    Ok(Value::None)
}

pub(super) fn bulk_insert(call: &mut Call<'_, '_>) -> Result<Value, String> {
    let table = call.argument("table").cloned().unwrap_or(Value::None);
    let name = match call.interpreter.object(&table) {
        Some(Object::Table(table)) => table.name.clone(),
        Some(Object::Class(class)) => match &class.table {
            Some(table) => table.name.clone(),
            None => return Err(call.unknown("table")),
        },
        _ => return Err(call.unknown("table")),
    };
    let rows = call.argument("rows").cloned().unwrap_or(Value::None);
    let rows = match call.interpreter.object(&rows) {
        Some(Object::Sequence {
            items: Items::Known(rows),
            ..
        }) => Some(rows.clone()),
        _ => None,
    };
    let written = SchemaObject::Table(name.clone());
    match rows {
        Some(rows) if rows.is_empty() => {}
        Some(rows) => {
            for column in call.interpreter.row_keys(&rows) {
                call.require(SchemaObject::Column {
                    table: name.clone(),
                    name: column,
                });
            }
            call.emit(Action::WriteRows, written);
        }
        // There may be none.
        None => call.maybe(Action::WriteRows, written),
    }
    Ok(Value::None)
}
