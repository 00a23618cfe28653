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

# The echo server in C of the benchmark needs epoll.
ECHO_SERVER := $(if $(filter Linux,$(shell uname -s)),build/servers/echo)

# The runner of the instruction counts must have the version of their library.
GUNGRAUN := $(shell sed -n '/^name = "gungraun-runner"$$/{n;s/version = "\(.*\)"/\1/p;}' Cargo.lock)
GUNGRAUN_RUNNER := .cache/tools/gungraun-$(GUNGRAUN)/bin/gungraun-runner
# The committed counts are for this system; on others they are not part of the tests.
COUNTS := $(if $(filter Linux-x86_64,$(shell uname -sm | tr ' ' '-')),$(GUNGRAUN_RUNNER))

# The profile of `make cross`. The platforms are those that are published; Node runs here on those of `make test-cross`.
PROFILE := release
CROSS_TARGETS = $(shell sed -n '/"targets"/,/]/s/^ *"\([a-z0-9_-]*-[a-z0-9_-]*\)",*$$/\1/p' package.json)
CROSS_SYSTEMS := linux-x64-musl linux-arm64-gnu linux-arm64-musl
CROSS_SYSTEM_TARGETS := x86_64-unknown-linux-musl aarch64-unknown-linux-gnu aarch64-unknown-linux-musl
CROSS_LIBRARIES = build/cross$(if $(filter dev,$(PROFILE)),/dev)
# One target of each system that the lints of this machine do not see.
CROSS_LINTED := x86_64-pc-windows-msvc aarch64-apple-darwin
CROSS_PYTHON := .cache/cross/python/bin

FUZZ_TARGETS := crates/fuzz/targets/Cargo.toml
CARGO_FUZZ := .cache/tools/cargo-fuzz-0.13.2/bin/cargo-fuzz

CARGO_BUNDLE_LICENSES := .cache/tools/cargo-bundle-licenses-5.0.0/bin/cargo-bundle-licenses

# Python wheels that hold Cargo subcommands.
TOOLS := .cache/tools/python/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
CARGO_DENY := $(TOOLS)/cargo-deny --workspace --locked

NETWORK_PACKAGES := iproute2 libfaketime nftables
TERMINAL_PACKAGES := fish tmux zsh
VALGRIND_PACKAGES := valgrind libc6-dbg
PEER_PACKAGES := dante-server haproxy libwebsockets-test-server microsocks nginx-light openssl squid tinyproxy websocketd
# Opens the site. Fonts for its Chinese pages, so that the screenshots show them.
BROWSER_PACKAGES := $(if $(shell command -v google-chrome),,chromium) fonts-noto-cjk
LLVM_PACKAGE = llvm-$(shell rustc --version --verbose | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')

# Third-party servers and proxies. Some are Debian packages, so on other systems they are not part of the tests.
PEERS := $(if $(filter Linux,$(shell uname -s)),$(STAMPS)/peers)

# Lists folders too, since the time of a folder changes when a file is removed.
crate_files = $(shell find $(1) -type d -o -name '*.rs' -o -name 'Cargo.toml')
WORKSPACE := Cargo.toml Cargo.lock $(wildcard .cargo/config.toml rust-toolchain.toml)
NATIVE_SOURCES := package.json $(WORKSPACE) $(call crate_files,crates/protocol crates/client crates/node)
CROSS_SOURCES = $(NATIVE_SOURCES) .ci/cross/build .ci/cross/cargo .ci/cross/compiled .ci/platforms.mjs $(STAMPS)/node-modules $(STAMPS)/cross-tools
PEER_SOURCES := $(WORKSPACE) $(call crate_files,crates/peer)
SCRIPT_SOURCES := tsconfig.base.json tsconfig.json rolldown.config.mjs $(shell find src)
# Not `bench` and `examples` themselves, which are targets too. One of the documents of bench is generated.
BENCH_SOURCES := tsconfig.base.json $(shell find bench/. -name results -prune -o -name '*.md' -prune -o -print)
EXAMPLE_SOURCES := tsconfig.base.json examples/tsconfig.json $(shell find examples/. -type d -o -name '*.mts')
# Not `docs` itself, which is a target too, and not what is installed and generated there.
DOCS_SOURCES := $(shell find docs/. -path docs/./node_modules -prune -o -path docs/./reference -prune -o -print)
PACKAGE_SOURCES := package.json sync/package.json ws/package.json web/package.json register/package.json .ci/pack.mjs .ci/stage.mjs .ci/platforms.mjs $(wildcard README.md CHANGELOG.md LICENSE NOTICE)

# What all JavaScript tests need.
TESTED := build $(addprefix $(STAMPS)/,bench examples packages conformance runners programs registry bundlers docs) $(PEERS) \
	$(ECHO_SERVER) network-tools terminal-tools browser-tool

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
test: $(TESTED) $(COUNTS) ## Runs lints, Rust tests, JavaScript tests and package checks
	@.ci/test

.PHONY: test-quick
test-quick: build-debug ## Runs unit and API tests against a debug build
	npm run --silent test:quick

.PHONY: test-socket
test-socket: build $(STAMPS)/conformance $(PEERS) network-tools ## Runs the tests of connections on sockets of Node instead of native ones
	.ci/socket-driver

.PHONY: examples
examples: build $(STAMPS)/examples ## Builds the examples into build/examples

.PHONY: docs
docs: $(STAMPS)/docs ## Builds the documentation site into build/docs

.PHONY: test-docs
test-docs: build $(STAMPS)/docs $(STAMPS)/examples browser-tool ## Runs the programs of the documents, and opens the site in Chromium
	$(NPX) vitest run __test__/docs __test__/site

.PHONY: test-package
test-package: $(STAMPS)/packages $(STAMPS)/runners $(PEER) ## Tests the packed tarballs as a user installs them
	$(NPX) vitest run __test__/package

.PHONY: test-registry
test-registry: $(STAMPS)/packages $(STAMPS)/registry $(PEER) ## Publishes the packages to a registry on this machine, and installs them with each package manager
	$(NPX) vitest run __test__/registry

.PHONY: test-bundlers
test-bundlers: $(STAMPS)/packages $(STAMPS)/registry $(STAMPS)/bundlers $(STAMPS)/bundlers-large $(PEER) ## Runs every recipe of docs/bundlers.md, those of large tools too
	BUNDLERS=all $(NPX) vitest run __test__/bundlers

.PHONY: test-nodes
test-nodes: $(TESTED) ## Runs the JavaScript tests under each Node of NODES, and a short test under Bun and Deno
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
test-compat: build $(STAMPS)/programs ## Compares with ws and undici, by their suites in WS_CHECKOUT and UNDICI_CHECKOUT too, and prints a table
	WS_CHECKOUT=$(abspath $(WS_CHECKOUT)) UNDICI_CHECKOUT=$(abspath $(UNDICI_CHECKOUT)) UPDATE=$(UPDATE) node .ci/compat.mjs

.PHONY: cross
cross: $(addprefix $(STAMPS)/cross-$(PROFILE)-,$(CROSS_TARGETS)) $(addprefix $(STAMPS)/cross-lint-,$(CROSS_LINTED)) ## Builds the addon for every platform into build/cross and checks code and files; needs Linux; PROFILE=dev does not optimise
	$(if $(filter release,$(PROFILE)),node .ci/cross/libraries.mjs build/cross/*.node)

.PHONY: test-cross
test-cross: $(addprefix $(STAMPS)/cross-$(PROFILE)-,$(CROSS_SYSTEM_TARGETS)) $(addprefix $(STAMPS)/system-,$(CROSS_SYSTEMS)) $(PEER) $(STAMPS)/dist $(STAMPS)/registry qemu ## Tests the addon, and installs it from a registry, on musl and on emulated arm64; needs Linux on x64, and root or sudo
	PROFILE=$(PROFILE) node .ci/cross/test.mjs $(CROSS_SYSTEMS)
	node .ci/pack.mjs --libraries $(CROSS_LIBRARIES)
	PROFILE=$(PROFILE) CROSS_SYSTEMS='$(CROSS_SYSTEMS)' $(NPX) vitest run __test__/registry/systems.test.ts

# Has no stamp, since it is installed on the machine and not in the clone.
.PHONY: qemu
qemu:
	.ci/debian qemu-user

.PHONY: runners
runners: build $(STAMPS)/runners ## Tests the promise API under Jest, in jsdom and with fake timers
	$(NPX) vitest run __test__/runners

.PHONY: register
register: build $(STAMPS)/programs ## Tests programs that use ws or the global WebSocket under websocket-rs/register
	$(NPX) vitest run __test__/register

.PHONY: test-cli
test-cli: build terminal-tools ## Tests the command line, on Linux also in a real terminal; UPDATE=1 replaces the screens in docs/cli
	UPDATE=$(UPDATE) $(NPX) vitest run __test__/cli

.PHONY: test-network
test-network: build network-tools ## Tests both APIs in faulty networks and with a jumping clock; needs Linux and root or sudo
	$(NPX) vitest run __test__/network

# These have no stamps, since the tools are installed on the machine and not in the clone.
.PHONY: network-tools
network-tools:
	@[ "$$(uname -s)" != Linux ] || .ci/debian $(NETWORK_PACKAGES)

.PHONY: terminal-tools
terminal-tools:
	@[ "$$(uname -s)" != Linux ] || .ci/debian $(TERMINAL_PACKAGES)

.PHONY: browser-tool
browser-tool:
	@[ "$$(uname -s)" != Linux ] || .ci/debian $(BROWSER_PACKAGES)

.PHONY: valgrind-tool
valgrind-tool:
	@command -v valgrind >/dev/null || .ci/debian $(VALGRIND_PACKAGES)

.PHONY: debian-packages
debian-packages: ## Installs the Debian packages that the tests need
	.ci/debian $(NETWORK_PACKAGES) $(TERMINAL_PACKAGES) $(BROWSER_PACKAGES) $(VALGRIND_PACKAGES) $(PEER_PACKAGES)

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
bench: build $(STAMPS)/bench $(STAMPS)/rivals $(STAMPS)/python-rivals $(FLOOR) $(ECHO_SERVER) $(STAMPS)/packages ## Runs the benchmark, except compression, and writes its report; takes an hour and a half
	@status=0; node build/bench/run.js || status=$$?; node build/bench/report.js && exit $$status

.PHONY: bench-report
bench-report: $(STAMPS)/bench $(STAMPS)/rivals ## Writes the report of the last benchmark again
	node build/bench/report.js

COMPRESSED_CASES := compressed,compressed-defaults,compressed-connections,compressed-loop,compressed-servers,compressed-idle,compressed-active
COMPRESSED_CONTENDERS := websocket-rs@node20,websocket-rs-sync@node20,websocket-rs@node26,websocket-rs-sync@node26,websocket-rs-ws@node26,websocket-rs-web@node26,ws@node20,ws@node26,global@node26,bun,python-websockets_async,python-websockets_sync

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
	node .ci/notice.mjs --check
	npm run --silent lint:package

.PHONY: notice
notice: $(CARGO_BUNDLE_LICENSES) $(STAMPS)/node-modules ## Writes NOTICE, the licences of what is linked into the addon
	node .ci/notice.mjs $(dir $<)

.PHONY: version
version: $(STAMPS)/node-modules ## Sets the version of a release to VERSION and gives it a section of CHANGELOG.md
	node .ci/release/version.mjs '$(VERSION)'

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
	rm -rf build dist native node_modules docs/node_modules docs/reference .cache
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

$(CARGO_BUNDLE_LICENSES):
	CARGO_PROFILE_DEV_DEBUG=0 cargo install cargo-bundle-licenses --locked --debug \
		--version =$(patsubst .cache/tools/cargo-bundle-licenses-%/bin/cargo-bundle-licenses,%,$@) \
		--root $(patsubst %/bin/cargo-bundle-licenses,%,$@)

$(PEER): $(PEER_SOURCES)
	cargo build --release --package websocket-rs-peer
	@touch $@

# TypeScript takes types of the boundary from native/library.d.ts, which either build generates.
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

# Installs the packages of a lock file into a folder of .cache, without install scripts: folder of the lock file, folder.
define install_packages
@mkdir -p .cache/$(2)
cp $(1)/package.json $(1)/package-lock.json .npmrc .cache/$(2)
npm ci --prefix .cache/$(2) --ignore-scripts --loglevel=error
endef

# No rival that is measured needs an install script, and binaries come in packages of their own.
$(STAMPS)/rivals: bench/rivals/package.json bench/rivals/package-lock.json | $(STAMPS)
	$(call install_packages,bench/rivals,rivals)
	@touch $@

$(STAMPS)/python-rivals: bench/rivals/requirements.txt .ci/venv | $(STAMPS)
	.ci/venv .cache/rivals-python $< 3.12
	@touch $@

$(STAMPS)/conformance: __test__/conformance/requirements.txt .ci/venv | $(STAMPS)
	.ci/venv .cache/conformance $< 3.10
	@touch $@

$(STAMPS)/docs-packages: docs/package.json docs/package-lock.json | $(STAMPS)
	cp .npmrc docs
	npm ci --prefix docs --ignore-scripts --loglevel=error
	@touch $@

# The reference is generated from src/, which takes types from native/library.d.ts.
$(STAMPS)/docs: $(DOCS_SOURCES) $(SCRIPT_SOURCES) $(STAMPS)/docs-packages $(STAMPS)/dist | $(STAMPS)
	npm run --silent --prefix docs build
	@touch $@

$(STAMPS)/runners: $(addprefix __test__/runners/packages/,package.json package-lock.json) .ci/runners | $(STAMPS)
	.ci/runners
	@touch $@

$(STAMPS)/programs: $(addprefix __test__/register/packages/,package.json package-lock.json) .ci/debian | $(STAMPS)
	@[ "$$(uname -s)" != Linux ] || .ci/debian $(BROWSER_PACKAGES)
	$(call install_packages,__test__/register/packages,register)
	@touch $@

# The binaries of Bun and Deno come in packages of their own.
$(STAMPS)/registry: $(addprefix __test__/registry/packages/,package.json package-lock.json) | $(STAMPS)
	$(call install_packages,__test__/registry/packages,registry)
	@touch $@

$(STAMPS)/bundlers: $(addprefix __test__/bundlers/packages/,package.json package-lock.json) | $(STAMPS)
	$(call install_packages,__test__/bundlers/packages,bundlers)
	@touch $@

$(STAMPS)/bundlers-large: $(addprefix __test__/bundlers/large/,package.json package-lock.json) | $(STAMPS)
	$(call install_packages,__test__/bundlers/large,bundlers-large)
	@touch $@

$(STAMPS)/peers: $(addprefix __test__/peers/packages/,package.json package-lock.json requirements.txt) .ci/debian .ci/venv | $(STAMPS)
	.ci/debian $(PEER_PACKAGES)
	$(call install_packages,__test__/peers/packages,peers)
	.ci/venv .cache/peers-python __test__/peers/packages/requirements.txt 3.11
	@touch $@

$(STAMPS)/tools: .ci/tools/requirements.txt .ci/venv | $(STAMPS)
	.ci/venv .cache/tools/python $< 3.10
	@touch $@

$(STAMPS)/cross-tools: .ci/cross/requirements.txt .ci/venv | $(STAMPS)
	.ci/venv .cache/cross/python $< 3.10
	@touch $@

$(STAMPS)/cross-dev-%: $(CROSS_SOURCES) | $(STAMPS)
	PROFILE=dev .ci/cross/build $(CROSS_PYTHON) $*
	@touch $@

$(STAMPS)/cross-release-%: $(CROSS_SOURCES) | $(STAMPS)
	PROFILE=release .ci/cross/build $(CROSS_PYTHON) $*
	@touch $@

# thread_local! has another form on Windows, for which the allowed lint is wrong.
$(STAMPS)/cross-lint-%: $(CROSS_SOURCES) | $(STAMPS)
	.ci/cross/cargo $(CROSS_PYTHON) $* clippy --package websocket-rs-protocol --package websocket-rs-client \
		--package websocket-rs-node -- -D warnings -A clippy::missing_const_for_thread_local
	@touch $@

$(STAMPS)/system-%: .ci/cross/system .ci/cross/unpack $(wildcard .ci/cross/nodes/*.txt) .ci/cross/packages/package-lock.json $(STAMPS)/cross-tools | $(STAMPS)
	.ci/cross/system $(CROSS_PYTHON) $*
	@touch $@

$(FLOOR): $(WORKSPACE) $(call crate_files,bench/floor)
	cargo build --release --package websocket-rs-floor
	@touch $@

build/servers/echo: $(wildcard bench/servers/echo/*.[ch])
	@mkdir -p $(@D)
	$(CC) -std=c11 -O2 -Wall -Wextra -o $@ $(filter %.c,$^)

$(STAMPS)/packages: $(PACKAGE_SOURCES) $(STAMPS)/release $(STAMPS)/dist | $(STAMPS)
	node .ci/pack.mjs
	@touch $@
