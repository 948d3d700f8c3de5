"""What real Alembic makes of version locations whose modules it imports and runs.

Reads a list of directories and writes a list with one object for each: "heads" and "parents"
(id -> list of ids), or "error". Unlike oracle.py this runs the modules.
"""

import json
import sys
import warnings

from alembic.script import ScriptDirectory


def main():
    sys.dont_write_bytecode = True
    warnings.simplefilter("ignore")
    json.dump([loaded(directory) for directory in json.load(sys.stdin)], sys.stdout)


def loaded(directory):
    try:
        scripts = ScriptDirectory(directory, version_locations=[directory])
        return {
            "heads": sorted(scripts.get_heads()),
            "parents": {
                script.revision: list(script._versioned_down_revisions) for script in scripts.walk_revisions()
            },
        }
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    main()
