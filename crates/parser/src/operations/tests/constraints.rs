//! Directives about indexes and constraints.

use crate::testing::check;

#[test]
fn indexes() {
    check(
        "op.create_index(op.f('ix'), 't', ['a', 'b'], unique=True)",
        &[
            "require table t",
            "require column t.a",
            "require column t.b",
            "create index ix",
        ],
    );
    check(
        "op.create_index('ix', tablename='t', columns=['a'])",
        &["require table t", "require column t.a", "create index ix"],
    );
    check(
        "op.create_index(None, 't', [sa.text('lower(a)'), sa.func.upper(sa.column('b'))], postgresql_where=sa.text(\"c = 'x'\"))",
        &[
            "require table t",
            "conditional require column t.a",
            "conditional require column t.b",
            "conditional require column t.c",
            "create an index on t",
        ],
    );
    check(
        "op.create_index(None, 't', ['a'], schema='s')",
        &[
            "require table s.t",
            "require column s.t.a",
            "create index ix_s_t_a",
        ],
    );
    check("op.drop_index('ix')", &["drop index ix"]);
    check(
        "op.drop_index('ix', 't', if_exists=True)",
        &["if needed, drop index ix"],
    );
    check(
        "op.drop_index(name='ix', tablename='t')",
        &["drop index ix"],
    );
}

#[test]
fn constraints() {
    check(
        "op.create_foreign_key('fk', 'a', 'b', ['x'], ['y'], source_schema='s', referent_schema='r')",
        &[
            "require table s.a",
            "require column s.a.x",
            "require table r.b",
            "require column r.b.y",
            "create constraint fk on s.a",
        ],
    );
    check(
        "op.create_foreign_key(name='fk', source='a', referent='b', local_cols=['x'], remote_cols=['y'])",
        &[
            "require table a",
            "require column a.x",
            "require table b",
            "require column b.y",
            "create constraint fk on a",
        ],
    );
    check(
        "op.create_unique_constraint(None, 't', ['a'])",
        &[
            "require table t",
            "require column t.a",
            "create unique constraint on t",
        ],
    );
    check(
        "op.create_unique_constraint(name='uq', source='t', local_cols=['a'])",
        &[
            "require table t",
            "require column t.a",
            "create constraint uq on t",
        ],
    );
    check(
        "op.create_check_constraint('ck', 't', \"a > 0 AND b <> 'x'\")",
        &[
            "require table t",
            "conditional require column t.a",
            "conditional require column t.b",
            "create constraint ck on t",
        ],
    );
    check(
        "op.create_primary_key('pk', table_name='t', cols=['a'])",
        &[
            "require table t",
            "require column t.a",
            "create constraint pk on t",
        ],
    );
    check(
        "op.create_exclude_constraint('ex', 't', (sa.column('a'), '='), ('b', '&&'), where=sa.text('c'))",
        &[
            "require table t",
            "conditional require column t.a",
            "conditional require column t.b",
            "conditional require column t.c",
            "create constraint ex on t",
        ],
    );
    check(
        "op.drop_constraint('fk', 't', type_='foreignkey')",
        &["drop constraint fk on t"],
    );
    check(
        "op.drop_constraint(name='uq', tablename='t', type='unique', schema='s')",
        &["drop constraint uq on s.t"],
    );
    check(
        "op.drop_constraint(None, 't')",
        &["opaque: constraint_name of op.drop_constraint is not known"],
    );
}
