"""Keeps a throw-away MariaDB server for as long as its stdin is open.

Started as `mariadb.py DIRECTORY`. Writes one JSON line when the server is ready, then answers one JSON line for each on
stdin: {"create": NAME} with the new database's URL. An answer is {"result": ...} or {"error": TEXT}. The server and its
files go when stdin closes, so they go with the process that holds the other end.

The server is the one on PATH. Where there is none, the packages of Debian (or a system like it) are unpacked under
DIRECTORY, once: nothing is installed.
"""

import json
import os
from pathlib import Path
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import pymysql

SETTINGS = {
    "skip-networking": "ON",
    "skip-grant-tables": "ON",
    "skip-log-bin": "ON",
    "performance-schema": "OFF",
    "character-set-server": "utf8mb4",
    "default-storage-engine": "InnoDB",
    "innodb-buffer-pool-size": "32M",
    "innodb-log-file-size": "16M",
    "innodb-flush-log-at-trx-commit": "0",
    "innodb-flush-method": "nosync",
    "innodb-doublewrite": "OFF",
    "innodb-file-per-table": "OFF",
    "aria-pagecache-buffer-size": "8M",
}
# It needs no more of what comes with it than its shared libraries.
PACKAGE = "mariadb-server-core"


def main():
    # A Ctrl-C is for the tests; the end of stdin is what ends this process.
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    # Not under the given directory: a unix socket's path may have 107 bytes, and memory is faster than a disk.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    home = Path(tempfile.mkdtemp(prefix="rechain-mariadb-", dir=memory))
    server = None
    try:
        try:
            server = start(found() or unpacked(Path(sys.argv[1])), home)
            connection = wait_for(server, home)
        except Exception as error:
            answer({"error": f"the server did not start: {error}"})
            return
        answer({"result": "ready"})
        for line in sys.stdin:
            try:
                name = json.loads(line)["create"]
                connection.cursor().execute(f"CREATE DATABASE `{name}`")
                answer({"result": f"mysql+pymysql://root@localhost/{name}?unix_socket={home}/socket"})
            except Exception as error:
                answer({"error": f"{type(error).__name__}: {error}"})
    finally:
        if server is not None:
            server.kill()
            server.wait()
        shutil.rmtree(home, ignore_errors=True)


def found():
    """The root of the installed server's files, if there is one."""
    program = shutil.which("mariadbd", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]))
    return program and Path(program).resolve().parent.parent


def unpacked(directory):
    """The same of the packages, unpacked."""
    root = directory / "root"
    if (root / "unpacked").exists():
        return root / "usr"
    if not shutil.which("apt-get"):
        raise RuntimeError("there is no mariadbd on PATH, and no apt-get to fetch it")
    shutil.rmtree(root, ignore_errors=True)
    packages = directory / "packages"
    shutil.rmtree(packages, ignore_errors=True)
    packages.mkdir(parents=True)
    try:
        download(packages)
    except RuntimeError:
        if os.geteuid() != 0:
            raise
        # A fresh machine knows no packages.
        must(["apt-get", "update", "-qq"])
        download(packages)
    for package in packages.glob("*.deb"):
        must(["dpkg-deb", "-x", package, root])
    (root / "unpacked").touch()
    return root / "usr"


def download(packages):
    planned = must(["apt-get", "install", "-s", "--no-install-recommends", PACKAGE])
    lines = [line.split() for line in planned.splitlines()]
    # What is only brought up to date (`Inst NAME [VERSION] ...`) is there already.
    missing = [words[1] for words in lines if words[:1] == ["Inst"] and not words[2].startswith("[")]
    must(["apt-get", "download", "-qq", *missing], cwd=packages)


def must(command, **options):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {done.stderr or done.stdout}")
    return done.stdout


def start(usr, home):
    # Newer versions say mariadb where older ones said mysql.
    shares = (usr / "share" / name for name in ("mysql", "mariadb"))
    share = next(it for it in shares if any(it.glob("*_system_tables.sql")))
    libraries = [str(it) for root in (usr.parent, usr) for it in root.glob("lib/*-linux-gnu")]
    # No settings of the caller's reach the server.
    environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "LD_LIBRARY_PATH": os.pathsep.join(libraries)}
    settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
    program = next(it for it in (usr / "sbin/mariadbd", usr / "bin/mariadbd", usr / "libexec/mariadbd") if it.exists())
    (home / "data").mkdir()
    command = [
        program, "--no-defaults", f"--basedir={usr}", f"--lc-messages-dir={share}",
        f"--character-sets-dir={share / 'charsets'}", f"--datadir={home / 'data'}", *settings,
        *(["--user=root"] if os.geteuid() == 0 else []),
    ]
    tables = "CREATE DATABASE mysql;\nUSE mysql;\n" + "".join(
        next(share.glob(f"*_{name}.sql")).read_text() for name in ("system_tables", "system_tables_data")
    )
    made = subprocess.run([*command, "--bootstrap"], input=tables, capture_output=True, text=True, env=environment)
    if made.returncode != 0:
        raise RuntimeError(f"--bootstrap failed: {made.stderr or made.stdout}")
    with open(home / "log", "wb") as log:
        return subprocess.Popen(
            [*command, f"--socket={home / 'socket'}", f"--pid-file={home / 'pid'}"],
            env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )


def wait_for(server, home):
    end = time.monotonic() + 60
    while True:
        try:
            return pymysql.connect(unix_socket=str(home / "socket"), user="root", autocommit=True)
        except pymysql.err.OperationalError as error:
            if server.poll() is not None or time.monotonic() > end:
                log = (home / "log").read_text(errors="replace")
                raise RuntimeError(f"{error}; its log:\n{log}") from None
        time.sleep(0.02)


def answer(value):
    print(json.dumps(value), flush=True)


if __name__ == "__main__":
    main()
