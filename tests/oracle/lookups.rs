//! Names that a migration reads from the database before it works on what has them.

use super::*;

impl Writer {
    pub(super) fn found(&mut self, at: usize) {
        let (name, schema) = self.named(at);
        self.say("inspector = sa.inspect(op.get_bind())");
        let (kind, drop, type_) = self.pick(&[
            ("get_foreign_keys", "drop_constraint", "foreignkey"),
            ("get_unique_constraints", "drop_constraint", "unique"),
            ("get_check_constraints", "drop_constraint", "check"),
            ("get_indexes", "drop_index", ""),
        ]);
        let typed = format!(", type_=\"{type_}\"");
        let with = (drop, typed.as_str());
        let all = format!("inspector.{kind}({name}{schema})");
        match self.random.below(8) {
            0 | 1 => {
                self.say(format!("for found in {all}:"));
                self.drop_found("    ", at, with, "found[\"name\"]");
            }
            2 => {
                let column = self.column(at);
                self.say(format!("for found in {all}:"));
                self.say(format!(
                    "    if \"{column}\" in found.get(\"column_names\", found.get(\"constrained_columns\", [])):"
                ));
                self.drop_found("        ", at, with, "found[\"name\"]");
            }
            // Fails where there is none.
            3 => {
                self.say(format!("names = [found[\"name\"] for found in {all}]"));
                self.drop_found("", at, with, "names[0]");
            }
            4 if !self.is_sqlite() && drop == "drop_constraint" => {
                let sql = self.sql(at);
                let quote = if self.is_mysql() { '`' } else { '"' };
                self.say(format!("for found in {all}:"));
                self.say("    name = found[\"name\"]");
                self.say(format!(
                    "    op.execute(f'ALTER TABLE {} DROP CONSTRAINT {quote}{{name}}{quote}')",
                    self.plain(&sql)
                ));
            }
            5 => self.found_columns(at),
            _ => self.found_new_name(at),
        }
    }

    /// Drops what has the name `found` of this table.
    fn drop_found(&mut self, indent: &str, at: usize, (drop, kind): (&str, &str), found: &str) {
        let (name, schema) = self.named(at);
        let kind = if self.is_mysql() { kind } else { "" };
        if drop == "drop_index" {
            self.say(format!(
                "{indent}op.drop_index({found}, table_name={name}{schema})"
            ));
        } else if !self.is_sqlite() && !self.chance(3) {
            self.say(format!(
                "{indent}op.drop_constraint({found}, {name}{kind}{schema})"
            ));
        } else {
            self.say(format!(
                "{indent}with op.batch_alter_table({name}{schema}) as batch_op:"
            ));
            self.say(format!(
                "{indent}    batch_op.drop_constraint({found}{kind})"
            ));
        }
    }

    fn found_columns(&mut self, at: usize) {
        let (name, schema) = self.named(at);
        let columns = format!("inspector.get_columns({name}{schema})");
        if self.chance(3) {
            return self.say(format!(
                "op.drop_column({name}, {columns}[-1][\"name\"]{schema})"
            ));
        }
        let change = self.pick(&["nullable=True", "server_default=\"1\"", "comment=\"found\""]);
        let existing = if self.is_mysql() {
            ", existing_type=column[\"type\"]"
        } else {
            ""
        };
        self.say(format!("for column in {columns}:"));
        self.say("    if column[\"name\"] != \"id\":");
        self.say(format!(
            "        with op.batch_alter_table({name}{schema}) as batch_op:"
        ));
        self.say(format!(
            "            batch_op.alter_column(column[\"name\"], {change}{existing})"
        ));
    }

    /// Something new whose name the migration asks the database for.
    fn found_new_name(&mut self, at: usize) {
        let (table, schema) = self.named(at);
        let column = self.column(at);
        let name = self.pick(&["ix_shared", "uq_shared", "ix_found"]);
        self.say(format!(
            "name = op.get_bind().scalar(sa.text(\"SELECT '{name}'\"))"
        ));
        if !self.is_sqlite() && self.chance(2) {
            self.say(format!(
                "op.create_unique_constraint(name, {table}, [\"{column}\"]{schema})"
            ));
        } else {
            self.say(format!(
                "op.create_index(name, {table}, [\"{column}\"]{schema})"
            ));
        }
    }
}
