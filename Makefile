# Everything runs in .venv, made on first use; only Python 3.11+ and make are asked for.
PYTHON ?= python3
BIN := .venv/bin
# With engines to wait for, a few workers more than cores would only make them wait for each other.
WORKERS ?= auto
# Lines and branches of the package that the tests have to reach, in per cent.
COVERAGE ?= 90

.PHONY: docs browser demo test lint types unit fuzz bench bench-save clean

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	touch $@

demo: .venv/installed  ## the Dockerfile and the step-and-layer report of a bundled sample
	$(BIN)/reconstruct dockerfile samples/tiny.tar
	$(BIN)/reconstruct report samples/tiny.tar

test: unit lint  ## all tests (live builders take part where they are installed), then lint and types

unit: .venv/installed
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --cov --cov-report= --cov-fail-under=$(COVERAGE)

# What to fuzz (all targets), for how many seconds together, from which seed.
FUZZ ?=
SECONDS ?= 600
SEED ?= 0

fuzz: .venv/installed  ## hostile input, made by structure: FUZZ="writer layers" SECONDS=60
	$(BIN)/python -m tests.fuzz.run $(addprefix --target ,$(FUZZ)) --seconds $(SECONDS) --seed $(SEED)

bench: .venv/installed  ## speed as ratios in one run; fails where one is 20 % worse than in benchmarks/last.json
	$(BIN)/python benchmarks/bench.py

bench-save: .venv/installed  ## the same, kept in benchmarks/last.json
	$(BIN)/python benchmarks/bench.py --save

docs: .venv/installed  ## the documentation's site in build/site; a link without a target is an error
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	$(BIN)/mkdocs build --strict --site-dir build/site

browser: .venv/installed  ## the HTML pages in Chromium (which has to be installed), with axe-core
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[browser,html]'
	npm install --prefix tests/browser --silent --no-audit --no-fund
	$(BIN)/python -m pytest tests/show/test_page.py

lint: .venv/installed types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .

types: .venv/installed
	$(BIN)/mypy --strict reconstruct

clean:
	rm -rf .venv build dist
