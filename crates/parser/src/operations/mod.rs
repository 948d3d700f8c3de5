//! Alembic's directives and `SQLAlchemy`'s constructs, and the effects they have.
//!
//! [`DIRECTIVES`] is the table: the order of positional arguments, the names that older versions of
//! Alembic accepted, and the function that says what happens. Arguments that are keyword-only since
//! Alembic 1.11 stand in the order in which they were positional before.

mod call;
mod column;
mod constraint;
mod core;
mod database;
mod entity;
mod fragment;
mod identifiers;
mod index;
pub(crate) mod invoke;
mod items;
mod object;
mod session;
mod statement;
mod table;
#[cfg(test)]
mod tests;
mod types;

use rechain_history::TextRange;
use rechain_history::{
    Action, Certainty, Dialect, Dialects, Effect, EffectKind, Property, QualifiedName, SchemaObject,
};

use crate::evaluate::Interpreter;
use crate::evaluate::value::{Arguments, Batch, Handle, Object, ObjectId, Value};
use call::Call;

/// What a directive does. The error is the reason why that is not known.
type Handler = for<'i, 'a> fn(&mut Call<'i, 'a>) -> Result<Value, String>;

/// One directive of `op` and, where there is one, of `batch_alter_table`.
struct Directive {
    name: &'static str,
    /// Arguments by position; `*` takes all further ones.
    order: &'static [&'static str],
    /// The same of the batch method, which has the table already.
    batch: Option<&'static [&'static str]>,
    /// Former names of arguments: before 0.5, before 0.8, and with a warning up to 1.4.
    legacy: &'static [(&'static str, &'static str)],
    handler: Handler,
}

#[rustfmt::skip]
const DIRECTIVES: &[Directive] = &[
    Directive { name: "create_table", order: &["table_name", "*"], batch: None, legacy: &[("name", "table_name")], handler: table::create },
    Directive { name: "drop_table", order: &["table_name", "schema"], batch: None, legacy: &[("name", "table_name")], handler: table::drop },
    Directive { name: "rename_table", order: &["old_table_name", "new_table_name", "schema"], batch: None, legacy: &[], handler: table::rename },
    Directive { name: "create_table_comment", order: &["table_name", "comment", "existing_comment", "schema"], batch: Some(&["comment", "existing_comment"]), legacy: &[], handler: table::comment },
    Directive { name: "drop_table_comment", order: &["table_name", "existing_comment", "schema"], batch: Some(&["existing_comment"]), legacy: &[], handler: table::comment },
    Directive { name: "bulk_insert", order: &["table", "rows", "multiinsert"], batch: None, legacy: &[], handler: table::bulk_insert },
    Directive { name: "add_column", order: &["table_name", "column", "schema"], batch: Some(&["column", "insert_before", "insert_after"]), legacy: &[], handler: column::add },
    Directive { name: "alter_column", order: &["table_name", "column_name", "nullable", "comment", "server_default", "new_column_name", "type_", "existing_type", "existing_server_default", "existing_nullable", "existing_comment", "schema"], batch: Some(&["column_name", "nullable", "comment", "server_default", "new_column_name", "type_", "existing_type"]), legacy: &[("name", "new_column_name"), ("type", "type_")], handler: column::alter },
    Directive { name: "drop_column", order: &["table_name", "column_name", "schema"], batch: Some(&["column_name"]), legacy: &[], handler: column::drop },
    Directive { name: "create_index", order: &["index_name", "table_name", "columns", "schema", "unique"], batch: Some(&["index_name", "columns"]), legacy: &[("name", "index_name"), ("tablename", "table_name")], handler: index::create },
    Directive { name: "drop_index", order: &["index_name", "table_name", "schema"], batch: Some(&["index_name"]), legacy: &[("name", "index_name"), ("tablename", "table_name")], handler: index::drop },
    Directive { name: "create_foreign_key", order: &["constraint_name", "source_table", "referent_table", "local_cols", "remote_cols", "onupdate", "ondelete", "deferrable", "initially", "match", "source_schema", "referent_schema"], batch: Some(&["constraint_name", "referent_table", "local_cols", "remote_cols"]), legacy: &[("name", "constraint_name"), ("source", "source_table"), ("referent", "referent_table")], handler: constraint::foreign_key },
    Directive { name: "create_unique_constraint", order: &["constraint_name", "table_name", "columns", "schema"], batch: Some(&["constraint_name", "columns"]), legacy: &[("name", "constraint_name"), ("source", "table_name"), ("local_cols", "columns")], handler: constraint::unique },
    Directive { name: "create_check_constraint", order: &["constraint_name", "table_name", "condition", "schema"], batch: Some(&["constraint_name", "condition"]), legacy: &[("name", "constraint_name"), ("source", "table_name")], handler: constraint::check },
    Directive { name: "create_primary_key", order: &["constraint_name", "table_name", "columns", "schema"], batch: Some(&["constraint_name", "columns"]), legacy: &[("name", "constraint_name"), ("cols", "columns")], handler: constraint::primary_key },
    Directive { name: "create_exclude_constraint", order: &["constraint_name", "table_name", "*"], batch: Some(&["constraint_name", "*"]), legacy: &[("name", "constraint_name")], handler: constraint::exclude },
    Directive { name: "drop_constraint", order: &["constraint_name", "table_name", "type_", "schema"], batch: Some(&["constraint_name", "type_"]), legacy: &[("name", "constraint_name"), ("tablename", "table_name"), ("type", "type_")], handler: constraint::drop },
    Directive { name: "execute", order: &["sqltext"], batch: Some(&["sqltext"]), legacy: &[("sql", "sqltext")], handler: database::execute_directive },
    // alembic_postgresql_enum
    Directive { name: "sync_enum_values", order: &["enum_schema", "enum_name", "new_values", "affected_columns", "enum_values_to_rename", "indexes_to_recreate"], batch: None, legacy: &[], handler: types::sync_values },
    Directive { name: "add_enum_value", order: &["enum_schema", "enum_name", "new_value", "before_value"], batch: None, legacy: &[], handler: types::add_value },
    // alembic_utils
    Directive { name: "create_entity", order: &["target"], batch: None, legacy: &[], handler: entity::create },
    Directive { name: "drop_entity", order: &["target", "cascade"], batch: None, legacy: &[], handler: entity::drop },
    Directive { name: "replace_entity", order: &["target"], batch: None, legacy: &[], handler: entity::replace },
    // GeoAlchemy2
    Directive { name: "create_geospatial_table", order: &["table_name", "*"], batch: None, legacy: &[], handler: table::create },
    Directive { name: "drop_geospatial_table", order: &["table_name", "schema"], batch: None, legacy: &[], handler: table::drop },
    Directive { name: "add_geospatial_column", order: &["table_name", "column", "schema"], batch: Some(&["column"]), legacy: &[], handler: column::add },
    Directive { name: "drop_geospatial_column", order: &["table_name", "column_name", "schema"], batch: Some(&["column_name"]), legacy: &[], handler: column::drop },
    Directive { name: "create_geospatial_index", order: &["index_name", "table_name", "columns", "schema", "unique"], batch: Some(&["index_name", "columns"]), legacy: &[], handler: index::create },
    Directive { name: "drop_geospatial_index", order: &["index_name", "table_name", "column_name", "schema"], batch: Some(&["index_name"]), legacy: &[], handler: index::drop },
];

/// The directives of `op` that are understood, each with whether a block of `op.batch_alter_table` has it too.
///
/// For whoever wants to know what is covered; what a migration does with them is in its effects.
pub fn known_directives() -> impl Iterator<Item = (&'static str, bool)> {
    DIRECTIVES
        .iter()
        .map(|directive| (directive.name, directive.batch.is_some()))
}

impl Interpreter<'_> {
    /// `op.name(...)`
    pub(crate) fn call_directive(
        &mut self,
        name: &str,
        args: &Arguments,
        range: TextRange,
    ) -> Value {
        if let Some(directive) = DIRECTIVES.iter().find(|directive| directive.name == name) {
            return Call::new(self, directive, args, range, None).run();
        }
        match name {
            "get_bind" => Value::Handle(Handle::Bind),
            "get_context" => Value::Handle(Handle::Context),
            "f" => args.get(0, "name").cloned().unwrap_or(Value::Data),
            "inline_literal" => Value::Data,
            "batch_alter_table" => self.begin_batch(args, range),
            "invoke" => self.invoke(args, range),
            "run_async" => self.run_async(args, range),
            _ => self.unknown_call(&format!("custom directive op.{name}"), args, range),
        }
    }

    /// `op.batch_alter_table(...)`: nothing happens before the block ends.
    fn begin_batch(&mut self, args: &Arguments, range: TextRange) -> Value {
        let table = if args.more_keywords || args.more_positional {
            Err("the arguments of op.batch_alter_table are not known".into())
        } else {
            let name = args.get(0, "table_name").cloned().unwrap_or(Value::None);
            let schema = args.get(1, "schema").cloned().unwrap_or(Value::None);
            match (self.known_name(&name), self.known_schema(&schema)) {
                (Some(name), Some(schema)) => Ok(QualifiedName::new(schema, &*name)),
                (None, _) => Err("table_name of op.batch_alter_table is not known".into()),
                (_, None) => Err("schema of op.batch_alter_table is not known".into()),
            }
        };
        let recreates = args.more_keywords
            || args.get(2, "recreate").is_some_and(
                |value| !matches!(value, Value::Str(mode) if matches!(&**mode, "auto" | "never")),
            );
        self.add(Object::Batch(Batch {
            table,
            queue: Vec::new(),
            copies: recreates.then_some(range),
            recreates,
        }))
    }

    /// A method of what `with op.batch_alter_table(...)` gives.
    pub(crate) fn call_batch(
        &mut self,
        batch: ObjectId,
        name: &str,
        args: &Arguments,
        range: TextRange,
    ) -> Value {
        match name {
            "f" | "get_bind" | "get_context" | "inline_literal" => {
                return self.call_directive(name, args, range);
            }
            "execute" => return self.call_directive(name, args, range),
            _ => {}
        }
        let directive = DIRECTIVES
            .iter()
            .find(|directive| directive.name == name && directive.batch.is_some());
        let Some(directive) = directive else {
            return self.unknown_call(&format!("custom batch directive {name}"), args, range);
        };
        let table = match self.object(&Value::Object(batch)) {
            Some(Object::Batch(batch)) => batch.table.clone(),
            _ => Err("the batch block is not known".into()),
        };
        match table {
            Ok(table) => Call::new(self, directive, args, range, Some((batch, table))).run(),
            Err(reason) => {
                let effect = Effect::opaque(&*reason, range);
                self.emit(effect, Some(batch));
                Value::None
            }
        }
    }

    /// The end of a batch block: its operations run now.
    ///
    /// `SQLite` copies the table for most of them, whatever they are: that changes the table as a whole. So does every
    /// database where the block asks for it (`recreate="always"`).
    pub(crate) fn finish_batch(&mut self, batch: ObjectId) {
        let (queue, copies, recreates, table) = match self.batch_mut(batch) {
            Some(batch) => (
                std::mem::take(&mut batch.queue),
                batch.copies,
                batch.recreates,
                batch.table.clone(),
            ),
            None => return,
        };
        let copied_for = |effect: &&Effect| {
            !matches!(
                effect.known(),
                Some(
                    (
                        Action::Require | Action::Create | Action::Drop,
                        SchemaObject::Index { .. }
                    ) | (Action::Require, _)
                        | (Action::Create, SchemaObject::Column { .. })
                )
            ) && !effect.is_opaque()
        };
        let range = copies.or(queue.iter().find(copied_for).map(|effect| effect.range));
        if let (Some(range), Ok(table)) = (range, table)
            && !queue.is_empty()
        {
            let kind = EffectKind::Known {
                action: Action::Alter(Property::Other),
                object: SchemaObject::Table(table),
            };
            let sqlite = Dialects::of([Dialect::Sqlite]);
            let mut effect = Effect::new(kind, self.certainty(), range);
            if recreates {
                // What a copy loses is known for SQLite alone: elsewhere a table has comments, rights, policies.
                let mut elsewhere = effect.clone();
                elsewhere.certainty = Certainty::Unknown;
                elsewhere.dialects = sqlite.complement();
                self.emit(elsewhere, None);
            }
            effect.dialects = sqlite;
            self.emit(effect, None);
        }
        for mut effect in queue {
            if effect.certainty == Certainty::Always {
                effect.certainty = self.certainty();
            }
            self.emit(effect, None);
        }
    }
}
