"""The outputs: their names, the module that writes each, and the exit codes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fix_ksm_probes.manifests.workload import FROM_KPT, is_from_kpt
from fix_ksm_probes.report.outcome import Outcome
from fix_ksm_probes.settings.fields import CHECK, NONE
from fix_ksm_probes.yamlpatch import NamedTuple

OUTPUTS = (
    MANIFESTS := "manifests",
    RESULTS := "results",
    RESULTS_JSON := "results-json",
    DIFF := "diff",
    COMPONENT := "component",
    GITHUB := "github",
    SARIF := "sarif",
    TABLE := "table",
    JUNIT := "junit",
    CODEQUALITY := "codequality",
)
"""The values of `--output`. A new one is added here, and in `_texts`."""
DRAWINGS = (EXPLAIN := "explain", MERMAID := "mermaid")
"""The values of `--explain`, which replaces the findings on stderr except errors."""

STDIN = "stdin"

WRONG = 1
"""The exit code if something is wrong and stays wrong."""
BAD_INPUT = 2
"""The exit code if the input, a setting or the command line is wrong."""

# kustomize sends transformers and validators the same, and a transformer would empty the build.
_SILENT = "returned no item, as `emit: none` says; use it only under `validators:` of kustomize"


class OutputOptions(NamedTuple):
    """How to write an outcome.

    `output` is one of OUTPUTS or DRAWINGS; `path` names the file that stdin comes from. stderr is
    `coloured`, and wrapped at `width` columns unless that is 0.
    """

    output: str = MANIFESTS
    path: str = STDIN
    quiet: bool = False
    coloured: bool = False
    width: int = 0


class Output(NamedTuple):
    """The output of a run: the bytes for stdout, the lines for stderr, and the exit code."""

    pieces: Iterable[bytes | memoryview]
    stderr: tuple[str, ...]
    exit_code: int

    @property
    def stdout(self) -> bytes:
        """Return all bytes for stdout."""
        return b"".join(self.pieces)


Files = tuple[tuple[str, Outcome], ...]
"""The outcome of each file, by its path; stdin is one file."""


def write(outcome: Outcome, options: OutputOptions) -> Output:
    """Return the output for a stream."""
    # A quiet check is a gate that only gives an exit code; without --quiet it is a filter.
    is_gate = options.quiet and outcome.settings.mode == CHECK and not outcome.takes_results
    # A run that failed before it read a workload has nothing to draw.
    is_empty = outcome.results if options.output in DRAWINGS else is_gate
    has_output = not is_empty or options.output not in (MANIFESTS, *DRAWINGS)
    pieces = _stdout(((options.path, outcome),), options) if has_output else ()
    return Output(pieces, tuple(_lines(outcome, options)), int(outcome.failed))


def write_files(files: Files, options: OutputOptions) -> Iterable[bytes | memoryview]:
    """Return the bytes for stdout for files. Raises BadInput for a Component of several."""
    return () if options.output == MANIFESTS or not files else _stdout(files, options)


def error_line(message: str) -> str:
    """Return the line on stderr for an error in the input or a setting."""
    return f"fix-ksm-probes: error: {on_one_line(message)}"


def on_one_line(text: str, *, in_ascii: bool = False) -> str:
    """Return `text` with escapes for line breaks and control characters.

    With `in_ascii`, all characters that are not ASCII are escaped, too.
    """
    if text.isprintable() and (text.isascii() or not in_ascii):
        return text
    return "".join(
        letter
        if letter.isprintable() and (letter.isascii() or not in_ascii)
        else letter.encode("unicode_escape").decode()
        for letter in text
    )


def counted(number: int, one: str, more: str = "") -> str:
    """Return a number with its noun; `more` is the plural if that does not just add an s."""
    return f"{number} {one if number == 1 else more or f'{one}s'}"


def _stdout(files: Files, options: OutputOptions) -> Iterable[bytes | memoryview]:
    if options.output == MANIFESTS:
        from fix_ksm_probes.report.outputs.manifests import manifests

        ((_, outcome),) = files
        return manifests(outcome)
    return tuple(text.encode() for text in _texts(files, options))


def _lines(outcome: Outcome, options: OutputOptions) -> Iterator[str]:
    # A caller that takes results needs no line about a sound workload. kpt shows results itself,
    # and only the beginning of stderr.
    says = outcome.all_results or (outcome.workloads and not outcome.takes_results)
    items = outcome.read.naming(FROM_KPT) if outcome.takes_results else ()
    from_kpt = any(is_from_kpt(each.resource) for each in items)
    if says and (outcome.failed or not from_kpt):
        from fix_ksm_probes.report.outputs.blocks import blocks, summary, wrapped

        files = ((options.path, outcome),)
        shown = options._replace(quiet=options.quiet or from_kpt)
        yield from blocks(files, shown)
        if outcome.workloads and not shown.quiet:
            yield from wrapped(f"fix-ksm-probes: {summary(files)}", "", "  ", shown.width)
    if outcome.settings.emit == NONE and not outcome.failed and not options.quiet:
        yield f"fix-ksm-probes: info: {_SILENT}"


def _texts(files: Files, options: OutputOptions) -> Iterable[str]:
    """Return an output as text; its module is imported only then."""
    output, path = options.output, options.path
    if output in (RESULTS, RESULTS_JSON):
        from fix_ksm_probes.report.outputs.manifests import results

        in_json = output == RESULTS_JSON or all(each.read.stream.in_json for _, each in files)
        return (results(files, in_json=in_json),)
    if output == DIFF:
        from fix_ksm_probes.report.outputs.diff import diffs

        return diffs(files)
    if output == COMPONENT:
        from fix_ksm_probes.report.outputs.component import components

        return components(files)
    if output == TABLE:
        from fix_ksm_probes.report.outputs.table import table

        return (table(files),)
    if output == JUNIT:
        from fix_ksm_probes.report.outputs.junit import junit

        return (junit(files, path),)
    if output in DRAWINGS:
        from fix_ksm_probes.report.outputs.trace import find_drawings

        drawings, nothing = find_drawings(files)
        if output == MERMAID:
            from fix_ksm_probes.report.outputs.mermaid import mermaid

            return (mermaid(drawings, nothing),)
        from fix_ksm_probes.report.outputs.explain import explain

        return (explain(drawings, nothing),)
    from fix_ksm_probes.report.outputs.code_hosts import codequality, github, sarif

    if output == GITHUB:
        return (github(files),)
    return (sarif(files, path) if output == SARIF else codequality(files, path),)
