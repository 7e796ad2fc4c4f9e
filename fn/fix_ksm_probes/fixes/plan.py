"""The plan of each workload: bind, add, repair, order; each stage works on what the last one left.

A run carries out all plans, or none.
"""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis, Bypass, analyse
from fix_ksm_probes.analysis.decision import FAILS, PASSES, UNKNOWN, OpenedPorts
from fix_ksm_probes.analysis.findings import (
    Finding,
    bypass_finding,
    find_hardening,
    probe_finding,
    vacuous_finding,
)
from fix_ksm_probes.fixes import Repaired, Repairs
from fix_ksm_probes.fixes.fix import (
    DONE,
    FOUND,
    LEFT,
    REFUSED,
    SUPPRESSED,
    Fix,
    FixPlan,
    Repair,
    combine,
    hold_back,
    leave_to_monitor,
    passing,
    suppress,
)
from fix_ksm_probes.fixes.probes import is_in_scope, propose
from fix_ksm_probes.fixes.verify import verify
from fix_ksm_probes.manifests.index import Index
from fix_ksm_probes.manifests.reading import MONITORS, Input
from fix_ksm_probes.manifests.workload import (
    SUPPRESSION,
    Workload,
    read_suppressions,
    suppressed_reasons,
)
from fix_ksm_probes.rules.catalogue import (
    BYPASS,
    GAPS,
    PROBES_MISSING,
    PROXY_MAY_NOT_ASK,
    PROXY_NOT_FIRST,
    RULES,
    SCRAPE_FAILS,
    UNUSED_SUPPRESSION,
)
from fix_ksm_probes.settings.fields import CHECK, PROBE_DISABLE, Settings
from fix_ksm_probes.yamlpatch import Patch, Pointer, value_at
from fix_ksm_probes.yamlpatch.patch import below

_KEPT = (
    "; left as it is, because no setting removes a probe that passes; "
    "with `scope: all`, modes dedicated-port and through-proxy move it"
)


def plan(first: Analysis, settings: Settings) -> FixPlan:
    """Return the plan for the workload of `first`; in mode check it changes nothing."""
    if settings.mode == CHECK:
        return FixPlan(first, first, Repair(), first, first, ())
    suppressed = suppressed_reasons(first.workload)
    bound = added = ordered = Repair()
    prepared = first
    guarded: frozenset[Pointer] = frozenset()
    if settings.bind_loopback and BYPASS not in suppressed:
        bound, prepared = _closed(first, settings)
    if settings.add_missing and PROBES_MISSING not in suppressed:
        from fix_ksm_probes.fixes.hardening.add_missing import add_missing, guarded_probes

        added = add_missing(prepared, settings)
        prepared = _patched(prepared, added.patch)
        guarded = guarded_probes(prepared, added.patch)
    also = (passing(first) - passing(prepared)) | guarded
    repair = propose(prepared, settings, also=also, accepted=_accepted(first))
    repaired = _patched(prepared, repair.patch)
    if added.patch:
        from fix_ksm_probes.fixes.hardening.add_missing import added_probes

        resource = repaired.workload.resource
        fixes = added_probes(prepared, added.patch, repair, resource, settings)
        added = added._replace(fixes=(*added.fixes, *fixes))
    if settings.proxy_first and PROXY_NOT_FIRST not in suppressed:
        from fix_ksm_probes.fixes.hardening.proxy_first import put_first

        ordered = put_first(repaired, settings)
    options = combine(bound, added, ordered)
    patch = (*bound.patch, *added.patch, *repair.patch, *ordered.patch)
    if options.patch:
        from fix_ksm_probes.yamlpatch import compose_patches

        patch = compose_patches(first.workload.resource, patch)
    last = _patched(repaired, ordered.patch)
    return FixPlan(first, prepared, repair, repaired, last, patch, options.fixes)


def _closed(first: Analysis, settings: Settings) -> tuple[Repair, Analysis]:
    from fix_ksm_probes.fixes.hardening.bind_loopback import bind, refuse_to_break

    bound = bind(first)
    closed = _patched(first, bound.patch)
    lost = passing(first) - passing(closed)
    if lost and settings.mode == PROBE_DISABLE:
        # No option removes a probe that passes.
        probes = tuple(each for each in first.probes if each.probe.pointer in lost)
        return refuse_to_break(first, probes), first
    return bound, closed


def _checked(plan: FixPlan, settings: Settings) -> tuple[Fix, ...]:
    """Return the findings of mode check: probes, bypasses, scrapes and gaps."""
    from fix_ksm_probes.analysis.scrapes import find_failing_scrapes

    hardening = (
        *(_with_watcher(each, plan.first) for each in find_hardening(plan.first, settings)),
        *find_failing_scrapes(plan.first),
    )
    found = (
        *_of_probes(plan.first, (), settings),
        *_of_bypasses(plan.first, ()),
        *(Fix(finding, FOUND) for finding in hardening),
    )
    return _with_suppressions(found, plan.first.workload, settings)


def _with_watcher(finding: Finding, analysis: Analysis) -> Finding:
    if finding.reason != PROBES_MISSING:
        return finding
    from fix_ksm_probes.analysis.scrapes import watchers

    by = watchers(analysis).get(finding.container)
    if not by:
        return finding
    return finding._replace(fact=f"{finding.fact}; {by} scrapes it, so `up` tells that it hangs")


def _carried_out(plan: FixPlan, left: Index | None, settings: Settings) -> tuple[Fix, ...]:
    """Return all fixes of a plan that is carried out.

    `left` has the other items as they are then, and is None if it does not show what scrapes it.
    """
    beside = plan.beside
    options = (*plan.options, *beside.fixes)
    prepared = _without_added(plan.prepared, plan)
    resource = plan.repaired.workload.resource
    repaired = (_with_proposed(fix, resource) for fix in plan.repair.fixes)
    found = (
        *_of_probes(prepared, tuple(repaired), settings),
        *_of_bypasses(prepared, options),
    )
    fixes = (*(_because(fix, plan) for fix in found), *options)
    if left is not None and any(fix.unnoticed for fix in fixes):
        fixes = _with_watchers(fixes, plan.last._replace(related=left))
    return _with_suppressions(_with_rollout(fixes, plan), plan.first.workload, settings)


def _with_watchers(fixes: tuple[Fix, ...], left: Analysis) -> tuple[Fix, ...]:
    # Most inputs have no monitor, and need no import of the code for scrapes.
    if not any(word in kind for kind in left.related.kinds() for word in MONITORS):
        return fixes
    from fix_ksm_probes.analysis.scrapes import watchers

    by = watchers(left)
    return tuple(
        leave_to_monitor(fix, by[fix.finding.container])
        if fix.unnoticed and fix.finding.container in by
        else fix
        for fix in fixes
    )


def _with_rollout(fixes: tuple[Fix, ...], plan: FixPlan) -> tuple[Fix, ...]:
    """Return `fixes`; the first one that is DONE says why its pod may not roll out."""
    done = next((fix for fix in fixes if fix.outcome == DONE), None)
    if done is None or not plan.patch:
        return fixes
    from fix_ksm_probes.fixes.rollout import stuck_rollout

    cost = stuck_rollout(plan.first, plan.last)
    if not cost:
        return fixes
    costly = done._replace(costs=(*done.costs, cost))
    return tuple(costly if fix is done else fix for fix in fixes)


def _held_back(plan: FixPlan, settings: Settings) -> tuple[Fix, ...]:
    """Return the fixes of a plan in a run that changes nothing, as one fix is refused.

    What the mode would do without options is held back, and refusals are reported.
    """
    others = (*plan.options, *plan.beside.fixes)
    options = tuple(fix for fix in others if fix.outcome in (REFUSED, LEFT))
    plain = _plain_repair(plan, settings)
    held = tuple(map(hold_back, plain.fixes))
    known = plan.added | {fix.finding.pointer for fix in held if fix.outcome == REFUSED}
    more = tuple(
        fix
        for fix in plan.repair.fixes
        if fix.outcome == REFUSED and fix.finding.pointer not in known
    )
    instead = {fix.finding.pointer for fix in more}
    first = _without_added(plan.first, plan)
    found = (*_of_probes(first, held, settings), *_of_bypasses(first, options))
    fixes = (
        *(fix for fix in found if fix.finding.pointer not in instead),
        *(_because(fix, plan) for fix in more),
        *options,
    )
    return _with_suppressions(fixes, plan.first.workload, settings)


def _plain_repair(plan: FixPlan, settings: Settings) -> Repair:
    if plan.prepared == plan.first:
        return plan.repair
    return propose(plan.first, settings, accepted=_accepted(plan.first))


def _accepted(first: Analysis) -> frozenset[Pointer]:
    # An annotation accepts failures of the input, not those that an option causes.
    reasons = suppressed_reasons(first.workload)
    return frozenset(
        judged.probe.pointer for judged in first.probes if judged.verdict.reason in reasons
    )


def _with_suppressions(
    fixes: tuple[Fix, ...], workload: Workload, settings: Settings
) -> tuple[Fix, ...]:
    reasons = read_suppressions(workload)
    if not reasons:
        return fixes
    shown = tuple(
        suppress(fix, why)
        if fix.outcome in (FOUND, LEFT) and (why := reasons.get(fix.finding.reason))
        else fix
        for fix in fixes
    )
    used = {fix.finding.reason for fix in shown if fix.outcome == SUPPRESSED}
    # Only mode check looks for gaps.
    looked_for = set(RULES) if settings.mode == CHECK else set(RULES) - set(GAPS) | {BYPASS}
    if settings.fix_scrapes:
        looked_for |= {PROXY_MAY_NOT_ASK, SCRAPE_FAILS}
    unused = (
        Fix(_unused(reason, why), FOUND)
        for reason, why in reasons.items()
        if reason not in used and (reason in looked_for or reason not in RULES or not why)
    )
    return (*shown, *unused)


def _unused(reason: str, why: str) -> Finding:
    key = f"{SUPPRESSION}{reason}"
    if reason not in RULES:
        fact = f"the annotation `{key}` names an unknown reason"
    elif not why:
        fact = f"the annotation `{key}` gives no reason why, so it suppresses nothing"
    else:
        fact = f"the annotation `{key}` suppresses nothing"
    return Finding(UNUSED_SUPPRESSION, fact, ("metadata", "annotations", key))


def _of_probes(analysis: Analysis, fixes: tuple[Fix, ...], settings: Settings) -> tuple[Fix, ...]:
    by_probe = {fix.finding.pointer: fix for fix in fixes}
    found = []
    for judged in analysis.probes:
        verdict = judged.verdict
        fix = by_probe.get(judged.probe.pointer)
        if fix is not None:
            found.append(fix)
        elif verdict.outcome == UNKNOWN:
            found.append(Fix(probe_finding(judged, analysis), FOUND))
        elif verdict.outcome == PASSES and verdict.vacuous:
            found.append(Fix(vacuous_finding(judged, analysis), FOUND, summary=""))
        elif is_in_scope(judged, settings):
            found.append(Fix(probe_finding(judged, analysis), LEFT, _KEPT))
        elif verdict.outcome == FAILS and judged.probe.kind in settings.probes:
            found.append(Fix(probe_finding(judged, analysis), FOUND))
        elif verdict.outcome == FAILS:
            action = "; left as it is, because `probes` does not name it"
            found.append(Fix(probe_finding(judged, analysis), LEFT, action))
    return tuple(found)


def _of_bypasses(analysis: Analysis, options: tuple[Fix, ...]) -> tuple[Fix, ...]:
    # The fix of an option reports it.
    treated = {
        _place(fix.finding.subject) for fix in options if isinstance(fix.finding.subject, Bypass)
    }
    return tuple(
        Fix(bypass_finding(bypass, analysis), FOUND)
        for bypass in analysis.bypasses
        if _place(bypass) not in treated
    )


def _place(bypass: Bypass) -> tuple[int, str]:
    return bypass.listener.container, bypass.listener.name


def _without_added(analysis: Analysis, plan: FixPlan) -> Analysis:
    added = plan.added
    probes = tuple(each for each in analysis.probes if each.probe.pointer not in added)
    return analysis._replace(probes=probes)


def _because(fix: Fix, plan: FixPlan) -> Fix:
    # This probe passed until an option closed its listener.
    finding: Finding = fix.finding
    if finding.pointer not in plan.broken:
        return fix
    return fix._replace(finding=finding._replace(fact=f"with `bindLoopback`, {finding.fact}"))


def _with_proposed(fix: Fix, resource: object) -> Fix:
    if not fix.moves:
        return fix
    action = value_at(resource, (*fix.finding.pointer, "httpGet"))
    if not isinstance(action, dict):
        return fix
    shown = ("path", "port", "scheme", "host")
    return fix._replace(proposed={key: value for key, value in action.items() if key in shown})


def _patched(analysis: Analysis, patch: Patch) -> Analysis:
    if not patch:
        return analysis
    from fix_ksm_probes.yamlpatch import apply_patch

    workload = analysis.workload._replace(resource=apply_patch(analysis.workload.resource, patch))
    after = analyse(workload, analysis.related, analysis)
    # If a repair hides every program, there is no analysis: `verify` then misses the probes.
    if after is None:
        return analysis._replace(workload=workload, probes=(), bypasses=())
    return after._replace(network=after.network._replace(taken=analysis.network.taken))


def repair_all(
    analyses: tuple[Analysis, ...], read: Input, settings: Settings, *, is_held: bool
) -> Repairs:
    """Return the fixes of `analyses`, and the patch that carries out all of them, or none.

    If a fix elsewhere is refused, all of these are held back too: `is_held`.
    """
    plans = _plans(analyses, settings)
    if settings.mode == CHECK:
        return Repairs(tuple(Repaired(each.first, _checked(each, settings)) for each in plans))
    if settings.changes_beside:
        from fix_ksm_probes.fixes.hardening.beside import repair_beside

        plans = repair_beside(plans, read, settings)
    if is_held or any(each.is_refused for each in plans):
        held = (Repaired(each.first, _held_back(each, settings)) for each in plans)
        return Repairs(tuple(held), is_refused=True)
    for each in plans:
        failure = verify(each, settings)
        if failure is not None:
            return Repairs(failure=(failure, each.first.workload.identity))
    left = read.related.patched(tuple(one for each in plans for one in each.beside.patch))
    known = left if read.tells_who_scrapes else None
    workloads = tuple(
        Repaired(each.prepared, _carried_out(each, known, settings), _left_by(each, left, settings))
        for each in plans
    )
    own = (each for one in plans for each in below(one.first.workload.pointer, one.patch))
    beside = (each for one in plans for each in one.beside.patch)
    return Repairs(workloads, (*own, *beside))


def _left_by(plan: FixPlan, left: Index, settings: Settings) -> Analysis | None:
    """Return the analysis of what a repair leaves, with its monitors; None if nothing changes."""
    if not settings.repairs_scrapes:
        return plan.last if plan.patch else None
    if not (plan.patch or plan.beside.patch):
        return None
    return plan.last._replace(related=left)


def _plans(analyses: tuple[Analysis, ...], settings: Settings) -> tuple[FixPlan, ...]:
    plans: list[FixPlan] = []
    opened = OpenedPorts()
    for analysis in analyses:
        network = analysis.network
        if network.pod.host_network:
            network = network._replace(taken=network.taken._replace(opened=opened))
        plans.append(plan(analysis._replace(network=network), settings))
        if network.pod.host_network:
            # A port that one plan opens on a node is taken for the next plan.
            opened.ports |= {each.port for each in plans[-1].last.network.listeners}
    return tuple(plans)
