"""The streams of `make bench` are what the page says."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from benchmarks.plot import Line, draw
from benchmarks.streams import (
    BROKEN,
    SOUND,
    chart,
    documents,
    fleet,
    platform,
    read_kinds,
    resource_list,
    tree,
)
from fix_ksm_probes.manifests import reading
from fix_ksm_probes.pipeline import run
from fix_ksm_probes.yamlpatch import Document, document, parts

ITEMS = 40
STREAMS = {"platform": resource_list(platform(ITEMS)), "chart": resource_list(chart())}


def _load(raw: bytes) -> Any:
    return yaml.load(raw, Loader=yaml.CSafeLoader)


@pytest.mark.parametrize("raw", STREAMS.values(), ids=STREAMS)
def test_one_workload_is_repaired_and_no_other_byte_changes(raw: bytes) -> None:
    output = run(raw, {})

    assert output.exit_code == 0
    results = _load(output.stdout)["results"]
    repaired = [each for each in results if each["tags"]["reason"] != "Unknown"]
    assert [each["resourceRef"]["name"] for each in repaired] == ["kube-state-metrics"]
    assert [each["tags"]["reason"] for each in repaired] == ["LoopbackOnly"]
    began, _, rest = raw.partition(b"port: 9091\n")
    assert output.stdout.startswith(began + b"port: 8642\n")
    assert rest.partition(b"name: https-self\n")[2] in output.stdout


def test_most_of_the_platform_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a workload may depend on does not make a run read the rest."""
    raw = resource_list(platform(200))
    parsed: list[int] = []

    def parse(text: str) -> tuple[Document, ...]:
        parsed.append(len(text))
        return document.parse(text)

    for room in (reading, parts):
        monkeypatch.setattr(room, "parse", parse)
    run(raw, {})

    assert 0 < sum(parsed) < len(raw) / 5


def test_the_platform_as_documents_is_the_same_platform() -> None:
    items = platform(ITEMS)

    held = list(yaml.load_all(documents(items), Loader=yaml.CSafeLoader))

    assert held == _load(resource_list(items))["items"]


def test_the_sound_chart_has_nothing_to_repair() -> None:
    raw = resource_list(chart(SOUND))

    assert run(raw, {}).stdout == raw


def test_every_workload_of_the_fleet_is_repaired() -> None:
    results = _load(run(resource_list(fleet(3)), {}).stdout)["results"]

    assert [each["resourceRef"]["namespace"] for each in results] == [
        f"cluster-{index}" for index in range(3)
    ]


def test_a_hundred_resources_have_all_kinds_and_names_of_their_own() -> None:
    held = _load(STREAMS["platform"])["items"]
    names = [(item["kind"], item["metadata"]["name"]) for item in held]

    assert sum(kind.share for kind in read_kinds()) == 100
    assert len(names) == len(set(names)) == ITEMS
    assert names.count(("Deployment", "kube-state-metrics")) == 1
    assert len(_load(STREAMS["chart"])["items"]) == 16


def test_the_tree_has_files_of_a_size_and_one_workload() -> None:
    files = tree(30, 6000)

    assert min(map(len, files.values())) >= 6000
    assert sum(map(len, files.values())) == pytest.approx(30 * 6800, rel=0.2)
    assert b"".join(files.values()).count(BROKEN.encode()) == 1
    assert len({path.partition("/")[0] for path in files}) == 2


def test_sizes_are_those_of_the_goals() -> None:
    assert len(resource_list(platform(1000))) == pytest.approx(12_000_000, rel=0.05)
    assert len(STREAMS["chart"]) == pytest.approx(40_000, rel=0.1)


def test_a_larger_platform_is_the_smaller_one_and_more() -> None:
    """So platforms differ in length only, and in the place of the workload."""
    pairs = zip(platform(20), platform(30)[:20], strict=True)

    assert [index for index, (one, other) in enumerate(pairs) if one != other] == [10, 15]


def test_a_plot_has_each_line_and_its_name() -> None:
    lines = [Line("ours", [(10, 0.01), (1000, 1)]), Line("theirs", [(10, 0.02), (100, 90)])]

    drawing = draw(lines, "Title", "items", "seconds", "note")

    assert drawing.count("<polyline") == 2
    # Ten and a thousand are the ends of the axis across, a hundredth and a hundred of that up.
    assert "points='70.0,380.0 570.0,215.0'" in drawing
    assert all(f">{word}</text>" in drawing for word in ("ours", "theirs", "items", "1,000"))
