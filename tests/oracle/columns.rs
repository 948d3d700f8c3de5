//! Columns and their types.

use super::*;

impl Writer {
    pub(super) fn a_type(&mut self) -> String {
        if self.is_postgresql() && !self.model.enums.is_empty() && self.chance(6) {
            let name = self.pick(&self.model.enums.clone());
            return format!(
                "postgresql.ENUM(\"low\", \"high\", name=\"{name}\", create_type=False)"
            );
        }
        if self.chance(14) {
            return self
                .pick(&[
                    "sa.Numeric(10, 2)",
                    "sa.DateTime()",
                    "sa.Uuid()",
                    "sa.JSON()",
                    "sa.Boolean(create_constraint=True)",
                    "sa.Boolean(name=\"ck_shared\", create_constraint=True)",
                    "sa.Enum(\"low\", \"high\", name=\"ck_shared\", native_enum=False, create_constraint=True)",
                    "sa.Enum(\"low\", \"high\", name=\"mood\", native_enum=False)",
                ])
                .to_owned();
        }
        self.pick(TYPES).0.to_owned()
    }

    pub(super) fn add_column(&mut self, at: usize) {
        let (name, schema) = self.named(at);
        let column = self.new_column(at);
        let type_ = self.a_type_of(column);
        let batch = schema.is_empty() && self.chance(3);
        let simple = format!("sa.Column(\"{column}\", {type_})");
        let definition = match self.random.below(12) {
            0 => format!("sa.Column(\"{column}\", {type_}, nullable=False)"),
            1 => format!(
                "sa.Column(\"{column}\", sa.String(20), server_default=\"x\", nullable=False)"
            ),
            2 => format!("sa.Column(\"{column}\", {type_}, index=True)"),
            3 if !self.is_sqlite() => format!("sa.Column(\"{column}\", {type_}, unique=True)"),
            4 if !self.is_sqlite() => {
                let targets: Vec<&Table> = self
                    .model
                    .tables
                    .iter()
                    .filter(|table| table.has_key && table.schema.is_none())
                    .collect();
                if targets.is_empty() {
                    simple
                } else {
                    let target = targets[self.random.below(targets.len())].name;
                    format!("sa.Column(\"{column}\", sa.Integer(), sa.ForeignKey(\"{target}.id\"))")
                }
            }
            5 if self.is_postgresql() => {
                let from = self.column(at);
                let from = Self::sql_column(from);
                format!(
                    "sa.Column(\"{column}\", sa.Text(), sa.Computed(\"{from}::text\", persisted=True))"
                )
            }
            5 if self.is_mysql() => {
                let from = self.column(at);
                let persisted = if self.chance(2) { "True" } else { "False" };
                format!(
                    "sa.Column(\"{column}\", sa.String(60), sa.Computed(\"concat({}, 'x')\", persisted={persisted}))",
                    Self::sql_column(from)
                )
            }
            6 if self.is_postgresql() && !self.model.sequences.is_empty() => format!(
                "sa.Column(\"{column}\", sa.Integer(), server_default=sa.text(\"nextval('numbers')\"))"
            ),
            _ => simple,
        };
        let sql_type = self.pick(TYPES).1;
        match self.random.below(8) {
            0 => {
                let (sql, quoted) = (self.sql(at), Self::sql_column(column));
                self.say(format!(
                    "op.execute(\"ALTER TABLE {sql} ADD COLUMN {quoted} {sql_type}\")"
                ));
            }
            1 if !self.is_sqlite() => self.say(format!(
                "op.add_column({name}, {definition}{schema}, if_not_exists=True)"
            )),
            _ if batch => {
                let recreate = if self.chance(4) {
                    ", recreate=\"always\""
                } else {
                    ""
                };
                self.say(format!(
                    "with op.batch_alter_table({name}{recreate}) as batch_op:"
                ));
                self.say(format!("    batch_op.add_column({definition})"));
            }
            // Which is none.
            _ if schema.is_empty() && self.chance(12) => {
                self.say(format!("op.add_column({name}, {definition}, schema=\"\")"));
            }
            _ => self.say(format!("op.add_column({name}, {definition}{schema})")),
        }
        self.model.tables[at].columns.push(column);
    }

    pub(super) fn drop_column(&mut self, at: usize) {
        let (name, schema) = self.named(at);
        let column = self.column(at);
        match self.random.below(4) {
            0 => {
                let (sql, quoted) = (self.sql(at), Self::sql_column(column));
                self.say(format!(
                    "op.execute(\"ALTER TABLE {sql} DROP COLUMN {quoted}\")"
                ));
            }
            1 if schema.is_empty() => {
                self.say(format!("with op.batch_alter_table({name}) as batch_op:"));
                self.say(format!("    batch_op.drop_column(\"{column}\")"));
            }
            _ => self.say(format!("op.drop_column({name}, \"{column}\"{schema})")),
        }
        self.model.tables[at].columns.retain(|it| *it != column);
    }

    /// A change of a column, in a batch block where the database needs one.
    pub(super) fn alter(&mut self, at: usize, column: &str, arguments: &str) {
        let (name, schema) = self.named(at);
        let existing = self.existing(column);
        if self.is_sqlite() || (schema.is_empty() && self.chance(3)) {
            self.say(format!("with op.batch_alter_table({name}) as batch_op:"));
            self.say(format!(
                "    batch_op.alter_column(\"{column}\", {arguments}{existing})"
            ));
        } else {
            self.say(format!(
                "op.alter_column({name}, \"{column}\", {arguments}{existing}{schema})"
            ));
        }
    }

    pub(super) fn rename_column(&mut self, at: usize) {
        let column = self.column(at);
        let new = self.new_column(at);
        if self.chance(3) {
            let sql = self.sql(at);
            let (old, quoted) = (Self::sql_column(column), Self::sql_column(new));
            self.say(format!(
                "op.execute(\"ALTER TABLE {sql} RENAME COLUMN {old} TO {quoted}\")"
            ));
        } else {
            self.alter(at, column, &format!("new_column_name=\"{new}\""));
        }
        let columns = &mut self.model.tables[at].columns;
        columns.retain(|it| *it != column);
        columns.push(new);
    }

    pub(super) fn alter_column(&mut self, at: usize) {
        let column = self.column(at);
        let using = Self::sql_column(column);
        let (sql, quoted) = (self.sql(at), Self::sql_column(column));
        if self.is_mysql() && self.chance(3) {
            return self.mysql_types(at);
        }
        match self.random.below(10) {
            0 | 1 => self.alter(at, column, "nullable=True"),
            2 => self.alter(at, column, "nullable=False"),
            3 => self.alter(at, column, "server_default=\"7\""),
            4 => self.alter(at, column, "server_default=None"),
            5 => self.alter(
                at,
                column,
                &format!("type_=sa.Text(), postgresql_using=\"{using}::text\""),
            ),
            6 => {
                let type_ = self.pick(TYPES).0;
                self.alter(at, column, &format!("type_={type_}"));
            }
            7 if !self.is_mysql() && self.chance(2) => self.alter(
                at,
                column,
                "type_=sa.Text(), existing_type=sa.Boolean(name=\"ck_shared\", create_constraint=True)",
            ),
            7 => self.alter(at, column, "comment=\"a comment\""),
            8 if self.is_postgresql() => self.say(format!(
                "op.execute(\"ALTER TABLE {sql} ALTER COLUMN {quoted} TYPE text USING NULLIF({quoted}::text, 'x')\")"
            )),
            9 if self.is_postgresql() => {
                self.say(format!("op.execute(\"ALTER TABLE {sql} ALTER {quoted} DROP NOT NULL\")"));
            }
            _ => self.alter(at, column, "nullable=False, server_default=\"1\""),
        }
    }

    pub(super) fn types(&mut self, at: usize) {
        match self.target {
            Target::PostgreSql => {}
            Target::Sqlite => return self.alter_column(at),
            Target::MySql => return self.mysql_types(at),
        }
        let name = self.pick(ENUMS);
        match self.random.below(8) {
            0 | 1 => {
                let value = self.pick(&["mid", "top"]);
                self.say(format!("op.execute(\"ALTER TYPE {name} ADD VALUE '{value}'\")"));
            }
            2 => self.say(format!(
                "op.execute(\"ALTER TYPE {name} ADD VALUE IF NOT EXISTS 'mid'\")"
            )),
            3 => self.say(format!(
                "sa.Enum(\"low\", \"high\", name=\"{name}\").create(op.get_bind())"
            )),
            4 => self.say(format!(
                "postgresql.ENUM(\"low\", \"high\", name=\"{name}\").create(op.get_bind(), checkfirst=True)"
            )),
            5 => self.say(format!("op.execute(\"ALTER TYPE {name} RENAME VALUE 'low' TO 'lowest'\")")),
            6 => self.say(format!("op.execute(\"DROP TYPE {name}\")")),
            _ => {
                let column = self.column(at);
                let (sql, quoted) = (self.sql(at), Self::sql_column(column));
                self.say(format!(
                    "op.execute(\"ALTER TABLE {sql} ALTER COLUMN {quoted} TYPE {name} USING NULL\")"
                ));
            }
        }
    }
}
