//! Directives of `alembic_utils`: `op.create_entity(PGView(...))` runs the SQL that the entity makes.
//!
//! The texts are those of its `to_sql_statement_create` and kin (0.8), read as any other raw SQL is.

use rechain_history::Certainty;

use super::call::Call;
use crate::evaluate::Interpreter;
use crate::evaluate::value::{Arguments, Object, Value};

pub(super) fn create(call: &mut Call<'_, '_>) -> Result<Value, String> {
    let entity = Entity::of(call)?;
    run(call, &[(entity.create(false), Certainty::Always)]);
    Ok(Value::None)
}

pub(super) fn drop(call: &mut Call<'_, '_>) -> Result<Value, String> {
    let entity = Entity::of(call)?;
    let cascades = call
        .argument("cascade")
        .is_some_and(|value| call.interpreter.truth(value) != Some(false));
    let text = entity.drop(false) + if cascades { " CASCADE" } else { "" };
    run(call, &[(text, Certainty::Always)]);
    Ok(Value::None)
}

pub(super) fn replace(call: &mut Call<'_, '_>) -> Result<Value, String> {
    let entity = Entity::of(call)?;
    let (always, maybe) = (Certainty::Always, Certainty::Conditional);
    let script: &[_] = match entity.kind {
        Kind::Function => &[(entity.create(true), always)],
        // The old one goes first where `CREATE OR REPLACE` fails.
        Kind::View => &[(entity.drop(true), maybe), (entity.create(true), always)],
        Kind::MaterializedView | Kind::Trigger { .. } | Kind::Policy => {
            &[(entity.drop(true), always), (entity.create(false), always)]
        }
        Kind::Extension => return Err("an extension that is to be replaced".into()),
    };
    run(call, script);
    Ok(Value::None)
}

/// Runs the texts, each with whether it may be passed over.
fn run(call: &mut Call<'_, '_>, script: &[(String, Certainty)]) {
    let range = call.range();
    for (text, certainty) in script {
        call.interpreter.run_text_maybe(text, *certainty, range);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    View,
    MaterializedView,
    Function,
    Trigger { is_constraint: bool },
    Policy,
    Extension,
}

/// What `PGView(schema=..., signature=..., definition=...)` and its kin stand for.
struct Entity {
    kind: Kind,
    schema: String,
    signature: String,
    definition: String,
    /// The table of a trigger or policy.
    on: String,
}

impl Entity {
    fn of(call: &mut Call<'_, '_>) -> Result<Self, String> {
        let target = call.argument("target").cloned().unwrap_or(Value::None);
        let unknown = || {
            format!(
                "{}: {}",
                call.unknown("target"),
                call.interpreter.describe(&target)
            )
        };
        let Some(Object::Construct { class, args }) = call.interpreter.object(&target).cloned()
        else {
            return Err(unknown());
        };
        let kind = match &*class {
            "PGView" => Kind::View,
            "PGMaterializedView" => Kind::MaterializedView,
            "PGFunction" => Kind::Function,
            "PGTrigger" => Kind::Trigger {
                is_constraint: args
                    .get(4, "is_constraint")
                    .is_some_and(|value| call.interpreter.truth(value) != Some(false)),
            },
            "PGPolicy" => Kind::Policy,
            "PGExtension" => Kind::Extension,
            _ => return Err(unknown()),
        };
        let has_table = matches!(kind, Kind::Trigger { .. } | Kind::Policy);
        let text = |at, name| text_of(call.interpreter, &args, at, name);
        let on = if has_table {
            text(3, "on_entity")
        } else {
            Some(String::new())
        };
        let definition = if kind == Kind::Extension {
            Some(String::new())
        } else {
            text(2, "definition")
        };
        match (text(0, "schema"), text(1, "signature"), definition, on) {
            (Some(schema), Some(signature), Some(definition), Some(on)) if !args.is_open() => {
                Ok(Self {
                    kind,
                    schema: schema.trim().replace('"', ""),
                    signature: signature.trim().replace('"', ""),
                    definition: definition.trim().trim_end_matches(';').to_owned(),
                    on: if on.contains('.') || !has_table {
                        on
                    } else {
                        format!("public.{on}")
                    }
                    .replace('"', ""),
                })
            }
            _ => Err(unknown()),
        }
    }

    /// The words for its kind, and its name with all that belongs to it.
    fn place(&self) -> (&'static str, String) {
        let Self {
            schema,
            signature,
            on,
            ..
        } = self;
        match self.kind {
            Kind::View => ("VIEW", format!("\"{schema}\".\"{signature}\"")),
            Kind::MaterializedView => {
                ("MATERIALIZED VIEW", format!("\"{schema}\".\"{signature}\""))
            }
            Kind::Function => {
                let name = signature.split('(').next().unwrap_or(signature).trim();
                ("FUNCTION", format!("\"{schema}\".\"{name}\""))
            }
            Kind::Trigger { .. } => ("TRIGGER", format!("\"{signature}\" ON {on}")),
            Kind::Policy => ("POLICY", format!("{signature} ON {on}")),
            Kind::Extension => ("EXTENSION", format!("\"{signature}\"")),
        }
    }

    fn drop(&self, guarded: bool) -> String {
        let (kind, name) = self.place();
        let guard = if guarded { " IF EXISTS" } else { "" };
        format!("DROP {kind}{guard} {name}")
    }

    fn create(&self, replaces: bool) -> String {
        let Self {
            schema,
            signature,
            definition,
            ..
        } = self;
        let (kind, name) = self.place();
        let replace = if replaces { "OR REPLACE " } else { "" };
        match self.kind {
            Kind::View | Kind::MaterializedView => {
                format!("CREATE {replace}{kind} {name} AS {definition}")
            }
            Kind::Function => {
                let arguments = signature.find('(').map_or("", |at| &signature[at..]);
                format!("CREATE {replace}{kind} {name}{arguments} {definition}")
            }
            Kind::Trigger { is_constraint } => {
                let constraint = if is_constraint { "CONSTRAINT " } else { "" };
                let definition = within_schema(definition, schema);
                format!("CREATE {constraint}TRIGGER \"{signature}\" {definition}")
            }
            Kind::Policy => format!("CREATE POLICY {name} {definition}"),
            Kind::Extension => format!("CREATE EXTENSION {name} WITH SCHEMA \"{schema}\""),
        }
    }
}

/// The definition of a trigger on the table of that name in `schema`.
fn within_schema(definition: &str, schema: &str) -> String {
    let mut words: Vec<String> = definition.split_whitespace().map(str::to_owned).collect();
    if let Some(on) = words
        .iter()
        .position(|word| word.eq_ignore_ascii_case("on"))
        && let Some(table) = words.get_mut(on + 1)
    {
        let name = table.split_once('.').map_or(&**table, |(_, name)| name);
        *table = format!("{schema}.{name}");
    }
    words.join(" ")
}

/// An argument's text, with holes where parts are not known.
fn text_of(
    interpreter: &Interpreter<'_>,
    args: &Arguments,
    at: usize,
    name: &str,
) -> Option<String> {
    let value = args.get(at, name)?;
    match (value, interpreter.object(value)) {
        (Value::Str(text), _) | (_, Some(Object::Template(text))) => Some(text.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::check_module;

    #[track_caller]
    fn check(class: &str, arguments: &str, call: &str, expected: &[&str]) {
        let source = format!(
            "from alembic import op\nfrom alembic_utils.somewhere import {class}\n\n\
             entity = {class}(schema=\"public\", {arguments})\n\n\
             def upgrade():\n    op.{call}\n"
        );
        check_module(&source, expected);
    }

    #[test]
    fn views() {
        let view = "signature='v', definition='SELECT u.id FROM users u;'";
        let needs = ["require table users", "require column users.id"];
        check(
            "PGView",
            view,
            "create_entity(entity)",
            &[needs[0], needs[1], "create view public.v"],
        );
        check(
            "PGView",
            view,
            "drop_entity(entity, cascade=True)",
            &[
                "drop view public.v",
                "opaque: SQL with CASCADE, which drops what depends on it",
            ],
        );
        check(
            "PGView",
            view,
            "replace_entity(entity)",
            &[
                "conditional drop view public.v",
                needs[0],
                needs[1],
                "if needed, create view public.v",
                "alter definition of view public.v",
            ],
        );
        check(
            "PGMaterializedView",
            view,
            "replace_entity(entity)",
            &[
                "if needed, drop view public.v",
                needs[0],
                needs[1],
                "create view public.v",
            ],
        );
    }

    #[test]
    fn functions_and_what_is_on_tables() {
        let function = "signature='f(a integer)', definition=\"RETURNS integer LANGUAGE sql AS $$ SELECT a $$\"";
        check(
            "PGFunction",
            function,
            "create_entity(entity)",
            &["create function public.f"],
        );
        check(
            "PGFunction",
            function,
            "drop_entity(entity)",
            &["drop function public.f"],
        );
        let trigger = "signature='g', on_entity='users', definition='BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION f()'";
        check(
            "PGTrigger",
            trigger,
            "create_entity(entity)",
            &[
                "require table public.users",
                "require function f",
                "create trigger g on public.users",
            ],
        );
        check(
            "PGTrigger",
            trigger,
            "drop_entity(entity)",
            &["drop trigger g on public.users"],
        );
        check(
            "PGPolicy",
            "signature='p', on_entity='app.users', definition='USING (team IS NULL)'",
            "create_entity(entity)",
            &[
                "require table app.users",
                "conditional require column app.users.team",
                "create policy p on app.users",
            ],
        );
        check(
            "PGExtension",
            "signature='pg_trgm'",
            "create_entity(entity)",
            &["create extension pg_trgm"],
        );
    }

    #[test]
    fn what_is_not_known() {
        check(
            "PGView",
            "signature=name(), definition='SELECT 1'",
            "create_entity(entity)",
            &[
                "opaque: call of `name`, which is not defined here",
                "opaque: target of op.create_entity is not known: PGView",
            ],
        );
        check(
            "OwnEntity",
            "signature='v', definition='SELECT 1'",
            "create_entity(entity)",
            &["opaque: target of op.create_entity is not known: OwnEntity"],
        );
    }
}
