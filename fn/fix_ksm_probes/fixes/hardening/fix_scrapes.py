"""Option fixScrapes: correct monitors that get no metrics, so that they go through the proxy.

Fields are those of the APIs: prometheus-operator (ServiceMonitor and PodMonitor v1, ScrapeConfig
v1alpha1; only a ServiceMonitor reads a token from a file) and VictoriaMetrics' operator (v1beta1).
"""

from __future__ import annotations

from collections.abc import Iterator

from fix_ksm_probes.analysis.analyse import Analysis, behind, guards, health_ports
from fix_ksm_probes.analysis.decision import FAILS, UNKNOWN
from fix_ksm_probes.analysis.findings import Finding
from fix_ksm_probes.analysis.permissions import bound_roles, is_shared, read_account
from fix_ksm_probes.analysis.scrapes import (
    CERTIFICATE_UNKNOWN,
    SCRAPED,
    JudgedScrape,
    find_denied,
    judge_scrapes,
    permission_for,
    scrape_finding,
)
from fix_ksm_probes.analysis.wording import listed
from fix_ksm_probes.fixes.fix import DONE, FOUND, LEFT, Fix, Repair, combine
from fix_ksm_probes.manifests.index import Index, Kinds
from fix_ksm_probes.manifests.monitors import (
    JOB,
    SCRAPE_CLASS,
    Scrape,
    declared_numbers,
    monitored_services,
    scraping_items,
)
from fix_ksm_probes.manifests.related import (
    TOKEN_SECRET,
    PortRef,
    is_headless,
    port_of_service,
    selected_besides,
    service_ports,
    services_of,
)
from fix_ksm_probes.manifests.workload import Identity, suppressed_reasons
from fix_ksm_probes.programs import POD, Listener, Permission, meets
from fix_ksm_probes.rules.catalogue import (
    LOOPBACK_ONLY,
    NO_LISTENER,
    PORT_NAME_UNDEFINED,
    PROXY_MAY_NOT_ASK,
    SCHEME_MISMATCH,
    SCRAPE_FAILS,
    UNAUTHORIZED,
)
from fix_ksm_probes.settings.fields import KUBE_STATE_METRICS
from fix_ksm_probes.yamlpatch import (
    END,
    NamedTuple,
    Patch,
    Pointer,
    add,
    apply_patch,
    compose_patches,
    remove,
    replace,
    value_at,
)
from fix_ksm_probes.yamlpatch.patch import below, brackets, within
from fix_ksm_probes.yamlpatch.scalars import as_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fix_ksm_probes.manifests.index import Row

_TOKEN_FILE = "/var/run/secrets/kubernetes.io/serviceaccount/token"  # noqa: S105 (where it is)
_FROM_FILES = ("ServiceMonitor", "VMServiceScrape", "VMPodScrape")
_STEPS = 6
"""More than there are fields to correct in one endpoint."""

_ANY_CERTIFICATE = (
    "it then accepts any certificate at that address, since the proxy makes a new one at each start"
)
_READS_A_FILE = "an operator with `arbitraryFSAccessThroughSMs.deny` refuses to read a token file"
_BY_THE_JOB = "the job that reads annotations must send a token and accept the certificate"
_BY_THE_CLASS = "its scrape class must give the token and accept the certificate"
_SHARED = "another workload is scraped by it, too"


class _Step(NamedTuple):
    """One correction of an endpoint, and what it costs."""

    patch: Patch
    cost: str = ""


class Fleet:
    """The workloads of a run after all other repairs, and the other items as they are by then.

    A correction for one workload is not undone for the next.
    """

    def __init__(self, workloads: tuple[Analysis, ...], index: Index) -> None:
        self._before = index
        self._index = self._now = index.branch()
        self._workloads = {_place(each) for each in workloads}
        # The workloads to which the endpoints of an item may lead.
        self._led_to: dict[Pointer, list[Analysis]] = {}
        for each in workloads:
            items = scraping_items(index, each.workload, each.network.pod)
            for pointer in dict.fromkeys(items):
                self._led_to.setdefault(pointer, []).append(each)
        # For each endpoint, one workload of which it gets metrics.
        self._scraped: dict[Pointer, Analysis] = {}
        self._foreign: dict[tuple[Pointer, str | None], str] = {}

    def fix_scrapes(self, last: Analysis, patch: Patch) -> Repair:
        """Return the repair of the scrapes of a workload.

        `patch` holds the other changes to items for its sake.
        """
        self._now = self._index.patched(patch)
        fixed = _fix_scrapes(last._replace(related=self._now), self)
        if SCRAPE_FAILS in suppressed_reasons(last.workload):
            return fixed
        return combine(fixed, self._left_behind(last))

    def _left_behind(self, last: Analysis) -> Repair:
        """Return the failing scrapes of a workload that a change for another workload ended."""
        now = {each.scrape.place for each in judge_scrapes(last._replace(related=self._now))}
        before = last._replace(related=self._before)
        ended = {
            each.scrape.place: _left(scrape_finding(each, before), _SHARED)
            for each in judge_scrapes(before)
            if each.scrape.place not in now and each.verdict.outcome == FAILS
        }
        return combine(*ended.values())

    def redirect(self, first: Analysis, last: Analysis, patch: Patch) -> Repair:
        """Return the repair that leads scrapes of `first` which `last` cuts off through a proxy.

        A scrape that cannot be led there has no fix here.
        """
        self._now = self._index.patched(patch)
        first, last = first._replace(related=self._now), last._replace(related=self._now)
        repair = Repair()
        verdicts = ((each.scrape.place, each.verdict.outcome) for each in judge_scrapes(first))
        scraped = {place for place, outcome in verdicts if outcome == SCRAPED}
        for place, before in _by_place(judge_scrapes(last)).items():
            if place not in scraped or _failing(before) is None:
                continue
            judged = judge_scrapes(last, place) if repair.patch else before
            fixed = _fix(judged, last, self)
            if fixed.patch:
                repair = combine(repair, fixed)
                last = _patched(last, fixed.patch)
        return repair

    def keep(self, patch: Patch) -> None:
        """Keep the changes that a workload needs."""
        self._index.keep(patch)

    def serves_another(self, scrape: Scrape, analysis: Analysis) -> bool:
        """Tell whether the endpoint of a scrape gets metrics of another workload, too."""
        known = self._scraped.get(scrape.place)
        others = self._led_to.get(scrape.ref.item.pointer, ())
        for other in (known, *others) if known else others:
            if _place(other) != _place(analysis) and self._is_scraped(other, scrape.place):
                self._scraped[scrape.place] = other
                return True
        return False

    def _is_scraped(self, analysis: Analysis, place: Pointer) -> bool:
        judged = judge_scrapes(analysis._replace(related=self._now), place)
        return any(each.verdict.outcome == SCRAPED for each in judged)

    def foreign(self, scrape: Scrape, analysis: Analysis) -> str:
        """Return something else that a monitor selects, and no workload here; empty if nothing."""
        key = scrape.ref.item.pointer, analysis.workload.identity.namespace
        if key not in self._foreign:
            found = self._find_foreign(scrape, analysis) if scrape.kind.ports else iter(())
            self._foreign[key] = next(found, "")
        return self._foreign[key]

    def _find_foreign(self, scrape: Scrape, analysis: Analysis) -> Iterator[str]:
        monitor = scrape.ref.item
        if not scrape.kind.through_services:
            selector = value_at(monitor.resource, ("spec", "selector"))
            for each in selected_besides(analysis.related, analysis.workload, selector):
                if (each.pointer, each.template) not in self._workloads:
                    yield each.identity.place
            return
        for item, identity in services_of(analysis.related, monitor):
            ref = PortRef(item, identity, "", (), None)
            if item.pointer not in self._led_to and monitored_services(monitor, (ref,)):
                yield identity.place


def _place(analysis: Analysis) -> tuple[Pointer, Pointer]:
    return analysis.workload.pointer, analysis.workload.template


def _fix_scrapes(analysis: Analysis, fleet: Fleet) -> Repair:
    suppressed = suppressed_reasons(analysis.workload)
    allowed = _allow_reviews(analysis) if PROXY_MAY_NOT_ASK not in suppressed else Repair()
    repair = allowed
    analysis = _patched(analysis, allowed.patch)
    for place, before in _by_place(judge_scrapes(analysis)).items():
        # A correction of one endpoint may change the others.
        judged = before if repair.patch == allowed.patch else judge_scrapes(analysis, place)
        wrong = [each for each in judged if each.verdict.outcome != SCRAPED]
        if not wrong or judged[0].verdict.reason == PROXY_MAY_NOT_ASK:
            continue
        if SCRAPE_FAILS in suppressed or all(e.verdict.outcome == UNKNOWN for e in wrong):
            fixed = Repair((Fix(scrape_finding(wrong[0], analysis), FOUND),))
        else:
            fixed = _fix(judged, analysis, fleet)
        repair = combine(repair, fixed)
        analysis = _patched(analysis, fixed.patch)
    return repair


def _by_place(judged: tuple[JudgedScrape, ...]) -> dict[Pointer, tuple[JudgedScrape, ...]]:
    places: dict[Pointer, tuple[JudgedScrape, ...]] = {}
    for each in judged:
        places[each.scrape.place] = (*places.get(each.scrape.place, ()), each)
    return places


def _allow_reviews(analysis: Analysis) -> Repair:
    fixes: list[Fix] = []
    patch: Patch = ()
    account = read_account(analysis.workload)
    if account is None:
        return Repair()
    for denied, finding in find_denied(analysis):
        own = [
            each
            for each in bound_roles(analysis.related, account)
            if not value_at(each[0].resource, ("aggregationRule",))
            and isinstance(value_at(each[0].resource, ("rules",)), list)
            and not is_shared(analysis.related, each[1].name or "", account)
        ]
        if not own:
            why = "no ClusterRole of the input is bound to it alone in the whole cluster"
            left = f"; `fixScrapes` cannot help: {why}; {finding.advice}"
            fixes.append(Fix(finding, LEFT, left, why=why))
            continue
        role, identity = own[0]
        added = tuple(add((*role.pointer, "rules", END), _rule(each)) for each in denied)
        patch = (*patch, *(each for each in added if each not in patch))
        names = listed(each.words for each in denied)
        fix = Fix(
            finding._replace(identity=identity, pointer=("rules",), container="", advice=""),
            DONE,
            f"; ClusterRole `{identity.name}` may create {names} now",
            f"may create {listed(each.resource for each in denied)}",
            proposed=[_rule(each) for each in denied],
        )
        fixes.append(fix)
    return Repair(tuple(fixes), patch)


def _rule(permission: Permission) -> dict[str, object]:
    return {
        "apiGroups": [permission.group],
        "resources": [permission.resource],
        "verbs": [permission.verb],
    }


def _patched(analysis: Analysis, patch: Patch) -> Analysis:
    own = within(analysis.workload.pointer, patch)
    if own:
        resource = apply_patch(analysis.workload.resource, own)
        workload = analysis.workload._replace(resource=resource)
        analysis = analysis._replace(workload=workload)
    return analysis._replace(related=analysis.related.patched(patch))


def _fix(judged: tuple[JudgedScrape, ...], first: Analysis, fleet: Fleet) -> Repair:
    """Return the repair of the first scrape that fails; `judged` are all those of an endpoint."""
    failing = _failing(judged)
    if failing is None:
        return Repair()
    finding = scrape_finding(failing, first)
    foreign = fleet.foreign(failing.scrape, first)
    if foreign:
        return _left(finding, f"it scrapes {foreign}, too")
    analysis = first
    steps: list[_Step] = []
    item = failing.scrape.ref.item
    while (wrong := _failing(judged)) and len(steps) < _STEPS:
        if wrong.verdict.reason == PROXY_MAY_NOT_ASK:
            break
        step = _next_step(wrong, analysis)
        if isinstance(step, str):
            return _left(finding, step)
        steps.append(step)
        analysis = _patched(analysis, below(item.pointer, step.patch))
        judged = judge_scrapes(analysis, failing.scrape.place)
    patch = tuple(operation for step in steps for operation in step.patch)
    whole = below(item.pointer, compose_patches(item.resource, patch))
    if not all(map(_is_right, judged)):
        return _left(finding, "whether it gets metrics then is not known")
    if fleet.serves_another(failing.scrape, first):
        return _left(finding, _SHARED)
    return _done(finding, failing.scrape, judged[0], whole, tuple(e.cost for e in steps), analysis)


def _failing(judged: tuple[JudgedScrape, ...]) -> JudgedScrape | None:
    return next((each for each in judged if each.verdict.outcome == FAILS), None)


def _is_right(judged: JudgedScrape) -> bool:
    verdict = judged.verdict
    return (
        verdict.outcome == SCRAPED
        or verdict.reason == PROXY_MAY_NOT_ASK
        or (verdict.outcome == UNKNOWN and verdict.why in (JOB, SCRAPE_CLASS))
    )


def _left(finding: Finding, why: str) -> Repair:
    action = f"; `fixScrapes` leaves it as it is: {why}"
    return Repair((Fix(finding, LEFT, action, why=why),))


def _done(
    finding: Finding,
    scrape: Scrape,
    after: JudgedScrape,
    patch: Patch,
    costs: tuple[str, ...],
    analysis: Analysis,
) -> Repair:
    depth = len(scrape.ref.item.pointer)
    resource = scrape.ref.item.resource
    asked = len(scrape.endpoint)
    current: dict[str, object] = {}
    proposed: dict[str, object] = {}
    for operation in patch:
        path = operation.path[depth:]
        name = brackets(path[asked:])
        if value_at(resource, path) is not None:
            current[name] = value_at(resource, path)
        if operation.op != "remove":
            proposed[name] = operation.value
    what = listed(f"`{name}`" for name in proposed)
    needed = permission_for(after, analysis)
    said = [*dict.fromkeys(filter(None, costs))]
    said += [_BY_THE_JOB] if after.verdict.why == JOB else []
    said += [_BY_THE_CLASS] if after.verdict.why == SCRAPE_CLASS else []
    said += [f"its account must be permitted to get {needed}"] if needed else []
    fix = Fix(
        finding._replace(pointer=scrape.endpoint, current=current or None, advice=""),
        DONE,
        f"; {what} set",
        f"set {what.replace('`', '')}",
        tuple(said),
        proposed=proposed,
    )
    return Repair((fix,), patch)


def _next_step(judged: JudgedScrape, analysis: Analysis) -> _Step | str:
    scrape, verdict = judged
    if verdict.reason == CERTIFICATE_UNKNOWN:
        return _Step(
            _set(scrape, ("tlsConfig", "insecureSkipVerify"), value=True), _ANY_CERTIFICATE
        )
    if verdict.reason == SCHEME_MISMATCH and len(verdict.route) == 1:
        return _right_scheme(judged, analysis)
    if verdict.reason == UNAUTHORIZED:
        return _token(judged, analysis)
    if verdict.reason in (PORT_NAME_UNDEFINED, LOOPBACK_ONLY) or not verdict.route:
        return _right_port(judged, analysis)
    if verdict.reason == NO_LISTENER:
        return "nothing listens behind the proxy that it asks"
    return "the path is its author's choice"


def _token_secrets(kinds: Kinds) -> Iterator[Row[Identity]]:
    for item, identity in kinds.of("Secret", "v1"):
        if value_at(item.resource, ("type",)) == TOKEN_SECRET:
            yield item, identity, (None,), (identity.namespace or "",)


def _set(scrape: Scrape, path: Pointer, value: object) -> Patch:
    """Return the operation that sets a value in the endpoint, with the mapping that holds it."""
    target = (*scrape.endpoint, *path)
    above = value_at(scrape.ref.item.resource, target[:-1])
    if not isinstance(above, dict):
        return _set(scrape, path[:-1], {path[-1]: value})
    return (replace(target, value) if path[-1] in above else add(target, value),)


def _right_scheme(judged: JudgedScrape, analysis: Analysis) -> _Step | str:
    scrape, listener = judged.scrape, judged.verdict.route[0]
    if not listener.tls and guards(listener, analysis.network):
        return _right_port(judged, analysis)
    if not listener.tls and (scrape.token or scrape.password):
        return (
            "nothing serves TLS there, and without TLS its credential would be sent in clear text"
        )
    scheme = "https" if listener.tls else "http"
    # The first versions of ScrapeConfig accept upper case only.
    spelled = scheme.upper() if scrape.kind.name == "ScrapeConfig" else scheme
    return _Step(_set(scrape, (f"{scrape.kind.prefix}scheme",), spelled))


def _token(judged: JudgedScrape, analysis: Analysis) -> _Step | str:
    scrape, verdict = judged
    demanded = verdict.route[-1].demands
    if demanded:
        return f"it needs a {demanded}, which the input does not contain"
    endpoint = value_at(scrape.ref.item.resource, scrape.endpoint)
    for key in ("authorization", "basicAuth", "oauth2"):
        if value_at(endpoint, (key,)):
            return f"its `{key}` excludes another token"
    if scrape.kind.name in _FROM_FILES:
        cost = _READS_A_FILE if scrape.kind.name == "ServiceMonitor" else ""
        return _Step(_set(scrape, ("bearerTokenFile",), _TOKEN_FILE), cost)
    secrets = [
        identity.name
        for item, identity in analysis.related.find(
            _token_secrets, (None,), scrape.ref.identity.namespace
        )
    ]
    if len(secrets) != 1:
        kind = scrape.kind.name
        return f"a {kind} takes a token only from a Secret, and the input does not show which one"
    held = {"credentials": {"name": secrets[0], "key": "token"}}
    return _Step(_set(scrape, ("authorization",), held))


def _right_port(judged: JudgedScrape, analysis: Analysis) -> _Step | str:
    listener = _meant(judged, analysis)
    if listener is None:
        return "the pod has no other port with the metrics"
    scrape = judged.scrape
    if scrape.kind.prefix:
        return _Step(_set(scrape, (f"{scrape.kind.prefix}port",), str(listener.port)))
    if scrape.kind.name == "ScrapeConfig":
        patch = _of_target(scrape, listener, analysis)
    elif scrape.kind.through_services:
        patch = _of_service(scrape, listener, analysis)
    else:
        patch = _of_container(scrape, listener, analysis)
    if not patch:
        return f"no port that it can name leads to port {listener.port} of the pods"
    return _Step(patch)


def _meant(judged: JudgedScrape, analysis: Analysis) -> Listener | None:
    """Return the listener where a scrape finds its metrics: a proxy first, main ones first."""
    network, verdict = analysis.network, judged.verdict
    health = health_ports(network, KUBE_STATE_METRICS)
    if verdict.route:
        before = guards(verdict.route[-1], network)
        return next((each for each in before if each not in health), None)
    place = judged.scrape.place
    asked = {e.scrape.ref.port for e in judge_scrapes(analysis) if e.scrape.place != place}
    found: list[tuple[bool, Listener]] = []
    for listener in network.listeners:
        exporter = behind(listener, network)
        is_last = listener.proxy is not None or not guards(listener, network)
        if exporter and is_last and meets(listener.address, POD) and listener not in health:
            found.append((network.is_main(exporter), listener))
    free = (each for each in found if each[1].port not in asked)
    return max(free, key=lambda each: each[0], default=(False, None))[1]


def _of_service(scrape: Scrape, listener: Listener, analysis: Analysis) -> Patch:
    pod, ref = analysis.network.pod, scrape.ref
    services = service_ports(analysis.related, analysis.workload, pod)
    named = [
        each.name
        for each in monitored_services(ref.item, services)
        if each.port == listener.port and each.name
    ]
    is_declared = listener.port in declared_numbers(pod, sidecars=False)
    by_target = ref.place[-1] == "targetPort"
    if is_declared and (by_target or not named):
        return _instead(scrape, "targetPort", listener.port)
    return _instead(scrape, "port", named[0]) if named else ()


def _of_container(scrape: Scrape, listener: Listener, analysis: Analysis) -> Patch:
    ports = [port for each in analysis.network.pod.containers for port in each.ports]
    declared = [port for port in ports if port.number == listener.port]
    key = scrape.ref.place[-1]
    if declared and key in ("portNumber", "targetPort"):
        return _instead(scrape, str(key), listener.port)
    names = [port.name for port in declared if port.name]
    return _instead(scrape, "port", names[0]) if names else ()


def _instead(scrape: Scrape, key: str, value: object) -> Patch:
    """Return the patch that makes an endpoint name its port by `key`, whichever key it has now."""
    place = scrape.ref.place
    if place in (scrape.endpoint, (*scrape.endpoint, key)):
        return _set(scrape, (key,), value)
    return (remove(place), *_set(scrape, (key,), value))


def _of_target(scrape: Scrape, listener: Listener, analysis: Analysis) -> Patch:
    ref = scrape.ref
    host = (as_text(value_at(ref.item.resource, ref.place)) or "").partition(":")[0]
    services = service_ports(analysis.related, analysis.workload, analysis.network.pod)
    named = [each for each in services if each.identity.name == host.partition(".")[0]]
    for each in named:
        number = port_of_service(each)
        if is_headless(each):
            number = listener.port
        elif each.port != listener.port:
            continue
        return (replace(ref.place, f"{host}:{number}"),)
    return ()
