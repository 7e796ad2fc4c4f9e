"""Fixtures of the tests of the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.callers.package import manifest

BROKEN = manifest("loopback")
OTHER = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: other\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a folder with a broken manifest, others, and files that are no manifests."""
    files = {
        "deploy/ksm.yaml": BROKEN,
        "deploy/kustomization.yaml": "resources: [ksm.yaml]\n",
        "app/other.yml": OTHER,
        "app/one.json": json.dumps({"apiVersion": "v1", "kind": "Namespace"}),
        "app/compose.yaml": "services: {ksm: {image: kube-state-metrics}}\n",
        "app/notes.txt": BROKEN,
        "chart/Chart.yaml": "name: kube-state-metrics\n",
        "chart/values.yaml": "name: kube-state-metrics\n",
        "chart/templates/deployment.yaml": "kind: Deployment\nname: {{ .Release.Name }}-ksm\n",
        ".hidden/ksm.yaml": BROKEN,
        "deploy/.ksm.yaml": BROKEN,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path
