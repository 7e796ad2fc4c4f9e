"""Mode check under `validators:` of kustomize, which accepts no items back."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from tests.callers.caller import (
    COMMAND,
    each_kubectl,
    environment,
    run,
    with_stand_in_for_docker,
)
from tests.callers.package import Files, manifest, manifests, read, write
from tests.callers.stream import resource_list

CONFIG = """\
apiVersion: fix-ksm-probes.dev/v1alpha1
kind: FixKSMProbes
metadata:
  name: config
spec:
  mode: check
  emit: none
"""
BY_CONTAINER = CONFIG.replace(
    "  name: config\n",
    "  name: config\n  annotations:\n"
    "    config.kubernetes.io/function: 'container: {image: example.com/f}'\n",
)
ROUTES = {
    "plugin": (CONFIG, environment()),
    # Where no plugin is installed, so that nothing but the container can have answered.
    "container": (BY_CONTAINER, {**with_stand_in_for_docker(), "KUSTOMIZE_PLUGIN_HOME": ""}),
}
each_route = pytest.mark.parametrize("route", ROUTES)


def _build(
    kubectl: Path, folder: Path, files: Files, use: str, config: str, env: Mapping[str, str]
) -> subprocess.CompletedProcess[bytes]:
    used = f"{use}: [config/config.yaml]\n" if use else ""
    own = {"kustomization.yaml": f"resources: [{', '.join(files)}]\n{used}"}
    write(folder, {**own, **files, "config/config.yaml": config})
    before = read(folder)
    ran = run(kubectl, "kustomize", "--enable-alpha-plugins", folder, env=env)
    assert read(folder) == before
    return ran


@each_kubectl
@each_route
def test_a_sound_build_passes_and_is_the_build_without_us(
    kubectl: Path, tmp_path: Path, route: str
) -> None:
    """The function returns no item, and the build has all items."""
    files = manifests("sound", "host-network")
    config, env = ROUTES[route]

    checked = _build(kubectl, tmp_path / "with", files, "validators", config, env)
    plain = _build(kubectl, tmp_path / "without", files, "", config, env)

    assert checked.returncode == plain.returncode == 0, checked.stderr.decode()
    assert checked.stdout == plain.stdout != b""


@each_kubectl
@each_route
def test_a_broken_build_fails_with_the_reason(kubectl: Path, tmp_path: Path, route: str) -> None:
    """There is no build, and stderr, all that kustomize shows, names the probe and the reason."""
    config, env = ROUTES[route]

    ran = _build(kubectl, tmp_path, manifests("sound", "loopback"), "validators", config, env)

    assert ran.returncode != 0
    assert ran.stdout == b""
    assert b"`readinessProbe` dials the pod IP on 9091" in ran.stderr


@each_kubectl
def test_a_build_that_it_empties_says_so(kubectl: Path, tmp_path: Path) -> None:
    """kustomize sends a transformer the same, so this is not refused; but it is told.

    By a container, that is: kubectl 1.31 and later hide what a plugin says when it succeeds.
    """
    config, env = ROUTES["container"]

    ran = _build(kubectl, tmp_path, manifests("sound"), "transformers", config, env)

    assert ran.stdout.strip() == b""
    assert b"returned no item, as `emit: none` says" in ran.stderr


@each_kubectl
def test_without_it_even_a_sound_build_fails_under_validators(
    kubectl: Path, tmp_path: Path
) -> None:
    """kustomize takes every returned item for a changed one, which is why the setting exists."""
    config = CONFIG.replace("emit: none", "emit: all")

    ran = _build(kubectl, tmp_path, manifests("sound"), "validators", config, environment())

    assert ran.returncode != 0
    assert b"validator shouldn't modify" in ran.stderr


@pytest.mark.parametrize("mode", ["probe-disable", "dedicated-port", "through-proxy"])
def test_a_repair_cannot_be_silent(mode: str) -> None:
    """In all modes but check the items come back unchanged, and the error names the field."""
    raw = resource_list(manifest("loopback"), config=CONFIG.replace("mode: check", f"mode: {mode}"))

    ran = run(COMMAND, stdin=raw)

    assert ran.returncode == 2
    assert ran.stdout.startswith(raw.partition(b"results:")[0].rstrip())
    assert b"cannot use it; accepted with mode check" in ran.stderr.splitlines()[0]


@pytest.mark.parametrize(
    "raw",
    [
        resource_list(manifest("sound"), config=CONFIG),
        resource_list(
            manifest("sound").replace(
                "metadata:\n", "metadata:\n  annotations: {config.k8s.io/id: '1'}\n", 1
            ),
            config=CONFIG,
        ),
    ],
    ids=["a pipe", "kpt"],
)
def test_no_other_caller_gets_silence(raw: bytes) -> None:
    """A pipe and kpt would lose all items, so the items come back and the run fails."""
    ran = run(COMMAND, stdin=raw)

    assert ran.returncode == 2
    assert len(yaml.safe_load(ran.stdout)["items"]) == 1
    assert b"spec.emit: none is accepted only from kustomize" in ran.stderr.splitlines()[0]


def test_a_filter_gets_no_silence() -> None:
    """Documents without the ids of kustomize are refused, and stdout is empty."""
    ran = run(COMMAND, "--mode=check", "--emit=none", stdin=manifest("sound").encode())

    assert (ran.returncode, ran.stdout) == (2, b"")
    assert b"--emit" in ran.stderr.splitlines()[0]
