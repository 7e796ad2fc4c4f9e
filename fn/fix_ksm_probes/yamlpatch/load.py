"""Plain data from nodes: dict, list, str, Untyped, int, bool or None."""

from __future__ import annotations

from fix_ksm_probes.yamlpatch.errors import BadInput
from fix_ksm_probes.yamlpatch.nodes import (
    Alias,
    Mapping,
    Node,
    Scalar,
    Sequence,
    follow,
    is_merge_key,
)
from fix_ksm_probes.yamlpatch.scalars import Untyped, as_text, meaning

# How many nodes aliases may unfold to, beside one for each character, and how deep.
_LARGEST_EXPANSION = 100_000
_DEEPEST_EXPANSION = 200

_STR = "tag:yaml.org,2002:str"
_INT = "tag:yaml.org,2002:int"


def load_key(node: Node) -> object:
    """Return the key of an entry as plain data; equal for keys that Kubernetes takes as one."""
    node = follow(node)
    # To Python 1 and true are one key; to Kubernetes, as to JSON, all keys are text.
    return as_text(_load_scalar(node)) if isinstance(node, Scalar) else (node.span,)


def load(node: Node) -> object:
    """Return the plain data of `node`: dict, list, str, Untyped, int, bool or None.

    Aliases are unfolded into copies and merge keys into the keys they stand for. Raises BadInput
    where aliases unfold to too much.
    """
    return load_all((node,))[0]


def load_all(nodes: tuple[Node, ...]) -> list[object]:
    """Return the plain data of each of `nodes`, as `load` does, with one limit for all of them."""
    loader = _Loader(sum(node.span.end - node.span.start for node in nodes))
    return [loader.load(node) for node in nodes]


class _Loader:
    def __init__(self, size: int) -> None:
        self.budget = _LARGEST_EXPANSION + size
        self.unfolding = False
        self.depth = 0

    def load(self, node: Node) -> object:
        """Return the data of `node`, counting what is unfolded from aliases."""
        if self.unfolding:
            self.budget -= 1
            if self.budget < 0:
                raise BadInput(f"aliases unfold to more than {_LARGEST_EXPANSION} nodes")
        if isinstance(node, Scalar):
            return _load_scalar(node)
        if isinstance(node, Alias):
            return self.unfold(node.target)
        self.depth += 1
        if self.depth > _DEEPEST_EXPANSION:
            raise BadInput(f"aliases nest deeper than {_DEEPEST_EXPANSION}")
        value = (
            self.load_mapping(node)
            if isinstance(node, Mapping)
            else [self.load(item) for item in node.items]
        )
        self.depth -= 1
        return value

    def unfold(self, node: Node) -> object:
        outer, self.unfolding = self.unfolding, True
        value = self.load(node)
        self.unfolding = outer
        return value

    def load_mapping(self, node: Mapping) -> dict[object, object]:
        own: dict[object, object] = {}
        collections = 0
        inherited: list[dict[object, object]] = []
        for key, value in node.entries:
            if is_merge_key(key):
                # No generators: each would be one more call for each merge within a merge.
                for mapping in _merged_mappings(value):
                    unfolded = self.unfold(mapping)
                    inherited += [unfolded] if isinstance(unfolded, dict) else []
                continue
            name = load_key(key)
            if isinstance(name, tuple):
                # By its number, which no edit elsewhere changes.
                name, collections = (collections,), collections + 1
            own[name] = self.load(value)
        if not inherited:
            return own
        merged: dict[object, object] = {}
        for source in reversed(inherited):
            merged.update(source)
        return {**{key: merged[key] for key in merged if key not in own}, **own}


def _merged_mappings(node: Node) -> tuple[Mapping, ...]:
    node = follow(node)
    if isinstance(node, Mapping):
        return (node,)
    sources = node.items if isinstance(node, Sequence) else ()
    mappings = tuple(follow(source) for source in sources)
    if not mappings or not all(isinstance(source, Mapping) for source in mappings):
        raise BadInput("the merge key << accepts a mapping or a list of mappings")
    return tuple(source for source in mappings if isinstance(source, Mapping))


def _load_scalar(node: Scalar) -> None | bool | int | str:
    if node.tag is None:
        return meaning(node.value) if node.style == "" else node.value
    if node.tag == _STR:
        return node.value
    if node.tag == _INT:
        return meaning(node.value)
    return Untyped(node.value)
