"""fix-ksm-probes as people run it, and what it lets them expect of a cluster."""

import json
import subprocess
from collections.abc import Mapping
from typing import Any, NamedTuple

from tests.callers.caller import COMMAND, environment
from tests.e2e.function import Mode

from .manifests import probes_of

# What makes a probe an error, whose result the kubelet throws away.
ERRORS = ("PortNameUndefined", "CommandMissing")

# Said of a probe that passes, and notices what it should.
_ADVICE = "ApiServerOutage"
_KSM = "kube-state-metrics"


class Expectation(NamedTuple):
    """What the verdicts let expect of a manifest.

    Attributes:
        failing: container and probe -> the reason why it fails.
        notices: a stopped kube-state-metrics makes its pods unready, or is restarted.
        open_metrics: /metrics answers without a token.
        stuck: the pod of the manifest that it repairs stays until somebody deletes it.

    """

    failing: Mapping[tuple[str, str], str]
    notices: bool
    open_metrics: bool
    stuck: bool = False

    @property
    def unready(self) -> frozenset[str]:
        """The containers that never are ready."""
        return frozenset(at for at, probe in self.failing if probe != "livenessProbe")

    @property
    def is_ready(self) -> bool:
        """Whether its pods become Ready."""
        return not self.unready

    @property
    def restarted(self) -> frozenset[str]:
        """The containers that the kubelet restarts: not for a probe that it cannot even send."""
        return frozenset(
            at
            for (at, probe), reason in self.asked.items()
            if probe != "readinessProbe" and reason not in ERRORS
        )

    @property
    def asked(self) -> Mapping[tuple[str, str], str]:
        """Those of `failing` that the kubelet asks: nothing else before a startupProbe succeeds."""
        starting = {at for at, probe in self.failing if probe == "startupProbe"}
        return {
            (at, probe): reason
            for (at, probe), reason in self.failing.items()
            if probe == "startupProbe" or at not in starting
        }


DELETE_POD = "kubectl delete pod"
RECREATE = "strategy: {type: Recreate}"
REPLACE = "kubectl replace --force"
RESUME = "kubectl rollout resume"
_ADVISED = (DELETE_POD, RECREATE, REPLACE, RESUME)


class Repair(NamedTuple):
    """What a mode makes of a manifest, None where it refuses, and what it says on stderr."""

    text: str | None
    words: str

    @property
    def advice(self) -> str:
        """Return what it says to do so that the repaired pod arrives, empty for nothing."""
        return next((each for each in _ADVISED if f"`{each}`" in self.words), "")


def flags(mode: Mode) -> list[str]:
    """Return the command line of `mode`."""
    return [
        f"--{name.rpartition('.')[2]}={str(value).lower() if value is True else value}"
        for name, value in mode.settings
    ]


def repair(text: str, mode: Mode) -> Repair:
    """Return what the command makes of the manifest stream `text`.

    Raises:
        RuntimeError: it neither repaired nor refused.

    """
    done = _run(text, *flags(mode))
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stderr)
    return Repair(None if done.returncode else done.stdout, done.stderr)


def check(text: str) -> list[dict[str, Any]]:
    """Return the results of mode `check` on the manifest stream `text`.

    Raises:
        RuntimeError: something was wrong with the input.

    """
    done = _run(text, "--mode=check", "--output=results-json")
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stderr)
    results: list[dict[str, Any]] = json.loads(done.stdout)
    return results


def expectation(text: str) -> Expectation:
    """Return what mode `check` says of the manifest stream `text`.

    Raises:
        RuntimeError: it says that it does not know, or that something was wrong with the input.

    """
    results = check(text)
    reasons: dict[tuple[str, str], str] = {}
    for result in results:
        tags = result["tags"]
        if tags["reason"] == "Unknown":
            raise RuntimeError(f"nothing to expect: {result['message']}")
        if "probe" in tags and tags["reason"] != _ADVICE:
            reasons[tags["container"], tags["probe"]] = tags["reason"]
    return Expectation(
        failing={at: reason for at, reason in reasons.items() if reason != "Vacuous"},
        notices=any(
            container == _KSM and probe != "startupProbe" and (container, probe) not in reasons
            for container, probe, _ in probes_of(text)
        ),
        open_metrics=any(
            result["tags"]["reason"] in ("Bypass", "ProxyMissing") for result in results
        ),
    )


def _run(text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *arguments],
        input=text,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
