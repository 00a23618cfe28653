# The targets of this repository. Each works on a bare clone: it installs and builds what it needs, and nothing twice.
# Needs Node >= 20 with npm, Rust with cargo, Python >= 3.11 (`make bench`: 3.12), make and bash.

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

# The runner of the instruction counts must have the version of their library.
GUNGRAUN := $(shell sed -n '/^name = "gungraun-runner"$$/{n;s/version = "\(.*\)"/\1/p;}' Cargo.lock)
GUNGRAUN_RUNNER := .cache/tools/gungraun-$(GUNGRAUN)/bin/gungraun-runner
# The committed counts are for this system; on others they are not part of the tests.
COUNTS := $(if $(filter Linux-x86_64,$(shell uname -sm | tr ' ' '-')),$(GUNGRAUN_RUNNER))

FUZZ_TARGETS := crates/fuzz/targets/Cargo.toml
CARGO_FUZZ := .cache/tools/cargo-fuzz-0.13.2/bin/cargo-fuzz

# Python wheels that hold Cargo subcommands.
TOOLS := .cache/tools/python/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
CARGO_DENY := $(TOOLS)/cargo-deny --workspace --locked

NETWORK_PACKAGES := iproute2 libfaketime nftables
VALGRIND_PACKAGES := valgrind libc6-dbg
PEER_PACKAGES := dante-server haproxy libwebsockets-test-server microsocks nginx-light openssl squid tinyproxy websocketd
BROWSER_PACKAGES := chromium
LLVM_PACKAGE = llvm-$(shell rustc --version --verbose | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')

# Third-party servers and proxies. Some are Debian packages, so on other systems they are not part of the tests.
PEERS := $(if $(filter Linux,$(shell uname -s)),$(STAMPS)/peers)

# Lists folders too, since the time of a folder changes when a file is removed.
crate_files = $(shell find $(1) -type d -o -name '*.rs' -o -name 'Cargo.toml')
WORKSPACE := Cargo.toml Cargo.lock $(wildcard .cargo/config.toml rust-toolchain.toml)
NATIVE_SOURCES := $(WORKSPACE) $(call crate_files,crates/protocol crates/client crates/node)
PEER_SOURCES := $(WORKSPACE) $(call crate_files,crates/peer)
SCRIPT_SOURCES := tsconfig.base.json tsconfig.json rolldown.config.mjs $(shell find src)
# Not `bench` and `examples` themselves, which are targets too. One of the documents of bench is generated.
BENCH_SOURCES := tsconfig.base.json $(shell find bench/. -name results -prune -o -name '*.md' -prune -o -print)
EXAMPLE_SOURCES := tsconfig.base.json examples/tsconfig.json $(shell find examples/. -type d -o -name '*.mts')
PACKAGE_SOURCES := package.json sync/package.json ws/package.json web/package.json register/package.json .ci/pack.mjs $(wildcard README.md CHANGELOG.md LICENSE)

.PHONY: help
help: ## Lists the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 18

.PHONY: demo
demo: build $(STAMPS)/bench ## Runs a short demonstration
	node build/bench/demo.js

.PHONY: build
build: $(STAMPS)/release $(PEER) $(STAMPS)/dist ## Builds everything, optimised

.PHONY: build-debug
build-debug: $(STAMPS)/debug $(PEER) $(STAMPS)/dist ## Builds with a debug native library

.PHONY: test
test: build $(STAMPS)/bench $(STAMPS)/examples $(STAMPS)/packages $(STAMPS)/conformance $(STAMPS)/runners $(STAMPS)/programs $(COUNTS) $(PEERS) network-tools ## Runs lints, Rust tests, JavaScript tests and package checks
	@.ci/test

.PHONY: test-quick
test-quick: build-debug ## Runs unit and API tests against a debug build
	npm run --silent test:quick

.PHONY: test-socket
test-socket: build ## Runs the tests of connections on sockets of Node instead of native ones
	WEBSOCKET_RS_TEST_DRIVER=socket $(NPX) vitest run __test__/api __test__/wire

.PHONY: examples
examples: build $(STAMPS)/examples ## Builds the examples into build/examples

.PHONY: test-package
test-package: $(STAMPS)/packages $(STAMPS)/runners $(PEER) ## Tests the packed tarballs as a user installs them
	$(NPX) vitest run __test__/package

.PHONY: test-nodes
test-nodes: build $(STAMPS)/bench $(STAMPS)/examples $(STAMPS)/packages $(STAMPS)/conformance $(STAMPS)/runners $(STAMPS)/programs $(PEERS) network-tools ## Runs the JavaScript tests under each Node of NODES, and a short test under Bun and Deno
	.ci/nodes $(NODES)
	node .ci/runtimes.mjs

.PHONY: conformance
conformance: build $(STAMPS)/conformance ## Runs Autobahn's cases against both APIs; UPDATE=1 replaces the committed verdicts
	UPDATE=$(UPDATE) $(NPX) vitest run __test__/conformance

.PHONY: conformance-deflate
conformance-deflate: build $(STAMPS)/conformance ## Runs Autobahn's 216 cases of permessage-deflate against both APIs and ws; UPDATE=1 replaces the committed verdicts
	DEFLATE=all UPDATE=$(UPDATE) $(NPX) vitest run __test__/conformance/deflate.test.ts

.PHONY: peers
peers: build $(STAMPS)/peers ## Tests both APIs against third-party servers and proxies
	$(NPX) vitest run __test__/peers __test__/proxies

.PHONY: test-compat
test-compat: build ## Compares the ws API with ws; runs the suite of ws from WS_CHECKOUT, web platform tests from UNDICI_CHECKOUT
	WS_CHECKOUT=$(abspath $(WS_CHECKOUT)) UNDICI_CHECKOUT=$(abspath $(UNDICI_CHECKOUT)) $(NPX) vitest run __test__/compat

.PHONY: runners
runners: build $(STAMPS)/runners ## Tests the promise API under Jest, in jsdom and with fake timers
	$(NPX) vitest run __test__/runners

.PHONY: register
register: build $(STAMPS)/programs ## Tests programs that use ws or the global WebSocket under websocket-rs/register
	$(NPX) vitest run __test__/register

.PHONY: test-network
test-network: build network-tools ## Tests both APIs in faulty networks and with a jumping clock; needs Linux and root or sudo
	$(NPX) vitest run __test__/network

# Has no stamp, since the tools are installed on the machine and not in the clone.
.PHONY: network-tools
network-tools:
	@[ "$$(uname -s)" != Linux ] || .ci/debian $(NETWORK_PACKAGES)

.PHONY: valgrind-tool
valgrind-tool:
	@command -v valgrind >/dev/null || .ci/debian $(VALGRIND_PACKAGES)

.PHONY: debian-packages
debian-packages: ## Installs the Debian packages that the tests need
	.ci/debian $(NETWORK_PACKAGES) $(VALGRIND_PACKAGES) $(PEER_PACKAGES) $(BROWSER_PACKAGES)

.PHONY: fuzz
fuzz: $(CARGO_FUZZ) ## Fuzzes each target of crates/fuzz for SECONDS (60)
	.ci/fuzz $< $(SECONDS)

.PHONY: valgrind
valgrind: build valgrind-tool ## Checks the addon for memory errors and leaks with valgrind
	node .ci/valgrind.mjs

.PHONY: soak
soak: MINUTES = 30
soak: build ## Checks memory and handles under mixed traffic, faults and reconnects for MINUTES (30)
	WEBSOCKET_RS_SOAK_SECONDS=$$(( $(MINUTES) * 60 )) $(NPX) vitest run __test__/memory/mixed.test.ts
	WEBSOCKET_RS_SOAK_ROUNDS=3000 $(NPX) vitest run __test__/memory/repeated.test.ts

.PHONY: soak-memory
soak-memory: build ## Checks memory under full load for MINUTES (10)
	WEBSOCKET_RS_SOAK_SECONDS=$$(( $(MINUTES) * 60 )) $(NPX) vitest run __test__/memory/soak.test.ts

.PHONY: bench
bench: build $(STAMPS)/bench $(STAMPS)/rivals $(STAMPS)/python-rivals $(FLOOR) $(STAMPS)/packages ## Runs the whole benchmark and writes its report; takes forty minutes
	@status=0; node build/bench/run.js || status=$$?; node build/bench/report.js && exit $$status

.PHONY: bench-report
bench-report: $(STAMPS)/bench $(STAMPS)/rivals ## Writes the report of the last benchmark again
	node build/bench/report.js

COMPRESSED_CASES := compressed,compressed-defaults,compressed-connections,compressed-loop,compressed-servers,compressed-idle,compressed-active
COMPRESSED_CONTENDERS := websocket-rs@node20,websocket-rs-sync@node20,websocket-rs@node26,websocket-rs-sync@node26,ws@node20,ws@node26,global@node26,bun,python-websockets_async,python-websockets_sync

.PHONY: bench-compression
bench-compression: build $(STAMPS)/bench $(STAMPS)/rivals $(STAMPS)/python-rivals ## Runs the cases of compressed messages and writes their report; takes twenty minutes
	@status=0; CASES=$${CASES:-$(COMPRESSED_CASES)} CONTENDERS=$(COMPRESSED_CONTENDERS) node build/bench/run.js bench/results/compression.json || status=$$?; node build/bench/report.js && exit $$status

.PHONY: bench-quick
bench-quick: build $(STAMPS)/bench $(STAMPS)/rivals ## Runs a benchmark of two minutes against ws
	node build/bench/quick.js

.PHONY: instructions
instructions: $(COUNTS) valgrind-tool ## Checks instruction counts of the Rust hot paths; UPDATE=1 replaces the committed ones
	@GUNGRAUN_RUNNER=$(abspath $(GUNGRAUN_RUNNER)) UPDATE=$(UPDATE) node .ci/instructions.mjs

.PHONY: bench-compare
bench-compare: build $(STAMPS)/bench ## Compares this tree with the commit REV
	node build/bench/compare.js '$(REV)'

.PHONY: lint
lint: $(STAMPS)/node-modules $(STAMPS)/dist $(STAMPS)/packages $(STAMPS)/tools ## Checks format, lints, types, layers, dependencies and package shape
	cargo fmt --all --check
	cargo fmt --manifest-path $(FUZZ_TARGETS) --check
	cargo metadata --quiet --locked --format-version 1 --manifest-path $(FUZZ_TARGETS) >/dev/null
	cargo clippy --workspace --all-targets --locked -- -D warnings
	npm run --silent lint
	.ci/layers
	$(CARGO_DENY) check licenses bans sources
	npm run --silent lint:package

# Not part of `lint`: needs the RustSec database from GitHub and the npm registry's audit service, and fails without
# them. Packages that are published have no npm dependencies but their own platform packages.
.PHONY: advisories
advisories: $(STAMPS)/node-modules $(STAMPS)/tools ## Checks dependencies for known vulnerabilities
	$(CARGO_DENY) check advisories
	npm audit --omit=dev --audit-level=low
	npm audit --audit-level=high

# Needs any native build, for its loader. Changes native/ and dist/, so their stamps are removed.
.PHONY: coverage
coverage: $(if $(wildcard $(STAMPS)/release),,$(STAMPS)/debug) $(STAMPS)/tools $(PEER) llvm-tools ## Measures the coverage of Rust and TypeScript code
	@rm -f $(addprefix $(STAMPS)/,debug release dist)
	.ci/coverage $(TOOLS)

# cargo-llvm-cov takes rustup's llvm-tools if they are installed. If not, Debian's package of the same version will do.
.PHONY: llvm-tools
llvm-tools:
	@[ -x "$$(rustc --print target-libdir)/../bin/llvm-cov" ] || .ci/debian $(LLVM_PACKAGE)

.PHONY: format
format: $(STAMPS)/node-modules ## Formats all sources and applies safe fixes
	cargo fmt --all
	cargo fmt --manifest-path $(FUZZ_TARGETS)
	npm run --silent format

.PHONY: pack
pack: $(STAMPS)/packages ## Packs the main package and the host's platform package into build/packages

.PHONY: clean
clean: ## Removes all that was built, installed or cached
	rm -rf build dist native npm node_modules .cache
	cargo clean

# Prerequisites of the targets. A stamp is an empty file whose time is that of the last success of its step.

$(STAMPS):
	@mkdir -p $@

$(STAMPS)/node-modules: package-lock.json | $(STAMPS)
	npm ci --loglevel=error
	@touch $@

# native/ holds one build, release or debug, so each removes the stamp of the other.
$(STAMPS)/release: $(NATIVE_SOURCES) $(STAMPS)/node-modules | $(STAMPS)
	npm run --silent build:native
	@rm -f $(STAMPS)/debug
	@touch $@

$(STAMPS)/debug: $(NATIVE_SOURCES) $(STAMPS)/node-modules | $(STAMPS)
	npm run --silent build:native:debug
	@rm -f $(STAMPS)/release
	@touch $@

# Only starts valgrind, so it is not optimised, which halves the build time.
$(GUNGRAUN_RUNNER):
	CARGO_PROFILE_DEV_DEBUG=0 cargo install gungraun-runner --version =$(GUNGRAUN) --locked --debug \
		--root $(patsubst %/bin/gungraun-runner,%,$@)

# Only starts the build and libFuzzer, so it is not optimised either.
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

$(STAMPS)/examples: $(EXAMPLE_SOURCES) $(STAMPS)/dist | $(STAMPS)
	rm -rf build/examples
	npm run --silent build:examples
	@touch $@

# Runs no install scripts: no rival that is measured needs one, and binaries come in packages of their own.
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

$(STAMPS)/programs: $(addprefix __test__/register/packages/,package.json package-lock.json) .ci/debian | $(STAMPS)
	@[ "$$(uname -s)" != Linux ] || .ci/debian $(BROWSER_PACKAGES)
	@mkdir -p .cache/register
	cp __test__/register/packages/package.json __test__/register/packages/package-lock.json .npmrc .cache/register
	npm ci --prefix .cache/register --ignore-scripts --loglevel=error
	@touch $@

$(STAMPS)/peers: $(addprefix __test__/peers/packages/,package.json package-lock.json requirements.txt) .ci/debian .ci/venv | $(STAMPS)
	.ci/debian $(PEER_PACKAGES)
	@mkdir -p .cache/peers
	cp __test__/peers/packages/package.json __test__/peers/packages/package-lock.json .npmrc .cache/peers
	npm ci --prefix .cache/peers --ignore-scripts --loglevel=error
	.ci/venv .cache/peers-python __test__/peers/packages/requirements.txt 3.11
	@touch $@

$(STAMPS)/tools: .ci/tools/requirements.txt .ci/venv | $(STAMPS)
	.ci/venv .cache/tools/python $< 3.10
	@touch $@

$(FLOOR): $(WORKSPACE) $(call crate_files,bench/floor)
	cargo build --release --package websocket-rs-floor
	@touch $@

$(STAMPS)/packages: $(PACKAGE_SOURCES) $(STAMPS)/release $(STAMPS)/dist | $(STAMPS)
	node .ci/pack.mjs
	@touch $@
