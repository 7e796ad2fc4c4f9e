"""The sentences about what the options do."""

from __future__ import annotations

from fix_ksm_probes.analysis.analyse import Analysis, Bypass, JudgedProbe
from fix_ksm_probes.analysis.decision import UNKNOWN
from fix_ksm_probes.analysis.evidence import doubt
from fix_ksm_probes.analysis.hardening import Gap
from fix_ksm_probes.fixes.fix import Cure
from fix_ksm_probes.manifests.workload import Identity
from fix_ksm_probes.programs import Address
from fix_ksm_probes.report import prose
from fix_ksm_probes.rules.catalogue import PROXY_MISSING
from fix_ksm_probes.settings.fields import Settings

KEPT = prose.LEFT

# Why an option cannot do what it is for.
NO_LOOPBACK = "the proxies before it do not all dial one loopback address"
HOOKED = "a lifecycle hook asks that port, and no mode repairs hooks"
BY_VARIABLE = "a variable gives the address; change it there"
NO_MORE_FLAGS = "its arguments end with --, so no flag can follow"
EXPORTER_IS_SIDECAR = "kube-state-metrics is itself a native sidecar, and starts before it"
STARTUP_UNKNOWN = "it has a startupProbe of which it cannot be known whether it would pass"
NO_ENDPOINTS = (
    "it has no --proxy-endpoints-port that a kubelet can ask, and is not known to take one "
    "(kube-rbac-proxy 0.14.0 or later, by its image tag)"
)
UNKNOWN_LISTENERS = (
    "a container of the pod may listen at ports that the manifest does not tell, "
    "and a policy would cut them off"
)
NO_LABELS = "the pods have no labels to select them by"
NO_PLACE = "the input has no place for another item; a List or YAML has"
JOB_BY_RELABELING = "a relabeling of the monitor makes up or drops the job label"

# Who finds the names of a sidecar's ports.
_LIMITS = {
    "Service": "Services find the names of sidecars only from Kubernetes 1.33 on",
    "ServiceMonitor": "Prometheus finds the ports of sidecars that way only from 3.0 on",
    "NetworkPolicy": "not every network plugin finds the names of sidecars",
}


def shared_labels(other: Identity) -> str:
    """Return that a policy for these pods would be one for others, too."""
    named = other.place or "another workload"
    return f"the pods of {named} have the same labels, and a policy would cut them off"


def refused(option: str, why: str) -> str:
    """Return why an option does not do what it is for."""
    return f"; `{option}` cannot help: {why}"


def bound(address: Address) -> tuple[str, str]:
    """Return that a listener was bound to loopback, as a clause and in few words."""
    return f"; bound to {address.text}", f"bound to {address.text}"


def gap_message(gap: Gap, analysis: Analysis) -> str:
    """Return what is missing in a pod that may well be Ready, and what puts it there."""
    name = gap.process.container.name
    if gap.listener is not None:
        listens = prose.open_fact(gap.listener, analysis.network)
        if gap.reason == PROXY_MISSING:
            return f"{listens}, and no proxy stands before it; whoever dials it needs no token"
        return f"{listens} for health without a token, and {_unfenced(gap, analysis)}"
    if gap.probes:
        return f"{lacks(name, gap.probes)}; `addMissing` adds what is missing"
    return f"{starts_late(name)}; `proxyFirst` makes it wait"


def _unfenced(gap: Gap, analysis: Analysis) -> str:
    if analysis.network.pod.host_network:
        return "no NetworkPolicy governs the node's network, which the pod shares"
    if gap.policies:
        return f"NetworkPolicy {_listed(gap.policies)} lets everybody in there"
    if gap.foreign:
        return f"whether {gap.foreign[0].place} keeps others than the node out is not known here"
    return (
        "no NetworkPolicy here keeps others than the node out; "
        "mode dedicated-port with `networkPolicy` adds one"
    )


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join(f"`{name}`" for name in names)


def because_bound() -> str:
    """Return what stands before what happens to a probe that passed until bindLoopback."""
    return "with `bindLoopback`, "


def lost_way(closed: Bypass) -> tuple[str, str]:
    """Return that a Service or monitor leads to a port that is closed, and what to do about it."""
    guarded = closed.guard.port
    return (
        f"it leads to port {closed.listener.port} of the pods, where `bindLoopback` lets nobody in",
        f"; port {guarded} of the proxy leads there with TLS and a token",
    )


def lacks(container: str, probes: tuple[str, ...]) -> str:
    """Return that a container lacks probes."""
    return f"`{container}` has no " + " and no ".join(f"`{probe}`" for probe in probes)


def not_added() -> str:
    """Return why a probe is not added."""
    return "; left as it is, because it cannot be known whether one would pass"


def cannot_add(refused_: Cure, settings: Settings) -> str:
    """Return why the mode cannot add a probe."""
    return f"; mode {settings.mode} cannot add one: {prose.refusal(refused_)}"


def added(answered_by: str, port: int, costs: tuple[str, ...]) -> tuple[str, str]:
    """Return that a probe was added, as a clause and in few words."""
    taken = "".join(f"; {prose.cost(each)}" for each in costs)
    return (
        f"; added, answered at port {port} of `{answered_by}`{taken}",
        f"added, at port {port} of {answered_by}",
    )


def starts_late(container: str) -> str:
    """Return that kube-state-metrics does not wait for its proxy."""
    return f"kube-state-metrics does not wait until `{container}`, which guards it, stands"


def put_first(port: int | None, *, is_new: bool) -> tuple[str, str]:
    """Return that a proxy was made a native sidecar, as a clause and in few words.

    `port` is where it is asked, None where its own probe does; `is_new` if nothing listened there.
    """
    asks = "its own startupProbe" if port is None else f"a startupProbe on its port {port}"
    opened = f"; `--proxy-endpoints-port` opens {port}, for /healthz alone" if is_new else ""
    limit = f"for which Kubernetes 1.29 or later is needed{opened}"
    return f"; made a native sidecar with {asks}, {limit}", "made a native sidecar"


def renumbered(name: str, port: int) -> tuple[str, str, str]:
    """Return that a Service names a sidecar's port, and that it got the number instead."""
    fact = f"{_names_sidecar(name)}, and {_LIMITS['Service']}"
    return fact, f"; set to {port}", f"set to {port}"


def misnamed(kind: str, name: str, port: int) -> tuple[str, str]:
    """Return that something names a sidecar's port and keeps the name, and what to do about it."""
    cures = {
        "Service": f"left as it is, because `{name}` is not {port} of all the pods that it selects",
        "ServiceMonitor": "name a port of the Service there",
        "NetworkPolicy": f"name {port} there",
    }
    return f"{_names_sidecar(name)}, and {_LIMITS[kind]}", f"; {cures[kind]}"


def _names_sidecar(name: str) -> str:
    return f"it names port `{name}` of a container that `proxyFirst` makes a native sidecar"


def policy_not_for_host_network() -> tuple[str, str]:
    """Return that no NetworkPolicy governs the node's own network."""
    return "the pod shares the node's network", "; no NetworkPolicy governs that, so none is added"


def health_ports(numbers: tuple[int, ...]) -> str:
    """Return that health ports answer whoever dials them."""
    if len(numbers) == 1:
        return f"health port {numbers[0]} answers without a token whoever gets to it"
    listed = " and ".join(map(str, numbers))
    return f"health ports {listed} answer without a token whoever gets to them"


def fenced_already(names: tuple[str, ...], who: dict[int, str]) -> str:
    """Return that policies are there already, and whom they let in to each health port."""
    lets = ", ".join(f"{each} to {number}" for number, each in who.items())
    return f"; NetworkPolicy {_listed(names)} governs these pods and lets in {lets}: nothing added"


def fenced_by_foreign(policy: Identity) -> str:
    """Return that a network plugin's own policy is there, beside which none is added."""
    risk = f"{policy.place} may keep out whom another would let in"
    return f"; policies add up, and {risk}: nothing added"


def fenced(name: str) -> tuple[str, str]:
    """Return that a policy was added, as a clause and in few words."""
    limit = "which lets in all that was reachable before, and there nobody but the node"
    risk = "policies add up: whom one that is not here keeps out, this one lets in"
    return f"; NetworkPolicy `{name}` added, {limit}; {risk}", f"NetworkPolicy {name} added"


def blind(*, any_more: bool) -> str:
    """Return that no probe watches kube-state-metrics; `any_more` if one did until now."""
    fact = "no probe notices a hung kube-state-metrics"
    return f"{fact} any more" if any_more else fact


def watched(name: str, matchers: tuple[str, ...], *, is_assumed: bool) -> tuple[str, str]:
    """Return that an alert was added, as a clause and in few words."""
    assumed = "; no monitor is here to tell its job label, so make sure of it" if is_assumed else ""
    return (
        f"; PrometheusRule `{name}` added for the target {', '.join(matchers)}{assumed}",
        f"PrometheusRule {name} added",
    )


def alert_annotations() -> dict[str, str]:
    """Return what the alert tells whom it wakes."""
    return {
        "summary": "kube-state-metrics is down.",
        "description": (
            "Prometheus has not reached kube-state-metrics through its proxy for 15 minutes. "
            "No probe of the kubelet would notice: this alert is there in their place."
        ),
    }


def still_open() -> str:
    """Return that the run-time check found a bypass that an option was to close."""
    return "a bypass that was to be closed is still open; nothing was changed; report this bug"


def starts_never(startup: JudgedProbe) -> str:
    """Return that a sidecar's startupProbe is not known to pass; what is behind it would wait."""
    if startup.verdict.outcome != UNKNOWN:
        return verdicts_changed()
    name = startup.container.name
    why = f"the startupProbe of `{name}` {doubt(startup.verdict)}"
    return f"`proxyFirst` cannot help: {why}; nothing was changed"


def verdicts_changed() -> str:
    """Return that the run-time check found a probe with another verdict in a moved container."""
    return "moving the proxies changes what a probe meets; nothing was changed; report this bug"
