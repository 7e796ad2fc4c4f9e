"""A run that leaves items out, compared with a run that parses all of them."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
from hypothesis import HealthCheck, event, given, settings

from fix_ksm_probes.analysis.analyse import analyse
from fix_ksm_probes.manifests import reading
from fix_ksm_probes.manifests.prefilter import Wanted, excerpt, is_sound
from fix_ksm_probes.manifests.reading import read
from fix_ksm_probes.manifests.stream import Item, read_stream
from fix_ksm_probes.manifests.workload import find_workloads
from fix_ksm_probes.pipeline import run
from fix_ksm_probes.report.outputs import Output
from fix_ksm_probes.yamlpatch import BadInput, parse
from tests.manifests.streams import BROKEN, ITEMS, WRONG, streams, written

LAWS = settings(
    derandomize=True,
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
WANTED = Wanted(("kube-state-metrics",))
OPTIONS = {"bindLoopback": True, "networkPolicy": True, "mode": "dedicated-port"}


def _run_on_all(raw: bytes, flags: dict[str, object]) -> Output:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(reading, "excerpt", lambda *_: None)
        return run(raw, flags)


def _check(raw: bytes, flags: dict[str, object]) -> None:
    found, whole = run(raw, flags), _run_on_all(raw, flags)

    if (
        whole.exit_code == 2
        and not whole.stdout
        and whole.stderr[0].startswith("fix-ksm-probes: error: ")
    ):
        # What is left out may be wrong without anybody looking.
        return
    assert _said(found) == _said(whole)


def _said(output: Output) -> tuple[object, ...]:
    # What is not parsed is counted by its lines.
    stdout = re.sub(rb"\bread \d+ objects?", b"read N objects", output.stdout)
    stderr = [re.sub(r"\bread \d+ objects?", "read N objects", line) for line in output.stderr]
    return (stdout, stderr, *output[2:])


@LAWS
@given(streams())
def test_it_says_and_writes_the_same(raw: bytes) -> None:
    """The same bytes, lines and exit code, if the whole can be read."""
    _check(raw, {})


@LAWS
@given(streams())
def test_it_says_and_writes_the_same_with_what_is_beside(raw: bytes) -> None:
    """With options that look at Services and other items, and add items."""
    _check(raw, OPTIONS)


@pytest.mark.parametrize(
    ("value", "is_kept"),
    [
        ("&c {name: kube-state-metrics}", True),
        ("[&c {name: kube-state-metrics}]", True),
        ("[a,&c kube-state-metrics]", True),
        ("{a: b, c:\t&c kube-state-metrics}", True),
        ("kube-state-metrics && echo a", False),
        ("kube-state-metrics & echo a", False),
        ("kube-state-metrics a&c", False),
        ("kube-state-metrics &", False),
    ],
)
def test_an_item_with_an_anchor_is_left_for_the_pods_that_use_it(
    value: str, *, is_kept: bool
) -> None:
    """A pod may get its container, which names the program, by an alias."""
    by_alias = "kind: Pod\nspec: {containers: [*c]}\n"
    others = ["kind: B\nname: b\n"] * 3
    items = (f"kind: A\nvalue: {value}\n", *others, BROKEN, *others, by_alias)
    raw = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n" + "".join(
        f"- {each.strip()}\n".replace("\n", "\n  ").rstrip(" ") for each in items
    )
    part = excerpt(raw.encode(), WANTED)

    assert part is not None
    assert (value in part.text) is is_kept


@LAWS
@given(streams(mutations=1))
def test_what_is_left_holds_all_that_concerns_us(raw: bytes) -> None:
    """The excerpt has all workloads, and its items keep their order."""
    part = excerpt(raw, WANTED)
    try:
        whole = read(raw, None).stream
        documents = parse(part.text) if part else ()
        left = read_stream(documents)
    except BadInput:
        return
    if part is None or not is_sound(part, documents, left):
        event("nothing is left out")
        return
    event("something is left out")
    rest = iter(_named(item.resource) for item in whole.items)

    assert all(_named(item.resource) in rest for item in left.items if item.resource is not None)
    assert _workloads(whole.items) == _workloads(left.items)


def _workloads(items: Iterable[Item]) -> list[object]:
    return [
        _named(item.resource)
        for item in items
        for workload in find_workloads(item)
        if analyse(workload) is not None
    ]


def _named(value: object) -> object:
    # A key that is a collection goes by its place in the text.
    if isinstance(value, dict):
        return [(type(key), str(key) * isinstance(key, str), _named(value[key])) for key in value]
    return [_named(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("item", range(len(ITEMS + WRONG)))
def test_each_item_beside_a_broken_workload(item: int) -> None:
    """Before it and after it, in each form of list."""
    one = (ITEMS + WRONG)[item]
    for items in ([one, BROKEN], [BROKEN, one], [one, BROKEN, one]):
        for indent in ("", "  "):
            for form in ("resource list", "config first", "list", "documents"):
                text = written(items, form, indent).replace("MODE", "dedicated-port")
                crlf, cut = text.replace("\n", "\r\n"), text.removesuffix("\n")
                for spelled in (text, crlf, cut, f"\ufeff{text}"):
                    _check(spelled.encode(), OPTIONS if form == "resource list" else {})


def test_plain_items_are_left_out() -> None:
    """An item that names no program is not parsed, and may be no YAML at all."""
    raw = b"kind: List\nitems:\n- kind: A\n  b: [c]\n- kind: A\n  b: {\n- kind: A\n  b: c\nend:\n"
    part = excerpt(raw, WANTED)

    assert part is not None
    assert part.text == "kind: List\nitems:\n- ~\nend:\n"
    assert [cut.content.tobytes() for cut in part.omitted] == [raw[18:-6]]


def test_the_last_item_is_looked_into_where_nothing_follows() -> None:
    """A stream that is cut short inside of an item is refused."""
    raw = b"kind: List\nitems:\n- kind: A\n  b: c\n- kind: A\n  b: {c:"

    output = run(raw, {})

    assert (output.exit_code, output.stdout) == (2, b"")


@pytest.mark.parametrize("end", ["\n", "  # a comment\n", "  d: |+\n    e\n\n"])
def test_what_is_added_goes_where_it_went_without_leaving_out(end: str) -> None:
    """After the last line of the list."""
    _check(
        f"kind: List\nitems:\n- {BROKEN[:-1]}\n- kind: A\n  b: c\n{end}end: a\n".encode(), OPTIONS
    )


@pytest.mark.parametrize("line_break", ["\r", "\x85", "\u2028", "\u2029"])
def test_a_string_may_begin_behind_a_line_break_of_yaml_only(line_break: str) -> None:
    """The block scalar ends there, and what looks like a workload is a part of a string."""
    opening = f'kind: A\nscript: |\n  one{line_break}- kind: "B\n'
    text = written([opening, BROKEN, 'kind: C"\n', BROKEN], "list", "")
    raw = text.replace('  one\u0085  - kind: "B', '  one\u0085- kind: "B').encode()

    assert run(raw, {}).stdout.count(b"livenessProbe") == 1
    _check(raw, {})
