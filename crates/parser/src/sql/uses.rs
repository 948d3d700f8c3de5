//! What queries and expressions name: tables, columns, functions, types, sequences.

mod walk;

use std::collections::{BTreeMap, BTreeSet};

use rechain_history::QualifiedName;
use sqlparser::ast::{
    AssignmentTarget, ConflictTarget, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArguments, Ident, ObjectName, OnConflictAction, OnInsert, TableFactor, TableObject,
    Value, Visit,
};

use super::functions::{Known, known};
use super::names::{ident_of, name_of, written_name};
use super::sink::Sink;

/// What a statement uses.
#[derive(Debug, Default)]
pub(super) struct Uses {
    /// Tables and views whose rows are read or written.
    pub(super) tables: BTreeSet<QualifiedName>,
    pub(super) written: BTreeSet<QualifiedName>,
    /// Columns with their table.
    pub(super) columns: BTreeSet<(QualifiedName, String)>,
    /// Columns of one of the tables.
    pub(super) bare: BTreeSet<String>,
    /// Names in quotes, which may be text.
    pub(super) quoted: BTreeSet<String>,
    /// Functions that may do anything.
    pub(super) functions: BTreeSet<QualifiedName>,
    /// Functions that do nothing else than compute, but may be the project's own.
    pub(super) likely: BTreeSet<QualifiedName>,
    pub(super) types: BTreeSet<QualifiedName>,
    pub(super) sequences: BTreeSet<QualifiedName>,
    /// Tables that are named in text.
    pub(super) mentioned: BTreeSet<QualifiedName>,
    /// Constraints that an `ON CONFLICT` names.
    pub(super) constraints: BTreeSet<(QualifiedName, String)>,
    /// Tables of which all columns are used, or something else that is not named.
    pub(super) whole: BTreeSet<QualifiedName>,
    /// New tables made of queries.
    pub(super) made: BTreeSet<QualifiedName>,
    /// All columns of all tables are used.
    pub(super) star: bool,
    /// Rows come from more than tables.
    pub(super) derived: bool,
    pub(super) queries: usize,
}

impl Uses {
    pub(super) fn of(node: &impl Visit, sink: &mut Sink) -> Self {
        let mut reader = Reader {
            uses: Self::default(),
            sink,
            common: Vec::new(),
            aliases: BTreeMap::new(),
            names: BTreeSet::new(),
            qualified: Vec::new(),
            functions: Vec::new(),
        };
        let _ = node.visit(&mut reader);
        reader.finish()
    }
}

struct Reader<'k> {
    uses: Uses,
    sink: &'k mut Sink,
    /// The names that the queries around give to queries.
    common: Vec<BTreeSet<String>>,
    /// What a name before a dot stands for; nothing where that is no table.
    aliases: BTreeMap<String, Option<QualifiedName>>,
    /// Names that are given to results.
    names: BTreeSet<String>,
    /// Columns with what is before the dot.
    qualified: Vec<(Vec<String>, String)>,
    /// Functions in the place of a table, which are visited as tables next.
    functions: Vec<ObjectName>,
}

impl Reader<'_> {
    fn finish(mut self) -> Uses {
        for (qualifier, column) in std::mem::take(&mut self.qualified) {
            let Some((last, before)) = qualifier.split_last() else {
                continue;
            };
            match self.aliases.get(last) {
                Some(Some(table)) if before.is_empty() => {
                    self.uses.columns.insert((table.clone(), column));
                }
                Some(None) if before.is_empty() => {}
                _ => {
                    let schema = (!before.is_empty()).then(|| before.join("."));
                    let tables = self.uses.tables.iter().chain(&self.uses.written);
                    let of_that_name = tables.filter(|table| {
                        table.name == *last && (schema.is_none() || table.schema == schema)
                    });
                    let found: BTreeSet<QualifiedName> = of_that_name.cloned().collect();
                    if found.is_empty() {
                        // A part of a column, or the table around an expression.
                        self.uses.bare.insert(last.clone());
                        self.uses.bare.insert(column.clone());
                    }
                    self.uses
                        .columns
                        .extend(found.into_iter().map(|table| (table, column.clone())));
                }
            }
        }
        let names = self.names;
        self.uses.bare.retain(|name| !names.contains(name));
        self.uses
    }

    fn is_common(&self, name: &QualifiedName) -> bool {
        name.schema.is_none()
            && self
                .common
                .iter()
                .any(|names| names.contains(&name.name.to_lowercase()))
    }

    fn alias(&mut self, alias: Option<&Ident>, table: Option<QualifiedName>) {
        let Some(alias) = alias else { return };
        let alias = ident_of(alias, self.sink);
        // Two tables of one alias, in different queries: nothing is known of it.
        match self.aliases.get(&alias) {
            Some(other) if *other != table => {
                for known in [other.clone(), table.clone()].into_iter().flatten() {
                    self.uses.whole.insert(known);
                }
                self.aliases.insert(alias, None);
            }
            _ => {
                self.aliases.insert(alias, table);
            }
        }
    }

    fn write(&mut self, factor: &TableFactor) {
        if let TableFactor::Table { name, .. } = factor {
            let name = name_of(name, self.sink);
            if !self.is_common(&name) {
                self.uses.written.insert(name);
            }
        }
    }

    /// A column that is written.
    fn target(&mut self, target: &ObjectName, table: Option<&QualifiedName>) {
        let name = name_of(target, self.sink);
        match (name.schema, table) {
            (Some(qualifier), _) => {
                let qualifier = qualifier.split('.').map(str::to_owned).collect();
                self.qualified.push((qualifier, name.name));
            }
            (None, Some(table)) => {
                self.uses.columns.insert((table.clone(), name.name));
            }
            (None, None) => {
                self.uses.bare.insert(name.name);
            }
        }
    }

    fn targets(&mut self, target: &AssignmentTarget, table: Option<&QualifiedName>) {
        match target {
            AssignmentTarget::ColumnName(name) => self.target(name, table),
            AssignmentTarget::Tuple(names) => {
                for name in names {
                    self.target(name, table);
                }
            }
        }
    }

    fn insert(&mut self, insert: &sqlparser::ast::Insert) {
        let TableObject::TableName(name) = &insert.table else {
            self.uses
                .functions
                .insert(QualifiedName::unqualified("INSERT INTO FUNCTION"));
            return;
        };
        let table = name_of(name, self.sink);
        let alias = insert.table_alias.as_ref().map(|alias| &alias.alias);
        self.alias(alias, Some(table.clone()));
        self.alias(Some(&Ident::new("excluded")), Some(table.clone()));
        let is_default = insert.source.is_none() && insert.assignments.is_empty();
        if insert.columns.is_empty() && insert.assignments.is_empty() && !is_default {
            self.uses.whole.insert(table.clone());
        }
        for column in &insert.columns {
            self.target(column, Some(&table));
        }
        for assignment in &insert.assignments {
            self.targets(&assignment.target, Some(&table));
        }
        match &insert.on {
            Some(OnInsert::OnConflict(conflict)) => {
                match &conflict.conflict_target {
                    Some(ConflictTarget::OnConstraint(name)) => {
                        let name = name_of(name, self.sink).name;
                        self.uses.constraints.insert((table.clone(), name));
                    }
                    // It needs an index over them, whatever that is called.
                    Some(ConflictTarget::Columns(columns)) => {
                        for column in columns {
                            let column = ident_of(column, self.sink);
                            self.uses.columns.insert((table.clone(), column));
                        }
                        self.uses.whole.insert(table.clone());
                    }
                    None => {
                        self.uses.whole.insert(table.clone());
                    }
                }
                if let OnConflictAction::DoUpdate(update) = &conflict.action {
                    for assignment in &update.assignments {
                        self.targets(&assignment.target, Some(&table));
                    }
                }
            }
            Some(OnInsert::DuplicateKeyUpdate(assignments)) => {
                for assignment in assignments {
                    self.targets(&assignment.target, Some(&table));
                }
                self.uses.whole.insert(table.clone());
            }
            _ => {}
        }
        self.uses.written.insert(table);
    }

    fn function(&mut self, function: &Function) {
        let name = name_of(&function.name, self.sink);
        let own = name
            .schema
            .as_deref()
            .is_some_and(|schema| schema != "pg_catalog");
        let lower = name.name.to_ascii_lowercase();
        let text = |argument: usize| -> Option<String> {
            let FunctionArguments::List(list) = &function.args else {
                return None;
            };
            let (FunctionArg::Unnamed(FunctionArgExpr::Expr(expr))
            | FunctionArg::Named {
                arg: FunctionArgExpr::Expr(expr),
                ..
            }) = list.args.get(argument)?
            else {
                return None;
            };
            text_of(expr)
        };
        match lower.as_str() {
            _ if own => {
                self.uses.functions.insert(name);
            }
            "nextval" | "setval" | "currval" => {
                if let Some(sequence) = text(0).map(|text| written_name(&text, self.sink)) {
                    self.uses.sequences.insert(sequence);
                }
            }
            "pg_get_serial_sequence" => {
                if let Some(table) = text(0).map(|text| written_name(&text, self.sink)) {
                    self.uses.mentioned.insert(table);
                }
            }
            "set_config"
                if text(0).is_some_and(|option| !option.eq_ignore_ascii_case("search_path")) => {}
            _ => match known(&lower) {
                Known::Builtin => {}
                Known::Likely => {
                    self.uses.likely.insert(name);
                }
                Known::No => {
                    self.uses.functions.insert(name);
                }
            },
        }
    }
}

fn text_of(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(text.clone()),
            _ => None,
        },
        Expr::Cast { expr, .. } => text_of(expr),
        _ => None,
    }
}

/// Names that are always there.
const PSEUDO: &[&str] = &[
    "current_date",
    "current_time",
    "current_timestamp",
    "localtime",
    "localtimestamp",
    "current_user",
    "session_user",
    "user",
    "current_schema",
    "current_database",
    "sysdate",
    "true",
    "false",
    "null",
    "ctid",
    "oid",
    "rowid",
    "xmin",
    "tableoid",
    "default",
    "new",
    "old",
    "unknown",
    "current_role",
    "current_catalog",
    "tg_op",
    "on",
    "off",
];
