"""One resource as lines of YAML, and the streams that resources travel in."""

from __future__ import annotations

from collections.abc import Iterable

Manifest = tuple[str, ...]

DEDICATED_PORT: Manifest = (
    "apiVersion: fix-ksm-probes.dev/v1alpha1",
    "kind: FixKSMProbes",
    "metadata:",
    "  name: fix-ksm-probes",
    "spec:",
    "  mode: dedicated-port",
)
"""The functionConfig of all runs."""


def manifest(text: str) -> Manifest:
    """Return the lines of `text`."""
    return tuple(text.splitlines())


def indented(lines: Iterable[str], indent: int) -> list[str]:
    """Return `lines` further in; blank ones stay blank."""
    return [" " * indent + line if line else "" for line in lines]


def resource_list(
    items: Iterable[Manifest], config: Manifest = DEDICATED_PORT, indent: int = 0
) -> bytes:
    """Return a ResourceList as kustomize writes it, its items behind `indent` spaces."""
    lines = ["apiVersion: config.kubernetes.io/v1", "kind: ResourceList", "items:"]
    for first, *rest in items:
        lines.append(" " * indent + "- " + first)
        lines += indented(rest, indent + 2)
    lines += ["functionConfig:", *indented(config, 2), ""]
    return "\n".join(lines).encode()


def documents(items: Iterable[Manifest]) -> bytes:
    """Return the documents that `helm template` writes of a chart of these templates."""
    lines = []
    for index, each in enumerate(items):
        lines += ["---", f"# Source: platform/templates/part-{index}.yaml", *each]
    return "\n".join([*lines, ""]).encode()
