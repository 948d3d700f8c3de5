"""Runs pairs of migrations in both orders through real Alembic on a real database and compares the outcomes.

Started as `pairs.py postgresql URL`, `pairs.py mysql URL` or `pairs.py sqlite`. The first line is the text of the module `migration_helpers`,
from which migrations borrow. Then it reads a JSON document a line, {"base": [text], "one": [text], "other": [text],
"together": flag}, and answers each with a line. Of the texts of a migration, the first that runs is taken, else the first;
where they belong together, the first two of which the second runs after the first.

    chosen  which text of each is taken
    alone   whether each of the two runs on the base
    both    whether the second runs after the first, for each order
    same    whether both orders leave the same schema and rows, the order of columns aside
    order   whether the order of columns differs
    notes   what failed or differs, in words

Each migration gets a MigrationContext of its own, as when each is an upgrade of its own. On PostgreSQL all happens in
one transaction with savepoints, and is rolled back; SQLite is restored from a copy of the base; MySQL, where DDL cannot be
rolled back, makes the base anew. Steps of the base that do not run are passed over. What cannot run within a transaction runs without the word that makes it so (CONCURRENTLY), or as
its nearest kin (ANALYZE for VACUUM).
"""

import contextlib
import json
import re
import sqlite3
import sys
import types
import warnings

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from pairs_mysql import MySql

warnings.filterwarnings("ignore")


def borrow(text):
    """The module from which migrations borrow."""
    module = types.ModuleType("migration_helpers")
    exec(compile(text, "migration_helpers.py", "exec"), module.__dict__)
    sys.modules[module.__name__] = module


MigrationContext.autocommit_block = lambda self: contextlib.nullcontext()


def within_transaction(_connection, _cursor, statement, parameters, _context, _many):
    statement = re.sub(r"\bCONCURRENTLY\b", "", statement)
    return re.sub(r"^VACUUM\b", "ANALYZE", statement), parameters


def load(text):
    names = {"__name__": "migration"}
    try:
        exec(compile(text, "migration.py", "exec"), names)
    except Exception as error:
        return failing(error)
    return names["upgrade"]


def failing(error):
    """The migration of a module that cannot be loaded."""

    def upgrade():
        raise error

    return upgrade


def run(connection, upgrade):
    with Operations.context(MigrationContext.configure(connection)):
        upgrade()
    if connection.dialect.name == "sqlite":
        no_text_for_names(connection.connection.driver_connection)
    if connection.dialect.name == "mysql":
        # As Alembic does where DDL cannot be rolled back.
        connection.commit()


def no_text_for_names(database):
    """SQLite takes a name in double quotes that is no column for text, in indexes and checks too: others refuse it."""
    for table, sql in database.execute("SELECT tbl_name, sql FROM sqlite_master WHERE type = 'index'").fetchall():
        columns = {column[1] for column in database.execute(f'PRAGMA table_xinfo("{table}")').fetchall()}
        over = (sql or "").partition("(")[2]
        for name in re.findall(r'"(\w+)"', over):
            if name not in columns:
                raise ValueError(f"no such column: {name}")
    for table, sql in database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall():
        columns = {column[1] for column in database.execute(f'PRAGMA table_xinfo("{table}")').fetchall()}
        for check in checks(sql):
            for name in re.findall(r'"(\w+)"', check):
                if name not in columns:
                    raise ValueError(f"no such column: {name}")


def checks(sql):
    """What stands in the parentheses of each CHECK in the text of a table."""
    for start in re.finditer(r"\bCHECK\s*\(", sql):
        depth, end = 1, start.end()
        while depth and end < len(sql):
            depth += {"(": 1, ")": -1}.get(sql[end], 0)
            end += 1
        yield sql[start.end():end - 1]


POSTGRESQL = """
WITH own AS (SELECT oid, nspname FROM pg_namespace
             WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema')
SELECT json_build_array('column', nspname, relname, attname, format_type(atttypid, atttypmod), attnotnull,
       pg_get_expr(adbin, adrelid), attidentity, attgenerated, col_description(c.oid, attnum), attstorage,
       attstattarget, attinhcount)::text
  FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid JOIN own ON own.oid = relnamespace
  LEFT JOIN pg_attrdef d ON adrelid = attrelid AND adnum = attnum
 WHERE attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'v', 'm', 'p')
UNION ALL
SELECT json_build_array('relation', nspname, relname, relkind, obj_description(c.oid, 'pg_class'),
       CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END, relrowsecurity, relforcerowsecurity,
       relpersistence, relreplident, reloptions, relispartition, pg_get_partkeydef(c.oid),
       pg_get_expr(relpartbound, c.oid))::text
  FROM pg_class c JOIN own ON own.oid = relnamespace WHERE relkind <> 'i'
UNION ALL
SELECT json_build_array('index', nspname, pg_get_indexdef(c.oid), obj_description(c.oid, 'pg_class'))::text
  FROM pg_class c JOIN own ON own.oid = relnamespace WHERE relkind = 'i'
UNION ALL
SELECT json_build_array('constraint', nspname, conrelid::regclass, conname, contype, pg_get_constraintdef(c.oid),
       obj_description(c.oid, 'pg_constraint'))::text
  FROM pg_constraint c JOIN own ON own.oid = connamespace
UNION ALL
SELECT json_build_array('type', nspname, typname,
       (SELECT json_agg(enumlabel ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid))::text
  FROM pg_type t JOIN own ON own.oid = typnamespace WHERE typtype = 'e'
UNION ALL
SELECT json_build_array('domain', nspname, typname, format_type(typbasetype, typtypmod), typnotnull, typdefault)::text
  FROM pg_type t JOIN own ON own.oid = typnamespace WHERE typtype = 'd'
UNION ALL
SELECT json_build_array('attribute', nspname, typname, attname, format_type(atttypid, atttypmod))::text
  FROM pg_type t JOIN own ON own.oid = typnamespace JOIN pg_class c ON c.oid = typrelid AND relkind = 'c'
  JOIN pg_attribute ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
UNION ALL
SELECT json_build_array('description of type', nspname, typname, obj_description(t.oid, 'pg_type'))::text
  FROM pg_type t JOIN own ON own.oid = typnamespace WHERE obj_description(t.oid, 'pg_type') IS NOT NULL
UNION ALL
SELECT json_build_array('trigger', tgrelid::regclass, pg_get_triggerdef(oid), tgenabled, obj_description(oid, 'pg_trigger'))::text
  FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT json_build_array('function', nspname, pg_get_functiondef(p.oid), obj_description(p.oid, 'pg_proc'))::text
  FROM pg_proc p JOIN own ON own.oid = pronamespace WHERE prokind IN ('f', 'p')
UNION ALL
SELECT json_build_array('schema', nspname, obj_description(oid, 'pg_namespace'))::text FROM own
UNION ALL
SELECT json_build_array('policy', polrelid::regclass, polname, polcmd, pg_get_expr(polqual, polrelid),
       pg_get_expr(polwithcheck, polrelid))::text FROM pg_policy
UNION ALL
SELECT json_build_array('rule', ev_class::regclass, pg_get_ruledef(r.oid), ev_enabled)::text
  FROM pg_rewrite r JOIN pg_class c ON c.oid = ev_class JOIN own ON own.oid = relnamespace WHERE rulename <> '_RETURN'
UNION ALL
SELECT json_build_array('statistics', nspname, pg_get_statisticsobjdef(s.oid))::text
  FROM pg_statistic_ext s JOIN own ON own.oid = stxnamespace
UNION ALL
SELECT json_build_array('sequence', seqrelid::regclass, seqtypid::regtype, seqstart, seqincrement, seqmin, seqmax,
       (SELECT json_agg(json_build_array(refobjid::regclass,
         (SELECT attname FROM pg_attribute WHERE attrelid = refobjid AND attnum = refobjsubid))) FROM pg_depend
         WHERE objid = seqrelid AND deptype IN ('a', 'i') AND refclassid = 'pg_class'::regclass))::text FROM pg_sequence
UNION ALL
SELECT json_build_array('publication', pubname, (SELECT json_agg(prrelid::regclass ORDER BY prrelid::regclass::text)
       FROM pg_publication_rel WHERE prpubid = p.oid))::text FROM pg_publication p
UNION ALL
SELECT json_build_array('parent', inhrelid::regclass, inhparent::regclass)::text FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
  JOIN own ON own.oid = relnamespace WHERE relkind = 'r'
UNION ALL
SELECT json_build_array('extension', extname, obj_description(oid, 'pg_extension'))::text FROM pg_extension
UNION ALL
SELECT json_build_array('collation', nspname, collname)::text FROM pg_collation JOIN own ON own.oid = collnamespace
UNION ALL
SELECT json_build_array('role', rolname, rolconfig)::text FROM pg_roles WHERE rolname NOT LIKE 'pg\\_%'
"""

POSTGRESQL_TABLES = """
SELECT format('%I.%I', nspname, relname), string_agg(attname, ',' ORDER BY attnum)
  FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace JOIN pg_attribute ON attrelid = c.oid
 WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema' AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
 GROUP BY 1 ORDER BY 1
"""


class PostgreSql:
    started = None

    def __init__(self, url):
        self.engine = sa.create_engine(url)
        sa.event.listen(self.engine, "before_cursor_execute", within_transaction, retval=True)
        self.connection = self.engine.connect()
        self.transaction = None
        self.savepoint = None

    def start(self, base):
        if self.transaction is not None:
            self.transaction.rollback()
        self.transaction = self.connection.begin()
        for step in base:
            savepoint = self.connection.begin_nested()
            try:
                run(self.connection, step)
                savepoint.commit()
            except Exception:
                savepoint.rollback()
        self.savepoint = self.connection.begin_nested()

    def reset(self):
        self.savepoint.rollback()
        # One that SQLAlchemy knows: what an ORM session rolls back stays within it.
        self.savepoint = self.connection.begin_nested()
        # What a sequence has given out is not rolled back.
        self.connection.exec_driver_sql("SELECT setval(c.oid, 1, false) FROM pg_class c WHERE relkind = 'S'")

    def broken(self):
        """A new connection, in case the old one cannot go on."""
        try:
            self.connection.close()
        finally:
            self.transaction = None
            self.connection = self.engine.connect()

    def schema(self):
        cursor = self.connection.connection.cursor()
        cursor.execute(POSTGRESQL)
        lines = sorted(row[0] for row in cursor.fetchall())
        cursor.execute(POSTGRESQL_TABLES)
        tables = cursor.fetchall()
        for name, _ in tables:
            cursor.execute(f"SELECT to_jsonb(t)::text FROM {name} t")
            lines.extend(sorted(f"row of {name}: {row[0]}" for row in cursor.fetchall()))
        return lines, tables


def clauses(sql):
    """The named constraints and the checks in the text of a table."""
    found = re.findall(r'CONSTRAINT\s+"?(\w+)"?\s+(CHECK|UNIQUE|FOREIGN|PRIMARY)', sql)
    lines = [f"constraint {name} {kind}" for name, kind in found]
    for check in checks(sql):
        lines.append("check " + re.sub(r'[\s"]+', " ", check).strip())
    for collation in re.findall(r"COLLATE\s+\S+", sql):
        lines.append(collation)
    return lines


class Sqlite:
    started = None

    def __init__(self):
        self.raw = sqlite3.connect(":memory:", isolation_level=None)
        self.base = sqlite3.connect(":memory:")
        self.empty = sqlite3.connect(":memory:")
        self.engine = sa.create_engine("sqlite://", creator=lambda: self.raw, poolclass=sa.pool.StaticPool)
        self.connection = self.engine.connect()

    def start(self, base):
        self.load(self.empty)
        before = sqlite3.connect(":memory:")
        for step in base:
            self.connection.commit()
            self.raw.backup(before)
            try:
                run(self.connection, step)
            except Exception:
                # SQLite keeps what a statement did before another one failed.
                self.load(before)
        self.connection.commit()
        self.mend()
        self.raw.backup(self.base)

    def mend(self):
        """Takes away triggers and views that name what is not there, with which SQLite renames nothing at all."""
        for kind, name in self.raw.execute(
            "SELECT type, name FROM sqlite_master WHERE type IN ('trigger', 'view')"
        ).fetchall():
            try:
                self.raw.execute("CREATE TABLE probe (i)")
                self.raw.execute("ALTER TABLE probe RENAME TO probed")
                self.raw.execute("DROP TABLE probed")
            except sqlite3.OperationalError:
                self.raw.execute("DROP TABLE IF EXISTS probe")
                self.raw.execute(f"DROP {kind} {name}")

    def load(self, content):
        if self.connection.in_transaction():
            self.connection.rollback()
        if self.raw.in_transaction:
            self.raw.rollback()
        # These are of the connection, not of the database.
        for kind, name in self.raw.execute("SELECT type, name FROM sqlite_temp_master WHERE sql IS NOT NULL").fetchall():
            self.raw.execute(f'DROP {kind} IF EXISTS temp."{name}"')
        content.backup(self.raw)

    def reset(self):
        self.load(self.base)

    def broken(self):
        self.__init__()

    def schema(self):
        cursor = self.raw.cursor()
        lines, tables = [], []
        objects = cursor.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
        for kind, name, table, sql in objects:
            if kind in ("trigger", "view"):
                text = re.sub(r'[\s"]+', " ", sql)
                lines.append(f"{kind} {name} {table} {text}")
            if kind != "table" or name.startswith("sqlite_"):
                continue
            columns = cursor.execute(f'PRAGMA table_xinfo("{name}")').fetchall()
            tables.append((name, ",".join(column[1] for column in columns)))
            for column in columns:
                lines.append(f"column {name} {column[1:]}")
            for key in cursor.execute(f'PRAGMA foreign_key_list("{name}")').fetchall():
                lines.append(f"foreign key {name} {key[1:]}")
            for _, index, unique, origin, partial in cursor.execute(f'PRAGMA index_list("{name}")').fetchall():
                over = [row[2:6] for row in cursor.execute(f'PRAGMA index_xinfo("{index}")').fetchall()]
                text = ""
                if origin != "c":
                    index = "automatic"
                else:
                    text = next(sql for kind, other, _, sql in objects if kind == "index" and other == index)
                    text = re.sub(r'[\s"]+', " ", text)
                lines.append(f"index {name} {index} {unique} {origin} {partial} {over} {text}")
            lines.extend(f"{name}: {clause}" for clause in clauses(sql))
            names = sorted(column[1] for column in columns if column[6] != 1)
            selected = ", ".join(f'"{it}"' for it in names)
            try:
                rows = cursor.execute(f'SELECT {selected} FROM "{name}"').fetchall()
            except sqlite3.OperationalError as error:
                rows = [str(error)]
            lines.extend(sorted(f"row of {name} {names}: {row}" for row in rows))
        return sorted(lines), sorted(tables)


def words(error):
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"


def attempt(database, first, second):
    """Whether the first runs, whether the second runs after it, what tells what is there then, and what failed."""
    database.reset()
    try:
        run(database.connection, first)
    except Exception as error:
        return False, False, None, words(error)
    try:
        run(database.connection, second)
    except Exception as error:
        return True, False, None, f"after the other: {words(error)}"
    return True, True, database.schema, None


def schema_of(outcome):
    alone, both, schema, note = outcome
    return alone, both, schema and schema(), note


def choose(database, pair):
    ones, others = ([load(text) for text in pair[key]] for key in ("one", "other"))
    if len(ones) == 1:
        return 0, 0
    if pair["together"]:
        found = next((at for at, both in enumerate(zip(ones, others)) if attempt(database, *both)[1]), 0)
        return found, found
    nothing = lambda: None
    runs = lambda texts: next((at for at, text in enumerate(texts) if attempt(database, text, nothing)[0]), 0)
    return runs(ones), runs(others)


def varies(database, one, other, lines, other_lines):
    """Whether one order alone gives now this schema and now that one, so that both may give the same: batch mode copies
    unnamed constraints as a set of Python has them."""
    here, there = {tuple(lines)}, {tuple(other_lines)}
    for _ in range(4):
        for found, first, second in ((here, one, other), (there, other, one)):
            again = schema_of(attempt(database, first, second))
            if again[1]:
                found.add(tuple(again[2][0]))
    return bool(here & there)


def compare(database, pair):
    if pair["base"] != database.started:
        database.started = None
        database.start([load(step) for step in pair["base"]])
        database.started = pair["base"]
    chosen = choose(database, pair)
    one, other = load(pair["one"][chosen[0]]), load(pair["other"][chosen[1]])
    here = schema_of(attempt(database, one, other))
    there = schema_of(attempt(database, other, one))
    notes = [note for note in (here[3], there[3]) if note]
    same = order = False
    if here[1] and there[1]:
        (lines, tables), (other_lines, other_tables) = here[2], there[2]
        same = lines == other_lines or varies(database, one, other, lines, other_lines)
        order = tables != other_tables
        if not same:
            notes.extend("one first: " + line for line in lines if line not in other_lines)
            notes.extend("other first: " + line for line in other_lines if line not in lines)
    return {
        "chosen": chosen,
        "alone": [here[0], there[0]],
        "both": [here[1], there[1]],
        "same": same,
        "order": order,
        "notes": notes,
    }


def main():
    borrow(json.loads(sys.stdin.readline()))
    kind, *url = sys.argv[1:]
    if kind == "postgresql":
        database = PostgreSql(*url)
    elif kind == "mysql":
        database = MySql(*url, run)
    else:
        database = Sqlite()
    for line in sys.stdin:
        try:
            answer = compare(database, json.loads(line))
        except Exception as error:
            answer = {"failed": f"{type(error).__name__}: {error}"}
            database.broken()
            database.started = None
        print(json.dumps(answer), flush=True)


main()
