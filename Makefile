# The two commands of the README are `make demo` and `make test`; .ci/run calls the same ones.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --disable-pip-version-check --quiet
JOBS   ?= auto

.PHONY: demo test lint types tests slow bench wheel lock schemas clean
.DEFAULT_GOAL := demo

demo: $(VENV)/run.stamp
	$(BIN)/kubeplumb scan examples/shop --today 2026-11-21 --fail-on none \
		-o terminal -o html=out/report.html -o json=out/report.json
	@echo "Reports: out/report.html, out/report.json"

test: lint types tests

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo

types: $(VENV)/dev.stamp
	$(BIN)/mypy

tests: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup -m "not slow" -rs

slow: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup -m slow -rs

bench: $(VENV)/dev.stamp
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/cluster.py

wheel: $(VENV)/dev.stamp
	rm -rf dist
	$(BIN)/python -m pip wheel --disable-pip-version-check --quiet --no-deps --no-build-isolation -w dist .

# Needs uv and a package registry; the files it writes name neither.
lock:
	uv pip compile pyproject.toml --group build --universal --generate-hashes --python-version 3.11 \
		--custom-compile-command "make lock" --quiet -o requirements/run.txt
	uv pip compile pyproject.toml --group build --group dev --universal --generate-hashes --python-version 3.11 \
		--custom-compile-command "make lock" --quiet -o requirements/dev.txt

schemas: $(VENV)/dev.stamp
	$(BIN)/python tools/schemas.py

clean:
	rm -rf $(VENV) out dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "kubeplumb needs Python 3.11 or newer; $(PYTHON) is `$(PYTHON) --version`. Try: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	$(PIP) --require-hashes -r requirements/run.txt
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/run.stamp
	$(PIP) --require-hashes -r requirements/dev.txt
	@touch $@
