"""Other items of the input: the changes that options make to them, and the items that they add."""

from __future__ import annotations

from fix_ksm_probes.analysis.findings import Finding
from fix_ksm_probes.fixes.fix import DONE, LOST, Fix, FixPlan, Repair, combine
from fix_ksm_probes.fixes.hardening.alert import add_alert
from fix_ksm_probes.fixes.hardening.bind_loopback import find_cut_off
from fix_ksm_probes.fixes.hardening.network_policy import add_policy
from fix_ksm_probes.fixes.hardening.proxy_first import moved_ports
from fix_ksm_probes.manifests.index import Index
from fix_ksm_probes.manifests.monitors import monitor_ports
from fix_ksm_probes.manifests.network_policies import find_policies, policy_ports
from fix_ksm_probes.manifests.pod import read_pod
from fix_ksm_probes.manifests.reading import Input
from fix_ksm_probes.manifests.related import (
    PortRef,
    resolve,
    selected_besides,
    service_ports,
)
from fix_ksm_probes.manifests.stream import Item
from fix_ksm_probes.manifests.workload import Workload
from fix_ksm_probes.rules.catalogue import PROXY_NOT_FIRST
from fix_ksm_probes.settings.fields import Settings
from fix_ksm_probes.yamlpatch import END, Operation, Pointer, replace, value_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fix_ksm_probes.fixes.hardening.fix_scrapes import Fleet

# Which versions find the port names of native sidecars.
_LIMITS = {
    "Service": "Services find the names of sidecars only from Kubernetes 1.33 on",
    "ServiceMonitor": "Prometheus finds the ports of sidecars that way only from 3.0 on",
    "NetworkPolicy": "not every network plugin finds the names of sidecars",
}


def repair_beside(
    plans: tuple[FixPlan, ...], read: Input, settings: Settings
) -> tuple[FixPlan, ...]:
    """Return `plans` with the changes to other items that each workload needs."""
    complete = []
    # The next workload sees what this one added. Only fixScrapes sees changes.
    run = read.related.branch()
    fleet = _read_fleet(plans, run, settings)
    done = _Done()
    for plan in plans:
        named = _follow_names(plan, run, settings)
        scraped = Repair()
        if fleet is not None and settings.fix_scrapes:
            scraped = fleet.fix_scrapes(plan.last, named.patch)
        elif fleet is not None and plan.first.bypasses:
            scraped = fleet.redirect(plan.first, plan.last, named.patch)
        repair = combine(
            _cut_off(plan, scraped, settings),
            named,
            scraped,
            add_policy(plan.first, plan.last, run, read.stream.addition, settings),
            # Before `proxyFirst` moves a proxy, the pointers are still those of the input.
            add_alert(plan.repaired, plan.repair, run, read.stream.addition, settings),
        )
        # Two workloads may share a Service: its port is set once, and reported once.
        repair = done.add(repair)
        for each in repair.patch:
            if _adds_item(each):
                run.put(Item(each.path, each.value))
        if fleet is not None:
            fleet.keep(tuple(each for each in repair.patch if not _adds_item(each)))
        complete.append(plan._replace(beside=repair))
    return tuple(complete)


class _Done:
    """The fixes and operations for the workloads so far."""

    def __init__(self) -> None:
        self._fixes: dict[object, list[Fix]] = {}
        self._patch: dict[Pointer, list[Operation]] = {}

    def add(self, repair: Repair) -> Repair:
        """Return the fixes and operations of a repair that are new, and remember them."""
        fixes = [(self._fixes.setdefault(_subject(each), []), each) for each in repair.fixes]
        patch = [(self._patch.setdefault(each.path, []), each) for each in repair.patch]
        more = Repair(
            tuple(fix for there, fix in fixes if not fix.finding.identity or fix not in there),
            tuple(operation for there, operation in patch if operation not in there),
        )
        for there, fix in fixes:
            there.append(fix)
        for known, operation in patch:
            known.append(operation)
        return more


def _subject(fix: Fix) -> object:
    return fix.finding.identity, fix.finding.pointer


def _read_fleet(plans: tuple[FixPlan, ...], index: Index, settings: Settings) -> Fleet | None:
    cuts_off = settings.bind_loopback and any(plan.first.bypasses for plan in plans)
    if not (settings.fix_scrapes or cuts_off):
        return None
    from fix_ksm_probes.fixes.hardening.fix_scrapes import Fleet

    return Fleet(tuple(each.last for each in plans), index)


def _adds_item(operation: Operation) -> bool:
    # Rules are appended to a role in the same way.
    return operation.path[-1] == END and value_at(operation.value, ("kind",)) is not None


def _cut_off(plan: FixPlan, scraped: Repair, settings: Settings) -> Repair:
    fixes = find_cut_off(plan.first) if settings.bind_loopback else ()
    # A monitor for which fixScrapes has a fix is not reported twice.
    named = {each.finding.identity for each in scraped.fixes}
    return Repair(tuple(fix for fix in fixes if fix.finding.identity not in named))


def _follow_names(plan: FixPlan, index: Index, settings: Settings) -> Repair:
    repaired = plan.repaired
    if not settings.proxy_first or plan.last == repaired:
        return Repair()
    ports = moved_ports(repaired)
    workload, pod = repaired.workload, repaired.network.pod
    named = [ref for ref in service_ports(index, workload, pod) if ref.named in ports]
    shared = [ref for ref in named if _is_elsewhere(ref, ports[ref.named], workload, index)]
    own = [ref for ref in named if ref not in shared]
    others = (
        *policy_ports(find_policies(index, workload, pod), pod),
        *monitor_ports(index, workload, pod),
    )
    # Prometheus has always found the port of a PodMonitor in sidecars, too.
    lost = [ref for ref in others if ref.named in ports and ref.identity.kind != "PodMonitor"]
    return Repair(
        (
            *(_renumbered(ref, ports[ref.named]) for ref in own),
            *(_misnamed(ref, ports[ref.named]) for ref in (*shared, *lost)),
        ),
        tuple(replace((*ref.item.pointer, *ref.place), ports[ref.named]) for ref in own),
    )


def _is_elsewhere(ref: PortRef, number: int, workload: Workload, index: Index) -> bool:
    selector = {"matchLabels": value_at(ref.item.resource, ("spec", "selector"))}
    others = selected_besides(index, workload, selector)
    return any(resolve(ref.named, read_pod(other)) != number for other in others)


def _renumbered(ref: PortRef, number: int) -> Fix:
    finding = _of_sidecar(ref, "Service")
    return Fix(finding, DONE, f"; set to {number}", f"set to {number}", proposed=number)


def _misnamed(ref: PortRef, number: int) -> Fix:
    kind = ref.identity.kind or ""
    advice = {
        "Service": f"left as it is, because `{ref.named}` is not {number} of all the pods that it "
        "selects",
        "ServiceMonitor": "name a port of the Service there",
        "NetworkPolicy": f"name {number} there",
    }
    return Fix(_of_sidecar(ref, kind), LOST, f"; {advice[kind]}")


def _of_sidecar(ref: PortRef, kind: str) -> Finding:
    names = f"it names port `{ref.named}` of a container that `proxyFirst` makes a native sidecar"
    fact = f"{names}, and {_LIMITS[kind]}"
    return Finding(PROXY_NOT_FIRST, fact, ref.place, "", ref.named, identity=ref.identity)
