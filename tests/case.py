"""A case: an input, its expected output, and the same input as other editors save it."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import NamedTuple

import pytest

from fix_ksm_probes.pipeline import run
from fix_ksm_probes.report.outputs import Output
from fix_ksm_probes.yamlpatch import decode, load, parse

FOLDER = Path(__file__).parent / "cases"
INPUT, DIFF, RESULTS = "input.yaml", "expected.diff", "results.yaml"

_BOM = b"\xef\xbb\xbf"


class Seen(NamedTuple):
    """The outcome of a run: the diff of all but the results, the results, and the exit code."""

    diff: str
    results: list[dict[str, object]]
    exit_code: int
    stdout: bytes


def find_cases() -> list[Path]:
    """Return the folders of all cases, in the order of their names."""
    return sorted(path for path in FOLDER.iterdir() if path.is_dir())


def as_lf(raw: bytes) -> bytes:
    """Return the input as it is in the repository: line feeds, no BOM, and a final newline."""
    return raw


def as_crlf(raw: bytes) -> bytes:
    """Return the input with the line ends of Windows."""
    return raw.replace(b"\n", b"\r\n")


def as_bom(raw: bytes) -> bytes:
    """Return the input with a byte order mark."""
    return _BOM + raw


def without_final_newline(raw: bytes) -> bytes:
    """Return the input without its final newline."""
    return raw.rstrip(b"\n")


VARIANTS = {"lf": as_lf, "crlf": as_crlf, "bom": as_bom, "nonl": without_final_newline}
each_variant = pytest.mark.parametrize(
    "variant",
    ["lf", *(pytest.param(name, marks=pytest.mark.hunt) for name in VARIANTS if name != "lf")],
)
"""Runs a test with a case as it is kept, and in a hunt as other editors would save it."""


def observe(raw: bytes) -> Seen:
    """Run the function on `raw`, and return what it did."""
    return look_at(raw, run(raw, {}))


def look_at(raw: bytes, output: Output) -> Seen:
    """Return what is in `output`, after a check that line ends and BOM are those of `raw`."""
    stdout = output.stdout
    assert stdout.startswith(_BOM) == raw.startswith(_BOM)
    if b"\r\n" in raw:
        assert stdout.count(b"\n") == stdout.count(b"\r\n")
    items, results = split_results(stdout)
    return Seen(_diff(_lines(raw), _lines(items)), results, output.exit_code, stdout)


def split_results(stdout: bytes) -> tuple[bytes, list[dict[str, object]]]:
    """Return a block-style ResourceList without its results, and the results."""
    if not stdout:
        return b"", []
    root = load(parse(decode(stdout).text)[0].root)
    assert isinstance(root, dict)
    results = root.get("results") or []
    head, mark, _ = stdout.replace(b"\r\n", b"\n").rpartition(b"\nresults:\n")
    return (head + b"\n" if mark else stdout), results


def _lines(raw: bytes) -> list[str]:
    text = raw.removeprefix(_BOM).decode()
    return [line + "\n" for line in text.replace("\r\n", "\n").rstrip("\n").split("\n")]


def _diff(before: list[str], after: list[str]) -> str:
    return "".join(difflib.unified_diff(before, after, "input", "output", n=2))
