"""kube-rbac-proxy: its flags, its listeners, and what it demands of a request, by version.

Facts are from its sources, releases 0.5 to 0.22.1 (main.go, later cmd/kube-rbac-proxy/app), and
were measured on the binaries.
"""

from __future__ import annotations

from fix_ksm_probes.manifests.files import FOUND, Files
from fix_ksm_probes.manifests.placeholders import find_upper_case
from fix_ksm_probes.programs.command_line import CommandLine, Flag, FlagSet, go_int, refused
from fix_ksm_probes.programs.go_path import is_malformed
from fix_ksm_probes.programs.listeners import (
    ALLOW_WITH_IGNORE,
    ALONE,
    BAD_ADDRESS,
    BAD_FILE,
    BAD_PATTERN,
    BAD_UPSTREAM,
    BAD_VALUE,
    DEMANDED_SUITES,
    ENDPOINTS,
    HEALTH,
    HIDDEN,
    INSECURE,
    MISSING,
    NO_ADDRESS,
    PLACEHOLDER,
    SECURE,
    UNKNOWN_BUILD_LACKS,
    VARIABLE,
    ListenAnalysis,
    Listener,
    Proxy,
    RouteTable,
    Upstream,
    Version,
    bound,
    exits,
    is_no_host,
    read_address,
    unknown,
)
from fix_ksm_probes.programs.program import Demands, Guard, Invocation, Permission, Program
from fix_ksm_probes.programs.releases import (
    DURATION,
    FLOAT,
    INTEGER,
    LINE_OF_CODE,
    SEVERITY,
    UNSIGNED,
    VERBOSITIES,
    Releases,
    await_port,
    by_word,
    read_file,
    read_line,
)
from fix_ksm_probes.programs.web_config import read_yaml
from fix_ksm_probes.yamlpatch import value_at
from fix_ksm_probes.yamlpatch.scalars import as_bool, as_decimal, as_text

_NAME = "kube-rbac-proxy"

_IGNORE_PATHS_SINCE: Version = (0, 8, 0)
_ENDPOINTS_SINCE: Version = (0, 14, 0)
# The only path of the proxy endpoints; it shows the health of the proxy alone.
_HEALTH_PATH = "/healthz"

_ADDRESSES = {SECURE: "secure-listen-address", INSECURE: "insecure-listen-address"}
_OWN_FLAGS = frozenset(
    "allow-paths ignore-paths insecure-listen-address proxy-endpoints-port secure-listen-address "
    "upstream upstream-ca-file upstream-client-cert-file upstream-client-key-file "
    "upstream-force-h2c".split()
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

# Removed in 0.16.0, and accepted again, without effect, from 0.16.1 and 0.17.1 on.
_OF_LOGS = frozenset(
    "add-dir-header alsologtostderr log-backtrace-at log-dir log-file log-file-max-size "
    "logtostderr one-output skip-headers skip-log-headers stderrthreshold".split()
)
_RELEASES = Releases(
    _FLAGS,
    since=by_word(
        {
            (0, 7, 0): "allow-paths",
            _IGNORE_PATHS_SINCE: "ignore-paths",
            _ENDPOINTS_SINCE: "proxy-endpoints-port upstream-client-cert-file "
            "upstream-client-key-file",
            (0, 15, 0): "http2-disable http2-max-concurrent-streams http2-max-size",
            (0, 17, 0): "kube-api-burst kube-api-qps",
            (0, 18, 0): "oidc-username-prefix",
        }
    ),
    until={"resource-attributes": (0, 15, 0)},
    oldest=(0, 14, 0),
    newest=(0, 22, 99),
    without={(0, 16, 0): _OF_LOGS, (0, 17, 0): _OF_LOGS},
    no_positionals_since=(0, 14, 0),
    subcommands=frozenset(),
    refuses_empty_words=False,
    types=by_word(
        {
            DURATION: "log-flush-frequency tls-reload-interval",
            FLOAT: "kube-api-qps",
            INTEGER: "kube-api-burst v",
            UNSIGNED: "http2-max-concurrent-streams http2-max-size log-file-max-size",
            VERBOSITIES: "vmodule",
        }
    ),
    judged=frozenset(("tls-cipher-suites", "tls-min-version")),
    credentials=frozenset(("kubeconfig",)),
)
# Before 0.16.0, klog reads its flags.
_NO_KLOG_SINCE: Version = (0, 16, 0)
_OF_KLOG = {**_RELEASES.types, "log-backtrace-at": LINE_OF_CODE, "stderrthreshold": SEVERITY}
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
_PATTERNS_SINCE: Version = (0, 11, 0)

_SCHEMES = {"http": 80, "https": 443}
_NOWHERE = Upstream(False, read_address("127.0.0.1"), 0, "")

_TLS_VERSIONS = ("", "VersionTLS10", "VersionTLS11", "VersionTLS12", "VersionTLS13")
_SUITES = DEMANDED_SUITES | frozenset(
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
    """Return the listeners that the flags of an invocation imply. Raises Stopped."""
    version = invocation.version
    is_of_klog = version is not None and version < _NO_KLOG_SINCE
    line = read_line(invocation, _RELEASES._replace(types=_OF_KLOG) if is_of_klog else _RELEASES)
    _check_tls(line, version)
    _check_client(line)
    _check_oidc(line, version)
    _check_files(line, invocation)
    return _listeners(line, invocation, _proxy(line, invocation))


def _proxy(line: CommandLine, invocation: Invocation) -> Proxy:
    ignore, allow = line.elements("ignore-paths"), line.elements("allow-paths")
    if HIDDEN in "".join((*ignore, *allow)):
        raise unknown(VARIABLE)
    if ignore and allow:
        raise exits(ALLOW_WITH_IGNORE, "--allow-paths")
    takes_patterns = invocation.version is None or invocation.version >= _PATTERNS_SINCE
    malformed = next(filter(is_malformed, (*ignore, *allow)), None)
    if takes_patterns and malformed is not None:
        raise exits(BAD_PATTERN, malformed)
    upstream = line.last("upstream")
    if upstream is None and not invocation.is_known:
        raise unknown(UNKNOWN_BUILD_LACKS, "--upstream")
    if upstream is not None and _is_no_url(upstream.value):
        raise refused(upstream, BAD_UPSTREAM)
    if upstream:
        await_port(upstream.value.partition("//")[2].partition("/")[0])
        if _has_bad_port(upstream.value):
            raise refused(upstream, BAD_UPSTREAM)
    led_to = _upstream(upstream.value if upstream else "")
    # It then speaks only HTTP/2, which kube-state-metrics does not speak without TLS.
    if (forces := line.is_on("upstream-force-h2c")) is not False:
        led_to = _NOWHERE if forces else None
    # No path lacks its slash, and no URL its scheme: what is in upper case awaits them.
    awaited = next(
        filter(None, map(find_upper_case, (*ignore, *allow, upstream.value if upstream else ""))),
        "",
    )
    if awaited:
        raise unknown(PLACEHOLDER, awaited)
    argument = line.last("ignore-paths")
    return Proxy(led_to, ignore, allow, takes_patterns, argument.argument if argument else None)


def _listeners(line: CommandLine, invocation: Invocation, proxy: Proxy) -> ListenAnalysis:
    listeners = []
    for name, named in _ADDRESSES.items():
        flag = line.given(named)
        if flag is None:
            continue
        if flag.is_hidden:
            raise unknown(VARIABLE)
        host, port = _split_host_port(flag.value)
        await_port(flag.value)
        if port is None or port > 65535 or is_no_host(read_address(host)):
            raise refused(flag, BAD_ADDRESS)
        listeners.append(_listener(line, invocation, name, host, port, flag, proxy))
    if not listeners:
        raise exits(NO_ADDRESS, "--secure-listen-address")
    secure, endpoints = line.given(_ADDRESSES[SECURE]), line.last("proxy-endpoints-port")
    if secure and endpoints:
        if endpoints.is_hidden:
            return ListenAnalysis(tuple(listeners), VARIABLE)
        port = go_int(endpoints.value)
        if port is None or not 0 <= port < 65536:
            raise refused(endpoints)
        if port:
            host, _ = _split_host_port(secure.value)
            listeners.append(_listener(line, invocation, ENDPOINTS, host, port, endpoints, None))
    return bound(listeners)


def _listener(
    line: CommandLine,
    invocation: Invocation,
    name: str,
    host: str,
    port: int,
    flag: Flag,
    proxy: Proxy | None,
) -> Listener:
    tls = name != INSECURE
    return Listener(
        invocation.place,
        _NAME,
        name,
        read_address(host),
        port,
        tls,
        () if proxy else (_ENDPOINT_ROUTES,),
        proxy,
        flag.argument.pointer,
        self_signed=tls and line.given("tls-cert-file") is None,
    )


def _is_no_url(text: str) -> bool:
    # Go's url.Parse refuses it: an address with a port and no scheme.
    address = text.partition("/")[0]
    starts_a_scheme = address[:1].isascii() and address[:1].isalpha()
    return ":" in address[1:] and not starts_a_scheme


def _has_bad_port(url: str) -> bool:
    # As url.Parse sees it: what follows the last colon of the host is no number.
    rest = url.partition("://")[2].partition("#")[0].partition("?")[0]
    authority = rest.partition("/")[0].rpartition("@")[2]
    port = authority.rpartition(":")[2] if ":" in authority else ""
    return HIDDEN not in url and "]" not in port and port.strip("0123456789") != ""


def _upstream(url: str) -> Upstream | None:
    if HIDDEN in url:
        return None
    scheme, _, rest = url.partition("#")[0].partition("?")[0].partition("://")
    scheme = scheme.lower()
    if scheme not in _SCHEMES:
        return _NOWHERE
    authority, slash, prefix = rest.partition("/")
    # Go sends a name and a password in a header, and takes no port after a colon for none.
    authority = authority.rpartition("@")[2].removesuffix(":")
    host, port = _split_host_port(authority)
    if port is None:
        host, port = authority.strip("[]"), _SCHEMES[scheme]
    # As singleJoiningSlash of net/http/httputil joins it with a path.
    prefix = (slash + prefix).removesuffix("/")
    if is_no_host(read_address(host)):
        return _NOWHERE
    return Upstream(scheme == "https", read_address(host), port, prefix)


def _split_host_port(text: str) -> tuple[str, int | None]:
    # The host comes without brackets, and the port is None if the text has none.
    host, colon, port = text.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    number = _SCHEMES.get(port, as_decimal(port))
    if not colon or number is None or (":" in bare and bare == host):
        return text, None
    return bare, number


def _check_client(line: CommandLine) -> None:
    # client-go refuses a client with a rate limit and no burst limit.
    rate, burst = line.known("kube-api-qps"), line.last("kube-api-burst")
    if rate is None or (burst and burst.is_hidden) or float(rate.value) <= 0:
        return
    if burst is None:
        raise refused(rate, ALONE)
    if (go_int(burst.value) or 0) <= 0:
        raise refused(burst)


def _check_oidc(line: CommandLine, version: Version | None) -> None:
    # pkg/authn/oidc.go; from 0.19.0 on the root certificates of the host replace a missing file.
    issuer = line.known("oidc-issuer")
    if issuer is None:
        return
    if not issuer.value.startswith("https://"):
        raise refused(issuer)
    if version is None:
        return
    lacks_client = not line.given("oidc-clientID") and version >= (0, 18, 1)
    lacks_roots = not line.given("oidc-ca-file") and version < (0, 19, 0)
    if lacks_client or lacks_roots:
        raise refused(issuer, ALONE)


def _check_files(line: CommandLine, invocation: Invocation) -> None:
    for flag in filter(None, map(line.known, _FILES)):
        file = read_file(flag.value, invocation)
        if file.state == FOUND and not _is_sound(flag.name, file.text):
            raise exits(BAD_FILE, flag.value)


def _is_sound(name: str, text: str) -> bool:
    if name == "config-file":
        return _is_config(read_yaml(text))
    # Of the file it accepts certificates only.
    return not name.endswith("ca-file") or _CERTIFICATE in text


def _is_config(config: object) -> bool:
    # From pkg/authz/auth.go; without authorization it panics.
    authorization = _field(config, "authorization")
    static = _field(authorization, "static")
    return (
        isinstance(authorization, dict)
        and isinstance(_field(authorization, "resourceAttributes"), dict | None)
        and isinstance(_field(authorization, "rewrites"), dict | None)
        and isinstance(static, list | None)
        and all(map(_is_rule, static or ()))
    )


def _is_rule(rule: object) -> bool:
    # A rule is for a path or for a resource.
    for_resource = as_bool(_field(rule, "resourceRequest")) is True
    return isinstance(rule, dict) and for_resource != bool(_field(rule, "path"))


def _field(value: object, name: str) -> object:
    # Go's encoding/json takes a name in other case, too.
    entries = value.items() if isinstance(value, dict) else ()
    return next((each for key, each in entries if str(key).lower() == name.lower()), None)


def _check_tls(line: CommandLine, version: Version | None) -> None:
    # From component-base, cli/flag, and x/net, http2, which read these flags.
    if not line.given("secure-listen-address"):
        return
    oldest = line.last("tls-min-version")
    if oldest and not oldest.is_hidden and oldest.value not in _TLS_VERSIONS:
        raise refused(oldest)
    pair = [line.given(name) for name in ("tls-cert-file", "tls-private-key-file")]
    given = [flag for flag in pair if flag]
    if len(given) == 1:
        raise refused(given[0], ALONE)
    suites, named = line.elements("tls-cipher-suites"), line.last("tls-cipher-suites")
    if not named or not suites or HIDDEN in "".join(suites):
        return
    foreign = next((suite for suite in suites if suite not in _SUITES), "")
    if foreign and version is not None and version <= _RELEASES.newest:
        raise exits(BAD_VALUE, foreign)
    speaks_http2 = line.is_on("http2-disable") is False
    speaks_older = not oldest or not (oldest.is_hidden or oldest.value == "VersionTLS13")
    if speaks_http2 and speaks_older and DEMANDED_SUITES.isdisjoint(suites):
        raise refused(named)


def _binding(listener: Listener, address: str) -> tuple[str, str]:
    host = f"[{address}]" if ":" in address else address
    name = INSECURE if listener.name == INSECURE else SECURE
    return _ADDRESSES[name], f"{host}:{listener.port}"


def _demands(line: CommandLine, files: Files) -> Demands:
    # From cmd/kube-rbac-proxy/app, pkg/authn, pkg/filters and pkg/proxy, 0.14 to 0.22.
    given = {flag.name for flag in line.flags if flag.value}
    config = line.given("config-file")
    file = files.read(config.value) if config else None
    is_read = file is None or file.state == FOUND
    authorization = value_at(read_yaml(file.text) if file else None, ("authorization",))
    # With a kubeconfig another account asks; client certificates and OIDC need no API server.
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
    texts = {key: as_text(value) or "" for key, value in attributes.items()}
    parts = (texts.get("resource", ""), texts.get("subresource", ""))
    resource = "/".join(part for part in parts if part)
    group, name, inside = (texts.get(key, "") for key in ("apiGroup", "name", "namespace"))
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
    binary="/usr/local/bin/kube-rbac-proxy",
    flag_set=_FLAGS,
    listen=_listen,
    health_path=lambda _listener, _version: _HEALTH_PATH,
    health_listener=lambda _kind, _version: ENDPOINTS,
    main=ENDPOINTS,
    binding=_binding,
    guard=Guard(_OWN_FLAGS, _IGNORE_PATHS_SINCE, _ENDPOINTS_SINCE, _demands),
    telltale_flags=frozenset(("secure-listen-address", "upstream")),
)
