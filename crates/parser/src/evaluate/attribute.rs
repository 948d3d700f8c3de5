//! What `receiver.name` is.

use std::rc::Rc;

use rechain_history::TextRange;

use super::value::{Arguments, Class, FunctionKind, Handle, Object, Value};
use super::{Interpreter, library};

/// The name a column is given, if it is.
type ColumnName = Option<String>;

/// Methods that put something where it may be found again.
const STORING: &[&str] = &[
    "add",
    "append",
    "appendleft",
    "extend",
    "insert",
    "put",
    "setdefault",
    "update",
];

impl Interpreter<'_> {
    /// `receiver.name`
    pub(crate) fn attribute(&mut self, receiver: &Value, name: &str, range: TextRange) -> Value {
        match receiver {
            Value::Data if STORING.contains(&name) => return self.method(receiver, name),
            Value::Data if library::names_a_connection(name) => {
                return Value::Unknown(format!("`.{name}` of something").into());
            }
            Value::Data | Value::Int(_) | Value::Bool(_) => return Value::Data,
            // Flask-SQLAlchemy.
            Value::Path(path) if name == "session" && path.ends_with(".db") => {
                return Value::Handle(Handle::Session);
            }
            Value::Path(path) => return Value::Path(format!("{path}.{name}").into()),
            Value::Unknown(reason) => return Value::Unknown(reason.clone()),
            Value::Handle(handle) => return self.handle_attribute(*handle, name),
            Value::None | Value::Str(_) => return self.method(receiver, name),
            Value::Object(_) => {}
        }
        match self.object(receiver).cloned() {
            Some(Object::Table(table)) => match name {
                "c" | "columns" => self.add(Object::Columns(table)),
                "name" | "fullname" | "key" | "description" => {
                    Value::Str(table.name.name.as_str().into())
                }
                "schema" => table
                    .name
                    .schema
                    .as_deref()
                    .map_or(Value::None, |schema| Value::Str(schema.into())),
                _ => self.method(receiver, name),
            },
            Some(Object::Columns(table)) => match name {
                "keys" | "values" | "items" | "get" | "contains_column" => {
                    self.method(receiver, name)
                }
                _ => self.column_value(&table, name),
            },
            Some(Object::Template(_)) => self.attribute(&Value::Data, name, range),
            Some(Object::FilePath(path)) => self
                .path_attribute(&path, name)
                .unwrap_or_else(|| self.method(receiver, name)),
            Some(Object::Class(class)) => {
                let value = self.class_attribute(&class, name);
                match self.object(&value) {
                    Some(Object::Function(function)) if function.kind == FunctionKind::OfClass => {
                        self.method(receiver, name)
                    }
                    _ => value,
                }
            }
            Some(Object::Instance {
                class, attributes, ..
            }) => {
                if let Some((_, value)) = attributes.iter().find(|(other, _)| &**other == name) {
                    return value.clone();
                }
                let member = self.member(&class, name);
                match member {
                    Some((owner, value)) => match self.object(&value).cloned() {
                        Some(Object::Function(function))
                            if function.kind == FunctionKind::Property =>
                        {
                            self.call_member(
                                owner,
                                &function,
                                receiver,
                                Arguments::default(),
                                range,
                            )
                        }
                        Some(Object::Function(function))
                            if function.kind == FunctionKind::Decorated =>
                        {
                            self.opaque(format!("`{name}`, a decorated method"), range);
                            Value::Unknown(format!("`.{name}`").into())
                        }
                        Some(Object::Function(_)) => self.method(receiver, name),
                        _ => value,
                    },
                    None if class.table.is_some() => Value::Data,
                    None => Value::Unknown(format!("`.{name}` of an object").into()),
                }
            }
            Some(Object::Member {
                name: member,
                value,
            }) => match name {
                "value" | "_value_" => value,
                "name" | "_name_" => Value::Str(member),
                _ => Value::Unknown(format!("`.{name}` of an enum member").into()),
            },
            Some(Object::Construct { class, args }) => match (&*class, name) {
                ("Column" | "column", "name" | "key") => {
                    args.get(0, "name").cloned().unwrap_or(Value::None)
                }
                ("Enum" | "ENUM", "name") => args.keyword("name").cloned().unwrap_or(Value::None),
                _ => self.method(receiver, name),
            },
            Some(_) => self.method(receiver, name),
            None => Value::Unknown("a part of something".into()),
        }
    }

    fn method(&mut self, receiver: &Value, name: &str) -> Value {
        self.add(Object::Method {
            receiver: receiver.clone(),
            name: name.into(),
        })
    }

    fn class_attribute(&mut self, class: &Rc<Class>, name: &str) -> Value {
        if name == "__name__" {
            return Value::Str(class.name.clone());
        }
        if let Some(table) = &class.table
            && name == "__table__"
        {
            return self.add(Object::Table(table.clone()));
        }
        let Some((_, value)) = self.member(class, name) else {
            if class.is_enum && name == "__members__" {
                return Value::Data;
            }
            return match &class.table {
                Some(table) => {
                    let table = self.add(Object::Table(table.clone()));
                    self.sql_value(&[table])
                }
                None => Value::Unknown(format!("`{}.{name}`", class.name).into()),
            };
        };
        if class.is_enum && !matches!(self.object(&value), Some(Object::Function(_))) {
            return self.add(Object::Member {
                name: name.into(),
                value,
            });
        }
        if let Some(table) = &class.table
            && self.column_of(&value).is_some()
        {
            return self.column_value(
                &table.clone(),
                &self
                    .column_of(&value)
                    .flatten()
                    .unwrap_or(name.into())
                    .clone(),
            );
        }
        value
    }

    /// For a `Column(...)`: the name it is given, if it is.
    fn column_of(&self, value: &Value) -> Option<ColumnName> {
        match self.object(value)? {
            Object::Construct { class, args } if matches!(&**class, "Column" | "mapped_column") => {
                Some(match args.get(0, "name") {
                    Some(Value::Str(name)) => Some(name.to_string()),
                    _ => None,
                })
            }
            _ => None,
        }
    }

    pub(super) fn enum_members(&mut self, class: &Class) -> Vec<Value> {
        let variables = &self.scopes[class.scope.0 as usize].variables;
        let members: Vec<(String, Value)> = variables
            .iter()
            .filter(|(name, value)| {
                !name.starts_with('_') && !matches!(self.object(value), Some(Object::Function(_)))
            })
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        members
            .into_iter()
            .map(|(name, value)| {
                self.add(Object::Member {
                    name: name.as_str().into(),
                    value,
                })
            })
            .collect()
    }
}
