"""The kubelet's own probe code, of Kubernetes' Go module: what it asks, and its words of events."""

import hashlib
import json
import subprocess
from pathlib import Path

from .cache import exclusive
from .toolchain import build, run_go

_SOURCE = Path(__file__).parent / "prober"
_FORMATS = {
    "failed": "%s probe failed: %s",
    "errored": "%s probe errored and resulted in %s state: %s",
}
_OF_THE_PROBER = Path("pkg/kubelet/prober/prober.go")


def prober() -> Path:
    """Return the built program, building it first if the cache lacks it (half a minute)."""
    source = b"".join(path.read_bytes() for path in sorted(_SOURCE.iterdir()))
    with exclusive("prober") as folder:
        target = folder / hashlib.sha256(source).hexdigest()[:12]
        if not target.exists():
            build(_SOURCE, ".", target)
    return target


def event(kind: str, wall: str, http_path: str) -> str:
    """Return the event for a probe of this kind (`Liveness`) that runs into `wall`.

    A wall is `name`, `refused`, `plain`, `tls` or an HTTP status; whom the probe asked is ADDRESS.
    """
    command = [str(prober()), "event", wall, http_path]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    what, _, text = printed.rstrip("\n").partition(" ")
    filled = (kind, "unknown", text) if what == "errored" else (kind, text)
    return _FORMATS[what] % filled


def has_formats() -> bool:
    """Tell whether the kubelet words its events so, by its source."""
    listed = run_go(_SOURCE, "mod", "download", "-json", "k8s.io/kubernetes")
    source = (Path(json.loads(listed)["Dir"]) / _OF_THE_PROBER).read_text()
    return all(f'"{each}"' in source for each in _FORMATS.values())
