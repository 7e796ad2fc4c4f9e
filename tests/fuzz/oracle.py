"""Laws for every input, tested with the function and with PyYAML."""

from __future__ import annotations

import re
import time
from typing import Any
from unittest.mock import patch

import yaml

from fix_ksm_probes.pipeline import run
from fix_ksm_probes.report.outputs import OUTPUTS, OutputOptions
from fix_ksm_probes.report.outputs import Output as Written

FLAGS: tuple[dict[str, object], ...] = (
    {"mode": "probe-disable"},
    {"mode": "dedicated-port"},
    {"mode": "through-proxy"},
    {"mode": "check"},
    {"mode": "dedicated-port", "answeredBy": "kube-rbac-proxy"},
    {"mode": "through-proxy", "scope": "all", "addMissing": True, "bindLoopback": True},
    {"mode": "dedicated-port", "proxyFirst": True, "networkPolicy": True},
    {"mode": "probe-disable", "alert": True, "proxyFirst": True},
    {"mode": "through-proxy", "fixScrapes": True, "bindLoopback": True},
)
# What changes other items, or adds some, asked for by flags or in the input.
OPTIONS = (
    b"addMissing",
    b"alert",
    b"bindLoopback",
    b"fixScrapes",
    b"networkPolicy",
    b"proxyFirst",
)
PROGRAM = b"kube-state-metrics"
SECONDS_PER_MEGABYTE = 60


_EMPTY = ("", "~", "null")


class _AsWritten(yaml.BaseLoader):
    """Every scalar as it is written."""


def hold(raw: bytes, flags: dict[str, object]) -> Written:
    """Return the output for `raw`; raises AssertionError if it breaks a promise."""
    # Not by the clock on the wall: others may be at work on the machine.
    began = time.process_time()
    output = run(raw, flags)
    seconds = time.process_time() - began
    assert seconds < 2 + SECONDS_PER_MEGABYTE * len(raw) / 1e6, f"took {seconds:.1f} s"
    assert output.exit_code in (0, 1, 2)
    _hold_excerpt(raw, output, flags)
    assert not any("report this bug" in line for line in output.stderr), output.stderr
    if output.exit_code:
        # A notice of what is left to its owner stands before the errors.
        assert any("error: " in line for line in output.stderr), output.stderr
        if output.stdout:
            assert _is_list(raw)
            assert _items(output.stdout) == _items(raw)
    else:
        _hold_success(raw, output, flags)
    return output


def hold_forms(raw: bytes, flags: dict[str, object]) -> None:
    """Assert that no form of output ends in an error of ours."""
    for form in OUTPUTS:
        output = run(raw, flags, options=OutputOptions(form))
        assert output.exit_code in (0, 1, 2)


def _hold_excerpt(raw: bytes, output: Written, flags: dict[str, object]) -> None:
    """Assert that leaving items out makes no difference if the whole can be read."""
    with patch("fix_ksm_probes.manifests.reading.excerpt", return_value=None):
        whole = run(raw, flags)
    if whole.stdout or not whole.exit_code:
        assert output.exit_code == whole.exit_code
        assert _uncounted(output) == _uncounted(whole)


def _uncounted(output: Written) -> str:
    # What is not parsed is counted by its lines.
    return re.sub(r"\bread \d+ objects?", "read N objects", f"{output.stdout!r} {output.stderr}")


def _hold_success(raw: bytes, output: Written, flags: dict[str, object]) -> None:
    if output.stdout == raw:
        return
    before, after = _items(raw), _items(output.stdout)
    if before is None or after is None:
        # PyYAML takes less than libyaml does; the two-path check has read the output again.
        return
    assert [_identity(each) for each in after[: len(before)]] == [
        _identity(each) for each in before
    ]
    if not any(option in raw or option.decode() in flags for option in OPTIONS):
        assert len(after) == len(before)
        for old, new in zip(before, after, strict=True):
            if PROGRAM.decode() not in str(old):
                assert old == new
        again = run(output.stdout, flags)
        assert _items(again.stdout) == after


def _is_list(raw: bytes) -> bool:
    return b"ResourceList" in raw


def _items(raw: bytes) -> list[Any] | None:
    try:
        documents = [each for each in yaml.load_all(raw, _AsWritten) if each not in _EMPTY]
    except (yaml.YAMLError, RecursionError, TypeError, AttributeError):
        return None
    found: list[Any] = []
    for document in documents:
        items = document.get("items") if isinstance(document, dict) else None
        if isinstance(items, list):
            found += items
        else:
            found.append(document)
        if isinstance(document, dict):
            document.pop("results", None)
    return found


def _identity(resource: Any) -> tuple[str, ...]:
    if not isinstance(resource, dict):
        return (str(resource),)
    metadata = resource.get("metadata")
    held = metadata if isinstance(metadata, dict) else {}
    words = (resource.get("apiVersion"), resource.get("kind"))
    return tuple(map(str, (*words, held.get("namespace"), held.get("name"))))
