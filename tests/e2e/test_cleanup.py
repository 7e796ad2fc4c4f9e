"""Nothing is left behind when a run is killed."""

import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from .cases import read_cases
from .sandbox import importing_us

_LONGEST_SECONDS = 30.0


def _until_gone(pids: set[int]) -> set[int]:
    """Return which of `pids` outlive the longest time that the kernel may take."""
    end = time.monotonic() + _LONGEST_SECONDS
    while (alive := {pid for pid in pids if _is_alive(pid)}) and time.monotonic() < end:
        time.sleep(0.05)
    return alive


def _is_alive(pid: int) -> bool:
    return _status(pid)[0] not in ("", "Z")


def _parent(pid: int) -> int:
    return int(_status(pid)[1])


def _status(pid: int) -> tuple[str, str]:
    """Return state and parent of a process, no state for one that is gone."""
    # The name before them may hold anything, parentheses included.
    fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return (fields[0], fields[1]) if fields else ("", "0")


def _read(file: str) -> str:
    """Return what a file of /proc says, nothing if its process is gone."""
    with suppress(OSError):
        return Path(file).read_text()
    return ""


def _descendants(pid: int) -> set[int]:
    children = {child for child in _all_pids() if _parent(child) == pid}
    return children.union(*(_descendants(child) for child in children))


def _all_pids() -> set[int]:
    return {int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()}


def _names(pids: set[int]) -> set[str]:
    return {_read(f"/proc/{pid}/comm").strip() for pid in pids}


def _our_mounts() -> list[str]:
    # Others on this machine mount as they like; a node does so in these two places.
    mounts = Path("/proc/self/mounts").read_text().splitlines()
    return [line for line in mounts if line.split()[1].startswith(("/run/e2e", "/run/netns"))]


@pytest.mark.usefixtures("laboratory")
def test_a_killed_run_leaves_no_process_and_no_mount() -> None:
    """The programs of a pod end with the process that ran it, even if that had no last word."""
    mounts = _our_mounts()
    run = subprocess.Popen(
        [sys.executable, "-m", f"{__package__}.truth", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env=importing_us(),
        text=True,
    )
    assert run.stdin is not None
    run.stdin.write(read_cases()[0].text)
    run.stdin.close()
    end = time.monotonic() + _LONGEST_SECONDS
    while "kube-rbac-proxy" not in _names(started := _descendants(run.pid)):
        assert time.monotonic() < end, _names(started)
        time.sleep(0.05)
    run.kill()
    run.wait()

    assert _until_gone(started) == set()
    assert _our_mounts() == mounts
