"""Items go from one list to another with all that belongs to them, and patches in one pass."""

from __future__ import annotations

import copy
from typing import Any

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
from fix_ksm_probes.yamlpatch.document import Alias, Mapping, Node, Scalar
from tests.yamlpatch.generated import DATA, LEAVES
from tests.yamlpatch.spelling import Speller, save

LAWS = settings(derandomize=True, deadline=None, max_examples=60)

_ITEMS = st.dictionaries(
    st.sampled_from(["name", "image", "args", "ports"]), DATA, min_size=1, max_size=3
)


@st.composite
def _specs(draw: st.DrawFn) -> dict[str, Any]:
    spec: dict[str, Any] = {"containers": draw(st.lists(_ITEMS, min_size=2, max_size=4))}
    if draw(st.booleans()):
        spec["volumes"] = draw(DATA)
    if draw(st.booleans()):
        spec["initContainers"] = draw(st.lists(_ITEMS, max_size=2))
    return dict(draw(st.permutations(list(spec.items()))))


@st.composite
def _patches(draw: st.DrawFn, spec: dict[str, Any]) -> Patch:
    """Return a patch as the guardrails make them: changes, additions, and at last moves."""
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
def _stories(draw: st.DrawFn) -> tuple[Patch, Source]:
    spec = draw(_specs())
    patch = draw(_patches(spec))
    return patch, decode(save(draw, Speller(draw).document({"items": [{"spec": spec}]})))


_ITEM = ("items", 0)


@LAWS
@given(_stories())
def test_a_folded_patch_does_the_same(story: tuple[Patch, Source]) -> None:
    """However its operations build on each other; and no place is addressed twice."""
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
def test_both_roads_meet(story: tuple[Patch, Source]) -> None:
    """No spelling of the lists makes them differ; `rewrite` raises where they do."""
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


def _is_in_lines(node: Node) -> bool:
    """Tell whether there are no braces, brackets, anchors and aliases."""
    if isinstance(node, Alias) or node.anchor is not None:
        return False
    if isinstance(node, Mapping):
        return not node.flow and all(_is_in_lines(each.value) for each in node.entries)
    return isinstance(node, Scalar) or (not node.flow and all(map(_is_in_lines, node.items)))


@LAWS
@given(_stories())
def test_comments_go_along(story: tuple[Patch, Source]) -> None:
    """In block style, no comment is lost but with what an operation replaces or an alias ties."""
    patch, source = story
    documents = parse(source.text)
    if not _is_in_lines(documents[0].root):
        return
    containers = value_at(load(documents[0].root), (*_ITEM, "spec", "containers"))
    moves = [each for each in patch if each.op == "move"]
    count = len(containers) if isinstance(containers, list) else 0
    if any(int(each.source[-1]) + gone >= count for gone, each in enumerate(moves)):
        return
    lists = tuple(each for each in patch if each.path == ("spec", "initContainers"))
    text = patch_text(source, documents, below((0, *_ITEM), (*lists, *moves))).text

    assert sorted(line.split("#")[1] for line in source.text.splitlines() if "#" in line) == sorted(
        line.split("#")[1] for line in text.splitlines() if "#" in line
    )
