"""The repaired input, a ResourceList with its results; and the results by themselves."""

from __future__ import annotations

from fix_ksm_probes.report.outcome import Outcome, Result
from fix_ksm_probes.report.outputs import STDIN, Files
from fix_ksm_probes.settings.fields import NONE
from fix_ksm_probes.yamlpatch import Patch, Pieces, add, encode, replace


def manifests_patch(outcome: Outcome) -> Patch:
    """Return the patch from the input to the output: a ResourceList gets its results, too.

    With `emit: none` it loses its items.
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

    If the run failed, they are the unchanged items with the results, or nothing if the input has no
    place for results, so that a pipe applies nothing. With `emit: none` they have no items.
    """
    if not outcome.takes_results and (outcome.failed or _is_silent(outcome)):
        return Pieces()
    return encode(outcome.read.source, outcome.edits)


def results(files: Files, *, in_json: bool) -> str:
    """Return the results of all files as a list of KRM results (KRM functions specification, v1).

    As YAML, or `in_json`. Results of no workload come first.
    """
    found = [(each, path) for path, outcome in files for each in outcome.results]
    for path, outcome in files:
        found += ((each, path) for reported in outcome.workloads for each in reported.results)
    written = [_in_file(result, path).as_resource() for result, path in found]
    if not in_json:
        from fix_ksm_probes.yamlpatch.scalars import block_text

        return block_text(written, "", "\n") + "\n"
    import json

    return json.dumps(written, indent=2, ensure_ascii=False) + "\n"


def _in_file(result: Result, path: str) -> Result:
    identity = result.identity
    if identity is None or identity.file_path is not None or path in ("", STDIN):
        return result
    return result._replace(identity=identity._replace(file_path=path))


def _is_silent(outcome: Outcome) -> bool:
    return outcome.settings.emit == NONE and not outcome.failed
