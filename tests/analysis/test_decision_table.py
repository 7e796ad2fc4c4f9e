"""The rows of the decision: each verdict with its dials and the listeners that they meet."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from fix_ksm_probes.analysis import decision
from fix_ksm_probes.analysis.decision import Dial, Hop, Network, Verdict, judge
from fix_ksm_probes.manifests.pod import (
    GRPC,
    Container,
    ContainerPort,
    Exec,
    Handler,
    HTTPGet,
    Pod,
    Probe,
    TCPSocket,
)
from fix_ksm_probes.programs import kube_rbac_proxy, kube_state_metrics
from fix_ksm_probes.programs.listeners import (
    CLIENT_CERTIFICATE,
    GUARDED,
    HEALTH,
    HIDDEN,
    LANDING,
    METRICS,
    MISSING,
    OPTION_FILE,
    PASSWORD,
    POD,
    SHELL,
    VARIABLE,
    Address,
    ListenAnalysis,
    Listener,
    Proxy,
    RouteTable,
    Upstream,
    read_address,
)
from fix_ksm_probes.programs.program import Process, Program

KSM, PROXY = kube_state_metrics.PROGRAM, kube_rbac_proxy.PROGRAM
ANY, LOOPBACK = read_address("0.0.0.0"), read_address("127.0.0.1")
SURFACE = RouteTable(
    (("/livez", HEALTH), ("/metrics", METRICS), ("/private", GUARDED), ("/", LANDING)), MISSING
)
OLDER = RouteTable((("/livez", LANDING), ("/healthz", HEALTH), ("/private", METRICS)), MISSING)


class Row(NamedTuple):
    """A probe of the container at index `of`, what listens in its pod, and its verdict.

    `causes` are what keeps the verdict from being known: listeners, or indices of containers.
    """

    name: str
    handler: Handler
    listeners: tuple[Listener, ...]
    expected: Verdict
    of: int = 0
    host_network: bool = False
    hidden: tuple[str, ...] = ("", "", "")
    causes: tuple[int | Listener, ...] = ()


def _listener(
    port: int,
    at: Address = ANY,
    *,
    tls: bool | None = False,
    route_tables: tuple[RouteTable, ...] = (SURFACE,),
    proxy: Proxy | None = None,
    of: int = 0,
) -> Listener:
    program = (KSM, PROXY)[of].name
    return Listener(of, program, "main", at, port, tls, route_tables, proxy, ("args", port))


def _proxy(
    upstream: Upstream | None,
    *,
    allow: tuple[str, ...] = (),
    ignore: tuple[str, ...] = ("/livez", "/h*", "/private"),
    takes_patterns: bool = True,
    at: Address = ANY,
) -> Listener:
    behind = Proxy(upstream, ignore, allow, takes_patterns, None)
    return _listener(8443, at, tls=True, route_tables=(), proxy=behind, of=1)


def _get(port: int | str, path: str = "/livez", **others: str | bool) -> HTTPGet:
    scheme = str(others.get("scheme", "HTTP"))
    sent = others.get("token") is True, others.get("password") is True
    return HTTPGet(port, scheme, path, str(others.get("host", "")), *sent)


def _dial(port: int = 8080, path: str = "/livez", protocol: str = "http") -> Dial:
    return Dial(POD, port, protocol, path)


def _secure(path: str = "/livez", *, token: bool = False) -> Dial:
    return Dial(POD, 8443, "https", path, token)


def _met(dial: Dial, *route: Listener | None) -> tuple[Hop, ...]:
    """Return the hops of a probe along `route`; None at its end means that nobody listens."""
    hops: list[Hop] = []
    for listener in route:
        hops.append(Hop(dial, listener))
        upstream = listener.proxy.upstream if listener and listener.proxy else None
        if upstream:
            dial = _onward(upstream, dial)
    return tuple(hops)


def _onward(upstream: Upstream, dial: Dial) -> Dial:
    scheme = "https" if upstream.tls else "http"
    http_path = upstream.prefix + dial.http_path
    sent = dial.authorization, dial.password
    return Dial(upstream.address, upstream.port, scheme, http_path, *sent)


MAIN = _listener(8080)
BY_VARIABLE = _listener(8080, tls=None)._replace(tls_file=f"/tls/{HIDDEN}")
INNER = _listener(8081, LOOPBACK)
TLS = _listener(8082, LOOPBACK, tls=True)
TO_INNER = Upstream(False, LOOPBACK, 8081, "")
OUTER = _proxy(TO_INNER)

NO_REQUEST = [
    Row("no-handler", None, (MAIN,), Verdict("unknown", why=decision.NO_HANDLER)),
    Row("no-command", Exec(()), (MAIN,), Verdict("unknown", why=decision.NO_HANDLER)),
    Row(
        "exec",
        Exec(("/bin/true",)),
        (MAIN,),
        Verdict("unknown", why=decision.EXEC_HANDLER, culprit="/bin/true"),
    ),
    Row("port-name", _get("http"), (MAIN,), Verdict("passes", hops=_met(_dial(), MAIN))),
    Row("port-text", _get("8080"), (MAIN,), Verdict("passes", hops=_met(_dial(), MAIN))),
    Row(
        "port-text-long",
        _get(f"{8080:019}"),
        (MAIN,),
        Verdict("passes", hops=_met(_dial(), MAIN)),
    ),
    Row("port-text-too-long", _get(f"{8080:020}"), (MAIN,), Verdict("fails", "PortNameUndefined")),
    Row("port-name-of-none", _get("htpt"), (MAIN,), Verdict("fails", "PortNameUndefined")),
    Row("port-of-none", GRPC(None), (MAIN,), Verdict("unknown", why=decision.NO_PORT)),
    *(
        Row(f"port-{port}", _get(port), (MAIN,), Verdict("unknown", why=decision.NO_PORT))
        for port in (0, 65536)
    ),
    *(
        Row(f"port-{port}", _get(port), (MAIN,), Verdict("fails", "NoListener", "", hops))
        for port in (1, 65535)
        for hops in [(Hop(_dial(port)),)]
    ),
    Row(
        "path-of-none",
        _get(8080, "mailto:x"),
        (MAIN,),
        Verdict("unknown", why=decision.OPAQUE_PATH),
    ),
]

ON_THE_NODE = [
    Row(
        f"{what}-{host}",
        TCPSocket(port, host),
        (MAIN,),
        Verdict(outcome, reason, why, (Hop(Dial(read_address(host), port, "tcp", "")),)),
        causes=(0, 1, 2) if why else (),
    )
    for host in ("127.0.0.1", "localhost", "0.0.0.0")
    for what, port, outcome, reason, why in (
        ("port-of-the-pod", 8080, "fails", "NoListener", ""),
        ("host-port", 30080, "unknown", "", decision.HOST_PORT),
    )
] + [
    Row(
        "host-network",
        _get(8081, host="127.0.0.1"),
        (INNER,),
        Verdict("passes", hops=_met(Dial(LOOPBACK, 8081, "http", "/livez"), INNER)),
        host_network=True,
    ),
    Row(
        "host-network-other-family",
        _get(8081, host="::1"),
        (INNER,),
        Verdict(
            "fails", "NoListener", hops=(Hop(Dial(read_address("::1"), 8081, "http", "/livez")),)
        ),
        host_network=True,
    ),
]

REFUSED = [
    Row(
        # A name that is printable: mutmut hands it back to pytest.
        f"elsewhere-{host}".replace("\0", "-"),
        _get(8080, host=host),
        (),
        Verdict(
            "unknown",
            why=decision.ELSEWHERE,
            hops=(Hop(Dial(read_address(host), 8080, "http", "/livez")),),
        ),
    )
    for host in ("10.0.0.7", "example.com", "\0hidden\0")
] + [
    Row(
        "may-be-the-pods",
        _get(8080),
        (_listener(8080, LOOPBACK), _listener(8080, read_address("10.0.0.7"))),
        Verdict("unknown", why=decision.ADDRESS, hops=(Hop(_dial()),)),
        causes=(_listener(8080, read_address("10.0.0.7")),),
    ),
    Row(
        "loopback",
        _get(8080),
        (_listener(8080, LOOPBACK), _listener(8080, read_address("::1"))),
        Verdict(
            "fails", "LoopbackOnly", hops=(Hop(_dial(), _listener(8080, LOOPBACK), is_met=False),)
        ),
    ),
    Row(
        "loopback-beside-the-hidden",
        _get(8081),
        (INNER,),
        Verdict("fails", "LoopbackOnly", hops=(Hop(_dial(8081), INNER, is_met=False),)),
        hidden=(SHELL, "", ""),
    ),
    Row(
        "hidden",
        _get(9090),
        (MAIN,),
        Verdict("unknown", why=SHELL, hops=(Hop(_dial(9090)),)),
        hidden=("", SHELL, VARIABLE),
        causes=(1,),
    ),
    Row("nobody", _get(9090), (MAIN,), Verdict("fails", "NoListener", hops=(Hop(_dial(9090)),))),
]

CONNECTED = [
    Row(
        "one-of-two",
        TCPSocket(8080, ""),
        (_listener(8080, LOOPBACK), _listener(8080, POD)),
        Verdict("passes", hops=_met(_dial(8080, "", "tcp"), _listener(8080, POD))),
    ),
    Row(
        "clash",
        TCPSocket(8080, ""),
        (MAIN, _listener(8080, of=1)),
        Verdict("unknown", "", decision.CONFLICT, _met(_dial(8080, "", "tcp"), MAIN)),
        causes=(MAIN, _listener(8080, of=1)),
    ),
    Row(
        "clash-of-another-listener",
        _get(8080),
        (MAIN, _listener(9000), _listener(9000, of=1)),
        Verdict("unknown", "", decision.CONFLICT, _met(_dial(), MAIN)),
        causes=(_listener(9000), _listener(9000, of=1)),
    ),
    Row(
        "clash-of-others",
        _get(8080),
        (MAIN, _listener(9000, of=1), _listener(9000, LOOPBACK, of=1)),
        Verdict("passes", hops=_met(_dial(), MAIN)),
    ),
    Row(
        "grpc",
        GRPC(8080),
        (MAIN,),
        Verdict("fails", "SchemeMismatch", "", _met(_dial(8080, "", "grpc"), MAIN)),
    ),
    Row(
        "tls-by-a-file",
        _get(8080),
        (_listener(8080, tls=None),),
        Verdict("unknown", "", OPTION_FILE, _met(_dial(), _listener(8080, tls=None))),
    ),
    Row(
        "tls-by-a-file-of-a-variable",
        _get(8080),
        (BY_VARIABLE,),
        Verdict("unknown", "", VARIABLE, _met(_dial(), BY_VARIABLE)),
    ),
    Row(
        "tls-to-plain",
        _get(8080, scheme="HTTPS"),
        (MAIN,),
        Verdict("fails", "SchemeMismatch", "", _met(_dial(protocol="https"), MAIN)),
    ),
    Row(
        "tls-by-small-letters",
        _get(8080, scheme="hTTps"),
        (MAIN,),
        Verdict("unknown", "", decision.NO_SCHEME),
    ),
    Row(
        "plain-to-tls",
        _get(8080),
        (_listener(8080, tls=True),),
        Verdict("fails", "SchemeMismatch", "", _met(_dial(), _listener(8080, tls=True))),
    ),
    Row(
        "tls",
        _get(8080, scheme="HTTPS"),
        (_listener(8080, tls=True),),
        Verdict("passes", "", "", _met(_dial(protocol="https"), _listener(8080, tls=True))),
    ),
]

TWO = _listener(8080, route_tables=(SURFACE, OLDER))
SERVED = [
    Row(
        f"{path}-{'of-two-versions' if listener == TWO else 'of-one'}{'-token' * token}",
        _get(8080, path, token=token),
        (listener,),
        Verdict(
            outcome, reason, why, _met(Dial(POD, 8080, "http", path, token), listener), path == "/"
        ),
    )
    for path, token, listener, outcome, reason, why in (
        ("/", False, MAIN, "passes", "", ""),
        ("/healthz", False, MAIN, "fails", "PathNotServed", ""),
        ("/healthz", True, MAIN, "fails", "PathNotServed", ""),
        ("/private", False, MAIN, "fails", "Unauthorized", ""),
        ("/private", True, MAIN, "unknown", "", decision.CREDENTIAL),
        ("/livez", False, TWO, "passes", "", ""),
        ("/healthz", False, TWO, "unknown", "", decision.VERSION),
        ("/private", False, TWO, "unknown", "", decision.VERSION),
        ("/private", True, TWO, "unknown", "", decision.CREDENTIAL),
    )
] + [
    Row(
        f"{demand.replace(' ', '-')}{'-and-one-is-sent' * sent}",
        _get(8080, password=sent),
        (listener,),
        Verdict(
            outcome, reason, why, _met(Dial(POD, 8080, "http", "/livez", False, sent), listener)
        ),
    )
    for demand, sent, outcome, reason, why in (
        (PASSWORD, False, "fails", "Unauthorized", ""),
        (PASSWORD, True, "unknown", "", decision.CREDENTIAL),
        (CLIENT_CERTIFICATE, True, "fails", "Unauthorized", ""),
    )
    for listener in [MAIN._replace(demands=demand)]
]


def _through(
    name: str,
    proxy: Listener,
    verdict: tuple[str, str, str],
    *rest: Listener | None,
    path: str = "/livez",
) -> Row:
    """Return the row of a request to `proxy` that meets `rest` behind it; None for nobody."""
    handler = _get(8443, path, scheme="HTTPS")
    expected = Verdict(*verdict, _met(_secure(path), proxy, *rest))
    return Row(name, handler, (proxy, INNER, TLS, OPEN, CLOSED), expected)


TO_TLS = _proxy(Upstream(True, LOOPBACK, 8082, ""))
PREFIXED = _proxy(Upstream(False, LOOPBACK, 8081, "/metrics/.."))
OPEN = _listener(8083, LOOPBACK, route_tables=(RouteTable((), LANDING),))
CLOSED = _listener(8084, LOOPBACK, route_tables=(RouteTable((), GUARDED),))
TO_OPEN, TO_CLOSED, TO_NOBODY = (
    _proxy(Upstream(False, LOOPBACK, port, "/metrics/..")) for port in (8083, 8084, 8085)
)
LONG = f"/{'x' * 997}"
REDIRECTED = _proxy(
    Upstream(False, LOOPBACK, 8081, "/a/../b"), ignore=("/livez", "/b/livez", LONG, f"{LONG}x")
)
ROUND = _proxy(Upstream(True, LOOPBACK, 8443, ""))
ALLOWS = _proxy(TO_INNER, allow=("/live*",))
BY_LETTER = _proxy(TO_INNER, takes_patterns=False)
PLAIN = _proxy(Upstream(True, LOOPBACK, 8081, ""))
NOWHERE = _proxy(Upstream(False, LOOPBACK, 0, ""))
AT_POD = _proxy(Upstream(False, POD, 8081, ""))
TO_NAME = _proxy(Upstream(False, read_address("example.com"), 8081, ""))

THROUGH_A_PROXY = [
    _through("ignored", OUTER, ("passes", "", ""), INNER),
    _through("not-ignored", OUTER, ("fails", "Unauthorized", ""), path="/metrics"),
    _through("ignored-by-pattern", OUTER, ("fails", "PathNotServed", ""), INNER, path="/healthz"),
    _through("no-pattern", BY_LETTER, ("fails", "Unauthorized", ""), path="/healthz"),
    _through("by-letter", BY_LETTER, ("passes", "", ""), INNER),
    _through("not-allowed", ALLOWS, ("fails", "PathNotAllowed", ""), path="/healthz"),
    _through("allowed", ALLOWS, ("passes", "", ""), INNER),
    _through("prefix", PREFIXED, ("fails", "PathNotServed", ""), INNER),
    _through("prefix-of-a-landing-page", TO_OPEN, ("fails", "PathNotServed", ""), OPEN),
    _through("prefix-of-the-guarded", TO_CLOSED, ("fails", "PathNotServed", ""), CLOSED),
    _through("prefix-of-nobody", TO_NOBODY, ("fails", "NoListener", ""), None),
    _through("redirected", REDIRECTED, ("fails", "Unauthorized", "")),
    _through("redirected-far", REDIRECTED, ("fails", "Unauthorized", ""), path=LONG),
    _through(
        "redirected-too-far", REDIRECTED, ("fails", "PathNotServed", ""), INNER, path=f"{LONG}x"
    ),
    _through("upstream-hidden", _proxy(None), ("unknown", "", decision.UPSTREAM)),
    _through("upstream-verified", TO_TLS, ("unknown", "", decision.UPSTREAM), None),
    _through("upstream-missing", TO_TLS, ("fails", "PathNotServed", ""), TLS, path="/healthz"),
    _through("upstream-plain", PLAIN, ("fails", "SchemeMismatch", ""), INNER),
    _through("upstream-nowhere", NOWHERE, ("fails", "NoListener", "")),
    Row(
        "upstream-loopback",
        _get(8443, scheme="HTTPS"),
        (AT_POD, INNER),
        Verdict(
            *("fails", "NoListener", ""),
            (Hop(_secure(), AT_POD), Hop(_dial(8081), INNER, is_met=False)),
        ),
    ),
    _through("upstream-elsewhere", TO_NAME, ("unknown", "", decision.ELSEWHERE), None),
    Row(
        "upstream-may-be-the-pods",
        _get(8443, scheme="HTTPS"),
        (AT_POD, _listener(8081, read_address("10.0.0.7"))),
        Verdict("unknown", why=decision.ADDRESS, hops=_met(_secure(), AT_POD, None)),
        causes=(_listener(8081, read_address("10.0.0.7")),),
    ),
    Row(
        "upstream-of-the-hidden",
        _get(8443, scheme="HTTPS"),
        (OUTER,),
        Verdict("unknown", why=SHELL, hops=_met(_secure(), OUTER, None)),
        hidden=(SHELL, "", ""),
        causes=(0,),
    ),
    _through("round", ROUND, ("unknown", "", decision.UPSTREAM), *(ROUND,) * 4, None),
    Row(
        "token-for-the-proxy",
        _get(8443, "/metrics", scheme="HTTPS", token=True),
        (OUTER, INNER),
        Verdict("unknown", "", decision.CREDENTIAL, _met(_secure("/metrics", token=True), OUTER)),
    ),
    Row(
        "password-for-the-upstream",
        _get(8443, scheme="HTTPS", password=True),
        (OUTER, INNER._replace(demands=PASSWORD)),
        Verdict(
            *("unknown", "", decision.CREDENTIAL),
            _met(_secure()._replace(password=True), OUTER, INNER._replace(demands=PASSWORD)),
        ),
    ),
    Row(
        "token-for-the-upstream",
        _get(8443, "/private", scheme="HTTPS", token=True),
        (OUTER, INNER),
        Verdict(
            "unknown", "", decision.CREDENTIAL, _met(_secure("/private", token=True), OUTER, INNER)
        ),
    ),
]

VACUOUS = [
    Row(
        name,
        TCPSocket(8443, ""),
        (OUTER, INNER),
        Verdict("passes", "", "", _met(_dial(8443, "", "tcp"), OUTER), of == 0),
        of=of,
    )
    for of, name in enumerate(("ksm-asks-the-proxy", "proxy-asks-itself", "unknown-asks-the-proxy"))
] + [
    Row(
        "proxy-asks-for-a-landing-page",
        _get(8080, "/"),
        (MAIN,),
        Verdict("passes", "", "", _met(_dial(path="/"), MAIN)),
        of=1,
    ),
]

ROWS = [
    *NO_REQUEST,
    *ON_THE_NODE,
    *REFUSED,
    *CONNECTED,
    *SERVED,
    *THROUGH_A_PROXY,
    *VACUOUS,
]


def _network(row: Row) -> Network:
    ports = (ContainerPort("other", 9, None), ContainerPort("http", 8080, 30080))
    programs: tuple[Program | None, ...] = (KSM, PROXY, None)
    processes = tuple(
        Process(
            Container(f"container-{i}", "", (), (), (), (), ports, (), ("containers", i)),
            program,
            None,
            ListenAnalysis(
                tuple(each for each in row.listeners if each.container == i), row.hidden[i]
            ),
        )
        for i, program in enumerate(programs)
    )
    containers = tuple(process.container for process in processes)
    return Network(Pod(containers, row.host_network, (), ()), processes)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_row(row: Row) -> None:
    """The first row that applies gives the verdict, with the route up to there."""
    network = _network(row)
    container = network.processes[row.of].container

    verdict = judge(Probe("livenessProbe", row.handler, ()), container, network)
    causes = tuple(
        each if isinstance(each, Listener) else network.processes.index(each)
        for each in verdict.causes
    )

    assert verdict._replace(causes=()) == row.expected
    assert causes == row.causes
