# Everything below sets itself up: Python 3.11 or newer, with make, is enough.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: run test lab bench lint format clean help

help:           ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version)'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { [ $$(id -u) = 0 ] && apt-get update -qq && apt-get install -y -qq python3-venv; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,lab]'
	@touch $@

run: $(READY)   ## corpus → melodies → training → new melodies, in runs/
	$(BIN)/melody-tutorial run

test: $(READY)  ## all tests
	$(BIN)/python -m pytest

lab: $(READY)   ## JupyterLab on the notebooks
	$(BIN)/jupyter lab notebooks

bench: $(READY) ## benchmarks beside their peers
	$(BIN)/python -m benchmarks

lint: $(READY)  ## style and layout
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

format: $(READY)
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .

clean:          ## remove what was built, the runs too
	rm -rf $(VENV) build dist runs data/corpora data/datasets .pytest_cache .ruff_cache
