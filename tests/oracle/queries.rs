//! Statements on rows: raw SQL beyond the plain ones, and SQLAlchemy's Core.

use super::*;

impl Writer {
    pub(super) fn query(&mut self, at: usize) {
        if self.chance(2) {
            self.raw_query(at);
        } else {
            self.core_query(at);
        }
    }

    fn raw_query(&mut self, at: usize) {
        let (sql, column, other) = (self.sql(at), self.column(at), self.table());
        let (quoted, from, read) = (
            Self::sql_column(column),
            self.sql(other),
            self.column(other),
        );
        let read = Self::sql_column(read);
        let mut texts = vec![
            format!(
                "WITH old AS (SELECT id, {read} FROM {from}) UPDATE {sql} SET {quoted} = NULL WHERE id IN (SELECT id FROM old)"
            ),
            format!("INSERT INTO {sql} (id) VALUES (1) ON CONFLICT (id) DO NOTHING"),
            format!(
                "INSERT INTO {sql} (id, {quoted}) VALUES (2, NULL) ON CONFLICT (id) DO UPDATE SET {quoted} = excluded.{quoted}"
            ),
            format!("UPDATE {sql} SET {quoted} = NULL FROM {from} o WHERE {sql}.id = o.id"),
            format!(
                "UPDATE {sql} SET {quoted} = (SELECT NULL FROM {from} o WHERE o.{read} IS NULL LIMIT 1)"
            ),
            format!(
                "DELETE FROM {sql} WHERE id NOT IN (SELECT id FROM {from} WHERE {read} IS NOT NULL)"
            ),
            format!("INSERT INTO {sql} SELECT * FROM {sql} WHERE id < 0"),
            format!("INSERT INTO {sql} DEFAULT VALUES"),
            format!(
                "SELECT count(*) FROM {sql} a LEFT JOIN {from} b ON a.id = b.id WHERE a.{quoted} IS NULL"
            ),
            format!("SELECT {quoted} FROM {sql} UNION ALL SELECT {read} FROM {from}"),
            format!("UPDATE {sql} SET {quoted} = NULL; DELETE FROM {from}"),
        ];
        if self.is_postgresql() {
            texts.extend([
                format!("DELETE FROM {sql} a USING {from} b WHERE a.id = b.id AND b.{read} IS NULL"),
                format!("WITH gone AS (DELETE FROM {from} RETURNING id) INSERT INTO {sql} (id) SELECT id + 20 FROM gone"),
                format!("MERGE INTO {sql} a USING {from} b ON a.id = b.id WHEN MATCHED THEN UPDATE SET {quoted} = NULL WHEN NOT MATCHED THEN DO NOTHING"),
                format!("TRUNCATE TABLE {sql}"),
                format!("TRUNCATE {sql} RESTART IDENTITY CASCADE"),
                format!("INSERT INTO {sql} (id) SELECT g FROM generate_series(30, 32) g"),
                format!("UPDATE {sql} t SET {quoted} = NULL WHERE EXISTS (SELECT 1 FROM {from} o WHERE o.id = t.id)"),
                format!("SELECT * FROM {sql} FOR UPDATE"),
            ]);
        } else if self.is_mysql() {
            texts.retain(|text| !text.contains("ON CONFLICT") && !text.contains("DEFAULT VALUES"));
            texts.extend(Self::mysql_rows(&sql, &quoted, &from, &read));
        } else {
            texts.extend([
                format!("INSERT OR REPLACE INTO {sql} (id) VALUES (1)"),
                format!("INSERT OR IGNORE INTO {sql} (id) SELECT id FROM {from}"),
                format!("REPLACE INTO {sql} (id, {quoted}) VALUES (3, NULL)"),
            ]);
        }
        self.execute_one(&texts);
    }

    fn core_query(&mut self, at: usize) {
        let ((name, schema), column) = (self.named(at), self.column(at));
        let other = self.table();
        let ((from, from_schema), read) = (self.named(other), self.column(other));
        self.say(format!(
            "one = sa.table({name}, sa.column(\"id\", sa.Integer), sa.column(\"{column}\"){schema})"
        ));
        self.say(format!(
            "two = sa.Table({from}, sa.MetaData(), sa.Column(\"id\", sa.Integer), sa.Column(\"{read}\"){from_schema})"
        ));
        self.say("bind = op.get_bind()");
        let lines = [
            format!(
                "op.execute(one.update().where(one.c.id == op.inline_literal(1)).values({{\"{column}\": None}}))"
            ),
            format!(
                "bind.execute(sa.update(one).where(one.c.id.in_(sa.select(two.c.id))).values({column}=None))"
            ),
            format!("bind.execute(one.delete().where(one.c.{column} == None))"),
            "op.execute(sa.delete(one))".to_owned(),
            "bind.execute(sa.insert(one), [{\"id\": 41}, {\"id\": 42}])".to_owned(),
            "bind.execute(one.insert().values([{\"id\": 43}]))".to_owned(),
            "bind.execute(sa.insert(one).from_select([\"id\"], sa.select(two.c.id + 50)))"
                .to_owned(),
            format!(
                "bind.execute(sa.select(one.c.id).select_from(one.join(two, one.c.id == two.c.id)).where(two.c.{read}.is_(None))).fetchall()"
            ),
            format!("bind.scalar(sa.select(sa.func.count(two.c.{read})))"),
            format!(
                "op.bulk_insert(one, [{{\"id\": 44, \"{column}\": None}}, {{\"id\": 45, \"{column}\": None}}])"
            ),
            format!(
                "bind.execute(sa.update(one).values({column}=sa.select(sa.null()).where(two.c.{read} == None).scalar_subquery()))"
            ),
            format!("bind.execute(sa.update(one), {{\"{column}\": None}})"),
            format!(
                "for row in bind.execute(sa.select(two)):\n        bind.execute(one.update().values({{one.c.{column}: None}}).where(one.c.id == row.id))"
            ),
            format!(
                "bind.execute(sa.text(\"UPDATE {} SET {} = :value\").bindparams(value=None))",
                self.sql(at),
                Self::sql_column(column)
            ),
            format!(
                "bind.exec_driver_sql(\"SELECT id FROM {}\").scalar()",
                self.sql(other)
            ),
        ];
        let line = lines[self.random.below(lines.len())].clone();
        self.say(line);
    }
}
