"""Options of the test run."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    expected = "what tests/cases and the pages expect"
    parser.addoption("--update", action="store_true", help=f"rewrite {expected}; read the diff")
