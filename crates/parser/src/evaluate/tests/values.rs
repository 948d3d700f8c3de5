//! Values that are followed: collections, loops over them, helpers, objects.

use crate::testing::{check, check_file};

use super::{DROP_A, MAYBE_A};

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
