//! Pairs of migrations over a common base, as people write them: every directive, batch blocks, raw
//! SQL, enums, schemas, renames, loops and helpers, rows.
//!
//! Names come from small pools, so that the two meet often. A model of the schema makes most of what is
//! generated run on its own; a part of it does not, on purpose.

mod columns;
mod constraints;
mod constructs;
mod definitions;
mod libraries;
mod lookups;
mod mysql;
mod objects;
mod python;
mod queries;
mod rarities;
mod rows;
mod sessions;
mod shapes;
mod tables;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use rechain_testing::random::Random;

pub(crate) use python::HELPERS;

/// The database a pair is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    PostgreSql,
    Sqlite,
    /// MySQL as MariaDB has it.
    MySql,
}

/// A base, and two migrations in several versions: most of what is made up does not run.
#[derive(Debug)]
pub(crate) struct Pair {
    /// One module for each step: those that do not run are passed over.
    pub(crate) base: Vec<String>,
    /// Of these, the first counts that runs on the base, else the first.
    pub(crate) one: Vec<String>,
    /// As many; the same of these.
    pub(crate) other: Vec<String>,
    /// The versions belong together, and the second one builds on the first.
    pub(crate) builds_on: bool,
}

/// How many pairs in a row have one base.
const SHARE: u64 = 10;

/// Kinds of things that both of a pair may be mostly about.
const THEMES: usize = 10;

/// Versions of a migration.
const VERSIONS: usize = 4;

/// The pair of this seed.
pub(crate) fn pair(seed: u64, target: Target) -> Pair {
    let random = |seed: u64| {
        let mut random = Random(seed);
        // The first numbers of neighbouring seeds are alike.
        random.number();
        random
    };
    let mut base = Writer::new(random((seed / SHARE) << 32), target);
    base.base();
    let model = base.model.clone();
    base.random = random(seed);
    let builds_on = base.random.below(5) == 0;
    base.theme = base.chance(2).then(|| base.random.below(THEMES));
    // Some do not run, and that is a pair too.
    let versions = if base.random.below(8) == 0 {
        1
    } else {
        VERSIONS
    };
    let (mut ones, mut others) = (Vec::new(), Vec::new());
    for _ in 0..versions {
        let mut one = base.follow(model.clone());
        one.migration();
        let model = if builds_on { &one.model } else { &model };
        let mut other = base.follow(model.clone());
        other.migration();
        ones.push(one.module());
        others.push(other.module());
    }
    Pair {
        base: base.steps,
        one: ones,
        other: others,
        builds_on,
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
    /// Imports besides those that each migration has.
    imports: BTreeSet<&'static str>,
    /// Functions and constants before `upgrade`.
    top: Vec<String>,
    /// What was written before, step by step.
    steps: Vec<String>,
    /// What both of a pair are mostly about.
    theme: Option<usize>,
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
            imports: BTreeSet::new(),
            top: Vec::new(),
            steps: Vec::new(),
            theme: None,
        }
    }

    fn follow(&mut self, model: Model) -> Self {
        Self {
            random: Random(self.random.number()),
            target: self.target,
            model,
            lines: Vec::new(),
            imports: BTreeSet::new(),
            top: Vec::new(),
            steps: Vec::new(),
            theme: self.theme,
        }
    }

    fn module(&self) -> String {
        let mut text = String::from(
            "import sqlalchemy as sa\nimport sqlalchemy.orm\nfrom alembic import op\n\
             from sqlalchemy.dialects import mysql, postgresql\n",
        );
        for line in &self.imports {
            let _ = writeln!(text, "{line}");
        }
        text.push_str("\nrevision = \"r\"\ndown_revision = None\n\n");
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
        if self.is_mysql() {
            // What stands in quotes is text there.
            text = text.replace("\\\"", "`");
        }
        text
    }

    /// What was said so far is a step of its own.
    fn end_step(&mut self) {
        if !self.lines.is_empty() {
            self.steps.push(self.module());
            self.lines.clear();
            self.imports.clear();
            self.top.clear();
        }
    }

    fn is_postgresql(&self) -> bool {
        self.target == Target::PostgreSql
    }

    fn is_mysql(&self) -> bool {
        self.target == Target::MySql
    }

    /// Changes of columns and constraints need a batch block.
    fn is_sqlite(&self) -> bool {
        self.target == Target::Sqlite
    }

    /// Names in SQL as they stand in a string of single quotes.
    fn plain(&self, sql: &str) -> String {
        sql.replace("\\\"", if self.is_mysql() { "`" } else { "\"" })
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
        for _ in 0..self.random.below(6) {
            let at = self.table();
            self.object(at);
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
        if let Some(theme) = self.theme
            && !self.chance(3)
        {
            return match theme {
                0 | 1 => self.object(at),
                2 => self.definition(at),
                3 => self.query(at),
                4 => self.construct(at),
                5 => self.further_batch(at),
                6 => self.session(at),
                7 => self.python(at),
                8 => self.types(at),
                _ => self.library(at),
            };
        }
        match self.random.below(69) {
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
            45..=47 => self.found(at),
            48..=51 => self.object(at),
            52..=54 => self.definition(at),
            55 | 56 => self.query(at),
            57 | 58 => self.construct(at),
            59 => self.further_batch(at),
            60 | 61 => self.session(at),
            62..=64 => self.python(at),
            65 | 66 => self.library(at),
            67 => self.idle(at),
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

    /// An index of the table, if it has any: a migration that says of which table an index is knows that.
    fn own_index(&self, at: usize) -> String {
        let table = &self.model.tables[at];
        let name = table.indexes.last().cloned();
        name.unwrap_or_else(|| format!("ix_{}_none", table.name))
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
}
