"""The repair as a kustomize Component, for builds that cannot run functions."""

from __future__ import annotations

from collections.abc import Iterator

from fix_ksm_probes import __version__
from fix_ksm_probes.manifests.stream import Item
from fix_ksm_probes.manifests.workload import Identity, identify
from fix_ksm_probes.report.outcome import Outcome
from fix_ksm_probes.report.outputs import Files
from fix_ksm_probes.yamlpatch import (
    BadInput,
    Operation,
    Patch,
    add,
    remove,
    replace,
    value_at,
)
from fix_ksm_probes.yamlpatch.patch import as_json, within
from fix_ksm_probes.yamlpatch.scalars import block_text, flow_text

_HEAD = """\
# Made by fix-ksm-probes {version}. The build fails if the manifests are no longer the ones that
# this was made from: the `test` operations compare them, and the `transformers`, which change
# nothing, fail if a patch finds no resource of that name and namespace. Then make it again.
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
"""
_STUB = "-fix-ksm-probes-stub"
_MARK = "patched"


def components(files: Files) -> Iterator[str]:
    """Yield the Component of the only file, if nothing is wrong. Raises BadInput for several."""
    if len(files) > 1:
        raise BadInput("--output=component: one file with manifests is accepted, or stdin")
    for _, outcome in files:
        if not outcome.failed:
            yield component(outcome)


def component(outcome: Outcome) -> str:
    """Return a kustomization file with which `kustomize build` does what the run would do.

    Measured with kustomize 5.0.1 (kubectl 1.27) to 5.8.1. Raises BadInput if a kustomize target
    cannot select one workload and no other.
    """
    everything = tuple(identify(item.resource) for item in outcome.read.stream.items)
    patches = []
    targets = []
    for item, operations in _repaired(outcome):
        target = _target(identify(item.resource), everything)
        patches.append(_patch(_escaped(target), operations))
        targets.append(target)
    stubs = []
    for number, resource in enumerate(_added(outcome)):
        identity = identify(resource)
        stub = {"name": f"{identity.name}{_STUB}-{number}"}
        if identity.namespace:
            stub["namespace"] = identity.namespace
        stubs.append(
            {**stub, "options": {"disableNameSuffixHash": True}, "literals": ["stub=stub"]}
        )
        target = {"version": "v1", "kind": "ConfigMap", **_escaped(stub)}
        patches.append(_patch(target, _become(resource), changes_kind=True))
    # kustomize refuses an empty file, but not an empty list.
    written = "patches:\n" + "".join(patches) if patches else "patches: []\n"
    if stubs:
        # Patches turn these generated ConfigMaps into the added resources: a Component cannot make
        # others.
        written = "configMapGenerator:\n" + block_text(stubs, "", "\n") + "\n" + written
    if targets:
        # A HelmRelease accepts only patches, so they come last, where they are easy to copy.
        written = f"transformers:\n{_required(targets)}{written}"
    return _HEAD.format(version=__version__) + written


def _repaired(outcome: Outcome) -> Iterator[tuple[Item, Patch]]:
    for item in outcome.read.stream.items:
        patch = within(item.pointer, outcome.patch)
        # The verdicts depend on these fields; an index alone may mean another container one day.
        decisive = [
            (*process.container.pointer, key)
            for each in outcome.workloads
            if each.analysis.workload.pointer == item.pointer
            for process in each.analysis.network.processes
            if process.program is not None
            for key in ("name", "command", "args")
        ]
        if patch:
            values = ((place, value_at(item.resource, place)) for place in decisive)
            tests = [Operation("test", *each) for each in values if each[1] is not None]
            tests += [test for operation in patch for test in _tests(item.resource, operation)]
            yield item, (*tests, *patch)


def _tests(resource: object, operation: Operation) -> Iterator[Operation]:
    value = value_at(resource, operation.path)
    if value is None or "args" in operation.path:
        return
    if not isinstance(value, dict):
        yield Operation("test", operation.path, value)
        return
    # Only the handler of a probe matters, not its timing.
    for key, below in value.items():
        if isinstance(below, dict):
            yield Operation("test", (*operation.path, str(key)), below)


def _added(outcome: Outcome) -> Iterator[dict[str, object]]:
    for operation in outcome.patch:
        if operation.path == outcome.read.stream.addition and isinstance(operation.value, dict):
            yield operation.value


def _become(resource: dict[str, object]) -> Patch:
    metadata = resource["metadata"]
    named = metadata if isinstance(metadata, dict) else {}
    kept = ("apiVersion", "kind", "metadata")
    return (
        remove(("data",)),
        *(replace((key,), resource[key]) for key in ("apiVersion", "kind")),
        replace(("metadata", "name"), named["name"]),
        *(
            add(("metadata", key), value)
            for key, value in named.items()
            if key not in ("name", "namespace")
        ),
        *(add((key,), value) for key, value in resource.items() if key not in kept),
    )


def _target(identity: Identity, everything: tuple[Identity, ...]) -> dict[str, str]:
    alike = [each for each in everything if each[:3] == identity[:3]]
    same = [each for each in alike if each.namespace == identity.namespace]
    if not identity.api_version or not identity.kind or not identity.name or len(same) > 1:
        named = identity.place or "a workload without a name"
        unique = "a unique apiVersion, kind, name and namespace"
        raise BadInput(f"{named}: a Component patches only resources with {unique}")
    group, _, version = identity.api_version.rpartition("/")
    # A target without a namespace matches any; this word matches resources without one.
    namespace = identity.namespace or ("default" if len(alike) > 1 else "")
    wanted = {
        "group": group,
        "version": version,
        "kind": identity.kind,
        "name": identity.name,
        "namespace": namespace,
    }
    return {key: value for key, value in wanted.items() if value}


def _required(targets: list[dict[str, str]]) -> str:
    # kustomize ignores a patch whose target selects nothing. A replacement fails without its
    # source, but also finds it by a former name, by which no patch does (5.0 to 5.8). So patches
    # set a mark, the replacement reads it, and patches remove it.
    sources = [{**target, "fieldPath": _MARK} for target in targets]
    replacements = [
        {"source": source, "targets": [{"select": target, "fieldPaths": [_MARK]}]}
        for source, target in zip(sources, targets, strict=True)
    ]
    transformers = (
        *_patches_of("mark", add((_MARK,), "here"), targets),
        _transformer("ReplacementTransformer", "require", {"replacements": replacements}),
        *_patches_of("unmark", remove((_MARK,)), targets),
    )
    return "".join(f"- |-\n  {each}\n" for each in transformers)


def _patches_of(name: str, operation: Operation, targets: list[dict[str, str]]) -> Iterator[str]:
    patch = flow_text([as_json(operation)], json=True)
    for number, target in enumerate(targets):
        yield _transformer(
            "PatchTransformer",
            f"{name}-{number}",
            {"target": _escaped(target), "patch": patch},
        )


def _transformer(kind: str, name: str, fields: dict[str, object]) -> str:
    head = {"apiVersion": "builtin", "kind": kind, "metadata": {"name": name}}
    return block_text({**head, **fields}, "  ", "\n")


def _escaped(target: dict[str, str]) -> dict[str, str]:
    # The fields of a target are regular expressions that must match the whole value.
    return {key: value.replace(".", "\\.") for key, value in target.items()}


def _patch(target: dict[str, str], patch: Patch, *, changes_kind: bool = False) -> str:
    operations = [as_json(operation) for operation in patch]
    options = "  options: {allowKindChange: true, allowNameChange: true}\n" if changes_kind else ""
    written = block_text(operations, "    ", "\n")
    return f"- target: {flow_text(target)}\n{options}  patch: |-\n    {written}\n"
