"""One look at all manifests, and the table that a whole run leaves behind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster

from .cases import Manifest, manifests
from .laboratory import Seen, look_at
from .table import render

_TABLE = Path(__file__).parent / "table.md"
_ROWS = pytest.StashKey[dict[Manifest, Seen]]()


@pytest.fixture(scope="session")
def seen(request: pytest.FixtureRequest, node: Cluster) -> dict[Manifest, Seen]:
    """Give what was seen of the manifests of the chosen tests."""
    found = look_at(node, list(chosen(request.session)))
    request.config.stash[_ROWS] = found
    return found


def chosen(session: pytest.Session) -> Iterator[Manifest]:
    """Yield the manifests that the chosen tests ask for, each once."""
    parameters = (getattr(item, "callspec", None) for item in session.items)
    yield from dict.fromkeys(
        each.params["manifest"] for each in parameters if each and "manifest" in each.params
    )


def pytest_terminal_summary(exitstatus: int, config: pytest.Config) -> None:
    """Write down what was seen if all of it was, and none was found fault with."""
    rows = config.stash.get(_ROWS, {})
    if exitstatus == pytest.ExitCode.OK and all(each in rows for each in manifests()):
        _TABLE.write_text(render(rows))
