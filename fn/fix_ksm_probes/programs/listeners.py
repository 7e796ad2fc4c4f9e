"""Addresses and which of them meet, listeners, proxies, and the routes of HTTP servers."""

from __future__ import annotations

from fix_ksm_probes.manifests.pod import Argument
from fix_ksm_probes.programs.go_path import matches
from fix_ksm_probes.yamlpatch import NamedTuple, Pointer

POD_IP = "\0status.podIP\0"
"""Stands in expanded text for the pod's own address, which only the cluster knows."""

HIDDEN = "\0hidden\0"
"""Stands in expanded text for a value from a Secret, a ConfigMap or the cluster."""


class Address(NamedTuple):
    """An address to listen at or to dial.

    `kind` is `any` (all addresses of both families: Go takes `0.0.0.0` for `::`), `loopback` (one
    address, or `localhost`), `pod`, `fixed` (an address that may or may not be the pod's), `name`,
    `unresolvable` (a reference to no variable, or no name at all) or `hidden`.
    """

    kind: str
    text: str


POD = Address("pod", "pod IP")

_COMMON = {
    "": Address("any", "::"),
    "::": Address("any", "::"),
    "0.0.0.0": Address("any", "0.0.0.0"),
    "127.0.0.1": Address("loopback", "127.0.0.1"),
    "::1": Address("loopback", "::1"),
    "localhost": Address("loopback", "localhost"),
    POD_IP: POD,
}


_OF_NAMES = frozenset("-.0123456789_abcdefghijklmnopqrstuvwxyz")


def read_address(host: str) -> Address:
    """Return the address for `host`, an IP address or a name without brackets."""
    if host in _COMMON:
        return _COMMON[host]
    if HIDDEN in host or POD_IP in host:
        return Address("hidden", "")
    if "$(" in host:
        return Address("unresolvable", host)
    # Almost no manifest needs this import.
    from ipaddress import IPv6Address, ip_address

    try:
        address = ip_address(host)
    except ValueError:
        if host.lower() in _COMMON:
            return _COMMON[host.lower()]
        return Address("name" if _is_name(host) else "unresolvable", host)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if str(address) in _COMMON:
        return _COMMON[str(address)]
    return Address("loopback" if address.is_loopback else "fixed", str(address))


def _is_name(host: str) -> bool:
    # Go asks nobody for what is no name of a host (isDomainName): a port, a URL, a list.
    return _OF_NAMES.issuperset(host.lower())


def is_no_host(address: Address) -> bool:
    """Tell whether Go cannot listen at an address: its text is no host, or a number such as `0`.

    The libraries of other programs may take such a number for an IPv4 address.
    """
    is_number = address.kind == "name" and not address.text.strip("0123456789.")
    return is_number or address.kind == "unresolvable"


def meets(listening: Address, dialled: Address) -> bool | None:
    """Tell whether dialling one address reaches a listener at the other; None means not known.

    The kubelet writes `localhost` to a pod's hosts file for both families.
    """
    if "unresolvable" in (listening.kind, dialled.kind):
        return False
    if "hidden" in (listening.kind, dialled.kind) or "name" in (listening.kind, dialled.kind):
        return None
    if dialled.kind == "any":
        # Linux treats a connection to the unspecified address as one to loopback.
        dialled = _COMMON["localhost"]
    if dialled.kind == "loopback":
        return _meets_loopback(listening, dialled.text)
    if listening.kind == "loopback":
        return False
    if "fixed" in (listening.kind, dialled.kind):
        return True if listening == dialled else None
    return True


def _meets_loopback(listening: Address, dialled: str) -> bool:
    if listening.kind == "any":
        return True
    if listening.kind != "loopback":
        return False
    # Go listens for the name on its IPv4 address, and dials both.
    at = "127.0.0.1" if listening.text == "localhost" else listening.text
    return at == dialled or (dialled == "localhost" and at in ("127.0.0.1", "::1"))


def overlap(one: Address, other: Address) -> bool:
    """Tell whether two listeners on the same port exclude each other (Linux, without reuse)."""
    if "unresolvable" in (one.kind, other.kind):
        return False
    if "any" in (one.kind, other.kind):
        return True
    if one == other:
        return one.kind not in ("name", "hidden")
    return {one.text, other.text} == {"localhost", "127.0.0.1"}


def dialled_from_inside(address: Address) -> str:
    """Return the host, as text for a URL, at which a process of the pod reaches a listener."""
    if address.kind == "loopback" and address.text != "localhost":
        return f"[{address.text}]" if ":" in address.text else address.text
    return "127.0.0.1"


def loopback_of(dialled: Address) -> Address | None:
    """Return the loopback address that a dial of `address` reaches; None means not known.

    Linux treats 0.0.0.0 as 127.0.0.1; for `::` and no host it is not known which family is meant.
    """
    if dialled.kind == "loopback":
        return dialled if dialled.text != "localhost" else _COMMON["127.0.0.1"]
    return _COMMON["127.0.0.1"] if dialled == _COMMON["0.0.0.0"] else None


# The answers of an HTTP server.
HEALTH = "health"
LANDING = "landing"
METRICS = "metrics"
PPROF = "pprof"
GUARDED = "guarded"
MISSING = "missing"

# What a listener may demand of all clients, if a file says so.
CLIENT_CERTIFICATE = "client certificate"
PASSWORD = "password"  # noqa: S105 (a word for one)

# The names of the listeners of a proxy.
SECURE = "secure"
INSECURE = "insecure"
ENDPOINTS = "proxy endpoints"

Version = tuple[int, int, int]


class RouteTable(NamedTuple):
    """The paths of an HTTP server, as patterns of Go's ServeMux, and the answer to others."""

    routes: tuple[tuple[str, str], ...]
    otherwise: str

    def content(self, http_path: str) -> str:
        """Return the answer to a GET of `http_path` (clean, without query)."""
        found = self.otherwise
        longest = 0
        for pattern, content in self.routes:
            subtree = pattern.endswith("/") and pattern != "/" and http_path.startswith(pattern)
            # ServeMux redirects the name of a subtree without its slash.
            if (subtree or http_path in (pattern, pattern.rstrip("/"))) and len(pattern) > longest:
                found, longest = content, len(pattern)
        return found


class Upstream(NamedTuple):
    """Where a proxy sends the requests that it lets through; `prefix` goes before each path."""

    tls: bool
    address: Address
    port: int
    prefix: str

    @property
    def leads_nowhere(self) -> bool:
        """Tell whether every request gets a 502: it is no URL, or cannot be dialled."""
        return self.port == 0


class Proxy(NamedTuple):
    """What a proxy demands of a request before its upstream gets it.

    `ignore` and `allow` are patterns of Go's path.Match; `upstream` is None if it is hidden.
    `takes_patterns` is False for a version that compares ignored paths letter by letter.
    """

    upstream: Upstream | None
    ignore: tuple[str, ...]
    allow: tuple[str, ...]
    takes_patterns: bool
    ignore_argument: Argument | None

    def ignores(self, http_path: str) -> bool:
        """Tell whether it passes on a GET of `http_path` without a token."""
        return http_path in self.ignore or (
            self.takes_patterns and any(matches(each, http_path) for each in self.ignore)
        )

    def allows(self, http_path: str) -> bool:
        """Tell whether it passes on a GET of `http_path` at all."""
        return not self.allow or any(matches(each, http_path) for each in self.allow)


class Listener(NamedTuple):
    """An open socket of a program.

    `tls_file` decides `tls`, which is None if the input lacks that file. `route_tables` are all
    that the program may serve there: several if its version is not known, none for a proxy.
    `self_signed` says that it makes its own certificate at each start. `source` is the pointer of
    the argument that sets the address, or of the container if the address is a default. `demands`
    is what it demands of all clients: CLIENT_CERTIFICATE, PASSWORD or nothing.
    """

    container: int
    program: str
    name: str
    address: Address
    port: int
    tls: bool | None
    route_tables: tuple[RouteTable, ...]
    proxy: Proxy | None
    source: Pointer
    tls_file: str = ""
    demands: str = ""
    self_signed: bool = False

    def clashes(self, other: Listener) -> bool:
        """Tell whether this listener and another one cannot both be bound."""
        return self.port == other.port and self != other and overlap(self.address, other.address)


class ListenAnalysis(NamedTuple):
    """What is known of a running program: its listeners, and why there may be others or none.

    `indeterminate` says why it may listen at addresses that are not in `listeners`; `exits` why it
    exits at start and listens nowhere. Both are empty for a program that is understood and runs.
    `culprit` is the flag, value, resource or file to blame, as it is written.
    """

    listeners: tuple[Listener, ...] = ()
    indeterminate: str = ""
    exits: str = ""
    culprit: str = ""


class Stopped(Exception):
    """A program exits at start, or nothing more about it is known."""

    def __init__(self, analysis: ListenAnalysis) -> None:
        super().__init__(analysis)
        self.analysis = analysis


def exits(why: str, culprit: str) -> Stopped:
    """Return, to be raised, why a program exits at start."""
    return Stopped(ListenAnalysis(exits=why, culprit=culprit))


def unknown(why: str, culprit: str = "") -> Stopped:
    """Return, to be raised, why it is not known where a program listens."""
    return Stopped(ListenAnalysis(indeterminate=why, culprit=culprit))


def bound(listeners: list[Listener]) -> ListenAnalysis:
    """Return the analysis with these listeners. Raises Stopped if it cannot bind them all."""
    for one in listeners:
        if any(map(one.clashes, listeners)):
            raise exits(SAME_PORT, str(one.port))
    return ListenAnalysis(tuple(listeners))


DEMANDED_SUITES = frozenset(f"TLS_ECDHE_{key}_WITH_AES_128_GCM_SHA256" for key in ("ECDSA", "RSA"))
"""The cipher suites of which HTTP/2 requires one, unless the minimum is TLS 1.3."""

# Why something is not known, as what a probe of it does; `{}` is the culprit.
ANOTHER_PROGRAM = "dials a port that an unknown program may serve"
SHELL = "dials a port that a program started by a shell may serve"
OPTION_FILE = "depends on the file `{}`, which is not in the input"
UNMOUNTED_FILE = "depends on the file `{}`, which no volume provides"
VARIABLE = "depends on a variable whose value the manifest does not show"
UNREADABLE = "depends on an argument that cannot be read"
UNKNOWN_TO_SOME = "depends on whether its build accepts `{}`"
PLACEHOLDER = "depends on the placeholder `{}`, which is not replaced yet"
UNKNOWN_BUILD = "depends on how a build that is too new, or not from upstream, treats `{}`"
UNKNOWN_BUILD_LACKS = (
    "depends on how a build that is too new, or not from upstream, works without `{}`"
)

# Why a program exits at start, as what it does.
UNKNOWN_FLAG = "exits at start: its version does not know `{}`"
BAD_VALUE = "exits at start: it does not accept `{}`"
UNKNOWN_RESOURCE = "exits at start: its version does not know the resource `{}`"
PRINTS = "prints something and exits, because of `{}`"
NO_CREDENTIAL = "exits at start: no service account token is mounted"
ALLOW_WITH_IGNORE = "exits at start: it has both --allow-paths and --ignore-paths"
BAD_PATTERN = "exits at start: the path pattern `{}` is malformed"
NO_ADDRESS = "exits at start: it has no address to listen on, such as `{}`"
BAD_ADDRESS = "exits at start: it cannot listen on `{}`"
SAME_PORT = "exits at start: two of its listeners have port {}"
STRAY_WORD = "exits at start: it accepts flags only, and `{}` is not one"
ALONE = "exits at start: `{}` needs another flag, which is missing"
BOTH_LISTS = "exits at start: it has both --metric-allowlist and --metric-denylist"
UNVERIFIED = "exits at start: it cannot verify `{}` without --kubeconfig"
NO_STATEFUL_SET = "exits at start: `{}` needs a pod of a StatefulSet"
MISSING_FILE = "exits at start: no volume provides the file `{}`"
BAD_FILE = "cannot start with the content of the file `{}`"
NO_BINARY = "cannot start: its image has no program `{}`"
NO_KEY = "cannot start: a variable needs the key `{}`, which its ConfigMap lacks"
HOOK_LACKS = "is stopped after each start: its postStart hook runs `{}`, which its image lacks"
HOOK_OF_NO_KUBELET = "is stopped after each start: no kubelet runs `{}` as a postStart hook"
BAD_UPSTREAM = "exits at start: `{}` is not a URL that it accepts"
