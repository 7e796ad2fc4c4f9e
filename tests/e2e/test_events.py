"""The pages of the reasons, held to pods that run and to the kubelet's own words."""

import re

import pytest

from tests.docs.page import Block, Page, find_pages

from .kubelet import Outcome
from .kubelet_prober import event, has_formats
from .sandbox import observe

PAGES = [page for page in find_pages() if page.path.startswith("docs/reasons/")]
EVENTS = [block for page in PAGES for block in page.blocks if block.get("event") is not None]
SHOWN = [page for page in PAGES if any(block.get("event") is not None for block in page.blocks)]


@pytest.mark.parametrize("block", EVENTS, ids=lambda block: block.place)
def test_an_event_is_in_the_kubelets_words(block: Block) -> None:
    """The text of a page is what the kubelet's code makes of such a wall, but for the address."""
    kind = block.body.partition(" ")[0]
    path = re.search(r":\d+(/\w+)", block.body)
    told = re.sub(r"10\.244\.1\.7:\d+", "ADDRESS", block.body.rstrip("\n"))

    assert event(kind, str(block.get("event")), path[1] if path else "/livez") == told


def test_the_kubelet_puts_events_together_so() -> None:
    """What stands before the probe's own text is written so in the kubelet's source."""
    assert has_formats()


@pytest.mark.parametrize("page", SHOWN, ids=lambda page: page.path)
def test_the_example_meets_that_wall(page: Page) -> None:
    """The manifest of a page, run for real, gets what the page's first event tells."""
    manifest = next(block.body for block in page.blocks if block.get("save as") is not None)
    first = next(block for block in page.blocks if block.get("event") is not None)
    (seen,) = observe(manifest)
    (probe,) = seen.probes

    assert not probe.outcome.passes
    assert _is_wall(str(first.get("event")), probe.outcome)


def test_every_reason_to_fail_is_run() -> None:
    """An empty glob is no success."""
    assert len(SHOWN) == 7


def _is_wall(wall: str, outcome: Outcome) -> bool:
    if wall == "name":
        return outcome.ignored
    if wall == "refused":
        return "connection refused" in outcome.why
    # What Go's servers answer to plain HTTP where they await TLS.
    return outcome.status == (400 if wall == "tls" else int(wall))
