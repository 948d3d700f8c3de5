//! What each directive does, in positional, keyword and legacy form.

use crate::testing::{check, check_file};

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
            "alter definition of table s.t",
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

/// Each former name of an argument means what the present one does.
#[test]
fn legacy_names_of_arguments() {
    let examples = [
        ("create_table", "name='t'"),
        ("drop_table", "name='t'"),
        (
            "alter_column",
            "table_name='t', column_name='c', name='d', type=sa.Text()",
        ),
        ("create_index", "name='ix', tablename='t', columns=['c']"),
        ("drop_index", "name='ix', tablename='t'"),
        (
            "create_foreign_key",
            "name='fk', source='t', referent='u', local_cols=['c'], remote_cols=['id']",
        ),
        (
            "create_unique_constraint",
            "name='uq', source='t', local_cols=['c']",
        ),
        (
            "create_check_constraint",
            "name='ck', source='t', condition='c > 0'",
        ),
        (
            "create_primary_key",
            "name='pk', table_name='t', cols=['c']",
        ),
        ("create_exclude_constraint", "name='ex', table_name='t'"),
        ("drop_constraint", "name='uq', tablename='t', type='unique'"),
        ("execute", "sql='DROP TABLE t'"),
    ];
    let texts = |source: String| -> Vec<String> {
        let source = format!(
            "import sqlalchemy as sa\nfrom alembic import op\ndef upgrade():\n    op.{source}\n"
        );
        let effects = crate::effects::upgrade_effects(&source);
        effects.iter().map(crate::testing::shown).collect()
    };
    for directive in super::DIRECTIVES {
        let Some((_, arguments)) = examples.iter().find(|(name, _)| *name == directive.name) else {
            assert!(directive.legacy.is_empty(), "{}", directive.name);
            continue;
        };
        let mut present = format!(" {arguments}");
        for (old, new) in directive.legacy {
            assert!(
                present.contains(&format!(" {old}=")),
                "{} {old}",
                directive.name
            );
            present = present.replace(&format!(" {old}="), &format!(" {new}="));
        }
        let (former, present) = (
            texts(format!("{}({arguments})", directive.name)),
            texts(format!("{}({present})", directive.name)),
        );
        assert_eq!(former, present, "{}", directive.name);
        assert!(
            !former.is_empty() && !former[0].starts_with("opaque"),
            "{former:?}"
        );
    }
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
fn orm_sessions() {
    let models = "Base = orm.declarative_base()
class User(Base):
    __tablename__ = 'users'
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.Text)
def upgrade():
    session = orm.Session(bind=op.get_bind())
";
    check_file(
        &format!(
            "{models}    for user in session.query(User).filter(User.name == 'x'):\n        user.name = 'y'\n    session.commit()\n"
        ),
        &[
            "conditional write rows of table users",
            "read rows of table users",
            "require column users.name",
        ],
    );
    check_file(
        &format!("{models}    session.add(User(name='x'))\n"),
        &["write rows of table users"],
    );
    check_file(
        &format!("{models}    session.query(User).update({{'name': 'x'}})\n"),
        &[
            "conditional write rows of table users",
            "read rows of table users",
            "require column users.name",
            "write rows of table users",
        ],
    );
    check(
        "from app.models import User\norm.Session(bind=op.get_bind()).query(User).all()",
        &["opaque: a statement with app.models.User"],
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
    check("op.invoke(x)", &["opaque: custom directive op.invoke"]);
    check(
        "op.create_something(x)",
        &["opaque: custom directive op.create_something"],
    );
    check(
        "op.run_async(x)",
        &["opaque: custom directive op.run_async"],
    );
}
