"""What ends a program at its start, or keeps from knowing whether it does, by flags and files.

The files of the programs name the sources of these facts.
"""

from __future__ import annotations

import json
from typing import NamedTuple

import pytest

from fix_ksm_probes.manifests.index import Index
from fix_ksm_probes.manifests.pod import read_pod
from fix_ksm_probes.manifests.stream import read_stream
from fix_ksm_probes.manifests.workload import find_workloads
from fix_ksm_probes.programs import identify_programs, listeners
from fix_ksm_probes.programs.listeners import ListenAnalysis
from fix_ksm_probes.yamlpatch import parse

KSM = "registry.example/kube-state-metrics/kube-state-metrics:v2.18.0"
KRP = "registry.example/brancz/kube-rbac-proxy:v0.18.1"
GUARDING = ("--secure-listen-address=:8443", "--upstream=http://127.0.0.1:8080/")
FILE = "/etc/file/text"
SUITE = "TLS_RSA_WITH_AES_128_CBC_SHA"
HASH = "$2y$10$" + 53 * "a"
# As comments of a file of YAML.
PEM = "# -----BEGIN CERTIFICATE-----\n# -----BEGIN PRIVATE KEY-----\n"
SECURE = f"{PEM}tls_server_config:\n  cert_file: text\n  key_file: text\n"
PAIR = "cert_file: /a/cert\n  key_file: /a/key\n"


class Row(NamedTuple):
    """Arguments, why the program ends with them, and what is to blame; or why that is not known.

    `file` is the content of FILE, which is not there where it is None.
    """

    arguments: tuple[str, ...]
    why: str
    culprit: str
    file: str | None = None


OF_THE_PROXY = [
    Row(('--ignore-paths=/a"',), listeners.BAD_VALUE, "--ignore-paths"),
    Row(("--ignore-paths=$(HIDDEN)",), listeners.VARIABLE, ""),
    Row(("$(HIDDEN)",), listeners.VARIABLE, ""),
    Row(("--proxy-endpoints-port=$(HIDDEN)",), listeners.VARIABLE, ""),
    Row(("--proxy-endpoints-port=65536",), listeners.BAD_VALUE, "--proxy-endpoints-port=65536"),
    Row(("--proxy-endpoints-port=8443",), listeners.SAME_PORT, "8443"),
    Row(("--insecure-listen-address=$(HIDDEN)",), listeners.VARIABLE, ""),
    Row(("--kube-api-qps=5",), listeners.ALONE, "--kube-api-qps=5"),
    Row(("--kube-api-qps=5", "--kube-api-burst=0"), listeners.BAD_VALUE, "--kube-api-burst=0"),
    Row(("--kube-api-qps=5", "--kube-api-burst=9"), "", ""),
    Row(("--oidc-issuer=http://a",), listeners.BAD_VALUE, "--oidc-issuer=http://a"),
    Row(("--oidc-issuer=https://a",), listeners.ALONE, "--oidc-issuer=https://a"),
    Row(("--vmodule=a",), listeners.BAD_VALUE, "--vmodule=a"),
    Row(("--stderrthreshold=high", "--log-backtrace-at=:0"), "", ""),
    Row(("--resource-attributes=a",), listeners.UNKNOWN_FLAG, "--resource-attributes"),
    Row(("--tls-min-version=TLS1",), listeners.BAD_VALUE, "--tls-min-version=TLS1"),
    Row(("--tls-cert-file=/a",), listeners.ALONE, "--tls-cert-file=/a"),
    Row(("--tls-cipher-suites=A",), listeners.BAD_VALUE, "A"),
    Row((f"--tls-cipher-suites={SUITE}",), listeners.BAD_VALUE, f"--tls-cipher-suites={SUITE}"),
    Row((f"--tls-cipher-suites={SUITE}", "--http2-disable"), "", ""),
    Row((f"--tls-cipher-suites={SUITE}", "--tls-min-version=VersionTLS13"), "", ""),
    Row((f"--client-ca-file={FILE}",), listeners.MISSING_FILE, FILE),
    Row((f"--client-ca-file={FILE}",), listeners.BAD_FILE, FILE, "a"),
    Row((f"--config-file={FILE}",), listeners.BAD_FILE, FILE, "a: b"),
    Row((f"--config-file={FILE}",), "", "", "authorization: {}"),
    Row((f"--config-file={FILE}",), "", "", "Authorization: {static: [{path: /a}]}"),
    Row((f"--config-file={FILE}",), "", "", "authorization: {static: [{resourceRequest: true}]}"),
    *(
        Row((f"--config-file={FILE}",), listeners.BAD_FILE, FILE, f"authorization: {each}")
        for each in (
            "",
            "{resourceAttributes: []}",
            "{rewrites: a}",
            "{static: {user: {name: a}}}",
            "{static: [a]}",
            "{static: [{user: {name: a}}]}",
            "{static: [{resourceRequest: true, path: /a}]}",
        )
    ),
    Row(("--upstream-force-h2c=false",), "", ""),
]
OF_THE_EXPORTER = [
    Row(("$(HIDDEN)",), listeners.VARIABLE, ""),
    Row(("--port=0",), listeners.UNREADABLE, ""),
    Row(("--port=$(HIDDEN)",), listeners.VARIABLE, ""),
    Row(("--port=65536",), listeners.BAD_ADDRESS, "--port=65536"),
    Row(("--telemetry-host=[::1]",), listeners.BAD_ADDRESS, "--telemetry-host=[::1]"),
    Row(("--port=8081",), listeners.SAME_PORT, "8081"),
    Row(("--telemetry-host=*",), listeners.BAD_ADDRESS, "--telemetry-host=*"),
    Row(("--host=0",), listeners.BAD_ADDRESS, "--host=0"),
    Row(("--host=0.0.0.0\n",), listeners.BAD_ADDRESS, "--host=0.0.0.0\n"),
    Row(("--host=my_host",), "", ""),
    Row(("--metric-allowlist=a(",), listeners.UNREADABLE, ""),
    Row(("--metric-allowlist=b,(?!a)",), listeners.BAD_VALUE, "--metric-allowlist=b,(?!a)"),
    Row((r"--metric-denylist=(a)\1",), listeners.BAD_VALUE, r"--metric-denylist=(a)\1"),
    Row((r"--metric-denylist=a\Z",), listeners.BAD_VALUE, r"--metric-denylist=a\Z"),
    Row(("--metric-denylist=a++",), listeners.BAD_VALUE, "--metric-denylist=a++"),
    Row(("--metric-denylist=a{1001}",), listeners.BAD_VALUE, "--metric-denylist=a{1001}"),
    Row(("--metric-opt-in-list=(?<=a)b",), listeners.BAD_VALUE, "--metric-opt-in-list=(?<=a)b"),
    Row((r"--metric-allowlist=\++[+]+(?P<a>b)\pL[[:alpha:]]{3}a+?\\1",), "", ""),
    Row(
        ("--metric-labels-allowlist=pods=a",),
        listeners.BAD_VALUE,
        "--metric-labels-allowlist=pods=a",
    ),
    Row(
        ("--metric-labels-allowlist=pods,nodes",),
        listeners.BAD_VALUE,
        "--metric-labels-allowlist=pods,nodes",
    ),
    Row(
        ('--metric-annotations-allowlist="pods=[*]"',),
        listeners.BAD_VALUE,
        '--metric-annotations-allowlist="pods=[*]"',
    ),
    Row(
        ("--metric-annotations-allowlist=pods=[*],",),
        listeners.BAD_VALUE,
        "--metric-annotations-allowlist=pods=[*],",
    ),
    Row(("--metric-labels-allowlist=pods=[a*b*], nodes=[],jobs=[a, b]",), "", ""),
    Row(("--metric-labels-allowlist=pods=$(HIDDEN)",), "", ""),
    Row(
        ("--auto-gomemlimit", "--auto-gomemlimit-ratio=2"),
        listeners.BAD_VALUE,
        "--auto-gomemlimit-ratio=2",
    ),
    Row(("--auto-gomemlimit-ratio=2",), "", ""),
    Row(("--stderrthreshold=high",), listeners.BAD_VALUE, "--stderrthreshold=high"),
    Row(("--stderrthreshold=warning", "--log_backtrace_at=a.go:1", "--vmodule=a=1,,b=2,"), "", ""),
    Row(("--log_backtrace_at=:0",), listeners.BAD_VALUE, "--log_backtrace_at=:0"),
    Row(("--vmodule=a",), listeners.BAD_VALUE, "--vmodule=a"),
    Row(("--metric-allowlist=a", "--metric-denylist=b"), listeners.BOTH_LISTS, "--metric-denylist"),
    Row(("--pod=a", "--pod-namespace=b"), listeners.NO_STATEFUL_SET, "--pod"),
    Row(("--resources=pods,tides",), listeners.UNKNOWN_RESOURCE, "tides"),
    Row(
        ("--metric-labels-allowlist=pods=[a],tides=[*]",),
        listeners.UNKNOWN_RESOURCE,
        "tides",
    ),
    Row(("--resources=tides", "--custom-resource-state-config=spec: {}"), "", ""),
    Row(
        ("--custom-resource-state-config=spec: 1",),
        listeners.BAD_VALUE,
        "--custom-resource-state-config",
    ),
    Row(("--custom-resource-state-config=spec:",), "", ""),
    Row((f"--kubeconfig={FILE}",), listeners.MISSING_FILE, FILE),
    Row((f"--custom-resource-state-config-file={FILE}",), listeners.MISSING_FILE, FILE),
    Row((f"--custom-resource-state-config-file={FILE}",), listeners.BAD_FILE, FILE, "# none"),
    Row((f"--config={FILE}",), listeners.MISSING_FILE, FILE),
    Row((f"--config={FILE}", "--continue-without-config"), "", ""),
    Row((f"--config={FILE}",), listeners.BAD_FILE, FILE, "[]"),
    Row((f"--config={FILE}",), listeners.BAD_FILE, FILE, "port: a"),
    Row((f"--config={FILE}",), listeners.BAD_FILE, FILE, "port: true"),
    Row((f"--config={FILE}",), listeners.SAME_PORT, "8081", "port: 8081"),
    Row(("--config=$(HIDDEN)",), listeners.OPTION_FILE, "--config=$(HIDDEN)"),
    Row(("--tls-config=$(HIDDEN)",), "", ""),
    Row((f"--tls-config={FILE}",), listeners.MISSING_FILE, FILE),
    Row((f"--tls-config={FILE}",), "", "", "# none"),
    Row((f"--tls-config={FILE}",), listeners.BAD_FILE, FILE, "[]"),
    Row((f"--tls-config={FILE}",), listeners.BAD_FILE, FILE, "a: [unclosed"),
    Row((f"--tls-config={FILE}",), listeners.BAD_FILE, FILE, "tls: {}"),
    Row((f"--tls-config={FILE}",), listeners.BAD_FILE, FILE, "tls_server_config: []"),
    Row((f"--tls-config={FILE}",), listeners.BAD_FILE, FILE, "tls_server_config: {port: 1}"),
    Row((f"--tls-config={FILE}",), listeners.BAD_FILE, FILE, "tls_server_config: {cert: a}"),
    Row((f"--tls-config={FILE}",), listeners.BAD_FILE, FILE, "basic_auth_users: {a: b}"),
    Row((f"--tls-config={FILE}",), "", "", f"basic_auth_users: {{a: {HASH}}}"),
    Row(
        (f"--tls-config={FILE}",),
        listeners.UNMOUNTED_FILE,
        "/a/cert",
        f"tls_server_config:\n  {PAIR}",
    ),
    Row(
        (f"--tls-config={FILE}",),
        "",
        "",
        SECURE,
    ),
    Row(
        (f"--tls-config={FILE}",),
        listeners.MISSING_FILE,
        "/etc/file/key",
        "tls_server_config: {cert_file: text, key_file: key}",
    ),
    Row((f"--config={FILE}",), listeners.BAD_FILE, FILE, "shard: a"),
    Row((f"--config={FILE}",), listeners.BAD_FILE, FILE, "namespaces: a,b"),
    Row((f"--config={FILE}",), listeners.BAD_FILE, FILE, "server_read_timeout: 5"),
    Row((f"--config={FILE}",), listeners.BAD_FILE, FILE, "server_read_timeout: '5'"),
    Row((f"--config={FILE}",), "", "", "server_read_timeout: 5s\nnamespaces: [a]"),
    Row((f"--config={FILE}",), listeners.BAD_FILE, FILE, "labels_allow_list: pods"),
    Row(
        (f"--config={FILE}",),
        listeners.UNKNOWN_RESOURCE,
        "tides",
        "labels_allow_list: {tides: [a]}",
    ),
    Row((f"--config={FILE}",), "", "", "labels_allow_list: {pods: [a, b], nodes: ['*'], jobs: []}"),
    *(
        Row((f"--tls-config={FILE}",), listeners.BAD_FILE, FILE, f"{SECURE}{more}")
        for more in (
            "  min_version: '1.2'",
            "  cipher_suites: [AES]",
            "  cipher_suites: [TLS_AES_128_GCM_SHA256]",
            "  cipher_suites: AES",
            "  cipher_suites: [{a: b}]",
            "  curve_preferences: [P256]",
            "  curve_preferences: [{a: b}]",
            "http_server_config: {headers: {X-Frame-Options: DENY}}",
            "http_server_config: {headers: {X-Mine: a}}",
            "http_server_config: {port: 1}",
            "rate_limit: {rate: 1}",
        )
    ),
    *(
        Row((f"--tls-config={FILE}",), "", "", f"{SECURE}{more}")
        for more in (
            "  min_version: TLS12\n  max_version: TLS13\n  curve_preferences: [CurveP256]",
            "  cipher_suites: [TLS_AES_128_GCM_SHA256]\n  min_version: TLS13",
            "  cipher_suites: [TLS_AES_128_GCM_SHA256]\nhttp_server_config: {http2: false}",
            "http_server_config: {headers: {X-Frame-Options: deny, X-XSS-Protection: '0'}}",
            "rate_limit: {burst: 1, interval: 1s}",
        )
    ),
    Row((f"--tls-config={FILE}",), listeners.BAD_FILE, "text", SECURE.replace("PRIVATE", "PUBLIC")),
    Row(
        (f"--tls-config={FILE}",),
        listeners.UNKNOWN_TO_SOME,
        "TLS_RSA_WITH_AES_128_CBC_SHA",
        f"{SECURE}  cipher_suites: [TLS_RSA_WITH_AES_128_CBC_SHA]",
    ),
    Row(
        (f"--tls-config={FILE}",), listeners.BAD_FILE, FILE, "tls_server_config: {cert: a, key: b}"
    ),
]


def _analysis(image: str, row: Row, before: tuple[str, ...] = ()) -> ListenAnalysis:
    container = {
        "name": "a",
        "image": image,
        "args": [*before, *row.arguments],
        "env": [{"name": "HIDDEN", "valueFrom": {"secretKeyRef": {"name": "b", "key": "c"}}}],
        "volumeMounts": [{"name": "file", "mountPath": "/etc/file"}],
    }
    volumes = [{"name": "file", "configMap": {"name": "file"}}]
    spec = {"containers": [container], "volumes": volumes}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "a"},
        "spec": {"template": {"spec": spec}},
    }
    files = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "file"},
        "data": {} if row.file is None else {"text": row.file},
    }
    documents = parse("---\n".join(f"{json.dumps(each)}\n" for each in (deployment, files)))
    items = tuple(read_stream(documents).items)
    (workload,) = find_workloads(items[0])
    (process,) = identify_programs(read_pod(workload), workload, Index(items))
    return process.analysis


def _named(row: Row) -> str:
    return f"{' '.join(row.arguments)} {row.file or ''}".strip()


@pytest.mark.parametrize(
    ("image", "row", "before"),
    [
        *(pytest.param(KRP, row, GUARDING, id=_named(row)) for row in OF_THE_PROXY),
        *(pytest.param(KSM, row, (), id=_named(row)) for row in OF_THE_EXPORTER),
    ],
)
def test_what_ends_a_program(image: str, row: Row, before: tuple[str, ...]) -> None:
    """The reason and the culprit, or neither if the program runs."""
    found = _analysis(image, row, before)

    assert (found.exits or found.indeterminate, found.culprit) == (row.why, row.culprit)
    assert bool(found.listeners) == (not row.why) or found.indeterminate


def test_flags_come_and_go_with_releases() -> None:
    """A release exits at a flag of another release.

    A flag of no release may be one of another build.
    """
    row, foreign = Row(("--auth-filter",), "", ""), Row(("--tides",), "", "")
    old, other = KSM.replace("18.0", "15.0"), KSM.replace("v2.18.0", "main")

    assert _analysis(KSM, row).exits == ""
    assert _analysis(old, row).exits == listeners.UNKNOWN_FLAG
    assert _analysis(KSM, foreign).exits == listeners.UNKNOWN_FLAG
    assert _analysis(other, row).listeners
    assert _analysis(other, foreign).indeterminate == listeners.UNKNOWN_BUILD


def test_an_issuer_needs_its_roots_up_to_0_19() -> None:
    """Later releases use the roots of the host instead of the file."""
    row = Row(("--oidc-issuer=https://a", "--oidc-clientID=b"), "", "")
    later = KRP.replace("18.1", "19.0")

    assert _analysis(KRP, row, GUARDING).exits == listeners.ALONE
    assert _analysis(later, row, GUARDING).exits == ""


@pytest.mark.parametrize("argument", ["--stderrthreshold=high", "--log-backtrace-at=:0"])
def test_klog_reads_its_flags_until_it_is_gone(argument: str) -> None:
    """A proxy before 0.16.0 refuses what later ones ignore."""
    row = Row((argument,), listeners.BAD_VALUE, argument)
    old = KRP.replace("v0.18.1", "v0.15.0")

    assert _analysis(old, row, GUARDING) == ListenAnalysis(exits=row.why, culprit=argument)
    assert _analysis(KRP, row, GUARDING).exits == ""
