"""The resources of a platform, kind by kind, of the sizes and spellings that they have there."""

from __future__ import annotations

import base64
import json
from random import Random

from benchmarks.manifests import Manifest, indented
from benchmarks.prose import paragraph, sentences

_QUANTITY = r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|m)$"
_ISNT_READY = "Pod {{ $labels.namespace }}/{{ $labels.pod }} isn''t ready: {{ $value }} times."
_LEAVES = (
    ["type: string"],
    ["format: int32", "type: integer"],
    ['default: ""', "enum:", '- ""', "- Always", "type: string"],
    ["items:", "  type: string", "type: array", "x-kubernetes-list-type: atomic"],
    ["anyOf:", "- type: integer", "- type: string", f"pattern: {_QUANTITY}"],
)
TEAMS = ("billing", "checkout", "search", "data", "identity", "monitoring", "edge")


def _head(api: str, kind: str, name: str, index: int) -> list[str]:
    """Return what every resource begins with: kustomize and kpt count items in annotations."""
    team = TEAMS[index % len(TEAMS)]
    return [
        f"apiVersion: {api}",
        f"kind: {kind}",
        "metadata:",
        "  annotations:",
        f"    config.kubernetes.io/index: '{index}'",
        f'    internal.config.kubernetes.io/path: "apps/{team}/{name}.yaml"',
        "  labels:",
        "    app.kubernetes.io/managed-by: Helm",
        f"    app.kubernetes.io/name: {name}",
        f"    team: {team}",
        f"  name: {name}",
        f"  namespace: {team}",
    ]


def _container(random: Random, name: str, variables: int) -> list[str]:
    lines = [
        "- args:",
        "  - --listen=:8080",
        f"  - --log-level={random.choice(('info', 'debug', 'warn'))}",
        f'  - "--greeting=Hello, {name}"',
        f'  command: ["/bin/{name}", "serve"]',
        "  env:",
        "  - name: POD_IP",
        "    valueFrom:",
        "      fieldRef:",
        "        fieldPath: status.podIP",
    ]
    for number in range(variables):
        value = random.choice(
            ('"true"', "'8080'", f"http://{name}.svc:80{number:02}/v1", '""', "a plain value")
        )
        lines += [f"  - name: SETTING_{number}", f"    value: {value}"]
    lines += [
        f"  image: registry.example.com/{name}:v1.{random.randrange(40)}.0",
        "  livenessProbe:",
        "    httpGet: {path: /healthz, port: http}",
        f"  name: {name}",
        "  ports:",
        "  - containerPort: 8080",
        "    name: http",
        "  readinessProbe:",
        "    httpGet:",
        "      path: /ready",
        "      port: http",
        "    periodSeconds: 5",
        "  resources:",
        "    limits: {cpu: 500m, memory: 512Mi}",
        "    requests: {cpu: 50m, memory: 128Mi}",
        "  securityContext:",
        "    capabilities:",
        '      drop: ["ALL"]',
        "  volumeMounts: []",
    ]
    return lines


def _deployment(index: int, name: str, containers: list[str]) -> Manifest:
    return (
        *_head("apps/v1", "Deployment", name, index),
        "spec:",
        "  replicas: 2",
        "  selector:",
        "    matchLabels:",
        f"      app.kubernetes.io/name: {name}",
        "  template:",
        "    metadata:",
        "      annotations:",
        '        prometheus.io/scrape: "true"',
        "      labels:",
        f"        app.kubernetes.io/name: {name}",
        "    spec:",
        "      containers:",
        *indented(containers, 6),
        "      nodeSelector: {}",
        f"      serviceAccountName: {name}",
        "      tolerations: []",
    )


def deployment(random: Random, index: int) -> Manifest:
    """Return a Deployment of one to three containers."""
    name = f"app-{index}"
    containers: list[str] = []
    for number in range(random.randint(1, 3)):
        containers += _container(random, f"{name}-{number}", random.randrange(20))
    return _deployment(index, name, containers)


def long_env(random: Random, index: int) -> Manifest:
    """Return a Deployment of one container with some hundred variables."""
    return _deployment(index, f"app-{index}", _container(random, f"app-{index}", 220))


def operator(random: Random, index: int) -> Manifest:
    """Return an operator as kubebuilder scaffolds it: its metrics are behind kube-rbac-proxy."""
    name = f"operator-{index}"
    proxy = [
        "- args:",
        "  - --secure-listen-address=0.0.0.0:8443",
        "  - --upstream=http://127.0.0.1:8080/",
        "  - --logtostderr=true",
        "  - --v=0",
        "  image: gcr.io/kubebuilder/kube-rbac-proxy:v0.13.1",
        "  name: kube-rbac-proxy",
        "  ports:",
        "  - containerPort: 8443",
        "    name: https",
        "    protocol: TCP",
    ]
    return _deployment(index, name, [*proxy, *_container(random, name, 6)])


def service(random: Random, index: int) -> Manifest:
    """Return a Service."""
    return (
        *_head("v1", "Service", f"app-{index}", index),
        "spec:",
        "  ports:",
        "  - name: http",
        f"    port: {random.choice((80, 8080))}",
        "    targetPort: http",
        "  selector:",
        f"    app.kubernetes.io/name: app-{index}",
        "  type: ClusterIP",
    )


def account(_: Random, index: int) -> Manifest:
    """Return a ServiceAccount."""
    head = _head("v1", "ServiceAccount", f"app-{index}", index)
    return (*head, "automountServiceAccountToken: false")


def role(random: Random, index: int) -> Manifest:
    """Return a Role of some rules."""
    lines = _head("rbac.authorization.k8s.io/v1", "Role", f"app-{index}", index)
    lines.append("rules:")
    for _ in range(random.randint(1, 8)):
        lines += ["- apiGroups:", '  - ""', "  resources: [pods, configmaps]", "  verbs:"]
        lines += ["  - get", "  - list", "  - watch"]
    return tuple(lines)


def network_policy(_: Random, index: int) -> Manifest:
    """Return a NetworkPolicy in flow style."""
    return (
        *_head("networking.k8s.io/v1", "NetworkPolicy", f"app-{index}", index),
        "spec:",
        f"  podSelector: {{matchLabels: {{app.kubernetes.io/name: app-{index}}}}}",
        "  ingress:",
        "  - from: [{namespaceSelector: {}}, {podSelector: {matchLabels: {role: edge}}}]",
        '    ports: [{port: 8080, protocol: TCP}, {port: "metrics"}]',
        "  policyTypes: [Ingress]",
    )


def monitor(_: Random, index: int) -> Manifest:
    """Return a ServiceMonitor."""
    return (
        *_head("monitoring.coreos.com/v1", "ServiceMonitor", f"app-{index}", index),
        "spec:",
        "  endpoints:",
        "  - interval: 30s",
        "    metricRelabelings:",
        "    - action: drop",
        "      regex: 'go_(gc|memstats)_.*'",
        "      sourceLabels: [__name__]",
        "    port: http",
        "  selector:",
        "    matchLabels:",
        f"      app.kubernetes.io/name: app-{index}",
    )


def script(random: Random, index: int) -> Manifest:
    """Return a ConfigMap with shell scripts."""
    lines = [*_head("v1", "ConfigMap", f"scripts-{index}", index), "data:"]
    for number in range(random.randint(1, 3)):
        lines += [f"  step-{number}.sh: |", "    #!/bin/sh", "    set -eu", ""]
        for _ in range(random.randint(10, 40)):
            lines += [
                f"    # {random.choice(sentences(random, 1))}",
                '    if [ -z "${HOME:-}" ]; then',
                "      echo 'no home' >&2",
                "    fi",
                "    run() {",
                '      exec "$@" -- --config="/etc/app/$1.yaml" {a,b}',
                "    }",
                "",
            ]
    return tuple(lines)


def settings(random: Random, index: int) -> Manifest:
    """Return a ConfigMap with a program's own YAML, comments and all."""
    lines = [*_head("v1", "ConfigMap", f"settings-{index}", index), "data:"]
    lines += ['  debug: "false"', "  level: info", "  application.yaml: |"]
    for number in range(random.randint(20, 80)):
        lines += [
            f"    # {random.choice(sentences(random, 1))}",
            f"    feature-{number}:",
            '      enabled: "yes"',
            "      hosts:",
            f"      - https://feature-{number}.example.com:8443/v1?a=b&c=d",
        ]
    return tuple(lines)


def secret(random: Random, index: int) -> Manifest:
    """Return a Secret with keys and certificates, base64 in one line."""
    lines = [*_head("v1", "Secret", f"secret-{index}", index), "data:"]
    for number in range(random.randint(1, 4)):
        raw = base64.b64encode(random.randbytes(random.randint(20, 2000))).decode()
        lines.append(f"  key-{number}: {raw}")
    return (*lines, "type: Opaque")


def _panel(random: Random, number: int) -> dict[str, object]:
    return {
        "datasource": {"type": "prometheus", "uid": "$datasource"},
        "description": " ".join(sentences(random, 1)),
        "fieldConfig": {"defaults": {"unit": "short", "min": 0}, "overrides": []},
        "gridPos": {"h": 8, "w": 12, "x": 0, "y": 8 * number},
        "id": number,
        "targets": [
            {
                "expr": 'sum(kube_pod_info{job="kube-state-metrics", cluster="$cluster"}'
                f" offset {number}m) by (namespace, pod) > 0",
                "legendFormat": "{{namespace}}/{{pod}}",
                "refId": letter,
            }
            for letter in "AB"
        ],
        "title": f"Pods by namespace, {number}",
        "type": "timeseries",
    }


def dashboard(random: Random, index: int) -> Manifest:
    """Return a ConfigMap with a Grafana dashboard, JSON in a block scalar."""
    panels = [_panel(random, number) for number in range(random.randint(22, 78))]
    board = {"annotations": {"list": []}, "panels": panels, "title": f"Board {index}"}
    return (
        *_head("v1", "ConfigMap", f"dashboard-{index}", index),
        "data:",
        f"  board-{index}.json: |",
        *indented(json.dumps(board, indent=2).splitlines(), 4),
    )


def _rules(random: Random, index: int, count: int) -> Manifest:
    lines = _head("monitoring.coreos.com/v1", "PrometheusRule", f"rules-{index}", index)
    lines += ["spec:", "  groups:", f"  - name: group-{index}", "    rules:"]
    for number in range(count):
        lines += [
            f"    - alert: Something{number}IsWrong",
            "      annotations:",
            f"        description: '{_ISNT_READY}'",
            f'        runbook_url: "https://runbooks.example.com/{number}"',
            f"        summary: {random.choice(('It hangs.', 'It restarts too often.'))}",
            "      expr: |-",
            '        max_over_time(kube_pod_status_ready{job="kube-state-metrics",',
            f'          namespace=~".*"}}[5m]) >= {number}',
            "          and on (namespace, pod) up == 1",
            "      for: 15m",
            "      labels:",
            '        severity: "warning"',
        ]
    return tuple(lines)


def rules(random: Random, index: int) -> Manifest:
    """Return a PrometheusRule of some dozen alerts."""
    return _rules(random, index, random.randint(10, 50))


def few_rules(random: Random, index: int) -> Manifest:
    """Return a PrometheusRule as a chart brings it."""
    return _rules(random, index, 8)


def definition(random: Random, index: int) -> Manifest:
    """Return a CustomResourceDefinition whose every field has a description."""
    lines = _head("apiextensions.k8s.io/v1", "CustomResourceDefinition", f"thing-{index}", index)
    lines[3:5] = ["  annotations:", "    controller-gen.kubebuilder.io/version: v0.16.5"]
    lines[-2:] = [f"  name: things{index}.example.com"]
    lines += [
        "spec:",
        "  group: example.com",
        "  names: {kind: Thing, plural: things}",
        "  scope: Namespaced",
        "  versions:",
        "  - name: v1",
        "    schema:",
        "      openAPIV3Schema:",
        "        description: Thing is the Schema for the things API",
        "        properties:",
    ]
    for _ in range(random.randint(9, 43)):
        lines += indented(_properties(random, random.randint(1, 9)), 10)
    lines += ["        type: object", "    served: true", "    storage: true"]
    return tuple(lines)


def _properties(random: Random, depth: int) -> list[str]:
    """Return a property, and within it others, as pods have containers with probes with headers."""
    name = f"field{random.randrange(10**9)}"
    if not depth:
        return [f"{name}:", *indented([*_description(random), *random.choice(_LEAVES)], 2)]
    within = [line for _ in range(random.randint(1, 2)) for line in _properties(random, 0)]
    within += _properties(random, depth - 1)
    object_lines = [*_description(random), "properties:", *indented(within, 2), "type: object"]
    return [f"{name}:", *indented(object_lines, 2)]


def _description(random: Random) -> list[str]:
    """Return a description as controller-gen writes it: what has several lines, as a block."""
    (first, *_) = words = sentences(random, random.choice((1, 1, 2, 3)))
    if len(words) > 1:
        return ["description: |-", *indented(paragraph(random, 75, len(words)), 2)]
    if ": " in first or " #" in first:
        first = "'" + first.replace("'", "''") + "'"
    return [f"description: {first}"]


def plain_values(random: Random, index: int) -> Manifest:
    """Return a ConfigMap of plain scalars."""
    lines = [*_head("v1", "ConfigMap", f"plain-{index}", index), "data:"]
    values = random.choices(range(1000), k=300)
    lines += [f"  key-{number}: a plain value, {value}" for number, value in enumerate(values)]
    return tuple(lines)


def quoted_values(random: Random, index: int) -> Manifest:
    """Return a ConfigMap of scalars in double quotes."""
    lines = [*_head("v1", "ConfigMap", f"quoted-{index}", index), "data:"]
    values = random.choices(range(1000), k=300)
    lines += [f'  key-{number}: "a quoted value, {value}"' for number, value in enumerate(values)]
    return tuple(lines)
