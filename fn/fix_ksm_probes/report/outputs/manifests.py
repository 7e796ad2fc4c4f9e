"""The input again, repaired; a ResourceList with its results."""

from __future__ import annotations

from fix_ksm_probes.report.outcome import Outcome
from fix_ksm_probes.settings.fields import NONE
from fix_ksm_probes.yamlpatch import Pieces, add, encode, replace


def manifests(outcome: Outcome) -> Pieces:
    """Return the bytes of the repaired input.

    Where the run failed that is the unchanged items with the results, or nothing where there is
    no place for results, so that a pipe applies nothing. With `emit: none` no items come back.
    Raises PatchMismatch.
    """
    source, documents, stream = outcome.read
    if stream.results is None and outcome.failed:
        return ()
    patch = outcome.patch
    if outcome.settings.emit == NONE and not outcome.failed:
        if stream.results is None:
            return ()
        patch = (replace((*stream.results[:-1], "items"), []),)
    results = outcome.all_results
    if stream.results is not None and results:
        written = [result.as_resource() for result in results]
        patch = (*patch, add(stream.results, written))
    if not patch:
        return encode(source)
    from fix_ksm_probes.yamlpatch import patch_text

    return encode(source, patch_text(source, documents, patch).edits)
