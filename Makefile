# Each target works on a bare clone: it installs and builds what it needs, and nothing twice.
# Needed on the machine: Node >= 20 with npm, Rust with cargo, make, bash.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

NODES ?= 20 22 24 26
MINUTES ?= 10
SECONDS ?= 60

NPX := npx --no-install
STAMPS := .cache/stamps
PEER := $(or $(CARGO_TARGET_DIR),target)/release/websocket-rs-peer$(if $(filter Windows_NT,$(OS)),.exe)

FLOOR := $(or $(CARGO_TARGET_DIR),target)/release/websocket-rs-floor$(if $(filter Windows_NT,$(OS)),.exe)

# The runner and the library of the instruction counts have to be of one version.
GUNGRAUN := $(shell sed -n '/^name = "gungraun-runner"$$/{n;s/version = "\(.*\)"/\1/p;}' Cargo.lock)
GUNGRAUN_RUNNER := .cache/tools/gungraun-$(GUNGRAUN)/bin/gungraun-runner
# The counts are for the system they were taken on; elsewhere they are no part of the tests.
COUNTS := $(if $(filter Linux-x86_64,$(shell uname -sm | tr ' ' '-')),$(GUNGRAUN_RUNNER))

FUZZ_TARGETS := crates/fuzz/targets/Cargo.toml
CARGO_FUZZ := .cache/tools/cargo-fuzz-0.13.2/bin/cargo-fuzz

# Servers and proxies of other people. Some of them are Debian packages, so they are no part of the tests elsewhere.
PEERS := $(if $(filter Linux,$(shell uname -s)),$(STAMPS)/peers)

# Folders are listed too: their time tells that a file is gone.
crate_files = $(shell find $(1) -type d -o -name '*.rs' -o -name 'Cargo.toml')
WORKSPACE := Cargo.toml Cargo.lock $(wildcard .cargo/config.toml rust-toolchain.toml)
NATIVE_SOURCES := $(WORKSPACE) $(call crate_files,crates/protocol crates/client crates/node)
PEER_SOURCES := $(WORKSPACE) $(call crate_files,crates/peer)
SCRIPT_SOURCES := tsconfig.base.json tsconfig.json rolldown.config.mjs $(shell find src)
# Not `bench` itself, which is a target too.
BENCH_SOURCES := tsconfig.base.json $(shell find bench/. -name results -prune -o -print)
PACKAGE_SOURCES := package.json sync/package.json .ci/pack.mjs $(wildcard README.md CHANGELOG.md LICENSE)

.PHONY: help
help: ## Lists the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 15

.PHONY: demo
demo: build $(STAMPS)/bench ## Shows the client at work
	node build/bench/demo.js

.PHONY: build
build: $(STAMPS)/release $(PEER) $(STAMPS)/dist ## Builds everything, optimised

.PHONY: build-debug
build-debug: $(STAMPS)/debug $(PEER) $(STAMPS)/dist ## Builds with a debug native library

.PHONY: test
test: build $(STAMPS)/bench $(STAMPS)/packages $(STAMPS)/conformance $(STAMPS)/runners $(COUNTS) $(PEERS) network-tools ## Lint, Rust tests, JavaScript tests, package check
	@.ci/test

.PHONY: test-quick
test-quick: build-debug ## Unit and API tests against a debug build
	npm run --silent test:quick

.PHONY: test-package
test-package: $(STAMPS)/packages $(STAMPS)/runners $(PEER) ## Installs the packed tarballs and uses them
	$(NPX) vitest run __test__/package

.PHONY: test-nodes
test-nodes: build $(STAMPS)/bench $(STAMPS)/packages $(STAMPS)/conformance $(STAMPS)/runners $(PEERS) network-tools ## Runs the JavaScript tests under each Node of NODES, a short one under Bun and Deno
	.ci/nodes $(NODES)
	node .ci/runtimes.mjs

.PHONY: conformance
conformance: build $(STAMPS)/conformance ## Autobahn's cases against both faces; UPDATE=1 takes the verdicts anew
	UPDATE=$(UPDATE) $(NPX) vitest run __test__/conformance

.PHONY: peers
peers: build $(STAMPS)/peers ## Both faces against other people's servers and proxies
	$(NPX) vitest run __test__/peers __test__/proxies

.PHONY: runners
runners: build $(STAMPS)/runners ## The promise API under Jest, in jsdom, and under every kind of fake timers
	$(NPX) vitest run __test__/runners

.PHONY: test-network
test-network: build network-tools ## Both faces in broken networks and with a clock that jumps: needs root, or sudo, on Linux
	$(NPX) vitest run __test__/network

# No stamp: the tools are the machine's, not the clone's.
.PHONY: network-tools
network-tools:
	@[ "$$(uname -s)" != Linux ] || .ci/debian iproute2 libfaketime nftables

.PHONY: valgrind-tool
valgrind-tool:
	@command -v valgrind >/dev/null || .ci/debian valgrind libc6-dbg

.PHONY: fuzz
fuzz: $(CARGO_FUZZ) ## Looks for inputs that break the checks of crates/fuzz, SECONDS (60) for each
	.ci/fuzz $< $(SECONDS)

.PHONY: valgrind
valgrind: build valgrind-tool ## Runs both faces under valgrind: memory errors and leaks of the addon
	node .ci/valgrind.mjs

.PHONY: soak
soak: MINUTES = 30
soak: build ## Traffic, faults and reconnects, mixed, on both faces for MINUTES (30): memory and handles stay flat
	WEBSOCKET_RS_SOAK_SECONDS=$$(( $(MINUTES) * 60 )) $(NPX) vitest run __test__/memory/mixed.test.ts
	WEBSOCKET_RS_SOAK_ROUNDS=3000 $(NPX) vitest run __test__/memory/repeated.test.ts

.PHONY: soak-memory
soak-memory: build ## Full load on both faces for MINUTES (10): memory stays flat
	WEBSOCKET_RS_SOAK_SECONDS=$$(( $(MINUTES) * 60 )) $(NPX) vitest run __test__/memory/soak.test.ts

.PHONY: bench
bench: build $(STAMPS)/bench $(STAMPS)/rivals $(STAMPS)/python-rivals $(FLOOR) $(STAMPS)/packages ## The whole benchmark and its report; forty minutes
	@status=0; node build/bench/run.js || status=$$?; node build/bench/report.js && exit $$status

.PHONY: bench-report
bench-report: $(STAMPS)/bench $(STAMPS)/rivals ## Writes the report of the last benchmark anew
	node build/bench/report.js

.PHONY: bench-quick
bench-quick: build $(STAMPS)/bench $(STAMPS)/rivals ## A benchmark of two minutes against ws
	node build/bench/quick.js

.PHONY: instructions
instructions: $(COUNTS) valgrind-tool ## Checks instruction counts of the Rust hot paths; UPDATE=1 takes them anew
	@GUNGRAUN_RUNNER=$(abspath $(GUNGRAUN_RUNNER)) UPDATE=$(UPDATE) node .ci/instructions.mjs

.PHONY: bench-compare
bench-compare: build $(STAMPS)/bench ## Measures this tree against another: REV=commit
	node build/bench/compare.js '$(REV)'

.PHONY: lint
lint: $(STAMPS)/node-modules $(STAMPS)/dist $(STAMPS)/packages ## Format, lints, types, layers, package shape
	cargo fmt --all --check
	cargo fmt --manifest-path $(FUZZ_TARGETS) --check
	cargo metadata --quiet --locked --format-version 1 --manifest-path $(FUZZ_TARGETS) >/dev/null
	cargo clippy --workspace --all-targets --locked -- -D warnings
	npm run --silent lint
	.ci/layers
	npm run --silent lint:package

.PHONY: format
format: $(STAMPS)/node-modules ## Formats all sources, applies safe fixes
	cargo fmt --all
	cargo fmt --manifest-path $(FUZZ_TARGETS)
	npm run --silent format

.PHONY: pack
pack: $(STAMPS)/packages ## Packs the main and the host's platform package into build/packages

.PHONY: clean
clean: ## Removes what was built, installed or cached
	rm -rf build dist native npm node_modules .cache
	cargo clean

# What the targets stand on. A stamp is a file whose time says when its step last succeeded.

$(STAMPS):
	@mkdir -p $@

$(STAMPS)/node-modules: package-lock.json | $(STAMPS)
	npm ci --loglevel=error
	@touch $@

# native/ holds one build, release or debug: making one outdates the other.
$(STAMPS)/release: $(NATIVE_SOURCES) $(STAMPS)/node-modules | $(STAMPS)
	npm run --silent build:native
	@rm -f $(STAMPS)/debug
	@touch $@

$(STAMPS)/debug: $(NATIVE_SOURCES) $(STAMPS)/node-modules | $(STAMPS)
	npm run --silent build:native:debug
	@rm -f $(STAMPS)/release
	@touch $@

# It only starts valgrind, so it is not optimised: that takes half the time to build.
$(GUNGRAUN_RUNNER):
	CARGO_PROFILE_DEV_DEBUG=0 cargo install gungraun-runner --version =$(GUNGRAUN) --locked --debug \
		--root $(patsubst %/bin/gungraun-runner,%,$@)

# It only starts the build and libFuzzer, so it is not optimised either.
$(CARGO_FUZZ):
	CARGO_PROFILE_DEV_DEBUG=0 cargo install cargo-fuzz --version =$(patsubst .cache/tools/cargo-fuzz-%/bin/cargo-fuzz,%,$@) \
		--locked --debug --root $(patsubst %/bin/cargo-fuzz,%,$@)

$(PEER): $(PEER_SOURCES)
	cargo build --release --package websocket-rs-peer
	@touch $@

# TypeScript takes types of the boundary from native/loader.d.ts, which either build generates.
$(STAMPS)/dist: $(SCRIPT_SOURCES) $(STAMPS)/node-modules $(STAMPS)/$(if $(filter build-debug test-quick,$(MAKECMDGOALS)),debug,release) | $(STAMPS)
	npm run --silent build:ts
	@touch $@

$(STAMPS)/bench: $(BENCH_SOURCES) $(STAMPS)/dist | $(STAMPS)
	rm -rf build/bench
	npm run --silent build:bench
	@touch $@

# Without scripts: what needs any is not measured, and the binaries come in packages of their own.
$(STAMPS)/rivals: bench/rivals/package.json bench/rivals/package-lock.json | $(STAMPS)
	@mkdir -p .cache/rivals
	cp bench/rivals/package.json bench/rivals/package-lock.json .npmrc .cache/rivals
	npm ci --prefix .cache/rivals --ignore-scripts --loglevel=error
	@touch $@

$(STAMPS)/python-rivals: bench/rivals/requirements.txt .ci/venv | $(STAMPS)
	.ci/venv .cache/rivals-python $< 3.12
	@touch $@

$(STAMPS)/conformance: __test__/conformance/requirements.txt .ci/venv | $(STAMPS)
	.ci/venv .cache/conformance $< 3.10
	@touch $@

$(STAMPS)/runners: $(addprefix __test__/runners/packages/,package.json package-lock.json) .ci/runners | $(STAMPS)
	.ci/runners
	@touch $@

$(STAMPS)/peers: $(addprefix __test__/peers/packages/,package.json package-lock.json requirements.txt) .ci/debian .ci/venv | $(STAMPS)
	.ci/debian dante-server haproxy libwebsockets-test-server microsocks nginx-light openssl squid tinyproxy websocketd
	@mkdir -p .cache/peers
	cp __test__/peers/packages/package.json __test__/peers/packages/package-lock.json .npmrc .cache/peers
	npm ci --prefix .cache/peers --ignore-scripts --loglevel=error
	.ci/venv .cache/peers-python __test__/peers/packages/requirements.txt 3.11
	@touch $@

$(FLOOR): $(WORKSPACE) $(call crate_files,bench/floor)
	cargo build --release --package websocket-rs-floor
	@touch $@

$(STAMPS)/packages: $(PACKAGE_SOURCES) $(STAMPS)/release $(STAMPS)/dist | $(STAMPS)
	node .ci/pack.mjs
	@touch $@
