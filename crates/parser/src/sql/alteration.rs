//! `ALTER TABLE`.

use rechain_history::{
    Action, ConstraintKind, Dialect, Dialects, Property, QualifiedName, SchemaObject,
};
use sqlparser::ast::{
    AlterColumnOperation, AlterTable, AlterTableOperation as Operation, ColumnOption, DataType,
    DropBehavior, Ident, MySQLColumnPosition, RenameTableNameKind,
};

use super::definition::{
    column_needs, constraint_needs, create_column, create_constraint, option_needs, require_types,
};
use super::names::{ident_of, name_of};
use super::rows::{Joins, require};
use super::sink::Sink;

pub(super) fn alter_table(alter: &AlterTable, sink: &mut Sink) {
    let table = name_of(&alter.name, sink);
    sink.conditionally(alter.if_exists, |sink| {
        sink.require_table(&table);
        for operation in &alter.operations {
            run(operation, &table, sink);
        }
    });
}

#[expect(clippy::too_many_lines, reason = "one arm for each kind")]
fn run(operation: &Operation, table: &QualifiedName, sink: &mut Sink) {
    let whole = SchemaObject::Table(table.clone());
    match operation {
        Operation::AddConstraint { constraint, .. } => {
            constraint_needs(constraint, table, None, sink);
            create_constraint(constraint, table, sink);
        }
        Operation::AddColumn {
            if_not_exists,
            column_def,
            column_position,
            ..
        } => {
            sink.conditionally(*if_not_exists, |sink| {
                column_needs(column_def, table, sink);
                place_needs(column_position.as_ref(), table, sink);
                let options = column_def.options.iter().map(|option| &option.option);
                counts(options, table, sink);
            });
            create_column(column_def, table, *if_not_exists, sink);
        }
        Operation::DropColumn {
            column_names,
            if_exists,
            drop_behavior,
            ..
        } => {
            for name in column_names {
                let column = column(table, name, sink);
                sink.emit_guarded(*if_exists, Action::Drop, column);
            }
            cascade(drop_behavior.as_ref(), sink);
        }
        Operation::DropConstraint {
            if_exists,
            name,
            drop_behavior,
        } => {
            let constraint = constraint(table, name, ConstraintKind::Unknown, sink);
            sink.emit_guarded(*if_exists, Action::Drop, constraint);
            cascade(drop_behavior.as_ref(), sink);
        }
        Operation::DropForeignKey { name, .. } => {
            let constraint = constraint(table, name, ConstraintKind::Unknown, sink);
            sink.emit(Action::Drop, constraint);
        }
        Operation::DropPrimaryKey { .. } => {
            let (table, kind) = (table.clone(), ConstraintKind::PrimaryKey);
            sink.emit(
                Action::Drop,
                SchemaObject::Constraint {
                    table,
                    name: None,
                    kind,
                },
            );
        }
        Operation::DropIndex { name } => {
            let name = Some(ident_of(name, sink));
            sink.emit(
                Action::Drop,
                SchemaObject::Index {
                    table: Some(table.clone()),
                    name,
                },
            );
        }
        Operation::RenameColumn {
            old_column_name,
            new_column_name,
        } => {
            let column = column(table, old_column_name, sink);
            let new = ident_of(new_column_name, sink);
            sink.emit(Action::RenameTo(new), column);
        }
        Operation::RenameTable {
            table_name: RenameTableNameKind::As(new) | RenameTableNameKind::To(new),
        } => {
            let new = name_of(new, sink);
            rename_table(table, &new, sink);
        }
        Operation::RenameConstraint { old_name, new_name } => {
            let constraint = constraint(table, old_name, ConstraintKind::Unknown, sink);
            let new = ident_of(new_name, sink);
            sink.emit(Action::RenameTo(new), constraint);
        }
        Operation::ValidateConstraint { name } => {
            let constraint = constraint(table, name, ConstraintKind::Unknown, sink);
            sink.emit(Action::Require, constraint);
        }
        Operation::AlterColumn { column_name, op } => {
            let column = column(table, column_name, sink);
            let property = match op {
                AlterColumnOperation::SetNotNull | AlterColumnOperation::DropNotNull => {
                    Property::Nullable
                }
                AlterColumnOperation::SetDefault { value } => {
                    require(value, None, &Joins::default(), sink);
                    Property::ServerDefault
                }
                AlterColumnOperation::DropDefault => Property::ServerDefault,
                AlterColumnOperation::SetDataType {
                    data_type, using, ..
                } => {
                    require_types(data_type, sink);
                    if let Some(using) = using {
                        require(using, Some(table), &Joins::default(), sink);
                    }
                    Property::Type
                }
                AlterColumnOperation::AddGenerated { .. } => Property::Other,
            };
            sink.emit(Action::Alter(property), column);
        }
        Operation::ModifyColumn {
            col_name,
            data_type,
            options,
            column_position,
        } => {
            place_needs(column_position.as_ref(), table, sink);
            moves(column_position.as_ref(), table, sink);
            counts(options, table, sink);
            restate(table, col_name, data_type, options, sink);
        }
        Operation::ChangeColumn {
            old_name,
            new_name,
            data_type,
            options,
            column_position,
        } => {
            place_needs(column_position.as_ref(), table, sink);
            moves(column_position.as_ref(), table, sink);
            counts(options, table, sink);
            let old = restate(table, old_name, data_type, options, sink);
            if new_name.value != old_name.value {
                let new = ident_of(new_name, sink);
                sink.emit(Action::RenameTo(new), old);
            }
        }
        Operation::EnableTrigger { name }
        | Operation::DisableTrigger { name }
        | Operation::EnableAlwaysTrigger { name }
        | Operation::EnableReplicaTrigger { name } => switched("trigger", name, table, sink),
        Operation::EnableRule { name }
        | Operation::DisableRule { name }
        | Operation::EnableAlwaysRule { name }
        | Operation::EnableReplicaRule { name } => switched("rule", name, table, sink),
        Operation::OwnerTo { .. } | Operation::Algorithm { .. } | Operation::Lock { .. } => {}
        Operation::EnableRowLevelSecurity
        | Operation::DisableRowLevelSecurity
        | Operation::ForceRowLevelSecurity
        | Operation::NoForceRowLevelSecurity
        | Operation::ReplicaIdentity { .. }
        | Operation::AutoIncrement { .. }
        | Operation::SetLogged
        | Operation::SetUnlogged
        | Operation::SetOptionsParens { .. } => sink.emit(Action::Alter(Property::Other), whole),
        _ => sink.unknown(Action::Alter(Property::Other), table.clone()),
    }
}

/// A new name, in the same schema unless it says another.
pub(super) fn rename_table(table: &QualifiedName, new: &QualifiedName, sink: &mut Sink) {
    if new.schema.is_some() && new.schema != table.schema {
        sink.opaque("a table moved to another schema");
    } else {
        sink.emit(
            Action::RenameTo(new.name.clone()),
            SchemaObject::Table(table.clone()),
        );
    }
}

/// `AFTER column`
fn place_needs(place: Option<&MySQLColumnPosition>, table: &QualifiedName, sink: &mut Sink) {
    if let Some(MySQLColumnPosition::After(name)) = place {
        let column = column(table, name, sink);
        sink.emit(Action::Require, column);
    }
}

/// `AUTO_INCREMENT`, of which MySQL has one column in a table.
fn counts<'o>(
    options: impl IntoIterator<Item = &'o ColumnOption>,
    table: &QualifiedName,
    sink: &mut Sink,
) {
    let is_counter = options.into_iter().any(|option| match option {
        ColumnOption::DialectSpecific(tokens) => tokens
            .iter()
            .any(|token| token.to_string().eq_ignore_ascii_case("auto_increment")),
        _ => false,
    });
    if is_counter {
        sink.on(Dialects::of([Dialect::MySql]), |sink| {
            let table = SchemaObject::Table(table.clone());
            sink.emit(Action::Alter(Property::Other), table);
        });
    }
}

/// A column that was there changes its place among the others.
fn moves(place: Option<&MySQLColumnPosition>, table: &QualifiedName, sink: &mut Sink) {
    if place.is_some() {
        let table = SchemaObject::Table(table.clone());
        sink.emit(Action::Alter(Property::Other), table);
    }
}

/// `MODIFY` and `CHANGE` of MySQL say everything about the column anew.
fn restate(
    table: &QualifiedName,
    name: &Ident,
    data_type: &DataType,
    options: &[ColumnOption],
    sink: &mut Sink,
) -> SchemaObject {
    require_types(data_type, sink);
    for option in options {
        option_needs(option, table, sink);
    }
    let column = column(table, name, sink);
    for property in [
        Property::Type,
        Property::Nullable,
        Property::ServerDefault,
        Property::Comment,
        Property::Other,
    ] {
        sink.emit(Action::Alter(property), column.clone());
    }
    for option in options {
        let kind = match option {
            ColumnOption::PrimaryKey(_) => ConstraintKind::PrimaryKey,
            ColumnOption::Unique(_) => ConstraintKind::Unique,
            _ => continue,
        };
        sink.emit(Action::Require, column.clone());
        sink.emit(
            Action::Create,
            SchemaObject::Constraint {
                table: table.clone(),
                name: None,
                kind,
            },
        );
    }
    column
}

fn switched(kind: &'static str, name: &Ident, table: &QualifiedName, sink: &mut Sink) {
    let object =
        if name.value.eq_ignore_ascii_case("all") || name.value.eq_ignore_ascii_case("user") {
            SchemaObject::Table(table.clone())
        } else {
            let name = QualifiedName::unqualified(ident_of(name, sink));
            SchemaObject::Other {
                kind,
                table: Some(table.clone()),
                name,
            }
        };
    sink.emit(Action::Alter(Property::Other), object);
}

fn column(table: &QualifiedName, name: &Ident, sink: &mut Sink) -> SchemaObject {
    SchemaObject::Column {
        table: table.clone(),
        name: ident_of(name, sink),
    }
}

fn constraint(
    table: &QualifiedName,
    name: &Ident,
    kind: ConstraintKind,
    sink: &mut Sink,
) -> SchemaObject {
    SchemaObject::Constraint {
        table: table.clone(),
        name: Some(ident_of(name, sink)),
        kind,
    }
}

fn cascade(behavior: Option<&DropBehavior>, sink: &mut Sink) {
    if matches!(behavior, Some(DropBehavior::Cascade)) {
        sink.opaque(super::CASCADE);
    }
}
