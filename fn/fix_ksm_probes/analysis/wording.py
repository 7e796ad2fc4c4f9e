"""A verdict in words: the clauses that findings, fixes and drawings are made of."""

from __future__ import annotations

from fix_ksm_probes.analysis import decision
from fix_ksm_probes.analysis.analyse import Analysis, JudgedProbe
from fix_ksm_probes.analysis.decision import Network, Verdict
from fix_ksm_probes.programs import Address, Listener, Process, listeners
from fix_ksm_probes.rules import catalogue
from fix_ksm_probes.yamlpatch import Pointer
from fix_ksm_probes.yamlpatch.patch import brackets

_UNKNOWN = {
    decision.EXEC_HANDLER: "runs `{}` in the container, and the manifest does not show the result",
    decision.NO_HANDLER: "has no known handler",
    decision.ELSEWHERE: "dials a host that may not be this pod",
    decision.HOST_PORT: "dials the node, where a hostPort may lead back to the pod",
    decision.ADDRESS: "dials an address that the program may or may not listen on",
    decision.CONFLICT: "dials a port that two programs of the pod try to listen on",
    decision.UPSTREAM: "reaches a proxy whose upstream is not known",
    decision.CREDENTIAL: "sends an Authorization header that the proxy may or may not accept",
    decision.VERSION: "asks for a path that not all versions serve, and the image names none",
    decision.OPAQUE_PATH: "asks for a path that is not valid in a URL",
    listeners.ANOTHER_PROGRAM: "dials a port that an unknown program may serve",
    listeners.SHELL: "dials a port that a program started by a shell may serve",
    listeners.OPTION_FILE: "depends on the file `{}`, which is not in the input",
    listeners.VARIABLE: "depends on a variable whose value the manifest does not show",
    listeners.UNREADABLE: "depends on an argument that cannot be read",
    listeners.PLACEHOLDER: "depends on the placeholder `{}`, which is not replaced yet",
    listeners.UNKNOWN_BUILD: (
        "depends on what a build that is too new, or not from upstream, does with `{}`"
    ),
    listeners.UNKNOWN_BUILD_LACKS: (
        "depends on what a build that is too new, or not from upstream, does without `{}`"
    ),
}

# Why a program ends at its start; `{}` is what is to blame.
_EXITS = {
    listeners.UNKNOWN_FLAG: "exits at start: its version does not know `{}`",
    listeners.BAD_VALUE: "exits at start: it does not accept `{}`",
    listeners.UNKNOWN_RESOURCE: "exits at start: its version does not know the resource `{}`",
    listeners.PRINTS: "prints something and exits, because of `{}`",
    listeners.NO_CREDENTIAL: "exits at start: no service account token is mounted",
    listeners.ALLOW_WITH_IGNORE: "exits at start: it has both --allow-paths and --ignore-paths",
    listeners.BAD_PATTERN: "exits at start: the path pattern `{}` is malformed",
    listeners.BAD_ADDRESS: "exits at start: it cannot listen on `{}`",
    listeners.BAD_UPSTREAM: "exits at start: `{}` is not a URL that it accepts",
    listeners.NO_ADDRESS: "exits at start: it has no address to listen on, such as `{}`",
    listeners.SAME_PORT: "exits at start: two of its listeners have port {}",
    listeners.STRAY_WORD: "exits at start: it accepts flags only, and `{}` is not one",
    listeners.UNVERIFIED: "exits at start: it cannot verify `{}` without --kubeconfig",
    listeners.NO_STATEFUL_SET: "exits at start: `{}` needs a pod of a StatefulSet",
    listeners.MISSING_FILE: "exits at start: no volume provides the file `{}`",
    listeners.BAD_FILE: "cannot start with the content of the file `{}`",
    listeners.ALONE: "exits at start: `{}` needs another flag, which is missing",
    listeners.BOTH_LISTS: "exits at start: it has both --metric-allowlist and --metric-denylist",
}
# A culprit may be as long as a configuration.
_LONGEST_CULPRIT = 80


def why_unknown(verdict: Verdict) -> str:
    """Return why an unknown verdict cannot be known, as what the probe does."""
    return _UNKNOWN[verdict.why].format(shorten(verdict.culprit))


def why_exits(process: Process) -> str:
    """Return why a program ends at its start, as a clause that names its container."""
    analysis = process.analysis
    return f"`{process.container.name}` {_EXITS[analysis.exits].format(shorten(analysis.culprit))}"


def shorten(culprit: str) -> str:
    """Return what is to blame on one line, 80 letters of it at most."""
    line = " ".join(culprit.split())
    return line if len(line) <= _LONGEST_CULPRIT else line[:_LONGEST_CULPRIT] + "..."


def why_fails(judged: JudgedProbe, analysis: Analysis) -> str:
    """Return what a probe that fails meets."""
    program = judged.process.program
    probed = {"probed": judged.container.name, "program": program.name if program else ""}
    return what_stops(judged.verdict, analysis, probed)


def what_stops(verdict: Verdict, analysis: Analysis, probed: dict[str, str] | None = None) -> str:
    """Return what a dial meets that fails: the clause of its rule; `probed` are words about it."""
    if verdict.reason == catalogue.NO_LISTENER:
        return _nobody(verdict, analysis)
    words = {**(probed or {}), "culprit": shorten(verdict.culprit)}
    if verdict.route:
        words |= _words_of_the_last(verdict, analysis.network)
    return catalogue.RULES[verdict.reason].clause.format(**words)


def _words_of_the_last(verdict: Verdict, network: Network) -> dict[str, str]:
    last = verdict.route[-1]
    version = network.process_of(last).version
    asked = "".join(_prefix(hop) for hop in verdict.route)
    return {
        "container": name_of(last, network),
        "bound": with_port(last.address, last.port),
        "argument": where_bound(last, network),
        "spoken": "TLS" if last.tls else "plain HTTP",
        "demanded": last.demands or "token",
        "ignored": _ignored(last),
        "server": " ".join((last.program, *([".".join(map(str, version))] if version else []))),
        "asked": f"{asked}{dial.http_path}" if asked and (dial := verdict.dial) else "it",
        "listener": last.name,
    }


def why_vacuous(judged: JudgedProbe, analysis: Analysis) -> str:
    """Return who answers a probe that says nothing about kube-state-metrics."""
    last = judged.verdict.route[-1]
    name = name_of(last, analysis.network)
    asked = judged.process.program
    if asked is not None and last.program != asked.name:
        return f"`{name}` answers it, not {asked.name}"
    return f"the landing page of `{name}` answers it"


def with_port(address: Address, port: int) -> str:
    """Return an address with a port, as a person writes them."""
    host = f"[{address.text}]" if ":" in address.text else address.text
    return f"{host or '?'}:{port}"


def given_with_port(address: Address, port: int) -> str:
    """Return an address that an argument gives; of a name, which may be a variable's, no letter."""
    return with_port(address._replace(text="") if address.kind == "name" else address, port)


def where_bound(listener: Listener, network: Network) -> str:
    """Return where the argument stands that binds a listener, or that there is none."""
    container = network.process_of(listener).container
    if listener.source == container.pointer:
        return "by default"
    return f"`{_last(listener.source)}`"


def name_of(listener: Listener, network: Network) -> str:
    """Return the name of the container that listens."""
    return network.process_of(listener).container.name


def _prefix(hop: Listener) -> str:
    return hop.proxy.upstream.prefix if hop.proxy and hop.proxy.upstream else ""


def _nobody(verdict: Verdict, analysis: Analysis) -> str:
    later = verdict.culprit
    if later:
        return f"`{later}`, which answers it, starts only after it passes, so both wait forever"
    network = analysis.network
    exits = next((process for process in network.processes if process.exits), None)
    because = f"; {why_exits(exits)}" if exits else ""
    proxies = [listener for listener in verdict.route if listener.proxy]
    if proxies:
        last = proxies[-1]
        return f"nothing listens on the upstream of `{name_of(last, network)}`{because}"
    dial = verdict.dial
    if dial is not None and dial.address.kind != "pod" and not network.pod.host_network:
        return "that address is the node, not the pod"
    return f"nothing in the pod listens on it{because}"


def _ignored(listener: Listener) -> str:
    proxy = listener.proxy
    if proxy is None:
        return ""
    if proxy.ignore_argument is None:
        return " and has no --ignore-paths"
    return f": its --ignore-paths does not name it (`{_last(proxy.ignore_argument.pointer)}`)"


def _last(pointer: Pointer) -> str:
    return brackets(pointer[-2:])
