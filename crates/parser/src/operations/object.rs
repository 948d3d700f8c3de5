//! Methods of `SQLAlchemy`'s schema objects: `index.create(bind)`, `sequence.drop(bind)`.

use std::rc::Rc;

use rechain_history::TextRange;
use rechain_history::{Action, SchemaObject};

use super::call::Call;
use crate::evaluate::Interpreter;
use crate::evaluate::value::{Arguments, Object, Value};

impl Interpreter<'_> {
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
}
