"""The decision: what a kubelet that runs a probe meets, row by row, in the order it meets it."""

from __future__ import annotations

from fix_ksm_probes.manifests.placeholders import find_placeholder
from fix_ksm_probes.manifests.pod import GRPC, Container, Exec, HTTPGet, Pod, Probe, TCPSocket
from fix_ksm_probes.manifests.workload import Identity
from fix_ksm_probes.programs import (
    HIDDEN,
    POD,
    Address,
    ListenAnalysis,
    Listener,
    Process,
    Proxy,
    clean,
    compile_pattern,
    kubelet_path,
    meets,
    overlap,
    read_address,
)
from fix_ksm_probes.programs.listeners import (
    GUARDED,
    LANDING,
    MISSING,
    OPTION_FILE,
    PASSWORD,
    PLACEHOLDER,
    VARIABLE,
)
from fix_ksm_probes.rules.catalogue import (
    COMMAND_MISSING,
    LOOPBACK_ONLY,
    NO_LISTENER,
    PATH_NOT_ALLOWED,
    PATH_NOT_SERVED,
    PORT_NAME_UNDEFINED,
    SCHEME_MISMATCH,
    UNAUTHORIZED,
)
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple
from fix_ksm_probes.yamlpatch.scalars import as_decimal

PASSES = "passes"
FAILS = "fails"
UNKNOWN = "unknown"

# Reasons, beside those of listeners.py, why a verdict cannot be known.
EXEC_HANDLER = "exec handler"
NO_HANDLER = "no handler"
ELSEWHERE = "another host"
HOST_PORT = "host port"
ADDRESS = "address"
CONFLICT = "two listeners on one port"
UPSTREAM = "upstream"
CREDENTIAL = "credential"
VERSION = "version"
OPAQUE_PATH = "path"

_HOPS = 4  # proxies behind proxies
# A prefix that is put before each redirect makes it longer; the kubelet follows ten.
_LONGEST_REDIRECT = 1000


class TakenPort(NamedTuple):
    """A port of the node that a workload with `hostNetwork` declares, or listens on."""

    workload: Identity
    address: Address
    port: int


class Network(NamedTuple):
    """Who listens in a pod: its processes, and the pod they were read from.

    `taken` are the ports of its node that other workloads of the input take.
    """

    pod: Pod
    processes: tuple[Process, ...]
    taken: tuple[TakenPort, ...] = ()

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """Return the listeners of all processes, in the order of their containers."""
        return tuple(each for process in self.processes for each in process.listeners)

    def process_of(self, listener: Listener) -> Process:
        """Return the process that listens."""
        return self.processes[listener.container]

    @property
    def indeterminate(self) -> ListenAnalysis | None:
        """Return the first that may listen at places which are not known; None: there is none."""
        analyses = (process.analysis for process in self.processes)
        return next((each for each in analyses if each.indeterminate), None)


class Dial(NamedTuple):
    """One connection attempt; `http_path` is empty for a mere connection."""

    address: Address
    port: int
    protocol: str
    http_path: str
    authorization: bool = False
    password: bool = False


class Verdict(NamedTuple):
    """What becomes of a probe.

    `reason` names the row of the decision that failed it; `why` what keeps an unknown one from
    being known, and `culprit` what in the manifest does, where one thing does; of a startupProbe
    that needs it too early, the container that would answer. `route` are the listeners met, in
    order, the last one answering or refusing.
    """

    outcome: str
    reason: str = ""
    why: str = ""
    dial: Dial | None = None
    route: tuple[Listener, ...] = ()
    vacuous: bool = False
    culprit: str = ""


def judge(probe: Probe, container: Container, network: Network) -> Verdict:
    """Return the verdict on a probe of `container`, one of the containers of `network`."""
    verdict = _judge(probe, container, network)
    pod = network.pod
    if pod.placeholder:
        on_the_node = network._replace(pod=pod._replace(host_network=True))
        if _judge(probe, container, on_the_node).outcome != verdict.outcome:
            return _awaits(pod.placeholder)
    # What stands behind a native sidecar starts when its startupProbe has passed, not before.
    if probe.kind == "startupProbe" and container.is_sidecar and verdict.outcome == PASSES:
        started = network.processes[: pod.containers.index(container) + 1]
        early = _judge(probe, container, network._replace(processes=started))
        if early.outcome == FAILS:
            return early._replace(culprit=network.process_of(verdict.route[-1]).container.name)
    return verdict


def _awaits(placeholder: str) -> Verdict:
    return Verdict(UNKNOWN, why=PLACEHOLDER, culprit=placeholder)


def _judge(probe: Probe, container: Container, network: Network) -> Verdict:
    if probe.placeholder:
        return _awaits(probe.placeholder)
    handler = probe.handler
    if handler is None:
        return Verdict(UNKNOWN, why=NO_HANDLER)
    if isinstance(handler, Exec):
        return _run(handler, network.processes[network.pod.containers.index(container)])
    port = resolve_port(handler.port, container)
    if port is None:
        named = next((each.placeholder for each in container.ports if each.placeholder), "")
        return _awaits(named) if named else Verdict(FAILS, PORT_NAME_UNDEFINED)
    host = "" if isinstance(handler, GRPC) else handler.host
    address = read_address(host) if host else POD
    dial = _dial(handler, address, port)
    if dial is None:
        return Verdict(UNKNOWN, why=OPAQUE_PATH)
    if not network.pod.host_network and address.kind in ("loopback", "any"):
        return _on_the_node(dial, network)
    verdict = _answer(dial, network, ())
    return verdict._replace(vacuous=_is_vacuous(verdict, container, network))


def _run(handler: Exec, process: Process) -> Verdict:
    # What cannot start is an error to the kubelet, as a port name that is not declared is.
    command = handler.command[0] if handler.command else ""
    awaited = find_placeholder(command)
    if awaited:
        return _awaits(awaited)
    if not command:
        return Verdict(UNKNOWN, why=NO_HANDLER)
    if process.lacks(command):
        return Verdict(FAILS, COMMAND_MISSING, culprit=command)
    return Verdict(UNKNOWN, why=EXEC_HANDLER, culprit=command)


def resolve_port(port: int | str | None, container: Container) -> int | None:
    """Return the number of a probe's port as the kubelet finds it, None where it does not."""
    if isinstance(port, str):
        named = (each.number for each in container.ports if each.name == port)
        number = next(named, None)
        return as_decimal(port) if number is None else number
    return port


def _dial(handler: HTTPGet | TCPSocket | GRPC, address: Address, port: int) -> Dial | None:
    if isinstance(handler, TCPSocket):
        return Dial(address, port, "tcp", "")
    if isinstance(handler, GRPC):
        return Dial(address, port, "grpc", "")
    http_path = kubelet_path(handler.path)
    if http_path is None:
        return None
    scheme = "https" if handler.scheme.upper() == "HTTPS" else "http"
    brought = handler.authorization, handler.password
    return Dial(address, port, scheme, clean(http_path), *brought)


def _on_the_node(dial: Dial, network: Network) -> Verdict:
    # Without hostNetwork the kubelet's loopback is the node's, where only a host port leads back.
    ports = (port for container in network.pod.containers for port in container.ports)
    if any(port.host_port == dial.port for port in ports):
        return Verdict(UNKNOWN, why=HOST_PORT, dial=dial)
    return Verdict(FAILS, NO_LISTENER, dial=dial)


def _answer(dial: Dial, network: Network, route: tuple[Listener, ...]) -> Verdict:
    bound = [each for each in network.listeners if each.port == dial.port]
    met = {each: meets(each.address, dial.address) for each in bound}
    reached = next((each for each in bound if met[each]), None)
    if reached is None:
        return _refused(dial, network, route, bound, known=None not in met.values())
    route = (*route, reached)
    if any(_clashes(each, network) for each in network.listeners if _same_process(each, reached)):
        return Verdict(UNKNOWN, why=CONFLICT, dial=dial, route=route)
    if dial.protocol == "tcp":
        return Verdict(PASSES, dial=dial, route=route)
    if dial.protocol == "grpc":
        return Verdict(FAILS, SCHEME_MISMATCH, dial=dial, route=route)
    if HIDDEN in reached.tls_file:
        return _doubt(VARIABLE, reached, dial, network, route)
    if reached.tls is None:
        return Verdict(UNKNOWN, why=OPTION_FILE, dial=dial, route=route, culprit=reached.tls_file)
    if reached.tls != (dial.protocol == "https"):
        return Verdict(FAILS, SCHEME_MISMATCH, dial=dial, route=route)
    if reached.proxy is not None:
        return _behind_proxy(dial, reached.proxy, network, route)
    return _served(dial, reached, network, route)


def _doubt(
    why: str, listener: Listener, dial: Dial, network: Network, route: tuple[Listener, ...]
) -> Verdict:
    # A placeholder in the container that listens is what hides it, if there is one.
    culprit = network.process_of(listener).container.placeholder
    return Verdict(UNKNOWN, "", PLACEHOLDER if culprit else why, dial, route, culprit=culprit)


def _same_process(one: Listener, other: Listener) -> bool:
    return one.container == other.container


def _clashes(listener: Listener, network: Network) -> bool:
    # The later of two that want one address ends, and all its other listeners with it.
    return any(
        each != listener and each.port == listener.port and overlap(each.address, listener.address)
        for each in network.listeners
    )


def _refused(
    dial: Dial,
    network: Network,
    route: tuple[Listener, ...],
    bound: list[Listener],
    *,
    known: bool,
) -> Verdict:
    if dial.address.kind in ("fixed", "name", "hidden"):
        return Verdict(UNKNOWN, why=ELSEWHERE, dial=dial, route=route)
    if not known:
        hidden = next(each for each in bound if meets(each.address, dial.address) is None)
        return _doubt(ADDRESS, hidden, dial, network, route)
    if dial.address == POD and bound:
        return Verdict(FAILS, LOOPBACK_ONLY, dial=dial, route=(*route, bound[0]))
    hiding = network.indeterminate
    if hiding:
        why, culprit = hiding.indeterminate, hiding.culprit
        return Verdict(UNKNOWN, why=why, dial=dial, route=route, culprit=culprit)
    return Verdict(FAILS, NO_LISTENER, dial=dial, route=route)


def _behind_proxy(
    dial: Dial, proxy: Proxy, network: Network, route: tuple[Listener, ...]
) -> Verdict:
    if proxy.allow and not is_open(dial.http_path, proxy.allow, patterns=True):
        return Verdict(FAILS, PATH_NOT_ALLOWED, dial=dial, route=route)
    if not is_open(dial.http_path, proxy.ignore, patterns=proxy.takes_patterns):
        if dial.authorization:
            return Verdict(UNKNOWN, why=CREDENTIAL, dial=dial, route=route)
        return Verdict(FAILS, UNAUTHORIZED, dial=dial, route=route)
    upstream = proxy.upstream
    if upstream is None or len(route) > _HOPS:
        return _doubt(UPSTREAM, route[-1], dial, network, route)
    protocol = "https" if upstream.tls else "http"
    onward = Dial(
        upstream.address,
        upstream.port,
        protocol,
        upstream.prefix + dial.http_path,
        dial.authorization,
        dial.password,
    )
    verdict = _answer(onward, network, route)
    following = clean(onward.http_path)
    if following != onward.http_path and _reaches_a_server(verdict):
        # Go's ServeMux redirects to the clean path, which the kubelet then asks the proxy for.
        if following == dial.http_path or len(following) > _LONGEST_REDIRECT:
            return verdict._replace(outcome=FAILS, reason=PATH_NOT_SERVED, why="", dial=dial)
        again = _behind_proxy(dial._replace(http_path=following), proxy, network, route)
        return again._replace(dial=dial)
    if upstream.tls and verdict.outcome == PASSES:
        # Its certificate is verified, against roots that a manifest does not tell.
        return Verdict(UNKNOWN, why=UPSTREAM, dial=dial, route=route)
    # A proxy turns every upstream that does not answer into a 502.
    reason = NO_LISTENER if verdict.reason == LOOPBACK_ONLY else verdict.reason
    return verdict._replace(reason=reason, dial=dial)


def _reaches_a_server(verdict: Verdict) -> bool:
    return verdict.outcome == PASSES or verdict.reason in (PATH_NOT_SERVED, UNAUTHORIZED)


def is_open(http_path: str, patterns_: tuple[str, ...], *, patterns: bool) -> bool:
    """Tell whether one of a proxy's path patterns takes `http_path`."""
    if not patterns:
        return http_path in patterns_
    compiled = (compile_pattern(pattern) for pattern in patterns_)
    return any(pattern is not None and pattern.match(http_path) for pattern in compiled)


def _served(
    dial: Dial, listener: Listener, network: Network, route: tuple[Listener, ...]
) -> Verdict:
    if listener.demands == PASSWORD and dial.password:
        return Verdict(UNKNOWN, why=CREDENTIAL, dial=dial, route=route)
    if listener.demands:
        return Verdict(FAILS, UNAUTHORIZED, dial=dial, route=route)
    contents = {table.content(dial.http_path) for table in listener.route_tables}
    refusals = contents & {MISSING, GUARDED}
    if not refusals:
        return Verdict(PASSES, dial=dial, route=route, vacuous=contents == {LANDING})
    if refusals == {GUARDED} and dial.authorization:
        return Verdict(UNKNOWN, why=CREDENTIAL, dial=dial, route=route)
    if len(contents) > 1:
        return _doubt(VERSION, listener, dial, network, route)
    reason = PATH_NOT_SERVED if refusals == {MISSING} else UNAUTHORIZED
    return Verdict(FAILS, reason, dial=dial, route=route)


def _is_vacuous(verdict: Verdict, container: Container, network: Network) -> bool:
    # Only of an exporter's own probes is it asked what they say about it.
    probed = network.processes[network.pod.containers.index(container)]
    if verdict.outcome != PASSES or not probed.is_exporter:
        return False
    return verdict.vacuous or network.process_of(verdict.route[-1]).program != probed.program
