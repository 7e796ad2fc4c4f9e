"""The check of a repair, before anything is written: all probes that should pass do."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis, JudgedProbe, late_guards
from fix_ksm_probes.analysis.decision import PASSES, UNKNOWN
from fix_ksm_probes.analysis.findings import Finding
from fix_ksm_probes.analysis.wording import why_unknown
from fix_ksm_probes.fixes.fix import FixPlan, passing
from fix_ksm_probes.manifests.workload import suppressed_reasons
from fix_ksm_probes.rules.catalogue import BYPASS
from fix_ksm_probes.settings.fields import Settings


def verify(plan: FixPlan, settings: Settings) -> Finding | None:
    """Return what is wrong with what `plan` leaves; None if nothing is."""
    if not plan.patch:
        return None
    repaired = {fix.finding.pointer for fix in plan.repair.fixes} | plan.added
    must_pass = repaired | passing(plan.first)
    for judged in plan.repaired.probes:
        if judged.probe.pointer in must_pass and judged.verdict.outcome != PASSES:
            fact = _still_fails(judged, settings)
            name = judged.container.name
            return Finding("", fact, judged.probe.pointer, name, subject=judged)
    accepted = suppressed_reasons(plan.first.workload)
    if settings.bind_loopback and plan.last.bypasses and BYPASS not in accepted:
        return Finding("", _STILL_OPEN, ())
    if not _verdicts(plan.repaired) <= _verdicts(plan.last):
        return Finding("", _VERDICTS_CHANGED, ())
    doubted = _startup_that_may_fail(plan)
    return Finding("", _starts_never(doubted), ()) if doubted is not None else None


_STILL_OPEN = "a bypass that was to be closed is still open; nothing was changed; report this bug"
_VERDICTS_CHANGED = (
    "moving the proxies changes what a probe meets; nothing was changed; report this bug"
)


def _still_fails(repaired: JudgedProbe, settings: Settings) -> str:
    kind = repaired.probe.kind
    if repaired.verdict.outcome == UNKNOWN:
        why = why_unknown(repaired.verdict)
        return (
            f"mode {settings.mode} cannot repair `{kind}`: repaired, it {why}; "
            "mode probe-disable can; nothing was changed"
        )
    return f"the repaired `{kind}` would still fail; nothing was changed; report this bug"


def _starts_never(startup: JudgedProbe) -> str:
    if startup.verdict.outcome != UNKNOWN:
        return _VERDICTS_CHANGED
    name = startup.container.name
    why = f"the startupProbe of `{name}` {why_unknown(startup.verdict)}"
    return f"`proxyFirst` cannot help: {why}; nothing was changed"


def _startup_that_may_fail(plan: FixPlan) -> JudgedProbe | None:
    # The containers after a sidecar whose startupProbe fails wait forever.
    if plan.last == plan.repaired:
        return None
    first = {process.container.name for process in late_guards(plan.repaired.network)}
    startups = (
        judged
        for judged in plan.last.probes
        if judged.container.name in first and judged.probe.kind == "startupProbe"
    )
    return next((each for each in startups if each.verdict.outcome != PASSES), None)


def _verdicts(analysis: Analysis) -> set[tuple[str, str, str, str]]:
    # Containers move, and their pointers change.
    return {
        (judged.container.name, judged.probe.kind, judged.verdict.outcome, judged.verdict.reason)
        for judged in analysis.probes
        if judged.probe.kind != "startupProbe" or judged.verdict.outcome == PASSES
    }
