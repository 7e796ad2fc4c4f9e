"""Which file and lines a result is about."""

from __future__ import annotations

from collections.abc import Iterator

from fix_ksm_probes.manifests.workload import Identity, identify
from fix_ksm_probes.report.outcome import Outcome
from fix_ksm_probes.report.outputs.form import STDIN
from fix_ksm_probes.report.result import Result
from fix_ksm_probes.yamlpatch import Pointer, Source, locate
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple


class Position(NamedTuple):
    """A range of lines, counted from 1; `first` and `last` are 0 where only the file is known.

    `path` is empty where a result belongs to no file, such as a setting.
    """

    path: str
    first: int = 0
    last: int = 0


def positions(outcome: Outcome, path: str) -> Iterator[tuple[Result, Position]]:
    """Return every result with its position in the file that `path` names as stdin's.

    Where nobody named it, the file is the one that kpt says the resource is from, whose lines are
    not those of stdin.
    """
    source = outcome.read.source
    for result in outcome.results:
        yield result, Position("")
    for reported in outcome.workloads:
        workload = reported.analysis.workload
        for result in reported.results:
            identity = result.identity or workload.identity
            if path == STDIN and identity.file_path is not None:
                yield result, Position(identity.file_path)
                continue
            # An option may have something to say about a Service, too.
            is_own = identity == workload.identity
            pointer = workload.pointer if is_own else _find(identity, outcome)
            if pointer and isinstance(pointer[0], str):
                # It stands in another file of the call, whose lines are not at hand.
                yield result, Position(pointer[0])
                continue
            span = locate(outcome.read.documents, (*pointer, *result.field))
            end = max(span.start, span.end - 1)
            yield result, Position(path, _line(source, span.start), _line(source, end))


def _find(identity: Identity, outcome: Outcome) -> Pointer:
    items = outcome.read.stream.all_items
    return next(item.pointer for item in items if identify(item.resource) == identity)


def _line(source: Source, offset: int) -> int:
    # What was left out of the text has lines, too.
    before = (each.content for each in source.omitted if each.span.end <= offset)
    left_out = sum(bytes(content).count(b"\n") for content in before)
    return source.text.count("\n", 0, offset) + left_out + 1
