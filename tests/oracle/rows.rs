//! Rows, and what looks at them: views and triggers.

use super::*;

impl Writer {
    pub(super) fn insert(&mut self, at: usize) {
        let (name, schema) = self.named(at);
        let sql = self.sql(at);
        let id = self.random.below(4);
        let has_key = self.model.tables[at].has_key;
        let column = self.column(at);
        if !has_key {
            let quoted = Self::sql_column(column);
            return self.say(format!(
                "op.execute(\"INSERT INTO {sql} ({quoted}) VALUES (NULL)\")"
            ));
        }
        match self.random.below(4) {
            0 => {
                self.say(format!(
                    "table = sa.table({name}, sa.column(\"id\", sa.Integer){schema})"
                ));
                self.say(format!("op.bulk_insert(table, [{{\"id\": {id}}}])"));
            }
            1 => self.say(format!(
                "op.execute(sa.insert(sa.table({name}, sa.column(\"id\"){schema})).values(id={id}))"
            )),
            _ => self.say(format!(
                "op.execute(\"INSERT INTO {sql} (id) VALUES ({id})\")"
            )),
        }
    }

    pub(super) fn rows(&mut self, at: usize) {
        let (name, schema) = self.named(at);
        let sql = self.sql(at);
        let column = self.column(at);
        let quoted = Self::sql_column(column);
        let other = self.table();
        let from = self.sql(other);
        match self.random.below(6) {
            0 => self.say(format!("op.execute(\"UPDATE {sql} SET {quoted} = NULL\")")),
            1 => self.say(format!("op.execute(\"DELETE FROM {sql}\")")),
            2 => self.say(format!(
                "op.execute(\"INSERT INTO {sql} (id) SELECT id + 10 FROM {from}\")"
            )),
            3 => {
                self.say(format!(
                    "t = sa.table({name}, sa.column(\"id\"), sa.column(\"{column}\"){schema})"
                ));
                self.say(format!(
                    "op.get_bind().execute(t.update().values({{\"{column}\": None}}))"
                ));
            }
            4 => {
                self.say("bind = op.get_bind()");
                self.say(format!(
                    "for row in bind.execute(sa.text(\"SELECT id FROM {from}\")).fetchall():"
                ));
                self.say(format!(
                    "    bind.execute(sa.text(\"UPDATE {sql} SET {quoted} = NULL WHERE id = :id\"), {{\"id\": row[0]}})"
                ));
            }
            _ => self.say(format!(
                "op.execute(\"UPDATE {sql} SET {quoted} = {quoted}\")"
            )),
        }
    }

    pub(super) fn view(&mut self) {
        if !self.model.views.is_empty() && self.chance(2) {
            let view = self.model.views.remove(0);
            let guard = if self.chance(3) { "IF EXISTS " } else { "" };
            return self.say(format!("op.execute(\"DROP VIEW {guard}{view}\")"));
        }
        let at = self.table();
        let sql = self.sql(at);
        let column = self.column(at);
        let view = self.pick(&["v_one", "v_two"]);
        let what = if self.chance(2) {
            "*".to_owned()
        } else {
            // Alone, SQLite would take a name that is not there for text.
            format!("{sql}.{}", Self::sql_column(column))
        };
        let replace = if !self.is_sqlite() && self.chance(4) {
            "OR REPLACE "
        } else {
            ""
        };
        self.say(format!(
            "op.execute(\"CREATE {replace}VIEW {view} AS SELECT {what} FROM {sql}\")"
        ));
        self.model.views.push(view);
    }

    pub(super) fn trigger(&mut self) {
        if self.model.tables.is_empty() {
            return self.create_table();
        }
        let (at, other) = (self.table(), self.table());
        let (sql, into) = (self.sql(at), self.sql(other));
        if self.is_postgresql() {
            self.say(format!(
                "op.execute(\"CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                 INSERT INTO {into} (id) VALUES (NEW.id + 100); RETURN NEW; END $$\")"
            ));
            self.say(format!(
                "op.execute(\"CREATE TRIGGER noting AFTER INSERT ON {sql} FOR EACH ROW WHEN (NEW.id < 100) \
                 EXECUTE FUNCTION note()\")"
            ));
        } else if self.is_mysql() {
            self.say(format!(
                "op.execute(\"CREATE TRIGGER noting AFTER INSERT ON {sql} FOR EACH ROW BEGIN IF NEW.id < 100 THEN \
                 INSERT INTO {into} (id) VALUES (NEW.id + 100); END IF; END\")"
            ));
        } else {
            self.say(format!(
                "op.execute(\"CREATE TRIGGER noting AFTER INSERT ON {sql} WHEN NEW.id < 100 BEGIN \
                 INSERT INTO {into} (id) VALUES (NEW.id + 100); END\")"
            ));
        }
    }
}
