"""Probe containers as a kubelet does, with shortened periods."""

import http.client
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from .grpc_health import is_serving
from .http_exchange import get
from .pod import GRPC, Container, Exec, HTTPGet, Probe, TCPSocket
from .probe_url import request_target

ATTEMPTS = 3
PERIOD_SECONDS = 0.5
_MOST_REDIRECTS = 10
_KUBELET_HEADERS = (("User-Agent", "kube-probe/1.33"), ("Accept", "*/*"))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a probe got.

    Attributes:
        passes: whether the kubelet takes it for a success.
        ignored: True for a probe error: the kubelet throws the result away.
        status: the HTTP status, 0 where there is none.
        why: why it did not pass, empty if it did.
        target: what was asked.

    """

    passes: bool
    ignored: bool
    status: int
    why: str
    target: str


class ProbeError(Exception):
    """The kubelet cannot even ask."""


@dataclass(frozen=True, slots=True)
class Kubelet:
    """The kubelet of one pod.

    Attributes:
        pod_ip: dialled where a probe names no host.
        containers: those of the pod, in which ports are looked up.
        run_inside: runs a command in the named container within seconds, returns its exit code.

    """

    pod_ip: str
    containers: tuple[Container, ...]
    run_inside: Callable[[str, tuple[str, ...], float], int]

    def probe(self, probe: Probe, attempts: int = ATTEMPTS) -> Outcome:
        """Try `probe` until it passes, at most `attempts` times."""
        outcome = self._attempt(probe)
        for _ in range(attempts - 1):
            if outcome.passes or outcome.ignored:
                break
            time.sleep(PERIOD_SECONDS)
            outcome = self._attempt(probe)
        return outcome

    def _attempt(self, probe: Probe) -> Outcome:
        try:
            match probe.handler:
                case HTTPGet():
                    return self._http_get(probe, probe.handler)
                case TCPSocket():
                    return self._tcp_socket(probe, probe.handler)
                case GRPC():
                    return self._grpc(probe, probe.handler)
                case Exec():
                    return self._exec(probe, probe.handler)
        except ProbeError as error:
            return Outcome(False, True, 0, str(error), "")

    def _http_get(self, probe: Probe, handler: HTTPGet) -> Outcome:
        port = self._port(probe, handler.port)
        host = handler.host or self.pod_ip
        named = {name.lower() for name, _ in handler.headers}
        own = tuple(header for header in _KUBELET_HEADERS if header[0].lower() not in named)
        headers = (*handler.headers, *own)
        at = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        url = f"{handler.scheme}://{at}{request_target(handler.path)}"
        shown = url.replace(f"//{self.pod_ip}:", "//podIP:")
        try:
            status, body = _followed(url, probe.timeout, headers)
        except (OSError, http.client.HTTPException) as error:
            return Outcome(False, False, 0, _reason(error), shown)
        passes = 200 <= status < 400
        return Outcome(passes, False, status, "" if passes else f"{status}: {body}", shown)

    def _tcp_socket(self, probe: Probe, handler: TCPSocket) -> Outcome:
        port = self._port(probe, handler.port)
        shown = f"tcp://{handler.host or 'podIP'}:{port}"
        try:
            socket.create_connection((handler.host or self.pod_ip, port), probe.timeout).close()
        except OSError as error:
            return Outcome(False, False, 0, _reason(error), shown)
        return Outcome(True, False, 0, "", shown)

    def _grpc(self, probe: Probe, handler: GRPC) -> Outcome:
        port = self._port(probe, handler.port)
        shown = f"grpc://podIP:{port}/{handler.service}"
        try:
            serving = is_serving(self.pod_ip, port, handler.service, probe.timeout)
        except OSError as error:
            return Outcome(False, False, 0, _reason(error), shown)
        return Outcome(serving, False, 0, "" if serving else "not serving gRPC health", shown)

    def _exec(self, probe: Probe, handler: Exec) -> Outcome:
        shown = f"exec:{' '.join(handler.command)}"
        try:
            code = self.run_inside(probe.container, handler.command, probe.timeout)
        except FileNotFoundError as error:
            # The runtime cannot start it, so there is no exit code: an error, not a failure.
            raise ProbeError(f"no program {error} in container {probe.container}") from error
        except subprocess.TimeoutExpired:
            return Outcome(False, False, 0, "timed out", shown)
        return Outcome(code == 0, False, 0, f"exit code {code}" if code else "", shown)

    def _port(self, probe: Probe, port: int | str) -> int:
        """Return the port number; a name is looked up in the probed container only."""
        ports = next(c.ports for c in self.containers if c.name == probe.container)
        number = next((number for name, number in ports if name == port), None)
        if number is None and str(port).isdigit():
            number = int(port)
        if number is None or not 0 < number < 65536:
            raise ProbeError(f'port "{port}" not found in container {probe.container}')
        return number


def _followed(url: str, timeout: float, headers: tuple[tuple[str, str], ...]) -> tuple[int, str]:
    """Return the status and first line of the last answer, redirects to the same host followed."""
    for _ in range(_MOST_REDIRECTS):
        parts = urlsplit(url)
        default = 443 if parts.scheme == "https" else 80
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        host = parts.hostname or ""
        answer = get(parts.scheme, host, parts.port or default, target, timeout, headers)
        location = answer.header("location")
        following = urljoin(url, location)
        is_redirect = answer.status in (301, 302, 303, 307, 308) and location
        if not is_redirect or urlsplit(following).hostname != host:
            break
        url = following
    else:
        raise http.client.HTTPException("stopped after 10 redirects")
    return answer.status, answer.body.decode(errors="replace").partition("\n")[0][:80]


def _reason(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, TimeoutError):
        return "timed out"
    return str(error) or type(error).__name__
