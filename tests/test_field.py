"""Situations that people reported, rebuilt: each gets the right answer that its README reasons."""

from __future__ import annotations

from pathlib import Path

import pytest

from fix_ksm_probes.analysis.analyse import analyse
from fix_ksm_probes.manifests.stream import read_stream
from fix_ksm_probes.manifests.workload import find_workloads
from fix_ksm_probes.pipeline import run
from fix_ksm_probes.report.outputs.form import Output
from fix_ksm_probes.yamlpatch import parse

FIELD = Path(__file__).parents[2] / "shared" / "field"

if not FIELD.exists():
    pytest.skip("no field: ../shared/field is not beside this project", allow_module_level=True)

FLUX = "29-flux-substitution/input-tls-only.yaml"
FORK = "14-deckhouse-fork-krp/input-flant-image.yaml"
TEMPLATE = "11-addon-go-template/input.yaml"


def _read(name: str) -> str:
    return (FIELD / name).read_text()


def _run(name: str, **settings: str) -> Output:
    return run((FIELD / name).read_bytes(), dict(settings))


def _verdicts(name: str) -> dict[tuple[str | None, str, str], str]:
    return {
        (workload.identity.kind, judged.container.name, judged.probe.kind): judged.verdict.outcome
        for item in read_stream(parse(_read(name))).items
        for workload in find_workloads(item)
        if (analysis := analyse(workload)) is not None
        for judged in analysis.probes
    }


def _told(output: Output) -> str:
    return "\n".join(output.stderr)


@pytest.mark.parametrize(("name", "culprit"), [(FLUX, "${tls_"), (FORK, "stale-cache-interval")])
def test_what_cannot_be_known_is_unknown_and_left(name: str, culprit: str) -> None:
    """No probe is edited, and the sentence names what hides the truth."""
    output = _run(name)

    assert set(_verdicts(name).values()) == {"unknown"}
    assert output.stdout == _read(name).encode()
    assert culprit in _told(output)


def test_a_template_is_called_one() -> None:
    """The line that is no YAML is named, with what to do."""
    output = _run(TEMPLATE)

    assert output.stdout == b""
    assert output.exit_code != 0
    assert "stdin: line 5 looks like a Go or Jinja template; render it first" in _told(output)
