"""Which items run pods: anything that holds a pod template, whatever its kind."""

from __future__ import annotations

from collections.abc import Iterator

from fix_ksm_probes.manifests.stream import Item
from fix_ksm_probes.yamlpatch import BadInput, Pointer, value_at
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple

_MOST_CONTAINERS = 250
_LONGEST_NAME = 1000  # characters; an API server takes 253, and few files have longer paths

_PATH = ("internal.config.kubernetes.io/path", "config.kubernetes.io/path")
_INDEX = ("internal.config.kubernetes.io/index", "config.kubernetes.io/index")


class Identity(NamedTuple):
    """What a result says of the resource it is about; None where the resource does not say it."""

    api_version: str | None
    kind: str | None
    name: str | None
    namespace: str | None
    file_path: str | None
    file_index: int | None

    @property
    def place(self) -> str:
        """Return how a person names the resource; empty where it does not tell."""
        if not self.kind or not self.name:
            return ""
        return (
            f"{self.kind} {self.namespace}/{self.name}"
            if self.namespace
            else f"{self.kind} {self.name}"
        )


class Workload(NamedTuple):
    """A resource with pods; `template` leads from the resource to metadata and spec of the pod."""

    identity: Identity
    labels: tuple[tuple[str, str], ...]
    pointer: Pointer
    template: Pointer
    resource: object


def find_workloads(item: Item) -> tuple[Workload, ...]:
    """Return the workloads of `item`: none, one, or several where it holds several templates.

    Raises BadInput where a pod has more containers than any node would run, or a name is longer
    than any API server takes.
    """
    resource = item.resource
    if not isinstance(resource, dict):
        return ()
    if resource.get("kind") == "Pod" and resource.get("apiVersion") == "v1":
        templates: tuple[Pointer, ...] = ((),) if _is_template(resource) else ()
    else:
        templates = tuple(_find_templates(resource, ()))
    identity = identify(resource)
    for template in templates:
        _refuse_crowds(value_at(resource, template), identity)
        _refuse_long_names(value_at(resource, template), template)
    labels = read_labels(resource, ("metadata", "labels"))
    return tuple(
        Workload(identity, labels, item.pointer, template, resource) for template in templates
    )


def identify(resource: object) -> Identity:
    """Return the identity of a resource, as far as it says it.

    Raises BadInput where a name is longer than any API server takes.
    """
    index = _annotation(resource, _INDEX)
    return Identity(
        _short(_text(resource, ("apiVersion",))),
        _short(_text(resource, ("kind",))),
        _short(_text(resource, ("metadata", "name"))),
        _short(_text(resource, ("metadata", "namespace"))),
        _short(_annotation(resource, _PATH)),
        int(index) if index is not None and index.isdecimal() and len(index) < 10 else None,
    )


def read_labels(value: object, pointer: Pointer) -> tuple[tuple[str, str], ...]:
    """Return the labels in the mapping at `pointer` below `value`."""
    labels = value_at(value, pointer)
    if not isinstance(labels, dict):
        return ()
    return tuple((str(key), str(label)) for key, label in labels.items() if isinstance(label, str))


def _find_templates(value: object, pointer: Pointer) -> Iterator[Pointer]:
    if isinstance(value, dict):
        for key, below in value.items():
            if not isinstance(key, str):
                continue
            if key.lower().endswith("template") and _is_template(below):
                yield (*pointer, key)
            else:
                yield from _find_templates(below, (*pointer, key))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from _find_templates(below, (*pointer, index))


def _is_template(value: object) -> bool:
    containers = value_at(value, ("spec", "containers"))
    return isinstance(containers, list) and any(isinstance(each, dict) for each in containers)


def _refuse_crowds(template: object, identity: Identity) -> None:
    for field in ("containers", "initContainers"):
        containers = value_at(template, ("spec", field))
        # Each probe is held against what all of them listen at.
        if isinstance(containers, list) and len(containers) > _MOST_CONTAINERS:
            accepted = f"at most {_MOST_CONTAINERS} are accepted"
            place = identity.place or "a resource without a name"
            raise BadInput(f"{place}: a pod has {len(containers)} {field}; {accepted}")


def _refuse_long_names(template: object, pointer: Pointer) -> None:
    _short("".join(map(str, pointer)))
    for field in ("containers", "initContainers"):
        containers = value_at(template, ("spec", field))
        for container in containers if isinstance(containers, list) else ():
            _short(_text(container, ("name",)))


def _short(name: str | None) -> str | None:
    # Each result tells it again.
    if name is not None and len(name) > _LONGEST_NAME:
        accepted = f"at most {_LONGEST_NAME} are accepted"
        raise BadInput(f"{name[:40]!r}... has {len(name)} characters as a name; {accepted}")
    return name


def _annotation(resource: object, keys: tuple[str, ...]) -> str | None:
    for key in keys:
        value = value_at(resource, ("metadata", "annotations", key))
        if isinstance(value, str):
            return str(value)
    return None


def _text(resource: object, pointer: Pointer) -> str | None:
    value = value_at(resource, pointer)
    return str(value) if isinstance(value, str) else None
