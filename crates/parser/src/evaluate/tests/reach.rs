//! What reaches the database, and what does not.

use crate::effects::upgrade_effects;
use crate::testing::{check, check_downgrade, check_file, check_module};

use super::{DROP_A, MAYBE_A};

#[test]
fn ways_to_reach_op() {
    check_module(
        "from alembic import op as o\ndef upgrade():\n    o.drop_table('a')\n",
        DROP_A,
    );
    check_module(
        "import alembic.op\ndef upgrade():\n    alembic.op.drop_table('a')\n",
        DROP_A,
    );
    check_module(
        "import alembic\ndef upgrade():\n    alembic.op.drop_table('a')\n",
        DROP_A,
    );
    check_module(
        "import alembic.op as x\ndef upgrade():\n    x.drop_table('a')\n",
        DROP_A,
    );
    check_module(
        "from alembic.op import drop_table as d\ndef upgrade():\n    d('a')\n",
        DROP_A,
    );
    check_module(
        "from alembic.op import *\ndef upgrade():\n    drop_table('a')\n",
        DROP_A,
    );
    check_module(
        "def upgrade(op, tables, tester):\n    op.drop_table('a')\n",
        DROP_A,
    );
    check_module("def upgrade(op=None):\n    op.drop_table('a')\n", DROP_A);
    check("f = op.drop_table\nf('a')", DROP_A);
    check("getattr(op, 'drop_table')('a')", DROP_A);
}

#[test]
fn entry_points() {
    check_module("def upgrade(:\n", &["opaque: the file cannot be parsed"]);
    check_module("", &["opaque: no `upgrade` in this file"]);
    check_module(
        "import other\nupgrade = other.upgrade\n",
        &["opaque: the function is other.upgrade"],
    );
    check_module("def upgrade():\n    pass\n", &[]);
    check_file(
        "@skip_if\ndef upgrade():\n    op.drop_table('a')\n",
        &[
            "opaque: a decorator that is not known",
            "conditional drop table a",
        ],
    );
    check_file(
        "op.drop_table('a')\ndef upgrade():\n    op.drop_table('b')\n",
        &["drop table a", "drop table b"],
    );
    check_file(
        "async def upgrade():\n    op.drop_table('a')\n",
        &["opaque: a generator or coroutine"],
    );
    check_file("upgrade = lambda: op.drop_table('a')\n", DROP_A);
    check_downgrade(
        "from alembic import op\ndef downgrade():\n    raise NotImplementedError()\n    op.drop_table('a')\n",
        &[],
    );
    check_downgrade(
        "from alembic import op\ndef downgrade():\n    op.drop_table('a')\n",
        DROP_A,
    );
    check_file(
        "def upgrade(prefix=''):\n    op.drop_table(prefix + 'a')\n",
        DROP_A,
    );
}

#[test]
fn several_databases() {
    check_file(
        "def upgrade(engine_name):
    globals()['upgrade_%s' % engine_name]()
def upgrade_one():
    op.drop_table('a')
def upgrade_two():
    op.drop_table('b')
def downgrade_one():
    op.drop_table('c')
",
        &["drop table a", "drop table b"],
    );
    check_file(
        "def upgrade(engine_name: str = '') -> None:
    globals()[f'upgrade_{engine_name}']()
def upgrade_():
    op.drop_table('a')
",
        DROP_A,
    );
    check_file(
        "def upgrade(name):
    globals()[name]()
",
        &["opaque: call of a global whose name is not known"],
    );
}

/// Ways around the back.
#[test]
fn handles_in_other_things() {
    const UNKNOWN: &str = "opaque: call of";
    for body in [
        "import types\ntypes.SimpleNamespace(x=op).x.drop_table('a')",
        "import contextlib\nwith contextlib.nullcontext(op.get_bind()) as c:\n    c.execute('x')",
        "from flask_sqlalchemy import SQLAlchemy\nSQLAlchemy().session.execute('x')",
        "sa.MetaData(op.get_bind()).bind.execute('x')",
        "import collections\nd = collections.defaultdict(list)\nd['x'].append(op.drop_table)\nd['x'][0]('a')",
        "d = dict(x=op)\nd['x' if context.is_offline_mode() else 'y'].drop_table('a')",
        "d = {}\nfor k in context.get_x_argument():\n    d[k] = op.drop_table\nd['x']('a')",
        "context.config.attributes['connection'].execute('x')",
        "op.get_context().config.attributes.get('connection').execute('x')",
        "f = [op.drop_table, print][context.get_x_argument()]\nf('a')",
        "next(iter([op.drop_table]))('a')",
        "(lambda *a: a[0])(op).drop_table",
        "max([op], key=id).drop_table('a')",
    ] {
        let effects = upgrade_effects(&crate::testing::in_function("upgrade", body));
        let shown: Vec<String> = effects.iter().map(crate::testing::shown).collect();
        let found = shown
            .iter()
            .any(|effect| effect.starts_with("opaque") || effect.starts_with("drop"));
        assert!(
            found || body.ends_with("drop_table"),
            "{UNKNOWN}: {body}: {shown:?}"
        );
    }
}

/// Effects where nobody looks for them.
#[test]
fn hidden_effects() {
    check("x = [op.drop_table(t) for t in ['a']]", DROP_A);
    check("x = {op.drop_table('a'): 1}", DROP_A);
    check("def f(x=op.drop_table('a')): pass", DROP_A);
    check("@op.drop_table('a')\ndef f(): pass", DROP_A);
    check("x: op.drop_table('a') = 1", DROP_A);
    check("class C:\n    op.drop_table('a')", DROP_A);
    check("class C(op.drop_table('a')): pass", DROP_A);
    check("with open('x') as f, op.drop_table('a'): pass", DROP_A);
    check("assert op.drop_table('a') is None", DROP_A);
    check("f'{op.drop_table(\"a\")}'", DROP_A);
    check("x = y[op.drop_table('a')]", DROP_A);
    check("del x[op.drop_table('a')]", DROP_A);
    check("raise op.drop_table('a')", DROP_A);
    check("return op.drop_table('a')", DROP_A);
    check("x = not -op.drop_table('a')", DROP_A);
    check("1 < op.drop_table('a')", DROP_A);
    check("print(*[op.drop_table('a')], **{'x': 1})", DROP_A);
    check("str(op.drop_table('a'))", DROP_A);
    check("any(op.drop_table(t) for t in ['a'])", MAYBE_A);
    check("x = (op.drop_table(t) for t in ['a'])", MAYBE_A);
    check("list(map(op.drop_table, ['a']))", MAYBE_A);
    check("list(map(lambda t: op.drop_table(t), ['a']))", MAYBE_A);
    check("sorted([1, 2], key=lambda x: op.drop_table('a'))", MAYBE_A);
    check(
        "sorted([1, 2], key=op.drop_table)",
        &["opaque: alembic.op.drop_table handed to a function"],
    );
    check(
        "import functools\nfunctools.partial(op.drop_table, 'a')()",
        &["opaque: call of a partial function"],
    );
    check(
        "import copy\ncopy.copy(op).drop_table('a')",
        &["opaque: call of something made of values that are not known"],
    );
    check(
        "from app import run\nrun(lambda: op.drop_table('a'))",
        &["opaque: call of app.run"],
    );
    check(
        "from app import helper\nhelper()",
        &["opaque: call of app.helper"],
    );
    check("exec('x')", &["opaque: code run by `exec`"]);
    check("__import__('x').go()", &["opaque: call of x.go"]);
    check(
        "op.add_column = print\nop.add_column('t', 1)",
        &[
            "opaque: assignment to alembic.op.add_column",
            "require table t",
            "opaque: a part of a table is a constant",
        ],
    );
    check(
        "sa.Column('x', fix(op.get_bind()))",
        &["opaque: call of `fix`, which is not defined here"],
    );
    check(
        "c = sa.Column('x')\nc.name = 'y'\nop.add_column('t', c)",
        &[
            "opaque: an object whose `name` is changed later",
            "require table t",
            "create column t.x",
        ],
    );
    check(
        "inspector = sa.inspect(op.get_bind())\ninspector.bind.execute('DROP TABLE a')",
        &["drop table a"],
    );
    check(
        "import subprocess\nsubprocess.run(['psql'])",
        &["opaque: call of subprocess.run"],
    );
    check(
        "import os\nos.system('psql')",
        &["opaque: call of os.system"],
    );
    check(
        "l = ['a']\nfrom app import change\nchange(l)\nop.drop_table(l[0])",
        &[
            "opaque: call of app.change",
            "opaque: table_name of op.drop_table is not known",
        ],
    );
}

#[test]
fn calls_that_cannot_reach_the_database() {
    check(
        "import logging, datetime, uuid, json, os, re, time
log = logging.getLogger('alembic')
log.info('x %s', op)
datetime.datetime.now(datetime.timezone.utc).isoformat()
str(uuid.uuid4())
json.loads('[]')
os.path.join(os.path.dirname(__file__), 'x')
re.sub('a', 'b', 'c').strip()
time.sleep(1)
isinstance(1, int)
rows = open('x').read().splitlines()
len([r for r in rows])
from app.log import logger
logger.info('x')",
        &[],
    );
}
