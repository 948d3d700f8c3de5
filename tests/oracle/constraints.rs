//! Indexes and constraints.

use super::*;

impl Writer {
    pub(super) fn index(&mut self, at: usize) {
        let (name, schema) = self.named(at);
        let column = self.column(at);
        let index = match self.random.below(5) {
            0 => "ix_shared".to_owned(),
            1 => format!("{}_{column}_key", self.model.tables[at].name),
            _ => format!("ix_{}_{column}", self.model.tables[at].name),
        };
        let (sql, quoted) = (self.sql(at), Self::sql_column(column));
        if self.is_mysql() && self.chance(3) {
            self.mysql_index(at, &index, column);
            return self.model.tables[at].indexes.push(index);
        }
        match self.random.below(9) {
            0 => self.say(format!("op.execute(\"CREATE INDEX {index} ON {sql} ({quoted})\")")),
            1 => self.say(format!(
                "op.create_index(\"{index}\", {name}, [\"{column}\"], unique=True{schema})"
            )),
            2 => self.say(format!(
                "op.create_index(\"{index}\", {name}, [sa.text(\"coalesce({quoted}, {quoted})\")]{schema})"
            )),
            3 => self.say(format!(
                "op.create_index(\"{index}\", {name}, [\"{column}\"], if_not_exists=True{schema})"
            )),
            4 if schema.is_empty() => {
                self.say(format!("with op.batch_alter_table({name}) as batch_op:"));
                self.say(format!(
                    "    batch_op.create_index(batch_op.f(\"{index}\"), [\"{column}\"])"
                ));
            }
            5 => self.say(format!(
                "op.create_index(None, {name}, [\"{column}\"]{schema}, postgresql_where=sa.text(\"{quoted} IS NOT NULL\"))"
            )),
            _ => self.say(format!("op.create_index(\"{index}\", {name}, [\"{column}\"]{schema})")),
        }
        self.model.tables[at].indexes.push(index);
    }

    pub(super) fn drop_index(&mut self, at: usize) {
        let (name, schema) = self.named(at);
        let indexes = self.model.tables[at].indexes.clone();
        let Some(index) = indexes.first().cloned() else {
            return self.index(at);
        };
        match self.random.below(4) {
            1 if self.is_mysql() => {
                let sql = self.sql(at);
                self.say(format!(
                    "op.execute(\"DROP INDEX {} ON {sql}\")",
                    Self::sql_column(&index)
                ));
            }
            2 if self.is_mysql() => self.say(format!(
                "op.drop_index(\"{index}\", {name}, if_exists=True{schema})"
            )),
            0 if schema.is_empty() && (!self.is_mysql() || self.chance(4)) => {
                self.say(format!("op.drop_index(\"{index}\")"));
            }
            1 if schema.is_empty() => self.say(format!(
                "op.execute(\"DROP INDEX {}\")",
                Self::sql_column(&index)
            )),
            2 if self.is_postgresql() => self.say(format!(
                "op.execute('ALTER INDEX \"{index}\" RENAME TO ix_renamed')"
            )),
            _ => self.say(format!(
                "op.drop_index(\"{index}\", table_name={name}{schema})"
            )),
        }
        self.model.tables[at].indexes.remove(0);
    }

    /// A constraint, in a batch block where the database needs one.
    pub(super) fn constrain(&mut self, at: usize, call: &str, name: &str, arguments: &str) {
        let (table, schema) = self.named(at);
        if self.is_sqlite() || (schema.is_empty() && self.chance(3)) {
            self.say(format!("with op.batch_alter_table({table}) as batch_op:"));
            self.say(format!("    batch_op.{call}({name}, {arguments})"));
        } else {
            self.say(format!("op.{call}({name}, {table}, {arguments}{schema})"));
        }
    }

    pub(super) fn unique(&mut self, at: usize) {
        let column = self.column(at);
        let name = if self.chance(6) {
            "uq_shared".to_owned()
        } else {
            format!("uq_{}_{column}", self.model.tables[at].name)
        };
        let given = if !self.is_sqlite() && self.chance(6) {
            "None".to_owned()
        } else {
            format!("\"{name}\"")
        };
        self.constrain(
            at,
            "create_unique_constraint",
            &given,
            &format!("[\"{column}\"]"),
        );
        self.model.tables[at].constraints.push((name, "unique"));
    }

    pub(super) fn check(&mut self, at: usize) {
        let column = self.column(at);
        let name = if self.chance(6) {
            "ck_shared".to_owned()
        } else {
            format!("ck_{}_{column}", self.model.tables[at].name)
        };
        let quoted = Self::sql_column(column);
        let given = if !self.is_sqlite() && self.chance(4) {
            "None".to_owned()
        } else {
            format!("\"{name}\"")
        };
        let condition = format!("\"{quoted} IS NULL OR {quoted} = {quoted}\"");
        self.constrain(at, "create_check_constraint", &given, &condition);
        self.model.tables[at].constraints.push((name, "check"));
    }

    pub(super) fn foreign_key(&mut self, at: usize) {
        let targets: Vec<usize> = (0..self.model.tables.len())
            .filter(|&it| self.model.tables[it].has_key && self.model.tables[it].schema.is_none())
            .collect();
        if targets.is_empty() {
            return self.unique(at);
        }
        let target = self.pick(&targets);
        let target = self.model.tables[target].name;
        let column = if self.chance(2) {
            "owner_id"
        } else {
            self.column(at)
        };
        let name = format!("fk_{}_{column}", self.model.tables[at].name);
        let (table, schema) = self.named(at);
        let (sql, quoted) = (self.sql(at), Self::sql_column(column));
        let given = if !self.is_sqlite() && self.chance(5) {
            "None".to_owned()
        } else {
            format!("\"{name}\"")
        };
        if self.is_sqlite() {
            self.say(format!("with op.batch_alter_table({table}) as batch_op:"));
            self.say(format!(
                "    batch_op.create_foreign_key({given}, \"{target}\", [\"{column}\"], [\"id\"])"
            ));
        } else if self.chance(4) {
            let target = Self::sql_column(target);
            self.say(format!(
                "op.execute(\"ALTER TABLE {sql} ADD FOREIGN KEY ({quoted}) REFERENCES {target} (id)\")"
            ));
        } else {
            let schema = schema.replace("schema=", "source_schema=");
            self.say(format!(
                "op.create_foreign_key({given}, {table}, \"{target}\", [\"{column}\"], [\"id\"]{schema})"
            ));
        }
        self.model.tables[at].constraints.push((name, "foreignkey"));
    }

    pub(super) fn drop_constraint(&mut self, at: usize) {
        let constraints = self.model.tables[at].constraints.clone();
        let Some((name, kind)) = constraints.last().cloned() else {
            if !self.is_sqlite() && self.model.tables[at].has_key {
                let key = format!("\"{}_pkey\"", self.model.tables[at].name);
                self.model.tables[at].has_key = false;
                return self.constrain(at, "drop_constraint", &key, "type_=\"primary\"");
            }
            return self.check(at);
        };
        // MySQL asks for it.
        let kind = if self.chance(if self.is_mysql() { 12 } else { 3 }) {
            String::new()
        } else {
            format!(", type_=\"{kind}\"")
        };
        let (table, schema) = self.named(at);
        if !self.is_sqlite() && !self.chance(3) {
            self.say(format!(
                "op.drop_constraint(\"{name}\", {table}{kind}{schema})"
            ));
        } else {
            self.say(format!(
                "with op.batch_alter_table({table}{schema}) as batch_op:"
            ));
            self.say(format!("    batch_op.drop_constraint(\"{name}\"{kind})"));
        }
        self.model.tables[at].constraints.pop();
    }
}
