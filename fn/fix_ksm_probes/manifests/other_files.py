"""Files that hold no manifests: what they look like, and which tool makes manifests of them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from fix_ksm_probes.yamlpatch import value_at

_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_SOURCES = {
    ("HelmRelease", "helm.toolkit.fluxcd.io"): "helm template",
    ("HelmRelease", "helm.fluxcd.io"): "helm template",
    ("HelmChart", "helm.cattle.io"): "helm template",
    ("HelmChartConfig", "helm.cattle.io"): "helm template",
    ("HelmOp", "fleet.cattle.io"): "helm template",
    ("App", "catalog.cattle.io"): "helm get manifest",
    ("App", "project.cattle.io"): "helm get manifest",
    ("Chart", "helm.k0sproject.io"): "helm template",
    ("ClusterProfile", "config.projectsveltos.io"): "helm template",
    ("Environment", "tanka.dev"): "tk show",
    ("HelmChart", "source.toolkit.fluxcd.io"): "helm template",
    ("HelmChartProxy", "addons.cluster.x-k8s.io"): "helm template",
    ("Release", "helm.crossplane.io"): "helm template",
    ("Application", "argoproj.io"): "argocd app manifests",
    ("ApplicationSet", "argoproj.io"): "argocd app manifests",
    ("Application", "core.oam.dev"): "vela dry-run",
    ("Kustomization", "kustomize.config.k8s.io"): "kustomize build",
    ("Component", "kustomize.config.k8s.io"): "kustomize build",
    ("Kustomization", "kustomize.toolkit.fluxcd.io"): "flux build kustomization",
}
"""Kinds, with their API groups, from which a tool makes the workload, and that tool."""
SIGNS_OF_SOURCES = (*dict.fromkeys(group for _, group in _SOURCES), ": {{")
"""Words in sources that must be rendered: the API groups of such kinds, and values of templates."""
# Of kubectl, helm, kustomize, klog and shells.
_ERROR = (
    r"(?i)(?:fatal )?error\b|panic:|unable to |the connection to the server |no resources found"
    r"|[ef]\d{4} \d\d:|.*: (?:command )?not found\Z"
)
_REPORT = r"(?m)^(?:NAME: .*\n+LAST DEPLOYED:|NOTES:[ \t]*\r?$)"
_CONFLICT = r"(?m)^<{7} "
_LONGEST_SHOWN = 500  # characters


def describe(path: str, raw: bytes) -> str:
    """Return what a file without manifests looks like, and what to use instead; else empty."""
    folder, name = os.path.split(path)
    if name in _KUSTOMIZATIONS or re.search(rb"(?m)^apiVersion: kustomize\.config\.k8s\.io/", raw):
        return "a kustomization; use the output of `kustomize build`"
    if name == "Chart.yaml" or (name.startswith("values") and _is_of_chart(folder)):
        return "a part of a chart; use the output of `helm template`"
    chart, is_template, _ = f"{folder}/".rpartition("templates/")
    if is_template and _is_of_chart(chart):
        return "a template of a chart; use the output of `helm template`"
    # No manifest has unquoted braces in braces.
    if re.search(rb"(?m)^[ \t]*\{\{|:[ \t]+\{\{", raw) and b"kind" in raw:
        return "a template; use its rendered output"
    return ""


def find_error_message(text: str) -> str:
    """Return the first line of a text if a program earlier in the pipe says there why it failed."""
    first = text.lstrip().partition("\n")[0].strip()
    return first[:_LONGEST_SHOWN] if re.match(_ERROR, first) else ""


def describe_text(text: str) -> str:
    """Return what keeps a text from being read as manifests, and what helps; empty if unknown."""
    if "\0" in text[:2]:
        return "it looks like UTF-16; UTF-8 is accepted"
    if found := re.search(_REPORT, text):
        where = f"line {_line(text, found)} belongs to the report of a release"
        return f"{where}; use the output of `helm template` or `helm get manifest`"
    if found := re.search(_CONFLICT, text):
        return f"line {_line(text, found)} is a conflict marker of Git; resolve the conflict first"
    if text.lstrip()[:1] == "{" and _is_more_than_one(text):
        return "it is more than one JSON value; put them in a List, or `---` between them"
    return ""


def _line(text: str, found: re.Match[str]) -> int:
    return text.count("\n", 0, found.start()) + 1


def _is_more_than_one(text: str) -> bool:
    """Tell whether a text begins with a JSON value and has another one behind it."""
    from json import JSONDecoder

    text = text.lstrip()
    try:
        _, end = JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return False
    return text[end:].lstrip().startswith("{")


def is_manifest(raw: bytes) -> bool:
    """Tell whether `raw` looks like manifests, which have a kind at the top."""
    if raw.lstrip()[:1] in b"{[":
        return b'"kind"' in raw or b"kind:" in raw
    return re.search(rb"(?m)^(?:- )?[\"']?kind[\"']?[ \t]*:", raw) is not None


def renderer(resource: object) -> str:
    """Return the tool that makes a workload of an object; empty if there is none."""
    kind, group = value_at(resource, ("kind",)), value_at(resource, ("apiVersion",))
    return _SOURCES.get((str(kind), str(group).partition("/")[0]), "")


def holds_manifests(resource: object, programs: tuple[str, ...]) -> bool:
    """Tell whether a text within an object holds manifests that name one of `programs`."""
    return any(_is_text_of(program, text) for text in _texts(resource) for program in programs)


def _texts(value: object) -> Iterator[str]:
    below = [value]
    while below:
        each = below.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            below += each.values()
        elif isinstance(each, list):
            below += each


def _is_text_of(program: str, text: str) -> bool:
    return program in text and "containers" in text and "\n" in text and is_manifest(text.encode())


def may_be_source(raw: bytes) -> bool:
    """Tell whether `raw` has a sign of what a tool makes workloads from."""
    return any(sign.encode() in raw for sign in SIGNS_OF_SOURCES)


def _is_of_chart(folder: str) -> bool:
    return os.path.exists(os.path.join(folder, "Chart.yaml"))  # noqa: PTH110, PTH118 (see cli)
