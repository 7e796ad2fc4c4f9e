"""The form of the input: its items, the functionConfig, and the place of new items."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fix_ksm_probes.yamlpatch import (
    END,
    BadInput,
    Document,
    NamedTuple,
    Pointer,
    load_all,
    value_at,
)
from fix_ksm_probes.yamlpatch.document import is_json_object

_GROUP = "config.kubernetes.io/"
TEMPLATE_ADVICE = "looks like a Go or Jinja template; render it first"
_LONGEST_KEY = 60  # characters
_ACCEPTED = "Kubernetes manifests, a List and a ResourceList are accepted"


class NoManifests(BadInput):
    """The input is YAML or JSON, but not manifests, such as the values of a chart."""


class Item(NamedTuple):
    """One resource of the input: its pointer from the stream, and its plain data."""

    pointer: Pointer
    resource: object


class Stream(NamedTuple):
    """The form of an input.

    `results` is the pointer of the results, None for anything but a ResourceList. `addition` is the
    pointer of a new item, None if the input cannot hold one. `in_json` says that it is JSON.
    """

    items: Iterable[Item]
    function_config: object
    results: Pointer | None
    addition: Pointer | None
    in_json: bool


def read_stream(documents: tuple[Document, ...], first: int = 0) -> Stream:
    """Return the form of a ResourceList (KRM functions specification, v1), of Lists, of documents.

    `first` is the index of the first of `documents`. Raises BadInput if the input is anything else.
    """
    found = list(enumerate(load_all(tuple(document.root for document in documents)), first))
    roots = [(index, root) for index, root in found if root is not None]
    in_json = any(is_json_object(documents[index - first].root) for index, _ in roots)
    for index, root in roots:
        if isinstance(root, dict) and any(isinstance(key, tuple) for key in root):
            raise NoManifests(f"document {index + 1} {TEMPLATE_ADVICE}")
        if is_json_patch(root):
            continue
        if not isinstance(root, dict) or not isinstance(root.get("kind"), str):
            raise NoManifests(f"document {index + 1} {_what_is(root)}; {_ACCEPTED}")
        if root["kind"] == "ResourceList":
            if len(roots) > 1:
                raise BadInput(
                    "there are documents beside the ResourceList; one ResourceList is accepted"
                )
            return _read_resource_list(index, root, in_json=in_json)
    items = tuple(item for index, root in roots for item in _unpack(Item((index,), root)))
    addition: Pointer | None = None if in_json else (END,)
    # A typed list such as a DeploymentList holds nothing but Deployments.
    if len(roots) == 1 and _is_list(roots[0][1]) and value_at(roots[0][1], ("kind",)) == "List":
        addition = (roots[0][0], "items", END)
    return Stream(items, None, None, addition, in_json)


def read_item(pointer: Pointer, resource: object) -> tuple[Item, ...]:
    """Return the items in one item of a list: itself, or those of a List."""
    return tuple(_unpack(Item(pointer, resource)))


def _what_is(root: object) -> str:
    """Return what a document is that is no object of Kubernetes."""
    if isinstance(root, list):
        return "is a list; put its objects under `items` of a List"
    if not isinstance(root, dict):
        return "is text, not an object"
    return f"has no kind; it begins with `{str(next(iter(root), ''))[:_LONGEST_KEY]}:`"


def is_json_patch(resource: object) -> bool:
    """Tell whether a document is a list of operations (RFC 6902), for kustomize to apply."""
    return (
        isinstance(resource, list)
        and bool(resource)
        and all(isinstance(each, dict) and {"op", "path"} <= set(each) for each in resource)
    )


def _read_resource_list(index: int, root: dict[object, object], *, in_json: bool) -> Stream:
    group = root.get("apiVersion")
    if not isinstance(group, str) or not group.startswith(_GROUP):
        what = f"has apiVersion {str(group)[:80]!r}" if group else "has no apiVersion"
        raise BadInput(f"the ResourceList {what}; {_GROUP}v1 is accepted")
    items = root.get("items")
    if items is not None and not isinstance(items, list):
        raise BadInput("items of the ResourceList is not a list; a list of resources is accepted")
    return Stream(
        tuple(_unpack_items((index, "items"), items or [])),
        root.get("functionConfig"),
        (index, "results"),
        (index, "items", END),
        in_json,
    )


def _unpack_items(pointer: Pointer, resources: list[object]) -> Iterator[Item]:
    for index, resource in enumerate(resources):
        yield from _unpack(Item((*pointer, index), resource))


def _unpack(item: Item) -> Iterator[Item]:
    # `kubectl get` and the API use kinds of this name for lists.
    if isinstance(item.resource, dict) and _is_list(item.resource):
        yield from _unpack_items((*item.pointer, "items"), item.resource["items"])
    else:
        yield item


def _is_list(resource: object) -> bool:
    if not isinstance(resource, dict):
        return False
    kind = resource.get("kind")
    return (
        isinstance(kind, str) and kind.endswith("List") and isinstance(resource.get("items"), list)
    )
