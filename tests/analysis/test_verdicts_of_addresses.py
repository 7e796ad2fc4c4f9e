"""Which address reaches which listener: from the node, inside the pod, and through a proxy."""

from __future__ import annotations

import pytest

from fix_ksm_probes.analysis.analyse import analyse
from fix_ksm_probes.manifests.stream import Item
from fix_ksm_probes.manifests.workload import find_workloads

KSM = "registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.15.0"
KRP = "quay.io/brancz/kube-rbac-proxy:v0.19.1"
ENV = [
    {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
    {"name": "HOST_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}},
]


def _outcome(host: str, http_get: dict[str, object], **spec: object) -> str:
    ksm = {
        "name": "kube-state-metrics",
        "image": KSM,
        "args": [f"--host={host}", "--port=9090"],
        "env": ENV,
        "livenessProbe": {"httpGet": {"path": "/livez", **http_get}},
    }
    containers = [ksm]
    if "upstream" in spec:
        listen = spec.pop("listen", ":8443")
        args = [
            f"--secure-listen-address={listen}",
            f"--upstream={spec.pop('upstream')}",
            "--ignore-paths=/livez",
        ]
        containers.append({"name": "kube-rbac-proxy", "image": KRP, "args": args, "env": ENV})
    pod = {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": containers, **spec}}
    seen = analyse(find_workloads(Item((), pod))[0])
    assert seen is not None
    return seen.probes[0].verdict.reason or seen.probes[0].verdict.outcome


@pytest.mark.parametrize(
    ("host", "at_the_pod_ip", "at_the_shared_loopback"),
    [
        ("", "passes", "passes"),
        ("::", "passes", "passes"),
        ("0.0.0.0", "passes", "passes"),
        ("127.0.0.1", "LoopbackOnly", "passes"),
        ("localhost", "LoopbackOnly", "passes"),
        ("::ffff:127.0.0.1", "LoopbackOnly", "passes"),
        ("::1", "LoopbackOnly", "NoListener"),
        ("127.0.0.2", "LoopbackOnly", "NoListener"),
        ("$(POD_IP)", "passes", "NoListener"),
        ("10.0.0.7", "unknown", "NoListener"),
        # With hostNetwork the address of the node is the one of the pod.
        ("$(HOST_IP)", "unknown", "NoListener"),
        ("ksm.example.com", "unknown", "unknown"),
        ("[::1]", "NoListener", "NoListener"),
    ],
)
def test_a_host_is_reached_from_the_node_or_not(
    host: str, at_the_pod_ip: str, at_the_shared_loopback: str
) -> None:
    """The kubelet dials the pod IP.

    Only with hostNetwork is the loopback of the node that of the pod.
    """
    loopback = _outcome(host, {"port": 9090, "host": "127.0.0.1"}, hostNetwork=True)

    assert at_the_pod_ip == _outcome(host, {"port": 9090})
    assert at_the_shared_loopback == loopback
    assert _outcome(host, {"port": 9090, "host": "127.0.0.1"}) == "NoListener"


@pytest.mark.parametrize(
    ("host", "upstream", "expected"),
    [
        ("127.0.0.1", "http://127.0.0.1:9090/", "passes"),
        ("127.0.0.1", "http://127.0.0.1:9090", "passes"),
        ("127.0.0.1", "http://localhost:9090/", "passes"),
        ("127.0.0.1", "http://0.0.0.0:9090/", "passes"),
        ("localhost", "http://127.0.0.1:9090/", "passes"),
        ("127.0.0.1", "http://[::1]:9090/", "NoListener"),
        ("::1", "http://[::1]:9090/", "passes"),
        ("::1", "http://localhost:9090/", "passes"),
        ("::1", "http://127.0.0.1:9090/", "NoListener"),
        ("::", "http://[::1]:9090/", "passes"),
        ("0.0.0.0", "http://[::1]:9090/", "passes"),
        ("$(POD_IP)", "http://$(POD_IP):9090/", "passes"),
        ("$(POD_IP)", "http://127.0.0.1:9090/", "NoListener"),
        ("127.0.0.1", "http://$(POD_IP):9090/", "NoListener"),
        ("127.0.0.1", "http://127.0.0.1:9099/", "NoListener"),
        ("127.0.0.1", "http://127.0.0.1/", "NoListener"),
        ("127.0.0.1", "127.0.0.1:9090", "NoListener"),
        ("127.0.0.1", "localhost:9090", "NoListener"),
        ("127.0.0.1", "", "NoListener"),
        ("127.0.0.1", "https://127.0.0.1:9090/", "SchemeMismatch"),
        ("127.0.0.1", "http://127.0.0.1:9090/livez", "PathNotServed"),
        ("127.0.0.1", "http://kube-state-metrics.monitoring.svc:9090/", "unknown"),
        ("127.0.0.1", "http://10.0.0.7:9090/", "unknown"),
        ("127.0.0.1", "http://$(HOST_IP):9090/", "unknown"),
    ],
)
def test_an_upstream_is_reached_inside_the_pod_or_not(
    host: str, upstream: str, expected: str
) -> None:
    """A proxy dials inside the pod. It answers 502 if nobody listens there."""
    assert expected == _outcome(host, {"port": 8443, "scheme": "HTTPS"}, upstream=upstream)


@pytest.mark.parametrize(
    ("listen", "expected"),
    [
        (":8443", "passes"),
        ("0.0.0.0:8443", "passes"),
        ("[::]:8443", "passes"),
        ("$(POD_IP):8443", "passes"),
        ("[$(POD_IP)]:8443", "passes"),
        ("127.0.0.1:8443", "LoopbackOnly"),
        ("localhost:8443", "LoopbackOnly"),
        ("[::1]:8443", "LoopbackOnly"),
        ("::1:8443", "NoListener"),
        ("8443", "NoListener"),
        ("127.0.0.1", "NoListener"),
        ("", "NoListener"),
        (":https", "NoListener"),
        ("$(HOST_IP):8443", "unknown"),
        ("10.0.0.7:8443", "unknown"),
    ],
)
def test_a_proxy_listens_where_its_address_says(listen: str, expected: str) -> None:
    """The proxy exits if the address has no port, or is IPv6 without brackets."""
    http_get = {"port": 8443, "scheme": "HTTPS"}
    seen = _outcome("127.0.0.1", http_get, upstream="http://127.0.0.1:9090/", listen=listen)

    assert expected == seen
