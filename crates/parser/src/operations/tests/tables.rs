//! Directives about whole tables, in positional and keyword form.

use crate::testing::check;

#[test]
fn create_table() {
    check(
        "op.create_table('users',
    sa.Column('id', sa.Integer(), primary_key=True),
    sa.Column('email', sa.String(80), nullable=False, unique=True),
    sa.Column('team_id', sa.Integer(), sa.ForeignKey('teams.id', name='fk_team'), index=True),
)",
        &[
            "require table teams",
            "require column teams.id",
            "create table users",
            "create column users.id",
            "create column users.email",
            "create column users.team_id",
            "create primary key on users",
            "create constraint fk_team on users",
            "create unique constraint on users",
            "create index ix_users_team_id",
        ],
    );
}

#[test]
fn create_table_with_constraints() {
    check(
        "op.create_table('a',
    sa.Column('x', sa.Integer()), sa.Column('y', sa.Integer()), sa.Column('up', sa.Integer()),
    sa.PrimaryKeyConstraint('x', name=op.f('pk_a')),
    sa.UniqueConstraint('x', 'y', name='uq_a'),
    sa.CheckConstraint('x > 0', name='ck_a'),
    sa.ForeignKeyConstraint(['x', 'y'], ['s.b.x', 's.b.y'], name='fk_b', ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['up'], ['a.x']),
    sa.Index('ix_a', 'x'),
    sa.ForeignKeyConstraint(['x'], ['later.x'], use_alter=True),
    schema='t')",
        &[
            "require table s.b",
            "require column s.b.x",
            "require column s.b.y",
            // Without a schema, the target is in the default one.
            "require table a",
            "require column a.x",
            "create table t.a",
            "create column t.a.x",
            "create column t.a.y",
            "create column t.a.up",
            "create constraint pk_a on t.a",
            "create constraint uq_a on t.a",
            "create constraint ck_a on t.a",
            "create constraint fk_b on t.a",
            "create foreign key to a on t.a",
            "create index ix_a",
        ],
    );
    check(
        "op.create_table(sa.Column('id'), name='n')",
        &["opaque: table_name of op.create_table is not known"],
    );
}

#[test]
fn create_table_other_forms() {
    check(
        "op.create_table('n', *[sa.Column('id', MyType(3), index=True)], if_not_exists=True, mysql_engine='InnoDB')",
        &[
            "if needed, create table n",
            "conditional create column n.id",
            "create index ix_n_id",
        ],
    );
    check(
        "op.create_table('c', sa.Column(name='x', type_=sa.Integer), sa.Column('y'), postgresql_inherits='p')",
        &[
            "require table p",
            "create table c",
            "create column c.x",
            "create column c.y",
        ],
    );
    check("op.create_table(table_name='t')", &["create table t"]);
    check(
        "op.create_table('t', *columns)",
        &[
            "create table t",
            "opaque: the columns of op.create_table are not all known",
        ],
    );
    check(
        "op.create_table('t', sa.Column('s', sa.Integer, server_default=sa.text(\"nextval('q'::regclass)\")))",
        &["require sequence q", "create table t", "create column t.s"],
    );
    check(
        "op.create_table(build_name())",
        &[
            "opaque: call of `build_name`, which is not defined here",
            "opaque: table_name of op.create_table is not known",
        ],
    );
    check(
        "op.create_table('t', sa.Column('x', sa.Integer(), helper()))",
        &[
            "create table t",
            "opaque: a part of column x is the result of a call of `helper`, which is not defined here",
        ],
    );
}

#[test]
fn tables() {
    check("op.drop_table('a')", &["drop table a"]);
    check(
        "op.drop_table(table_name='a', schema='s', if_exists=True)",
        &["if needed, drop table s.a"],
    );
    check("op.drop_table(name='a')", &["drop table a"]);
    check(
        "op.rename_table('a', 'b', schema='s')",
        &["rename table s.a to b"],
    );
    check(
        "op.rename_table(old_table_name='a', new_table_name='b')",
        &["rename table a to b"],
    );
    check(
        "op.create_table_comment('a', 'words')",
        &["alter comment of table a"],
    );
    check(
        "op.drop_table_comment('a', schema='s')",
        &["alter comment of table s.a"],
    );
    check(
        "op.drop_table('a', schema=config_schema())",
        &[
            "opaque: call of `config_schema`, which is not defined here",
            "opaque: schema of op.drop_table is not known",
        ],
    );
    check(
        "op.drop_table('a', **options())",
        &[
            "opaque: call of `options`, which is not defined here",
            "opaque: the arguments of op.drop_table are not known",
        ],
    );
}

#[test]
fn bulk_insert() {
    check(
        "t = sa.table('t', sa.column('a'), schema='s')
op.bulk_insert(t, [{'a': 1, 'b': compute}])",
        &[
            "require column s.t.a",
            "require column s.t.b",
            "write rows of table s.t",
        ],
    );
    check("op.bulk_insert(sa.table('t'), [])", &[]);
    check(
        "op.bulk_insert(op.create_table('t', sa.Column('a')), rows=[{'a': 1}])",
        &[
            "create table t",
            "create column t.a",
            "require column t.a",
            "write rows of table t",
        ],
    );
    check(
        "op.bulk_insert(sa.table('t'), [{'a': x} for x in unknown])",
        &["conditional write rows of table t"],
    );
}
