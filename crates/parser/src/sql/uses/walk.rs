//! A walk through a query or expression: which names stand where.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use rechain_history::QualifiedName;
use sqlparser::ast::{
    DataType, Expr, FromTable, Function, FunctionArguments, ObjectName, Query, Select, SelectItem,
    Statement, TableFactor, UpdateTableFromKind, Visit, Visitor,
};

use super::{PSEUDO, Reader, text_of};
use crate::sql::functions::{Known, known};
use crate::sql::names::{ident_of, name_of, types_of, written_name};
use crate::sql::sink::Sink;

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
