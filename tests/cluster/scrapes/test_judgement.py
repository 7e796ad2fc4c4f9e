"""A scraper that gets other than mode `check` says is found fault with, whatever it gets."""

import pytest

from .judgement import wrong_verdicts
from .scrapers import Scrape

pytestmark = pytest.mark.core
_FAILS = {
    "resourceRef": {"kind": "ServiceMonitor", "name": "ksm"},
    "field": {"path": "spec.endpoints[1]"},
    "tags": {"reason": "ScrapeFails", "cause": "Unauthorized"},
}
_JOB = "serviceMonitor/monitoring/ksm"
_401 = "server returned HTTP status 401 Unauthorized"


def _scrape(error: str, index: int = 1, url: str = "https://podIP:8080/metrics") -> Scrape:
    return Scrape(f"{_JOB}/{index}", url, up=not error and bool(url), error=error, kinds=())


def test_a_true_verdict_is_none() -> None:
    """What is said of an endpoint is held against that endpoint alone."""
    assert not list(wrong_verdicts([_scrape("", index=0), _scrape(_401)], [_FAILS]))


@pytest.mark.parametrize(
    ("scrape", "results"),
    [
        (_scrape(""), [_FAILS]),
        (_scrape(_401, index=0), [_FAILS]),
        (_scrape(_401), []),
        (_scrape("server returned HTTP status 400 Bad Request"), [_FAILS]),
        (_scrape("server returned HTTP status 404 Not Found"), [_FAILS]),
        (_scrape("tls: failed to verify certificate: x509: …"), [_FAILS]),
        (_scrape("dial tcp podIP:8080: connect: connection refused"), [_FAILS]),
        (_scrape("", url=""), [_FAILS]),
        (_scrape("", url=""), []),
    ],
    ids=lambda each: "" if isinstance(each, list) else each.error or each.url or "no target",
)
def test_a_false_verdict_is_one(scrape: Scrape, results: list[dict[str, object]]) -> None:
    """It fails, and nothing or another cause is said; it is up, and a failure is said."""
    assert list(wrong_verdicts([scrape], results))
