"""What a run says that has found nothing to judge: a gate that passes in silence is none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fix_ksm_probes.manifests.other_files import holds_manifests, renderer
from fix_ksm_probes.manifests.stream import Item
from fix_ksm_probes.manifests.workload import identify
from fix_ksm_probes.programs import exporter_names
from fix_ksm_probes.report.result import ERROR, INFO, WARNING, Result
from fix_ksm_probes.rules.catalogue import NO_WORKLOAD
from fix_ksm_probes.settings.fields import Settings

_MOST_NAMED = 3


def no_workload(what: str, items: Iterable[Item], settings: Settings) -> Result:
    """Return that `what` was read and holds no workload, and which of `items` may yet make one."""
    items = tuple(items)
    meant = "no workload that the target names" if settings.has_target else "no workload"
    advices = list(_advices(items))
    parts = [f"{meant} runs kube-state-metrics; {what} read", *advices[:_MOST_NAMED]]
    is_source = any(renderer(item.resource) for item in items)
    severity = WARNING if is_source or settings.has_target else INFO
    if settings.fails(NO_WORKLOAD, severity):
        severity = ERROR
    tags = (("reason", NO_WORKLOAD), ("mode", settings.mode))
    return Result("; ".join(parts), severity, tags=tags)


def _advices(items: tuple[Item, ...]) -> Iterator[str]:
    for item in items:
        identity = identify(item.resource)
        # A kustomization has no name.
        place = identity.place or identity.kind or "an object"
        if tool := renderer(item.resource):
            yield f"{place} is not rendered; give the output of `{tool}`"
        elif holds_manifests(item.resource, exporter_names()):
            yield f"{place} holds manifests as text; give these"
