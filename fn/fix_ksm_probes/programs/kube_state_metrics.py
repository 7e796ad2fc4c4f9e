"""kube-state-metrics: its flags, its two listeners, and the paths it serves, by version.

Facts are from its sources, releases 1.9 to 2.20 (pkg/options/options.go, pkg/app/server.go), and
were measured on the binaries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fix_ksm_probes.manifests.files import ABSENT, ELSEWHERE, FOUND
from fix_ksm_probes.programs.command_line import Flag, FlagSet, go_int, is_on, last_value
from fix_ksm_probes.programs.listeners import (
    BAD_ADDRESS,
    BAD_FILE,
    BAD_VALUE,
    BOTH_LISTS,
    GUARDED,
    HEALTH,
    HIDDEN,
    LANDING,
    METRICS,
    MISSING,
    MISSING_FILE,
    NO_STATEFUL_SET,
    OPTION_FILE,
    PPROF,
    SAME_PORT,
    UNKNOWN_RESOURCE,
    UNREADABLE,
    UNVERIFIED,
    VARIABLE,
    ListenAnalysis,
    Listener,
    RouteTable,
    Version,
    overlap,
    read_address,
)
from fix_ksm_probes.programs.program import Invocation, Program, is_hidden
from fix_ksm_probes.programs.releases import (
    DURATION,
    FLOAT,
    INTEGER,
    UNSIGNED,
    Releases,
    ends_at_once,
    refused,
    written,
)
from fix_ksm_probes.programs.web_config import WebConfig, read_web_config, read_yaml

_NAME = "kube-state-metrics"
_MAIN = "main"
_TELEMETRY = "telemetry"
# On the main listener of every release.
_HEALTH_PATH = "/healthz"

_FLAGS = FlagSet(
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
    _FLAGS,
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
    no_positionals_since=(2, 7, 0),
    refuses_empty_words=True,
    types={
        "auto-gomemlimit-ratio": FLOAT,
        "log_file_max_size": UNSIGNED,
        "object-limit": INTEGER,
        "server-idle-timeout": DURATION,
        "server-read-header-timeout": DURATION,
        "server-read-timeout": DURATION,
        "server-write-timeout": DURATION,
        "shard": INTEGER,
        "total-shards": INTEGER,
        "v": INTEGER,
    },
    judged=frozenset(
        "apiserver custom-resource-state-config metric-annotations-allowlist "
        "metric-labels-allowlist resources".split()
    ),
)
# What the file of --config calls flags, and the type it wants, from pkg/options/options.go.
_OPTIONS: dict[str, tuple[str, type]] = {
    "apiserver": ("apiserver", str),
    "auth_filter": ("auth-filter", bool),
    "custom_resource_config": ("custom-resource-state-config", str),
    "custom_resource_state_config_file": ("custom-resource-state-config-file", str),
    "host": ("host", str),
    "kubeconfig": ("kubeconfig", str),
    "metric_allowlist": ("metric-allowlist", dict),
    "metric_denylist": ("metric-denylist", dict),
    "namespace": ("pod-namespace", str),
    "pod": ("pod", str),
    "port": ("port", int),
    "resources": ("resources", dict),
    "telemetry_host": ("telemetry-host", str),
    "telemetry_port": ("telemetry-port", int),
    "tls_config": ("tls-config", str),
}
_CREDENTIALS = ("kubeconfig", "apiserver")
_NEVER_OF_A_STATEFUL_SET = ("Deployment", "DaemonSet", "ReplicaSet", "Job", "CronJob")

# First releases that differ; a version that is not known may be any of these.
_ERAS: tuple[Version, ...] = ((2, 12, 0), (2, 13, 0), (2, 14, 0), (2, 18, 0), (2, 19, 0))

# Resources, from internal/store/builder.go. What Validate of pkg/options says of resources beside
# --node is never heard: it runs when the server has ended.
_ALWAYS = frozenset(
    "certificatesigningrequests configmaps cronjobs daemonsets deployments endpoints "
    "horizontalpodautoscalers ingresses jobs leases limitranges mutatingwebhookconfigurations "
    "namespaces networkpolicies nodes persistentvolumeclaims persistentvolumes "
    "poddisruptionbudgets pods replicasets replicationcontrollers resourcequotas secrets services "
    "statefulsets storageclasses validatingwebhookconfigurations volumeattachments".split()
)
_RESOURCES_SINCE: dict[str, Version] = {
    "clusterrolebindings": (2, 6, 0),
    "clusterroles": (2, 6, 0),
    "rolebindings": (2, 6, 0),
    "roles": (2, 6, 0),
    "serviceaccounts": (2, 6, 0),
    "ingressclasses": (2, 7, 0),
    "endpointslices": (2, 8, 0),
    "mutatingadmissionpolicies": (2, 20, 0),
    "mutatingadmissionpolicybindings": (2, 20, 0),
    "validatingadmissionpolicies": (2, 20, 0),
    "validatingadmissionpolicybindings": (2, 20, 0),
}
_RESOURCES_UNTIL: dict[str, Version] = {"verticalpodautoscalers": (2, 9, 0)}

# The lists of labels whose resources are looked up, and since when.
_LISTS: dict[str, Version] = {
    "metric-labels-allowlist": (2, 7, 0),
    "metric-annotations-allowlist": (2, 13, 0),
}
_LISTED = r"(?:\A|\],)([^=\[\]]*)=\["


def _listen(invocation: Invocation) -> ListenAnalysis:
    """Return the listeners that the flags of an invocation imply."""
    line = invocation.read(_FLAGS)
    flags = line.flags
    if is_hidden(line):
        return ListenAnalysis(indeterminate=VARIABLE)
    end = ends_at_once(line, _RELEASES, invocation, credentials=_CREDENTIALS)
    if end:
        return end
    configured = _configured(flags, invocation)
    if isinstance(configured, ListenAnalysis):
        return configured
    flags = configured
    end = _refusal(flags, invocation)
    if end:
        return end
    web = _web_config(flags, invocation)
    if isinstance(web, ListenAnalysis):
        return web
    return _listeners(flags, invocation, web)


def _web_config(flags: tuple[Flag, ...], invocation: Invocation) -> WebConfig | ListenAnalysis:
    config = _given(flags, "tls-config")
    if config is None:
        return WebConfig()
    if HIDDEN in config.value:
        return WebConfig(None, config.value)
    return read_web_config(config.value, invocation.files)


def _listeners(flags: tuple[Flag, ...], invocation: Invocation, web: WebConfig) -> ListenAnalysis:
    ports = _default_ports(invocation)
    unbound = next((each for name in ("", "telemetry-") for each in _unbound(flags, name)), None)
    if unbound:
        return refused(unbound, BAD_ADDRESS)
    main = _listener(invocation, flags, _MAIN, ports[0], web)
    telemetry = _listener(invocation, flags, _TELEMETRY, ports[1], web)
    if isinstance(main, str) or isinstance(telemetry, str):
        known = tuple(each for each in (main, telemetry) if isinstance(each, Listener))
        why = main if isinstance(main, str) else str(telemetry)
        return ListenAnalysis(known, indeterminate=why)
    if main.port == telemetry.port and overlap(main.address, telemetry.address):
        return ListenAnalysis(exits=SAME_PORT, culprit=str(main.port))
    return ListenAnalysis((main, telemetry))


def _configured(
    flags: tuple[Flag, ...], invocation: Invocation
) -> tuple[Flag, ...] | ListenAnalysis:
    """Return the flags with what the file of --config says in their place, from 2.7.0 on."""
    config = _given(flags, "config")
    if config is None:
        return flags
    if HIDDEN in config.value:
        return ListenAnalysis(indeterminate=OPTION_FILE, culprit=written(config))
    file = invocation.files.read(config.value)
    if file.state == ELSEWHERE:
        return ListenAnalysis(indeterminate=OPTION_FILE, culprit=config.value)
    if file.state == ABSENT:
        if is_on(last_value(flags, "continue-without-config")) is not False:
            return flags
        return ListenAnalysis(exits=MISSING_FILE, culprit=config.value)
    values = read_yaml(file.text)
    values = {} if values is None else values
    if not isinstance(values, dict):
        return ListenAnalysis(exits=BAD_FILE, culprit=config.value)
    said = []
    for option, (name, kind) in _OPTIONS.items():
        value = values.get(option)
        since = _RELEASES.since.get(name, _RELEASES.oldest)
        if value is None or (invocation.version is not None and invocation.version < since):
            continue
        # It ends, or waits for the file to be mended and listens nowhere until then.
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            return ListenAnalysis(exits=BAD_FILE, culprit=config.value)
        text = ",".join(map(str, value)) if isinstance(value, dict) else str(value)
        said.append(Flag(name, text, config.arguments))
    replaced = {flag.name for flag in said if flag.value}
    return (*(flag for flag in flags if flag.name not in replaced), *said)


def _refusal(flags: tuple[Flag, ...], invocation: Invocation) -> ListenAnalysis | None:
    lists = [_given(flags, name) for name in ("metric-allowlist", "metric-denylist")]
    if all(each is not None and HIDDEN not in each.value for each in lists):
        return ListenAnalysis(exits=BOTH_LISTS, culprit="--metric-denylist")
    server = _given(flags, "apiserver")
    if server and server.value.startswith("https:") and not _given(flags, "kubeconfig"):
        # Without a kubeconfig nothing brings the certificate that signed it, nor a token.
        return refused(server, UNVERIFIED)
    shards_itself = _given(flags, "pod") and _given(flags, "pod-namespace")
    if shards_itself and invocation.workload in _NEVER_OF_A_STATEFUL_SET:
        return ListenAnalysis(exits=NO_STATEFUL_SET, culprit="--pod")
    resources = _given(flags, "custom-resource-state-config")
    if resources and HIDDEN not in resources.value and not _is_resource_config(resources.value):
        return ListenAnalysis(exits=BAD_VALUE, culprit="--custom-resource-state-config")
    patterns = [_given(flags, name) for name in ("metric-allowlist", "metric-denylist")]
    if not all(map(_is_readable, patterns)):
        return ListenAnalysis(indeterminate=UNREADABLE)
    end = _file_refusal(flags, invocation)
    if end:
        return end
    name = _unknown_resource(flags, invocation.version)
    return ListenAnalysis(exits=UNKNOWN_RESOURCE, culprit=name) if name else None


def _is_readable(flag: Flag | None) -> bool:
    # What Python does not read, the package of a release may or may not; if not, it ends.
    if flag is None or HIDDEN in flag.value:
        return True
    try:
        for pattern in flag.value.split(","):
            re.compile(pattern.strip())
    except re.error:
        return False
    return True


def _file_refusal(flags: tuple[Flag, ...], invocation: Invocation) -> ListenAnalysis | None:
    kubeconfig = _given(flags, "kubeconfig")
    if kubeconfig and invocation.files.read(kubeconfig.value).state == ABSENT:
        return ListenAnalysis(exits=MISSING_FILE, culprit=kubeconfig.value)
    config = _given(flags, "custom-resource-state-config-file")
    if config is None or HIDDEN in config.value:
        return None
    file = invocation.files.read(config.value)
    goes_on = is_on(last_value(flags, "continue-without-custom-resource-state-config-file"))
    if file.state == FOUND and not _is_resource_config(file.text):
        return ListenAnalysis(exits=BAD_FILE, culprit=config.value)
    if file.state == ABSENT and goes_on is False:
        return ListenAnalysis(exits=MISSING_FILE, culprit=config.value)
    return None


def _is_resource_config(text: str) -> bool:
    # As far as its outermost fields: pkg/customresourcestate, Metrics. A text of comments is none.
    config = read_yaml(text)
    if config is None:
        return False
    for field in ("spec", "resources"):
        if config is None:
            return True
        if not isinstance(config, dict):
            return False
        config = config.get(field)
    return config is None or (
        isinstance(config, list) and all(isinstance(each, dict | None) for each in config)
    )


def _health_path(listener: str, version: Version | None) -> str:
    # Of the main listener /livez asks the API server, too, and answers 503 without it (measured).
    if listener == _MAIN:
        return _HEALTH_PATH
    return "/" if version is not None and version < (2, 13, 0) else "/readyz"


def _health_listener(kind: str, version: Version | None) -> str:
    # As the chart has it: its readinessProbe asks for /readyz where a release serves that.
    modern = version is None or version >= (2, 13, 0)
    return _TELEMETRY if modern and kind == "readinessProbe" else _MAIN


def _binding(listener: Listener, address: str) -> tuple[str, str]:
    return ("host" if listener.name == _MAIN else "telemetry-host"), address


def _route_tables(
    listener: str, version: Version | None, *, auth_filter: bool | None
) -> tuple[RouteTable, ...]:
    versions = _ERAS if version is None else (version,)
    filters = (False, True) if auth_filter is None else (auth_filter,)
    return tuple(
        dict.fromkeys(
            _routes(listener, each, auth_filter=filtered)
            for each in versions
            for filtered in filters
        )
    )


def _routes(listener: str, version: Version, *, auth_filter: bool) -> RouteTable:
    main = listener == _MAIN
    routes = [("/", LANDING), ("/metrics", GUARDED if auth_filter else METRICS)]
    if main:
        routes.append((_HEALTH_PATH, HEALTH))
    if version >= (2, 13, 0):
        routes.append(("/livez" if main else "/readyz", HEALTH))
    # pprof moved from the main to the telemetry listener, and behind the filter, in 2.19.0.
    if main != (version >= (2, 19, 0)):
        routes.append(("/debug/pprof/", GUARDED if auth_filter and not main else PPROF))
    # The landing page took every other path until exporter-toolkit 0.13.1.
    return RouteTable(tuple(routes), MISSING if version >= (2, 14, 0) else LANDING)


def _listener(
    invocation: Invocation, flags: tuple[Flag, ...], name: str, default_port: int, web: WebConfig
) -> Listener | str:
    prefix = "" if name == _MAIN else "telemetry-"
    host = last_value(flags, f"{prefix}host")
    port = last_value(flags, f"{prefix}port")
    if port is not None and HIDDEN in port.value:
        return VARIABLE
    number = default_port if port is None else go_int(port.value)
    if not number:
        return UNREADABLE
    address = read_address(host.value if host else _default_host(invocation.version))
    proof = host or port
    return Listener(
        invocation.place,
        _NAME,
        name,
        address,
        number,
        web.tls,
        _route_tables(
            name,
            invocation.version,
            auth_filter=is_on(last_value(flags, "auth-filter")),
        ),
        None,
        proof.argument.pointer if proof else invocation.container.pointer,
        web.file,
        web.demands,
    )


def _unbound(flags: tuple[Flag, ...], prefix: str) -> Iterator[Flag]:
    host = last_value(flags, f"{prefix}host")
    port = last_value(flags, f"{prefix}port")
    number = go_int(port.value) if port and HIDDEN not in port.value else 0
    if port and (number is None or not 0 <= number < 65536):
        yield port
    # Brackets are put around the host once more.
    if host and (host.value[:1] == "[" or read_address(host.value).kind == "unresolvable"):
        yield host


def _given(flags: tuple[Flag, ...], name: str) -> Flag | None:
    flag = last_value(flags, name)
    return flag if flag is not None and flag.value else None


def _default_host(version: Version | None) -> str:
    return "0.0.0.0" if version is not None and version < (2, 1, 0) else "::"


def _default_ports(invocation: Invocation) -> tuple[int, int]:
    # 1.x binaries default to 80 and 81; its image's entrypoint, which `command` replaces, does not.
    old = invocation.version is not None and invocation.version < (2, 0, 0)
    return (80, 81) if old and invocation.container.command else (8080, 8081)


def _unknown_resource(flags: tuple[Flag, ...], version: Version | None) -> str:
    if version is None or not _RELEASES.oldest <= version <= _RELEASES.newest:
        return ""
    # The files of these flags bring resources of their own.
    if any(flag.name.startswith("custom-resource") for flag in flags):
        return ""
    names = [*_resources(flags), *_listed(flags, version)]
    unknown = (name for name in names if HIDDEN not in name and not _is_known(name, version))
    return next(unknown, "")


def _resources(flags: tuple[Flag, ...]) -> list[str]:
    values = (flag.value for flag in flags if flag.name == "resources")
    return [name.strip() for value in values for name in value.split(",") if name.strip()]


def _listed(flags: tuple[Flag, ...], version: Version) -> list[str]:
    lists = (last_value(flags, name) for name, since in _LISTS.items() if version >= since)
    values = (each.value for each in lists if each is not None)
    names = (name.strip() for value in values for name in re.findall(_LISTED, value))
    return [name for name in names if name != "*"]


def _is_known(name: str, version: Version) -> bool:
    if name in _RESOURCES_UNTIL:
        return version < _RESOURCES_UNTIL[name]
    return name in _ALWAYS or version >= _RESOURCES_SINCE.get(name, (_RELEASES.newest[0] + 1, 0, 0))


PROGRAM = Program(
    _NAME,
    majors=(1, 2),
    repositories=(
        "kube-state-metrics/kube-state-metrics",
        "k8s-staging-kube-state-metrics/kube-state-metrics",
        "coreos/kube-state-metrics",
    ),
    newest=_RELEASES.newest,
    bare_since=(2, 0, 0),
    flag_set=_FLAGS,
    listen=_listen,
    health_path=_health_path,
    health_listener=_health_listener,
    main=_MAIN,
    binding=_binding,
)
