"""How many faults are injected: `FAULTS=5000 pytest tests/faults`, or `make faults`, for more."""

from __future__ import annotations

import os

import pytest

COUNT = int(os.environ.get("FAULTS", "50"))
SEED = int(os.environ.get("FAULTS_SEED", "1"))


def tell(capsys: pytest.CaptureFixture[str], what: str, count: int, more: str = "") -> None:
    """Say how many faults there were, in the log of the tests."""
    with capsys.disabled():
        print(f"\nfaults: {count} {what}, seed {SEED}{more}")  # noqa: T201
