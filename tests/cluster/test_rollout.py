"""Where a repaired pod does not arrive of itself: the function says so, and the cluster does so."""

import re
from collections.abc import Mapping
from typing import NamedTuple

import pytest
import yaml

from tests.e2e.cases import read_cases
from tests.e2e.function import MODES

from .cluster import Cluster
from .command import DELETE_POD, RECREATE, REPLACE, RESUME, Repair, repair
from .manifests import in_namespace, rights, surroundings, with_ports, with_spec
from .observation import Watch, apply, bring

_CASES = {case.name: case.text for case in read_cases()}
_THROUGH_PROXY = next(mode for mode in MODES if mode.name == "through-proxy")
# By then, what is not held up has begun to arrive.
_WATCHED_SECONDS = 60
_RECREATE = {"type": "Recreate"}
# What may be said of each kind, and of no other.
_ADVICE = {
    "Deployment": {RECREATE, RESUME},
    "StatefulSet": {DELETE_POD},
    "ReplicaSet": {DELETE_POD},
    "Pod": {REPLACE},
}
_ONE_LESS = {"rollingUpdate": {"maxUnavailable": 1}}
_NONE_MORE = {"rollingUpdate": {"maxSurge": 0}}


class Row(NamedTuple):
    """A broken workload, and what its controller is told."""

    name: str
    case: str
    spec: Mapping[str, object] = {}
    shift: int = 0
    host_port: int = 0
    declares_ports: bool = True
    readiness: bool = True
    kind: str = "Deployment"

    @property
    def namespace(self) -> str:
        """A namespace of its own."""
        return f"rollout-{self.name}"

    def text(self) -> str:
        """Return the broken manifest."""
        newest = re.sub(r"(?<=state-metrics:)v.*", "v2.20.0", _CASES[self.case])
        newest = re.sub(r"(?<=rbac-proxy:)v.*", "v0.22.1", newest)
        shifted = with_ports(newest, self.shift)
        documents = list(yaml.safe_load_all(shifted))
        for document in documents:
            if document["kind"] in ("Deployment", "StatefulSet"):
                self._change(document["spec"]["template"]["spec"]["containers"])
                document["spec"] |= self.spec
                document["kind"] = self.kind
                if self.kind == "Pod":
                    document["apiVersion"] = "v1"
                    document["spec"] = document["spec"]["template"]["spec"]
        return yaml.safe_dump_all(documents, sort_keys=False)

    def _change(self, containers: list[dict[str, object]]) -> None:
        for container in containers:
            if not self.readiness:
                container.pop("readinessProbe", None)
            if not self.declares_ports:
                container.pop("ports", None)
        if self.host_port:
            containers[1]["ports"][0]["hostPort"] = self.host_port  # type: ignore[index]


_ON_NODE = "chart-8.4 + hostNetwork"
_STATEFUL = "chart-6.3 + autosharding"
ROWS = (
    Row("own-network", "chart-8.4"),
    Row("host-network", _ON_NODE, {}, 20000),
    Row("host-network-recreate", _ON_NODE, {"strategy": _RECREATE}, 22000),
    Row("host-network-one-less", _ON_NODE, {"strategy": _ONE_LESS}, 24000),
    Row("host-network-none-more", _ON_NODE, {"strategy": _NONE_MORE}, 26000),
    Row("host-port", "chart-8.4", host_port=30000),
    Row("host-port-recreate", "chart-8.4", {"strategy": _RECREATE}, host_port=30001),
    Row("paused", "chart-8.4", {"paused": True}),
    Row("in-order", _STATEFUL, kind="StatefulSet"),
    Row("in-parallel", _STATEFUL, {"podManagementPolicy": "Parallel"}, kind="StatefulSet"),
    Row("liveness-alone", _STATEFUL, readiness=False, kind="StatefulSet"),
    Row("replica-set", "chart-8.4", kind="ReplicaSet"),
    Row("pod", "chart-8.4", kind="Pod"),
)


class Seen(NamedTuple):
    """A repair, and whether its pods arrived: of themselves, and after what it advises."""

    repair: Repair
    arrived: bool
    arrived_as_advised: bool


@pytest.fixture(scope="module")
def seen(node: Cluster) -> dict[str, Seen]:
    """Give what came of each repair, by the name of its row, applied over what it repairs."""
    texts = {row.namespace: row.text() for row in ROWS}
    repairs = {namespace: repair(text, _THROUGH_PROXY) for namespace, text in texts.items()}
    repaired = {each: in_namespace(made.text or "", each) for each, made in repairs.items()}
    stuck = {each for each, made in repairs.items() if made.advice}
    watch = Watch(node, texts)
    apply(node, (rights(), *(surroundings(text, each) for each, text in texts.items())))
    bring(node, watch, {e: in_namespace(text, e) for e, text in texts.items()}, watch.runs)
    refused = {each for each, made in repairs.items() if made.advice == REPLACE}
    taken = {each: text for each, text in repaired.items() if each not in refused}
    bring(node, watch, taken, lambda each: each in stuck or watch.ready_after(each) is not None)
    for each in refused:
        watch.begin(each)
        with pytest.raises(RuntimeError, match="pod updates may not change fields"):
            apply(node, [repaired[each]])
    watch.until(lambda: 0, at_least=_WATCHED_SECONDS)
    arrived = {each: watch.ready_after(each) is not None for each in texts}
    for row in ROWS:
        _follow(node, row, repairs[row.namespace].advice, repaired[row.namespace])
    watch.until(lambda: sum(watch.ready_after(each) is None for each in texts))
    as_advised = {each: watch.ready_after(each) is not None for each in texts}
    node.kubectl("delete", "namespace", "--wait=false", *texts)
    return {
        row.name: Seen(repairs[row.namespace], arrived[row.namespace], as_advised[row.namespace])
        for row in ROWS
    }


def _follow(node: Cluster, row: Row, advice: str, repaired: str) -> None:
    """Do what a repair advises."""
    namespace = f"--namespace={row.namespace}"
    if advice == RECREATE:
        apply(node, [with_spec(repaired, row.kind, strategy=_RECREATE)])
    elif advice == REPLACE:
        node.kubectl("replace", "--force", "--filename=-", given=repaired)
    elif advice == RESUME:
        node.kubectl("rollout", "resume", "deployment", namespace)
    elif advice == DELETE_POD:
        node.kubectl("delete", "pod", "--all", namespace, "--wait=false")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_rollout(row: Row, seen: Mapping[str, Seen]) -> None:
    """It says that the pod does not arrive where it does not, and what it advises helps."""
    made, arrived, arrived_as_advised = seen[row.name]

    assert bool(made.advice) == (not arrived)
    assert made.advice in {"", *_ADVICE[row.kind]}
    assert arrived_as_advised


def test_both_are_seen(seen: Mapping[str, Seen]) -> None:
    """What is held up is, and most is not."""
    assert 2 <= sum(not each.arrived for each in seen.values()) < len(ROWS) / 2
