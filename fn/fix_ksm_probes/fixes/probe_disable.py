"""Mode probe-disable: a probe that fails is removed."""

from __future__ import annotations

from fix_ksm_probes.config import Config
from fix_ksm_probes.findings import JudgedProbe, Survey
from fix_ksm_probes.fixes.cure import BLIND, REMOVED, Cure, Repair
from fix_ksm_probes.patch import remove


def disable(_survey: Survey, probes: tuple[JudgedProbe, ...], _config: Config) -> Repair:
    """Return the repair that removes `probes`; nothing is left to refuse."""
    return Repair(
        tuple(Cure(judged, REMOVED, costs=(BLIND,)) for judged in probes),
        tuple(remove(judged.probe.pointer) for judged in probes),
    )
