#!/usr/bin/env bash
# Where the processor's time goes, by part of the program: `benches/profile.sh check DIR`, `benches/profile.sh fix --dry-run DIR`.
# Needs perf. Builds the `profiling` profile (release without cross-crate optimisation, with line tables).
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cargo build --quiet --profile profiling --bin rechain --manifest-path "$root/Cargo.toml"
data=$(mktemp)
trap 'rm -f "$data"' EXIT
perf record --quiet -F 4999 -o "$data" "$root/target/profiling/rechain" "$@" >/dev/null 2>&1 || true
perf report -i "$data" --stdio --no-children -g none --sort dso,symbol 2>/dev/null | awk '
    /^ *[0-9.]+%/ {
        share = $1 + 0
        part = "the rest of the program"
        if ($2 ~ /kernel|vmlinux/) part = "kernel: list, open, read, memory"
        else if ($0 ~ /malloc|free|realloc|memmove|memcpy|memset|memcmp|libc/) part = "libc: allocation, copies, system calls"
        else if ($0 ~ /rechain_parser|rustpython|sqlparser/) part = "parser: scan, headers, effects"
        else if ($0 ~ /rechain_history/) part = "graph"
        else if ($0 ~ /rechain_planner/) part = "planner"
        else if ($0 ~ /rechain_project/) part = "project: configuration, listing, git, journal"
        else if ($0 ~ /rayon|crossbeam/) part = "threads"
        else if ($0 ~ /rechain/) part = "command line: reports, proof before writing"
        sum[part] += share
    }
    END { for (part in sum) printf "%5.1f %%  %s\n", sum[part], part }' | sort -rn
