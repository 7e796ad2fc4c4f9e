"""The workload that the runs are about: kube-state-metrics behind two proxies, in two states."""

from __future__ import annotations

from benchmarks.manifests import Manifest, manifest

_DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  annotations:
    config.kubernetes.io/index: '0'
  labels:
    app.kubernetes.io/component: metrics
    app.kubernetes.io/name: kube-state-metrics
    app.kubernetes.io/version: 2.15.0
  name: kube-state-metrics
  namespace: monitoring
spec:
  replicas: 1
  revisionHistoryLimit: 10
  selector:
    matchLabels:
      app.kubernetes.io/name: kube-state-metrics
  template:
    metadata:
      annotations:
        kubectl.kubernetes.io/default-container: kube-state-metrics
      labels:
        app.kubernetes.io/name: kube-state-metrics
    spec:
      automountServiceAccountToken: true
      containers:
      - args:
        - --host=127.0.0.1
        - --port=9090
        - --telemetry-host=127.0.0.1
        - --telemetry-port=9091
        image: registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.15.0
        livenessProbe:
          httpGet:
            path: /livez
            port: 8443
            scheme: HTTPS
          initialDelaySeconds: 5
        name: kube-state-metrics
        readinessProbe:
          httpGet:
            path: /readyz
            port: {port}
          initialDelaySeconds: 5
        resources:
          requests:
            cpu: 10m
            memory: 190Mi
        securityContext:
          allowPrivilegeEscalation: false
          capabilities:
            drop:
            - ALL
          readOnlyRootFilesystem: true
      - args:
        - --secure-listen-address=:8443
        - --upstream=http://127.0.0.1:9090/
        - --ignore-paths=/livez
        image: quay.io/brancz/kube-rbac-proxy:v0.18.2
        name: kube-rbac-proxy-main
        ports:
        - containerPort: 8443
          name: https-main
      - args:
        - --secure-listen-address=:9443
        - --upstream=http://127.0.0.1:9091/
        - --ignore-paths=/readyz
        image: quay.io/brancz/kube-rbac-proxy:v0.18.2
        name: kube-rbac-proxy-self
        ports:
        - containerPort: 9443
          name: https-self
      serviceAccountName: kube-state-metrics
"""

BROKEN: Manifest = manifest(_DEPLOYMENT.format(port="9091"))
"""Its readiness is asked of a listener that is bound to loopback."""

SOUND: Manifest = manifest(_DEPLOYMENT.format(port="9443\n            scheme: HTTPS"))
"""Both probes go through the proxies, which let their paths pass."""
