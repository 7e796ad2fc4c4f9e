"""The kubelet's own probe code, of Kubernetes' Go module."""

from pathlib import Path

from .toolchain import built_from

_SOURCE = Path(__file__).parent / "prober"


def prober() -> Path:
    """Return the built program, building it first if the cache lacks it (half a minute)."""
    return built_from(_SOURCE, "prober")
