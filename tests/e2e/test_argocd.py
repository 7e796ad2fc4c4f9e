"""The config management plugin, run as argocd-cmp-server runs it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.docs.page import ROOT

from .helm import HELMS

PLUGIN = yaml.safe_load((ROOT / "examples" / "argocd" / "plugin.yaml").read_text())


@pytest.fixture
def application(tmp_path: Path) -> Path:
    """Return the folder of an application: a chart with its proxy on."""
    folder = tmp_path / "application"
    shutil.copytree(ROOT / "tests" / "docs" / "chart", folder)
    (folder / "values.yaml").write_text("kubeRBACProxy: {enabled: true}\n")
    return folder


def _generate(application: Path) -> subprocess.CompletedProcess[str]:
    """Run command and args in the folder, with the variables that Argo CD sets (its 2.4 on)."""
    generate = PLUGIN["spec"]["generate"]
    tools = application.parent / "bin"
    tools.mkdir()
    (tools / "helm").symlink_to(HELMS["helm"]())
    path = os.pathsep.join((str(tools), str(Path(sys.executable).parent), os.environ["PATH"]))
    return subprocess.run(
        [*generate["command"], *generate["args"]],
        cwd=application,
        env={
            "PATH": path,
            "HOME": str(application.parent),
            "ARGOCD_APP_NAME": "ksm",
            "ARGOCD_APP_NAMESPACE": "monitoring",
            "KUBE_VERSION": "1.29.1",
            "KUBE_API_VERSIONS": "v1,apps/v1,example.com/v1",
        },
        capture_output=True,
        text=True,
    )


def test_the_plugin_has_the_fields_of_argo_cd() -> None:
    """`PluginConfig` of Argo CD 2.4 to 3.x (cmpserver/plugin/config.go); others are ignored."""
    assert PLUGIN.keys() == {"apiVersion", "kind", "metadata", "spec"}
    assert (PLUGIN["apiVersion"], PLUGIN["kind"]) == (
        "argoproj.io/v1alpha1",
        "ConfigManagementPlugin",
    )
    assert PLUGIN["spec"].keys() == {"generate"}
    assert PLUGIN["spec"]["generate"].keys() == {"command", "args"}


def test_it_generates_repaired_manifests(application: Path) -> None:
    """What Argo CD reads from stdout are manifests, and the probe asks where it is answered."""
    done = _generate(application)
    (deployment,) = yaml.safe_load_all(done.stdout)

    assert done.returncode == 0, done.stderr
    assert (deployment["metadata"]["name"], deployment["metadata"]["namespace"]) == (
        "ksm",
        "monitoring",
    )
    assert ":8642" in done.stdout


def test_it_renders_for_the_cluster_of_the_application(application: Path) -> None:
    """Not for the one that this helm would take for granted."""
    (application / "templates" / "cluster.yaml").write_text(
        "kind: ConfigMap\napiVersion: v1\nmetadata: {name: cluster}\ndata:\n"
        "  version: {{ .Capabilities.KubeVersion.Version }}\n"
        '  known: "{{ .Capabilities.APIVersions.Has "example.com/v1" }}"\n'
    )

    done = _generate(application)
    found = {each["kind"]: each for each in yaml.safe_load_all(done.stdout)}

    assert found["ConfigMap"]["data"] == {"version": "v1.29.1", "known": "true"}


def test_a_helm_that_fails_fails_the_sync(application: Path) -> None:
    """An exit code of 0 with nothing on stdout would prune the application."""
    (application / "templates" / "deployment.yaml").write_text('{{ fail "no" }}\n')

    done = _generate(application)

    assert done.returncode != 0
    assert done.stdout == ""


def test_what_cannot_be_repaired_fails_the_sync(application: Path) -> None:
    """With the reason, which Argo CD shows."""
    template = application / "templates" / "deployment.yaml"
    template.write_text(template.read_text().replace("proxy:v0.19.1", "proxy:v0.5.0"))

    done = _generate(application)

    assert done.returncode != 0
    assert done.stdout == ""
    assert "error: Deployment monitoring/ksm" in done.stderr
