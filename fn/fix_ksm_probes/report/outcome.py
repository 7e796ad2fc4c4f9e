"""All there is to say of a run, as KRM results, before anything is written."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis
from fix_ksm_probes.analysis.decision import Network
from fix_ksm_probes.manifests.pod import Pod
from fix_ksm_probes.manifests.reading import Input
from fix_ksm_probes.manifests.workload import Identity
from fix_ksm_probes.rules.catalogue import SEVERITIES
from fix_ksm_probes.settings.fields import Settings
from fix_ksm_probes.yamlpatch import Edit, Patch, Pointer, Span
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple
from fix_ksm_probes.yamlpatch.patch import brackets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fix_ksm_probes.fixes.fix import Fix

ERROR, WARNING, INFO = SEVERITIES

MOST_NAMED = 3
"""How many things a sentence names, before it counts the rest."""


class Result(NamedTuple):
    """One result (KRM functions specification, v1).

    `field` leads from the resource to what it is about, with the value before and after where
    they are known. `suppressed` is why its author has it left alone, empty where nobody has.
    """

    message: str
    severity: str
    identity: Identity | None = None
    field: Pointer = ()
    current: object = None
    proposed: object = None
    tags: tuple[tuple[str, str], ...] = ()
    suppressed: str = ""

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
    repaired: int = 0
    left: int = 0


class Reported(NamedTuple):
    """One workload: what was found in it, what comes of that, and a result for each of `fixes`.

    `after` is what a repair leaves, None where nothing changes. Where the item is let go, `spans`
    are where each of the results is in the text.
    """

    analysis: Analysis
    fixes: tuple[Fix, ...]
    results: tuple[Result, ...]
    counts: Counts
    after: Analysis | None = None
    spans: tuple[Span, ...] = ()

    def let_go(self, spans: tuple[Span, ...]) -> Reported:
        """Return the same without the data of the resource and all that was read of it."""
        workload = self.analysis.workload._replace(resource=None)
        empty = Analysis(
            workload, Network(Pod((), host_network=False, labels=(), pointer=()), ()), (), ()
        )
        fixes = (each._replace(finding=each.finding._replace(subject=None)) for each in self.fixes)
        return self._replace(analysis=empty, fixes=tuple(fixes), after=None, spans=spans)


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
    def failed(self) -> bool:
        """Tell whether something is wrong and still wrong."""
        return any(result.severity == ERROR for result in self.all_results)
