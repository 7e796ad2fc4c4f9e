"""Names and metadata of an item that is added."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fix_ksm_probes.manifests.index import Index, Kinds
from fix_ksm_probes.manifests.workload import Workload, identify
from fix_ksm_probes.yamlpatch import value_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fix_ksm_probes.manifests.index import Row

_PATHS = ("config.kubernetes.io/path", "internal.config.kubernetes.io/path")
_INDEXES = ("config.kubernetes.io/index", "internal.config.kubernetes.io/index")
_PACKAGE = "internal.config.kubernetes.io/package-path"


def item_metadata(workload: Workload, kind: str, name: str, index: Index) -> dict[str, object]:
    """Return name and namespace and, if kpt gave the workload a file, a new file beside that.

    kustomize sets no path, and only orchestrators set ids (KRM functions specification).
    """
    made: dict[str, object] = {"name": name}
    if workload.identity.namespace:
        made["namespace"] = workload.identity.namespace
    beside = workload.identity.file_path
    if beside is not None:
        made["annotations"] = _annotations(workload, beside, f"{kind.lower()}_{name}", index)
    return made


def _annotations(workload: Workload, beside: str, stem: str, index: Index) -> dict[str, object]:
    folder, slash, _ = beside.rpartition("/")
    path = (
        free_name(f"{folder}{slash}{stem}", lambda name: _is_file(f"{name}.yaml", index)) + ".yaml"
    )
    made: dict[str, object] = {**dict.fromkeys(_PATHS, path), **dict.fromkeys(_INDEXES, "0")}
    package = value_at(workload.resource, ("metadata", "annotations", _PACKAGE))
    # Without it kpt writes the file of a subpackage into the package above.
    return made if package is None else {**made, _PACKAGE: package}


def _is_file(path: str, index: Index) -> bool:
    return next(index.find(_paths, (path,)), None) is not None


def _paths(kinds: Kinds) -> Iterator[Row[None]]:
    for item in kinds.items:
        yield item, None, (identify(item.resource).file_path,), ("",)


def free_name(wanted: str, is_taken: Callable[[str], bool]) -> str:
    """Return the name `wanted`; if that exists, with the first free number from 2 on."""
    name, number = wanted, 1
    while is_taken(name):
        number += 1
        name = f"{wanted}-{number}"
    return name
