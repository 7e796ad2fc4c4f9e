"""Option alert: Prometheus notices a hang that no probe notices any more."""

from __future__ import annotations

from collections.abc import Iterator

from fix_ksm_probes.analysis.analyse import Analysis, guards, notices_a_hang
from fix_ksm_probes.analysis.decision import UNKNOWN
from fix_ksm_probes.analysis.findings import Finding
from fix_ksm_probes.fixes.fix import DONE, Fix, Repair, refuse_option, why_no_place
from fix_ksm_probes.manifests.added_item import item_metadata
from fix_ksm_probes.manifests.index import Index
from fix_ksm_probes.manifests.monitors import monitor_ports, monitored_services
from fix_ksm_probes.manifests.related import PortRef, is_taken, service_ports
from fix_ksm_probes.manifests.stream import Item
from fix_ksm_probes.programs import Process
from fix_ksm_probes.rules.catalogue import PROBES_MISSING
from fix_ksm_probes.settings.fields import PROBE_DISABLE, Settings
from fix_ksm_probes.yamlpatch import NamedTuple, Pointer, add, list_at, text_at, value_at

KIND = "PrometheusRule"
_JOB_BY_RELABELING = "a relabeling of the monitor makes up or drops the job label"


class Series(NamedTuple):
    """How Prometheus finds the target, by label matchers, and the labels of rules that it loads.

    `is_assumed` says that no monitor in the input confirms the matchers.
    """

    matchers: tuple[str, ...]
    rule_labels: dict[object, object]
    is_assumed: bool


def add_alert(
    after: Analysis,
    repair: Repair,
    index: Index,
    addition: Pointer | None,
    settings: Settings,
) -> Repair:
    """Return the repair that adds a PrometheusRule in place of removed or missing probes."""
    if not settings.alert or settings.mode != PROBE_DISABLE:
        return Repair()
    removed = [fix.finding.judged.process for fix in repair.fixes if fix.unnoticed]
    blind = removed or _unwatched(after)
    workload = after.workload
    name = f"{after.name}-down"
    if not blind or is_taken(index, KIND, name, workload.identity.namespace):
        return Repair()
    program, container = blind[0].name, blind[0].container
    fact = f"no probe notices a hung {program}" + (" any more" if removed else "")
    finding = Finding(PROBES_MISSING, fact, container.pointer, container.name)
    series = _read_series(after, index)
    why = why_no_place(workload, addition)
    if why:
        return Repair((refuse_option(finding, "alert", why),))
    if series is None:
        return Repair((refuse_option(finding, "alert", _JOB_BY_RELABELING),))
    metadata = item_metadata(workload, KIND, name, index)
    if series.rule_labels:
        metadata["labels"] = series.rule_labels
    rule = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": KIND,
        "metadata": metadata,
        "spec": {"groups": [{"name": name, "rules": [_rule(series, program)]}]},
    }
    assumed = "; no monitor in the input confirms the job label, so check it"
    target = f"for the target {', '.join(series.matchers)}{assumed if series.is_assumed else ''}"
    fix = Fix(
        finding,
        DONE,
        f"; PrometheusRule `{name}` added {target}",
        f"PrometheusRule {name} added",
        proposed=_expression(series),
    )
    return Repair((fix,), (add(addition or (), rule),))


def _unwatched(after: Analysis) -> list[Process]:
    """Return the processes of kube-state-metrics that a proxy guards and no probe watches."""
    # It is not known what a probe notices whose verdict is unknown.
    watched = {
        judged.container
        for judged in after.probes
        if judged.verdict.outcome == UNKNOWN or notices_a_hang(judged, after.network)
    }
    return [
        process
        for process in after.network.processes
        if process.is_exporter
        and any(guards(listener, after.network) for listener in process.listeners)
        and process.container not in watched
    ]


def _rule(series: Series, program: str) -> dict[str, object]:
    return {
        "alert": "".join(map(str.capitalize, program.split("-"))) + "Down",
        "expr": _expression(series),
        # The time that kubernetes-mixin uses for its targets; a rollout takes less.
        "for": "15m",
        "labels": {"severity": "critical"},
        "annotations": {
            "summary": f"{program} is down.",
            "description": (
                f"Prometheus has not reached {program} through its proxy for 15 minutes. "
                "No probe of the kubelet would notice: this alert is there in their place."
            ),
        },
    }


def _expression(series: Series) -> str:
    selector = ",".join(series.matchers)
    # If one of several shards is down, `absent` alone does not notice.
    return f"up{{{selector}}} == 0 or absent(up{{{selector}}})"


def _read_series(after: Analysis, index: Index) -> Series | None:
    workload, pod = after.workload, after.network.pod
    services = service_ports(index, workload, pod)
    monitor = _monitor(after, index)
    namespace = workload.identity.namespace or ""
    if monitor is None:
        job = next((each.identity.name or "" for each in services), after.name)
        return Series(_matchers(f'job="{job}"', namespace), {}, is_assumed=True)
    relabelings = tuple(_relabelings(monitor.item))
    if any(_rewrites(each, "job") for each in relabelings):
        return None
    job = _job(monitor, services, dict(pod.labels))
    keeps = not any(_rewrites(each, "namespace") for each in relabelings)
    labels = value_at(monitor.item.resource, ("metadata", "labels"))
    return Series(
        _matchers(job, namespace if keeps else ""),
        labels if isinstance(labels, dict) else {},
        is_assumed=False,
    )


def _monitor(after: Analysis, index: Index) -> PortRef | None:
    refs = monitor_ports(index, after.workload, after.network.pod)
    proxies = {each.port for each in after.network.listeners if each.proxy is not None}
    leading = [each for each in refs if each.port is not None]
    # A monitor that asks another port than that of a proxy may get no metrics.
    return next(iter(sorted(leading, key=lambda ref: ref.port not in proxies)), None)


def _matchers(job: str, namespace: str) -> tuple[str, ...]:
    return (job, f'namespace="{namespace}"') if namespace else (job,)


def _job(monitor: PortRef, services: tuple[PortRef, ...], pod_labels: dict[str, str]) -> str:
    label = text_at(monitor.item.resource, ("spec", "jobLabel"))
    if monitor.identity.kind == "PodMonitor":
        if held := pod_labels.get(label):
            return f'job="{held}"'
        if monitor.identity.namespace:
            return f'job="{monitor.identity.namespace}/{monitor.identity.name}"'
        # The input does not show the namespace to which it is applied.
        return f'job=~"[^/]+/{monitor.identity.name}"'
    selected = monitored_services(monitor.item, services)
    service = next((each for each in selected if each.name == monitor.name), selected[0])
    held = text_at(service.item.resource, ("metadata", "labels", label))
    return f'job="{held or service.identity.name}"'


def _relabelings(monitor: Item) -> Iterator[object]:
    for field in ("endpoints", "podMetricsEndpoints"):
        for endpoint in list_at(monitor.resource, ("spec", field)):
            yield from list_at(endpoint, ("relabelings",))


def _rewrites(relabeling: object, label: str) -> bool:
    # Where that is not known, it counts as rewritten.
    import re

    if text_at(relabeling, ("targetLabel",)) == label:
        return True
    action = text_at(relabeling, ("action",)).lower()
    if action not in ("labeldrop", "labelkeep"):
        return False
    regex = text_at(relabeling, ("regex",)) or "(.*)"
    # Other patterns mean something else in Go, or take Python too long.
    if not re.fullmatch(r"[\w|.*+?()^$:-]{1,60}", regex):
        return True
    try:
        found = re.fullmatch(regex, label)
    except re.error:
        return True
    return (found is not None) == (action == "labeldrop")
