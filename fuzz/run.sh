#!/usr/bin/env bash
# Fuzzes every target for some seconds each: `fuzz/run.sh 720` takes an hour in all. cargo-fuzz is not needed, and no nightly:
# all code is safe Rust, so libFuzzer's coverage without a sanitizer finds what there is to find. What is found lies in
# fuzz/artifacts; the corpora that grow lie in target/fuzz and are not kept.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:-60}; shift || true
targets=${*:-modules evaluation configuration rewriting journal}
export CARGO_TARGET_DIR=../target/fuzz
export RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=4 --cfg fuzzing"
# Build scripts and macros must not be instrumented, so the target is named.
host=$(rustc -vV | sed -n 's/^host: //p')
for target in $targets; do cargo build --release --quiet --target "$host" --bin "$target"; done
for target in $targets; do
    mkdir -p "../target/fuzz/corpus/$target" "artifacts/$target"
    echo "== $target"
    "../target/fuzz/$host/release/$target" -max_total_time="$seconds" -max_len=8192 -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="artifacts/$target/" "../target/fuzz/corpus/$target" "corpus/$target" 2>&1 | grep -vE '^(#|INFO|	)' || true
    # grep hides the exit status; what was found does not hide.
    if compgen -G "artifacts/$target/*" >/dev/null; then
        echo "$target: see fuzz/artifacts/$target" >&2
        exit 1
    fi
done
