"""A cluster that does other than the verdicts say is found fault with, whatever it does."""

import pytest

from tests.e2e.cases import read_cases
from tests.e2e.function import MODES

from .command import expectation, repair
from .judgement import faults
from .manifests import SCRAPER, STRANGER
from .observation import Answer, Event, Seen

_BROKEN = next(case.text for case in read_cases() if case.name == "chart-8.4")
_KSM = "kube-state-metrics"
_PROXIES = ("kube-rbac-proxy-http", "kube-rbac-proxy-telemetry")
_ANSWERS = tuple(
    Answer("https", port, path, token, status, infos)
    for port, path, token, status, infos in (
        (8080, "/metrics", "", 401, 0),
        (8080, "/metrics", STRANGER, 403, 0),
        (8080, "/metrics", SCRAPER, 200, 5),
        (8080, "/livez", "", 200, 0),
        (8081, "/metrics", "", 401, 0),
        (8081, "/metrics", STRANGER, 403, 0),
        (8081, "/metrics", SCRAPER, 200, 0),
    )
)
_EVENTS = tuple(
    Event(_KSM, "Unhealthy", f"{kind} probe errored and resulted in unknown state: …", 9)
    for kind in ("Liveness", "Readiness")
)
_SOUND = Seen(14.0, frozenset({_KSM, *_PROXIES}), {}, frozenset(), (), _ANSWERS, "restarted", False)
_UNREADY = Seen(None, frozenset(_PROXIES), {}, frozenset(), _EVENTS, _ANSWERS, None, False)


def _answering(status: int, port: int, path: str, scheme: str = "https") -> tuple[Answer, ...]:
    """Return the answers of a sound pod, but for one without a token."""
    others = (a for a in _ANSWERS if (a.port, a.path, a.token) != (port, path, ""))
    return *others, Answer(scheme, port, path, "", status, 0)


@pytest.mark.core
@pytest.mark.parametrize(
    "seen, fault",
    [
        (_SOUND, ""),
        (_SOUND._replace(ready_after=None), "Ready is said to be True"),
        (_SOUND._replace(ready=frozenset(_PROXIES)), f"{_KSM} is said to be unready: False"),
        (_SOUND._replace(unsettled=frozenset({_KSM})), f"{_KSM} is said not to be restarted"),
        (_SOUND._replace(restarts={_KSM: 3}), f"{_KSM} is said not to be restarted"),
        (_SOUND._replace(noticed=""), "is said to be noticed: True; nothing happened"),
        (_SOUND._replace(stuck=True), "the old pod is said to stay: False"),
        (_SOUND._replace(answers=_answering(200, 8080, "/metrics")), "open to everybody"),
        (_SOUND._replace(answers=_answering(200, 8080, "/metrics")), "/metrics on 8080 answers"),
        (_SOUND._replace(answers=_answering(200, 8642, "/livez")), "open since the repair"),
        (_SOUND._replace(answers=_answering(200, 9091, "/metrics", "http")), "open to everybody"),
        (_SOUND._replace(answers=()), "kube_pod_info is given to somebody: False"),
    ],
)
def test_a_repaired_pod(seen: Seen, fault: str) -> None:
    text, _ = repair(_BROKEN, next(mode for mode in MODES if mode.name == "through-proxy"))
    assert text is not None
    found = faults(text, expectation(text), seen, _UNREADY)

    assert bool(found) == bool(fault)
    assert fault in "\n".join(found)


@pytest.mark.core
@pytest.mark.parametrize(
    "seen, fault",
    [
        (_UNREADY, ""),
        (_UNREADY._replace(ready_after=3.0), "Ready is said to be False"),
        (_UNREADY._replace(restarts={_KSM: 1}, unsettled=frozenset({_KSM})), "not to be restarted"),
        (_UNREADY._replace(events=_EVENTS[:1]), "no event of kube-state-metrics says of its read"),
        (
            _UNREADY._replace(events=[e._replace(container="other") for e in _EVENTS]),
            "no event of kube-state-metrics says of its livenessProbe ` probe errored`",
        ),
    ],
)
def test_a_broken_pod(seen: Seen, fault: str) -> None:
    found = faults(_BROKEN, expectation(_BROKEN), seen, None)

    assert bool(found) == bool(fault)
    assert fault in "\n".join(found)
