"""Files and variables of a container that come from ConfigMaps and Secrets of the input."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fix_ksm_probes.manifests.index import Index
from fix_ksm_probes.manifests.placeholders import find_in_value, find_placeholder
from fix_ksm_probes.manifests.pod import AUTOMOUNT, Container, EnvVar, Pod
from fix_ksm_probes.manifests.workload import Workload
from fix_ksm_probes.yamlpatch import NamedTuple, Pointer, list_at, text_at, value_at
from fix_ksm_probes.yamlpatch.scalars import as_bool, as_text

FOUND = "found"
ABSENT = "absent"
ELSEWHERE = "elsewhere"

# Hashes of bcrypt, in which a dollar begins no placeholder, and comments.
_NO_PLACEHOLDERS = r"\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}|(?m:^[ \t]*#(?!\{).*$)"
# Files of the kubelet and the kernel, and the certificates and users that every image holds.
_ALWAYS_THERE = (
    *("/var/run/secrets/kubernetes.io/", "/run/secrets/kubernetes.io/"),
    *("/dev/", "/proc/", "/sys/", "/etc/ssl/certs/", "/usr/share/ca-certificates/"),
    *("/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/etc/passwd", "/etc/group"),
)
KUSTOMIZE = "kustomize.config.k8s.io/"
"""What the `apiVersion` of a kustomization begins with."""

_ACCOUNT = ("serviceAccountName", "serviceAccount")
# A field that stands in the template itself.
_LABEL = r"metadata\.(labels|annotations)\['([^']+)'\]\Z"
# For each kind, the field of a volume that names the object: as a volume, and as a projection.
_NAMES = {"configMap": ("name", "name"), "secret": ("secretName", "name")}


class File(NamedTuple):
    """The state of a file: FOUND with its text, ABSENT or ELSEWHERE.

    It is ELSEWHERE if it is not in the input, and not known to be missing. `is_mounted` is False if
    no volume holds it, and neither the kubelet nor every image has a file there.
    """

    state: str
    text: str = ""
    is_mounted: bool = True


class Files(NamedTuple):
    """The files of one container of `workload`, at `container` in its resource.

    The ConfigMaps and Secrets are those in `related`, the index of the input.
    """

    workload: Workload
    container: Pointer
    related: Index = Index()

    def read(self, path: str) -> File:
        """Return the file at `path`, as the container names it."""
        found = self._mount(path)
        if found is None:
            # The image may have it.
            return File(ELSEWHERE, is_mounted=path.startswith(_ALWAYS_THERE))
        mount, name = found
        if value_at(mount, ("subPathExpr",)) is not None:
            return File(ELSEWHERE)
        volume = self._volume(mount)
        states = [self._read_source(source, name, place) for source, place in _sources(volume)]
        for state in (FOUND, ELSEWHERE):
            for file in states:
                if file.state == state:
                    return file
        return File(ABSENT if states else ELSEWHERE)

    def objects(self, path: str) -> tuple[str, ...]:
        """Return the names of the ConfigMaps and Secrets that may hold the file at `path`."""
        found = self._mount(path)
        if found is None:
            return ()
        return tuple(
            name
            for source, place in _sources(self._volume(found[0]))
            for kind, fields in _NAMES.items()
            if (name := as_text(value_at(source, (kind, fields[place]))))
        )

    def _mount(self, path: str) -> tuple[object, str] | None:
        """Return the mount that covers `path`, and the path within the volume."""
        mounts = value_at(self.workload.resource, (*self.container, "volumeMounts"))
        best: tuple[object, str] | None = None
        longest = -1
        for mount in mounts if isinstance(mounts, list) else ():
            at = (as_text(value_at(mount, ("mountPath",))) or "").rstrip("/")
            if f"{path}/".startswith(f"{at}/") and len(at) > longest:
                inside = as_text(value_at(mount, ("subPath",))) or ""
                rest = path[len(at) :].strip("/")
                best, longest = (mount, "/".join(filter(None, (inside, rest)))), len(at)
        return best

    def _volume(self, mount: object) -> object:
        pointer = (*self.container[:-2], "volumes")
        volumes = value_at(self.workload.resource, pointer)
        name = as_text(value_at(mount, ("name",)))
        named = (
            volume
            for volume in (volumes if isinstance(volumes, list) else ())
            if as_text(value_at(volume, ("name",))) == name
        )
        return next(named, None)

    def _read_source(self, source: object, name: str, place: int) -> File:
        for kind, fields in _NAMES.items():
            part = value_at(source, (kind,))
            if isinstance(part, dict):
                held = self._held(kind, as_text(part.get(fields[place])) or "")
                return File(ELSEWHERE) if held is None else _pick(held, part.get("items"), name)
        return File(ELSEWHERE)

    def _held(self, kind: str, name: str) -> dict[str, str | None] | None:
        """Return the keys and texts of a ConfigMap or Secret; None if there is not exactly one."""
        found = _only(kind[:1].upper() + kind[1:], name, self.workload, self.related)
        if found is None:
            return None
        plain, encoded = ("stringData", "data") if kind == "secret" else ("data", "binaryData")
        texts = {key: _decoded(value) for key, value in _entries(found, encoded)}
        return texts | dict(_entries(found, plain))


def with_environment(pod: Pod, workload: Workload, related: Index) -> Pod:
    """Return `pod`, that of `workload`, with what `related` says of its variables and its token.

    A variable stays hidden if the input lacks its ConfigMap. Without its key, the container lacks
    the key, or the variable if that is optional.
    """
    if pod.automount and not _gives_token(pod, workload, related):
        pod = pod._replace(automount=False)
    hidden = tuple(EnvVar(name, None, None) for name in _names_of_vars(related))
    if not hidden and not any(
        each.env_from or any(map(_is_open, each.env)) for each in pod.containers
    ):
        return pod
    # What kustomize puts in for `$(NAME)` is hidden, as is the value of such a variable.
    pod = pod._replace(
        containers=tuple(
            each._replace(env=(*(new for new in hidden if new not in each.env), *each.env))
            for each in pod.containers
        )
    )
    containers = (_with_values(each, pod, workload, related) for each in pod.containers)
    return pod._replace(containers=tuple(containers))


def _names_of_vars(related: Index) -> Iterator[str]:
    for item, _ in related.of("Kustomization", KUSTOMIZE):
        for each in list_at(item.resource, ("vars",)):
            if name := text_at(each, ("name",)):
                yield name


def account_of(workload: Workload) -> str | None:
    """Return the ServiceAccount of the pods of `workload`; None if a placeholder stands for it."""
    spec = value_at(workload.resource, (*workload.template, "spec"))
    name = next(filter(None, (value_at(spec, (key,)) for key in _ACCOUNT)), "default")
    return None if find_in_value(name) else as_text(name) or "default"


def _gives_token(pod: Pod, workload: Workload, related: Index) -> bool:
    # The pod has the last word.
    if value_at(workload.resource, (*pod.pointer, AUTOMOUNT)) is not None:
        return True
    name = account_of(workload)
    account = _only("ServiceAccount", name, workload, related) if name else None
    return as_bool(value_at(account, (AUTOMOUNT,))) is not False


def _is_open(variable: EnvVar) -> bool:
    return bool(variable.config_map or variable.field)


def _with_values(container: Container, pod: Pod, workload: Workload, related: Index) -> Container:
    missing = [each for each in container.env if _is_missing(each, workload, related)]
    lacked = next((f"{each.config_map}/{each.key}" for each in missing if not each.is_optional), "")
    container = container._replace(lacks_key=lacked)
    env = tuple(
        EnvVar(each.name, _values(each.config_map, workload, related).get(each.key), None)
        if each.config_map
        else _of_field(each, pod, workload)
        for each in container.env
        if each not in missing
    )
    sources = [
        (each.prefix, _values(each.config_map, workload, related)) for each in container.env_from
    ]
    if not all(values for _, values in sources):
        return container._replace(env=env)
    # The variables of the container itself override them.
    given = (
        EnvVar(prefix + key, value, None)
        for prefix, values in sources
        for key, value in values.items()
    )
    return container._replace(env=(*given, *env), env_from=())


def _is_missing(variable: EnvVar, workload: Workload, related: Index) -> bool:
    found = _only("ConfigMap", variable.config_map, workload, related) if variable.key else None
    keys = [key for key, _ in _entries(found, "data")]
    # A template may add any key.
    return found is not None and variable.key not in keys and not any(map(find_in_value, keys))


def _of_field(variable: EnvVar, pod: Pod, workload: Workload) -> EnvVar:
    if variable.field == "status.hostIP" and pod.host_network:
        return variable._replace(field="status.podIP")
    field = variable.field or ""
    found = re.match(_LABEL, field) if "[" in field else None
    if found is None:
        return variable
    value = as_text(value_at(workload.resource, (*workload.template, "metadata", *found.groups())))
    # A webhook may add a label, and seldom changes one.
    if value is None or find_placeholder(value):
        return variable
    return EnvVar(variable.name, value.replace("$", "$$"), None)


def _values(config_map: str, workload: Workload, related: Index) -> dict[str, str | None]:
    """Return the values of a ConfigMap, None for a hidden one; none of one that is not there."""
    found = _only("ConfigMap", config_map, workload, related) if config_map else None
    # Kubernetes expands no reference in them.
    return {
        key: None if text is None or find_placeholder(text) else text.replace("$", "$$")
        for key, text in _entries(found, "data")
    }


def _only(kind: str, name: str, workload: Workload, related: Index) -> object:
    """Return the only object of a kind and name in the namespace of `workload`, else None."""
    named = related.of(kind, "", workload.identity.namespace, (name,))
    found = [item.resource for item, _ in named]
    return found[0] if len(found) == 1 else None


def _sources(volume: object) -> Iterator[tuple[object, int]]:
    """Yield the sources of a volume, each with the field that names its object."""
    projected = value_at(volume, ("projected", "sources"))
    if isinstance(projected, list):
        yield from ((source, 1) for source in projected)
    elif volume is not None:
        yield volume, 0


def _pick(held: dict[str, str | None], items: object, name: str) -> File:
    key: str | None = name
    if isinstance(items, list) and items:
        paths = {as_text(value_at(each, ("path",))): value_at(each, ("key",)) for each in items}
        key = as_text(paths.get(name))
    if key is None or key not in held:
        return File(ABSENT)
    text = held[key]
    # A placeholder may become any text.
    if text is None or (
        find_placeholder(text) and find_placeholder(re.sub(_NO_PLACEHOLDERS, "", text))
    ):
        return File(ELSEWHERE)
    return File(FOUND, text)


def _entries(resource: object, field: str) -> Iterator[tuple[str, str | None]]:
    entries = value_at(resource, (field,))
    for key, value in entries.items() if isinstance(entries, dict) else ():
        yield str(key), as_text(value)


def _decoded(text: str | None) -> str | None:
    # Few manifests need this import.
    from base64 import b64decode

    try:
        return b64decode(text or "", validate=True).decode()
    except ValueError:
        return None
