#!/usr/bin/env bash
# A Python with DuckDB, with which the tests read the history as it lies. Kept under target/.
set -euo pipefail
cd "$(dirname "$0")/.."
version=1.4.2
home=target/tools/duckdb

if "$home/bin/python" -c "import duckdb; assert duckdb.__version__ == '$version'" 2>/dev/null; then
  exit 0
fi
if ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "python3-venv is missing: install it, or run as root so that it is installed" >&2
    exit 1
  fi
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
fi
python3 -m venv --clear "$home"
"$home/bin/pip" install --quiet --disable-pip-version-check "duckdb==$version"
