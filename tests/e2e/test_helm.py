"""Helm with the function as its post-renderer: what it sends, shows and does with the answer."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.docs.page import ROOT

from .helm import HELMS

CHART = ROOT / "tests" / "docs" / "chart"
PLUGIN = ROOT / "examples" / "helm" / "fix-ksm-probes"
each_helm = pytest.mark.parametrize("tool", HELMS)

# Gives back what it gets, so that what helm itself changes can be told from what we do.
IDENTITY = """\
apiVersion: v1
type: postrenderer/v1
name: identity
version: 0.1.0
runtime: subprocess
runtimeConfig:
  platformCommand:
  - command: cat
"""


def _template(
    tool: str, folder: Path, chart: Path, *flags: str
) -> subprocess.CompletedProcess[str]:
    plugins = folder / "plugins"
    (plugins / "identity").mkdir(parents=True, exist_ok=True)
    (plugins / "identity" / "plugin.yaml").write_text(IDENTITY)
    shutil.copytree(PLUGIN, plugins / "fix-ksm-probes", dirs_exist_ok=True)
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return subprocess.run(
        [HELMS[tool](), "template", "ksm", chart, "--set=kubeRBACProxy.enabled=true", *flags],
        env={**os.environ, "PATH": path, "HOME": str(folder), "HELM_PLUGINS": str(plugins)},
        capture_output=True,
        text=True,
    )


def _by_us(mode: str) -> tuple[str, str]:
    return "--post-renderer=fix-ksm-probes", f"--post-renderer-args=--mode={mode}"


def _by_nobody(tool: str) -> str:
    return "--post-renderer=" + {"helm": "cat", "helm4": "identity"}[tool]


def _probed_port(rendered: str) -> object:
    (deployment,) = yaml.safe_load_all(rendered)
    (probed, *_) = deployment["spec"]["template"]["spec"]["containers"]
    return probed["livenessProbe"]["httpGet"]["port"]


@each_helm
def test_a_chart_is_repaired(tool: str, tmp_path: Path) -> None:
    """The probe asks where it is answered, and the chart's comments are still there."""
    plain = _template(tool, tmp_path, CHART)
    repaired = _template(tool, tmp_path, CHART, *_by_us("dedicated-port"))

    assert plain.returncode == repaired.returncode == 0, repaired.stderr
    assert _probed_port(plain.stdout) == "http"
    assert _probed_port(repaired.stdout) == 8642
    assert "# The names of the ports are the proxy's" in repaired.stdout


@each_helm
def test_a_sound_chart_is_what_it_is_without_us(tool: str, tmp_path: Path) -> None:
    """To the byte, in check mode, too."""
    sound = tmp_path / "sound"
    shutil.copytree(CHART, sound)
    repaired = _template(tool, tmp_path, CHART, *_by_us("through-proxy")).stdout
    (sound / "templates" / "deployment.yaml").write_text(repaired)
    without = _template(tool, tmp_path, sound, _by_nobody(tool))

    assert without.returncode == 0, without.stderr
    for mode in ("check", "dedicated-port"):
        assert _template(tool, tmp_path, sound, *_by_us(mode)).stdout == without.stdout


@each_helm
def test_what_stays_wrong_ends_helm(tool: str, tmp_path: Path) -> None:
    """Nothing is rendered, nothing would be installed."""
    done = _template(tool, tmp_path, CHART, *_by_us("check"))

    assert done.returncode != 0
    assert done.stdout.strip() == ""


def test_helm_3_says_why(tmp_path: Path) -> None:
    """Helm 4.0 to 4.2 drop what a post-renderer says (runtime_subprocess.go); the page tells."""
    assert "`livenessProbe` asks for port 'http'" in (
        _template("helm", tmp_path, CHART, *_by_us("check")).stderr
    )
    assert "exited with error" in _template("helm4", tmp_path, CHART, *_by_us("check")).stderr
