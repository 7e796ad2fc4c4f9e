"""Promises for every input."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fix_ksm_probes.pipeline import run
from fix_ksm_probes.yamlpatch import decode, load, parse
from fix_ksm_probes.yamlpatch.check import same
from tests.manifests.resource_lists import resource_lists
from tests.yamlpatch.spelling import Speller, save

LAWS = settings(derandomize=True, deadline=None, max_examples=60)


@st.composite
def _inputs(draw: st.DrawFn) -> bytes:
    return save(draw, Speller(draw).document(draw(resource_lists())))


def _root(raw: bytes) -> dict[str, Any]:
    root = load(parse(decode(raw).text)[0].root)
    assert isinstance(root, dict)
    return root


@LAWS
@given(_inputs())
def test_nothing_is_lost(raw: bytes) -> None:
    """Every item comes out in its order; unchanged with exit code 1 or in mode check."""
    output = run(raw, {})
    before, after = _root(raw), _root(output.stdout)
    results = after.pop("results", [])

    assert list(before) == list(after)
    assert len(before["items"]) == len(after["items"])
    assert output.exit_code == any(result["severity"] == "error" for result in results)
    if output.exit_code or before["functionConfig"]["spec"]["mode"] == "check":
        assert same(before, after)
    for old, new in zip(before["items"], after["items"], strict=True):
        if old.get("kind") != "Deployment":
            assert same(old, new)
    if not results:
        assert raw == output.stdout


@LAWS
@given(_inputs())
def test_a_second_run_makes_no_edit(raw: bytes) -> None:
    """A second run changes nothing."""
    once = run(raw, {})
    twice = run(once.stdout, {})

    assert same(_root(once.stdout)["items"], _root(twice.stdout)["items"])


@LAWS
@given(_inputs())
def test_every_result_is_sound(raw: bytes) -> None:
    """An unknown verdict has no proposal, and no check finds a bug of ours."""
    for result in _root(run(raw, {}).stdout).get("results", []):
        assert "report this bug" not in result["message"]
        # What is not judged has none.
        if result.get("tags", {}).get("reason") == "Unknown":
            assert result["severity"] == "warning"
            assert "proposedValue" not in result["field"]
