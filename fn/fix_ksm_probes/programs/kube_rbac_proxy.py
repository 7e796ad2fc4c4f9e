"""kube-rbac-proxy: its flags, its listeners, and what it asks of a request, by version.

Facts are from its sources, releases 0.5 to 0.22.1 (main.go, later cmd/kube-rbac-proxy/app), and
were measured on the binaries.
"""

from __future__ import annotations

import re

from fix_ksm_probes.programs.addresses import HIDDEN, overlap, read_address
from fix_ksm_probes.programs.command_line import (
    Flag,
    FlagSet,
    all_values,
    go_bool,
    go_int,
    last_value,
)
from fix_ksm_probes.programs.go_path import compile_pattern
from fix_ksm_probes.programs.invocation import Invocation, is_hidden, read_invocation
from fix_ksm_probes.programs.listeners import (
    ALLOW_WITH_IGNORE,
    BAD_ADDRESS,
    BAD_PATTERN,
    BAD_UPSTREAM,
    BAD_VALUE,
    HEALTH,
    MISSING,
    NO_ADDRESS,
    SAME_PORT,
    VARIABLE,
    Implied,
    Listener,
    Proxy,
    Surface,
    Upstream,
    Version,
)
from fix_ksm_probes.programs.releases import Releases, ends_at_once
from fix_ksm_probes.programs.serving_tls import is_refused
from fix_ksm_probes.yamlpatch.scalars import as_decimal

NAME = "kube-rbac-proxy"
MAJORS = (0,)
SECURE = "secure"
INSECURE = "insecure"
ENDPOINTS = "proxy endpoints"

IGNORE_PATHS_SINCE: Version = (0, 8, 0)
PROXY_ENDPOINTS_SINCE: Version = (0, 14, 0)
HEALTH_PATH = "/healthz"
"""The one path of the proxy endpoints; it tells of the proxy alone."""

OWN_FLAGS = frozenset(
    (
        "allow-paths",
        "ignore-paths",
        "insecure-listen-address",
        "proxy-endpoints-port",
        "secure-listen-address",
        "upstream",
        "upstream-ca-file",
        "upstream-client-cert-file",
        "upstream-client-key-file",
        "upstream-force-h2c",
    )
)
"""What makes one proxy of a pod another than the next; all other flags say how it guards."""

FLAGS = FlagSet(
    values=frozenset(
        "allow-paths auth-header-groups-field-name auth-header-groups-field-separator "
        "auth-header-user-field-name auth-token-audiences client-ca-file config-file "
        "http2-max-concurrent-streams http2-max-size ignore-paths insecure-listen-address "
        "kube-api-burst kube-api-qps kubeconfig log-backtrace-at log-dir log-file "
        "log-file-max-size log-flush-frequency oidc-ca-file oidc-clientID oidc-groups-claim "
        "oidc-groups-prefix oidc-issuer oidc-sign-alg oidc-username-claim oidc-username-prefix "
        "proxy-endpoints-port resource-attributes secure-listen-address stderrthreshold "
        "tls-cert-file tls-cipher-suites tls-min-version tls-private-key-file "
        "tls-reload-interval upstream upstream-ca-file upstream-client-cert-file "
        "upstream-client-key-file v vmodule".split()
    ),
    switches=frozenset(
        "add-dir-header alsologtostderr auth-header-fields-enabled help http2-disable logtostderr "
        "one-output skip-headers skip-log-headers upstream-force-h2c version".split()
    ),
    shorthands=frozenset(("-v", "-h")),
    underscores=True,
)

# Gone with 0.16.0, and taken again, without effect, from 0.16.1 and 0.17.1 on.
_OF_LOGS = frozenset(
    "add-dir-header alsologtostderr log-backtrace-at log-dir log-file log-file-max-size "
    "logtostderr one-output skip-headers skip-log-headers stderrthreshold".split()
)
_RELEASES = Releases(
    FLAGS,
    since={
        "allow-paths": (0, 7, 0),
        "ignore-paths": IGNORE_PATHS_SINCE,
        "proxy-endpoints-port": PROXY_ENDPOINTS_SINCE,
        "upstream-client-cert-file": (0, 14, 0),
        "upstream-client-key-file": (0, 14, 0),
        "http2-disable": (0, 15, 0),
        "http2-max-concurrent-streams": (0, 15, 0),
        "http2-max-size": (0, 15, 0),
        "kube-api-burst": (0, 17, 0),
        "kube-api-qps": (0, 17, 0),
        "oidc-username-prefix": (0, 18, 0),
    },
    until={},
    oldest=(0, 14, 0),
    newest=(0, 22, 99),
    without={(0, 16, 0): _OF_LOGS, (0, 17, 0): _OF_LOGS},
    no_strays_since=(0, 14, 0),
    refuses_empty_words=False,
    integers=frozenset(("http2-max-concurrent-streams", "http2-max-size", "kube-api-burst", "v")),
)
_CREDENTIALS = ("kubeconfig",)
_PATTERNS_SINCE: Version = (0, 11, 0)

_SCHEMES = {"http": 80, "https": 443}
NOWHERE = Upstream(False, read_address("127.0.0.1"), 0, "")
"""What answers every request with a 502: no URL, or one that cannot be dialled."""
_NO_URL = r"[^A-Za-z/][^/]*:"
"""What Go's url.Parse refuses: an address with a port and no scheme."""

_ENDPOINTS_SURFACE = Surface(((HEALTH_PATH, HEALTH),), MISSING)


def listen(invocation: Invocation) -> Implied:
    """Return the listeners that the flags of an invocation imply."""
    version = invocation.version
    line = read_invocation(invocation, FLAGS)
    flags = line.flags
    if is_hidden(line):
        return Implied(hidden=VARIABLE)
    end = ends_at_once(line, _RELEASES, invocation, credentials=_CREDENTIALS)
    if end:
        return Implied(exits=end)
    if is_refused(flags, newest=_RELEASES.newest, version=version):
        return Implied(exits=BAD_VALUE)
    ignore = all_values(flags, "ignore-paths")
    allow = all_values(flags, "allow-paths")
    if ignore is None or allow is None:
        return Implied(exits=BAD_VALUE)
    if HIDDEN in "".join((*ignore, *allow)):
        return Implied(hidden=VARIABLE)
    if ignore and allow:
        return Implied(exits=ALLOW_WITH_IGNORE)
    takes_patterns = version is None or version >= _PATTERNS_SINCE
    if takes_patterns and not all(compile_pattern(pattern) for pattern in (*ignore, *allow)):
        return Implied(exits=BAD_PATTERN)
    upstream = last_value(flags, "upstream")
    url = upstream.value if upstream else ""
    if re.match(_NO_URL, url):
        return Implied(exits=BAD_UPSTREAM)
    argument = last_value(flags, "ignore-paths")
    proxy = Proxy(
        NOWHERE if _is_on(last_value(flags, "upstream-force-h2c")) else _upstream(url),
        ignore,
        allow,
        takes_patterns,
        argument.argument if argument else None,
    )
    return _listeners(invocation, flags, proxy)


def _listeners(invocation: Invocation, flags: tuple[Flag, ...], proxy: Proxy) -> Implied:
    secure = last_value(flags, "secure-listen-address")
    insecure = last_value(flags, "insecure-listen-address")
    listeners = []
    for name, flag in ((SECURE, secure), (INSECURE, insecure)):
        if flag is None or not flag.value:
            continue
        if HIDDEN in flag.value:
            return Implied(hidden=VARIABLE)
        host, port = split_host_port(flag.value)
        if port is None or port > 65535:
            return Implied(exits=BAD_ADDRESS)
        listeners.append(_listener(invocation, name, host, port, flag, proxy))
    if not listeners:
        return Implied(exits=NO_ADDRESS)
    endpoints = last_value(flags, "proxy-endpoints-port")
    if endpoints is None or secure is None or not secure.value:
        return _together(listeners)
    return _with_endpoints(invocation, listeners, secure, endpoints)


def _with_endpoints(
    invocation: Invocation, listeners: list[Listener], secure: Flag, endpoints: Flag
) -> Implied:
    if HIDDEN in endpoints.value:
        return Implied(tuple(listeners), hidden=VARIABLE)
    port = go_int(endpoints.value)
    if port is None or not 0 <= port < 65536:
        return Implied(exits=BAD_VALUE)
    host, _ = split_host_port(secure.value)
    added = _listener(invocation, ENDPOINTS, host, port, endpoints, None)
    return _together([*listeners, added] if port else listeners)


def _together(listeners: list[Listener]) -> Implied:
    if any(_clash(one, other) for one in listeners for other in listeners if one != other):
        return Implied(exits=SAME_PORT)
    return Implied(tuple(listeners))


def _is_on(switch: Flag | None) -> bool:
    return switch is not None and go_bool(switch.value) is not False


def _clash(one: Listener, other: Listener) -> bool:
    return one.port == other.port and overlap(one.address, other.address)


def _listener(
    invocation: Invocation, name: str, host: str, port: int, flag: Flag, proxy: Proxy | None
) -> Listener:
    return Listener(
        invocation.place,
        NAME,
        name,
        read_address(host),
        port,
        name != INSECURE,
        () if proxy else (_ENDPOINTS_SURFACE,),
        proxy,
        flag.argument.pointer,
    )


def _upstream(url: str) -> Upstream | None:
    if HIDDEN in url:
        return None
    scheme, _, rest = url.partition("#")[0].partition("?")[0].partition("://")
    scheme = scheme.lower()
    if scheme not in _SCHEMES:
        return NOWHERE
    authority, slash, prefix = rest.partition("/")
    host, port = split_host_port(authority)
    if port is None:
        host, port = authority.strip("[]"), _SCHEMES[scheme]
    prefix = (slash + prefix).rstrip("/")
    return Upstream(scheme == "https", read_address(host), port, prefix)


def split_host_port(text: str) -> tuple[str, int | None]:
    """Return host, without brackets, and port of `text`; no port where it names none."""
    host, colon, port = text.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    number = _SCHEMES.get(port, as_decimal(port))
    if not colon or number is None or (":" in bare and bare == host):
        return text, None
    return bare, number
