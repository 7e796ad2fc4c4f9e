"""Laws of every combination: it holds, one run completes it, and it breaks nothing."""

from __future__ import annotations

from copy import deepcopy

import pytest

from fix_ksm_probes.analysis.analyse import Analysis, late_guards, missing_probes
from fix_ksm_probes.analysis.decision import FAILS, PASSES, judge
from fix_ksm_probes.analysis.findings import find_hardening
from fix_ksm_probes.analysis.scrapes import find_failing_scrapes
from fix_ksm_probes.fixes.plan import plan
from fix_ksm_probes.manifests.index import Index
from fix_ksm_probes.manifests.pod import PROBES, HTTPGet, Probe
from fix_ksm_probes.programs.listeners import Listener
from fix_ksm_probes.yamlpatch import apply_patch
from tests.fixes.shapes import SHAPES, TRIALS, Trial, each_trial, items_of, surveys_of, usable

PATHS = ("/metrics", "/debug/pprof/", "/", "/healthz", "/livez", "/readyz", "/no-such-path")


def _probes(raw: bytes, outcome: str) -> set[tuple[str, str]]:
    return {
        (judged.container.name, judged.probe.kind)
        for seen in surveys_of(raw)
        for judged in seen.probes
        if judged.verdict.outcome == outcome
    }


def _one(raw: bytes) -> Analysis:
    (seen,) = surveys_of(raw)
    return seen


@each_trial
def test_what_is_asked_for_is_done(trial: Trial) -> None:
    """No probe fails, every option is carried out, and a second run has nothing to do."""
    raw = SHAPES[trial.shape]
    output = trial.run(raw)
    if output.exit_code:
        assert not output.stdout
        assert any("error: " in line for line in output.stderr)
        return
    assert not _probes(output.stdout, FAILS)
    removed = _probes(raw, PASSES) - _probes(output.stdout, PASSES)
    assert not removed
    again = trial.run(output.stdout)
    assert (0, output.stdout) == (again.exit_code, again.stdout)
    assert ", 0 repaired, " in again.stderr[-1]
    _assert_done(trial, output.stdout)


def _assert_done(trial: Trial, stdout: bytes) -> None:
    seen = _one(stdout)
    config = trial.config
    processes = seen.network.processes
    if config.bind_loopback:
        assert not seen.bypasses
    if config.proxy_first:
        assert not late_guards(seen.network)
    if config.add_missing and config.mode in ("dedicated-port", "through-proxy"):
        assert not any(missing_probes(process, config.probes) for process in processes)
    if config.network_policy and config.mode == "dedicated-port":
        found = find_hardening(_with_items(seen, stdout), config)
        open_ports = [each for each in found if each.reason == "HealthPortOpen"]
        assert not open_ports or seen.network.pod.host_network
    if config.fix_scrapes:
        assert not {each.reason for each in find_failing_scrapes(_with_items(seen, stdout))} & {
            "ScrapeFails",
            "ProxyMayNotAsk",
        }
    if config.alert and config.mode == "probe-disable":
        rules = [item for item in items_of(stdout) if "PrometheusRule" in str(item.resource)]
        blind = not {name for name, _ in _probes(stdout, PASSES)} & {"kube-state-metrics"}
        assert len(rules) == int(blind)


def _with_items(seen: Analysis, stdout: bytes) -> Analysis:
    return seen._replace(related=Index(items_of(stdout)))


@each_trial
def test_nothing_opens_but_what_a_probe_asks(trial: Trial) -> None:
    """Without a token, a client gets what it got before, and the health paths of probes."""
    raw = SHAPES[trial.shape]
    stdout = trial.run(raw).stdout or raw
    asked = {
        (listener.port, judged.verdict.dial.http_path)
        for seen in surveys_of(stdout)
        for judged in seen.probes
        for listener in judged.verdict.route[:1]
        if judged.verdict.dial
    }

    assert _open(stdout) <= _open(raw) | asked


def _open(raw: bytes) -> set[tuple[int, str | None]]:
    return {
        (listener.port, http_path)
        for seen in surveys_of(raw)
        for listener in seen.network.listeners
        for http_path in PATHS
        if _answers(listener, http_path, seen) != FAILS
    }


def _answers(listener: Listener, http_path: str, seen: Analysis) -> str:
    scheme = "HTTPS" if listener.tls else "HTTP"
    handler = HTTPGet(listener.port, scheme, http_path, "", authorization=False)
    pod = seen.network.pod
    return judge(Probe("livenessProbe", handler, ()), pod.containers[0], seen.network).outcome


@each_trial
def test_what_is_written_is_what_was_judged(trial: Trial) -> None:
    """The composed patch leads to the resource that the last step judged."""
    made = plan(_one(SHAPES[trial.shape]), trial.config)
    before = deepcopy(made.first.workload.resource)
    after = apply_patch(before, made.patch) if made.patch else before

    assert made.last.workload.resource == after


def test_few_are_refused() -> None:
    """A refused trial lacks a proxy, or something that a proxy needs."""
    refused = [
        trial
        for trial in TRIALS
        if trial.run(SHAPES[trial.shape]).exit_code
        # There the option would take away a probe that passes.
        and not (trial.mode == "probe-disable" and "bindLoopback" in trial.options)
    ]

    assert {"no-proxy"} >= {trial.shape for trial in refused if "selfMonitor" not in trial.shape}
    assert len(refused) < len(TRIALS) // 10


@pytest.mark.parametrize("option", usable("dedicated-port"))
def test_a_sound_pod_is_left_alone(option: str) -> None:
    """After a run with all options, no single option has anything to do."""
    everything = Trial("chart-5.27", "dedicated-port", usable("dedicated-port"))
    sound = everything.run(SHAPES["chart-5.27"]).stdout
    output = Trial("chart-5.27", "dedicated-port", (option,)).run(sound)

    assert (0, sound) == (output.exit_code, output.stdout)


@pytest.mark.parametrize("kind", PROBES)
def test_timings_of_the_author_stay(kind: str) -> None:
    """addMissing adds probes, and changes no timing."""
    raw = SHAPES["chart-8.4 + startupProbe"]
    output = Trial("chart-8.4 + startupProbe", "dedicated-port", ("addMissing",)).run(raw)

    assert raw.count(b"timeoutSeconds: 5") == output.stdout.count(b"timeoutSeconds: 5")
    assert raw.count(kind.encode()) == output.stdout.count(kind.encode())
