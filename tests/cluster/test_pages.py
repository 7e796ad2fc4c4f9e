"""The pages of the reasons quote what the kubelet wrote."""

import re

from tests.docs.page import ROOT, read_page
from tests.e2e.function import CHECK

from .matrix import Experiment, Pair
from .table import lasting_events

_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+|ADDRESS")
_PROBE = re.compile(r"^(Startup|Liveness|Readiness) probe")


def _shape(event: str) -> str:
    """Return an event without the kind of its probe, and without URL."""
    event = re.sub(r":\d+", ":PORT", _ADDRESS.sub("ADDRESS", event.replace("https:", "http:")))
    return re.sub(r":PORT/\w+|\"\w+\"", "…", _PROBE.sub("… probe", event))


def test_events(matrix: dict[Pair, Experiment]) -> None:
    """Each event of a page was written by the kubelet of this cluster of a probe that so fails."""
    written = {
        (reason, _shape(event))
        for (_, mode), experiment in matrix.items()
        for reason, event in (lasting_events(experiment) if mode == CHECK else ())
    }
    quoted = {
        (path.stem, _shape(block.body.strip()))
        for path in (ROOT / "docs" / "reasons").glob("*.md")
        for block in read_page(path).blocks
        if block.get("event")
    }

    assert len(quoted) > 6
    assert quoted <= written
