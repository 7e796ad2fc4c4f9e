"""Workloads: items of any kind that hold a pod template."""

from __future__ import annotations

from collections.abc import Iterator

from fix_ksm_probes.manifests.placeholders import find_in_value
from fix_ksm_probes.manifests.stream import Item
from fix_ksm_probes.yamlpatch import BadInput, NamedTuple, Pointer, value_at
from fix_ksm_probes.yamlpatch.scalars import as_text

_MOST_CONTAINERS = 250
_LONGEST_NAME = 1000  # characters; an API server accepts 253, and few files have longer paths

_WITH_SELECTOR = frozenset(("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"))
_OWN = ("args", "command", "env", "envFrom", "ports", "volumeMounts")
_DIRECTIVES = frozenset(("$patch", "$retainKeys", "$setElementOrder", "$deleteFromPrimitiveList"))

_PATH = ("internal.config.kubernetes.io/path", "config.kubernetes.io/path")
_INDEX = ("internal.config.kubernetes.io/index", "config.kubernetes.io/index")

FROM_KPT = _PATH[:1]
"""The annotations in which kpt names the file of each item."""
SUPPRESSION = "ignore.fix-ksm-probes.dev/"
"""The prefix of an annotation that suppresses the findings of a reason."""


class Identity(NamedTuple):
    """The identity of a resource in a result; a field is None if the resource does not have it."""

    api_version: str | None
    kind: str | None
    name: str | None
    namespace: str | None
    file_path: str | None
    file_index: int | None

    @property
    def place(self) -> str:
        """Return how a person names the resource; empty if it has no name."""
        if not self.kind or not self.name:
            return ""
        return (
            f"{self.kind} {self.namespace}/{self.name}"
            if self.namespace
            else f"{self.kind} {self.name}"
        )


class Workload(NamedTuple):
    """A resource with pods; `template` leads from the resource to the metadata and spec of the pod.

    `owner` names the controller that made it and reverts changes, empty if there is none. A
    fragment is a part of a workload, such as a patch of kustomize; the rest is somewhere else. A
    bare workload may be a fragment: it lacks fields that an API server requires. An embedded one is
    an object inside another, such as a Template, which may be made in another namespace or cluster.
    """

    identity: Identity
    labels: tuple[tuple[str, str], ...]
    pointer: Pointer
    template: Pointer
    resource: object
    owner: str = ""
    is_fragment: bool = False
    is_bare: bool = False
    is_embedded: bool = False


def find_workloads(item: Item) -> tuple[Workload, ...]:
    """Return the workloads of `item`: none, one, or several if it holds several templates.

    Raises BadInput if a pod has more containers than any node runs, or a name is longer than any
    API server accepts.
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
    owner = _owner(resource) if templates else ""
    return tuple(
        Workload(
            identity,
            labels,
            item.pointer,
            template,
            resource,
            owner,
            _is_fragment(resource, template),
            _is_bare(resource, template),
            _is_embedded(resource, template),
        )
        for template in templates
    )


def _owner(resource: object) -> str:
    owners = value_at(resource, ("metadata", "ownerReferences"))
    for owner in owners if isinstance(owners, list) else ():
        if value_at(owner, ("controller",)) is True:
            return f"{value_at(owner, ('kind',))} {value_at(owner, ('name',))}"
    return ""


def _is_fragment(resource: dict[object, object], template: Pointer) -> bool:
    # Such as `patchesStrategicMerge` of a HelmRelease.
    if any(isinstance(step, str) and "patch" in step.lower() for step in template):
        return True
    # The API server requires an image, so a container without one is a patch, which names the
    # workload.
    if value_at(resource, ("metadata", "name")) is None:
        return False
    containers = _containers(resource, template)
    without_image = [each for each in containers if each.get("image") is None]
    says_more = any(set(each) - {"name"} for each in without_image)
    return says_more or without_image == containers or _has_directive(resource)


def _is_bare(resource: dict[object, object], template: Pointer) -> bool:
    return (
        as_text(resource.get("kind")) in _WITH_SELECTOR
        and value_at(resource, ("spec", "selector")) is None
        and value_at(resource, (*template, "metadata")) is None
    )


def _is_embedded(resource: dict[object, object], template: Pointer) -> bool:
    around = (value_at(resource, template[:depth]) for depth in range(1, len(template)))
    return any(isinstance(each, dict) and {"apiVersion", "kind"} <= each.keys() for each in around)


def says_little(workload: Workload) -> bool:
    """Tell whether no container of a workload has arguments, ports or the like."""
    containers = _containers(workload.resource, workload.template)
    return not any(key in container for container in containers for key in _OWN)


def _containers(resource: object, template: Pointer) -> list[dict[object, object]]:
    spec = value_at(resource, (*template, "spec"))
    return [
        container
        for field in ("containers", "initContainers")
        for container in _as_list(value_at(spec, (field,)))
        if isinstance(container, dict) and not find_in_value(list(container))
    ]


def _has_directive(value: object) -> bool:
    # Strategic merge patches: `$patch`, `$retainKeys`, `$setElementOrder/...` and the like; and the
    # anchors of Kyverno: `(name)`, `+(name)`, `<(name)`.
    if isinstance(value, dict):
        return any(
            (isinstance(key, str) and (key.partition("/")[0] in _DIRECTIVES or key[-1:] == ")"))
            or _has_directive(below)
            for key, below in value.items()
        )
    return isinstance(value, list) and any(map(_has_directive, value))


def _as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def shares_namespace(one: Identity, other: Identity) -> bool:
    """Tell whether two are in one namespace; one that does not say its own counts as in any."""
    return not one.namespace or not other.namespace or one.namespace == other.namespace


def identify(resource: object) -> Identity:
    """Return the identity of a resource, as far as it has one.

    Raises BadInput if a name is longer than any API server accepts.
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


def read_suppressions(workload: Workload) -> dict[str, str]:
    """Return why findings of a workload are suppressed, by their reasons.

    The annotations of the workload say so: `ignore.fix-ksm-probes.dev/REASON: "why"`.
    """
    annotations = value_at(workload.resource, ("metadata", "annotations"))
    found = annotations.items() if isinstance(annotations, dict) else ()
    return {
        str(key).removeprefix(SUPPRESSION): (as_text(why) or "").strip()
        for key, why in found
        if str(key).startswith(SUPPRESSION)
    }


def suppressed_reasons(workload: Workload) -> set[str]:
    """Return the reasons whose findings an annotation of the workload suppresses with a why."""
    return {reason for reason, why in read_suppressions(workload).items() if why}


def is_from_kpt(resource: object) -> bool:
    """Tell whether kpt sent a resource: only kpt names the file of each."""
    return _annotation(resource, FROM_KPT) is not None


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
        # The judgement of each probe visits all listeners.
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
    # Each result repeats it.
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
