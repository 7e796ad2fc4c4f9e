"""Mode probe-disable: a probe that fails is removed."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis, JudgedProbe
from fix_ksm_probes.fixes.fix import BLIND, NEVER_STARTS, REMOVED, Cure, Repair
from fix_ksm_probes.settings.fields import Settings
from fix_ksm_probes.yamlpatch import remove


def disable(_analyse: Analysis, probes: tuple[JudgedProbe, ...], _config: Settings) -> Repair:
    """Return the repair that removes `probes`; nothing is left to refuse."""
    return Repair(
        tuple(Cure(judged, REMOVED, costs=_costs(judged)) for judged in probes),
        tuple(remove(judged.probe.pointer) for judged in probes),
    )


def _costs(judged: JudgedProbe) -> tuple[str, ...]:
    ends = (NEVER_STARTS,) if judged.process.exits else ()
    # What another container's probe asked never told of kube-state-metrics.
    return (*ends, BLIND) if judged.process.is_exporter else ends
