"""Where a controller does not replace the old pod by the repaired one.

After Kubernetes 1.33, and the same since 1.9: `ResolveFenceposts` of the deployment controller, the
NodePorts plugin of the scheduler, `processReplica` of the StatefulSet controller (its issue 67250),
`ValidatePodUpdate` of the API server, `manageReplicas` of the ReplicaSet controller.
"""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis
from fix_ksm_probes.analysis.decision import FAILS
from fix_ksm_probes.manifests.placeholders import find_in_value
from fix_ksm_probes.yamlpatch import value_at
from fix_ksm_probes.yamlpatch.scalars import as_decimal, as_int, as_text

_PORTS_HELD = (
    "the old pod stays until the new one is Ready, and holds the ports of the node that the new "
    "one needs; if no other node is free, set `strategy: {type: Recreate}`"
)
_POD_STAYS = (
    "a StatefulSet does not replace a pod that never became Ready; once this is applied, delete "
    "that pod with `kubectl delete pod`"
)
_PODS_STAY = (
    "a {kind} does not replace running pods; once this is applied, delete its pods with "
    "`kubectl delete pod`"
)
_IS_REFUSED = (
    "the API server refuses this change of a running Pod; replace the Pod with "
    "`kubectl replace --force`"
)
_IS_PAUSED = "the Deployment is paused; start the new pods with `kubectl rollout resume`"
_DEFAULT = "25%"


def stuck_rollout(before: Analysis, after: Analysis) -> str:
    """Return why the pods of `before` may stay when `after` is applied, as a clause.

    It is empty if they are replaced, or if that is not known.
    """
    resource = before.workload.resource
    kind = as_text(value_at(resource, ("kind",)))
    match value_at(resource, ("apiVersion",)), kind:
        case _ if _number(resource, "replicas", 1) == 0:
            return ""
        case "v1", "Pod":
            return _IS_REFUSED
        case ("apps/v1", "ReplicaSet") | ("v1", "ReplicationController"):
            return _PODS_STAY.format(kind=kind)
        case "apps/v1", "Deployment":
            if value_at(resource, ("spec", "paused")) is True:
                return _IS_PAUSED
            if _needs_both(resource) and _ports(before) & _ports(after):
                return _PORTS_HELD
        case "apps/v1", "StatefulSet":
            if _waits_for_ready(resource) and _is_never_ready(before):
                return _POD_STAYS
    return ""


def _needs_both(deployment: object) -> bool:
    """Tell whether a Deployment deletes no pod before a new one is Ready."""
    strategy = value_at(deployment, ("spec", "strategy"))
    if find_in_value(strategy) or _kind(strategy) != "RollingUpdate":
        return False
    replicas = _number(deployment, "replicas", 1)
    rolling = value_at(strategy, ("rollingUpdate",))
    unavailable, surge = (
        _scaled(value_at(rolling, (field,)), replicas) for field in ("maxUnavailable", "maxSurge")
    )
    # The controller rounds `maxUnavailable` down, and takes 1 if both that and the surge are 0.
    return unavailable is not None and bool(surge) and unavailable < 1


def _scaled(value: object, replicas: int | None) -> float | None:
    """Return a number of pods, or a percentage of `replicas`; None if it is not known."""
    if value is None:
        value = _DEFAULT
    number = as_int(value)
    text = as_text(value) or ""
    if number is not None or replicas is None or not text.endswith("%"):
        return number
    percentage = as_decimal(text[:-1])
    return None if percentage is None else percentage * replicas / 100


def _ports(analysis: Analysis) -> set[int]:
    """Return the ports of the node that a pod needs for itself."""
    network = analysis.network
    declared = [port for container in network.pod.containers for port in container.ports]
    needed = {port.host_port for port in declared}
    if network.pod.host_network:
        needed |= {port.number for port in declared}
        needed |= {listener.port for listener in network.listeners}
    return {port for port in needed if port}


def _waits_for_ready(stateful_set: object) -> bool:
    """Tell whether a StatefulSet updates its pods in order, and waits for each to be Ready."""
    spec = value_at(stateful_set, ("spec",))
    policy = value_at(spec, ("podManagementPolicy",))
    strategy = value_at(spec, ("updateStrategy",))
    return (
        (as_text(policy) or "OrderedReady") == "OrderedReady"
        and not find_in_value([policy, strategy])
        and _kind(strategy) == "RollingUpdate"
        # Below the partition, the controller recreates even a deleted pod from the old template.
        and not value_at(strategy, ("rollingUpdate", "partition"))
    )


def _kind(strategy: object) -> str:
    return as_text(value_at(strategy, ("type",))) or "RollingUpdate"


def _is_never_ready(analysis: Analysis) -> bool:
    if any(process.exits for process in analysis.network.processes):
        return True
    return any(
        judged.verdict.outcome == FAILS and judged.probe.kind != "livenessProbe"
        for judged in analysis.probes
    )


def _number(resource: object, field: str, default: int) -> int | None:
    value = value_at(resource, ("spec", field))
    return default if value is None else as_int(value)
