//! Ways to the database: connections, sessions, Alembic's context, and what is executed on them.

use std::rc::Rc;

use rechain_history::effect::{Action, Certainty, Effect, EffectKind, SchemaObject};
use rechain_history::text::TextRange;

use super::call::Call;
use super::sql::effects_of_text;
use crate::evaluate::Interpreter;
use crate::evaluate::value::{
    Arguments, Batch, Class, Handle, Items, Object, ObjectId, Sql, Value,
};

/// `op.execute(...)`
pub(super) fn execute_directive(call: &mut Call<'_, '_>) -> Result<Value, String> {
    let statement = call
        .argument("sqltext")
        .cloned()
        .ok_or_else(|| call.unknown("sqltext"))?;
    call.execute(&statement);
    Ok(Value::None)
}

impl Call<'_, '_> {
    fn execute(&mut self, statement: &Value) {
        let range = self.range();
        self.interpreter.execute(statement, &[], range);
    }
}

impl Interpreter<'_> {
    pub(super) fn batch_mut(&mut self, id: ObjectId) -> Option<&mut Batch> {
        match self.object_mut(id) {
            Object::Batch(batch) => Some(batch),
            _ => None,
        }
    }

    /// `handle.name`
    pub(crate) fn handle_attribute(&mut self, handle: Handle, name: &str) -> Value {
        match (handle, name) {
            (
                _,
                "dialect"
                | "url"
                | "opts"
                | "as_sql"
                | "config"
                | "closed"
                | "default_schema_name"
                | "dirty"
                | "new",
            ) => Value::Data,
            (Handle::Bind | Handle::Session, "bind" | "engine" | "connection")
                if handle == Handle::Bind =>
            {
                Value::Handle(Handle::Bind)
            }
            (Handle::Context, "bind" | "connection")
            | (Handle::Session, "no_autoflush" | "bind") => Value::Handle(Handle::Bind),
            _ => self.add(Object::Method {
                receiver: Value::Handle(handle),
                name: name.into(),
            }),
        }
    }

    /// `handle.name(...)`
    #[expect(clippy::too_many_lines, reason = "one arm for each kind")]
    pub(crate) fn call_handle(
        &mut self,
        handle: Handle,
        name: &str,
        args: &Arguments,
        range: TextRange,
    ) -> Value {
        let first = args.positional.first().cloned();
        if let (Handle::Context, Some(option)) = (handle, name.strip_prefix("config.")) {
            return if option.starts_with("attributes") {
                Value::Unknown("something in `config.attributes`".into())
            } else {
                Value::Data
            };
        }
        match (handle, name) {
            (
                Handle::Bind | Handle::Session,
                "execute" | "scalar" | "scalars" | "exec_driver_sql" | "executemany",
            )
            | (Handle::Context, "execute") => {
                let statement = first.or_else(|| {
                    ["statement", "object", "sql", "clause", "object_"]
                        .iter()
                        .find_map(|name| args.keyword(name).cloned())
                });
                let rest = args.positional.get(1..).unwrap_or(&[]);
                self.execute(
                    &statement.unwrap_or(Value::Unknown("nothing".into())),
                    rest,
                    range,
                );
                Value::Data
            }
            (
                Handle::Bind,
                "begin" | "begin_nested" | "connect" | "execution_options" | "contextual_connect"
                | "cursor" | "raw_connection" | "get_bind" | "__enter__",
            )
            | (Handle::Session, "connection" | "get_bind" | "begin" | "begin_nested")
            | (Handle::Context, "get_bind" | "begin_transaction" | "autocommit_block") => {
                Value::Handle(if handle == Handle::Session && name.starts_with("begin") {
                    Handle::Session
                } else {
                    Handle::Bind
                })
            }
            (Handle::Context, "get_context") => Value::Handle(Handle::Context),
            (
                Handle::Context,
                "is_offline_mode"
                | "get_x_argument"
                | "get_tag_argument"
                | "get_revision_argument"
                | "get_head_revision"
                | "get_current_revision"
                | "get_starting_revision_argument"
                | "is_transactional_ddl",
            )
            | (
                Handle::Bind,
                "commit"
                | "rollback"
                | "close"
                | "in_transaction"
                | "get_isolation_level"
                | "has_table"
                | "invalidate"
                | "fetchone"
                | "fetchall"
                | "fetchmany"
                | "dispose"
                | "detach"
                | "__exit__"
                | "in_nested_transaction"
                | "table_names"
                | "get_execution_options",
            )
            | (
                Handle::Session,
                "commit" | "rollback" | "close" | "flush" | "expire" | "expire_all" | "expunge"
                | "expunge_all" | "in_transaction" | "remove",
            ) => Value::Data,
            (Handle::Session, "query" | "get") => self.query(args, range),
            (
                Handle::Session,
                "add"
                | "add_all"
                | "delete"
                | "merge"
                | "bulk_save_objects"
                | "bulk_insert_mappings"
                | "bulk_update_mappings"
                | "refresh",
            ) => {
                self.store(&first.unwrap_or(Value::None), range);
                Value::Data
            }
            (Handle::SessionFactory, "begin") => Value::Handle(Handle::Session),
            (Handle::SessionFactory, "configure") => Value::None,
            (Handle::Globals, "get" | "__getitem__") => {
                let key = first.unwrap_or(Value::None);
                self.global(&key)
            }
            (Handle::Globals, "keys" | "items" | "values" | "copy") => {
                Value::Unknown("the module's own names".into())
            }
            _ => {
                let what = match handle {
                    Handle::Bind => "a connection",
                    Handle::Session | Handle::SessionFactory => "a session",
                    Handle::Context => "the context",
                    Handle::Globals => "globals()",
                };
                self.unknown_call(&format!("call of `.{name}` of {what}"), args, range)
            }
        }
    }

    fn global(&mut self, key: &Value) -> Value {
        match key {
            Value::Str(name) => self.module_value(name).unwrap_or(Value::None),
            _ => Value::Unknown("a global whose name is not known".into()),
        }
    }

    /// Runs a statement on a connection.
    pub(crate) fn execute(&mut self, statement: &Value, parameters: &[Value], range: TextRange) {
        if let Value::Str(sql) = statement {
            self.run_text(&sql.clone(), range);
            return;
        }
        match self.object(statement).cloned() {
            Some(Object::Sql(sql)) => {
                let mut sql = (*sql).clone();
                let names = self.row_keys(parameters);
                if let (Some(table), 1) = (sql.written.iter().next().cloned(), sql.written.len())
                    && sql
                        .touched
                        .iter()
                        .all(|object| object.table() == Some(&table))
                {
                    // Parameters of an insert name columns; those of an update may name anything.
                    let is_insert = sql.touched.is_empty();
                    for name in names.into_iter().filter(|_| is_insert) {
                        sql.touched.insert(SchemaObject::Column {
                            table: table.clone(),
                            name,
                        });
                    }
                }
                self.run_sql(&sql, range);
            }
            Some(Object::Construct { class, args }) => self.execute_construct(&class, &args, range),
            Some(Object::Method { receiver, .. }) if self.is_sql(&receiver) => {
                self.execute(&receiver, parameters, range);
            }
            _ => {
                let reason = match statement {
                    Value::Data => "SQL put together at run time".to_owned(),
                    other => format!("SQL that is not known: {}", self.describe(other)),
                };
                self.opaque(reason, range);
            }
        }
    }

    fn run_text(&mut self, sql: &str, range: TextRange) {
        let certainty = self.certainty();
        for effect in effects_of_text(sql, certainty, range) {
            self.emit(effect, None);
        }
    }

    fn execute_construct(&mut self, class: &Rc<str>, args: &Arguments, range: TextRange) {
        let first = args
            .positional
            .first()
            .or_else(|| args.keyword("text"))
            .cloned()
            .unwrap_or(Value::None);
        let conditional = ["if_exists", "if_not_exists"]
            .iter()
            .any(|option| args.keyword(option).is_some());
        let object = match (&**class, self.object(&first).cloned()) {
            ("text" | "DDL" | "TextClause", _) => {
                match first {
                    // DDL formats its text with `%`.
                    Value::Str(sql) if &**class != "DDL" || !sql.contains('%') => {
                        self.run_text(&sql, range);
                    }
                    _ => self.opaque("SQL put together at run time", range),
                }
                return;
            }
            ("CreateSequence" | "DropSequence", Some(Object::Construct { class: inner, args }))
                if &*inner == "Sequence" =>
            {
                self.sequence_name(&args).map(SchemaObject::Sequence)
            }
            ("CreateSchema" | "DropSchema", _) => self
                .known_name(&first)
                .map(|name| SchemaObject::Schema(name.to_string())),
            ("CreateTable" | "DropTable", Some(Object::Table(table))) => {
                let method = if class.starts_with("Create") {
                    "create"
                } else {
                    "drop"
                };
                let check = if conditional {
                    Value::Bool(true)
                } else {
                    Value::Bool(false)
                };
                let args = Arguments {
                    positional: vec![Value::None, check],
                    ..Arguments::default()
                };
                self.call_table(&table, method, &args, range);
                return;
            }
            _ => None,
        };
        if class.starts_with("func.") {
            let sql = self.sql_value(std::slice::from_ref(&first));
            drop(sql);
            self.opaque(format!("SQL {class}"), range);
            return;
        }
        match object {
            Some(object) => {
                let action = if class.starts_with("Create") {
                    Action::Create
                } else {
                    Action::Drop
                };
                let mut call = Call::standing_in(self, "execute", range);
                call.conditional = conditional;
                call.emit(action, object);
            }
            None => self.opaque(format!("execution of {class}"), range),
        }
    }

    /// A method of an object of `SQLAlchemy`.
    pub(crate) fn call_construct(
        &mut self,
        receiver: &Value,
        class: &Rc<str>,
        own: &Arguments,
        name: &str,
        args: &Arguments,
        range: TextRange,
    ) -> Value {
        match (&**class, name) {
            ("Enum" | "ENUM", "create" | "drop") => {
                self.call_enum(class, own, name == "create", args, range)
            }
            ("Sequence", "create" | "drop") => {
                let action = if name == "create" {
                    Action::Create
                } else {
                    Action::Drop
                };
                match self.sequence_name(own) {
                    Some(sequence) => {
                        // Sequences are looked for first unless told not to.
                        let checks = args
                            .get(1, "checkfirst")
                            .is_none_or(|value| self.truth(value) != Some(false));
                        let mut call = Call::standing_in(self, "Sequence.create", range);
                        call.conditional = checks;
                        call.emit(action, SchemaObject::Sequence(sequence));
                    }
                    None => self.opaque("a sequence whose name is not known", range),
                }
                Value::None
            }
            ("Index", "create" | "drop") => {
                self.call_index(own, name == "create", args, range);
                Value::None
            }
            ("MetaData", "reflect" | "clear") => Value::None,
            ("text" | "TextClause", "bindparams" | "columns" | "execution_options" | "label") => {
                receiver.clone()
            }
            ("Column" | "column", "copy" | "_copy") => receiver.clone(),
            (
                _,
                "create" | "drop" | "create_all" | "drop_all" | "execute" | "exec_driver_sql"
                | "scalar" | "scalars" | "query" | "connect" | "begin" | "run" | "append_column",
            ) => self.unknown_call(&format!("call of `.{name}` of {class}"), args, range),
            (
                _,
                "with_variant"
                | "as_generic"
                | "adapt"
                | "evolve"
                | "copy"
                | "adapt_to_emulated_type",
            ) => {
                let mut positional = vec![receiver.clone()];
                positional.extend(args.positional.iter().cloned());
                let args = Arguments {
                    positional,
                    ..args.clone()
                };
                self.add(Object::Construct {
                    class: format!(".{name}").into(),
                    args: Rc::new(args),
                })
            }
            _ => {
                let mut parts = vec![receiver.clone()];
                parts.extend(args.all().cloned());
                self.sql_value(&parts)
            }
        }
    }

    /// `Index("name", table.c.column).create(bind)`
    fn call_index(&mut self, own: &Arguments, create: bool, args: &Arguments, range: TextRange) {
        let name = own.get(0, "name").cloned().unwrap_or(Value::None);
        let columns: Vec<Value> = own.positional.iter().skip(1).cloned().collect();
        let sql = self.sql_value(&columns);
        let Some(Object::Sql(sql)) = self.object(&sql).cloned() else {
            return;
        };
        let table = sql
            .touched
            .iter()
            .find_map(|object| object.table().cloned());
        let (Some(name), Some(table)) = (self.known_name(&name), table) else {
            self.opaque("an index whose name or table is not known", range);
            return;
        };
        let checks = args
            .get(1, "checkfirst")
            .is_some_and(|value| self.truth(value) != Some(false));
        let mut call = Call::standing_in(self, "Index.create", range);
        call.conditional = checks;
        if create {
            sql.touched
                .iter()
                .cloned()
                .for_each(|object| call.require(object));
        }
        let index = SchemaObject::Index {
            table: Some(table),
            name: Some(name.to_string()),
        };
        call.emit(if create { Action::Create } else { Action::Drop }, index);
        if let Some(reason) = &sql.unclear {
            call.opaque(&**reason);
        }
    }

    // ORM sessions.

    /// `session.query(Model, ...)`: reads rows, and what is loaded may be changed and written back.
    fn query(&mut self, args: &Arguments, range: TextRange) -> Value {
        let parts: Vec<Value> = args.all().cloned().collect();
        let value = self.sql_value(&parts);
        let Some(Object::Sql(sql)) = self.object(&value).cloned() else {
            return value;
        };
        let mut sql = (*sql).clone();
        for part in &parts {
            if let Some(Object::Class(class)) = self.object(part).cloned() {
                if !self.is_simple_model(&class) {
                    sql.unclear = Some(format!("ORM query of {}", class.name).into());
                } else if let Some(table) = &class.table {
                    let kind = EffectKind::Known {
                        action: Action::WriteRows,
                        object: SchemaObject::Table(table.name.clone()),
                    };
                    self.emit(
                        Effect {
                            kind,
                            certainty: Certainty::Conditional,
                            range,
                        },
                        None,
                    );
                }
            }
        }
        sql.query = true;
        let read = Sql {
            written: std::collections::BTreeSet::new(),
            ..sql.clone()
        };
        self.run_sql(&read, range);
        sql.unclear = None;
        self.add(Object::Sql(sql.into()))
    }

    /// A further step of a query, which may bring in more tables, or write.
    pub(super) fn call_query(
        &mut self,
        sql: &Sql,
        name: &str,
        args: &Arguments,
        range: TextRange,
    ) -> Value {
        let parts: Vec<Value> = args.all().cloned().collect();
        let more = self.sql_value(&parts);
        let Some(Object::Sql(more)) = self.object(&more).cloned() else {
            return more;
        };
        let mut more = (*more).clone();
        match name {
            "update" | "delete" => {
                let tables: Vec<_> = sql.touched.iter().filter_map(SchemaObject::table).collect();
                match tables.first() {
                    Some(table) if tables.iter().all(|other| other == table) => {
                        more.written.insert((*table).clone());
                        for name in self.row_keys(&args.positional) {
                            more.touched.insert(SchemaObject::Column {
                                table: (*table).clone(),
                                name,
                            });
                        }
                    }
                    _ => more.unclear = Some("an ORM query that writes".into()),
                }
                self.run_sql(&more, range);
                Value::Data
            }
            "all" | "first" | "one" | "one_or_none" | "scalar" | "count" | "get" | "fetchall"
            | "yield_per" | "exists" => Value::Data,
            _ => {
                more.touched.retain(|object| !sql.touched.contains(object));
                self.run_sql(&more, range);
                let mut all = sql.clone();
                all.touched.extend(more.touched);
                self.add(Object::Sql(all.into()))
            }
        }
    }

    /// `session.add(object)` and its kin.
    fn store(&mut self, value: &Value, range: TextRange) {
        match self.object(value).cloned() {
            Some(Object::Instance { class, .. } | Object::Class(class))
                if self.is_simple_model(&class) =>
            {
                if let Some(table) = &class.table {
                    let kind = EffectKind::Known {
                        action: Action::WriteRows,
                        object: SchemaObject::Table(table.name.clone()),
                    };
                    let certainty = self.certainty();
                    self.emit(
                        Effect {
                            kind,
                            certainty,
                            range,
                        },
                        None,
                    );
                }
            }
            Some(Object::Sequence {
                items: Items::Known(items),
                ..
            }) if items.len() <= 1000 => {
                let nested =
                    |item: &Value| matches!(self.object(item), Some(Object::Sequence { .. }));
                if items.iter().any(nested) {
                    self.opaque("an ORM session that writes", range);
                    return;
                }
                for item in &items {
                    self.store(item, range);
                }
            }
            // A row that a query has loaded: that is counted already.
            _ if *value == Value::Data => {}
            _ => self.opaque("an ORM session that writes", range),
        }
    }

    /// A mapped class that is wholly of the migration, without relationships that would bring in
    /// other tables.
    fn is_simple_model(&self, class: &Class) -> bool {
        let related = |value: &Value| {
            matches!(
                self.object(value),
                Some(Object::Construct { class, .. }) if matches!(&**class, "relationship" | "backref" | "synonym" | "column_property")
            )
        };
        match &class.table {
            Some(table) => class.plain && !table.items.iter().any(related),
            None => false,
        }
    }
}
