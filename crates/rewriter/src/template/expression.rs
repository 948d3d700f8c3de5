//! The Python expressions that Alembic's templates are made of.

use std::collections::BTreeMap;

/// A value of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    None,
    Text(String),
    Tuple(Vec<String>),
    /// A name that Alembic does not give: false in a condition, an error where it is written.
    Undefined(String),
}

impl Value {
    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::None | Self::Undefined(_) => false,
            Self::Text(text) => !text.is_empty(),
            Self::Tuple(items) => !items.is_empty(),
        }
    }

    /// `str(value)`
    pub(super) fn shown(&self) -> Result<String, String> {
        match self {
            Self::Text(text) => Ok(text.clone()),
            other => other.repr(),
        }
    }

    /// `repr(value)`
    fn repr(&self) -> Result<String, String> {
        Ok(match self {
            Self::None => "None".to_owned(),
            Self::Text(text) => quoted(text),
            Self::Tuple(items) => {
                let items: Vec<String> = items.iter().map(|it| quoted(it)).collect();
                match items.as_slice() {
                    [one] => format!("({one},)"),
                    items => format!("({})", items.join(", ")),
                }
            }
            Self::Undefined(name) => return Err(format!("`{name}` is not given by Alembic")),
        })
    }

    /// Alembic's `format_as_comma`.
    pub(super) fn joined(&self) -> Result<String, String> {
        Ok(match self {
            Self::None => String::new(),
            Self::Tuple(items) => items.join(", "),
            other => other.shown()?,
        })
    }
}

/// A Python string literal as `repr` writes it.
fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push(quote);
    for c in text.chars() {
        match c {
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            c if c == quote => literal.extend(['\\', c]),
            c => literal.push(c),
        }
    }
    literal.push(quote);
    literal
}

/// An expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expression {
    Name(String),
    Text(String),
    None,
    Call(String, Vec<Expression>),
    /// `text % value`
    Format(Box<Expression>, Box<Expression>),
    Not(Box<Expression>),
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    /// Value, condition, other value.
    Choice(Box<Expression>, Box<Expression>, Box<Expression>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A name, with dots.
    Name(String),
    Text(String),
    Sign(char),
}

impl Expression {
    /// An expression without filters; `Err` says what is not understood.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let not_understood = || format!("`{text}` is not understood");
        let tokens = tokens(text).ok_or_else(not_understood)?;
        let mut parser = Parser {
            tokens: &tokens,
            at: 0,
        };
        let expression = parser.choice().ok_or_else(not_understood)?;
        if parser.at < tokens.len() {
            return Err(not_understood());
        }
        Ok(expression)
    }

    /// `expression | filter, filter`
    pub(super) fn with_filters(text: &str) -> Result<(Self, Vec<String>), String> {
        let mut quote = None;
        let bar = text.char_indices().find_map(|(at, c)| {
            match (quote, c) {
                (Some(open), _) if open == c => quote = None,
                (None, '"' | '\'') => quote = Some(c),
                (None, '|') => return Some(at),
                _ => {}
            }
            None
        });
        let Some(bar) = bar else {
            return Ok((Self::parse(text)?, Vec::new()));
        };
        let filters = text[bar + 1..].split(',').map(|it| it.trim().to_owned());
        Ok((Self::parse(&text[..bar])?, filters.collect()))
    }

    /// `databases` is the option of that name.
    pub(super) fn value(
        &self,
        names: &BTreeMap<String, Value>,
        databases: Option<&str>,
    ) -> Result<Value, String> {
        let value = |it: &Self| it.value(names, databases);
        Ok(match self {
            Self::None => Value::None,
            Self::Text(text) => Value::Text(text.clone()),
            Self::Name(name) => match names.get(name) {
                Some(value) => value.clone(),
                None if name.contains('.') => return Err(format!("`{name}` is not known")),
                None => Value::Undefined(name.clone()),
            },
            Self::Not(of) => truth(!value(of)?.is_true()),
            Self::And(one, other) => {
                let first = value(one)?;
                if first.is_true() {
                    value(other)?
                } else {
                    first
                }
            }
            Self::Or(one, other) => {
                let first = value(one)?;
                if first.is_true() {
                    first
                } else {
                    value(other)?
                }
            }
            Self::Choice(then, condition, otherwise) => {
                if value(condition)?.is_true() {
                    value(then)?
                } else {
                    value(otherwise)?
                }
            }
            Self::Format(template, of) => {
                let (template, of) = (value(template)?.shown()?, value(of)?.shown()?);
                if template.matches('%').count() != 1 || !template.contains("%s") {
                    return Err(format!("the format `{template}` is not understood"));
                }
                Value::Text(template.replacen("%s", &of, 1))
            }
            Self::Call(name, arguments) => {
                let arguments = arguments.iter().map(value).collect::<Result<Vec<_>, _>>()?;
                called(name, &arguments, names, databases)?
            }
        })
    }
}

/// Python's `True` and `False`, as far as conditions need them.
fn truth(is_true: bool) -> Value {
    if is_true {
        Value::Text("True".to_owned())
    } else {
        Value::None
    }
}

fn called(
    name: &str,
    arguments: &[Value],
    names: &BTreeMap<String, Value>,
    databases: Option<&str>,
) -> Result<Value, String> {
    Ok(match (name, arguments) {
        ("repr", [value]) => Value::Text(value.repr()?),
        ("str", [value]) => Value::Text(value.shown()?),
        ("comma", [value]) => Value::Text(value.joined()?),
        ("context.get", [Value::Text(name), default]) => names.get(name).unwrap_or(default).clone(),
        ("config.get_main_option", [Value::Text(option)]) if option == "databases" => {
            let text = databases.ok_or("the option `databases` is not set")?;
            Value::Text(text.to_owned())
        }
        ("re.split", [Value::Text(pattern), Value::Text(text)]) if pattern == r",\s*" => {
            let mut parts = text.split(',');
            let first = parts.next().map(str::to_owned);
            let others = parts.map(|it| it.trim_start().to_owned());
            Value::Tuple(first.into_iter().chain(others).collect())
        }
        _ => return Err(format!("`{name}` is not known")),
    })
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(&c) = chars.peek() {
        if c.is_whitespace() {
            chars.next();
        } else if c.is_alphabetic() || c == '_' {
            let mut name = String::new();
            while let Some(&c) = chars.peek() {
                if !(c.is_alphanumeric() || c == '_' || c == '.') {
                    break;
                }
                name.push(c);
                chars.next();
            }
            let is_raw = matches!(name.as_str(), "r" | "R");
            match chars.peek() {
                Some(&quote @ ('"' | '\'')) if is_raw || matches!(name.as_str(), "u" | "U") => {
                    chars.next();
                    tokens.push(Token::Text(string(&mut chars, quote, is_raw)?));
                }
                _ => tokens.push(Token::Name(name)),
            }
        } else if c == '"' || c == '\'' {
            chars.next();
            tokens.push(Token::Text(string(&mut chars, c, false)?));
        } else if "(),%".contains(c) {
            chars.next();
            tokens.push(Token::Sign(c));
        } else {
            return None;
        }
    }
    Some(tokens)
}

/// The rest of a literal on one line. Escapes other than those of quotes are not read.
fn string(
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    quote: char,
    is_raw: bool,
) -> Option<String> {
    let mut text = String::new();
    loop {
        match chars.next()? {
            c if c == quote => return Some(text),
            '\\' if is_raw => {
                text.push('\\');
                text.push(chars.next()?);
            }
            '\\' => match chars.next()? {
                c @ ('\\' | '\'' | '"') => text.push(c),
                'n' => text.push('\n'),
                't' => text.push('\t'),
                _ => return None,
            },
            c => text.push(c),
        }
    }
}

struct Parser<'t> {
    tokens: &'t [Token],
    at: usize,
}

impl Parser<'_> {
    fn takes(&mut self, token: &Token) -> bool {
        let is_next = self.tokens.get(self.at) == Some(token);
        self.at += usize::from(is_next);
        is_next
    }

    fn takes_word(&mut self, word: &str) -> bool {
        self.takes(&Token::Name(word.to_owned()))
    }

    fn choice(&mut self) -> Option<Expression> {
        let then = self.or()?;
        if !self.takes_word("if") {
            return Some(then);
        }
        let condition = self.or()?;
        if !self.takes_word("else") {
            return None;
        }
        let otherwise = self.choice()?;
        Some(Expression::Choice(
            Box::new(then),
            Box::new(condition),
            Box::new(otherwise),
        ))
    }

    fn or(&mut self) -> Option<Expression> {
        let mut expression = self.and()?;
        while self.takes_word("or") {
            expression = Expression::Or(Box::new(expression), Box::new(self.and()?));
        }
        Some(expression)
    }

    fn and(&mut self) -> Option<Expression> {
        let mut expression = self.not()?;
        while self.takes_word("and") {
            expression = Expression::And(Box::new(expression), Box::new(self.not()?));
        }
        Some(expression)
    }

    fn not(&mut self) -> Option<Expression> {
        if self.takes_word("not") {
            return Some(Expression::Not(Box::new(self.not()?)));
        }
        let mut expression = self.primary()?;
        while self.takes(&Token::Sign('%')) {
            expression = Expression::Format(Box::new(expression), Box::new(self.primary()?));
        }
        Some(expression)
    }

    fn primary(&mut self) -> Option<Expression> {
        let token = self.tokens.get(self.at)?.clone();
        self.at += 1;
        match token {
            Token::Text(text) => Some(Expression::Text(text)),
            Token::Sign('(') => {
                let inside = self.choice()?;
                self.takes(&Token::Sign(')')).then_some(inside)
            }
            Token::Sign(_) => None,
            Token::Name(name) if name == "None" => Some(Expression::None),
            Token::Name(name) if ["if", "else", "in", "for"].contains(&name.as_str()) => None,
            Token::Name(name) => {
                if !self.takes(&Token::Sign('(')) {
                    return Some(Expression::Name(name));
                }
                let mut arguments = Vec::new();
                while !self.takes(&Token::Sign(')')) {
                    if !arguments.is_empty() && !self.takes(&Token::Sign(',')) {
                        return None;
                    }
                    if self.takes(&Token::Sign(')')) {
                        break;
                    }
                    arguments.push(self.choice()?);
                }
                Some(Expression::Call(name, arguments))
            }
        }
    }
}
