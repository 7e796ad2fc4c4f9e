"""Scrapes: whether Prometheus, or vmagent, gets metrics, by the same decision as for probes.

A scraper dials the pod IP as the kubelet does. Unlike the kubelet, it verifies certificates unless
the monitor says otherwise, it sends the token that the monitor names, and the answer must be
metrics. Measured with Prometheus 3.12 and VictoriaMetrics 1.79 (tests/cluster/scrapes).
"""

from __future__ import annotations

from collections.abc import Iterator

from fix_ksm_probes.analysis import permissions
from fix_ksm_probes.analysis.analyse import Analysis, behind, guards
from fix_ksm_probes.analysis.decision import (
    CREDENTIAL,
    FAILS,
    PASSES,
    UNKNOWN,
    Dial,
    Hop,
    Network,
    Verdict,
    answer,
)
from fix_ksm_probes.analysis.findings import Finding
from fix_ksm_probes.analysis.wording import dials, listed, name_of, what_stops, why_unknown
from fix_ksm_probes.manifests.files import Files
from fix_ksm_probes.manifests.monitors import (
    AWAITED,
    NO_SERVICE_PORT,
    Scrape,
    find_scrapes,
)
from fix_ksm_probes.programs import POD, Demands, Permission, Process, clean
from fix_ksm_probes.programs.listeners import GUARDED, METRICS, PLACEHOLDER
from fix_ksm_probes.rules.catalogue import (
    LOOPBACK_ONLY,
    NO_LISTENER,
    PATH_NOT_SERVED,
    PERMISSION_NEEDED,
    PORT_NAME_UNDEFINED,
    PROXY_MAY_NOT_ASK,
    SCHEME_MISMATCH,
    SCRAPE_FAILS,
    SCRAPE_UNKNOWN,
    UNAUTHORIZED,
)
from fix_ksm_probes.yamlpatch import NamedTuple, Pointer, value_at

SCRAPED = "scraped"
"""The outcome of a scrape that gets metrics, beside FAILS and UNKNOWN."""

CERTIFICATE_UNKNOWN = "CertificateUnknown"
"""The reason of a scrape that fails for a certificate; all other reasons are those of probes."""

# Why a verdict is unknown; monitors.py and decision.py have more of them.
CERTIFICATE = "certificate"
TOKEN = "sends a token, and the {} of the proxy may want another, or more than that"  # noqa: S105
_WORTH_UNKNOWN = "sends a credential that the manifest does not show to be accepted"


class JudgedScrape(NamedTuple):
    """One scrape with its verdict: SCRAPED, FAILS or UNKNOWN."""

    scrape: Scrape
    verdict: Verdict


def judge_scrapes(analysis: Analysis, place: Pointer = ()) -> tuple[JudgedScrape, ...]:
    """Return each scrape of the pods of a workload, with its verdict.

    With a `place`, return only the scrapes of the endpoint there. Of an endpoint that asks every
    port, only the ports that lead to kube-state-metrics count.
    """
    network = analysis.network
    scrapes = find_scrapes(analysis.related, analysis.workload, network.pod, place)
    judged = [JudgedScrape(each, _judge_scrape(each, analysis)) for each in scrapes]
    leading = {each.scrape.place for each in judged if _leads_to_exporter(each, network)}
    return tuple(
        each
        for each in judged
        if not each.scrape.is_of_all
        or each.scrape.place not in leading
        or _leads_to_exporter(each, network)
    )


def _judge_scrape(scrape: Scrape, analysis: Analysis) -> Verdict:
    """Return the verdict on a scrape of the pods of a workload.

    The reason is PROXY_MAY_NOT_ASK if it sends a token that the proxy may not ask the API server
    about.
    """
    if not scrape.elsewhere:
        return _judge(scrape, analysis)
    best = _judge(scrape._replace(token=True, verifies=False), analysis)
    if best.outcome == SCRAPED and _judge(scrape, analysis).outcome != SCRAPED:
        return best._replace(outcome=UNKNOWN, why=scrape.elsewhere)
    return best


def _judge(scrape: Scrape, analysis: Analysis) -> Verdict:
    network = analysis.network
    if scrape.hidden:
        why = PLACEHOLDER if scrape.hidden == AWAITED else scrape.hidden
        return Verdict(UNKNOWN, why=why, culprit=scrape.culprit)
    if scrape.lost or scrape.ref.port is None:
        ports = (port for container in network.pod.containers for port in container.ports)
        awaited = next((port.placeholder for port in ports if port.placeholder), "")
        if awaited:
            return Verdict(UNKNOWN, why=PLACEHOLDER, culprit=awaited)
        return Verdict(FAILS, PORT_NAME_UNDEFINED, culprit=scrape.culprit)
    asked = scrape.path if scrape.path.startswith("/") else f"/{scrape.path}"
    http_path = clean(asked)
    sent = {"password": scrape.password, "admitted": scrape.token}
    dial = Dial(POD, scrape.ref.port, scrape.scheme, http_path, **sent)
    verdict = _as_scraped(answer(dial, network), http_path)
    if scrape.certificate and verdict.reason == UNAUTHORIZED:
        verdict = verdict._replace(outcome=UNKNOWN, reason="", why=CREDENTIAL)
    verdict = _verified(verdict, scrape)
    if verdict.outcome != SCRAPED:
        return verdict
    if http_path != asked and not scrape.follows:
        return verdict._replace(outcome=FAILS, reason=PATH_NOT_SERVED)
    return _let_in(verdict, analysis)


def _let_in(verdict: Verdict, analysis: Analysis) -> Verdict:
    for process, hops in _asking(verdict, analysis.network):
        demands = _demands(process, analysis)
        # A scrape that a proxy does not let in goes no further.
        reached = verdict._replace(hops=hops)
        if _denied(demands, analysis):
            return reached._replace(outcome=FAILS, reason=PROXY_MAY_NOT_ASK)
        if demands.unsure:
            return reached._replace(outcome=UNKNOWN, why=TOKEN, culprit=demands.unsure)
    return verdict


def _asking(verdict: Verdict, network: Network) -> Iterator[tuple[Process, tuple[Hop, ...]]]:
    """Yield the proxies that let a scrape in for its token, and the hops as far as each of them."""
    for count, (dial, listener, _) in enumerate(verdict.hops, 1):
        if listener and listener.proxy and not listener.proxy.ignores(dial.http_path):
            yield network.process_of(listener), verdict.hops[:count]


def _demands(process: Process, analysis: Analysis) -> Demands:
    files = Files(analysis.workload, process.container.pointer, analysis.related)
    return process.demands(files)


def _denied(demands: Demands, analysis: Analysis) -> tuple[Permission, ...]:
    """Return the permissions that the account of a proxy lacks, as far as the input shows."""
    account = permissions.read_account(analysis.workload)
    if account is None:
        return ()
    return tuple(
        each
        for each in demands.reviews
        if permissions.may(analysis.related, account, each) is False
    )


def _leads_to_exporter(judged: JudgedScrape, network: Network) -> bool:
    bound = (each for each in network.listeners if each.port == judged.scrape.ref.port)
    return any(behind(each, network) is not None for each in bound)


def _as_scraped(verdict: Verdict, http_path: str) -> Verdict:
    if verdict.outcome != PASSES:
        return verdict
    for hop in verdict.route:
        if hop.proxy is not None and hop.proxy.upstream is not None:
            http_path = clean(hop.proxy.upstream.prefix + http_path)
    contents = {table.content(http_path) for table in verdict.route[-1].route_tables}
    if contents & {METRICS, GUARDED}:
        return verdict._replace(outcome=SCRAPED)
    return verdict._replace(outcome=FAILS, reason=PATH_NOT_SERVED, vacuous=False)


def _verified(verdict: Verdict, scrape: Scrape) -> Verdict:
    """Return the verdict, corrected for the certificate of the listener that the scraper dials.

    The certificate comes before the answer, so it is the reason of a scrape that fails for both.
    """
    if scrape.scheme != "https" or not scrape.verifies or not verdict.route:
        return verdict
    first = verdict.route[0]
    is_at_first = len(verdict.route) == 1
    if not first.tls or (is_at_first and verdict.reason in (LOOPBACK_ONLY, SCHEME_MISMATCH)):
        return verdict
    if first.self_signed:
        # No scraper can trust a certificate that the proxy makes at each start.
        return Verdict(FAILS, CERTIFICATE_UNKNOWN, hops=verdict.hops[:1])
    if verdict.outcome == FAILS:
        return verdict
    return verdict._replace(outcome=UNKNOWN, why=CERTIFICATE, culprit="")


def watchers(analysis: Analysis) -> dict[str, str]:
    """Return the monitor that gets metrics of each exporter, by the name of its container."""
    network = analysis.network
    found: dict[str, str] = {}
    for judged in judge_scrapes(analysis):
        # The chart sets the annotations by default, so they do not show that anything scrapes.
        is_asked = not judged.scrape.kind.prefix
        if (
            is_asked
            and judged.verdict.outcome == SCRAPED
            and network.is_main(judged.verdict.route[-1])
        ):
            name = name_of(judged.verdict.route[-1], network)
            found.setdefault(name, judged.scrape.ref.identity.place)
    return found


def permission_for(judged: JudgedScrape, analysis: Analysis) -> str:
    """Return what the account of a scraper must be permitted to get; empty if nothing."""
    for process, _ in _asking(judged.verdict, analysis.network):
        needed = _demands(process, analysis).permission
        return needed.words if needed else f"the non-resource URL {judged.scrape.path}"
    return ""


def find_failing_scrapes(analysis: Analysis) -> Iterator[Finding]:
    """Yield each scrape of a workload that fails or is unknown, and the permission they need."""
    yield from (finding for _, finding in find_denied(analysis))
    scrapes = judge_scrapes(analysis)
    for judged in scrapes:
        # The finding about the proxy covers it.
        if judged.verdict.outcome != SCRAPED and judged.verdict.reason != PROXY_MAY_NOT_ASK:
            yield scrape_finding(judged, analysis)
    yield from _find_needed(scrapes, analysis)


def find_denied(analysis: Analysis) -> Iterator[tuple[tuple[Permission, ...], Finding]]:
    """Yield the permissions that the account of the proxies lacks, with the finding."""
    account = permissions.read_account(analysis.workload)
    if account is None:
        return
    together: dict[tuple[Permission, ...], list[Process]] = {}
    for process in analysis.network.processes:
        leads = any(behind(each, analysis.network) for each in process.listeners if each.proxy)
        denied = _denied(_demands(process, analysis), analysis) if leads else ()
        if denied:
            together.setdefault(denied, []).append(process)
    for denied, processes in together.items():
        yield denied, _denied_finding(denied, processes, account, analysis)


def _denied_finding(
    denied: tuple[Permission, ...],
    processes: list[Process],
    account: permissions.Account,
    analysis: Analysis,
) -> Finding:
    lacks = listed(each.words for each in denied)
    # The TokenReview comes first.
    is_known = all(each.resource != "tokenreviews" for each in denied)
    ends = "known token gets 500" if is_known else "token gets 401"
    verb = "asks" if len(processes) == 1 else "ask"
    fact = (
        f"{_names(processes)} {verb} the API server about tokens as ServiceAccount "
        f"`{account.place}`, which may not "
        f"create {lacks}, so every {ends}"
    )
    roles = permissions.bound_roles(analysis.related, account)
    advice = "bind ClusterRole `system:auth-delegator` to it with a ClusterRoleBinding"
    if roles:
        advice = f"add that to ClusterRole `{roles[0][1].name}`, or {advice}"
    container = processes[0].container
    return Finding(PROXY_MAY_NOT_ASK, fact, container.pointer, container.name, advice=advice)


def _names(processes: list[Process]) -> str:
    return listed(f"`{each.container.name}`" for each in processes)


def _needed_finding(needed: Permission, processes: list[Process]) -> Finding:
    verb = "lets" if len(processes) == 1 else "let"
    lets_in = f"{_names(processes)} {verb} in who may {needed.verb} {needed.words}"
    fact = f"{lets_in}, and no role in the input grants that"
    container = processes[0].container
    advice = "grant it to the account that scrapes, or it gets 403"
    return Finding(PERMISSION_NEEDED, fact, container.pointer, container.name, advice=advice)


def _find_needed(scrapes: tuple[JudgedScrape, ...], analysis: Analysis) -> Iterator[Finding]:
    together: dict[Permission, list[Process]] = {}
    for judged in scrapes:
        if judged.verdict.outcome == SCRAPED:
            for process, _ in _asking(judged.verdict, analysis.network):
                needed = _demands(process, analysis).permission
                if needed is not None and process not in together.setdefault(needed, []):
                    together[needed].append(process)
    for needed, processes in together.items():
        if not permissions.is_given(analysis.related, needed):
            yield _needed_finding(needed, processes)


def scrape_finding(judged: JudgedScrape, analysis: Analysis) -> Finding:
    """Return the finding that a scrape fails, or that its verdict is unknown."""
    scrape, verdict = judged
    scraper, ref = scrape.kind.scraper, scrape.ref
    if verdict.outcome == UNKNOWN:
        why = why_scrape_unknown(judged, analysis)
        fact = f"{scraper} {why}, so whether it gets metrics is unknown"
        return Finding(SCRAPE_UNKNOWN, fact, scrape.endpoint, identity=ref.identity)
    dial = verdict.dial
    asks = dials(dial) if dial else f"looks for port `{ref.name}`"
    fact = f"{scraper} {asks}, but {why_not_scraped(judged, analysis)}"
    is_of_port = verdict.reason in (PORT_NAME_UNDEFINED, NO_LISTENER, LOOPBACK_ONLY)
    pointer = ref.place if is_of_port else scrape.endpoint
    return Finding(
        SCRAPE_FAILS,
        fact,
        pointer,
        current=value_at(ref.item.resource, pointer) if is_of_port else None,
        advice=_advice(judged, analysis),
        identity=ref.identity,
        cause=verdict.reason,
    )


def why_not_scraped(judged: JudgedScrape, analysis: Analysis) -> str:
    """Return why a scrape fails, as a clause."""
    scrape, verdict = judged
    name = name_of(verdict.route[-1], analysis.network) if verdict.route else ""
    if verdict.reason == PORT_NAME_UNDEFINED:
        if scrape.lost == NO_SERVICE_PORT:
            return "no Service that it leads to has such a port"
        return f"no container of the pod declares port `{verdict.culprit}`"
    if verdict.reason == PROXY_MAY_NOT_ASK:
        return "the account of the proxy may not ask the API server about tokens"
    if verdict.reason == CERTIFICATE_UNKNOWN:
        return f"it verifies the certificate of `{name}`, which signs a new one at each start"
    if verdict.reason == UNAUTHORIZED:
        return f"`{name}` demands a {verdict.route[-1].demands or 'token'}, and it sends none"
    if verdict.reason == PATH_NOT_SERVED and verdict.dial:
        if not scrape.follows and verdict.dial.http_path != scrape.path:
            return f"`{name}` redirects {scrape.path} to that, and it does not follow"
        return f"`{name}` has no metrics at {verdict.hops[-1].dial.http_path}"
    return what_stops(verdict, analysis)


def why_scrape_unknown(judged: JudgedScrape, analysis: Analysis) -> str:
    """Return why the verdict on a scrape is unknown, as what the scraper does."""
    verdict = judged.verdict
    if verdict.why == CERTIFICATE:
        name = name_of(verdict.route[0], analysis.network)
        return f"verifies the certificate of `{name}`, which the manifest does not show"
    return _WORTH_UNKNOWN if verdict.why == CREDENTIAL else why_unknown(verdict)


def _advice(judged: JudgedScrape, analysis: Analysis) -> str:
    verdict = judged.verdict
    if verdict.reason == LOOPBACK_ONLY:
        for guard in guards(verdict.route[-1], analysis.network):
            return f"ask port {guard.port} of `{name_of(guard, analysis.network)}`"
    if verdict.reason == SCHEME_MISMATCH and len(verdict.route) == 1:
        spoken = "https" if verdict.route[0].tls else "http"
        return f"set `{judged.scrape.kind.prefix}scheme: {spoken}`"
    dial = verdict.dial
    if (
        verdict.reason == PATH_NOT_SERVED
        and dial
        and dial.http_path == verdict.hops[-1].dial.http_path
    ):
        return f"set `{judged.scrape.kind.prefix}path: /metrics`"
    if verdict.reason == CERTIFICATE_UNKNOWN:
        return (
            "set `tlsConfig.insecureSkipVerify: true`, or give the proxy a certificate with "
            "`--tls-cert-file`"
        )
    return ""
