//! What is no table, by raw SQL: views, sequences, types, functions, triggers, policies, rules, rights.

use super::*;

impl Writer {
    /// Something that is no table.
    pub(super) fn object(&mut self, at: usize) {
        match self.target {
            Target::PostgreSql => {}
            Target::Sqlite => return self.sqlite_object(at),
            Target::MySql => return self.mysql_object(at),
        }
        match self.random.below(8) {
            0 => self.further_view(at),
            1 => self.sequence(at),
            2 => self.further_type(at),
            3 => self.function(at),
            4 => self.further_trigger(at),
            5 => self.on_a_table(at),
            6 => self.described(at),
            _ => self.right(at),
        }
    }

    /// Runs one of `texts`, with one of two numbers for `@`.
    pub(super) fn execute_one(&mut self, texts: &[String]) {
        let text = texts[self.random.below(texts.len())].clone();
        let number = self.pick(&["2", "3"]);
        let text = text.replace('@', number);
        self.execute_sql(&text);
    }

    pub(super) fn execute_sql(&mut self, text: &str) {
        self.say(format!("op.execute(\"{text}\")"));
    }

    fn further_view(&mut self, at: usize) {
        let (sql, column, other) = (self.sql(at), self.column(at), self.table());
        let (quoted, from) = (Self::sql_column(column), self.sql(other));
        self.execute_one(&[
            format!("CREATE MATERIALIZED VIEW m_one AS SELECT {quoted} FROM {sql}"),
            format!("CREATE MATERIALIZED VIEW m_one AS SELECT * FROM {sql} WITH NO DATA"),
            "REFRESH MATERIALIZED VIEW m_one".into(),
            "DROP MATERIALIZED VIEW m_one".into(),
            "DROP MATERIALIZED VIEW IF EXISTS m_one".into(),
            "ALTER MATERIALIZED VIEW m_one RENAME TO m_two".into(),
            format!("CREATE INDEX ix_m ON m_one ({quoted})"),
            "ALTER VIEW v_one RENAME TO v_two".into(),
            "CREATE VIEW v_two AS SELECT * FROM v_one".into(),
            "DROP VIEW v_one CASCADE".into(),
            format!("CREATE OR REPLACE VIEW v_one AS SELECT a.id FROM {sql} a JOIN {from} b ON a.id = b.id"),
            format!("CREATE OR REPLACE VIEW v_one AS SELECT {quoted} FROM {sql} WHERE EXISTS (SELECT 1 FROM {from})"),
            format!("CREATE VIEW v_one (renamed) AS SELECT {quoted} FROM {sql} UNION SELECT NULL FROM {from}"),
        ]);
    }

    fn sequence(&mut self, at: usize) {
        let (sql, column) = (self.sql(at), self.column(at));
        let quoted = Self::sql_column(column);
        self.execute_one(&[
            format!("CREATE SEQUENCE numbers OWNED BY {sql}.id"),
            format!("ALTER SEQUENCE numbers OWNED BY {sql}.{quoted}"),
            "CREATE SEQUENCE IF NOT EXISTS numbers START @".into(),
            "ALTER SEQUENCE numbers INCREMENT BY @".into(),
            "ALTER SEQUENCE IF EXISTS numbers RESTART WITH @".into(),
            "ALTER SEQUENCE numbers RENAME TO others".into(),
            "DROP SEQUENCE IF EXISTS numbers".into(),
            format!("ALTER TABLE {sql} ALTER COLUMN {quoted} SET DEFAULT nextval('numbers')"),
            "SELECT setval('numbers', 10)".into(),
            format!("INSERT INTO {sql} (id) VALUES (nextval('numbers'))"),
        ]);
    }

    fn further_type(&mut self, at: usize) {
        let (sql, column) = (self.sql(at), self.column(at));
        let (quoted, name) = (Self::sql_column(column), self.pick(ENUMS));
        let other = self.pick(ENUMS);
        self.execute_one(&[
            format!("CREATE TYPE {name} AS ENUM ('low', 'high')"),
            format!("DROP TYPE IF EXISTS {name}"),
            format!("ALTER TYPE {name} RENAME TO {other}"),
            format!("ALTER TYPE {name} ADD VALUE 'mid' BEFORE 'high'"),
            format!("ALTER TYPE {name} OWNER TO CURRENT_USER"),
            format!("ALTER TABLE {sql} ADD COLUMN many {name}[]"),
            format!("UPDATE {sql} SET {quoted} = 'mid'"),
            format!("ALTER TABLE {sql} ALTER COLUMN {quoted} SET DEFAULT 'low'"),
            "CREATE DOMAIN short AS varchar(20) CHECK (length(VALUE) < @0)".into(),
            format!("CREATE DOMAIN short AS {name}"),
            "ALTER DOMAIN short SET NOT NULL".into(),
            "DROP DOMAIN short".into(),
            "DROP DOMAIN IF EXISTS short".into(),
            format!("ALTER TABLE {sql} ADD COLUMN brief short"),
            format!("CREATE TYPE parts AS (one integer, two {name})"),
            "ALTER TYPE parts ADD ATTRIBUTE three integer".into(),
            "DROP TYPE parts".into(),
            format!("ALTER TABLE {sql} ADD COLUMN both_parts parts"),
        ]);
    }

    fn function(&mut self, at: usize) {
        let (sql, column) = (self.sql(at), self.column(at));
        let quoted = Self::sql_column(column);
        self.execute_one(&[
            "CREATE FUNCTION twice(n integer) RETURNS integer IMMUTABLE LANGUAGE sql AS $$ SELECT n * @ $$".into(),
            "CREATE OR REPLACE FUNCTION twice(n integer) RETURNS integer IMMUTABLE LANGUAGE sql AS $$ SELECT n * @ $$".into(),
            format!("CREATE FUNCTION total() RETURNS bigint LANGUAGE sql AS $$ SELECT count({quoted}) FROM {sql} $$"),
            format!("CREATE FUNCTION total() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM {sql}); END $$"),
            format!("CREATE FUNCTION first_of() RETURNS SETOF {sql} LANGUAGE sql AS $$ SELECT * FROM {sql} $$"),
            format!("CREATE PROCEDURE tidy() LANGUAGE sql AS $$ DELETE FROM {sql} WHERE {quoted} IS NULL $$"),
            "CALL tidy()".into(),
            "DROP PROCEDURE tidy()".into(),
            "DROP FUNCTION twice(integer)".into(),
            "DROP FUNCTION IF EXISTS twice(integer)".into(),
            "DROP FUNCTION total()".into(),
            "DROP FUNCTION note() CASCADE".into(),
            "ALTER FUNCTION twice(integer) RENAME TO thrice".into(),
            "ALTER PROCEDURE tidy() RENAME TO tidied".into(),
            "CREATE AGGREGATE summed (integer) (SFUNC = int4pl, STYPE = integer)".into(),
            "CREATE AGGREGATE summed (integer) (SFUNC = twice_of, STYPE = integer)".into(),
            "ALTER AGGREGATE summed (integer) RENAME TO all_summed".into(),
            "DROP AGGREGATE summed (integer)".into(),
            format!("CREATE INDEX ix_twice ON {sql} (twice(id))"),
            format!("ALTER TABLE {sql} ADD CONSTRAINT ck_twice CHECK (twice(id) IS NOT NULL)"),
            format!("ALTER TABLE {sql} ADD COLUMN doubled INTEGER DEFAULT twice(2)"),
            format!("UPDATE {sql} SET id = twice(id)"),
            format!("CREATE VIEW v_two AS SELECT twice(id) FROM {sql}"),
        ]);
    }

    fn further_trigger(&mut self, at: usize) {
        let (sql, column) = (self.sql(at), self.column(at));
        let quoted = Self::sql_column(column);
        self.execute_one(&[
            format!("DROP TRIGGER noting ON {sql}"),
            format!("DROP TRIGGER IF EXISTS noting ON {sql}"),
            format!("ALTER TRIGGER noting ON {sql} RENAME TO noted"),
            format!("ALTER TABLE {sql} DISABLE TRIGGER noting"),
            format!("ALTER TABLE {sql} DISABLE TRIGGER ALL"),
            format!("ALTER TABLE {sql} ENABLE TRIGGER USER"),
            "CREATE OR REPLACE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$".into(),
            format!("CREATE TRIGGER noting BEFORE UPDATE OF {quoted} ON {sql} FOR EACH ROW EXECUTE FUNCTION note()"),
            format!("CREATE OR REPLACE TRIGGER noting AFTER UPDATE ON {sql} FOR EACH ROW WHEN (NEW.{quoted} IS NULL) EXECUTE FUNCTION note()"),
            format!("CREATE CONSTRAINT TRIGGER noting AFTER INSERT ON {sql} DEFERRABLE FOR EACH ROW EXECUTE FUNCTION note()"),
            format!("CREATE TRIGGER noting AFTER DELETE ON {sql} FOR EACH STATEMENT EXECUTE FUNCTION note()"),
        ]);
    }

    /// Policies, rules, statistics, publications.
    fn on_a_table(&mut self, at: usize) {
        let (sql, column, other) = (self.sql(at), self.column(at), self.table());
        let (quoted, into) = (Self::sql_column(column), self.sql(other));
        self.execute_one(&[
            format!("CREATE POLICY own ON {sql} USING ({quoted} IS NOT NULL)"),
            format!("CREATE POLICY own ON {sql} FOR SELECT USING (EXISTS (SELECT 1 FROM {into}))"),
            format!("ALTER POLICY own ON {sql} USING (id > @)"),
            format!("ALTER POLICY own ON {sql} RENAME TO mine"),
            format!("DROP POLICY own ON {sql}"),
            format!("DROP POLICY IF EXISTS own ON {sql}"),
            format!("CREATE RULE keep AS ON DELETE TO {sql} DO INSTEAD NOTHING"),
            format!("CREATE OR REPLACE RULE keep AS ON DELETE TO {sql} DO ALSO DELETE FROM {into}"),
            format!("DROP RULE keep ON {sql}"),
            format!("ALTER RULE keep ON {sql} RENAME TO kept"),
            format!("ALTER TABLE {sql} DISABLE RULE keep"),
            format!("CREATE STATISTICS related ON id, {quoted} FROM {sql}"),
            "ALTER STATISTICS related SET STATISTICS @".into(),
            "DROP STATISTICS related".into(),
            format!("CREATE PUBLICATION changes FOR TABLE {sql}"),
            format!("ALTER PUBLICATION changes ADD TABLE {sql}"),
            "DROP PUBLICATION changes".into(),
        ]);
    }

    /// Comments on everything.
    fn described(&mut self, at: usize) {
        let (sql, column) = (self.sql(at), self.column(at));
        let (quoted, name) = (Self::sql_column(column), self.pick(ENUMS));
        let index = self.model.tables[at].indexes.first().cloned();
        let constraint = self.model.tables[at].constraints.first().cloned();
        let mut texts = vec![
            format!("COMMENT ON COLUMN {sql}.{quoted} IS 'note @'"),
            format!("COMMENT ON COLUMN {sql}.{quoted} IS NULL"),
            "COMMENT ON VIEW v_one IS 'note @'".into(),
            "COMMENT ON MATERIALIZED VIEW m_one IS 'note @'".into(),
            format!("COMMENT ON TYPE {name} IS 'note @'"),
            "COMMENT ON SEQUENCE numbers IS 'note @'".into(),
            "COMMENT ON FUNCTION note() IS 'note @'".into(),
            "COMMENT ON SCHEMA app IS 'note @'".into(),
            "COMMENT ON EXTENSION plpgsql IS 'note @'".into(),
            format!("COMMENT ON TRIGGER noting ON {sql} IS 'note @'"),
            format!("COMMENT ON TRIGGER noting ON {sql} IS 'note @'"),
        ];
        if let Some(index) = index {
            texts.push(format!(
                "COMMENT ON INDEX {} IS 'note @'",
                Self::sql_column(&index)
            ));
        }
        if let Some((constraint, _)) = constraint {
            texts.push(format!(
                "COMMENT ON CONSTRAINT {} ON {sql} IS 'note @'",
                Self::sql_column(&constraint)
            ));
        }
        self.execute_one(&texts);
    }

    /// Rights, owners, schemas, extensions, roles, and what only looks after tables.
    fn right(&mut self, at: usize) {
        let (sql, column) = (self.sql(at), self.column(at));
        let (quoted, name) = (Self::sql_column(column), self.pick(ENUMS));
        self.execute_one(&[
            format!("GRANT SELECT ON {sql} TO PUBLIC"),
            format!("GRANT SELECT ({quoted}) ON {sql} TO PUBLIC"),
            format!("REVOKE ALL ON TABLE {sql} FROM PUBLIC"),
            "GRANT USAGE ON SCHEMA app TO PUBLIC".into(),
            "GRANT USAGE ON SEQUENCE numbers TO PUBLIC".into(),
            "GRANT EXECUTE ON FUNCTION twice(integer) TO PUBLIC".into(),
            format!("GRANT USAGE ON TYPE {name} TO PUBLIC"),
            "GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC".into(),
            "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC".into(),
            format!("ALTER TABLE {sql} OWNER TO CURRENT_USER"),
            "CREATE ROLE a_helper".into(),
            "ALTER ROLE a_helper SET statement_timeout = @".into(),
            "DROP ROLE IF EXISTS a_helper".into(),
            "GRANT SELECT ON v_one TO a_helper".into(),
            "DROP SCHEMA app".into(),
            "DROP SCHEMA IF EXISTS app CASCADE".into(),
            "ALTER SCHEMA app RENAME TO application".into(),
            format!("ALTER TABLE {sql} SET SCHEMA app"),
            "CREATE TABLE app.extra (id INTEGER PRIMARY KEY)".into(),
            "SET search_path TO app, public".into(),
            "SET LOCAL lock_timeout = '5s'".into(),
            "CREATE EXTENSION IF NOT EXISTS plpgsql".into(),
            format!("ANALYZE {sql}"),
            format!("VACUUM {sql}"),
            format!("LOCK TABLE {sql} IN EXCLUSIVE MODE"),
            format!("REINDEX TABLE {sql}"),
            format!("EXPLAIN SELECT {quoted} FROM {sql}"),
            "CREATE COLLATION plain FROM \\\"C\\\"".into(),
            "ALTER COLLATION plain RENAME TO plainer".into(),
            "DROP COLLATION plain".into(),
            "ALTER EXTENSION plpgsql UPDATE".into(),
            "DROP EXTENSION plpgsql".into(),
            "DROP EXTENSION IF EXISTS plpgsql CASCADE".into(),
        ]);
    }

    /// What changes nothing.
    pub(super) fn idle(&mut self, at: usize) {
        let (sql, column) = (self.sql(at), self.column(at));
        let index = self.model.tables[at]
            .indexes
            .last()
            .map_or("ix_shared".into(), |name| Self::sql_column(name));
        if self.chance(6) {
            self.execute_sql("SAVEPOINT here");
            return self.execute_sql("RELEASE SAVEPOINT here");
        }
        if self.is_mysql() {
            return self.mysql_idle(at);
        }
        if self.is_sqlite() {
            return self.execute_one(&[
                format!("VALUES ({})", 1),
                format!("EXPLAIN SELECT * FROM {sql}"),
            ]);
        }
        self.execute_one(&[
            "SHOW search_path".into(),
            "RESET statement_timeout".into(),
            "LISTEN news".into(),
            "NOTIFY news".into(),
            "UNLISTEN news".into(),
            "CHECKPOINT".into(),
            "VALUES (1)".into(),
            format!("TABLE {sql}"),
            format!("CLUSTER {sql} USING {index}"),
            format!("SELECT {} FROM {sql}", Self::sql_column(column)),
        ]);
    }

    fn sqlite_object(&mut self, at: usize) {
        let (sql, column, other) = (self.sql(at), self.column(at), self.table());
        let (quoted, into) = (Self::sql_column(column), self.sql(other));
        self.execute_one(&[
            format!("CREATE VIEW IF NOT EXISTS v_one AS SELECT {sql}.{quoted} FROM {sql}"),
            format!("CREATE VIEW v_two AS SELECT a.id FROM {sql} a JOIN {into} b ON a.id = b.id"),
            "CREATE VIEW v_two AS SELECT * FROM v_one".into(),
            "DROP VIEW IF EXISTS v_two".into(),
            "DROP TRIGGER noting".into(),
            "DROP TRIGGER IF EXISTS noting".into(),
            format!(
                "CREATE TRIGGER IF NOT EXISTS noting BEFORE UPDATE OF {quoted} ON {sql} BEGIN DELETE FROM {into}; END"
            ),
            format!("CREATE TRIGGER noting AFTER DELETE ON {sql} BEGIN SELECT 1; END"),
            format!("ANALYZE {sql}"),
            format!("REINDEX {sql}"),
            "PRAGMA user_version = @".into(),
            format!("EXPLAIN QUERY PLAN SELECT {quoted} FROM {sql}"),
        ]);
    }
}
