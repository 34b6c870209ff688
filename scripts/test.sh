#!/usr/bin/env bash
# Sets up what the tests need, runs every part, and says how long each took.
# A part that fails does not hide the next one; the exit code is that of the first failure.
set -uo pipefail
cd "$(dirname "$0")/.."

declare -a names=() seconds=() results=()
failed=0

part() { # NAME COMMAND...
  local name=$1 began=$SECONDS code=0
  shift
  printf '\n=== %s\n' "$name"
  "$@" || code=$?
  names+=("$name") seconds+=($((SECONDS - began)))
  if [ "$code" -eq 0 ]; then results+=(ok); else
    results+=("FAILED ($code)")
    [ "$failed" -ne 0 ] || failed=$code
  fi
}

part "servers from Debian's packages" bash scripts/setup-servers.sh
part "cargo-deny" bash scripts/setup-deny.sh
part "DuckDB" bash scripts/setup-duckdb.sh
export LINLI_DUCKDB_PYTHON="$PWD/target/tools/duckdb/bin/python"
part "formatting" cargo fmt --all --check
part "web: packages" make --no-print-directory web-deps
part "web: types, lint, unit tests, build, budgets" make --no-print-directory test-web
part "rust: clippy" cargo clippy --workspace --all-targets --locked -- -D warnings
# In one go, binaries and tests have the same features: what runs below is not built again.
part "rust: build" cargo build --workspace --bins --tests --locked
part "rust: tests" cargo test --workspace --locked --no-fail-fast
part "simulation: build" cargo build --profile sim --locked -p linli-sim
part "simulation: 10,000 lives" target/sim/linli-sim --seeds 0..10000
# Mostly it waits for disks: an optimised build would take longer than it saves.
part "simulation: 200 lives of the whole system" target/debug/linli-sim-system --seeds 0..200
part "licences, bans, sources" cargo deny --all-features check bans licenses sources
part "browser tests" env LINLI_BIN="$PWD/target/debug/linli" make --no-print-directory test-e2e

printf '\n%-46s %8s  %s\n' part seconds result
for i in "${!names[@]}"; do
  printf '%-46s %8d  %s\n' "${names[$i]}" "${seconds[$i]}" "${results[$i]}"
done
printf '%-46s %8d\n' "all" "$SECONDS"
exit "$failed"
