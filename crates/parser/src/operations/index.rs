//! Directives about indexes.

use rechain_history::{Action, SchemaObject};

use super::call::{Call, NewName};
use crate::evaluate::value::Value;

/// `create_index`: text in the list is always a column, even `"lower(a)"`; only expressions are not.
pub(super) fn create(call: &mut Call<'_, '_>) -> Result<Value, String> {
    let table = call.table("table_name")?;
    let name = call.new_name("index_name");
    call.require_table(&table);
    let columns = call.columns("columns")?;
    let mut first = None;
    for column in &columns {
        match call.interpreter.known_name(column) {
            Some(column) => {
                first.get_or_insert_with(|| column.to_string());
                let name = column.to_string();
                call.require(SchemaObject::Column {
                    table: table.clone(),
                    name,
                });
            }
            None => call.require_expression(&table, column),
        }
    }
    for option in ["postgresql_where", "sqlite_where", "mssql_where"] {
        if let Some(condition) = call.keyword(option).cloned() {
            call.require_expression(&table, &condition);
        }
    }
    // The name that is given where there is none, without a naming convention.
    let schema = table
        .schema
        .as_ref()
        .map_or(String::new(), |schema| format!("{schema}_"));
    let chosen = first.map(|column| format!("ix_{schema}{}_{column}", table.name));
    let index = SchemaObject::Index {
        table: Some(table),
        name: match &name {
            NewName::Given(name) => Some(name.clone()),
            NewName::Chosen => chosen,
            NewName::Unknown => None,
        },
    };
    call.create_as(&name, index);
    Ok(Value::None)
}

/// `drop_index`: the table may be left out. A name that is read from the database leaves open which index of the
/// table goes.
pub(super) fn drop(call: &mut Call<'_, '_>) -> Result<Value, String> {
    let has_table = call.is_batch()
        || call
            .argument("table_name")
            .is_some_and(|value| *value != Value::None);
    let table = if has_table {
        Some(call.table("table_name")?)
    } else {
        None
    };
    let name = match (call.found_name("index_name")?, &table) {
        (Some(name), _) => name,
        (None, Some(table)) => {
            call.maybe(
                Action::Drop,
                SchemaObject::Index {
                    table: Some(table.clone()),
                    name: None,
                },
            );
            return Ok(Value::None);
        }
        (None, None) => return Err(call.unknown("index_name")),
    };
    call.emit(
        Action::Drop,
        SchemaObject::Index {
            table,
            name: Some(name),
        },
    );
    Ok(Value::None)
}
