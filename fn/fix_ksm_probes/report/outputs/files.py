"""What is found in all files of a call, with the places that the outputs name."""

from __future__ import annotations

import os
from collections.abc import Iterator

from fix_ksm_probes.report.outcome import Outcome
from fix_ksm_probes.report.outputs.form import (
    EXPLAIN,
    MANIFESTS,
    MERMAID,
    STDIN,
    WRITERS,
    Files,
    Form,
)
from fix_ksm_probes.report.outputs.position import Position, positions
from fix_ksm_probes.report.result import Result
from fix_ksm_probes.yamlpatch import Pieces


def written(files: Files, form: Form) -> Pieces:
    """Return what goes to stdout. Raises BadInput for a Component of several files."""
    if form.output == MANIFESTS or not files:
        return ()
    if form.output not in (EXPLAIN, MERMAID):
        return WRITERS[form.output](files, form)
    from fix_ksm_probes.report.outputs.trace import NOTHING

    return (drawn(merged(files), form, NOTHING).encode(),)


def drawn(outcome: Outcome, form: Form, nothing: str) -> str:
    """Return the drawing of all workloads, and of what a repair leaves of them."""
    before = tuple(each.analysis for each in outcome.workloads)
    after = tuple(each.after for each in outcome.workloads if each.after is not None)
    if form.output == MERMAID:
        from fix_ksm_probes.report.outputs.mermaid import mermaid

        return mermaid(before, nothing, after)
    from fix_ksm_probes.report.outputs.explain import explain

    return explain(before, nothing, after)


def located(files: Files) -> Iterator[tuple[Result, Position]]:
    """Yield every result of every file with its position."""
    for path, outcome in files:
        yield from positions(outcome, path)


def merged(files: Files) -> Outcome:
    """Return one outcome with the workloads and results of all; a result names its file."""
    return files[0][1]._replace(
        workloads=tuple(
            each._replace(results=_with_file(each.results, path))
            for path, outcome in files
            for each in outcome.workloads
        ),
        results=tuple(
            each for path, outcome in files for each in _with_file(outcome.results, path)
        ),
    )


def path_in_diff(path: str) -> str:
    """Return how `git apply` takes a path: below the folder where it stands."""
    relative = os.path.relpath(path)
    shown = path.lstrip("/") if relative.startswith("..") else relative
    # A tab ends a name that has a space.
    return f"{shown}\t" if " " in shown else shown


def _with_file(results: tuple[Result, ...], path: str) -> tuple[Result, ...]:
    return tuple(
        each
        if each.identity is None or each.identity.file_path is not None or path in ("", STDIN)
        else each._replace(identity=each.identity._replace(file_path=path))
        for each in results
    )
