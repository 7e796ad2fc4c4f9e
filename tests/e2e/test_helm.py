"""examples/helm under a real Helm 3 and Helm 4, by the commands of its README."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from fix_ksm_probes import __version__
from tests.callers.caller import EXAMPLES, run
from tests.callers.package import changed_lines, write
from tests.docs.page import SHELL, read_page

from .helm import HELMS, helm_environment

README = read_page(EXAMPLES / "helm" / "README.md")
PLUGIN, _, TEMPLATE, CHECK, _ = (
    block.body.strip() for block in README.blocks if block.language == SHELL
)
PLAIN = "helm template kube-state-metrics chart"
SOUND = "--set kubeRBACProxy.enabled=false"
REASON = "`readinessProbe` asks for port 'metrics', but `kube-state-metrics` declares no port"
# What a post-renderer is sent is kept in the folder above the example's.
SPY = '#!/bin/sh\ntee ../sent | {command} "$@"\n'
EXTRAS = {
    "chart/templates/hook.yaml": "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: hook\n"
    "  annotations: {helm.sh/hook: pre-install}\n",
    "chart/crds/crd.yaml": "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
    "metadata: {name: crd}\n",
}


class User:
    """Somebody with a helm, the function and a copy of the example."""

    def __init__(self, tool: str, folder: Path) -> None:
        self.of_helm_4 = tool == "helm4"
        self.example = Path(shutil.copytree(EXAMPLES / "helm", folder / "helm"))
        self.bin = folder / "home" / "bin"
        self.env = helm_environment(tool, folder / "home")
        if self.of_helm_4:
            assert self.does(PLUGIN).returncode == 0

    def does(self, command: str) -> subprocess.CompletedProcess[bytes]:
        """Run a command line from the folder of the example."""
        return run("bash", "-euo", "pipefail", "-c", command, cwd=self.example, env=self.env)

    def gets(self, command: str) -> bytes:
        """Return what a command line writes; it must succeed."""
        ran = self.does(command)
        assert ran.returncode == 0, ran.stderr.decode()
        return ran.stdout


@pytest.fixture(params=HELMS)
def user(request: pytest.FixtureRequest, tmp_path: Path) -> User:
    """Give a user of each helm."""
    return User(request.param, tmp_path)


def test_what_is_rendered_is_repaired(user: User) -> None:
    """Between the chart and helm's output stand the repair's lines and no others."""
    lines = changed_lines(user.gets(PLAIN), user.gets(TEMPLATE))

    assert lines[:4] == [
        "-            port: http",
        "+            port: 8642",
        "-            port: metrics",
        "+            port: 8643",
    ]
    assert [line for line in lines[4:] if "- name:" in line] == [
        "+      - name: kube-rbac-proxy-health-main",
        "+      - name: kube-rbac-proxy-health-telemetry",
    ]
    assert {line[0] for line in lines[4:]} == {"+"}


def test_a_finding_fails_helm_with_its_reason(user: User) -> None:
    """Nothing is rendered, and a person is told why."""
    ran = user.does(CHECK)

    assert ran.returncode != 0
    assert ran.stdout == b""
    assert REASON in ran.stderr.decode()


def test_a_wrong_setting_fails_helm_with_its_reason(user: User) -> None:
    """Words for the post-renderer that it does not know end helm, too."""
    ran = user.does(CHECK.replace("--mode=check", "--mood=check"))

    assert ran.returncode != 0
    assert b"--mood: unknown" in ran.stderr


@pytest.mark.parametrize("mode", ["check", "dedicated-port", "through-proxy", "probe-disable"])
def test_a_sound_chart_passes_as_it_is(user: User, mode: str) -> None:
    """Where no probe fails, helm writes the same bytes as without a post-renderer."""
    command = TEMPLATE.replace("dedicated-port", mode)

    assert user.gets(f"{command} {SOUND}") == user.gets(f"{PLAIN} {SOUND}")


def test_what_helm_sends(user: User) -> None:
    """The README's table, by what a post-renderer in our place was given."""
    write(user.example, EXTRAS)
    spy = user.bin / "fix-ksm-probes"
    command = shutil.which("fix-ksm-probes", path=user.env["PATH"])
    spy.write_text(SPY.format(command=command))
    spy.chmod(0o755)
    sent = user.example.parent / "sent"

    user.gets(TEMPLATE)
    usual = sent.read_text()
    rendered = user.gets(f"{TEMPLATE} --include-crds").decode()

    templates, hook, crd = {"Deployment", "Service"}, {"Job"}, {"CustomResourceDefinition"}
    assert _kinds(usual) == templates | (hook if user.of_helm_4 else set())
    assert _kinds(sent.read_text()) == _kinds(usual) | (crd if not user.of_helm_4 else set())
    assert "serves its metrics" not in usual
    assert _kinds(rendered) == templates | hook | crd


@pytest.mark.parametrize("command", [TEMPLATE, CHECK], ids=["repaired", "failed"])
def test_what_is_heard(user: User, command: str) -> None:
    """The README's table, and how the plugin gets past it: Helm 4 itself shows nothing."""
    failed = command == CHECK
    heard = user.does(command).stderr.decode()
    if user.of_helm_4:
        assert "PortNameUndefined" in heard
        plugin = user.example / "fix-ksm-probes" / "post-render"
        plugin.write_text('#!/bin/sh\nexec fix-ksm-probes "$@"\n')
        heard = user.does(command).stderr.decode()
        assert "fix-ksm-probes:" not in heard
    else:
        assert (": error: " in heard) is failed
    assert ("PortNameUndefined" in heard) is (failed and not user.of_helm_4)


def test_a_file_is_not_written_over(user: User) -> None:
    """With `2> FILE` helm's own words stay whole; through a pipe ours are kept beside them."""
    file = user.example / "log"
    by_file = user.does(f"{CHECK} 2> {file}")
    words = file.read_text()
    by_pipe = user.does(f"{CHECK} 2>&1 | tee {file} > /dev/null")

    assert by_file.returncode != 0
    assert by_pipe.returncode != 0
    assert words.startswith("Error: error while running post render")
    assert REASON in file.read_text()


def test_the_plugin_is_of_our_version() -> None:
    """Whoever installs it sees which function it came with."""
    plugin = yaml.safe_load((EXAMPLES / "helm/fix-ksm-probes/plugin.yaml").read_text())

    assert plugin["version"] == __version__


def _kinds(stream: str) -> set[str]:
    return {each["kind"] for each in yaml.safe_load_all(stream) if each}
