//! Shapes of real migrations, from source to effects.

use crate::testing::{check, check_file, check_module};

#[test]
fn several_databases_through_globals() {
    for dispatch in [
        "globals()['upgrade_%s' % engine_name]()",
        "globals()[f'upgrade_{engine_name}']()",
        "globals()['upgrade_' + engine_name]()",
    ] {
        check_file(
            &format!(
                "def upgrade(engine_name):\n    {dispatch}\ndef upgrade_a():\n    op.drop_table('x')\ndef upgrade_b():\n    op.drop_table('y')\n"
            ),
            &["drop table x", "drop table y"],
        );
    }
}

#[test]
fn op_handed_in() {
    check_module(
        "def upgrade(op=None):\n    op.drop_table('a')\n",
        &["drop table a"],
    );
    check_file(
        "def add(operations, table):\n    operations.drop_table(table)\ndef upgrade():\n    add(op, 'a')\n",
        &["drop table a"],
    );
}

#[test]
fn decorated() {
    check_file(
        "import functools\ndef logged(f):\n    @functools.wraps(f)\n    def inner(*a, **k):\n        print('x')\n        return f(*a, **k)\n    return inner\n@logged\ndef upgrade():\n    op.drop_table('a')\n",
        &["drop table a"],
    );
}

#[test]
fn driven_by_dicts() {
    check(
        "for table, columns in {'a': ['x', 'y'], 'b': ['z']}.items():\n    for column in columns:\n        op.drop_column(table, column)",
        &["drop column a.x", "drop column a.y", "drop column b.z"],
    );
}

#[test]
fn sql_put_together() {
    let drops = &["drop table a"];
    check("op.execute('DROP TABLE {}'.format('a'))", drops);
    check("op.execute('DROP TABLE {t}'.format(t='a'))", drops);
    check("op.execute('DROP TABLE %s' % 'a')", drops);
    check("t = 'a'\nop.execute(f'DROP TABLE {t}')", drops);
    check("op.execute('DROP ' + 'TABLE a')", drops);
    check("op.execute(' '.join(['DROP', 'TABLE', 'a']))", drops);
    // What is a value is not needed.
    let writes = &[
        "require column a.x",
        "require column a.id",
        "write rows of table a",
    ];
    check(
        "row = op.get_bind().execute(given).first()\nop.execute(f'UPDATE a SET x = {row.x} WHERE id = {row[0]}')",
        &[
            "opaque: SQL that is not known: `given`, which is not defined here",
            writes[0],
            writes[1],
            writes[2],
        ],
    );
    // A clause is.
    check(
        "import os\nop.execute('UPDATE a SET x = 1 ' + os.environ['W'])",
        &[
            "anything, alter definition of table a",
            "opaque: SQL with a part that is not known",
        ],
    );
    check(
        "import os\nop.execute('DROP TABLE \"%s\"' % os.environ['T'])",
        &["opaque: SQL with a table that is not known"],
    );
}

#[test]
fn dialects() {
    check(
        "bind = op.get_bind()\nif bind.dialect.name != 'postgresql':\n    return\nop.drop_table('a')",
        &["drop table a [postgresql]"],
    );
    check(
        "if op.get_context().dialect.name in ('mysql', 'mariadb'):\n    op.drop_table('a')\nop.drop_table('b')",
        &["drop table a [mysql]", "drop table b"],
    );
    // MariaDB counts as MySQL.
    check(
        "if op.get_bind().dialect.name == 'mysql':\n    op.drop_table('a')",
        &["conditional drop table a [mysql]"],
    );
    check(
        "names = {'sqlite': 'a', 'postgresql': 'b'}\nop.drop_table(names.get(op.get_bind().dialect.name, 'c'))",
        &[
            "drop table b [postgresql]",
            "drop table a [sqlite]",
            "drop table c [mysql, mssql, oracle]",
        ],
    );
    check(
        "inspector = sa.inspect(op.get_bind())\nif inspector.dialect.name == 'sqlite':\n    op.drop_table('a')",
        &["drop table a [sqlite]"],
    );
}

#[test]
fn classes_with_bases() {
    check_file(
        "class Operation:\n    def run(self):\n        return self.execute()\nclass Drop(Operation):\n    def __init__(self, name):\n        self.name = name\n    def execute(self):\n        op.drop_table(self.name)\nclass Loud(Drop):\n    def __init__(self, name):\n        super().__init__(name)\n    @staticmethod\n    def say(text):\n        print(text)\n    @classmethod\n    def of(cls, name):\n        return cls(name)\n    @property\n    def twice(self):\n        return self.name * 2\ndef upgrade():\n    Drop('a').run()\n    loud = Loud.of('b')\n    loud.say('x')\n    loud.run()\n    op.drop_table(loud.twice)\n",
        &["drop table a", "drop table b", "drop table bb"],
    );
}

#[test]
fn managers() {
    check_file(
        "from contextlib import contextmanager\n@contextmanager\ndef twice():\n    yield 'a'\n    yield 'b'\ndef upgrade():\n    with twice() as t:\n        op.drop_table(t)\n",
        &[
            "drop table a",
            "opaque: a context manager that yields again",
        ],
    );
    check_file(
        "from contextlib import contextmanager\n@contextmanager\ndef batch(t):\n    with op.batch_alter_table(t) as b:\n        yield b\ndef upgrade():\n    with batch('a') as b:\n        b.drop_column('x')\n        op.drop_table('c')\n",
        &[
            "drop table c",
            "alter definition of table a [sqlite]",
            "drop column a.x",
        ],
    );
}

#[test]
fn checks_within_columns() {
    check(
        "op.add_column('t', sa.Column('x', sa.Integer(), sa.CheckConstraint('x > 0', name='positive')))",
        &[
            "require table t",
            "create column t.x",
            "create constraint positive on t",
        ],
    );
    check(
        "op.create_table('t', sa.Column('x', sa.Integer(), sa.CheckConstraint('x > 0')))",
        &[
            "create table t",
            "create column t.x",
            "create check constraint on t",
        ],
    );
}

#[test]
fn names_that_only_the_database_tells() {
    let keys = "for key in sa.inspect(op.get_bind()).get_foreign_keys('t'):\n    ";
    check(
        &format!("{keys}op.drop_constraint(key['name'], 't', type_='foreignkey')"),
        &["conditional drop constraint on t"],
    );
    check(
        "op.drop_constraint(op.get_bind().scalar(sa.text('SELECT 1')), 't', type_='unique')",
        &["conditional drop unique constraint on t"],
    );
    check(
        &format!(
            "{keys}with op.batch_alter_table('t') as b:\n        b.drop_constraint(key['name'])"
        ),
        &[
            "conditional alter definition of table t [sqlite]",
            "conditional drop constraint on t",
        ],
    );
    check(
        &format!("{keys}op.drop_index(key['name'], 't')"),
        &["conditional drop an index on t"],
    );
    check(
        &format!("{keys}op.drop_index(key['name'])"),
        &["opaque: index_name of op.drop_index is not known"],
    );
    check(
        &format!("{keys}op.drop_constraint('fk', key['referred_table'])"),
        &["opaque: table_name of op.drop_constraint is not known"],
    );
    check(
        &format!("{keys}op.alter_column('t', key['name'], nullable=True)"),
        &[
            "conditional require table t",
            "anything, alter definition of table t",
        ],
    );
    check(
        &format!("{keys}op.drop_column('t', key['name'])"),
        &[
            "conditional require table t",
            "anything, alter definition of table t",
        ],
    );
    check(
        &format!("{keys}op.create_foreign_key(key['name'], 't', 'u', ['u_id'], ['id'])"),
        &[
            "conditional require table t",
            "conditional require column t.u_id",
            "conditional require table u",
            "conditional require column u.id",
            "conditional create foreign key to u on t",
        ],
    );
    check(
        "op.create_index(op.get_bind().scalar(sa.text('SELECT 1')), 't', ['c'])",
        &[
            "require table t",
            "require column t.c",
            "conditional create an index on t",
        ],
    );
}

#[test]
fn an_empty_schema_is_none() {
    check("op.drop_table('t', schema='')", &["drop table t"]);
    check(
        "op.add_column('t', sa.Column('c', sa.Integer()), schema='')",
        &["require table t", "create column t.c"],
    );
    check(
        "with op.batch_alter_table('t', schema='') as b:\n    b.drop_column('c')",
        &["alter definition of table t [sqlite]", "drop column t.c"],
    );
}
