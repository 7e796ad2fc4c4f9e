"""A wrong edit is never written: every run makes the two-path check, not only tests."""

from __future__ import annotations

import pytest

from fix_ksm_probes.pipeline import run
from fix_ksm_probes.report.outputs import DIFF, GITHUB, MANIFESTS, SARIF, OutputOptions
from fix_ksm_probes.yamlpatch import Edit, Span, check
from fix_ksm_probes.yamlpatch.rewrite import plan_edits
from tests.case import FOLDER, INPUT, split_results

RAW = (FOLDER / "loopback-only-chart-5.27" / INPUT).read_bytes()


def _one_line_too_many(edit: Edit) -> Edit:
    return Edit(Span(edit.span.start, edit.span.end + 10), edit.content)


def _one_line_too_few(edit: Edit) -> Edit:
    return Edit(Span(edit.span.start, edit.span.end - 40), edit.content)


def _nowhere(edit: Edit) -> Edit:
    return Edit(Span(edit.span.start, 10**6), edit.content)


@pytest.mark.parametrize("spoil", [_one_line_too_many, _one_line_too_few, _nowhere])
def test_the_original_comes_out(spoil: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an error result, a line on stderr, and exit code 1."""

    def plan(*arguments: object) -> tuple[Edit, ...]:
        edits = plan_edits(*arguments)  # type: ignore[arg-type]
        # The edit that writes the results is left right, so that they can be read.
        return tuple(spoil(edit) if not edit.content else edit for edit in edits)  # type: ignore[operator]

    monkeypatch.setattr(check, "plan_edits", plan)
    output = run(RAW, {})
    items, results = split_results(output.stdout)

    assert (RAW, 1) == (items, output.exit_code)
    assert [result["severity"] for result in results] == ["error"]
    assert "report this bug" in output.stderr[0]


def test_not_even_results_are_written_where_they_spoil_the_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Then stdout is the input itself."""

    def plan(*arguments: object) -> tuple[Edit, ...]:
        return (*plan_edits(*arguments), Edit(Span(0, 0), "a: 1\n"))  # type: ignore[arg-type]

    monkeypatch.setattr(check, "plan_edits", plan)
    output = run(RAW, {})

    assert (RAW, 1) == (output.stdout, output.exit_code)
    assert output.stderr


@pytest.mark.parametrize("form", [MANIFESTS, DIFF, GITHUB, SARIF])
def test_nothing_is_told_as_done(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check comes before any message about a repair, in every output."""
    listed = RAW.partition(b"items:\n")[2]
    manifest = b"\n".join(line[2:] for line in listed.splitlines()) + b"\n"
    told = run(manifest, {}, options=OutputOptions(form))
    assert b"removed" in told.stdout + str(told.stderr).encode() or form == DIFF
    assert told.exit_code == 0

    def plan(*arguments: object) -> tuple[Edit, ...]:
        return tuple(_nowhere(edit) for edit in plan_edits(*arguments))  # type: ignore[arg-type]

    monkeypatch.setattr(check, "plan_edits", plan)
    output = run(manifest, {}, options=OutputOptions(form))

    assert output.exit_code == 1
    assert "report this bug" in output.stderr[0]
    assert b"removed" not in output.stdout + str(output.stderr).encode()
    assert not output.stdout or form in (GITHUB, SARIF)
