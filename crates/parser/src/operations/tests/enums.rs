//! Enum types, and the directives of `alembic_postgresql_enum`.

use crate::testing::{check, check_file};

#[test]
fn enum_types() {
    check(
        "op.create_table('t', sa.Column('a', sa.Enum('x', name='e')), sa.Column('b', postgresql.ARRAY(sa.Enum('x', name='e'))))",
        &[
            "create type e",
            "require type e",
            "create table t",
            "create column t.a",
            "create column t.b",
        ],
    );
    check(
        "op.create_table('t', sa.Column('a', postgresql.ENUM('x', name='e', create_type=False)))",
        &["require type e", "create table t", "create column t.a"],
    );
    check(
        "op.create_table('t', sa.Column('a', sa.Enum('x', name='e', create_type=False)), sa.Column('b', sa.Enum('x', name='n', native_enum=False)), sa.Column('c', mysql.ENUM('x', name='m')))",
        &[
            "conditional create type e",
            "create table t",
            "create column t.a",
            "create column t.b",
            "create column t.c",
        ],
    );
    check(
        "op.add_column('t', sa.Column('a', sa.Enum('x', name='e', schema='s')))",
        &["require table t", "require type s.e", "create column t.a"],
    );
    check(
        "e = sa.Enum('x', name='e')
e.create(op.get_bind())
postgresql.ENUM('x', name='f').create(op.get_bind())
op.alter_column('t', 'c', type_=e)
e.drop(op.get_bind(), checkfirst=True)",
        &[
            "create type e",
            "if needed, create type f",
            "require type e",
            "alter type of column t.c",
            "if needed, drop type e",
        ],
    );
    check_file(
        "class Status(enum.Enum):
    A = 'a'
def upgrade():
    op.add_column('t', sa.Column('a', sa.Enum(Status)))
",
        &[
            "require table t",
            "require type status",
            "create column t.a",
        ],
    );
}

#[test]
fn enum_values_of_alembic_postgresql_enum() {
    // A table without a schema of its own is in that of the type.
    check(
        "op.sync_enum_values('s', 'e', ['a'], [('t', 'c')], enum_values_to_rename=[])",
        &[
            "rename type s.e to e_old [postgresql]",
            "create type s.e [postgresql]",
            "require table s.t [postgresql]",
            "alter type of column s.t.c [postgresql]",
            "conditional alter server default of column s.t.c [postgresql]",
            "drop type s.e_old [postgresql]",
        ],
    );
    check(
        "from alembic_postgresql_enum import TableReference
from alembic_postgresql_enum.sql_commands.indexes import TableIndex
op.sync_enum_values(enum_schema='public', enum_name='e', new_values=['a'],
    affected_columns=[TableReference(table_schema='s', table_name='t', column_name='c')],
    indexes_to_recreate=[TableIndex(name='ix', definition='CREATE INDEX ix ON s.t (c)')])",
        &[
            "rename type public.e to e_old [postgresql]",
            "create type public.e [postgresql]",
            "require table s.t [postgresql]",
            "alter type of column s.t.c [postgresql]",
            "conditional alter server default of column s.t.c [postgresql]",
            "drop type public.e_old [postgresql]",
            "drop index ix [postgresql]",
            "require table s.t",
            "require column s.t.c",
            "create index ix",
        ],
    );
    check(
        "op.sync_enum_values('s', 'e', ['a'], columns_of('e'))",
        &[
            "opaque: call of `columns_of`, which is not defined here",
            "opaque: affected_columns of op.sync_enum_values is not known [postgresql]",
        ],
    );
    check(
        "op.add_enum_value(enum_schema='public', enum_name='e', new_value='b', before_value='a')",
        &[
            "require type public.e [postgresql]",
            "conditional require value 'a' of type public.e [postgresql]",
            "create value 'b' of type public.e [postgresql]",
        ],
    );
}
