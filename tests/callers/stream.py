"""ResourceLists: made from manifests, sent to the installed command, and read back."""

from __future__ import annotations

import subprocess
import textwrap
from typing import Any

import yaml

from tests.callers.caller import COMMAND, run

HEADER = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"


def resource_list(*items: str, config: str = "", header: str = HEADER) -> bytes:
    """Return the ResourceList of `items`, each the text of one manifest, as kpt writes it."""
    written = "".join(item(text) for text in items)
    function_config = "functionConfig:\n" + textwrap.indent(config, "  ") if config else ""
    return f"{header}items:{'' if items else ' []'}\n{written}{function_config}".encode()


def item(text: str) -> str:
    """Return a manifest as an item of a ResourceList."""
    return "- " + textwrap.indent(text, "  ")[2:]


def send(stdin: bytes, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run the installed command on `stdin`."""
    return run(COMMAND, *arguments, stdin=stdin)


def repair(stdin: bytes, *arguments: str) -> bytes:
    """Return the output of the installed command for `stdin`; it must succeed."""
    ran = send(stdin, *arguments)
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout


def split(stdout: bytes) -> tuple[bytes, list[dict[str, Any]]]:
    """Return a ResourceList in block style without its results, and the results."""
    head, mark, tail = stdout.partition(b"\nresults:\n")
    return (head + b"\n", yaml.safe_load(tail)) if mark else (stdout, [])


class _AsWritten(yaml.BaseLoader):
    """Loads every scalar as it is written. An anchor may occur twice, as in two files of kpt."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if not self.check_event(yaml.AliasEvent):
            self.anchors.pop(self.peek_event().anchor, None)  # type: ignore[no-untyped-call]
        return super().compose_node(parent, index)


def items_of(stdout: bytes) -> list[Any]:
    """Return the items of a ResourceList as plain data, every scalar as it is written."""
    items: list[Any] = yaml.load(stdout, _AsWritten)["items"]  # noqa: S506 (builds strings alone)
    return items


def identity(resource: dict[str, Any]) -> tuple[str, ...]:
    """Return what Kubernetes identifies a resource by."""
    metadata = resource.get("metadata") or {}
    return (
        resource.get("apiVersion", ""),
        resource.get("kind", ""),
        metadata.get("namespace", ""),
        metadata.get("name", ""),
    )


def annotated(text: str, *lines: str) -> str:
    """Return a manifest with the annotations `lines`."""
    written = "".join(f"    {line}\n" for line in lines)
    return text.replace("metadata:\n", f"metadata:\n  annotations:\n{written}", 1)
