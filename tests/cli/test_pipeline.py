from __future__ import annotations

import pytest

from fix_ksm_probes.analysis.analyse import Analysis
from fix_ksm_probes.analysis.findings import probe_finding
from fix_ksm_probes.fixes import plan
from fix_ksm_probes.fixes.fix import Repair, move_probe
from fix_ksm_probes.pipeline import run
from fix_ksm_probes.yamlpatch import replace
from tests.case import split_results

DEPLOYMENT = """\
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: %s}
  spec:
    template:
      spec:
        containers:
        - name: kube-state-metrics
          image: registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.15.0
          args: ["--host=%s", --port=8080]
          livenessProbe:
            httpGet: {path: /livez, port: 8080}
"""
HEAD = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n"


def _list(*hosts: str) -> bytes:
    items = (DEPLOYMENT % (f"ksm-{number}", host) for number, host in enumerate(hosts))
    return (HEAD + "".join(items)).encode()


def test_nothing_to_say_is_the_input_itself() -> None:
    """If everything is sound, no byte changes."""
    raw = _list("0.0.0.0", "::")

    output = run(raw, {})

    assert (raw, (), 0) == (output.stdout, output.stderr, output.exit_code)


def test_one_probe_that_cannot_be_repaired_holds_all_others_back() -> None:
    """A run repairs everything or nothing, and the results say so for each probe."""
    raw = _list("127.0.0.1", "127.0.0.1")
    output = run(raw, {"mode": "dedicated-port"})
    items, results = split_results(output.stdout)

    assert (raw, 1) == (items, output.exit_code)
    assert {"error"} == {result["severity"] for result in results}


def test_held_back_repairs_say_so() -> None:
    """No result of such a run says that a probe is repaired."""
    refused = DEPLOYMENT % ("bare", "127.0.0.1")
    guarded = refused.replace("bare", "guarded") + (
        "        - name: kube-rbac-proxy\n"
        "          image: quay.io/brancz/kube-rbac-proxy:v0.19.1\n"
        "          args: [--secure-listen-address=:8443, --upstream=http://127.0.0.1:8080/]\n"
    )
    raw = (HEAD + refused + guarded).encode()
    output = run(raw, {"mode": "through-proxy"})
    items, results = split_results(output.stdout)

    assert (raw, 1) == (items, output.exit_code)
    assert any("something else" in str(result["message"]) for result in results)


def test_errors_come_first_on_stderr() -> None:
    """kpt and kustomize show only the first lines."""
    raw = _list("127.0.0.1").replace(
        b"port: 8080}", b"port: 8080}\n          startupProbe: {exec: {}}"
    )
    lines = run(raw, {"mode": "check"}).stderr
    severities = [line.split(": ")[1] for line in lines if line.startswith("stdin:")]

    assert ["error", "warning", "info", "info"] == severities


def test_a_repair_that_is_none_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The patched workload is judged again before anything is written."""
    raw = _list("127.0.0.1")

    def misjudge(analysis: Analysis, _config: object, **_rest: object) -> Repair:
        judged = analysis.probes[0]
        path = (*judged.probe.pointer, "httpGet", "path")
        fix = move_probe(probe_finding(judged, analysis), "elsewhere", 1)
        return Repair((fix,), (replace(path, "/elsewhere"),))

    monkeypatch.setattr(plan, "propose", misjudge)
    output = run(raw, {})
    items, results = split_results(output.stdout)

    assert (raw, 1) == (items, output.exit_code)
    assert "would still fail" in str(results[0]["message"])


def test_the_summary_counts_what_was_there_and_what_changes() -> None:
    """It counts no added probe as found, and no untouched probe as repaired."""
    manifest = (DEPLOYMENT % ("ksm", "")).replace("- api", "  api") + (
        "        - name: kube-rbac-proxy\n"
        "          image: quay.io/brancz/kube-rbac-proxy:v0.19.1\n"
        "          args: [--secure-listen-address=:8443, --upstream=http://127.0.0.1:8080/]\n"
    )
    flags: dict[str, object] = {
        "mode": "through-proxy",
        "scope": "all",
        "bindLoopback": True,
        "addMissing": True,
    }
    output = run(manifest.encode(), flags)
    again = run(output.stdout, flags)

    summary = "fix-ksm-probes: 1 workload, %d probe%s, %d pass, %d repaired, 0 left"
    assert output.stderr[-1] == summary % (1, "", 0, 1)
    assert again.stderr[-1] == summary % (3, "s", 3, 0)
    assert (0, output.stdout) == (again.exit_code, again.stdout)


def test_a_stream_of_documents_with_an_error_gets_nothing_out() -> None:
    """So a pipe applies nothing."""
    manifests = (DEPLOYMENT % ("ksm", "127.0.0.1")).replace("- api", "  api").encode()
    config = b"apiVersion: v1\nkind: ConfigMap\ndata: {mode: dedicated-port}\n"
    output = run(manifests, {}, config)

    assert (b"", 1) == (output.stdout, output.exit_code)
    assert output.stderr[0].startswith("stdin:11: error: Deployment ksm: ")


def test_a_stream_of_documents_keeps_its_separators() -> None:
    """Comments and document markers keep their bytes, too."""
    manifest = (DEPLOYMENT % ("ksm", "::")).replace("- api", "  api")
    raw = f"# first\n---\n{manifest}---\n# last\n---\n{manifest}...\n".encode()

    judged = ("fix-ksm-probes: 2 workloads, 2 probes, 2 pass, 0 repaired, 0 left",)

    output = run(raw, {}, b"apiVersion: v1\nkind: ConfigMap\n")

    assert (raw, judged, 0) == (output.stdout, output.stderr, output.exit_code)


@pytest.mark.parametrize("content", [b"spec: [", b"\xff", b"a: 1\na: 2\n"])
def test_a_config_file_that_cannot_be_read_is_named(content: bytes) -> None:
    """The error is not in the manifests, where a user would look first."""
    output = run(b"kind: X\n", {}, content)

    assert (output.stdout, output.exit_code) == (b"", 2)
    assert output.stderr[0].startswith("fix-ksm-probes: error: config file: ")


def test_a_config_file_of_several_documents_is_refused() -> None:
    """The functionConfig is one object."""
    assert run(b"", {}, b"a: 1\n---\nb: 2\n").exit_code == 2


def test_existing_results_are_replaced_by_ours() -> None:
    """A ResourceList has the results of its last function, as in kyaml."""
    raw = _list("127.0.0.1") + b"results:\n- {message: by another, severity: info}\n"
    output = run(raw, {"mode": "check"})

    assert b"by another" not in output.stdout
    assert output.stdout.count(b"\nresults:") == 1
