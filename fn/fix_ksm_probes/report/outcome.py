"""The outcome of a run: its results, before anything is written."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis, JudgedProbe
from fix_ksm_probes.analysis.decision import PASSES, Network
from fix_ksm_probes.manifests.pod import Pod
from fix_ksm_probes.manifests.reading import Input
from fix_ksm_probes.manifests.workload import Identity, Workload
from fix_ksm_probes.rules.catalogue import SEVERITIES
from fix_ksm_probes.settings.fields import Settings
from fix_ksm_probes.yamlpatch import Edit, NamedTuple, Patch, Pointer, Span
from fix_ksm_probes.yamlpatch.patch import brackets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fix_ksm_probes.fixes.fix import Fix

ERROR, WARNING, INFO = SEVERITIES


class Result(NamedTuple):
    """One result (KRM functions specification, v1).

    `field` leads from the resource to what it is about, with the current and the proposed value if
    they are known. `suppressed` is why an annotation suppresses it, empty if none does. `fix` is
    the fix that it reports, None if it is about no workload. `span` is its place in the text, for
    an item whose data is dropped.
    """

    message: str
    severity: str
    identity: Identity | None = None
    field: Pointer = ()
    current: object = None
    proposed: object = None
    tags: tuple[tuple[str, str], ...] = ()
    suppressed: str = ""
    fix: Fix | None = None
    span: Span | None = None

    @property
    def reason(self) -> str:
        """Return the id of its rule; empty if it has none, as for a setting."""
        return self.tag("reason")

    def tag(self, name: str) -> str:
        """Return the value of a tag; empty if it has none of this name."""
        return dict(self.tags).get(name, "")

    def as_resource(self) -> dict[str, object]:
        """Return the result as plain data for a ResourceList."""
        path = brackets(self.field)
        # kpt shows the field before the message, and that of a setting begins with it.
        message = self.message.removeprefix(f"{path}: ")
        written: dict[str, object] = {"message": message, "severity": self.severity}
        identity = self.identity
        if identity is not None and identity.api_version and identity.kind and identity.name:
            written["resourceRef"] = {
                "apiVersion": identity.api_version,
                "kind": identity.kind,
                "name": identity.name,
                **({"namespace": identity.namespace} if identity.namespace else {}),
            }
        if self.field:
            written["field"] = {
                "path": path,
                **({} if self.current is None else {"currentValue": self.current}),
                **({} if self.proposed is None else {"proposedValue": self.proposed}),
            }
        if identity is not None and identity.file_path is not None:
            index = identity.file_index
            written["file"] = {
                "path": identity.file_path,
                **({} if index is None else {"index": index}),
            }
        if self.tags:
            written["tags"] = dict(self.tags)
        return written

    @property
    def place(self) -> str:
        """Return how a person names the resource; empty if there is none."""
        return self.identity.place if self.identity else ""

    @property
    def sentence(self) -> str:
        """Return the message with the resource it is about."""
        return f"{self.place}: {self.message}" if self.place else self.message


class Counts(NamedTuple):
    """How many probes a workload has, and how many of them pass, are repaired, or are left."""

    probes: int
    passing: int
    repaired: int
    left: int


def other_file(place: Pointer) -> str:
    """Return the file that a pointer begins with, if that is another one; or else nothing."""
    first = place[0] if place else ""
    return first if isinstance(first, str) else ""


def count(probes: tuple[JudgedProbe, ...], repaired: tuple[JudgedProbe, ...] = ()) -> Counts:
    """Return the counts of `probes`; the `repaired` ones among them may also pass."""
    passing, sound = (sum(p.verdict.outcome == PASSES for p in each) for each in (probes, repaired))
    left = len(probes) - passing - (len(repaired) - sound)
    return Counts(len(probes), passing, len(repaired), left)


_NOTHING = Network(Pod((), host_network=False, labels=(), pointer=()), ())


class Reported(NamedTuple):
    """One workload: its analysis, and a result for each fix.

    `after` is the analysis of what a repair leaves, None if nothing changes.
    """

    analysis: Analysis
    results: tuple[Result, ...]
    counts: Counts
    after: Analysis | None = None

    def without_data(self, known: dict[object, Any]) -> Reported:
        """Return the same without the data of the resource and what was read from it.

        Equal values are shared through `known`: a fleet has the same results again and again.
        """
        whole = self.analysis.workload
        workload = Workload(whole.identity, (), whole.pointer, whole.template, None)
        results = tuple(_shared(each, known) for each in self.results)
        return Reported(Analysis(workload, _NOTHING, (), ()), results, self.counts)


def _shared(result: Result, known: dict[object, Any]) -> Result:
    fix, values = result.fix, (result.current, result.proposed)
    if fix is not None:
        finding = fix.finding._replace(subject=None, current=None)
        fix = fix._replace(finding=finding, proposed=None)
        fix = known.setdefault(fix, fix)
    # Data is keyed by its repr, since to Python 1 and True are equal, and apart from messages.
    current, proposed = (known.setdefault((repr, repr(each)), each) for each in values)
    message, field, tags = (
        known.setdefault(each, each) for each in (result.message, result.field, result.tags)
    )
    return result._replace(
        message=message, field=field, current=current, proposed=proposed, tags=tags, fix=fix
    )


class Outcome(NamedTuple):
    """All findings of a run, and the changes that it would make.

    `patch` addresses the documents, and is empty if the run failed. `results` are those of no
    workload, such as a setting that is not accepted. `edits` are those of the output, and have
    passed the two-path check.
    """

    read: Input
    settings: Settings
    workloads: tuple[Reported, ...] = ()
    patch: Patch = ()
    results: tuple[Result, ...] = ()
    edits: tuple[Edit, ...] = ()

    @property
    def all_results(self) -> tuple[Result, ...]:
        """Return the results in the order of the input."""
        return (*self.results, *(each for workload in self.workloads for each in workload.results))

    @property
    def takes_results(self) -> bool:
        """Tell whether the input is a ResourceList, which has a place for results."""
        return self.read.stream.results is not None

    def place_of(self, result: Result, workload: Workload) -> Pointer:
        """Return where the resource of a result of `workload` is, the fix of an option included.

        The pointer begins with a path if that is another file of the call; it is empty for none.
        """
        identity = result.identity or workload.identity
        is_own = identity == workload.identity
        return workload.pointer if is_own else self.read.related.place_of(identity)

    @property
    def failed(self) -> bool:
        """Tell whether something is wrong and stays wrong."""
        return any(result.severity == ERROR for result in self.all_results)
