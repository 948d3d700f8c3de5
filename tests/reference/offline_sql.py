"""Runs `alembic upgrade heads --sql` on version locations and tells what it printed.

Reads a list of {"dir", "recursive"} and writes a list with one object for each:

  error      why nothing could be run ({"class", "message"}), or null
  revisions  a list of {"revision", "sql", "error"} in the order in which they ran: the statements but for those
             on alembic_version, and what ended the revision early, which then stops there while the run goes on

The dialect is PostgreSQL's. Packages that are not installed are made up: everything in them is callable and
does nothing, so that a revision that imports its application for a constant still runs. A module that cannot be
imported even so takes its place in the order, and fails when its turn comes.
"""

import ast
import contextlib
import importlib.abc
import importlib.machinery
import io
import json
import multiprocessing
import os
from pathlib import Path
import re
import sys
import tempfile
import types
import warnings

from alembic import command
from alembic.config import Config
from alembic.script import base as script_base

ENV = """
from alembic import context

context.config.attributes["guard"](context)
context.configure(dialect_name="postgresql", literal_binds=True, version_table="alembic_version")
with context.begin_transaction():
    context.run_migrations()
"""
VERSION_ROW = re.compile(r"\s*(INSERT INTO|UPDATE|DELETE FROM|CREATE TABLE) alembic_version\b")


class Nothing:
    """Whatever an absent package would give."""

    def __init__(self, *args, **kwargs):
        pass

    def __mro_entries__(self, bases):
        return ()

    def __or__(self, other):
        return self

    __ror__ = __getitem__ = __or__

    def __enter__(self):
        return self

    def __exit__(self, *args):
        return None

    def __call__(self, *args, **kwargs):
        return args[0] if len(args) == 1 and callable(args[0]) else self

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __iter__(self):
        return iter(())

    def __repr__(self):
        return "nothing"


class Absent(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing()


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        module = Absent(spec.name)
        module.__path__ = []
        return module

    def exec_module(self, module):
        pass


def main():
    jobs = json.load(sys.stdin)
    with multiprocessing.get_context("fork").Pool(os.cpu_count(), maxtasksperchild=1) as pool:
        json.dump(pool.map(run, jobs, chunksize=1), sys.stdout)


def run(job):
    sys.dont_write_bytecode = True
    sys.meta_path.append(Finder())
    warnings.simplefilter("ignore")
    script_base.util.load_python_file = load
    output = io.StringIO()
    revisions = []
    with tempfile.TemporaryDirectory() as scratch, contextlib.redirect_stdout(sys.stderr):
        Path(scratch, "env.py").write_text(ENV)
        config = Config(output_buffer=output, stdout=io.StringIO())
        config.set_main_option("script_location", scratch)
        config.set_main_option("path_separator", "newline")
        config.set_main_option("version_locations", job["dir"])
        config.set_main_option("recursive_version_locations", str(job["recursive"]).lower())
        config.attributes["guard"] = lambda context: guard(context, revisions, output)
        error = None
        try:
            command.upgrade(config, "heads", sql=True)
        except BaseException as failure:
            error = describe(failure)
    for at, entry in enumerate(revisions):
        end = revisions[at + 1]["start"] if at + 1 < len(revisions) else len(output.getvalue())
        text = output.getvalue()[entry["start"] : end]
        statements = [part.strip() for part in text.split("\n\n")]
        entry["sql"] = [
            part
            for part in statements
            if part and not part.startswith("-- Running") and not VERSION_ROW.match(part)
        ]
        if entry["sql"] and entry["sql"][-1] == "COMMIT;":
            entry["sql"].pop()
        entry["sql"] = in_one_order(entry["sql"])
        del entry["start"]
    return {"error": error, "revisions": revisions}


def in_one_order(statements):
    """The indexes of one table come in the order of a set of objects, another one in each run."""
    result, indexes = [], []
    for statement in [*statements, None]:
        if statement is not None and re.match(r"CREATE (UNIQUE )?INDEX", statement):
            indexes.append(statement)
            continue
        result += sorted(indexes)
        indexes = []
        if statement is not None:
            result.append(statement)
    return result


load_python_file = script_base.util.load_python_file


def load(directory, name):
    if name == "env.py":
        return load_python_file(directory, name)
    try:
        return load_python_file(directory, name)
    except BaseException as failure:
        return unloadable(Path(directory, name), failure)


def unloadable(path, failure):
    """The literal identifiers of a module that cannot be imported."""
    module = types.ModuleType(path.stem)

    def upgrade():
        raise failure

    module.upgrade = upgrade
    # The body may be newer than this Python.
    header = re.split(r"(?m)^(?:def|class|@)", path.read_text(encoding="utf-8"))[0]
    for statement in ast.parse(header).body:
        targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
        for target in targets:
            if isinstance(target, ast.Name):
                with contextlib.suppress(ValueError, TypeError):
                    setattr(module, target.id, ast.literal_eval(statement.value))
    return module


def guard(context, revisions, output):
    """Has every revision entered when it starts, and its failure written down."""
    for script in context.script.walk_revisions():
        script.module.upgrade = guarded(script.revision, script.module.upgrade, revisions, output)


def guarded(revision, upgrade, revisions, output):
    def run_it(**arguments):
        entry = {"revision": revision, "start": len(output.getvalue()), "error": None}
        revisions.append(entry)
        try:
            upgrade(**arguments)
        except BaseException as failure:
            entry["error"] = describe(failure)

    return run_it


def describe(failure):
    message = re.sub(r"0x[0-9a-f]+", "0x", str(failure))
    return {"class": type(failure).__name__, "message": message}


if __name__ == "__main__":
    main()
