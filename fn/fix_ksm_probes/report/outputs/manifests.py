"""The input again, repaired; a ResourceList with its results."""

from __future__ import annotations

from fix_ksm_probes.report.outcome import Outcome
from fix_ksm_probes.settings.fields import NONE
from fix_ksm_probes.yamlpatch import Patch, Pieces, add, encode, replace


def manifests_patch(outcome: Outcome) -> Patch:
    """Return the patch that makes what is written of the input: a ResourceList gets its results.

    With `emit: none` its items go.
    """
    stream = outcome.read.stream
    patch = outcome.patch
    if _is_silent(outcome):
        patch = (replace((*stream.results[:-1], "items"), []),) if stream.results else ()
    results = outcome.all_results
    if stream.results is None or not results:
        return patch
    return (*patch, add(stream.results, [result.as_resource() for result in results]))


def manifests(outcome: Outcome) -> Pieces:
    """Return the bytes of the repaired input.

    Where the run failed that is the unchanged items with the results, or nothing where there is
    no place for results, so that a pipe applies nothing. With `emit: none` no items come back.
    """
    if outcome.read.stream.results is None and (outcome.failed or _is_silent(outcome)):
        return ()
    return encode(outcome.read.source, outcome.edits)


def _is_silent(outcome: Outcome) -> bool:
    return outcome.settings.emit == NONE and not outcome.failed
