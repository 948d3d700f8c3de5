//! Directives about constraints.

use rechain_history::{Action, ConstraintKind, QualifiedName, SchemaObject};

use super::call::Call;
use crate::evaluate::value::{Items, Object, Value};

pub(super) fn foreign_key(call: &mut Call<'_, '_>) -> Result<Value, String> {
    let source = if call.is_batch() {
        call.table("")?
    } else {
        let name = call.name("source_table")?;
        let schema = if call.argument("source_schema").is_some() {
            "source_schema"
        } else {
            "schema"
        };
        QualifiedName::new(call.schema(schema)?, name)
    };
    let name = call.new_name("constraint_name");
    let referent = call.name("referent_table")?;
    let referent = QualifiedName::new(call.schema("referent_schema")?, referent);
    let local = call.column_names("local_cols")?;
    let remote = call.column_names("remote_cols")?;
    call.require_table(&source);
    call.require_columns(&source, &local);
    call.require_table(&referent);
    call.require_columns(&referent, &remote);
    let kind = ConstraintKind::ForeignKey {
        target: referent,
        columns: remote,
    };
    let constraint = SchemaObject::Constraint {
        table: source,
        name: name.given(),
        kind,
    };
    call.create_as(&name, constraint);
    Ok(Value::None)
}

pub(super) fn unique(call: &mut Call<'_, '_>) -> Result<Value, String> {
    over_columns(call, ConstraintKind::Unique)
}

pub(super) fn primary_key(call: &mut Call<'_, '_>) -> Result<Value, String> {
    over_columns(call, ConstraintKind::PrimaryKey)
}

fn over_columns(call: &mut Call<'_, '_>, kind: ConstraintKind) -> Result<Value, String> {
    let table = call.table("table_name")?;
    let name = call.new_name("constraint_name");
    let columns = call.column_names("columns")?;
    call.require_table(&table);
    call.require_columns(&table, &columns);
    let constraint = SchemaObject::Constraint {
        table,
        name: name.given(),
        kind,
    };
    call.create_as(&name, constraint);
    Ok(Value::None)
}

pub(super) fn check(call: &mut Call<'_, '_>) -> Result<Value, String> {
    let table = call.table("table_name")?;
    let name = call.new_name("constraint_name");
    let condition = call.argument("condition").cloned().unwrap_or(Value::None);
    call.require_table(&table);
    call.require_expression(&table, &condition);
    let constraint = SchemaObject::Constraint {
        table,
        name: name.given(),
        kind: ConstraintKind::Check,
    };
    call.create_as(&name, constraint);
    Ok(Value::None)
}

/// `create_exclude_constraint`: elements are pairs of a column and an operator.
pub(super) fn exclude(call: &mut Call<'_, '_>) -> Result<Value, String> {
    let table = call.table("table_name")?;
    let name = call.new_name("constraint_name");
    call.require_table(&table);
    for element in std::mem::take(&mut call.rest) {
        let column = match call.interpreter.object(&element) {
            Some(Object::Sequence {
                items: Items::Known(items),
                ..
            }) => items.first().cloned(),
            _ => None,
        };
        call.require_expression(&table, &column.unwrap_or(Value::Data));
    }
    if call.more {
        return Err("the elements of op.create_exclude_constraint are not known".into());
    }
    if let Some(condition) = call.keyword("where").cloned() {
        call.require_expression(&table, &condition);
    }
    let constraint = SchemaObject::Constraint {
        table,
        name: name.given(),
        kind: ConstraintKind::Exclude,
    };
    call.create_as(&name, constraint);
    Ok(Value::None)
}

/// `drop_constraint`. A foreign key's target is not said, so that its kind stays open. A name that is read from the
/// database leaves open which constraint of the table goes.
pub(super) fn drop(call: &mut Call<'_, '_>) -> Result<Value, String> {
    let table = call.table("table_name")?;
    let name = call.found_name("constraint_name")?;
    let kind = match call.argument("type_") {
        Some(Value::Str(kind)) => match &**kind {
            "primary" => ConstraintKind::PrimaryKey,
            "unique" => ConstraintKind::Unique,
            "check" => ConstraintKind::Check,
            _ => ConstraintKind::Unknown,
        },
        _ => ConstraintKind::Unknown,
    };
    let is_named = name.is_some();
    let constraint = SchemaObject::Constraint { table, name, kind };
    if is_named {
        call.emit(Action::Drop, constraint);
    } else {
        call.maybe(Action::Drop, constraint);
    }
    Ok(Value::None)
}
