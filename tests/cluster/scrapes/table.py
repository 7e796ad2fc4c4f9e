"""What scrapers got, as a table for people."""

import re
from collections.abc import Iterator, Mapping

from .cases import Manifest
from .judgement import endpoint_of, verdict
from .laboratory import Seen
from .scrapers import PROMETHEUS_VERSION, Scrape

_HEADER = ("manifest", "what asks", "what is asked", "what it gets", "mode `check` says")
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
        *(f"| {' | '.join(row)} |" for row in (_HEADER, ("---",) * len(_HEADER), *rows)),
    ]
    return "\n".join(lines) + "\n"


def _rows(manifest: Manifest, seen: Seen) -> Iterator[tuple[str, ...]]:
    for scrape in seen.scrapes:
        endpoint = endpoint_of(scrape.job)
        said = verdict(endpoint, seen.results)
        asked = scrape.url.replace(f".{manifest.namespace}.", ".monitoring.") or "no target"
        yield manifest.name, str(endpoint), asked, _got(scrape, manifest.namespace), said


def _got(scrape: Scrape, namespace: str) -> str:
    if scrape.up:
        return f"`{scrape.kinds[0]}`"
    if not scrape.error:
        return "nothing"
    short = _POD_NAME.sub("POD", _QUESTION.sub("", scrape.error)).replace(namespace, "monitoring")
    return f"`{short}`".replace("\n", " ")
