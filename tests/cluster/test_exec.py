"""What a kubelet makes of an exec probe in an image that has one program, as upstream's has."""

from collections import defaultdict
from itertools import product
from typing import NamedTuple

import pytest
import yaml

from .cluster import Cluster
from .command import check
from .manifests import PROBES, rights, surroundings
from .observation import Watch, apply

_NAMESPACE = "exec"
_WATCHED_SECONDS = 75
_NOT_STARTED = {"started": False, "ready": False, "restartCount": 0}


class Command(NamedTuple):
    """A command of an exec probe, and what the kubelet makes of it."""

    name: str
    words: tuple[str, ...]
    event: str


_MISSING = "probe errored and resulted in unknown state: "
COMMANDS = (
    Command("sh", ("sh", "-c", "true"), f"{_MISSING}…: executable file not found in $PATH"),
    Command("curl", ("curl", "http://127.0.0.1:9090"), f"{_MISSING}…: executable file not found"),
    Command("path", ("/bin/sh", "-c", "true"), f"{_MISSING}…: stat /bin/sh: no such file"),
    Command("failing", ("/kube-state-metrics", "--no"), "probe failed: …unknown flag: --no"),
    Command("passing", ("/kube-state-metrics", "version"), ""),
)


class Pod(NamedTuple):
    """What became of a pod with one exec probe."""

    ready: bool
    restarts: int
    events: tuple[str, ...]


@pytest.fixture(scope="module")
def pods(node: Cluster) -> dict[str, Pod]:
    """Give what was seen of a pod for each probe and command, by their names."""
    cases = list(product(PROBES, COMMANDS))
    texts = [_pod(probe, command) for probe, command in cases]
    account = surroundings(texts[0], _NAMESPACE)
    apply(node, (rights(), account, *texts))
    found: dict[str, Pod] = {}

    def to_come() -> int:
        found.update(_look(node))
        return sum(not _is_as_expected(found.get(_name(*of)), *of) for of in cases)

    Watch(node, [_NAMESPACE]).until(to_come, at_least=_WATCHED_SECONDS)
    node.kubectl("delete", "namespace", _NAMESPACE, "--wait=false")
    return found


def _look(node: Cluster) -> dict[str, Pod]:
    events = defaultdict(list)
    for event in node.get("events", f"--namespace={_NAMESPACE}"):
        if event["reason"] == "Unhealthy":
            events[event["involvedObject"]["name"]].append(event["message"])
    found = {}
    for pod in node.get("pods", f"--namespace={_NAMESPACE}"):
        (status,) = pod["status"].get("containerStatuses") or [_NOT_STARTED]
        name = pod["metadata"]["name"]
        ready, restarts = status["started"] and status["ready"], status["restartCount"]
        found[name] = Pod(ready, restarts, tuple(events[name]))
    return found


def _is_as_expected(pod: Pod | None, probe: str, command: Command) -> bool:
    """Tell whether a pod does as its command lets expect."""
    if pod is None:
        return False
    start, _, end = command.event.partition("…")
    kind = probe.removesuffix("Probe").capitalize()
    told = any(each.startswith(f"{kind} {start}") and end in each for each in pod.events)
    fails = command.name == "failing"
    # A loaded machine may take its time to run even the one that passes.
    is_told = told or not command.event
    if not is_told or bool(pod.restarts) != (fails and probe != "readinessProbe"):
        return False
    if probe == "livenessProbe":
        return fails or pod.ready
    return pod.ready == (command.name == "passing")


def _pod(probe: str, command: Command) -> str:
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": _name(probe, command), "namespace": _NAMESPACE},
            "spec": {
                "serviceAccountName": "ksm",
                "terminationGracePeriodSeconds": 1,
                "containers": [
                    {
                        "name": "kube-state-metrics",
                        "image": "registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.20.0",
                        "args": ["--host=127.0.0.1", "--port=9090", "--telemetry-port=9091"],
                        probe: {
                            "exec": {"command": list(command.words)},
                            "periodSeconds": 5,
                            "timeoutSeconds": 5,
                        },
                    }
                ],
            },
        }
    )


def _name(probe: str, command: Command) -> str:
    return f"{probe.removesuffix('Probe')}-{command.name}"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
@pytest.mark.parametrize("probe", PROBES)
def test_verdict(probe: str, command: Command) -> None:
    """The function says what the kubelet does; of a program that is there, that it cannot know."""
    (reason,) = (
        result["tags"]["reason"]
        for result in check(_pod(probe, command))
        if result["tags"].get("probe") == probe
    )

    assert reason == ("CommandMissing" if command.event.startswith(_MISSING) else "Unknown")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
@pytest.mark.parametrize("probe", PROBES)
def test_exec(probe: str, command: Command, pods: dict[str, Pod]) -> None:
    """A program that is missing is an error, which kills nothing and lets nothing be ready."""
    pod = pods[_name(probe, command)]

    assert _is_as_expected(pod, probe, command), pod
