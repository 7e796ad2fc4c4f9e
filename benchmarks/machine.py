"""The machine that figures come from."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def describe() -> str:
    """Return the processor, cores, memory, kernel and Python, in one sentence."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB of memory,"
        f" Linux {platform.release()}, {platform.python_implementation()}"
        f" {platform.python_version()}, load {os.getloadavg()[0]:.1f} before the first run."
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()
