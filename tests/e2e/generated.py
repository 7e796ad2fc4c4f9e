"""Pods made at random: flags, versions, addresses, probes and containers, by a seed.

No flag names a file that nothing mounts: the function takes an image to hold it, and upstream's do
not.
"""

from random import Random
from typing import Any

import yaml

Object = dict[str, Any]

_KSM = "registry.example/kube-state-metrics/kube-state-metrics"
_KRP = "registry.example/brancz/kube-rbac-proxy"
# Those that the laboratory builds.
_KSM_VERSIONS = ("2.10.1", "2.13.0", "2.15.0", "2.18.0", "2.20.0")
_KRP_VERSIONS = ("0.15.0", "0.18.1", "0.22.1")
_KINDS = ("Deployment", "Deployment", "Deployment", "StatefulSet", "DaemonSet", "Pod")

_HOSTS = (
    *("127.0.0.1",) * 6,
    *("0.0.0.0", "::", "::1", "localhost", "$(POD_IP)", "$(POD_IP)", "", "127.0.0.2", "[::1]"),
)
_KSM_FLAGS = (
    "--auth-filter",
    "--auth-filter=false",
    "--apiserver=https://kubernetes.default.svc",
    "--continue-without-config",
    "--custom-resource-state-config=[]",
    "--custom-resource-state-config={spec: {resources: []}}",
    "--custom-resource-state-config={spec: nothing}",
    "--custom-resource-state-only",
    "--enable-gzip-encoding",
    "--metric-allowlist=kube_pod_info",
    "--metric-allowlist=kube_(",
    "--metric-denylist=^kube_secret_.*",
    "--metric-labels-allowlist=pods=[*]",
    "--metric-labels-allowlist=pods",
    "--metric-opt-in-list=kube_pod_.*",
    "--namespaces=default,kube-system",
    "--namespaces-denylist=kube-system",
    "--node=$(NODE)",
    "--object-limit=-1",
    "--pod=$(NAME)",
    "--pod-namespace=default",
    "--resources=pods,nodes",
    "--resources=pods, deployments",
    "--resources=gateways",
    "--server-read-timeout=30s",
    "--server-read-timeout=30",
    "--shard=0",
    "--shard=2",
    "--total-shards=0",
    "--total-shards=2",
    "--track-unscheduled-pods",
    "--use-apiserver-cache",
    "--use-apiserver-cache=no",
    "--v=4",
    "--log_file_max_size=x",
    "--stderrthreshold=INFO",
    "-v=2",
    "-v",
    "--auto-gomemlimit",
    "--auto-gomemlimit-ratio=2",
    "--help=false",
    "version",
)
_KRP_FLAGS = (
    "--allow-paths=/livez,/metrics",
    "--auth-header-fields-enabled=true",
    "--auth-token-audiences=api",
    "--http2-disable",
    "--http2-max-size=-1",
    "--http2-max-size=262144",
    "--http2-max-concurrent-streams=1",
    "--insecure-listen-address=:8480",
    "--insecure-listen-address=127.0.0.1:8480",
    "--kube-api-burst=20",
    "--kube-api-qps=10",
    "--kube-api-qps=-1",
    "--logtostderr=true",
    "--logtostderr",
    "--oidc-issuer=https://127.0.0.1",
    "--oidc-issuer=http://127.0.0.1",
    "--proxy-endpoints-port=8643",
    "--proxy-endpoints-port=0",
    "--proxy_endpoints_port=8643",
    "--resource-attributes=x",
    "--skip-headers",
    "--tls-cipher-suites=TLS_RSA_WITH_AES_128_CBC_SHA",
    "--tls-cipher-suites=TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "--tls-min-version=VersionTLS13",
    "--tls-min-version=1.3",
    "--tls-reload-interval=1m",
    "--tls-reload-interval=60",
    "--upstream-force-h2c",
    "--v=10",
    "-v=x",
    "--v=+3",
)
_IGNORED = (
    "/healthz",
    "/livez",
    "/livez,/readyz",
    "/*",
    "/live*",
    "/[a-z]ivez",
    "/[",
    "livez",
    "/healthz/",
    '"/livez"',
)
_PATHS = ("/healthz", "/healthz", "/livez", "/livez", "/readyz", "/readyz", "/metrics", "/", "")
_ODD_PATHS = (
    "healthz",
    "/healthz/",
    "//healthz",
    "/./livez",
    "/livez?verbose",
    "/livez#x",
    "/debug/pprof/",
    "/debug/pprof",
    "/metrics/../livez",
    "/LIVEZ",
    "/%6civez",
    "/nothing",
)


def generated(seed: int, index: int) -> str:
    """Return the manifest of pod number `index` of the hunt `seed`."""
    maker = _Maker(Random(f"{seed}-{index}"))  # noqa: S311 (not for secrets)
    return yaml.safe_dump_all(maker.objects(), sort_keys=False)


class _Maker:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.ports = {"main": 8080, "telemetry": 8081}
        self.config_maps: list[Object] = []
        self.volumes: list[Object] = []
        self.versions: list[str] = []

    def objects(self) -> list[Object]:
        """Return the workload and the ConfigMaps that it mounts."""
        random = self.random
        kind = random.choice(_KINDS)
        containers = [self._exporter()]
        names = ("http", "metrics")[: random.choice((0, 1, 1, 1, 2, 2))]
        containers += [self._proxy(name, number) for number, name in enumerate(names)]
        host_network = self._chance(0.15)
        for container in containers:
            self._probe(container, host_network=host_network)
        if all(not _probed(container) for container in containers):
            containers[0]["livenessProbe"] = self._handler(host_network=host_network)
        if self._chance(0.2):
            random.shuffle(containers)
        sidecars = []
        if len(containers) > 1 and self._chance(0.1):
            sidecars = [containers.pop() | {"restartPolicy": "Always"}]
        spec: Object = {"containers": containers}
        if sidecars:
            spec["initContainers"] = sidecars
        if host_network:
            spec["hostNetwork"] = True
        if self._chance(0.04):
            spec["automountServiceAccountToken"] = False
        if self.volumes:
            spec["volumes"] = self.volumes
        return [_workload(kind, spec), *self.config_maps]

    def _chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def _flag(self, name: str, value: str) -> list[str]:
        return [f"--{name}", value] if self._chance(0.15) else [f"--{name}={value}"]

    def _exporter(self) -> Object:
        random = self.random
        args: list[str] = []
        for name, prefix in (("main", ""), ("telemetry", "telemetry-")):
            if self._chance(0.6):
                args += self._flag(f"{prefix}host", random.choice(_HOSTS))
            if self._chance(0.6):
                port = 9090 if name == "main" else 9091
                spelled = random.choice((*(f"{port}",) * 8, hex(port), f"0{port:o}", f"{port}x"))
                args += self._flag(f"{prefix}port", spelled)
                self.ports[name] = port
        args += random.sample(_KSM_FLAGS, random.choice((0, 0, 0, 1, 1, 2)))
        container = self._container("kube-state-metrics", _KSM, _KSM_VERSIONS)
        if self._chance(0.12):
            args += self._flag("tls-config", self._mounted(container, "web", self._web_config()))
        if self._chance(0.12):
            args += self._flag("config", self._mounted(container, "options", self._options()))
        return container | {"args": args}

    def _proxy(self, name: str, number: int) -> Object:
        random = self.random
        port = 8443 + number
        target = "main" if number == 0 else "telemetry"
        self.ports[f"proxy-{number}"] = port
        host = random.choice(("", "", "", "0.0.0.0", "$(POD_IP)", "127.0.0.1", "[::]", "localhost"))
        args = self._flag("secure-listen-address", f"{host}:{port}")
        if not self._chance(0.05):
            args += self._flag("upstream", self._upstream(self.ports[target]))
        if self._chance(0.5):
            args += self._flag("ignore-paths", random.choice(_IGNORED))
        args += random.sample(_KRP_FLAGS, random.choice((0, 0, 0, 1, 1, 2)))
        self.ports["endpoints"] = 8643
        return self._container(f"kube-rbac-proxy-{name}", _KRP, _KRP_VERSIONS) | {"args": args}

    def _upstream(self, port: int) -> str:
        usual = (f"http://127.0.0.1:{port}/",) * 8
        odd = (
            f"http://127.0.0.1:{port}",
            f"http://127.0.0.1:{port}//",
            f"http://127.0.0.1:{port}/prefix/",
            f"http://127.0.0.1:{port}/healthz",
            f"http://127.0.0.1:{port}?query",
            f"http://localhost:{port}/",
            f"http://[::1]:{port}/",
            f"http://0.0.0.0:{port}/",
            f"http://$(POD_IP):{port}/",
            f"https://127.0.0.1:{port}/",
            f"127.0.0.1:{port}",
            f"http://127.0.0.1:{port + 100}/",
            f"HTTP://127.0.0.1:{port}/",
        )
        return self.random.choice((*usual, *odd))

    def _container(self, name: str, image: str, versions: tuple[str, ...]) -> Object:
        version = self.random.choice(versions)
        container: Object = {"name": name, "image": f"{image}:v{version}"}
        env = []
        if self._chance(0.7):
            env.append(_from_field("POD_IP", "status.podIP"))
        if self._chance(0.7):
            env.append(_from_field("NAME", "metadata.name"))
            env.append({"name": "NODE", "value": "node"})
        return container | ({"env": env} if env else {})

    def _mounted(self, container: Object, name: str, content: str) -> str:
        key = f"{name}.yaml"
        self.config_maps.append(
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": name},
                "data": {key: content},
            }
        )
        self.volumes.append({"name": name, "configMap": {"name": name}})
        container["volumeMounts"] = [
            *container.get("volumeMounts", []),
            {"name": name, "mountPath": f"/etc/{name}"},
        ]
        return f"/etc/{name}/{key}"

    def _web_config(self) -> str:
        return self.random.choice(
            (
                "{}\n",
                "http_server_config:\n  http2: false\n",
                "tls_server_config:\n  cert_file: missing.crt\n  key_file: missing.key\n",
                "tls_server_config:\n  cert_file: missing.crt\n",
                "tls_server_config: {}\nbasic_auth_users:\n  a: $2y$10$aaaa\n",
                "unknown: true\n",
                "- no mapping\n",
            )
        )

    def _options(self) -> str:
        return self.random.choice(
            (
                "port: 9090\n",
                "host: 127.0.0.1\ntelemetry_host: 127.0.0.1\n",
                "telemetry_port: 9091\ntelemetry_host: 0.0.0.0\n",
                "resources: {pods: {}}\n",
                "port: text\n",
                "unknown_option: true\n",
                "metric_denylist: {kube_secret_info: {}}\n",
                "- no mapping\n",
                "auth_filter: true\n",
            )
        )

    def _probe(self, container: Object, *, host_network: bool) -> None:
        exports = "kube-state-metrics" in container["name"]
        for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
            if self._chance({True: 0.55, False: 0.25}[exports]):
                container[kind] = self._handler(host_network=host_network)
        if self._chance(0.5):
            names = ("http", "telemetry", "https", "health")
            ports = list(dict.fromkeys(self.random.sample(sorted(self.ports.values()), 1)))
            container["ports"] = [
                {"name": self.random.choice(names), "containerPort": port} for port in ports
            ]

    def _handler(self, *, host_network: bool) -> Object:
        random = self.random
        known = list(dict.fromkeys(self.ports.values()))
        port = random.choice((*known * 3, 9999, "http", "telemetry", "8080"))
        kind = random.choices(("httpGet", "tcpSocket", "grpc"), (18, 3, 1))[0]
        if kind == "grpc":
            return {"grpc": {"port": port if isinstance(port, int) else 8080}}
        action: Object = {"port": port}
        if host_network and self._chance(0.5):
            action["host"] = random.choice(("127.0.0.1", "127.0.0.1", "localhost", "::1"))
        if kind == "httpGet":
            paths = _ODD_PATHS if self._chance(0.2) else _PATHS
            action["path"] = random.choice(paths)
            is_proxy = port in [self.ports.get(f"proxy-{each}") for each in (0, 1)] or port == 8643
            if is_proxy != self._chance(0.1):
                action["scheme"] = "HTTPS"
        return {kind: action}


def _probed(container: Object) -> bool:
    return any(key.endswith("Probe") for key in container)


def _from_field(name: str, field: str) -> Object:
    return {"name": name, "valueFrom": {"fieldRef": {"fieldPath": field}}}


def _workload(kind: str, spec: Object) -> Object:
    labels = {"app.kubernetes.io/name": "kube-state-metrics"}
    metadata = {"name": "kube-state-metrics", "namespace": "default"}
    if kind == "Pod":
        return {
            "apiVersion": "v1",
            "kind": kind,
            "metadata": metadata | {"labels": labels},
            "spec": spec,
        }
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": metadata,
        "spec": {
            "selector": {"matchLabels": dict(labels)},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    }
