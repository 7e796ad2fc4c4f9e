"""Option bindLoopback: a listener that a proxy guards is bound to loopback."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis, Bypass, JudgedProbe, guards
from fix_ksm_probes.analysis.decision import resolve_port
from fix_ksm_probes.analysis.findings import Finding, bypass_finding
from fix_ksm_probes.analysis.wording import listed
from fix_ksm_probes.fixes.fix import DONE, LOST, Fix, Repair, combine, refuse_option
from fix_ksm_probes.fixes.probes.patches import NO_MORE_FLAGS, append_argument, takes_more_flags
from fix_ksm_probes.manifests.monitors import monitor_ports
from fix_ksm_probes.manifests.related import PortRef, service_ports
from fix_ksm_probes.programs import Address, loopback_of, meets
from fix_ksm_probes.rules.catalogue import BYPASS
from fix_ksm_probes.settings.fields import DEDICATED_PORT, THROUGH_PROXY
from fix_ksm_probes.yamlpatch import END, Operation, Patch, add, replace, value_at
from fix_ksm_probes.yamlpatch.scalars import as_int, as_text

_OPTION = "bindLoopback"
_NO_LOOPBACK = "the proxies before it do not all dial one loopback address"
_HOOKED = "a lifecycle hook asks that port, and no mode repairs hooks"
_BY_VARIABLE = "a variable gives the address; change it there"
_BY_FILE = "a file gives the address; change it there"


def bind(analysis: Analysis) -> Repair:
    """Return the repair that closes all bypasses: the host flag, replaced or appended."""
    repair = combine(*(_close(bypass, analysis) for bypass in analysis.bypasses))
    patch: Patch = ()
    for operation in repair.patch:
        patch = (*patch, _behind(patch, operation))
    return repair._replace(patch=patch)


def refuse_to_break(analysis: Analysis, probes: tuple[JudgedProbe, ...]) -> Repair:
    """Return the refusal to remove `probes`, which pass until the listeners close."""
    kinds = dict.fromkeys(f"`{judged.probe.kind}`" for judged in probes)
    passes = "passes" if len(kinds) == 1 else "pass"
    why = (
        f"this mode would remove {listed(kinds)}, which {passes}; "
        f"modes {DEDICATED_PORT} and {THROUGH_PROXY} keep it"
    )
    findings = (bypass_finding(bypass, analysis) for bypass in analysis.bypasses)
    return Repair(tuple(refuse_option(finding, _OPTION, why) for finding in findings))


def _behind(patch: Patch, operation: Operation) -> Operation:
    # One flag may add the list of arguments, and the next one appends to it.
    if isinstance(operation.value, list) and any(each.path == operation.path for each in patch):
        return add((*operation.path, END), operation.value[0])
    return operation


def find_cut_off(analysis: Analysis) -> tuple[Fix, ...]:
    """Return each Service or monitor that leads to a listener which `bind` closes."""
    index, workload, pod = analysis.related, analysis.workload, analysis.network.pod
    refs = (*service_ports(index, workload, pod), *monitor_ports(index, workload, pod))
    return tuple(
        _cut_off(ref, bypass)
        for bypass in analysis.bypasses
        for ref in refs
        if ref.port == bypass.listener.port
    )


def _close(bypass: Bypass, analysis: Analysis) -> Repair:
    finding = bypass_finding(bypass, analysis)
    bound = _bind(bypass, analysis)
    if isinstance(bound, str):
        return Repair((refuse_option(finding, _OPTION, bound),))
    address, operation = bound
    if operation.op == "add":
        is_last = operation.path[-1] == END
        pointer = operation.path[:-1] if is_last else operation.path
        finding = finding._replace(pointer=pointer, current=None)
    action = f"bound to {address}"
    fix = Fix(finding, DONE, f"; {action}", action, proposed=operation.value)
    return Repair((fix,), (operation,))


def _is_hooked(port: int, analysis: Analysis) -> bool:
    # The kubelet sends hooks to the pod IP, and kills a container whose postStart hook fails.
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


def _address(bypass: Bypass, analysis: Analysis) -> Address | None:
    upstreams = [
        guard.proxy.upstream.address
        for guard in guards(bypass.listener, analysis.network)
        if guard.proxy and guard.proxy.upstream
    ]
    address = loopback_of(upstreams[0])
    # All proxies must reach the same address, or the flag would cut one of them off.
    if address is None or not all(meets(address, each) for each in upstreams):
        return None
    return address


def _bind(bypass: Bypass, analysis: Analysis) -> tuple[str, Operation] | str:
    """Return the address that closes a bypass and what sets it, or why there is none."""
    address = _address(bypass, analysis)
    if address is None:
        return _NO_LOOPBACK
    if _is_hooked(bypass.listener.port, analysis):
        return _HOOKED
    process = bypass.process
    name, value = process.binding(bypass.listener, address.text)
    line, source = process.line, bypass.listener.source
    flag = line.last(name)
    proving = (each for each in line.flags if each.argument.pointer == source)
    if any(each.value.startswith("/") for each in proving):
        return _BY_FILE
    if flag is None:
        if not takes_more_flags(process):
            return NO_MORE_FLAGS
        return address.text, append_argument(process.container, f"--{name}={value}")
    text = flag.argument.text or ""
    if "$(" in text:
        return _BY_VARIABLE
    written = value if len(flag.arguments) == 2 else f"--{name}={value}"
    return address.text, replace(flag.argument.pointer, written)


def _cut_off(ref: PortRef, bypass: Bypass) -> Fix:
    port = bypass.listener.port
    fact = f"it leads to port {port} of the pods, which `bindLoopback` closes"
    current = value_at(ref.item.resource, ref.place)
    finding = Finding(BYPASS, fact, ref.place, "", current, identity=ref.identity)
    guarded = bypass.guard.port
    return Fix(finding, LOST, f"; port {guarded} of the proxy leads there with TLS and a token")
