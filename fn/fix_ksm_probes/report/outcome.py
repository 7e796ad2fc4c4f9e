"""What a run found in its input and what it would do about it, before anything is written."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis
from fix_ksm_probes.fixes.fix import Repair
from fix_ksm_probes.manifests.reading import Input
from fix_ksm_probes.report.result import ERROR, Result
from fix_ksm_probes.settings.fields import Settings
from fix_ksm_probes.yamlpatch import Edit, Patch
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple


class Treated(NamedTuple):
    """One workload: what was found, what is done about it, and what there is to say."""

    analysis: Analysis
    repair: Repair
    results: tuple[Result, ...]


class Outcome(NamedTuple):
    """All that a run found and would do.

    `patch` addresses the documents, and is empty where the run failed; `results` are those that
    belong to no workload, such as a setting that is not accepted. `edits` are those of what is
    written, and have passed the two-path check.
    """

    read: Input
    settings: Settings
    treated: tuple[Treated, ...] = ()
    patch: Patch = ()
    results: tuple[Result, ...] = ()
    edits: tuple[Edit, ...] = ()

    @property
    def all_results(self) -> tuple[Result, ...]:
        """Return the results in the order of the input."""
        return (*self.results, *(each for treated in self.treated for each in treated.results))

    @property
    def failed(self) -> bool:
        """Tell whether something is wrong and still wrong."""
        return any(result.severity == ERROR for result in self.all_results)
