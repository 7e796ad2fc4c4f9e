"""Mode probe-disable: a probe that fails is removed."""

from __future__ import annotations

from fix_ksm_probes.analysis.findings import Finding
from fix_ksm_probes.fixes.fix import Repair, remove_probe
from fix_ksm_probes.yamlpatch.patch import remove


def disable(findings: tuple[Finding, ...]) -> Repair:
    """Return the repair that removes the probes of `findings`; nothing is left to refuse."""
    return Repair(
        tuple(map(remove_probe, findings)), tuple(remove(each.pointer) for each in findings)
    )
