"""Makes projects from Alembic's and Flask-Migrate's own templates, and lets Alembic merge their heads.

Reads a list of jobs and writes a list with one answer for each. A job is one of

  make       a directory to be made; "template" is "generic", "multidb", ... of Alembic or "flask:NAME" of
             Flask-Migrate; "heads" the ids of revisions over one base, "options" lines for the ini.
             The answer is null
  merge      such a directory; "template"; "revisions", "rev_id", "message" and "date" as Alembic is to be given them.
             The answer is {"name", "text"} of the file it wrote

Nothing of Flask-Migrate is imported: it needs Flask, and only its templates matter.
"""

import contextlib
import datetime
import importlib.util
import json
import os
from pathlib import Path
import shutil
import sys

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory


def main():
    answers = [make(job) if "make" in job else merge(job) for job in json.load(sys.stdin)]
    json.dump(answers, sys.stdout)


@contextlib.contextmanager
def at(moment):
    ScriptDirectory._generate_create_date = lambda self: moment
    yield


def config(directory, template):
    os.chdir(directory)
    if template.startswith("flask:"):
        made = Config("migrations/alembic.ini")
        made.set_main_option("script_location", "migrations")
        return made
    return Config("alembic.ini", toml_file="pyproject.toml")


def make(job):
    directory, template = Path(job["make"]), job["template"]
    directory.mkdir(parents=True)
    os.chdir(directory)
    with contextlib.redirect_stdout(sys.stderr):
        if template.startswith("flask:"):
            spec = importlib.util.find_spec("flask_migrate")
            templates = Path(spec.submodule_search_locations[0]) / "templates"
            shutil.copytree(templates / template.removeprefix("flask:"), "migrations")
            Path("migrations/versions").mkdir()
            Path("migrations/alembic.ini.mako").rename("migrations/alembic.ini")
        else:
            command.init(config(directory, template), "alembic", template=template)
        ini = Path("migrations/alembic.ini" if template.startswith("flask:") else "alembic.ini")
        for option in job.get("options", []):
            text = ini.read_text()
            ini.write_text(text.replace("[alembic]\n", f"[alembic]\n{option}\n", 1))
        made = config(directory, template)
        start = datetime.datetime(2026, 3, 1, 9, 30, 5, 123456)
        if any(option.startswith("timezone") for option in job.get("options", [])):
            start = start.replace(tzinfo=datetime.timezone.utc)
        if template in ("flask:flask-multidb", "flask:aioflask-multidb"):
            # Its template asks the application; so do without it.
            write_by_hand(Path("migrations/versions"), job["heads"])
            return None
        with at(start):
            command.revision(made, message="base", rev_id="r0", head="base")
        for number, head in enumerate(job["heads"], 1):
            with at(start + datetime.timedelta(days=number, seconds=number)):
                command.revision(made, message=f"add {head}", rev_id=head, head="r0", splice=True)
    return None


def write_by_hand(versions, heads):
    functions = "".join(
        f"def upgrade_{name}():\n    pass\n\n\ndef downgrade_{name}():\n    pass\n\n\n" for name in ("", "users")
    )
    for id, parent in [("r0", None)] + [(head, "r0") for head in heads]:
        (versions / f"{id}.py").write_text(
            f'"""{id}\n\nRevision ID: {id}\nRevises: {parent or ""}\nCreate Date: 2026-03-01 09:30:05\n\n"""\n'
            f"revision = {id!r}\ndown_revision = {parent!r}\n\n\n{functions}"
        )


def merge(job):
    made = config(job["merge"], job["template"])
    if job["template"] in ("flask:flask-multidb", "flask:aioflask-multidb"):
        stand_in_for_flask()
    moment = datetime.datetime.fromisoformat(job["date"])
    with at(moment), contextlib.redirect_stdout(sys.stderr):
        script = command.merge(made, job["revisions"], message=job["message"], rev_id=job["rev_id"])
    path = Path(script.path)
    return {"name": path.name, "text": path.read_bytes().decode()}


def stand_in_for_flask():
    """An application with one bind besides the default database."""
    module = type(sys)("flask")
    module.current_app = type("App", (), {"config": {"SQLALCHEMY_BINDS": {"users": ""}}, "extensions": {}})
    sys.modules["flask"] = module


if __name__ == "__main__":
    main()
