"""The nodes of a YAML document, each with its place in the text."""

from __future__ import annotations

from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple
from fix_ksm_probes.yamlpatch.text import Span

_MERGE = "tag:yaml.org,2002:merge"


class Scalar(NamedTuple):
    """One value; `style` is its quote or block indicator, empty where it is plain."""

    span: Span
    anchor: str | None
    tag: str | None
    style: str
    value: str


class Entry(NamedTuple):
    """One key of a mapping with what it holds."""

    key: Node
    value: Node


class Mapping(NamedTuple):
    """Keys and values in their order; `flow` where it is written in braces.

    One that is wide has its entries `by_key`, too: what is looked for there is looked for often.
    """

    span: Span
    anchor: str | None
    flow: bool
    entries: tuple[Entry, ...]
    by_key: dict[object, Entry] | None = None


class Sequence(NamedTuple):
    """Items in their order; `flow` where it is written in brackets."""

    span: Span
    anchor: str | None
    flow: bool
    items: tuple[Node, ...]


class Alias(NamedTuple):
    """A second place of a node; `span` is that of the alias, not of its target."""

    span: Span
    target: Node


# A node's span ends behind its last character, never on the comments or blank lines that follow.
Node = Scalar | Mapping | Sequence | Alias


class Document(NamedTuple):
    """One YAML document: its root node, the aliases and anchors within it, and where it ends.

    What stands between the root node and `end` is comments and blank lines.
    """

    root: Node
    aliases: tuple[Alias, ...]
    has_anchors: bool
    end: int


def follow(node: Node) -> Scalar | Mapping | Sequence:
    """Return `node`, or the node it is an alias of."""
    while isinstance(node, Alias):
        node = node.target
    return node


def is_merge_key(node: Node) -> bool:
    """Tell whether `node` is the key `<<` that merges other mappings into its own."""
    return (
        isinstance(node, Scalar)
        and node.value == "<<"
        and (node.tag == _MERGE or (node.style == "" and node.tag is None))
    )
