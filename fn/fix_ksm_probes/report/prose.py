"""The sentences: fact, limit, cure; limits.py has the words for what a probe meets."""

from __future__ import annotations

from fix_ksm_probes.analysis import decision
from fix_ksm_probes.analysis.analyse import Analysis, Bypass, JudgedProbe
from fix_ksm_probes.analysis.decision import Network
from fix_ksm_probes.analysis.evidence import doubt, emptiness, ending, limit, name_of, place, proof
from fix_ksm_probes.fixes import fix as cure
from fix_ksm_probes.fixes.fix import Cure
from fix_ksm_probes.manifests.pod import HTTPGet, Probe
from fix_ksm_probes.manifests.workload import Identity
from fix_ksm_probes.programs import Listener, loopback_of
from fix_ksm_probes.rules import catalogue
from fix_ksm_probes.settings.fields import Settings

LEFT = "left as it is"

_REFUSALS = {
    cure.NOT_OURS: "it probes another program; mode probe-disable can remove it",
    cure.NO_ADDRESS: (
        "the address it listens on may or may not be the pod's; mode probe-disable can"
    ),
    cure.NO_IMAGE: (
        "the pod has no kube-rbac-proxy (0.8.0 or later) to copy; "
        "set dedicatedPort.image, or use mode probe-disable"
    ),
    cure.NO_PROXY: (
        "no proxy leads to what it asks for; mode probe-disable can, and dedicated-port with a "
        "kube-rbac-proxy to copy or dedicatedPort.image"
    ),
    cure.NO_PORT: "no port is free from dedicatedPort.port on; name a lower one",
    cure.NO_ENDPOINTS: (
        "no proxy here has or is known to take --proxy-endpoints-port (kube-rbac-proxy 0.14.0 or "
        "later, by its image tag); answeredBy kube-state-metrics and mode probe-disable can"
    ),
    cure.TLS_BY_FILE: "a --tls-config file decides how it is asked; mode probe-disable can",
    cure.TOO_EARLY: (
        "what would answer it starts only after this sidecar's startupProbe has passed; "
        "mode probe-disable can"
    ),
    cure.HELD_BACK: "left as it is, because something else cannot be repaired",
}

_COSTS = {
    cure.BLIND: "the kubelet no longer notices a hung kube-state-metrics",
    cure.SEEN_BY_ANOTHER: "another probe still notices a hung kube-state-metrics",
    cure.ASSUMED_VERSION: "the image tells no version, so 2.13 or later is assumed",
    cure.NEVER_STARTS: "what it asks exits at start",
    cure.OTHER_LISTENER: "no proxy fronts the telemetry listener, so the main one is asked",
}


def probe_message(judged: JudgedProbe, analysis: Analysis) -> str:
    """Return what happens to a probe and what in the manifest proves it, without a full stop."""
    verdict = judged.verdict
    subject = f"`{judged.probe.kind}`"
    if verdict.outcome == decision.UNKNOWN:
        return f"{subject} {doubt(verdict)}; verdict unknown, left as it is"
    asks = f"{subject} {_way(judged)}"
    if verdict.outcome == decision.PASSES:
        return f"{asks} and passes{_answer(judged, analysis)}"
    return f"{asks}, but {limit(judged, analysis)}"


def vacuous_message(judged: JudgedProbe, analysis: Analysis) -> str:
    """Return that a probe passes and why that says nothing about kube-state-metrics."""
    return f"`{judged.probe.kind}` passes, but {emptiness(judged, analysis)}"


def refusal(found: Cure) -> str:
    """Return why a mode cannot repair a probe, and what can."""
    if found.why == cure.EXITS:
        return f"{_exit(found, 'no probe keeps it from that')}; mode probe-disable can remove it"
    return _REFUSALS[found.why]


def cost(name: str) -> str:
    """Return what a repair costs."""
    return _COSTS[name]


def cure_message(found: Cure, settings: Settings) -> str:
    """Return what is done about a probe, as a clause behind what happens to it."""
    costs = "".join(f"; {_cost(found, cost)}" for cost in found.costs)
    if found.action == cure.REMOVED:
        return f"; removed{costs}"
    if found.action == cure.MOVED:
        return f"; {_move(found, f'`{found.answered_by}`')}{costs}"
    if found.why == cure.HELD_BACK:
        return f"; {_REFUSALS[found.why]}"
    return f"; mode {settings.mode} cannot repair it: {refusal(found)}"


def _cost(found: Cure, name: str) -> str:
    return _exit(found, "it does so all the same") if name == cure.NEVER_STARTS else _COSTS[name]


def _exit(found: Cure, if_told: str) -> str:
    # Where nobody listens, the limit has told already who ends.
    return if_told if found.judged.verdict.reason == catalogue.NO_LISTENER else ending(found.judged)


def done_phrase(found: Cure) -> str:
    """Return what is done about a probe, in few words."""
    if found.action == cure.MOVED:
        return _move(found, found.answered_by)
    return "removed" if found.action == cure.REMOVED else LEFT


def _move(found: Cure, answered_by: str) -> str:
    if not found.stays:
        return f"moved to port {found.port} of {answered_by}"
    passed = found.judged.verdict.outcome == decision.PASSES
    return LEFT if passed else f"let through by {answered_by}"


def excluded_message() -> str:
    """Return the clause for a probe that fails and that the settings keep from being repaired."""
    return "; left as it is, because `probes` does not name it"


def bypass_message(found: Bypass, analysis: Analysis) -> str:
    """Return that a listener is open beside its proxy, and what closes it."""
    return f"{bypass_fact(found, analysis)}; {bypass_cure(found)}"


def bypass_fact(found: Bypass, analysis: Analysis) -> str:
    """Return that a listener is open beside its proxy."""
    skipped = name_of(found.guard, analysis.network)
    return f"{open_fact(found.listener, analysis.network)}, so whoever dials it skips `{skipped}`"


def open_fact(listener: Listener, network: Network) -> str:
    """Return where a program listens, and what proves it."""
    where = place(listener.address, listener.port)
    return f"`{name_of(listener, network)}` listens on {where} ({proof(listener, network)})"


def bypass_cure(found: Bypass) -> str:
    """Return what closes an open listener and leaves its proxy a way in."""
    upstream = found.guard.proxy.upstream if found.guard.proxy else None
    address = loopback_of(upstream.address) if upstream else None
    if address is None:
        return f"`{_binding(found, '127.0.0.1')}` closes it, once the proxy dials that"
    return f"`{_binding(found, address.text)}` closes it"


def _binding(found: Bypass, address: str) -> str:
    name, value = found.process.binding(found.listener, address)
    return f"--{name}={value}"


def no_target_message(identity: Identity) -> str:
    """Return that a kustomize target cannot name a workload."""
    named = identity.place or "a workload without a name"
    return f"{named}: a Component patches what apiVersion, kind, name and namespace tell apart"


def silent_message() -> str:
    """Return that no item was given back, to whoever did not mean that."""
    return "gave no item back, as `emit: none` says: right under `validators:`, and nowhere else"


def nobody_meant_message() -> str:
    """Return that the target names no workload that would be looked at."""
    return "no workload that the target names runs kube-state-metrics"


def mismatch_message() -> str:
    """Return that the run-time check caught a wrong edit."""
    return "the edited text does not say what the patch says; nothing was changed; report this bug"


def still_fails_message(repaired: JudgedProbe, settings: Settings) -> str:
    """Return that a repair was not one, or cannot be known to be one."""
    kind = repaired.probe.kind
    if repaired.verdict.outcome == decision.UNKNOWN:
        why = doubt(repaired.verdict)
        return (
            f"mode {settings.mode} cannot repair `{kind}`: repaired, it {why}; "
            "mode probe-disable can; nothing was changed"
        )
    return f"the repaired `{kind}` would fail still; nothing was changed; report this bug"


def _way(judged: JudgedProbe) -> str:
    dial = judged.verdict.dial
    if dial is None:
        return f"asks for port {getattr(judged.probe.handler, 'port', None)!r}"
    host = "the pod IP" if dial.address.kind == "pod" else dial.address.text
    if not dial.http_path:
        return f"dials {host} on {dial.port}"
    return f"dials {host} on {dial.port} for {dial.protocol.upper()} {dial.http_path}"


def _answer(judged: JudgedProbe, analysis: Analysis) -> str:
    route = judged.verdict.route
    return f" at `{name_of(route[-1], analysis.network)}`" if route else ""


def handler_value(probe: Probe) -> dict[str, object] | None:
    """Return the httpGet of a probe as a result shows it: without headers, which may be secret."""
    handler = probe.handler
    if not isinstance(handler, HTTPGet):
        return None
    shown = {"path": handler.path, "port": handler.port, "scheme": handler.scheme}
    return {**shown, "host": handler.host} if handler.host else dict(shown)
