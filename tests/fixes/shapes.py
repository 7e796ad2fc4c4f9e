"""The workloads, modes and options that are combined."""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import pytest

from fix_ksm_probes.analysis.analyse import Analysis, analyse
from fix_ksm_probes.manifests.stream import Item, read_stream
from fix_ksm_probes.manifests.workload import find_workloads
from fix_ksm_probes.pipeline import run
from fix_ksm_probes.report.outputs import Output
from fix_ksm_probes.settings.fields import FIELDS, Settings, settle
from fix_ksm_probes.settings.function_config import read_flat
from fix_ksm_probes.yamlpatch import decode, parse
from tests.e2e.cases import read_cases

SHAPES = {
    case.name: case.text.encode()
    for case in read_cases()
    if case.name
    in (
        "chart-5.27",
        "chart-5.27 + selfMonitor-off",
        "chart-5.27 + hostNetwork",
        "chart-6.2",
        "chart-6.2 + hostNetwork",
        "chart-6.3 + autosharding",
        "chart-8.4",
        "chart-8.4 + selfMonitor-off",
        "chart-8.4 + startupProbe",
        "kube-prometheus",
        "no-proxy",
    )
}
OPTIONS = ("bindLoopback", "proxyFirst", "networkPolicy", "addMissing", "alert", "fixScrapes")
MODES: dict[str, dict[str, object]] = {
    "probe-disable": {"mode": "probe-disable"},
    "dedicated-port": {"mode": "dedicated-port"},
    "answered-by-proxy": {"mode": "dedicated-port", "answeredBy": "kube-rbac-proxy"},
    "through-proxy": {"mode": "through-proxy"},
}


class Trial(NamedTuple):
    """One workload, one mode, and the options that are on."""

    shape: str
    mode: str
    options: tuple[str, ...]

    def __str__(self) -> str:
        """Return the name of the trial."""
        return f"{self.shape}: {self.mode}: {'+'.join(self.options)}"

    @property
    def settings(self) -> dict[object, object]:
        """Return the settings as text, by their flat names."""
        options: dict[object, object] = dict.fromkeys(self.options, "true")
        return options | dict(MODES[self.mode])

    @property
    def config(self) -> Settings:
        """Return the settings as the function has them."""
        return settle(read_flat(self.settings, ""))

    def run(self, raw: bytes) -> Output:
        """Run the function on `raw` with these settings."""
        return run(raw, read_flat(self.settings, ""))


def usable(mode: str) -> tuple[str, ...]:
    """Return the options that a mode of MODES can use."""
    modes = {field.name: field.modes for field in FIELDS}
    return tuple(option for option in OPTIONS if MODES[mode]["mode"] in modes[option])


TRIALS = tuple(
    Trial(shape, mode, options)
    for shape in SHAPES
    for mode in MODES
    for size in (1, 2, len(usable(mode)))
    for options in dict.fromkeys(combinations(usable(mode), size))
)
each_trial = pytest.mark.parametrize(
    "trial",
    [
        pytest.param(trial, id=str(trial), marks=[pytest.mark.hunt] * (len(trial.options) == 2))
        for trial in TRIALS
    ],
)
"""Runs a test with each option and with all together, and in a hunt with every two of them."""


def items_of(raw: bytes) -> tuple[Item, ...]:
    """Return the items of a stream."""
    return tuple(read_stream(parse(decode(raw).text)).items)


def surveys_of(raw: bytes) -> tuple[Analysis, ...]:
    """Return the analyses of the workloads in a stream."""
    found = (analyse(workload) for item in items_of(raw) for workload in find_workloads(item))
    return tuple(each for each in found if each is not None)
