# Few, one-word targets. Each does its own set-up; all can be run again at any time.
#   make demo   real video, real detector, real TLS, simulated SecurOS        (ARGS=--keep leaves the pages up)
#   make test   everything that must hold: style, types, imports, all tests
#   make check  the part of it that takes seconds
#   make bench  the figures of docs/performance.md, both sides in one run
#   make soak   kill -9, power cuts, hostile networks: docs/reliability.md        (ARGS=--long takes half an hour)
#   make docs   writes the parts of docs/ that come from the code

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
ARGS   ?=

# Node.js runs the receiver. Where the machine has none, PyPI does.
EXTRAS := $(if $(shell command -v node),video,demo)

.PHONY: demo test check bench soak docs clean

demo: $(VENV)/.ready-run
	@$(BIN)/securos-trigger demo $(ARGS)

test: check
	@$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/.ready-test
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

bench: $(VENV)/.ready-test
	@$(BIN)/python -m benchmarks $(ARGS)

soak: $(VENV)/.ready-test
	@$(BIN)/python -m soak $(ARGS)

docs: $(VENV)/.ready-run
	@$(BIN)/python docs/generate.py

clean:
	rm -rf $(VENV) .nodes demo-out bench-out .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Python 3.11 or later is needed; say which with: make $(MAKECMDGOALS) PYTHON=/path/to/python"; exit 1; }
	@echo "Making the virtual environment $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.ready-run: pyproject.toml | $(VENV)/bin/pip
	@echo "Installing securos-trigger [$(EXTRAS)]"
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[$(EXTRAS)]'
	@touch $@

$(VENV)/.ready-test: pyproject.toml | $(VENV)/bin/pip
	@echo "Installing securos-trigger [$(EXTRAS),test,bench]"
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[$(EXTRAS),test,bench]'
	@touch $@ $(VENV)/.ready-run
