"""One look at all manifests, and the table that a whole run leaves behind."""

from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster

from .cases import Manifest, manifests
from .laboratory import Seen, look_at
from .table import render

_TABLE = Path(__file__).parent / "table.md"
_ROWS = pytest.StashKey[dict[Manifest, Seen]]()


@pytest.fixture(scope="session")
def seen(
    request: pytest.FixtureRequest, node: Cluster, scraped: list[Manifest]
) -> dict[Manifest, Seen]:
    """Give what was seen of the manifests of the chosen tests."""
    found = look_at(node, scraped)
    request.config.stash[_ROWS] = found
    return found


def pytest_terminal_summary(exitstatus: int, config: pytest.Config) -> None:
    """Write down what was seen if all of it was, and none was found fault with."""
    rows = config.stash.get(_ROWS, {})
    if exitstatus == pytest.ExitCode.OK and all(each in rows for each in manifests()):
        _TABLE.write_text(render(rows))
