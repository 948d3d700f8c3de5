"""What real Alembic says a migration does: the SQL of its `upgrade()` in offline mode, without a database.

Reads {"dialect": NAME, "groups": [{"root": DIR, "files": [FILE]}]} and writes [{"file", "sql"} or
{"file", "error"}]. Each group has a process of its own, with its root first on the module path.
"""

import importlib.util
import io
import json
import logging
import multiprocessing
import os
import signal
import sys
import warnings

SECONDS = 5


def main():
    task = json.load(sys.stdin)
    answer = os.dup(1)
    # Migrations print.
    os.dup2(2, 1)
    work = [(task["dialect"], group["root"], group["files"]) for group in task["groups"]]
    with multiprocessing.get_context("fork").Pool(2, maxtasksperchild=1) as pool:
        results = [result for group in pool.imap(run_group, work, chunksize=1) for result in group]
    with os.fdopen(answer, "w") as out:
        json.dump(results, out)


def run_group(work):
    dialect, root, files = work
    sys.path.insert(0, root)
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    signal.signal(signal.SIGALRM, too_long)
    return [run(dialect, file) for file in files]


def too_long(*_):
    raise TimeoutError("it takes too long")


def run(dialect, file):
    signal.alarm(SECONDS)
    try:
        return {"file": file, "sql": upgrade_sql(dialect, file)}
    except BaseException as error:  # Whatever a migration raises.
        return {"file": file, "error": f"{type(error).__name__}: {error}"[:200]}
    finally:
        signal.alarm(0)


def upgrade_sql(dialect, file):
    from alembic.config import Config
    from alembic.operations import Operations
    from alembic.runtime.environment import EnvironmentContext

    spec = importlib.util.spec_from_file_location("migration", file)
    module = importlib.util.module_from_spec(spec)
    buffer = io.StringIO()
    with EnvironmentContext(Config(), None, as_sql=True) as environment:
        environment.configure(dialect_name=dialect, output_buffer=buffer, literal_binds=True)
        with Operations.context(environment.get_context()):
            spec.loader.exec_module(module)
            module.upgrade()
    return buffer.getvalue()


if __name__ == "__main__":
    main()
