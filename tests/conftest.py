"""Options of the test run, and lines that tests add to its summary."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest

from tests.e2e.tools import install_missing

Note = Callable[[str], None]

_NOTE = "note"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update", action="store_true", help="rewrite what is kept as expected; read the diff"
    )


@pytest.fixture
def note(record_property: Callable[[str, object], None]) -> Note:
    """Return a function that adds a line to the summary, also from a worker of xdist."""
    return lambda line: record_property(_NOTE, line)


@pytest.fixture(scope="session")
def strace() -> str:
    """Return the path of strace, which is installed if it is missing."""
    if shutil.which("strace") is None:
        install_missing()
    found = shutil.which("strace")
    assert found is not None
    return found


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    for report in reports:
        for name, line in report.user_properties:
            if name == _NOTE:
                terminalreporter.write_line(str(line))
