"""Asks real Alembic which directories and files a configuration means. No revision file is run.

stdin: a JSON list of {"cwd", "ini", "toml", "section"}. stdout: for each, either {"error": text} or
{"locations": [...], "files": [...], "twice": [...]}, all paths absolute.
"""

import json
import os
import pathlib
import sys
import types
import warnings

from alembic.config import Config
from alembic.script import base


def ask(case):
    os.chdir(case["cwd"])
    loaded = []

    def load(directory, name):
        path = pathlib.Path(directory) / name
        if not path.exists():
            raise ImportError(f"Can't find Python file {path}")
        loaded.append(str(path))
        return types.SimpleNamespace(revision=str(len(loaded)), down_revision=None, __doc__="")

    base.util.load_python_file = load
    config = Config(file_=case["ini"], toml_file=case["toml"], ini_section=case["section"])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        script = base.ScriptDirectory.from_config(config)
        for _ in script._load_revisions():
            pass
    twice = [str(warning.message).split()[1] for warning in caught if "loaded twice" in str(warning.message)]
    return {
        "directory": str(pathlib.Path(script.dir).absolute()),
        "locations": [str(path) for path in script._version_locations],
        "files": loaded,
        "twice": sorted(set(twice)),
    }


def isolated(case):
    path, modules = list(sys.path), set(sys.modules)
    try:
        return ask(case)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}
    finally:
        sys.path[:] = path
        sys.path_importer_cache.clear()
        for name in set(sys.modules) - modules:
            if not name.startswith(("alembic", "sqlalchemy", "encodings")):
                del sys.modules[name]


json.dump([isolated(case) for case in json.load(sys.stdin)], sys.stdout)
