//! Names and types of `sqlparser`'s trees, as the database has them.

use std::collections::BTreeSet;

use rechain_history::QualifiedName;
use sqlparser::ast::{DataType, Ident, ObjectName, ObjectNamePart};

use super::sink::Sink;

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

/// A name within text: `'public."Users"'`.
pub(super) fn written_name(text: &str, sink: &mut Sink) -> QualifiedName {
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
