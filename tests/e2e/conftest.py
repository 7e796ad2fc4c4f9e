"""The laboratory of a test session, and the table it leaves behind."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from .cases import Case
from .experiments import experiments
from .function import Mode
from .laboratory import Experiment, Laboratory
from .table import render

_TABLE = Path(__file__).parent / "table.md"
_ROWS = pytest.StashKey[dict[tuple[Case, Mode], Experiment]]()


@pytest.fixture(scope="session")
def laboratory(request: pytest.FixtureRequest) -> Iterator[Laboratory]:
    """Give the tests one laboratory, at work on what they are going to ask."""
    if os.geteuid() != 0:
        pytest.fail("pods need network namespaces: run as root")
    laboratory = Laboratory()
    try:
        laboratory.begin(_wanted(request.session.items))
        yield laboratory
    finally:
        laboratory.close()


def _wanted(items: list[pytest.Item]) -> Iterator[tuple[Case, Mode]]:
    for item in items:
        parameters = getattr(item, "callspec", None)
        if parameters is not None and "experiment" in parameters.params:
            yield parameters.params["experiment"]


@pytest.fixture
def rows(request: pytest.FixtureRequest) -> dict[tuple[Case, Mode], Experiment]:
    """Give the rows of the table, for a test to add its own."""
    return request.config.stash.setdefault(_ROWS, {})


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config
) -> None:
    """Print the rows that were run; write them down if all were, and none was found fault with."""
    rows = config.stash.get(_ROWS, {})
    if not rows:
        return
    terminalreporter.write(f"\n{render(rows)}\n")
    if exitstatus == pytest.ExitCode.OK and all(key in rows for key in experiments()):
        _TABLE.write_text(render(rows))
