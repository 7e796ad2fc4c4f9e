# All that is needed: Python 3.11 or newer, make, and the package index.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test e2e bench fuzz faults mutants format clean

# The whole of it, before your eyes: a broken manifest, its diff, and what was found.
demo: $(VENV)/ready
	@$(BIN)/python examples/demo/demo.py

test: $(VENV)/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest

# Real kube-state-metrics and kube-rbac-proxy in pods of their own, and the image under kustomize,
# kpt and podman; needs root, the Go modules and Debian's packages.
e2e: $(VENV)/ready
	$(BIN)/python -m pytest --override-ini=addopts= -ra tests/e2e tests/image

# Inputs that nobody would write, for so many minutes; what breaks a promise stays in tests/fuzz/seeds.
MINUTES ?= 10
fuzz: $(VENV)/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group fuzz
	$(BIN)/python -m tests.fuzz $(MINUTES)

# More signals, limits and broken pipes than `make test` has time for.
FAULTS ?= 1000
faults: $(VENV)/ready
	FAULTS=$(FAULTS) $(BIN)/python -m pytest -q tests/faults

# Changes the decision, the edits and the two-path check, one place at a time; tests must notice.
MODULES ?=
mutants: $(VENV)/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group mutants
	$(BIN)/python -m tests.mutants $(MODULES)

# What a run costs beside other programs; rewrites benchmarks/README.md. Best on a calm machine.
bench: $(VENV)/ready
	$(BIN)/python -m benchmarks

format: $(VENV)/ready
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(VENV)/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
	@touch $@

clean:
	rm -rf $(VENV)
