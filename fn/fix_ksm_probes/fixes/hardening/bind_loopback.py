"""Option bindLoopback: what a proxy guards listens where only that proxy gets to it."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis, Bypass, guards
from fix_ksm_probes.analysis.decision import resolve_port
from fix_ksm_probes.fixes.hardening.deed import DONE, LOST, REFUSED, Deed, Step
from fix_ksm_probes.fixes.probes.arguments import append_argument, takes_more_flags
from fix_ksm_probes.manifests.related import Way, monitor_ways, service_ways
from fix_ksm_probes.manifests.stream import Item
from fix_ksm_probes.programs import (
    Address,
    last_value,
    loopback_of,
    meets,
)
from fix_ksm_probes.report import guard_prose, prose
from fix_ksm_probes.rules.catalogue import BYPASS
from fix_ksm_probes.yamlpatch import END, Operation, Patch, add, replace, value_at
from fix_ksm_probes.yamlpatch.scalars import as_int, as_text


def bind(analysis: Analysis) -> Step:
    """Return what closes the bypasses of a workload: the host flag, replaced or appended."""
    steps = [_close(bypass, analysis) for bypass in analysis.bypasses]
    patch: Patch = ()
    for step in steps:
        patch = (*patch, *(_behind(patch, operation) for operation in step.patch))
    return Step(patch, tuple(deed for step in steps for deed in step.deeds))


def _behind(patch: Patch, operation: Operation) -> Operation:
    # The arguments that one flag brings into being are there for the next.
    if isinstance(operation.value, list) and any(each.path == operation.path for each in patch):
        return add((*operation.path, END), operation.value[0])
    return operation


def lost_ways(analysis: Analysis, items: tuple[Item, ...]) -> tuple[Deed, ...]:
    """Return a deed for each Service or monitor of `items` that leads to what `bind` closes."""
    workload, pod = analysis.workload, analysis.network.pod
    ways = (*service_ways(items, workload, pod), *monitor_ways(items, workload, pod))
    return tuple(
        _lost(way, bypass)
        for bypass in analysis.bypasses
        for way in ways
        if way.port == bypass.listener.port
    )


def _close(bypass: Bypass, analysis: Analysis) -> Step:
    fact = prose.bypass_fact(bypass, analysis)
    container = bypass.process.container
    source = bypass.listener.source
    deed = Deed(BYPASS, REFUSED, fact, "", "", source, container.name)
    if source != container.pointer:
        deed = deed._replace(current=value_at(analysis.workload.resource, source))
    address = _address(bypass, analysis)
    if address is None:
        return Step((), (_refused(deed, guard_prose.NO_LOOPBACK),))
    if _is_hooked(bypass.listener.port, analysis):
        return Step((), (_refused(deed, guard_prose.HOOKED),))
    operation = _bind(bypass, address.text)
    if isinstance(operation, str):
        return Step((), (_refused(deed, operation),))
    then, done = guard_prose.bound(address)
    if operation.op == "add":
        is_last = operation.path[-1] == END
        deed = deed._replace(place=operation.path[:-1] if is_last else operation.path, current=None)
    deed = deed._replace(outcome=DONE, then=then, done=done, proposed=operation.value)
    return Step((operation,), (deed,))


def _is_hooked(port: int, analysis: Analysis) -> bool:
    # The kubelet sends hooks to the pod IP, and ends a container whose postStart fails.
    for container in analysis.network.pod.containers:
        for hook in ("postStart", "preStop"):
            place = (*container.pointer, "lifecycle", hook, "httpGet")
            action = value_at(analysis.workload.resource, place)
            named = value_at(action, ("port",))
            number = as_int(named)
            asked = resolve_port(as_text(named) if number is None else number, container)
            if asked == port and not value_at(action, ("host",)):
                return True
    return False


def _refused(deed: Deed, why: str) -> Deed:
    return deed._replace(then=guard_prose.refused("bindLoopback", why), done=guard_prose.KEPT)


def _address(bypass: Bypass, analysis: Analysis) -> Address | None:
    upstreams = [
        guard.proxy.upstream.address
        for guard in guards(bypass.listener, analysis.network)
        if guard.proxy and guard.proxy.upstream
    ]
    address = loopback_of(upstreams[0])
    # One address serves all proxies, or it would close a door that is guarded.
    if address is None or not all(meets(address, each) for each in upstreams):
        return None
    return address


def _bind(bypass: Bypass, address: str) -> Operation | str:
    process = bypass.process
    name, value = process.binding(bypass.listener, address)
    flag = last_value(process.flags, name)
    if flag is None:
        if not takes_more_flags(process):
            return guard_prose.NO_MORE_FLAGS
        return append_argument(process.container, f"--{name}={value}")
    text = flag.argument.text or ""
    if "$(" in text:
        return guard_prose.BY_VARIABLE
    written = value if len(flag.arguments) == 2 else f"--{name}={value}"
    return replace(flag.argument.pointer, written)


def _lost(way: Way, bypass: Bypass) -> Deed:
    fact, then = guard_prose.lost_way(bypass)
    return Deed(
        BYPASS,
        LOST,
        fact,
        then,
        guard_prose.KEPT,
        way.place,
        current=value_at(way.item.resource, way.place),
        identity=way.identity,
    )
