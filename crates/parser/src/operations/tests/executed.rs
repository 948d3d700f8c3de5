//! What is executed on a connection: raw SQL, DDL, Core statements, operations as objects.

use crate::testing::{check, check_file};

/// What is set and set back changes nothing for others.
#[test]
fn settings_of_the_session() {
    let stays = "opaque: SQL SET FOREIGN_KEY_CHECKS, which stays so for what runs later [mysql]";
    let off = "op.execute('SET FOREIGN_KEY_CHECKS=0')\nop.drop_table('t')";
    check(off, &[stays, "drop table t"]);
    for back in ["1", "ON", "@OLD_CHECKS", "DEFAULT"] {
        check(
            &format!("{off}\nop.execute('SET SESSION foreign_key_checks = {back}')"),
            &["drop table t"],
        );
    }
    check(
        &format!("{off}\nif given:\n    op.execute('SET FOREIGN_KEY_CHECKS=1')"),
        &[stays, "drop table t"],
    );
    check("op.execute('SET FOREIGN_KEY_CHECKS=1')", &[]);
}

#[test]
fn raw_sql() {
    check(
        "op.execute('UPDATE t SET a = 1')",
        &["require column t.a", "write rows of table t"],
    );
    check(
        "op.execute(sa.text('x').bindparams(a=1))",
        &["opaque: SQL X"],
    );
    check(
        "bind = op.get_bind()\nbind.execute(sa.text('x'), {'a': 1}).fetchall()",
        &["opaque: SQL X"],
    );
    check("op.get_bind().exec_driver_sql('x')", &["opaque: SQL X"]);
    check("op.execute(sqltext=f'x {given}')", &["opaque: SQL X"]);
    check(
        "op.execute(imported)",
        &["opaque: SQL that is not known: `imported`, which is not defined here"],
    );
    check("op.execute('')", &[]);
    check(
        "orm.Session(bind=op.get_bind()).execute('x')",
        &["opaque: SQL X"],
    );
}

#[test]
fn ddl_objects() {
    check(
        "op.execute(sa.schema.CreateSequence(sa.Sequence('q', schema='s')))",
        &["create sequence s.q"],
    );
    check(
        "op.execute(sa.schema.CreateSchema('s', if_not_exists=True))",
        &["if needed, create schema s"],
    );
    check(
        "op.execute(sa.schema.DropSequence(sa.Sequence('q')))",
        &["drop sequence q"],
    );
    check(
        "sa.Sequence('q').create(op.get_bind(), checkfirst=False)",
        &["create sequence q"],
    );
    check(
        "t = sa.Table('t', sa.MetaData(schema='s'), sa.Column('a', sa.Integer()))
t.create(op.get_bind())
sa.Index('ix', t.c.a).create(op.get_bind())
t.drop(op.get_bind(), checkfirst=True)",
        &[
            "create table s.t",
            "create column s.t.a",
            "require table s.t",
            "require column s.t.a",
            "create index ix",
            "if needed, drop table s.t",
        ],
    );
    check(
        "sa.MetaData().create_all(op.get_bind())",
        &["opaque: call of `.create_all` of MetaData"],
    );
    check(
        "sa.Table('t', sa.MetaData(), autoload_with=op.get_bind())",
        &["require table t"],
    );
}

#[test]
fn core_statements() {
    check(
        "t = sa.table('t', sa.column('id'), sa.column('a'))
bind = op.get_bind()
bind.execute(t.update().where(t.c.id == 1).values(a=sa.func.lower(t.c.a)))
op.execute(t.insert().values({'a': 1}))
op.execute(sa.delete(t))
rows = bind.execute(sa.select(t.c.id).where(t.c.a.in_([1, 2]))).fetchall()
for row in rows:
    bind.execute(t.update().where(t.c.id == row.id).values(a=row[0]))",
        &[
            "require column t.a",
            "require column t.id",
            "write rows of table t",
            "require column t.a",
            "write rows of table t",
            "write rows of table t",
            "read rows of table t",
            "require column t.a",
            "require column t.id",
            "conditional require column t.a",
            "conditional require column t.id",
            "conditional write rows of table t",
        ],
    );
    check(
        "a = sa.table('a', sa.column('x'))
b = sa.table('b', sa.column('y'))
op.execute(a.insert().from_select(['x'], sa.select(b.c.y)))",
        &[
            "read rows of table b",
            "require column b.y",
            "write rows of table a",
        ],
    );
    check(
        "t = sa.table('t')\nop.execute(t.insert().values(x=helper.value))",
        &[
            "require column t.x",
            "write rows of table t",
            "opaque: a statement with `helper`, which is not defined here",
        ],
    );
    check(
        "op.get_bind().execute(sa.select(sa.func.setval('q', 3)))",
        &["require sequence q"],
    );
    check(
        "op.get_bind().execute(sa.select(sa.text('* from t')))",
        &["opaque: raw SQL within a statement"],
    );
}

#[test]
fn no_effect() {
    check(
        "op.get_bind()
op.get_context()
op.f('x')
op.inline_literal('x')
print('hello', op)
pass",
        &[],
    );
    check(
        "op.create_something(x)",
        &["opaque: custom directive op.create_something"],
    );
}

#[test]
fn operations_as_objects() {
    check(
        "from alembic.operations import ops
op.invoke(ops.CreateTableOp('t', [sa.Column('a', sa.Integer())]))
op.invoke(ops.AddColumnOp('t', sa.Column('b', sa.Integer()), schema='s'))
op.invoke(ops.AlterColumnOp('t', 'a', modify_type=sa.Text(), modify_nullable=False))
op.invoke(ops.DropConstraintOp('uq', 't', type_='unique'))
op.invoke(ops.ExecuteSQLOp('DROP TABLE old'))",
        &[
            "create table t",
            "create column t.a",
            "require table s.t",
            "create column s.t.b",
            "alter nullability of column t.a",
            "alter type of column t.a",
            "drop constraint uq on t",
            "drop table old",
        ],
    );
    check(
        "op.invoke(x)",
        &["opaque: op.invoke of an operation that is not known"],
    );
    // The order of further arguments is not that of the directive.
    check(
        "from alembic.operations import ops\nop.invoke(ops.CreateTableCommentOp('t', 'words', 'schema'))",
        &["opaque: op.invoke of an operation that is not known"],
    );
    check(
        "from alembic.operations import ops\nop.invoke(ops.ModifyTableOps('t', []))",
        &[
            "opaque: call of alembic.operations.ops.ModifyTableOps",
            "opaque: op.invoke of an operation that is not known",
        ],
    );
}

#[test]
fn coroutines() {
    check_file(
        "async def rows(connection, table):
    await connection.execute(sa.text(f'DELETE FROM {table}'))
    await more(connection)
async def more(connection):
    await connection.run_sync(lambda bind: op.drop_table('old'))
def upgrade():
    op.run_async(rows, 't')
",
        &["write rows of table t", "drop table old"],
    );
    check_file(
        "async def rows(connection):
    await connection.stream_rows()
    await elsewhere(connection)
def upgrade():
    op.run_async(rows)
    op.run_async(imported)
",
        &[
            "opaque: call of `.stream_rows` of a connection",
            "opaque: call of `elsewhere`, which is not defined here",
            "opaque: an awaited call",
            "opaque: call of op.run_async",
        ],
    );
}
