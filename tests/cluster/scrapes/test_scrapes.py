"""What mode `check` says of monitors, held against what Prometheus and VictoriaMetrics get."""

import pytest

from tests.cluster.scrapes.cases import Manifest, manifests
from tests.cluster.scrapes.judgement import wrong_verdicts
from tests.cluster.scrapes.laboratory import Seen

pytestmark = pytest.mark.core
_MANIFESTS = list(manifests())


@pytest.mark.parametrize("manifest", _MANIFESTS, ids=lambda each: each.name)
def test_every_verdict_is_what_the_scraper_gets(
    manifest: Manifest, seen: dict[Manifest, Seen]
) -> None:
    """Scraped or not, and why not, for every endpoint of every monitor."""
    found = list(wrong_verdicts(seen[manifest].scrapes, seen[manifest].results))

    assert not found, "\n".join(found)
