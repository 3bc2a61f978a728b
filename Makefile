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
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## install into .venv exactly what constraints.txt names; nothing to do takes a moment
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
	  { echo "etiograph needs Python 3.11 and '$(PYTHON)' is another: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 1; }
	@want=$$(cat constraints.txt pyproject.toml | sha256sum | cut -c1-64); \
	if [ "$$(cat $(VENV)/installed 2>/dev/null)" != "$$want" ]; then \
	  set -e; \
	  $(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV); \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt; \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .; \
	  echo "$$want" > $(VENV)/installed; \
	fi
