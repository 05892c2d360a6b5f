# Every target works in a clone at any path and twice in a row. All paths are relative, so that a
# space in the folder's name does no harm.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: help install demo dev test lint format bench pictures constraints clean

help:
	@echo "make demo      install and make the sample channels' videos, offline"
	@echo "make dev       the Dagster UI with its daemon on http://127.0.0.1:3000"
	@echo "make test      install what tests need and run them all"
	@echo "make lint      ruff, mypy and the layers"
	@echo "make bench     measure what docs/measurements.md reports"
	@echo "make pictures  make the pictures of the documentation anew"

.venv/python.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info[:2] <= (3, 13) else "Python 3.11, 3.12 or 3.13 is needed, %s is %d.%d; set PYTHON=python3.12, for example" % (sys.executable, *sys.version_info[:2]))'
	$(PYTHON) -m venv .venv
	@touch $@

.venv/run.stamp: .venv/python.stamp pyproject.toml constraints.txt
	$(PIP) install --quiet --constraint constraints.txt --editable .
	@touch $@

.venv/dev.stamp: .venv/run.stamp
	$(PIP) install --quiet --constraint constraints.txt torch==2.13.0
	$(PIP) install --quiet --constraint constraints.txt --editable '.[dev,local-ai]'
	@touch $@

install: .venv/run.stamp

demo: .venv/run.stamp
	@$(BIN)/ytempire demo

dev: .venv/run.stamp
	DAGSTER_HOME="$$($(BIN)/ytempire instance)" $(BIN)/dagster dev --workspace workspace.yaml --host 127.0.0.1 --port 3000

# hls.js plays our streams in the browser tests.
.venv/npm.stamp: .venv/python.stamp
	npm install --prefix .venv/npm --save-exact --no-audit --no-fund --loglevel=error hls.js@1.7.4
	@touch $@

test: .venv/dev.stamp .venv/npm.stamp
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal --quiet --junit-xml .pytest_cache/report.xml

lint: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/dev.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/dev.stamp
	$(BIN)/python -m benchmarks

pictures: .venv/dev.stamp
	$(BIN)/python docs/make_pictures.py

constraints:
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --no-header --output-file constraints.txt --quiet

clean:
	rm -rf .ytempire .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
