//! ORM sessions. What a query loads may be changed and written back, so reading an entity may write.

use rechain_history::TextRange;
use rechain_history::{Action, Certainty, Effect, EffectKind, SchemaObject};

use crate::evaluate::Interpreter;
use crate::evaluate::value::{Arguments, Class, Items, Object, Sql, Value};

impl Interpreter<'_> {
    /// `session.query(Model, ...)`: reads rows, and what is loaded may be changed and written back.
    pub(super) fn query(&mut self, args: &Arguments, range: TextRange) -> Value {
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
                    self.emit(Effect::new(kind, Certainty::Conditional, range), None);
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
    pub(super) fn store(&mut self, value: &Value, range: TextRange) {
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
                    self.emit(Effect::new(kind, certainty, range), None);
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
