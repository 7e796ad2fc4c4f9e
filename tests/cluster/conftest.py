"""One cluster for all tests, and the table that a whole run leaves behind."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.callers.caller import EXAMPLES
from tests.docs.page import ROOT
from tests.e2e.experiments import experiments

from .cluster import Cluster, cluster
from .manifests import images_of
from .matrix import Experiment, Pair, Plan, images, plan, run
from .scrapes.cases import Manifest
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
    return plan(parameters(request.session, "pair"))


@pytest.fixture(scope="session")
def scraped(request: pytest.FixtureRequest) -> list[Manifest]:
    """Give the manifests whose pods scrapers ask in the chosen tests, each once."""
    return list(dict.fromkeys(parameters(request.session, "manifest")))


@pytest.fixture(scope="session")
def node(plans: dict[Pair, Plan], scraped: list[Manifest]) -> Iterator[Cluster]:
    """Give a cluster that has every image."""
    files = (*EXAMPLES.rglob("*.yaml"), *(ROOT / "docs" / "reasons").glob("*.md"))
    examples = {image for file in files for image in _IMAGE.findall(file.read_text())}
    asked = set().union(*(images_of(manifest.text) for manifest in scraped))
    with cluster(_IMAGES | examples | images(plans) | asked) as up:
        yield up


def parameters(session: pytest.Session, name: str) -> Iterator[Any]:
    """Return the values of the parameter `name` of the chosen tests."""
    specifications = (getattr(item, "callspec", None) for item in session.items)
    return (each.params[name] for each in specifications if each and name in each.params)


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
