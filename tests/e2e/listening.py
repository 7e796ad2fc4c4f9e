"""Which TCP sockets are listening in a network namespace, and whose they are."""

import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

_LISTEN = "0A"


def listening_sockets(enter: tuple[str, ...]) -> dict[str, int]:
    """Return inode -> port of the sockets that listen where the command prefix `enter` leads."""
    tables = ("/proc/net/tcp", "/proc/net/tcp6")
    said = subprocess.run([*enter, "cat", *tables], capture_output=True, text=True, check=True)
    rows = (line.split() for line in said.stdout.splitlines())
    # Columns: slot, local address, remote address, state, ... and the inode as the tenth.
    return {
        row[9]: int(row[1].rpartition(":")[2], 16)
        for row in rows
        if len(row) > 9 and row[3] == _LISTEN
    }


def owns_one(pid: int, sockets: Mapping[str, int]) -> bool:
    """Tell whether the process `pid` holds one of `sockets`."""
    with suppress(OSError):
        held = {str(file.readlink()) for file in Path(f"/proc/{pid}/fd").iterdir()}
        return any(f"socket:[{inode}]" in held for inode in sockets)
    return False
