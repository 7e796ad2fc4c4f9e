"""What a file looks like that holds no manifests, and what makes manifests of it."""

from __future__ import annotations

import os
import re

_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_UNRENDERED = {
    "HelmRelease": "helm template",
    "HelmChart": "helm template",
    "Application": "argocd app manifests",
}
"""Kinds from which a tool makes the workload, and that tool."""
UNRENDERED = tuple(_UNRENDERED)


def describe(path: str, raw: bytes) -> str:
    """Return what a file that is no manifest looks like, and what to give instead; else nothing."""
    folder, name = os.path.split(path)
    if name in _KUSTOMIZATIONS or re.search(rb"(?m)^apiVersion: kustomize\.config\.k8s\.io/", raw):
        return "a kustomization; give the output of `kustomize build`"
    if name == "Chart.yaml" or (name.startswith("values") and _is_of_chart(folder)):
        return "a part of a chart; give the output of `helm template`"
    chart, is_template, _ = f"{folder}/".rpartition("templates/")
    if is_template and _is_of_chart(chart):
        return "a template of a chart; give the output of `helm template`"
    # Unquoted, braces in braces are no value of any manifest.
    if re.search(rb"(?m)^[ \t]*\{\{|:[ \t]+\{\{", raw) and b"kind" in raw:
        return "a template; give what it is rendered to"
    return ""


def is_manifest(raw: bytes) -> bool:
    """Tell whether `raw` looks like manifests: each has a kind at its top."""
    if raw.lstrip()[:1] in b"{[":
        return b'"kind"' in raw or b"kind:" in raw
    return re.search(rb"(?m)^(?:- )?[\"']?kind[\"']?[ \t]*:", raw) is not None


def renderer(kind: object) -> str:
    """Return the tool that makes manifests of an object of this kind; empty for any other kind."""
    return _UNRENDERED.get(kind, "") if isinstance(kind, str) else ""


def may_be_unrendered(raw: bytes) -> bool:
    """Tell whether `raw` has the name of a kind that `renderer` knows."""
    return any(kind.encode() in raw for kind in UNRENDERED)


def _is_of_chart(folder: str) -> bool:
    return os.path.exists(os.path.join(folder, "Chart.yaml"))  # noqa: PTH110, PTH118 (see cli)
