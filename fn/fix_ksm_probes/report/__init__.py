"""The report of a run: results, and every output."""

from __future__ import annotations

from fix_ksm_probes.fixes import Repairs
from fix_ksm_probes.manifests.reading import Input
from fix_ksm_probes.report.outcome import Outcome, Reported, count
from fix_ksm_probes.settings.fields import Settings


def report(
    read: Input, repairs: Repairs, settings: Settings, *, is_proposal: bool = False
) -> Outcome:
    """Return the outcome of `repairs`: results, and the patch.

    A proposal is not written, and its results say so.
    """
    found = [each.analysis for each in repairs.workloads]
    if not any((repairs.failure, repairs.owned, repairs.fragments)) and not any(
        each.fixes for each in repairs.workloads
    ):
        # A run without findings does not need this import.
        sound = tuple(Reported(each, (), count(each.probes)) for each in found)
        return Outcome(read, settings, sound)
    from fix_ksm_probes.report.results import failure_result, report_workload, unjudged_results

    results = () if repairs.failure is None else (failure_result(*repairs.failure, settings),)
    workloads = tuple(
        report_workload(each, settings, is_proposal=is_proposal) for each in repairs.workloads
    )
    notes = unjudged_results(repairs.owned, repairs.fragments)
    return Outcome(read, settings, workloads, repairs.patch, (*results, *notes))
