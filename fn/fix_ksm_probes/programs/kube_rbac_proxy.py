"""kube-rbac-proxy: its flags, its listeners, and what it asks of a request, by version.

Facts are from its sources, releases 0.5 to 0.22.1 (main.go, later cmd/kube-rbac-proxy/app), and
were measured on the binaries.
"""

from __future__ import annotations

import re

from fix_ksm_probes.manifests.files import ABSENT, FOUND, Files
from fix_ksm_probes.programs.command_line import (
    Flag,
    FlagSet,
    all_values,
    go_int,
    is_on,
    last_value,
)
from fix_ksm_probes.programs.go_path import compile_pattern
from fix_ksm_probes.programs.listeners import (
    ALLOW_WITH_IGNORE,
    ALONE,
    BAD_ADDRESS,
    BAD_FILE,
    BAD_PATTERN,
    BAD_UPSTREAM,
    BAD_VALUE,
    ENDPOINTS,
    HEALTH,
    HIDDEN,
    INSECURE,
    MISSING,
    MISSING_FILE,
    NO_ADDRESS,
    SAME_PORT,
    SECURE,
    UNKNOWN_BUILD_LACKS,
    VARIABLE,
    ListenAnalysis,
    Listener,
    Proxy,
    RouteTable,
    Upstream,
    Version,
    overlap,
    read_address,
)
from fix_ksm_probes.programs.program import (
    Demands,
    Guard,
    Invocation,
    Permission,
    Program,
    is_hidden,
)
from fix_ksm_probes.programs.releases import (
    DURATION,
    FLOAT,
    INTEGER,
    UNSIGNED,
    Releases,
    ends_at_once,
    refused,
)
from fix_ksm_probes.programs.web_config import read_yaml
from fix_ksm_probes.yamlpatch import value_at
from fix_ksm_probes.yamlpatch.scalars import as_decimal, as_text

_NAME = "kube-rbac-proxy"

_IGNORE_PATHS_SINCE: Version = (0, 8, 0)
_ENDPOINTS_SINCE: Version = (0, 14, 0)
# The one path of the proxy endpoints; it tells of the proxy alone.
_HEALTH_PATH = "/healthz"

_OWN_FLAGS = frozenset(
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
_FLAGS = FlagSet(
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
    _FLAGS,
    since={
        "allow-paths": (0, 7, 0),
        "ignore-paths": _IGNORE_PATHS_SINCE,
        "proxy-endpoints-port": _ENDPOINTS_SINCE,
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
    no_positionals_since=(0, 14, 0),
    refuses_empty_words=False,
    types={
        "http2-max-concurrent-streams": UNSIGNED,
        "http2-max-size": UNSIGNED,
        "kube-api-burst": INTEGER,
        "kube-api-qps": FLOAT,
        "log-file-max-size": UNSIGNED,
        "log-flush-frequency": DURATION,
        "tls-reload-interval": DURATION,
        "v": INTEGER,
    },
    judged=frozenset(("tls-cipher-suites", "tls-min-version")),
)
_FILES = (
    "client-ca-file",
    "config-file",
    "kubeconfig",
    "tls-cert-file",
    "tls-private-key-file",
    "upstream-ca-file",
    "upstream-client-cert-file",
    "upstream-client-key-file",
)
_CERTIFICATE = "-----BEGIN CERTIFICATE-----"
_CREDENTIALS = ("kubeconfig",)
_PATTERNS_SINCE: Version = (0, 11, 0)

_SCHEMES = {"http": 80, "https": 443}
_NOWHERE = Upstream(False, read_address("127.0.0.1"), 0, "")
_NO_URL = r"[^A-Za-z/][^/]*:"
"""What Go's url.Parse refuses: an address with a port and no scheme."""

_TLS_VERSIONS = ("", "VersionTLS10", "VersionTLS11", "VersionTLS12", "VersionTLS13")
# What HTTP/2 demands one of, unless TLS 1.3 alone is spoken.
_DEMANDED = frozenset(f"TLS_ECDHE_{key}_WITH_AES_128_GCM_SHA256" for key in ("ECDSA", "RSA"))
_SUITES = _DEMANDED | frozenset(
    "TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256 "
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256 "
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 "
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305 TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 "
    "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA "
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256 "
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 "
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305 TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 "
    "TLS_ECDHE_RSA_WITH_RC4_128_SHA TLS_RSA_WITH_3DES_EDE_CBC_SHA TLS_RSA_WITH_AES_128_CBC_SHA "
    "TLS_RSA_WITH_AES_128_CBC_SHA256 TLS_RSA_WITH_AES_128_GCM_SHA256 "
    "TLS_RSA_WITH_AES_256_CBC_SHA TLS_RSA_WITH_AES_256_GCM_SHA384 TLS_RSA_WITH_RC4_128_SHA".split()
)

_TOKEN_REVIEW = Permission("create", "authentication.k8s.io", "tokenreviews")
_ACCESS_REVIEW = Permission("create", "authorization.k8s.io", "subjectaccessreviews")

_ENDPOINT_ROUTES = RouteTable(((_HEALTH_PATH, HEALTH),), MISSING)


def _listen(invocation: Invocation) -> ListenAnalysis:
    """Return the listeners that the flags of an invocation imply."""
    version = invocation.version
    line = invocation.read(_FLAGS)
    flags = line.flags
    if is_hidden(line):
        return ListenAnalysis(indeterminate=VARIABLE)
    end = ends_at_once(line, _RELEASES, invocation, credentials=_CREDENTIALS)
    end = end or _tls_refusal(flags, version) or _client_refusal(flags)
    end = end or _oidc_refusal(flags, version) or _file_refusal(flags, invocation.files)
    if end:
        return end
    ignore = all_values(flags, "ignore-paths")
    allow = all_values(flags, "allow-paths")
    if ignore is None or allow is None:
        name = "ignore-paths" if ignore is None else "allow-paths"
        return ListenAnalysis(exits=BAD_VALUE, culprit=f"--{name}")
    if HIDDEN in "".join((*ignore, *allow)):
        return ListenAnalysis(indeterminate=VARIABLE)
    if ignore and allow:
        return ListenAnalysis(exits=ALLOW_WITH_IGNORE, culprit="--allow-paths")
    takes_patterns = version is None or version >= _PATTERNS_SINCE
    malformed = next((each for each in (*ignore, *allow) if not compile_pattern(each)), None)
    if takes_patterns and malformed is not None:
        return ListenAnalysis(exits=BAD_PATTERN, culprit=malformed)
    upstream = last_value(flags, "upstream")
    if upstream is None and not invocation.is_known:
        return ListenAnalysis(indeterminate=UNKNOWN_BUILD_LACKS, culprit="--upstream")
    url = upstream.value if upstream else ""
    if upstream is not None and re.match(_NO_URL, url):
        return refused(upstream, BAD_UPSTREAM)
    argument = last_value(flags, "ignore-paths")
    speaks_http2_only = is_on(last_value(flags, "upstream-force-h2c"))
    proxy = Proxy(
        None if speaks_http2_only is None else _NOWHERE if speaks_http2_only else _upstream(url),
        ignore,
        allow,
        takes_patterns,
        argument.argument if argument else None,
    )
    return _listeners(invocation, flags, proxy)


def _listeners(invocation: Invocation, flags: tuple[Flag, ...], proxy: Proxy) -> ListenAnalysis:
    secure = last_value(flags, "secure-listen-address")
    insecure = last_value(flags, "insecure-listen-address")
    certificate = last_value(flags, "tls-cert-file")
    is_signed_here = certificate is None or not certificate.value
    listeners = []
    for name, flag in ((SECURE, secure), (INSECURE, insecure)):
        if flag is None or not flag.value:
            continue
        if HIDDEN in flag.value:
            return ListenAnalysis(indeterminate=VARIABLE)
        host, port = _split_host_port(flag.value)
        if port is None or port > 65535 or read_address(host).kind == "unresolvable":
            return refused(flag, BAD_ADDRESS)
        opened = _listener(invocation, name, host, port, flag, proxy)
        listeners.append(opened._replace(self_signed=is_signed_here and name == SECURE))
    if not listeners:
        return ListenAnalysis(exits=NO_ADDRESS, culprit="--secure-listen-address")
    endpoints = last_value(flags, "proxy-endpoints-port")
    if endpoints is None or secure is None or not secure.value:
        return _together(listeners)
    return _with_endpoints(invocation, listeners, secure, endpoints)


def _with_endpoints(
    invocation: Invocation, listeners: list[Listener], secure: Flag, endpoints: Flag
) -> ListenAnalysis:
    if HIDDEN in endpoints.value:
        return ListenAnalysis(tuple(listeners), indeterminate=VARIABLE)
    port = go_int(endpoints.value)
    if port is None or not 0 <= port < 65536:
        return refused(endpoints)
    host, _ = _split_host_port(secure.value)
    added = _listener(invocation, ENDPOINTS, host, port, endpoints, None)
    # It is served with the certificate of the secure listener, which is the first.
    added = added._replace(self_signed=listeners[0].self_signed)
    return _together([*listeners, added] if port else listeners)


def _together(listeners: list[Listener]) -> ListenAnalysis:
    for one in listeners:
        if any(_clash(one, other) for other in listeners if one != other):
            return ListenAnalysis(exits=SAME_PORT, culprit=str(one.port))
    return ListenAnalysis(tuple(listeners))


def _clash(one: Listener, other: Listener) -> bool:
    return one.port == other.port and overlap(one.address, other.address)


def _listener(
    invocation: Invocation, name: str, host: str, port: int, flag: Flag, proxy: Proxy | None
) -> Listener:
    return Listener(
        invocation.place,
        _NAME,
        name,
        read_address(host),
        port,
        name != INSECURE,
        () if proxy else (_ENDPOINT_ROUTES,),
        proxy,
        flag.argument.pointer,
    )


def _upstream(url: str) -> Upstream | None:
    if HIDDEN in url:
        return None
    scheme, _, rest = url.partition("#")[0].partition("?")[0].partition("://")
    scheme = scheme.lower()
    if scheme not in _SCHEMES:
        return _NOWHERE
    authority, slash, prefix = rest.partition("/")
    host, port = _split_host_port(authority)
    if port is None:
        host, port = authority.strip("[]"), _SCHEMES[scheme]
    # As singleJoiningSlash of net/http/httputil puts it before a path.
    prefix = (slash + prefix).removesuffix("/")
    return Upstream(scheme == "https", read_address(host), port, prefix)


def _split_host_port(text: str) -> tuple[str, int | None]:
    # The host comes without brackets; there is no port where the text names none.
    host, colon, port = text.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    number = _SCHEMES.get(port, as_decimal(port))
    if not colon or number is None or (":" in bare and bare == host):
        return text, None
    return bare, number


def _client_refusal(flags: tuple[Flag, ...]) -> ListenAnalysis | None:
    # client-go makes no client that is limited in its rate and not in its bursts.
    rate, burst = last_value(flags, "kube-api-qps"), last_value(flags, "kube-api-burst")
    given = burst.value if burst else "0"
    if rate is None or HIDDEN in rate.value or HIDDEN in given or float(rate.value) <= 0:
        return None
    is_limited = (go_int(given) or 0) > 0
    if is_limited:
        return None
    return refused(burst) if burst else refused(rate, ALONE)


def _oidc_refusal(flags: tuple[Flag, ...], version: Version | None) -> ListenAnalysis | None:
    # pkg/authn/oidc.go; the roots of the host stand in for the file from 0.19.0 on.
    issuer = last_value(flags, "oidc-issuer")
    if issuer is None or not issuer.value or HIDDEN in issuer.value:
        return None
    if not issuer.value.startswith("https://"):
        return refused(issuer)
    given = {flag.name for flag in flags if flag.value}
    if version is None:
        return None
    lacks_client = "oidc-clientID" not in given and version >= (0, 18, 1)
    lacks_roots = "oidc-ca-file" not in given and version < (0, 19, 0)
    return refused(issuer, ALONE) if lacks_client or lacks_roots else None


def _file_refusal(flags: tuple[Flag, ...], files: Files) -> ListenAnalysis | None:
    for name in _FILES:
        flag = last_value(flags, name)
        if flag is None or not flag.value or HIDDEN in flag.value:
            continue
        file = files.read(flag.value)
        if file.state == ABSENT:
            return ListenAnalysis(exits=MISSING_FILE, culprit=flag.value)
        if file.state == FOUND and not _is_sound(name, file.text):
            return ListenAnalysis(exits=BAD_FILE, culprit=flag.value)
    return None


def _is_sound(name: str, text: str) -> bool:
    # Without authorization it panics; of roots it takes certificates alone.
    if name == "config-file":
        config = read_yaml(text)
        return isinstance(config, dict) and isinstance(config.get("authorization"), dict)
    return not name.endswith("ca-file") or _CERTIFICATE in text


def _tls_refusal(flags: tuple[Flag, ...], version: Version | None) -> ListenAnalysis | None:
    # From component-base, cli/flag, and x/net, http2, which read these flags.
    secure = last_value(flags, "secure-listen-address")
    if secure is None or not secure.value:
        return None
    oldest = last_value(flags, "tls-min-version")
    if oldest is not None and oldest.value not in _TLS_VERSIONS and HIDDEN not in oldest.value:
        return refused(oldest)
    pair = [last_value(flags, name) for name in ("tls-cert-file", "tls-private-key-file")]
    given = [flag for flag in pair if flag is not None and flag.value]
    if len(given) == 1:
        return refused(given[0], ALONE)
    suites = all_values(flags, "tls-cipher-suites")
    named = last_value(flags, "tls-cipher-suites")
    if not named or (suites is not None and (not suites or HIDDEN in "".join(suites))):
        return None
    if suites is None:
        return refused(named)
    unknown = next((suite for suite in suites if suite not in _SUITES), "")
    if unknown and version is not None and version <= _RELEASES.newest:
        return ListenAnalysis(exits=BAD_VALUE, culprit=unknown)
    speaks_http2 = is_on(last_value(flags, "http2-disable")) is False
    speaks_older = oldest is None or (oldest.value != "VersionTLS13" and HIDDEN not in oldest.value)
    if speaks_http2 and speaks_older and _DEMANDED.isdisjoint(suites):
        return refused(named)
    return None


def _binding(listener: Listener, address: str) -> tuple[str, str]:
    host = f"[{address}]" if ":" in address else address
    name = "insecure-listen-address" if listener.name == INSECURE else "secure-listen-address"
    return name, f"{host}:{listener.port}"


def _demands(flags: tuple[Flag, ...], files: Files) -> Demands:
    # From cmd/kube-rbac-proxy/app, pkg/authn, pkg/filters and pkg/proxy, 0.14 to 0.22.
    given = {flag.name for flag in flags if flag.value}
    config = last_value(flags, "config-file")
    file = files.read(config.value) if config is not None and config.value else None
    is_read = file is None or file.state == FOUND
    authorization = value_at(read_yaml(file.text) if file else None, ("authorization",))
    # Another account asks by a kubeconfig; certificates and issuers of tokens need no API server.
    asks_as_another = "kubeconfig" in given
    knows_others = "client-ca-file" in given or "oidc-issuer" in given
    may_be_static = not is_read or bool(value_at(authorization, ("static",)))
    reviews = () if asks_as_another or knows_others else (_TOKEN_REVIEW,)
    if not asks_as_another and not may_be_static:
        reviews = (*reviews, _ACCESS_REVIEW)
    unsure = "--auth-token-audiences" if "auth-token-audiences" in given else ""
    unsure = "rewrites" if value_at(authorization, ("rewrites",)) else unsure
    attributes = value_at(authorization, ("resourceAttributes",))
    if may_be_static or not isinstance(attributes, dict):
        return Demands(reviews, None, unsure)
    told = {key: as_text(value) or "" for key, value in attributes.items()}
    parts = (told.get("resource", ""), told.get("subresource", ""))
    resource = "/".join(part for part in parts if part)
    group, name, inside = (told.get(key, "") for key in ("apiGroup", "name", "namespace"))
    return Demands(reviews, Permission("get", group, resource, name, inside), unsure)


PROGRAM = Program(
    _NAME,
    majors=(0,),
    repositories=(
        "brancz/kube-rbac-proxy",
        "kubebuilder/kube-rbac-proxy",
        "coreos/kube-rbac-proxy",
    ),
    newest=_RELEASES.newest,
    bare_since=(0, 8, 0),
    flag_set=_FLAGS,
    listen=_listen,
    health_path=lambda _listener, _version: _HEALTH_PATH,
    health_listener=lambda _kind, _version: ENDPOINTS,
    main=ENDPOINTS,
    binding=_binding,
    guard=Guard(_OWN_FLAGS, _IGNORE_PATHS_SINCE, _ENDPOINTS_SINCE, _demands),
    telltale_flags=frozenset(("secure-listen-address", "upstream")),
)
