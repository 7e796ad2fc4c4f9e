"""What a drawing shows of a workload: the way of each probe, stop by stop, to where it ends."""

from __future__ import annotations

from collections.abc import Iterator

from fix_ksm_probes.analysis import decision
from fix_ksm_probes.analysis.analyse import Analysis, Bypass, JudgedProbe
from fix_ksm_probes.analysis.evidence import name_of
from fix_ksm_probes.report.outputs.captions import OPEN, passed_by, tally
from fix_ksm_probes.report.outputs.ends import bypass_end, end_stops
from fix_ksm_probes.report.outputs.stops import Stop, bypass_stops, probe_stops
from fix_ksm_probes.yamlpatch._named_tuple import NamedTuple

KUBELET = "kubelet"
ANYBODY = "anybody"

# What a pod is not Ready for comes first.
_ORDER = (decision.FAILS, decision.UNKNOWN, OPEN, decision.PASSES)


class Way(NamedTuple):
    """One way through a pod, and how it ends.

    `outcome` is that of a verdict, or OPEN; `reason` is empty where there is nothing to
    say. `whose` names the probes that go this way, `probes` of them, or the proxy that an open
    door leads past.
    """

    outcome: str
    whose: str
    reason: str
    start: str
    stops: tuple[Stop, ...]
    probes: int = 1


class Sketch(NamedTuple):
    """One workload: its name, and all ways, those that fail first."""

    name: str
    ways: tuple[Way, ...]

    @property
    def tally(self) -> str:
        """Return how many probes end how."""
        return tally([way.outcome for way in self.ways for _ in range(way.probes)])


def sketch(analysis: Analysis) -> Sketch:
    """Return what there is to draw of a workload."""
    ways = (*_probe_ways(analysis), *(_bypass_way(found, analysis) for found in analysis.bypasses))
    identity = analysis.workload.identity
    name = identity.place or identity.kind or "a pod template"
    return Sketch(name, tuple(sorted(ways, key=lambda way: _ORDER.index(way.outcome))))


def sketch_after(analysis: Analysis) -> Sketch:
    """Return what there is to draw of a workload as its repair leaves it."""
    drawn = sketch(analysis)
    return drawn._replace(name=f"{drawn.name}, after the repair")


def _probe_ways(analysis: Analysis) -> Iterator[Way]:
    together: dict[tuple[object, ...], list[JudgedProbe]] = {}
    for judged in analysis.probes:
        alike = (judged.process, judged.verdict, judged.probe.handler)
        together.setdefault(alike, []).append(judged)
    for alike_probes in together.values():
        first = alike_probes[0]
        kinds = ", ".join(judged.probe.kind for judged in alike_probes)
        verdict = first.verdict
        reason = "Vacuous" if verdict.vacuous else verdict.reason
        whose = f"{kinds} of {first.container.name}"
        stops = (*probe_stops(first, analysis), *end_stops(first, analysis))
        yield Way(verdict.outcome, whose, reason, KUBELET, stops, len(alike_probes))


def _bypass_way(found: Bypass, analysis: Analysis) -> Way:
    whose = passed_by(name_of(found.guard, analysis.network))
    stops = (*bypass_stops(found, analysis), bypass_end(found, analysis))
    return Way(OPEN, whose, "Bypass", ANYBODY, stops)


def plain(text: str) -> str:
    """Return `text` in printable ASCII, with escapes for all else: what any log or page shows."""
    return "".join(
        letter if " " <= letter <= "~" else letter.encode("unicode_escape").decode()
        for letter in text
    )
