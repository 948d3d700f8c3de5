//! Enum types of PostgreSQL: who creates them, and who only needs them.
//!
//! `op.create_table` creates the types of its columns, without asking whether they exist;
//! `op.add_column` and `op.alter_column` never do. Other databases have no such objects, so a reader
//! for those passes over effects on types.

use rechain_history::TextRange;
use rechain_history::{Action, Certainty, Property, QualifiedName, SchemaObject};

use super::call::Call;
use crate::evaluate::Interpreter;
use crate::evaluate::value::{Arguments, Items, Object, Value};

/// An enum within a column type.
struct EnumType {
    name: QualifiedName,
    /// Whether `op.create_table` makes it; absent where that depends on the version of `SQLAlchemy`.
    created: Option<bool>,
    /// It is one of the variants of a type.
    variant: bool,
}

impl Call<'_, '_> {
    /// The types that a column of a new table brings with it.
    pub(super) fn create_types(
        &mut self,
        type_: Option<&Value>,
        table: Option<&QualifiedName>,
    ) -> Result<(), String> {
        for found in self.interpreter.enum_types(type_, table)? {
            let object = SchemaObject::Type(found.name.clone());
            let made = self.interpreter.types.contains(&found.name);
            match (found.created, found.variant) {
                (Some(false), false) => self.require(object),
                (Some(true), false) if made => self.require(object),
                (Some(true), false) => {
                    self.create(object);
                    self.remember(found.name);
                }
                (Some(false), true) => self.maybe(Action::Require, object),
                _ => self.maybe(Action::Create, object),
            }
        }
        Ok(())
    }

    /// Later tables of the migration find the type, unless this one may not be created at all.
    fn remember(&mut self, name: QualifiedName) {
        if !self.conditional && self.interpreter.certainty() == Certainty::Always {
            self.interpreter.types.insert(name);
        }
    }

    /// The types that must be there.
    pub(super) fn require_types(
        &mut self,
        type_: Option<&Value>,
        table: Option<&QualifiedName>,
    ) -> Result<(), String> {
        for found in self.interpreter.enum_types(type_, table)? {
            let object = SchemaObject::Type(found.name);
            if found.variant {
                self.maybe(Action::Require, object);
            } else {
                self.require(object);
            }
        }
        Ok(())
    }
}

impl Interpreter<'_> {
    fn enum_types(
        &mut self,
        type_: Option<&Value>,
        table: Option<&QualifiedName>,
    ) -> Result<Vec<EnumType>, String> {
        let mut found = Vec::new();
        if let Some(type_) = type_ {
            self.find_enums(type_, table, false, 8, &mut found)?;
        }
        Ok(found)
    }

    fn find_enums(
        &mut self,
        type_: &Value,
        table: Option<&QualifiedName>,
        variant: bool,
        depth: usize,
        found: &mut Vec<EnumType>,
    ) -> Result<(), String> {
        let Some(Object::Construct { class, args }) = self.object(type_).cloned() else {
            return Ok(());
        };
        if depth == 0 || !self.step(1) {
            return Err("a type that is nested too deeply".into());
        }
        if matches!(&*class, "Enum" | "ENUM") {
            found.extend(self.enum_type(&class, &args, table, variant)?);
            return Ok(());
        }
        let variant = variant || &*class == ".with_variant";
        for part in args.all() {
            self.find_enums(part, table, variant, depth - 1, found)?;
        }
        Ok(())
    }

    fn enum_type(
        &mut self,
        class: &str,
        args: &Arguments,
        table: Option<&QualifiedName>,
        variant: bool,
    ) -> Result<Option<EnumType>, String> {
        let truth = |name: &str, default: bool| match args.keyword(name) {
            Some(value) => self.truth(value),
            None => Some(default),
        };
        if args.more_keywords {
            return Err("the arguments of an enum type are not known".into());
        }
        if truth("native_enum", true) == Some(false) {
            return Ok(None);
        }
        let Some(name) = self.enum_name(args)? else {
            return Ok(None);
        };
        let inherits = truth("inherit_schema", false);
        let schema = match args.keyword("schema").map(|value| self.known_schema(value)) {
            None if inherits == Some(true) => table.and_then(|table| table.schema.clone()),
            None => None,
            Some(Some(schema)) => schema,
            Some(None) => return Err("the schema of an enum type is not known".into()),
        };
        let created = match (class, truth("create_type", true)) {
            (_, Some(true)) => Some(true),
            ("ENUM", Some(false)) => Some(false),
            // `sa.Enum(create_type=False)` is ignored before SQLAlchemy 2.1.
            _ => None,
        };
        Ok(Some(EnumType {
            name: QualifiedName::new(schema, name),
            created,
            variant,
        }))
    }

    /// The name of an enum type: given, or that of its Python class in lower case.
    fn enum_name(&self, args: &Arguments) -> Result<Option<String>, String> {
        const UNKNOWN: &str = "the name of an enum type is not known";
        if let Some(name) = args.keyword("name") {
            return match name {
                Value::None => Ok(None),
                _ => self
                    .known_name(name)
                    .map(|name| Some(name.to_string()))
                    .ok_or_else(|| UNKNOWN.into()),
            };
        }
        match args.positional.first() {
            None | Some(Value::Str(_) | Value::Data) => Ok(None),
            Some(Value::Path(path)) => Ok(Some(
                path.rsplit('.').next().unwrap_or(path).to_ascii_lowercase(),
            )),
            Some(value) => match self.object(value) {
                Some(Object::Class(class)) => Ok(Some(class.name.to_ascii_lowercase())),
                Some(Object::Sequence { .. } | Object::Member { .. }) => Ok(None),
                _ => Err(UNKNOWN.into()),
            },
        }
    }

    /// `enum.create(bind)` and `enum.drop(bind)`; `postgresql.ENUM` looks first unless told not to.
    pub(super) fn call_enum(
        &mut self,
        class: &str,
        own: &Arguments,
        create: bool,
        args: &Arguments,
        range: TextRange,
    ) -> Value {
        let found = match self.enum_type(class, own, None, false) {
            Ok(Some(found)) => found,
            Ok(None) => return Value::None,
            Err(reason) => {
                self.opaque(reason, range);
                return Value::None;
            }
        };
        let checks = match args.get(1, "checkfirst") {
            None => class == "ENUM",
            Some(value) => self.truth(value) != Some(false),
        };
        let object = SchemaObject::Type(found.name.clone());
        let action = if create { Action::Create } else { Action::Drop };
        if create && self.certainty() == Certainty::Always {
            self.types.insert(found.name);
        }
        let mut call = Call::standing_in(
            self,
            if create { "Enum.create" } else { "Enum.drop" },
            range,
        );
        call.conditional = checks;
        call.emit(action, object);
        Value::None
    }
}

/// `op.sync_enum_values`: the type is replaced, and the columns are cast.
pub(super) fn sync_values(call: &mut Call<'_, '_>) -> Result<Value, String> {
    let name = enum_argument(call)?;
    let columns = call
        .argument("affected_columns")
        .cloned()
        .unwrap_or(Value::None);
    let columns = match call.interpreter.object(&columns) {
        Some(Object::Sequence {
            items: Items::Known(items),
            ..
        }) => items.clone(),
        _ => return Err(call.unknown("affected_columns")),
    };
    call.emit(Action::Alter(Property::Other), SchemaObject::Type(name));
    for column in columns {
        let (table, name) =
            affected_column(call, &column).ok_or_else(|| call.unknown("affected_columns"))?;
        call.emit(
            Action::Alter(Property::Type),
            SchemaObject::Column { table, name },
        );
    }
    Ok(Value::None)
}

/// `("table", "column")` or `TableReference(...)`
fn affected_column(call: &Call<'_, '_>, value: &Value) -> Option<(QualifiedName, String)> {
    let interpreter = &*call.interpreter;
    match interpreter.object(value)? {
        Object::Sequence {
            items: Items::Known(items),
            ..
        } => {
            let table = interpreter.known_name(items.first()?)?;
            let column = interpreter.known_name(items.get(1)?)?;
            Some((QualifiedName::unqualified(&*table), column.to_string()))
        }
        Object::Construct { class, args } if &**class == "TableReference" => {
            let table = interpreter.known_name(args.get(0, "table_name")?)?;
            let column = interpreter.known_name(args.get(1, "column_name")?)?;
            let schema = match args.keyword("table_schema") {
                Some(schema) => interpreter.known_schema(schema)?,
                None => None,
            };
            Some((QualifiedName::new(schema, &*table), column.to_string()))
        }
        _ => None,
    }
}

pub(super) fn add_value(call: &mut Call<'_, '_>) -> Result<Value, String> {
    let name = enum_argument(call)?;
    call.emit(Action::Alter(Property::Other), SchemaObject::Type(name));
    Ok(Value::None)
}

fn enum_argument(call: &mut Call<'_, '_>) -> Result<QualifiedName, String> {
    let name = call.name("enum_name")?;
    Ok(QualifiedName::new(call.schema("enum_schema")?, name))
}
