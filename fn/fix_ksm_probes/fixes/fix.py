"""A fix: what is done about one finding, what it costs, or why not; and a plan of fixes."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis
from fix_ksm_probes.analysis.decision import PASSES
from fix_ksm_probes.analysis.findings import Finding
from fix_ksm_probes.analysis.wording import why_exits
from fix_ksm_probes.rules.catalogue import NO_LISTENER
from fix_ksm_probes.yamlpatch import Patch, Pointer
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple

# What comes of a finding, beside that it is found. All of a run is held back for one refusal.
FOUND = "found"
DONE = "done"
NOTED = "noted"
LEFT = "left"
LOST = "lost"
REFUSED = "refused"
HELD_BACK = "held back"
SUPPRESSED = "suppressed"

_UNTOUCHED = "left as it is"
NO_PLACE = "the input cannot hold another item; a List or YAML documents can"

# What a fix costs.
BLIND = (
    "the kubelet no longer notices a hung kube-state-metrics; mode through-proxy, and "
    "dedicated-port with answeredBy kube-state-metrics, keep that"
)
SEEN_BY_ANOTHER = "another probe still notices a hung kube-state-metrics"
ASSUMED_VERSION = "the image names no version, so this assumes 2.13 or later"
OTHER_LISTENER = "no proxy guards the telemetry listener, so the probe asks the main one"


class Fix(NamedTuple):
    """What is done about `finding`, by its `outcome`; the `action` says so, as a clause behind it.

    `summary` says it in few words, `why` is the reason of a refusal, and `costs` are what a reader
    must know. `never_starts` tells that what a removed probe asks ends at its start all the same.
    A probe that is repaired is `answered_by` a container at `port`, and `moves` if it asked
    elsewhere. `proposed` is what stands in the finding's place then, where that is known.
    """

    finding: Finding
    outcome: str
    action: str = ""
    summary: str = _UNTOUCHED
    costs: tuple[str, ...] = ()
    why: str = ""
    never_starts: bool = False
    moves: bool = False
    answered_by: str = ""
    port: int = 0
    proposed: object = None

    @property
    def message(self) -> str:
        """Return what was found, what is done about it, and what that costs, as one sentence."""
        advice = self.finding.advice
        action = f"; {advice}" if self.outcome == FOUND and advice else self.action
        return "; ".join((self.finding.fact + action, *self.costs))


class Repair(NamedTuple):
    """Fixes, and the one patch of a resource that brings them all about.

    `watched_by` names who scrapes kube-state-metrics then, empty where nobody is known to.
    """

    fixes: tuple[Fix, ...] = ()
    patch: Patch = ()
    watched_by: str = ""


class FixPlan(NamedTuple):
    """What is done about one workload, and what it is like on the way.

    `first` is what was found, `prepared` what the options before the repair make of that,
    `repaired` what the `repair` of its probes leaves and `last` what all leave. `patch` leads from
    the first to the last; `options` are the fixes of the options. `added` are probes that were put
    in, `broken` those that passed at first only.
    """

    first: Analysis
    prepared: Analysis
    repair: Repair
    repaired: Analysis
    last: Analysis
    patch: Patch
    options: tuple[Fix, ...] = ()
    added: frozenset[Pointer] = frozenset()
    broken: frozenset[Pointer] = frozenset()

    @property
    def is_refused(self) -> bool:
        """Tell whether something that is to be done cannot be done."""
        return any(fix.outcome == REFUSED for fix in (*self.repair.fixes, *self.options))


def combine(*repairs: Repair) -> Repair:
    """Return one repair that does what all of `repairs` do, in their order."""
    return Repair(
        tuple(fix for repair in repairs for fix in repair.fixes),
        tuple(operation for repair in repairs for operation in repair.patch),
    )


def remove_probe(finding: Finding) -> Fix:
    """Return the fix that removes a probe."""
    process = finding.judged.process
    action = "; removed"
    if process.exits:
        action += f"; {exit_clause(finding, 'it still exits at start')}"
    # What another container's probe asked never told of the exporter.
    costs = (BLIND,) if process.is_exporter else ()
    return Fix(finding, DONE, action, "removed", costs, never_starts=bool(process.exits))


def move_probe(finding: Finding, answered_by: str, port: int, *costs: str) -> Fix:
    """Return the fix that has a probe answered by a container at `port`."""
    action, summary = (
        f"moved to port {port} of {name}" for name in (f"`{answered_by}`", answered_by)
    )
    return Fix(
        finding,
        DONE,
        f"; {action}",
        summary,
        costs,
        moves=True,
        answered_by=answered_by,
        port=port,
    )


def let_through(fix: Fix) -> Fix:
    """Return the fix of a probe that stays where it asks, and is let through if it was not."""
    if fix.finding.judged.verdict.outcome == PASSES:
        return fix._replace(action=f"; {_UNTOUCHED}", summary=_UNTOUCHED, moves=False)
    name, plain = f"`{fix.answered_by}`", fix.answered_by
    summary = f"let through by {plain}"
    return fix._replace(action=f"; let through by {name}", summary=summary, moves=False)


def refuse_probe(finding: Finding, why: str, mode: str) -> Fix:
    """Return that a mode cannot repair a probe."""
    return Fix(finding, REFUSED, f"; mode {mode} cannot repair it: {why}", why=why)


def refuse_option(finding: Finding, option: str, why: str) -> Fix:
    """Return that an option of the settings cannot do what it is for."""
    return Fix(finding, REFUSED, f"; `{option}` cannot help: {why}", why=why)


def suppress(fix: Fix, why: str) -> Fix:
    """Return that an annotation has a finding left alone."""
    return Fix(fix.finding, SUPPRESSED, f"; suppressed: {why}", why=why)


def watch(fix: Fix, by: str) -> Fix:
    """Return a fix that takes the kubelet's eyes away as one that leaves those of a scraper."""
    seen = (
        f"the kubelet no longer notices a hung kube-state-metrics; {by} scrapes it, so an alert on "
        "`up` does"
    )
    return fix._replace(costs=tuple(seen if each == BLIND else each for each in fix.costs))


def hold_back(fix: Fix) -> Fix:
    """Return that a fix is not made because another one of the run is refused."""
    if fix.outcome == REFUSED:
        return fix
    action = "; left as it is, because something else cannot be repaired"
    return Fix(fix.finding, HELD_BACK, action, never_starts=fix.never_starts)


def exit_clause(finding: Finding, otherwise: str) -> str:
    """Return why what a probe asks ends at its start, or `otherwise` where that is said already."""
    judged = finding.judged
    return otherwise if judged.verdict.reason == NO_LISTENER else why_exits(judged.process)
