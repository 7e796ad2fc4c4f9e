"""A fix: what is done about one finding, what it costs, or why not; and a plan of fixes."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis
from fix_ksm_probes.analysis.decision import PASSES
from fix_ksm_probes.analysis.findings import Finding
from fix_ksm_probes.analysis.wording import why_exits
from fix_ksm_probes.manifests.workload import Workload
from fix_ksm_probes.rules.catalogue import NO_LISTENER
from fix_ksm_probes.yamlpatch import NamedTuple, Patch, Pointer

# The outcomes of a finding. One that is REFUSED holds back all others of the run.
FOUND = "found"
DONE = "done"
NOTED = "noted"
LEFT = "left"
LOST = "lost"
REFUSED = "refused"
HELD_BACK = "held back"
SUPPRESSED = "suppressed"

_UNTOUCHED = "left as it is"
_NO_PLACE = "the input cannot hold another item; a List or YAML documents can"
_EMBEDDED = "the workload is inside another object, which may be of another namespace or cluster"

# What a fix costs.
ASSUMED_VERSION = "the image names no version, so this assumes 2.13 or later"
OTHER_LISTENER = "no proxy guards the telemetry listener, so the probe asks the main one"


class Fix(NamedTuple):
    """The answer to `finding`, by its `outcome`; `action` is a clause that follows the fact.

    `summary` is the action in few words, `why` the reason for a refusal, and `costs` are what a
    reader must know. `never_starts` says that the program which a removed probe asked exits at
    start. A repaired probe is `answered_by` a container at `port`, and `moves` if it asked
    elsewhere before. `unnoticed` names the program that hangs unnoticed without the probe, and
    `watched_by` the monitor that scrapes it. `proposed` is the new value at the pointer of the
    finding, if it is known.
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
    unnoticed: str = ""
    watched_by: str = ""
    proposed: object = None

    @property
    def message(self) -> str:
        """Return the fact, the action and its costs as one sentence."""
        advice = self.finding.advice
        action = f"; {advice}" if self.outcome == FOUND and advice else self.action
        return "; ".join((self.finding.fact + action, *self.costs))


class Repair(NamedTuple):
    """Fixes, and the one patch of a resource that carries them all out."""

    fixes: tuple[Fix, ...] = ()
    patch: Patch = ()

    @property
    def is_refused(self) -> bool:
        """Tell whether one of the fixes is refused."""
        return any(fix.outcome == REFUSED for fix in self.fixes)


class FixPlan(NamedTuple):
    """The fixes for one workload, and its analysis after each stage.

    `first` is the analysis of the input, `prepared` that after the options which come before the
    repair, `repaired` that after the `repair` of the probes, and `last` that after all options.
    `patch` leads from the first to the last; `options` are the fixes of the options. `beside` are
    the changes to other items for its sake; that patch addresses the stream.
    """

    first: Analysis
    prepared: Analysis
    repair: Repair
    repaired: Analysis
    last: Analysis
    patch: Patch
    options: tuple[Fix, ...] = ()
    beside: Repair = Repair()

    @property
    def added(self) -> frozenset[Pointer]:
        """Return the probes that an option added."""
        there = {judged.probe.pointer for judged in self.first.probes}
        return frozenset(judged.probe.pointer for judged in self.prepared.probes) - there

    @property
    def broken(self) -> frozenset[Pointer]:
        """Return the probes that passed until an option closed the listener that they ask."""
        return passing(self.first) - passing(self.prepared)

    @property
    def is_refused(self) -> bool:
        """Tell whether one of the fixes is refused."""
        return combine(self.repair, Repair(self.options), self.beside).is_refused


def passing(analysis: Analysis) -> frozenset[Pointer]:
    """Return the probes of a workload that pass."""
    passing = (each for each in analysis.probes if each.verdict.outcome == PASSES)
    return frozenset(each.probe.pointer for each in passing)


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
    fix = Fix(finding, DONE, action, "removed", never_starts=bool(process.exits))
    # The probe of another container never noticed a hung exporter.
    return leave_unnoticed(fix) if process.is_exporter else fix


def move_probe(finding: Finding, answered_by: str, port: int, *costs: str) -> Fix:
    """Return the fix after which a container answers a probe at `port`."""
    fix = Fix(finding, DONE, costs=costs, moves=True, answered_by=answered_by, port=port)
    return _does(fix, f"moved to port {port} of `{answered_by}`")


def let_through(fix: Fix) -> Fix:
    """Return the fix of a probe that asks its old port, where the proxy now lets it through."""
    fix = fix._replace(moves=False)
    if fix.finding.judged.verdict.outcome != PASSES:
        return _does(fix, f"let through by `{fix.answered_by}`")
    costs = (f"it does not notice a hung {fix.unnoticed}",) if fix.unnoticed else ()
    return _does(fix._replace(outcome=NOTED, unnoticed="", costs=costs), _UNTOUCHED)


def _does(fix: Fix, action: str) -> Fix:
    return fix._replace(action=f"; {action}", summary=action.replace("`", ""))


def leave_unnoticed(fix: Fix) -> Fix:
    """Return `fix` of an exporter's probe, after which the kubelet notices no hang any more."""
    name = fix.finding.judged.process.name
    instead = fix.finding.advice or (
        "mode through-proxy, and dedicated-port with answeredBy kube-state-metrics, keep that"
    )
    cost = f"the kubelet no longer notices a hung {name}; {instead}"
    return fix._replace(unnoticed=name, costs=(cost,))


def leave_to_another_probe(fix: Fix) -> Fix:
    """Return `fix` as one after which another probe still notices a hang."""
    if not fix.unnoticed:
        return fix
    cost = f"another probe still notices a hung {fix.unnoticed}"
    return fix._replace(unnoticed="", costs=(cost,))


def leave_to_monitor(fix: Fix, by: str) -> Fix:
    """Return `fix` as one after which only the monitor that `by` names notices a hang."""
    cost = (
        f"the kubelet no longer notices a hung {fix.unnoticed}; {by} scrapes it, "
        "so an alert on `up` does"
    )
    return fix._replace(watched_by=by, costs=(cost,))


def refuse_probe(finding: Finding, why: str, mode: str) -> Fix:
    """Return the fix that is none: the mode cannot repair a probe."""
    return Fix(finding, REFUSED, f"; mode {mode} cannot repair it: {why}", why=why)


def why_no_place(workload: Workload, addition: Pointer | None) -> str:
    """Return why no item can be added for `workload`; empty if it can be, at `addition`."""
    if workload.is_embedded:
        return _EMBEDDED
    return "" if addition is not None else _NO_PLACE


def refuse_option(finding: Finding, option: str, why: str) -> Fix:
    """Return the fix that is none: an option of the settings cannot be carried out."""
    return Fix(finding, REFUSED, f"; `{option}` cannot help: {why}", why=why)


def suppress(fix: Fix, why: str) -> Fix:
    """Return the fix of a finding that an annotation suppresses."""
    return Fix(fix.finding, SUPPRESSED, f"; suppressed: {why}", why=why)


def as_proposal(fix: Fix) -> Fix:
    """Return `fix` as one of a run that writes no file: only `--write` makes it."""
    if fix.outcome != DONE:
        return fix
    return fix._replace(action=f"; with --write: {fix.action.removeprefix('; ')}")


def hold_back(fix: Fix, why: str = "something else cannot be repaired") -> Fix:
    """Return `fix` as one that is not made, because of `why`; a refused one stays as it is."""
    if fix.outcome == REFUSED:
        return fix
    action = f"; {_UNTOUCHED}, because {why}"
    return Fix(fix.finding, HELD_BACK, action, never_starts=fix.never_starts)


def exit_clause(finding: Finding, otherwise: str) -> str:
    """Return why the probed program exits at start, or `otherwise` if the fact says it."""
    judged = finding.judged
    return otherwise if judged.verdict.reason == NO_LISTENER else why_exits(judged.process)
