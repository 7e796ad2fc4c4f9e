"""What the function is measured against."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from benchmarks.laboratory import Laboratory
from benchmarks.manifests import Manifest, documents
from benchmarks.measure import Command
from tests.e2e.binaries import Program, binary

IMPORT_YAML = "import yaml"
IMPORT_ALL = "import yaml, jsonpatch"
COPY = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())"
FILTER = """
import sys, yaml
stream = yaml.load(sys.stdin, Loader=yaml.CSafeLoader)
stream.pop("functionConfig")
yaml.dump(stream, sys.stdout, Dumper=yaml.CSafeDumper)
"""
"""A function as one writes it in ten minutes, with PyYAML's C parser and emitter."""

_NAMESPACE: Manifest = (
    "apiVersion: v1",
    "kind: ConfigMap",
    "metadata:",
    "  name: set-namespace",
    "data:",
    "  namespace: team",
)
_SET_NAMESPACE = Program(
    "set-namespace",
    "github.com/GoogleContainerTools/kpt-functions-catalog/functions/go/set-namespace",
    ".",
    (((0, 0, 0), (0, 4, 1)),),
)


def set_namespace(laboratory: Laboratory, items: list[Manifest]) -> Command:
    """Return the Go function of the kpt catalog, built where the cache lacks it."""
    stdin = laboratory.stream("set-namespace", items, _NAMESPACE)
    return Command([binary(_SET_NAMESPACE, (0, 4, 1))], stdin)


def kustomize(laboratory: Laboratory, items: list[Manifest]) -> Command | None:
    """Return the command that has kubectl patch `items`; None without kubectl.

    The patches, JSON 6902, are those that the function itself writes as a Component.
    """
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        return None
    folder = laboratory.folder / "kustomize"
    (folder / "component").mkdir(parents=True, exist_ok=True)
    resources = documents(items)
    (folder / "resources.yaml").write_bytes(resources)
    made = subprocess.run(
        [laboratory.installed.function, "--mode=dedicated-port", "--output=component"],
        input=resources,
        capture_output=True,
        check=True,
    ).stdout
    (folder / "component" / "kustomization.yaml").write_bytes(made)
    (folder / "kustomization.yaml").write_text(
        "resources: [resources.yaml]\ncomponents: [component]\n"
    )
    return Command([kubectl, "kustomize", folder], Path(os.devnull))
