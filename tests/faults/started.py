"""The installed command on a large input, started under a fault, and how it ends."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

COMMAND = str(Path(sys.executable).with_name("fix-ksm-probes"))

_HEAD = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n"
_WORKLOAD = """\
- apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: ksm-{number} # of {number}
  spec:
    template:
      spec:
        containers:
        - name: kube-state-metrics
          image: registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.15.0
          args: [--host=127.0.0.1, --port=8080]
          livenessProbe:
            httpGet: {{path: /livez, port: 8080}}
"""


class Ended(NamedTuple):
    """How a run ended, and what it had written by then."""

    code: int
    stdout: bytes
    stderr: bytes


@cache
def stdin(workloads: int = 150) -> bytes:
    """Return a ResourceList whose output is larger than a pipe."""
    return (_HEAD + "".join(_WORKLOAD.format(number=n) for n in range(workloads))).encode()


@cache
def whole(workloads: int = 150) -> bytes:
    """Return the output of a run without faults; it must be larger than a pipe."""
    ended = run(workloads=workloads)
    assert ended.code == 0, ended.stderr.decode()
    assert ended.stdout != stdin(workloads)
    return ended.stdout


def run(
    *prefix: str,
    workloads: int = 150,
    env: Mapping[str, str] | None = None,
    cwd: str | None = None,
    arguments: Sequence[str] = (),
) -> Ended:
    """Run the command to its end, after the words of `prefix`."""
    done = subprocess.run(
        [*prefix, COMMAND, *arguments],
        input=stdin(workloads),
        capture_output=True,
        env=None if env is None else dict(env),
        cwd=cwd,
        timeout=120,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def start(
    stdout: int = subprocess.PIPE, stderr: int = subprocess.PIPE, workloads: int = 150
) -> subprocess.Popen[bytes]:
    """Start the command with its whole input in a file."""
    into = os.memfd_create("stdin")
    try:
        os.write(into, stdin(workloads))
        os.lseek(into, 0, os.SEEK_SET)
        return subprocess.Popen([COMMAND], stdin=into, stdout=stdout, stderr=stderr)
    finally:
        os.close(into)


def finish(process: subprocess.Popen[bytes]) -> Ended:
    """Return how a started run ends; one that hangs is killed, which is an error."""
    with contextlib.ExitStack() as stack:
        stack.callback(process.kill)
        stdout, stderr = process.communicate(timeout=120)
    return Ended(process.returncode, stdout or b"", stderr or b"")


def hold_nothing_lost(ended: Ended, workloads: int = 150) -> None:
    """Assert that a success has all items on stdout, and a reported failure has nothing."""
    if ended.code == 0:
        assert ended.stdout == whole(workloads)
    elif ended.code > 0:
        assert ended.stdout == b""
        assert ended.stderr
    else:
        # Killed while it wrote: what is there is a beginning, and the caller knows.
        assert whole(workloads).startswith(ended.stdout)
