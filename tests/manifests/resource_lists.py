"""Generated resources: pods of kube-state-metrics that may or may not be sound, and others."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.yamlpatch.generated import MAPPINGS

_HOSTS = st.sampled_from(["127.0.0.1", "localhost", "0.0.0.0", "", "$(IP)", "10.0.0.1"])
_PORTS = st.sampled_from([8080, 8081, 9090, 9091, 8443, "http", "8080", 8642])
_PATHS = st.sampled_from(["/livez", "/readyz", "/healthz", "/", "/metrics", "livez", "/x?y=1"])


@st.composite
def probes(draw: st.DrawFn) -> dict[str, Any]:
    """Return a probe with one of the handlers."""
    port = draw(_PORTS)
    action: dict[str, Any] = {"path": draw(_PATHS), "port": port}
    if draw(st.booleans()):
        action["scheme"] = draw(st.sampled_from(["HTTP", "HTTPS"]))
    if draw(st.integers(0, 4)) == 0:
        action["host"] = draw(st.sampled_from(["127.0.0.1", "example.com"]))
    handler = draw(st.sampled_from(["httpGet"] * 6 + ["tcpSocket", "grpc", "exec"]))
    probe: dict[str, Any] = {
        "httpGet": {"httpGet": action},
        "tcpSocket": {"tcpSocket": {"port": port}},
        "grpc": {"grpc": {"port": 8080}},
        "exec": {"exec": {"command": ["/bin/true"]}},
    }[handler]
    return {**probe, "periodSeconds": 5} if draw(st.booleans()) else probe


@st.composite
def workloads(draw: st.DrawFn) -> dict[str, Any]:
    """Return a Deployment with kube-state-metrics, and perhaps proxies before it."""
    tag = draw(st.sampled_from([":v2.10.1", ":v2.13.0", ":v2.15.0", ":v2.20.0", "", ":latest"]))
    ksm: dict[str, Any] = {
        "name": "kube-state-metrics",
        "image": f"registry.k8s.io/kube-state-metrics/kube-state-metrics{tag}",
        "args": [
            f"--host={draw(_HOSTS)}",
            "--port=9090",
            f"--telemetry-host={draw(_HOSTS)}",
            "--telemetry-port=9091",
        ],
    }
    for kind in draw(st.sets(st.sampled_from(["startup", "liveness", "readiness"]))):
        ksm[f"{kind}Probe"] = draw(probes())
    if draw(st.booleans()):
        ksm["ports"] = [{"containerPort": 9090, "name": "http"}]
    containers = [dict(draw(st.permutations(list(ksm.items()))))]
    for number, upstream in enumerate(draw(st.lists(st.sampled_from([9090, 9091, 1]), max_size=2))):
        args = [
            f"--secure-listen-address=:{8080 + number}",
            f"--upstream=http://127.0.0.1:{upstream}/",
        ]
        args += draw(
            st.sampled_from(
                [
                    [],
                    ["--ignore-paths=/livez"],
                    ["--ignore-paths", "/*"],
                    ["--allow-paths=/metrics"],
                    ["--proxy-endpoints-port=8888"],
                ]
            )
        )
        containers.append(
            {
                "name": f"kube-rbac-proxy-{number}",
                "image": "quay.io/brancz/kube-rbac-proxy:v0.19.1",
                "args": args,
            }
        )
    spec: dict[str, Any] = {"containers": containers}
    if draw(st.integers(0, 3)) == 0:
        spec["hostNetwork"] = True
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "ksm"},
        "spec": {"template": {"spec": spec}},
    }


@st.composite
def resource_lists(draw: st.DrawFn) -> dict[str, Any]:
    """Return a ResourceList with workloads among other things, and settings."""
    mode = draw(st.sampled_from(["probe-disable", "dedicated-port", "through-proxy", "check"]))
    settings: dict[str, Any] = {"mode": mode}
    if mode != "check":
        settings["scope"] = draw(st.sampled_from(["broken", "broken", "all"]))
    if mode == "dedicated-port":
        settings["dedicatedPort"] = {
            "answeredBy": draw(st.sampled_from(["kube-state-metrics", "kube-rbac-proxy"])),
            "image": draw(st.sampled_from(["", "example.com/kube-rbac-proxy:v0.19.1"])),
        }
    items = draw(st.lists(st.one_of(workloads(), workloads(), MAPPINGS), max_size=3))
    return {
        "apiVersion": "config.kubernetes.io/v1",
        "kind": "ResourceList",
        "items": items,
        "functionConfig": {
            "apiVersion": "fix-ksm-probes.dev/v1alpha1",
            "kind": "FixKSMProbes",
            "spec": settings,
        },
    }
