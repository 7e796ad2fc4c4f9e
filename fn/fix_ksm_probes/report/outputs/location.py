"""The file and lines of a result, and its fingerprint from one run to the next."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator
from itertools import accumulate

from fix_ksm_probes.report.outcome import Outcome, Result, other_file
from fix_ksm_probes.report.outputs import STDIN, Files
from fix_ksm_probes.yamlpatch import NamedTuple, Source


class Location(NamedTuple):
    """A range of lines, counted from 1; `first` and `last` are 0 if only the file is known.

    `path` is empty where a result belongs to no file, such as a setting.
    """

    path: str
    first: int = 0
    last: int = 0


def locations(outcome: Outcome, path: str) -> Iterator[tuple[Result, Location]]:
    """Return every result with its location in the file that `path` names as stdin's.

    If stdin has no name, the file is the one from which kpt read the resource; its lines are not
    those of stdin.
    """
    lines = _Lines(outcome.read.source)
    for result in outcome.results:
        yield result, Location("")
    for reported in outcome.workloads:
        workload = reported.analysis.workload
        for result in reported.results:
            identity = result.identity or workload.identity
            if path == STDIN and identity.file_path is not None:
                yield result, Location(identity.file_path)
                continue
            pointer = outcome.place_of(result, workload)
            if other := other_file(pointer):
                # The lines of another file of the call are not known here.
                yield result, Location(other)
                continue
            span = result.span or outcome.read.locate((*pointer, *result.field))
            end = max(span.start, span.end - 1)
            yield result, Location(path, lines.at(span.start), lines.at(end))


def placed(outcome: Outcome) -> Outcome:
    """Return an outcome whose results have their spans in the text, if they are in this file."""
    workloads = []
    for reported in outcome.workloads:
        places = (outcome.place_of(each, reported.analysis.workload) for each in reported.results)
        results = (
            result
            if other_file(place)
            else result._replace(span=outcome.read.locate((*place, *result.field)))
            for result, place in zip(reported.results, places, strict=True)
        )
        workloads.append(reported._replace(results=tuple(results)))
    return outcome._replace(workloads=tuple(workloads))


def fingerprinted(files: Files, path: str) -> Iterator[tuple[Result, Location, str]]:
    """Yield each result with its location and a fingerprint, 64 hexadecimal digits.

    `path` is the file of results that are of no file, and their line the first. The fingerprint is
    made of the file, the resource, the container, the probe and the reason: it stays the same when
    lines move, when a sentence is worded anew, and in every mode. Findings that agree in all of
    these are numbered.
    """
    from hashlib import sha256

    seen: dict[tuple[str, ...], int] = {}
    for name, outcome in files:
        for result, where in locations(outcome, name):
            place = Location(where.path or path, max(where.first, 1), max(where.last, 1))
            of_what = map(result.tag, ("reason", "container", "probe"))
            key = (place.path, result.place, *of_what)
            seen[key] = seen.get(key, 0) + 1
            numbered = "\0".join((*key, str(seen[key])))
            yield result, place, sha256(numbered.encode()).hexdigest()


class _Lines:
    """The lines of a source, counted from the last one asked for, as results come in order."""

    def __init__(self, source: Source) -> None:
        self._text = source.text
        self._offset, self._line = 0, 1
        # Text that is left out has lines, too.
        self._omitted = [each.span.end for each in source.omitted]
        counts = (bytes(each.content).count(b"\n") for each in source.omitted)
        self._left_out = list(accumulate(counts, initial=0))

    def at(self, offset: int) -> int:
        """Return the line, from 1, of the character at `offset`."""
        if offset >= self._offset:
            self._line += self._text.count("\n", self._offset, offset)
        else:
            self._line -= self._text.count("\n", offset, self._offset)
        self._offset = offset
        return self._line + self._left_out[bisect(self._omitted, offset)]
