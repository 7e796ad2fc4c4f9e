"""Other items of the input: what the options do to them, and what they add."""

from __future__ import annotations

from fix_ksm_probes.analysis.findings import Finding
from fix_ksm_probes.fixes.fix import DONE, LOST, Fix, FixPlan, Repair, combine
from fix_ksm_probes.fixes.hardening.alert import add_alert
from fix_ksm_probes.fixes.hardening.bind_loopback import find_cut_off
from fix_ksm_probes.fixes.hardening.network_policy import add_policy
from fix_ksm_probes.fixes.hardening.proxy_first import moved_ports
from fix_ksm_probes.manifests.monitors import monitor_ways
from fix_ksm_probes.manifests.network_policies import find_policies, policy_ways
from fix_ksm_probes.manifests.pod import read_pod
from fix_ksm_probes.manifests.related import (
    Way,
    resolve,
    selected_besides,
    service_ways,
)
from fix_ksm_probes.manifests.stream import Item, Stream
from fix_ksm_probes.manifests.workload import Workload
from fix_ksm_probes.rules.catalogue import PROXY_NOT_FIRST
from fix_ksm_probes.settings.fields import Settings
from fix_ksm_probes.yamlpatch import END, Operation, Patch, replace, value_at

# Who finds the names of a sidecar's ports.
_LIMITS = {
    "Service": "Services find the names of sidecars only from Kubernetes 1.33 on",
    "ServiceMonitor": "Prometheus finds the ports of sidecars that way only from 3.0 on",
    "NetworkPolicy": "not every network plugin finds the names of sidecars",
}


def repair_beside(
    plans: tuple[FixPlan, ...], stream: Stream, settings: Settings
) -> tuple[Repair, ...]:
    """Return, for each workload, what is done to other items on its account."""
    repairs = []
    done = Repair()
    for plan in plans:
        items = (*stream.all_items, *_added(done.patch))
        named = _follow_names(plan, items, settings)
        scraped, watched_by = _fix_scrapes(plan, plans, items, named, done, settings)
        repair = combine(
            _cut_off(plan, items, scraped, settings),
            named,
            scraped,
            _add_policy(plan, items, stream, settings),
            _add_alert(plan, items, stream, settings),
        )
        # Two workloads may share a Service: its port is set once, and said once.
        repair = Repair(
            tuple(
                each
                for each in repair.fixes
                if each.finding.identity is None or each not in done.fixes
            ),
            tuple(each for each in repair.patch if each not in done.patch),
            watched_by,
        )
        done = combine(done, repair)
        repairs.append(repair)
    return tuple(repairs)


def _added(patch: Patch) -> tuple[Item, ...]:
    return tuple(Item(each.path, each.value) for each in patch if _adds_item(each))


def _adds_item(operation: Operation) -> bool:
    # A role gets rules in the same way.
    return operation.path[-1] == END and value_at(operation.value, ("kind",)) is not None


def _cut_off(plan: FixPlan, items: tuple[Item, ...], scraped: Repair, settings: Settings) -> Repair:
    fixes = find_cut_off(plan.first, items) if settings.bind_loopback else ()
    # A monitor that fixScrapes has a say on is not named twice.
    named = {each.finding.identity for each in scraped.fixes}
    return Repair(tuple(fix for fix in fixes if fix.finding.identity not in named))


def _fix_scrapes(
    plan: FixPlan,
    plans: tuple[FixPlan, ...],
    items: tuple[Item, ...],
    named: Repair,
    done: Repair,
    settings: Settings,
) -> tuple[Repair, str]:
    cuts_off = settings.bind_loopback and bool(plan.first.bypasses)
    if not (settings.fix_scrapes or cuts_off):
        return Repair(), ""
    from fix_ksm_probes.fixes.hardening.fix_scrapes import fix_scrapes, patched_items, redirect

    earlier = tuple(each for each in done.patch if not _adds_item(each))
    now = patched_items(items, (*earlier, *named.patch))
    others = tuple(each.last._replace(items=now) for each in plans if each is not plan)
    last = plan.last._replace(items=now)
    if settings.fix_scrapes:
        return fix_scrapes(last, others, earlier)
    return redirect(plan.first._replace(items=now), last, others, earlier), ""


def _follow_names(plan: FixPlan, items: tuple[Item, ...], settings: Settings) -> Repair:
    repaired = plan.repaired
    if not settings.proxy_first or plan.last == repaired:
        return Repair()
    ports = moved_ports(repaired)
    workload, pod = repaired.workload, repaired.network.pod
    named = [way for way in service_ways(items, workload, pod) if way.named in ports]
    shared = [way for way in named if _is_elsewhere(way, ports[way.named], workload, items)]
    own = [way for way in named if way not in shared]
    others = (
        *policy_ways(find_policies(items, workload, pod), pod),
        *monitor_ways(items, workload, pod),
    )
    # What a PodMonitor names Prometheus has always found in sidecars, too.
    lost = [way for way in others if way.named in ports and way.identity.kind != "PodMonitor"]
    return Repair(
        (
            *(_renumbered(way, ports[way.named]) for way in own),
            *(_misnamed(way, ports[way.named]) for way in (*shared, *lost)),
        ),
        tuple(replace((*way.item.pointer, *way.place), ports[way.named]) for way in own),
    )


def _is_elsewhere(way: Way, number: int, workload: Workload, items: tuple[Item, ...]) -> bool:
    selector = {"matchLabels": value_at(way.item.resource, ("spec", "selector"))}
    others = selected_besides(items, workload, selector)
    return any(resolve(way.named, read_pod(other)) != number for other in others)


def _renumbered(way: Way, number: int) -> Fix:
    finding = _of_sidecar(way, "Service")
    return Fix(finding, DONE, f"; set to {number}", f"set to {number}", proposed=number)


def _misnamed(way: Way, number: int) -> Fix:
    kind = way.identity.kind or ""
    advice = {
        "Service": f"left as it is, because `{way.named}` is not {number} of all the pods that it "
        "selects",
        "ServiceMonitor": "name a port of the Service there",
        "NetworkPolicy": f"name {number} there",
    }
    return Fix(_of_sidecar(way, kind), LOST, f"; {advice[kind]}")


def _of_sidecar(way: Way, kind: str) -> Finding:
    names = f"it names port `{way.named}` of a container that `proxyFirst` makes a native sidecar"
    fact = f"{names}, and {_LIMITS[kind]}"
    return Finding(PROXY_NOT_FIRST, fact, way.place, "", way.named, identity=way.identity)


def _add_policy(
    plan: FixPlan, items: tuple[Item, ...], stream: Stream, settings: Settings
) -> Repair:
    if not settings.network_policy:
        return Repair()
    return add_policy(plan.first, plan.last, items, stream.addition, settings)


def _add_alert(
    plan: FixPlan, items: tuple[Item, ...], stream: Stream, settings: Settings
) -> Repair:
    if not settings.alert:
        return Repair()
    # In what the repair leaves, before a proxy moves, all stands where it stands in the input.
    return add_alert(plan.repaired, plan.repair, items, stream.addition, settings)
