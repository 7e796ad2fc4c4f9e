"""What a stranger gets from a pod: every listening port, every scheme, a list of paths."""

import http.client
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product

from .http_exchange import Answer, get

PATHS = (
    "/",
    "/metrics",
    "/healthz",
    "/livez",
    "/readyz",
    "/debug/pprof/",
    "/no-such-path",
)
# Ways to name /metrics that a check of the path might take for something else.
TRICKS = (
    "//metrics",
    "/metrics/",
    "/livez/../metrics",
    "/readyz/../metrics",
    "/healthz/../metrics",
    "/%2e%2e/metrics",
    "/livez%2f..%2fmetrics",
    "/livez/%2e%2e/metrics",
    "/livez;/metrics",
    "/livez/metrics",
    "/livez%00/metrics",
    "/./metrics",
    "http://127.0.0.1/metrics",
    "http://livez/metrics",
)
_TIMEOUT_SECONDS = 3.0


@dataclass(frozen=True, slots=True, order=True)
class Door:
    """A port and request target that answer 2xx, and what kind of body comes out."""

    scheme: str
    port: int
    target: str
    body: str

    def __str__(self) -> str:
        """Return this as `http:9090 /metrics = main-metrics`."""
        return f"{self.scheme}:{self.port} {self.target} = {self.body}"


def open_doors(address: str, ports: Iterable[int]) -> tuple[Door, ...]:
    """Return what answers 2xx without a token at `address`."""
    asked = product(("http", "https"), sorted(ports), PATHS + TRICKS)
    with ThreadPoolExecutor(8) as pool:
        doors = pool.map(lambda question: _door(address, *question), asked)
        return tuple(sorted(door for door in doors if door))


def status_with_token(scheme: str, address: str, port: int, token: str) -> tuple[int, str]:
    """Return status and kind of body of /metrics asked with `token`."""
    headers = (("Authorization", f"Bearer {token}"),)
    try:
        answer = get(scheme, address, port, "/metrics", _TIMEOUT_SECONDS, headers)
    except (OSError, http.client.HTTPException):
        return 0, ""
    return answer.status, _kind(answer)


def _door(address: str, scheme: str, port: int, target: str) -> Door | None:
    try:
        answer = get(scheme, address, port, target, _TIMEOUT_SECONDS)
    except (OSError, http.client.HTTPException):
        return None
    return Door(scheme, port, target, _kind(answer)) if 200 <= answer.status < 300 else None


def _kind(answer: Answer) -> str:
    body = answer.body.decode(errors="replace")
    if re.search(r"^# HELP (go_|kube_state_metrics_|process_)", body, re.MULTILINE):
        return "telemetry-metrics"
    # An empty cluster has no metrics at all, but they still have their own content type.
    if "version=0.0.4" in answer.header("content-type"):
        return "main-metrics"
    if "/debug/pprof/" in body and "goroutine" in body:
        return "pprof"
    if "<html" in body.lower():
        return "landing"
    if body.strip().lower() in ("ok", ""):
        return "health"
    return "other"
