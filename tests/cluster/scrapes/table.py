"""What scrapers got, as a table for people."""

import re
from collections.abc import Iterator, Mapping

from tests.cluster.table import in_markdown

from .cases import Manifest, changed
from .judgement import endpoint_of, verdict
from .laboratory import Seen
from .scrapers import PROMETHEUS_VERSION, Scrape

_HEADER = (
    "manifest",
    "what asks",
    "what is asked",
    "what it gets",
    "mode `check` says",
    "after `fixScrapes`",
)
# What is of one run alone: the scraper's own repetition of the question, and names of pods.
_QUESTION = re.compile(r"^(?:Get|error when scraping|.* when scraping) \"[^\"]*\": ")
_POD_NAME = re.compile(r"(?<=valid for )[a-z-]+-[0-9a-f]+-\w+")


def render(seen: Mapping[Manifest, Seen]) -> str:
    """Return what was seen as a table in Markdown."""
    rows = (row for manifest, each in seen.items() for row in _rows(manifest, each))
    lines = [
        f"What Prometheus {PROMETHEUS_VERSION} and VictoriaMetrics get in a real cluster, and what",
        "mode `check` says; `make cluster` writes this.",
        "",
        *in_markdown(_HEADER, rows),
    ]
    return "\n".join(lines) + "\n"


def _rows(manifest: Manifest, seen: Seen) -> Iterator[tuple[str, ...]]:
    repaired = changed(seen.before.text, seen.after.text)
    after: dict[str, list[Scrape]] = {}
    for scrape in seen.after.scrapes:
        after.setdefault(scrape.job, []).append(scrape)
    for scrape in seen.before.scrapes:
        endpoint = endpoint_of(scrape.job)
        asked = scrape.url.replace(f".{manifest.namespace}.", ".monitoring.") or "no target"
        got = _got(scrape, manifest.namespace)
        then = _got(after[scrape.job].pop(0), manifest.namespace)
        is_touched = (endpoint.kind, endpoint.name) in repaired
        said = verdict(endpoint, seen.before.results)
        last = then if is_touched or then != got else "as before"
        yield manifest.name, str(endpoint), asked, got, said, last


def _got(scrape: Scrape, namespace: str) -> str:
    if scrape.up:
        return f"`{scrape.kinds[0]}`"
    if not scrape.error:
        return "nothing"
    short = _POD_NAME.sub("POD", _QUESTION.sub("", scrape.error)).replace(namespace, "monitoring")
    return f"`{short}`".replace("\n", " ")
