"""The image as a transformer of kustomize: in every kubectl of this machine, and on its own."""

from __future__ import annotations

import subprocess
import textwrap
from pathlib import Path

import pytest

from tests.callers.caller import COMMAND, find_kubectls
from tests.callers.package import OWN_CONFIG, changed_lines, manifests, write
from tests.image.engine import IMAGE, Engine, run

CONTAINER = f"container:\n  image: {IMAGE}\n"
EXEC = f"exec:\n  path: {COMMAND}\n"
# kustomize sorts the keys of what it builds.
REMOVED = [
    "-        readinessProbe:",
    "-          httpGet:",
    "-            path: /readyz",
    "-            port: 9091",
    "-          initialDelaySeconds: 5",
]
KUBECTLS = [pytest.param(path, id=path.name) for path in find_kubectls()]


def _folder(folder: Path, function: str, mode: str = "") -> Path:
    """Write a kustomization whose transformer, where `mode` says one, is `function`."""
    files = manifests("loopback", "sound")
    kustomization = {"resources": sorted(files)}
    if mode:
        kustomization["transformers"] = ["config.yaml"]
        annotation = textwrap.indent(function, " " * 6)
        files["config.yaml"] = OWN_CONFIG.format(mode=mode).replace(
            "spec:\n", f"  annotations:\n    config.kubernetes.io/function: |\n{annotation}spec:\n"
        )
    written = "".join(f"{key}: [{', '.join(value)}]\n" for key, value in kustomization.items())
    return write(folder, {**files, "kustomization.yaml": written})


@pytest.mark.parametrize("kubectl", KUBECTLS)
def test_kubectl_builds_a_repair(image: Engine, kubectl: Path, tmp_path: Path) -> None:
    """The build with the container is the build without it, less the probe that failed."""
    plain = _kubectl(image, kubectl, _folder(tmp_path / "plain", CONTAINER))
    repaired = _kubectl(image, kubectl, _folder(tmp_path / "repaired", CONTAINER, "probe-disable"))

    assert plain.returncode == repaired.returncode == 0, repaired.stderr.decode()
    assert changed_lines(plain.stdout, repaired.stdout) == REMOVED
    assert b"warning: " in repaired.stderr


@pytest.mark.parametrize("kubectl", KUBECTLS)
def test_kubectl_stops_at_a_wrong_setting(image: Engine, kubectl: Path, tmp_path: Path) -> None:
    """No manifest comes out, and stderr names the field."""
    ran = _kubectl(image, kubectl, _folder(tmp_path, CONTAINER, "wish"))

    assert ran.returncode != 0
    assert ran.stdout == b""
    assert b"spec.mode" in ran.stderr


def _kubectl(engine: Engine, kubectl: Path, folder: Path) -> subprocess.CompletedProcess[bytes]:
    return run(kubectl, "kustomize", "--enable-alpha-plugins", folder, env=engine.env)


@pytest.mark.parametrize("mode", ["probe-disable", "dedicated-port"])
def test_kustomize_runs_container_and_command_alike(
    image: Engine, standalone_kustomize: Path, tmp_path: Path, mode: str
) -> None:
    """Standalone kustomize gets the same from the image and from the installed command."""
    command = (standalone_kustomize, "build", "--enable-alpha-plugins")

    contained = run(*command, _folder(tmp_path / "container", CONTAINER, mode), env=image.env)
    executed = run(*command, "--enable-exec", _folder(tmp_path / "exec", EXEC, mode))
    plain = run(*command, _folder(tmp_path / "plain", EXEC))

    assert executed.returncode == 0, executed.stderr.decode()
    assert contained.stdout == executed.stdout != plain.stdout
    assert contained.returncode == 0


def test_kustomize_stops_at_a_wrong_setting(standalone_kustomize: Path, tmp_path: Path) -> None:
    """The command under --enable-exec: no manifest comes out, and stderr names the field."""
    folder = _folder(tmp_path, EXEC, "wish")

    ran = run(standalone_kustomize, "build", "--enable-alpha-plugins", "--enable-exec", folder)

    assert ran.returncode != 0
    assert ran.stdout == b""
    assert b"spec.mode" in ran.stderr
