"""What there is to say of a run: results, and every output."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fix_ksm_probes.analysis.decision import PASSES
from fix_ksm_probes.fixes import Repaired, Repairs
from fix_ksm_probes.manifests.other_files import holds_manifests, renderer
from fix_ksm_probes.manifests.reading import Input
from fix_ksm_probes.manifests.stream import Item
from fix_ksm_probes.manifests.workload import identify
from fix_ksm_probes.programs import exporter_names
from fix_ksm_probes.report.outcome import (
    ERROR,
    INFO,
    MOST_NAMED,
    WARNING,
    Counts,
    Outcome,
    Reported,
    Result,
)
from fix_ksm_probes.rules.catalogue import NO_WORKLOAD
from fix_ksm_probes.settings.fields import Settings


def report(read: Input, repairs: Repairs, settings: Settings) -> Outcome:
    """Return what there is to say of `repairs`, with their patch."""
    if repairs.failure is None and not any(each.fixes for each in repairs.workloads):
        sound = tuple(map(_sound, repairs.workloads))
        return Outcome(read, settings, sound, results=_notes(repairs))
    # A run that finds nothing needs none of the sentences.
    from fix_ksm_probes.report.results import failure_result, report_workload

    results = () if repairs.failure is None else (failure_result(*repairs.failure, settings),)
    workloads = tuple(report_workload(each, settings) for each in repairs.workloads)
    return Outcome(read, settings, workloads, repairs.patch, (*results, *_notes(repairs)))


def _sound(repaired: Repaired) -> Reported:
    probes = [judged.verdict.outcome for judged in repaired.analysis.probes]
    passing = probes.count(PASSES)
    counts = Counts(len(probes), passing, left=len(probes) - passing)
    return Reported(repaired.analysis, (), (), counts)


def no_workload(what: str, items: Iterable[Item], settings: Settings) -> Result:
    """Return that `what` was read and holds no workload, and which of `items` may yet make one."""
    items = tuple(items)
    meant = "no workload that matches the target" if settings.has_target else "no workload"
    advices = list(_advices(items))
    parts = [f"{meant} runs kube-state-metrics; read {what}", *advices[:MOST_NAMED]]
    is_source = any(renderer(item.resource) for item in items)
    severity = WARNING if is_source or settings.has_target else INFO
    if settings.fails(NO_WORKLOAD, severity):
        severity = ERROR
    tags = (("reason", NO_WORKLOAD), ("mode", settings.mode))
    return Result("; ".join(parts), severity, tags=tags)


def _notes(repairs: Repairs) -> tuple[Result, ...]:
    if not (repairs.owned or repairs.fragments):
        return ()
    from fix_ksm_probes.report.results import unjudged_results

    return unjudged_results(repairs.owned, repairs.fragments)


def _advices(items: tuple[Item, ...]) -> Iterator[str]:
    for item in items:
        identity = identify(item.resource)
        # A kustomization has no name.
        place = identity.place or identity.kind or "an object"
        if tool := renderer(item.resource):
            yield f"{place} is not rendered; use the output of `{tool}`"
        elif holds_manifests(item.resource, exporter_names()):
            yield f"{place} contains manifests as text; use these instead"
