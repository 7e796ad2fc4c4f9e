"""All there is to say of a run, before anything is written."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis
from fix_ksm_probes.fixes.repair import Repairs
from fix_ksm_probes.manifests.reading import Input
from fix_ksm_probes.report.result import ERROR, Result
from fix_ksm_probes.settings.fields import Settings
from fix_ksm_probes.yamlpatch import Edit, Patch
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fix_ksm_probes.fixes.fix import Fix


class Reported(NamedTuple):
    """One workload: what was found in it, what comes of that, and a result for each of `fixes`.

    `after` is what a repair leaves, None where nothing changes.
    """

    analysis: Analysis
    fixes: tuple[Fix, ...]
    results: tuple[Result, ...]
    after: Analysis | None = None


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


def report(read: Input, repairs: Repairs, settings: Settings) -> Outcome:
    """Return what there is to say of `repairs`, with their patch."""
    if repairs.failure is None and not any(each.fixes for each in repairs.workloads):
        sound = tuple(Reported(each.analysis, (), ()) for each in repairs.workloads)
        return Outcome(read, settings, sound, results=_notes(repairs))
    # A run that finds nothing needs none of the sentences.
    from fix_ksm_probes.report.results import failure_result, report_workload

    results = () if repairs.failure is None else (failure_result(*repairs.failure, settings),)
    workloads = tuple(report_workload(each, settings) for each in repairs.workloads)
    return Outcome(read, settings, workloads, repairs.patch, (*results, *_notes(repairs)))


def _notes(repairs: Repairs) -> tuple[Result, ...]:
    if not (repairs.owned or repairs.fragments):
        return ()
    from fix_ksm_probes.report.results import unjudged_results

    return unjudged_results(repairs.owned, repairs.fragments)
