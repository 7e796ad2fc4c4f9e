"""What mode `check` says of monitors, held against what Prometheus and VictoriaMetrics get."""

import re

import pytest

from tests.cluster.scrapes.cases import (
    MEETS,
    MEETS_NOTHING,
    REPAIRABLE,
    Manifest,
    changed,
    manifests,
)
from tests.cluster.scrapes.judgement import endpoint_of, repair_faults, wrong_verdicts
from tests.cluster.scrapes.laboratory import Seen, fixed
from tests.cluster.scrapes.monitors import KINDS

_MANIFESTS = list(manifests())
# The releases of the chart between the first and the last meet nothing that those do not.
_ALONE = ("chart-5.29", "chart-6.2", "chart-6.3", "chart-5.27 + selfMonitor-off")
# The kinds that can send the token of the scraper's own account.
_OWN_TOKEN = ("ServiceMonitor", "VMServiceScrape", "VMPodScrape")


def _parameter(manifest: Manifest) -> object:
    core = () if manifest.name.startswith(_ALONE) else pytest.mark.core
    return pytest.param(manifest, id=manifest.name, marks=core)


_EACH = pytest.mark.parametrize("manifest", [_parameter(each) for each in _MANIFESTS])


@_EACH
def test_every_monitor_meets_what_its_name_says(
    manifest: Manifest, seen: dict[Manifest, Seen]
) -> None:
    """Each kind of monitor meets each failure: none of the two programs goes another way."""
    for scrape in seen[manifest].before.scrapes:
        endpoint = endpoint_of(scrape.job)
        if endpoint.kind in KINDS:
            error = MEETS.get(endpoint.name)
            assert scrape.up == (error is None and endpoint.name != MEETS_NOTHING), scrape
            assert re.search(error or "^$", scrape.error), scrape
            assert (scrape.url == "") == (endpoint.name == MEETS_NOTHING), scrape


@_EACH
def test_every_verdict_is_what_the_scraper_gets(
    manifest: Manifest, seen: dict[Manifest, Seen]
) -> None:
    """Scraped or not, and why not, for every endpoint of every monitor."""
    looks = (seen[manifest].before, seen[manifest].after)
    found = [fault for look in looks for fault in wrong_verdicts(look.scrapes, look.results)]

    assert not found, "\n".join(found)


@_EACH
def test_what_is_repaired_is_scraped(manifest: Manifest, seen: dict[Manifest, Seen]) -> None:
    """`up` is 1 after the repair, and stays 1 where it was; a second repair changes nothing."""
    before, after = seen[manifest].before, seen[manifest].after
    found = list(repair_faults(before.scrapes, after.scrapes, changed(before.text, after.text)))
    up = {endpoint for each in after.scrapes if each.up for endpoint in [endpoint_of(each.job)]}
    asked = {endpoint_of(each.job) for each in after.scrapes}
    wanted = {each for each in asked if each.kind in _OWN_TOKEN and each.name in REPAIRABLE}

    assert not found, "\n".join(found)
    assert wanted <= up
    assert fixed(after.text) == after.text


@pytest.mark.core
@pytest.mark.parametrize("name", ["right as it is", "kube-prometheus"])
def test_what_is_scraped_is_not_touched(name: str) -> None:
    """Not one byte of a monitor that works; that it works, the other tests hold."""
    (manifest,) = (each for each in _MANIFESTS if each.name == name)

    assert fixed(manifest.text) == manifest.text
