//! Alembic's directives: what each creates, requires, changes and drops.
//!
//! Positions and names of arguments are those of `alembic.operations.ops`, the names from before 0.8
//! included.

use rechain_history::{
    Action, Certainty, ConstraintKind, Effect, EffectKind, Property, SchemaObject, TableName,
    TextRange,
};
use rustpython_parser::ast::{self, Expr};

use super::literal::{argument, callee, is_none, is_open, is_true, text, texts};
use super::range;

/// What a directive is called on.
#[derive(Debug, Clone)]
pub(super) enum Target {
    /// `op`, where the table is an argument.
    Op,
    /// A batch, which has the table.
    Batch(TableName),
}

/// Appends the effects of `op.<name>(...)` or `batch.<name>(...)`; what is not understood in it makes
/// the whole call opaque.
pub(super) fn effects(name: &str, call: &ast::ExprCall, target: &Target, found: &mut Vec<Effect>) {
    let whole = range(call);
    if is_open(call) {
        found.push(Effect::opaque(
            format!("arguments of {name} that are not written out"),
            whole,
        ));
        return;
    }
    let mut directive = Directive {
        call,
        target,
        range: whole,
        effects: Vec::new(),
    };
    match directive.read(name) {
        Some(()) => found.append(&mut directive.effects),
        None => {
            let reason = match name {
                "execute" => "raw SQL".to_owned(),
                _ => format!("arguments of {name} that are not literals"),
            };
            found.push(Effect::opaque(reason, whole));
        }
    }
}

/// The table of `op.batch_alter_table(...)`.
pub(super) fn batch_table(call: &ast::ExprCall) -> Option<TableName> {
    if is_open(call) {
        return None;
    }
    let name = text(argument(call, Some(0), &["table_name"])?)?;
    Some(TableName::new(
        optional(argument(call, Some(1), &["schema"]))?,
        name,
    ))
}

pub(super) fn require_table(table: &TableName, range: TextRange, found: &mut Vec<Effect>) {
    found.push(Effect::always(
        Action::Require,
        SchemaObject::Table(table.clone()),
        range,
    ));
}

/// A string that may be left out or `None`; the outer `None` where it is no literal.
#[expect(
    clippy::option_option,
    reason = "absent and not a literal are two answers"
)]
fn optional(expression: Option<&Expr>) -> Option<Option<String>> {
    match expression {
        None => Some(None),
        Some(expression) if is_none(expression) => Some(None),
        Some(expression) => text(expression).map(Some),
    }
}

struct Directive<'a> {
    call: &'a ast::ExprCall,
    target: &'a Target,
    range: TextRange,
    effects: Vec<Effect>,
}

impl Directive<'_> {
    /// Reads the call; `None` where something in it is no literal.
    #[expect(
        clippy::too_many_lines,
        reason = "one table of directives, to be read as one"
    )]
    fn read(&mut self, name: &str) -> Option<()> {
        match (name, self.target) {
            ("create_table", Target::Op) => self.create_table(),
            ("drop_table", Target::Op) => {
                let table = self.op_table(0, &["table_name", "name"])?;
                self.push(
                    self.guarded("if_exists"),
                    Action::Drop,
                    SchemaObject::Table(table),
                );
                Some(())
            }
            ("rename_table", Target::Op) => {
                let old = self.op_table(0, &["old_table_name"])?;
                let new = text(argument(self.call, Some(1), &["new_table_name"])?)?;
                let created = TableName::new(old.schema.clone(), new.clone());
                self.always(Action::RenameTo(new), SchemaObject::Table(old));
                self.always(Action::Create, SchemaObject::Table(created));
                Some(())
            }
            ("add_column", _) => {
                let table = self.table(0, &["table_name"])?;
                let column = argument(self.call, Some(self.at(1)), &["column"])?;
                self.require(&table);
                let certainty = self.guarded("if_not_exists");
                self.column(&table, column, certainty, true)
            }
            ("drop_column", _) => {
                let table = self.table(0, &["table_name"])?;
                let name = text(argument(self.call, Some(self.at(1)), &["column_name"])?)?;
                self.require(&table);
                let certainty = self.guarded("if_exists");
                self.push(
                    certainty,
                    Action::Drop,
                    SchemaObject::Column { table, name },
                );
                Some(())
            }
            ("alter_column", _) => self.alter_column(),
            ("create_index", _) => self.create_index(),
            ("drop_index", _) => {
                let name = text(argument(self.call, Some(0), &["index_name", "name"])?)?;
                let table = match self.target {
                    Target::Batch(table) => Some(table.clone()),
                    Target::Op => {
                        optional(argument(self.call, Some(1), &["table_name", "tablename"]))?
                            .map(|table| Some(TableName::new(self.schema("schema")?, table)))
                            .map_or(Some(None), |table| table.map(Some))?
                    }
                };
                let certainty = self.guarded("if_exists");
                self.push(
                    certainty,
                    Action::Drop,
                    SchemaObject::Index {
                        table,
                        name: Some(name),
                    },
                );
                Some(())
            }
            ("create_foreign_key", _) => self.create_foreign_key(),
            ("create_unique_constraint", _) => self.create_constraint(
                ConstraintKind::Unique,
                &["table_name", "source"],
                Some(&["columns", "local_cols"]),
            ),
            ("create_primary_key", _) => self.create_constraint(
                ConstraintKind::PrimaryKey,
                &["table_name"],
                Some(&["columns", "cols"]),
            ),
            ("create_check_constraint", _) => {
                self.create_constraint(ConstraintKind::Check, &["table_name", "source"], None)
            }
            ("create_exclude_constraint", _) => {
                self.create_constraint(ConstraintKind::Exclude, &["table_name"], None)
            }
            ("drop_constraint", _) => {
                let name = text(argument(self.call, Some(0), &["constraint_name", "name"])?)?;
                let table = self.table(1, &["table_name", "tablename"])?;
                self.require(&table);
                let kind = ConstraintKind::Unknown;
                let object = SchemaObject::Constraint {
                    table,
                    name: Some(name),
                    kind,
                };
                self.push(self.guarded("if_exists"), Action::Drop, object);
                Some(())
            }
            ("create_table_comment" | "drop_table_comment", _) => {
                let table = self.table(0, &["table_name"])?;
                self.always(Action::Alter(Property::Comment), SchemaObject::Table(table));
                Some(())
            }
            ("bulk_insert", Target::Op) => {
                // `sa.table("name", ...)` written in the call; a variable is not followed.
                let ("table" | "Table", table) = callee(argument(self.call, Some(0), &["table"])?)?
                else {
                    return None;
                };
                let name = text(table.args.first()?)?;
                let schema = optional(argument(table, None, &["schema"]))?;
                self.always(
                    Action::WriteRows,
                    SchemaObject::Table(TableName::new(schema, name)),
                );
                Some(())
            }
            ("get_bind" | "get_context" | "f" | "inline_literal", _) => Some(()),
            _ => None,
        }
    }

    fn always(&mut self, action: Action, object: SchemaObject) {
        self.push(Certainty::Always, action, object);
    }

    fn push(&mut self, certainty: Certainty, action: Action, object: SchemaObject) {
        let kind = EffectKind::Known { action, object };
        self.effects.push(Effect {
            kind,
            certainty,
            range: self.range,
        });
    }

    fn require(&mut self, table: &TableName) {
        self.always(Action::Require, SchemaObject::Table(table.clone()));
    }

    /// `if_exists` and the like make an effect conditional, unless they are literally false.
    fn guarded(&self, keyword: &str) -> Certainty {
        match argument(self.call, None, &[keyword]) {
            Some(value) if !is_none(value) => Certainty::Conditional,
            _ => Certainty::Always,
        }
    }

    /// A batch method has no table argument: what follows it stands one place earlier.
    fn at(&self, position: usize) -> usize {
        match self.target {
            Target::Op => position,
            Target::Batch(_) => position - 1,
        }
    }

    #[expect(
        clippy::option_option,
        reason = "absent and not a literal are two answers"
    )]
    fn schema(&self, keyword: &str) -> Option<Option<String>> {
        optional(argument(self.call, None, &[keyword]))
    }

    fn op_table(&self, position: usize, names: &[&str]) -> Option<TableName> {
        let name = text(argument(self.call, Some(position), names)?)?;
        Some(TableName::new(self.schema("schema")?, name))
    }

    fn table(&self, position: usize, names: &[&str]) -> Option<TableName> {
        match self.target {
            Target::Batch(table) => Some(table.clone()),
            Target::Op => self.op_table(position, names),
        }
    }

    fn create_table(&mut self) -> Option<()> {
        let table = self.op_table(0, &["table_name", "name"])?;
        let certainty = self.guarded("if_not_exists");
        self.push(
            certainty,
            Action::Create,
            SchemaObject::Table(table.clone()),
        );
        let start = usize::from(argument(self.call, Some(0), &[]).is_some());
        for item in self.call.args.iter().skip(start) {
            self.table_item(&table, item, certainty)?;
        }
        Some(())
    }

    fn table_item(&mut self, table: &TableName, item: &Expr, certainty: Certainty) -> Option<()> {
        let (class, call) = callee(item)?;
        let name = optional(argument(call, None, &["name"]))?;
        let kind = match class {
            "Column" => return self.column(table, item, certainty, false),
            "Index" => {
                let name = optional(call.args.first())?;
                let object = SchemaObject::Index {
                    table: Some(table.clone()),
                    name,
                };
                self.push(certainty, Action::Create, object);
                return Some(());
            }
            "PrimaryKeyConstraint" => ConstraintKind::PrimaryKey,
            "UniqueConstraint" => ConstraintKind::Unique,
            "CheckConstraint" => ConstraintKind::Check,
            "ExcludeConstraint" => ConstraintKind::Exclude,
            "ForeignKeyConstraint" => {
                let targets = texts(argument(call, Some(1), &["refcolumns"])?)?;
                let name = optional(argument(call, Some(2), &["name"]))?;
                if is_true(argument(call, None, &["use_alter"])) {
                    return Some(());
                }
                return self.foreign_key(table, name, &targets, certainty);
            }
            _ => return None,
        };
        let object = SchemaObject::Constraint {
            table: table.clone(),
            name,
            kind,
        };
        self.push(certainty, Action::Create, object);
        Some(())
    }

    /// A `Column(...)` of a new or existing table.
    fn column(
        &mut self,
        table: &TableName,
        column: &Expr,
        certainty: Certainty,
        is_new_in_table: bool,
    ) -> Option<()> {
        let ("Column", call) = callee(column)? else {
            return None;
        };
        if is_open(call) {
            return None;
        }
        let name = text(argument(call, Some(0), &["name"])?)?;
        let object = SchemaObject::Column {
            table: table.clone(),
            name: name.clone(),
        };
        self.push(certainty, Action::Create, object);
        for part in &call.args[1..] {
            let Some((class, part)) = callee(part) else {
                continue;
            };
            match class {
                "ForeignKey" => {
                    if is_true(argument(part, None, &["use_alter"])) && !is_new_in_table {
                        continue;
                    }
                    let target = text(argument(part, Some(0), &["column"])?)?;
                    let name = optional(argument(part, None, &["name"]))?;
                    self.foreign_key(table, name, &[target], certainty)?;
                }
                "Enum" | "ENUM" => self.enum_type(part, certainty, is_new_in_table)?,
                _ => {}
            }
        }
        let index = is_true(argument(call, None, &["index"]));
        let unique = is_true(argument(call, None, &["unique"]));
        if index {
            let schema = table
                .schema
                .as_ref()
                .map(|schema| format!("{schema}_"))
                .unwrap_or_default();
            let index = format!("ix_{schema}{}_{name}", table.name);
            let object = SchemaObject::Index {
                table: Some(table.clone()),
                name: Some(index),
            };
            self.push(certainty, Action::Create, object);
        } else if unique {
            let kind = ConstraintKind::Unique;
            let object = SchemaObject::Constraint {
                table: table.clone(),
                name: None,
                kind,
            };
            self.push(certainty, Action::Create, object);
        }
        Some(())
    }

    /// An enum is created with its table and must exist for a new column of an old one.
    fn enum_type(
        &mut self,
        call: &ast::ExprCall,
        certainty: Certainty,
        is_new_in_table: bool,
    ) -> Option<()> {
        let Some(name) = optional(argument(call, None, &["name"]))? else {
            return Some(());
        };
        let schema = optional(argument(call, None, &["schema"]))?;
        let is_native = argument(call, None, &["native_enum", "create_type"]).is_none();
        let object = SchemaObject::Type(TableName::new(schema, name));
        // Whether `create_type=False` counts depends on SQLAlchemy's version; on SQLite and MySQL
        // there is no such object at all.
        let action = match (is_new_in_table, is_native) {
            (false, true) => Action::Create,
            _ => Action::Require,
        };
        let certainty = certainty.max(Certainty::Conditional);
        self.push(certainty, action, object);
        Some(())
    }

    /// A foreign key to `table.column` or `schema.table.column` targets.
    fn foreign_key(
        &mut self,
        table: &TableName,
        name: Option<String>,
        targets: &[String],
        certainty: Certainty,
    ) -> Option<()> {
        let mut columns = Vec::new();
        let mut target = None;
        for text in targets {
            let (path, column) = text.rsplit_once('.')?;
            columns.push(column.to_owned());
            target = Some(match path.rsplit_once('.') {
                Some((schema, table)) => TableName::new(Some(schema.to_owned()), table),
                None => TableName::unqualified(path),
            });
        }
        self.point_at(table, name, target?, columns, certainty);
        Some(())
    }

    fn point_at(
        &mut self,
        table: &TableName,
        name: Option<String>,
        target: TableName,
        columns: Vec<String>,
        certainty: Certainty,
    ) {
        if target != *table {
            self.push(
                certainty,
                Action::Require,
                SchemaObject::Table(target.clone()),
            );
            for column in &columns {
                let object = SchemaObject::Column {
                    table: target.clone(),
                    name: column.clone(),
                };
                self.push(certainty, Action::Require, object);
            }
        }
        let kind = ConstraintKind::ForeignKey { target, columns };
        let object = SchemaObject::Constraint {
            table: table.clone(),
            name,
            kind,
        };
        self.push(certainty, Action::Create, object);
    }

    fn alter_column(&mut self) -> Option<()> {
        let table = self.table(0, &["table_name"])?;
        let name = text(argument(self.call, Some(self.at(1)), &["column_name"])?)?;
        self.require(&table);
        let column = SchemaObject::Column {
            table: table.clone(),
            name,
        };
        self.always(Action::Require, column.clone());
        let given = |keyword: &str| argument(self.call, None, &[keyword]).is_some();
        let properties = [
            ("type_", Property::Type),
            ("nullable", Property::Nullable),
            ("server_default", Property::ServerDefault),
            ("comment", Property::Comment),
            ("autoincrement", Property::Other),
        ];
        let altered: Vec<Property> = properties
            .into_iter()
            .filter(|(keyword, _)| given(keyword))
            .map(|(_, property)| property)
            .collect();
        for property in altered {
            self.always(Action::Alter(property), column.clone());
        }
        let new_name = argument(self.call, None, &["new_column_name", "name"]);
        if let Some(new) = optional(new_name)? {
            self.always(Action::RenameTo(new.clone()), column);
            self.always(Action::Create, SchemaObject::Column { table, name: new });
        }
        Some(())
    }

    fn create_index(&mut self) -> Option<()> {
        let name = optional(argument(self.call, Some(0), &["index_name", "name"]))?;
        let table = self.table(1, &["table_name", "tablename"])?;
        self.require(&table);
        let columns = argument(self.call, Some(self.at(2)), &["columns"])?;
        let elements = match columns {
            Expr::List(list) => &list.elts,
            Expr::Tuple(tuple) => &tuple.elts,
            _ => return None,
        };
        for element in elements {
            // Expressions (`sa.text("lower(a)")`) may name columns; the table is required anyway.
            if let Some(name) = text(element) {
                let object = SchemaObject::Column {
                    table: table.clone(),
                    name,
                };
                self.always(Action::Require, object);
            }
        }
        let certainty = self.guarded("if_not_exists");
        let object = SchemaObject::Index {
            table: Some(table),
            name,
        };
        self.push(certainty, Action::Create, object);
        Some(())
    }

    fn create_foreign_key(&mut self) -> Option<()> {
        let name = optional(argument(self.call, Some(0), &["constraint_name", "name"]))?;
        let table = match self.target {
            Target::Batch(table) => table.clone(),
            Target::Op => {
                let source = text(argument(self.call, Some(1), &["source_table", "source"])?)?;
                TableName::new(self.schema("source_schema")?, source)
            }
        };
        let referent = text(argument(
            self.call,
            Some(self.at(2)),
            &["referent_table", "referent"],
        )?)?;
        let referent = TableName::new(self.schema("referent_schema")?, referent);
        let local = texts(argument(self.call, Some(self.at(3)), &["local_cols"])?)?;
        let remote = texts(argument(self.call, Some(self.at(4)), &["remote_cols"])?)?;
        self.require(&table);
        for name in local {
            self.always(
                Action::Require,
                SchemaObject::Column {
                    table: table.clone(),
                    name,
                },
            );
        }
        self.point_at(&table, name, referent, remote, Certainty::Always);
        Some(())
    }

    fn create_constraint(
        &mut self,
        kind: ConstraintKind,
        table_names: &[&str],
        columns: Option<&[&str]>,
    ) -> Option<()> {
        let name = optional(argument(self.call, Some(0), &["constraint_name", "name"]))?;
        let table = self.table(1, table_names)?;
        self.require(&table);
        if let Some(names) = columns {
            for name in texts(argument(self.call, Some(self.at(2)), names)?)? {
                self.always(
                    Action::Require,
                    SchemaObject::Column {
                        table: table.clone(),
                        name,
                    },
                );
            }
        }
        self.always(
            Action::Create,
            SchemaObject::Constraint { table, name, kind },
        );
        Some(())
    }
}
