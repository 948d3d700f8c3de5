#!/usr/bin/env python3
"""Whole runs of rechain against Alembic, alembic-linear-migrations and plain reading: `benches/whole.py`.

Builds what it needs, generates the histories into target/generated (3 GB with 100,000 revisions), measures with hyperfine,
and writes the table of benches/README.md anew. `--quick` leaves out 100,000 revisions and measures less often. Needs
hyperfine, git and Python 3; Alembic and alembic-linear-migrations come from PyPI into target/benches.
"""
import argparse, json, os, platform, shutil, statistics, subprocess, sys, time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GENERATED = ROOT / "target/generated"
VENV = ROOT / "target/benches/venv"
RECHAIN = ROOT / "target/release/rechain"
EXAMPLES = ROOT / "target/release/examples"
PINNED = ["alembic==1.20.1", "sqlalchemy==2.1.9", "alembic-linear-migrations==2026.7.0"]
# Seconds that the runs of one command in one round may take; what takes longer has no row.
LIMIT = 180
# Shape, revisions, whether the Python programs are measured on it.
HISTORIES = [
    ("chain", 1_000, True), ("fork", 1_000, True), ("chain", 10_000, True), ("fork", 10_000, False),
    ("wide", 10_000, False), ("merges", 10_000, False), ("labels", 10_000, False), ("long", 1_000, False),
    ("chain", 100_000, False), ("fork", 100_000, False), ("merges", 100_000, False), ("wide", 100_000, False),
]


def run(*command, **options):
    return subprocess.run([str(part) for part in command], check=True, **options)


def in_git(place, clone):
    """The history of `place` as a branch: all but the youngest revision are on main, so they are published."""
    shutil.copytree(place, clone)
    git = ["git", "-C", clone, "-c", "user.name=bench", "-c", "user.email=bench@example.com", "-c", "core.autocrlf=false", "-c", "gc.auto=0"]
    size = place.name.split("-")[1]
    (youngest,) = clone.glob(f"migrations/versions/*_add_table_t{int(size) - 1}.py")
    aside = clone / "youngest"
    youngest.rename(aside)
    run("git", "init", "-q", "-b", "main", clone)
    run(*git, "add", "migrations", "alembic.ini")
    run(*git, "commit", "-qm", "trunk")
    aside.rename(youngest)
    run(*git, "checkout", "-qb", "feature")
    run(*git, "add", "migrations")
    run(*git, "commit", "-qm", "feature")
    run(*git, "gc", "-q")


def prepare(quick):
    run("cargo", "build", "--release", "--locked", "--bin", "rechain", cwd=ROOT)
    run("cargo", "build", "--release", "--locked", "-p", "rechain-testing", "--examples", cwd=ROOT)
    if not VENV.exists():
        run(sys.executable, "-m", "venv", VENV)
        run(VENV / "bin/pip", "install", "--quiet", *PINNED)
    for shape, size, with_python in HISTORIES:
        if quick and size > 10_000:
            continue
        place = GENERATED / f"{shape}-{size}"
        if not place.exists():
            run(EXAMPLES / "generate", shape, size, place)
        clone = place.with_name(f"{place.name}-git")
        if shape == "fork" and not clone.exists():
            in_git(place, clone)
        head = place / "migrations/head.txt"
        if with_python and not head.exists():
            # What `alembic-linear update` would write; it refuses a fork, and then `check` says so as well.
            subprocess.run([VENV / "bin/alembic-linear", "-c", place / "alembic.ini", "update"], cwd=place,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def commands(shape, place, with_python):
    """Names and command lines, perhaps with one that comes before each run; the first is what the others are divided by."""
    versions = place / "migrations/versions"
    found = [
        ("open and read", f"{EXAMPLES}/read_files {versions}"),
        ("open and read, 2 threads", f"{EXAMPLES}/read_files {versions} 2"),
        ("cat", f"find {versions} -name '*.py' -exec cat {{}} + > /dev/null"),
        ("check", f"{RECHAIN} check {place}"),
        ("check, 1 thread", f"env RAYON_NUM_THREADS=1 {RECHAIN} check {place}"),
    ]
    if shape == "fork":
        clone = f"{place}-git"
        # What `fix` wrote the last time is no fork any more.
        forked = f"git -C {clone} checkout -q -- migrations"
        found += [
            ("fix --dry-run, git not asked", f"{RECHAIN} fix --dry-run --yes --base none {place}"),
            ("fix --dry-run, the trunk published", f"{RECHAIN} fix --dry-run {clone}", forked),
            ("fix, the trunk published", f"{RECHAIN} fix {clone}", forked),
            ("check --base main", f"{RECHAIN} check --base main {clone}", forked),
        ]
    if with_python:
        ini = f"-c {place}/alembic.ini"
        found += [
            ("alembic heads", f"{VENV}/bin/alembic {ini} heads"),
            ("alembic history", f"{VENV}/bin/alembic {ini} history"),
            ("alembic-linear check", f"{VENV}/bin/alembic-linear {ini} check"),
        ]
    return found


def measure(place, lines, quick, size):
    """Milliseconds of every run, the programs taking turns, so that a busy moment hits them all."""
    times = {name: [] for name, *_ in lines}
    rounds = 3 if quick or size > 10_000 else 5
    for _ in range(rounds):
        for name, line, *before in lines:
            slow = name.startswith("alembic")
            if times[name] is None or slow and len(times[name]) >= 3:
                continue
            once = slow or size > 10_000
            result = place.parent / "hyperfine.json"
            prepare = ["--prepare", before[0]] if before else []
            try:
                run("hyperfine", "--shell", "default", "--ignore-failure", "--warmup", 0 if once else 1, "--runs", 1 if once else 3,
                    "--style", "none", "--export-json", result, *prepare, line, cwd=place, timeout=LIMIT,
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            except subprocess.TimeoutExpired:
                times[name] = None
                continue
            times[name] += [1000 * it for it in json.loads(result.read_text())["results"][0]["times"]]
    return times


def peak_memory(line):
    """Kilobytes, as the kernel counts them."""
    code = ("import resource,subprocess,sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL); "
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    return int(subprocess.run([sys.executable, "-c", code, *line.split()], check=True, capture_output=True, text=True).stdout)


def instructions(line):
    """User instructions in millions, or None where perf cannot count them."""
    if not shutil.which("perf"):
        return None
    out = subprocess.run(["perf", "stat", "-x,", "-e", "instructions:u", *line.split()], capture_output=True, text=True).stderr
    for row in out.splitlines():
        parts = row.split(",")
        if "instructions" in row and parts[0].isdigit():
            return int(parts[0]) / 1e6
    return None


def table(quick):
    rows = ["| history | command | median ms | spread | : open and read | : check |", "|---|---|--:|--:|--:|--:|"]
    memory = ["| history | peak memory of `check` | a revision | instructions of `check` | a revision |", "|---|--:|--:|--:|--:|"]
    for shape, size, with_python in HISTORIES:
        if quick and size > 10_000:
            continue
        place = GENERATED / f"{shape}-{size}"
        lines = commands(shape, place, with_python)
        started = time.monotonic()
        times = measure(place, lines, quick, size)
        floor = statistics.median(times["open and read"])
        check = statistics.median(times["check"])
        for name, *_ in lines:
            values = times[name]
            if values is None:
                rows.append(f"| {shape} {size:,} | {name} | over {LIMIT} s | | | |")
                continue
            median = statistics.median(values)
            rows.append(f"| {shape} {size:,} | {name} | {median:.1f} | {min(values):.1f}-{max(values):.1f} "
                        f"| {median / floor:.2f} | {median / check:.2f} |")
            print(rows[-1], flush=True)
        line = next(line for name, line, *_ in lines if name == "check")
        peak, count = peak_memory(line), instructions(line)
        per = "-" if count is None else f"{1000 * count / size:,.1f} k"
        count = "-" if count is None else f"{count:,.0f} M"
        memory.append(f"| {shape} {size:,} | {peak / 1024:,.1f} MB | {peak / size:.2f} KB | {count} | {per} |")
        print(memory[-1], f"({time.monotonic() - started:.0f} s)", flush=True)
    return "\n".join(rows) + "\n\n" + "\n".join(memory)


def machine():
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.processor())
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.strip()
    load = "/".join(f"{it:.1f}" for it in os.getloadavg())
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release()}; {rustc}; commit {commit}; load {load} at the end"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--prepared", action="store_true", help="nothing is built or generated")
    arguments = parser.parse_args()
    if not arguments.prepared:
        prepare(arguments.quick)
    found = table(arguments.quick)
    size = RECHAIN.stat().st_size / 1e6
    tree = subprocess.run(["cargo", "tree", "--locked", "-e", "normal", "--prefix", "none", "--no-dedupe"], cwd=ROOT, capture_output=True, text=True).stdout
    crates = {line.split(" (")[0] for line in tree.splitlines() if line}
    text = f"{machine()}\n\n{found}\n\nThe program has {size:.1f} MB and {len(crates)} crates, its own six included.\n"
    readme = ROOT / "benches/README.md"
    before, rest = readme.read_text().split("<!-- table -->\n", 1)
    after = rest.split("<!-- end -->", 1)[1]
    readme.write_text(f"{before}<!-- table -->\n{text}<!-- end -->{after}")


if __name__ == "__main__":
    main()
