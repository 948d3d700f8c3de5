"""What real Alembic says a migration does: the SQL of its `upgrade()` in offline mode, without a database.

Reads {"dialect": NAME, "groups": [{"root": DIR, "files": [FILE]}]} and writes a list with one object for each file,
{"file", "sql"} or {"file", "error": {"kind", "message"}}. Each group has a process of its own, with its root first
on the module path, and a time limit; a process that dies takes the file with it at which it was.

Packages that are not installed are made up, so that a migration which imports its application for something else
still runs. Nothing of them may be used for what the migration does: to call, read or compare it while `upgrade()`
runs is the error `absent PACKAGE`, also where the migration catches what is raised.
"""

import concurrent.futures
import importlib.abc
import importlib.machinery
import importlib.util
import io
import json
import logging
import multiprocessing
import os
import signal
import sys
import time
import types
import warnings

SECONDS = 10
SECONDS_A_GROUP = int(os.environ.get("RECHAIN_OFFLINE_SECONDS", "240"))
PROCESSES = multiprocessing.get_context("fork")


def main():
    task = json.load(sys.stdin)
    answer = os.dup(1)
    # Migrations print.
    os.dup2(2, 1)
    # Imported once, for all processes.
    import alembic.config, alembic.operations, alembic.runtime.environment  # noqa: E401, F401

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        groups = pool.map(lambda group: list(run_group(task["dialect"], group)), task["groups"])
        results = [result for group in groups for result in group]
    with os.fdopen(answer, "w") as out:
        json.dump(results, out)


def run_group(dialect, group):
    files, deadline = list(group["files"]), time.monotonic() + SECONDS_A_GROUP
    while files:
        ours, theirs = PROCESSES.Pipe(duplex=False)
        process = PROCESSES.Process(target=run_files, args=(dialect, group["root"], files, theirs))
        process.start()
        theirs.close()
        kind = "died"
        try:
            while files:
                if not ours.poll(max(0, deadline - time.monotonic())):
                    kind = "package takes too long"
                    break
                yield {"file": files[0], **ours.recv()}
                files.pop(0)
        except EOFError:
            pass
        process.kill()
        process.join()
        if kind != "died":
            for file in files:
                yield {"file": file, "error": {"kind": kind, "message": f"more than {SECONDS_A_GROUP} s"}}
            return
        if files:
            yield {"file": files.pop(0), "error": {"kind": kind, "message": f"exit status {process.exitcode}"}}


def run_files(dialect, root, files, answers):
    sys.path.insert(0, root)
    sys.dont_write_bytecode = True
    sys.meta_path.append(Finder(root))
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    os.chdir(root)
    signal.signal(signal.SIGALRM, too_long)
    for file in files:
        answers.send(run(dialect, root, file))
    answers.close()


def too_long(*_):
    raise TimeoutError(f"more than {SECONDS} s")


def run(dialect, root, file):
    used.clear()
    signal.alarm(SECONDS)
    try:
        answer = {"sql": upgrade_sql(dialect, file)}
    except BaseException as error:  # Whatever a migration raises.
        answer = {"error": {"kind": type(error).__name__, "message": str(error)[:300]}}
    finally:
        signal.alarm(0)
        state.running = False
    if used:
        absent = sorted(used)
        return {"error": {"kind": f"absent {kind_of(absent[0], root)}", "message": ", ".join(absent)}}
    return answer


def kind_of(module, root):
    """The package to install for `module`, or the module where it is the project that should have it."""
    package = module.split(".")[0]
    return module if os.path.exists(os.path.join(root, package)) else package


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
            # What is wrong with the module itself is told as such.
            used.clear()
            state.running = True
            module.upgrade()
    return buffer.getvalue()


class State:
    running = False


state = State()
used = set()


class AbsentPackage(Exception):
    pass


class Nothing:
    """Whatever an absent package would give."""

    def __init__(self, package):
        object.__setattr__(self, "_package", package)

    def _use(self, *_, **__):
        package = object.__getattribute__(self, "_package")
        used.add(package)
        raise AbsentPackage(package)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self._again()

    def __call__(self, *args, **kwargs):
        return self._again()

    def _again(self):
        if state.running:
            self._use()
        return Nothing(object.__getattribute__(self, "_package"))

    def __mro_entries__(self, bases):
        return ()

    def __or__(self, other):
        return self._again()

    def __getitem__(self, key):
        return self._again()

    __ror__ = __or__
    __bool__ = __iter__ = __len__ = __contains__ = __eq__ = __lt__ = __gt__ = __le__ = __ge__ = __hash__ = _use
    __add__ = __radd__ = __mod__ = __rmod__ = __str__ = __format__ = __int__ = __index__ = __enter__ = __exit__ = _use


class Absent(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if state.running:
            used.add(self.__name__)
            raise AbsentPackage(self.__name__)
        return Nothing(self.__name__)


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Comes last: only for what nobody else finds."""

    def __init__(self, root):
        self.root = root

    def find_spec(self, name, path, target=None):
        if not self.is_for_project():
            return None
        package = name.rpartition(".")[0]
        # What else an installed package may have, it may do without.
        if package and not self.is_absent(sys.modules.get(package)) or name.split(".")[0] in sys.stdlib_module_names:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def is_for_project(self):
        """What packages import for themselves, they may do without."""
        frame = sys._getframe(1)
        while frame and ("importlib" in frame.f_code.co_filename or frame.f_globals.get("__name__") == __name__):
            frame = frame.f_back
        return frame is not None and frame.f_code.co_filename.startswith(self.root)

    def is_absent(self, package):
        """Or a part of the project: other parts of it may come with other wheels."""
        return isinstance(package, Absent) or any(str(it).startswith(self.root) for it in package.__path__)

    def create_module(self, spec):
        module = Absent(spec.name)
        module.__path__ = []
        return module

    def exec_module(self, module):
        pass


if __name__ == "__main__":
    main()
