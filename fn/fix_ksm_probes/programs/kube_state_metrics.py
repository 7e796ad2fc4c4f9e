"""kube-state-metrics: its flags, its two listeners, and the paths it serves, by version.

Facts are from its sources, releases 1.9 to 2.20 (pkg/options/options.go, pkg/app/server.go), and
were measured on the binaries.
"""

from __future__ import annotations

from fix_ksm_probes.addresses import HIDDEN, overlap, read_address
from fix_ksm_probes.listeners import (
    BAD_ADDRESS,
    GUARDED,
    HEALTH,
    LANDING,
    METRICS,
    MISSING,
    NEWER_FLAG,
    OPTION_FILE,
    PPROF,
    SAME_PORT,
    STRAY_WORD,
    UNREADABLE,
    VARIABLE,
    Listener,
    Outcome,
    Surface,
    Version,
)
from fix_ksm_probes.programs.command_line import Flag, FlagSet, last_value
from fix_ksm_probes.programs.invocation import Invocation, read_invocation

NAME = "kube-state-metrics"
MAJORS = (1, 2)
MAIN = "main"
TELEMETRY = "telemetry"

_FLAGS = FlagSet(
    values=frozenset(
        "apiserver auto-gomemlimit-ratio config custom-resource-state-config "
        "custom-resource-state-config-file host kubeconfig labels-metric-allow-list "
        "log_backtrace_at log_dir log_file log_file_max_size metric-allowlist "
        "metric-annotations-allowlist metric-blacklist metric-denylist metric-labels-allowlist "
        "metric-opt-in-list metric-whitelist namespace namespace-blacklist namespaces "
        "namespaces-denylist node object-limit pod pod-namespace port resources "
        "server-idle-timeout server-read-header-timeout server-read-timeout "
        "server-write-timeout shard stderrthreshold telemetry-host telemetry-port tls-config "
        "total-shards v vmodule".split()
    ),
    switches=frozenset(
        "add_dir_header alsologtostderr auth-filter auto-gomemlimit continue-without-config "
        "continue-without-custom-resource-state-config-file custom-resource-state-only "
        "disable-node-non-generic-resource-metrics disable-pod-non-generic-resource-metrics "
        "enable-gzip-encoding help legacy_stderr_threshold_behavior logtostderr one_output "
        "skip_headers skip_log_headers track-unscheduled-pods use-apiserver-cache version".split()
    ),
    shorthands=frozenset("v"),
)

# First releases that differ; a version that is not known may be any of these.
_ERAS: tuple[Version, ...] = ((2, 12, 0), (2, 13, 0), (2, 14, 0), (2, 18, 0), (2, 19, 0))

_SINCE: tuple[tuple[str, Version], ...] = (
    ("auth-filter", (2, 16, 0)),
    ("tls-config", (2, 1, 0)),
    ("config", (2, 7, 0)),
)
_NO_STRAYS_SINCE: Version = (2, 7, 0)


def listen(invocation: Invocation) -> Outcome:
    """Return the listeners that the flags of an invocation imply."""
    version = invocation.version
    flags, strays = read_invocation(invocation, _FLAGS)
    if any(HIDDEN in text for text in (*strays, *(flag.name for flag in flags))):
        return Outcome(hidden=VARIABLE)
    if version is not None and any(
        version < since and last_value(flags, name) for name, since in _SINCE
    ):
        return Outcome(exits=NEWER_FLAG)
    if strays and (version is None or version >= _NO_STRAYS_SINCE):
        return Outcome(exits=STRAY_WORD)
    # Its values override those of the command line, host and port among them.
    if _given(flags, "config"):
        return Outcome(hidden=OPTION_FILE)
    ports = _default_ports(invocation)
    for host in (last_value(flags, "host"), last_value(flags, "telemetry-host")):
        # Brackets are put around it once more.
        if host is not None and host.value.startswith("["):
            return Outcome(exits=BAD_ADDRESS)
    main = _listener(invocation, flags, MAIN, "host", "port", ports[0])
    telemetry = _listener(
        invocation, flags, TELEMETRY, "telemetry-host", "telemetry-port", ports[1]
    )
    if isinstance(main, str) or isinstance(telemetry, str):
        known = tuple(each for each in (main, telemetry) if isinstance(each, Listener))
        return Outcome(known, hidden=main if isinstance(main, str) else str(telemetry))
    if main.port == telemetry.port and overlap(main.address, telemetry.address):
        return Outcome(exits=SAME_PORT)
    return Outcome((main, telemetry))


def health_path(listener: str, version: Version | None) -> str:
    """Return the path that tells the health behind a listener, `main` or `telemetry`.

    A version that is not known is taken for a recent one.
    """
    if version is not None and version < (2, 13, 0):
        return "/healthz" if listener == MAIN else "/"
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
        routes.append(("/healthz", HEALTH))
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
    if port is not None and not port.value.isdecimal():
        return UNREADABLE
    address = read_address(host.value if host else _default_host(invocation.version))
    auth_filter = last_value(flags, "auth-filter")
    proof = host or port
    return Listener(
        invocation.place,
        NAME,
        name,
        address,
        int(port.value) if port else default_port,
        None if _given(flags, "tls-config") else False,
        surfaces(
            name,
            invocation.version,
            auth_filter=auth_filter is not None and auth_filter.value.lower() not in ("false", "0"),
        ),
        None,
        proof.argument.pointer if proof else invocation.container.pointer,
    )


def _given(flags: tuple[Flag, ...], name: str) -> bool:
    flag = last_value(flags, name)
    return flag is not None and flag.value != ""


def _default_host(version: Version | None) -> str:
    return "0.0.0.0" if version is not None and version < (2, 1, 0) else "::"


def _default_ports(invocation: Invocation) -> tuple[int, int]:
    # 1.x binaries default to 80 and 81; its image's entrypoint, which `command` replaces, does not.
    old = invocation.version is not None and invocation.version < (2, 0, 0)
    return (80, 81) if old and invocation.container.command else (8080, 8081)
