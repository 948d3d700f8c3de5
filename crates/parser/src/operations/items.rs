//! Reading `sa.Column(...)` and the constraints and indexes that stand in a table.

use std::rc::Rc;

use rechain_history::{ConstraintKind, Dialects, QualifiedName, SchemaObject};

use crate::evaluate::Interpreter;
use crate::evaluate::value::{Arguments, Items, Object, Value};

/// The schema that is named, or none for the connection's default.
pub(crate) type Schema = Option<String>;

/// A column as a directive gets it.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) type_: Option<Value>,
    pub(super) foreign_keys: Vec<ForeignKey>,
    /// Check constraints.
    pub(super) checks: Vec<Check>,
    pub(super) primary_key: bool,
    pub(super) index: Flag,
    pub(super) unique: Flag,
    pub(super) server_default: Option<Value>,
    /// The expression of a generated column.
    pub(super) computed: Option<Value>,
}

/// A check constraint that comes with a column.
#[derive(Debug)]
pub(super) struct Check {
    /// Its name, where it is given one.
    pub(super) name: Option<String>,
    pub(super) dialects: Dialects,
    /// It may not come, or under a name that is not seen.
    pub(super) maybe: bool,
}

/// A yes or no that may be unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flag {
    No,
    Yes,
    Maybe,
}

#[derive(Debug)]
pub(super) struct ForeignKey {
    pub(super) name: Option<String>,
    pub(super) target: QualifiedName,
    pub(super) columns: Vec<String>,
    /// Left out by `op.create_table`, in the hope of a later ALTER.
    pub(super) use_alter: bool,
}

impl ForeignKey {
    pub(super) fn constraint(&self, table: &QualifiedName) -> SchemaObject {
        SchemaObject::Constraint {
            table: table.clone(),
            name: self.name.clone(),
            kind: ConstraintKind::ForeignKey {
                target: self.target.clone(),
                columns: self.columns.clone(),
            },
        }
    }
}

/// Something in a table.
#[derive(Debug)]
pub(super) enum Item {
    Column(Column),
    ForeignKey(ForeignKey),
    Constraint {
        name: Option<String>,
        kind: ConstraintKind,
    },
    Index {
        name: Option<String>,
    },
    /// Nothing that matters.
    Nothing,
}

impl Interpreter<'_> {
    /// A table, column or constraint name: text, or text marked as final or quoted.
    pub(crate) fn known_name(&self, value: &Value) -> Option<Rc<str>> {
        match value {
            Value::Str(name) => Some(name.clone()),
            Value::Object(_) => match self.object(value)? {
                Object::Construct { class, args } if matches!(&**class, "quoted_name" | "conv") => {
                    self.known_name(args.positional.first()?)
                }
                Object::Member {
                    value: Value::Str(name),
                    ..
                } => Some(name.clone()),
                Object::Table(table) => Some(table.name.name.as_str().into()),
                _ => None,
            },
            _ => None,
        }
    }

    /// A `schema=` argument: absent when it is not known, `Some(None)` when there is none.
    pub(crate) fn known_schema(&self, value: &Value) -> Option<Schema> {
        match value {
            Value::None => Some(None),
            // SQLAlchemy takes empty text for none.
            Value::Str(name) if name.is_empty() => Some(None),
            other => self.known_name(other).map(|name| Some(name.to_string())),
        }
    }

    /// The `schema` in `__table_args__`.
    pub(crate) fn table_args_schema(&self, options: &Value) -> Result<Option<String>, ()> {
        let dict = match self.object(options) {
            Some(Object::Sequence {
                items: Items::Known(items),
                ..
            }) => items.last().cloned(),
            Some(Object::Dict { .. }) => Some(options.clone()),
            _ => return Err(()),
        };
        match dict.as_ref().and_then(|dict| self.object(dict)) {
            Some(Object::Dict {
                items: Items::Known(items),
                ..
            }) => {
                let found = items
                    .iter()
                    .find(|(key, _)| *key == Value::Str("schema".into()));
                found.map_or(Ok(None), |(_, schema)| self.known_schema(schema).ok_or(()))
            }
            Some(Object::Dict { .. }) => Err(()),
            _ => Ok(None),
        }
    }

    /// The name of an item: absent where it is left open.
    fn item_name(&self, value: Option<&Value>) -> Result<Option<String>, String> {
        match value {
            None | Some(Value::None) => Ok(None),
            Some(Value::Path(path)) if path.contains("NAME") => Ok(None),
            Some(value) => match self.known_name(value) {
                Some(name) => Ok(Some(name.to_string())),
                None => Err("the name of a constraint is not known".into()),
            },
        }
    }

    pub(super) fn table_item(&mut self, value: &Value) -> Result<Item, String> {
        let Some(Object::Construct { class, args }) = self.object(value).cloned() else {
            if matches!(value, Value::None) {
                return Ok(Item::Nothing);
            }
            return Err(format!("a part of a table is {}", self.describe(value)));
        };
        if args.more_keywords {
            return Err(format!("the arguments of {class} are not known"));
        }
        Ok(match &*class {
            "Column" | "column" | "mapped_column" => Item::Column(self.column(&args)?),
            "ForeignKeyConstraint" => Item::ForeignKey(self.foreign_key_constraint(&args)?),
            "PrimaryKeyConstraint" => self.constraint(&args, ConstraintKind::PrimaryKey)?,
            "UniqueConstraint" => self.constraint(&args, ConstraintKind::Unique)?,
            "ExcludeConstraint" => self.constraint(&args, ConstraintKind::Exclude)?,
            "CheckConstraint" => {
                let name = self.item_name(args.get(1, "name"))?;
                Item::Constraint {
                    name,
                    kind: ConstraintKind::Check,
                }
            }
            "Index" => Item::Index {
                name: self.item_name(args.get(0, "name"))?,
            },
            "Computed" | "Identity" | "FetchedValue" | "DefaultClause" | "MetaData" => {
                Item::Nothing
            }
            _ => return Err(format!("{class} in a table")),
        })
    }

    fn constraint(&mut self, args: &Arguments, kind: ConstraintKind) -> Result<Item, String> {
        Ok(Item::Constraint {
            name: self.item_name(args.keyword("name"))?,
            kind,
        })
    }

    /// The column that `value` is.
    pub(super) fn column_item(&mut self, value: &Value) -> Result<Column, String> {
        match self.table_item(value)? {
            Item::Column(column) => Ok(column),
            _ => Err("a column is not known".into()),
        }
    }

    fn column(&mut self, args: &Arguments) -> Result<Column, String> {
        if args.is_open() {
            return Err("the arguments of a column are not known".into());
        }
        let name = args.get(0, "name").cloned().unwrap_or(Value::None);
        let name = self
            .known_name(&name)
            .ok_or("the name of a column is not known")?
            .to_string();
        let mut rest = args.positional.iter().skip(1).cloned().collect::<Vec<_>>();
        let mut type_ = args.keyword("type_").cloned();
        if type_.is_none()
            && rest
                .first()
                .is_some_and(|first| !self.is_column_part(first))
        {
            type_ = Some(rest.remove(0));
        }
        let mut foreign_keys = Vec::new();
        let mut checks = Vec::new();
        let mut column_default = None;
        let mut computed = None;
        for part in &rest {
            match self.object(part).cloned() {
                Some(Object::Construct { class, args }) => match &*class {
                    "ForeignKey" => foreign_keys.push(self.foreign_key(&args, &name)?),
                    "CheckConstraint" => checks.push(Check {
                        name: self.item_name(args.get(1, "name"))?,
                        dialects: Dialects::ALL,
                        maybe: false,
                    }),
                    "Computed" => computed = args.get(0, "sqltext").cloned(),
                    "DefaultClause" => column_default = args.positional.first().cloned(),
                    _ => {}
                },
                _ if matches!(part, Value::None) => {}
                _ => {
                    return Err(format!(
                        "a part of column {name} is {}",
                        self.describe(part)
                    ));
                }
            }
        }
        checks.extend(self.check_of_type(type_.as_ref()));
        Ok(Column {
            type_,
            foreign_keys,
            checks,
            primary_key: self.flag(args, "primary_key") == Flag::Yes,
            index: self.flag(args, "index"),
            unique: self.flag(args, "unique"),
            server_default: args.keyword("server_default").cloned().or(column_default),
            computed,
            name,
        })
    }

    fn flag(&self, args: &Arguments, name: &str) -> Flag {
        match args.keyword(name).map(|value| self.truth(value)) {
            None | Some(Some(false)) => Flag::No,
            Some(Some(true)) => Flag::Yes,
            Some(None) => Flag::Maybe,
        }
    }

    /// Whether a positional argument of a column is something else than its type.
    fn is_column_part(&self, value: &Value) -> bool {
        matches!(self.object(value), Some(Object::Construct { class, .. }) if matches!(
            &**class,
            "ForeignKey" | "Sequence" | "Identity" | "Computed" | "CheckConstraint" | "DefaultClause"
                | "ColumnDefault" | "FetchedValue"
        ))
    }

    fn foreign_key(&mut self, args: &Arguments, local: &str) -> Result<ForeignKey, String> {
        let target = args.get(0, "column").cloned().unwrap_or(Value::None);
        let (target, column) = self.target(&target)?;
        if args.more_keywords {
            return Err("the arguments of ForeignKey are not known".into());
        }
        Ok(ForeignKey {
            name: self.item_name(args.keyword("name"))?,
            target,
            columns: vec![column.unwrap_or_else(|| local.to_owned())],
            use_alter: self.flag(args, "use_alter") == Flag::Yes,
        })
    }

    fn foreign_key_constraint(&mut self, args: &Arguments) -> Result<ForeignKey, String> {
        const UNKNOWN: &str = "the columns of ForeignKeyConstraint are not known";
        let known = |this: &mut Self, value: Option<&Value>| match value {
            Some(Value::Str(one)) => Some(vec![Value::Str(one.clone())]),
            Some(value) => match this.object(value) {
                Some(Object::Sequence {
                    items: Items::Known(items),
                    ..
                }) => Some(items.clone()),
                _ => None,
            },
            None => None,
        };
        let local = known(self, args.get(0, "columns")).ok_or(UNKNOWN)?;
        let local = local
            .iter()
            .map(|name| self.known_name(name).map(|name| name.to_string()));
        let local = local.collect::<Option<Vec<_>>>().ok_or(UNKNOWN)?;
        let remote = known(self, args.get(1, "refcolumns")).ok_or(UNKNOWN)?;
        let mut target = None;
        let mut columns = Vec::new();
        for (index, part) in remote.iter().enumerate() {
            let (table, column) = self.target(part)?;
            target = Some(table);
            columns.extend(column.or_else(|| local.get(index).cloned()));
        }
        Ok(ForeignKey {
            name: self.item_name(args.get(2, "name"))?,
            target: target.ok_or(UNKNOWN)?,
            columns,
            use_alter: self.flag(args, "use_alter") == Flag::Yes,
        })
    }

    /// `"schema.table.column"`, or a column of a table that is known.
    fn target(&self, value: &Value) -> Result<(QualifiedName, Option<String>), String> {
        if let Some(Object::Sql(sql)) = self.object(value) {
            for object in &sql.touched {
                if let SchemaObject::Column { table, name } = object {
                    return Ok((table.clone(), Some(name.clone())));
                }
            }
        }
        let target = self
            .known_name(value)
            .ok_or("the target of a foreign key is not known")?;
        let mut parts: Vec<&str> = target.split('.').collect();
        let column = (parts.len() > 1).then(|| parts.pop().unwrap_or("").to_owned());
        let table = parts.pop().unwrap_or("");
        let schema = (!parts.is_empty()).then(|| parts.join("."));
        Ok((QualifiedName::new(schema, table), column))
    }
}
