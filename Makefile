# Two commands matter: `make demo` and `make test`. Everything else serves them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

LINLI_LISTEN ?= 127.0.0.1:8080
LINLI_DATA ?= data/demo
export PATH := $(HOME)/.cargo/bin:$(PATH)

.PHONY: help demo test sim sim-system bench web web-deps setup-servers setup-deny lint test-rust test-web test-e2e licences openapi clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: web ## build everything and run the demonstration sub-district
	cargo build --release --locked -p linli-cli
	exec target/release/linli demo --data "$(LINLI_DATA)" --listen "$(LINLI_LISTEN)"

test: ## set everything up and pass all tests; prints how long each part took
	@bash scripts/test.sh

sim: ## ten thousand seeded lives of the engine; SEEDS=A..B for others
	cargo run --profile sim --locked -p linli-sim -- --seeds $(or $(SEEDS),0..10000)

sim-system: ## two hundred seeded lives of the whole system over real stores; SEEDS=A..B for others
	cargo run --profile sim --locked -p linli-sim-system -- --seeds $(or $(SEEDS),0..200)

BENCHED := engine log-embedded intake past store-sql cli

bench: ## the benchmarks behind docs/performance.md; BENCHED="engine cli" for some of them
	cargo bench --locked $(addprefix -p linli-,$(BENCHED)) --benches

web-deps: web/node_modules/.stamp ## the web's packages, from the lock file

web/node_modules/.stamp: web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	@touch $@

web: web-deps ## the web build, embedded in the binary
	cd web && npm run build

openapi: ## write web/openapi.json from the code and the client from it
	LINLI_WRITE_OPENAPI=1 cargo test --locked -p linli-server --test openapi
	cd web && npm run client

setup-servers: ## PostgreSQL, Mosquitto and Chromium from Debian's packages
	@bash scripts/setup-servers.sh

setup-deny: ## cargo-deny
	@bash scripts/setup-deny.sh

lint: ## formatting, clippy, licences
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	$(MAKE) licences

licences: setup-deny ## licences, bans and sources of every dependency
	cargo deny --all-features check bans licenses sources

test-rust: ## all Rust tests
	cargo test --workspace --locked

test-web: web-deps ## types, lint and unit tests of the web
	cd web && npm run check && npm test && npm run build && npm run budgets

test-e2e: ## the browser tests against the real binary
	cd web && npm run e2e

clean:
	cargo clean
	rm -rf web/dist web/node_modules
