//! The databases a migration may run on.

use std::fmt;

/// A database system, as SQLAlchemy names its dialect (`bind.dialect.name`). `MariaDB` is `mysql` here,
/// as it is for SQLAlchemy unless the URL says `mariadb://`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// `postgresql`, and what speaks its dialect.
    PostgreSql,
    /// `sqlite`.
    Sqlite,
    /// `mysql`, and `mariadb`.
    MySql,
    /// `mssql`.
    MsSql,
    /// `oracle`.
    Oracle,
}

impl Dialect {
    /// Every dialect, in the order in which they are reported.
    pub const ALL: [Self; 5] = [
        Self::PostgreSql,
        Self::Sqlite,
        Self::MySql,
        Self::MsSql,
        Self::Oracle,
    ];

    /// The name SQLAlchemy gives it.
    pub fn name(self) -> &'static str {
        match self {
            Self::PostgreSql => "postgresql",
            Self::Sqlite => "sqlite",
            Self::MySql => "mysql",
            Self::MsSql => "mssql",
            Self::Oracle => "oracle",
        }
    }

    /// The dialect of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        if name == "mariadb" {
            return Some(Self::MySql);
        }
        Self::ALL.into_iter().find(|dialect| dialect.name() == name)
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of dialects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dialects(u8);

impl Dialects {
    /// None of them.
    pub const NONE: Self = Self(0);

    /// All of them.
    pub const ALL: Self = Self((1 << Dialect::ALL.len()) - 1);

    /// The set of these.
    pub fn of(dialects: impl IntoIterator<Item = Dialect>) -> Self {
        Self(dialects.into_iter().fold(0, |bits, it| bits | it.bit()))
    }

    /// Whether it is one of them.
    pub fn contains(self, dialect: Dialect) -> bool {
        self.0 & dialect.bit() != 0
    }

    /// Those in both sets.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those in either set.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// All but these.
    #[must_use]
    pub fn complement(self) -> Self {
        Self(Self::ALL.0 & !self.0)
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its members, in the order of [`Dialect::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Dialect> {
        Dialect::ALL
            .into_iter()
            .filter(move |&dialect| self.contains(dialect))
    }
}

impl Default for Dialects {
    /// What a project that names no dialect is checked for: `postgresql`, `sqlite` and `mysql`.
    fn default() -> Self {
        Self::of([Dialect::PostgreSql, Dialect::Sqlite, Dialect::MySql])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_and_names() {
        for dialect in Dialect::ALL {
            assert_eq!(Dialect::from_name(dialect.name()), Some(dialect));
            assert!(Dialects::ALL.contains(dialect));
            assert!(!Dialects::NONE.contains(dialect));
        }
        assert_eq!(Dialect::from_name("mariadb"), Some(Dialect::MySql));
        assert_eq!(Dialect::from_name("db2"), None);
        let sqlite = Dialects::of([Dialect::Sqlite]);
        assert_eq!(sqlite.iter().collect::<Vec<_>>(), [Dialect::Sqlite]);
        assert!(sqlite.and(sqlite.complement()).is_empty());
        assert_eq!(sqlite.or(sqlite.complement()), Dialects::ALL);
    }
}
