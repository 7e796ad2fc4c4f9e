"""Run fix-ksm-probes on a manifest, as a KRM function."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_SOURCE = Path(__file__).resolve().parents[2] / "fn"
_KIND = {"apiVersion": "fix-ksm-probes.dev/v1alpha1", "kind": "FixKSMProbes"}


@dataclass(frozen=True, slots=True)
class Mode:
    """A way to repair: its name in the table, and the settings as (dotted field, value)."""

    name: str
    settings: tuple[tuple[str, str | bool], ...]

    @property
    def closes_bypasses(self) -> bool:
        """Tell whether it binds what a proxy guards to loopback."""
        return dict(self.settings).get("bindLoopback") is True

    @property
    def is_blind(self) -> bool:
        """Tell whether the probes that it repairs no longer ask kube-state-metrics."""
        settings = dict(self.settings)
        answers = settings.get("dedicatedPort.answeredBy")
        return settings["mode"] == "probe-disable" or answers == "kube-rbac-proxy"

    def spec(self) -> dict[str, Any]:
        """Return the `spec` of the functionConfig."""
        spec: dict[str, Any] = {}
        for name, value in self.settings:
            outer, dot, inner = name.partition(".")
            spec |= {outer: spec.get(outer, {}) | {inner: value}} if dot else {outer: value}
        return spec


CHECK = Mode("check", (("mode", "check"),))
MODES = (
    Mode("probe-disable", (("mode", "probe-disable"),)),
    Mode(
        "dedicated-port, kube-state-metrics",
        (("mode", "dedicated-port"), ("dedicatedPort.answeredBy", "kube-state-metrics")),
    ),
    Mode(
        "dedicated-port, kube-rbac-proxy",
        (("mode", "dedicated-port"), ("dedicatedPort.answeredBy", "kube-rbac-proxy")),
    ),
    Mode("through-proxy", (("mode", "through-proxy"),)),
)
# Also the probes that pass are repaired.
SCOPE_ALL = tuple(
    Mode(f"{mode.name}, scope all", (*mode.settings, ("scope", "all"))) for mode in MODES
)
_GUARDS = (("bindLoopback", True), ("proxyFirst", True), ("addMissing", True))
# Also what no probe tells of is put right.
GUARDED = (
    Mode(
        "probe-disable, guarded",
        (("mode", "probe-disable"), ("bindLoopback", True), ("proxyFirst", True)),
    ),
    Mode(
        "dedicated-port, guarded",
        (("mode", "dedicated-port"), *_GUARDS, ("dedicatedPort.networkPolicy", True)),
    ),
    Mode("through-proxy, guarded", (("mode", "through-proxy"), *_GUARDS)),
)


@dataclass(frozen=True, slots=True)
class FunctionResult:
    """One entry of `results`; reason, probe and container are empty where it has no such tag."""

    message: str
    severity: str
    reason: str
    probe: str
    container: str


@dataclass(frozen=True, slots=True)
class FunctionRun:
    """What the function answered: its exit code, the manifest it gave back, and the results."""

    exit_code: int
    text: str = field(repr=False)
    results: tuple[FunctionResult, ...]


def run_function(text: str, mode: Mode) -> FunctionRun:
    """Return the answer of the function to the manifest stream `text`.

    Raises:
        RuntimeError: the function answered without a ResourceList.

    """
    documents = [document for document in yaml.safe_load_all(text) if document]
    config = _KIND | {"metadata": {"name": "e2e"}, "spec": mode.spec()}
    done = subprocess.run(
        [sys.executable, "-m", "fix_ksm_probes"],
        input=yaml.safe_dump(
            {
                "apiVersion": "config.kubernetes.io/v1",
                "kind": "ResourceList",
                "items": documents,
                "functionConfig": config,
            },
            sort_keys=False,
        ),
        env=os.environ | {"PYTHONPATH": str(_SOURCE)},
        capture_output=True,
        text=True,
        check=False,
    )
    answer = yaml.safe_load(done.stdout)
    if not isinstance(answer, dict) or done.returncode not in (0, 1):
        raise RuntimeError(f"exit code {done.returncode}: {done.stderr}")
    items = yaml.safe_dump_all(answer["items"], sort_keys=False)
    results = tuple(_result(result) for result in answer.get("results") or ())
    return FunctionRun(done.returncode, items, results)


def _result(value: dict[str, Any]) -> FunctionResult:
    tags = value.get("tags") or {}
    named = (tags.get(name, "") for name in ("reason", "probe", "container"))
    return FunctionResult(value["message"], value["severity"], *named)
