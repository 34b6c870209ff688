#!/usr/bin/env bash
# Sets up what the tests need, runs every part, and says how long each took.
# A part that fails does not hide the next one; the exit code is that of the first failure.
set -uo pipefail
cd "$(dirname "$0")/.."

reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT

part() { # NAME COMMAND...
  local name=$1 began=$SECONDS code=0
  shift
  printf '\n=== %s\n' "$name"
  "$@" || code=$?
  printf '%s\t%d\t%d\n' "$name" $((SECONDS - began)) "$code" >>"$reports/parts"
}

lives() {
  part "simulation: build" cargo build --profile sim --locked -p linli-sim
  part "simulation: 10,000 lives (300 s promised)" target/sim/linli-sim --seeds 0..10000
  # Mostly it waits for disks: an optimised build would take longer than it saves.
  part "simulation: 200 lives of the whole system" target/debug/linli-sim-system --seeds 0..200
}

browser() {
  part "browser tests" env LINLI_BIN="$PWD/target/debug/linli" make --no-print-directory test-e2e
}

part "servers from Debian's packages" bash scripts/setup-servers.sh
part "cargo-deny" bash scripts/setup-deny.sh
part "DuckDB" bash scripts/setup-duckdb.sh
export LINLI_DUCKDB_PYTHON="$PWD/target/tools/duckdb/bin/python"
part "formatting" cargo fmt --all --check
part "licences, bans, sources" cargo deny --all-features check bans licenses sources
part "web: packages" make --no-print-directory web-deps
part "web: types, lint, unit tests, build, budgets" make --no-print-directory test-web
part "rust: clippy" cargo clippy --workspace --all-targets --locked -- -D warnings
# In one go, binaries and tests have the same features: what runs below is not built again.
part "rust: build" cargo build --workspace --bins --tests --locked
# Tests wait for disks, kills and clocks half of their time: the browser and the simulation use what they leave.
{ browser; lives; } >"$reports/beside" 2>&1 &
part "rust: tests" cargo test --workspace --locked --no-fail-fast
wait
cat "$reports/beside"

printf '\n%-46s %8s  %s\n' part seconds result
failed=0
while IFS=$'\t' read -r name seconds code; do
  printf '%-46s %8d  %s\n' "$name" "$seconds" "$([ "$code" -eq 0 ] && echo ok || echo "FAILED ($code)")"
  [ "$failed" -ne 0 ] || failed=$code
done <"$reports/parts"
printf '%-46s %8d\n' "all" "$SECONDS"
exit "$failed"
