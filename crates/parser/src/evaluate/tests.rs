//! What the interpreter follows, and what it does not claim.

use proptest::prelude::*;

use crate::effects::{downgrade_effects, upgrade_effects};
use crate::testing::{check, check_downgrade, check_file, check_module};

const DROP_A: &[&str] = &["drop table a"];
const MAYBE_A: &[&str] = &["conditional drop table a"];

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

#[test]
fn known_values() {
    check("op.drop_table('a' if True else 'b')", DROP_A);
    check("n = 'a'\nop.drop_table(f'{n}')", DROP_A);
    check("op.drop_table('%s' % 'a')", DROP_A);
    check("op.drop_table('%s%s' % ('', 'a'))", DROP_A);
    check("op.drop_table('%(x)s' % {'x': 'a'})", DROP_A);
    check("op.drop_table('{}{x}'.format('', x='a'))", DROP_A);
    check("op.drop_table('{0[k]}'.format({'k': 'a'}))", DROP_A);
    check("op.drop_table('A'.lower().strip())", DROP_A);
    check("op.drop_table(''.join(['a']))", DROP_A);
    check("op.drop_table(('a', 'b')[0])", DROP_A);
    check("op.drop_table({'k': 'a'}['k'])", DROP_A);
    check("op.drop_table({'k': 'a'}.get('z', 'a'))", DROP_A);
    check("op.drop_table(None or 'a')", DROP_A);
    check("op.drop_table('xab'[1:2])", DROP_A);
    check("x, *y = 'a', 'b'\nop.drop_table(x)", DROP_A);
    check("x = 'x'\nx = 'a'\nop.drop_table(x)", DROP_A);
    check("(x := 'a')\nop.drop_table(x)", DROP_A);
    check(
        "names = []\nnames.append('a')\nop.drop_table(names[-1])",
        DROP_A,
    );
    check(
        "names = ['a']\nnames += ['b']\nfor n in names: op.drop_table(n)",
        &["drop table a", "drop table b"],
    );
    check("op.drop_table(sa.table('a').name)", DROP_A);
    check("op.drop_table(sa.sql.quoted_name('a', True))", DROP_A);
    check_file("T = 'a'\ndef upgrade():\n    op.drop_table(T)\n", DROP_A);
    check_file(
        "class C:\n    T = 'a'\ndef upgrade():\n    op.drop_table(C.T)\n",
        DROP_A,
    );
    check_file(
        "import enum\nclass C(enum.Enum):\n    T = 'a'\ndef upgrade():\n    op.drop_table(C.T.value)\n",
        DROP_A,
    );
}

#[test]
fn loops() {
    check(
        "for t in ('a', 'b'):\n    op.drop_table(t)",
        &["drop table a", "drop table b"],
    );
    check(
        "for t, c in {'a': ['x', 'y']}.items():\n    for n in c:\n        op.drop_column(t, n)",
        &["drop column a.x", "drop column a.y"],
    );
    check(
        "for i, t in enumerate(['a'], 1):\n    op.drop_column(t, f'c{i}')",
        &["drop column a.c1"],
    );
    check(
        "for t, u in zip(['a'], ['b', 'c']):\n    op.rename_table(t, u)",
        &["rename table a to b"],
    );
    check(
        "for i in range(2):\n    op.drop_table(f't{i}')",
        &["drop table t0", "drop table t1"],
    );
    check(
        "for t in reversed(['a', 'b']):\n    op.drop_table(t)",
        &["drop table b", "drop table a"],
    );
    check(
        "for t in sorted({'b', 'a'}):\n    op.drop_table(t)",
        &["drop table a", "drop table b"],
    );
    check("[op.drop_table(t) for t in ('a', 'b') if t != 'b']", DROP_A);
    check(
        "for t in [n + 's' for n in ('a',)]:\n    op.drop_table(t)",
        &["drop table as"],
    );
    check(
        "for t in ('a', 'b', 'c'):\n    if t == 'b': break\n    op.drop_table(t)",
        DROP_A,
    );
    check(
        "for t in ('b', 'a'):\n    if t == 'b': continue\n    op.drop_table(t)",
        DROP_A,
    );
    check(
        "for t in ():\n    op.drop_table(t)\nelse:\n    op.drop_table('a')",
        DROP_A,
    );
    check(
        "for t in found():\n    op.drop_table('a')",
        &[
            "opaque: call of `found`, which is not defined here",
            "conditional drop table a",
        ],
    );
    check(
        "for t in sa.inspect(op.get_bind()).get_table_names():\n    op.drop_table(t)",
        &["opaque: table_name of op.drop_table is not known"],
    );
    check("while True:\n    op.drop_table('a')\n    break", MAYBE_A);
    check("while False:\n    op.drop_table('a')", &[]);
    check(
        "n = 0\nwhile n < 3:\n    n += 1\n    op.drop_table(f't{n}')",
        &["opaque: table_name of op.drop_table is not known"],
    );
    check(
        "for i in range(1000000):\n    op.drop_table('a')",
        &["conditional drop table a"],
    );
}

#[test]
fn unknown_loops_forget() {
    // What a name stands for in a later round.
    check(
        "n = 'a'\nfor x in sa.inspect(op.get_bind()).rows:\n    op.drop_table(n)\n    n = 'b'",
        &["opaque: table_name of op.drop_table is not known"],
    );
    // A list that grows in an earlier round.
    check(
        "l = []\nfor x in op.get_bind().engine.dialect:\n    for t in l:\n        op.drop_table(t)\n    l.append('a')",
        &["opaque: table_name of op.drop_table is not known"],
    );
    check(
        "l = ['a']\nfor x in context.get_x_argument():\n    l.append('b')\nop.drop_table(l[0])",
        &["opaque: table_name of op.drop_table is not known"],
    );
    check(
        "f = None\nfor x in context.get_x_argument():\n    if f:\n        f('a')\n    f = op.drop_table",
        &["opaque: call of a value that depends on a condition"],
    );
}

#[test]
fn helpers() {
    check_file(
        "def _drop(table, *columns, suffix='', **more):
    for column in columns:
        op.drop_column(table, column + suffix)
def upgrade():
    _drop('a', 'x', 'y', suffix='_')
    _drop(table='b')
",
        &["drop column a.x_", "drop column a.y_"],
    );
    check_file(
        "def name():\n    return 'a'\ndef upgrade():\n    op.drop_table(name())\n",
        DROP_A,
    );
    check_file(
        "drop = lambda t: op.drop_table(t)\ndef upgrade():\n    drop('a')\n",
        DROP_A,
    );
    check_file(
        "def upgrade():\n    later()\ndef later():\n    op.drop_table('a')\n",
        DROP_A,
    );
    check_file(
        "def again(n):
    op.drop_table('a')
    again(n - 1)
def upgrade():
    again(1)
",
        &[
            "drop table a",
            "drop table a",
            "opaque: call of `again`, too deep to follow",
        ],
    );
    check_file(
        "def names():\n    yield 'a'\ndef upgrade():\n    for n in names():\n        op.drop_table(n)\n",
        DROP_A,
    );
    check_file(
        "def acts():\n    op.drop_table('a')\n    yield 1\ndef upgrade():\n    acts()\n",
        &[
            "conditional drop table a",
            "opaque: call of `acts`, a generator",
        ],
    );
    check_file(
        "class H:\n    def __init__(self, t):\n        self.t = t\n    def go(self):\n        op.drop_table(self.t)\ndef upgrade():\n    H('a').go()\n",
        DROP_A,
    );
    check("def inner(t):\n    op.drop_table(t)\ninner('a')", DROP_A);
    check_file(
        "x = 'b'\ndef put():\n    global x\n    x = 'a'\ndef upgrade():\n    put()\n    op.drop_table(x)\n",
        DROP_A,
    );
}

#[test]
fn branches() {
    check(
        "if True:\n    op.drop_table('a')\nelse:\n    op.drop_table('b')",
        DROP_A,
    );
    check(
        "if context.is_offline_mode():\n    op.drop_table('a')",
        MAYBE_A,
    );
    check(
        "if op.get_bind().dialect.name == 'postgresql':\n    op.drop_table('a')\nelse:\n    op.drop_table('b')",
        &[
            "drop table a [postgresql]",
            "drop table b [sqlite, mysql, mssql, oracle]",
        ],
    );
    check(
        "if 'a' not in sa.inspect(op.get_bind()).get_table_names():\n    op.drop_table('a')",
        MAYBE_A,
    );
    check(
        "if context.is_offline_mode():\n    return\nop.drop_table('a')",
        MAYBE_A,
    );
    check(
        "if context.is_offline_mode():\n    raise ValueError\nop.drop_table('a')",
        DROP_A,
    );
    check("op.drop_table('a')\nreturn\nop.drop_table('b')", DROP_A);
    check(
        "t = 'a'\nif context.is_offline_mode():\n    t = 'b'\nop.drop_table(t)",
        &["opaque: table_name of op.drop_table is not known"],
    );
    check(
        "if context.is_offline_mode():\n    t = 'a'\nelse:\n    t = 'a'\nop.drop_table(t)",
        DROP_A,
    );
    check(
        "l = ['a']\nif context.is_offline_mode():\n    l.append('b')\nfor t in l:\n    op.drop_table(t)",
        &["opaque: table_name of op.drop_table is not known"],
    );
    check("context.is_offline_mode() or op.drop_table('a')", MAYBE_A);
    check("True and op.drop_table('a')", DROP_A);
    check("False and op.drop_table('a')", &[]);
    check(
        "op.drop_table('a') if context.is_offline_mode() else None",
        MAYBE_A,
    );
    check(
        "for t in ('a', 'b'):\n    if context.is_offline_mode(): break\n    op.drop_table(t)",
        &["conditional drop table a", "conditional drop table b"],
    );
    check(
        "match context.get_x_argument():\n    case [x]:\n        op.drop_table('a')",
        MAYBE_A,
    );
    check_file(
        "def has(t):
    return t in sa.inspect(op.get_bind()).get_table_names()
def upgrade():
    if has('a'):
        op.drop_table('a')
",
        MAYBE_A,
    );
    check_file(
        "def skip():
    if context.is_offline_mode():
        return
    op.drop_table('a')
def upgrade():
    skip()
    op.drop_table('b')
",
        &["conditional drop table a", "drop table b"],
    );
    check_file(
        "if __name__ == '__main__':\n    op.drop_table('x')\ndef upgrade():\n    op.drop_table('a')\n",
        DROP_A,
    );
}

#[test]
fn exceptions() {
    check(
        "try:\n    op.drop_table('a')\nexcept Exception:\n    pass",
        MAYBE_A,
    );
    check(
        "try:\n    op.drop_table('a')\nexcept Exception:\n    print('x')\n    raise",
        DROP_A,
    );
    check(
        "try:\n    op.drop_table('a')\nfinally:\n    op.drop_table('b')",
        &["drop table a", "drop table b"],
    );
    check(
        "try:\n    x = 1\nexcept Exception:\n    op.drop_table('a')",
        MAYBE_A,
    );
    check(
        "try:\n    pass\nexcept Exception:\n    pass\nelse:\n    op.drop_table('a')",
        MAYBE_A,
    );
    check(
        "t = 'a'\ntry:\n    t = 'b'\n    op.drop_column('x', 'y')\nexcept Exception:\n    op.drop_table(t)",
        &[
            "conditional drop column x.y",
            "opaque: table_name of op.drop_table is not known",
        ],
    );
    check(
        "try:\n    return\nexcept Exception:\n    pass\nop.drop_table('a')",
        MAYBE_A,
    );
    check(
        "with contextlib.suppress(Exception):\n    op.drop_table('a')",
        &[
            "opaque: call of `contextlib`, which is not defined here",
            "conditional drop table a",
        ],
    );
    check(
        "import contextlib\nwith contextlib.suppress(Exception):\n    op.drop_table('a')",
        MAYBE_A,
    );
    check(
        "with op.get_context().autocommit_block():\n    op.drop_table('a')",
        DROP_A,
    );
    check(
        "with op.get_bind().begin() as c:\n    c.execute('x')\n    op.drop_table('a')",
        &["opaque: SQL X", "drop table a"],
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

#[test]
fn bounds() {
    let long = "op.drop_table('a')\n".repeat(200);
    let effects = upgrade_effects(&crate::testing::in_function("upgrade", &long));
    assert_eq!(effects.len(), 200);
    let nested = |open: &str, close: &str, count: usize| {
        let source = format!(
            "{}{}{}",
            open.repeat(count),
            "op.drop_table('a')",
            close.repeat(count)
        );
        upgrade_effects(&crate::testing::in_function("upgrade", &source))
    };
    assert!(!nested("[", "]", 50).is_empty());
    for (open, close) in [
        ("[", "]"),
        ("str(", ")"),
        ("(lambda: ", ")()"),
        ("not ", ""),
        ("x + ", ""),
        ("{1: ", "}"),
    ] {
        let effects = nested(open, close, 150);
        assert!(
            effects.iter().any(rechain_history::Effect::is_opaque),
            "{open}"
        );
    }
    for source in [
        "x = 'aaaaaaaaaa'\nfor i in range(9999):\n    x = x + x",
        "x = []\nfor i in range(9999):\n    x = [x, x]\nstr(x == [x])",
        "x = []\nx.append(x)\nfor i in x:\n    for j in i:\n        x.append(i)\nop.bulk_insert(sa.table('t'), x)",
        "x = sa.func.f(1)\nfor i in range(9999):\n    x = sa.func.f(x, x)\nop.execute(sa.select(x))",
        "for a in range(999):\n    for b in range(999):\n        for c in range(999):\n            op.drop_table('a')",
        "for a in y():\n  for b in y():\n    for c in y():\n      for d in y():\n        for e in y():\n          for f in y():\n            op.drop_table('a')",
        "f = lambda x: f(f(f(x)))\nf(1)",
        "l = [1]\nfor i in l:\n    l.append(i)",
        "x = '%s' * 50000 % tuple(range(50000))\n'{}'.format(x)",
        "class C:\n    pass\nc = C()\nc.c = c\nprint(c.c.c)",
    ] {
        let start = std::time::Instant::now();
        upgrade_effects(&crate::testing::in_function("upgrade", source));
        assert!(start.elapsed().as_secs() < 10, "{source}");
    }
}

#[test]
fn odd_inputs() {
    for source in [
        "\u{feff}from alembic import op\ndef upgrade():\n    op.drop_table('a')\n",
        "from alembic import op\r\ndef upgrade():\r\n    op.execute(f'''\r\né {op.drop_table(\"a\")}\r\n''')\r\n",
        "def upgrade(): return",
        "def upgrade(*a, **k):\n    a[0](); k['x'](); del a, k\n",
        "def upgrade(a, /, b, *, c=1, d):\n    yield\n",
        "upgrade = 3\n",
        "class upgrade:\n    pass\n",
        "from . import upgrade\n",
        "def upgrade():\n    global upgrade\n    upgrade = None\n    nonlocal_ = 1\n",
        "def upgrade():\n    x = x\n    x.y.z[0]()[1]\n    (a, (b, *c)), d = x\n    for a.b in x: pass\n    for x[0] in y: break\n    else: pass\n",
        "def upgrade():\n    '{'.format(); '{x'.format(x=1); '{}'.format(); '%'%(); '%(a'%{}; '%s %s'%1; '}'.format(); '{!r:>{w}}'.format(1, w=2)\n",
        "def upgrade():\n    'é'[0]; 'é'[5]; 'é'[-9]; [1][9223372036854775807]; [1][-9223372036854775808:]; 'x'[::0]; 'abc'[2:1]\n",
        "def upgrade():\n    -9223372036854775808; -(-9223372036854775807 - 1); 9223372036854775807 + 1; 1 % 0; 1 // 0; (-7) // -1; 1 << 99\n",
        "def upgrade():\n    range(9223372036854775807, -9223372036854775808, -1); range(-9223372036854775808, 9223372036854775807); range(0, 10, 0); list(range(5, 1))\n",
        "def upgrade():\n    enumerate(['a'], 9223372036854775807); list(enumerate(['a', 'b'], 9223372036854775807))\n",
        "def upgrade():\n    'a'.split(''); 'a'.replace('', 'b'); 'a,b'.split(',', -1); 'a'.split(',', 9223372036854775807); 'x' * 9223372036854775807; 'x' * -1\n",
        "from alembic import op\ndef upgrade():\n    op.create_table(); op.add_column(); op.execute(); op.bulk_insert(); op.batch_alter_table(); op.create_index(1, 2, 3); op.drop_constraint(*[], **{})\n",
        "import sqlalchemy as sa\ndef upgrade():\n    sa.table(); sa.Table(); sa.Column(); sa.ForeignKey(''); sa.ForeignKey('.'); sa.Enum(); sa.insert(); sa.select(); sa.text(); sa.func(); sa()\n",
        "from alembic import op\nimport sqlalchemy as sa\ndef upgrade():\n    op.add_column('t', sa.Column('x', sa.ForeignKey('...')))\n    with op.batch_alter_table() as b, b as c: b.add_column(); c.drop_column()\n",
        "def upgrade():\n    match x:\n        case {'a': [b, *c], **d} | (e as f): pass\n        case C(1, y=z) if z: return\n",
        "def upgrade():\n    try: pass\n    except* A as e: del e\n    while x: continue\n    with (a as b, c): pass\n    async def f(): await g(); return [i async for i in h()]\n    type X = int\n",
    ] {
        upgrade_effects(source);
        downgrade_effects(source);
    }
}

/// Fragments that are put together at random.
const FRAGMENTS: &[&str] = &[
    "op.drop_table(",
    "op.create_table(",
    "sa.Column(",
    "'t'",
    "x",
    ", ",
    ")",
    "(",
    "[",
    "]",
    "{",
    "}",
    ": ",
    "=",
    ".",
    "for x in ",
    "if ",
    "else",
    "while x",
    "try",
    "except E",
    "finally",
    "with ",
    " as ",
    "lambda ",
    "def f(",
    "return ",
    "\n    ",
    "\n        ",
    "\n",
    "op.batch_alter_table('t')",
    "*",
    "**",
    "f'{x}'",
    "%",
    "+",
    "range(3)",
    "yield ",
    "None",
    "x.append(",
    "bind.execute(",
    "globals()",
    "break",
    "continue",
    "class C",
    "1",
    "not ",
    " and ",
    " in ",
    "import ",
];

proptest! {
    #[test]
    fn never_panics_on_fragments(parts in prop::collection::vec(prop::sample::select(FRAGMENTS), 0..40)) {
        let source = crate::testing::in_function("upgrade", &parts.concat());
        upgrade_effects(&source);
    }

    #[test]
    fn never_panics_on_changed_programs(at in 0usize..2000, with in prop::sample::select(FRAGMENTS)) {
        const PROGRAM: &str = "names = ['a', 'b']
bind = op.get_bind()
t = sa.table('t', sa.column('id'))
for i, n in enumerate(names):
    if n in sa.inspect(bind).get_table_names():
        continue
    with op.batch_alter_table(n) as b:
        b.add_column(sa.Column(f'c{i}', sa.Enum('x', name='e'), sa.ForeignKey('o.id')))
    try:
        bind.execute(t.update().where(t.c.id == i).values({'id': len(names)}))
    except Exception as e:
        print(e)
x = {k: v for k, v in zip(names, names)}
op.create_index('ix', x['a'], [sa.text('lower(a)')], postgresql_where=sa.text('b > 0'))";
        let mut source = crate::testing::in_function("upgrade", PROGRAM);
        let at = at % source.len();
        if source.is_char_boundary(at) {
            source.insert_str(at, with);
        }
        upgrade_effects(&source);
    }
}

#[test]
fn dataclasses_and_named_tuples() {
    check_file(
        "from dataclasses import dataclass, field
from typing import NamedTuple
@dataclass(frozen=True)
class Base:
    table: str
@dataclass
class Key(Base):
    column: str = 'c'
    names: list = field(default_factory=list)
class Pair(NamedTuple):
    table: str
    column: str
def upgrade():
    for key in (Key('t', 'd'), Key(table='u'), Pair('v', column='e')):
        op.drop_column(key.table, key.column)
",
        &["drop column t.d", "drop column u.c", "drop column v.e"],
    );
    // What it does when an object is made is not looked at.
    check_file(
        "from dataclasses import dataclass
@dataclass
class Key:
    table: str
    def __post_init__(self):
        op.drop_table(self.table)
def upgrade():
    Key('t')
",
        &["opaque: call of class Key"],
    );
    check_file(
        "from dataclasses import dataclass
@dataclass
class Key:
    table: str = 'usual'
def upgrade():
    op.drop_table(Key(*names).table)
",
        &["opaque: table_name of op.drop_table is not known"],
    );
}

#[test]
fn a_text_with_an_unknown_part_is_a_value_within_a_statement() {
    check(
        "t = sa.table('t', sa.column('a'))
for row in op.get_bind().execute(sa.select(t.c.a)):
    op.execute(t.update().values(a=f'old {row[0]}'))",
        &[
            "read rows of table t",
            "require column t.a",
            "conditional require column t.a",
            "conditional write rows of table t",
        ],
    );
    // In the text of a condition it may name a column.
    check(
        "op.create_check_constraint('ck', 't', f'{name()} > 0')",
        &[
            "opaque: call of `name`, which is not defined here",
            "require table t",
            "opaque: an expression that is not known",
            "create constraint ck on t",
        ],
    );
}
