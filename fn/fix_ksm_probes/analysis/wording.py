"""A verdict in words: the clauses that findings, fixes and drawings are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fix_ksm_probes.analysis.analyse import Analysis, JudgedProbe
from fix_ksm_probes.analysis.decision import Dial, Network, Verdict
from fix_ksm_probes.programs import Address, Listener, Process
from fix_ksm_probes.rules import catalogue
from fix_ksm_probes.yamlpatch import Pointer
from fix_ksm_probes.yamlpatch.patch import brackets

# A culprit may be as long as a configuration.
_LONGEST_CULPRIT = 80


def why_unknown(verdict: Verdict) -> str:
    """Return why a verdict is unknown, as what the probe does."""
    return verdict.why.format(shorten(verdict.culprit))


def why_exits(process: Process) -> str:
    """Return why a program exits at start, as a clause that names its container."""
    analysis = process.analysis
    return f"`{process.container.name}` {analysis.exits.format(shorten(analysis.culprit))}"


def listed(words: Iterable[str]) -> str:
    """Return one word or more as a part of a sentence: `a`, `a and b`, `a, b and c`."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def what_policies_do(names: Sequence[str | None], verb: str) -> str:
    """Return that NetworkPolicies of these names, None for one without, do `verb`, as a clause."""
    shown = listed(f"`{name}`" if name else "without a name" for name in names)
    if len(names) == 1:
        return f"NetworkPolicy {shown} {verb}s"
    return f"NetworkPolicies {shown} {verb}"


def shorten(culprit: str) -> str:
    """Return a culprit on one line, cut to 80 characters; a line break at its end is shown."""
    line = " ".join(culprit.split()) + ("\\n" if culprit.endswith("\n") else "")
    return line if len(line) <= _LONGEST_CULPRIT else line[:_LONGEST_CULPRIT] + "..."


def why_fails(judged: JudgedProbe, analysis: Analysis) -> str:
    """Return why a probe fails, as a clause."""
    probed = {"probed": judged.container.name, "program": judged.process.name}
    return what_stops(judged.verdict, analysis, probed)


def what_stops(verdict: Verdict, analysis: Analysis, probed: dict[str, str] | None = None) -> str:
    """Return why a dial fails, as the clause of its rule; `probed` are the words for the probe."""
    if verdict.reason == catalogue.NO_LISTENER:
        return _nobody(verdict, analysis)
    words = {**(probed or {}), "culprit": shorten(verdict.culprit)}
    if verdict.route:
        words |= _words_of_the_last(verdict, analysis.network)
    return catalogue.RULES[verdict.reason].clause.format(**words)


def what_helps(judged: JudgedProbe, analysis: Analysis) -> str:
    """Return how to correct a probe that fails; empty if the remedy of its rule says it all."""
    verdict, network = judged.verdict, analysis.network
    if verdict.reason == catalogue.NO_LISTENER:
        return _what_listens(verdict, network)
    if verdict.reason == catalogue.SCHEME_MISMATCH:
        return _what_speaks(verdict, network)
    if verdict.reason in (catalogue.UNAUTHORIZED, catalogue.PATH_NOT_ALLOWED):
        return _what_admits(verdict.route[-1], network)
    return ""


def _what_listens(verdict: Verdict, network: Network) -> str:
    if verdict.culprit:
        return f"ask what starts before `{verdict.culprit}`, or use mode probe-disable"
    if ended := _ended(network):
        return f"correct why `{ended.container.name}` exits; no mode can do that"
    proxies = [each for each in verdict.route if each.proxy]
    if proxies:
        name = name_of(proxies[-1], network)
        return f"correct the `--upstream` flags of `{name}`, or use mode dedicated-port"
    if _is_on_the_node(verdict, network):
        return "leave out `host`, or use mode dedicated-port or through-proxy"
    return ""


def _what_speaks(verdict: Verdict, network: Network) -> str:
    *before, _ = verdict.route
    if verdict.hops[-1].dial.protocol == "grpc":
        return "use `httpGet` instead, as modes dedicated-port and through-proxy do"
    if before:
        return f"correct the scheme in the `--upstream` of `{name_of(before[-1], network)}`"
    return ""


def _what_admits(last: Listener, network: Network) -> str:
    if last.demands:
        return f"no mode can send a {last.demands}; remove that demand from the `--tls-config` file"
    if last.proxy is None:
        return "ask for the health path, as mode dedicated-port does"
    if last.proxy.allow:
        return (
            "use mode dedicated-port, or replace `--allow-paths` of the proxy by `--ignore-paths`"
        )
    if not network.process_of(last).may_ignore_paths:
        return "use kube-rbac-proxy 0.8.0 or later, which has `--ignore-paths`"
    return ""


def _words_of_the_last(verdict: Verdict, network: Network) -> dict[str, str]:
    last = verdict.route[-1]
    version = network.process_of(last).version
    asked = "".join(_prefix(hop) for hop in verdict.route)
    return {
        "container": name_of(last, network),
        "bound": with_port(last.address, last.port),
        "argument": where_bound(last, network),
        "spoken": "TLS" if last.tls else "plain HTTP",
        "said": f"by `{last.tls_file}`" if last.tls_file else where_bound(last, network),
        "demanded": last.demands or "token",
        "ignored": _ignored(last),
        "server": " ".join((last.program, *([".".join(map(str, version))] if version else []))),
        "asked": f"{asked}{dial.http_path}" if asked and (dial := verdict.dial) else "it",
        "listener": last.name,
    }


def why_vacuous(judged: JudgedProbe, analysis: Analysis) -> str:
    """Return what answers a vacuous probe, as a clause."""
    last = judged.verdict.route[-1]
    name = name_of(last, analysis.network)
    asked = judged.process.name
    if asked and last.program != asked:
        return f"`{name}` answers it, not {asked}"
    return f"the landing page of `{name}` answers it"


def dials(dial: Dial) -> str:
    """Return where a probe or a scraper connects, and what it asks for, as a clause."""
    host = "the pod IP" if dial.address.kind == "pod" else dial.address.text
    asked = f" for {dial.protocol.upper()} {dial.http_path}" if dial.http_path else ""
    return f"dials {host} on {dial.port}{asked}"


def with_port(address: Address, port: int) -> str:
    """Return an address with a port, as a person writes them."""
    host = f"[{address.text}]" if ":" in address.text else address.text
    return f"{host or '?'}:{port}"


def given_with_port(address: Address, port: int) -> str:
    """Return an address that an argument gives; a name is left out, as a variable may hold it."""
    return with_port(address._replace(text="") if address.kind == "name" else address, port)


def where_bound(listener: Listener, network: Network) -> str:
    """Return the field of the argument that binds a listener, or "by default"."""
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
    ended = _ended(network)
    because = f"; {why_exits(ended)}" if ended else ""
    proxies = [listener for listener in verdict.route if listener.proxy]
    if proxies:
        last = proxies[-1]
        return f"nothing listens on the upstream of `{name_of(last, network)}`{because}"
    if _is_on_the_node(verdict, network):
        return "that address is the node, not the pod"
    return f"nothing in the pod listens on it{because}"


def _is_on_the_node(verdict: Verdict, network: Network) -> bool:
    dial = verdict.dial
    return dial is not None and dial.address.kind != "pod" and not network.pod.host_network


def _ended(network: Network) -> Process | None:
    return next((process for process in network.processes if process.exits), None)


def _ignored(listener: Listener) -> str:
    proxy = listener.proxy
    if proxy is None:
        return ""
    if proxy.ignore_argument is None:
        return " and has no --ignore-paths"
    return f": its --ignore-paths does not name it (`{_last(proxy.ignore_argument.pointer)}`)"


def _last(pointer: Pointer) -> str:
    return brackets(pointer[-2:])
