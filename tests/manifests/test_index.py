"""The index finds what a loop over all items finds, in the same order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from fix_ksm_probes.manifests.index import Index, Kinds
from fix_ksm_probes.manifests.stream import Item
from fix_ksm_probes.manifests.workload import Identity, identify
from fix_ksm_probes.yamlpatch import Pointer, add, replace, value_at

if TYPE_CHECKING:
    from fix_ksm_probes.manifests.index import Row

LAWS = settings(derandomize=True, deadline=None, max_examples=300)
FILES = ("a.yaml", "dev/a.yaml", "dev/b.yaml", "dev/eu/a.yaml", "prod/a.yaml")
NAMESPACES = (None, "x", "y")
LABELS = ("app", "tier", "zone")
VERSIONS = ("v1", "apps/v1", "apps/v1beta1")


class Seen(NamedTuple):
    """An item as one file sees it, and its place among those of all files."""

    item: Item
    whole: Item


def _resource(kind: str, version: str | None, name: str, namespace: str | None) -> object:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"kind": kind, "metadata": metadata, **({"apiVersion": version} if version else {})}


_RESOURCES = st.builds(
    _resource,
    st.sampled_from(("Service", "Pod")),
    st.sampled_from((None, *VERSIONS)),
    st.sampled_from(("", "one", "two")),
    st.sampled_from(NAMESPACES),
)
_ALL = ("Service", "Pod")
_LABELLED = st.tuples(_RESOURCES, st.frozensets(st.sampled_from(LABELS)))
_HELD = st.lists(st.sampled_from(LABELS), unique=True)
_SPACE = st.sampled_from(NAMESPACES)


def _with_labels(resource: object, labels: frozenset[str]) -> object:
    return {**resource, "labels": sorted(labels)}  # type: ignore[dict-item]


_ITEMS = st.lists(_LABELLED, max_size=8).map(
    lambda found: [Item((i,), _with_labels(*each)) for i, each in enumerate(found)]
)
_IN_FILES = st.lists(st.tuples(st.sampled_from(FILES), _LABELLED), max_size=12).map(
    lambda found: [Item((file, i), _with_labels(*each)) for i, (file, each) in enumerate(found)]
)


def _labels_of(item: Item) -> tuple[object, ...]:
    labels = value_at(item.resource, ("labels",))
    return tuple(labels) if isinstance(labels, list) else ()


def _by_label(kinds: Kinds) -> Iterator[Row[Pointer]]:
    for item in kinds.items:
        yield item, item.pointer, _labels_of(item), (identify(item.resource).namespace or "",)


def _into_zones(kinds: Kinds) -> Iterator[Row[Pointer]]:
    """Yield rows of other namespaces than that of their item, as for a monitor."""
    for item in kinds.items:
        yield item, item.pointer, _labels_of(item), ("x" if "zone" in _labels_of(item) else "y",)


def _of_labelled(kinds: Kinds) -> Iterator[Row[Pointer]]:
    return (row for row in _by_label(kinds) if _labels_of(row[0]))


def _looks_into(item: Item, namespace: str | None) -> bool:
    return not namespace or identify(item.resource).namespace in (namespace, None)


def _walk(items: list[Item], own: str) -> list[Seen]:
    """Return the items as the file `own` sees them: its own first, then the nearest copies."""
    groups: dict[object, list[Item]] = {}
    for item in items:
        identity = identify(item.resource)
        name = (identity.kind, identity.namespace, identity.name) if identity.name else item.pointer
        groups.setdefault(name, []).append(item)
    found = []
    for item in items:
        group = next(each for each in groups.values() if item in each)
        is_copied = len({each.pointer[0] for each in group}) > 1
        if not is_copied:
            found.append(item)
        elif item is group[0]:
            found += _nearest(group, own)
    seen = [
        Seen(item._replace(pointer=item.pointer[1:]) if item.pointer[0] == own else item, item)
        for item in found
    ]
    return sorted(seen, key=lambda each: each.whole.pointer[0] != own)


def _nearest(group: list[Item], own: str) -> list[Item]:
    steps = own.split("/")
    for depth in range(len(steps), 0, -1):
        folder = "/".join(steps[:depth])
        below = [item for item in group if f"{item.pointer[0]}/".startswith(f"{folder}/")]
        if below:
            return below
    return group


@LAWS
@given(_ITEMS, st.sampled_from(("Service", "Pod", "Job")), st.sampled_from(("", "apps/")), _SPACE)
def test_a_kind(items: list[Item], kind: str, version: str, namespace: str | None) -> None:
    """By kind, version, namespace and name, or some of them."""
    index = Index(items)
    wanted = [(item, identify(item.resource)) for item in items]
    wanted = [
        (item, identity)
        for item, identity in wanted
        if identity.kind == kind
        and (identity.api_version or "").startswith(version)
        and _looks_into(item, namespace)
    ]

    assert list(index.of(kind, version, namespace)) == wanted
    for name in ("one", "two", "none"):
        named = [each for each in wanted if each[1].name == name]
        assert list(index.of(kind, version, namespace, (name,))) == named
    assert list(index.kinds()) == list(dict.fromkeys(str(_kind(each)) for each in items))
    for _, identity in wanted:
        assert index.place_of(identity) == _place_of(identity, items)


def _kind(item: Item) -> object:
    return value_at(item.resource, ("kind",))


def _place_of(identity: Identity, items: list[Item]) -> Pointer:
    return next(each.pointer for each in items if identify(each.resource) == identity)


@LAWS
@given(_ITEMS, _HELD, _SPACE)
def test_keys(items: list[Item], keys: list[str], namespace: str | None) -> None:
    """An item with one of the keys comes once.

    An item with all of them, or that lacks none, is found.
    """
    index = Index(items)
    near = [item for item in items if _looks_into(item, namespace)]
    some = [item for item in near if set(keys) & {*_labels_of(item)}]
    every = [item for item in near if set(keys) <= {*_labels_of(item)}]
    none_else = [item for item in near if set(keys) >= {*_labels_of(item)}]

    wanted = [item for item, _ in index.find_wanted(_by_label, tuple(keys), namespace)]
    wanting = [item for item, _ in index.find_wanting(_of_labelled, keys, namespace)]

    assert [item for item, _ in index.find(_by_label, keys, namespace)] == some
    assert [item for item in wanted if item in every] == every
    assert [item for item in wanting if item in none_else] == [
        item for item in none_else if _labels_of(item)
    ]
    # No more is looked at than has the rarest key.
    counts = [sum(key in _labels_of(item) for item in items) for key in keys]
    assert len(wanted) <= min(counts, default=len(near))
    assert all(set(keys) & {*_labels_of(item)} for item in wanting)
    assert [key in each for each in index.keys(_by_label) for key in LABELS] == [
        any(key in _labels_of(item) for item in items) for key in LABELS
    ]


@LAWS
@given(_IN_FILES, st.sampled_from(FILES), _HELD, _SPACE)
def test_files(items: list[Item], own: str, keys: list[str], namespace: str | None) -> None:
    """A file sees its own items first, and of several copies its own or the nearest."""
    seen = _walk(items, own)
    near = [each for each in seen if _looks_into(each.item, namespace)]
    view = Index.of_files(items).seen_from(own)

    assert list(view.of("Service", namespace=namespace)) == [
        (each.item, identify(each.item.resource)) for each in near if _kind(each.item) == "Service"
    ]
    some = [each for each in near if set(keys) & {*_labels_of(each.item)}]
    # In the second table a copy without a row hides the others all the same.
    for table in (_by_label, _of_labelled):
        found = list(view.find(table, keys, namespace))
        assert sorted(found, key=str) == sorted(
            ((each.item, each.whole.pointer) for each in some), key=str
        )
        is_other = [pointer[0] != own for _, pointer in found]
        assert is_other == sorted(is_other)
    # Of these, others may come as well.
    wanted = view.find_wanted(_by_label, tuple(keys), namespace)
    assert sorted(str(row) for row in wanted if set(keys) <= {*_labels_of(row[0])}) == sorted(
        str((each.item, each.whole.pointer))
        for each in near
        if set(keys) <= {*_labels_of(each.item)}
    )
    wanting = view.find_wanting(_by_label, keys, namespace)
    assert sorted(str(row) for row in wanting if set(keys) >= {*_labels_of(row[0])}) == sorted(
        str((each.item, each.whole.pointer))
        for each in near
        if set(keys) >= {*_labels_of(each.item)}
    )
    zones = [
        each.whole.pointer
        for each in seen
        if set(keys) & {*_labels_of(each.item)}
        and namespace in (None, "x" if "zone" in _labels_of(each.item) else "y")
    ]
    found_in = [pointer for _, pointer in view.find(_into_zones, keys, namespace)]
    assert sorted(map(str, found_in)) == sorted(map(str, zones))
    for each in seen:
        patched = view.patched((add((*each.item.pointer, "kept"), True),))
        kept = [item.pointer for item, _ in patched.find(_by_label, LABELS) if _kept(item)]
        assert kept == [each.item.pointer] * bool(_labels_of(each.item))


@LAWS
@given(_ITEMS, _LABELLED)
def test_changes(items: list[Item], more: tuple[object, frozenset[str]]) -> None:
    """A branch has what is put into it and what is kept; only a patched view has its changes."""
    index = Index(items)
    run = index.branch()
    assert list(run.kinds()) == list(index.kinds())
    held = list(run.find(_by_label, LABELS))
    assert [list(run.of(kind)) for kind in _ALL] == [list(index.of(kind)) for kind in _ALL]
    before = run.patched((add((98,), {"kind": "Pod"}),))
    new = Item((99,), _with_labels(*more))

    run.put(new)
    run.keep((add((99, "kept"), True),))
    view = run.patched((replace((99, "kept"), False),))

    kind = str(_kind(new))
    assert list(index.of(kind)) == [(each, identify(each.resource)) for each in _of(kind, items)]
    assert [each.pointer for each, _ in run.of(kind)] == [
        each.pointer for each in (*_of(kind, items), new)
    ]
    assert list(run.find(_by_label, LABELS))[: len(held)] == held
    assert [pointer for _, pointer in run.find(_by_label, LABELS)] == [
        each.pointer for each in (*items, new) if _labels_of(each)
    ]
    assert [_kept(each) for each, _ in run.of(kind)][-1:] == [True]
    assert [_kept(each) for each, _ in view.of(kind)][-1:] == [False]
    assert [_kept(each) for each, _ in before.of(kind)][-1:] == [True]
    assert run.patched(()) is run


@LAWS
@given(_ITEMS, _LABELLED)
def test_a_branch_that_nobody_looked_into(
    items: list[Item], more: tuple[object, frozenset[str]]
) -> None:
    """An item is there once, however late the first look; branches of a branch share it."""
    run = Index(items).branch()
    inner = run.branch()
    new = Item((99,), _with_labels(*more))
    inner.put(new)

    for view in (run, inner):
        kind = str(_kind(new))
        assert [each for each, _ in view.of(kind)] == [*_of(kind, items), new]
        assert [each for each, _ in view.find(_by_label, LABELS)] == [
            each for each in (*items, new) if _labels_of(each)
        ]


@LAWS
@given(_IN_FILES, st.sampled_from(FILES))
def test_a_branch_is_seen_from_the_same_file(items: list[Item], own: str) -> None:
    """Its file has its own items first, and its pointers do not name the file."""
    view = Index.of_files(items).seen_from(own)

    for kind in _ALL:
        assert list(view.branch().of(kind)) == list(view.of(kind))


def _of(kind: str, items: list[Item]) -> list[Item]:
    return [each for each in items if _kind(each) == kind]


def _kept(item: Item) -> object:
    return value_at(item.resource, ("kept",))
