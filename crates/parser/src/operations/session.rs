//! ORM sessions. What a query loads may be changed and written back, so reading an entity may write.

use std::collections::BTreeSet;
use std::rc::Rc;

use rechain_history::TextRange;
use rechain_history::{Action, Certainty, Effect, EffectKind, QualifiedName, SchemaObject};

use crate::evaluate::Interpreter;
use crate::evaluate::value::{Arguments, Class, FunctionKind, Items, Object, Sql, Value};

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
                self.load_class(&class, range);
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

    /// What a statement that a session runs loads may be changed and written back.
    pub(super) fn load_rows(&mut self, statement: &Value, range: TextRange) {
        if let Some(Object::Sql(sql)) = self.object(statement).cloned() {
            for class in &sql.loads {
                self.load_class(class, range);
            }
        }
    }

    /// Objects of `class` come into a session, which may write them and what they lead to.
    fn load_class(&mut self, class: &Rc<Class>, range: TextRange) {
        match self.model_tables(class) {
            Some(tables) => {
                for table in tables {
                    self.write_rows(table, Certainty::Conditional, range);
                }
            }
            None => self.opaque(format!("ORM query of {}", class.name), range),
        }
    }

    fn write_rows(&mut self, table: QualifiedName, certainty: Certainty, range: TextRange) {
        let kind = EffectKind::Known {
            action: Action::WriteRows,
            object: SchemaObject::Table(table),
        };
        self.emit(Effect::new(kind, certainty, range), None);
    }

    /// `session.add(object)` and its kin.
    pub(super) fn store(&mut self, value: &Value, range: TextRange) {
        match self.object(value).cloned() {
            Some(Object::Instance { class, .. } | Object::Class(class)) => {
                let (Some(tables), Some(own)) = (self.model_tables(&class), &class.table) else {
                    self.opaque("an ORM session that writes", range);
                    return;
                };
                let certainty = self.certainty();
                self.write_rows(own.name.clone(), certainty, range);
                // With it go the objects that it leads to.
                for table in tables.into_iter().filter(|table| *table != own.name) {
                    self.write_rows(table, Certainty::Conditional, range);
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

    /// The tables that an object of a mapped class may lead to: its own, and where any class beside it has
    /// relationships those of all of them, for one may be named on the other side. Nothing where that is not known.
    fn model_tables(&self, class: &Rc<Class>) -> Option<BTreeSet<QualifiedName>> {
        let mut tables = BTreeSet::from([class.table.as_ref()?.name.clone()]);
        let beside = self.classes_beside(class);
        let mapped = || {
            let others = beside.iter().filter(|other| other.table.is_some());
            others.chain([class])
        };
        let mut is_related = false;
        for class in mapped() {
            if class.bases.iter().any(|base| self.brings_relations(base)) {
                return None;
            }
            let items = class.table.iter().flat_map(|table| &table.items);
            for item in items {
                let Some(Object::Construct { class: kind, args }) = self.object(item) else {
                    continue;
                };
                match &**kind {
                    "relationship" => {
                        is_related = true;
                        let target = args.get(0, "argument")?;
                        if !self.is_one_of(target, &beside) || args.is_open() {
                            return None;
                        }
                        if let Some(secondary) = args.get(1, "secondary") {
                            tables.insert(self.association(secondary)?);
                        }
                    }
                    "column_property" | "backref" => return None,
                    _ => {}
                }
            }
        }
        if is_related {
            if mapped().any(|class| !class.plain) {
                return None;
            }
            tables.extend(
                mapped().flat_map(|class| class.table.iter().map(|table| table.name.clone())),
            );
        }
        class.plain.then_some(tables)
    }

    /// Whether a base that is no table itself may give its subclasses relationships.
    fn brings_relations(&self, base: &Class) -> bool {
        self.class_values(base)
            .any(|value| match self.object(value) {
                Some(Object::Construct { class, .. }) => {
                    matches!(&**class, "relationship" | "column_property" | "backref")
                }
                Some(Object::Function(function)) => function.kind == FunctionKind::Decorated,
                _ => false,
            })
            || base.bases.iter().any(|base| self.brings_relations(base))
    }

    /// Whether the target of a relationship is among these classes.
    fn is_one_of(&self, target: &Value, classes: &[Rc<Class>]) -> bool {
        let mut mapped = classes.iter().filter(|class| class.table.is_some());
        match (target, self.object(target)) {
            (Value::Str(name), _) => mapped.any(|class| class.name == *name),
            (_, Some(Object::Class(target))) => mapped.any(|class| Rc::ptr_eq(class, target)),
            _ => false,
        }
    }

    /// The table between the two sides of a relationship.
    fn association(&self, secondary: &Value) -> Option<QualifiedName> {
        match (secondary, self.object(secondary)) {
            (_, Some(Object::Table(table))) => Some(table.name.clone()),
            (Value::Str(name), _) if !name.contains('.') => {
                Some(QualifiedName::unqualified(&**name))
            }
            _ => None,
        }
    }
}
