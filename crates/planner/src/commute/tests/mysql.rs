//! Where MySQL has rules of its own.

use rechain_history::{
    Action, Certainty, Dialect, Dialects, Effect, EffectKind, SchemaObject, TextRange,
};

use super::{Circumstances, Premise, commute, effects, fork, strict, table, verdict};

#[track_caller]
fn mysql(one: &str, other: &str, expected: &str) {
    let found = verdict(one, other, &[Dialect::MySql], Premise::Fork);
    assert_eq!(found, expected);
}

/// The index that a foreign key makes has the name of the first that needs it.
#[test]
fn two_foreign_keys_of_one_column() {
    let both = "unknown: table t: MySQL makes one index for both foreign keys, which has the name of the first";
    mysql("t&a(c)>u.id", "t&b(c)>v.id", both);
    mysql("t&a(c)>u.id", "t&b(d)>v.id", "independent");
    fork("t&a(c)>u.id", "t&b(c)>v.id", "independent");
}

/// With the first column of an index gone, the second one is the first.
#[test]
fn an_index_that_shrinks_serves_a_foreign_key() {
    let shrinks =
        "unknown: table t: an index that shrinks with the removed column may serve the foreign key";
    mysql("-t.c", "t&fk(d)>u.id", shrinks);
    mysql(
        "-t.c",
        "t&fk(c)>u.id",
        "one removes column t.c, which the other builds on",
    );
    fork("-t.c", "t&fk(d)>u.id", "independent");
}

/// An index without a name is called as its column.
#[test]
fn names_that_the_server_gives() {
    mysql(
        "t^(c)",
        "t#c(d)",
        "unknown: the server may give the name c to something on t",
    );
    mysql(
        "t&(c)>u.id",
        "t#c_2(d)",
        "unknown: the server may give the name c_2 to something on t",
    );
    mysql(
        "t^(c)",
        "t&(c)>u.id",
        "unknown: the server names an index of both by the column c, with a number",
    );
    mysql(
        "t&(c)>u.id",
        "t&t_ibfk_1(d)>v.id",
        "unknown: the server may give the name t_ibfk_1 to something on t",
    );
    mysql("t^(c)", "t#code(d)", "independent");
    mysql("t^(c)", "v#c(d)", "independent");
    mysql("t^(c)", "t^(d)", "independent");
}

/// A new name comes with all else that is said of the column, which what is removed may have decided or forbidden.
#[test]
fn a_column_that_is_said_anew() {
    let anew = "unknown: table t: `CHANGE` says everything about the column anew, which may be in what the other removes";
    mysql("t.a>b", "-t#ix", anew);
    mysql(
        "-t.a",
        "t.b!comment",
        "unknown: table t: what is on the removed column may hold the other one",
    );
    fork("t.a>b", "-t#ix", "independent");
    fork("-t.a", "t.b!comment", "independent");
    for other in ["t.a!null", "t.a!comment", "t.a>b"] {
        let found = verdict("-u", other, &[Dialect::MySql], Premise::Nothing);
        let holds = "unknown: what one removes may hold what the other changes";
        assert_eq!(found, holds);
        strict("-u", other, "independent");
        mysql("-u", other, "independent");
    }
}

/// A table that is made of a query takes what is said of the columns.
#[test]
fn a_copy_of_columns() {
    let mut copies = effects("t t.c +copy +copy.c");
    copies.push(Effect::new(
        EffectKind::Known {
            action: Action::Require,
            object: SchemaObject::Table(table("t")),
        },
        Certainty::Unknown,
        TextRange::new(0, 5),
    ));
    for (other, expected) in [
        ("t.c!null", "unknown"),
        ("t#ix(c)", "independent"),
        ("u.c!null", "independent"),
    ] {
        let circumstances = Circumstances::fork(Dialects::of([Dialect::MySql]));
        let found = commute(&copies, &effects(other), &circumstances);
        assert_eq!(found.word(), expected, "{other}");
    }
}
