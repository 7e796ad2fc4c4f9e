"""What names a finding from one run to the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fix_ksm_probes.report.outputs.position import Position
from fix_ksm_probes.report.result import Result


def fingerprinted(
    located: Iterable[tuple[Result, Position]], path: str
) -> Iterator[tuple[Result, Position, str]]:
    """Yield each result with its position and a fingerprint, 64 hexadecimal digits.

    `path` is the file of results that are of no file. The fingerprint is made of the file, the
    resource, the container, the probe and the reason: it stays the same when lines move, when a
    sentence is worded anew, and in every mode. Findings that agree in all of these are numbered.
    """
    from hashlib import sha256

    seen: dict[tuple[str, ...], int] = {}
    for result, where in located:
        tags = dict(result.tags)
        of_what = tuple(tags.get(name, "") for name in ("reason", "container", "probe"))
        key = (where.path or path, result.place, *of_what)
        seen[key] = seen.get(key, 0) + 1
        yield result, where, sha256("\0".join((*key, str(seen[key]))).encode()).hexdigest()
