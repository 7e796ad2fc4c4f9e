"""What a run can write: one module for each form."""

from __future__ import annotations

from collections.abc import Iterator

from fix_ksm_probes.manifests.workload import is_from_kpt
from fix_ksm_probes.report.outcome import Outcome
from fix_ksm_probes.report.outputs.form import EXPLAIN, MANIFESTS, MERMAID, WRITERS, Form, Output
from fix_ksm_probes.settings.fields import CHECK, NONE
from fix_ksm_probes.yamlpatch import Pieces

# A transformer of kustomize gets the same to read as a validator, and would empty the build.
_SILENT = "gave no item back, as `emit: none` says: right under `validators:`, and nowhere else"
_NOBODY_MEANT = "no workload that the target names runs kube-state-metrics"


def write(outcome: Outcome, form: Form) -> Output:
    """Return what goes to stdout and stderr, and the exit code."""
    if form.output in (EXPLAIN, MERMAID) and not outcome.results:
        return _drawn(outcome, form)
    return Output(_pieces(outcome, form), tuple(_lines(outcome, form)), int(outcome.failed))


def _lines(outcome: Outcome, form: Form) -> Iterator[str]:
    # A caller that takes results hears of a sound workload by their absence; kpt shows them itself.
    in_stream = outcome.read.stream.results is None
    says = outcome.all_results or (in_stream and outcome.workloads)
    if says and (outcome.failed or not _is_from_kpt(outcome)):
        from fix_ksm_probes.report.outputs.blocks import blocks, summary

        files = ((form.path, outcome),)
        yield from blocks(files, form)
        if outcome.workloads and not form.quiet:
            yield f"fix-ksm-probes: {summary(files)}"
    if outcome.settings.emit == NONE and not outcome.failed and not form.quiet:
        yield f"fix-ksm-probes: info: {_SILENT}"


def _is_from_kpt(outcome: Outcome) -> bool:
    stream = outcome.read.stream
    return stream.results is not None and any(is_from_kpt(each.resource) for each in stream.items)


def _pieces(outcome: Outcome, form: Form) -> Pieces:
    # A quiet check in a log is asked for its exit code; in a pipe, without --quiet, for a filter.
    is_plain = outcome.read.stream.results is None
    if form.output == MANIFESTS and form.quiet and is_plain and outcome.settings.mode == CHECK:
        return ()
    # A drawing of what failed has nothing to show.
    return WRITERS[form.output](((form.path, outcome),), form) if form.output in WRITERS else ()


def _drawn(outcome: Outcome, form: Form) -> Output:
    from fix_ksm_probes.report.outputs.files import drawn
    from fix_ksm_probes.report.outputs.trace import NOTHING

    nothing = f"{_NOBODY_MEANT.capitalize()}." if _is_nobody_meant(outcome) else NOTHING
    return Output((drawn(outcome, form, nothing).encode(),), (), 0)


def _is_nobody_meant(outcome: Outcome) -> bool:
    # A name that is misspelt would make every gate pass.
    return not outcome.workloads and outcome.settings.has_target
