#!/usr/bin/env bash
# cargo-deny at the version deny.toml is written for, built from source into cargo's own bin folder.
set -euo pipefail
version=0.20.2

if [ "$(cargo deny --version 2>/dev/null)" = "cargo-deny $version" ]; then
  echo "cargo-deny $version is here"
  exit 0
fi
cargo install --locked --quiet "cargo-deny@$version"
cargo deny --version
