//! Tables: made, removed, renamed, described.

use super::*;

impl Writer {
    pub(super) fn create_table(&mut self) {
        let free: Vec<&'static str> = TABLES
            .iter()
            .copied()
            .filter(|name| !self.model.tables.iter().any(|table| table.name == *name))
            .collect();
        let name = if free.is_empty() || self.chance(15) {
            self.pick(TABLES)
        } else {
            self.pick(&free)
        };
        let schema = if self.chance(5) {
            self.model.schemas.first().copied()
        } else {
            None
        };
        let has_key = !self.chance(12);
        let mut items = Vec::new();
        if has_key {
            items.push("sa.Column(\"id\", sa.Integer(), primary_key=True)".to_owned());
        }
        let mut columns: Vec<&'static str> = Vec::new();
        for _ in 0..=self.random.below(3) {
            let column = self.pick(COLUMNS);
            if columns.contains(&column) {
                continue;
            }
            let mut type_ = self.a_type_of(column);
            if self.is_postgresql() && self.chance(16) {
                let name = self.pick(ENUMS);
                type_ = format!("sa.Enum(\"low\", \"high\", name=\"{name}\")");
                self.model.enums.push(name);
            }
            let extra = match self.random.below(14) {
                0 => ", index=True",
                1 => ", unique=True",
                2 => ", nullable=True",
                3 if type_.contains("String") || type_.contains("Text") => ", server_default=\"x\"",
                _ => "",
            };
            items.push(format!("sa.Column(\"{column}\", {type_}{extra})"));
            columns.push(column);
        }
        let targets: Vec<usize> = (0..self.model.tables.len())
            .filter(|&at| self.model.tables[at].has_key && self.model.tables[at].name != name)
            .collect();
        let mut constraints = Vec::new();
        if !targets.is_empty() && self.chance(2) {
            let target = self.pick(&targets);
            let target = &self.model.tables[target];
            let path = target.schema.map_or(target.name.to_owned(), |schema| {
                format!("{schema}.{}", target.name)
            });
            match self.random.below(4) {
                0 => {
                    items.push("sa.Column(\"owner_id\", sa.Integer())".to_owned());
                    items.push(format!(
                        "sa.ForeignKeyConstraint([\"owner_id\"], [\"{path}.id\"], name=\"fk_{name}_owner\")"
                    ));
                    constraints.push((format!("fk_{name}_owner"), "foreignkey"));
                }
                1 => items.push(format!(
                    "sa.Column(\"owner_id\", sa.Integer(), sa.ForeignKey(\"{path}.id\", ondelete=\"CASCADE\"))"
                )),
                _ => items.push(format!(
                    "sa.Column(\"owner_id\", sa.Integer(), sa.ForeignKey(\"{path}.id\"))"
                )),
            }
        }
        if self.chance(8) {
            let column = columns[0];
            items.push(format!(
                "sa.UniqueConstraint(\"{column}\", name=\"uq_{name}_{column}\")"
            ));
            constraints.push((format!("uq_{name}_{column}"), "unique"));
        }
        if self.chance(12) {
            let column = columns[0];
            items.push(format!("sa.Index(\"ix_shared\", \"{column}\")"));
        }
        let schema_text = schema.map_or(String::new(), |schema| format!(", schema=\"{schema}\""));
        let mut guard = if self.chance(15) {
            ", if_not_exists=True"
        } else {
            ""
        };
        if self.is_mysql() && self.chance(6) {
            guard = self.pick(&[
                ", mysql_engine=\"InnoDB\", mysql_charset=\"utf8mb4\"",
                ", mysql_default_charset=\"latin1\", comment=\"a table\"",
                ", mysql_engine=\"MyISAM\"",
            ]);
        }
        if self.chance(10) && schema.is_none() {
            let key = if has_key {
                "id INTEGER PRIMARY KEY, "
            } else {
                ""
            };
            let quoted = Self::sql_column(name);
            let list: Vec<String> = columns
                .iter()
                .map(|it| format!("{} {}", Self::sql_column(it), self.pick(TYPES).1))
                .collect();
            self.say(format!(
                "op.execute(\"CREATE TABLE {quoted} ({key}{})\")",
                list.join(", ")
            ));
            constraints.clear();
        } else {
            self.say(format!(
                "op.create_table(\"{name}\", {}{schema_text}{guard})",
                items.join(", ")
            ));
        }
        self.model.tables.push(Table {
            schema,
            name,
            columns,
            indexes: Vec::new(),
            constraints,
            has_key,
        });
    }

    pub(super) fn drop_table(&mut self, at: usize) {
        let (name, schema) = self.named(at);
        let sql = self.sql(at);
        match self.random.below(5) {
            0 => self.say(format!("op.execute(\"DROP TABLE {sql}\")")),
            1 => self.say(format!("op.execute(\"DROP TABLE IF EXISTS {sql}\")")),
            2 => self.say(format!("op.drop_table({name}{schema}, if_exists=True)")),
            _ => self.say(format!("op.drop_table({name}{schema})")),
        }
        self.model.tables.remove(at);
    }

    pub(super) fn rename_table(&mut self, at: usize) {
        let (name, schema) = self.named(at);
        let new = self.pick(TABLES);
        if self.chance(4) {
            let (sql, quoted) = (self.sql(at), Self::sql_column(new));
            self.say(format!(
                "op.execute(\"ALTER TABLE {sql} RENAME TO {quoted}\")"
            ));
        } else {
            self.say(format!("op.rename_table({name}, \"{new}\"{schema})"));
        }
        self.model.tables[at].name = new;
    }

    pub(super) fn comment(&mut self, at: usize) {
        let (name, schema) = self.named(at);
        match self.random.below(3) {
            0 => self.say(format!("op.drop_table_comment({name}{schema})")),
            1 if self.is_postgresql() => {
                let sql = self.sql(at);
                self.say(format!(
                    "op.execute(\"COMMENT ON TABLE {sql} IS 'by hand'\")"
                ));
            }
            _ => self.say(format!(
                "op.create_table_comment({name}, \"about it\"{schema})"
            )),
        }
    }
}
