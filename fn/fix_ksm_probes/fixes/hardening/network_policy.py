"""Option networkPolicy: only the node reaches a health port; all other ports stay reachable."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis, health_ports
from fix_ksm_probes.analysis.findings import Finding
from fix_ksm_probes.analysis.wording import listed, what_policies_do
from fix_ksm_probes.fixes.fix import (
    DONE,
    LEFT,
    NOTED,
    REFUSED,
    Fix,
    Repair,
    refuse_option,
    why_no_place,
)
from fix_ksm_probes.manifests.added_item import free_name, item_metadata
from fix_ksm_probes.manifests.index import Index
from fix_ksm_probes.manifests.network_policies import (
    EVERYBODY,
    admits,
    find_foreign,
    find_policies,
)
from fix_ksm_probes.manifests.pod import Pod, declared_ports
from fix_ksm_probes.manifests.related import is_taken, selected_besides
from fix_ksm_probes.manifests.selectors import selects
from fix_ksm_probes.manifests.workload import Workload
from fix_ksm_probes.programs import POD, meets
from fix_ksm_probes.rules.catalogue import HEALTH_PORT_OPEN
from fix_ksm_probes.settings.fields import DEDICATED_PORT, KUBE_RBAC_PROXY, Settings
from fix_ksm_probes.yamlpatch import Pointer, add, value_at

KIND = "NetworkPolicy"

_UNKNOWN_LISTENERS = (
    "a container of the pod may listen at ports that the manifest does not show, "
    "and a policy would cut them off"
)


def add_policy(
    before: Analysis,
    after: Analysis,
    index: Index,
    addition: Pointer | None,
    settings: Settings,
) -> Repair:
    """Return the repair that adds a NetworkPolicy, which allows all ports that `before` has."""
    exporters = [each for each in after.network.processes if each.is_exporter]
    if not settings.network_policy or settings.mode != DEDICATED_PORT or not exporters:
        return Repair()
    pod = after.network.pod
    numbers = _health_ports(before, after, settings)
    if pod.host_network:
        finding = Finding(HEALTH_PORT_OPEN, "the pod shares the node's network", pod.pointer)
        action = "; no NetworkPolicy governs that, so none is added"
        return Repair((Fix(finding, NOTED, action),))
    if not numbers:
        return Repair()
    finding = Finding(HEALTH_PORT_OPEN, _answer(numbers), pod.pointer)
    policies = find_policies(index, after.workload, pod)
    if policies:
        names = [each.identity.name for each in policies]
        who = {number: admits(policies, number, pod) for number in numbers}
        lets = ", ".join(f"{each} may reach {number}" for number, each in who.items())
        limit = what_policies_do(names, "already limit")
        action = f"; {limit} these pods, and {lets}: nothing added"
        return Repair((Fix(finding, LEFT if EVERYBODY in who.values() else NOTED, action),))
    foreign = find_foreign(index, after.workload)
    if foreign:
        risk = f"{foreign.place} may block clients that another policy would allow"
        return Repair((Fix(finding, LEFT, f"; policies add up, and {risk}: nothing added"),))
    selectors = _selectors(after.workload, pod)
    others = [next(selected_besides(index, after.workload, each), None) for each in selectors]
    why = _hindrance(after, others, addition)
    if why:
        outcome = LEFT if why == _UNKNOWN_LISTENERS else REFUSED
        return Repair((refuse_option(finding, "networkPolicy", why)._replace(outcome=outcome),))
    namespace = after.workload.identity.namespace
    name = free_name(
        f"{after.name}-health-port", lambda name: is_taken(index, KIND, name, namespace)
    )
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": KIND,
        "metadata": item_metadata(after.workload, KIND, name, index),
        "spec": {
            "podSelector": selectors[others.index(None)],
            "policyTypes": ["Ingress"],
            "ingress": _rules(before, after, numbers),
        },
    }
    those = "this one" if len(numbers) == 1 else "these"
    limit = f"which keeps every other port open as before, and {those} to the node alone"
    risk = "policies add up, so it also allows clients that a policy outside the input blocks"
    fix = Fix(
        finding,
        DONE,
        f"; NetworkPolicy `{name}` added, {limit}; {risk}",
        f"NetworkPolicy {name} added",
        proposed=policy["spec"],
    )
    return Repair((fix,), (add(addition or (), policy),))


def _answer(numbers: tuple[int, ...]) -> str:
    if len(numbers) == 1:
        return f"health port {numbers[0]} answers every client without a token"
    return f"health ports {listed(map(str, numbers))} answer every client without a token"


def _health_ports(before: Analysis, after: Analysis, settings: Settings) -> tuple[int, ...]:
    known = {listener.port for listener in before.network.listeners}
    # The port that proxyFirst opens in a proxy is for the kubelet, too.
    opened = (
        listener
        for listener in health_ports(after.network, KUBE_RBAC_PROXY)
        if listener.port not in known
    )
    ports = (*health_ports(after.network, settings.answered_by), *opened)
    return tuple(dict.fromkeys(listener.port for listener in ports))


def _hindrance(after: Analysis, others: list[Workload | None], addition: Pointer | None) -> str:
    if after.network.indeterminate:
        return _UNKNOWN_LISTENERS
    if not others:
        return "the pods have no labels to select them by"
    if others[-1] is not None and None not in others:
        named = others[-1].identity.place or "another workload"
        return f"the pods of {named} have the same labels, and a policy would cut them off"
    return why_no_place(after.workload, addition)


def _selectors(workload: Workload, pod: Pod) -> list[dict[object, object]]:
    # Prefer the selector of the workload: it stays the same when the labels of the template change.
    declared = value_at(workload.resource, ("spec", "selector"))
    is_its_own = workload.template == ("spec", "template") and selects(declared, pod.labels)
    found = [declared] if isinstance(declared, dict) and is_its_own and _narrows(declared) else []
    return [*found, {"matchLabels": dict(pod.labels)}] if pod.labels else found


def _narrows(selector: dict[object, object]) -> bool:
    # The selector of a ReplicationController is a plain mapping of labels.
    return any(selector.values()) and selector.keys() <= {"matchLabels", "matchExpressions"}


def _rules(before: Analysis, after: Analysis, health: tuple[int, ...]) -> list[object]:
    pod = before.network.pod
    # A listener that bindLoopback closed needs no rule.
    listened = {(port, "TCP") for port in _reachable(before) & _reachable(after)}
    open_before = sorted(
        {
            (number, protocol)
            for number, protocol in (*declared_ports(before.workload, pod), *listened)
            if number not in health
        }
    )
    ports = [{"port": number, "protocol": protocol} for number, protocol in open_before]
    # A rule without ports would allow all ports.
    return [{"ports": ports}] if ports else []


def _reachable(analysis: Analysis) -> set[int]:
    # An address that is not known may be that of the pod.
    listeners = analysis.network.listeners
    return {each.port for each in listeners if meets(each.address, POD) is not False}
