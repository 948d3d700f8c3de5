#!/usr/bin/env python3
"""Whether every step stays linear: processor time of the commands on histories that double in size.

`benches/growth.py [SIZE...]` (default: 5,000, 10,000 and 20,000) writes the second table of benches/README.md anew. What
doubles with the size is linear, what takes four times as long is quadratic. Uses the programs that benches/whole.py builds.
"""
import os, subprocess, sys
from pathlib import Path

import whole

SHAPES = ["chain", "fork", "merges", "labels"]
COMMANDS = [
    "check", "check --schema", "log", "log --format json", "graph --format text", "graph --format dot",
    "fix --dry-run --yes --base none", "fix --dry-run --applied none --base none --placement tip",
    "fix --dry-run --applied none --base none --placement tables", "flatten --dry-run --applied none --base none",
]
LIMIT = 120


def seconds(command, place):
    """User and system time, the better of two runs; None where it takes too long."""
    found = []
    for _ in range(2):
        before = os.times()
        try:
            subprocess.run([whole.RECHAIN, *command.split(), place], timeout=LIMIT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            return None
        after = os.times()
        found.append(after.children_user + after.children_system - before.children_user - before.children_system)
    return min(found)


def main():
    sizes = [int(it) for it in sys.argv[1:]] or [5_000, 10_000, 20_000]
    rows = ["| history | command | " + " | ".join(f"{size:,}" for size in sizes) + " | grows by |", "|---|---|" + "--:|" * (len(sizes) + 1)]
    for shape in SHAPES:
        for size in sizes:
            place = whole.GENERATED / f"{shape}-{size}"
            if not place.exists():
                subprocess.run([whole.EXAMPLES / "generate", shape, str(size), place], check=True)
        for command in COMMANDS:
            times = [seconds(command, whole.GENERATED / f"{shape}-{size}") for size in sizes]
            cells = [f"{it:.2f} s" if it is not None else f"over {LIMIT} s" for it in times]
            growth = f"{times[-1] / times[-2]:.1f}" if times[-1] and times[-2] else "-"
            rows.append(f"| {shape} | {command} | {' | '.join(cells)} | {growth} |")
            print(rows[-1], flush=True)
    readme = Path(__file__).resolve().parent / "README.md"
    before, rest = readme.read_text().split("<!-- growth -->\n", 1)
    after = rest.split("<!-- end of growth -->", 1)[1]
    text = "\n".join(rows)
    readme.write_text(f"{before}<!-- growth -->\n{whole.machine()}\n\n{text}\n<!-- end of growth -->{after}")


if __name__ == "__main__":
    main()
