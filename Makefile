# Each target does its own set-up and can be run again at any time. `make` alone lists them: the list is made from the
# `## ` comments behind the targets.
#   ARGS    goes on to the command behind the target:  make demo ARGS=--keep      make test ARGS="tests/unit -k retry"
#                                                      make soak ARGS=--long      make bench ARGS="node latency"
#   PYTHON  is the Python that the virtual environment is made with:  make test PYTHON=python3.13

PYTHON  ?= python3
VENV    ?= .venv
BIN     := $(VENV)/bin
ARGS    ?=
# The supported Pythons: a test compares them with pyproject.toml and .github/workflows/test.yml.
PYTHONS ?= 3.11 3.12 3.13

# Node.js runs the receiver. Where the machine has none, PyPI does.
EXTRAS := $(if $(shell command -v node),video,demo),console

# Modules are compiled when they are first imported: to compile all of them takes longer than to unpack them, and most are
# never imported. For that, Python must be allowed to keep what it has compiled; the tests start hundreds of processes.
PIP_OPTIONS := --quiet --disable-pip-version-check --no-compile
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test check test-container deb test-deb pythons test-gst13 test-ray bench soak mutants docs images site clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{ line = sprintf("  make %-14s ", $$1); n = split($$2, words, " "); \
		for (i = 1; i <= n; i++) { \
			if (length(line " " words[i]) > 79) { print line; line = sprintf("%22s", "") } \
			line = line " " words[i] } \
		print line }' $(MAKEFILE_LIST)

demo: $(VENV)/.ready-run ## real video, detector, TLS and a simulated SecurOS; ends by itself (ARGS=--keep: stays)
	@$(BIN)/securos-trigger demo $(ARGS)

test: $(VENV)/.ready-test ## everything that must hold: style, types, imports, all tests (minutes)
	@$(SIDE_BY_SIDE) .compiled-tests $(CHECKS)
	@$(BIN)/python -m pytest --numprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(VENV)/.ready-test ## the part of `make test` that takes seconds: style, types, imports
	@$(SIDE_BY_SIDE) $(CHECKS)

SIDE_BY_SIDE = $(MAKE) --no-print-directory --jobs=2 --keep-going --output-sync=target
CHECKS := .types .types-windows .style .imports

# The processes of a first run would each compile all tests for themselves.
.compiled-tests:
	@[ -d tests/__pycache__ ] || $(BIN)/python -m pytest --collect-only -qq $(ARGS) > /dev/null || true
.types:
	@$(BIN)/mypy
.types-windows:
	@$(BIN)/mypy --platform win32 --cache-dir .mypy_cache/win32 src
.style:
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
.imports:
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

test-container: $(VENV)/.ready-test ## build the container image line by line in a clean root, and run it: docs/containers.md (root; minutes)
	@$(BIN)/python -m deploy container

deb: $(VENV)/.ready-test ## build the Debian package in dist/: docs/debian.md (root; minutes)
	@$(BIN)/python -m deploy build-deb

test-deb: $(VENV)/.ready-test ## build the Debian package; install, use, update, remove it in a clean root (root; minutes)
	@$(BIN)/python -m deploy deb

pythons: ## unit and docs tests on each supported Python that this machine has
	@EXTRAS="$(EXTRAS)" .ci/pythons $(PYTHONS) -- $(ARGS)

test-gst13: ## the tests of the GStreamer element on Debian 13 (needs root and mmdebstrap; 600 MB in /var/tmp)
	@.ci/gst13 $(ARGS)

test-ray: $(VENV)/.ready-test ## the tests of pipelines that Ray places: docs/ray.md (installs Ray, 250 MB; minutes)
	@$(BIN)/pip install $(PIP_OPTIONS) --editable '.[ray]'
	@$(BIN)/python -m pytest tests/integration/test_ray.py $(ARGS)

bench: $(VENV)/.ready-test ## the figures of docs/performance.md, both sides of a comparison in one run
	@$(BIN)/python -m benchmarks $(ARGS)

soak: $(VENV)/.ready-test ## kill -9, power cuts, hostile networks: docs/reliability.md (ARGS=--long: two hours)
	@$(BIN)/python -m soak $(ARGS)

mutants: $(VENV)/.ready-test ## change the code in many places and see whether the tests notice: docs/reliability.md
	@$(BIN)/python -m mutants $(ARGS)

docs: $(VENV)/.ready-run ## write the parts of docs/ that come from the code
	@$(BIN)/python docs/generate.py
	@$(BIN)/python docs/make_man_page.py

images: $(VENV)/.ready-test ## make docs/images again, from a real demo in Chromium; look at each before you commit it
	@$(BIN)/python docs/make_images.py

site: $(VENV)/.ready-test ## build the documentation as a site in site/; open site/index.html
	@$(BIN)/mkdocs build --strict --quiet $(ARGS)
	@echo "site/index.html is ready"

clean: ## remove everything that the other targets have made
	rm -rf $(VENV) .venvs .nodes site demo-out bench-out .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Python 3.11 or later is needed; say which with: make $(MAKECMDGOALS) PYTHON=/path/to/python"; exit 1; }
	@echo "Making the virtual environment $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.ready-run: pyproject.toml | $(VENV)/bin/pip
	@echo "Installing securos-trigger [$(EXTRAS)]"
	@$(BIN)/pip install $(PIP_OPTIONS) --editable '.[$(EXTRAS)]'
	@touch $@

$(VENV)/.ready-test: pyproject.toml | $(VENV)/bin/pip
	@echo "Installing securos-trigger [$(EXTRAS),test,bench]"
	@$(BIN)/pip install $(PIP_OPTIONS) --editable '.[$(EXTRAS),test,bench]'
	@touch $@ $(VENV)/.ready-run
