//! Directives about columns.

use crate::testing::{check, check_file};

#[test]
fn add_column() {
    check(
        "op.add_column('t', sa.Column('x', sa.Integer()))",
        &["require table t", "create column t.x"],
    );
    check(
        "op.add_column(table_name='t', column=sa.Column('x', sa.Integer(), sa.ForeignKey('o.id')), schema='s')",
        &[
            "require table s.t",
            "require table o",
            "require column o.id",
            "create column s.t.x",
            "create foreign key to o on s.t",
        ],
    );
    check(
        "op.add_column('t', sa.Column('x', sa.Integer(), unique=True, index=True), if_not_exists=True)",
        &[
            "conditional require table t",
            "if needed, create column t.x",
            "conditional create index ix_t_x",
        ],
    );
    check(
        "op.add_column('t', sa.Column('x', sa.Integer(), unique=True))",
        &[
            "require table t",
            "create column t.x",
            "create unique constraint on t",
        ],
    );
    check(
        "op.add_column('t', make())",
        &[
            "opaque: call of `make`, which is not defined here",
            "require table t",
            "opaque: a part of a table is the result of a call of `make`, which is not defined here",
        ],
    );
    check(
        "op.add_column('t', sa.Column('x', project.types.GUID()))",
        &["require table t", "create column t.x"],
    );
}

#[test]
fn alter_column() {
    check(
        "op.alter_column('t', 'c', nullable=False, server_default=None, type_=sa.Text(), comment='x', existing_type=sa.String())",
        &[
            "alter nullability of column t.c",
            "alter server default of column t.c",
            "alter type of column t.c",
            "alter comment of column t.c",
        ],
    );
    check(
        "op.alter_column(table_name='t', column_name='c', new_column_name='d', schema='s')",
        &["rename column s.t.c to d"],
    );
    check(
        "op.alter_column('t', 'c', name='d')",
        &["rename column t.c to d"],
    );
    check(
        "op.alter_column('t', 'c', autoincrement=True)",
        &[
            "alter definition of table t [mysql]",
            "alter definition of column t.c",
        ],
    );
    check(
        "op.alter_column('t', 'c', True)",
        &["alter nullability of column t.c"],
    );
    check(
        "op.alter_column('t', 'c', type=sa.Text())",
        &["alter type of column t.c"],
    );
    check(
        "op.alter_column('t', 'c', existing_type=sa.Text())",
        &["require column t.c"],
    );
    check(
        "op.alter_column('t', 'c', server_default=sa.text(\"nextval('s.q')\"))",
        &["require sequence s.q", "alter server default of column t.c"],
    );
    check(
        "op.alter_column('t', 'c', type_=sa.Integer(), postgresql_using='c::integer')",
        &["conditional require column t.c", "alter type of column t.c"],
    );
}

#[test]
fn drop_column() {
    check("op.drop_column('t', 'c')", &["drop column t.c"]);
    check(
        "op.drop_column(table_name='t', column_name='c', schema='s')",
        &["drop column s.t.c"],
    );
    check("op.drop_column('t', sa.Column('c'))", &["drop column t.c"]);
    check(
        "op.drop_column('t', 'c', if_exists=True)",
        &["if needed, drop column t.c"],
    );
}

#[test]
fn types_that_bring_a_check() {
    check(
        "op.add_column('t', sa.Column('a', sa.Enum('x', name='kind', native_enum=False, create_constraint=True)))",
        &[
            "require table t",
            "create column t.a",
            "create constraint kind on t",
        ],
    );
    check(
        "op.create_table('t', sa.Column('a', sa.Boolean(create_constraint=True)), sa.Column('b', sa.Boolean()))",
        &[
            "create table t",
            "create column t.a",
            "create column t.b",
            "create check constraint on t [sqlite, mysql, mssql, oracle]",
        ],
    );
    check(
        "op.alter_column('t', 'a', type_=sa.Text(), existing_type=sa.Enum('x', name='kind', native_enum=False, create_constraint=True))",
        &["drop constraint kind on t", "alter type of column t.a"],
    );
    // A type of the project's own may bring any.
    check_file(
        "from sqlalchemy.types import SchemaType, TypeDecorator
class Kind(TypeDecorator, SchemaType):
    impl = sa.SmallInteger
def upgrade():
    op.add_column('t', sa.Column('a', Kind(Other)))
    op.add_column('t', sa.Column('b', Kind))
",
        &[
            "require table t",
            "create column t.a",
            "conditional create check constraint on t",
            "require table t",
            "create column t.b",
            "conditional create check constraint on t",
        ],
    );
}
