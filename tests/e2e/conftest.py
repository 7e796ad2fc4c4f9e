"""The laboratory of a test session."""

import os
from collections.abc import Iterator

import pytest

from .cases import Case
from .function import Mode
from .laboratory import Laboratory


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
