# All that is needed: Python 3.11 or newer, make, and the package index.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# On all cores; a worker that has nothing left takes from the others.
PYTEST := $(BIN)/python -m pytest -q -n auto --dist worksteal

.PHONY: demo test hunts spellings kubectls faults replay e2e cluster cluster-core bench fuzz mutants format clean

# The whole of it, before your eyes: a broken manifest, its diff, and what was found.
demo: $(VENV)/ready
	@$(BIN)/python examples/demo/demo.py

test: $(VENV)/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST)

# What takes longer than `make test` may: all of it, and each kind by its name.
hunts: $(VENV)/ready
	$(PYTEST) -m hunt

# Every case with the line ends, the byte order mark and the last line of other editors.
spellings: $(VENV)/ready
	$(PYTEST) -m hunt tests/test_cases.py

# Every kubectl of the machine, not only that on the PATH.
kubectls: $(VENV)/ready
	$(PYTEST) -m hunt tests/callers

# Signals, limits and broken pipes at random moments: FAULTS of them.
FAULTS ?= 1000
faults: $(VENV)/ready
	FAULTS=$(FAULTS) $(PYTEST) -m "hunt or not hunt" tests/faults

# What fuzzing found or would find: traps of a quarter of a megabyte, and every case cut short.
replay: $(VENV)/ready
	$(PYTEST) -m "hunt or not hunt" tests/fuzz

# Real kube-state-metrics and kube-rbac-proxy in pods of their own, and the image under kustomize,
# kpt and podman; needs root, the Go modules and Debian's packages.
e2e: $(VENV)/ready
	$(BIN)/python -m pytest --override-ini=addopts= -ra tests/e2e tests/image

# A real Kubernetes of one node, and what it makes of broken and of repaired manifests; needs root,
# Debian, cgroup v1 and the Go modules. The core of it is a short part, for a calm machine.
cluster: $(VENV)/ready
	$(BIN)/python -m pytest --override-ini=addopts= -ra -s tests/cluster

cluster-core: $(VENV)/ready
	$(BIN)/python -m pytest --override-ini=addopts= -ra -s -m core tests/cluster

# Inputs that nobody would write, for so many minutes; what breaks a promise stays in tests/fuzz/seeds.
MINUTES ?= 10
fuzz: $(VENV)/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group fuzz
	$(BIN)/python -m tests.fuzz $(MINUTES)

# Changes the decision, the edits and the two-path check, one place at a time; tests must notice.
MODULES ?=
mutants: $(VENV)/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group mutants
	$(BIN)/python -m tests.mutants $(MODULES)

# What a run costs beside other programs, and with BEFORE=COMMIT beside that commit, in 5 minutes;
# rewrites benchmarks/README.md. Best on a calm machine.
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
