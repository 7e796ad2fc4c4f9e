"""Work grows with the number of items: nothing looks at all items for each item."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.streams import BROKEN, documents, resource_list
from fix_ksm_probes.fixes.repair import repair
from fix_ksm_probes.manifests.reading import read
from fix_ksm_probes.pipeline import files, run, settle_for
from fix_ksm_probes.pipeline.files import Call, run_files
from fix_ksm_probes.programs import registry
from fix_ksm_probes.report import report
from fix_ksm_probes.report.outputs import COMPONENT, DRAWINGS, OUTPUTS, OutputOptions
from fix_ksm_probes.report.outputs.location import locations

# So many, twice as many and three times as many: where work is linear, the steps are alike.
FLEET = 8
SETTINGS: dict[str, dict[str, object]] = {
    "probe-disable": {},
    "dedicated-port": {"mode": "dedicated-port"},
    "through-proxy": {"mode": "through-proxy"},
}

OPTIONS: dict[str, dict[str, object]] = {
    **SETTINGS,
    "check": {"mode": "check"},
    "networkPolicy": {"mode": "dedicated-port", "networkPolicy": True},
    "fixScrapes": {"mode": "probe-disable", "fixScrapes": True, "alert": True},
    "bindLoopback": {"mode": "through-proxy", "bindLoopback": True},
    "proxyFirst": {"mode": "dedicated-port", "addMissing": True, "proxyFirst": True},
}
BESIDE = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME, namespace: monitoring, labels: LABELS}
spec:
  selector: {matchLabels: LABELS}
  template:
    metadata: {labels: LABELS}
    spec:
      hostNetwork: false
      serviceAccountName: NAME
      containers:
      - name: kube-state-metrics
        image: registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.13.0
        args: [--port=PORT, --telemetry-port=81]
        livenessProbe: {httpGet: {path: /healthz, port: 9999}}
      - name: kube-rbac-proxy
        image: quay.io/brancz/kube-rbac-proxy:v0.18.0
        args:
        - --secure-listen-address=:8443
        - --upstream=http://127.0.0.1:PORT/
        - --config-file=/etc/proxy/config.yaml
        ports: [{name: https, containerPort: 8443}]
        volumeMounts: [{name: config, mountPath: /etc/proxy}]
      volumes: [{name: config, configMap: {name: NAME}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: NAME, namespace: monitoring}
data:
  notes: NOTES
  config.yaml: |
    authorization: {resourceAttributes: {apiVersion: v1, resource: services, name: NAME}}
---
apiVersion: v1
kind: Service
metadata: {name: NAME, namespace: monitoring, labels: LABELS}
spec:
  selector: LABELS
  ports: [{name: https, port: 8443, targetPort: https}]
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: NAME, namespace: monitoring}
spec:
  selector: {matchLabels: LABELS}
  endpoints: [{port: https}, {port: missing}]
---
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata: {name: NAME, namespace: monitoring}
spec:
  selector: {matchLabels: LABELS}
  podMetricsEndpoints: [{port: https}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: NAME, namespace: monitoring}
spec:
  podSelector: {matchLabels: {app.kubernetes.io/instance: another-NAME}}
  ingress: []
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: NAME}
rules: [{apiGroups: [""], resources: [pods, services], verbs: [list, watch]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: NAME}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: NAME}
subjects: [{kind: ServiceAccount, name: NAME, namespace: monitoring}]
"""
SILENT: dict[str, Any] = {"stdin": bytes, "progress": lambda _number, _of: None}


def _fleet(count: int, change: Callable[[str], str] = str) -> list[str]:
    return [
        change(BROKEN).replace("namespace: monitoring", f"namespace: cluster-{number}")
        for number in range(10, count + 10)
    ]


def _owned(workload: str) -> str:
    owner = "{kind: A, name: b, controller: true}"
    return workload.replace("  name: kube", f"  ownerReferences: [{owner}]\n  name: kube", 1)


def _calls(work: Callable[[], object]) -> int:
    """Return how many calls of Python functions some work takes."""
    count = 0
    # What has started in an earlier run would be remembered.
    registry._STARTED.clear()  # noqa: SLF001

    def counted(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def _hold_linear(work: Callable[[int], Callable[[], object]]) -> None:
    # The first run imports and compiles, also what only a long stream needs.
    work(FLEET * 3)()
    few, more, most = (_calls(work(FLEET * times)) for times in (1, 2, 3))
    # One call for each pair of items would be twice the square of their number, and more.
    assert abs((most - more) - (more - few)) < FLEET**2


@pytest.mark.parametrize("change", [str, _owned])
@pytest.mark.parametrize("flags", SETTINGS.values(), ids=SETTINGS)
@pytest.mark.parametrize("listed", [resource_list, documents])
def test_a_fleet(
    listed: Callable[..., bytes], flags: dict[str, object], change: Callable[[str], str]
) -> None:
    """One workload for each cluster."""

    def work(count: int) -> Callable[[], object]:
        raw = listed(_fleet(count, change))
        return lambda: run(raw, flags)

    _hold_linear(work)


def _beside(number: int) -> str:
    """Return a workload in the namespace of all others, with items for it alone."""
    name = f"ksm-{number}"
    labels = f"{{app.kubernetes.io/name: kube-state-metrics, app.kubernetes.io/instance: {name}}}"
    # So long that a stream is read in parts, however few there are.
    notes = "long " * 3000
    written = BESIDE.replace("LABELS", labels).replace("NAME", name).replace("NOTES", notes)
    return written.replace("PORT", f"{number}80")


@pytest.mark.parametrize("flags", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("sort", ["own", "node"])
def test_what_stands_beside(sort: str, flags: dict[str, object]) -> None:
    """For workloads that share a namespace, and with `hostNetwork` a node."""

    def work(count: int) -> Callable[[], object]:
        items = [_beside(number) for number in range(100, count + 100)]
        raw = "---\n".join(items)
        if sort == "node":
            raw = raw.replace("hostNetwork: false", "hostNetwork: true")
        return lambda: run(raw.encode(), flags)

    _hold_linear(work)


@pytest.mark.parametrize("flags", OPTIONS.values(), ids=OPTIONS)
def test_files(flags: dict[str, object], tmp_path: Path) -> None:
    """Each file has a workload, and another file has items for it."""

    def work(count: int) -> Callable[[], object]:
        folder = tmp_path / str(count)
        for number in range(100, count + 100):
            folder.mkdir(exist_ok=True)
            workload, rest = _beside(number).split("---\n", 1)
            (folder / f"{number}.yaml").write_text(workload)
            (folder / f"{number}-beside.yaml").write_text(rest)
        call = Call((str(folder),), flags, {}, OutputOptions(), write=False, **SILENT)
        return lambda: run_files(call)

    _hold_linear(work)


@pytest.mark.parametrize("output", [*(each for each in OUTPUTS if each != COMPONENT), *DRAWINGS])
def test_files_that_are_read_twice(
    output: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They get the same results as files that are read once."""
    for number in range(3):
        (tmp_path / f"{number}.yaml").write_text(_beside(number))
    calls = [
        Call((str(tmp_path),), flags, {}, OutputOptions(output), write=False, **SILENT)
        for flags in (OPTIONS["probe-disable"], OPTIONS["check"], OPTIONS["fixScrapes"])
    ]
    once = [run_files(call) for call in calls]
    monkeypatch.setattr(files, "_KEPT", 0)

    assert [run_files(call) for call in calls] == once


@pytest.mark.parametrize("output", OUTPUTS)
def test_every_output(output: str) -> None:
    """For the findings of a fleet."""

    def work(count: int) -> Callable[[], object]:
        raw = documents(_fleet(count))
        return lambda: run(raw, {"mode": "dedicated-port"}, None, OutputOptions(output))

    _hold_linear(work)


def test_lines_are_counted_once() -> None:
    """No result counts lines from the start of the text."""
    looked_at = 0

    class Counting(str):
        __slots__ = ()

        def count(self, *sought: Any) -> int:
            nonlocal looked_at
            _, start, end = sought
            looked_at += abs(end - start)
            return super().count(*sought)

    found = read(documents(_fleet(20)), None)
    counting = found._replace(source=found.source._replace(text=Counting(found.source.text)))
    settings = settle_for(None, {}, None)
    outcome = report(counting, repair(counting, settings), settings)
    lines = [where.first for _, where in locations(outcome, "stdin")]

    assert lines == sorted(set(lines))
    assert len(lines) == 20
    assert looked_at < 2 * len(found.source.text)
