"""A broken workload and a broken functionConfig, for tests of other things."""

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
LIST_WITH_BAD_CONFIG = """\
apiVersion: config.kubernetes.io/v1
kind: ResourceList
items: []
functionConfig:
  apiVersion: fix-ksm-probes.dev/v1alpha1
  kind: FixKSMProbes
  spec: {mode: chekc}
"""
