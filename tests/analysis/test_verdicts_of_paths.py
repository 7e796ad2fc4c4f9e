"""What each release of kube-state-metrics serves on its two listeners, as measured."""

from __future__ import annotations

import pytest

from fix_ksm_probes.analysis.analyse import analyse
from fix_ksm_probes.manifests.stream import Item
from fix_ksm_probes.manifests.workload import find_workloads

IMAGE = "registry.k8s.io/kube-state-metrics/kube-state-metrics"
MAIN, TELEMETRY = 8080, 8081


def _outcome(tag: str, port: int, path: str, *args: str) -> str:
    container = {
        "name": "kube-state-metrics",
        "image": f"{IMAGE}{tag}",
        "args": list(args),
        "livenessProbe": {"httpGet": {"path": path, "port": port}},
    }
    pod = {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [container]}}
    seen = analyse(find_workloads(Item((), pod))[0])
    assert seen is not None
    verdict = seen.probes[0].verdict
    return "vacuous" if verdict.vacuous else verdict.reason or verdict.outcome


@pytest.mark.parametrize(
    ("tag", "path", "main", "telemetry"),
    [
        # The landing page takes whatever else is asked for, up to 2.13.
        (":v1.9.8", "/healthz", "passes", "vacuous"),
        (":v2.10.1", "/healthz", "passes", "vacuous"),
        (":v2.10.1", "/livez", "vacuous", "vacuous"),
        (":v2.10.1", "/readyz", "vacuous", "vacuous"),
        (":v2.12.0", "/livez", "vacuous", "vacuous"),
        (":v2.13.0", "/livez", "passes", "vacuous"),
        (":v2.13.0", "/readyz", "vacuous", "passes"),
        (":v2.13.0", "/livez/", "vacuous", "vacuous"),
        # From 2.14 on it takes the root only.
        (":v2.14.0", "/livez", "passes", "PathNotServed"),
        (":v2.14.0", "/readyz", "PathNotServed", "passes"),
        (":v2.15.0", "/healthz", "passes", "PathNotServed"),
        (":v2.15.0", "/livez/", "PathNotServed", "PathNotServed"),
        (":v2.15.0", "/", "vacuous", "vacuous"),
        (":v2.20.0", "/livez", "passes", "PathNotServed"),
        (":v2.20.0", "/readyz", "PathNotServed", "passes"),
        # pprof moves with 2.19.
        (":v2.18.0", "/debug/pprof/", "passes", "PathNotServed"),
        (":v2.19.0", "/debug/pprof/", "PathNotServed", "passes"),
        (":v2.18.0", "/debug/pprof", "passes", "PathNotServed"),
        # What all releases agree on needs no version; the rest does.
        ("", "/healthz", "passes", "unknown"),
        (":main", "/livez", "passes", "unknown"),
        (":v4.15", "/readyz", "unknown", "passes"),
        ("", "/metrics", "passes", "passes"),
        ("", "/", "vacuous", "vacuous"),
    ],
)
def test_a_path_is_served_by_version_and_listener(
    tag: str, path: str, main: str, telemetry: str
) -> None:
    """A landing page passes and tells nothing. A missing path fails."""
    assert (main, telemetry) == (_outcome(tag, MAIN, path), _outcome(tag, TELEMETRY, path))


@pytest.mark.parametrize(
    ("tag", "path", "main", "telemetry"),
    [
        (":v2.18.0", "/metrics", "Unauthorized", "Unauthorized"),
        (":v2.18.0", "/debug/pprof/", "passes", "PathNotServed"),
        (":v2.19.1", "/debug/pprof/", "PathNotServed", "Unauthorized"),
        (":v2.19.1", "/livez", "passes", "PathNotServed"),
        (":v2.19.1", "/readyz", "PathNotServed", "passes"),
        # Up to 2.15 the program ends at a flag that it does not know.
        (":v2.15.0", "/livez", "NoListener", "NoListener"),
    ],
)
def test_the_auth_filter_guards_metrics_and_no_health(
    tag: str, path: str, main: str, telemetry: str
) -> None:
    """--auth-filter exists since 2.16, and guards pprof since 2.19."""
    seen = [_outcome(tag, port, path, "--auth-filter") for port in (MAIN, TELEMETRY)]

    assert [main, telemetry] == seen
