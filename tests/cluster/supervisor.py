"""Run a node for as long as stdin is open, then remove everything that it made on the machine.

`python -m tests.cluster.supervisor` writes the folder of a node, reads its `Place` as a line of
JSON, and writes the pid of the node. The process that asked for the node holds the other end of
stdin: however that process ends, the kernel closes it.
"""

import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from tests.e2e.confinement import ISOLATED

NAME = "fix-ksm-probes-cluster-"

_CGROUPS = Path("/sys/fs/cgroup")
_LONGEST_END_SECONDS = 60


def main() -> None:
    """Run the node that stdin describes."""
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Only the end of stdin ends it: what is half removed would stay. Programs that it starts
        # do not inherit a handler, as they would SIG_IGN.
        signal.signal(ending, lambda *_: None)
    folder = Path(tempfile.mkdtemp(prefix=NAME))
    try:
        _say(str(folder))
        if place := sys.stdin.readline():
            _make_cgroups(folder.name)
            _run(place, folder)
    finally:
        _remove_cgroups(folder.name)
        shutil.rmtree(folder)


def _run(place: str, folder: Path) -> None:
    with (folder / "log" / "node").open("w") as log:
        unshare = subprocess.Popen(
            [*ISOLATED, "--uts", "--ipc", sys.executable, "-m", f"{__package__}.node"],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            text=True,
        )
    assert unshare.stdin is not None
    with unshare.stdin as node:
        node.write(place)
    pid = _child(unshare)
    _say(str(pid or ""))
    # Nothing comes but the end of stdin.
    while unshare.poll() is None and not select.select([sys.stdin], [], [], 0.5)[0]:
        pass
    if unshare.returncode is not None:
        sys.stderr.write((folder / "log" / "node").read_text())
    if pid is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    # The kernel lets unshare know when every process of the namespace is gone.
    unshare.wait()


def _say(line: str) -> None:
    # Whoever asked may be gone.
    with suppress(BrokenPipeError):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


def _child(parent: subprocess.Popen[str]) -> int | None:
    """Return the one child of `parent`, as soon as there is one; None if that ended without."""
    while parent.poll() is None:
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                # The name before them may hold anything, parentheses included.
                fields = stat.read_text().rpartition(")")[2].split()
                if int(fields[1]) == parent.pid:
                    return int(stat.parent.name)
        time.sleep(0.05)
    return None


def _make_cgroups(name: str) -> None:
    for controller in _controllers():
        made = controller / name
        made.mkdir()
        # A child of cpuset begins with no processor and no memory.
        for part in ("cpuset.cpus", "cpuset.mems"):
            if (controller / part).exists():
                (made / part).write_text((controller / part).read_text())


def _remove_cgroups(name: str) -> None:
    # Where a machine has version 2 beside it, the container runtime makes one there, too.
    for made in _CGROUPS.glob(f"*/{name}"):
        for folder, _, _ in os.walk(made, topdown=False):
            _remove_cgroup(Path(folder))


def _remove_cgroup(folder: Path) -> None:
    """Remove a cgroup as soon as the kernel has let go of the last process in it."""
    end = time.monotonic() + _LONGEST_END_SECONDS
    while True:
        try:
            folder.rmdir()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return


def _controllers() -> list[Path]:
    """Return the hierarchies of cgroup v1."""
    return [each for each in _CGROUPS.iterdir() if (each / "tasks").exists()]


if __name__ == "__main__":
    main()
