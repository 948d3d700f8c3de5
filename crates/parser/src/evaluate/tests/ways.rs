//! What may or may not run.

use crate::testing::{check, check_file};

use super::{DROP_A, MAYBE_A};

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
