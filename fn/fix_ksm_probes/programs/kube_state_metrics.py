"""kube-state-metrics: its flags, its two listeners, and the paths it serves, by version.

Facts are from its sources, releases 1.9 to 2.20 (pkg/options/options.go, pkg/app/server.go), and
were measured on the binaries.
"""

from __future__ import annotations

from fix_ksm_probes.programs.addresses import HIDDEN, overlap, read_address
from fix_ksm_probes.programs.command_line import Flag, FlagSet, go_bool, go_int, last_value
from fix_ksm_probes.programs.invocation import Invocation, is_hidden, read_invocation
from fix_ksm_probes.programs.listeners import (
    BAD_ADDRESS,
    BAD_VALUE,
    GUARDED,
    HEALTH,
    LANDING,
    METRICS,
    MISSING,
    OPTION_FILE,
    PPROF,
    SAME_PORT,
    UNKNOWN_RESOURCE,
    UNREADABLE,
    VARIABLE,
    Implied,
    Listener,
    Surface,
    Version,
)
from fix_ksm_probes.programs.releases import Releases, ends_at_once
from fix_ksm_probes.programs.resources import names_unknown_resource

NAME = "kube-state-metrics"
MAJORS = (1, 2)
MAIN = "main"
TELEMETRY = "telemetry"
ALIVE_PATH = "/healthz"
"""Tells on the main listener of every release that it serves, whatever the API server does."""
HOST_FLAGS = {MAIN: "host", TELEMETRY: "telemetry-host"}

FLAGS = FlagSet(
    values=frozenset(
        "alsologtostderrthreshold apiserver auto-gomemlimit-ratio "
        "collectors config custom-resource-state-config "
        "custom-resource-state-config-file host kubeconfig log_backtrace_at log_dir log_file "
        "log_file_max_size metric-allowlist metric-annotations-allowlist metric-blacklist "
        "metric-denylist metric-labels-allowlist metric-opt-in-list metric-whitelist namespace "
        "namespaces namespaces-denylist node object-limit pod pod-namespace port resources "
        "server-idle-timeout server-read-header-timeout server-read-timeout server-write-timeout "
        "shard stderrthreshold telemetry-host telemetry-port tls-config total-shards v "
        "vmodule".split()
    ),
    switches=frozenset(
        "add_dir_header alsologtostderr auth-filter auto-gomemlimit continue-without-config "
        "continue-without-custom-resource-state-config-file custom-resource-state-only "
        "disable-node-non-generic-resource-metrics disable-pod-non-generic-resource-metrics "
        "enable-gzip-encoding help legacy_stderr_threshold_behavior logtostderr one_output "
        "skip_headers skip_log_headers track-unscheduled-pods use-apiserver-cache version".split()
    ),
    shorthands=frozenset(("-v", "-h")),
)

_RELEASES = Releases(
    FLAGS,
    since={
        "resources": (2, 0, 0),
        "namespaces": (2, 0, 0),
        "metric-allowlist": (2, 0, 0),
        "metric-denylist": (2, 0, 0),
        "metric-labels-allowlist": (2, 0, 0),
        "tls-config": (2, 1, 0),
        "use-apiserver-cache": (2, 2, 0),
        "metric-annotations-allowlist": (2, 2, 0),
        "namespaces-denylist": (2, 3, 0),
        "metric-opt-in-list": (2, 3, 0),
        "custom-resource-state-config": (2, 5, 0),
        "custom-resource-state-config-file": (2, 5, 0),
        "config": (2, 7, 0),
        "custom-resource-state-only": (2, 7, 0),
        "node": (2, 7, 0),
        "auto-gomemlimit": (2, 12, 0),
        "auto-gomemlimit-ratio": (2, 12, 0),
        "server-idle-timeout": (2, 13, 0),
        "server-read-header-timeout": (2, 13, 0),
        "server-read-timeout": (2, 13, 0),
        "server-write-timeout": (2, 13, 0),
        "track-unscheduled-pods": (2, 14, 0),
        "auth-filter": (2, 16, 0),
        "object-limit": (2, 16, 0),
        "alsologtostderrthreshold": (2, 19, 0),
        "continue-without-config": (2, 17, 0),
        "continue-without-custom-resource-state-config-file": (2, 17, 0),
    },
    until={
        "collectors": (2, 0, 0),
        "namespace": (2, 0, 0),
        "metric-blacklist": (2, 0, 0),
        "metric-whitelist": (2, 0, 0),
        "disable-node-non-generic-resource-metrics": (2, 0, 0),
        "disable-pod-non-generic-resource-metrics": (2, 0, 0),
        "version": (2, 8, 0),
    },
    oldest=(2, 0, 0),
    newest=(2, 20, 99),
    without={},
    no_strays_since=(2, 7, 0),
    refuses_empty_words=True,
    integers=frozenset(("object-limit", "shard", "total-shards", "v")),
)
_CREDENTIALS = ("kubeconfig", "apiserver")

# First releases that differ; a version that is not known may be any of these.
_ERAS: tuple[Version, ...] = ((2, 12, 0), (2, 13, 0), (2, 14, 0), (2, 18, 0), (2, 19, 0))


def listen(invocation: Invocation) -> Implied:
    """Return the listeners that the flags of an invocation imply."""
    line = read_invocation(invocation, FLAGS)
    flags = line.flags
    if is_hidden(line):
        return Implied(hidden=VARIABLE)
    end = ends_at_once(line, _RELEASES, invocation, credentials=_CREDENTIALS)
    if end:
        return Implied(exits=end)
    if _given(flags, "metric-allowlist") and _given(flags, "metric-denylist"):
        return Implied(exits=BAD_VALUE)
    # Its values override those of the command line, host and port among them.
    if _given(flags, "config"):
        return Implied(hidden=OPTION_FILE)
    if names_unknown_resource(flags, invocation.version):
        return Implied(exits=UNKNOWN_RESOURCE)
    ports = _default_ports(invocation)
    if not all(_can_be_bound(flags, name) for name in ("", "telemetry-")):
        return Implied(exits=BAD_ADDRESS)
    main = _listener(invocation, flags, MAIN, "host", "port", ports[0])
    telemetry = _listener(
        invocation, flags, TELEMETRY, "telemetry-host", "telemetry-port", ports[1]
    )
    if isinstance(main, str) or isinstance(telemetry, str):
        known = tuple(each for each in (main, telemetry) if isinstance(each, Listener))
        return Implied(known, hidden=main if isinstance(main, str) else str(telemetry))
    if main.port == telemetry.port and overlap(main.address, telemetry.address):
        return Implied(exits=SAME_PORT)
    return Implied((main, telemetry))


def health_path(listener: str, version: Version | None) -> str:
    """Return the path that tells the health behind a listener, `main` or `telemetry`.

    A version that is not known is taken for a recent one.
    """
    if version is not None and version < (2, 13, 0):
        return ALIVE_PATH if listener == MAIN else "/"
    return "/livez" if listener == MAIN else "/readyz"


def surfaces(listener: str, version: Version | None, *, auth_filter: bool) -> tuple[Surface, ...]:
    """Return what a listener may serve: one surface where the version is known."""
    versions = _ERAS if version is None else (version,)
    return tuple(
        dict.fromkeys(_surface(listener, each, auth_filter=auth_filter) for each in versions)
    )


def _surface(listener: str, version: Version, *, auth_filter: bool) -> Surface:
    main = listener == MAIN
    routes = [("/", LANDING), ("/metrics", GUARDED if auth_filter else METRICS)]
    if main:
        routes.append((ALIVE_PATH, HEALTH))
    if version >= (2, 13, 0):
        routes.append(("/livez" if main else "/readyz", HEALTH))
    # pprof moved from the main to the telemetry listener, and behind the filter, in 2.19.0.
    if main != (version >= (2, 19, 0)):
        routes.append(("/debug/pprof/", GUARDED if auth_filter and not main else PPROF))
    # The landing page took every other path until exporter-toolkit 0.13.1.
    return Surface(tuple(routes), MISSING if version >= (2, 14, 0) else LANDING)


def _listener(
    invocation: Invocation,
    flags: tuple[Flag, ...],
    name: str,
    host_flag: str,
    port_flag: str,
    default_port: int,
) -> Listener | str:
    host = last_value(flags, host_flag)
    port = last_value(flags, port_flag)
    if port is not None and HIDDEN in port.value:
        return VARIABLE
    number = default_port if port is None else go_int(port.value)
    if not number:
        return UNREADABLE
    address = read_address(host.value if host else _default_host(invocation.version))
    auth_filter = last_value(flags, "auth-filter")
    proof = host or port
    return Listener(
        invocation.place,
        NAME,
        name,
        address,
        number,
        None if _given(flags, "tls-config") else False,
        surfaces(
            name,
            invocation.version,
            auth_filter=auth_filter is not None and go_bool(auth_filter.value) is not False,
        ),
        None,
        proof.argument.pointer if proof else invocation.container.pointer,
    )


def _can_be_bound(flags: tuple[Flag, ...], prefix: str) -> bool:
    host = last_value(flags, f"{prefix}host")
    port = last_value(flags, f"{prefix}port")
    number = go_int(port.value) if port and HIDDEN not in port.value else 0
    # Brackets are put around the host once more.
    return number is not None and 0 <= number < 65536 and not (host and host.value[:1] == "[")


def _given(flags: tuple[Flag, ...], name: str) -> bool:
    flag = last_value(flags, name)
    return flag is not None and flag.value != ""


def _default_host(version: Version | None) -> str:
    return "0.0.0.0" if version is not None and version < (2, 1, 0) else "::"


def _default_ports(invocation: Invocation) -> tuple[int, int]:
    # 1.x binaries default to 80 and 81; its image's entrypoint, which `command` replaces, does not.
    old = invocation.version is not None and invocation.version < (2, 0, 0)
    return (80, 81) if old and invocation.container.command else (8080, 8081)
