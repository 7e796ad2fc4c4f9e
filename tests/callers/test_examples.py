"""What the commands of an example do to its folder; tests/docs runs each command by itself."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.callers.caller import EXAMPLES, PLUGINS, environment, need, run, with_stand_in_for_docker
from tests.callers.package import changes, read

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def test_kpt(tmp_path: Path) -> None:
    """After the render, the package passes its own validator; a pipe gives the same."""
    need("kpt")
    render, check, pipe = _commands("kpt")
    example = _copy("kpt", tmp_path)
    untouched = _copy("kpt", tmp_path / "untouched")
    before = read(example)
    assert _run(check, example).returncode == 1

    for expected in (True, False):
        once = read(example)
        rendered = _run(render, example)
        assert rendered.returncode == 0
        assert b"executed 2 function(s)" in rendered.stderr
        assert (read(example) != once) is expected
    different = changes(before, read(example))
    assert list(different) == ["kube-state-metrics.yaml"]
    assert "-            port: 9091 # telemetry" in different["kube-state-metrics.yaml"]
    assert "+        - --host=127.0.0.1" in different["kube-state-metrics.yaml"]
    assert _run(check, example).returncode == 0
    assert _run(pipe, untouched, environment(TMPDIR=str(tmp_path))).returncode == 0
    repaired = read(tmp_path / "repaired")
    assert repaired == {name: read(example)[name] for name in repaired} != {}


def test_kpt_renders_nothing_that_its_validator_fails(tmp_path: Path) -> None:
    """Without bindLoopback the bypass stays open, so the render fails and no file changes."""
    need("kpt")
    render, *_ = _commands("kpt")
    example = _copy("kpt", tmp_path)
    config = example / "fix-ksm-probes.yaml"
    config.write_text(config.read_text().replace("bindLoopback: true", "bindLoopback: false"))
    before = read(example)

    rendered = _run(render, example)

    assert rendered.returncode == 1
    assert b"[Bypass]" in rendered.stderr
    assert read(example) == before


def test_kustomize(tmp_path: Path) -> None:
    """The plugin and the container give the same repaired build."""
    need("kubectl")
    plugin, container = _commands("kustomize")
    example = _copy("kustomize", tmp_path)
    kustomization = example / "kustomization.yaml"

    by_plugin = _run(plugin, example, environment(KUSTOMIZE_PLUGIN_HOME=""))
    text = kustomization.read_text()
    active, alternative = "- fix-ksm-probes.yaml\n", "# - fix-ksm-probes-container.yaml\n"
    assert (text.count(active), text.count(alternative)) == (1, 1)
    kustomization.write_text(text.replace(active, "").replace(alternative, alternative[2:]))
    env = {**with_stand_in_for_docker(), "KUSTOMIZE_PLUGIN_HOME": ""}
    by_container = _run(container, example, env)

    assert by_plugin.returncode == 0, by_plugin.stderr.decode()
    assert by_container.returncode == 0, by_container.stderr.decode()
    assert b"--ignore-paths=/livez" in by_plugin.stdout
    assert by_container.stdout == by_plugin.stdout


def test_the_plugin_is_two_lines_that_may_be_run() -> None:
    """Users copy a script with its executable bit."""
    (plugin,) = PLUGINS.glob("fix-ksm-probes.dev/v1alpha1/fixksmprobes/FixKSMProbes")

    assert plugin.read_text().splitlines() == ["#!/bin/sh", 'exec fix-ksm-probes "$@"']
    assert plugin.stat().st_mode & 0o111 == 0o111


def _commands(name: str) -> list[str]:
    """Return the commands in the README of an example."""
    text = (EXAMPLES / name / "README.md").read_text()
    return [block for kind, block in _BLOCK.findall(text) if kind == "sh"]


def _copy(name: str, folder: Path) -> Path:
    return Path(shutil.copytree(EXAMPLES / name, folder / name))


def _run(
    commands: str, example: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    return run("bash", "-o", "pipefail", "-c", commands, cwd=example, env=env)
