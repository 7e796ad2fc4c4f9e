"""Situations that people reported, rebuilt, with the right answers of their README."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from fix_ksm_probes.analysis.analyse import analyse
from fix_ksm_probes.manifests.index import Index
from fix_ksm_probes.manifests.stream import read_stream
from fix_ksm_probes.manifests.workload import find_workloads
from fix_ksm_probes.pipeline import run
from fix_ksm_probes.report.outputs import RESULTS, Output, OutputOptions
from fix_ksm_probes.yamlpatch import parse

FIELD = Path(__file__).parents[2] / "shared" / "field"

if not FIELD.exists():
    pytest.skip("no field: ../shared/field is not beside this project", allow_module_level=True)

EXEC = "09-ocp-exec-probe/input.yaml"
CHART = "02-chart8-named-ports/input.yaml"
CLIENT_CERTIFICATES = "07-tls-config/input.yaml"
HELM_RELEASE = "24-flux-helmrelease/input.yaml"
KUBEBUILDER = "28-kubebuilder-style/input.yaml"
SIDECAR = "diff/sidecar-waits-for-what-starts-later.yaml"
UNDEFINED = "diff/undefined-variable-host.yaml"
EXPLICIT_KEYS = "edits/stderr-21000394.yaml"
FLUX = "29-flux-substitution/input-tls-only.yaml"
FORK = "14-deckhouse-fork-krp/input-flant-image.yaml"
FRAGMENT = "33-partial-patch/input-image.yaml"
GET_ALL = "30-kubectl-get-all/input.yaml"
TEMPLATE = "11-addon-go-template/input.yaml"


def _read(name: str) -> str:
    return (FIELD / name).read_text()


def _run(name: str, **settings: str) -> Output:
    return run((FIELD / name).read_bytes(), dict(settings))


def _verdicts(name: str) -> dict[tuple[str | None, str, str], str]:
    items = tuple(read_stream(parse(_read(name))).items)
    return {
        (workload.identity.kind, judged.container.name, judged.probe.kind): judged.verdict.outcome
        for item in items
        for workload in find_workloads(item)
        if (analysis := analyse(workload, Index(items))) is not None
        for judged in analysis.probes
    }


def _results(name: str) -> list[dict[str, object]]:
    written = run((FIELD / name).read_bytes(), {}, options=OutputOptions(RESULTS)).stdout
    found = yaml.safe_load(written)
    assert isinstance(found, list)
    return found


def _out(name: str) -> str:
    return _run(name).stdout.decode()


def _items(text: str) -> list[dict[str, object]]:
    """Return the items of the one List in `text`."""
    items = yaml.safe_load(text)["items"]
    assert isinstance(items, list)
    return items


def _printed(output: Output) -> str:
    return "\n".join(output.stderr)


@pytest.mark.parametrize(("name", "culprit"), [(FLUX, "${tls_"), (FORK, "stale-cache-interval")])
def test_what_cannot_be_known_is_unknown_and_left(name: str, culprit: str) -> None:
    """No probe is edited, and the sentence names what hides the answer."""
    output = _run(name)

    assert set(_verdicts(name).values()) == {"unknown"}
    assert output.stdout == _read(name).encode()
    assert culprit in _printed(output)


def test_a_command_that_the_image_lacks_cannot_run() -> None:
    """Both exec probes fail, since the upstream image has no shell."""
    assert set(_verdicts(EXEC).values()) == {"fails"}
    assert "runs `sh`, but the image of `kube-state-metrics`" in str(_results(EXEC))


def test_a_template_is_called_one() -> None:
    """The error names the line that is no YAML, and the remedy."""
    output = _run(TEMPLATE)

    assert output.stdout == b""
    assert output.exit_code != 0
    assert "stdin: line 5 looks like a Go or Jinja template; render it first" in _printed(output)


def test_a_part_of_a_workload_is_not_judged() -> None:
    """A patch comes out unchanged, with one note."""
    output = _run(FRAGMENT)

    assert output.stdout == _read(FRAGMENT).encode()
    assert len(output.stderr) == 1
    assert output.exit_code == 0
    results = _results(FRAGMENT)
    assert [each["severity"] for each in results] == ["info"]
    assert "Deployment kube-state-metrics is not checked: it is only a part of a workload" in str(
        results[0]["message"]
    )


def test_what_a_controller_owns_is_left_to_it() -> None:
    """Only the Deployment is judged and repaired; one note names its ReplicaSets and Pod."""
    results = _results(GET_ALL)
    repaired = {str(each["resourceRef"]) for each in results if "resourceRef" in each}
    notes = [str(each["message"]) for each in results if "resourceRef" not in each]

    assert len(repaired) == 1
    assert "'kind': 'Deployment'" in repaired.pop()
    assert len(notes) == 1
    assert "are not checked: their owners manage them" in notes[0]
    before, after = (list(_items(text)) for text in (_read(GET_ALL), _out(GET_ALL)))
    assert [one["kind"] for one, other in zip(before, after, strict=True) if one != other] == [
        "Deployment"
    ]


@pytest.mark.parametrize("name", [CLIENT_CERTIFICATES, UNDEFINED])
def test_what_was_measured_to_fail_fails(name: str) -> None:
    """A listener requires a certificate or TLS; an invalid name ends both listeners."""
    assert set(_verdicts(name).values()) == {"fails"}


def test_a_sidecar_waits_for_ever_for_what_starts_later() -> None:
    """Its startupProbe fails, and the sentence says that both wait."""
    verdicts = _verdicts(SIDECAR)

    assert verdicts["Pod", "kube-rbac-proxy", "startupProbe"] == "fails"
    assert "both wait forever" in str(_results(SIDECAR))


def test_a_path_that_is_chosen_survives_the_api_server() -> None:
    """Readiness goes through the proxy of the main listener to its /healthz."""
    (deployment,) = (
        each
        for each in yaml.safe_load_all(_run(CHART, mode="through-proxy").stdout)
        if each and each["kind"] == "Deployment"
    )
    exporter = deployment["spec"]["template"]["spec"]["containers"][0]

    assert exporter["readinessProbe"]["httpGet"]["path"] == "/healthz"
    assert exporter["readinessProbe"]["httpGet"]["port"] == 8080


@pytest.mark.parametrize("mode", ["dedicated-port", "through-proxy"])
def test_no_advice_names_what_is_in_force(mode: str) -> None:
    """With `answeredBy: kube-state-metrics`, the advice names only other remedies."""
    printed = _printed(_run(KUBEBUILDER, mode=mode))

    assert "cannot repair it" in printed
    assert "answeredBy kube-state-metrics" not in printed
    assert "no proxy leads to" not in printed


def test_what_is_not_rendered_is_named() -> None:
    """A HelmRelease is no workload: nothing is judged, and the advice says how to render it."""
    assert "HelmRelease monitoring/kube-prometheus-stack is not rendered" in _printed(
        _run(HELM_RELEASE)
    )


def test_explicit_keys_are_edited_or_left_with_a_word() -> None:
    """A rare spelling is no bug to report."""
    printed = _printed(_run(EXPLICIT_KEYS, scope="all", proxyFirst="true", mode="through-proxy"))

    assert "report this bug" not in printed
