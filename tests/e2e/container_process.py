"""Run one container as a process and keep it running as the kubelet does."""

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path

_BACKOFF_SECONDS = 0.5
_MOST_RESTARTS = 3
_LONGEST_STOP_SECONDS = 30.0


class ContainerProcess:
    """The process of a container, started again when it ends.

    Attributes:
        name: of the container.
        restarts: how often it ended and was to be started again.

    """

    def __init__(
        self,
        name: str,
        enter: tuple[str, ...],
        root: Path,
        command: tuple[str, ...],
        environment: Mapping[str, str],
        owner: tuple[int, int],
    ) -> None:
        """Prepare `command` to run in `root`, with uid and gid `owner`, where `enter` leads."""
        self.name = name
        self.restarts = 0
        chroot = shutil.which("chroot") or "chroot"
        user, group = owner
        as_owner = (f"--userspec={user}:{group}", f"--groups={group}")
        self._inside = (*enter, chroot, *as_owner, str(root))
        self._command = command
        self._environment = dict(environment)
        self._log = root.with_suffix(".log")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process and go on at once."""
        threading.Thread(target=self._keep_running, daemon=True).start()

    def running_pid(self) -> int:
        """Return the id of the process, 0 when it is not there."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else 0

    def last_words(self) -> str:
        """Return the last line that the process wrote."""
        said = self._log.read_text(errors="replace") if self._log.exists() else ""
        lines = [line for line in said.splitlines() if line.strip()]
        return lines[-1] if lines else ""

    def stop(self) -> None:
        """Halt the process without ending it, as if it hung; return when all of it stands still."""
        self._signal(signal.SIGSTOP)
        end = time.monotonic() + _LONGEST_STOP_SECONDS
        while (pid := self.running_pid()) and not _stands_still(pid):
            if time.monotonic() > end:
                raise TimeoutError(f"{self.name} does not stop")
            time.sleep(0.01)

    def resume(self) -> None:
        """Let a stopped process go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if pid := self.running_pid():
            os.kill(pid, number)

    def _keep_running(self) -> None:
        while True:
            with self._log.open("ab") as log:
                # Every command of the prefix replaces itself by the next, so this is the program.
                self._process = subprocess.Popen(
                    [*self._inside, *self._command],
                    env=self._environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )
                self._process.wait()
            self.restarts += 1
            if self.restarts >= _MOST_RESTARTS:
                return
            threading.Event().wait(_BACKOFF_SECONDS)


def _stands_still(pid: int) -> bool:
    # A signal reaches the threads of a busy machine one by one; each may still answer until then.
    try:
        states = [task.read_text() for task in Path(f"/proc/{pid}/task").glob("*/stat")]
    except OSError:
        # A thread ended meanwhile, so they do not all stand still yet.
        return False
    return all(state.rpartition(")")[2].split()[0] in "TZX" for state in states)
