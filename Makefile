# The commands of this project; `make` alone lists them. Python 3.11 and make are all they need.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
BIN    := $(VENV)/bin
.DEFAULT_GOAL := help

# One folder per checkout unless the caller names another.
ETIOGRAPH_HOME ?= $(CURDIR)/.etiograph
export ETIOGRAPH_HOME

.PHONY: help
help: ## list these targets
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## install into .venv exactly what constraints.txt names; nothing to do takes a moment
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
	  { echo "etiograph needs Python 3.11 and '$(PYTHON)' is another: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 1; }
	@want=$$(cat constraints.txt pyproject.toml | sha256sum | cut -c1-64); \
	if [ "$$(cat $(VENV)/installed 2>/dev/null)" != "$$want" ]; then \
	  set -e; \
	  [ -f $(VENV)/installed ] || echo "installing into $(VENV), a few minutes / 正在安装到 $(VENV)，要几分钟"; \
	  $(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV); \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt; \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .; \
	  echo "$$want" > $(VENV)/installed; \
	fi
	@$(BIN)/python -m reasoning.engine.warming # machine code of the engine, once a version: half a minute

.PHONY: run
run: setup ## load the packs, serve UI and API, replay the demo storm, keep serving (DEMO=0: serve only)
	@exec $(BIN)/python -m api.cli serve $(if $(filter 0,$(DEMO)),,--demo)

.PHONY: demo
demo: setup ## the same storm in a throw-away store, printed
	@exec $(BIN)/python -m api.cli demo

.PHONY: test
test: setup ## every test this machine can run; a skip says why (ARGS="-k name" narrows)
	@exec $(BIN)/python -m pytest $(ARGS)

# Each step is a target of its own, so that `make -k check` reports on all of them.
CHECKS := format lint types contracts dead-code docs secrets

.PHONY: check $(CHECKS)
check: $(CHECKS) ## format, lint, types, import contracts, dead code, docs links, secrets
$(CHECKS): setup

format:
	$(BIN)/ruff format --check --quiet .
lint:
	$(BIN)/ruff check --quiet .
types:
	$(BIN)/mypy
contracts:
	$(BIN)/lint-imports --no-logo
dead-code:
	$(BIN)/vulture
docs:
	$(BIN)/python -m pytest -q tests/test_docs.py
secrets:
	git ls-files -z | xargs -0 $(BIN)/detect-secrets-hook --baseline .secrets.baseline

VERSION ?= 5.26
.PHONY: neo4j
neo4j: setup ## a throw-away Neo4j (VERSION=5.26 or 2026), prints its address, runs until Ctrl-C
	@.ci/neo4j
	@exec $(BIN)/python -m tests.neo4j_server $(VERSION)

# NAME of a result file -> BENCH_NAME, the module of benchmarks/ that prints it and its arguments.
# Those that measure on data of others run only where the data lie beside the checkout.
SHARED := ../shared/data
BENCHMARKS := scenarios seeds latency pages graph stores metric_evidence chat $(if $(wildcard $(SHARED)/retrieval),retrieval search_arms support search_speed) \
              $(if $(wildcard $(SHARED)/causal/manifest.json),causal engine_speed) \
              $(if $(wildcard $(SHARED)/petshop/low_traffic),petshop) $(if $(wildcard $(SHARED)/itbench),itbench)
BENCH_scenarios := storms --scenarios
BENCH_seeds     := storms --seeds 21..40
BENCH_latency   := latency --clone
BENCH_pages     := pages
BENCH_graph     := graph
BENCH_stores    := stores
BENCH_chat      := chat
BENCH_retrieval := retrieval
BENCH_search_arms := search_arms
BENCH_support   := support
BENCH_search_speed := search_speed --encode 100000
BENCH_metric_evidence := metric_evidence
BENCH_petshop   := petshop --data $(SHARED)/petshop/low_traffic
BENCH_itbench   := itbench --data $(SHARED)/itbench
BENCH_causal    := causal --data $(SHARED)/causal
BENCH_engine_speed := engine_speed --data $(SHARED)/causal

.PHONY: bench FORCE
bench: $(BENCHMARKS:%=benchmarks/results/%.json) ## every benchmark, to benchmarks/results/NAME.json and a table
	@$(BIN)/python -m benchmarks.shown $^
benchmarks/results/%.json: setup FORCE
	@mkdir -p $(@D)
	$(BIN)/python -m benchmarks.$(BENCH_$*) --json > $@.part && mv $@.part $@

# The long runs; the tests run the same code at 2 %, at least 20 each.
SOAKS := kill_store kill_storm kill_storm_neo4j fell_neo4j kill_move attacks nights_5 nights_2026
SOAK_kill_store := tests.graph.stores.kill_loop --kills 1000
SOAK_kill_storm := tests.e2e.kill_storm --kills 1000
SOAK_kill_storm_neo4j := tests.e2e.kill_storm --kills 1000 --store neo4j
SOAK_fell_neo4j := tests.e2e.fell_neo4j --rounds 100
SOAK_kill_move  := tests.api.moving_kill_loop --kills 1000
SOAK_attacks    := tests.e2e.attacks --rounds 1000
SOAK_nights_5   := tests.contracts.nights --version 5.26
SOAK_nights_2026 := tests.contracts.nights --version 2026

.PHONY: soak
soak: $(SOAKS:%=benchmarks/results/soak_%.json) ## kill -9 and attack, a thousand times each; whole nights on Neo4j
benchmarks/results/soak_%.json: setup FORCE
	@mkdir -p $(@D)
	$(BIN)/python -m $(SOAK_$*) > $@.part && mv $@.part $@
	@cat $@
