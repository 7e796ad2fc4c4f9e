"""What is done on the node itself: look into pods, ask their ports, and stop a program in them.

`python -m tests.cluster.on_node COMMAND`, one of `ask`, `listeners` and `signal`, its order as JSON
on stdin.
"""

import http.client
import json
import os
import re
import signal
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.e2e.doors import PATHS
from tests.e2e.http_exchange import get

_LISTEN = "0A"
# A busy machine answers late.
_TIMEOUT_SECONDS = 20.0
_MOST_BYTES = 64 << 20
_METRIC = re.compile(rb"^kube_pod_info\{", re.MULTILINE)


def main() -> None:
    """Do as the command line says, and write what came of it to stdout."""
    order = json.load(sys.stdin)
    commands = {"ask": _ask, "listeners": _listeners, "signal": _signal}
    json.dump(commands[sys.argv[1]](order), sys.stdout)


def _ask(order: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Ask every port of every pod for every path, with every token.

    Takes `pods`, uid -> address, and `tokens`, name -> token or "". Returns for each uid a list of
    [scheme, port, path, name of the token, status, how many kube_pod_info came].
    """
    processes = _processes(order["pods"])
    with ThreadPoolExecutor(16) as pool:
        return {
            uid: [
                answer
                for answer in pool.map(
                    lambda question, address=address: _answer(address, *question),
                    _questions(_ports(processes[uid]), order["tokens"]),
                )
                if answer
            ]
            for uid, address in order["pods"].items()
        }


def _listeners(order: Mapping[str, Any]) -> dict[str, list[int]]:
    """Return the ports on which each of the pods `uids` listens."""
    return {uid: sorted(_ports(pids)) for uid, pids in _processes(order["uids"]).items()}


def _questions(
    ports: set[int], tokens: Mapping[str, str]
) -> Iterator[tuple[str, int, str, str, str]]:
    for port in sorted(ports):
        for scheme in ("http", "https"):
            for name, token in tokens.items():
                for path in ("/metrics",) if token else PATHS:
                    yield scheme, port, path, name, token


def _answer(
    address: str, scheme: str, port: int, path: str, name: str, token: str
) -> tuple[str, int, str, str, int, int] | None:
    headers = (("Authorization", f"Bearer {token}"),) if token else ()
    try:
        got = get(scheme, address, port, path, _TIMEOUT_SECONDS, headers, _MOST_BYTES)
    except (OSError, http.client.HTTPException):
        return None
    return scheme, port, path, name, got.status, len(_METRIC.findall(got.body))


def _signal(order: Mapping[str, Any]) -> dict[str, int]:
    """Send `signal` to every `program` of the pods `uids`; return how many there were in each."""
    number = signal.Signals[order["signal"]]
    sent = dict.fromkeys(order["uids"], 0)
    for uid, pids in _processes(order["uids"]).items():
        for pid in pids:
            with suppress(OSError):
                if Path(f"/proc/{pid}/cmdline").read_text().startswith(order["program"]):
                    os.kill(pid, number)
                    sent[uid] += 1
    return sent


def _processes(uids: Mapping[str, str] | list[str]) -> dict[str, list[int]]:
    """Return the processes of each pod."""
    found: dict[str, list[int]] = {uid: [] for uid in uids}
    for file in Path("/proc").glob("[0-9]*/cgroup"):
        with suppress(OSError):
            uid = re.search(r"/pod([0-9a-f-]{36})/", file.read_text())
            if uid and uid[1] in found:
                found[uid[1]].append(int(file.parent.name))
    return found


def _ports(pids: list[int]) -> set[int]:
    """Return the ports on which processes listen, which all share one network."""
    ports: dict[str, int] = {}
    for pid in pids[:1]:
        for table in ("tcp", "tcp6"):
            for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines():
                # Slot, local address, remote address, state, ... and the inode as the tenth.
                row = line.split()
                if row[3] == _LISTEN:
                    ports[row[9]] = int(row[1].rpartition(":")[2], 16)
    return {port for inode, port in ports.items() if _held(inode, pids)}


def _held(inode: str, pids: list[int]) -> bool:
    return any(f"socket:[{inode}]" in _files(pid) for pid in pids)


def _files(pid: int) -> set[str]:
    with suppress(OSError):
        return {str(file.readlink()) for file in Path(f"/proc/{pid}/fd").iterdir()}
    return set()


if __name__ == "__main__":
    main()
