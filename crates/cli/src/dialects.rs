//! The databases that a project runs on.

use rechain_history::{Dialect, Dialects};
use rechain_project::Settings;

/// The databases whose rules count in a project.
pub(crate) fn dialects(settings: &Settings) -> Dialects {
    use rechain_project::Dialect as Named;
    let of = |named: &Named| match named {
        Named::PostgreSql => Dialect::PostgreSql,
        Named::Sqlite => Dialect::Sqlite,
        Named::MySql | Named::MariaDb => Dialect::MySql,
        Named::MsSql => Dialect::MsSql,
        Named::Oracle => Dialect::Oracle,
    };
    match &settings.dialects {
        Some(named) => Dialects::of(named.iter().map(of)),
        None => Dialects::of([Dialect::PostgreSql, Dialect::Sqlite, Dialect::MySql]),
    }
}
