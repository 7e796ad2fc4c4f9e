"""Hold what the verdicts said against what the kubelet did."""

from collections.abc import Iterable, Iterator

from .command import ERRORS, Expectation
from .manifests import SCRAPER, metrics_statuses, pod_specs, probes_of
from .observation import Answer, Seen

# A proxy that has no upstream at the moment has let a request through all the same.
_SHUT = (400, 401, 403, 404)
_RESTARTS_OF_A_BUSY_MACHINE = 2
_TELLING = ("/metrics", "/debug/pprof/")


def faults(text: str, expected: Expectation, seen: Seen, before: Seen | None) -> tuple[str, ...]:
    """Return every way in which the cluster did not do as the verdicts on `text` said.

    `before` is what was seen of the manifest that `text` repairs, None if it repairs none.
    """
    return (
        *_probe_faults(text, expected, seen),
        *_stuck_faults(expected, seen),
        *_stop_faults(expected, seen),
        *_token_faults(text, expected, seen),
        *_open_faults(text, expected, seen, before),
    )


def opened(answers: Iterable[Answer]) -> set[tuple[str, int, str]]:
    """Return scheme, port and path of what answered 2xx without a token."""
    return {
        (answer.scheme, answer.port, answer.path)
        for answer in answers
        if not answer.token and 200 <= answer.status < 300
    }


def let_through(answers: Iterable[Answer]) -> set[tuple[str, int, str]]:
    """Return scheme, port and path of what no proxy turned away without a token."""
    return {
        (answer.scheme, answer.port, answer.path)
        for answer in answers
        if not answer.token and answer.status not in _SHUT
    }


def _probe_faults(text: str, expected: Expectation, seen: Seen) -> Iterator[str]:
    if expected.is_ready != (seen.ready_after is not None):
        yield f"Ready is said to be {expected.is_ready}, ready after {seen.ready_after} s"
    containers = {
        container["name"]
        for spec in pod_specs(text)
        for container in (*spec.get("initContainers", ()), *spec["containers"])
    }
    for name in sorted(containers):
        if (name in seen.ready) == (name in expected.unready):
            yield f"{name} is said to be unready: {name in expected.unready}; it is not so"
        restarts = seen.restarts.get(name, 0)
        if name in expected.restarted and not restarts:
            yield f"{name} is said to be restarted, and is not"
        unsettled = name in seen.unsettled or restarts > _RESTARTS_OF_A_BUSY_MACHINE
        if unsettled and name not in expected.restarted:
            yield f"{name} is said not to be restarted; restarts: {restarts}"
    for (container, probe), reason in expected.asked.items():
        how = " probe errored" if reason in ERRORS else " probe failed"
        if not any(e.is_of(container, probe) and how in e.message for e in seen.events):
            yield f"no event of {container} says of its {probe} `{how}`"


def _stuck_faults(expected: Expectation, seen: Seen) -> Iterator[str]:
    if seen.stuck != expected.stuck:
        yield f"the old pod is said to stay: {expected.stuck}; it had to be deleted: {seen.stuck}"


def _stop_faults(expected: Expectation, seen: Seen) -> Iterator[str]:
    if seen.noticed is not None and bool(seen.noticed) != expected.notices:
        happened = seen.noticed or "nothing happened"
        yield f"a stopped kube-state-metrics is said to be noticed: {expected.notices}; {happened}"


def _token_faults(text: str, expected: Expectation, seen: Seen) -> Iterator[str]:
    """Yield what is wrong with /metrics through each proxy of the manifest."""
    if seen.ready_after is None:
        return
    statuses = metrics_statuses(text)
    for port, wanted in statuses.items():
        got = {
            answer.token: answer.status
            for answer in seen.answers
            if (answer.scheme, answer.port, answer.path) == ("https", port, "/metrics")
        }
        if got != wanted:
            yield f"/metrics on {port} answers {got} instead of {wanted}"
    given = any(a.pod_infos and (a.token == SCRAPER or a.scheme == "http") for a in seen.answers)
    # Bound to loopback and without a proxy, it is read by nobody.
    is_given = any(200 in wanted.values() for wanted in statuses.values())
    if given != (expected.open_metrics or is_given):
        yield f"kube_pod_info is given to somebody: {given}"


def _open_faults(
    text: str, expected: Expectation, seen: Seen, before: Seen | None
) -> Iterator[str]:
    telling = [door for door in opened(seen.answers) if door[2] in _TELLING]
    if bool(telling) != expected.open_metrics:
        yield f"open to everybody is said to be {expected.open_metrics}; open is {telling}"
    if before is not None:
        new = opened(seen.answers) - let_through(before.answers) - _asked(text)
        if new:
            yield f"open since the repair: {sorted(new)}"


def _asked(text: str) -> set[tuple[str, int, str]]:
    """Return the health paths that the probes of a manifest name."""
    return {
        (get.get("scheme", "HTTP").lower(), int(get["port"]), "/" + get["path"].removeprefix("/"))
        for _, _, probe in probes_of(text)
        for get in (probe.get("httpGet"),)
        if get and str(get["port"]).isdecimal()
    }
