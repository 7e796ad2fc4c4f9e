"""A gate to trust: what fails it, what it says where it judged nothing, what it prints."""

from __future__ import annotations

import os
import pty
import subprocess
import time
from pathlib import Path
from threading import Thread

import pytest
import yaml

from tests.callers.caller import COMMAND
from tests.callers.package import manifest

CASES = Path(__file__).parents[1] / "cases"
BROKEN, SOUND = manifest("loopback"), manifest("sound")
NGINX = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: nginx}]}\n"
SOURCES = (
    ("HelmRelease", "helm.toolkit.fluxcd.io/v2", "helm template"),
    ("HelmRelease", "helm.fluxcd.io/v1", "helm template"),
    ("HelmChart", "helm.cattle.io/v1", "helm template"),
    ("Application", "argoproj.io/v1alpha1", "argocd app manifests"),
    ("ApplicationSet", "argoproj.io/v1alpha1", "argocd app manifests"),
    ("Kustomization", "kustomize.config.k8s.io/v1beta1", "kustomize build"),
    ("Kustomization", "kustomize.toolkit.fluxcd.io/v1", "flux build kustomization"),
)
TEXT = """apiVersion: v1
kind: ConfigMap
metadata: {name: ksm}
data:
  ksm.yaml: |
    kind: Deployment
    spec: {template: {spec: {containers: [{name: kube-state-metrics}]}}}
"""


def _check(stdin: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(COMMAND), "--mode=check", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True)


def _items(case: str) -> str:
    items = yaml.safe_load((CASES / case / "input.yaml").read_text())["items"]
    return yaml.safe_dump_all(items)


@pytest.mark.parametrize(
    ("case", "fail_on"),
    [
        ("unknown-shell", "Unknown"),
        ("unknown-shell", "warning"),
        ("bypass-ipv6", "Bypass"),
        ("bypass-ipv6", "warning"),
        ("health-port-open-to-everybody", "HealthPortOpen"),
    ],
)
def test_what_fail_on_names_fails_the_check(case: str, fail_on: str) -> None:
    """And nothing of it does where the list is empty."""
    stream = _items(case)

    assert _check(stream, "--fail-on=").returncode == 0
    assert _check(stream, f"--fail-on={fail_on}").returncode == 1


@pytest.mark.parametrize("stdin", [NGINX, "apiVersion: v1\nkind: List\nitems: []\n"])
def test_a_check_that_judged_nothing_says_so(stdin: str) -> None:
    """It passes, with one line, and fails where it is asked to."""
    done = _check(stdin)
    failed = _check(stdin, "--fail-on=NoWorkload")

    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (0, stdin, 1)
    assert "no workload runs kube-state-metrics; " in done.stderr
    assert (failed.returncode, failed.stdout) == (1, "")


@pytest.mark.parametrize(("kind", "version", "tool"), SOURCES)
@pytest.mark.parametrize("behind", ["", f"---\n{NGINX}"])
def test_a_source_that_is_not_rendered_is_named(
    kind: str, version: str, tool: str, behind: str
) -> None:
    """With the tool that renders it, also where a long stream is not parsed to its end."""
    source = f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: ksm}}\n"
    done = _check(f"{source}spec: {{chart: kube-state-metrics}}\n{behind}")

    assert (
        f"warning: no workload runs kube-state-metrics; read {1 + bool(behind)} object"
        in done.stderr
    )
    assert f"{kind} ksm is not rendered; use the output of `{tool}`" in done.stderr


@pytest.mark.parametrize("behind", ["", f"---\n{NGINX}"])
def test_manifests_that_stand_as_text_are_named(behind: str) -> None:
    """A ClusterResourceSet, say, applies what a ConfigMap holds."""
    assert (
        "; ConfigMap ksm contains manifests as text; use these instead"
        in _check(TEXT + behind).stderr
    )


@pytest.mark.parametrize(
    "stdin",
    [
        TEXT.replace("kube-state-metrics", "nginx"),
        TEXT.replace("kind: Deployment", "sum by (containers)"),
        TEXT.replace("containers", "images"),
        "apiVersion: app.k8s.io/v1beta1\nkind: Application\nmetadata: {name: ksm}\n",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: kube-state-metrics}\n",
    ],
)
def test_what_holds_no_workload_in_any_form_is_no_matter(stdin: str) -> None:
    """It is counted as read, and nothing is advised."""
    assert _check(stdin).stderr.endswith("kube-state-metrics; read 1 object [NoWorkload]\n")


def test_a_quiet_check_prints_no_manifest() -> None:
    """In a log its exit code counts; without --quiet it is a filter, in a pipe to kubectl."""
    quiet, loud = _check(SOUND, "--quiet"), _check(SOUND)

    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    assert (loud.returncode, loud.stdout) == (0, SOUND)


def test_progress_is_for_whoever_waits(tmp_path: Path) -> None:
    """On a terminal, once a second has passed, and wiped before the findings are told."""
    for name in ("a", "c", "d"):
        (tmp_path / f"{name}.yaml").write_text(BROKEN)
    os.mkfifo(tmp_path / "b.yaml")

    def write_late() -> None:
        time.sleep(1.3)
        (tmp_path / "b.yaml").write_text(BROKEN)

    writer = Thread(target=write_late)
    writer.start()
    ours, theirs = pty.openpty()
    files = ("a.yaml", "b.yaml", "c.yaml", "d.yaml")
    subprocess.run([COMMAND, "--mode=check", *files], cwd=tmp_path, stderr=theirs)
    os.close(theirs)
    writer.join()
    told = b""
    while piece := _read(ours):
        told += piece
    os.close(ours)

    assert told.startswith(b"\rfix-ksm-probes: 3 of 4 files read\x1b[K\r\x1b[Ka.yaml:")
    assert b"files read" not in _check(BROKEN).stderr.encode()


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except OSError:
        # Nobody has the other end open any more.
        return b""
