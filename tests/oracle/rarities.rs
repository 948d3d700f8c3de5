//! What fits nowhere else.

use super::*;

impl Writer {
    /// What fits nowhere else.
    pub(super) fn odd(&mut self, at: usize) {
        let (name, schema) = self.named(at);
        let (sql, column) = (self.sql(at), self.column(at));
        let quoted = Self::sql_column(column);
        if self.is_mysql() {
            return self.mysql_rarity(at);
        }
        if self.is_sqlite() {
            return match self.random.below(3) {
                0 => self.say("op.execute(\"PRAGMA foreign_keys=OFF\")"),
                1 => self.say(format!(
                    "op.execute(\"CREATE INDEX ix_part ON {sql} ({quoted}) WHERE {quoted} IS NOT NULL\")"
                )),
                _ => self.say(format!("op.execute(\"CREATE TABLE copy_of AS SELECT * FROM {sql}\")")),
            };
        }
        match self.random.below(14) {
            0 => self.say("op.execute(\"CREATE SEQUENCE numbers\")"),
            1 => self.say("op.execute(\"DROP SEQUENCE numbers\")"),
            2 => self.say("op.execute(sa.schema.CreateSequence(sa.Sequence(\"others\")))"),
            3 => self.say("op.execute(\"CREATE SCHEMA app\")"),
            4 => self.say("op.execute(\"CREATE SCHEMA IF NOT EXISTS app\")"),
            5 => self.say(format!(
                "op.create_exclude_constraint(\"ex_{}\", {name}, (sa.text(\"int4range(id, id, '[]')\"), \"&&\"), using=\"gist\"{schema})",
                self.model.tables[at].name
            )),
            6 => self.say("op.execute(\"DO $$ BEGIN PERFORM 1; END $$\")"),
            7 => self.say(format!("op.execute(\"ALTER TABLE {sql} ENABLE ROW LEVEL SECURITY\")")),
            8 => self.say(format!("op.execute(\"CREATE POLICY own ON {sql} USING (id > 0)\")")),
            9 => self.say(format!("op.execute(\"DROP TABLE {sql} CASCADE\")")),
            10 => self.say(format!(
                "op.create_primary_key(\"pk_{}\", {name}, [\"{column}\"]{schema})",
                self.model.tables[at].name
            )),
            11 => self.say(format!("op.execute(\"CREATE TABLE copy_of AS SELECT * FROM {sql}\")")),
            12 => self.say("op.execute(\"CREATE EXTENSION IF NOT EXISTS plpgsql\")"),
            _ => self.say(format!(
                "op.execute(\"ALTER TABLE {sql} ADD COLUMN extra_one INTEGER, ALTER COLUMN {quoted} DROP NOT NULL\")"
            )),
        }
    }
}
