//! What only MySQL has: columns that are said anew as a whole, indexes that foreign keys make, its own words of SQL.

use super::*;

/// What a column of this name mostly is, so that what is said of it anew is what it was.
const USUAL: &[(&str, &str, &str)] = &[
    ("name", "sa.String(50)", "VARCHAR(50)"),
    ("email", "sa.String(50)", "VARCHAR(50)"),
    ("age", "sa.Integer()", "INTEGER"),
    ("code", "sa.Integer()", "INTEGER"),
    ("score", "sa.BigInteger()", "BIGINT"),
    ("Label", "sa.Text()", "TEXT"),
];

impl Writer {
    /// The usual type of a column, as SQLAlchemy and as SQL have it.
    fn usual(name: &str) -> (&'static str, &'static str) {
        USUAL
            .iter()
            .find(|(column, ..)| *column == name)
            .map_or(("sa.Integer()", "INTEGER"), |(_, type_, sql)| (type_, sql))
    }

    /// A type for a column of this name: what such a column mostly is, or one that only MySQL has.
    pub(super) fn a_type_of(&mut self, name: &str) -> String {
        if !self.is_mysql() {
            return self.a_type();
        }
        match self.random.below(16) {
            0 => self
                .pick(&[
                    "sa.Enum(\"low\", \"high\")",
                    "mysql.ENUM(\"low\", \"mid\", \"high\")",
                    "mysql.TINYINT(1)",
                    "mysql.INTEGER(unsigned=True)",
                    "mysql.VARCHAR(20, charset=\"latin1\")",
                    "mysql.LONGTEXT()",
                    "mysql.SET(\"low\", \"high\")",
                    "mysql.DATETIME(fsp=6)",
                ])
                .to_owned(),
            1..=3 => self.a_type(),
            _ => Self::usual(name).0.to_owned(),
        }
    }

    /// What the column is said to be before a change of it: mostly all that there is to say.
    pub(super) fn existing(&mut self, column: &str) -> String {
        if !self.is_mysql() || self.chance(20) {
            return String::new();
        }
        let type_ = if self.chance(8) {
            self.pick(TYPES).0
        } else {
            Self::usual(column).0
        };
        let further = self.pick(&[
            "",
            "",
            ", existing_nullable=True",
            ", existing_nullable=False",
            ", existing_server_default=\"1\"",
            ", existing_comment=\"a comment\"",
        ]);
        format!(", existing_type={type_}{further}")
    }

    /// Inline enums, and columns that are said anew in SQL.
    pub(super) fn mysql_types(&mut self, at: usize) {
        let column = self.column(at);
        let (sql, quoted) = (self.sql(at), Self::sql_column(column));
        let usual = Self::usual(column).1;
        match self.random.below(8) {
            0 => self.alter(at, column, "type_=sa.Enum(\"low\", \"mid\", \"high\")"),
            1 => self.alter(at, column, "type_=mysql.ENUM(\"low\", \"high\")"),
            2 => self.alter(at, column, "type_=mysql.BIGINT(unsigned=True)"),
            3 => self.alter(at, column, "autoincrement=True, type_=sa.Integer()"),
            4 => self.alter(
                at,
                column,
                "type_=sa.String(80), existing_server_default=sa.text(\"NULL\")",
            ),
            _ => self.execute_one(&[
                format!("ALTER TABLE {sql} MODIFY {quoted} ENUM('low', 'high')"),
                format!("ALTER TABLE {sql} MODIFY COLUMN {quoted} {usual} NOT NULL"),
                format!(
                    "ALTER TABLE {sql} MODIFY {quoted} {usual} NULL DEFAULT NULL COMMENT 'said @'"
                ),
                format!("ALTER TABLE {sql} MODIFY {quoted} {usual} FIRST"),
                format!("ALTER TABLE {sql} MODIFY {quoted} {usual} UNIQUE"),
                format!("ALTER TABLE {sql} MODIFY {quoted} {usual} AFTER id"),
                format!("ALTER TABLE {sql} MODIFY {quoted} VARCHAR(@0) CHARACTER SET latin1"),
                format!(
                    "ALTER TABLE {sql} MODIFY {quoted} TIMESTAMP NULL ON UPDATE CURRENT_TIMESTAMP"
                ),
                format!("ALTER TABLE {sql} MODIFY id BIGINT NOT NULL AUTO_INCREMENT"),
                format!("ALTER TABLE {sql} CHANGE {quoted} {quoted} {usual} NOT NULL DEFAULT '1'"),
                format!("ALTER TABLE {sql} CHANGE COLUMN {quoted} changed {usual}"),
                format!("ALTER TABLE {sql} ALTER {quoted} SET DEFAULT '@'"),
                format!("ALTER TABLE {sql} ALTER COLUMN {quoted} DROP DEFAULT"),
            ]),
        }
    }

    /// An index as only MySQL has them.
    pub(super) fn mysql_index(&mut self, at: usize, index: &str, column: &str) {
        let (name, sql) = (self.named(at).0, self.sql(at));
        let quoted = Self::sql_column(column);
        match self.random.below(6) {
            0 => self.say(format!(
                "op.create_index(\"{index}\", {name}, [\"{column}\"], mysql_length={{\"{column}\": 10}})"
            )),
            1 => self.say(format!(
                "op.create_index(\"{index}\", {name}, [\"{column}\", \"id\"], mysql_length=8)"
            )),
            2 => self.say(format!(
                "op.create_index(\"{index}\", {name}, [\"{column}\"], mysql_prefix=\"FULLTEXT\")"
            )),
            3 => self.say(format!(
                "op.create_index(\"{index}\", {name}, [sa.text(\"{quoted}(10)\")])"
            )),
            4 => self.say(format!(
                "op.execute(\"ALTER TABLE {sql} ADD INDEX {index} ({quoted}, id)\")"
            )),
            _ => self.say(format!(
                "op.create_index(\"{index}\", {name}, [\"{column}\", \"id\"], unique=True, mysql_using=\"btree\")"
            )),
        }
    }

    /// Indexes and keys that meet: over the same columns, under names that the server gives, or in place of those that
    /// foreign keys made.
    pub(super) fn mysql_keys(&mut self, at: usize) {
        let ((name, _), sql, other) = (self.named(at), self.sql(at), self.table());
        let (column, second) = (self.key_column(at), self.key_column(at));
        let (quoted, more) = (Self::sql_column(column), Self::sql_column(second));
        let (into, target) = (self.sql(other), self.named(other).0);
        let table = self.model.tables[at].name;
        let key = self.pick(&["fk_one", "fk_two", "fk_shared"]);
        let index = self.pick(&["ix_one", "ix_two", "ix_shared"]);
        let action = self.pick(&["", ", ondelete=\"SET NULL\"", ", ondelete=\"CASCADE\""]);
        let lines = [
            format!(
                "op.create_foreign_key(\"{key}\", {name}, {target}, [\"{column}\"], [\"id\"]{action})"
            ),
            format!(
                "op.create_foreign_key(\"{key}\", {name}, {target}, [\"{column}\"], [\"id\"]{action})"
            ),
            format!("op.create_foreign_key(None, {name}, {target}, [\"{column}\"], [\"id\"])"),
            format!(
                "op.create_foreign_key(\"{key}\", {name}, {target}, [\"{column}\"], [\"{second}\"])"
            ),
            format!("op.drop_constraint(\"{key}\", {name}, type_=\"foreignkey\")"),
            format!("op.drop_constraint(\"{table}_ibfk_1\", {name}, type_=\"foreignkey\")"),
            format!("op.drop_constraint(\"fk_{table}_owner\", {name}, type_=\"foreignkey\")"),
            format!(
                "op.create_foreign_key(\"{table}_ibfk_2\", {name}, {target}, [\"{column}\"], [\"id\"])"
            ),
            format!("op.create_index(\"{index}\", {name}, [\"{column}\", \"{second}\"])"),
            format!("op.create_index(\"{index}\", {name}, [\"{column}\"])"),
            format!("op.create_index(\"{column}\", {name}, [\"{second}\"])"),
            format!("op.drop_index(\"{index}\", {name})"),
            format!("op.drop_index(\"{column}\", {name})"),
            format!("op.create_unique_constraint(None, {name}, [\"{column}\"])"),
            format!(
                "op.create_unique_constraint(\"uq_one\", {name}, [\"{column}\", \"{second}\"])"
            ),
            format!("op.drop_constraint(\"{column}\", {name}, type_=\"unique\")"),
            format!("op.create_primary_key(None, {name}, [\"{column}\"])"),
            format!("op.create_primary_key(\"pk\", {name}, [\"{column}\", \"{second}\"])"),
            format!("op.drop_constraint(\"pk\", {name}, type_=\"primary\")"),
            format!("op.create_check_constraint(None, {name}, \"{quoted} > 0\")"),
            format!("op.create_check_constraint(\"CONSTRAINT_1\", {name}, \"{quoted} > 0\")"),
            format!("op.drop_constraint(\"CONSTRAINT_1\", {name}, type_=\"check\")"),
            format!("op.drop_column({name}, \"{column}\")"),
            format!(
                "op.alter_column({name}, \"{column}\", nullable=False, existing_type=sa.Integer())"
            ),
            format!(
                "op.alter_column({name}, \"{column}\", new_column_name=\"renamed\", existing_type=sa.Integer())"
            ),
            format!("op.execute(\"ALTER TABLE {sql} ADD INDEX ({quoted})\")"),
            format!("op.execute(\"ALTER TABLE {sql} ADD UNIQUE ({quoted}, {more})\")"),
            format!(
                "op.execute(\"ALTER TABLE {sql} ADD FOREIGN KEY ({quoted}) REFERENCES {into} (id) ON DELETE SET NULL\")"
            ),
            format!(
                "op.execute(\"ALTER TABLE {sql} ADD COLUMN counted INTEGER AUTO_INCREMENT UNIQUE\")"
            ),
            format!(
                "op.execute(\"ALTER TABLE {sql} ADD COLUMN of_more INTEGER, ADD CONSTRAINT {key} FOREIGN KEY (of_more) REFERENCES {into} (id)\")"
            ),
            format!(
                "op.add_column({name}, sa.Column(\"of_more\", sa.Integer(), sa.ForeignKey(\"{}.id\")))",
                self.model.tables[other].name
            ),
            format!("op.add_column({name}, sa.Column(\"more\", sa.Integer(), unique=True))"),
            format!("op.execute(\"ALTER TABLE {sql} MODIFY {quoted} INTEGER NOT NULL\")"),
            format!("op.rename_table({name}, \"{}\")", self.pick(TABLES)),
        ];
        let line = lines[self.random.below(lines.len())].clone();
        self.say(line);
    }

    /// A column that holds numbers, mostly.
    fn key_column(&mut self, at: usize) -> &'static str {
        let numbers = ["owner_id", "age", "code", "id"];
        let there: Vec<&'static str> = self.model.tables[at].columns.clone();
        match self.random.below(5) {
            0 => self.column(at),
            1 => "owner_id",
            _ => there
                .into_iter()
                .find(|it| numbers.contains(it))
                .unwrap_or("owner_id"),
        }
    }

    pub(super) fn mysql_table(&mut self, at: usize) {
        let (sql, column, new) = (self.sql(at), self.column(at), self.new_column(at));
        let (quoted, added, other) = (
            Self::sql_column(column),
            Self::sql_column(new),
            self.table(),
        );
        let into = self.sql(other);
        let table = &self.model.tables[at];
        let index = table
            .indexes
            .last()
            .map_or("ix_shared".into(), |name| Self::sql_column(name));
        let (known, kind) = table
            .constraints
            .last()
            .cloned()
            .unwrap_or(("fk_late".into(), "foreignkey"));
        let known = Self::sql_column(&known);
        let drop = match kind {
            "foreignkey" => format!("ALTER TABLE {sql} DROP FOREIGN KEY {known}"),
            "unique" => format!("ALTER TABLE {sql} DROP INDEX {known}"),
            _ => format!("ALTER TABLE {sql} DROP CONSTRAINT {known}"),
        };
        let usual = Self::usual(column).1;
        let free = Self::sql_column(self.pick(TABLES));
        self.execute_one(&[
            drop.clone(),
            drop,
            format!("ALTER TABLE {sql} ADD COLUMN {added} INTEGER FIRST"),
            format!("ALTER TABLE {sql} ADD COLUMN {added} INTEGER AFTER {quoted}"),
            format!("ALTER TABLE {sql} ADD COLUMN {added} INTEGER NOT NULL DEFAULT @, ADD INDEX ix_late ({added})"),
            format!("ALTER TABLE {sql} ADD COLUMN {added} INTEGER, DROP COLUMN {quoted}"),
            format!("ALTER TABLE {sql} ADD COLUMN {added} INTEGER, MODIFY {quoted} {usual} NOT NULL"),
            format!("ALTER TABLE {sql} ADD (one_more INTEGER, two_more INTEGER)"),
            format!("ALTER TABLE {sql} ADD COLUMN IF NOT EXISTS {added} INTEGER"),
            format!("ALTER TABLE {sql} DROP COLUMN IF EXISTS {quoted}"),
            format!("ALTER TABLE {sql} DROP {quoted}"),
            format!("ALTER TABLE {sql} ADD COLUMN {added} INTEGER UNIQUE"),
            format!("ALTER TABLE {sql} ADD COLUMN {added} INTEGER REFERENCES {into} (id)"),
            format!("ALTER TABLE {sql} ADD COLUMN {added} VARCHAR(60) GENERATED ALWAYS AS (concat({quoted}, 'x')) VIRTUAL"),
            format!("ALTER TABLE {sql} ADD COLUMN {added} VARCHAR(60) AS (concat({quoted}, 'x')) STORED"),
            format!("ALTER TABLE {sql} ADD COLUMN {added} TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP"),
            format!("ALTER TABLE {sql} ADD CONSTRAINT fk_late FOREIGN KEY ({quoted}) REFERENCES {into} (id) ON DELETE CASCADE ON UPDATE CASCADE"),
            format!("ALTER TABLE {sql} ADD FOREIGN KEY ({quoted}) REFERENCES {into} (id)"),
            format!("ALTER TABLE {sql} DROP FOREIGN KEY fk_late, DROP INDEX fk_late"),
            format!("ALTER TABLE {sql} DROP FOREIGN KEY {}_ibfk_1", self.model.tables[at].name),
            format!("ALTER TABLE {sql} ADD UNIQUE ({quoted})"),
            format!("ALTER TABLE {sql} ADD UNIQUE INDEX uq_late ({quoted}, id)"),
            format!("ALTER TABLE {sql} ADD UNIQUE KEY {quoted} ({quoted})"),
            format!("ALTER TABLE {sql} ADD INDEX ({quoted})"),
            format!("ALTER TABLE {sql} ADD KEY ix_late ({quoted}(5))"),
            format!("ALTER TABLE {sql} ADD FULLTEXT INDEX ix_words ({quoted})"),
            format!("ALTER TABLE {sql} ADD CHECK (id > 0)"),
            format!("ALTER TABLE {sql} ADD CONSTRAINT ck_late CHECK ({quoted} IS NOT NULL)"),
            format!("ALTER TABLE {sql} DROP CONSTRAINT ck_late"),
            format!("ALTER TABLE {sql} DROP PRIMARY KEY"),
            format!("ALTER TABLE {sql} ADD PRIMARY KEY ({quoted})"),
            format!("ALTER TABLE {sql} DROP PRIMARY KEY, ADD PRIMARY KEY (id, {quoted})"),
            format!("ALTER TABLE {sql} DROP INDEX {index}"),
            format!("ALTER TABLE {sql} DROP KEY {quoted}"),
            format!("ALTER TABLE {sql} RENAME INDEX {index} TO ix_renamed"),
            format!("DROP INDEX {index} ON {sql}"),
            format!("CREATE INDEX ix_late ON {sql} ({quoted}(10), id)"),
            format!("CREATE UNIQUE INDEX ix_late ON {sql} ({quoted})"),
            format!("ALTER TABLE {sql} RENAME COLUMN {quoted} TO {added}"),
            format!("ALTER TABLE {sql} RENAME {free}"),
            format!("RENAME TABLE {sql} TO {free}"),
            format!("RENAME TABLE {sql} TO swapped, {into} TO {sql}"),
            format!("ALTER TABLE {sql} ENGINE=InnoDB"),
            format!("ALTER TABLE {sql} COMMENT = 'said @'"),
            format!("ALTER TABLE {sql} AUTO_INCREMENT = @00"),
            format!("ALTER TABLE {sql} CONVERT TO CHARACTER SET latin1"),
            format!("ALTER TABLE {sql} DEFAULT CHARACTER SET latin1"),
            format!("ALTER TABLE {sql} ROW_FORMAT=DYNAMIC"),
            format!("CREATE TABLE copy_of LIKE {sql}"),
            format!("CREATE TABLE copy_of AS SELECT {quoted} FROM {sql}"),
            format!("CREATE TABLE IF NOT EXISTS copy_of (id INTEGER PRIMARY KEY AUTO_INCREMENT, of INTEGER, mood ENUM('low', 'high') NOT NULL DEFAULT 'low', CONSTRAINT fk_of FOREIGN KEY (of) REFERENCES {into} (id), UNIQUE KEY (of), CHECK (of > 0)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"),
            format!("CREATE TEMPORARY TABLE scratch AS SELECT {quoted} FROM {sql}"),
            "DROP TABLE IF EXISTS copy_of".into(),
            format!("DROP TABLE {sql}, {into}"),
            format!("TRUNCATE TABLE {sql}"),
        ]);
    }

    /// Views, triggers, routines, events, and what only looks after tables.
    pub(super) fn mysql_object(&mut self, at: usize) {
        let (sql, column, other) = (self.sql(at), self.column(at), self.table());
        let (quoted, into) = (Self::sql_column(column), self.sql(other));
        self.execute_one(&[
            format!("CREATE OR REPLACE VIEW v_one AS SELECT a.id FROM {sql} a JOIN {into} b ON a.id = b.id"),
            format!("CREATE OR REPLACE VIEW v_one AS SELECT {quoted} FROM {sql}"),
            format!("CREATE ALGORITHM=MERGE SQL SECURITY INVOKER VIEW v_two AS SELECT {sql}.{quoted} FROM {sql}"),
            "CREATE VIEW v_two AS SELECT * FROM v_one".into(),
            format!("ALTER VIEW v_one AS SELECT id FROM {sql}"),
            "DROP VIEW IF EXISTS v_two".into(),
            "DROP VIEW v_one".into(),
            "RENAME TABLE v_one TO v_three".into(),
            "DROP TRIGGER noting".into(),
            "DROP TRIGGER IF EXISTS noting".into(),
            format!("CREATE TRIGGER noting BEFORE UPDATE ON {sql} FOR EACH ROW SET NEW.{quoted} = NULL"),
            format!("CREATE TRIGGER noting AFTER DELETE ON {sql} FOR EACH ROW DELETE FROM {into} WHERE id = OLD.id"),
            format!("CREATE TRIGGER second_note BEFORE UPDATE ON {sql} FOR EACH ROW BEGIN SET NEW.id = OLD.id; END"),
            "CREATE FUNCTION twice(n INTEGER) RETURNS INTEGER DETERMINISTIC RETURN n * @".into(),
            format!("CREATE PROCEDURE tidy() BEGIN DELETE FROM {sql} WHERE {quoted} IS NULL; END"),
            "CALL tidy()".into(),
            "DROP PROCEDURE IF EXISTS tidy".into(),
            "DROP FUNCTION IF EXISTS twice".into(),
            format!("UPDATE {sql} SET id = twice(id)"),
            format!("CREATE VIEW v_two AS SELECT twice(id) FROM {sql}"),
            format!("CREATE EVENT sweep ON SCHEDULE EVERY @ DAY DO DELETE FROM {sql}"),
            "ALTER EVENT sweep DISABLE".into(),
            "DROP EVENT IF EXISTS sweep".into(),
            "CREATE SEQUENCE IF NOT EXISTS numbers START WITH @".into(),
            "DROP SEQUENCE IF EXISTS numbers".into(),
            format!("ALTER TABLE {sql} ALTER {quoted} SET DEFAULT nextval(numbers)"),
            format!("ANALYZE TABLE {sql}"),
            format!("OPTIMIZE TABLE {sql}"),
            format!("REPAIR TABLE {sql}"),
            format!("FLUSH TABLES {sql}"),
            format!("DESCRIBE {sql}"),
            format!("LOCK TABLES {sql} WRITE"),
            "UNLOCK TABLES".into(),
            "SET FOREIGN_KEY_CHECKS = 0".into(),
            "SET SESSION sql_mode = ''".into(),
        ]);
    }

    pub(super) fn mysql_idle(&mut self, at: usize) {
        let sql = self.sql(at);
        self.execute_one(&[
            "SET FOREIGN_KEY_CHECKS = 1".into(),
            "SET NAMES utf8mb4".into(),
            "SHOW TABLES".into(),
            "FLUSH TABLES".into(),
            "UNLOCK TABLES".into(),
            "START TRANSACTION".into(),
            "COMMIT".into(),
            format!("SELECT * FROM {sql} LIMIT 1"),
            format!("EXPLAIN SELECT * FROM {sql}"),
        ]);
    }

    pub(super) fn mysql_rarity(&mut self, at: usize) {
        let ((name, schema), sql, column) = (self.named(at), self.sql(at), self.column(at));
        let quoted = Self::sql_column(column);
        match self.random.below(6) {
            0 => {
                // As one gets round the checks.
                self.execute_sql("SET FOREIGN_KEY_CHECKS = 0");
                self.execute_sql(&format!("DROP TABLE {sql}"));
                self.execute_sql("SET FOREIGN_KEY_CHECKS = 1");
            }
            1 => self.say(format!(
                "op.create_primary_key(\"pk_{}\", {name}, [\"{column}\"]{schema})",
                self.model.tables[at].name
            )),
            2 => self.say(format!(
                "op.add_column({name}, sa.Column(\"stamp\", sa.TIMESTAMP(), server_default=sa.text(\"CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP\")){schema})"
            )),
            3 => self.say(format!(
                "op.execute(\"ALTER TABLE {sql} ADD COLUMN extra_one INTEGER, ADD INDEX ix_extra (extra_one), ALTER {quoted} SET DEFAULT '1'\")"
            )),
            4 => self.say(format!("op.execute(\"CREATE TABLE copy_of AS SELECT * FROM {sql}\")")),
            _ => self.say(format!(
                "op.execute(\"ALTER TABLE {sql} DROP COLUMN {quoted}, ADD COLUMN {quoted} INTEGER\")"
            )),
        }
    }

    /// Statements on rows that only MySQL has.
    pub(super) fn mysql_rows(sql: &str, quoted: &str, from: &str, read: &str) -> Vec<String> {
        vec![
            format!("INSERT IGNORE INTO {sql} (id) SELECT id FROM {from}"),
            format!("REPLACE INTO {sql} (id, {quoted}) VALUES (3, NULL)"),
            format!(
                "INSERT INTO {sql} (id, {quoted}) VALUES (2, NULL) ON DUPLICATE KEY UPDATE {quoted} = VALUES({quoted})"
            ),
            format!("INSERT INTO {sql} SET id = 4"),
            format!("UPDATE IGNORE {sql} SET {quoted} = NULL"),
            format!("SELECT * FROM {sql} FORCE INDEX (ix_shared)"),
            format!("INSERT INTO {sql} () VALUES ()"),
            format!(
                "UPDATE {sql} a JOIN {from} b ON a.id = b.id SET a.{quoted} = NULL WHERE b.{read} IS NULL"
            ),
            format!("DELETE a FROM {sql} a JOIN {from} b ON a.id = b.id WHERE b.{read} IS NULL"),
            format!("DELETE FROM {sql} ORDER BY id LIMIT 1"),
            format!("SELECT * FROM {sql} FOR UPDATE"),
        ]
    }
}
