//! Reading a statement word by word.

use rechain_history::QualifiedName;

use super::sink::Sink;
use super::token::{Kind, Token};

/// A place in a statement.
#[derive(Clone)]
pub(super) struct Cursor<'t, 's> {
    tokens: &'t [Token<'s>],
}

impl<'t, 's> Cursor<'t, 's> {
    pub(super) fn new(tokens: &'t [Token<'s>]) -> Self {
        Self { tokens }
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'t [Token<'s>] {
        self.tokens
    }

    pub(super) fn next(&mut self) -> Option<&'t Token<'s>> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    pub(super) fn peek(&self, word: &str) -> bool {
        self.tokens.first().is_some_and(|token| token.is_word(word))
    }

    /// Goes on after these words, if they are next.
    pub(super) fn eat(&mut self, words: &[&str]) -> bool {
        let found = self.tokens.len() >= words.len()
            && self
                .tokens
                .iter()
                .zip(words)
                .all(|(token, word)| token.is_word(word));
        if found {
            self.tokens = &self.tokens[words.len()..];
        }
        found
    }

    /// Goes on after one of these words.
    pub(super) fn eat_any(&mut self, words: &[&str]) -> bool {
        words.iter().any(|word| self.eat(&[word]))
    }

    pub(super) fn eat_symbol(&mut self, symbol: char) -> bool {
        let found = self
            .tokens
            .first()
            .is_some_and(|token| token.is_symbol(symbol));
        if found {
            self.tokens = &self.tokens[1..];
        }
        found
    }

    /// Goes on to just after `word`, outside of parentheses.
    pub(super) fn skip_to(&mut self, word: &str) -> bool {
        let mut depth = 0_usize;
        for (index, token) in self.tokens.iter().enumerate() {
            match token.kind {
                Kind::Symbol('(') => depth += 1,
                Kind::Symbol(')') => depth = depth.saturating_sub(1),
                Kind::Word if depth == 0 && token.is_word(word) => {
                    self.tokens = &self.tokens[index + 1..];
                    return true;
                }
                _ => {}
            }
        }
        false
    }

    /// Goes on after what stands in parentheses here.
    pub(super) fn skip_parens(&mut self) -> &'t [Token<'s>] {
        let mut depth = 0_usize;
        for (index, token) in self.tokens.iter().enumerate() {
            match token.kind {
                Kind::Symbol('(') => depth += 1,
                Kind::Symbol(')') => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                let inner = self.tokens.get(1..index).unwrap_or(&[]);
                if index > 0 {
                    self.tokens = &self.tokens[index + 1..];
                }
                return inner;
            }
        }
        let inner = self.tokens;
        self.tokens = &[];
        inner
    }

    pub(super) fn has(&self, word: &str) -> bool {
        self.tokens.iter().any(|token| token.is_word(word))
    }

    /// One part of a name.
    pub(super) fn part(&mut self, sink: &mut Sink) -> Option<String> {
        let (name, quoted) = self.tokens.first()?.name()?;
        // Next to a part that is not known, it is no whole name.
        if let [this, next, ..] = self.tokens
            && next.kind == Kind::Hole
            && next.start == this.end()
        {
            return None;
        }
        self.tokens = &self.tokens[1..];
        Some(sink.fold(&name, quoted))
    }

    /// `name` or `schema.name`.
    pub(super) fn name(&mut self, sink: &mut Sink) -> Option<QualifiedName> {
        let mut parts = vec![self.part(sink)?];
        while self.eat_symbol('.') {
            parts.push(self.part(sink)?);
        }
        let name = parts.pop()?;
        let schema = (!parts.is_empty()).then(|| parts.join("."));
        Some(QualifiedName::new(schema, name))
    }

    /// Names between commas.
    pub(super) fn names(&mut self, sink: &mut Sink) -> Option<Vec<QualifiedName>> {
        let mut names = vec![self.name(sink)?];
        while self.eat_symbol(',') {
            names.push(self.name(sink)?);
        }
        Some(names)
    }
}
