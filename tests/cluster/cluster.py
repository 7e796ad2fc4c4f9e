"""A cluster of one node for the length of a `with`."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from tests.e2e.binaries import binary
from tests.e2e.cache import CACHE
from tests.e2e.images import image_of, version_of
from tests.e2e.sandbox import importing_us
from tests.e2e.tools import install_missing

from . import programs
from .archive import write_archive
from .authority import write_certificates
from .settings import HIDDEN, PAUSE, Place, write_settings

_CGROUPS = Path("/sys/fs/cgroup")
_LONGEST_START_SECONDS = 600
_LONGEST_COMMAND_SECONDS = 300


class Cluster(NamedTuple):
    """A cluster that is up.

    Attributes:
        place: where its node lives.
        pid: its node, in the machine's numbers.

    """

    place: Place
    pid: int

    def run(
        self,
        *command: str | Path,
        given: str = "",
        cwd: Path | None = None,
        env: Mapping[str, str] = os.environ,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command on the node, as its administrator, to its end."""
        place = self.place
        paths = (str(place.kubernetes), str(place.debian / "usr/bin"), env["PATH"])
        return subprocess.run(
            [
                *("nsenter", "--target", str(self.pid), f"--wdns={cwd or Path.cwd()}"),
                *("--mount", "--net", "--pid", "--uts", "--ipc", "--"),
                *command,
            ],
            input=given,
            env={
                **env,
                "PATH": os.pathsep.join(paths),
                "KUBECONFIG": str(place.certificates / "admin.kubeconfig"),
            },
            capture_output=True,
            text=True,
            timeout=_LONGEST_COMMAND_SECONDS,
            check=False,
        )

    def kubectl(self, *arguments: str, given: str = "") -> str:
        """Return what kubectl says.

        Raises:
            RuntimeError: kubectl failed.

        """
        done = self.run("kubectl", *arguments, given=given)
        if done.returncode:
            raise RuntimeError(f"kubectl {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def stop(self, name: str) -> None:
        """End a program of the node; it stays away until `start`."""
        (self.place.folder / "stopped" / name).touch()
        self.run("pkill", "-KILL", "-x", name[:15])

    def start(self, name: str) -> None:
        """Have a stopped program of the node started again."""
        (self.place.folder / "stopped" / name).unlink()

    def get(self, *arguments: str) -> list[dict[str, Any]]:
        """Return the items that `kubectl get` lists."""
        items: list[dict[str, Any]] = json.loads(self.kubectl("get", "-o=json", *arguments))[
            "items"
        ]
        return items


@contextmanager
def cluster(images: Iterable[str]) -> Iterator[Cluster]:
    """Bring up a cluster that has `images`, and take it down however the `with` ends.

    Raises:
        RuntimeError: the machine lacks something, or the node did not get ready.

    """
    _demand_machine()
    install_missing()
    kubernetes, debian = programs.kubernetes(), programs.debian()
    supervisor = subprocess.Popen(
        [sys.executable, "-m", f"{__package__}.supervisor"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=importing_us(),
        text=True,
        # A Ctrl-C is for whoever asked for the node; the node ends after that.
        start_new_session=True,
    )
    assert supervisor.stdin is not None
    assert supervisor.stdout is not None
    try:
        place = Place(Path(supervisor.stdout.readline().rstrip()), kubernetes, debian)
        _furnish(place, images)
        supervisor.stdin.write(json.dumps([str(each) for each in place]) + "\n")
        supervisor.stdin.flush()
        pid = supervisor.stdout.readline().rstrip()
        if not pid:
            raise RuntimeError("the namespaces of the node cannot be made")
        _wait_until_ready(place, supervisor)
        yield Cluster(place, int(pid))
    finally:
        supervisor.stdin.close()
        supervisor.wait()
        supervisor.stdout.close()


def _demand_machine() -> None:
    if os.geteuid() != 0:
        raise RuntimeError("a node needs namespaces, mounts and cgroups: run as root")
    hidden = [Path(each) for each in HIDDEN]
    for needed in (Path(__file__), Path(sys.executable), CACHE, Path(tempfile.gettempdir())):
        if any(needed.is_relative_to(each) for each in hidden):
            raise RuntimeError(f"{needed}: a node sees nothing below {', '.join(HIDDEN)}")
    if not (_CGROUPS / "cpuset" / "cpuset.cpus").exists():
        raise RuntimeError(f"{_CGROUPS}: no cgroup v1, the only one that this node was tried on")


def _furnish(place: Place, images: Iterable[str]) -> None:
    for name in ("certificates", "etcd", "log", "stopped", "sysctl"):
        (place.folder / name).mkdir()
    write_certificates(place.certificates)
    write_settings(place)
    pause = programs.pause()
    archive, path = place.folder / "pause.tar", PurePosixPath("/pause")
    write_archive(archive, [PAUSE], pause, path, [str(path)], 65535)
    by_program: dict[Path, list[str]] = {}
    for name in sorted(set(images)):
        image = image_of(name)
        if image is None:
            raise RuntimeError(f"{name}: no program stands for it")
        program = binary(image.program, image.program.standing_for(version_of(name)))
        by_program.setdefault(program, []).append(name)
    for program, names in by_program.items():
        image = image_of(names[0])
        assert image is not None
        archive = place.folder / f"{program.name}.tar"
        write_archive(archive, names, program, image.path, image.entrypoint, image.user)


def _wait_until_ready(place: Place, supervisor: subprocess.Popen[str]) -> None:
    end = time.monotonic() + _LONGEST_START_SECONDS
    while not (place.folder / "ready").exists():
        if supervisor.poll() is not None or time.monotonic() > end:
            raise RuntimeError("the node does not get ready; what it wrote is on stderr")
        time.sleep(0.2)
