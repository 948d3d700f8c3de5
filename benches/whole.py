#!/usr/bin/env python3
"""Whole runs of rechain against Alembic, alembic-linear-migrations and plain reading: `benches/whole.py`.

Builds what it needs, generates the histories into target/generated, measures with hyperfine, and writes the table of
benches/README.md anew. `--quick` leaves out 100,000 revisions and measures less often. Needs hyperfine and Python 3;
Alembic and alembic-linear-migrations come from PyPI into target/benches.
"""
import argparse, json, os, platform, shutil, statistics, subprocess, sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GENERATED = ROOT / "target/generated"
VENV = ROOT / "target/benches/venv"
RECHAIN = ROOT / "target/release/rechain"
EXAMPLES = ROOT / "target/release/examples"
PINNED = ["alembic==1.20.1", "sqlalchemy==2.1.9", "alembic-linear-migrations==2026.7.0"]
# Shape, revisions, whether the Python programs are measured on it.
HISTORIES = [
    ("chain", 1_000, True), ("fork", 1_000, True), ("chain", 10_000, True), ("fork", 10_000, False),
    ("wide", 10_000, False), ("merges", 10_000, False), ("labels", 10_000, False), ("long", 1_000, False),
    ("chain", 100_000, False), ("fork", 100_000, False), ("merges", 100_000, False), ("wide", 100_000, False),
]


def run(*command, **options):
    return subprocess.run([str(part) for part in command], check=True, **options)


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
        head = place / "migrations/head.txt"
        if with_python and not head.exists():
            # What `alembic-linear update` would write; it refuses a fork, and then `check` says so as well.
            subprocess.run([VENV / "bin/alembic-linear", "-c", place / "alembic.ini", "update"], cwd=place,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def commands(shape, place, with_python):
    """Names and command lines; the first is what the others are divided by."""
    versions = place / "migrations/versions"
    found = [
        ("open and read", f"{EXAMPLES}/read_files {versions}"),
        ("open and read, 2 threads", f"{EXAMPLES}/read_files {versions} 2"),
        ("cat", f"find {versions} -name '*.py' -exec cat {{}} + > /dev/null"),
        ("check", f"{RECHAIN} check {place}"),
        ("check, 1 thread", f"env RAYON_NUM_THREADS=1 {RECHAIN} check {place}"),
    ]
    if shape == "fork":
        found.append(("fix", f"{RECHAIN} fix --dry-run --yes --base none {place}"))
    if with_python:
        ini = f"-c {place}/alembic.ini"
        found += [
            ("alembic heads", f"{VENV}/bin/alembic {ini} heads"),
            ("alembic history", f"{VENV}/bin/alembic {ini} history"),
            ("alembic-linear check", f"{VENV}/bin/alembic-linear {ini} check"),
        ]
    return found


def measure(place, lines, quick):
    """Milliseconds of every run, the programs taking turns, so that a busy moment hits them all."""
    times = {name: [] for name, _ in lines}
    rounds = 3 if quick else 7
    for _ in range(rounds):
        for name, line in lines:
            slow = name.startswith("alembic")
            result = place.parent / "hyperfine.json"
            run("hyperfine", "--shell", "default", "--ignore-failure", "--warmup", 0 if slow else 1, "--runs", 1 if slow else 3,
                "--style", "none", "--export-json", result, line, cwd=place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
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
        times = measure(place, lines, quick)
        floor = statistics.median(times["open and read"])
        check = statistics.median(times["check"])
        for name, _ in lines:
            values = times[name]
            median = statistics.median(values)
            rows.append(f"| {shape} {size:,} | {name} | {median:.1f} | {min(values):.1f}-{max(values):.1f} "
                        f"| {median / floor:.2f} | {median / check:.2f} |")
            print(rows[-1], flush=True)
        line = dict(lines)["check"]
        peak, count = peak_memory(line), instructions(line)
        per = "-" if count is None else f"{1000 * count / size:,.1f} k"
        count = "-" if count is None else f"{count:,.0f} M"
        memory.append(f"| {shape} {size:,} | {peak / 1024:,.1f} MB | {peak / size:.2f} KB | {count} | {per} |")
        print(memory[-1], flush=True)
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
