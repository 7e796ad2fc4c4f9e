"""One cluster for all tests, and the table that a whole run leaves behind."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.callers.caller import EXAMPLES
from tests.docs.page import ROOT
from tests.e2e.experiments import experiments

from .cluster import Cluster, cluster
from .manifests import images_of
from .matrix import Experiment, Pair, Plan, images, plan, run
from .table import render

_TABLE = Path(__file__).parent / "table.md"
_ROWS = pytest.StashKey[dict[Pair, Experiment]]()
# What the other tests apply beside the examples and pages; those name it in a template.
_IMAGES = {
    "registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.20.0",
    "quay.io/brancz/kube-rbac-proxy:v0.22.1",
}
_IMAGE = re.compile(r"image: (\S+/kube-(?:state-metrics|rbac-proxy):v[\d.]+)$", re.MULTILINE)


@pytest.fixture(scope="session")
def plans(request: pytest.FixtureRequest) -> dict[Pair, Plan]:
    """Give what the chosen tests of the matrix apply."""
    parameters = (getattr(item, "callspec", None) for item in request.session.items)
    return plan(each.params["pair"] for each in parameters if each and "pair" in each.params)


@pytest.fixture(scope="session")
def scraped(request: pytest.FixtureRequest) -> set[str]:
    """Give the images of the manifests that scrapers ask in the chosen tests."""
    parameters = (getattr(item, "callspec", None) for item in request.session.items)
    chosen = (each.params["manifest"] for each in parameters if each and "manifest" in each.params)
    return set().union(*(images_of(manifest.text) for manifest in chosen))


@pytest.fixture(scope="session")
def node(plans: dict[Pair, Plan], scraped: set[str]) -> Iterator[Cluster]:
    """Give a cluster that has every image."""
    files = (*EXAMPLES.rglob("*.yaml"), *(ROOT / "docs" / "reasons").glob("*.md"))
    examples = {image for file in files for image in _IMAGE.findall(file.read_text())}
    with cluster(_IMAGES | examples | images(plans) | scraped) as up:
        yield up


@pytest.fixture(scope="session")
def matrix(
    request: pytest.FixtureRequest, node: Cluster, plans: dict[Pair, Plan]
) -> dict[Pair, Experiment]:
    """Give what was seen of the matrix."""
    found = run(node, plans)
    request.config.stash[_ROWS] = found
    return found


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config
) -> None:
    """Print the rows that were run; write them down if all were, and none was found fault with."""
    rows = config.stash.get(_ROWS, {})
    if not rows:
        return
    terminalreporter.write(f"\n{render(rows)}\n")
    if exitstatus == pytest.ExitCode.OK and all(pair in rows for pair in experiments()):
        _TABLE.write_text(render(rows))
