"""The decision: what happens to a probe, row by row, in the order in which the kubelet acts."""

from __future__ import annotations

from collections.abc import Iterator

from fix_ksm_probes.manifests.files import with_environment
from fix_ksm_probes.manifests.index import Index, Kinds
from fix_ksm_probes.manifests.placeholders import find_in_value
from fix_ksm_probes.manifests.pod import (
    GRPC,
    Container,
    Exec,
    HTTPGet,
    Pod,
    Probe,
    TCPSocket,
    declared_ports,
    read_pod,
)
from fix_ksm_probes.manifests.workload import Identity, Workload, find_workloads
from fix_ksm_probes.programs import (
    HIDDEN,
    POD,
    Address,
    Listener,
    Process,
    Proxy,
    clean,
    identify_programs,
    kubelet_path,
    meets,
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
from fix_ksm_probes.yamlpatch import NamedTuple, Pointer, value_at
from fix_ksm_probes.yamlpatch.scalars import as_decimal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fix_ksm_probes.manifests.index import Row

PASSES = "passes"
FAILS = "fails"
UNKNOWN = "unknown"

# Why a verdict is unknown, as what the probe does; listeners.py has more of them.
EXEC_HANDLER = "runs `{}` in the container, and the manifest does not show the result"
NO_HANDLER = "has no known handler, or several"
NO_SCHEME = "names a scheme that no API server accepts"
NO_PORT = "names no port that an API server accepts"
ELSEWHERE = "dials a host that may not be this pod"
HOST_PORT = "dials the node, where a hostPort may lead back to the pod"
ADDRESS = "dials an address that the program may or may not listen on"
CONFLICT = "dials a port that two programs of the pod try to listen on"
UPSTREAM = "reaches a proxy whose upstream is not known"
CREDENTIAL = "sends an Authorization header that the proxy may or may not accept"
VERSION = "asks for a path that not all versions serve, and the image names none"
OPAQUE_PATH = "asks for a path that is not valid in a URL"

_LARGEST_PORT = 65535
_HOPS = 4  # proxies behind proxies
# A prefix that is put before each redirect makes it longer; the kubelet follows ten.
_LONGEST_REDIRECT = 1000


class TakenPort(NamedTuple):
    """A port of the node that a workload with `hostNetwork` declares, or listens on."""

    workload: Identity
    address: Address
    port: int


class OpenedPorts:
    """The ports of a node that a run opens, and up to where it has looked for a free one."""

    def __init__(self) -> None:
        self.ports: set[int] = set()
        self.searched: dict[int, int] = {}


class TakenPorts(NamedTuple):
    """The ports of a node that workloads other than the one at `pointer` and `template` use.

    Workloads in `related` use them. A port that the run has `opened` so far is not free either.
    """

    related: Index = Index()
    pointer: Pointer = ()
    template: Pointer = ()
    opened: OpenedPorts | None = None

    def at(self, port: int) -> Iterator[TakenPort]:
        """Yield the workloads that use a port."""
        for item, (template, taken) in self.related.find(_node_ports, (port,)):
            if (item.pointer, template) != (self.pointer, self.template):
                yield taken

    def first_free(self, first: int) -> int:
        """Return the first port from `first` on that no workload uses, this one included."""
        known = (*self.related.keys(_node_ports), *((self.opened.ports,) if self.opened else ()))
        searched = self.opened.searched if self.opened else {}
        port = searched.get(first, first)
        while any(port in each for each in known):
            port += 1
        searched[first] = port
        return port


class Network(NamedTuple):
    """Who listens in a pod: its processes, and the pod they were read from.

    `taken` are the ports of its node that other workloads of the input take.
    """

    pod: Pod
    processes: tuple[Process, ...]
    taken: TakenPorts = TakenPorts()

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """Return the listeners of all processes, in the order of their containers."""
        return tuple(each for process in self.processes for each in process.listeners)

    def process_of(self, listener: Listener) -> Process:
        """Return the process that listens."""
        return self.processes[listener.container]

    def is_main(self, listener: Listener) -> bool:
        """Tell whether it is the main listener of its program."""
        program = self.process_of(listener).program
        return program is not None and listener.name == program.main

    @property
    def indeterminate(self) -> tuple[Process, ...]:
        """Return the processes whose listeners are not all known."""
        return tuple(each for each in self.processes if each.analysis.indeterminate)


def _node_ports(kinds: Kinds) -> Iterator[Row[tuple[Pointer, TakenPort]]]:
    index = Index(kinds.items)
    for item in kinds.items:
        # The owner of a pod declares the same ports.
        if value_at(item.resource, ("metadata", "ownerReferences")):
            continue
        for workload in find_workloads(item):
            pod = with_environment(read_pod(workload), workload, index)
            for taken in _ports_of(workload, pod, index) if pod.host_network else ():
                yield item, (workload.template, taken), (taken.port,), ("",)


def _ports_of(workload: Workload, pod: Pod, index: Index) -> Iterator[TakenPort]:
    known = set()
    for process in identify_programs(pod, workload, index):
        for listener in process.listeners:
            known.add(listener.port)
            yield TakenPort(workload.identity, listener.address, listener.port)
    for port, protocol in declared_ports(workload, pod):
        if protocol == "TCP" and port not in known:
            yield TakenPort(workload.identity, read_address(""), port)


class Dial(NamedTuple):
    """One connection attempt; `http_path` is empty for a mere connection.

    `admitted` says that it sends a token that the proxy is assumed to accept.
    """

    address: Address
    port: int
    protocol: str
    http_path: str
    authorization: bool = False
    password: bool = False
    admitted: bool = False


class Hop(NamedTuple):
    """One dial of a probe, the kubelet's or that of a proxy, and the listener that it comes to.

    `listener` is None if no listener is known there. `is_met` is False if the listener has the port
    but is bound to loopback, out of reach.
    """

    dial: Dial
    listener: Listener | None = None
    is_met: bool = True


class Verdict(NamedTuple):
    """The outcome of a probe, PASSES, FAILS or UNKNOWN, and how the kubelet gets there.

    `reason` names the row of the decision that fails it. Of an unknown verdict, `why` says what is
    not known, `causes` are the processes or listeners behind that, and `culprit` is the text in the
    manifest that is to blame, if it is a single one. For a startupProbe that asks too early,
    `culprit` is the container that would answer. `hops` are the dials, in order, and empty if the
    kubelet dials nothing.
    """

    outcome: str
    reason: str = ""
    why: str = ""
    hops: tuple[Hop, ...] = ()
    vacuous: bool = False
    culprit: str = ""
    causes: tuple[Process | Listener, ...] = ()

    @property
    def dial(self) -> Dial | None:
        """Return the dial of the kubelet, None where there is none."""
        return self.hops[0].dial if self.hops else None

    @property
    def route(self) -> tuple[Listener, ...]:
        """Return the listeners dialled, in order; the last one answers, refuses or is not met."""
        return tuple(hop.listener for hop in self.hops if hop.listener is not None)


def judge(probe: Probe, container: Container, network: Network) -> Verdict:
    """Return the verdict on a probe of `container`, one of the containers of `network`."""
    verdict = _judge(probe, container, network)
    pod = network.pod
    if pod.placeholder:
        on_the_node = network._replace(pod=pod._replace(host_network=True))
        if _judge(probe, container, on_the_node).outcome != verdict.outcome:
            return _awaits(pod.placeholder)
    # Containers after a native sidecar start only once its startupProbe passes.
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
    if handler.port is None or (port is not None and not 0 < port <= _LARGEST_PORT):
        return Verdict(UNKNOWN, why=NO_PORT)
    if port is None:
        named = next((each.placeholder for each in container.ports if each.placeholder), "")
        return _awaits(named) if named else Verdict(FAILS, PORT_NAME_UNDEFINED)
    if isinstance(handler, HTTPGet) and handler.scheme not in ("HTTP", "HTTPS"):
        return Verdict(UNKNOWN, why=NO_SCHEME)
    host = "" if isinstance(handler, GRPC) else handler.host
    address = read_address(host) if host else POD
    dial = _dial(handler, address, port)
    if dial is None:
        return Verdict(UNKNOWN, why=OPAQUE_PATH)
    if not network.pod.host_network and address.kind in ("loopback", "any"):
        return _on_the_node(dial, network)
    verdict = answer(dial, network)
    return verdict._replace(vacuous=_is_vacuous(verdict, container, network))


def _run(handler: Exec, process: Process) -> Verdict:
    # A command that cannot start is an error to the kubelet, like a port name that is not declared.
    command = handler.command[0] if handler.command else ""
    awaited = find_in_value(command)
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
    brought = handler.authorization, handler.password
    return Dial(address, port, handler.scheme.lower(), clean(http_path), *brought)


def _on_the_node(dial: Dial, network: Network) -> Verdict:
    # The kubelet's loopback is the node's; without hostNetwork only a host port leads to the pod.
    led_to = tuple(
        process
        for process in network.processes
        if any(port.host_port == dial.port for port in process.container.ports)
    )
    if led_to:
        return Verdict(UNKNOWN, why=HOST_PORT, hops=(Hop(dial),), causes=led_to)
    return Verdict(FAILS, NO_LISTENER, hops=(Hop(dial),))


def answer(dial: Dial, network: Network, before: tuple[Hop, ...] = ()) -> Verdict:
    """Return the verdict on one dial, from outside the pod or behind the hops `before` it."""
    bound = [each for each in network.listeners if each.port == dial.port]
    reached = next((each for each in bound if meets(each.address, dial.address)), None)
    if reached is None:
        return _refused(dial, network, before, bound)
    hops = (*before, Hop(dial, reached))
    rivals = _rivals(reached, network)
    if rivals:
        return Verdict(UNKNOWN, why=CONFLICT, hops=hops, causes=rivals)
    if dial.protocol == "tcp":
        return Verdict(PASSES, hops=hops)
    if dial.protocol == "grpc":
        return Verdict(FAILS, SCHEME_MISMATCH, hops=hops)
    if HIDDEN in reached.tls_file:
        return _doubt(VARIABLE, network.process_of(reached), hops)
    if reached.tls is None:
        return Verdict(UNKNOWN, why=OPTION_FILE, hops=hops, culprit=reached.tls_file)
    if reached.tls != (dial.protocol == "https"):
        return Verdict(FAILS, SCHEME_MISMATCH, hops=hops)
    if reached.proxy is not None:
        return _behind_proxy(dial, reached, reached.proxy, network, hops)
    return _served(dial, reached, network, hops)


def _doubt(
    why: str, process: Process, hops: tuple[Hop, ...], causes: tuple[Listener, ...] = ()
) -> Verdict:
    # If the container that listens has a placeholder, that is the cause.
    culprit = process.container.placeholder
    why = PLACEHOLDER if culprit else why
    return Verdict(UNKNOWN, why=why, hops=hops, culprit=culprit, causes=causes)


def _rivals(reached: Listener, network: Network) -> tuple[Listener, ...]:
    # Of two programs that want one address, the later one exits, with all its listeners.
    listeners = network.listeners
    own = [each for each in listeners if each.container == reached.container]
    rivals = [each for each in own if any(map(each.clashes, listeners))]
    if not rivals:
        return ()
    return tuple(each for each in listeners if each in rivals or any(map(each.clashes, rivals)))


def _refused(
    dial: Dial, network: Network, before: tuple[Hop, ...], bound: list[Listener]
) -> Verdict:
    hops = (*before, Hop(dial))
    if dial.address.kind in ("fixed", "name", "hidden"):
        return Verdict(UNKNOWN, why=ELSEWHERE, hops=hops)
    unclear = tuple(each for each in bound if meets(each.address, dial.address) is None)
    if unclear:
        return _doubt(ADDRESS, network.process_of(unclear[0]), hops, unclear)
    if dial.address == POD and bound:
        return Verdict(FAILS, LOOPBACK_ONLY, hops=(*before, Hop(dial, bound[0], is_met=False)))
    hiding = network.indeterminate
    if hiding:
        why, culprit = hiding[0].analysis.indeterminate, hiding[0].analysis.culprit
        causes = tuple(each for each in hiding if each.analysis.indeterminate == why)
        return Verdict(UNKNOWN, why=why, hops=hops, culprit=culprit, causes=causes)
    return Verdict(FAILS, NO_LISTENER, hops=hops)


def _behind_proxy(
    dial: Dial, listener: Listener, proxy: Proxy, network: Network, hops: tuple[Hop, ...]
) -> Verdict:
    if not proxy.allows(dial.http_path):
        return Verdict(FAILS, PATH_NOT_ALLOWED, hops=hops)
    if not proxy.ignores(dial.http_path) and not dial.admitted:
        if dial.authorization:
            return Verdict(UNKNOWN, why=CREDENTIAL, hops=hops)
        return Verdict(FAILS, UNAUTHORIZED, hops=hops)
    upstream = proxy.upstream
    if upstream is None:
        return _doubt(UPSTREAM, network.process_of(listener), hops)
    if upstream.leads_nowhere:
        return Verdict(FAILS, NO_LISTENER, hops=hops)
    onward = Dial(
        upstream.address,
        upstream.port,
        "https" if upstream.tls else "http",
        upstream.prefix + dial.http_path,
        dial.authorization,
        dial.password,
        dial.admitted,
    )
    if len(hops) > _HOPS:
        return _doubt(UPSTREAM, network.process_of(listener), (*hops, Hop(onward)))
    verdict = answer(onward, network, hops)
    following = clean(onward.http_path)
    if following != onward.http_path and _reaches_a_server(verdict):
        # Go's ServeMux redirects to the clean path, which the kubelet then asks the proxy for.
        if following == dial.http_path or len(following) > _LONGEST_REDIRECT:
            return verdict._replace(outcome=FAILS, reason=PATH_NOT_SERVED)
        again = dial._replace(http_path=following)
        return _behind_proxy(again, listener, proxy, network, hops)
    if upstream.tls and verdict.outcome == PASSES:
        # The proxy verifies its certificate, against roots that the manifest does not show.
        return Verdict(UNKNOWN, why=UPSTREAM, hops=(*hops, Hop(onward)))
    # A proxy turns every upstream that does not answer into a 502.
    reason = NO_LISTENER if verdict.reason == LOOPBACK_ONLY else verdict.reason
    return verdict._replace(reason=reason)


def _reaches_a_server(verdict: Verdict) -> bool:
    return verdict.outcome == PASSES or verdict.reason in (PATH_NOT_SERVED, UNAUTHORIZED)


def _served(dial: Dial, listener: Listener, network: Network, hops: tuple[Hop, ...]) -> Verdict:
    if listener.demands == PASSWORD and dial.password:
        return Verdict(UNKNOWN, why=CREDENTIAL, hops=hops)
    if listener.demands:
        return Verdict(FAILS, UNAUTHORIZED, hops=hops)
    contents = {table.content(dial.http_path) for table in listener.route_tables}
    refusals = contents & ({MISSING} if dial.admitted else {MISSING, GUARDED})
    if not refusals:
        return Verdict(PASSES, hops=hops, vacuous=contents == {LANDING})
    if refusals == {GUARDED} and dial.authorization:
        return Verdict(UNKNOWN, why=CREDENTIAL, hops=hops)
    if len(contents) > 1:
        return _doubt(VERSION, network.process_of(listener), hops)
    reason = PATH_NOT_SERVED if refusals == {MISSING} else UNAUTHORIZED
    return Verdict(FAILS, reason, hops=hops)


def _is_vacuous(verdict: Verdict, container: Container, network: Network) -> bool:
    # Only the probes of an exporter itself can be vacuous.
    probed = network.processes[network.pod.containers.index(container)]
    if verdict.outcome != PASSES or not probed.is_exporter:
        return False
    return verdict.vacuous or network.process_of(verdict.route[-1]).program != probed.program
