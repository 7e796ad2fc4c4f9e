"""What the options do to other items of the input, and what they add to it."""

from __future__ import annotations

from fix_ksm_probes.fixes.hardening.alert import watch
from fix_ksm_probes.fixes.hardening.bind_loopback import lost_ways
from fix_ksm_probes.fixes.hardening.deed import DONE, LOST, Deed, Step
from fix_ksm_probes.fixes.hardening.network_policy import fence
from fix_ksm_probes.fixes.hardening.proxy_first import moved_ports
from fix_ksm_probes.fixes.plan import Course
from fix_ksm_probes.manifests.network_policies import fence_ways, find_fences
from fix_ksm_probes.manifests.pod import read_pod
from fix_ksm_probes.manifests.related import (
    Way,
    monitor_ways,
    resolve,
    selected_besides,
    service_ways,
)
from fix_ksm_probes.manifests.stream import Item, Stream
from fix_ksm_probes.manifests.workload import Workload
from fix_ksm_probes.report import guard_prose
from fix_ksm_probes.rules.catalogue import PROXY_NOT_FIRST
from fix_ksm_probes.settings.fields import Settings
from fix_ksm_probes.yamlpatch import END, Patch, replace, value_at


def beside(courses: tuple[Course, ...], stream: Stream, settings: Settings) -> tuple[Step, ...]:
    """Return, for each workload, what becomes of what is beside it."""
    steps = []
    patched: Patch = ()
    told: tuple[Deed, ...] = ()
    for course in courses:
        items = (*stream.items, *_added(patched))
        step = _join(
            _lost(course, items, settings),
            _follow_names(course, items, settings),
            _fence(course, items, stream, settings),
            _watch(course, items, stream, settings),
        )
        # Two workloads may share a Service: its port is set once, and told of once.
        step = Step(
            tuple(each for each in step.patch if each not in patched),
            tuple(each for each in step.deeds if each.identity is None or each not in told),
        )
        patched += step.patch
        told += step.deeds
        steps.append(step)
    return tuple(steps)


def _added(patch: Patch) -> tuple[Item, ...]:
    return tuple(Item(each.path, each.value) for each in patch if each.path[-1] == END)


def _join(*steps: Step) -> Step:
    return Step(
        tuple(operation for step in steps for operation in step.patch),
        tuple(deed for step in steps for deed in step.deeds),
    )


def _lost(course: Course, items: tuple[Item, ...], settings: Settings) -> Step:
    return Step((), lost_ways(course.first, items) if settings.bind_loopback else ())


def _follow_names(course: Course, items: tuple[Item, ...], settings: Settings) -> Step:
    seen = course.repaired
    if not settings.proxy_first or course.last == seen:
        return Step()
    ports = moved_ports(seen)
    workload, pod = seen.workload, seen.network.pod
    named = [way for way in service_ways(items, workload, pod) if way.named in ports]
    shared = [way for way in named if _is_elsewhere(way, ports[way.named], workload, items)]
    own = [way for way in named if way not in shared]
    others = (
        *fence_ways(find_fences(items, workload, pod), pod),
        *monitor_ways(items, workload, pod),
    )
    # What a PodMonitor names Prometheus has always found in sidecars, too.
    lost = [way for way in others if way.named in ports and way.identity.kind != "PodMonitor"]
    return Step(
        tuple(replace((*way.item.pointer, *way.place), ports[way.named]) for way in own),
        (
            *(_renumbered(way, ports[way.named]) for way in own),
            *(_misnamed(way, ports[way.named]) for way in (*shared, *lost)),
        ),
    )


def _is_elsewhere(way: Way, number: int, workload: Workload, items: tuple[Item, ...]) -> bool:
    selector = {"matchLabels": value_at(way.item.resource, ("spec", "selector"))}
    others = selected_besides(items, workload, selector)
    return any(resolve(way.named, read_pod(other)) != number for other in others)


def _renumbered(way: Way, number: int) -> Deed:
    fact, then, done = guard_prose.renumbered(way.named, number)
    deed = Deed(PROXY_NOT_FIRST, DONE, fact, then, done, way.place, "", way.named, number)
    return deed._replace(identity=way.identity)


def _misnamed(way: Way, number: int) -> Deed:
    fact, then = guard_prose.misnamed(way.identity.kind or "", way.named, number)
    deed = Deed(PROXY_NOT_FIRST, LOST, fact, then, guard_prose.KEPT, way.place, "", way.named)
    return deed._replace(identity=way.identity)


def _fence(course: Course, items: tuple[Item, ...], stream: Stream, settings: Settings) -> Step:
    if not settings.network_policy:
        return Step()
    return fence(course.first, course.last, items, stream.addition, settings)


def _watch(course: Course, items: tuple[Item, ...], stream: Stream, settings: Settings) -> Step:
    if not settings.alert:
        return Step()
    # In what the repair leaves, before a proxy moves, all stands where it stands in the input.
    return watch(course.repaired, course.repair, items, stream.addition, settings)
