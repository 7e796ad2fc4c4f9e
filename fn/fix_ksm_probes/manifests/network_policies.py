"""NetworkPolicies: which clients may reach a port of a pod. The node always may."""

from __future__ import annotations

from collections.abc import Iterator

from fix_ksm_probes.manifests.index import Index, Kinds
from fix_ksm_probes.manifests.pod import Pod
from fix_ksm_probes.manifests.related import PortRef, refer_to, resolve
from fix_ksm_probes.manifests.selectors import pairs, selects, takes_all
from fix_ksm_probes.manifests.stream import Item
from fix_ksm_probes.manifests.workload import Identity, Workload
from fix_ksm_probes.yamlpatch import NamedTuple, value_at
from fix_ksm_probes.yamlpatch.scalars import as_int, as_text

NOBODY = "no client"
SOME = "some clients"
EVERYBODY = "every client"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fix_ksm_probes.manifests.index import Row

_GROUP = "networking.k8s.io/"


class Policy(NamedTuple):
    """A NetworkPolicy that limits the clients of the pods of a workload."""

    item: Item
    identity: Identity
    rules: tuple[object, ...]


def find_policies(index: Index, workload: Workload, pod: Pod) -> tuple[Policy, ...]:
    """Return the NetworkPolicies for the ingress of the pods of `workload`."""
    found = index.find_wanting(_policies, pod.labels, workload.identity.namespace)
    return tuple(
        Policy(item, identity, _rules(item.resource))
        for item, (identity, selector) in found
        if selects(selector, pod.labels) and _governs_ingress(item.resource)
    )


def find_foreign(index: Index, workload: Workload) -> Identity | None:
    """Return a policy of a network plugin that may apply to the pods; it is not interpreted."""
    found = index.find(_foreign, (None,), workload.identity.namespace)
    return next((identity for _, identity in found), None)


def _policies(kinds: Kinds) -> Iterator[Row[tuple[Identity, object]]]:
    for item, identity in kinds.of("NetworkPolicy", _GROUP):
        selector = value_at(item.resource, ("spec", "podSelector")) or {}
        wanted = pairs(value_at(selector, ("matchLabels",)))
        yield item, (identity, selector), wanted, (identity.namespace or "",)


def _foreign(kinds: Kinds) -> Iterator[Row[Identity]]:
    for kind in kinds.kinds:
        for item, identity in kinds.of(kind) if kind.endswith("NetworkPolicy") else ():
            if not (identity.api_version or "").startswith(_GROUP):
                yield item, identity, (None,), (identity.namespace or "",)


def admits(policies: tuple[Policy, ...], port: int, pod: Pod) -> str:
    """Return which clients reach `port`: EVERYBODY if no policy applies to it; policies add up."""
    if not policies:
        return EVERYBODY
    found = {_admitted(rule, port, pod) for policy in policies for rule in policy.rules}
    return next((each for each in (EVERYBODY, SOME) if each in found), NOBODY)


def policy_ports(policies: tuple[Policy, ...], pod: Pod) -> Iterator[PortRef]:
    """Return the ports to which NetworkPolicies allow clients."""
    for policy in policies:
        for index, rule in enumerate(policy.rules):
            ports = value_at(rule, ("ports",))
            for number, port in enumerate(ports if isinstance(ports, list) else ()):
                named = value_at(port, ("port",))
                if named is not None:
                    place = ("spec", "ingress", index, "ports", number, "port")
                    yield refer_to(policy.item, policy.identity, "", place, named, pod)


def _rules(policy: object) -> tuple[object, ...]:
    rules = value_at(policy, ("spec", "ingress"))
    return tuple(rules) if isinstance(rules, list) else ()


def _governs_ingress(policy: object) -> bool:
    types = value_at(policy, ("spec", "policyTypes"))
    # A policy without policyTypes applies to Ingress, too.
    return not isinstance(types, list) or not types or "Ingress" in types


def _admitted(rule: object, port: int, pod: Pod) -> str:
    ports = value_at(rule, ("ports",))
    if isinstance(ports, list) and ports and not any(_names(each, port, pod) for each in ports):
        return NOBODY
    peers = value_at(rule, ("from",))
    if not isinstance(peers, list) or not peers:
        return EVERYBODY
    return EVERYBODY if any(_is_anybody(each) for each in peers) else SOME


def _is_anybody(peer: object) -> bool:
    if value_at(peer, ("ipBlock", "cidr")) in ("0.0.0.0/0", "::/0"):
        return not value_at(peer, ("ipBlock", "except"))
    # All pods of all namespaces; without the namespaceSelector, it is those of one namespace.
    pods = value_at(peer, ("podSelector",))
    return takes_all(value_at(peer, ("namespaceSelector",))) and (pods is None or takes_all(pods))


def _names(named: object, port: int, pod: Pod) -> bool:
    if (as_text(value_at(named, ("protocol",))) or "TCP") != "TCP":
        return False
    first = value_at(named, ("port",))
    if first is None:
        return True
    last = as_int(value_at(named, ("endPort",)))
    number = resolve(first, pod)
    return number is not None and number <= port <= (number if last is None else last)
