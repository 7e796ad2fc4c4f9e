"""Run a manifest's pods on test nodes that end, with all they started, when we do."""

import json
import os
import subprocess
import sys
from pathlib import Path

from .binaries import binary, dotted
from .confinement import ISOLATED
from .images import image_of, version_of
from .kubelet_prober import prober
from .manifest import read_pods
from .observation import Observation
from .pod import Container, Pod
from .tools import install_missing

_PACKAGE = __package__ or ""
_LONGEST_LOOK_SECONDS = 180


def observe(text: str, *, probes_only: bool = False) -> tuple[Observation, ...]:
    """Run every pod in the manifest stream `text`, one after the other, and tell what was seen.

    With `probes_only` no door is tried, and nothing is made to hang.
    """
    install_missing()
    return tuple(
        _observe(text, index, pod, probes_only=probes_only)
        for index, pod in enumerate(read_pods(text))
    )


def importing_us() -> dict[str, str]:
    """Return an environment in which Python finds this package by the name that it has here."""
    top = Path(__file__).resolve().parents[len(_PACKAGE.split("."))]
    return os.environ | {"PYTHONPATH": str(top)}


def _observe(text: str, index: int, pod: Pod, *, probes_only: bool) -> Observation:
    versions = {c.name: found for c in pod.containers if (found := _stand_in(c))}
    binaries = {name: str(path) for name, (_, _, path) in versions.items()}
    said = {name: (program, version) for name, (program, version, _) in versions.items()}
    order = {
        "text": text,
        "pod": index,
        "binaries": binaries,
        "versions": said,
        "prober": str(prober()),
        "probesOnly": probes_only,
    }
    done = _run_node(json.dumps(order))
    if done.returncode < 0:
        # An interpreter that crashed has said nothing about the pod; it may try once more.
        done = _run_node(json.dumps(order))
    if done.returncode:
        raise RuntimeError(f"{pod.name}: the test node failed\n{done.stderr}")
    return Observation.from_json(json.loads(done.stdout))


def _run_node(order: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*ISOLATED, sys.executable, "-X", "faulthandler", "-m", f"{_PACKAGE}.node"],
        input=order,
        env=importing_us(),
        capture_output=True,
        text=True,
        timeout=_LONGEST_LOOK_SECONDS,
        check=False,
    )


def _stand_in(container: Container) -> tuple[str, str, Path] | None:
    image = image_of(container.image)
    if image is None:
        return None
    version = image.program.standing_for(version_of(container.image))
    return image.program.name, dotted(version), binary(image.program, version)
