"""Mode probe-disable: a probe that fails is removed."""

from __future__ import annotations

from fix_ksm_probes.config import Config
from fix_ksm_probes.findings import JudgedProbe, Survey
from fix_ksm_probes.fixes.cure import BLIND, NEVER_STARTS, REMOVED, Cure, Repair
from fix_ksm_probes.patch import remove
from fix_ksm_probes.programs.kube_state_metrics import NAME


def disable(_survey: Survey, probes: tuple[JudgedProbe, ...], _config: Config) -> Repair:
    """Return the repair that removes `probes`; nothing is left to refuse."""
    return Repair(
        tuple(Cure(judged, REMOVED, costs=_costs(judged)) for judged in probes),
        tuple(remove(judged.probe.pointer) for judged in probes),
    )


def _costs(judged: JudgedProbe) -> tuple[str, ...]:
    ends = (NEVER_STARTS,) if judged.process.implied.exits else ()
    # What another container's probe asked never told of kube-state-metrics.
    return (*ends, BLIND) if judged.process.runs(NAME) else ends
