"""A manifest writes nothing on a terminal but text: no line of its own, no colour, no command."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("fix-ksm-probes")
NAME = "k\nfix-ksm-probes: info: all is well\n::error::\x1b[2J\x07\u202e\u0085\u2028"
MANIFEST = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": NAME, "namespace": NAME},
    "spec": {
        "template": {
            "spec": {
                "containers": [
                    {
                        "name": NAME,
                        "image": "kube-state-metrics:v2.15.0",
                        "args": ["--host=127.0.0.1", "--port=8080", f"--{NAME}"],
                        "livenessProbe": {"httpGet": {"path": f"/{NAME}", "port": 8080}},
                    }
                ]
            }
        }
    },
}
LIST = {
    "apiVersion": "config.kubernetes.io/v1",
    "kind": "ResourceList",
    "items": [MANIFEST],
    "functionConfig": {"apiVersion": "v1", "kind": "ConfigMap", "data": {NAME: NAME}},
}


@pytest.mark.parametrize("manifest", [MANIFEST, LIST, {"kind": "ResourceList", "apiVersion": NAME}])
@pytest.mark.parametrize(
    "arguments", [(), ("--mode=check",), ("--explain",), ("-o", "github"), (f"--mode={NAME}",)]
)
def test_stderr_and_drawings_are_plain_lines(
    manifest: dict[str, object], arguments: tuple[str, ...]
) -> None:
    """Escapes stand for all that is not printable, and each line begins as ours do."""
    done = subprocess.run(
        [COMMAND, *arguments], input=json.dumps(manifest).encode(), capture_output=True
    )

    told = done.stderr.decode()
    # What GitHub reads has escapes of its own for line breaks, and colours by leave.
    shown = done.stdout.decode() if arguments == ("--explain",) else ""
    lines = [*told.split("\n"), *shown.split("\n")]
    assert told or shown
    assert b"Traceback" not in done.stderr
    assert [line for line in lines if not line.isprintable()] == []
    assert not any(line.startswith("fix-ksm-probes: info: all is well") for line in lines)
    assert not any(line.startswith(b"::error::\x1b") for line in done.stdout.split(b"\n"))
