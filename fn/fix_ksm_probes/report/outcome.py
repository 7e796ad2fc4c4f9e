"""All there is to say of a run, as KRM results, before anything is written."""

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

    `field` leads from the resource to what it is about, with the value before and after where
    they are known. `suppressed` is why its author has it left alone, empty where nobody has. `fix`
    is what it tells of, None where it is about no workload. `span` is where it is in the text, of
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
        """Return the id of its rule; empty where it is about none, such as a setting."""
        return self.tag("reason")

    def tag(self, name: str) -> str:
        """Return the value of a tag; empty where it has none of this name."""
        return dict(self.tags).get(name, "")

    def as_resource(self) -> dict[str, object]:
        """Return the result as the plain data that stands in a ResourceList."""
        written: dict[str, object] = {"message": self.message, "severity": self.severity}
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
                "path": brackets(self.field),
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
        """Return how a person names the resource; empty where there is none."""
        return self.identity.place if self.identity else ""

    @property
    def sentence(self) -> str:
        """Return the message with the resource it is about."""
        return f"{self.place}: {self.message}" if self.place else self.message


class Counts(NamedTuple):
    """How many probes a workload has, and of these, how many pass, are repaired, or are left."""

    probes: int
    passing: int
    repaired: int
    left: int


def count(probes: tuple[JudgedProbe, ...], repaired: tuple[JudgedProbe, ...] = ()) -> Counts:
    """Return the numbers of `probes`, of which some are `repaired`, though they may pass."""
    passing, sound = (sum(p.verdict.outcome == PASSES for p in each) for each in (probes, repaired))
    left = len(probes) - passing - (len(repaired) - sound)
    return Counts(len(probes), passing, len(repaired), left)


_NOTHING = Network(Pod((), host_network=False, labels=(), pointer=()), ())


class Reported(NamedTuple):
    """One workload: what was found in it, and a result for each thing that comes of that.

    `after` is what a repair leaves, None where nothing changes.
    """

    analysis: Analysis
    results: tuple[Result, ...]
    counts: Counts
    after: Analysis | None = None

    def without_data(self, known: dict[object, Any]) -> Reported:
        """Return the same without the data of the resource and all that was read of it.

        What equals something that is `known` is that itself: a fleet says the same again and again.
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
    # Of data, what is written of it, which is no message: to Python 1 and True are equal.
    current, proposed = (known.setdefault((repr, repr(each)), each) for each in values)
    message, field, tags = (
        known.setdefault(each, each) for each in (result.message, result.field, result.tags)
    )
    return result._replace(
        message=message, field=field, current=current, proposed=proposed, tags=tags, fix=fix
    )


class Outcome(NamedTuple):
    """All that a run found and would do.

    `patch` addresses the documents, and is empty where the run failed; `results` are those that
    belong to no workload, such as a setting that is not accepted. `edits` are those of what is
    written, and have passed the two-path check.
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

    @property
    def failed(self) -> bool:
        """Tell whether something is wrong and still wrong."""
        return any(result.severity == ERROR for result in self.all_results)
