# Two commands do everything: `make chat` and `make test`. The rest is for working on Judian.

PYTHON ?= python3
# On Linux this version comes without CUDA where such a build is at hand; any range would fetch gigabytes.
TORCH ?= torch==2.13.0
VENV := .venv
BIN := $(VENV)/bin
PEERS := .venv-peers
DATA ?= ../shared/data

.PHONY: chat test check setup weights bench-seeds bench-index bench-peers bench-reader bench-proof bench-attacks bench-page bench-answer train-reader train-seq2seq soak clean

chat: weights
	@if [ ! -e judian-library/library.db ]; then $(BIN)/judian add seeds/0* --library judian-library; fi
	$(BIN)/judian ui --library judian-library

# Tests that run a model take both cores, one after the other; the others take one each.
test: setup
	$(BIN)/python -m pytest -m "not model" --numprocesses 2 --dist loadgroup --durations 10
	$(BIN)/python -m pytest -m model --durations 20

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(MAKE) test

setup: $(VENV)/.ready

weights: setup
	$(BIN)/judian models pull

bench-seeds: weights
	$(BIN)/python -m bench.seeds

bench-index: weights
	$(BIN)/python -m bench.index

# DATA holds the question sets; ARGS are more arguments, for example "--limit 200" or "--large".
bench-peers: weights $(PEERS)/.ready
	$(BIN)/python -m bench.peers $(DATA) --python $(PEERS)/bin/python $(ARGS)

bench-reader: weights
	$(BIN)/python -m bench.reader $(DATA) $(ARGS)

# Two to three hours on two cores; goes on where it was stopped. See train/README.md.
train-reader: weights
	$(BIN)/python -m pip install --quiet --editable ".[train]"
	$(BIN)/python -m train.reader $(DATA) --compile $(ARGS)

bench-proof: setup
	$(BIN)/python -m bench.proof $(DATA)/cmrc2018_dev/corpus.jsonl $(ARGS)

bench-attacks: weights
	$(BIN)/python -m bench.attacks $(ARGS)

bench-page: weights
	$(BIN)/python -m bench.page $(ARGS)

bench-answer: weights $(PEERS)/.ready
	$(BIN)/python -m bench.answer $(DATA) --python $(PEERS)/bin/python $(ARGS)

# The decoder, for the reader that train-reader has written to train/.cache/reader. About an hour.
train-seq2seq: weights
	$(BIN)/python -m pip install --quiet --editable ".[train]"
	$(BIN)/python -m train.seq2seq $(DATA) --out train/.cache/reader $(ARGS)

soak: setup
	$(BIN)/python -m pytest tests/test_crash.py --kills 2000

$(VENV)/.ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1,<27"
	$(BIN)/python -m pip install --progress-bar on $(TORCH)
	$(BIN)/python -m pip install --progress-bar on --editable ".[dev]"
	@touch $@

$(PEERS)/.ready: bench/peers/requirements.txt
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --upgrade "pip>=25.1,<27"
	$(PEERS)/bin/python -m pip install --progress-bar on $(TORCH)
	$(PEERS)/bin/python -m pip install --progress-bar on --requirement $<
	@touch $@

clean:
	rm -rf $(VENV) $(PEERS) .pytest_cache .mypy_cache .ruff_cache bench/.cache
