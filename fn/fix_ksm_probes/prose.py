"""The sentences: fact, limit, cure. No other module writes any."""

from __future__ import annotations

from fix_ksm_probes import listeners, reach
from fix_ksm_probes.addresses import Address
from fix_ksm_probes.config import Config
from fix_ksm_probes.findings import Bypass, JudgedProbe, Survey
from fix_ksm_probes.fixes import cure
from fix_ksm_probes.fixes.cure import Cure
from fix_ksm_probes.listeners import Listener
from fix_ksm_probes.pod import HTTPGet, Probe
from fix_ksm_probes.pointer import Pointer, brackets
from fix_ksm_probes.reach import Dial, Network

LEFT = "left as it is"

_UNKNOWN = {
    reach.EXEC_HANDLER: "runs a command inside the container, which is not judged",
    reach.NO_HANDLER: "has no handler that is known",
    reach.ELSEWHERE: "dials a host that may not be this pod",
    reach.HOST_PORT: "dials the node, where a hostPort may lead back to the pod",
    reach.ADDRESS: "dials an address that may or may not be the one that is listened on",
    reach.CONFLICT: "dials a port that two programs of the pod try to listen on",
    reach.UPSTREAM: "reaches a proxy whose upstream cannot be followed",
    reach.CREDENTIAL: "brings an Authorization header, whose worth the manifest does not tell",
    reach.VERSION: "asks for a path that some versions serve and the image tells no version",
    reach.OPAQUE_PATH: "asks for a path that is no path of a URL",
    listeners.ANOTHER_PROGRAM: "dials a port that a program which is not known may serve",
    listeners.SHELL: "dials a port that a program started by a shell may serve",
    listeners.OPTION_FILE: "depends on an option file, which is not part of the manifest",
    listeners.VARIABLE: "depends on a variable that the manifest does not tell",
    listeners.UNREADABLE: "depends on an argument that cannot be read",
}

_EXITS = {
    listeners.UNKNOWN_FLAG: "it exits at start: its version does not know one of its flags",
    listeners.BAD_VALUE: "it exits at start: it does not take the value of one of its flags",
    listeners.PRINTS: "it prints something and exits",
    listeners.NO_CREDENTIAL: "it exits at start: no service account token is mounted",
    listeners.ALLOW_WITH_IGNORE: "it exits at start: --allow-paths excludes --ignore-paths",
    listeners.BAD_PATTERN: "it exits at start: a path pattern is malformed",
    listeners.BAD_ADDRESS: "it exits at start: it cannot listen on the address it is given",
    listeners.BAD_UPSTREAM: "it exits at start: --upstream is no URL",
    listeners.NO_ADDRESS: "it is given no address to listen on",
    listeners.SAME_PORT: "it exits at start: it is to listen twice on one port",
    listeners.STRAY_WORD: "it exits at start: it takes no arguments beside flags",
}

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
    cure.HELD_BACK: "left as it is, because another probe cannot be repaired",
}

_COSTS = {
    cure.BLIND: "the kubelet no longer notices a hung kube-state-metrics",
    cure.SEEN_BY_ANOTHER: "another probe still notices a hung kube-state-metrics",
    cure.ASSUMED_VERSION: "the image tells no version, so 2.13 or later is assumed",
    cure.OTHER_LISTENER: "no proxy fronts the telemetry listener, so the main one is asked",
}


def probe_message(judged: JudgedProbe, survey: Survey) -> str:
    """Return what happens to a probe and what in the manifest proves it, without a full stop."""
    verdict = judged.verdict
    subject = f"`{judged.probe.kind}`"
    if verdict.outcome == reach.UNKNOWN:
        return f"{subject} {_UNKNOWN[verdict.why]}; verdict unknown, left as it is"
    if verdict.reason == reach.PORT_NAME_UNDEFINED:
        return _undefined(judged)
    dial = verdict.dial
    asks = f"{subject} {_way(dial)}" if dial else subject
    if verdict.outcome == reach.PASSES:
        return f"{asks} and passes{_answer(judged, survey)}"
    return f"{asks}, but {_limit(judged, survey)}"


def vacuous_message(judged: JudgedProbe, survey: Survey) -> str:
    """Return that a probe passes and why that says nothing about kube-state-metrics."""
    last = judged.verdict.route[-1]
    name = _name(last, survey.network)
    if last.program != "kube-state-metrics":
        return f"`{judged.probe.kind}` passes, but `{name}` answers it, not kube-state-metrics"
    return f"`{judged.probe.kind}` passes, but the landing page of `{name}` answers it"


def cure_message(found: Cure, config: Config) -> str:
    """Return what is done about a probe, as a clause behind what happens to it."""
    costs = "".join(f"; {_COSTS[cost]}" for cost in found.costs)
    if found.action == cure.REMOVED:
        return f"; removed{costs}"
    if found.action == cure.MOVED:
        return f"; moved to port {found.port} of `{found.answered_by}`{costs}"
    if found.why == cure.HELD_BACK:
        return f"; {_REFUSALS[found.why]}"
    return f"; mode {config.mode} cannot repair it: {_REFUSALS[found.why]}"


def done_phrase(found: Cure) -> str:
    """Return what is done about a probe, in few words."""
    if found.action == cure.MOVED:
        return f"moved to port {found.port} of {found.answered_by}"
    return "removed" if found.action == cure.REMOVED else LEFT


def excluded_message() -> str:
    """Return the clause for a probe that fails and that the settings keep from being repaired."""
    return "; left as it is, because `probes` does not name it"


def bypass_message(found: Bypass, survey: Survey) -> str:
    """Return that a listener is open beside its proxy, and what closes it."""
    listener, guard = found.listener, found.guard
    flag = "--host" if listener.name == "main" else "--telemetry-host"
    return (
        f"`{found.process.container.name}` listens on {_place(listener.address)}:{listener.port} "
        f"({_proof(listener, survey.network)}), so whoever dials it skips "
        f"`{_name(guard, survey.network)}`; `{flag}=127.0.0.1` closes it"
    )


def paths_differ_message() -> str:
    """Return that the run-time check caught a wrong edit."""
    return "the edited text does not say what the patch says; nothing was changed; report this bug"


def still_fails_message(repaired: JudgedProbe, config: Config) -> str:
    """Return that a repair was not one, or cannot be known to be one."""
    kind = repaired.probe.kind
    if repaired.verdict.outcome == reach.UNKNOWN:
        why = _UNKNOWN[repaired.verdict.why]
        return (
            f"mode {config.mode} cannot repair `{kind}`: repaired, it {why}; "
            "mode probe-disable can; nothing was changed"
        )
    return f"the repaired `{kind}` would fail still; nothing was changed; report this bug"


def _undefined(judged: JudgedProbe) -> str:
    port = getattr(judged.probe.handler, "port", None)
    return (
        f"`{judged.probe.kind}` asks for port {port!r}, but `{judged.container.name}` declares no "
        "port of that name, and the kubelet looks in no other container"
    )


def _way(dial: Dial) -> str:
    place = "the pod IP on" if dial.address.kind == "pod" else f"{dial.address.text} on"
    if dial.http_path is None:
        return f"dials {place} {dial.port}"
    return f"dials {place} {dial.port} for {dial.protocol.upper()} {dial.http_path}"


def _limit(judged: JudgedProbe, survey: Survey) -> str:
    verdict = judged.verdict
    if verdict.reason == reach.NO_LISTENER:
        return _nobody(judged, survey)
    last = verdict.route[-1]
    name, proof = _name(last, survey.network), _proof(last, survey.network)
    if verdict.reason == reach.LOOPBACK_ONLY:
        return f"`{name}` listens on {_place(last.address)}:{last.port} only ({proof})"
    if verdict.reason == reach.SCHEME_MISMATCH:
        spoken = "TLS" if last.tls else "plain HTTP"
        return f"`{name}` speaks {spoken} there ({proof})"
    if verdict.reason == reach.UNAUTHORIZED:
        return f"`{name}` demands a token for it{_ignored(last)}"
    if verdict.reason == reach.PATH_NOT_ALLOWED:
        return f"the --allow-paths of `{name}` does not name it"
    version = survey.network.processes[last.container].version
    spelled = " " + ".".join(map(str, version)) if version else ""
    asked = "".join(_prefix(hop) for hop in verdict.route)
    what = f"{asked}{dial.http_path}" if asked and (dial := verdict.dial) else "it"
    return f"{last.program}{spelled} does not serve {what} on its {last.name} listener"


def _prefix(hop: Listener) -> str:
    return hop.proxy.upstream.prefix if hop.proxy and hop.proxy.upstream else ""


def _nobody(judged: JudgedProbe, survey: Survey) -> str:
    network = survey.network
    exits = next((p for p in network.processes if p.implied.exits), None)
    because = f"; `{exits.container.name}`: {_EXITS[exits.implied.exits]}" if exits else ""
    route = judged.verdict.route
    proxies = [listener for listener in route if listener.proxy]
    if proxies:
        last = proxies[-1]
        return f"nobody serves the upstream of `{_name(last, network)}`{because}"
    dial = judged.verdict.dial
    if dial is not None and dial.address.kind != "pod" and not network.pod.host_network:
        return "the kubelet dials its node there, not the pod"
    return f"nothing in the pod listens there{because}"


def _ignored(listener: Listener) -> str:
    proxy = listener.proxy
    if proxy is None:
        return ""
    if proxy.ignore_argument is None:
        return " and has no --ignore-paths"
    return f": its --ignore-paths does not name it (`{_last(proxy.ignore_argument.pointer)}`)"


def _answer(judged: JudgedProbe, survey: Survey) -> str:
    route = judged.verdict.route
    return f" at `{_name(route[-1], survey.network)}`" if route else ""


def _name(listener: Listener, network: Network) -> str:
    return network.processes[listener.container].container.name


def _proof(listener: Listener, network: Network) -> str:
    container = network.processes[listener.container].container
    if listener.source == container.pointer:
        return "by default"
    return f"`{_last(listener.source)}`"


def _last(pointer: Pointer) -> str:
    return brackets(pointer[-2:])


def _place(address: Address) -> str:
    return f"[{address.text}]" if ":" in address.text else address.text


def handler_value(probe: Probe) -> dict[str, object] | None:
    """Return the httpGet of a probe as a result shows it: without headers, which may be secret."""
    handler = probe.handler
    if not isinstance(handler, HTTPGet):
        return None
    shown = {"path": handler.path, "port": handler.port, "scheme": handler.scheme}
    return {**shown, "host": handler.host} if handler.host else dict(shown)
