"""A gate: what fails it, what it says if it judges nothing, and what it prints."""

from __future__ import annotations

import os
import pty
import subprocess
import time
from pathlib import Path
from threading import Thread

import pytest

from tests.callers.caller import COMMAND
from tests.callers.package import manifest

BROKEN, SOUND = manifest("loopback"), manifest("sound")
NGINX = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: nginx}]}\n"
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


@pytest.mark.parametrize("behind", ["", f"---\n{NGINX}"])
def test_manifests_that_stand_as_text_are_named(behind: str) -> None:
    """For example, a ClusterResourceSet applies manifests in a ConfigMap."""
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
    """It counts as read, and gets no advice."""
    assert _check(stdin).stderr.endswith("kube-state-metrics; read 1 object [NoWorkload]\n")


def test_a_quiet_check_prints_no_manifest() -> None:
    """With --quiet only the exit code counts. Without it, the check is a filter."""
    quiet, loud = _check(SOUND, "--quiet"), _check(SOUND)

    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    assert (loud.returncode, loud.stdout) == (0, SOUND)


def test_progress_is_for_whoever_waits(tmp_path: Path) -> None:
    """It shows on a terminal after one second, and is cleared before the findings."""
    for name in ("a", "c", "d"):
        (tmp_path / f"{name}.yaml").write_text(BROKEN)
    os.mkfifo(tmp_path / "b.yaml")

    def write_late() -> None:
        # To open it waits until the other end is open: from then on a second passes.
        with (tmp_path / "b.yaml").open("w") as file:
            time.sleep(1.3)
            file.write(BROKEN)

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
