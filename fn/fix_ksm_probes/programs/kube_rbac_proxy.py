"""kube-rbac-proxy: its flags, its listeners, and what it asks of a request, by version.

Facts are from its sources, releases 0.5 to 0.22.1 (main.go, later cmd/kube-rbac-proxy/app), and
were measured on the binaries.
"""

from __future__ import annotations

import re

from fix_ksm_probes.addresses import HIDDEN, overlap, read_address
from fix_ksm_probes.listeners import (
    ALLOW_WITH_IGNORE,
    BAD_ADDRESS,
    BAD_PATTERN,
    BAD_UPSTREAM,
    HEALTH,
    MISSING,
    NEWER_FLAG,
    NO_ADDRESS,
    SAME_PORT,
    STRAY_WORD,
    VARIABLE,
    Listener,
    Outcome,
    Proxy,
    Surface,
    Upstream,
    Version,
)
from fix_ksm_probes.programs.command_line import Flag, FlagSet, all_values, last_value
from fix_ksm_probes.programs.go_path import compile_pattern
from fix_ksm_probes.programs.invocation import Invocation, read_invocation

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
    shorthands=frozenset("v"),
)

_SINCE: tuple[tuple[str, Version], ...] = (
    ("allow-paths", (0, 7, 0)),
    ("ignore-paths", IGNORE_PATHS_SINCE),
    ("proxy-endpoints-port", PROXY_ENDPOINTS_SINCE),
)
_NO_STRAYS_SINCE: Version = (0, 14, 0)
_PATTERNS_SINCE: Version = (0, 11, 0)

_SCHEMES = {"http": 80, "https": 443}
NOWHERE = Upstream(False, read_address("127.0.0.1"), 0, "")
"""What answers every request with a 502: no URL, or one that cannot be dialled."""
_NO_URL = re.compile(r"[^A-Za-z/][^/]*:")
"""What Go's url.Parse refuses: an address with a port and no scheme."""

_ENDPOINTS_SURFACE = Surface(((HEALTH_PATH, HEALTH),), MISSING)


def listen(invocation: Invocation) -> Outcome:
    """Return the listeners that the flags of an invocation imply."""
    version = invocation.version
    flags, strays = read_invocation(invocation, FLAGS)
    if any(HIDDEN in text for text in (*strays, *(flag.name for flag in flags))):
        return Outcome(hidden=VARIABLE)
    if version is not None and any(
        version < since and last_value(flags, name) for name, since in _SINCE
    ):
        return Outcome(exits=NEWER_FLAG)
    if any(strays) and (version is None or version >= _NO_STRAYS_SINCE):
        return Outcome(exits=STRAY_WORD)
    ignore = all_values(flags, "ignore-paths")
    allow = all_values(flags, "allow-paths")
    if HIDDEN in "".join((*ignore, *allow)):
        return Outcome(hidden=VARIABLE)
    if ignore and allow:
        return Outcome(exits=ALLOW_WITH_IGNORE)
    takes_patterns = version is None or version >= _PATTERNS_SINCE
    if takes_patterns and not all(compile_pattern(pattern) for pattern in (*ignore, *allow)):
        return Outcome(exits=BAD_PATTERN)
    upstream = last_value(flags, "upstream")
    url = upstream.value if upstream else ""
    if _NO_URL.match(url):
        return Outcome(exits=BAD_UPSTREAM)
    argument = last_value(flags, "ignore-paths")
    proxy = Proxy(
        NOWHERE if _is_on(last_value(flags, "upstream-force-h2c")) else _upstream(url),
        ignore,
        allow,
        takes_patterns,
        argument.argument if argument else None,
    )
    return _listeners(invocation, flags, proxy)


def _listeners(invocation: Invocation, flags: tuple[Flag, ...], proxy: Proxy) -> Outcome:
    secure = last_value(flags, "secure-listen-address")
    insecure = last_value(flags, "insecure-listen-address")
    endpoints = last_value(flags, "proxy-endpoints-port")
    listeners = []
    for name, flag in ((SECURE, secure), (INSECURE, insecure)):
        if flag is None or not flag.value:
            continue
        if HIDDEN in flag.value:
            return Outcome(hidden=VARIABLE)
        host, port = split_host_port(flag.value)
        if port is None:
            return Outcome(exits=BAD_ADDRESS)
        listeners.append(_listener(invocation, name, host, port, flag, proxy))
    if not listeners:
        return Outcome(exits=NO_ADDRESS)
    if endpoints is not None and secure is not None and secure.value:
        if HIDDEN in endpoints.value:
            return Outcome(tuple(listeners), hidden=VARIABLE)
        host, _ = split_host_port(secure.value)
        if endpoints.value.isdecimal() and int(endpoints.value):
            port = int(endpoints.value)
            listeners.append(_listener(invocation, ENDPOINTS, host, port, endpoints, None))
    if any(_clash(one, other) for one in listeners for other in listeners if one != other):
        return Outcome(exits=SAME_PORT)
    return Outcome(tuple(listeners))


def _is_on(switch: Flag | None) -> bool:
    return switch is not None and switch.value.lower() not in ("false", "0", "f")


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
    scheme, _, rest = url.partition("://")
    if scheme not in _SCHEMES:
        return NOWHERE
    authority, slash, prefix = rest.partition("/")
    host, port = split_host_port(authority)
    if port is None:
        host, port = authority.strip("[]"), _SCHEMES[scheme]
    prefix = (slash + prefix.partition("?")[0]).rstrip("/")
    return Upstream(scheme == "https", read_address(host), port, prefix)


def split_host_port(text: str) -> tuple[str, int | None]:
    """Return host, without brackets, and port of `text`; no port where it names none."""
    host, colon, port = text.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    number = int(port) if port.isdecimal() else _SCHEMES.get(port)
    if not colon or number is None or (":" in bare and bare == host):
        return text, None
    return bare, number
