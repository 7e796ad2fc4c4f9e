"""Plain data from nodes: dict, list, str, Untyped, int, bool or None."""

from __future__ import annotations

from fix_ksm_probes.errors import BadInput
from fix_ksm_probes.nodes import Mapping, Node, Scalar, Sequence, follow, is_merge_key
from fix_ksm_probes.scalars import Untyped, meaning

_LARGEST_EXPANSION = 1_000_000  # nodes that aliases may unfold to

_STR = "tag:yaml.org,2002:str"
_INT = "tag:yaml.org,2002:int"


def load_key(node: Node) -> object:
    """Return the key of an entry as plain data; equal for keys that Kubernetes takes as one."""
    node = follow(node)
    if not isinstance(node, Scalar):
        return (type(node).__name__, node.span)
    value = load(node)
    return None if value is None else str(value) if isinstance(value, str) else value


def load(node: Node) -> object:
    """Return the plain data of `node`: dict, list, str, Untyped, int, bool or None.

    Aliases are unfolded into copies and merge keys into the keys they stand for. Raises BadInput
    where aliases unfold to too much.
    """
    try:
        return _Loader().load(node)
    except RecursionError:
        raise BadInput("aliases nest too deep to be unfolded") from None


class _Loader:
    def __init__(self) -> None:
        self.budget = _LARGEST_EXPANSION
        self.unfolding = False

    def load(self, node: Node) -> object:
        """Return the data of `node`, counting what is unfolded from aliases."""
        if self.unfolding:
            self.budget -= 1
            if self.budget < 0:
                raise BadInput(f"aliases unfold to more than {_LARGEST_EXPANSION} nodes")
        if isinstance(node, Scalar):
            return _load_scalar(node)
        if isinstance(node, Mapping):
            return self.load_mapping(node)
        if isinstance(node, Sequence):
            return [self.load(item) for item in node.items]
        return self.unfold(node.target)

    def unfold(self, node: Node) -> object:
        outer, self.unfolding = self.unfolding, True
        value = self.load(node)
        self.unfolding = outer
        return value

    def load_mapping(self, node: Mapping) -> dict[object, object]:
        own = {}
        merged: dict[object, object] = {}
        for key, value in node.entries:
            if is_merge_key(key):
                for source in _merged_mappings(value):
                    inherited = self.unfold(source)
                    merged = {**inherited, **merged} if isinstance(inherited, dict) else merged
            else:
                own[load_key(key)] = self.load(value)
        return {**{key: merged[key] for key in merged if key not in own}, **own} if merged else own


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
