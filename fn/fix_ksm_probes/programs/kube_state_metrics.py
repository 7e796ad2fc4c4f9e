"""kube-state-metrics: its flags, its two listeners, and the paths it serves, by version.

Facts are from its sources, releases 1.9 to 2.20 (pkg/options/options.go, pkg/app/server.go), and
were measured on the binaries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fix_ksm_probes.manifests.files import ABSENT, ELSEWHERE, FOUND
from fix_ksm_probes.programs.command_line import CommandLine, Flag, FlagSet, go_int, refused
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
    UNKNOWN_RESOURCE,
    UNKNOWN_TO_SOME,
    UNREADABLE,
    UNVERIFIED,
    VARIABLE,
    ListenAnalysis,
    Listener,
    RouteTable,
    Version,
    bound,
    exits,
    is_no_host,
    read_address,
    unknown,
)
from fix_ksm_probes.programs.program import Invocation, Program
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
    is_of_type,
    read_file,
    read_line,
)
from fix_ksm_probes.programs.web_config import WebConfig, read_web_config, read_yaml
from fix_ksm_probes.yamlpatch import list_at

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
    since=by_word(
        {
            (2, 0, 0): "metric-allowlist metric-denylist metric-labels-allowlist namespaces "
            "resources",
            (2, 1, 0): "tls-config",
            (2, 2, 0): "metric-annotations-allowlist use-apiserver-cache",
            (2, 3, 0): "metric-opt-in-list namespaces-denylist",
            (2, 5, 0): "custom-resource-state-config custom-resource-state-config-file",
            (2, 7, 0): "config custom-resource-state-only node",
            (2, 12, 0): "auto-gomemlimit auto-gomemlimit-ratio",
            (2, 13, 0): "server-idle-timeout server-read-header-timeout server-read-timeout "
            "server-write-timeout",
            (2, 14, 0): "track-unscheduled-pods",
            (2, 16, 0): "auth-filter object-limit",
            (2, 17, 0): "continue-without-config "
            "continue-without-custom-resource-state-config-file",
            (2, 19, 0): "alsologtostderrthreshold legacy_stderr_threshold_behavior",
        }
    ),
    until=by_word(
        {
            (2, 0, 0): "collectors disable-node-non-generic-resource-metrics "
            "disable-pod-non-generic-resource-metrics metric-blacklist metric-whitelist namespace",
            (2, 8, 0): "version",
        }
    ),
    oldest=(2, 0, 0),
    newest=(2, 20, 99),
    without={},
    no_positionals_since=(2, 7, 0),
    subcommands=frozenset(("completion", "help", "version")),
    refuses_empty_words=True,
    types=by_word(
        {
            DURATION: "server-idle-timeout server-read-header-timeout server-read-timeout "
            "server-write-timeout",
            FLOAT: "auto-gomemlimit-ratio",
            INTEGER: "object-limit shard total-shards v",
            LINE_OF_CODE: "log_backtrace_at",
            SEVERITY: "alsologtostderrthreshold stderrthreshold",
            UNSIGNED: "log_file_max_size",
            VERBOSITIES: "vmodule",
        }
    ),
    judged=frozenset(
        "apiserver custom-resource-state-config metric-annotations-allowlist "
        "metric-labels-allowlist resources".split()
    ),
    credentials=frozenset(("kubeconfig", "apiserver")),
)
# The names of flags in the file of --config, and their types, from pkg/options/options.go.
_OPTIONS = by_word(
    {
        bool: "auth_filter",
        dict: "annotations_allow_list labels_allow_list metric_allowlist metric_denylist "
        "metric_opt_in_list resources",
        int: "object_limit port shard telemetry_port total_shards",
        list: "namespaces namespaces_denylist",
        str: "apiserver custom_resource_config custom_resource_state_config_file host kubeconfig "
        "namespace pod server_idle_timeout server_read_header_timeout server_read_timeout "
        "server_write_timeout telemetry_host tls_config",
    }
)
_OTHER_NAMES = {
    "annotations_allow_list": "metric-annotations-allowlist",
    "custom_resource_config": "custom-resource-state-config",
    "labels_allow_list": "metric-labels-allowlist",
    "namespace": "pod-namespace",
}
# A bare Pod is one without an owner.
_NEVER_OF_A_STATEFUL_SET = frozenset(
    "CronJob DaemonSet Deployment DeploymentConfig Job Pod ReplicaSet ReplicationController "
    "Rollout".split()
)

# The first releases that differ; an unknown version may be any of these.
_ERAS: tuple[Version, ...] = ((2, 12, 0), (2, 13, 0), (2, 14, 0), (2, 18, 0), (2, 19, 0))

# Resources, from internal/store/builder.go. Validate of pkg/options runs only after the server has
# ended, so its rules about --node and resources have no effect.
_ALWAYS = frozenset(
    "certificatesigningrequests configmaps cronjobs daemonsets deployments endpoints "
    "horizontalpodautoscalers ingresses jobs leases limitranges mutatingwebhookconfigurations "
    "namespaces networkpolicies nodes persistentvolumeclaims persistentvolumes "
    "poddisruptionbudgets pods replicasets replicationcontrollers resourcequotas secrets services "
    "statefulsets storageclasses validatingwebhookconfigurations volumeattachments".split()
)
_RESOURCES_SINCE = by_word(
    {
        (2, 6, 0): "clusterrolebindings clusterroles rolebindings roles serviceaccounts",
        (2, 7, 0): "ingressclasses",
        (2, 8, 0): "endpointslices",
        (2, 20, 0): "mutatingadmissionpolicies mutatingadmissionpolicybindings "
        "validatingadmissionpolicies validatingadmissionpolicybindings",
    }
)
_RESOURCES_UNTIL: dict[str, Version] = {"verticalpodautoscalers": (2, 9, 0)}

# The flags with patterns of metrics, and the most repetitions in one.
_PATTERNS = ("metric-allowlist", "metric-denylist", "metric-opt-in-list")
_MOST_REPETITIONS = 1000
# The flags with lists of labels whose resources are looked up, and since which release.
_LISTS: dict[str, Version] = {
    "metric-labels-allowlist": (2, 7, 0),
    "metric-annotations-allowlist": (2, 13, 0),
}
# From this release on, a label has one wildcard at most.
_ONE_WILDCARD_SINCE: Version = (2, 20, 0)


def _listen(invocation: Invocation) -> ListenAnalysis:
    """Return the listeners that the flags of an invocation imply. Raises Stopped."""
    line = _configured(read_line(invocation, _RELEASES), invocation)
    _check_values(line, invocation)
    _check_files(line, invocation)
    _check_resources(line, invocation.version)
    return _listeners(line, invocation, _web_config(line, invocation))


def _configured(line: CommandLine, invocation: Invocation) -> CommandLine:
    """Return the flags, overridden by the file of --config from 2.7.0 on."""
    config = line.given("config")
    if config is None:
        return line
    if config.is_hidden:
        raise unknown(OPTION_FILE, config.written)
    file = invocation.files.read(config.value)
    if file.state == ELSEWHERE:
        raise unknown(OPTION_FILE, config.value)
    if file.state == ABSENT:
        if line.is_on("continue-without-config") is not False:
            return line
        raise exits(MISSING_FILE, config.value)
    values = read_yaml(file.text)
    values = {} if values is None else values
    if not isinstance(values, dict):
        raise exits(BAD_FILE, config.value)
    said = tuple(_options(values, config, invocation.version))
    replaced = {flag.name for flag in said if flag.value}
    return line._replace(flags=(*(f for f in line.flags if f.name not in replaced), *said))


def _options(values: dict[object, object], config: Flag, version: Version | None) -> Iterator[Flag]:
    for option, kind in _OPTIONS.items():
        value, name = values.get(option), _OTHER_NAMES.get(option, option.replace("_", "-"))
        if value is None or not _RELEASES.has(name, version):
            continue
        # It exits, or waits until the file is corrected and listens nowhere until then.
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise exits(BAD_FILE, config.value)
        flag = Flag(name, _as_flag(name, value), config.arguments)
        if not is_of_type(flag, name, _RELEASES):
            raise exits(BAD_FILE, config.value)
        yield flag


def _as_flag(name: str, value: object) -> str:
    if not isinstance(value, dict | list):
        return str(value)
    if name not in _LISTS or not isinstance(value, dict):
        return ",".join(map(str, value))
    labels = {key: ",".join(map(str, list_at(value, (key,)))) for key in map(str, value)}
    return ",".join(f"{key}=[{listed}]" for key, listed in labels.items())


def _check_values(line: CommandLine, invocation: Invocation) -> None:
    allowed, denied, chosen = map(line.known, _PATTERNS)
    if allowed and denied:
        raise exits(BOTH_LISTS, "--metric-denylist")
    server = line.given("apiserver")
    if server and server.value.startswith("https:") and not line.given("kubeconfig"):
        # Without a kubeconfig it has neither the certificate of the API server nor a token.
        raise refused(server, UNVERIFIED)
    shards_itself = line.given("pod") and line.given("pod-namespace")
    if shards_itself and invocation.workload in _NEVER_OF_A_STATEFUL_SET:
        raise exits(NO_STATEFUL_SET, "--pod")
    resources = line.known("custom-resource-state-config")
    if resources and not _is_resource_config(resources.value):
        raise exits(BAD_VALUE, "--custom-resource-state-config")
    ratio = line.known("auto-gomemlimit-ratio")
    if ratio and line.is_on("auto-gomemlimit") and not 0 < float(ratio.value) <= 1:
        raise refused(ratio)
    _check_labels(line, invocation.version)
    for each in filter(None, (allowed, denied, chosen)):
        for pattern in each.value.split(","):
            _check_pattern(pattern.strip(), each)


def _check_labels(line: CommandLine, version: Version | None) -> None:
    for flag in (each for each in line.flags if each.name in _LISTS and not each.is_hidden):
        labels = _read_labels(flag.value)
        if labels is None:
            raise refused(flag)
        if any(label.count("*") > 1 for listed in labels.values() for label in listed):
            if version is not None and version >= _ONE_WILDCARD_SINCE:
                raise refused(flag)
            # Release 2.19 is not measured.
            if version is None or version >= (2, 19, 0):
                raise unknown(UNKNOWN_TO_SOME, flag.written)


def _read_labels(text: str) -> dict[str, list[str]] | None:
    """Return the labels of each resource as LabelsAllowList.Set reads them; None if it refuses."""
    found: dict[str, list[str]] = {}
    name, start = "", 0
    for index, sign in enumerate(text):
        if sign not in "=[],":
            continue
        before, after = text[max(0, index - 1)], text[index + 1 : index + 2]
        is_sound = {
            "=": before != "," and after == "[",
            "[": before == "=",
            "]": after in ("", ","),
            ",": before != "," and after not in ("", "]"),
        }
        if not is_sound[sign]:
            return None
        word = text[start:index].strip()
        if sign == "=":
            name = word
            found[name] = []
        elif (sign, before) not in (("[", "="), ("]", "["), (",", "]")):
            found.setdefault(name, []).append(word)
        start = index + 1
    return found


def _check_pattern(pattern: str, flag: Flag) -> None:
    # What Python's patterns have and those of Go (RE2) lack: references, look-around, comments,
    # quantifiers that give nothing back, and long repetitions.
    plain = pattern.replace("\\\\", "a")
    bare = re.sub(r"\[\^?\]?[^\]]*\]", "a", re.sub(r"\\.", "a", plain))
    counts = re.findall(r"(?<=[{,])0*(\d+)(?=[,}])", bare)
    if (
        re.search(r"\\(?:[1-9](?![0-7])|[ZNuU])", plain)
        or re.search(r"\(\?(?:[=!#>(]|<[=!]|P[=>]|[a-zA-Z]*[aLux])|(?:[*+?]|\{[\d,]+\})\+", bare)
        or any(len(count) > 4 or int(count) > _MOST_REPETITIONS for count in counts)
    ):
        raise refused(flag)
    # What Go's patterns have and those of Python lack, as far as people use it.
    known = re.sub(r"\[:\^?\w+:\]|\\[pP](?:\w|\{\^?\w+\})|\\z", "a", pattern)
    try:
        re.compile(known)
    except re.error:
        raise unknown(UNREADABLE) from None


def _check_files(line: CommandLine, invocation: Invocation) -> None:
    kubeconfig = line.known("kubeconfig")
    if kubeconfig:
        read_file(kubeconfig.value, invocation)
    config = line.known("custom-resource-state-config-file")
    if config is None:
        return
    if line.is_on("continue-without-custom-resource-state-config-file") is False:
        file = read_file(config.value, invocation)
    else:
        file = invocation.files.read(config.value)
    if file.state == FOUND and not _is_resource_config(file.text):
        raise exits(BAD_FILE, config.value)


def _web_config(line: CommandLine, invocation: Invocation) -> WebConfig:
    config = line.given("tls-config")
    if config is None:
        return WebConfig()
    if config.is_hidden:
        return WebConfig(None, config.value)
    return read_web_config(config.value, invocation)


def _listeners(line: CommandLine, invocation: Invocation, web: WebConfig) -> ListenAnalysis:
    version = invocation.version
    listeners, hidden = [], []
    default_ports = _default_ports(invocation)
    for name, prefix, default in zip(
        (_MAIN, _TELEMETRY), ("", "telemetry-"), default_ports, strict=True
    ):
        host, port = line.last(f"{prefix}host"), line.last(f"{prefix}port")
        number: int | None = default
        if port:
            number = 0 if port.is_hidden else go_int(port.value)
            if number is None or not 0 <= number < 65536:
                await_port(port.value)
                raise refused(port, BAD_ADDRESS)
        address = read_address(host.value if host else _default_host(version))
        # kube-state-metrics adds brackets around the host once more.
        if host and (host.value[:1] == "[" or is_no_host(address)):
            raise refused(host, BAD_ADDRESS)
        if not number:
            hidden.append(VARIABLE if port and port.is_hidden else UNREADABLE)
            continue
        proof = host or port
        source = proof.argument.pointer if proof else invocation.container.pointer
        tables = _route_tables(name, version, auth_filter=line.is_on("auth-filter"))
        place = invocation.place, _NAME, name, address, number, web.tls, tables, None, source
        listeners.append(Listener(*place, tls_file=web.file, demands=web.demands))
    return ListenAnalysis(tuple(listeners), hidden[0]) if hidden else bound(listeners)


def _is_resource_config(text: str) -> bool:
    # As far as its outermost fields go: pkg/customresourcestate, Metrics. Comments alone are no
    # text.
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
    # As in the chart: its readinessProbe asks for /readyz if the release serves that.
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
    # The landing page answered every other path until exporter-toolkit 0.13.1.
    return RouteTable(tuple(routes), MISSING if version >= (2, 14, 0) else LANDING)


def _default_host(version: Version | None) -> str:
    return "0.0.0.0" if version is not None and version < (2, 1, 0) else "::"


def _default_ports(invocation: Invocation) -> tuple[int, int]:
    # 1.x binaries default to 80 and 81; its image's entrypoint, which `command` replaces, does not.
    old = invocation.version is not None and invocation.version < (2, 0, 0)
    return (80, 81) if old and invocation.container.command else (8080, 8081)


def _check_resources(line: CommandLine, version: Version | None) -> None:
    if version is None or not _RELEASES.oldest <= version <= _RELEASES.newest:
        return
    # The files of these flags add resources.
    if any(flag.name.startswith("custom-resource") for flag in line.flags):
        return
    values = (flag.value for flag in line.flags if flag.name == "resources")
    names = [name.strip() for value in values for name in value.split(",") if name.strip()]
    for listed in (line.last(name) for name, since in _LISTS.items() if version >= since):
        labels = (_read_labels(listed.value) if listed else None) or {}
        if listed and "" in labels:
            raise refused(listed)
        names += (name for name in labels if name != "*")
    for name in names:
        if HIDDEN not in name and not _is_known(name, version):
            raise exits(UNKNOWN_RESOURCE, name)


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
    binary="/kube-state-metrics",
    flag_set=_FLAGS,
    listen=_listen,
    health_path=_health_path,
    health_listener=_health_listener,
    main=_MAIN,
    binding=_binding,
)
