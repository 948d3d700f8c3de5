//! Directives about columns.

use rechain_history::{Action, Dialect, Dialects, Property, QualifiedName, SchemaObject};

use super::call::Call;
use super::table::{
    column_checks, column_index, column_unique, emit_check, require_default, require_target,
};
use crate::evaluate::value::Value;

/// `add_column`: enum types must be there already.
pub(super) fn add(call: &mut Call<'_, '_>) -> Result<Value, String> {
    let table = call.table("table_name")?;
    call.require_table(&table);
    let column = call.argument("column").cloned().unwrap_or(Value::None);
    let column = call.interpreter.column_item(&column)?;
    call.require_types(column.type_.as_ref(), Some(&table))?;
    for key in &column.foreign_keys {
        require_target(call, &table, key);
    }
    require_default(call, column.server_default.as_ref());
    if let Some(expression) = &column.computed {
        call.require_expression(&table, expression);
    }
    if column.server_default.is_some() || column.computed.is_some() {
        call.copies();
    }
    call.create(SchemaObject::Column {
        table: table.clone(),
        name: column.name.clone(),
    });
    for key in &column.foreign_keys {
        call.create(key.constraint(&table));
    }
    column_checks(call, &table, &column);
    column_unique(call, &table, &column);
    column_index(call, &table, &column);
    Ok(Value::None)
}

/// `alter_column`: one effect for each property, the new name last, as Alembic does.
pub(super) fn alter(call: &mut Call<'_, '_>) -> Result<Value, String> {
    let table = call.table("table_name")?;
    let name = call.found_name("column_name")?;
    let mut changes = Vec::new();
    if call
        .argument("nullable")
        .is_some_and(|value| *value != Value::None)
    {
        changes.push(Property::Nullable);
    }
    if let Some(default) = call.argument("server_default").cloned()
        && default != Value::Bool(false)
    {
        require_default(call, Some(&default));
        changes.push(Property::ServerDefault);
    }
    if let Some(type_) = call.argument("type_").cloned()
        && type_ != Value::None
    {
        call.require_types(Some(&type_), Some(&table))?;
        changes.push(Property::Type);
    }
    if call
        .argument("comment")
        .is_some_and(|value| *value != Value::Bool(false))
    {
        changes.push(Property::Comment);
    }
    if call
        .keyword("autoincrement")
        .is_some_and(|value| *value != Value::None)
    {
        changes.push(Property::Other);
    }
    if let Some(using) = call.keyword("postgresql_using").cloned() {
        call.require_expression(&table, &using);
    }
    // A column that is read from the database: any of the table's, which may get any name.
    let (Some(name), Ok(new_name)) = (name, call.optional_name("new_column_name")) else {
        call.something(&table);
        return Ok(Value::None);
    };
    let column = SchemaObject::Column {
        table: table.clone(),
        name,
    };
    if changes.is_empty() && new_name.is_none() {
        call.require(column);
        return Ok(Value::None);
    }
    if changes.contains(&Property::Other) {
        counts(call, &table);
    }
    // With the type goes the check that it brought, and comes that of the new one.
    let retypes = changes.contains(&Property::Type);
    if retypes {
        type_check(call, &table, "existing_type", Action::Drop);
    }
    for property in changes {
        call.emit(Action::Alter(property), column.clone());
    }
    if retypes {
        type_check(call, &table, "type_", Action::Create);
    }
    if let Some(new_name) = new_name {
        call.emit(Action::RenameTo(new_name), column);
    }
    Ok(Value::None)
}

/// Of columns that count (`autoincrement=True`), MySQL has one in a table.
fn counts(call: &mut Call<'_, '_>, table: &QualifiedName) {
    let everywhere = call.dialects;
    call.dialects = everywhere.and(Dialects::of([Dialect::MySql]));
    call.emit(
        Action::Alter(Property::Other),
        SchemaObject::Table(table.clone()),
    );
    call.dialects = everywhere;
}

fn type_check(call: &mut Call<'_, '_>, table: &QualifiedName, argument: &str, action: Action) {
    let type_ = call.argument(argument).cloned();
    if let Some(check) = call.interpreter.check_of_type(type_.as_ref()) {
        emit_check(call, table, &check, action);
    }
}

pub(super) fn drop(call: &mut Call<'_, '_>) -> Result<Value, String> {
    let table = call.table("table_name")?;
    let value = call.argument("column_name").cloned().unwrap_or(Value::None);
    let name = match call.found_name("column_name")? {
        Some(name) => name,
        // Older code hands in the column itself.
        None => match call.interpreter.column_item(&value) {
            Ok(column) => column.name,
            Err(_) => {
                call.something(&table);
                return Ok(Value::None);
            }
        },
    };
    call.emit(Action::Drop, SchemaObject::Column { table, name });
    Ok(Value::None)
}
