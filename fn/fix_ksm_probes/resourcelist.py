"""The envelope: where the items, the functionConfig and the results of a stream stand."""

from __future__ import annotations

from typing import NamedTuple

from fix_ksm_probes.errors import BadInput
from fix_ksm_probes.load import load
from fix_ksm_probes.nodes import Document
from fix_ksm_probes.pointer import Pointer

_GROUP = "config.kubernetes.io/"


class Item(NamedTuple):
    """One resource of the input: its place in the stream, and its plain data."""

    pointer: Pointer
    resource: object


class Stream(NamedTuple):
    """The input as a function meets it.

    `results` is the place of the results, or None for a stream of documents, which has none.
    """

    items: tuple[Item, ...]
    function_config: object
    results: Pointer | None


def read_resource_list(documents: tuple[Document, ...]) -> Stream:
    """Return the ResourceList in `documents` (KRM functions specification, v1).

    Raises BadInput where the input is anything else.
    """
    found = [(i, load(document.root)) for i, document in enumerate(documents)]
    roots = [(index, root) for index, root in found if root is not None]
    if not roots:
        raise BadInput("stdin is empty; a ResourceList (config.kubernetes.io/v1) is accepted")
    index, root = roots[0]
    if not isinstance(root, dict) or root.get("kind") != "ResourceList":
        kind = root.get("kind") if isinstance(root, dict) else None
        met = f"kind {kind!r}" if kind else "no kind"
        raise BadInput(f"stdin holds {met}; kind 'ResourceList' ({_GROUP}v1) is accepted")
    if len(roots) > 1:
        raise BadInput(
            "stdin holds documents beside the ResourceList; one ResourceList is accepted"
        )
    group = root.get("apiVersion")
    if not isinstance(group, str) or not group.startswith(_GROUP):
        raise BadInput(f"apiVersion {group!r} of the ResourceList; {_GROUP}v1 is accepted")
    items = root.get("items")
    if items is not None and not isinstance(items, list):
        raise BadInput("items of the ResourceList is not a list; a list of resources is accepted")
    return Stream(
        tuple(Item((index, "items", i), resource) for i, resource in enumerate(items or ())),
        root.get("functionConfig"),
        (index, "results"),
    )


def read_documents(documents: tuple[Document, ...]) -> Stream:
    """Return a stream of documents, each of them one item, as kustomize's exec plugins get it."""
    found = ((index, load(document.root)) for index, document in enumerate(documents))
    items = tuple(Item((index,), root) for index, root in found if root is not None)
    return Stream(items, None, None)
