"""Each folder of explain/ is a manifest with its drawings, as text and as a flowchart."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from fix_ksm_probes.analysis import decision
from fix_ksm_probes.analysis.analyse import Analysis
from fix_ksm_probes.manifests.pod import PROBES, Exec
from fix_ksm_probes.pipeline import run
from fix_ksm_probes.report.outputs import EXPLAIN, OutputOptions, on_one_line
from fix_ksm_probes.report.outputs.explain import explain
from fix_ksm_probes.report.outputs.mermaid import mermaid
from fix_ksm_probes.report.outputs.trace import Drawing, draw
from fix_ksm_probes.rules import catalogue
from fix_ksm_probes.rules.catalogue import (
    BYPASS,
    GAPS,
    NO_WORKLOAD,
    RULES,
    UNKNOWN,
    UNUSED_SUPPRESSION,
)
from fix_ksm_probes.yamlpatch import Pointer, value_at
from fix_ksm_probes.yamlpatch.patch import brackets
from tests.case import FOLDER, INPUT
from tests.report.drawing import find_drawn, find_inputs, read_drawings, read_surveys

FORMS: dict[str, Callable[[tuple[Drawing, ...]], str]] = {
    "explain.txt": explain,
    "explain.mmd": mermaid,
}
WRITTEN = {decision.PASSES: "passes", decision.FAILS: "FAILS", decision.UNKNOWN: "UNKNOWN"}
DRAWN = find_drawn()
INPUTS = find_inputs()


def _name(manifest: Path) -> str:
    return manifest.parent.name


def _drawings(manifest: Path) -> list[tuple[Analysis, str]]:
    """Return each workload of a manifest with its own drawing."""
    return [(seen, explain((draw(seen),))) for seen in read_surveys(manifest)]


def _traces(drawing: str) -> list[tuple[str, str, list[str]]]:
    """Return the verdict and heading of each trace, and the lines below."""
    blocks = drawing.removesuffix("\n").split("\n\n")[1:]
    traces = []
    for block in blocks:
        start = re.search(r"\n  (?:kubelet|anybody|Prometheus|vmagent)\n", block)
        assert start
        outcome, *heading = block[: start.start()].split()
        traces.append((outcome, " ".join(heading), block[start.end() :].splitlines()))
    return traces


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("drawn", DRAWN, ids=lambda drawn: drawn.name)
def test_drawing(drawn: Path, form: str, request: pytest.FixtureRequest) -> None:
    """The drawing of a manifest is equal to the one in the repository."""
    drawing = FORMS[form](read_drawings(drawn / INPUT))
    if request.config.getoption("--update"):
        (drawn / form).write_text(drawing)

    assert (drawn / form).read_text() == drawing


def test_every_reason_is_drawn() -> None:
    """The drawings have each reason, each verdict and each mark."""
    kept = "".join((drawn / "explain.txt").read_text() for drawn in DRAWN)

    drawn = (
        RULES.keys()
        - {UNKNOWN, NO_WORKLOAD, UNUSED_SUPPRESSION}
        - {gap for gap in GAPS if gap != BYPASS}
    )

    assert [reason for reason in sorted(drawn) if f": {reason}\n" not in kept] == []
    assert [word for word in (*WRITTEN.values(), "OPEN") if f"\n{word} " not in kept] == []
    assert [mark for mark in ("->", "=>", "-X", "-?", "..") if f"\n  {mark} " not in kept] == []


@pytest.mark.parametrize("drawn", DRAWN, ids=lambda drawn: drawn.name)
def test_a_folder_holds_nothing_else(drawn: Path) -> None:
    """No test would read a file with another name."""
    assert {path.name for path in drawn.iterdir()} == {INPUT, *FORMS}


@pytest.mark.parametrize("manifest", INPUTS, ids=_name)
def test_text_survives_any_log(manifest: Path) -> None:
    """No line is wider than 80 columns, ends in blanks, or has a character outside of ASCII."""
    lines = explain(read_drawings(manifest)).split("\n")

    assert lines.pop() == ""
    assert lines
    assert [line for line in lines if not re.fullmatch(r"(?!.* $)[ -~]{0,80}", line)] == []


@pytest.mark.parametrize("manifest", INPUTS, ids=_name)
def test_every_probe_is_named_with_its_verdict_and_reason(manifest: Path) -> None:
    """The heading of a trace has its probes, their container, the verdict and the reason."""
    for seen, drawing in _drawings(manifest):
        found = []
        for outcome, heading, _ in _traces(drawing):
            kinds, of, container = heading.partition(" of ")
            probed = (kind for kind in kinds.split(", ") if kind in PROBES)
            found += [(outcome, kind, container) for kind in probed if of]
        expected = []
        for judged in seen.probes:
            reason = "Vacuous" if judged.verdict.vacuous else judged.verdict.reason
            name = on_one_line(judged.container.name, in_ascii=True)
            ending = f"{name}: {reason}" if reason else name
            expected.append((WRITTEN[judged.verdict.outcome], judged.probe.kind, ending))

        assert sorted(expected) == sorted(found)
        assert len(seen.bypasses) == sum(outcome == "OPEN" for outcome, _, _ in _traces(drawing))


@pytest.mark.parametrize("manifest", INPUTS, ids=_name)
def test_a_trace_ends_where_the_verdict_says(manifest: Path) -> None:
    """A pass ends at the listener, a failure at a wall, and an unknown verdict at a question."""
    ends = {"passes": "=>", "scraped": "=>", "FAILS": "-X", "UNKNOWN": "-?", "OPEN": "=>"}
    for _, drawing in _drawings(manifest):
        for outcome, heading, lines in _traces(drawing):
            marks = [line[2:4] for line in lines if line[:4].strip() and line[4] == " "]
            steps = [mark for mark in marks if mark != ".."]

            assert steps[-1:] == [ends[outcome]], heading
            assert set(steps[:-1]) <= {"->"}, heading
            assert marks == steps + [".."] * (len(marks) - len(steps)), heading


@pytest.mark.parametrize("manifest", INPUTS, ids=_name)
def test_a_probe_that_dials_starts_with_what_it_dials(manifest: Path) -> None:
    """All except commands and unknown handlers show their port, as a number or a name."""
    for seen, drawing in _drawings(manifest):
        for judged in seen.probes:
            handler = judged.probe.handler
            if handler is None or isinstance(handler, Exec):
                continue
            dial = judged.verdict.dial
            port = handler.port if dial is None else dial.port

            assert f":{port}" in drawing


@pytest.mark.parametrize("manifest", INPUTS, ids=_name)
def test_the_deciding_argument_is_shown_in_full(manifest: Path) -> None:
    """A loopback listener, and a proxy that ignores other paths, show the argument and place."""
    for seen, drawing in _drawings(manifest):
        for judged in seen.probes:
            pointer = _deciding(judged.verdict)
            text = value_at(seen.workload.resource, pointer) if pointer else ""

            assert brackets(pointer[-2:]) + " " in " ".join(drawing.split())
            assert _pressed(str(text)) in _pressed(drawing)


def _deciding(verdict: decision.Verdict) -> Pointer:
    """Return the place of the argument that decides a verdict; empty if no single one does."""
    if verdict.reason == catalogue.LOOPBACK_ONLY:
        return verdict.route[-1].source
    proxy = verdict.route[-1].proxy if verdict.reason == catalogue.UNAUTHORIZED else None
    return proxy.ignore_argument.pointer if proxy and proxy.ignore_argument else ()


def _pressed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("manifest", INPUTS, ids=_name)
def test_the_flowchart_tells_the_same(manifest: Path) -> None:
    """A flowchart is ASCII, and has a box for every step of the text."""
    analyses = read_surveys(manifest)
    chart = mermaid(tuple(map(draw, analyses)))
    steps = [
        line
        for _, drawing in _drawings(manifest)
        for _, _, lines in _traces(drawing)
        for line in lines
        if line[:4].strip() and line[4] == " "
    ]

    assert chart.isascii()
    assert len(analyses) == len(re.findall(r"(?m)^  subgraph ", chart))
    assert len(steps) == len(re.findall(r'(?m)^    .* w\d+p\d+s\d+\[".*"\](:::\w+)?$', chart))


@pytest.mark.parametrize("manifest", INPUTS, ids=_name)
def test_no_label_is_taken_for_markup(manifest: Path) -> None:
    """Mermaid reads labels as Markdown after it decodes entities."""
    labels = re.findall(r'"(.*?)"[]|)]', mermaid(read_drawings(manifest)).partition("\n")[2])
    for label in labels:
        shown = re.sub(r"#(\d+);", lambda found: chr(int(found[1])), label)
        lines = shown.split("<br/>")
        markup = r"[*`~<>\\]|://|fa:fa-|www\.|\]\(|\w@\w|(^|\W)_|_(\W|$)|^\s*(\d+[.)]|[-+#]) "

        assert [line for line in lines if re.search(markup, line)] == []


def test_there_is_something_to_draw() -> None:
    """A glob that finds nothing must fail."""
    assert len(DRAWN) >= 10
    assert len(INPUTS) > 200


def test_what_the_repair_leaves_is_drawn_too() -> None:
    """In a mode that repairs, the drawing ends with the repaired pod; check draws it once."""
    raw = (FOLDER / "loopback-only-chart-5.27" / INPUT).read_bytes()
    repaired = run(raw, {"mode": "dedicated-port"}, options=OutputOptions(EXPLAIN)).stdout.decode()
    checked = run(raw, {"mode": "check"}, options=OutputOptions(EXPLAIN)).stdout.decode()

    before, _, after = repaired.partition(", after the repair\n")
    assert "FAILS " in before
    assert after
    assert "FAILS " not in after
    assert "after the repair" not in checked
