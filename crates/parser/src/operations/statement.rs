//! Methods of tables and statements, and what a statement does when it runs.

use std::collections::BTreeSet;
use std::rc::Rc;

use rechain_history::TextRange;
use rechain_history::{Action, Certainty, Effect, EffectKind, SchemaObject};

use super::call::Call;
use super::table;
use crate::evaluate::Interpreter;
use crate::evaluate::value::{Arguments, Items, Object, Sql, Table, Value};

impl Interpreter<'_> {
    /// A method of a table.
    pub(crate) fn call_table(
        &mut self,
        table: &Rc<Table>,
        name: &str,
        args: &Arguments,
        range: TextRange,
    ) -> Value {
        let receiver = self.add(Object::Table(table.clone()));
        let parts: Vec<Value> = args.all().cloned().collect();
        match name {
            "insert" | "update" | "delete" => {
                let statement = self.writing(&receiver, &parts);
                self.with_keys(&statement, args)
            }
            "select" | "join" | "outerjoin" | "count" => {
                let mut all = vec![receiver];
                all.extend(parts);
                self.selecting(&all, args.is_open())
            }
            "alias" | "tometadata" | "to_metadata" | "with_hint" => receiver,
            "exists" => Value::Data,
            "create" | "drop" => {
                let checks = args
                    .get(1, "checkfirst")
                    .is_some_and(|value| self.truth(value) != Some(false));
                let mut call = Call::standing_in(self, "Table.create", range);
                call.conditional = checks;
                if name == "drop" {
                    call.emit(Action::Drop, SchemaObject::Table(table.name.clone()));
                } else {
                    table::define(&mut call, &table.name, &table.items);
                    if table.open {
                        call.opaque("a table whose columns are not all known");
                    }
                }
                Value::None
            }
            _ => self.unknown_call(&format!("call of `.{name}` of a table"), args, range),
        }
    }

    /// A method of an expression or statement.
    pub(crate) fn call_sql(
        &mut self,
        sql: &Rc<Sql>,
        name: &str,
        args: &Arguments,
        range: TextRange,
    ) -> Value {
        let receiver = self.add(Object::Sql(sql.clone()));
        if sql.query {
            return self.call_query(sql, name, args, range);
        }
        if matches!(name, "execute" | "scalar") {
            self.execute(&receiver, &[], range);
            return Value::Data;
        }
        let mut parts = vec![receiver];
        parts.extend(args.all().cloned());
        let made = self.sql_value(&parts);
        if args.is_open() && !matches!(name, "in_" | "notin_" | "not_in") {
            let Some(Object::Sql(made)) = self.object(&made).cloned() else {
                return made;
            };
            // Unknown values of known columns change nothing about what is touched, but keys do.
            let unclear = Some("a statement whose parts are not known".into());
            return self.add(Object::Sql(
                Sql {
                    unclear,
                    ..(*made).clone()
                }
                .into(),
            ));
        }
        if name == "values" || name == "with_only_columns" {
            return self.with_keys(&made, args);
        }
        made
    }

    /// Adds the columns that `values(column=...)` or `values({...})` name.
    fn with_keys(&mut self, statement: &Value, args: &Arguments) -> Value {
        let Some(Object::Sql(sql)) = self.object(statement).cloned() else {
            return statement.clone();
        };
        let mut sql = (*sql).clone();
        let Some(table) = sql
            .written
            .iter()
            .next()
            .cloned()
            .filter(|_| sql.written.len() == 1)
        else {
            return statement.clone();
        };
        let mut rows: Vec<Value> = args.positional.clone();
        rows.extend(args.keyword("values").cloned());
        let mut names = self.row_keys(&rows);
        let options = ["values", "whereclause", "inline"];
        names.extend(
            args.keywords
                .iter()
                .map(|(key, _)| key.to_string())
                .filter(|key| !options.contains(&key.as_str())),
        );
        for name in names {
            sql.touched.insert(SchemaObject::Column {
                table: table.clone(),
                name,
            });
        }
        self.add(Object::Sql(sql.into()))
    }

    /// The keys of dicts, or of lists of dicts.
    pub(super) fn row_keys(&mut self, rows: &[Value]) -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        for row in rows {
            match self.object(row).cloned() {
                Some(Object::Dict {
                    items: Items::Known(items),
                    ..
                }) => {
                    self.step(items.len());
                    for (key, _) in items {
                        keys.extend(self.known_name(&key).map(|key| key.to_string()));
                    }
                }
                Some(Object::Sequence {
                    items: Items::Known(items),
                    ..
                }) => {
                    for item in items {
                        if let Some(items) = self.dict_keys(&item) {
                            keys.extend(items);
                        }
                    }
                }
                _ => {}
            }
        }
        keys
    }

    fn dict_keys(&mut self, dict: &Value) -> Option<Vec<String>> {
        let Some(Object::Dict {
            items: Items::Known(items),
            ..
        }) = self.object(dict)
        else {
            return None;
        };
        let keys: Vec<_> = items.iter().map(|(key, _)| key.clone()).collect();
        self.step(keys.len());
        Some(
            keys.iter()
                .filter_map(|key| self.known_name(key))
                .map(|key| key.to_string())
                .collect(),
        )
    }

    /// Records what a statement does that runs at `range`.
    pub(super) fn run_sql(&mut self, sql: &Sql, range: TextRange) {
        let tables = sql
            .touched
            .iter()
            .filter_map(SchemaObject::table)
            .chain(&sql.written);
        let tables: BTreeSet<_> = tables.cloned().collect();
        for table in tables {
            for name in &sql.bare {
                let object = SchemaObject::Column {
                    table: table.clone(),
                    name: name.clone(),
                };
                let kind = EffectKind::Known {
                    action: Action::Require,
                    object,
                };
                self.emit(Effect::new(kind, Certainty::Conditional, range), None);
            }
        }
        let certainty = self.certainty();
        let mut emit = |action, object| {
            let kind = EffectKind::Known { action, object };
            self.emit(Effect::new(kind, certainty, range), None);
        };
        for object in &sql.touched {
            match object {
                SchemaObject::Table(table) if sql.written.contains(table) => {}
                SchemaObject::Table(_) => emit(Action::ReadRows, object.clone()),
                _ => emit(Action::Require, object.clone()),
            }
        }
        for table in &sql.written {
            emit(Action::WriteRows, SchemaObject::Table(table.clone()));
        }
        if let Some(reason) = &sql.unclear {
            self.opaque(&**reason, range);
        }
    }
}
