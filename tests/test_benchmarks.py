"""The streams that `make bench` measures are what it says they are."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import yaml

from benchmarks import resources
from benchmarks.laboratory import MEGABYTE
from benchmarks.manifests import documents, resource_list
from benchmarks.plot import Line, draw
from benchmarks.streams import chart, platform, uniform
from benchmarks.workload import BROKEN, SOUND
from fix_ksm_probes.pipeline import run

ITEMS = 40
STREAMS = {
    "platform": resource_list(platform(ITEMS)),
    "items-further-in": resource_list(platform(ITEMS), indent=2),
    "chart": resource_list(chart()),
    **{
        make.__name__: resource_list(uniform(make, 30_000))
        for make in (
            resources.plain_values,
            resources.quoted_values,
            resources.long_env,
            resources.script,
            resources.operator,
        )
    },
}


def _load(raw: bytes) -> Any:
    return yaml.load(raw, Loader=yaml.CSafeLoader)


def _names(raw: bytes) -> list[str]:
    return [f"{item['kind']}/{item['metadata']['name']}" for item in _load(raw)["items"]]


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


def test_the_platform_as_documents_is_the_same_platform() -> None:
    items = platform(ITEMS)

    held = list(yaml.load_all(documents(items), Loader=yaml.CSafeLoader))

    assert held == _load(resource_list(items))["items"]


def test_the_sound_chart_has_nothing_to_repair() -> None:
    raw = resource_list(chart(SOUND))

    assert run(raw, {}).stdout == raw


def test_items_are_as_many_as_asked_for_and_each_has_a_name_of_its_own() -> None:
    names = _names(STREAMS["platform"])

    assert len(names) == len(set(names)) == ITEMS
    assert names.count("Deployment/kube-state-metrics") == 1
    assert len(_names(STREAMS["chart"])) == 16


def test_sizes_are_those_of_the_goals() -> None:
    platform_size = len(resource_list(platform(1000)))

    assert platform_size == pytest.approx(12 * MEGABYTE, rel=0.05)
    assert len(STREAMS["chart"]) == pytest.approx(30_000, rel=0.1)
    assert len(resource_list(uniform(resources.script, MEGABYTE))) == pytest.approx(
        MEGABYTE, rel=0.05
    )


def test_a_larger_platform_is_the_smaller_one_and_more() -> None:
    """So sizes differ in length alone; where the workload stands in each of them is all."""
    pairs = itertools.zip_longest(platform(20), platform(30)[:20])

    assert [index for index, (one, other) in enumerate(pairs) if one != other] == [10, 15]
    assert platform(20)[10] == platform(30)[15] == BROKEN


def test_a_plot_has_each_line_and_its_name() -> None:
    lines = [Line("ours", [(10, 0.01), (1000, 1)]), Line("theirs", [(10, 0.02), (100, 90)])]

    drawing = draw(lines, "Title", "items", "seconds", "note")

    assert drawing.count("<polyline") == 2
    # Ten and a thousand are the ends of the axis across, a hundredth and a hundred of that up.
    assert "points='70.0,380.0 570.0,215.0'" in drawing
    assert all(f">{word}</text>" in drawing for word in ("ours", "theirs", "items", "1,000"))
