//! One line for each way in which two migrations can meet.

mod mysql;

use rechain_history::{
    Action, Certainty, ConstraintKind, Dialect, Dialects, Effect, Property, QualifiedName,
    SchemaObject, TextRange,
};

use super::{Circumstances, PairSide, Premise, Verdict, commute};
use crate::plan::ConflictKind;

fn table(name: &str) -> QualifiedName {
    match name.split_once('/') {
        Some((schema, name)) => QualifiedName::new(Some(schema.to_owned()), name),
        None => QualifiedName::unqualified(name),
    }
}

/// `+t` creates table t, `+t.c` a column, `-` drops, `t` and `t.c` need, `t>u` and `t.c>d` rename,
/// `t.c!type` alters, `?+` is under a condition, `~+` unless it is so already, `t#ix(c)` an index,
/// `t&fk(c)>u.d` a foreign key, `t^(c)` a unique constraint without a name, `-t&` drops a constraint of unknown name, `t=c` rows of t with column c are written, `...` is opaque.
pub(crate) fn effects(text: &str) -> Vec<Effect> {
    let mut all = Vec::new();
    for (at, word) in text.split_whitespace().enumerate() {
        let range = TextRange::new(at * 10, at * 10 + 5);
        let (certainty, word) = if let Some(word) = word.strip_prefix('?') {
            (Certainty::Conditional, word)
        } else if let Some(word) = word.strip_prefix('~') {
            (Certainty::IfNeeded, word)
        } else {
            (Certainty::Always, word)
        };
        if word == "..." {
            all.push(Effect::opaque("raw SQL", range));
            continue;
        }
        let mut push = |action, object| {
            all.push(Effect {
                certainty,
                ..Effect::always(action, object, range)
            });
        };
        let column = |text: &str| {
            let (of, name) = text.split_once('.').expect("table.column");
            SchemaObject::Column {
                table: table(of),
                name: name.to_owned(),
            }
        };
        let object = |text: &str| {
            if let Some(name) = text.strip_prefix("type:") {
                SchemaObject::Type(table(name))
            } else if let Some((of, value)) = text.split_once("::") {
                SchemaObject::EnumValue {
                    of: table(of),
                    value: value.to_owned(),
                }
            } else if let Some(name) = text.strip_prefix("view:") {
                SchemaObject::View(table(name))
            } else if let Some(name) = text.strip_prefix("extension:") {
                SchemaObject::Extension(name.to_owned())
            } else if text.contains('.') {
                column(text)
            } else {
                SchemaObject::Table(table(text))
            }
        };
        if let Some((of, rest)) = word.split_once('#') {
            let (of, drops) = of.strip_prefix('-').map_or((of, false), |of| (of, true));
            let (name, columns) = rest.split_once('(').unwrap_or((rest, ")"));
            if !drops {
                push(Action::Require, SchemaObject::Table(table(of)));
                for name in columns
                    .trim_end_matches(')')
                    .split(',')
                    .filter(|it| !it.is_empty())
                {
                    push(Action::Require, column(&format!("{of}.{name}")));
                }
            }
            let index = SchemaObject::Index {
                table: Some(table(of)),
                name: Some(name.to_owned()),
            };
            push(if drops { Action::Drop } else { Action::Create }, index);
        } else if let Some((of, name)) = word.split_once("^(") {
            push(
                Action::Require,
                column(&format!("{of}.{}", name.trim_end_matches(')'))),
            );
            let constraint = SchemaObject::Constraint {
                table: table(of),
                name: None,
                kind: ConstraintKind::Unique,
            };
            push(Action::Create, constraint);
        } else if let Some(of) = word.strip_prefix('-').and_then(|it| it.strip_suffix('&')) {
            let constraint = SchemaObject::Constraint {
                table: table(of),
                name: None,
                kind: ConstraintKind::Unknown,
            };
            push(Action::Drop, constraint);
        } else if let Some((of, rest)) = word.split_once('&') {
            let (name, rest) = rest.split_once('(').expect("name(column)>table.column");
            let (local, target) = rest.split_once(")>").expect("name(column)>table.column");
            let (target, remote) = target.split_once('.').expect("table.column");
            push(Action::Require, column(&format!("{of}.{local}")));
            push(Action::Require, SchemaObject::Table(table(target)));
            push(Action::Require, column(&format!("{target}.{remote}")));
            push(
                Action::Create,
                SchemaObject::Constraint {
                    table: table(of),
                    name: (!name.is_empty()).then(|| name.to_owned()),
                    kind: ConstraintKind::ForeignKey {
                        target: table(target),
                        columns: vec![remote.to_owned()],
                    },
                },
            );
        } else if let Some((of, property)) = word.split_once('!') {
            let property = match property {
                "type" => Property::Type,
                "null" => Property::Nullable,
                "default" => Property::ServerDefault,
                "comment" => Property::Comment,
                _ => Property::Other,
            };
            push(Action::Alter(property), object(of));
        } else if let Some((old, new)) = word.split_once('>') {
            push(Action::RenameTo(new.to_owned()), object(old));
        } else if let Some((of, name)) = word.split_once('=') {
            if !name.is_empty() {
                push(Action::Require, column(&format!("{of}.{name}")));
            }
            push(Action::WriteRows, SchemaObject::Table(table(of)));
        } else if let Some(text) = word.strip_prefix('+') {
            push(Action::Create, object(text));
        } else if let Some(text) = word.strip_prefix('-') {
            push(Action::Drop, object(text));
        } else {
            push(Action::Require, object(word));
        }
    }
    all
}

const POSTGRESQL: &[Dialect] = &[Dialect::PostgreSql];
const ALL: &[Dialect] = &[Dialect::PostgreSql, Dialect::Sqlite, Dialect::MySql];

fn verdict(one: &str, other: &str, dialects: &[Dialect], premise: Premise) -> String {
    let circumstances = Circumstances {
        dialects: Dialects::of(dialects.iter().copied()),
        premise,
    };
    let (one, other) = (effects(one), effects(other));
    let there = commute(&one, &other, &circumstances);
    if premise != Premise::Chain {
        // Who is named first does not matter.
        let back = commute(&other, &one, &circumstances);
        assert_eq!(there.word(), back.word(), "{there:?} {back:?}");
    }
    match there {
        Verdict::Independent { notes } if notes.is_empty() => "independent".to_owned(),
        Verdict::Independent { .. } => "independent but for the order of columns".to_owned(),
        Verdict::Ordered {
            first, evidence, ..
        } => {
            let first = if first == PairSide::One {
                "first"
            } else {
                "second"
            };
            format!("{first}: the other {}", evidence[0].cause)
        }
        Verdict::Conflict { kind, .. } => match *kind {
            ConflictKind::NoOrder(_) => "no order".to_owned(),
            kind => kind.to_string(),
        },
        Verdict::Unknown { doubts } => format!("unknown: {}", doubts[0].reason),
    }
}

#[track_caller]
fn fork(one: &str, other: &str, expected: &str) {
    assert_eq!(verdict(one, other, POSTGRESQL, Premise::Fork), expected);
}

#[track_caller]
fn everywhere(one: &str, other: &str, expected: &str) {
    assert_eq!(verdict(one, other, ALL, Premise::Fork), expected);
}

#[track_caller]
fn strict(one: &str, other: &str, expected: &str) {
    assert_eq!(verdict(one, other, POSTGRESQL, Premise::Nothing), expected);
}

#[test]
fn tables_of_their_own_are_independent() {
    fork("+a +a.id", "+b +b.id", "independent");
    strict("+a +a.id", "+b +b.id", "independent");
    everywhere("+a +a.id", "+b +b.id +b&(id)>t.id", "independent");
    fork("", "-t", "independent");
    fork("t", "t", "independent");
}

#[test]
fn what_is_made_twice_conflicts() {
    fork("+a", "+a", "both create table a");
    fork("t +t.c", "t +t.c", "both create column t.c");
    fork("-t.c", "-t.c", "both remove column t.c");
    fork("t.c>d", "t +t.d", "both create column t.d");
    fork("t#ix(c)", "u#ix(c)", "both create index ix");
    fork("t>u", "+u", "both create table u");
    fork("t#u(c)", "+u", "index u and table u have one name");
    assert_eq!(
        verdict("t#ix(c)", "u#ix(c)", &[Dialect::MySql], Premise::Fork),
        "independent"
    );
    assert_eq!(
        verdict("+A", "+a", POSTGRESQL, Premise::Fork),
        "independent"
    );
    everywhere("+A", "+a", "both create table A");
}

#[test]
fn what_is_needed_comes_first() {
    fork(
        "+t +t.id",
        "+u +u&fk(t_id)>t.id",
        "first: the other needs table t",
    );
    fork("t#ix(c)", "t +t.c", "second: the other needs column t.c");
    fork("t=c", "t +t.c", "second: the other needs column t.c");
    fork("t=c", "-t.c", "first: the other removes column t.c");
    fork("t>u", "t +t.c", "second: the other removes table t");
    let chain = "unknown: which must come first depends on whether table b is there before both";
    fork("a>b", "b>c", chain);
    strict("a>b", "b>c", chain);
    fork("+t +u.t", "+u +t.u", "no order");
}

#[test]
fn a_constraint_of_unknown_name() {
    let some = "unknown: it removes a constraint of t whose name only the database tells";
    for other in [
        "+u",
        "t&fk(c)>u.id",
        "u&fk(t_id)>t.id",
        "?-t&",
        "t +t.c",
        "t.c>d",
        "t#ix(c)",
        "t=c",
    ] {
        fork("?-t&", other, some);
        strict("?-t&", other, some);
    }
    fork("?-t&", "+t", "second: the other needs table t");
    fork("?-t&", "-t", "first: the other removes table t");
    fork("?-t&", "t>v", "first: the other removes table t");
}

#[test]
fn what_is_removed_is_not_built_on() {
    fork(
        "-t",
        "t +t.c",
        "one removes table t, which the other builds on",
    );
    fork(
        "-t",
        "+u +u&fk(t_id)>t.id",
        "one removes table t, which the other builds on",
    );
    fork(
        "-t.c",
        "t.c!type",
        "one removes column t.c, which the other builds on",
    );
    fork(
        "-t.c",
        "t#ix(c)",
        "one removes column t.c, which the other builds on",
    );
    assert_eq!(
        verdict("t +t.c", "-t", POSTGRESQL, Premise::Chain),
        "first: the other removes table t"
    );
}

#[test]
fn columns_of_one_table() {
    fork(
        "t +t.a",
        "t +t.b",
        "independent but for the order of columns",
    );
    fork("t.a!type", "t.b!type", "independent");
    fork("t.a!type", "t.a!type", "both change the type of column t.a");
    fork("t.a!type", "t.a!null", "independent");
    fork("t.a!null", "t.a!default", "independent");
    fork("t.a!comment", "t.a!type", "independent");
    everywhere(
        "t.a!type",
        "t.a!null",
        "both change the nullability of column t.a",
    );
    fork(
        "t.a!type",
        "t.a!default",
        "unknown: table t: a default is cast when the type changes",
    );
    fork(
        "t.a!type",
        "t#ix(a)",
        "unknown: table t: one changes a column that the other uses",
    );
    fork("t.a!null", "t#ix(a)", "independent");
}

#[test]
fn rows_never_conflict() {
    fork("t=c", "+u", "independent");
    fork("+t t=c", "+u u=c", "independent");
    fork(
        "t=c",
        "t.c!null",
        "unknown: table t: rows are read or written, and a column changed",
    );
    fork("t=c", "t=c", "unknown: table t: both write rows");
    fork(
        "t=c",
        "u=c",
        "unknown: both write rows, which foreign keys and triggers may link",
    );
}

#[test]
fn what_is_not_understood_is_unknown() {
    fork("...", "+t", "unknown: not understood: raw SQL");
    fork("...", "", "independent");
    fork(
        "?+t",
        "+u",
        "unknown: whether it creates table t depends on a condition",
    );
    fork("~+t ?+t.c", "+u", "independent");
    fork(
        "~+t",
        "~+t",
        "unknown: both make table t where it is missing: the first to run says what it is",
    );
    fork("~+extension:x", "~+extension:x", "independent");
    fork("~+extension:x", "+t", "independent");
    strict(
        "~+extension:x",
        "+t",
        "unknown: what an extension brings may be used where it is not named",
    );
    fork(
        "s/t +s/t.c",
        "t +t.c",
        "unknown: t with a schema and t without one may be the same table",
    );
    fork(
        "public/t +public/t.c",
        "t +t.c",
        "both create column public.t.c",
    );
}

#[test]
fn dependencies_that_are_not_named() {
    strict(
        "-t",
        "-u",
        "unknown: what one removes may depend on what the other removes",
    );
    fork("-t", "-u", "independent");
    fork("-t", "-t#ix", "second: the other removes table t");
}

/// What one does to a table does not fit together, and yet it may run: nothing follows from its failing.
#[test]
fn what_should_fail_by_itself_is_not_promised() {
    let reason =
        "unknown: table t is used where it should not be there any more, or made where it is";
    fork("t.a>b", "~-t +u +u&fk(t_id)>t.id", reason);
    strict("t.a>b", "~-t +u +u&fk(t_id)>t.id", reason);
}

#[test]
fn a_table_keeps_its_inside_when_it_gets_a_new_name() {
    fork("t>u u +u.c", "t +t.c", "both create column u.c");
}

/// A trigger on a table: its name is the table's on PostgreSQL, the schema's elsewhere.
#[test]
fn names_of_triggers_and_statistics() {
    let makes = |kind, on: &str| {
        let object = SchemaObject::Other {
            kind,
            table: Some(table(on)),
            name: table("same"),
        };
        vec![Effect::always(Action::Create, object, TextRange::new(0, 5))]
    };
    let verdict = |kind, dialect| {
        let circumstances = Circumstances::fork(Dialects::of([dialect]));
        commute(&makes(kind, "a"), &makes(kind, "b"), &circumstances).word()
    };
    assert_eq!(verdict("trigger", Dialect::PostgreSql), "independent");
    assert_eq!(verdict("trigger", Dialect::Sqlite), "conflict");
    assert_eq!(verdict("statistics", Dialect::PostgreSql), "conflict");
    assert_eq!(verdict("policy", Dialect::PostgreSql), "independent");
}

/// What is in no table may be changed by both.
#[test]
fn both_change_an_object_of_no_table() {
    let alters = |object: SchemaObject| {
        vec![Effect::always(
            Action::Alter(Property::Comment),
            object,
            TextRange::new(0, 5),
        )]
    };
    let circumstances = Circumstances::fork(Dialects::of([Dialect::PostgreSql]));
    for object in [
        SchemaObject::View(table("v")),
        SchemaObject::Sequence(table("q")),
        SchemaObject::Schema("s".into()),
    ] {
        let (one, other) = (alters(object.clone()), alters(object));
        assert_eq!(commute(&one, &other, &circumstances).word(), "unknown");
    }
}

/// Values of an enum type stand in the order in which they were added.
#[test]
fn both_add_values_to_one_type() {
    let verdict = |one: &str, other: &str| {
        let circumstances = Circumstances::fork(Dialects::of([Dialect::PostgreSql]));
        commute(&effects(one), &effects(other), &circumstances).word()
    };
    assert_eq!(verdict("+e::a", "+e::b"), "unknown");
    assert_eq!(verdict("+e::a", "+f::b"), "independent");
}

/// SQLite looks at the whole schema before it renames or copies a table, a new one too.
#[test]
fn sqlite_copies_a_new_table_only_where_nothing_is_broken() {
    let mut copies = effects("+t +t.c");
    let object = SchemaObject::Table(table("t"));
    let range = TextRange::new(20, 25);
    copies.push(Effect::always(
        Action::Alter(Property::Other),
        object,
        range,
    ));
    let trigger = SchemaObject::Other {
        kind: "trigger",
        table: Some(table("u")),
        name: table("g"),
    };
    let makes = vec![Effect::always(
        Action::Create,
        trigger,
        TextRange::new(0, 5),
    )];
    let verdict = |dialect| {
        commute(
            &copies,
            &makes,
            &Circumstances::fork(Dialects::of([dialect])),
        )
        .word()
    };
    assert_eq!(verdict(Dialect::Sqlite), "unknown");
    assert_eq!(verdict(Dialect::PostgreSql), "independent");
}

/// A copy loses an index over an expression; which table an index is on is not said where it is dropped.
#[test]
fn a_copy_may_lose_an_index_that_is_dropped() {
    let copies = vec![Effect::always(
        Action::Alter(Property::Other),
        SchemaObject::Table(table("t")),
        TextRange::new(20, 25),
    )];
    let index = SchemaObject::Index {
        table: None,
        name: Some("ix".into()),
    };
    let drops = vec![Effect::always(Action::Drop, index, TextRange::new(0, 5))];
    let verdict = |dialect| {
        let circumstances = Circumstances::fork(Dialects::of([dialect]));
        commute(&copies, &drops, &circumstances).word()
    };
    assert_eq!(verdict(Dialect::Sqlite), "unknown");
    assert_eq!(verdict(Dialect::PostgreSql), "independent");
}

/// A view of the table that goes away would be in the way.
#[test]
fn sqlite_drops_a_column_only_where_nothing_is_broken() {
    let drop = |object| vec![Effect::always(Action::Drop, object, TextRange::new(0, 5))];
    let column = |of: &str| {
        drop(SchemaObject::Column {
            table: table(of),
            name: "c".into(),
        })
    };
    let verdict = |one: &[Effect], other: &[Effect], dialect| {
        commute(one, other, &Circumstances::fork(Dialects::of([dialect]))).word()
    };
    let gone = drop(SchemaObject::Table(table("t")));
    assert_eq!(verdict(&gone, &column("u"), Dialect::Sqlite), "unknown");
    assert_eq!(
        verdict(&gone, &column("u"), Dialect::PostgreSql),
        "independent"
    );
    assert_eq!(
        verdict(&column("t"), &column("u"), Dialect::Sqlite),
        "independent"
    );
}

/// `checkfirst` looks at the indexes of its own table, `IF NOT EXISTS` at every name in the schema.
#[test]
fn one_name_for_indexes_of_two_tables() {
    everywhere("t#ix(c)", "~u#jx(c)", "independent");
    let clash = "unknown: one makes index ix where it is missing, and the other gives that name to index ix";
    for premise in [Premise::Fork, Premise::Nothing] {
        assert_eq!(verdict("~t#ix(c)", "u#ix(c)", POSTGRESQL, premise), clash);
        assert_eq!(verdict("u#ix(c)", "~t#ix(c)", POSTGRESQL, premise), clash);
    }
    fork("~t#ix(c)", "t#ix(c)", "second: the other needs index ix");
}

/// That it ran beside the table does not mean that it made anything.
#[test]
fn what_is_made_where_its_name_is_free() {
    let taken = "unknown: what goes with what one removes may have the name under which the other makes something where it is missing";
    assert_eq!(verdict("-t", "~u#ix(c)", POSTGRESQL, Premise::Fork), taken);
    fork("-t", "u#ix(c)", "independent");
    fork("-t", "~u.c", "independent");
}

/// `SELECT setval('q', 10)` and a default of `nextval('q')` name the sequence; rows may be numbered by it.
#[test]
fn values_of_a_sequence() {
    let uses = |name: &str, at| {
        let sequence = SchemaObject::Sequence(table(name));
        vec![Effect::always(
            Action::Require,
            sequence,
            TextRange::new(at, at + 5),
        )]
    };
    let circumstances = Circumstances::fork(Dialects::of([Dialect::PostgreSql]));
    let verdict = |other: &[Effect]| commute(&uses("q", 0), other, &circumstances).word();
    assert_eq!(verdict(&uses("q", 10)), "unknown");
    assert_eq!(verdict(&uses("r", 10)), "independent");
    assert_eq!(verdict(&effects("t=c")), "unknown");
    assert_eq!(verdict(&effects("+t.c")), "independent");
}

/// `DROP INDEX` does not look at the table that `op.drop_index` names, which may have got another name since.
#[test]
fn a_dropped_index_may_be_on_another_table() {
    fork(
        "-t#ix",
        "-u.c",
        "unknown: the index may go with the table or column that is removed",
    );
    assert_eq!(
        verdict("-t#ix", "-u.c", &[Dialect::MySql], Premise::Fork),
        "independent"
    );
    fork("-t#ix", "+u.c", "independent");
}

/// An index or a sequence goes with the table that it belongs to, which is not said.
#[test]
fn what_is_used_may_go_with_a_table() {
    let index = SchemaObject::Index {
        table: None,
        name: Some("ix".into()),
    };
    for object in [index, SchemaObject::Sequence(table("q"))] {
        let uses = vec![Effect::always(
            Action::Require,
            object,
            TextRange::new(0, 5),
        )];
        let circumstances = Circumstances::fork(Dialects::of([Dialect::PostgreSql]));
        let verdict = |other: &str| commute(&uses, &effects(other), &circumstances).word();
        assert_eq!(verdict("-t"), "unknown");
        assert_eq!(verdict("+t"), "independent");
    }
}

/// A constraint that is validated may be on the column that the other removes, or be broken by its rows.
#[test]
fn a_constraint_that_is_used() {
    let object = SchemaObject::Constraint {
        table: table("t"),
        name: Some("ck".into()),
        kind: ConstraintKind::Unknown,
    };
    let uses = vec![Effect::always(
        Action::Require,
        object,
        TextRange::new(0, 5),
    )];
    let circumstances = Circumstances::fork(Dialects::of([Dialect::PostgreSql]));
    let verdict = |other: &str| commute(&uses, &effects(other), &circumstances).word();
    assert_eq!(verdict("-t.c"), "unknown");
    assert_eq!(verdict("t=c"), "unknown");
    assert_eq!(verdict("+t.c"), "independent");
    assert_eq!(verdict("-u.c"), "independent");
}

/// What is told at a glance is what the comparison of all prints tells.
#[test]
fn a_glance_overlooks_nothing() {
    let mut passed_over = 0;
    let migrations = [
        "+a +a.id",
        "-t",
        "+t.c",
        "-t.c",
        "t.c!type",
        "t!comment",
        "t#ix(c)",
        "~u#ix(c)",
        "-t#ix",
        "t=c",
        "u=d",
        "-u.c",
        "t&fk(c)>u.id",
        "-t&",
        "t>w",
        "t.c>d",
        "+view:v t",
        "+type:k",
        "+k::x",
        "...",
        "?+t.c",
        "+extension:e",
    ];
    for dialect in ALL {
        for premise in [Premise::Nothing, Premise::Fork, Premise::Chain] {
            for (one, other) in migrations
                .iter()
                .flat_map(|one| migrations.iter().map(move |other| (one, other)))
            {
                let (this, that) = (effects(one), effects(other));
                let of = |effects| super::Summary::of(effects, Dialects::of([*dialect]));
                let mut findings = super::Findings::default();
                findings.dialect = *dialect;
                let (this, that) = (of(&this), of(&that));
                for (one, other) in this.prints.iter().zip(&that.prints) {
                    super::compare(one, other, premise, &mut findings);
                }
                passed_over += usize::from(!this.glance.may_matter(&that.glance));
                let whole = findings.verdict(premise);
                assert_eq!(this.against(&that, premise), whole, "{one} and {other}");
            }
        }
    }
    assert!(passed_over > 100, "{passed_over} pairs cost one look");
}
