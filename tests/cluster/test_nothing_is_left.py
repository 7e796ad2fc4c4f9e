"""Nothing of a node is left on the machine, however the process that asked for it ends."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e.sandbox import importing_us

from .node import OWN_SYSCTLS
from .supervisor import NAME

_LONGEST_SECONDS = 300.0
# What the programs of a node make where nobody tells them otherwise.
_FOLDERS = (
    "/etc/cni",
    "/opt/cni",
    "/run/containerd",
    "/run/netns",
    "/run/runc",
    "/usr/libexec/kubernetes",
    "/var/lib/cni",
    "/var/lib/containerd",
    "/var/lib/etcd",
    "/var/lib/kubelet",
    "/var/log/containers",
    "/var/log/pods",
)
_USER = f"""
import signal, time
# A shell has what it starts in the background ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
from {__package__}.cluster import cluster
with cluster(["registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.20.0"]) as up:
    up.kubectl("run", "pod", "--image-pull-policy=Never",
        "--image=registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.20.0")
    up.kubectl("wait", "--for=condition=Ready", "pod/pod", "--timeout=120s")
    print(up.place.folder, flush=True)
    {{then}}
"""


def _machine() -> dict[str, object]:
    """Return all of the machine that a node might change."""
    return {
        "sysctls": {each: Path("/proc/sys", each).read_text() for each in OWN_SYSCTLS},
        "links": sorted(each.name for each in Path("/sys/class/net").iterdir()),
        "folders": [each for each in _FOLDERS if Path(each).exists()],
        "forwarding": Path("/proc/sys/net/ipv4/ip_forward").read_text(),
        "hostname": Path("/proc/sys/kernel/hostname").read_text(),
    }


def _left(folder: str) -> Mapping[str, list[str]]:
    """Return what is left of the node of `folder`, by what it is."""
    name = Path(folder).name
    mounts = Path("/proc/self/mounts").read_text().splitlines()
    found = {
        "processes": [str(each) for each in Path("/proc").iterdir() if _is_of(each, name)],
        "mounts": [line for line in mounts if name in line],
        "cgroups": [str(each) for each in Path("/sys/fs/cgroup").glob(f"*/{name}")],
        "folders": [folder] if Path(folder).exists() else [],
    }
    return {kind: each for kind, each in found.items() if each}


def _is_of(process: Path, name: str) -> bool:
    """Tell whether a process works for the node of that name, or is in its cgroup."""
    for file in ("cmdline", "environ", "cgroup") if process.name.isdigit() else ():
        with suppress(OSError):
            if name in (process / file).read_text(errors="replace"):
                return True
    return False


def _user(then: str) -> "subprocess.Popen[str]":
    """Start a process that brings up a node with a pod and writes its folder, then does `then`."""
    text = _USER.format(then=then)
    return subprocess.Popen(
        [sys.executable, "-c", text],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=importing_us(),
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize(
    "ending",
    [
        pytest.param(None, marks=pytest.mark.core),
        signal.SIGINT,
        signal.SIGTERM,
        pytest.param(signal.SIGKILL, marks=pytest.mark.core),
    ],
    ids=["at-its-end", "ctrl-c", "terminated", "killed"],
)
def test_nothing_is_left(ending: signal.Signals | None) -> None:
    """No process, mount, link, cgroup, sysctl or folder, with a pod running to the last."""
    before = _machine()
    user = _user("time.sleep(600)" if ending else "pass")
    assert user.stdout is not None
    folder = user.stdout.readline().rstrip()
    assert folder.startswith(tempfile.gettempdir()), user.communicate()[1]
    if ending:
        assert {"processes", "cgroups", "folders"} <= set(_left(folder))
        os.killpg(user.pid, ending)
    user.communicate()

    end = time.monotonic() + _LONGEST_SECONDS
    while (left := _left(folder)) and time.monotonic() < end:
        time.sleep(0.5)
    assert left == {}
    assert _machine() == before


def test_nothing_is_left_of_a_node_that_is_coming_up() -> None:
    """A process that is killed before its node is ready leaves nothing, either."""
    before = set(Path(tempfile.gettempdir()).glob(f"{NAME}*"))
    user = _user("pass")
    end = time.monotonic() + _LONGEST_SECONDS
    while not (new := _starting() - before) and time.monotonic() < end:
        time.sleep(0.05)
    os.killpg(user.pid, signal.SIGKILL)
    user.communicate()
    (folder,) = new

    end = time.monotonic() + _LONGEST_SECONDS
    while (left := _left(str(folder))) and time.monotonic() < end:
        time.sleep(0.5)
    assert left == {}


def _starting() -> set[Path]:
    """Return the folders of the nodes that have begun to start their programs."""
    logs = Path(tempfile.gettempdir()).glob(f"{NAME}*/log/etcd")
    return {each.parents[1] for each in logs}
