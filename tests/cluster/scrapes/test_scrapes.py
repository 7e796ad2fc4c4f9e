"""What mode `check` says of monitors, held against what Prometheus and VictoriaMetrics get."""

import re

import pytest

from tests.cluster.scrapes.cases import MEETS, MEETS_NOTHING, Manifest, manifests
from tests.cluster.scrapes.judgement import endpoint_of, wrong_verdicts
from tests.cluster.scrapes.laboratory import Seen
from tests.cluster.scrapes.monitors import KINDS

pytestmark = pytest.mark.core
_MANIFESTS = list(manifests())


@pytest.mark.parametrize("manifest", _MANIFESTS, ids=lambda each: each.name)
def test_every_monitor_meets_what_its_name_says(
    manifest: Manifest, seen: dict[Manifest, Seen]
) -> None:
    """Each kind of monitor meets each failure: none of the two programs goes another way."""
    for scrape in seen[manifest].scrapes:
        endpoint = endpoint_of(scrape.job)
        if endpoint.kind in KINDS:
            error = MEETS.get(endpoint.name)
            assert scrape.up == (error is None and endpoint.name != MEETS_NOTHING), scrape
            assert re.search(error or "^$", scrape.error), scrape
            assert (scrape.url == "") == (endpoint.name == MEETS_NOTHING), scrape


@pytest.mark.parametrize("manifest", _MANIFESTS, ids=lambda each: each.name)
def test_every_verdict_is_what_the_scraper_gets(
    manifest: Manifest, seen: dict[Manifest, Seen]
) -> None:
    """Scraped or not, and why not, for every endpoint of every monitor."""
    found = list(wrong_verdicts(seen[manifest].scrapes, seen[manifest].results))

    assert not found, "\n".join(found)
