"""Items move from one list to another with their comments, and patches apply in one pass."""

from __future__ import annotations

import copy
from typing import Any

import jsonpatch
from hypothesis import given, settings
from hypothesis import strategies as st

from fix_ksm_probes.yamlpatch import (
    END,
    Operation,
    Patch,
    Source,
    add,
    apply_patch,
    below,
    compose_patches,
    decode,
    load,
    move,
    parse,
    patch_text,
    remove,
    replace,
    value_at,
)
from fix_ksm_probes.yamlpatch.check import same
from fix_ksm_probes.yamlpatch.patch import as_json
from tests.yamlpatch.generated import DATA, LEAVES
from tests.yamlpatch.spelling import Speller, save

LAWS = settings(derandomize=True, deadline=None, max_examples=60)

_NAMES = st.sampled_from(["name", "image", "args", "ports"])


@st.composite
def _specs(draw: st.DrawFn, data: st.SearchStrategy[Any]) -> dict[str, Any]:
    items = st.dictionaries(_NAMES, data, min_size=1, max_size=3)
    spec: dict[str, Any] = {"containers": draw(st.lists(items, min_size=2, max_size=4))}
    if draw(st.booleans()):
        spec["volumes"] = draw(data)
    if draw(st.booleans()):
        spec["initContainers"] = draw(st.lists(items, min_size=1, max_size=2))
    return dict(draw(st.permutations(list(spec.items()))))


@st.composite
def _patches(draw: st.DrawFn, spec: dict[str, Any]) -> Patch:
    """Return a patch like those of options: changes, additions, and then moves."""
    containers = ("spec", "containers")
    count = len(spec["containers"])
    patch: list[Operation] = []
    if draw(st.booleans()):
        patch += [add((*containers, END), {"name": "fresh"})]
        if draw(st.booleans()):
            patch.append(add((*containers, count, "args"), [draw(LEAVES)]))
            patch.append(add((*containers, count, "args", END), draw(LEAVES)))
        count += 1
    for index in draw(st.sets(st.integers(0, len(spec["containers"]) - 1))):
        key = draw(st.sampled_from(["restartPolicy", *spec["containers"][index]]))
        patch.append(add((*containers, index, key), {"a": draw(LEAVES)}))
        if draw(st.booleans()):
            patch.append(replace((*containers, index, key, "a"), draw(DATA)))
        elif draw(st.booleans()):
            patch.append(remove((*containers, index, key, "a")))
    moving = sorted(draw(st.sets(st.integers(0, count - 1), min_size=1, max_size=count - 1)))
    if "initContainers" not in spec:
        patch.append(add(("spec", "initContainers"), []))
    return (
        *patch,
        *(
            move((*containers, index - gone), ("spec", "initContainers", END))
            for gone, index in enumerate(moving)
        ),
    )


@st.composite
def _stories(draw: st.DrawFn, *, in_lines: bool = False) -> tuple[Patch, Source]:
    """Return a patch of a pod, and a document with that pod."""
    spec = draw(_specs(LEAVES if in_lines else DATA))
    patch = draw(_patches(spec))
    speller = Speller(draw, 30 if in_lines else 10, in_lines=in_lines)
    return patch, decode(save(draw, speller.document({"items": [{"spec": spec}]})))


_ITEM = ("items", 0)


@LAWS
@given(_stories())
def test_a_folded_patch_does_the_same(story: tuple[Patch, Source]) -> None:
    """However its operations depend on each other; and it addresses no place twice."""
    patch, source = story
    before = value_at(load(parse(source.text)[0].root), _ITEM)
    folded = compose_patches(before, patch)
    changed = [operation.path for operation in folded if operation.path[-1] != END]

    assert same(
        apply_patch(copy.deepcopy(before), patch), apply_patch(copy.deepcopy(before), folded)
    )
    assert len(set(changed)) == len(changed)
    assert not [
        one for one in changed for other in changed if one != other and other[: len(one)] == one
    ]


@LAWS
@given(_stories())
def test_a_patch_changes_nothing_that_it_is_given(story: tuple[Patch, Source]) -> None:
    """A moved value changes in its new place, and the old data stays."""
    given, source = story
    patch = (*given, add(("spec", "initContainers", 0, "late"), {"a": 1}))
    before = value_at(load(parse(source.text)[0].root), _ITEM)
    root, values = copy.deepcopy((before, [each.value for each in patch]))
    after = apply_patch(before, patch)

    assert same(before, root)
    assert same([each.value for each in patch], values)
    operations = [as_json(each) for each in copy.deepcopy(patch)]
    assert same(after, jsonpatch.apply_patch(root, operations))


@LAWS
@given(_stories())
def test_both_roads_meet(story: tuple[Patch, Source]) -> None:
    """In every spelling of the lists; `patch_text` raises if the two paths differ."""
    patch, source = story
    documents = parse(source.text)
    root = load(documents[0].root)
    folded = below((0, *_ITEM), compose_patches(value_at(root, _ITEM), patch))
    new = add((0, "items", END), {"kind": "fresh"})
    text = patch_text(source, documents, (*folded, new)).text

    assert same(
        [load(document.root) for document in parse(text)],
        apply_patch([root], (*below((0, *_ITEM), patch), new)),
    )


@LAWS
@given(_stories(in_lines=True))
def test_comments_go_along(story: tuple[Patch, Source]) -> None:
    """In block style no comment is lost."""
    patch, source = story
    documents = parse(source.text)
    containers = value_at(load(documents[0].root), (*_ITEM, "spec", "containers"))
    moves = [each for each in patch if each.op == "move"]
    count = len(containers) if isinstance(containers, list) else 0
    if len(moves) >= count or any(
        int(each.source[-1]) + gone >= count for gone, each in enumerate(moves)
    ):
        return
    lists = tuple(each for each in patch if each.path == ("spec", "initContainers"))
    text = patch_text(source, documents, below((0, *_ITEM), (*lists, *moves))).text

    assert sorted(line.split("#")[1] for line in source.text.splitlines() if "#" in line) == sorted(
        line.split("#")[1] for line in text.splitlines() if "#" in line
    )
