"""Time and memory grow no faster than the input."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.faults.chances import COUNT

COMMAND = Path(sys.executable).with_name("fix-ksm-probes")
HEAD = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n"
# Where the scan looks for what concerns us, so that all of it is read.
OURS = "- kind: kube-state-metrics\n  template: x\n  a: "
MEGABYTE = 1_000_000

# All of a megabyte where there is time for many faults.
SIZE = MEGABYTE if COUNT >= 1000 else MEGABYTE // 4
# What a megabyte may take on a machine that has other things to do; half of it takes less.
SECONDS = 30
# Bytes of memory for one of input; what one takes that is empty comes on top.
MULTIPLE = 700
BASE = 60 * MEGABYTE


class Ran(NamedTuple):
    """A run: its own seconds, and its largest memory in bytes."""

    code: int
    stdout: bytes
    stderr: bytes
    seconds: float
    memory: int


def _run(text: str, *arguments: str) -> Ran:
    measured = (
        "import resource, subprocess, sys\n"
        "done = subprocess.run(sys.argv[1:])\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(used.ru_maxrss, used.ru_utime + used.ru_stime, file=sys.stderr)\n"
        "sys.exit(done.returncode if done.returncode >= 0 else 100)\n"
    )
    command = [sys.executable, "-I", "-c", measured, str(COMMAND), *arguments]
    done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=600)
    *told, used = done.stderr.splitlines()
    memory, seconds = used.split()
    told_of = b"\n".join(told)
    return Ran(done.returncode, done.stdout, told_of, float(seconds), int(memory) * 1024)


def _workload(number: int) -> dict[str, object]:
    containers = [
        {
            "name": "k",
            "image": "kube-state-metrics:v2.15.0",
            "args": ["--host=127.0.0.1", "--port=8080"],
            "livenessProbe": {"httpGet": {"path": "/livez", "port": 8080}},
        },
        {
            "name": "p",
            "image": "kube-rbac-proxy:v0.19.1",
            "args": ["--secure-listen-address=:8443", "--upstream=http://127.0.0.1:8080/"],
        },
    ]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": f"k{number}"},
        "spec": {"template": {"spec": {"containers": containers}}},
    }


def _repeated(make: Callable[[int], str], size: int) -> str:
    made: list[str] = []
    length = 0
    while length < size:
        made.append(make(len(made)))
        length += len(made[-1])
    return "".join(made)


def _json(size: int) -> str:
    items = [_workload(number) for number in range(size // 420)]
    return json.dumps(
        {"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": items}
    )


def _block(number: int) -> str:
    return f"- {json.dumps(_workload(number))}\n"


def _pod(containers: int) -> str:
    listed = [
        {
            "name": f"k{number}",
            "image": "kube-state-metrics:v2.15.0",
            "args": ["--host=127.0.0.1", f"--port={number + 1000}"],
            "livenessProbe": {"httpGet": {"path": "/livez", "port": number + 1000}},
        }
        for number in range(containers)
    ]
    return f"- {json.dumps({'kind': 'Pod', 'apiVersion': 'v1', 'spec': {'containers': listed}})}\n"


def _crowded(pods: int) -> str:
    return _pod(250) * pods


def _guarded(paths: str, path: str = "/x", name: str = "p", containers: int = 240) -> str:
    probe = {"httpGet": {"path": path, "port": 8443, "scheme": "HTTPS"}}
    kinds = ("livenessProbe", "readinessProbe", "startupProbe")
    probed = [{"name": f"c{i}", **dict.fromkeys(kinds, probe)} for i in range(containers)]
    arguments = ["--secure-listen-address=:8443", "--upstream=http://a/", *_flags(paths)]
    proxy = {"name": name, "image": "kube-rbac-proxy:v0.19.1", "args": arguments}
    pod = {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [proxy, *probed]}}
    return f"- {json.dumps(pod)}\n"


def _flags(paths: str) -> list[str]:
    # Linux takes no longer word.
    return [f"--ignore-paths={paths[i : i + 130_000]}" for i in range(0, len(paths), 130_000)]


def _template(number: int) -> str:
    spec = _workload(number)["spec"]
    return f"    t{number}{json.dumps(spec)[2:-1].replace(chr(34), '', 1)}\n"


_SHARED = (
    "- kind: X\n  c: &c {image: 'kube-state-metrics:v2.15.0', args: [--host=127.0.0.1, "
    "--port=8080], livenessProbe: {httpGet: {path: /livez, port: 8080}}}\n"
)


def _merging(number: int) -> str:
    return (
        f"- kind: Deployment\n  metadata: {{name: k{number}}}\n"
        "  spec: {template: {spec: {containers: [{<<: *c, name: k}]}}}\n"
    )


# Each makes an input of about so many bytes.
TRAPS: dict[str, Callable[[int], str]] = {
    "workloads": lambda size: HEAD + _repeated(_block, size),
    "workloads-in-one-line": _json,
    "merged-probes": lambda size: HEAD + _SHARED + _repeated(_merging, size),
    "aliases": lambda size: HEAD + OURS + "[&v x" + ", *v" * (size // 4) + "]\n",
    "anchors": lambda size: HEAD + OURS + f"[{_repeated(lambda n: f'&a{n} x, ', size)}]\n",
    "flow": lambda size: HEAD + OURS + "[" + "1," * (size // 2) + "]\n",
    "flow-pairs": lambda size: HEAD + OURS + "[" + "a: 1," * (size // 5) + "]\n",
    "keys": lambda size: HEAD + OURS + f"{{{_repeated(lambda n: f'k{n}: 1, ', size)}}}\n",
    "integer-keys": lambda size: (
        HEAD + OURS + f"{{{_repeated(lambda n: f'{n * (2**61 - 1)}: 1, ', size)}}}\n"
    ),
    "complex-keys": lambda size: HEAD + OURS + "\n" + "   ? [a]\n   : b\n" * (size // 15),
    "a-scalar": lambda size: HEAD + OURS + "x" * size + "\n",
    "a-quoted-scalar": lambda size: HEAD + OURS + '"' + "x\\n" * (size // 3) + '"\n',
    "a-folded-scalar": lambda size: HEAD + OURS + ">\n" + "   x\n" * (size // 5),
    "comments": lambda size: HEAD + OURS + "x\n" + "#\n" * (size // 2),
    "blank-lines": lambda size: HEAD + OURS + "x\n" * 1 + "\n" * size,
    "documents": lambda size: "---\nkind: kube-state-metrics\ntemplate: x\n" * (size // 42),
    "empty-documents": lambda size: "---\n" * (size // 4) + HEAD,
    "a-late-error": lambda size: HEAD + OURS + "[" + "x,\n" * (size // 3) + "}\n",
    "nested-flow": lambda size: HEAD + OURS + "[" * size,
    "nested-flow-elsewhere": lambda size: HEAD + "- kind: X\n  a: " + "[" * size + "\n",
    "nested-dashes": lambda size: HEAD + "- " * (size // 2),
    "tag-directives": lambda size: _repeated(lambda n: f"%TAG !t{n}! tag:x\n", size) + "---\n",
    "arguments": lambda size: (
        HEAD + _block(0).replace('"--port=8080"', '"--port=8080"' + ',"--a=b"' * (size // 8))
    ),
    "words": lambda size: HEAD + _block(0).replace('"--port=8080"', '"x",' * (size // 4) + '"x"'),
    "a-pattern": lambda size: (
        HEAD
        + _block(0).replace("--secure", "--ignore-paths=/" + "*a" * (size // 2) + '","--secure')
    ),
    "containers": lambda size: HEAD + _crowded(size // 40_000),
    "a-crowd": lambda size: HEAD + _pod(size // 130),
    "wide-and-many": lambda size: (
        _repeated(lambda n: f"k{n}:\n", size // 2) + HEAD + _SHARED + _repeated(_merging, size // 2)
    ),
    "templates": lambda size: HEAD + "- kind: X\n  spec:\n" + _repeated(_template, size),
    "a-long-name": lambda size: HEAD + _guarded("/", name="p" * size),
    "paths": lambda size: HEAD + _guarded(_repeated(lambda n: f"/{n}*,", size)),
    "a-pattern-and-a-path": lambda size: (
        HEAD + _guarded(f"/*{'a' * (size // 4)}b*", "/" + "a" * (size * 3 // 4), containers=1)
    ),
    "services": lambda size: (
        HEAD
        + _repeated(_block, size // 2)
        + "- {apiVersion: v1, kind: Service, spec: {selector: {a: b}}}\n" * (size // 120)
    ),
}
MODES = {
    "workloads": ("--mode=dedicated-port",),
    "workloads-in-one-line": ("--mode=through-proxy",),
    "containers": ("--mode=dedicated-port", "--image=kube-rbac-proxy:v0.19.1"),
}


@pytest.mark.hunt
@pytest.mark.parametrize("trap", TRAPS)
def test_a_trap_is_answered(trap: str) -> None:
    """Within the limits of time and memory for a megabyte."""
    text = TRAPS[trap](SIZE)

    ran = _run(text, *MODES.get(trap, ()))

    assert ran.code in (0, 1, 2), ran.stderr[-500:]
    assert ran.stdout or ran.code
    assert b"Traceback" not in ran.stderr
    assert ran.seconds < SECONDS * len(text) / MEGABYTE
    assert ran.memory < BASE + MULTIPLE * len(text)


@pytest.mark.hunt
def test_a_scalar_of_64_megabytes() -> None:
    """A run holds only a few copies of it."""
    text = HEAD + OURS + "x" * (64 * MEGABYTE) + "\n"

    ran = _run(text)

    assert (ran.code, len(ran.stdout)) == (0, len(text))
    assert ran.memory < BASE + 12 * len(text)


def test_the_bound_is_that_of_the_process() -> None:
    """A measurement that is always small would pass the tests above."""
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 10_000
    assert _run(HEAD).memory > 5 * MEGABYTE
