"""Where a controller does not replace the old pod by the repaired one."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import yaml

from fix_ksm_probes.fixes.rollout import stuck_rollout
from tests.fixes.shapes import SHAPES, surveys_of

_HOST_NETWORK = SHAPES["chart-5.27 + hostNetwork"]
_STATEFUL = SHAPES["chart-6.3 + autosharding"]


def _stuck(raw: bytes, spec: Mapping[str, object], kind: str = "") -> bool:
    """Tell whether the results say that the rollout of a `kind` with `spec` is stuck."""
    documents = list(yaml.safe_load_all(raw))
    for document in documents:
        if document["kind"] in ("Deployment", "StatefulSet"):
            document["spec"].update(spec)
            document["kind"] = kind or document["kind"]
    (seen,) = surveys_of(yaml.safe_dump_all(documents).encode())
    return bool(stuck_rollout(seen, seen))


# The fifth column is what Kubernetes' ResolveFenceposts makes of those before it.
@pytest.mark.parametrize(
    "replicas, unavailable, surge, resolved",
    [
        (None, None, None, 0),
        (1, None, None, 0),
        (3, "25%", "25%", 0),
        (4, "25%", "25%", 1),
        (1, "50%", 1, 0),
        (2, "50%", 1, 1),
        (1, "100%", 1, 1),
        (1, 0, 1, 0),
        (1, 1, 1, 1),
        (3, "33%", "1%", 0),
        # Both would be none.
        (1, None, 0, 1),
        (1, "25%", "0%", 1),
    ],
)
def test_a_deployment_that_ends_no_pod_first_is_stuck(
    replicas: int | None, unavailable: object, surge: object, resolved: int
) -> None:
    rolling = {"maxUnavailable": unavailable, "maxSurge": surge}
    given = {name: value for name, value in rolling.items() if value is not None}
    spec = {"strategy": {"rollingUpdate": given}} | ({"replicas": replicas} if replicas else {})

    assert _stuck(_HOST_NETWORK, spec) == (resolved == 0)


@pytest.mark.parametrize(
    "spec",
    [
        {"replicas": 0},
        {"replicas": "${REPLICAS}"},
        {"strategy": {"type": "Recreate"}},
        {"strategy": "${STRATEGY}"},
        {"strategy": {"rollingUpdate": {"maxUnavailable": "${MOST}"}}},
        {"strategy": {"rollingUpdate": {"maxUnavailable": "some%"}}},
    ],
)
def test_a_deployment_that_may_not_be_stuck_is_not_said_to_be(spec: dict[str, object]) -> None:
    assert not _stuck(_HOST_NETWORK, spec)


@pytest.mark.parametrize(
    "spec, stuck",
    [
        ({}, True),
        (
            {"podManagementPolicy": "OrderedReady", "updateStrategy": {"type": "RollingUpdate"}},
            True,
        ),
        ({"updateStrategy": {"rollingUpdate": {"partition": 0}}}, True),
        ({"updateStrategy": {"rollingUpdate": {"partition": 1}}}, False),
        ({"updateStrategy": {"type": "OnDelete"}}, False),
        ({"podManagementPolicy": "Parallel"}, False),
        ({"replicas": 0}, False),
        ({"podManagementPolicy": "${POLICY}"}, False),
        ({"updateStrategy": "${STRATEGY}"}, False),
    ],
)
def test_a_stateful_set_that_waits_for_a_broken_pod_is_stuck(
    spec: dict[str, object],
    stuck: bool,  # noqa: FBT001
) -> None:
    assert _stuck(_STATEFUL, spec) == stuck


@pytest.mark.parametrize(
    "kind, spec, stuck",
    [
        ("ReplicaSet", {}, True),
        ("ReplicaSet", {"replicas": 0}, False),
        ("DaemonSet", {}, False),
        ("Rollout", {}, False),
        ("Deployment", {"paused": True}, True),
        ("Deployment", {"paused": True, "replicas": 0}, False),
        ("Deployment", {"paused": False}, False),
        ("Deployment", {"paused": "${PAUSED}"}, False),
    ],
)
def test_a_controller_that_replaces_no_pod_is_stuck(
    kind: str,
    spec: dict[str, object],
    stuck: bool,  # noqa: FBT001
) -> None:
    assert _stuck(SHAPES["chart-8.4"], spec, kind) == stuck


@pytest.mark.parametrize("shape", ["chart-5.27", "chart-8.4", "kube-prometheus"])
def test_a_pod_with_ports_of_its_own_is_not_stuck(shape: str) -> None:
    assert not _stuck(SHAPES[shape], {})
