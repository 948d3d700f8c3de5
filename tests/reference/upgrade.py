"""Runs Alembic commands on a database and tells what came of it.

Reads a list of jobs and writes a list with one object for each. A job has

  project    the directory of an alembic.ini, which becomes the working directory; the URL reaches its
             env.py as DATABASE_URL and as the option sqlalchemy.url; or instead
  versions   a bare version location, for which a generic env.py is made up, and "recursive"
  url        the database
  commands   lists like ["upgrade", "head"], ["downgrade", "base"], ["stamp", "REV"]

and its answer

  steps      one for each command up to the first that fails: "command", "executed" (a list of
             {"revision", "upgrade"} in the order it ran), and "error" ({"class", "message"}) or null
  versions   the rows of alembic_version, sorted
  schema     "tables": name -> "columns" (name -> "type", "nullable", "default"), "primary_key",
             "indexes", "unique_constraints", "foreign_keys", "checks"; "views"; "enums" (PostgreSQL).
             What is not in the default schema is named SCHEMA.NAME.

Every job has a process of its own: Alembic and SQLAlchemy remember things between upgrades.
"""

import contextlib
import io
import json
import multiprocessing
import os
from pathlib import Path
import sys
import tempfile

from alembic.config import CommandLine, Config
from alembic.runtime import migration
import sqlalchemy as sa
import sqlalchemy.dialects.postgresql
import sqlalchemy.dialects.sqlite

ENV = """
from alembic import context
from sqlalchemy import create_engine, pool

engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""


def main():
    jobs = json.load(sys.stdin)
    # Forked children share the imports, which cost more than most upgrades.
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    with multiprocessing.get_context(method).Pool(os.cpu_count(), maxtasksperchild=1) as pool:
        json.dump(pool.map(run, jobs, chunksize=1), sys.stdout)


def run(job):
    with tempfile.TemporaryDirectory() as scratch, contextlib.redirect_stdout(sys.stderr):
        sys.dont_write_bytecode = True
        config = project(job) if "project" in job else generic(job, Path(scratch))
        steps = []
        for words in job["commands"]:
            steps.append(step(config, words))
            if steps[-1]["error"] is not None:
                break
    engine = sa.create_engine(job["url"], poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        return {"steps": steps, "versions": versions(connection), "schema": schema(connection)}


def project(job):
    os.chdir(job["project"])
    os.environ["DATABASE_URL"] = job["url"]
    config = Config("alembic.ini", stdout=io.StringIO())
    config.set_main_option("sqlalchemy.url", job["url"].replace("%", "%%"))
    return config


def generic(job, scratch):
    (scratch / "env.py").write_text(ENV)
    config = Config(stdout=io.StringIO())
    config.attributes["url"] = job["url"]
    options = {
        "script_location": str(scratch),
        "path_separator": "newline",
        "version_locations": str(Path(job["versions"]).absolute()),
        "recursive_version_locations": str(job.get("recursive", False)).lower(),
    }
    for key, value in options.items():
        config.set_main_option(key, value.replace("%", "%%"))
    return config


class Log:
    """In the place of the migration logger: an env.py may configure logging as it likes."""

    def __init__(self):
        self.executed = []

    def info(self, message, *arguments):
        for step in arguments:
            if isinstance(step, migration.RevisionStep):
                self.executed.append({"revision": step.revision.revision, "upgrade": step.is_upgrade})

    def __getattr__(self, _):
        return lambda *arguments, **options: None


def step(config, words):
    migration.log = Log()
    error = None
    try:
        # As typed behind `alembic`.
        options = CommandLine().parser.parse_args(words)
        run_command, positional, keywords = options.cmd
        run_command(
            config,
            *[getattr(options, name) for name in positional],
            **{name: getattr(options, name) for name in keywords},
        )
    except (Exception, SystemExit) as raised:
        # The database's own class says more than SQLAlchemy's.
        cause = getattr(raised, "orig", None) or raised
        error = {"class": type(cause).__name__, "message": str(raised)}
    return {"command": words, "executed": migration.log.executed, "error": error}


def versions(connection):
    if not sa.inspect(connection).has_table("alembic_version"):
        return []
    return sorted(connection.scalars(sa.text("SELECT version_num FROM alembic_version")))


def schema(connection):
    inspector = sa.inspect(connection)
    tables, views = {}, []
    system = {"information_schema", "pg_catalog"}
    for name in inspector.get_schema_names():
        if name in system:
            continue
        prefix = "" if name == inspector.default_schema_name else f"{name}."
        views += [prefix + view for view in inspector.get_view_names(schema=name)]
        for table in inspector.get_table_names(schema=name):
            tables[prefix + table] = described(inspector, connection, table, name)
    found = {"tables": tables, "views": sorted(views)}
    if connection.dialect.name == "postgresql":
        enums = inspector.get_enums(schema="*")
        found["enums"] = {enum["name"]: enum["labels"] for enum in enums}
    return found


def described(inspector, connection, table, schema):
    columns = {
        column["name"]: {
            "type": type_name(column["type"], connection.dialect),
            "nullable": column["nullable"],
            "default": column["default"],
        }
        for column in inspector.get_columns(table, schema=schema)
    }
    kept = {
        "indexes": (inspector.get_indexes, ("name", "column_names", "unique")),
        "unique_constraints": (inspector.get_unique_constraints, ("name", "column_names")),
        "foreign_keys": (
            inspector.get_foreign_keys,
            ("name", "constrained_columns", "referred_schema", "referred_table", "referred_columns", "options"),
        ),
        "checks": (inspector.get_check_constraints, ("name", "sqltext")),
    }
    found = {"columns": columns}
    found["primary_key"] = inspector.get_pk_constraint(table, schema=schema)["constrained_columns"]
    for kind, (get, keys) in kept.items():
        items = [{key: item.get(key) for key in keys} for item in get(table, schema=schema)]
        found[kind] = sorted(items, key=lambda item: json.dumps(item, sort_keys=True))
    return found


def type_name(kind, dialect):
    try:
        return kind.compile(dialect=dialect)
    except sa.exc.CompileError:
        return repr(kind)


if __name__ == "__main__":
    main()
