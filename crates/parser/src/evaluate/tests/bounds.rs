//! Where the interpreter stops, and that nothing makes it panic.

use proptest::prelude::*;

use crate::effects::{downgrade_effects, upgrade_effects};

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
