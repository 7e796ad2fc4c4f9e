"""Option networkPolicy: only the node gets to a health port, and nobody loses another."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis
from fix_ksm_probes.analysis.hardening import health_ports
from fix_ksm_probes.fixes.hardening.deed import DONE, LEFT, NOTED, REFUSED, Deed, Step
from fix_ksm_probes.manifests.added_item import item_metadata
from fix_ksm_probes.manifests.network_policies import (
    EVERYBODY,
    admits,
    declared_ports,
    find_fences,
    find_foreign,
)
from fix_ksm_probes.manifests.pod import Pod
from fix_ksm_probes.manifests.related import is_taken, selected_besides
from fix_ksm_probes.manifests.selectors import selects
from fix_ksm_probes.manifests.stream import Item
from fix_ksm_probes.manifests.workload import Workload
from fix_ksm_probes.programs import POD, meets
from fix_ksm_probes.report import guard_prose
from fix_ksm_probes.rules.catalogue import HEALTH_PORT_OPEN
from fix_ksm_probes.settings.fields import DEDICATED_PORT, KUBE_RBAC_PROXY, Settings
from fix_ksm_probes.yamlpatch import Pointer, add, value_at

KIND = "NetworkPolicy"


def fence(
    before: Analysis,
    after: Analysis,
    items: tuple[Item, ...],
    addition: Pointer | None,
    settings: Settings,
) -> Step:
    """Return the NetworkPolicy that the workload lacks, all that led to `before` being let in."""
    exporters = [each for each in after.network.processes if each.is_exporter]
    if settings.mode != DEDICATED_PORT or not exporters:
        return Step()
    pod = after.network.pod
    numbers = _to_fence(before, after, settings)
    deed = Deed(HEALTH_PORT_OPEN, NOTED, "", "", guard_prose.KEPT, pod.pointer)
    if pod.host_network:
        fact, then = guard_prose.policy_not_for_host_network()
        return Step((), (deed._replace(fact=fact, then=then),))
    if not numbers:
        return Step()
    deed = deed._replace(fact=guard_prose.health_ports(numbers))
    fences = find_fences(items, after.workload, pod)
    if fences:
        names = tuple(each.identity.name or "" for each in fences)
        who = {number: admits(fences, number, pod) for number in numbers}
        then = guard_prose.fenced_already(names, who)
        outcome = LEFT if EVERYBODY in who.values() else NOTED
        return Step((), (deed._replace(outcome=outcome, then=then),))
    foreign = find_foreign(items, after.workload)
    if foreign:
        then = guard_prose.fenced_by_foreign(foreign[0])
        return Step((), (deed._replace(outcome=LEFT, then=then),))
    selectors = _selectors(after.workload, pod)
    others = [selected_besides(items, after.workload, each) for each in selectors]
    why = _hindrance(after, others, addition)
    if why:
        outcome = LEFT if why == guard_prose.UNKNOWN_LISTENERS else REFUSED
        then = guard_prose.refused("networkPolicy", why)
        return Step((), (deed._replace(outcome=outcome, then=then),))
    name = _free_name(after, items)
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": KIND,
        "metadata": item_metadata(after.workload, KIND, name, items),
        "spec": {
            "podSelector": selectors[others.index(())],
            "policyTypes": ["Ingress"],
            "ingress": _rules(before, after, numbers),
        },
    }
    then, done = guard_prose.fenced(name)
    deed = deed._replace(outcome=DONE, then=then, done=done, proposed=policy["spec"])
    return Step((add(addition or (), policy),), (deed,))


def _to_fence(before: Analysis, after: Analysis, settings: Settings) -> tuple[int, ...]:
    known = {listener.port for listener in before.network.listeners}
    # What proxyFirst has a proxy open is for the kubelet, too.
    opened = (
        listener
        for listener in health_ports(after.network, KUBE_RBAC_PROXY)
        if listener.port not in known
    )
    ports = (*health_ports(after.network, settings.answered_by), *opened)
    return tuple(dict.fromkeys(listener.port for listener in ports))


def _hindrance(
    after: Analysis, others: list[tuple[Workload, ...]], addition: Pointer | None
) -> str:
    if after.network.indeterminate:
        return guard_prose.UNKNOWN_LISTENERS
    if not others:
        return guard_prose.NO_LABELS
    if () not in others:
        return guard_prose.shared_labels(others[-1][0].identity)
    return "" if addition is not None else guard_prose.NO_PLACE


def _selectors(workload: Workload, pod: Pod) -> list[dict[object, object]]:
    # The workload's own selector comes first: it stays when the labels of the template change.
    declared = value_at(workload.resource, ("spec", "selector"))
    is_its_own = workload.template == ("spec", "template") and selects(declared, pod.labels)
    found = [declared] if isinstance(declared, dict) and is_its_own and _narrows(declared) else []
    return [*found, {"matchLabels": dict(pod.labels)}] if pod.labels else found


def _narrows(selector: dict[object, object]) -> bool:
    # A ReplicationController has the labels themselves there.
    return any(selector.values()) and selector.keys() <= {"matchLabels", "matchExpressions"}


def _rules(before: Analysis, after: Analysis, fenced: tuple[int, ...]) -> list[object]:
    pod = before.network.pod
    # What bindLoopback has closed needs no way in.
    listened = {(port, "TCP") for port in _reachable(before) & _reachable(after)}
    open_before = sorted(
        {
            (number, protocol)
            for number, protocol in (*declared_ports(before.workload, pod), *listened)
            if number not in fenced
        }
    )
    ports = [{"port": number, "protocol": protocol} for number, protocol in open_before]
    # A rule without ports would let everybody in everywhere.
    return [{"ports": ports}] if ports else []


def _reachable(analysis: Analysis) -> set[int]:
    # An address that is not known may well be the pod's.
    listeners = analysis.network.listeners
    return {each.port for each in listeners if meets(each.address, POD) is not False}


def _free_name(after: Analysis, items: tuple[Item, ...]) -> str:
    workload = after.workload
    wanted = f"{after.name}-health-port"
    name, number = wanted, 1
    while is_taken(items, KIND, name, workload.identity.namespace):
        number += 1
        name = f"{wanted}-{number}"
    return name
