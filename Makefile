# The verbs of daily work. `make help` lists them.

SHELL := /bin/bash
PYTHON ?= python3.11
BIN := .venv/bin
UV := .uv/bin/uv
export PYTHONUNBUFFERED := 1

.DEFAULT_GOAL := help
.PHONY: help run up down elasticsearch test check format bless bench docs lock train evaluate wheel clean

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

# ---------------------------------------------------------------- set-up

$(UV): requirements-uv.lock
	@command -v $(PYTHON) >/dev/null || { echo "error: $(PYTHON) is missing; install it (Debian: apt-get install python3.11 python3-venv), or name another with PYTHON=python3.12"; exit 2; }
	@rm -rf .uv
	@$(PYTHON) -m venv .uv >/dev/null 2>&1 || { echo "error: $(PYTHON) cannot make an environment; install its venv module (Debian: apt-get install python3-venv)"; exit 2; }
	@.uv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock

.venv/.ready: $(UV) requirements.lock pyproject.toml
	@echo "setting up .venv (once; some 700 MB)"
	@[ -x $(BIN)/python ] || $(UV) venv --quiet --python $(PYTHON) .venv
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

# ---------------------------------------------------------------- using it

run: .venv/.ready ## play one recorded day through the real DAGs (FEEDS=live: the real sources; INDEX=elasticsearch)
	@$(BIN)/python -m stack.run

up: .venv/.ready ## keep Airflow, the search page, the recorded day and a mail catcher running
	@$(BIN)/python -m stack.up

down: .venv/.ready ## stop what `make up` started
	@$(BIN)/python -m stack.up --down

elasticsearch: .venv/.ready ## start a real Elasticsearch on this machine (needs Java and Maven)
	@$(BIN)/python -m stack.elasticsearch

# ---------------------------------------------------------------- working on it

test: .venv/.ready ## all tests
	@$(BIN)/python -m pytest -n 2 --dist loadgroup

check: .venv/.ready ## lint, types, import rule, generated pages
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m pipeline.docs --check

format: .venv/.ready ## format the code
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

bless: .venv/.ready ## rewrite expectations that were looked at: make bless CASE=ritzau_wire/correction
	@[ -n "$(CASE)" ] || { echo "error: name the case, for example: make bless CASE=correction"; exit 2; }
	@BLESS=1 $(BIN)/python -m pytest -k "$(subst /, and ,$(CASE))"

bench: .venv/.ready ## speed, as ratios within one run
	@$(BIN)/python -m bench.pipeline
	@if [ -e .venv-train/.ready ]; then .venv-train/bin/python -m bench.classify; else $(BIN)/python -m bench.classify; fi

docs: .venv/.ready ## make the generated pages anew
	@$(BIN)/python -m pipeline.docs

lock: $(UV) ## resolve the dependencies anew
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --extra dev -o requirements.lock pyproject.toml
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --extra dev --extra train -o requirements-train.lock pyproject.toml

.venv-train/.ready: $(UV) requirements-train.lock
	@[ -x .venv-train/bin/python ] || $(UV) venv --quiet --python $(PYTHON) .venv-train
	@$(UV) pip sync --quiet --python .venv-train/bin/python --require-hashes requirements-train.lock
	@$(UV) pip install --quiet --python .venv-train/bin/python --no-deps --no-build-isolation --editable .
	@touch $@

train: .venv-train/.ready ## train the topic's model anew (GOLD=people's corrections, CORPORA=folder of open corpora)
	@.venv-train/bin/python -m training $(if $(GOLD),--gold "$(GOLD)") $(if $(CORPORA),--corpora "$(CORPORA)")

evaluate: .venv/.ready ## measure the shipped model and write its card
	@if [ -e .venv-train/.ready ]; then .venv-train/bin/python -m training.evaluate; else $(BIN)/python -m training.evaluate; fi

wheel: .venv/.ready ## build the wheel into dist/
	@$(UV) build --quiet --wheel --no-build-isolation --python $(BIN)/python

clean: ## remove what was made here, but not var/
	@rm -rf .venv .venv-train .uv dist build .mypy_cache .ruff_cache .pytest_cache
