"""What Alembic's RevisionMap says of graphs that need not be sound.

Reads a list of {"revisions": [[ID, [DOWN], [DEPENDENCY], [LABEL]]], "arguments": [TEXT]} and writes a list with one
object for each:

  error      null, or {"class", "message"}: why the map could not be built
  warnings   what building it warned of
  arguments  what `get_revisions` makes of each argument: a list of ids, or {"class", "message"}; empty after an error
  one        the same of `get_revision`, which wants no more than one

No files: thousands of graphs are a second.
"""

import json
import signal
import sys
import warnings

from alembic.script.revision import Revision, RevisionMap

# A circle that passes Alembic's own test can make it run forever.
TIME_LIMIT = 2


def main():
    sys.setrecursionlimit(10_000)
    json.dump([answer(graph) for graph in json.load(sys.stdin)], sys.stdout)


def answer(graph):
    built, caught = None, []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            built, error = in_time(lambda: build(graph["revisions"])), None
        except Exception as raised:
            error = described(raised)
    arguments = graph["arguments"] if error is None else []
    return {
        "error": error,
        "warnings": [str(warning.message) for warning in caught],
        "arguments": [resolved(lambda: built.get_revisions(argument)) for argument in arguments],
        "one": [resolved(lambda: (built.get_revision(argument),)) for argument in arguments],
    }


def build(revisions):
    # As from files: each is made when the map asks for it.
    built = RevisionMap(
        lambda: (
            Revision(id, scalar(down), dependencies=scalar(dependencies), branch_labels=tuple(labels) or None)
            for id, down, dependencies, labels in revisions
        )
    )
    built._revision_map
    return built


def scalar(names):
    return tuple(names) if len(names) > 1 else names[0] if names else None


def resolved(work):
    try:
        return [revision.revision for revision in in_time(work) if revision is not None]
    except Exception as error:
        return described(error)


def in_time(work):
    def give_up(*_):
        raise TimeoutError(f"no answer after {TIME_LIMIT} s")

    if not hasattr(signal, "SIGALRM"):
        return work()
    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(TIME_LIMIT)
    try:
        return work()
    finally:
        signal.alarm(0)


def described(error):
    return {"class": type(error).__name__, "message": str(error.args[0] if error.args else error)}


if __name__ == "__main__":
    main()
