"""What the README says is what happens."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fix_ksm_probes.config import FIELDS, Config, settle
from fix_ksm_probes.document import parse
from fix_ksm_probes.function_config import read_function_config
from fix_ksm_probes.load import load

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COLOUR = re.compile(r"\x1b\[\d*m")


def _blocks(language: str, heading: str = "") -> list[str]:
    section = README.partition(f"\n## {heading}\n")[2].partition("\n## ")[0] if heading else README
    return [body for name, body in FENCE.findall(section) if name == language]


def _needs(tool: str) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"tool missing: {tool}")


def _shell(script: str, folder: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, "PATH": path},
        input=stdin,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of what the README's commands name: kpt writes into its package."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    return tmp_path


@pytest.fixture(scope="module")
def demo() -> str:
    """Return what `make demo` prints, without its colours."""
    command = [sys.executable, str(ROOT / "examples" / "demo" / "demo.py")]
    return COLOUR.sub(
        "", subprocess.run(command, capture_output=True, text=True, check=True).stdout
    )


def test_the_diff_is_that_of_the_demo(demo: str) -> None:
    """The first screen shows a real repair, to the letter."""
    shown = [line for line in demo.partition("\n\n")[0].splitlines()[2:] if line[0] != "@"]

    assert shown == _blocks("diff")[0].splitlines()


def test_the_result_is_that_of_the_demo(demo: str) -> None:
    """And what the function says about it."""
    assert demo.partition("\n\n")[2] == _blocks("text")[0]


def test_the_table_is_that_of_the_pods_that_ran() -> None:
    """Its rows are copied from what `make e2e` wrote."""
    section = README.partition("\n## Proven in pods that run\n")[2].partition("\n## ")[0]
    shown = [line for line in section.splitlines() if line.startswith("|")]
    measured = (ROOT / "tests" / "e2e" / "table.md").read_text().splitlines()

    assert len(shown) > 10
    assert set(shown) <= set(measured)


def test_make_knows_the_two_commands() -> None:
    """A reader types them first."""
    for command in _blocks("sh")[0].splitlines():
        subprocess.run([*command.split(), "--dry-run"], cwd=ROOT, capture_output=True, check=True)


def test_the_settings_shown_are_the_defaults() -> None:
    """All fields, with the values they have when nobody sets them."""
    shown = load(parse(_blocks("yaml", "Settings")[0])[0].root)
    settings = read_function_config(shown)

    assert Config() == settle(settings)
    assert settings.keys() == {field.name for field in FIELDS}


def test_kustomize(checkout: Path) -> None:
    """The block under its heading repairs the example."""
    _needs("kubectl")
    done = _shell(_blocks("sh", "kustomize")[0], checkout)

    assert done.returncode == 0, done.stderr
    assert "--ignore-paths=/livez" in done.stdout


def test_kpt(checkout: Path) -> None:
    """The blocks under its heading repair the example and then find nothing more to repair."""
    _needs("kpt")
    render, check = _blocks("sh", "kpt")
    rendered = _shell(render, checkout)
    checked = _shell(check, checkout / "examples" / "kpt")

    assert rendered.returncode == 0, rendered.stderr
    assert "8642" in (checkout / "examples" / "kpt" / "kube-state-metrics.yaml").read_text()
    assert "LoopbackOnly" not in checked.stderr


def test_helm(checkout: Path) -> None:
    """Between helm and kubectl, plain manifests become repaired plain manifests."""
    _needs("kpt")
    pipe = [part.strip() for part in _blocks("sh", "Helm")[0].split("|")]
    manifest = (checkout / "examples" / "kpt" / "kube-state-metrics.yaml").read_text()
    done = _shell(pipe[1], checkout, manifest)

    assert done.returncode == 0, done.stderr
    assert "port: 8642" in done.stdout
    assert "ResourceList" not in done.stdout


def test_standalone(checkout: Path) -> None:
    """The filter writes what it read, repaired."""
    done = _shell(_blocks("sh", "Standalone")[0], checkout)

    assert done.returncode == 0, done.stderr
    assert "port: 8642" in done.stdout
