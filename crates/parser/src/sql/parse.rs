//! Parsing one statement, in the dialect that knows it.

use sqlparser::ast::Statement;
use sqlparser::dialect::{Dialect, GenericDialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;

use super::rows::Joins;
use super::sink::Sink;
use super::token::{Kind, Token};

/// Nested expressions and queries, which bound the parser's recursion.
const DEEPEST: usize = 40;

/// The statement that `sql` is, if it is one. The first dialect that knows it decides.
pub(super) fn parse(sql: &str) -> Option<Statement> {
    let dialects: [&dyn Dialect; 4] = [
        &PostgreSqlDialect {},
        &SQLiteDialect {},
        &MySqlDialect {},
        &GenericDialect {},
    ];
    dialects.into_iter().find_map(|dialect| {
        let mut parser = Parser::new(dialect)
            .with_recursion_limit(DEEPEST)
            .try_with_sql(sql)
            .ok()?;
        let mut statements = parser.parse_statements().ok()?;
        let statement = statements.pop()?;
        statements.is_empty().then_some(statement)
    })
}

/// The columns in `JOIN ... USING (...)`.
pub(super) fn joins(statement: &[Token<'_>], sink: &mut Sink) -> Joins {
    let mut joins = Joins::default();
    for (index, token) in statement.iter().enumerate() {
        joins.natural |= token.is_word("natural");
        if !token.is_word("using")
            || !statement
                .get(index + 1)
                .is_some_and(|next| next.is_symbol('('))
        {
            continue;
        }
        for token in statement[index + 2..]
            .iter()
            .take_while(|token| !token.is_symbol(')'))
        {
            if let (Kind::Word | Kind::Quoted, Some((name, quoted))) = (token.kind, token.name()) {
                let name = sink.fold(&name, quoted);
                joins.columns.push(name);
            }
        }
    }
    joins
}
