"""Results as the annotations that GitHub Actions shows beside the lines they are about."""

from __future__ import annotations

from collections.abc import Iterable

from fix_ksm_probes.report.outputs.position import Position
from fix_ksm_probes.report.result import ERROR, WARNING, Result

_COMMANDS = {ERROR: "error", WARNING: "warning"}


def github(located: Iterable[tuple[Result, Position]]) -> str:
    """Return a workflow command for each result at its position.

    The escapes are those of `@actions/core` 1.11.
    """
    return "".join(_command(result, where) for result, where in located)


def _command(result: Result, where: Position) -> str:
    properties = {"file": where.path}
    if where.first:
        properties |= {"line": str(where.first), "endLine": str(where.last)}
    properties["title"] = dict(result.tags).get("reason", "")
    written = ",".join(
        f"{name}={_escaped(value).replace(':', '%3A').replace(',', '%2C')}"
        for name, value in properties.items()
        if value
    )
    head = " ".join(part for part in (_COMMANDS.get(result.severity, "notice"), written) if part)
    return f"::{head}::{_escaped(result.told)}\n"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
