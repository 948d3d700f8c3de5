//! Enum types of PostgreSQL: who creates them, and who only needs them.
//!
//! `op.create_table` creates the types of its columns, without asking whether they exist;
//! `op.add_column` and `op.alter_column` never do. Other databases have no such objects, so a reader
//! for those passes over effects on types.

use rechain_history::TextRange;
use rechain_history::{
    Action, Certainty, Dialect, Dialects, Property, QualifiedName, SchemaObject,
};

use super::call::Call;
use super::items::Check;
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

impl Interpreter<'_> {
    /// The check constraint that a column type brings: of `Boolean` and `Enum` where they are told to and the database has
    /// no such type of its own, of the project's own types where these may do anything of the kind.
    pub(super) fn check_of_type(&self, type_: Option<&Value>) -> Option<Check> {
        let (class, args) = match self.object(type_?)? {
            Object::Construct { class, args } => (&**class, Some(args)),
            Object::Class(class) | Object::Instance { class, .. } if class.brings_constraints => {
                ("SchemaType", None)
            }
            _ => return None,
        };
        let keyword = |name: &str| args.and_then(|args| args.keyword(name));
        let told = |name: &str| keyword(name).map(|value| self.truth(value));
        let others = |own: &[Dialect]| Dialects::of(own.iter().copied()).complement();
        let dialects = match (class, told("native_enum")) {
            ("Boolean" | "BOOLEAN", _) => others(&[Dialect::PostgreSql]),
            ("Enum", None | Some(Some(true))) => others(&[Dialect::PostgreSql, Dialect::MySql]),
            ("Enum" | "SchemaType", _) => Dialects::ALL,
            _ => return None,
        };
        let is_own = class == "SchemaType";
        let wanted = if is_own {
            Some(None)
        } else {
            told("create_constraint")
        };
        let name = keyword("name").and_then(|name| self.known_name(name));
        (wanted? != Some(false)).then(|| Check {
            maybe: wanted == Some(None),
            name: name.filter(|_| !is_own).map(|name| name.to_string()),
            dialects,
        })
    }
}

/// `op.sync_enum_values`: the type is made anew beside the old one, and the columns are cast. Other databases
/// pass over it.
pub(super) fn sync_values(call: &mut Call<'_, '_>) -> Result<Value, String> {
    call.dialects = Dialects::of([Dialect::PostgreSql]);
    let name = enum_argument(call)?;
    let columns = known_list(call, "affected_columns")?;
    let mut affected = Vec::new();
    for column in &columns {
        let found = affected_column(call, column, name.schema.as_ref());
        affected.push(found.ok_or_else(|| call.unknown("affected_columns"))?);
    }
    let aside = QualifiedName::new(name.schema.clone(), format!("{}_old", name.name));
    let object = SchemaObject::Type(name);
    call.emit(Action::RenameTo(aside.name.clone()), object.clone());
    call.create(object);
    for (table, name) in affected {
        call.require_table(&table);
        let column = SchemaObject::Column { table, name };
        call.emit(Action::Alter(Property::Type), column.clone());
        // A default in the old type is set again in the new one.
        call.maybe(Action::Alter(Property::ServerDefault), column);
    }
    call.emit(Action::Drop, SchemaObject::Type(aside));
    let has_indexes = call
        .argument("indexes_to_recreate")
        .is_some_and(|value| call.interpreter.truth(value) != Some(false));
    if has_indexes {
        for index in known_list(call, "indexes_to_recreate")? {
            remake_index(call, &index).ok_or_else(|| call.unknown("indexes_to_recreate"))?;
        }
    }
    Ok(Value::None)
}

fn known_list(call: &Call<'_, '_>, argument: &str) -> Result<Vec<Value>, String> {
    let value = call.argument(argument).cloned().unwrap_or(Value::None);
    match call.interpreter.object(&value) {
        Some(Object::Sequence {
            items: Items::Known(items),
            ..
        }) => Ok(items.clone()),
        _ => Err(call.unknown(argument)),
    }
}

/// `TableIndex(name=..., definition="CREATE INDEX ...")`: it goes away before the columns change, and comes back after.
fn remake_index(call: &mut Call<'_, '_>, value: &Value) -> Option<()> {
    let Some(Object::Construct { class, args }) = call.interpreter.object(value).cloned() else {
        return None;
    };
    let (Some(Value::Str(name)), Some(Value::Str(definition))) =
        (args.get(0, "name"), args.get(1, "definition"))
    else {
        return None;
    };
    if &*class != "TableIndex" {
        return None;
    }
    call.emit(
        Action::Drop,
        SchemaObject::Index {
            table: None,
            name: Some(name.to_string()),
        },
    );
    let range = call.range();
    call.interpreter
        .run_text_maybe(definition, Certainty::Always, range);
    Some(())
}

/// `("table", "column")` or `TableReference(...)`; without a schema of its own, the table is in that of the type.
fn affected_column(
    call: &Call<'_, '_>,
    value: &Value,
    schema: Option<&String>,
) -> Option<(QualifiedName, String)> {
    let interpreter = &*call.interpreter;
    match interpreter.object(value)? {
        Object::Sequence {
            items: Items::Known(items),
            ..
        } => {
            let table = interpreter.known_name(items.first()?)?;
            let column = interpreter.known_name(items.get(1)?)?;
            let table = QualifiedName::new(schema.cloned(), &*table);
            Some((table, column.to_string()))
        }
        Object::Construct { class, args } if &**class == "TableReference" => {
            let table = interpreter.known_name(args.get(0, "table_name")?)?;
            let column = interpreter.known_name(args.get(1, "column_name")?)?;
            let schema = match args.get(2, "table_schema") {
                Some(schema) => interpreter.known_schema(schema)?,
                None => schema.cloned(),
            };
            Some((QualifiedName::new(schema, &*table), column.to_string()))
        }
        _ => None,
    }
}

/// `op.add_enum_value`: fails where the value is there already.
pub(super) fn add_value(call: &mut Call<'_, '_>) -> Result<Value, String> {
    call.dialects = Dialects::of([Dialect::PostgreSql]);
    let of = enum_argument(call)?;
    let value = call.name("new_value")?;
    call.require(SchemaObject::Type(of.clone()));
    if let Some(value) = call.optional_name("before_value")? {
        let of = of.clone();
        call.maybe(Action::Require, SchemaObject::EnumValue { of, value });
    }
    call.create(SchemaObject::EnumValue { of, value });
    Ok(Value::None)
}

fn enum_argument(call: &mut Call<'_, '_>) -> Result<QualifiedName, String> {
    let name = call.name("enum_name")?;
    Ok(QualifiedName::new(call.schema("enum_schema")?, name))
}
