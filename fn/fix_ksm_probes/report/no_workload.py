"""What a run says that has found nothing to judge: a gate that passes in silence is none."""

from __future__ import annotations

from collections.abc import Iterable

from fix_ksm_probes.manifests.other_files import renderer
from fix_ksm_probes.manifests.stream import Item
from fix_ksm_probes.manifests.workload import identify
from fix_ksm_probes.report.result import ERROR, INFO, WARNING, Result
from fix_ksm_probes.rules.catalogue import NO_WORKLOAD
from fix_ksm_probes.settings.fields import Settings
from fix_ksm_probes.yamlpatch import value_at

_MOST_NAMED = 3


def no_workload(what: str, items: Iterable[Item], settings: Settings) -> Result:
    """Return that `what` was read and holds no workload, and which of `items` are not rendered."""
    unrendered = [each for each in items if renderer(value_at(each.resource, ("kind",)))]
    meant = "no workload that the target names" if settings.has_target else "no workload"
    parts = [f"{meant} runs kube-state-metrics; {what} read"]
    for item in unrendered[:_MOST_NAMED]:
        identity = identify(item.resource)
        tool = renderer(identity.kind)
        parts.append(f"{identity.place} is not rendered; give the output of `{tool}`")
    severity = WARNING if unrendered or settings.has_target else INFO
    if settings.fails(NO_WORKLOAD, severity):
        severity = ERROR
    tags = (("reason", NO_WORKLOAD), ("mode", settings.mode))
    return Result("; ".join(parts), severity, tags=tags)
