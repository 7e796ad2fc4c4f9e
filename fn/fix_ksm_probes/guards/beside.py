"""What the options do to other items of the input, and what they add to it."""

from __future__ import annotations

from fix_ksm_probes import guard_prose
from fix_ksm_probes.config import PROXY_NOT_FIRST, Config
from fix_ksm_probes.course import Course
from fix_ksm_probes.fences import fence_ways, find_fences
from fix_ksm_probes.guards.alert import watch
from fix_ksm_probes.guards.bind_loopback import lost_ways
from fix_ksm_probes.guards.deed import DONE, LOST, Deed, Step
from fix_ksm_probes.guards.network_policy import fence
from fix_ksm_probes.guards.proxy_first import moved_ports
from fix_ksm_probes.neighbours import Way, monitor_ways, service_ways
from fix_ksm_probes.patch import Patch, replace
from fix_ksm_probes.pointer import END
from fix_ksm_probes.stream import Item, Stream


def beside(courses: tuple[Course, ...], stream: Stream, config: Config) -> tuple[Step, ...]:
    """Return, for each workload, what becomes of what is beside it."""
    steps = []
    patched: Patch = ()
    for course in courses:
        items = (*stream.items, *_added(patched))
        step = _join(
            _lost(course, items, config),
            _renumber(course, items, config),
            _fence(course, items, stream, config),
            _watch(course, items, stream, config),
        )
        # Two workloads may share a Service: its port is set once.
        step = step._replace(patch=tuple(each for each in step.patch if each not in patched))
        patched += step.patch
        steps.append(step)
    return tuple(steps)


def _added(patch: Patch) -> tuple[Item, ...]:
    return tuple(Item(each.path, each.value) for each in patch if each.path[-1] == END)


def _join(*steps: Step) -> Step:
    return Step(
        tuple(operation for step in steps for operation in step.patch),
        tuple(deed for step in steps for deed in step.deeds),
    )


def _lost(course: Course, items: tuple[Item, ...], config: Config) -> Step:
    return Step((), lost_ways(course.first, items) if config.bind_loopback else ())


def _renumber(course: Course, items: tuple[Item, ...], config: Config) -> Step:
    seen = course.repaired
    if not config.proxy_first or course.last == seen:
        return Step()
    ports = moved_ports(seen)
    workload, pod = seen.workload, seen.network.pod
    named = [way for way in service_ways(items, workload, pod) if way.named in ports]
    deeds = []
    for way in named:
        fact, then, done = guard_prose.renumbered(way.named, ports[way.named])
        number = ports[way.named]
        deed = Deed(PROXY_NOT_FIRST, DONE, fact, then, done, way.place, "", way.named, number)
        deeds.append(deed._replace(identity=way.identity))
    others = (
        *fence_ways(find_fences(items, workload, pod), pod),
        *monitor_ways(items, workload, pod),
    )
    deeds += [
        _misnamed(way, ports[way.named])
        for way in others
        # What a PodMonitor names Prometheus has always found in sidecars, too.
        if way.named in ports and way.identity.kind != "PodMonitor"
    ]
    return Step(
        tuple(replace((*way.item.pointer, *way.place), ports[way.named]) for way in named),
        tuple(deeds),
    )


def _misnamed(way: Way, number: int) -> Deed:
    fact, then = guard_prose.misnamed(way.identity.kind or "", way.named, number)
    deed = Deed(PROXY_NOT_FIRST, LOST, fact, then, guard_prose.KEPT, way.place, "", way.named)
    return deed._replace(identity=way.identity)


def _fence(course: Course, items: tuple[Item, ...], stream: Stream, config: Config) -> Step:
    if not config.network_policy:
        return Step()
    return fence(course.first, course.last, items, stream.addition, config)


def _watch(course: Course, items: tuple[Item, ...], stream: Stream, config: Config) -> Step:
    if not config.alert:
        return Step()
    return watch(course.last, course.repair, items, stream.addition, config)
