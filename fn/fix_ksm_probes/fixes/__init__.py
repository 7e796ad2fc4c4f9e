"""Repairs: which probes a mode looks at, and what it does about each."""

from __future__ import annotations

from fix_ksm_probes.config import (
    ALL,
    CHECK,
    DEDICATED_PORT,
    PROBE_DISABLE,
    THROUGH_PROXY,
    Config,
)
from fix_ksm_probes.findings import JudgedProbe, Survey
from fix_ksm_probes.fixes.cure import Repair
from fix_ksm_probes.fixes.dedicated_port import dedicate
from fix_ksm_probes.fixes.probe_disable import disable
from fix_ksm_probes.fixes.through_proxy import go_through
from fix_ksm_probes.programs.kube_state_metrics import NAME as KUBE_STATE_METRICS
from fix_ksm_probes.reach import FAILS, PASSES

_MODES = {PROBE_DISABLE: disable, DEDICATED_PORT: dedicate, THROUGH_PROXY: go_through}


def propose(survey: Survey, config: Config) -> Repair:
    """Return what the mode of `config` does about the probes of `survey`."""
    probes = tuple(judged for judged in survey.probes if _is_meant(judged, config))
    if config.mode == CHECK or not probes:
        return Repair()
    return _MODES[config.mode](survey, probes, config)


def _is_meant(judged: JudgedProbe, config: Config) -> bool:
    if judged.probe.kind not in config.probes:
        return False
    if judged.verdict.outcome == FAILS:
        return True
    program = judged.process.program
    is_ksm = program is not None and program.name == KUBE_STATE_METRICS
    return config.scope == ALL and judged.verdict.outcome == PASSES and is_ksm
