# The project's commands; `make help` lists them.
PYTHON ?= python3
PORT ?= 5000
BIN := .venv/bin
FLASK := $(BIN)/flask --app wsgi

.PHONY: help run test check pictures proof bench lock audit clean

help: ## list these commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: .venv/.runtime ## the demonstration, at http://127.0.0.1:5000 (PORT chooses another port)
	@export DEMO=$${DEMO-1} PORT=$(PORT); \
	case "$$DEMO" in ""|0) $(FLASK) db upgrade && $(FLASK) load-communes;; *) $(FLASK) demo-world;; esac && \
	exec $(BIN)/gunicorn --config python:app.demo.server wsgi:application

test: .venv/.tests ## every test, on SQLite and PostgreSQL (REQUIRE_ALL=1: an absence is a failure)
	$(BIN)/pytest --numprocesses auto --dist loadgroup

check: .venv/.tests ## linters, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

pictures: .venv/.tests ## the README's pictures; then each page wide, at 320 px and printed, in pictures/
	$(BIN)/python -m tests.browser.take_pictures
	$(BIN)/python -m tests.browser.take_every_page

proof: .venv/.proof ## the long proofs, at their full size, then the mutants of the law
	PROOF_SIZE=full $(BIN)/pytest -m proof --durations=0
	rm -rf mutants
	$(BIN)/mutmut run
	$(BIN)/python -m tests.mutants

bench: .venv/.tests ## what acts and pages cost: a page in instance/bench/results.html (two countries are built the first time)
	$(BIN)/python -m bench

lock: .venv/.lock ## requirements.lock again: every package of a deployment, the newest allowed, with the hashes of its files
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --extra pdf --extra redis --output-file requirements.lock setup.cfg

audit: .venv/.lock ## known weaknesses of what requirements.lock pins (asks the network, and fails without it)
	$(BIN)/pip-audit --strict --disable-pip --require-hashes --requirement requirements.lock

clean: ## forget the virtual environment and the demonstration's data
	rm -rf .venv instance mutants pictures

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.runtime: setup.cfg pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/.tests: setup.cfg pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@ .venv/.runtime

.venv/.lock: setup.cfg | .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[lock]'
	@touch $@

.venv/.proof: .venv/.tests
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test,proof]'
	@touch $@
