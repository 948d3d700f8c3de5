//! Blocks of `op.batch_alter_table`.

use crate::testing::check;

#[test]
fn batch_runs_at_the_end_of_the_block() {
    check(
        "with op.batch_alter_table('t', schema='s', recreate='always') as b:
    b.add_column(sa.Column('a', sa.Integer()), insert_after='x')
    b.alter_column('c', nullable=False)
    b.alter_column('d', name='e')
    b.drop_column('f')
    b.create_index(b.f('ix'), ['a'])
    b.drop_index('old')
    b.create_foreign_key('fk', 'o', ['a'], ['id'])
    b.create_unique_constraint('uq', ['a'])
    b.create_check_constraint('ck', sa.column('a') > 0)
    b.create_primary_key('pk', ['a'])
    b.drop_constraint('un', type_='unique')
    b.create_table_comment('x')
    op.drop_table('first')",
        &[
            "drop table first",
            "anything, alter definition of table s.t [postgresql, mysql, mssql, oracle]",
            "alter definition of table s.t [sqlite]",
            "require table s.t",
            "create column s.t.a",
            "alter nullability of column s.t.c",
            "rename column s.t.d to e",
            "drop column s.t.f",
            "require table s.t",
            "require column s.t.a",
            "create index ix",
            "drop index old",
            "require table s.t",
            "require column s.t.a",
            "require table o",
            "require column o.id",
            "create constraint fk on s.t",
            "require table s.t",
            "require column s.t.a",
            "create constraint uq on s.t",
            "require table s.t",
            "conditional require column s.t.a",
            "create constraint ck on s.t",
            "require table s.t",
            "require column s.t.a",
            "create constraint pk on s.t",
            "drop constraint un on s.t",
            "alter comment of table s.t",
        ],
    );
}

#[test]
fn batch_other_forms() {
    check(
        "with op.batch_alter_table('t') as b:
    b.create_foreign_key(name='fk', referent='o', local_cols=['a'], remote_cols=['id'])
    b.execute('UPDATE t SET a = 1')",
        &[
            "require column t.a",
            "write rows of table t",
            "alter definition of table t [sqlite]",
            "require table t",
            "require column t.a",
            "require table o",
            "require column o.id",
            "create constraint fk on t",
        ],
    );
    check(
        "with op.batch_alter_table('t') as a, op.batch_alter_table('u') as b:
    a.drop_column('x')
    b.drop_column('y')",
        &[
            "alter definition of table u [sqlite]",
            "drop column u.y",
            "alter definition of table t [sqlite]",
            "drop column t.x",
        ],
    );
    check(
        "with op.batch_alter_table(name()) as b:\n    b.drop_column('x')",
        &[
            "opaque: call of `name`, which is not defined here",
            "opaque: table_name of op.batch_alter_table is not known",
        ],
    );
    check(
        "with op.batch_alter_table('t') as b:\n    b.frobnicate()",
        &["opaque: custom batch directive frobnicate"],
    );
}
