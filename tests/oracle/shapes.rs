//! The shapes in which migrations call the directives: conditions, loops, helpers, batch blocks.

use super::*;

impl Writer {
    pub(super) fn conditional(&mut self, at: usize) {
        let (name, schema) = self.named(at);
        let column = self.new_column(at);
        match self.random.below(4) {
            0 => {
                self.say("inspector = sa.inspect(op.get_bind())");
                self.say(format!(
                    "if \"{column}\" not in [it[\"name\"] for it in inspector.get_columns({name}{schema})]:"
                ));
                self.say(format!(
                    "    op.add_column({name}, sa.Column(\"{column}\", sa.Integer()){schema})"
                ));
                self.model.tables[at].columns.push(column);
            }
            1 => {
                let new = self.pick(TABLES);
                self.say("inspector = sa.inspect(op.get_bind())");
                self.say(format!("if not inspector.has_table(\"{new}\"):"));
                self.say(format!(
                    "    op.create_table(\"{new}\", sa.Column(\"id\", sa.Integer(), primary_key=True))"
                ));
            }
            2 => {
                let dialect = if self.is_mysql() {
                    self.pick(&["mysql", "sqlite"])
                } else {
                    self.pick(&["postgresql", "sqlite"])
                };
                self.say(format!("if op.get_bind().dialect.name == \"{dialect}\":"));
                self.say(format!(
                    "    op.add_column({name}, sa.Column(\"{column}\", sa.Integer()){schema})"
                ));
            }
            _ => {
                let other = self.pick(TABLES);
                self.say(format!(
                    "if sa.inspect(op.get_bind()).has_table(\"{other}\"):"
                ));
                self.say(format!(
                    "    op.add_column({name}, sa.Column(\"{column}\", sa.Integer()){schema})"
                ));
            }
        }
    }

    pub(super) fn loop_over_tables(&mut self) {
        let names: Vec<&'static str> = self
            .model
            .tables
            .iter()
            .filter(|table| table.schema.is_none())
            .map(|table| table.name)
            .take(2)
            .collect();
        if names.is_empty() {
            return self.create_table();
        }
        let column = self.pick(COLUMNS);
        let list = names.join("\", \"");
        if self.chance(2) {
            self.top.push(format!("TABLES = [\"{list}\"]"));
            self.say("for table in TABLES:");
        } else {
            self.say(format!("for table in (\"{list}\",):"));
        }
        match self.random.below(3) {
            0 => self.say(format!(
                "    op.create_index(f\"ix_{{table}}_id\", table, [\"{column}\"])"
            )),
            1 => {
                let quote = if self.is_mysql() { '`' } else { '"' };
                self.say(format!(
                    "    op.execute(f'ALTER TABLE {quote}{{table}}{quote} ADD COLUMN {column} INTEGER')"
                ));
            }
            _ => self.say(format!(
                "    op.add_column(table, sa.Column(\"{column}\", sa.Integer()))"
            )),
        }
    }

    pub(super) fn helper(&mut self, at: usize) {
        let (name, _) = self.named(at);
        let column = self.new_column(at);
        let letter = char::from(b'a' + u8::try_from(self.top.len()).unwrap_or(0));
        self.top.push(format!(
            "def helper_{letter}(table, name, *, length=20):\n    op.add_column(table, sa.Column(name, sa.String(length)))\n    \
             op.create_index(\"ix_%s_%s\" % (table, name), table, [name])"
        ));
        self.say(format!("helper_{letter}({name}, \"{column}\")"));
        self.model.tables[at].columns.push(column);
    }

    pub(super) fn batch(&mut self, at: usize) {
        let (name, schema) = self.named(at);
        let (new, old, third) = (self.new_column(at), self.column(at), self.column(at));
        let recreate = if self.chance(3) {
            ", recreate=\"always\""
        } else {
            ""
        };
        self.say(format!(
            "with op.batch_alter_table({name}{schema}{recreate}) as batch_op:"
        ));
        self.say(format!(
            "    batch_op.add_column(sa.Column(\"{new}\", sa.Integer()))"
        ));
        match self.random.below(4) {
            0 => self.say(format!("    batch_op.drop_column(\"{old}\")")),
            1 => self.say(format!(
                "    batch_op.alter_column(\"{third}\", nullable=True)"
            )),
            2 => self.say(format!(
                "    batch_op.create_index(\"ix_batch\", [\"{old}\"])"
            )),
            _ => self.say(format!(
                "    batch_op.create_unique_constraint(\"uq_batch\", [\"{new}\"])"
            )),
        }
        self.model.tables[at].columns.push(new);
    }
}
