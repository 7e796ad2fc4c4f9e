"""The outputs by their names, what is asked for on the command line, and what comes out."""

from __future__ import annotations

from fix_ksm_probes.report.outcome import Outcome
from fix_ksm_probes.yamlpatch import BadInput, Pieces
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

MANIFESTS = "manifests"
RESULTS = "results"
RESULTS_JSON = "results-json"
DIFF = "diff"
COMPONENT = "component"
GITHUB = "github"
SARIF = "sarif"
TABLE = "table"
JUNIT = "junit"
CODEQUALITY = "codequality"
EXPLAIN = "explain"
MERMAID = "mermaid"

STDIN = "stdin"

WRONG = 1
"""The exit code where something is wrong and still wrong."""
BAD_INPUT = 2
"""The exit code where the input, a setting or the command line is wrong."""


class Form(NamedTuple):
    """How an outcome is to be written.

    `output` is one of OUTPUTS, EXPLAIN or MERMAID; `path` names the file that stdin comes from.
    stderr is `coloured` and wrapped at `width` columns, or not wrapped where that is 0.
    """

    output: str = MANIFESTS
    path: str = STDIN
    quiet: bool = False
    coloured: bool = False
    width: int = 0


class Output(NamedTuple):
    """What a run gives: the bytes for stdout, the lines for stderr, and the exit code."""

    pieces: Pieces
    stderr: tuple[str, ...]
    exit_code: int

    @property
    def stdout(self) -> bytes:
        """Return all that goes to stdout."""
        return b"".join(self.pieces)


Files = tuple[tuple[str, Outcome], ...]
"""What was found in each file, by its path; stdin is one file."""


def _manifests(files: Files, _form: Form) -> Pieces:
    from fix_ksm_probes.report.outputs.manifests import manifests

    ((_, outcome),) = files
    return manifests(outcome)


def _results(files: Files, form: Form) -> Pieces:
    from fix_ksm_probes.report.outputs.files import merged
    from fix_ksm_probes.report.outputs.results import results

    in_json = form.output == RESULTS_JSON or all(each.read.stream.in_json for _, each in files)
    return (results(merged(files), in_json=in_json).encode(),)


def _diff(files: Files, _form: Form) -> Pieces:
    from fix_ksm_probes.report.outputs.diff import diff
    from fix_ksm_probes.report.outputs.files import path_in_diff

    return tuple(
        diff(outcome.read.source, outcome.edits, path_in_diff(path)).encode()
        for path, outcome in files
    )


def _component(files: Files, _form: Form) -> Pieces:
    from fix_ksm_probes.report.outputs.component import component

    if len(files) > 1:
        raise BadInput("--output=component: one file with manifests is accepted, or stdin")
    ((_, outcome),) = files
    return () if outcome.failed else (component(outcome).encode(),)


def _github(files: Files, _: Form) -> Pieces:
    from fix_ksm_probes.report.outputs.files import located
    from fix_ksm_probes.report.outputs.github import github

    return (github(located(files)).encode(),)


def _sarif(files: Files, form: Form) -> Pieces:
    from fix_ksm_probes.report.outputs.files import located
    from fix_ksm_probes.report.outputs.sarif import sarif

    return (sarif(located(files), form.path).encode(),)


def _table(files: Files, _form: Form) -> Pieces:
    from fix_ksm_probes.report.outputs.files import merged
    from fix_ksm_probes.report.outputs.table import table

    return (table(merged(files)).encode(),)


def _junit(files: Files, form: Form) -> Pieces:
    from fix_ksm_probes.report.outputs.junit import junit

    return (junit(files, form.path).encode(),)


def _codequality(files: Files, form: Form) -> Pieces:
    from fix_ksm_probes.report.outputs.codequality import codequality
    from fix_ksm_probes.report.outputs.files import located

    return (codequality(located(files), form.path).encode(),)


WRITERS: dict[str, Callable[[Files, Form], Pieces]] = {
    MANIFESTS: _manifests,
    RESULTS: _results,
    RESULTS_JSON: _results,
    DIFF: _diff,
    COMPONENT: _component,
    GITHUB: _github,
    SARIF: _sarif,
    TABLE: _table,
    JUNIT: _junit,
    CODEQUALITY: _codequality,
}
"""What writes each output, imported when it is asked for: who adds an output adds it here."""

OUTPUTS = tuple(WRITERS)


def error_line(message: str) -> str:
    """Return the line for stderr that says what is wrong with the input or a setting."""
    return f"fix-ksm-probes: error: {on_one_line(message)}"


def on_one_line(text: str) -> str:
    """Return `text` with escapes for line breaks and all else that a terminal would act upon."""
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )
