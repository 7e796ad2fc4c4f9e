"""Which probes fail while the API server is away, in which mode: what docs/problem.md says."""

import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest

from tests.e2e.cases import read_cases
from tests.e2e.function import MODES

from .cluster import Cluster
from .command import repair
from .manifests import in_namespace, rights, surroundings
from .observation import Watch

_CASES = {case.name: case.text for case in read_cases()}
_MODES = {mode.name: mode for mode in MODES}
_AWAY_SECONDS = 75
_LONGEST_SECONDS = 300
_KSM = "kube-state-metrics"


class Row(NamedTuple):
    """A repaired manifest, and what it does while the API server is away."""

    case: str
    mode: str
    restarts: bool
    unready: bool
    livez: str = "/livez"
    readyz: str = "/readyz"

    @property
    def namespace(self) -> str:
        """A namespace of its own."""
        words = f"away {self.case} {self.mode} {self.livez} {self.readyz}".lower()
        return "-".join(re.findall("[a-z0-9]+", words))


ROWS = (
    Row("chart-8.4", "probe-disable", restarts=False, unready=False),
    Row("chart-8.4", "dedicated-port, kube-rbac-proxy", restarts=False, unready=False),
    # A livenessProbe of /livez restarts kube-state-metrics, which then cannot start.
    Row("chart-8.4", "dedicated-port, kube-state-metrics", restarts=True, unready=True),
    Row("chart-8.4", "through-proxy", restarts=True, unready=True),
    Row("chart-8.4 + selfMonitor-off", "through-proxy", restarts=True, unready=True),
    # One of /healthz does not, and /readyz does not ask the API server, either.
    Row("chart-8.4", "dedicated-port, kube-state-metrics", False, False, "/healthz"),
    Row("chart-8.4", "through-proxy", False, False, "/healthz"),
    # Where nothing fronts the telemetry listener, the function chooses /healthz, too.
    Row("chart-8.4 + selfMonitor-off", "through-proxy", False, False, "/healthz"),
    # A readinessProbe whose author wrote /livez keeps it.
    Row("chart-8.4 + selfMonitor-off", "through-proxy", False, True, "/healthz", "/livez"),
)


@pytest.fixture(scope="module")
def after(node: Cluster) -> Mapping[Row, dict[str, Any]]:
    """Give the pod of each row as it is after the API server was away for a minute."""
    texts = {row: in_namespace(_repaired(row), row.namespace) for row in ROWS}
    around = (surroundings(text, row.namespace) for row, text in texts.items())
    node.kubectl("apply", "-f=-", given="\n---\n".join((rights(), *around, *texts.values())))
    for row in ROWS:
        ready = ("wait", "--for=condition=Available", "deployment/ksm", "--timeout=240s")
        node.kubectl(f"--namespace={row.namespace}", *ready)
    # What they look like then must come of the API server's absence.
    time.sleep(10)
    node.stop("kube-apiserver")
    stopped = datetime.now(UTC)
    time.sleep(_AWAY_SECONDS)
    node.start("kube-apiserver")
    end = time.monotonic() + _LONGEST_SECONDS
    while node.run("kubectl", "get", "--raw=/readyz").returncode:
        assert time.monotonic() < end
        time.sleep(1)
    found: dict[Row, dict[str, Any]] = {}

    def to_come() -> int:
        found.update((row, _seen(node, row, stopped)) for row in ROWS)
        return sum(getattr(row, what) > seen for row in ROWS for what, seen in found[row].items())

    # The kubelet tells what it held back.
    Watch(node, [row.namespace for row in ROWS]).until(to_come, at_least=30)
    for row in ROWS:
        node.kubectl("delete", "namespace", row.namespace, "--wait=false")
    return found


def _repaired(row: Row) -> str:
    paths = {"/livez": row.livez, "/readyz": row.readyz}
    text = re.sub(r"(?<=path: )/\w+z\b", lambda path: paths[path[0]], _CASES[row.case])
    repaired, _ = repair(text, _MODES[row.mode])
    assert repaired is not None
    return repaired


def _seen(node: Cluster, row: Row, stopped: datetime) -> dict[str, Any]:
    (pod,) = node.get("pods", f"--namespace={row.namespace}")
    (status,) = (s for s in pod["status"]["containerStatuses"] if s["name"] == _KSM)
    (ready,) = (c for c in pod["status"]["conditions"] if c["type"] == "Ready")
    return {
        "restarts": status["restartCount"] > 0,
        "unready": datetime.fromisoformat(ready["lastTransitionTime"]) > stopped,
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.namespace)
def test_api_server_away(row: Row, after: Mapping[Row, dict[str, Any]]) -> None:
    """Each does as the page says."""
    assert after[row] == {"restarts": row.restarts, "unready": row.unready}
