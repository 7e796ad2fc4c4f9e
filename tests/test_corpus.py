"""Rendered charts whose pods ran: verdicts agree with the measurements, and repairs hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fix_ksm_probes.analysis.analyse import Analysis, analyse
from fix_ksm_probes.analysis.decision import FAILS
from fix_ksm_probes.manifests.stream import read_stream
from fix_ksm_probes.manifests.workload import find_workloads
from fix_ksm_probes.yamlpatch import decode, parse
from tests.case import observe, split_results
from tests.conftest import Note

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
HELD = CORPUS / "truth.json"

if not HELD.exists():
    pytest.skip("no corpus: ../shared/corpus is not beside this project", allow_module_level=True)

TRUTH = json.loads(HELD.read_text())
MODES = {
    "probe-disable": {"mode": "probe-disable"},
    "dedicated-port": {"mode": "dedicated-port"},
    "answered-by-proxy": {"mode": "dedicated-port", "answeredBy": "kube-rbac-proxy"},
    "through-proxy": {"mode": "through-proxy"},
}


def _manifest(name: str) -> str:
    return (CORPUS / f"{name}.yaml").read_text()


def _analyses(text: str) -> list[Analysis]:
    items = read_stream(parse(text)).items
    found = (analyse(workload) for item in items for workload in find_workloads(item))
    return [each for each in found if each is not None]


def _as_resource_list(text: str, settings: dict[str, str]) -> bytes:
    """Return the documents as items, with the same bytes except for the indent."""
    lines = ["apiVersion: config.kubernetes.io/v1", "kind: ResourceList", "items:"]
    fresh = True
    for line in text.splitlines():
        if line.startswith("---"):
            fresh = True
        elif fresh and (not line.strip() or line.startswith("#")):
            continue
        else:
            lines.append(("- " if fresh else "  ") + line if line.strip() else "")
            fresh = False
    lines += ["functionConfig:", "  apiVersion: v1", "  kind: ConfigMap", "  data:"]
    lines += [f"    {name}: {value}" for name, value in settings.items()]
    return ("\n".join(lines) + "\n").encode()


def test_verdicts_agree_with_running_pods(note: Note) -> None:
    """Every probe gets the verdict that the real programs gave it."""
    count = 0
    for name, workloads in TRUTH.items():
        verdicts = {
            (seen.workload.identity.kind, judged.container.name, judged.probe.kind): (
                judged.verdict.outcome
            )
            for seen in _analyses(_manifest(name))
            for judged in seen.probes
        }
        measured = {
            (workload["kind"], probe["container"], probe["probe"]): probe["verdict"]
            for workload in workloads
            for probe in workload["probes"]
        }
        assert measured == verdicts, name
        count += len(measured)
    note(f"corpus: {count} probes of {len(TRUTH)} manifests judged as measured")
    assert count >= 200


def test_open_doors_agree_with_running_pods() -> None:
    """There is a Bypass exactly where a proxy exists and metrics answer without a token."""
    for name, workloads in TRUTH.items():
        seen = _analyses(_manifest(name))
        has_proxy = any(
            process.program is not None and process.program.name == "kube-rbac-proxy"
            for each in seen
            for process in each.network.processes
        )
        open_doors = [
            door for each in workloads for door in each["answersWithoutToken"] if "metrics" in door
        ]
        assert bool(has_proxy and open_doors) == any(each.bypasses for each in seen), name


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", TRUTH)
def test_repair(name: str, mode: str) -> None:
    """A sound probe stays, a repaired one passes, and a second run makes no edit."""
    raw = _as_resource_list(_manifest(name), MODES[mode])
    seen = observe(raw)
    broken = any(
        probe["verdict"] == "fails" for workload in TRUTH[name] for probe in workload["probes"]
    )
    assert seen.exit_code == 0
    assert bool(seen.diff) == broken
    if not seen.results:
        assert raw == seen.stdout
    if mode == "probe-disable":
        assert not [line for line in seen.diff.splitlines()[2:] if line.startswith("+")]

    items, _ = split_results(seen.stdout)
    assert items == split_results(observe(seen.stdout).stdout)[0]
    assert not _failing(items)
    if mode != "probe-disable":
        assert _passing(raw) <= _passing(items)


@pytest.mark.parametrize("name", TRUTH)
def test_check_changes_nothing(name: str) -> None:
    """Mode check changes no byte, and fails for a failing probe or a Bypass."""
    raw = _as_resource_list(_manifest(name), {"mode": "check"})
    seen = observe(raw)
    wrong = any(
        each.bypasses or any(judged.verdict.outcome == FAILS for judged in each.probes)
        for each in _analyses(_manifest(name))
    )
    assert not seen.diff
    assert seen.exit_code == wrong


def _of(raw: bytes) -> list[Analysis]:
    items = read_stream(parse(decode(raw).text)).items
    found = (analyse(workload) for item in items for workload in find_workloads(item))
    return [each for each in found if each is not None]


def _failing(raw: bytes) -> list[tuple[str, str]]:
    return [
        (judged.container.name, judged.probe.kind)
        for each in _of(raw)
        for judged in each.probes
        if judged.verdict.outcome == FAILS
    ]


def _passing(raw: bytes) -> set[tuple[str, str]]:
    return {
        (judged.container.name, judged.probe.kind)
        for each in _of(raw)
        for judged in each.probes
        if judged.verdict.outcome != FAILS
    }
