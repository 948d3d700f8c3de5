//! Pairs of migrations over a common base, as people write them: every directive, batch blocks, raw
//! SQL, enums, schemas, renames, loops and helpers, rows.
//!
//! Names come from small pools, so that the two meet often. A model of the schema makes most of what is
//! generated run on its own; a part of it does not, on purpose.

use std::fmt::Write as _;

use crate::repair::Random;

/// The database a pair is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    PostgreSql,
    Sqlite,
}

/// Three modules.
#[derive(Debug)]
pub(crate) struct Pair {
    /// One module for each step: those that do not run are passed over.
    pub(crate) base: Vec<String>,
    pub(crate) one: String,
    pub(crate) other: String,
}

/// How many pairs in a row have one base.
const SHARE: u64 = 10;

/// The pair of this seed.
pub(crate) fn pair(seed: u64, target: Target) -> Pair {
    let random = |seed: u64| {
        let mut random = Random(seed);
        // The first numbers of neighbouring seeds are alike.
        random.next();
        random
    };
    let mut base = Writer::new(random((seed / SHARE) << 32), target);
    base.base();
    let model = base.model.clone();
    base.random = random(seed);
    let mut one = base.follow(model.clone());
    one.migration();
    // Some of the second ones build on the first.
    let builds_on = one.random.below(5) == 0;
    let model = if builds_on { one.model.clone() } else { model };
    let mut other = one.follow(model);
    other.migration();
    Pair {
        base: base.steps,
        one: one.module(),
        other: other.module(),
    }
}

#[derive(Debug, Clone)]
struct Table {
    schema: Option<&'static str>,
    name: &'static str,
    columns: Vec<&'static str>,
    indexes: Vec<String>,
    constraints: Vec<(String, &'static str)>,
    has_key: bool,
}

#[derive(Debug, Clone, Default)]
struct Model {
    tables: Vec<Table>,
    views: Vec<&'static str>,
    enums: Vec<&'static str>,
    sequences: Vec<&'static str>,
    schemas: Vec<&'static str>,
}

struct Writer {
    random: Random,
    target: Target,
    model: Model,
    lines: Vec<String>,
    /// Functions and constants before `upgrade`.
    top: Vec<String>,
    /// What was written before, step by step.
    steps: Vec<String>,
}

const TABLES: &[&str] = &["users", "posts", "tags", "orgs", "items", "Notes"];
const COLUMNS: &[&str] = &["name", "email", "age", "code", "score", "Label"];
const TYPES: &[(&str, &str)] = &[
    ("sa.Integer()", "INTEGER"),
    ("sa.String(50)", "VARCHAR(50)"),
    ("sa.Text()", "TEXT"),
    ("sa.Boolean()", "BOOLEAN"),
    ("sa.BigInteger()", "BIGINT"),
];
const ENUMS: &[&str] = &["mood", "state"];

impl Writer {
    fn new(random: Random, target: Target) -> Self {
        Self {
            random,
            target,
            model: Model::default(),
            lines: Vec::new(),
            top: Vec::new(),
            steps: Vec::new(),
        }
    }

    fn follow(&mut self, model: Model) -> Self {
        Self {
            random: Random(self.random.next()),
            target: self.target,
            model,
            lines: Vec::new(),
            top: Vec::new(),
            steps: Vec::new(),
        }
    }

    fn module(&self) -> String {
        let mut text = String::from(
            "import sqlalchemy as sa\nfrom alembic import op\nfrom sqlalchemy.dialects import postgresql\n\n\
             revision = \"r\"\ndown_revision = None\n\n",
        );
        for line in &self.top {
            let _ = writeln!(text, "{line}\n");
        }
        text.push_str("\ndef upgrade():\n");
        if self.lines.is_empty() {
            text.push_str("    pass\n");
        }
        for line in &self.lines {
            let _ = writeln!(text, "    {line}");
        }
        text
    }

    /// What was said so far is a step of its own.
    fn end_step(&mut self) {
        if !self.lines.is_empty() {
            self.steps.push(self.module());
            self.lines.clear();
        }
    }

    fn is_postgresql(&self) -> bool {
        self.target == Target::PostgreSql
    }

    fn chance(&mut self, one_in: usize) -> bool {
        self.random.below(one_in) == 0
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.random.below(items.len())]
    }

    fn say(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    fn base(&mut self) {
        if self.is_postgresql() {
            if self.chance(3) {
                self.say("op.execute(\"CREATE SCHEMA app\")");
                self.model.schemas.push("app");
                self.end_step();
            }
            for name in ENUMS {
                if self.chance(2) {
                    self.say(format!(
                        "sa.Enum(\"low\", \"high\", name=\"{name}\").create(op.get_bind())"
                    ));
                    self.model.enums.push(name);
                    self.end_step();
                }
            }
            if self.chance(3) {
                self.say("op.execute(\"CREATE SEQUENCE numbers\")");
                self.model.sequences.push("numbers");
                self.end_step();
            }
        }
        let count = 2 + self.random.below(3);
        for _ in 0..count {
            self.create_table();
            self.end_step();
        }
        for at in 0..self.model.tables.len() {
            if self.chance(2) {
                self.insert(at);
                self.end_step();
            }
            if self.chance(2) {
                self.index(at);
                self.end_step();
            }
            if self.chance(3) {
                self.unique(at);
                self.end_step();
            }
            if self.chance(4) {
                self.check(at);
                self.end_step();
            }
        }
        if self.chance(4) {
            self.view();
            self.end_step();
        }
        if self.chance(6) {
            self.trigger();
            self.end_step();
        }
    }

    /// One to three things.
    fn migration(&mut self) {
        let count = 1 + self.random.below(3);
        for _ in 0..count {
            self.step();
        }
    }

    /// A table, mostly one that is there.
    fn table(&mut self) -> usize {
        self.random.below(self.model.tables.len().max(1))
    }

    fn step(&mut self) {
        if self.model.tables.is_empty() {
            self.create_table();
            return;
        }
        let at = self.table();
        match self.random.below(46) {
            0..=4 => self.create_table(),
            5 => self.drop_table(at),
            6 | 7 => self.rename_table(at),
            8..=12 => self.add_column(at),
            13 | 14 => self.drop_column(at),
            15 | 16 => self.rename_column(at),
            17..=22 => self.alter_column(at),
            23..=25 => self.index(at),
            26 => self.drop_index(at),
            27 | 28 => self.unique(at),
            29 => self.check(at),
            30 | 31 => self.foreign_key(at),
            32 => self.drop_constraint(at),
            33 | 34 => self.insert(at),
            35 => self.rows(at),
            36 => self.view(),
            37 => self.trigger(),
            38 => self.conditional(at),
            39 => self.loop_over_tables(),
            40 => self.helper(at),
            41 => self.batch(at),
            42 => self.comment(at),
            43 | 44 => self.types(at),
            _ => self.odd(at),
        }
    }

    /// `"name"`, and the schema where there is one.
    fn named(&self, at: usize) -> (String, String) {
        let table = &self.model.tables[at];
        let schema = table
            .schema
            .map_or(String::new(), |schema| format!(", schema=\"{schema}\""));
        (format!("\"{}\"", table.name), schema)
    }

    /// The table in SQL.
    fn sql(&self, at: usize) -> String {
        let table = &self.model.tables[at];
        let quoted = |name: &str| {
            if name.contains(char::is_uppercase) {
                format!("\\\"{name}\\\"")
            } else {
                name.to_owned()
            }
        };
        match table.schema {
            Some(schema) => format!("{schema}.{}", quoted(table.name)),
            None => quoted(table.name),
        }
    }

    fn sql_column(name: &str) -> String {
        if name.contains(char::is_uppercase) {
            format!("\\\"{name}\\\"")
        } else {
            name.to_owned()
        }
    }

    /// A column of the table other than its key, mostly one that is there.
    fn column(&mut self, at: usize) -> &'static str {
        let columns = self.model.tables[at].columns.clone();
        if columns.is_empty() || self.chance(12) {
            self.pick(COLUMNS)
        } else {
            self.pick(&columns)
        }
    }

    /// A name for a new column, mostly one that is free.
    fn new_column(&mut self, at: usize) -> &'static str {
        let taken = self.model.tables[at].columns.clone();
        for _ in 0..6 {
            let name = self.pick(COLUMNS);
            if !taken.contains(&name) {
                return name;
            }
        }
        self.pick(COLUMNS)
    }

    fn a_type(&mut self) -> String {
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
                ])
                .to_owned();
        }
        self.pick(TYPES).0.to_owned()
    }

    fn create_table(&mut self) {
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
            let mut type_ = self.a_type();
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
        let guard = if self.chance(15) {
            ", if_not_exists=True"
        } else {
            ""
        };
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

    fn drop_table(&mut self, at: usize) {
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

    fn rename_table(&mut self, at: usize) {
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

    fn add_column(&mut self, at: usize) {
        let (name, schema) = self.named(at);
        let column = self.new_column(at);
        let type_ = self.a_type();
        let batch = schema.is_empty() && self.chance(3);
        let simple = format!("sa.Column(\"{column}\", {type_})");
        let definition = match self.random.below(12) {
            0 => format!("sa.Column(\"{column}\", {type_}, nullable=False)"),
            1 => format!(
                "sa.Column(\"{column}\", sa.String(20), server_default=\"x\", nullable=False)"
            ),
            2 => format!("sa.Column(\"{column}\", {type_}, index=True)"),
            3 if self.is_postgresql() => format!("sa.Column(\"{column}\", {type_}, unique=True)"),
            4 if self.is_postgresql() => {
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
            1 if self.is_postgresql() => self.say(format!(
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
            _ => self.say(format!("op.add_column({name}, {definition}{schema})")),
        }
        self.model.tables[at].columns.push(column);
    }

    fn drop_column(&mut self, at: usize) {
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
    fn alter(&mut self, at: usize, column: &str, arguments: &str) {
        let (name, schema) = self.named(at);
        if !self.is_postgresql() || (schema.is_empty() && self.chance(3)) {
            self.say(format!("with op.batch_alter_table({name}) as batch_op:"));
            self.say(format!(
                "    batch_op.alter_column(\"{column}\", {arguments})"
            ));
        } else {
            self.say(format!(
                "op.alter_column({name}, \"{column}\", {arguments}{schema})"
            ));
        }
    }

    fn rename_column(&mut self, at: usize) {
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

    fn alter_column(&mut self, at: usize) {
        let column = self.column(at);
        let using = Self::sql_column(column);
        let (sql, quoted) = (self.sql(at), Self::sql_column(column));
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

    fn index(&mut self, at: usize) {
        let (name, schema) = self.named(at);
        let column = self.column(at);
        let index = match self.random.below(5) {
            0 => "ix_shared".to_owned(),
            1 => format!("{}_{column}_key", self.model.tables[at].name),
            _ => format!("ix_{}_{column}", self.model.tables[at].name),
        };
        let (sql, quoted) = (self.sql(at), Self::sql_column(column));
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

    fn drop_index(&mut self, at: usize) {
        let (name, schema) = self.named(at);
        let indexes = self.model.tables[at].indexes.clone();
        let Some(index) = indexes.first().cloned() else {
            return self.index(at);
        };
        match self.random.below(4) {
            0 if schema.is_empty() => self.say(format!("op.drop_index(\"{index}\")")),
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
    fn constrain(&mut self, at: usize, call: &str, name: &str, arguments: &str) {
        let (table, schema) = self.named(at);
        if !self.is_postgresql() || (schema.is_empty() && self.chance(3)) {
            self.say(format!("with op.batch_alter_table({table}) as batch_op:"));
            self.say(format!("    batch_op.{call}({name}, {arguments})"));
        } else {
            self.say(format!("op.{call}({name}, {table}, {arguments}{schema})"));
        }
    }

    fn unique(&mut self, at: usize) {
        let column = self.column(at);
        let name = if self.chance(6) {
            "uq_shared".to_owned()
        } else {
            format!("uq_{}_{column}", self.model.tables[at].name)
        };
        let given = if self.is_postgresql() && self.chance(6) {
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

    fn check(&mut self, at: usize) {
        let column = self.column(at);
        let name = format!("ck_{}_{column}", self.model.tables[at].name);
        let quoted = Self::sql_column(column);
        let given = if self.is_postgresql() && self.chance(4) {
            "None".to_owned()
        } else {
            format!("\"{name}\"")
        };
        let condition = format!("\"{quoted} IS NULL OR {quoted} = {quoted}\"");
        self.constrain(at, "create_check_constraint", &given, &condition);
        self.model.tables[at].constraints.push((name, "check"));
    }

    fn foreign_key(&mut self, at: usize) {
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
        let given = if self.is_postgresql() && self.chance(5) {
            "None".to_owned()
        } else {
            format!("\"{name}\"")
        };
        if !self.is_postgresql() {
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

    fn drop_constraint(&mut self, at: usize) {
        let constraints = self.model.tables[at].constraints.clone();
        let Some((name, kind)) = constraints.last().cloned() else {
            if self.is_postgresql() && self.model.tables[at].has_key {
                let key = format!("\"{}_pkey\"", self.model.tables[at].name);
                self.model.tables[at].has_key = false;
                return self.constrain(at, "drop_constraint", &key, "type_=\"primary\"");
            }
            return self.check(at);
        };
        let kind = if self.chance(3) {
            String::new()
        } else {
            format!(", type_=\"{kind}\"")
        };
        let (table, schema) = self.named(at);
        if self.is_postgresql() && !self.chance(3) {
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

    fn insert(&mut self, at: usize) {
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

    fn rows(&mut self, at: usize) {
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

    fn view(&mut self) {
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
            Self::sql_column(column)
        };
        let replace = if self.is_postgresql() && self.chance(4) {
            "OR REPLACE "
        } else {
            ""
        };
        self.say(format!(
            "op.execute(\"CREATE {replace}VIEW {view} AS SELECT {what} FROM {sql}\")"
        ));
        self.model.views.push(view);
    }

    fn trigger(&mut self) {
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
        } else {
            self.say(format!(
                "op.execute(\"CREATE TRIGGER noting AFTER INSERT ON {sql} WHEN NEW.id < 100 BEGIN \
                 INSERT INTO {into} (id) VALUES (NEW.id + 100); END\")"
            ));
        }
    }

    fn conditional(&mut self, at: usize) {
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
                let dialect = self.pick(&["postgresql", "sqlite"]);
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

    fn loop_over_tables(&mut self) {
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
            1 => self.say(format!(
                "    op.execute(f'ALTER TABLE \"{{table}}\" ADD COLUMN {column} INTEGER')"
            )),
            _ => self.say(format!(
                "    op.add_column(table, sa.Column(\"{column}\", sa.Integer()))"
            )),
        }
    }

    fn helper(&mut self, at: usize) {
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

    fn batch(&mut self, at: usize) {
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

    fn comment(&mut self, at: usize) {
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

    fn types(&mut self, at: usize) {
        if !self.is_postgresql() {
            return self.alter_column(at);
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

    /// What fits nowhere else.
    fn odd(&mut self, at: usize) {
        let (name, schema) = self.named(at);
        let (sql, column) = (self.sql(at), self.column(at));
        let quoted = Self::sql_column(column);
        if !self.is_postgresql() {
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
