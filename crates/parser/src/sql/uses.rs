//! What queries and expressions name: tables, columns, functions, types, sequences.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use rechain_history::QualifiedName;
use sqlparser::ast::{
    AssignmentTarget, ConflictTarget, DataType, Expr, FromTable, Function, FunctionArg,
    FunctionArgExpr, FunctionArguments, Ident, ObjectName, ObjectNamePart, OnConflictAction,
    OnInsert, Query, Select, SelectItem, Statement, TableFactor, TableObject, UpdateTableFromKind,
    Value, Visit, Visitor,
};

use super::functions::{Known, known};
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

/// An `ObjectName` as a name.
pub(super) fn name_of(name: &ObjectName, sink: &mut Sink) -> QualifiedName {
    let mut parts: Vec<String> = name
        .0
        .iter()
        .map(|part| match part {
            ObjectNamePart::Identifier(ident) => ident_of(ident, sink),
            ObjectNamePart::Function(function) => ident_of(&function.name, sink),
        })
        .collect();
    let name = parts.pop().unwrap_or_default();
    QualifiedName::new((!parts.is_empty()).then(|| parts.join(".")), name)
}

/// An `Ident` as the database has it.
pub(super) fn ident_of(ident: &Ident, sink: &mut Sink) -> String {
    sink.fold(&ident.value, ident.quote_style.is_some())
}

/// The user's types within a type.
pub(super) fn types_of(type_: &DataType, sink: &mut Sink, types: &mut BTreeSet<QualifiedName>) {
    match type_ {
        DataType::Custom(name, _) => {
            let name = name_of(name, sink);
            if !is_builtin_type(&name) {
                types.insert(name);
            }
        }
        DataType::Array(
            sqlparser::ast::ArrayElemTypeDef::AngleBracket(inner)
            | sqlparser::ast::ArrayElemTypeDef::SquareBracket(inner, _)
            | sqlparser::ast::ArrayElemTypeDef::Parenthesis(inner),
        )
        | DataType::Nullable(inner) => types_of(inner, sink, types),
        _ => {}
    }
}

fn is_builtin_type(name: &QualifiedName) -> bool {
    #[rustfmt::skip]
    const BUILTIN: &[&str] = &[
        "serial", "bigserial", "smallserial", "serial4", "serial8", "serial2", "name", "oid", "inet", "cidr", "macaddr", "macaddr8", "money", "xml",
        "citext", "hstore", "ltree", "geometry", "geography", "vector", "halfvec", "tsvector", "tsquery", "int4range", "int8range", "numrange", "tsrange", "tstzrange",
        "daterange", "timestamptz", "timetz", "bpchar", "varchar", "text", "point", "polygon", "line", "box", "circle", "path", "lseg", "bit",
        "regclass", "regtype", "regproc", "record", "void", "trigger", "anyelement", "xid", "year", "nchar", "ntext", "image", "uniqueidentifier",
        "datetime2", "smalldatetime", "datetimeoffset", "rowversion", "number", "varchar2", "nvarchar2", "long", "raw", "jsonpath", "pg_lsn", "signed", "unsigned",
    ];
    let builtin_schema = name
        .schema
        .as_deref()
        .is_none_or(|schema| schema == "pg_catalog");
    builtin_schema && BUILTIN.contains(&name.name.to_ascii_lowercase().as_str())
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

/// A name within text: `'public."Users"'`.
fn written_name(text: &str, sink: &mut Sink) -> QualifiedName {
    let mut parts: Vec<String> = text
        .split('.')
        .map(|part| {
            match part
                .strip_prefix('"')
                .and_then(|part| part.strip_suffix('"'))
            {
                Some(part) => part.to_owned(),
                None => sink.fold(part, false),
            }
        })
        .collect();
    let name = parts.pop().unwrap_or_default();
    QualifiedName::new((!parts.is_empty()).then(|| parts.join(".")), name)
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

impl Visitor for Reader<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.uses.queries += 1;
        let mut names = BTreeSet::new();
        if let Some(with) = &query.with {
            for (index, table) in with.cte_tables.iter().enumerate() {
                let name = ident_of(&table.alias.name, self.sink);
                self.alias(Some(&table.alias.name), None);
                for column in &table.alias.columns {
                    let column = ident_of(&column.name, self.sink);
                    self.names.insert(column);
                }
                // Without RECURSIVE a query of that name, or one before it, still sees the table.
                if !with.recursive {
                    for earlier in &with.cte_tables[..=index.min(MOST_COMMON)] {
                        let inner = Relations::of(&*earlier.query, self.sink);
                        let hidden = QualifiedName::unqualified(name.clone());
                        if inner.contains(&hidden) && !self.is_common(&hidden) {
                            self.uses.tables.insert(hidden);
                        }
                    }
                }
                names.insert(name.to_lowercase());
            }
            self.uses.derived = true;
        }
        self.common.push(names);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.common.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        for item in &select.projection {
            match item {
                SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => {
                    self.uses.star = true;
                }
                SelectItem::ExprWithAlias { alias, .. } => {
                    let alias = ident_of(alias, self.sink);
                    self.names.insert(alias);
                }
                SelectItem::ExprWithAliases { aliases, .. } => {
                    for alias in aliases {
                        let alias = ident_of(alias, self.sink);
                        self.names.insert(alias);
                    }
                }
                SelectItem::UnnamedExpr(_) => {}
            }
        }
        if let Some(into) = &select.into {
            for name in &into.targets {
                if let Expr::Identifier(ident) = name {
                    if !ident.value.starts_with('@') {
                        let name = ident_of(ident, self.sink);
                        self.uses.made.insert(QualifiedName::unqualified(name));
                    }
                } else {
                    self.uses
                        .functions
                        .insert(QualifiedName::unqualified("SELECT INTO"));
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        match factor {
            TableFactor::Table {
                name, alias, args, ..
            } => {
                let known_name = name_of(name, self.sink);
                let alias_name = alias.as_ref().map(|alias| &alias.name);
                if args.is_some() {
                    let function = Function {
                        name: name.clone(),
                        uses_odbc_syntax: false,
                        parameters: FunctionArguments::None,
                        args: FunctionArguments::None,
                        filter: None,
                        null_treatment: None,
                        over: None,
                        within_group: Vec::new(),
                    };
                    self.function(&function);
                    self.functions.push(name.clone());
                    self.alias(alias_name, None);
                    self.uses.derived = true;
                } else if self.is_common(&known_name) {
                    self.alias(alias_name, None);
                } else {
                    self.alias(alias_name, Some(known_name));
                }
                for column in alias.iter().flat_map(|alias| &alias.columns) {
                    let column = ident_of(&column.name, self.sink);
                    self.names.insert(column);
                }
            }
            TableFactor::Function { name, alias, .. } => {
                let name = name_of(name, self.sink);
                if known(&name.name) == Known::No || name.schema.is_some() {
                    self.uses.functions.insert(name);
                }
                self.alias(alias.as_ref().map(|alias| &alias.name), None);
                self.uses.derived = true;
            }
            TableFactor::Derived { alias, .. }
            | TableFactor::TableFunction { alias, .. }
            | TableFactor::UNNEST { alias, .. }
            | TableFactor::JsonTable { alias, .. }
            | TableFactor::NestedJoin { alias, .. } => {
                if let Some(alias) = alias {
                    self.alias(Some(&alias.name), None);
                    for column in &alias.columns {
                        let column = ident_of(&column.name, self.sink);
                        self.names.insert(column);
                    }
                }
                self.uses.derived = true;
            }
            // Nothing that migrations hold.
            _ => {
                self.uses
                    .functions
                    .insert(QualifiedName::unqualified("a table expression"));
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        if self.functions.last() == Some(relation) {
            self.functions.pop();
            return ControlFlow::Continue(());
        }
        let name = name_of(relation, self.sink);
        if !self.is_common(&name) {
            self.uses.tables.insert(name);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<()> {
        match statement {
            Statement::Insert(insert) => self.insert(insert),
            Statement::Update(update) => {
                self.write(&update.table.relation);
                for join in &update.table.joins {
                    self.write(&join.relation);
                }
                let table = match &update.table.relation {
                    TableFactor::Table { name, .. } if update.table.joins.is_empty() => {
                        Some(name_of(name, self.sink))
                    }
                    _ => None,
                };
                for assignment in &update.assignments {
                    self.targets(&assignment.target, table.as_ref());
                }
                if let Some(UpdateTableFromKind::BeforeSet(tables)) = &update.from {
                    for table in tables {
                        self.write(&table.relation);
                    }
                }
            }
            Statement::Delete(delete) => {
                let (FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables)) =
                    &delete.from;
                if delete.tables.is_empty() {
                    for table in tables {
                        self.write(&table.relation);
                    }
                } else {
                    // `DELETE a FROM a JOIN b`: names or aliases.
                    for table in tables {
                        self.write(&table.relation);
                        table
                            .joins
                            .iter()
                            .for_each(|join| self.write(&join.relation));
                    }
                    self.functions.extend(delete.tables.iter().rev().cloned());
                }
            }
            Statement::Merge(merge) => {
                self.write(&merge.table);
                // What it inserts and updates is not looked at.
                let written: Vec<_> = self.uses.written.iter().cloned().collect();
                self.uses.whole.extend(written);
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Identifier(ident) if ident.quote_style.is_some() => {
                self.uses.quoted.insert(ident.value.clone());
            }
            Expr::Identifier(ident) => {
                let is_pseudo = PSEUDO.contains(&ident.value.to_ascii_lowercase().as_str());
                if !is_pseudo && !ident.value.starts_with(['@', ':', '$', '?']) {
                    let name = ident_of(ident, self.sink);
                    self.uses.bare.insert(name);
                }
            }
            Expr::CompoundIdentifier(parts) => {
                let mut parts: Vec<String> =
                    parts.iter().map(|part| ident_of(part, self.sink)).collect();
                if let Some(column) = parts.pop() {
                    self.qualified.push((parts, column));
                }
            }
            Expr::Function(function) => self.function(function),
            Expr::Cast {
                expr, data_type, ..
            } => {
                if matches!(data_type, DataType::Regclass)
                    && let Some(text) = text_of(expr)
                {
                    let table = written_name(&text, self.sink);
                    self.uses.mentioned.insert(table);
                }
                types_of(data_type, self.sink, &mut self.uses.types);
            }
            Expr::TypedString(text) => types_of(&text.data_type, self.sink, &mut self.uses.types),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// Queries of one `WITH` that are looked at for the name of another.
const MOST_COMMON: usize = 20;

/// All relations of a query.
struct Relations<'k> {
    sink: &'k mut Sink,
    names: BTreeSet<QualifiedName>,
}

impl Relations<'_> {
    fn of(node: &impl Visit, sink: &mut Sink) -> BTreeSet<QualifiedName> {
        let mut relations = Relations {
            sink,
            names: BTreeSet::new(),
        };
        let _ = node.visit(&mut relations);
        relations.names
    }
}

impl Visitor for Relations<'_> {
    type Break = ();

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        let name = name_of(relation, self.sink);
        self.names.insert(name);
        ControlFlow::Continue(())
    }
}
