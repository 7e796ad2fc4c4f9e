"""Values of Secrets and of environment variables are in no result, no line and no drawing."""

from __future__ import annotations

import pytest

from fix_ksm_probes.pipeline import run
from fix_ksm_probes.report.outputs import EXPLAIN, MERMAID, OUTPUTS, OutputOptions

VALUE = "hunter2"
MANIFESTS = f"""\
apiVersion: v1
kind: Secret
metadata: {{name: secret}}
data: {{password: {VALUE}}}
stringData: {{template: "kube-state-metrics {VALUE}"}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: ksm}}
spec:
  template:
    spec:
      containers:
      - name: kube-state-metrics
        image: kube-state-metrics:v2.15.0
        env: [{{name: TOKEN, value: {VALUE}}}]
        args: [--port=8080, '--apiserver=https://u:$(TOKEN)@example.com', KSM]
        livenessProbe:
          httpGet:
            path: /livez
            port: 8080
            httpHeaders: [{{name: Authorization, value: {VALUE}}}]
      - name: kube-rbac-proxy
        image: kube-rbac-proxy:v0.19.1
        env: [{{name: TOKEN, value: {VALUE}}}]
        args: [--secure-listen-address=:8443, KRP]
        readinessProbe: {{httpGet: {{path: /x, port: 8443, scheme: HTTPS}}}}
"""
# An argument of each program that a variable makes.
ARGUMENTS = [
    ("--host=127.0.0.1", "--upstream=http://127.0.0.1:8080/"),
    ("--host=$(TOKEN)", "--upstream=http://u:$(TOKEN)@127.0.0.1:8080/"),
    ("--telemetry-host=$(TOKEN)", "--upstream=http://$(TOKEN):8080/"),
    ("--config=$(TOKEN)", "--config-file=$(TOKEN)"),
    ("--host=127.0.0.1", "--ignore-paths=/$(TOKEN)"),
    ("--host=127.0.0.1", "--allow-paths=[$(TOKEN)"),
    ("--nosuch=$(TOKEN)", "--nosuch=$(TOKEN)"),
    ("--telemetry-port=$(TOKEN)", "--proxy-endpoints-port=$(TOKEN)"),
    ("$(TOKEN)", "$(TOKEN)"),
    ("--$(TOKEN)", "-$(TOKEN)"),
    ("--metric-allowlist=$(TOKEN)", "--tls-min-version=$(TOKEN)"),
    ("--host=127.0.0.1", "--insecure-listen-address=$(TOKEN):8080"),
]
MODES = ("probe-disable", "dedicated-port", "through-proxy", "check")


@pytest.mark.parametrize(("ksm", "krp"), ARGUMENTS)
@pytest.mark.parametrize("mode", MODES)
def test_no_value_is_shown(ksm: str, krp: str, mode: str) -> None:
    """Where a variable stands in an argument, the argument is quoted as it is written."""
    raw = MANIFESTS.replace("KSM", f"'{ksm}'").replace("KRP", f"'{krp}'").encode()
    assert raw.count(VALUE.encode()) == 5
    shown: list[str] = []
    for form in (*OUTPUTS, EXPLAIN, MERMAID):
        output = run(raw, {"mode": mode}, options=OutputOptions(form))
        shown += output.stderr
        # What is asked for is the manifests themselves, or the lines of them that change.
        shown += [] if form in ("manifests", "diff", "component") else [output.stdout.decode()]

    assert any("kube-state-metrics" in each for each in shown)
    assert not [each for each in shown if VALUE in each]
