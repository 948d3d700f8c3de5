//! `SQLAlchemy` values: tables, expressions and Core statements, and what running them touches.

use std::rc::Rc;

use rechain_history::TextRange;
use rechain_history::{QualifiedName, SchemaObject};

use super::call::Call;
use super::identifiers::{has_subquery, identifiers};
use crate::evaluate::Interpreter;
use crate::evaluate::value::{Arguments, Handle, Items, Object, Sql, Table, Value};
use crate::sql::{Known, known_function};

impl Interpreter<'_> {
    /// `sa.Name(...)`: an object that describes something, or a statement. Nothing runs yet.
    pub(crate) fn construct(&mut self, path: &Rc<str>, args: Arguments, range: TextRange) -> Value {
        let name = path.rsplit('.').next().unwrap_or(path);
        let core = path.starts_with("sqlalchemy.");
        match name {
            _ if path.starts_with("sqlalchemy.event.") => {
                return self.unknown_call(&format!("call of {path}"), &args, range);
            }
            _ if path.starts_with("sqlalchemy.exc.") => return Value::Data,
            "inspect" | "from_engine" | "Inspector" if core => {
                return Value::Handle(Handle::Inspector);
            }
            "object_state" if core => return Value::Data,
            "engine_from_config"
            | "create_engine"
            | "create_async_engine"
            | "create_mock_engine"
            | "AsyncSession"
            | "automap_base"
            | "async_sessionmaker"
            | "listens_for"
                if core =>
            {
                return self.unknown_call(&format!("call of {path}"), &args, range);
            }
            "Session" if path.starts_with("sqlmodel.") => return Value::Handle(Handle::Session),
            "Session" | "create_session" | "scoped_session" if core => {
                return Value::Handle(Handle::Session);
            }
            "sessionmaker" if core => return Value::Handle(Handle::SessionFactory),
            "quoted_name" | "conv" => {
                if let Some(name) = args.positional.first() {
                    return name.clone();
                }
            }
            "table" | "Table" => return self.table_construct(name, &args, range),
            "insert" | "update" | "delete" if core => {
                let Some((target, rest)) = args.positional.split_first() else {
                    return Value::Unknown("a statement without a table".into());
                };
                let mut parts = rest.to_vec();
                parts.extend(args.keywords.iter().map(|(_, value)| value.clone()));
                return self.writing(&target.clone(), &parts);
            }
            "select" | "exists" | "union" | "union_all" | "except_" | "intersect" if core => {
                let parts: Vec<Value> = args.all().cloned().collect();
                return self.selecting(&parts, args.is_open());
            }
            "and_" | "or_" | "not_" | "case" | "desc" | "asc" | "distinct" | "label" | "alias"
            | "join" | "outerjoin" | "cast" | "type_coerce" | "between" | "collate"
            | "nullslast" | "nullsfirst" | "tuple_" | "any_" | "all_" | "aliased" | "lateral"
            | "over" | "extract" | "literal" | "bindparam" | "values" | "null" | "true"
            | "false"
                if core =>
            {
                let parts: Vec<Value> = args.all().cloned().collect();
                return self.sql_value(&parts);
            }
            _ => {}
        }
        let class: Rc<str> = match path.split_once(".func.") {
            Some((_, function)) => format!("func.{function}").into(),
            None if path.contains(".mysql.") => format!("mysql.{name}").into(),
            None if name.starts_with(char::is_lowercase) && core && !is_known_constructor(name) => {
                return self.unknown_call(&format!("call of {path}"), &args, range);
            }
            None => name.into(),
        };
        self.add(Object::Construct {
            class,
            args: Rc::new(args),
        })
    }

    fn table_construct(&mut self, class: &str, args: &Arguments, range: TextRange) -> Value {
        let name = args.get(0, "name").cloned().unwrap_or(Value::None);
        let schema = args.keyword("schema").cloned().unwrap_or(Value::None);
        let mut skip = 1;
        let mut inherited = None;
        if class == "Table" {
            skip = 2;
            if let Some(Object::Construct { args, .. }) = args
                .get(1, "metadata")
                .and_then(|metadata| self.object(metadata))
            {
                inherited = args
                    .get(1, "schema")
                    .map(|schema| self.known_schema(schema));
            }
        }
        let schema = match (self.known_schema(&schema), inherited) {
            (Some(None), Some(inherited)) => inherited,
            (schema, _) => schema,
        };
        let (Some(name), Some(schema), false) =
            (self.known_name(&name), schema, args.more_keywords)
        else {
            return Value::Unknown(format!("a {class} whose name is not known").into());
        };
        let name = QualifiedName::new(schema, &*name);
        let reads = ["autoload", "autoload_with"].iter().any(|option| {
            args.keyword(option)
                .is_some_and(|value| self.truth(value) != Some(false))
        });
        if reads {
            Call::standing_in(self, "Table", range).require_table(&name);
        }
        let items = args.positional.iter().skip(skip).cloned().collect();
        let table = Table {
            name,
            items,
            open: args.more_positional || reads,
        };
        self.add(Object::Table(table.into()))
    }

    /// `table.c.name`
    pub(crate) fn column_value(&mut self, table: &Table, name: &str) -> Value {
        let touched = [
            SchemaObject::Table(table.name.clone()),
            SchemaObject::Column {
                table: table.name.clone(),
                name: name.to_owned(),
            },
        ];
        self.add(Object::Sql(
            Sql {
                touched: touched.into(),
                ..Sql::default()
            }
            .into(),
        ))
    }

    /// Whether operators on `value` make an expression.
    pub(crate) fn is_sql(&self, value: &Value) -> bool {
        match self.object(value) {
            Some(
                Object::Table(_) | Object::Columns(_) | Object::Sql(_) | Object::Construct { .. },
            ) => true,
            Some(Object::Class(class)) => class.table.is_some(),
            Some(Object::Method {
                receiver: Value::Object(id),
                ..
            }) => matches!(
                self.object(&Value::Object(*id)),
                Some(
                    Object::Table(_)
                        | Object::Columns(_)
                        | Object::Sql(_)
                        | Object::Construct { .. }
                )
            ),
            _ => false,
        }
    }

    /// An expression made of `parts`.
    pub(crate) fn sql_value(&mut self, parts: &[Value]) -> Value {
        let mut sql = Sql::default();
        for part in parts {
            self.collect(part, &mut sql, 12);
        }
        self.add(Object::Sql(sql.into()))
    }

    /// A query: reading a table reads all columns that are known of it.
    pub(super) fn selecting(&mut self, parts: &[Value], open: bool) -> Value {
        let mut sql = Sql::default();
        for part in parts {
            self.collect(part, &mut sql, 12);
            if let Some(Object::Table(table)) = self.object(part).cloned() {
                for name in self.column_names_of(&table) {
                    sql.touched.insert(SchemaObject::Column {
                        table: table.name.clone(),
                        name,
                    });
                }
            }
            if let Some(Object::Class(class)) = self.object(part) {
                sql.loads.push(class.clone());
            }
        }
        if open {
            sql.unclear = Some("a query whose parts are not known".into());
        }
        self.add(Object::Sql(sql.into()))
    }

    fn column_names_of(&mut self, table: &Table) -> Vec<String> {
        let mut names = Vec::new();
        for item in &table.items {
            if let Some(Object::Construct { class, args }) = self.object(item)
                && matches!(&**class, "Column" | "column")
                && let Some(name) = args.get(0, "name").and_then(|name| self.known_name(name))
            {
                names.push(name.to_string());
            }
        }
        names
    }

    /// An insert, update or delete of the rows of `target`.
    pub(super) fn writing(&mut self, target: &Value, parts: &[Value]) -> Value {
        let mut sql = Sql::default();
        match self.object(target).cloned() {
            Some(Object::Table(table)) => {
                sql.written.insert(table.name.clone());
            }
            Some(Object::Class(class)) if class.table.is_some() => {
                sql.written
                    .extend(class.table.iter().map(|table| table.name.clone()));
            }
            _ => sql.unclear = Some("a statement whose table is not known".into()),
        }
        for part in parts {
            self.collect(part, &mut sql, 12);
        }
        self.add(Object::Sql(sql.into()))
    }

    /// Adds what `value` touches to `sql`.
    pub(super) fn collect(&mut self, value: &Value, sql: &mut Sql, depth: usize) {
        if depth == 0 || !self.step(1) {
            sql.unclear = Some("a statement that is nested too deeply".into());
            return;
        }
        match value {
            Value::None
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Str(_)
            | Value::Data
            | Value::Handle(_) => return,
            Value::Path(path) if path.starts_with("sqlalchemy") => return,
            Value::Path(_) | Value::Unknown(_) => {
                let reason = format!("a statement with {}", self.describe(value));
                sql.unclear.get_or_insert(reason.into());
                return;
            }
            Value::Object(_) => {}
        }
        match self.object(value).cloned() {
            Some(Object::Table(table) | Object::Columns(table)) => {
                sql.touched.insert(SchemaObject::Table(table.name.clone()));
            }
            Some(Object::Sql(other)) => {
                self.step(other.touched.len() / 4);
                sql.touched.extend(other.touched.iter().cloned());
                sql.written.extend(other.written.iter().cloned());
                sql.bare.extend(other.bare.iter().cloned());
                if other
                    .loads
                    .iter()
                    .any(|it| !sql.loads.iter().any(|other| Rc::ptr_eq(it, other)))
                {
                    sql.loads.extend(other.loads.iter().cloned());
                }
                if sql.unclear.is_none() {
                    sql.unclear.clone_from(&other.unclear);
                }
            }
            Some(Object::Class(class)) => match &class.table {
                Some(table) => {
                    sql.touched.insert(SchemaObject::Table(table.name.clone()));
                }
                None => {
                    sql.unclear = Some(format!("a statement with class `{}`", class.name).into());
                }
            },
            Some(Object::Construct { class, args }) => {
                self.collect_construct(&class, &args, sql, depth);
            }
            Some(Object::Method { receiver, .. }) => self.collect(&receiver, sql, depth - 1),
            Some(Object::Sequence { items, .. }) => match items {
                Items::Known(items) => items
                    .iter()
                    .for_each(|item| self.collect(item, sql, depth - 1)),
                Items::Unknown { plain: true } => {}
                Items::Unknown { plain: false } => {
                    sql.unclear
                        .get_or_insert("a statement with a list that is not known".into());
                }
            },
            Some(Object::Dict { items, .. }) => match items {
                Items::Known(items) => {
                    for (key, value) in &items {
                        self.collect(key, sql, depth - 1);
                        self.collect(value, sql, depth - 1);
                    }
                }
                Items::Unknown { plain: true } => {}
                Items::Unknown { plain: false } => {
                    sql.unclear
                        .get_or_insert("a statement with a dict that is not known".into());
                }
            },
            // Text with a part that is not known is a value, as other text is.
            Some(Object::Member { .. } | Object::Template(_)) => {}
            _ => {
                let reason = format!("a statement with {}", self.describe(value));
                sql.unclear.get_or_insert(reason.into());
            }
        }
    }

    fn collect_construct(&mut self, class: &str, args: &Arguments, sql: &mut Sql, depth: usize) {
        let first = args.get(0, if class == "text" { "text" } else { "name" });
        match class {
            "text" | "literal_column" | "TextClause" => match first {
                Some(Value::Str(text)) if !has_subquery(text) => sql.bare.extend(identifiers(text)),
                _ => {
                    sql.unclear
                        .get_or_insert("raw SQL within a statement".into());
                }
            },
            "column" | "Column" => {
                match first.and_then(|name| self.known_name(name)) {
                    Some(name) => {
                        sql.bare.insert(name.to_string());
                    }
                    None => {
                        sql.unclear
                            .get_or_insert("a column that is not known".into());
                    }
                }
                return;
            }
            "func.nextval" | "func.setval" | "func.currval" => {
                match args
                    .positional
                    .first()
                    .and_then(|name| self.known_name(name))
                {
                    Some(name) => {
                        sql.touched
                            .insert(SchemaObject::Sequence(written_name(&name)));
                    }
                    None => {
                        sql.unclear
                            .get_or_insert("a sequence whose name is not known".into());
                    }
                }
            }
            _ => {
                if let Some(function) = class.strip_prefix("func.")
                    && known_function(function) == Known::No
                {
                    sql.unclear
                        .get_or_insert(format!("SQL function {function}").into());
                }
            }
        }
        if args.is_open() {
            sql.unclear
                .get_or_insert(format!("the arguments of {class} are not known").into());
        }
        for part in args.all() {
            self.collect(part, sql, depth - 1);
        }
    }
}

/// The object that a text names: `'schema.name'`.
pub(super) fn written_name(text: &str) -> QualifiedName {
    let text = text.replace('"', "");
    match text.rsplit_once('.') {
        Some((schema, name)) => QualifiedName::new(Some(schema.to_owned()), name),
        None => QualifiedName::unqualified(text),
    }
}

/// Lower-case names of `SQLAlchemy` that make something and do nothing else.
fn is_known_constructor(name: &str) -> bool {
    matches!(
        name,
        "text"
            | "literal_column"
            | "column"
            | "mapped_column"
            | "relationship"
            | "backref"
            | "declarative_base"
            | "registry"
            | "deferred"
            | "synonym"
            | "column_property"
            | "validates"
            | "hybrid_property"
            | "declared_attr"
            | "foreign"
            | "remote"
            | "joinedload"
            | "selectinload"
            | "subqueryload"
            | "load_only"
            | "func"
            | "composite"
            | "as_declarative"
            | "next_value"
            | "array"
            | "aggregate_order_by"
            | "to_instance"
            | "compiles"
            | "contains_eager"
            | "noload"
            | "lazyload"
            | "with_loader_criteria"
            | "defer"
            | "undefer"
            | "array_agg"
            | "hstore"
            | "configure_mappers"
    )
}
