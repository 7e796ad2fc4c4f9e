"""Probe containers as a kubelet does, by its own code, with shortened periods."""

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .pod import GRPC, Container, Handler, HTTPGet, Probe, TCPSocket

ATTEMPTS = 3
PERIOD_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a probe got.

    Attributes:
        passes: whether the kubelet takes it for a success.
        ignored: True for a probe error: the kubelet throws the result away.
        status: the HTTP status that it failed with, else 0.
        why: why it did not pass, in the kubelet's words, empty if it did.
        target: what was asked; the pod's address is `podIP`.

    """

    passes: bool
    ignored: bool
    status: int
    why: str
    target: str


@dataclass(frozen=True, slots=True)
class Kubelet:
    """The kubelet of one pod.

    Attributes:
        prober: the program of `prober/`, built.
        pod_ip: dialled where a probe names no host.
        containers: those of the pod, in which ports are looked up.

    """

    prober: Path
    pod_ip: str
    containers: tuple[Container, ...]

    def probe(self, probe: Probe, attempts: int = ATTEMPTS) -> Outcome:
        """Try `probe` until it passes, at most `attempts` times."""
        (ports,) = (c.ports for c in self.containers if c.name == probe.container)
        order = {
            "podIP": self.pod_ip,
            "container": {
                "name": probe.container,
                "ports": [{"name": name, "containerPort": number} for name, number in ports],
            },
            "handler": _as_of_the_api(probe.handler),
            "timeoutSeconds": probe.timeout,
            "attempts": attempts,
            "pauseSeconds": PERIOD_SECONDS,
        }
        ran = subprocess.run([self.prober], input=json.dumps(order), capture_output=True, text=True)
        if ran.returncode:
            raise RuntimeError(f"the kubelet's prober failed: {ran.stderr}")
        return self._outcome(json.loads(ran.stdout))

    def _outcome(self, answer: dict[str, str]) -> Outcome:
        # A warning, of a redirect elsewhere, is a success that is told.
        passes = answer["result"] in ("success", "warning")
        status = re.fullmatch(r"HTTP probe failed with statuscode: (\d+)", answer["output"])
        return Outcome(
            passes=passes,
            ignored=bool(answer["error"]),
            status=int(status[1]) if status else 0,
            why=""
            if passes
            else (answer["error"] or answer["output"]).replace(self.pod_ip, "podIP"),
            target=answer["target"].replace(f"//{self.pod_ip}:", "//podIP:"),
        )


def _as_of_the_api(handler: Handler) -> dict[str, Any]:
    """Return the handler as core/v1 has it."""
    match handler:
        case HTTPGet():
            headers = [{"name": name, "value": value} for name, value in handler.headers]
            return {
                "httpGet": {
                    "host": handler.host,
                    "port": handler.port,
                    "path": handler.path,
                    "scheme": handler.scheme.upper(),
                    "httpHeaders": headers,
                }
            }
        case TCPSocket():
            return {"tcpSocket": {"host": handler.host, "port": handler.port}}
        case GRPC():
            return {"grpc": {"port": int(handler.port), "service": handler.service}}
