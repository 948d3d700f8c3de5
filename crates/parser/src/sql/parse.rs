//! Parsing one statement, in the dialect that knows it.

use sqlparser::ast::Statement;
use sqlparser::dialect::{Dialect, GenericDialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;

use super::rows::Joins;
use super::sink::Sink;
use super::statement::masked;
use super::token::{Kind, Token};

/// Nested expressions and queries, which bound the parser's recursion.
const DEEPEST: usize = 40;

/// What `statement` says, if it can be parsed. The first dialect that knows it decides.
pub(super) fn parse(statement: &[Token<'_>]) -> Option<Statement> {
    let mut dialects: [&dyn Dialect; 4] = [
        &PostgreSqlDialect {},
        &SQLiteDialect {},
        &MySqlDialect {},
        &GenericDialect {},
    ];
    // The others take the index for a column of the name `INDEX`, and pass over the words.
    let words = ["auto_increment", "modify", "change"];
    let has_word = |token: &Token<'_>| words.iter().any(|word| token.is_word(word));
    if makes_index_in_table(statement) || statement.iter().any(has_word) {
        dialects.swap(0, 2);
    }
    let sql = masked(statement);
    dialects.into_iter().find_map(|dialect| {
        let mut parser = Parser::new(dialect)
            .with_recursion_limit(DEEPEST)
            .try_with_sql(&sql)
            .ok()?;
        let mut statements = parser.parse_statements().ok()?;
        let statement = statements.pop()?;
        statements.is_empty().then_some(statement)
    })
}

/// `ADD INDEX name (a, b(10))`, or the same within `CREATE TABLE`: a name, and names in parentheses.
fn makes_index_in_table(statement: &[Token<'_>]) -> bool {
    let is_name = |token: &Token<'_>| matches!(token.kind, Kind::Word | Kind::Quoted);
    statement.windows(5).any(|window| {
        let [before, word, name, open, column] = window else {
            return false;
        };
        let begins = before.is_word("add") || before.is_symbol(',') || before.is_symbol('(');
        // A type of PostGIS has words in its parentheses, too.
        let is_type = name.is_word("geometry") || name.is_word("geography");
        begins
            && (word.is_word("index") || word.is_word("key"))
            && is_name(name)
            && !is_type
            && open.is_symbol('(')
            && is_name(column)
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
