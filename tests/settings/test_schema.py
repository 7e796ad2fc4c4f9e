"""The schema and the run judge a functionConfig alike, and the kept files are what they print."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from fix_ksm_probes.settings import schema
from fix_ksm_probes.settings.fields import API_VERSION, FIELDS, KIND
from fix_ksm_probes.settings.function_config import read_function_config
from fix_ksm_probes.settings.kinds import ConfigError
from fix_ksm_probes.yamlpatch import load, parse

ROOT = Path(__file__).parents[2]
KEPT = {
    "--schema": ROOT / "docs" / "schema" / "fixksmprobes.v1alpha1.json",
    "--schema=definition": ROOT / "docs" / "schema" / "krm-function-definition.yaml",
}
CONFIGS = sorted((ROOT / "examples").rglob("fix-ksm-probes*.yaml"))
BY_CONTAINER = "fix-ksm-probes-container.yaml"
# What a version of a KRMFunctionDefinition must have (KEP 2906, "Function Metadata Schema").
REQUIRED = {"name", "schema", "idempotent", "runtime", "usage", "examples", "license"}
HEAD = f"apiVersion: {API_VERSION}\nkind: {KIND}\n"

ACCEPTED = [
    "",
    "metadata: {name: a, annotations: {b: c}}",
    "metadata: null",
    "spec:",
    "spec: {}",
    *(f"spec: {{mode: {mode}}}" for mode in FIELDS[0].choices),
    "spec: {mode: }",
    "spec: {scope: all}",
    "spec: {scope: 'broken'}",
    "spec: {probes: [livenessProbe]}",
    "spec: {probes: [readinessProbe, readinessProbe, startupProbe]}",
    "spec: {probes: null}",
    "spec: {target: }",
    "spec: {target: {}}",
    "spec: {target: {name: a, namespace: '0755', labels: {}}}",
    "spec: {target: {labels: {a/b: '1', c: ''}}}",
    "spec: {target: {labels: ~}}",
    "spec: {dedicatedPort: {}}",
    "spec: {dedicatedPort: {port: 1}}",
    "spec: {dedicatedPort: {port: 65535, answeredBy: kube-rbac-proxy}}",
    "spec: {dedicatedPort: {port: null, image: }}",
    "spec: {dedicatedPort: {image: 'example.com/a:1.5'}}",
    "spec: {emit: all}",
    "spec: {emit: none}",
]
REFUSED = [
    "spec: {mode: dedicated-port, dedicatedPort: {image: a b}}",
    "spec: {target: {name: ' ksm'}}",
    "spec: []",
    "spec: check",
    "spec: 1",
    "spec: true",
    "status: {}",
    "mode: check",
    "data: {mode: check}",
    "spec: {mood: check}",
    "spec: {Mode: check}",
    "spec: {port: 8642}",
    "spec: {mode: Check}",
    "spec: {mode: chekc}",
    "spec: {mode: ''}",
    "spec: {mode: true}",
    "spec: {mode: [check]}",
    "spec: {mode: {a: b}}",
    "spec: {mode: 1}",
    "spec: {scope: none}",
    "spec: {scope: 0}",
    "spec: {probes: livenessProbe}",
    "spec: {probes: []}",
    "spec: {probes: {}}",
    "spec: {probes: [liveness]}",
    "spec: {probes: [livenessProbe, null]}",
    "spec: {probes: [livenessProbe, 1]}",
    "spec: {probes: 'livenessProbe, readinessProbe'}",
    "spec: {target: ksm}",
    "spec: {target: []}",
    "spec: {target: {kind: Deployment}}",
    "spec: {target: {name: 1}}",
    "spec: {target: {name: 1.5}}",
    "spec: {target: {name: true}}",
    "spec: {target: {name: [a]}}",
    "spec: {target: {namespace: {}}}",
    "spec: {target: {labels: a=b}}",
    "spec: {target: {labels: [a]}}",
    "spec: {target: {labels: {a: 1}}}",
    "spec: {target: {labels: {a: true}}}",
    "spec: {target: {labels: {a: null}}}",
    "spec: {target: {labels: {a: {b: c}}}}",
    "spec: {dedicatedPort: 8642}",
    "spec: {dedicatedPort: [8642]}",
    "spec: {dedicatedPort: {ports: 1}}",
    "spec: {dedicatedPort: {port: 0}}",
    "spec: {dedicatedPort: {port: -1}}",
    "spec: {dedicatedPort: {port: 65536}}",
    "spec: {dedicatedPort: {port: '8642'}}",
    "spec: {dedicatedPort: {port: true}}",
    "spec: {dedicatedPort: {port: 86.42}}",
    "spec: {dedicatedPort: {port: http}}",
    "spec: {dedicatedPort: {answeredBy: nobody}}",
    "spec: {dedicatedPort: {answeredBy: 1}}",
    "spec: {dedicatedPort: {image: 1.5}}",
    "spec: {dedicatedPort: {image: [a]}}",
    "spec: {emit: some}",
    "spec: {emit: false}",
]


def _run_accepts(text: str) -> bool:
    try:
        read_function_config(load(parse(text)[0].root))
    except ConfigError:
        return False
    return True


def _schema_accepts(value: object) -> bool:
    return bool(jsonschema.Draft7Validator(schema.schema()).is_valid(value))


@pytest.mark.parametrize("text", ACCEPTED)
def test_both_accept(text: str) -> None:
    """What a run takes, an editor does not underline."""
    assert _run_accepts(HEAD + text)
    assert _schema_accepts(yaml.safe_load(HEAD + text))


@pytest.mark.parametrize("text", REFUSED)
def test_both_refuse(text: str) -> None:
    """What an editor underlines, a run refuses."""
    assert not _run_accepts(HEAD + text)
    assert not _schema_accepts(yaml.safe_load(HEAD + text))


_WORDS = st.sampled_from(sorted({choice for field in FIELDS for choice in field.choices}))
_KEYS = st.sampled_from(sorted({str(step) for field in FIELDS for step in field.place}))
_LEAVES = st.one_of(_WORDS, st.none(), st.booleans(), st.integers(-1, 70000), st.text(max_size=3))
_VALUES = st.recursive(
    _LEAVES,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(_KEYS, below, max_size=3),
    max_leaves=6,
)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.dictionaries(_KEYS, _VALUES, max_size=4))
def test_they_never_disagree(spec: dict[str, Any]) -> None:
    """Whatever stands in `spec`."""
    config = {"apiVersion": API_VERSION, "kind": KIND, "spec": spec}

    assert _run_accepts(json.dumps(config)) == _schema_accepts(config)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_examples_are_complete_in_an_editor(path: Path) -> None:
    """Their first line names the schema, by a path that leads there, and they follow it."""
    text = path.read_text()
    found = text.partition("\n")[0].removeprefix("# yaml-language-server: $schema=")

    assert (path.parent / found).resolve() == KEPT["--schema"]
    assert _schema_accepts(yaml.safe_load(text))


def test_the_schema_is_one() -> None:
    """By the schema of schemas."""
    jsonschema.Draft7Validator.check_schema(schema.schema())


def test_the_definition_is_structural() -> None:
    """Each level of an openAPIV3Schema has one type, and no reference (KEP 2906)."""

    def walk(part: dict[str, Any]) -> None:
        assert isinstance(part["type"], str)
        for below in (*part.get("properties", {}).values(), *_maps(part)):
            walk(below)

    def _maps(part: dict[str, Any]) -> list[dict[str, Any]]:
        return [part[key] for key in ("items", "additionalProperties") if key in part]

    (version,) = schema.definition()["spec"]["versions"]
    walk(version["schema"]["openAPIV3Schema"])


def test_the_definition_has_all_that_its_proposal_requires() -> None:
    """By the schema in KEP 2906; its URIs lead to pages, its image is that of the examples."""
    spec: dict[str, Any] = schema.definition()["spec"]
    (version,) = spec["versions"]
    container = yaml.safe_load((ROOT / "examples/kustomize" / BY_CONTAINER).read_text())
    function = container["metadata"]["annotations"]["config.kubernetes.io/function"]

    assert spec.keys() >= {"group", "names", "description", "publisher", "versions"}
    assert version.keys() >= REQUIRED
    assert version["examples"]
    assert all((ROOT / path).is_file() for path in (version["usage"], *version["examples"]))
    assert version["runtime"] == yaml.safe_load(function)


@pytest.mark.parametrize("flag", KEPT)
def test_the_kept_file_is_what_the_command_prints(
    flag: str, request: pytest.FixtureRequest
) -> None:
    """Whoever changes a field runs this with --update."""
    command = [sys.executable, "-m", "fix_ksm_probes", flag]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if request.config.getoption("--update"):
        KEPT[flag].parent.mkdir(exist_ok=True)
        KEPT[flag].write_text(printed)

    assert printed == KEPT[flag].read_text()
