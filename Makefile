# Everything a person runs. Needs Python >= 3.11 with venv, and make; each target sets up what it needs.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: setup demo test test-long lint bench constraints clean

setup: $(VENV)/ready

$(VENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

demo: setup
	$(BIN)/python -m demo

test: setup lint
	$(BIN)/python -m pytest -n auto --dist loadgroup -m 'not long'

test-long: setup
	$(BIN)/python -m pytest -n auto -m long

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: setup
	$(BIN)/python -m benchmarks

# Pins every version that is installed now; run it in a fresh VENV to move to newer ones.
constraints:
	$(PYTHON) -m venv $(VENV)-fresh
	$(VENV)-fresh/bin/python -m pip install --quiet --editable '.[dev]'
	$(VENV)-fresh/bin/python -m pip freeze --exclude-editable > constraints.txt
	rm -r $(VENV)-fresh

clean:
	rm -rf $(VENV) demo-home .mypy_cache .pytest_cache .ruff_cache .hypothesis
