//! Modules and files around a migration.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::effects::{Direction, effects_within};
use crate::surroundings::{ModuleSource, Surroundings};
use crate::testing::shown;

struct Files(BTreeMap<&'static str, &'static str>);

impl Surroundings for Files {
    fn path(&self) -> Option<String> {
        Some("/repo/migrations/versions/0123_x.py".into())
    }

    fn module(&self, name: &str) -> Option<Arc<ModuleSource>> {
        let path = name.replace('.', "/");
        let module = self.0.get(&*format!("{path}.py"));
        let package = self.0.get(&*format!("{path}/__init__.py"));
        let text = (*module.or(package)?).to_owned();
        Some(Arc::new(ModuleSource::new(text, module.is_none(), None)))
    }

    fn text(&self, path: &str) -> Option<String> {
        self.0.get(path).map(|text| (*text).to_owned())
    }
}

#[track_caller]
fn check(files: &[(&'static str, &'static str)], source: &str, expected: &[&str]) {
    let source = format!("from alembic import op\nimport sqlalchemy as sa\n{source}");
    let files = Files(files.iter().copied().collect());
    let effects = effects_within(&source, Direction::Upgrade, &files);
    for effect in &effects {
        assert!(
            source.get(effect.range.as_range()).is_some(),
            "{effect:?} lies outside of the migration"
        );
    }
    let shown: Vec<String> = effects.iter().map(shown).collect();
    assert_eq!(shown, expected, "{source}");
}

#[test]
fn functions_of_other_modules() {
    let helper = (
        "app/db/helpers.py",
        "from alembic import op\nimport sqlalchemy as sa\nfrom . import names\n\ndef add(table):\n    op.add_column(table, sa.Column(names.FLAG, sa.Boolean()))\n",
    );
    let names = ("app/db/names.py", "FLAG = 'flag'\nTABLES = ['a', 'b']\n");
    let package = ("app/db/__init__.py", "from app.db.helpers import add\n");
    let adds = &[
        "require table a",
        "create column a.flag",
        "require table b",
        "create column b.flag",
    ];
    check(
        &[helper, names],
        "from app.db.helpers import add\nfrom app.db.names import TABLES\ndef upgrade():\n    for table in TABLES:\n        add(table)\n",
        adds,
    );
    check(
        &[helper, names, package],
        "import app.db\nfrom app.db import names\ndef upgrade():\n    for table in names.TABLES:\n        app.db.add(table)\n",
        adds,
    );
    check(
        &[],
        "from app.db.helpers import add\ndef upgrade():\n    add('a')\n",
        &["opaque: call of app.db.helpers.add"],
    );
}

#[test]
fn borrowed_functions() {
    check(
        &[(
            "5a0c_dedup.py",
            "from alembic import op\ndef upgrade():\n    op.drop_table('a')\n",
        )],
        "_m = __import__('5a0c_dedup', globals(), locals(), ['upgrade'])\nupgrade = _m.upgrade\n",
        &["drop table a"],
    );
    check(
        &[(
            "shared.py",
            "from alembic import op\ndef run():\n    op.drop_table('a')\n",
        )],
        "import importlib\ndef upgrade():\n    importlib.import_module('shared').run()\n",
        &["drop table a"],
    );
}

#[test]
fn importing_has_no_effect() {
    check(
        &[(
            "app/x.py",
            "from alembic import op\nop.drop_table('a')\nN = 'b'\n",
        )],
        "from app.x import N\ndef upgrade():\n    op.drop_table(N)\n",
        &["drop table b"],
    );
    // Modules that import each other.
    check(
        &[
            ("x.py", "from y import A\nB = A\n"),
            ("y.py", "from x import B\nA = B\n"),
        ],
        "from x import B\ndef upgrade():\n    op.drop_table(B)\n",
        &["opaque: table_name of op.drop_table is not known"],
    );
}

#[test]
fn files_beside_the_migration() {
    let sql = ("/repo/migrations/versions/up.sql", "DROP TABLE a;");
    let drops = &["drop table a"];
    for read in [
        "open(os.path.join(os.path.dirname(__file__), 'up.sql')).read()",
        "open(os.path.dirname(os.path.abspath(__file__)) + '/up.sql', 'r').read()",
        "Path(__file__).parent.joinpath('up.sql').read_text()",
        "(Path(__file__).resolve().parent / 'up.sql').read_text(encoding='utf-8')",
        "open(Path(__file__).with_name('up.sql')).read()",
    ] {
        check(
            &[sql],
            &format!(
                "import os\nfrom pathlib import Path\ndef upgrade():\n    op.execute({read})\n"
            ),
            drops,
        );
    }
    check(
        &[sql],
        "import os\nHERE = os.path.dirname(__file__)\ndef upgrade():\n    with open(f'{HERE}/up.sql') as f:\n        op.execute(sa.text(f.read()))\n",
        drops,
    );
    check(
        &[],
        "def upgrade():\n    op.execute(open('up.sql').read())\n",
        &["opaque: SQL put together at run time"],
    );
}

#[test]
fn decorators_and_managers_of_the_project() {
    let files = &[(
        "app/util.py",
        "import functools\nfrom contextlib import contextmanager\nfrom alembic import op\n\ndef skip_if_sqlite(f):\n    @functools.wraps(f)\n    def inner(*args, **kwargs):\n        if op.get_bind().dialect.name == 'sqlite':\n            return\n        return f(*args, **kwargs)\n    return inner\n\n@contextmanager\ndef quiet(name):\n    op.execute('DROP VIEW v')\n    try:\n        yield name\n    finally:\n        op.execute('CREATE VIEW v AS SELECT 1')\n",
    )];
    check(
        files,
        "from app.util import skip_if_sqlite\n@skip_if_sqlite\ndef upgrade():\n    op.drop_table('a')\n",
        &["drop table a [postgresql, mysql, mssql, oracle]"],
    );
    check(
        files,
        "from app.util import quiet\ndef upgrade():\n    with quiet('a') as name:\n        op.drop_table(name)\n",
        &["drop view v", "drop table a", "create view v"],
    );
}
