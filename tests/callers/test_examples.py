"""Each example, run by the very commands of its README, in a copy of its folder."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.callers.caller import EXAMPLES, PLUGINS, environment, need, run, with_stand_in_for_docker
from tests.callers.package import changes, read

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def test_kpt(tmp_path: Path) -> None:
    """Rendered, the package is repaired; check fails it, for the bypass; a pipe does the same."""
    need("kpt")
    (render, check, pipe), _ = _readme("kpt")
    example = _copy("kpt", tmp_path)
    untouched = _copy("kpt", tmp_path / "untouched")
    before = read(example)

    for expected in (True, False):
        once = read(example)
        assert _run(render, example).returncode == 0
        assert (read(example) != once) is expected
    different = changes(before, read(example))
    assert list(different) == ["kube-state-metrics.yaml"]
    assert different["kube-state-metrics.yaml"][0] == "-            port: 9091 # telemetry"
    assert b"Bypass" not in _run(check, example).stderr
    assert _run(check, example).returncode == 1
    assert _run(pipe, untouched, environment(TMPDIR=str(tmp_path))).returncode == 0
    repaired = read(tmp_path / "repaired")
    assert repaired == {name: read(example)[name] for name in repaired} != {}


def test_kustomize(tmp_path: Path) -> None:
    """The build by the plugin, and the build by a container in its place, are one and repaired."""
    need("kubectl")
    (plugin, container), _ = _readme("kustomize")
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


def test_standalone(tmp_path: Path) -> None:
    """The probe is removed, or kept on a port of its own, or judged with the words shown."""
    (remove, keep, check), (words,) = _readme("standalone")
    example = _copy("standalone", tmp_path)
    before = read(example)

    removed, kept, judged = (_run(each, example) for each in (remove, keep, check))

    lines = [line for line in removed.stdout.decode().splitlines() if line.startswith("<")]
    assert [line.split()[1] for line in lines] == ["livenessProbe:", "httpGet:", "path:", "port:"]
    assert (kept.returncode, judged.returncode) == (0, 1)
    assert b"livenessProbe: # dials" in kept.stdout
    assert b":8642" in kept.stdout
    assert judged.stderr.decode() == words
    assert read(example) == before


@pytest.mark.parametrize("name", ["kpt", "kustomize", "standalone"])
def test_a_readme_names_only_what_is_there(name: str) -> None:
    """Every link of an example leads to a file."""
    links = re.findall(r"\]\(([^)]+)\)", (EXAMPLES / name / "README.md").read_text())

    assert links
    assert [link for link in links if not (EXAMPLES / name / link).exists()] == []


def test_the_plugin_is_two_lines_that_may_be_run() -> None:
    """What a user copies: a script with its executable bit."""
    (plugin,) = PLUGINS.glob("fix-ksm-probes.dev/v1alpha1/fixksmprobes/FixKSMProbes")

    assert plugin.read_text().splitlines() == ["#!/bin/sh", 'exec fix-ksm-probes "$@"']
    assert plugin.stat().st_mode & 0o111 == 0o111


def _readme(name: str) -> tuple[list[str], list[str]]:
    """Return the commands of an example's README, and the outputs it shows."""
    blocks = _BLOCK.findall((EXAMPLES / name / "README.md").read_text())
    commands, outputs = (
        [text for kind, text in blocks if kind == wanted] for wanted in ("sh", "text")
    )
    assert len(commands) + len(outputs) == len(blocks)
    return commands, outputs


def _copy(name: str, folder: Path) -> Path:
    return Path(shutil.copytree(EXAMPLES / name, folder / name))


def _run(
    commands: str, example: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    return run("bash", "-o", "pipefail", "-c", commands, cwd=example, env=env)
