"""Fetches pinned wheels from PyPI with pip and takes the version locations out of them.

Reads {"cache": DIR, "histories": DIR, "sources": DIR or null, "archives": [{"package", "version",
"archive", "sha256", "python", "versions_dirs"}]} and writes {"downloaded": [ARCHIVE], "bytes": N}. The archives stay in
the cache; a history's directory appears whole or not at all. Nothing is installed or run.
"""

import collections
import hashlib
import itertools
import json
from pathlib import Path
import shutil
import subprocess
import sys
import tempfile
import zipfile

# A failed pip call loses its batch only.
BATCH = 12
READ_BY_MIGRATIONS = (".py", ".sql", ".csv", ".json", ".txt", ".yaml", ".yml", "/VERSION")
LARGEST_SOURCE = 1_000_000


def main():
    task = json.load(sys.stdin)
    cache, histories = Path(task["cache"]), Path(task["histories"])
    missing = [wheel for wheel in task["archives"] if not intact(cache, wheel)]
    for python, wheels in batches(missing):
        download(python, wheels, cache)
    for wheel in missing:
        if not intact(cache, wheel):
            sys.exit(f"pip did not deliver {wheel['archive']} with SHA-256 {wheel['sha256']}")
    for wheel in task["archives"]:
        extract(cache / wheel["archive"], wheel, histories)
        if sources := task.get("sources"):
            extract_sources(cache / wheel["archive"], wheel, Path(sources))
    sizes = [(cache / wheel["archive"]).stat().st_size for wheel in missing]
    json.dump({"downloaded": [wheel["archive"] for wheel in missing], "bytes": sum(sizes)}, sys.stdout)


def intact(cache, wheel):
    path = cache / wheel["archive"]
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == wheel["sha256"]


def batches(wheels):
    """One pip call serves one Python version and one version of each package."""
    groups, seen = collections.defaultdict(list), collections.Counter()
    for wheel in wheels:
        groups[wheel["python"], seen[wheel["package"]]].append(wheel)
        seen[wheel["package"]] += 1
    for (python, _), group in groups.items():
        group = iter(group)
        while batch := list(itertools.islice(group, BATCH)):
            yield python, batch


def download(python, wheels, cache):
    with tempfile.TemporaryDirectory(dir=cache) as incoming:
        requirements = Path(incoming, "requirements.txt")
        requirements.write_text("".join(
            f"{wheel['package']}=={wheel['version']} --hash=sha256:{wheel['sha256']}\n" for wheel in wheels
        ))
        # Some wheels allow a few Python versions only; none of them is installed, so that is no matter.
        command = [
            sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
            "--no-cache-dir", "--no-deps", "--ignore-requires-python", "--only-binary=:all:",
            "--python-version", python, "--require-hashes", "-r", str(requirements), "-d", incoming,
        ]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            names = ", ".join(wheel["archive"] for wheel in wheels)
            sys.exit(f"pip could not download {names}; PyPI or a mirror of it is needed:\n{done.stderr}")
        for wheel in wheels:
            Path(incoming, wheel["archive"]).replace(cache / wheel["archive"])


def extract(archive, wheel, histories):
    target = histories / f"{wheel['package']}-{wheel['version']}"
    stamp = target / ".sha256"
    if stamp.exists() and stamp.read_text() == wheel["sha256"]:
        return
    shutil.rmtree(target, ignore_errors=True)
    histories.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=histories) as incoming, zipfile.ZipFile(archive) as wheel_file:
        for name in wheel_file.namelist():
            if any(name.startswith(f"{location}/") for location in wheel["versions_dirs"]):
                wheel_file.extract(name, incoming)
        made = Path(incoming)
        made.chmod(0o755)
        (made / ".sha256").write_text(wheel["sha256"])
        made.rename(target)
        made.mkdir()


def extract_sources(archive, wheel, sources):
    """The package's modules, and the files that migrations may read."""
    target = sources / f"{wheel['package']}-{wheel['version']}"
    if target.exists():
        return
    sources.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=sources) as incoming, zipfile.ZipFile(archive) as wheel_file:
        for member in wheel_file.infolist():
            if member.filename.endswith(READ_BY_MIGRATIONS) and member.file_size <= LARGEST_SOURCE:
                wheel_file.extract(member, incoming)
        made = Path(incoming)
        made.chmod(0o755)
        made.rename(target)
        made.mkdir()


if __name__ == "__main__":
    main()
