"""A broken workload in a ResourceList, for tests of what stands in and around it."""

from __future__ import annotations

HEAD = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n"
PROBE = "          livenessProbe: {httpGet: {path: /livez, port: 8080}}\n"
OURS = (
    """\
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: ksm}
  spec:
    template:
      spec:
        containers:
        - name: kube-state-metrics
          image: registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.15.0
          args: [--host=127.0.0.1, --port=8080]
"""
    + PROBE
)
