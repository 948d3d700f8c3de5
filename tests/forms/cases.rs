//! The ways to write a revision, each with what a new parent may change in it.
//!
//! In a template `«old|new»` stands for `old` before and for `new` after the change; all else stays.

/// How the result is read again by another program.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Real Alembic imports the module.
    Alembic,
    /// `CPython`'s `ast` reads the header; importing the module fails in the Python of the tests.
    Syntax,
}

/// One form.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) template: Vec<u8>,
    pub(crate) reader: Reader,
    /// The id of the revision it goes on top of, and a Python literal of it.
    pub(crate) trunk: (&'static str, &'static str),
}

impl Case {
    /// The file as it is found.
    pub(crate) fn before(&self) -> Vec<u8> {
        self.filled(|old, _| old)
    }

    /// The file as it must be left.
    pub(crate) fn after(&self) -> Vec<u8> {
        self.filled(|_, new| new)
    }

    fn filled<'a>(&'a self, choose: impl Fn(&'a [u8], &'a [u8]) -> &'a [u8]) -> Vec<u8> {
        let mut result = Vec::new();
        let mut rest = &self.template[..];
        while let Some((stays, marked)) = split(rest, "«") {
            let (marked, behind) = split(marked, "»").expect("a marked place ends");
            let (old, new) = split(marked, "|").expect("a marked place has two sides");
            result.extend_from_slice(stays);
            result.extend_from_slice(choose(old, new));
            rest = behind;
        }
        result.extend_from_slice(rest);
        result
    }
}

fn split<'a>(bytes: &'a [u8], at: &str) -> Option<(&'a [u8], &'a [u8])> {
    let found = bytes.windows(at.len()).position(|it| it == at.as_bytes())?;
    Some((&bytes[..found], &bytes[found + at.len()..]))
}

fn case(name: &'static str, template: impl AsRef<[u8]>) -> Case {
    Case {
        name,
        template: template.as_ref().to_vec(),
        reader: Reader::Alembic,
        trunk: ("trunk1", "'trunk1'"),
    }
}

fn syntax_only(name: &'static str, template: impl AsRef<[u8]>) -> Case {
    Case {
        reader: Reader::Syntax,
        ..case(name, template)
    }
}

fn onto(id: &'static str, literal: &'static str, name: &'static str, template: &str) -> Case {
    Case {
        trunk: (id, literal),
        ..case(name, template)
    }
}

/// Every form whose parent can be edited.
#[rustfmt::skip]
pub(crate) fn editable() -> Vec<Case> {
    let mut cases = quotes_and_annotations();
    cases.extend(sequences());
    cases.extend(layouts());
    cases.extend(docstrings());
    cases.extend(names());
    cases.extend(mentions());
    cases.extend(bytes());
    cases.extend(places());
    cases.extend(bodies());
    cases.extend(odd_ids());
    cases
}

#[rustfmt::skip]
fn quotes_and_annotations() -> Vec<Case> {
    vec![
        case("single quotes", "revision = 'moved1'\ndown_revision = '«base01|trunk1»'\n"),
        case("double quotes", "revision = \"moved1\"\ndown_revision = \"«base01|trunk1»\"\n"),
        case("other quotes than revision", "revision = 'moved1'\ndown_revision = \"«base01|trunk1»\"\n"),
        case("three double quotes", "revision = 'moved1'\ndown_revision = \"\"\"«base01|trunk1»\"\"\"\n"),
        case("three single quotes", "revision = '''moved1'''\ndown_revision = '''«base01|trunk1»'''\n"),
        case("u prefix", "revision = u'moved1'\ndown_revision = u'«base01|trunk1»'\n"),
        case("U prefix", "revision = U\"moved1\"\ndown_revision = U\"«base01|trunk1»\"\n"),
        case("r prefix", "revision = r'moved1'\ndown_revision = r'«base01|trunk1»'\n"),
        case("f prefix", "revision = f'moved1'\ndown_revision = f'«base01|trunk1»'\n"),
        case("rf prefix", "revision = 'moved1'\ndown_revision = rF\"«base01|trunk1»\"\n"),
        case("escapes in the value", "revision = 'moved1'\ndown_revision = «'base\\x301'|'trunk1'»\n"),
        case("Union", "from typing import Sequence, Union\n\nrevision: str = 'moved1'\n\
            down_revision: Union[str, Sequence[str], None] = '«base01|trunk1»'\n\
            branch_labels: Union[str, Sequence[str], None] = None\n\
            depends_on: Union[str, Sequence[str], None] = None\n"),
        case("PEP 604", "from __future__ import annotations\nrevision: str = \"moved1\"\n\
            down_revision: str | tuple[str, ...] | None = \"«base01|trunk1»\"\n"),
        case("Final", "from typing import Final\nrevision: Final = 'moved1'\ndown_revision: Final[str] = '«base01|trunk1»'\n"),
        case("annotation in quotes that names the parent", "revision: 'str' = 'moved1'\n\
            down_revision: 'base01' = '«base01|trunk1»'\n"),
        case("annotation over several lines", "from typing import Union\nrevision: str = 'moved1'\n\
            down_revision: Union[\n    str,  # = 'base01'\n    None,\n] = '«base01|trunk1»'\n"),
        case("annotated first, assigned later", "revision: str\ndown_revision: str\nrevision = 'moved1'\ndown_revision = '«base01|trunk1»'\n"),
        case("trailing comment", "revision = 'moved1'  # moved\ndown_revision = '«base01|trunk1»'  # after base01\n"),
        case("secret scanner pragma", "revision = \"moved1\"  # pragma: allowlist secret\n\
            down_revision = \"«base01|trunk1»\"  # pragma: allowlist secret\n"),
        case("parenthesised", "revision = 'moved1'\ndown_revision = ('«base01|trunk1»')\n"),
        case("parenthesised twice, with blanks", "revision = 'moved1'\ndown_revision = ( ( '«base01|trunk1»' ) )\n"),
        case("parenthesised over lines", "revision = 'moved1'\ndown_revision = (\n    # it follows\n    '«base01|trunk1»'  # this one\n)\n"),
        case("walrus elsewhere", "revision = 'moved1'\ndown_revision = '«base01|trunk1»'\nif (other := 'base01'):\n    pass\n"),
    ]
}

#[rustfmt::skip]
fn sequences() -> Vec<Case> {
    vec![
        case("1-tuple", "revision = 'moved1'\ndown_revision = ('«base01|trunk1»',)\n"),
        case("1-tuple without parentheses", "revision = 'moved1'\ndown_revision = '«base01|trunk1»',\n"),
        case("1-tuple without parentheses, comment", "revision = 'moved1'\ndown_revision = '«base01|trunk1»' ,  # tuple, base01\n"),
        case("list", "revision = 'moved1'\ndown_revision = ['«base01|trunk1»']\n"),
        case("list with a comma", "revision = 'moved1'\ndown_revision = [ \"«base01|trunk1»\", ]\n"),
        case("set", "revision = 'moved1'\ndown_revision = {'«base01|trunk1»'}\n"),
        case("tuple in parentheses", "revision = 'moved1'\ndown_revision = (('«base01|trunk1»',))\n"),
        case("tuple over lines with comments", "revision = 'moved1'\ndown_revision = (  # base01,\n    \
            # base01 is what it follows\n    \"«base01|trunk1»\",  # not \"base01\"\n    # nothing, else\n)\n"),
        case("tuple over lines, CRLF, tabs", "revision = 'moved1'\r\ndown_revision = (\r\n\t'«base01|trunk1»',\r\n)\r\n"),
        case("parenthesised element", "revision = 'moved1'\ndown_revision = (('«base01|trunk1»'),)\n"),
    ]
}

#[rustfmt::skip]
fn layouts() -> Vec<Case> {
    vec![
        case("backslash continuation", "revision = 'moved1'\ndown_revision = \\\n    '«base01|trunk1»'\n"),
        case("backslashes everywhere", "revision \\\n  = 'moved1'\ndown_revision \\\n  = \\\n'«base01|trunk1»' \\\n\n"),
        case("backslash with CRLF", "revision = 'moved1'\r\ndown_revision = \\\r\n    '«base01|trunk1»'\r\n"),
        case("semicolons", "revision = 'moved1'; down_revision = '«base01|trunk1»'; depends_on = None\n"),
        case("semicolons without blanks", "a=1;revision='moved1';down_revision='«base01|trunk1»';\n"),
        case("no blanks", "revision='moved1'\ndown_revision='«base01|trunk1»'\n"),
        case("aligned with tabs", "revision\t\t= 'moved1'\ndown_revision\t= '«base01|trunk1»'\t# base01\n"),
        case("form feed", "\x0crevision = 'moved1'\n\x0c\ndown_revision = '«base01|trunk1»'\n\x0cdef upgrade():\n    pass\n"),
        case("order reversed", "down_revision = '«base01|trunk1»'\nrevision = 'moved1'\n"),
        case("trailing blanks", "revision = 'moved1'   \ndown_revision = '«base01|trunk1»'  \t \n\n  \n"),
        case("implicit concatenation", "revision = 'moved1'\ndown_revision = «'base' '01'|'trunk1'»\n"),
        case("implicit concatenation over lines", "revision = 'moved1'\ndown_revision = (\n    «\"base\"  # half\n    \"01\"|\"trunk1\"»  # end\n)\n"),
        case("plus", "revision = 'moved1'\ndown_revision = «\"base\" + \"01\"|\"trunk1\"»\n"),
        case("line separators that Python has not", "# a\u{2028}down_revision = 'base01'\u{85}\x0b\nrevision = 'moved1'\ndown_revision = '«base01|trunk1»'\n"),
    ]
}

#[rustfmt::skip]
fn docstrings() -> Vec<Case> {
    let header = "\nrevision = 'moved1'\ndown_revision = '«base01|trunk1»'\n";
    let with = |name, docstring: &str| case(name, format!("{docstring}{header}"));
    vec![
        with("docstring as Alembic writes it", "\"\"\"add base01\n\nRevision ID: moved1\nRevises: «base01|trunk1»\nCreate Date: 2024-01-01 10:00:00.123456\n\n\"\"\"\nfrom alembic import op\n"),
        with("docstring without Revises", "\"\"\"add base01\n\nRevision ID: moved1\n\"\"\""),
        with("stale Revises", "\"\"\"t\n\nRevises: «0123456789ab|trunk1»\n\"\"\""),
        with("Revises says so already", "\"\"\"t\n\nRevises: trunk1\n\"\"\""),
        with("empty Revises", "\"\"\"t\n\nRevises: «|trunk1»\nCreate Date: x\n\"\"\""),
        with("empty Revises without a blank", "\"\"\"t\n\nRevises:«| trunk1»\nCreate Date: x\n\"\"\""),
        with("Revises None", "\"\"\"t\n\nRevises: «None|trunk1»\n\"\"\""),
        with("Revises with several ids", "\"\"\"t\n\nRevises: «base01, other|trunk1»\n\"\"\""),
        with("Revises with a remark", "\"\"\"t\n\nRevises: «base01|trunk1» (base01)  \n\"\"\""),
        with("Revises with CRLF", "\"\"\"t\r\n\r\nRevision ID: moved1\r\nRevises: «base01|trunk1»\r\nCreate Date: x\r\n\"\"\"\r"),
        with("Revises with lone CR", "\"\"\"t\r\rRevises: «base01|trunk1»\rCreate Date: x\r\"\"\"\r"),
        with("Revises indented", "'''\n    t\n\n\tRevises:\t«base01|trunk1»\n    '''"),
        with("Revises twice", "\"\"\"t\n\nRevises: «base01|trunk1»\nRevises: base01\n\"\"\""),
        with("Revises at the end of the docstring", "\"\"\"t\n\nRevises: «base01|trunk1»\"\"\""),
        with("Revises in one line", "\"Revises: «base01|trunk1»\""),
        with("raw docstring", "r\"\"\"t \\d\n\nRevises: «base01|trunk1»\n\"\"\""),
        with("docstring in single quotes over a backslash", "'t\\\n\\\nRevises: «base01|trunk1»\\\n'"),
        with("docstring behind a licence", "#!/usr/bin/env python\n# Copyright base01\n#\n# Revises: base01\n\n\"\"\"t\n\nRevises: «base01|trunk1»\n\"\"\""),
        with("docstring with a semicolon", "\"\"\"t\n\nRevises: «base01|trunk1»\n\"\"\"; import os"),
        with("parenthesised docstring", "(\"\"\"t\n\nRevises: «base01|trunk1»\n\"\"\")"),
        with("docstring in two parts", "\"t\" \"\"\"\nRevises: «base01|trunk1»\n\"\"\" ''"),
        with("Revises in comments", "# Revision ID: moved1\n# Revises: base01\n# Create Date: x\n"),
        with("a second string is no docstring", "import os\n\"\"\"t\n\nRevises: base01\n\"\"\""),
        with("a docstring that says more", "\"\"\"Revises: «the|trunk1» idea\n\nFollows base01.\nRevises: base01\n\"\"\""),
    ]
}

#[rustfmt::skip]
fn names() -> Vec<Case> {
    vec![
        case("variable used once", "PARENT = \"«base01|trunk1»\"  # base01\nrevision = 'moved1'\ndown_revision = PARENT\n"),
        case("variable used elsewhere", "PARENT = \"base01\"\nrevision = 'moved1'\ndown_revision = «PARENT|'trunk1'»\n\n\
            def upgrade():\n    print(PARENT)\n\n\ndef downgrade():\n    pass\n"),
        case("variable of a variable", "A = 'base01'\nB = A\nrevision = \"moved1\"\ndown_revision = «B|\"trunk1\"»\n"),
        case("variable in parentheses", "P = '«base01|trunk1»'\nrevision = \"moved1\"\ndown_revision = (P)\n"),
        case("variable that is bound again", "P = 'base01'\nrevision = 'moved1'\ndown_revision = «P|'trunk1'»\nP = None\n"),
        case("variable in a tuple", "P = 'base01'\nrevision = 'moved1'\ndown_revision = («P|'trunk1'»,)\n"),
        case("variable in an f-string", "P = 'base'\nrevision = 'moved1'\ndown_revision = «f'{P}01'|'trunk1'»\n"),
        case("variable plus text", "P = 'base'\nrevision = 'moved1'\ndown_revision = «P + \"01\"|\"trunk1\"»\n"),
        case("chained with a name used nowhere", "revision = 'moved1'\ndown_revision = parent = \"«base01|trunk1»\"\n"),
        case("chained with a name used elsewhere", "revision = 'moved1'\ndown_revision = parent = \"base01\"«|; down_revision = 'trunk1'»  # both\n\
            old = parent\n"),
        case("chained with depends_on", "revision = 'moved1'\ndown_revision = depends_on = 'base01'«|; down_revision = 'trunk1'»\n"),
        case("chained, in a block", "if True:\n    revision = 'moved1'\n    depends_on = down_revision = 'base01'«|; down_revision = 'trunk1'»\n"),
        case("chained, before a semicolon", "revision = 'moved1'; depends_on = down_revision = 'base01'«|; down_revision = 'trunk1'»; a = 1\n"),
        case("tuple unpacking", "revision, down_revision = 'moved1', '«base01|trunk1»'\n"),
        case("tuple unpacking in parentheses", "(revision, down_revision, depends_on) = (\n    'moved1',\n    '«base01|trunk1»',\n    None,\n)\n"),
        case("list unpacking", "[revision, down_revision] = ['moved1', \"«base01|trunk1»\"]\n"),
        case("unpacking of a named tuple", "IDS = ('moved1', 'base01')\nrevision, down_revision = IDS«|; down_revision = 'trunk1'»\n"),
        case("assigned twice, equal", "revision = 'moved1'\ndown_revision = 'base01'\nX = 1\nrevision = 'moved1'\ndown_revision = '«base01|trunk1»'\n"),
        case("assigned twice, another", "revision = 'moved1'\ndown_revision = None\ndown_revision = '«base01|trunk1»'\n"),
        case("the id of another name has the same text", "revision = 'moved1'\ndown_revision = '«base01|trunk1»'\nreplaces = 'base01'\n"),
        case("names in a dictionary", "revision = 'moved1'\ndown_revision = '«base01|trunk1»'\nINFO = {'down_revision': 'base01'}\nINFO['down_revision'] = 'base01'\n"),
        case("read again below", "revision = 'moved1'\ndown_revision = '«base01|trunk1»'\n__all__ = [revision, down_revision]\n"),
    ]
}

#[rustfmt::skip]
fn mentions() -> Vec<Case> {
    vec![
        case("the id in comments, SQL and the body", "\"\"\"undo what base01 did\n\nRevises: «base01|trunk1»\n\"\"\"\n\
            # down_revision = 'base01'\nfrom alembic import op\nrevision = 'moved1'\n# base01\ndown_revision = '«base01|trunk1»'  # base01\n\
            SQL = \"UPDATE alembic_version SET version_num = 'base01' WHERE down_revision = 'base01'\"\n\n\
            def upgrade():\n    op.execute(\"\"\"\ndown_revision = 'base01'\n    \"\"\")\n\n\ndef downgrade():\n    down_revision = 'base01'\n    return down_revision\n"),
        case("assignments within strings", "TEXT = '''\nrevision = 'x'\ndown_revision = 'base01'\ndef upgrade():\n'''\nrevision = 'moved1'\ndown_revision = '«base01|trunk1»'\n"),
        case("a class attribute called revision", "revision = 'moved1'\ndown_revision = '«base01|trunk1»'\n\n\nclass Row:\n    revision = 1\n    down_revision = 'base01'\n"),
        case("a function's default", "revision = 'moved1'\ndown_revision = '«base01|trunk1»'\n\ndef upgrade(revision=revision, down_revision='base01'):\n    pass\n"),
        case("a comprehension's variable", "revision = 'moved1'\ndown_revision = '«base01|trunk1»'\nROWS = [revision for revision in ('base01',)]\n"),
        case("similar names", "my_revision = 'base01'\nrevision = 'moved1'\nold_down_revision = 'base01'\ndown_revision = '«base01|trunk1»'\ndown_revision_2 = 'base01'\n"),
        syntax_only("an import that does not resolve", "import no_such_module_here as nothing\nfrom no.such import *\nrevision = 'moved1'\ndown_revision = '«base01|trunk1»'\n"),
    ]
}

fn bytes() -> Vec<Case> {
    let text = "\"\"\"t\n\nRevises: «base01|trunk1»\n\"\"\"\nrevision = 'moved1'\ndown_revision = '«base01|trunk1»'\n";
    let encoded = |cookie: &str, before: &[u8]| {
        [
            format!("# -*- coding: {cookie} -*-\n").as_bytes(),
            b"\"\"\"",
            before,
            b"\n\nRevises: ",
            "«base01|trunk1»".as_bytes(),
            b"\n\"\"\"\nrevision = 'moved1'\nX = '",
            before,
            "'; down_revision = '«base01|trunk1»'  # ".as_bytes(),
            before,
            b"\n",
        ]
        .concat()
    };
    vec![
        case("LF", text),
        case("CRLF", text.replace('\n', "\r\n")),
        case("lone CR", text.replace('\n', "\r")),
        case("mixed newlines", text.replacen('\n', "\r\n", 2)),
        case("byte order mark", format!("\u{feff}{text}")),
        case(
            "byte order mark and CRLF",
            format!("\u{feff}{text}").replace('\n', "\r\n"),
        ),
        case(
            "byte order mark and cookie",
            format!("\u{feff}# coding: utf-8\n{text}"),
        ),
        case(
            "UTF-8 before the value",
            format!("# Übergröße 漢字 🦀\n{text}"),
        ),
        case("latin-1", encoded("latin-1", b"\xe9\x80\xff")),
        case("iso-8859-15", encoded("iso-8859-15", b"\xa4\xe9")),
        case("cp1251", encoded("cp1251", b"\xcf\xf0\xe8\xe2\xe5\xf2")),
        case("cp1252", encoded("cp1252", b"\x93\xe9\x94")),
        case("koi8-r", encoded("koi8-r", b"\xf0\xd2\xc9")),
        case("gbk", encoded("gbk", b"\xc4\xe3\xba\xc3")),
        case("euc-jp", encoded("euc-jp", b"\xc6\xfc\xcb\xdc")),
        case("shift_jis", encoded("shift_jis", b"\x93\xfa\x96\x7b")),
        case("big5", encoded("big5", b"\xa4\xa4\xa4\xe5")),
        case("no final newline", text.trim_end()),
        case(
            "no final newline, value last",
            "revision = 'moved1'\ndown_revision = '«base01|trunk1»'",
        ),
        case(
            "no final newline, shared value last",
            "revision = 'moved1'\ndepends_on = down_revision = 'base01'«|; down_revision = 'trunk1'»",
        ),
        case(
            "no final newline after a comment",
            format!("{text}# base01"),
        ),
    ]
}

#[rustfmt::skip]
fn places() -> Vec<Case> {
    vec![
        case("if True", "if True:\n    revision = 'moved1'\n    down_revision = '«base01|trunk1»'\n"),
        case("if True in one line", "revision = 'moved1'\nif True: down_revision = '«base01|trunk1»'\n"),
        case("if TYPE_CHECKING", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    down_revision = 'x'\nrevision = 'moved1'\ndown_revision = '«base01|trunk1»'\n"),
        case("try, except ImportError", "try:\n    import no_such_module_here\nexcept ImportError:\n    no_such_module_here = None\nrevision = 'moved1'\ndown_revision = '«base01|trunk1»'\n"),
        case("within try", "try:\n    revision = 'moved1'\n    down_revision = '«base01|trunk1»'\nfinally:\n    pass\n"),
        case("with tabs in a block", "if True:\n\trevision = 'moved1'\n\tdown_revision = (\n'«base01|trunk1»'\n\t)\n"),
        case("after a function definition", "def upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n\n\nrevision = 'moved1'\ndown_revision = '«base01|trunk1»'\n"),
        case("after a class definition", "class A:\n    revision = 'x'\n\nrevision = 'moved1'\ndown_revision = '«base01|trunk1»'\n"),
        case("between definitions", "import os\n\ndef f():\n    '''down_revision = 'base01\n    '''\n\nrevision = 'moved1'\ndown_revision = '«base01|trunk1»'\n\n@staticmethod\ndef g():\n    global x\n"),
        case("between imports", "import os\nrevision = 'moved1'\ndown_revision = '«base01|trunk1»'\nfrom alembic import op\nimport sqlalchemy as sa\n"),
        case("at the end of the file", "from alembic import op\n\n\ndef upgrade():\n    op.drop_table('base01')\n\nrevision, down_revision = \"moved1\", \"«base01|trunk1»\""),
        case("deleted before", "down_revision = 'x'\ndel down_revision\nrevision = 'moved1'\ndown_revision = '«base01|trunk1»'\n"),
    ]
}

#[rustfmt::skip]
fn bodies() -> Vec<Case> {
    let header = "\"\"\"t\n\nRevises: «base01|trunk1»\n\"\"\"\nrevision = 'moved1'\ndown_revision = '«base01|trunk1»'\n\n\n";
    // The body mentions the name, so that the header alone is not enough.
    let body = |name, body: &str| syntax_only(name, format!("{header}def upgrade():\n    revision = 1\n{body}"));
    vec![
        body("3.12 f-string with its own quotes", "    print(f\"{d[\"down_revision\"]}\")\n"),
        body("3.12 f-string over lines with a comment", "    print(f'{\n        d[  # it's\n            'a']\n    }')\n"),
        body("3.12 nested f-strings", "    print(f'{f'{f'{1}'}'}')\n"),
        body("3.12 f-string with a backslash", "    print(f\"{'\\n'.join(a)} {x!r:>{w}}\")\n"),
        body("3.12 generics", "    pass\n\ndef first[T](a: list[T]) -> T:\n    return a[0]\n\ntype Pair[T] = tuple[T, T]\n\nclass Box[T]:\n    pass\n"),
        body("3.13 type parameter defaults", "    pass\n\nclass Box[T = int]:\n    pass\n"),
        body("3.14 except without parentheses", "    try:\n        pass\n    except ValueError, TypeError:\n        pass\n"),
        body("3.14 t-string", "    print(t\"hello {name}\", t'{d['k']}')\n"),
        body("Python 2 print", "    print 'down_revision', revision\n    print >>f, \"x\"\n    raise E, 'x'\n"),
        body("Python 2 except and literals", "    try:\n        x = 0777L + `a`\n    except E, e:\n        exec 'a'\n"),
        body("match statement", "    match revision:\n        case 'base01':\n            pass\n").alembic(),
        body("except star", "    try:\n        pass\n    except* ValueError:\n        pass\n").alembic(),
        body("async and await", "    pass\n\nasync def f():\n    async with a as b:\n        return [x async for x in b]\n").alembic(),
        body("decorated", "    pass\n\n@(lambda f: f)\ndef downgrade():\n    pass\n").alembic(),
        body("non-ASCII names", "    größe = 'base01'\n    return größe\n").alembic(),
        body("invalid escapes", "    op = '\\d \\w'\n").alembic(),
    ]
}

impl Case {
    fn alembic(mut self) -> Self {
        self.reader = Reader::Alembic;
        self
    }
}

#[rustfmt::skip]
fn odd_ids() -> Vec<Case> {
    vec![
        onto("0123 add, a/b.c", "'0123 add, a/b.c'", "blanks and slashes", "\"\"\"t\n\nRevises: «base01|0123 add, a/b.c»\n\"\"\"\nrevision = 'moved1'\ndown_revision = '«base01|0123 add, a/b.c»'\n"),
        onto("größe", "'größe'", "non-ASCII", "revision = 'moved1'\ndown_revision = u'«base01|größe»'\n"),
        onto("it's", "\"it's\"", "a quote in single quotes", "revision = 'moved1'\ndown_revision = «'base01'|'it\\'s'»\n"),
        onto("it's", "\"it's\"", "a quote in double quotes", "revision = 'moved1'\ndown_revision = «\"base01\"|\"it's\"»\n"),
        onto("a\\b", "'a\\\\b'", "a backslash", "revision = 'moved1'\ndown_revision = «r'base01'|'a\\\\b'»\n"),
        onto("a{b}", "'a{b}'", "braces in an f-string", "revision = 'moved1'\ndown_revision = «f'base01'|'a{b}'»\n"),
        onto("a{b}", "'a{b}'", "braces", "revision = 'moved1'\ndown_revision = '«base01|a{b}»'\n"),
        onto("7", "'7'", "digits", "revision = 'moved1'\ndown_revision = '«base01|7»'\n"),
        onto("None", "'None'", "the word None", "\"\"\"t\n\nRevises: «base01|None»\n\"\"\"\nrevision = 'moved1'\ndown_revision = '«base01|None»'\n"),
        onto("a\"\"\"b", "'a\"\"\"b'", "three quotes", "\"\"\"t\n\nRevises: «base01|a\\\"\\\"\\\"b»\n\"\"\"\nrevision = 'moved1'\ndown_revision = «'base01'|'a\"\"\"b'»\n"),
        onto("a\\N", "'a\\\\N'", "a backslash in the docstring", "\"\"\"t\n\nRevises: «base01|a\\\\N»\n\"\"\"\nrevision = 'moved1'\ndown_revision = «'base01'|'a\\\\N'»\n"),
    ]
}

/// Merge revisions of `trunk1` and `side1`; `trunk1` goes, because `side1` comes to lie above it.
#[rustfmt::skip]
pub(crate) fn merges() -> Vec<Case> {
    vec![
        case("first of two", "revision = 'moved1'\ndown_revision = («'trunk1', |»'side1'«|,»)\n"),
        case("last of two", "revision = 'moved1'\ndown_revision = ('side1',« 'trunk1'|»)\n"),
        case("last of two, comma", "revision = 'moved1'\ndown_revision = ('side1', «'trunk1',|»)\n"),
        case("without parentheses", "revision = 'moved1'\ndown_revision = 'side1',« 'trunk1'|»  # two\n"),
        case("first, without parentheses", "revision = 'moved1'\ndown_revision = «'trunk1', |»'side1'«|,»  # two\n"),
        case("list", "revision = 'moved1'\ndown_revision = [\"side1\"«, \"trunk1\"|»]\n"),
        case("set", "revision = 'moved1'\ndown_revision = {«'trunk1', |»'side1'}\n"),
        case("one on each line", "\"\"\"t\n\nRevises: «trunk1, side1|side1»\n\"\"\"\nrevision = 'moved1'\ndown_revision = (\n«    'trunk1',\n|»    'side1',\n)\n"),
        case("one on each line, CRLF", "revision = 'moved1'\r\ndown_revision = (\r\n    'side1',\r\n«    'trunk1',\r\n|»)\r\n"),
        case("one on each line, lone CR", "revision = 'moved1'\rdown_revision = (\r    'side1',\r«    'trunk1',\r|»)\r"),
        case("with comments", "revision = 'moved1'\ndown_revision = (  # two\n    # the side, \"x\"\n    'side1',  # trunk1?\n    # the trunk\n    «'trunk1',|»  # pinned\n)\n"),
        case("comment before the comma", "revision = 'moved1'\ndown_revision = (\n    'side1'  # side, 1\n    ,\n    «'trunk1'|»  # trunk, 1\n)\n"),
        case("with a backslash", "revision = 'moved1'\ndown_revision = 'side1', \\\n    «'trunk1'|»\n"),
    ]
}

/// Values that are known only when the module runs, with the line and column at which they stand.
#[rustfmt::skip]
pub(crate) fn computed() -> Vec<(&'static str, &'static str, (usize, usize))> {
    vec![
        ("call", "revision = 'moved1'\ndown_revision = get_down_revision()\n", (2, 17)),
        ("method", "revision = 'moved1'\ndown_revision = 'base01'.lower()\n", (2, 17)),
        ("attribute", "import other\nrevision = 'moved1'\ndown_revision = other.revision\n", (3, 17)),
        ("subscript", "IDS = ['base01']\nrevision = 'moved1'\ndown_revision = IDS[0]\n", (3, 17)),
        ("import", "revision = 'moved1'\nfrom other import revision as down_revision\n", (2, 1)),
        ("star import", "revision = 'moved1'\ndown_revision = 'base01'\nfrom other import *\n", (3, 1)),
        ("conditional expression", "import os\nrevision = 'moved1'\ndown_revision = 'base01' if os.name else None\n", (3, 17)),
        ("conditional statement", "import os\nrevision = 'moved1'\nif os.name:\n    down_revision = 'base01'\nelse:\n    down_revision = None\n", (6, 21)),
        ("loop", "revision = 'moved1'\nfor down_revision in ['base01']:\n    pass\n", (2, 1)),
        ("with", "revision = 'moved1'\nwith open('x') as down_revision:\n    pass\n", (2, 1)),
        ("augmented", "revision = 'moved1'\ndown_revision = 'base'\ndown_revision += '01'\n", (3, 1)),
        ("format", "revision = 'moved1'\ndown_revision = f'{1:02}'\n", (2, 17)),
        ("percent", "revision = 'moved1'\ndown_revision = 'base%s' % '01'\n", (2, 17)),
        ("element", "revision = 'moved1'\ndown_revision = ('base01', f())\n", (2, 17)),
        ("starred", "A = ('base01',)\nrevision = 'moved1'\ndown_revision = (*A,)\n", (3, 17)),
        ("function", "revision = 'moved1'\ndef down_revision():\n    pass\n", (2, 1)),
        ("walrus", "revision = 'moved1'\nprint(down_revision := 'base01')\n", (2, 1)),
        ("walrus in a value", "revision = 'moved1'\na = (down_revision := 'base01')\n", (2, 1)),
        ("globals", "revision = 'moved1'\ndown_revision = 'x'\nglobals()['down_revision'] = 'base01'\n", (3, 1)),
        ("globals update", "revision = 'moved1'\ndown_revision = 'x'\nglobals().update(down_revision='base01')\n", (3, 1)),
        ("exec", "revision = 'moved1'\ndown_revision = 'x'\nexec('down_revision = \"base01\"')\n", (3, 1)),
        ("comprehension", "revision = 'moved1'\ndown_revision = tuple(x for x in ['base01'])\n", (2, 17)),
        ("match", "revision = 'moved1'\nmatch 'base01':\n    case down_revision:\n        pass\n", (2, 1)),
        ("filled later", "revision = 'moved1'\ndown_revision = ['base01']\ndown_revision.append('trunk1')\n", (3, 1)),
        ("filled through an index", "revision = 'moved1'\ndown_revision = ['base01']\ndown_revision[0] = 'trunk1'\n", (3, 1)),
    ]
}
