//! Ways to the database: connections, sessions, Alembic's context, and what is executed on them.

use std::rc::Rc;

use rechain_history::TextRange;
use rechain_history::{Action, Certainty, SchemaObject};

use super::call::Call;
use crate::evaluate::Interpreter;
use crate::evaluate::value::{Arguments, Batch, Handle, Object, ObjectId, Value};
use crate::sql;

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
            (Handle::Dialect | Handle::Bind, "name") => self.dialect_name(),
            // Where it is set, it is the schema of all of the project's tables.
            (Handle::Context, "version_table_schema") => Value::None,
            (Handle::Bind | Handle::Session | Handle::Context | Handle::Inspector, "dialect") => {
                Value::Handle(Handle::Dialect)
            }
            (
                _,
                "url"
                | "opts"
                | "as_sql"
                | "config"
                | "closed"
                | "default_schema_name"
                | "dirty"
                | "new",
            )
            | (Handle::Dialect, _) => Value::Data,
            (Handle::Bind | Handle::Session, "bind" | "engine" | "connection")
                if handle == Handle::Bind =>
            {
                Value::Handle(Handle::Bind)
            }
            (Handle::Context, "bind" | "connection")
            | (Handle::Inspector, "bind" | "engine")
            | (Handle::Session, "no_autoflush" | "bind") => Value::Handle(Handle::Bind),
            _ => self.add(Object::Method {
                receiver: Value::Handle(handle),
                name: name.into(),
            }),
        }
    }

    /// The name of the dialect that this run is for.
    fn dialect_name(&mut self) -> Value {
        match self.dialect {
            Some(name) => Value::Str(name.into()),
            None => {
                self.ask_dialect();
                Value::Data
            }
        }
    }

    /// `handle.name(...)`
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
            (Handle::Inspector | Handle::Dialect, _) => {
                self.escape_all(args, range);
                Value::Data
            }
            (
                Handle::Bind | Handle::Session,
                "execute" | "scalar" | "scalars" | "exec_driver_sql" | "executemany" | "exec",
            )
            | (Handle::Context, "execute") => {
                let statement = first.or_else(|| {
                    ["statement", "object", "sql", "clause", "object_"]
                        .iter()
                        .find_map(|name| args.keyword(name).cloned())
                });
                let statement = statement.unwrap_or(Value::Unknown("nothing".into()));
                let rest = args.positional.get(1..).unwrap_or(&[]);
                self.execute(&statement, rest, range);
                if handle == Handle::Session {
                    self.load_rows(&statement, range);
                }
                Value::Data
            }
            (Handle::Bind, "run_sync") => self.run_sync(args, range),
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
                    Handle::Inspector => "an inspector",
                    Handle::Dialect => "a dialect",
                    Handle::Globals => "globals()",
                };
                self.unknown_call(&format!("call of `.{name}` of {what}"), args, range)
            }
        }
    }

    fn global(&mut self, key: &Value) -> Value {
        match key {
            Value::Str(name) => self.global_value(name).unwrap_or(Value::None),
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
            Some(Object::Template(sql)) => self.run_text(&sql, range),
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

    fn run_text(&mut self, text: &str, range: TextRange) {
        self.run_text_maybe(text, Certainty::Always, range);
    }

    /// Runs SQL, or passes over it where `certainty` says so.
    pub(super) fn run_text_maybe(&mut self, text: &str, certainty: Certainty, range: TextRange) {
        let certainty = match self.certainty() {
            Certainty::Always => certainty,
            uncertain => uncertain,
        };
        for effect in sql::effects(text, certainty, range) {
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
                    _ if &**class != "DDL"
                        && matches!(self.object(&first), Some(Object::Template(_))) =>
                    {
                        self.execute(&first, &[], range);
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
}
